"""The page that leads to several reports, and the way back to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from twinseg.core.store import write_text
from twinseg.core.tables import read_table
from twinseg.records.folders import StudyFolder
from twinseg.records.grid import is_grid_file
from twinseg.report.environment import environment

INDEX = "index.html"
_MARK = '<meta name="generator" content="twinseg">'


@dataclass(frozen=True)
class StartPage:
    """What stands on the page beside the links.

    Attributes:
        title: Of the page.
        intro: Said below it.
        remark: Said first; "" for nothing.
        closing: Said last, before a command; "" for nothing.
        command: To go on with.
    """

    title: str
    intro: str
    remark: str = ""
    closing: str = ""
    command: str = ""


def is_start_page(page: Path) -> bool:
    """Tell whether a file is such a page rather than somebody else's."""
    return page.is_file() and _MARK in page.read_text("utf-8", "replace")


def start_page_of(study: Path) -> str:
    """Return the way from the report of a study to the page that leads to it; "" without one."""
    return f"../../{INDEX}" if is_start_page(study.absolute().parent / INDEX) else ""


def grid_page_of(study: StudyFolder) -> str:
    """Return the way from the report of a contrast to that of its grid; "" for a pair alone."""
    return "" if study.home is study else f"../../../{study.report.parent.name}/{INDEX}"


def write_start_page(
    page: Path,
    studies: Mapping[str, Path],
    *,
    about: StartPage,
    failed: Mapping[str, str] | None = None,
) -> Path:
    """Write ``page`` with a link to the report of each study, named by title; return it.

    Args:
        page: HTML file to write, in a folder above the studies.
        studies: Title and folder of each study.
        about: What else stands there.
        failed: Title of each study that came to nothing, and why.
    """
    rows = []
    for title, folder in studies.items():
        link = StudyFolder(folder).report.relative_to(page.parent).as_posix()
        rows.append({"title": title, "link": link, "dice": _mean_dice(StudyFolder(folder))})
    template = environment().get_template("start.html.j2")
    write_text(page, template.render(rows=rows, about=about, failed=failed or {}))
    return page


def _mean_dice(folder: StudyFolder) -> dict[str, float]:
    """Mean Dice of each model; of a grid, of its runs: a rule has a name in every contrast."""
    scores = read_table(folder.table("scores"))
    if is_grid_file(folder.settings):
        scores = scores[scores["kind"] == "run"]
    means = scores.groupby("model", sort=False)["dice"].mean()
    return {str(name): float(dice) for name, dice in means.items()}
