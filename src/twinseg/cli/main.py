"""The commands. Heavy imports happen inside them, so that ``--help`` answers at once."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from twinseg.core.errors import TrainingError, TwinsegError

if TYPE_CHECKING:
    from twinseg.core.progress import Progress

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train twin segmentation models on medical images and compare them with evidence.",
    epilog="Try it without any data: twinseg demo",
)


WeightsDir = Annotated[
    Path | None,
    typer.Option(
        envvar="TWINSEG_WEIGHTS",
        help="Folder with <encoder>.imagenet.safetensors, asked before the hub.",
    ),
]


@app.command(
    epilog="Example: twinseg run lesions/ study/ --encoder mobilenet_v2 --size 128 --epochs 8"
)
def run(
    source: Annotated[Path, typer.Argument(help="Folder with images/ and masks/ (same stems).")],
    out: Annotated[Path, typer.Argument(help="Study folder; an unfinished one is continued.")],
    encoder: Annotated[str, typer.Option(help="Encoder of the U-Net.")] = "vgg16",
    size: Annotated[int, typer.Option(help="Side of the square the network sees, in px.")] = 256,
    epochs: Annotated[int, typer.Option(help="Passes over the training cases.")] = 40,
    batch_size: Annotated[int, typer.Option(help="Cases a step.")] = 16,
    seed: Annotated[int, typer.Option(help="Seed of split, weights, order, augmentation.")] = 0,
    fraction: Annotated[float, typer.Option(help="Share of the training groups used.")] = 1.0,
    test_fraction: Annotated[float, typer.Option(help="Share of the cases to test on.")] = 0.2,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    weights_dir: WeightsDir = None,
    init: Annotated[
        str, typer.Option(help="First weights of the twins: imagenet, random or a file.")
    ] = "imagenet,random",
    learning_rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 1e-3,
    partial_weights: Annotated[
        bool, typer.Option("--partial-weights", help="Leave what a weights file lacks random.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop if any file cannot be used.")
    ] = False,
) -> None:
    """Train twins on SOURCE; leave masks, scores, heat maps, a comparison and a report in OUT."""
    from twinseg.study.run import run as run_here

    progress = _progress()
    with _said_when_stopped():
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
            test_fraction=test_fraction,
            init=init.split(","),
            learning_rate=learning_rate,
            partial_weights=partial_weights,
            strict=strict,
        )
    progress.say(f"report: {study.report}")


@app.command(epilog="Example: twinseg demo demo/")
def demo(
    out: Annotated[Path, typer.Argument(help="Folder for phantoms, studies and reports.")] = Path(
        "twinseg-demo"
    ),
    weights_dir: WeightsDir = None,
) -> None:
    """Make phantoms of three kinds, run a small study on each, report; needs no file or network."""
    from twinseg.study.demo import run_demo

    progress = _progress()
    with _said_when_stopped():
        page = run_demo(out, weights_dir=weights_dir, progress=progress)
    progress.say(f"\nopen in a browser: {page}")


def _progress() -> "Progress":
    import logging

    from twinseg.core.progress import progress_for_this_terminal

    # Fabric announces its precision by itself; the settings and the report say it already.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    return progress_for_this_terminal()


def run_app() -> None:
    """Entry point: our errors become one line, everyone else's keep their traceback."""
    try:
        app()
    except TrainingError as error:
        _stop(str(error), status=1)
    except TwinsegError as error:
        _stop(str(error), status=2)


@contextmanager
def _said_when_stopped() -> Iterator[None]:
    """Say that nothing is lost; around the work itself, as typer catches Ctrl-C without a word."""
    try:
        yield
    except KeyboardInterrupt:
        _stop("stopped; the same command goes on from here", status=1)


def _stop(line: str, *, status: int) -> NoReturn:
    sys.stderr.write(f"twinseg: {line}\n")
    raise SystemExit(status)
