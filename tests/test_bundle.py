"""A model in one file: the same masks; what is damaged, changed or not ours is refused."""

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import twinseg
from tests.commands import twinseg_here as command
from tests.toy_study import RUNS
from tests.untrained import write_untrained
from twinseg.core.errors import ConfigError, StoreError
from twinseg.core.sealed import write_sealed

Contents = dict[str, bytes]
SEAL = "sha256_of_the_rest"


@pytest.fixture(scope="module")
def bundle(calm: twinseg.Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "discs.zip"
    return twinseg.export_model(calm.folder, out, rule="weighted")


def read(bundle: Path) -> Contents:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, contents: Mapping[str, bytes], how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def resealed(contents: Contents, scratch: Path, **facts: object) -> Contents:
    """Change facts as somebody would who knows how they are sealed."""
    before = json.loads(contents["bundle.json"])
    del before[SEAL]
    write_sealed(scratch / "facts.json", before | facts)
    return contents | {"bundle.json": (scratch / "facts.json").read_bytes()}


def test_a_bundle_answers_as_its_study_does_to_the_bit(
    calm: twinseg.Study, source: Path, bundle: Path, tmp_path: Path
) -> None:
    study = twinseg.predict_files(
        calm.folder, source / "images", tmp_path / "study", rule="weighted", probabilities=True
    )
    done = command("predict", bundle, source / "images", tmp_path / "out", "--probabilities")
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("masks", "probabilities"):
        for file in sorted((tmp_path / "study" / part).iterdir()):
            assert file.read_bytes() == (tmp_path / "out" / part / file.name).read_bytes()
    pd.testing.assert_frame_equal(study.table, pd.read_parquet(tmp_path / "out" / "table.parquet"))
    model, picture = twinseg.load_model(bundle), np.zeros((40, 40, 3), np.uint8)
    assert (model.rule, model.predict(picture).mask.shape) == ("weighted", (40, 40))
    with pytest.raises(ConfigError, match="has the rule weighted and its threshold, chosen when"):
        twinseg.load_model(bundle, rule="union")


def test_a_bundle_holds_what_predict_needs_no_names_and_no_paths(
    calm: twinseg.Study, bundle: Path, tmp_path: Path
) -> None:
    contents = read(bundle)
    parts = ("model.safetensors", "model.json", "manifest.json", "likeness.safetensors")
    files = [f"runs/{run}/{part}" for run in RUNS for part in parts]
    assert sorted(contents) == sorted(["bundle.json", *files])
    for name, content in contents.items():
        for word in (b"case0", str(calm.folder).encode(), str(Path.home()).encode(), b"/tmp"):
            assert word not in content, name
    again = twinseg.export_model(calm.folder, tmp_path / "again.zip", rule="weighted")
    assert again.read_bytes() == bundle.read_bytes()
    run = write_untrained(tmp_path / "run")
    facts = json.loads((run / "model.json").read_text())
    del facts[SEAL]
    write_sealed(run / "model.json", facts | {"init": "/home/somebody/w.safetensors"})
    of_run = read(twinseg.export_model(run, tmp_path / "run.zip"))
    assert b"somebody" not in b"".join(of_run.values())


def changed(contents: Contents, _: Path) -> Contents:
    name = f"runs/{RUNS[0]}/model.safetensors"
    return contents | {name: contents[name][:-1] + b"\1"}


def without(contents: Contents, _: Path) -> Contents:
    return {name: content for name, content in contents.items() if "manifest" not in name}


def outside(contents: Contents, _: Path) -> Contents:
    return contents | {"runs/../../../evil.txt": b"x"}


def outside_with_checksum(contents: Contents, scratch: Path) -> Contents:
    names = json.loads(contents["bundle.json"])["sha256"] | {"runs/../model.json": "0"}
    return resealed(contents | {"runs/../model.json": b"x"}, scratch, sha256=names)


def unlisted(contents: Contents, _: Path) -> Contents:
    return contents | {"runs/other/model.json": b"{}"}


def by_hand(contents: Contents, _: Path) -> Contents:
    return contents | {"bundle.json": contents["bundle.json"].replace(b"0.5", b"0.1")}


def newer(contents: Contents, scratch: Path) -> Contents:
    return resealed(contents, scratch, format=2)


def of_other_facts(contents: Contents, scratch: Path) -> Contents:
    return resealed(contents, scratch, flips=None)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (changed, r"model\.safetensors is damaged or was changed"),
        (without, r"lacks runs/random1-f100-s0/manifest\.json"),
        (outside, r"holds 'runs/\.\./\.\./\.\./evil\.txt', which no bundle does"),
        (outside_with_checksum, r"holds 'runs/\.\./model\.json', which no bundle does"),
        (unlisted, r"has no checksum of runs/other/model\.json"),
        (by_hand, r"its bundle\.json is damaged or was changed"),
        (newer, r"is of another version of twinseg"),
        (of_other_facts, r"its bundle\.json is not ours"),
    ],
)
def test_what_is_damaged_or_not_ours_is_refused_in_one_line(
    bundle: Path,
    tmp_path: Path,
    damage: Callable[[Contents, Path], Contents],
    said: str,
) -> None:
    file = write(tmp_path / "damaged.zip", damage(read(bundle), tmp_path))
    with pytest.raises(StoreError, match=said) as refused:
        twinseg.load_model(file)
    assert str(refused.value).startswith(str(file))
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.parent.rglob("evil*"))


def test_files_that_are_no_bundles_are_refused(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.zip").write_bytes(bundle.read_bytes()[:-100])
    write(tmp_path / "packed.zip", read(bundle), zipfile.ZIP_DEFLATED)
    write(tmp_path / "other.zip", {"a.txt": b"a"})
    for name, said in (
        ("cut.zip", "is no sound zip file"),
        ("packed.zip", r"bundle\.json is compressed"),
        ("other.zip", "is no bundle of twinseg export"),
    ):
        with pytest.raises(StoreError, match=said):
            twinseg.load_model(tmp_path / name)


def test_what_cannot_be_exported_is_said(calm: twinseg.Study, bundle: Path, tmp_path: Path) -> None:
    for asked, said in (
        ((calm.folder, tmp_path / "model"), "give a name that ends in .zip"),
        ((calm.folder, bundle), "exists; choose another OUT"),
        ((bundle, tmp_path / "again.zip"), "is a bundle already"),
        ((tmp_path, tmp_path / "model.zip"), "is no model; give a study, run folders"),
        ((calm.folder,), "expected MODEL OUT.zip"),
    ):
        done = command("export", *asked)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert said in done.stderr
    assert list(tmp_path.iterdir()) == []
