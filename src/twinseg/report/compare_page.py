"""The page of `twinseg compare`: sentences, every interval and test, a figure."""

from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path

from twinseg.comparison import Comparison, ManyModels, Supplement
from twinseg.core.store import write_text
from twinseg.report.comparison_figures import critical_difference
from twinseg.report.difference_figures import Span, forest
from twinseg.report.environment import environment


def write_compare_page(
    page: Path,
    pairs: Sequence[Comparison],
    many: Mapping[str, ManyModels],
    *,
    sentences: Sequence[str],
    notes: Sequence[str],
) -> None:
    """Write ``page``; a pair gets its intervals, many models a critical difference diagram."""
    drawn = {
        one.metric: forest(_spans(one.supplement), label=f"difference in {one.metric}")
        for one in pairs
        if one.supplement and not isnan(one.mean_difference)
    }
    html = (
        environment()
        .get_template("compare_page.html")
        .render(
            pairs=pairs,
            forests=drawn,
            diagrams={
                metric: None if isnan(one.p_value) else critical_difference(one)
                for metric, one in many.items()
            },
            sentences=sentences,
            notes=notes,
        )
    )
    write_text(page, html)


def _spans(more: Supplement) -> list[Span]:
    mean, median = more.mean, more.median
    intervals = {"Student": mean.student, "percentile": mean.percentile, "BCa": mean.bca}
    spans = [
        Span(
            f"mean, {name}" + (": the one that counts" if name == mean.believed else ""),
            mean.value,
            interval.low,
            interval.high,
        )
        for name, interval in intervals.items()
    ]
    return [*spans, Span("median", median.value, median.interval.low, median.interval.high)]
