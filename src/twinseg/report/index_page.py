"""The page that leads to several reports, and the way back to it."""

from collections.abc import Mapping
from pathlib import Path

from twinseg.core.store import write_text
from twinseg.core.tables import read_table
from twinseg.records.folders import StudyFolder
from twinseg.records.grid import is_grid_file
from twinseg.report.environment import environment

_TITLE = "twinseg demo"


def start_page_of(study: Path) -> str:
    """Return the way from the report of a study to the page that leads to it; "" without one."""
    page = study.absolute().parent / "index.html"
    if not page.is_file() or f"<title>{_TITLE}</title>" not in page.read_text("utf-8", "replace"):
        return ""
    return "../../index.html"


def write_start_page(page: Path, studies: Mapping[str, Path], *, remark: str) -> Path:
    """Write ``page`` with a link to the report of each study, named by title; return it.

    Args:
        page: HTML file to write, in a folder above the studies.
        studies: Title and folder of each study.
        remark: Said first; "" for nothing.
    """
    rows = []
    for title, folder in studies.items():
        scores = read_table(StudyFolder(folder).table("scores"))
        if is_grid_file(StudyFolder(folder).settings):
            scores = scores[scores["kind"] == "run"]  # a rule has a name in every contrast
        dice = scores.groupby("model", sort=False)["dice"].mean()
        link = StudyFolder(folder).report.relative_to(page.parent).as_posix()
        rows.append({"title": title, "link": link, "dice": dice.to_dict()})
    template = environment().get_template("start.html.j2")
    html = template.render(title=_TITLE, rows=rows, remark=remark)
    write_text(page, html)
    return page
