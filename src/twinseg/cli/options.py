"""Options that several commands share: one name, one meaning, one line of help."""

from pathlib import Path
from typing import Annotated

import typer

MACHINE, SOURCE = "Machine", "How SOURCE is read"
DatasetOfStudy = Annotated[
    Path | None, typer.Option("--dataset", help="Its prepared dataset, where that lies elsewhere.")
]
WeightsDir = Annotated[
    Path | None,
    typer.Option(
        envvar="TWINSEG_WEIGHTS",
        help="Folder with <encoder>.imagenet.safetensors, asked before the hub.",
        rich_help_panel=MACHINE,
    ),
]
Rule = Annotated[
    str | None,
    typer.Option(
        help="How the masks of several runs become one: union, intersection, mean, weighted, "
        "staple, or the id of a run; of a study what was best on validation.",
    ),
]
MaxMissRate = Annotated[
    float | None,
    typer.Option(
        help="Of a study: mark so much that on average at most this share of the target is missed.",
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.", rich_help_panel=MACHINE)]
GroupColumn = Annotated[
    str, typer.Option(help="Column that says which cases belong together, such as patient.")
]
CaseColumn = Annotated[
    str | None, typer.Option(help="Column that names the cases; found by itself.")
]
ResampleSeed = Annotated[int, typer.Option(help="Seed of the resamples.")]
