"""The page of `twinseg compare` shows what there is, and no row of what cannot be computed."""

from pathlib import Path

import numpy as np

from tests.compared import compared
from twinseg.report.compare_page import write_compare_page


def page_of(first: np.ndarray, second: np.ndarray, folder: Path) -> str:
    """The text of the page about two columns, each case a group."""
    one = compared(first, second, metric="hd95")
    write_compare_page(folder / "index.html", [one], {}, sentences=[], notes=[])
    return (folder / "index.html").read_text()


def test_without_a_pair_of_values_only_the_sentence_stands(tmp_path: Path) -> None:
    page = page_of(np.array([1.0] + [np.nan] * 9), np.arange(10.0), tmp_path)
    assert "annot be computed: it takes at least two groups" in page
    for row in ("undefined to undefined", "p undefined", "degrees", "<svg", "<th>paired t"):
        assert row not in page


def test_infinite_values_leave_out_what_is_about_means(tmp_path: Path) -> None:
    second = np.arange(1.0, 11.0)
    second[3:] = np.inf
    page = page_of(np.arange(10.0), second, tmp_path)
    assert "<th>Wilcoxon signed-rank" in page
    for row in ("undefined", "-1 degrees", "<svg"):
        assert row not in page


def test_whole_columns_show_every_row(tmp_path: Path) -> None:
    page = page_of(np.arange(10.0), np.arange(10.0) ** 1.2, tmp_path)
    for row in ("<th>Wilcoxon signed-rank", "<th>paired t", "<th>sign flip", "<svg"):
        assert row in page
    assert "undefined" not in page
