"""Heat maps of one model on a person's own pictures: values, overlays, a page."""

from dataclasses import dataclass
from pathlib import Path

from twinseg.core.errors import DataError
from twinseg.core.progress import Progress, Silent
from twinseg.core.store import whole_folder, write_json
from twinseg.core.words import amount
from twinseg.data.named_pictures import pictures_of
from twinseg.data.originals import write_names
from twinseg.explanation import Explained, Wish, explain_pictures, kind_name
from twinseg.images.window import chosen_window
from twinseg.records.folders import RunFolder, StudyFolder
from twinseg.records.input_spec import input_spec_from
from twinseg.report.heat_page import About, draw_heat_maps
from twinseg.training.device import resolve_device
from twinseg.training.network import require_size
from twinseg.training.run_files import read_model_facts
from twinseg.training.trained_model import load_trained


@dataclass(frozen=True)
class ExplainedFiles:
    """What lies in OUT."""

    page: Path
    values: Path  # folder of the kind of map
    explained: Explained


def explain_files(
    model: str | Path,
    source: str | Path,
    out: str | Path,
    *,
    region: str = "target",
    layer: str = "bottleneck",
    method: str = "grad_cam",
    score: str = "mean",
    reshape: str | None = None,
    masks: str | Path | None = None,
    tile_px: int | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> ExplainedFiles:
    """Explain pictures from files by a trained model; the same as ``twinseg explain``.

    Args:
        model: Run folder, ``OUT/runs/<run>`` of a study.
        source: A picture, a folder of pictures, or a dataset of `prepare`.
        out: Folder to make: ``index.html``, and ``<method>-<layer>-<region>/`` with an overlay
            for each picture, ``values.npy``, ``cases.json``, ``maps.json``, ``scale.json``.
        region: See `explain`.
        layer: See `explain`.
        method: See `explain`.
        score: See `explain`.
        reshape: See `explain`.
        masks: Folder with a reference mask for each picture, of the same stem.
        tile_px: Explain pictures at their own size by tiles of this side, in pixels.
        device: ``auto``, ``cpu`` or ``cuda``.
        progress: Where to report; nowhere by default.

    Raises:
        TwinsegError: If the input is wrong; one line says what to do. Nothing is left in ``out``.
    """
    folder, out, progress = Path(model), Path(out), progress or Silent()
    described = _described(folder)
    if tile_px is not None:
        require_size(described["encoder"], tile_px)
    wish = Wish(
        region=region, layer=layer, method=method, score=score, reshape=reshape, tile_px=tile_px
    )
    settings = input_spec_from(described["input"]).source_settings
    shown = pictures_of(
        Path(source), masks=Path(masks) if masks else None, window=chosen_window(settings)
    )
    if shown.note:
        progress.say(f"note: {shown.note}")
    kind = kind_name(wish)
    with whole_folder(out) as scratch:
        (scratch / kind).mkdir()
        trained = load_trained(folder, device=resolve_device(device))
        explained = explain_pictures(trained, shown, scratch / kind, wish, progress)
        about = About(trained.id, shown.title)
        draw_heat_maps(explained, shown, scratch / kind, scratch / "index.html", about, progress)
        left_out = [{"file": item.file, "reason": item.reason} for item in explained.left_out]
        write_json(scratch / "left_out.json", left_out)
    _say(explained, progress)
    if shown.files:
        files = [(name, str(file.resolve()), "") for name, file in shown.files.items()]
        names = write_names(out, files)
        progress.say(f"pictures have pseudonyms; their names are in {names}")
    return ExplainedFiles(out / "index.html", out / kind, explained)


def _described(folder: Path) -> dict:
    if not RunFolder(folder).model.exists():
        inside = [run.path for run in StudyFolder(folder).whole_runs()]
        advice = f"; give one of its runs: {', '.join(map(str, inside))}" if inside else ""
        raise DataError(f"{folder} is no model, expected a run folder with model.json{advice}")
    return read_model_facts(folder)


def _say(explained: Explained, progress: Progress) -> None:
    count = amount(len(explained.ids), "picture")
    progress.say(f"{count} explained")
    if without := len(explained.without_region):
        progress.say(
            f"note: {without} of {count} without a pixel in region {explained.maps.region}: "
            "nothing to explain, hatched"
        )
    if explained.left_out:
        progress.say(f"left out: {len(explained.left_out)}, all in left_out.json")
        for item in explained.left_out[:10]:
            progress.say(f"  {item.file}: {item.reason}")
