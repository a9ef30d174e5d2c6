"""The demo: phantoms of three kinds, a small study on each, and a page that leads to them."""

from pathlib import Path
from typing import Any

from twinseg.core.errors import StoreError, WeightsError
from twinseg.core.progress import Progress, Silent
from twinseg.data.phantoms import write_phantoms
from twinseg.report.start import write_start_page
from twinseg.study.run import run
from twinseg.training.weights import find_first_weights

ENCODER = "mobilenet_v2"
KINDS = {
    "skin": "skin lesions, dermoscopy-like photographs",
    "histology": "tumour in H&E-like biopsies",
    "ct": "kidneys in CT-like DICOM series",
}
_CASES = 72
_SOURCE_PX = 192
_SETTINGS: dict[str, Any] = {"encoder": ENCODER, "size": 128, "epochs": 16, "batch_size": 8}


def run_demo(
    out: Path,
    *,
    weights_dir: Path | None = None,
    seed: int = 0,
    cases: int = _CASES,
    progress: Progress | None = None,
    **settings: Any,
) -> Path:
    """Make phantoms, run a study on each kind, and return the page that leads to the reports.

    Where ImageNet weights cannot be reached, and only here, two random twins are trained instead;
    that is said in the first line, in each report's first line and in each manifest.

    Raises:
        StoreError: If ``out`` holds something else.
    """
    progress = progress or Silent()
    _require_own(out)
    init, remark = _twins(weights_dir, progress)
    studies: dict[str, Path] = {}
    for kind, title in KINDS.items():
        progress.say(f"\n{title}")
        source = out / "phantoms" / kind
        if not source.exists():
            write_phantoms(kind, source, cases=cases, size_px=_SOURCE_PX, seed=seed)
        study = run(
            source,
            out / kind,
            weights_dir=weights_dir,
            progress=progress,
            **_SETTINGS | {"init": init, "remark": remark, "seed": seed} | settings,
        )
        studies[title] = study.folder
    return write_start_page(out / "index.html", studies, remark=remark)


def _require_own(out: Path) -> None:
    if out.exists() and not (out / "phantoms").exists() and any(out.iterdir()):
        raise StoreError(f"{out} exists and is no demo; choose another OUT, nothing was changed")


def _twins(weights_dir: Path | None, progress: Progress) -> tuple[tuple[str, str], str]:
    try:
        find_first_weights(
            "imagenet", ENCODER, weights_dir=weights_dir, partial=False, progress=Silent()
        )
    except WeightsError:
        remark = (
            "ImageNet weights cannot be reached: this demo compares two random twins, "
            "equal in all but the draw of their encoder's first weights."
        )
        progress.say(remark)
        return ("random:1", "random:2"), remark
    progress.say(f"ImageNet weights of {ENCODER} found: the demo compares imagenet with random")
    return ("imagenet", "random"), ""
