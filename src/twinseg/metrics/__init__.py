"""From pixels to scores: counts, overlap, error rates, outline distances, and the empty cases."""

from twinseg.metrics.boundary import BoundaryDistances as BoundaryDistances
from twinseg.metrics.boundary import boundary_distances as boundary_distances
from twinseg.metrics.boundary import hausdorff95 as hausdorff95
from twinseg.metrics.boundary import surface_dice as surface_dice
from twinseg.metrics.counts import Counts as Counts
from twinseg.metrics.counts import count as count
from twinseg.metrics.empty import WHEN_EMPTY as WHEN_EMPTY
from twinseg.metrics.empty import WhenEmpty as WhenEmpty
from twinseg.metrics.empty import Worth as Worth
from twinseg.metrics.overlap import dice as dice
from twinseg.metrics.overlap import iou as iou
from twinseg.metrics.overlap import precision as precision
from twinseg.metrics.overlap import sensitivity as sensitivity
from twinseg.metrics.overlap import specificity as specificity
from twinseg.metrics.overlap import type1_rate as type1_rate
from twinseg.metrics.overlap import type2_rate as type2_rate
from twinseg.metrics.table import DISTANCE as DISTANCE
from twinseg.metrics.table import METRICS as METRICS
from twinseg.metrics.table import SHARE as SHARE
from twinseg.metrics.table import Metric as Metric
from twinseg.metrics.table import Summary as Summary
from twinseg.metrics.table import score_case as score_case
from twinseg.metrics.table import summarise as summarise
