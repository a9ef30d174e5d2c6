"""The page that leads to several reports, and the way back to it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from twinseg.core.store import write_text
from twinseg.core.tables import read_table
from twinseg.records.folders import StudyFolder
from twinseg.records.grid import is_grid_file, read_grid
from twinseg.records.run_spec import RunSpec
from twinseg.records.settings import read_settings
from twinseg.report.environment import environment
from twinseg.report.models import twin_label

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
    rows = [_row(page.parent, title, StudyFolder(folder)) for title, folder in studies.items()]
    template = environment().get_template("start.html.j2")
    write_text(page, template.render(rows=rows, about=about, failed=failed or {}))
    return page


def _row(home: Path, title: str, folder: StudyFolder) -> dict[str, object]:
    """Return what is said of a study, and where its page and its most telling case lie."""
    scores = read_table(folder.table("scores"))
    dice = scores.groupby("model", sort=False)["dice"].mean()
    is_grid = is_grid_file(folder.settings)
    if is_grid:
        contrasts = read_grid(folder.settings).contrasts
        shown = folder.contrast(contrasts[0].contrast.id)
    else:
        contrasts, shown = (read_settings(folder.settings),), folder
    runs = {run.id: run for one in contrasts for run in one.contrast.runs}
    card = shown.report_card.relative_to(home).as_posix() if shown.report_card.exists() else ""
    rules = dice[scores.loc[scores["kind"] == "rule", "model"].unique()]
    return {
        "title": title,
        "link": folder.report.relative_to(home).as_posix(),
        "card": card,
        "dice": [
            (twin_label(run.init), _point(run, runs.values()), float(dice[run.id]))
            for run in runs.values()
            if run.id in dice
        ],
        "rules": [] if is_grid or rules.empty else [float(rules.min()), float(rules.max())],
    }


def _point(run: RunSpec, among: Collection[RunSpec]) -> str:
    """Say of a run in what it differs from others, beside its start."""
    words = {
        "fraction": "all data" if run.fraction == 1 else f"{run.fraction:.3g} of the data",
        "design": run.design,
        "seed": f"seed {run.seed}",
        "fold": f"fold {run.fold}",
    }
    differs = [name for name in words if len({getattr(one, name) for one in among}) > 1]
    return ", ".join(words[name] for name in differs)
