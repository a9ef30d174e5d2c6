"""A trained model on a person's own pictures: masks, a table, a page."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twinseg.core.ahead import map_ahead
from twinseg.core.errors import ConfigError, StoreError
from twinseg.core.machine import cores
from twinseg.core.progress import Progress, Silent
from twinseg.core.sealed import read_sealed, write_sealed
from twinseg.core.store import locked, make_folder
from twinseg.images.volumes.volume_output import WRITTEN
from twinseg.records.input_spec import InputSpec
from twinseg.records.predicted_folder import PredictedFolder
from twinseg.records.source_settings import SourceSettings, make_source_settings
from twinseg.study.new_pictures.answering import Answered, answered
from twinseg.study.new_pictures.heat import draw_heat
from twinseg.study.new_pictures.items import FoundItems, find_items
from twinseg.study.new_pictures.journal import Done, Journal
from twinseg.study.new_pictures.reading import read_items
from twinseg.study.new_pictures.slide_heat import draw_slide_heat
from twinseg.study.new_pictures.slides import require_rule_by_pixel, write_slide
from twinseg.study.new_pictures.telling import PredictedFiles, Question, tell
from twinseg.study.new_pictures.writing import Wanted, write_item
from twinseg.study.open_model import open_model
from twinseg.study.opened_model import OpenModel
from twinseg.study.refused_at_once import refuse_to_predict
from twinseg.training.device import resolve_device

_ITEMS_AHEAD = 32  # whose files are being written
_FAILED_SAID = 10
_CHANGED = {"source_sha256": "INPUT", "weights_sha256": "weights of the model"}
_OF_REFERENCES = ("foreground", "masks", "roi", "segment")


def predict_files(
    models: str | Path | Sequence[str | Path],
    source: str | Path,
    out: str | Path,
    *,
    rule: str | None = None,
    max_miss_rate: float | None = None,
    probabilities: bool = False,
    heat_maps: bool = False,
    volumes: str = "",
    window: str = "",
    slide_mpp: float | None = None,
    anyway: bool = False,
    device: str = "auto",
    progress: Progress | None = None,
    **references: Any,
) -> PredictedFiles:
    """Predict pictures from files by a trained model; the same as ``twinseg predict``.

    Args:
        models: See `load_model`.
        source: A picture, a volume, a slide, or a folder of such or of DICOM series, in any depth.
        out: Folder to make, or one of the same command that was stopped, which is gone on with.
        rule: See `load_model`.
        max_miss_rate: See `load_model`.
        probabilities: Write them as well: TIFF of float32, or volumes.
        heat_maps: Draw what each run looks at, for target and non-target pixels; see `draw_heat`.
        volumes: Suffix of masks of series and volumes, one of `WRITTEN`; that of a
            volume's source, and ``.nii.gz`` of a series, by default.
        window: Values shown as black and as white, where the model was trained through no one
            window: of DICOM, of volumes and of grey pictures of more than 8 bits.
        slide_mpp: Micrometres a pixel of level 0 of slides that do not say.
        anyway: Take pictures of another kind than the model was trained on, too.
        device: ``auto``, ``cpu`` or ``cuda``.
        progress: Where to report; nowhere by default.
        references: Which of the masks beside the pictures are meant, if there are any: the masks
            are then scored. ``foreground``, ``masks``, ``roi`` and ``segment`` as of `prepare`.

    Raises:
        TwinsegError: If the input is wrong as a whole; one line says what to do. A file that
            cannot be used is in ``failed``.
    """
    progress, source = progress or Silent(), Path(source)
    if volumes and volumes not in WRITTEN:
        raise ConfigError(f"unknown suffix {volumes!r}; choose one of: {' '.join(WRITTEN)}")
    named = [Path(m) for m in ([models] if isinstance(models, str | Path) else models)]
    refuse_to_predict(named, source, Path(out), rule=rule)
    opened = open_model(
        named,
        rule=rule,
        max_miss_rate=max_miss_rate,
        device=resolve_device(device),
        progress=progress,
    )
    if probabilities and not opened.model.has_probabilities:
        raise ConfigError(
            f"{opened.model.rule} combines masks and has no probabilities; take --rule mean"
        )
    settings = _to_read(opened.model.input, references | {"window": window, "slide_mpp": slide_mpp})
    found = find_items(source, opened.model.input, settings, anyway=anyway)
    if volumes and not any(item.is_stack for item in found.items):
        raise ConfigError(
            f"--volumes {volumes}: {source} holds no series or volume whose masks make one; leave "
            "it out" + "".join(f" ({note})" for note in found.notes)
        )
    slides = any(item.slide for item in found.items)
    if slides:
        require_rule_by_pixel(opened.model)
    folder = PredictedFolder(Path(out))
    wanted = Wanted(
        folder,
        opened.model,
        opened.experience,
        opened.usual_doubt,
        opened.likeness,
        probabilities,
        volumes,
    )
    with _begun(folder, _request(opened, wanted, source, settings)):
        for line in (*opened.said, *found.notes):
            progress.say(line)
        done = _work_off(found, wanted, opened.digests, progress)
        if heat_maps and slides:
            there = [item for item, one in zip(found.items, done, strict=True) if one.rows]
            failed = draw_slide_heat(there, opened.model, opened.digests, folder, progress)
            done.append(Done("", left_out=failed))
        elif heat_maps:
            draw_heat(found.items, opened.model, folder, progress)
        return tell(Question(opened, source, settings, found), done, folder, progress)


def _to_read(spec: InputSpec, asked: dict[str, Any]) -> SourceSettings:
    """Return how the source is to be read: as the training pictures were."""
    if unknown := set(asked) - {*_OF_REFERENCES, "window", "slide_mpp"}:
        raise ConfigError(f"unknown option {min(unknown)}; references go by {_OF_REFERENCES}")
    asked = {name: value for name, value in asked.items() if value}
    if spec.window and asked.get("window", spec.window) != spec.window:
        raise ConfigError(
            f"the model was trained through the window {spec.window}, and sees no other; leave "
            "--window out"
        )
    return make_source_settings(**spec.source_settings.model_dump() | asked)


def _request(
    opened: OpenModel, wanted: Wanted, source: Path, settings: SourceSettings
) -> dict[str, Any]:
    """Return what makes answers what they are: with anything else they are others."""
    model = opened.model
    return {
        "runs": [run.id for run in model.runs],
        "weights_sha256": list(opened.digests),
        "rule": model.rule,
        "threshold": model.threshold,
        "input": model.input.as_facts(),
        "window": settings.window,
        "slide_mpp": settings.slide_mpp,
        "probabilities": wanted.probabilities,
        "volumes": wanted.volumes,
        "knows_unlike": wanted.likeness is not None,
        "source_sha256": hashlib.sha256(str(source.resolve()).encode()).hexdigest(),
    }


@contextmanager
def _begun(folder: PredictedFolder, request: dict[str, Any]) -> Iterator[None]:
    """Hold a folder that is new, or of the same request.

    Raises:
        StoreError: If it is of another request, or another process is at work in it.
    """
    if folder.request.exists():
        before = read_sealed(folder.request, advice=f"delete {folder.path} and begin anew")
        asked = json.loads(json.dumps(request))  # tuples are lists by then
        changed = [name for name in asked if before.get(name) != asked[name]]
        if changed:
            raise StoreError(
                f"{folder.path} holds answers to another question (not the same: "
                f"{', '.join(_CHANGED.get(name, name) for name in changed)}); choose another OUT "
                "or delete it"
            )
    make_folder(folder.path)
    with locked(folder.lock):
        if not folder.request.exists():
            write_sealed(folder.request, request)
        yield


def _work_off(
    found: FoundItems, wanted: Wanted, digests: tuple[str, ...], progress: Progress
) -> list[Done]:
    """Answer what is not answered yet; return all items in their order."""
    journal = Journal(wanted.folder.journal)
    keys = [item.key for item in found.items]
    there = {key for key in keys if _is_there(journal, key, wanted.folder)}
    waiting = [item for item, key in zip(found.items, keys, strict=True) if key not in there]
    if len(waiting) < len(keys):
        progress.say(f"{len(keys) - len(waiting)} of {len(keys)} are there; going on")
    for item in waiting:
        if item.slide:
            journal.note(write_slide(wanted, item, item.slide, digests, progress))
    waiting = [item for item in waiting if not item.slide]
    begun = len(keys) - len(waiting)
    with progress.task("predicting", len(keys), done=begun, unit="items") as task:
        answers = answered(read_items(waiting, wanted.model), wanted.model)

        def write(one: Answered) -> None:
            journal.note(write_item(wanted, one))  # at once: what is written is not done again

        for _ in map_ahead(write, answers, threads=cores(), ahead=_ITEMS_AHEAD):
            task.advance()
    return [journal.done[key] for key in keys]


def _is_there(journal: Journal, key: str, folder: PredictedFolder) -> bool:
    """Whether an item is done, and nobody has removed its masks since."""
    done = journal.done.get(key)
    return done is not None and all((folder.path / row["mask"]).exists() for row in done.rows)
