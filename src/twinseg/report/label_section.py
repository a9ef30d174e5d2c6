"""What is in the labels: a section of the report, and a page of its own for a dataset."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from twinseg.core.arrays import Values
from twinseg.core.mapped import read_some
from twinseg.core.store import write_text
from twinseg.data.labels.label_files import read_labels
from twinseg.data.prepared import PreparedDataset
from twinseg.report.environment import environment
from twinseg.report.label_figures import (
    OutlinedPicture,
    counted,
    distribution,
    pairs,
    quantiles_against_normal,
    sizes,
    strip,
)

_SHOWN_PAIRS = 8
NO_SPLITS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class LabelFigures:
    """Sentences and figures of the labels; a figure is "" where there is nothing to show."""

    sentences: list[str]
    share: Markup
    quantiles: Markup
    parts: Markup
    sizes: Markup
    rarest: Markup
    alike: Markup


def draw_labels(
    folder: Path, data: PreparedDataset, splits: Mapping[str, str] = NO_SPLITS
) -> LabelFigures:
    """Draw what `write_labels` left in ``folder`` about ``data``.

    Args:
        folder: Of the tables.
        data: The pictures.
        splits: Of a study, in which part each case is.
    """
    described, table = read_labels(folder)
    marked = table[table["parts"] > 0]
    share = marked["foreground_share"].to_numpy(float)
    return LabelFigures(
        sentences=described["sentences"],
        share=distribution(share, label="share of foreground"),
        quantiles=quantiles_against_normal(_log_odds(share), label="log odds of foreground"),
        parts=counted(table["parts"].to_numpy(float), label="connected parts"),
        sizes=_sizes(marked),
        rarest=_rarest(described, data),
        alike=_alike(described, data, splits),
    )


def write_labels_page(folder: Path, data: PreparedDataset) -> Path:
    """Write ``folder/index.html`` about the labels of ``data``; it opens from disk."""
    figures = draw_labels(folder, data)
    html = (
        environment().get_template("labels_page.html").render(labels=figures, dataset=data.dataset)
    )
    page = folder / "index.html"
    write_text(page, html)
    return page


def _log_odds(share: Values) -> Values:
    inside = share[(share > 0) & (share < 1)]
    odds: Values = np.log(inside / (1 - inside))
    return odds


def _sizes(marked: pd.DataFrame) -> Markup:
    in_mm2 = bool(marked["largest_part_mm2"].notna().any())
    unit = "mm2" if in_mm2 else "share"
    label = "size of a part, mm\N{SUPERSCRIPT TWO}" if in_mm2 else "size of a part, share"
    largest, median = (marked[f"{which}_part_{unit}"] for which in ("largest", "median"))
    return sizes(largest.to_numpy(float), median.to_numpy(float), label=label)


def _rarest(described: Mapping[str, Any], data: PreparedDataset) -> Markup:
    rare = described["rarest"]
    return strip([_tile(case["case"], data, case["reason"]) for case in rare]) if rare else Markup()


def _alike(
    described: Mapping[str, Any], data: PreparedDataset, splits: Mapping[str, str]
) -> Markup:
    found = [*described["duplicates"], *described["near_duplicates"]][:_SHOWN_PAIRS]
    twos = []
    for pair in found:
        first, second = (splits.get(pair[which], "") for which in ("first", "second"))
        alike = ", ".join(filter(None, [first, f"alike {pair['similarity']:.2f}"]))
        twos.append((_tile(pair["first"], data, alike), _tile(pair["second"], data, second)))
    return pairs(twos) if twos else Markup()


def _tile(case_id: str, data: PreparedDataset, note: str) -> OutlinedPicture:
    position = next(p for p, case in enumerate(data.dataset.cases) if case.id == case_id)
    picture, mask = read_some(data.pictures, position), read_some(data.masks, position)
    return OutlinedPicture(picture, mask, case_id, note)
