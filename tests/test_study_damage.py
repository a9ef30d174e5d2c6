"""Every file of a study, damaged in every way: one line that helps, or the right result."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import twinseg
from tests.commands import twinseg_here
from tests.stages import fail_at, without_report
from tests.toy_study import RUNS, TOY, Heard, results, run_toy
from twinseg.core.errors import StoreError, TwinsegError
from twinseg.prediction.predictions import Predictions, write_mask
from twinseg.report.study_contents import read_contents
from twinseg.study.check_study import check_study

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
# Nobody reads these again: copies for people, and what is drawn.
ONLY_SHOWN = re.compile(r"tables/.*\.csv|explanations/.*\.png|.*/cases\.json|report/.*|\.lock")
ONE_OF_EACH = [
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
def test_a_damaged_file_is_named_before_it_is_used(out: Path, name: str, how: str) -> None:
    damage(out / name, how)
    assert str(out / name) in complaint(lambda: readers(out))


@pytest.mark.parametrize("how", ["cut", "flipped"])
def test_damaged_settings_are_written_anew_from_what_the_runs_keep(
    out: Path, source: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    without_report(monkeypatch)
    whole = (out / "study.toml").read_bytes()
    damage(out / "study.toml", how)
    with pytest.raises(StoreError, match="study.toml is damaged"):
        _ = twinseg.Study(out).settings
    run_toy(source, out)
    assert (out / "study.toml").read_bytes() == whole


def readers(out: Path) -> None:
    """Everything that reads a study, from Python and by `twinseg check`."""
    study = twinseg.Study(out)
    assert len(study.scores) > 0
    assert len(study.comparisons) > 0
    for init in TOY["init"]:
        study.model(init)
    assert read_contents(out).test_cases
    heard = Heard()
    try:
        check_study(out, progress=heard)
    except StoreError as error:
        said = "; ".join(line for line in heard.lines if not line.endswith(": right"))
        raise StoreError(said) from error


def test_check_says_of_each_part_whether_it_is_right(calm: twinseg.Study, out: Path) -> None:
    heard = Heard()
    check_study(calm.folder, progress=heard)
    parts = [line.removesuffix(": right") for line in heard.lines if line.endswith(": right")]
    assert {f"runs/{RUNS[0]}", "tables/scores.parquet", "predictions/test/union"} <= {*parts}
    damaged = [
        "predictions/test/union/case*.png",
        "explanations/test/random1-random2-f100-s0/*/values.npy",
    ]
    for pattern in damaged:
        damage(next(out.glob(pattern)), "flipped")
    with pytest.raises(
        StoreError, match="explanations/test/random1-random2-f100-s0, predictions/test/union; see"
    ):
        check_study(out, progress=Heard())
    assert twinseg_here("check", out).returncode == 2
    assert twinseg_here("check", calm.folder).returncode == 0


def test_what_was_damaged_between_two_starts_is_not_listed_as_right(
    out: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what no step reads again, so that no start would complain of it."""
    without_report(monkeypatch)
    names = [f"explanations/test/{RUNS[0]}/evidence.csv", "tables/cases.csv"]
    for name in names:
        damage(out / name, "flipped")
    run_toy(source, out)
    line = complaint(lambda: check_study(out, progress=Heard()))
    assert all(name.removesuffix("/evidence.csv") in line for name in names), line


EACH = 4  # of as many files, a way to damage them takes one


def one_file_of_each_kind(out: Path) -> list[str]:
    """Of files that differ in the case, the twin, the rule, the part or the region, one."""
    kinds: dict[str, str] = {}
    for path in sorted(out.rglob("*")):
        if path.is_file() and not path.is_relative_to(out / "dataset"):
            name = str(path.relative_to(out))
            kind = re.sub(r"case\d+|random\d-\S+?(?=/)|(?<=/)[a-z-]+(?=/case)", "*", name)
            kinds.setdefault(re.sub(r"(non-)?target|bottleneck|decoder", "*", kind), name)
    return [*kinds.values()]


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGES)
def test_every_file_of_a_study_damaged(
    calm: twinseg.Study, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    # Each file is damaged in two ways: all of them, of all files, take 25 minutes.
    first = [*DAMAGES].index(how) % EACH
    # The page takes longest, and reads what `readers` reads.
    without_report(monkeypatch)
    whole = results(calm.folder)
    for number, name in enumerate(one_file_of_each_kind(calm.folder)[first::EACH]):
        out = tmp_path / str(number)
        shutil.copytree(calm.folder, out, copy_function=os.link)
        damage(out / name, how)
        if name == "study.toml":
            line = complaint(lambda out=out: run_toy(source, out))
            assert line == "" or "was made of other runs" in line
            continue
        mended(out, name, lambda out=out: (run_toy(source, out), readers(out)))
        same = whole.keys() - ({name} if ONLY_SHOWN.fullmatch(name) else set())
        found = results(out)
        # Overlays go with the maps they show; the page would draw them again.
        lost = {key for key in same - found.keys() if re.fullmatch(r"explanations/.*\.png", key)}
        assert {key: found.get(key) for key in same - lost} == {
            key: whole[key] for key in same - lost
        }, name


@pytest.mark.parametrize("how", ["empty", "other keys", "not UTF-8", "flipped near the end"])
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
        patched.setattr("twinseg.training.train._write_run", killed)
        with pytest.raises(Killed):
            run_toy(source, out)
    working = out / "runs" / f".{RUNS[0]}.training"
    for name in ("checkpoint.pt", "kept.safetensors"):
        content = (working / name).read_bytes()
        for how in ("cut", "list", "flipped"):
            damage(working / name, how)
            line = complaint(lambda: run_toy(source, out))
            assert str(working / name) in line, how
            (working / name).write_bytes(content)
    damage(working / "kept.safetensors", "flipped")
    follow(complaint(lambda: run_toy(source, out)))
    fail_at(monkeypatch, "validation masks", Killed())
    with pytest.raises(Killed):
        run_toy(source, out)
    weights = f"runs/{RUNS[0]}/model.safetensors"
    assert (out / weights).read_bytes() == (calm.folder / weights).read_bytes()


def test_no_flipped_bit_of_a_mask_goes_unnoticed(tmp_path: Path) -> None:
    drawn = np.random.default_rng(0).random((12, 12)) < 0.5
    write_mask(tmp_path / "a.png", drawn)
    whole, stored = (tmp_path / "a.png").read_bytes(), Predictions("m", "run", tmp_path)
    told = 0
    for place in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        (tmp_path / "a.png").write_bytes(changed)
        try:
            assert (stored.mask("a") == drawn).all()
        except StoreError:
            told += 1
    assert told > 6 * len(whole)


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
