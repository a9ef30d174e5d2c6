"""What stays in a study folder when a stage fails, and what goes when nothing was accepted."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

import twinseg
from tests.conftest import WritePairs, write_discs
from tests.stages import fail_at
from tests.toy_study import RUNS, Heard, results, run_toy
from twinseg.core.errors import (
    CannotWriteError,
    ConfigError,
    DataError,
    StoreError,
    TwinsegError,
)
from twinseg.data.dataset_files import require_prepared
from twinseg.records.settings import make_settings
from twinseg.study.study import _say_what_came


def test_an_error_after_training_deletes_nothing(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"
    fail_at(monkeypatch, "validation masks", DataError("a stick was pulled out"))
    with pytest.raises(DataError, match="pulled out"):
        run_toy(source, out)
    assert (out / "runs" / RUNS[0] / "model.safetensors").exists()


@pytest.mark.slow
def test_an_error_at_any_stage_of_a_first_start_deletes_nothing(
    source: Path, calm: twinseg.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"
    found: dict[str, bytes] = {}
    for stage, error in (
        ("training", DataError("a slide is gone")),
        ("validation masks", ConfigError("no such layer")),
        ("evidence of heat maps", DataError("a picture is gone")),
        ("test masks of rules", StoreError("a mask is damaged")),
        ("ceiling", DataError("nothing to learn from")),
        ("report", DataError("a stick was pulled out")),
    ):
        with monkeypatch.context() as patched:
            fail_at(patched, stage, error)
            with pytest.raises(type(error), match=str(error)):
                run_toy(source, out)
        now = results(out)
        # What was there before is there as it was; the list of checksums grows with the tables.
        before = {name: content for name, content in found.items() if "checksums" not in str(name)}
        assert before.items() <= now.items(), stage
        found = now
        (out / "thesis.txt").write_text("precious")
    run_toy(source, out)
    assert (out / "thesis.txt").read_text() == "precious"
    (out / "thesis.txt").unlink()
    assert results(out) == results(calm.folder)


def test_pictures_that_go_while_the_report_is_drawn_are_named_and_cost_nothing(
    calm: twinseg.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = write_discs(tmp_path), tmp_path / "study"
    shutil.copytree(calm.folder, out, ignore=shutil.ignore_patterns("report", "dataset"))
    from twinseg.report.write_report import write_report

    def without_pictures(*arguments: object, **options: object) -> Path:
        (source / "images").rename(source / "pulled out")
        return write_report(*arguments, **options)  # type: ignore[arg-type]

    heard = Heard()
    with monkeypatch.context() as patched:
        patched.setattr("twinseg.study.stages.write_report", without_pictures)
        study = run_toy(source, out, heard)
    assert "at training size: its file is gone" in study.report.read_text()
    notes = [line for line in heard.lines if "shows case" in line]
    assert notes
    assert all("images/case" in line and "give the same command again" in line for line in notes)
    (source / "pulled out").rename(source / "images")
    heard = Heard()
    run_toy(source, out, heard)
    assert "its file is gone" not in study.report.read_text()
    assert not [line for line in heard.lines if "shows case" in line]


@pytest.mark.parametrize("existed", [True, False])
def test_what_is_refused_before_training_takes_back_only_its_own(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existed: bool
) -> None:
    out = tmp_path / "new" / "study"
    if existed:
        out.mkdir(parents=True)
    with pytest.raises(ConfigError, match="leaves 1 training case"):
        run_toy(source, out, fraction=0.01)
    assert not any(out.iterdir()) if existed else not out.parent.exists()

    def while_the_user_saves_a_file(*_: object, **__: object) -> None:
        (out / "tables" / "thesis.txt").write_text("precious")
        raise DataError("too few groups")

    monkeypatch.setattr("twinseg.study.stages.draw_subset", while_the_user_saves_a_file)
    with pytest.raises(DataError, match="too few groups"):
        run_toy(source, out)
    assert [str(path.relative_to(out)) for path in sorted(out.rglob("*"))] == [
        "tables",
        "tables/thesis.txt",
    ]


def test_a_full_disk_before_training_keeps_what_was_read(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"
    fail_at(monkeypatch, "split", CannotWriteError("cannot write: make room"))
    with pytest.raises(CannotWriteError):
        run_toy(source, out)
    assert (out / "dataset" / "dataset.json").exists()
    assert (out / "study.toml").exists()


def test_an_unfinished_study_is_not_taken_back_when_its_data_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = write_discs(tmp_path), tmp_path / "study"
    fail_at(monkeypatch, "training", DataError("stop here"))
    with pytest.raises(DataError, match="stop here"):
        run_toy(source, out)
    before = results(out)
    assert "tables/labels.parquet" in before
    (source / "images" / "case00.png").rename(tmp_path / "case00.png")
    with pytest.raises(TwinsegError, match="prepared from other files"):
        run_toy(source, out)
    assert results(out) == before
    shutil.rmtree(source)
    with pytest.raises(TwinsegError, match="pairs"):
        run_toy(source, out)
    assert results(out) == before


def test_what_a_start_killed_at_once_leaves_is_no_obstacle(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    out.mkdir()
    (out / ".lock").touch()
    (out / ".study.toml.part").write_text("enco")
    with pytest.raises(ConfigError, match="leaves 1 training case"):
        run_toy(source, out, fraction=0.01)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"encoder": "vgg61"}, "unknown encoder"),
        ({"size": 40}, "take 32 or 64"),
        ({"init": ("imagenet", "random"), "weights_dir": "none"}, "does not exist"),
        ({"init": ("random:1", "none.safetensors")}, "no file none.safetensors"),
        ({"design": "rndom"}, "design"),
        ({"fraction": 0.0}, "fraction"),
        ({"batch_size": 0}, "batch_size"),
        ({"test_fraction": 0.9, "validation_fraction": 0.2}, "leave nothing to train on"),
    ],
)
def test_what_needs_no_data_is_checked_before_any_is_read(
    write_pairs: WritePairs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict,
    said: str,
) -> None:
    monkeypatch.setattr("twinseg.study.study.open_or_prepare", lambda *_: 1 / 0)
    with pytest.raises(TwinsegError, match=said):
        run_toy(write_pairs(), tmp_path / "out", **settings)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_refused_before_any_data_is_read(
    write_pairs: WritePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twinseg.study.study.open_or_prepare", lambda *_: 1 / 0)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CannotWriteError, match="cannot write .*file/study: Not a directory"):
        run_toy(write_pairs(), tmp_path / "file" / "study")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_source_that_is_not_there_is_said_before_any_hub_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twinseg.study.first_weights.find_first_weights", lambda *_, **__: 1 / 0)
    with pytest.raises(DataError, match="nowhere does not exist"):
        run_toy(tmp_path / "nowhere", tmp_path / "out", init=("imagenet", "random"))
    assert not (tmp_path / "out").exists()


def test_a_study_is_told_from_its_dataset(calm: twinseg.Study) -> None:
    with pytest.raises(DataError, match=f"is no dataset but a study; .* {calm.folder}/dataset"):
        require_prepared(calm.folder)


@pytest.mark.usefixtures("as_users_run_it")
def test_a_batch_of_more_cases_than_there_are_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twinseg.study.study.say_dataset", lambda *_: None)
    cases = [SimpleNamespace(group=str(case)) for case in range(4)]
    parts = {"train": [0, 1], "validation": [2], "test": [3]}
    study = SimpleNamespace(
        data=SimpleNamespace(dataset=SimpleNamespace(cases=cases)),
        positions=lambda split: parts[split],
        settings=make_settings(batch_size=2),
    )
    heard = Heard()
    _say_what_came(study, heard)  # type: ignore[arg-type]
    assert "--batch-size" not in "".join(heard.lines)
    study.settings = make_settings(batch_size=3)
    _say_what_came(study, heard)  # type: ignore[arg-type]
    assert "note: --batch-size 3 is more than there are: each step" in ("".join(heard.lines))
