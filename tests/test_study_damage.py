"""Every file of a study, damaged in every way: one line that helps, or the right result."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import twinseg
from tests.toy_study import RUNS, results, run_toy
from twinseg.core.errors import StoreError, TwinsegError

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "zeroed": lambda content: bytes(len(content)),
    "list": lambda content: b"[1, 2]\n",
    "other keys": lambda content: b'{"a": 1}\n',
    "not UTF-8": lambda content: b"\xff\xfe" + content,
    "flipped": lambda content: flipped(content, len(content) // 2),
    "flipped near the end": lambda content: flipped(content, max(0, len(content) - 30)),
}
# Nobody reads these again: copies for people, and what is drawn. The page is drawn anew.
ONLY_SHOWN = re.compile(r".*\.csv|.*/case\d+\.png|.*/cases\.json|report/index\.html|\.lock")
ONE_OF_EACH = [
    "study.toml",
    "dataset.json",
    f"runs/{RUNS[0]}/model.json",
    f"runs/{RUNS[0]}/manifest.json",
    f"runs/{RUNS[1]}/model.safetensors",
    "tables/checksums.json",
    "tables/rules.json",
    "tables/labels.json",
    "tables/scores.parquet",
    "tables/comparisons.parquet",
]


def flipped(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    if changed:
        changed[place] ^= 0x10
    return bytes(changed)


@pytest.fixture
def out(calm: twinseg.Study, tmp_path: Path) -> Path:
    """A copy that shares its files with the study until they are replaced."""
    shutil.copytree(calm.folder, tmp_path / "study", copy_function=os.link)
    return tmp_path / "study"


def damage(file: Path, how: str) -> None:
    content = file.read_bytes()
    file.unlink()  # the study itself shares its bytes
    file.write_bytes(DAMAGES[how](content))


def complaint(work: Callable[[], object]) -> str:
    """What is said, or "" if nothing was; any other error than ours fails the test."""
    line = ""
    try:
        work()
    except TwinsegError as error:
        line = str(error)
    assert "\n" not in line
    return line


def follow(advice: str) -> None:
    """Delete what the line says is to be deleted."""
    found = re.search(r"delete (?:the folder )?(/\S+?)[:;,]? ", advice + " ")
    assert found, advice
    path = Path(found[1])
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def mended(out: Path, name: str, again: Callable[[], object]) -> list[str]:
    """Give the command until it ends, doing each time what it says; return what was said."""
    said = []
    while line := complaint(again):
        said.append(line)
        assert str(out / name) in line or str((out / name).parent) in line, line
        assert len(said) < 5
        follow(line)
    return said


@pytest.mark.parametrize("how", ["cut", "flipped", "list"])
@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_damaged_file_is_named_before_it_is_used(
    out: Path, source: Path, monkeypatch: pytest.MonkeyPatch, name: str, how: str
) -> None:
    monkeypatch.setattr("twinseg.study.study.write_report", lambda out, *_, **__: out)
    damage(out / name, how)
    line = complaint(lambda: run_toy(source, out)) or complaint(lambda: readers(out))
    if name == "study.toml" and how != "flipped":
        assert line == ""  # each run has kept the settings: it is written anew
    elif name == "study.toml":
        assert line == "" or "was made with other settings" in line
    else:
        assert str(out / name) in line


def readers(out: Path) -> None:
    """Everything that reads a study from Python, and the page."""
    study = twinseg.Study(out)
    assert len(study.scores) > 0
    assert len(study.comparisons) > 0
    for run in RUNS:
        twinseg.load_trained(out / "runs" / run)
        assert study.predictions(run).mask(study.scores["case"].iloc[0]).any() in (True, False)
    from twinseg.report.contents import read_contents
    from twinseg.report.labels import read_labels
    from twinseg.report.rules import read_learnt

    assert read_contents(out).test_cases
    assert read_labels(out / "tables")
    assert read_learnt(out / "tables" / "rules.json")


def every_file(out: Path) -> Iterator[str]:
    for path in sorted(out.rglob("*")):
        if path.is_file() and not path.is_relative_to(out / "dataset"):
            yield str(path.relative_to(out))


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGES)
def test_every_file_of_a_study_damaged(
    calm: twinseg.Study, source: Path, tmp_path: Path, how: str
) -> None:
    whole = results(calm.folder)
    for number, name in enumerate(every_file(calm.folder)):
        out = tmp_path / str(number)
        shutil.copytree(calm.folder, out, copy_function=os.link)
        damage(out / name, how)
        if name == "study.toml" and how.startswith("flipped"):
            line = complaint(lambda out=out: run_toy(source, out))
            assert line == "" or "was made with other settings" in line
        else:
            mended(out, name, lambda out=out: (run_toy(source, out), readers(out)))
            found = results(out)
            if ONLY_SHOWN.fullmatch(name):
                found.pop(name, None)
            assert found == {key: whole[key] for key in whole if key in found or key != name}, name
        shutil.rmtree(out)


@pytest.mark.parametrize("how", DAMAGES)
def test_explain_and_needs_name_what_is_damaged(
    out: Path, source: Path, tmp_path: Path, how: str
) -> None:
    run = out / "runs" / RUNS[0]
    for name in ("model.safetensors", "model.json", "manifest.json"):
        content = (run / name).read_bytes()
        damage(run / name, how)
        with pytest.raises(StoreError) as caught:
            twinseg.explain_files(run, source / "images", tmp_path / "maps")
        assert str(run / name) in str(caught.value)
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "maps").exists()
        (run / name).write_bytes(content)
    damage(out / "tables" / "scores.parquet", how)
    assert str(out / "tables" / "scores.parquet") in complaint(lambda: twinseg.data_needs([out]))


def test_a_damaged_checkpoint_is_named_and_may_be_deleted(
    calm: twinseg.Study, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("twinseg.training.run._write_run", killed)
        with pytest.raises(Killed):
            run_toy(source, out)
    working = out / "runs" / f".{RUNS[0]}.training"
    for name in ("checkpoint.pt", "best.safetensors"):
        content = (working / name).read_bytes()
        for how in DAMAGES:
            damage(working / name, how)
            line = complaint(lambda: run_toy(source, out))
            assert str(working / name) in line, how
            (working / name).write_bytes(content)
    damage(working / "best.safetensors", "flipped")
    follow(complaint(lambda: run_toy(source, out)))
    monkeypatch.setattr("twinseg.study.study.predict_parts", killed)
    with pytest.raises(Killed):
        run_toy(source, out)
    for run in RUNS:
        weights = f"runs/{run}/model.safetensors"
        assert (out / weights).read_bytes() == (calm.folder / weights).read_bytes()


def test_an_unfinished_study_says_so(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    (out / "tables").mkdir(parents=True)
    (out / "study.toml").write_text("epochs = 1\n")
    with pytest.raises(TwinsegError, match=f"{out} is not finished; .*twinseg run.* goes on"):
        twinseg.data_needs([out])
    with pytest.raises(TwinsegError, match="the same command goes on"):
        _ = twinseg.Study(out).scores
    (tmp_path / "empty").mkdir()
    with pytest.raises(TwinsegError, match="empty is no study"):
        twinseg.data_needs([tmp_path / "empty"])


def test_files_of_an_earlier_version_are_still_read(out: Path) -> None:
    run = out / "runs" / RUNS[0]
    for name in ("model.json", "manifest.json"):
        content = json.loads((run / name).read_text())
        del content["sha256_of_the_rest"]
        content.pop("sha256", None)
        (run / name).unlink()
        (run / name).write_text(json.dumps(content))
    assert twinseg.load_trained(run).id == RUNS[0]
    (run / "model.json").write_text('{"run": 1}')
    with pytest.raises(StoreError, match=r"model\.json is not as twinseg wrote it"):
        twinseg.load_trained(run)
