"""A study for each of several datasets, one after the other, and the page that leads to them."""

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from twinseg.core.errors import RunsFailedError, StoreError, TwinsegError
from twinseg.core.progress import Progress
from twinseg.core.words import amount
from twinseg.records.folders import StudyFolder
from twinseg.report.index_page import INDEX, StartPage, is_start_page, write_start_page
from twinseg.study.requests import Request


def run_many(
    requests: Sequence[Request],
    out: Path,
    run_one: Callable[[Request, Path], object],
    progress: Progress,
) -> Path:
    """Run every study into a folder of its name, and write the page that leads to them.

    Returns:
        The page.

    Raises:
        RunsFailedError: If one or more came to nothing, after all others.
    """
    _require_own(out)
    done: list[str] = []
    failed: dict[str, str] = {}
    for one in requests:
        _write_page(out, done, failed)  # each report leads back to it
        progress.say("")
        progress.say(f"{one.name}: {one.source}")
        try:
            run_one(one, out / one.name)
            done.append(one.name)
        except Exception as error:
            failed[one.name] = (str(error).splitlines() or [type(error).__name__])[0]
            if not isinstance(error, TwinsegError):  # nobody else will tell where it came from
                for line in traceback.format_exc().splitlines():
                    progress.say(line)
            progress.say(f"{one.name} failed: {failed[one.name]}")
    page = _write_page(out, done, failed)
    progress.say("")
    if failed:
        raise RunsFailedError(
            f"{amount(len(failed), 'dataset')} of {len(requests)} failed: {', '.join(failed)}; the "
            f"others are done ({page}); the same command tries again what failed"
        )
    return page


def _require_own(out: Path) -> None:
    """Refuse a folder that is one study, or has a page of somebody else's."""
    page = out / INDEX
    if StudyFolder(out).settings.exists():
        raise StoreError(f"{out} is a study of one dataset; choose another OUT for several")
    is_ours = not page.exists() or is_start_page(page)
    if (out.exists() and not out.is_dir()) or not is_ours:
        raise StoreError(f"{out} holds something else; choose another OUT, nothing was changed")


def _write_page(out: Path, done: Sequence[str], failed: dict[str, str]) -> Path:
    about = StartPage(
        title="Studies",
        intro="The same study of several datasets. The mean Dice of the test cases stands beside "
        "each model, or each run of a grid; 1 is perfect.",
    )
    return write_start_page(
        out / INDEX, {name: out / name for name in done}, about=about, failed=failed
    )
