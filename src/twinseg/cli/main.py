"""The commands. Heavy imports happen inside them, so that ``--help`` answers at once."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from twinseg.cli import options
from twinseg.cli.check import check
from twinseg.cli.compare import compare
from twinseg.cli.data import inspect, prepare
from twinseg.cli.encoders import encoders
from twinseg.cli.explain import explain
from twinseg.cli.needs import needs
from twinseg.cli.said import progress_here, said_when_stopped, stop, stop_if_unwritten
from twinseg.cli.usage import UsageError, said_of
from twinseg.core.errors import TrainingError, TwinsegError

_STUDY, _EVIDENCE = "Study", "Evidence of heat maps"
_INTERRUPTED = 130  # typer's status of Ctrl-C outside of the work of a command

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Try it without any data: twinseg demo",
)


app.command(epilog="Example: twinseg prepare biopsies/ biopsies-256/ --foreground 3,4,5")(prepare)
app.command(epilog="Example: twinseg inspect biopsies-256/")(inspect)
app.command(epilog="Example: twinseg check biopsies-256/")(check)
app.command(
    epilog="Example: twinseg explain study/runs/imagenet-f100-s0 new-lesions/ maps/ --layer decoder"
)(explain)
app.command(
    epilog="Example: twinseg compare A.csv B.csv --metric dice --group patient --out compared/"
)(compare)
app.command(epilog="Example: twinseg needs study-12/ study-25/ study-50/ study-100/ --wished 0.9")(
    needs
)


app.command(epilog="Example: twinseg encoders 'tu-efficientnet*'")(encoders)


@app.command(
    epilog="Example: twinseg run lesions/ study/ --encoder mobilenet_v2 --size 128 --epochs 8"
)
def run(
    source: Annotated[
        Path, typer.Argument(help="A prepared dataset, or images with masks as `prepare` reads.")
    ],
    out: Annotated[Path, typer.Argument(help="Study folder; an unfinished one is continued.")],
    encoder: Annotated[
        str,
        typer.Option(
            help="Encoder of the U-Net; see twinseg encoders.", rich_help_panel=options.MODEL
        ),
    ] = "vgg16",
    size: Annotated[
        int | None,
        typer.Option(
            help="Side of the square the network sees, in px; 256, or as prepared.",
            rich_help_panel=options.MODEL,
        ),
    ] = None,
    init: Annotated[
        str,
        typer.Option(
            help="First weights of the twins: imagenet, random or a file.",
            rich_help_panel=options.MODEL,
        ),
    ] = "imagenet,random",
    weights_dir: options.WeightsDir = None,
    partial_weights: Annotated[
        bool,
        typer.Option(
            "--partial-weights",
            help="Leave what a weights file lacks random.",
            rich_help_panel=options.MODEL,
        ),
    ] = False,
    mean: options.Mean = "",
    std: options.Std = "",
    like: options.Like = "",
    epochs: Annotated[
        int, typer.Option(help="Passes over the training cases.", rich_help_panel=options.MODEL)
    ] = 40,
    batch_size: Annotated[
        int, typer.Option(help="Cases a step.", rich_help_panel=options.MODEL)
    ] = 16,
    learning_rate: Annotated[
        float, typer.Option(help="Highest learning rate.", rich_help_panel=options.MODEL)
    ] = 2e-3,
    dice: Annotated[
        str,
        typer.Option(
            help="Dice in the loss: of each case, or batch.", rich_help_panel=options.MODEL
        ),
    ] = "case",
    warp: Annotated[
        float,
        typer.Option(
            help="Strength of rotation and scale; 0: only flips.", rich_help_panel=options.MODEL
        ),
    ] = 0.0,
    colour: Annotated[
        float,
        typer.Option(
            help="Strength of changes of colour and brightness.", rich_help_panel=options.MODEL
        ),
    ] = 0.0,
    keep: Annotated[
        str,
        typer.Option(
            help="Weights that are kept: of the last epoch, or the best on validation.",
            rich_help_panel=options.MODEL,
        ),
    ] = "last",
    seed: Annotated[
        int,
        typer.Option(help="Seed of split, weights, order, augmentation.", rich_help_panel=_STUDY),
    ] = 0,
    fraction: Annotated[
        float, typer.Option(help="Share of the training groups used.", rich_help_panel=_STUDY)
    ] = 1.0,
    design: Annotated[
        str,
        typer.Option(
            help="How they are drawn: random, sparse, gaussian, no-rare, few-groups.",
            rich_help_panel=_STUDY,
        ),
    ] = "random",
    test_fraction: Annotated[
        float, typer.Option(help="Share of the cases to test on.", rich_help_panel=_STUDY)
    ] = 0.2,
    flips: Annotated[
        bool,
        typer.Option(
            "--flips",
            help="Answers to flipped images join the rules as members.",
            rich_help_panel=_STUDY,
        ),
    ] = False,
    ring: Annotated[
        float,
        typer.Option(
            help="Ring around objects for the evidence of maps: mm, else px.",
            rich_help_panel=_EVIDENCE,
        ),
    ] = 5.0,
    evidence_cases: Annotated[
        int,
        typer.Option(
            help="Test cases on which the maps are put to the test.", rich_help_panel=_EVIDENCE
        ),
    ] = 24,
    device: Annotated[
        str, typer.Option(help="auto, cpu or cuda.", rich_help_panel=options.MACHINE)
    ] = "auto",
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
    """Train twins on SOURCE; leave masks, scores, heat maps, a comparison and a report in OUT."""
    with said_when_stopped():
        from twinseg.study.run import run as run_here

        progress = progress_here()
        study = run_here(
            source,
            out,
            device=device,
            weights_dir=weights_dir,
            progress=progress,
            encoder=encoder,
            size=size,
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            fraction=fraction,
            design=design,
            test_fraction=test_fraction,
            init=init.split(","),
            ring=ring,
            evidence_cases=evidence_cases,
            learning_rate=learning_rate,
            dice=dice,
            warp=warp,
            colour=colour,
            keep=keep,
            partial_weights=partial_weights,
            mean=mean,
            std=std,
            like=like,
            flips=flips,
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
        progress.say(f"report: {study.report}")


@app.command(epilog="Example: twinseg demo demo/")
def demo(
    out: Annotated[Path, typer.Argument(help="Folder for phantoms, studies and reports.")] = Path(
        "twinseg-demo"
    ),
    weights_dir: options.WeightsDir = None,
) -> None:
    """Make phantoms of three kinds, run a small study on each, report; needs no file or network."""
    with said_when_stopped():
        from twinseg.study.demo import run_demo

        progress = progress_here()
        page = run_demo(out, weights_dir=weights_dir, progress=progress)
        progress.say("")
        progress.say(f"open in a browser: {page}")


def print_version(wanted: bool) -> bool:
    """Print the version and end, if that is wanted."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"twinseg {version('twinseg')}")
        raise typer.Exit
    return wanted


@app.callback()
def _before_any_command(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=print_version),
    ] = False,
) -> None:
    """Train twin segmentation models on medical images and compare them with evidence."""


def run_app() -> None:
    """Run one command: our errors become one line, everyone else's keep their traceback."""
    arguments = sys.argv[1:] or ["--help"]
    try:
        status = app(arguments, prog_name="twinseg", standalone_mode=False)
    except UsageError as error:
        stop(said_of(error, arguments, app), status=2)
    except TrainingError as error:
        stop(str(error), status=1)
    except TwinsegError as error:
        stop(str(error), status=2)
    except typer.Abort:
        stop("stopped", status=1)
    except OSError as error:  # ours name a file; typer's own words go to the output
        if error.filename is not None or error.errno is None:
            raise
        stop(f"cannot write the output: {error.strerror}", status=1)
    stop_if_unwritten()
    if status == _INTERRUPTED:
        stop("stopped", status=1)
