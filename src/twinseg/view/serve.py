"""Opens a view and serves it until it is stopped."""

import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from twinseg.core.errors import ConfigError, DataError
from twinseg.core.progress import Progress
from twinseg.core.words import amount
from twinseg.records.folders import StudyFolder
from twinseg.records.predicted_folder import PredictedFolder
from twinseg.view.app import make_app
from twinseg.view.desk import Desk
from twinseg.view.guard import LOOPBACK, TOKEN, Guard, new_token
from twinseg.view.of_others import others_shown
from twinseg.view.of_predicted import predicted_shown
from twinseg.view.of_study import study_shown
from twinseg.view.shown import Shown

NOTES = Path("view") / "notes.json"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


def open_desk(folder: Path, dataset: Path | None = None, images: Path | None = None) -> Desk:
    """Open whatever lies in a folder.

    Args:
        folder: A study, a grid, or what `predict` left.
        dataset: Where the prepared dataset of a study lies, if not in it.
        images: INPUT of `predict`.

    Raises:
        ConfigError: If ``images`` is given for a study.
        DataError: If nothing in it can be shown; says what can.
    """
    return Desk(_opener(folder, dataset, images), folder / NOTES)


def open_others(source: Path, predictions: Sequence[str], progress: Progress) -> Desk:
    """Open images with masks, and predictions of other software.

    Args:
        source: As `prepare` reads it.
        predictions: ``NAME=FOLDER`` each.
        progress: Where to report.

    Raises:
        ConfigError: If one is not of that form, or a name is given twice.
        DataError: See `others_shown`.
    """
    folders: dict[str, Path] = {}
    for one in predictions:
        name, equals, folder = one.partition("=")
        if not equals or not _NAME.fullmatch(name) or not folder:
            raise ConfigError(
                f"--predictions {one}: expected NAME=FOLDER, the name of letters, digits, - and _"
            )
        if name in folders:
            raise ConfigError(f"--predictions {one}: {name} is given twice")
        folders[name] = Path(folder)
    work = Path(f"view-{source.resolve().name}")
    progress.say(f"what is made of the images, scores and notes are kept in {work}")
    return Desk(lambda: others_shown(source, folders, work, progress), work / NOTES)


def serve(desk: Desk, *, port: int, host: str, progress: Progress) -> None:
    """Serve a view until it is stopped.

    Args:
        desk: What is shown.
        port: To listen on; 0 takes a free one.
        host: "" on this machine alone; else the name or address under which others call it.
        progress: Where to say the address.

    Raises:
        ConfigError: If nobody may listen there.
    """
    is_here = not host or host in LOOPBACK
    token = "" if is_here else new_token()
    listening = _listen("127.0.0.1" if is_here else host, port)
    port = listening.getsockname()[1]
    guard = Guard(make_app(desk), port, "" if is_here else host, token)
    shown = desk.opened.shown
    address = f"http://{host if token else '127.0.0.1'}:{port}/" + f"?{TOKEN}={token}" * bool(token)
    said = f"{amount(len(shown.cases), 'case')}, {amount(len(shown.models), 'model')}"
    progress.say(f"{shown.title}: {said}")
    if token:
        progress.say("whoever has this address sees every picture:")
    progress.say(f"open in a browser: {address}")
    progress.say("Ctrl-C ends it; flags and notes are kept in " + str(desk.notes_file))
    _server(guard).run(sockets=[listening])


@contextmanager
def served(desk: Desk) -> Iterator[str]:
    """Serve a view on this machine alone, on a free port, beside what else the program does.

    Yields:
        Its address. Nothing is served any more once the block is left.
    """
    with _listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        server = _server(Guard(make_app(desk), port))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.should_exit = True
            thread.join()


def _server(guard: Guard) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(guard, log_level="warning", access_log=False, server_header=False, ws="none")
    )


def _opener(folder: Path, dataset: Path | None, images: Path | None) -> Callable[[], Shown]:
    is_study = StudyFolder(folder).settings.exists()
    if is_study and images:
        raise ConfigError(
            f"--images: {folder} is a study, which knows its pictures; --dataset FOLDER says where "
            "its prepared dataset lies"
        )
    if is_study:
        return lambda: study_shown(folder, dataset)
    if PredictedFolder(folder).table.exists():
        return lambda: predicted_shown(folder, images)
    raise DataError(
        f"{folder} is no study: give a folder that `twinseg run` or `twinseg predict` has made"
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --port"
        ) from error
    return listening
