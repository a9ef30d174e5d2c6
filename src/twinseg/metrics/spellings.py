"""What the name of a metric says: which way it is better, and how far it can go. Decided here."""

import re
from dataclasses import dataclass
from enum import Enum
from math import inf


class Direction(Enum):
    """Which values of a metric are better."""

    HIGHER = "higher"
    LOWER = "lower"
    SIGNED = "signed"  # best at 0: neither more nor less is better
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Meaning:
    """What is known of a metric.

    Attributes:
        direction: Which values are better.
        lowest: Smallest value it can have.
        highest: Largest value; 1 for a share, which others give in percent.
        signed_elsewhere: Some tools give it a sign, best at 0, where others give no value below 0.
    """

    direction: Direction
    lowest: float = -inf
    highest: float = inf
    signed_elsewhere: bool = False


_SHARES = """
dice dsc dc f1 fscore f1score dicescore dicecoefficient dicesimilaritycoefficient sorensendice
jaccard jaccardindex jaccardscore jaccardcoefficient jac iou miou meaniou
meandice avgdice intersectionoverunion bfscore
sensitivity sens sen recall rec tpr truepositiverate hitrate
specificity spec spe tnr truenegativerate selectivity
precision prec ppv positivepredictivevalue npv negativepredictivevalue
accuracy acc balancedaccuracy bacc
auc auroc rocauc aucroc auprc prauc aucpr ap map averageprecision
nsd nsdc normalizedsurfacedice normalisedsurfacedice normalizedsurfacedistance
normalisedsurfacedistance surfacedice surfacedsc surfacedicescore surfaceoverlap cldice
centerlinedice volumeoverlap overlap
pq rq sq panopticquality recognitionquality segmentationquality
"""
_SIMILARITIES_OF_VOLUMES = "vs volumesimilarity volumetricsimilarity"
_COEFFICIENTS = """
kappa cohenskappa cohenkappa mcc matthewscorrelationcoefficient youden youdenindex youdensj
ssim msssim ncc pearson pearsonr spearman spearmanr icc correlation
"""
_UNBOUNDED_BELOW = "r2"
_GROWING = "psnr"
_HITS = "tp truepositive truepositives tn truenegative truenegatives"
_DISTANCES_AND_ERRORS = """
hd hd95 95hd hd99 99hd hd100 hd90 hausdorff hausdorff95 95hausdorff hausdorffdistance
hausdorffdistance95 hausdorff95distance 95hausdorffdistance 95thhausdorffdistance
95thpercentilehausdorffdistance 95percentilehausdorffdistance hausdorffdistance95percentile
hausdorffdistance95thpercentile hd95percentile percentile95hausdorffdistance
robusthausdorff robusthausdorffdistance modifiedhausdorffdistance ahd averagehausdorff
averagehausdorffdistance avghausdorffdistance
assd asd masd msd msd2 assd95 rmsd rmssd asymmetricsurfacedistance symmetricsurfacedistance
averagesurfacedistance avgsurfacedistance meansurfacedistance surfacedistance
averagesymmetricsurfacedistance avgsymmetricsurfacedistance meansymmetricsurfacedistance
meanaveragesurfacedistance rootmeansquaresurfacedistance maximumsurfacedistance
boundarydistance contourdistance averageboundarydistance centerdistance centroiddistance
centredistance
fp falsepositive falsepositives fn falsenegative falsenegatives falsepositivevolume
falsenegativevolume fpv fnv
crossentropy crossentropyloss bce bceloss logloss focalloss hammingdistance hamming
mae mse rmse nrmse mape rmae meanabsoluteerror meansquarederror rootmeansquarederror
absoluteerror squarederror mad
time runtime inferencetime seconds duration latency walltime elapsed elapsedtime
"""
_ERRORS_OF_VOLUMES = """
ravd arvd avd absolutevolumedifference relativeabsolutevolumedifference
absoluterelativevolumedifference absolutevolumeerror relativeabsolutevolumeerror
"""
_RATES = """
voe volumeoverlaperror fpr falsepositiverate fallout fnr falsenegativerate missrate
fdr falsediscoveryrate fomr falseomissionrate
type1rate typeirate type2rate typeiirate type1error type2error
ece expectedcalibrationerror mce maximumcalibrationerror ace brier brierscore
"""
_LOSSES = "loss diceloss celoss nll negativeloglikelihood ged"  # some tools let them go below 0
_SIGNED = """
rvd vd rvde relativevolumedifference relativevolumeerror volumedifference volumeerror bias
signeddifference volumebias meandifference meanerror sizedifference signedvolumedifference
"""
_KINDS = (
    (_SHARES, Meaning(Direction.HIGHER, 0.0, 1.0)),
    (_SIMILARITIES_OF_VOLUMES, Meaning(Direction.HIGHER, 0.0, 1.0, signed_elsewhere=True)),
    (_COEFFICIENTS, Meaning(Direction.HIGHER, -1.0, 1.0)),
    (_UNBOUNDED_BELOW, Meaning(Direction.HIGHER, -inf, 1.0)),
    (_GROWING, Meaning(Direction.HIGHER)),
    (_HITS, Meaning(Direction.HIGHER, 0.0)),
    (_DISTANCES_AND_ERRORS, Meaning(Direction.LOWER, 0.0)),
    (_ERRORS_OF_VOLUMES, Meaning(Direction.LOWER, 0.0, signed_elsewhere=True)),
    (_RATES, Meaning(Direction.LOWER, 0.0, 1.0)),
    (_LOSSES, Meaning(Direction.LOWER)),
    (_SIGNED, Meaning(Direction.SIGNED)),
)
_KNOWN = {word: kind for words, kind in _KINDS for word in words.split()}
_UNITS = {"mm", "cm", "um", "px", "pixel", "pixels", "voxel", "voxels", "vox", "ms", "s", "sec"}
_NUMBERED = r"\d{1,2}|\d+(mm|px)|(class|label)\d+"
# Words that say of what, or over what, a metric was computed, and do not turn it around.
_ASIDE = {
    "mean", "avg", "average", "median", "val", "valid", "validation", "test", "train", "training",
    "class", "label", "cls", "foreground", "fg", "binary", "bin", "global", "per", "case",
    "instance", "object", "lesion", "lesionwise", "lesions", "wise", "tumor", "tumour", "organ",
    "kidney", "liver", "prostate", "wt", "tc", "et", "micro", "macro", "weighted", "volumetric",
    "symmetric", "boundary", "score", "coefficient", "coef", "index", "metric", "value", "sq", "2d",
    "3d", "in", "at", "over", "thresholds", "percent",
}  # fmt: skip


