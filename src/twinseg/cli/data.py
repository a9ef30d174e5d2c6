"""The commands about data: prepare a source, inspect a dataset."""

from pathlib import Path
from typing import Annotated, Any

import typer

from twinseg.cli import options
from twinseg.cli.from_settings import with_options
from twinseg.cli.terminal import progress_here, said_when_stopped
from twinseg.records.source_settings import SourceSettings


@with_options({options.SOURCE: SourceSettings})
def prepare(
    source: Annotated[
        str,
        typer.Argument(
            help="Folder of image pairs, DICOM series, volumes or slides; or the name of a public "
            "set: isic2018, isic2017, kits19, kits23, panda, gleason2019, glas."
        ),
    ],
    dataset: Annotated[Path, typer.Argument(help="Folder to make; an unfinished one goes on.")],
    *,
    from_folder: Annotated[
        Path | None,
        typer.Option("--from", help="Where a public set lies already; nothing is downloaded."),
    ] = None,
    **settings: Any,
) -> None:
    """Read SOURCE once into DATASET: pixels at training size, references, facts, losses."""
    with said_when_stopped():
        from twinseg.study.refused_at_once import refuse_to_prepare

        refuse_to_prepare(source, dataset, settings)
        from twinseg.study.prepare import prepare as prepare_here

        progress = progress_here()
        data = prepare_here(
            source,
            dataset,
            from_folder=from_folder,
            progress=progress,
            **settings,
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
