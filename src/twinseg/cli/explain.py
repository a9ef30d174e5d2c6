"""The command for heat maps of one's own pictures."""

from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli import options
from twinseg.cli.terminal import progress_here, said_when_stopped

_ASKED = "What is asked"


def explain(
    model: Annotated[Path, typer.Argument(help="Run folder of a study: OUT/runs/<run>.")],
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A picture, a folder of them, or a dataset.")
    ],
    out: Annotated[Path, typer.Argument(help="Folder to make; must not exist.")],
    method: Annotated[
        str,
        typer.Option(
            help="grad_cam, grad_cam_plus_plus, hires_cam, xgrad_cam, layer_cam, eigen_cam, "
            "seg_eigen_cam, score_cam, ablation_cam, integrated_gradients or occlusion.",
            rich_help_panel=_ASKED,
        ),
    ] = "grad_cam",
    layer: Annotated[
        str,
        typer.Option(
            help="bottleneck, decoder, decoder.-1, skip.2, the name of a module, several joined by "
            "+; input for the last two methods.",
            rich_help_panel=_ASKED,
        ),
    ] = "bottleneck",
    region: Annotated[
        str,
        typer.Option(
            help="target, non-target, reference, false-positives, false-negatives, lesion:1, "
            "box:ROW,COLUMN,ROW,COLUMN, point:ROW,COLUMN or boundary:WIDTH.",
            rich_help_panel=_ASKED,
        ),
    ] = "target",
    score: Annotated[
        str, typer.Option(help="mean or sum of the logits in the region.", rich_help_panel=_ASKED)
    ] = "mean",
    reshape: Annotated[
        str | None,
        typer.Option(
            help="How a layer lies on the picture, where that cannot be told: channels first or "
            "last, or a grid of tokens: 14x14, 1+14x14 behind one that is no place, 14x14+1.",
            rich_help_panel=_ASKED,
        ),
    ] = None,
    masks: Annotated[
        Path | None,
        typer.Option(
            help="Folder of reference masks named as the pictures, where regions need it",
            rich_help_panel=_ASKED,
        ),
    ] = None,
    tile: Annotated[
        int | None,
        typer.Option(
            help="Explain at the picture's own size, by tiles of this side in px.",
            rich_help_panel=options.MACHINE,
        ),
    ] = None,
    device: options.Device = "auto",
) -> None:
    """Show what MODEL looks at in INPUT: an overlay for each picture, raw values, a page."""
    with said_when_stopped("stopped; nothing was left behind"):
        from twinseg.study.explain import explain_files

        progress = progress_here()
        done = explain_files(
            model,
            source,
            out,
            region=region,
            layer=layer,
            method=method,
            score=score,
            reshape=reshape,
            masks=masks,
            tile_px=tile,
            device=device,
            progress=progress,
        )
        progress.say(f"heat maps: {done.page}")