def meaning(metric: str) -> Meaning:
    """Tell from its name what is known of ``metric``.

    Capitals, blanks, ``_ - . %`` and units are no matter: "HD95 (mm)", "hd_95" and "95% HD" are one
    metric, "Dice.1" and "mean_dice" are Dice. A name with any other word in it is unknown:
    "1 - Dice" and "dice_std" are not Dice.
    """
    unknown = Meaning(Direction.UNKNOWN)
    if re.match(r"\s*1[\W_]", metric):  # 1 - Dice
        return unknown
    words = re.findall(r"[a-z0-9]+", metric.lower())
    for first in range(len(words)):
        for last in range(len(words), first, -1):
            found = _KNOWN.get("".join(words[first:last]))
            if found and all(_is_aside(word) for word in words[:first] + words[last:]):
                return found
    return unknown


def direction(metric: str) -> Direction:
    """Tell from its name which values of ``metric`` are better."""
    return meaning(metric).direction


def higher_is_better(metric: str) -> bool | None:
    """Tell whether more is better; None where the name does not say, or 0 is best."""
    return {Direction.HIGHER: True, Direction.LOWER: False}.get(direction(metric))


def infinite_may_be_good(metric: str) -> bool:
    """Tell whether the best value of a metric is infinite, as that of a signal-to-noise ratio."""
    return bool({"psnr", "snr"} & set(re.findall(r"[a-z]+", metric.lower())))


def _is_aside(word: str) -> bool:
    return word in _ASIDE or word in _UNITS or re.fullmatch(_NUMBERED, word) is not None
