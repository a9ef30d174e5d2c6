"""Fetch a public dataset by its name, as its terms allow."""

from pathlib import Path
from urllib.parse import urlsplit

from twinseg.core.errors import DataError
from twinseg.core.progress import Progress, Silent
from twinseg.core.registry import choose
from twinseg.core.store import locked, read_json, write_json
from twinseg.data.public.download import download
from twinseg.data.public.sets import PUBLIC_SETS, PublicFile, PublicSet
from twinseg.data.public.unpack import unpack
from twinseg.records.source_settings import SourceSettings

_RECORD = "downloads.json"
_FEW = 10  # files that each have a bar of their own


def with_defaults(name: str, settings: SourceSettings) -> SourceSettings:
    """Fill in how a public dataset is read, where the user does not say.

    Raises:
        ConfigError: If no set has this name.
    """
    found = choose(PUBLIC_SETS, name, "public dataset")
    return settings.model_copy(
        update={
            "kind": settings.kind or found.kind,
            "foreground": settings.foreground or found.foreground,
        }
    )


def fetch(
    name: str,
    folder: Path,
    *,
    progress: Progress | None = None,
    base_url: str | None = None,
    pause_s: float = 1.0,
) -> Path:
    """Download and unpack the set ``name`` in ``folder``; what is there already is kept.

    Args:
        name: Of `PUBLIC_SETS`.
        folder: Where the files go, as their publisher lays them out.
        progress: Where to say what comes, under which terms, and how far it is.
        base_url: Mirror that is asked in place of each file's host.
        pause_s: Before a second try of one file.

    Returns:
        The folder, to be prepared like any other source.

    Raises:
        ConfigError: If no set has this name.
        DataError: If it has to be fetched by hand, or cannot be fetched.
        StoreError: If the disk is full, or another process is at work in the folder.
    """
    found = choose(PUBLIC_SETS, name, "public dataset")
    progress = progress or Silent()
    if found.by_hand:
        raise DataError(
            f"{found.title}: its terms ({found.terms}) want you to sign in; fetch {found.by_hand} "
            f"from {found.homepage} ({found.size}) and give --from FOLDER"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock"):
        known = read_json(folder / _RECORD) if (folder / _RECORD).exists() else {}
        missing = [file for file in found.files if not _is_there(file, folder, known)]
        if missing:
            progress.say(
                f"downloading {found.title}: {len(missing)} files of {found.size}, into {folder}. "
                f"Terms: {found.terms}; see {found.homepage}"
            )
            try:
                _fetch_all(missing, folder, known, progress, base_url, pause_s)
            except DataError as error:
                raise DataError(f"{error}; {_by_hand(found)}") from error
    return folder


def _fetch_all(
    files: list[PublicFile],
    folder: Path,
    known: dict[str, str],
    progress: Progress,
    base_url: str | None,
    pause_s: float,
) -> None:
    each = progress if len(files) <= _FEW else Silent()
    every = Silent() if len(files) <= _FEW else progress
    unstated = sum(file.sha256 is None for file in files)
    with every.task("downloading", len(files), unit="files") as task:
        for file in files:
            path = folder / file.name
            url = _mirrored(file.url, base_url)
            sha256 = file.sha256 or known.get(file.name)
            known[file.name] = download(url, path, sha256=sha256, progress=each, pause_s=pause_s)
            write_json(folder / _RECORD, known)
            if file.is_zip:
                unpack(path, _unpacked(path), progress=each)
                path.unlink()
            task.advance()
    if unstated:
        progress.say(
            f"no check sum is published for {unstated} files: those that came are written down "
            f"in {folder / _RECORD}"
        )


def _is_there(file: PublicFile, folder: Path, known: dict[str, str]) -> bool:
    path = folder / file.name
    return file.name in known and (_unpacked(path).is_dir() if file.is_zip else path.is_file())


def _unpacked(path: Path) -> Path:
    return path.with_suffix("")


def _mirrored(url: str, base_url: str | None) -> str:
    return base_url.rstrip("/") + urlsplit(url).path if base_url else url


def _by_hand(found: PublicSet) -> str:
    names = ", ".join(file.name for file in found.files[:2])
    more = f" and {len(found.files) - 2} more" if len(found.files) > 2 else ""
    return f"or fetch {names}{more} from {found.homepage} by hand and give --from FOLDER"
