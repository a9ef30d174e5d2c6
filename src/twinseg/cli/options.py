"""Options that several commands share: one name, one meaning, one line of help."""

from pathlib import Path
from typing import Annotated

import typer

MODEL, MACHINE = "Model and training", "Machine"
WeightsDir = Annotated[
    Path | None,
    typer.Option(
        envvar="TWINSEG_WEIGHTS",
        help="Folder with <encoder>.imagenet.safetensors, asked before the hub.",
        rich_help_panel=MODEL,
    ),
]
Mean = Annotated[
    str,
    typer.Option(
        help="Mean that first weights expect, of images in [0, 1]: 0.5,0.5,0.5.",
        rich_help_panel=MODEL,
    ),
]
Std = Annotated[
    str,
    typer.Option(help="Standard deviation that goes with --mean.", rich_help_panel=MODEL),
]
Like = Annotated[
    str,
    typer.Option(
        help="timm weights with the same mean and std: resnet18.a1_in1k.",
        rich_help_panel=MODEL,
    ),
]
_SOURCE = "How SOURCE is read"
Kind = Annotated[
    str | None,
    typer.Option(
        help="pairs, dicom, nifti, slides, isic, kits or gleason; found out by itself.",
        rich_help_panel=_SOURCE,
    ),
]
Foreground = Annotated[
    list[str] | None,
    typer.Option(
        help='Target: values ("3,4,5"), colours ("#ff0000"), class names, a least grey (">127"), '
        "or nonzero.",
        rich_help_panel=_SOURCE,
    ),
]
Window = Annotated[
    str,
    typer.Option(
        help="Window: abdomen, lung, bone or LO,HI; by body part if not given. Also for grey "
        "pictures of more than 8 bits.",
        rich_help_panel=_SOURCE,
    ),
]
Roi = Annotated[
    list[str] | None,
    typer.Option(
        help="RTSTRUCT regions that are the target, needed if there are several.",
        rich_help_panel=_SOURCE,
    ),
]
Segment = Annotated[
    list[str] | None,
    typer.Option(
        help="DICOM SEG segments that are the target: numbers or labels.", rich_help_panel=_SOURCE
    ),
]
EmptySlices = Annotated[
    float,
    typer.Option(
        help="Share of the slices without target that are kept, evenly spaced.",
        rich_help_panel=_SOURCE,
    ),
]
Mpp = Annotated[
    float | None,
    typer.Option(help="Micrometres a pixel of slide tiles.", rich_help_panel=_SOURCE),
]
Level = Annotated[
    int | None, typer.Option(help="Pyramid level of slide tiles.", rich_help_panel=_SOURCE)
]
TilePx = Annotated[
    int, typer.Option(help="Side of a slide tile in its own pixels.", rich_help_panel=_SOURCE)
]
TissueShare = Annotated[
    float, typer.Option(help="Least share of tissue of a slide tile.", rich_help_panel=_SOURCE)
]
Masks = Annotated[
    list[str] | None,
    typer.Option(
        help="Folder of the masks, or the end of their names, where several may be meant.",
        rich_help_panel=_SOURCE,
    ),
]
Origin = Annotated[
    str | None,
    typer.Option(
        help="Corner that outlines count from where they differ: glass or scan.",
        rich_help_panel=_SOURCE,
    ),
]
KeepIds = Annotated[
    bool,
    typer.Option(
        "--keep-ids", help="Keep patient ids of DICOM files as groups.", rich_help_panel=_SOURCE
    ),
]
HidePaths = Annotated[
    bool,
    typer.Option(
        "--hide-paths",
        help="Share no name or path of a file: pseudonyms instead, as always for DICOM.",
        rich_help_panel=_SOURCE,
    ),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Stop if any file cannot be used.", rich_help_panel=_SOURCE),
]
GroupColumn = Annotated[
    str, typer.Option(help="Column that says which cases belong together, such as patient.")
]
CaseColumn = Annotated[
    str | None, typer.Option(help="Column that names the cases; found by itself.")
]
ResampleSeed = Annotated[int, typer.Option(help="Seed of the resamples.")]


def joined(names: list[str] | None) -> str:
    """Join what an option that may be given several times was given."""
    return ",".join(names or ())
