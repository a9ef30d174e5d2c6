"""A trained model as one file that can be handed on."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from twinseg.core.progress import Progress, Silent
from twinseg.records.folders import StudyFolder
from twinseg.records.settings import read_settings
from twinseg.study.bundle import write_bundle
from twinseg.study.open_model import open_model
from twinseg.study.refused_at_once import is_study, refuse_to_export


def export_model(
    models: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    rule: str | None = None,
    max_miss_rate: float | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write a model with its rule into one file; the same as ``twinseg export``.

    `load_model` and `predict_files` take it in the place of the study, with the same masks.
    Weights, settings, threshold, what Dice validation cases had at which doubt, and what training
    pictures look like are in it; no picture, no name of a case, no path.

    Args:
        models: See `load_model`.
        out: File to make; its name ends in ``.zip``.
        rule: See `load_model`.
        max_miss_rate: See `load_model`.
        progress: Where to report; nowhere by default.

    Raises:
        TwinsegError: If the model is damaged or the file exists; one line says what to do.
    """
    progress = progress or Silent()
    paths = [Path(m) for m in ([models] if isinstance(models, str | Path) else models)]
    refuse_to_export(paths, Path(out))
    opened = open_model(paths, rule=rule, max_miss_rate=max_miss_rate, progress=progress)
    for line in opened.said:
        progress.say(line)
    if is_study(paths):
        study = StudyFolder(paths[0])
        runs = read_settings(study.settings).contrast.runs
        paths = [study.run(run.id).path for run in runs]
    write_bundle(Path(out), opened, paths, version("twinseg"))
    return Path(out)
