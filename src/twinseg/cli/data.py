"""The commands about data: prepare a source, inspect a dataset."""

from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli import options
from twinseg.cli.said import progress_here, said_when_stopped


def prepare(
    source: Annotated[
        str,
        typer.Argument(
            help="Folder of image pairs, DICOM series, volumes or slides; or the name of a public "
            "set: isic2018, isic2017, kits19, kits23, panda, gleason2019, glas."
        ),
    ],
    dataset: Annotated[Path, typer.Argument(help="Folder to make; an unfinished one goes on.")],
    from_folder: Annotated[
        Path | None,
        typer.Option("--from", help="Where a public set lies already; nothing is downloaded."),
    ] = None,
    size: Annotated[int, typer.Option(help="Side of the square the network sees, in px.")] = 256,
    kind: options.Kind = None,
    foreground: options.Foreground = None,
    window: options.Window = "",
    roi: options.Roi = None,
    segment: options.Segment = None,
    empty_slices: options.EmptySlices = 1.0,
    mpp: options.Mpp = None,
    level: options.Level = None,
    tile_px: options.TilePx = 512,
    tissue_share: options.TissueShare = 0.5,
    masks: options.Masks = None,
    origin: options.Origin = None,
    keep_ids: options.KeepIds = False,
    hide_paths: options.HidePaths = False,
    strict: options.Strict = False,
) -> None:
    """Read SOURCE once into DATASET: pixels at training size, references, facts, losses."""
    with said_when_stopped():
        from twinseg.study.prepare import prepare as prepare_here

        progress = progress_here()
        data = prepare_here(
            source,
            dataset,
            from_folder=from_folder,
            progress=progress,
            size=size,
            kind=kind,
            foreground=options.joined(foreground),
            window=window,
            roi=options.joined(roi),
            segment=options.joined(segment),
            empty_slices=empty_slices,
            mpp=mpp,
            level=level,
            tile_px=tile_px,
            tissue_share=tissue_share,
            masks=options.joined(masks),
            origin=origin,
            keep_ids=keep_ids,
            hide_paths=hide_paths,
            strict=strict,
        )
        progress.say(f"dataset: {data.folder}")


def inspect(
    dataset: Annotated[Path, typer.Argument(help="Folder made by `twinseg prepare`.")],
) -> None:
    """Say what is in the labels of DATASET: table, figures, JSON, and what to be careful about."""
    with said_when_stopped():
        from twinseg.study.inspect import inspect_dataset

        progress = progress_here()
        page = inspect_dataset(dataset, progress=progress)
        progress.say(f"figures and tables: {page}")
