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
from twinseg.cli.export import export
from twinseg.cli.needs import needs
from twinseg.cli.predict import predict
from twinseg.cli.report import report
from twinseg.cli.run import run
from twinseg.cli.status import status
from twinseg.cli.terminal import progress_here, said_when_stopped, stop, stop_if_unwritten
from twinseg.cli.usage import UsageError, said_of
from twinseg.cli.verify import verify
from twinseg.cli.view import view
from twinseg.core.errors import (
    NotTheSameError,
    RunsFailedError,
    TrainingError,
    TwinsegError,
)

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
app.command(epilog="Example: twinseg predict study/ new-lesions/ masks/")(predict)
app.command(epilog="Example: twinseg export study/ lesions.zip")(export)
app.command(
    epilog="Example: twinseg compare A.csv B.csv --metric dice --group patient --out compared/"
)(compare)
app.command(epilog="Example: twinseg needs study-12/ study-25/ study-50/ study-100/ --wished 0.9")(
    needs
)


app.command(epilog="Example: twinseg status study/")(status)
app.command(epilog="Example: twinseg verify study/ imagenet-f100-s0")(verify)
app.command(epilog="Example: twinseg report study/")(report)
app.command(epilog="Example: twinseg view study/")(view)
app.command(epilog="Example: twinseg encoders 'tu-efficientnet*'")(encoders)


app.command(
    epilog="Example: twinseg run lesions/ study/ --encoder mobilenet_v2 --size 128 --epochs 8"
)(run)


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
    except (NotTheSameError, RunsFailedError, TrainingError) as error:
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
