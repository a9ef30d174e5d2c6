"""How a new picture must be shown to a model: as those were that it was trained on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from twinseg.records.source_settings import SourceSettings, make_source_settings

Three = tuple[float, float, float]


@dataclass(frozen=True)
class InputSpec:
    """All that makes a picture look to a model as its training pictures did; in ``model.json``.

    Attributes:
        size_px: Side of the square that a picture is stretched to.
        mean: Taken off each channel of pictures in [0, 1].
        std: What each channel is divided by after that.
        kind: Of the source of the training pictures: pairs, dicom, nifti, slides ...
        window: Values shown as black and as white, ``LO,HI``; "" where each file or series says
            so itself, or a volume's percentiles do.
        mpp: Micrometres a pixel of tiles of slides; None where ``level`` or a default says it.
        level: Pyramid level of tiles of slides.
        tile_px: Side of a tile in its own pixels.
        is_grey: Whether all training pictures were grey; None where an earlier version did not ask.
        of_dicom_files: Whether they were slices of CT in DICOM, each with a mask file: of kind
            ``pairs``, but what they show is measured.
    """

    size_px: int
    mean: Three
    std: Three
    kind: str = "pairs"
    window: str = ""
    mpp: float | None = None
    level: int | None = None
    tile_px: int = 512
    is_grey: bool | None = None
    of_dicom_files: bool = False

    @property
    def source_settings(self) -> SourceSettings:
        """How a source of new pictures is to be read."""
        return make_source_settings(
            size=self.size_px,
            window=self.window,
            mpp=self.mpp,
            level=self.level,
            tile_px=self.tile_px,
        )

    def as_facts(self) -> dict[str, Any]:
        """Return it for JSON; `input_spec_from` reads it."""
        return asdict(self)


def input_spec_from(facts: Mapping[str, Any]) -> InputSpec:
    """Read back what `InputSpec.as_facts` gave.

    Raises:
        TypeError: If something is missing or not known.
    """
    return InputSpec(**{**facts, "mean": tuple(facts["mean"]), "std": tuple(facts["std"])})


def input_spec_of(
    dataset: Mapping[str, Any],
    *,
    size_px: int,
    mean: Three,
    std: Three,
    is_grey: bool | None = None,
) -> InputSpec:
    """Return how the pictures of a dataset were shown.

    Args:
        dataset: Its facts: ``kind``, the ``settings`` of its source, and ``window_hu`` of slices
            of CT, where it was found from their body part.
        size_px: Side of the square that the network sees.
        mean: Of the normalisation.
        std: Of the normalisation.
        is_grey: Whether all training pictures were grey.
    """
    asked = dataset.get("settings", {})
    window = str(asked.get("window") or "")
    kind, found = str(dataset.get("kind", "pairs")), dataset.get("window_hu")
    if not window and kind in ("dicom", "pairs") and found:
        window = f"{found[0]:g},{found[1]:g}"  # of all series alike, whatever a new one says
    return InputSpec(
        size_px=size_px,
        mean=mean,
        std=std,
        kind=kind,
        window=window,
        mpp=dataset.get("mpp"),
        level=asked.get("level"),
        tile_px=int(asked.get("tile_px", 512)),
        is_grey=is_grey,
        of_dicom_files=kind == "pairs" and found is not None,
    )
