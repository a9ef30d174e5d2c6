"""The command that shows new pictures to a trained model."""

from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli import options
from twinseg.cli.terminal import progress_here, said_when_stopped

_SCORED = "Scores, where references lie beside the pictures"


def predict(
    model_input_out: Annotated[
        list[Path],
        typer.Argument(
            metavar="MODEL.. INPUT OUT",
            help="A study, run folders (STUDY/runs/<run>) or a bundle; then a picture, volume, "
            "slide, or a folder of them or of DICOM; then the folder to make.",
        ),
    ],
    rule: options.Rule = None,
    max_miss_rate: options.MaxMissRate = None,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Write the probabilities as well.")
    ] = False,
    heat_maps: Annotated[
        bool,
        typer.Option("--heat-maps", help="Draw what each run looks at, target and non-target."),
    ] = False,
    volumes: Annotated[
        str,
        typer.Option(
            help="Suffix of masks of series and volumes: .nii.gz, .nii, .nrrd, .mha or .seg.nrrd; "
            "that of the volume, and .nii.gz of a series, by default.",
        ),
    ] = "",
    window: Annotated[
        str,
        typer.Option(
            help="Values shown as black and white, LO,HI, where the model was not trained "
            "through one window."
        ),
    ] = "",
    slide_mpp: Annotated[
        float | None,
        typer.Option(help="Micrometres a pixel of level 0 of slides that do not say."),
    ] = None,
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Take pictures of another kind than those of training."),
    ] = False,
    device: options.Device = "auto",
    foreground: Annotated[
        str, typer.Option(help="Target in the masks beside INPUT.", rich_help_panel=_SCORED)
    ] = "",
    masks: Annotated[
        str, typer.Option(help="Folder of these masks, or end of names.", rich_help_panel=_SCORED)
    ] = "",
    roi: Annotated[
        str, typer.Option(help="RTSTRUCT regions that are the target.", rich_help_panel=_SCORED)
    ] = "",
    segment: Annotated[
        str, typer.Option(help="DICOM SEG segments that are it.", rich_help_panel=_SCORED)
    ] = "",
) -> None:
    """Segment INPUT by MODEL; leave masks, a table and a page in OUT.

    Exit status 1 if a file could not be used: the others are done, and failed.csv lists it.
    """
    *models, source, out = _told_apart(model_input_out)
    with said_when_stopped():
        from twinseg.study.refused_at_once import refuse_to_predict

        refuse_to_predict(models, source, out, rule=rule)
        from twinseg.study.predict import predict_files

        progress = progress_here()
        done = predict_files(
            models,
            source,
            out,
            rule=rule,
            max_miss_rate=max_miss_rate,
            probabilities=probabilities,
            heat_maps=heat_maps,
            volumes=volumes,
            window=window,
            slide_mpp=slide_mpp,
            anyway=anyway,
            device=device,
            progress=progress,
            foreground=foreground,
            masks=masks,
            roi=roi,
            segment=segment,
        )
        if len(done.table):
            progress.say(f"masks: {done.folder.masks}")
            progress.say(f"open in a browser: {done.folder.page}")
        else:
            progress.say(f"nothing could be used, so there are no masks: {done.folder.failed}")
    if done.failed:
        raise SystemExit(1)


def _told_apart(paths: list[Path]) -> list[Path]:
    if len(paths) < 3:
        from twinseg.core.errors import ConfigError

        raise ConfigError(
            f"expected MODEL INPUT OUT, got {len(paths)}: such as twinseg predict study/ "
            "new-pictures/ masks/"
        )
    return paths
