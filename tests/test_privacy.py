"""Nothing that a dataset shares names a patient, whatever files and folders are called."""

import json
import re
import shutil
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.conftest import WritePairs
from tests.dicom_files import write_series
from tests.drawn_slides import aperio, box, tissue_picture, write_dicom
from tests.hostile_source import PATIENTS, everything_in, leaks, write_hostile
from twinseg.core.errors import DataError, StoreError, TwinsegError
from twinseg.core.progress import PlainLines
from twinseg.data.originals import originals_of
from twinseg.data.prepared import PreparedDataset, open_prepared
from twinseg.data.pseudonyms import Pseudonyms, salt_of
from twinseg.data.reasons import OTHERWISE, SHARED, shared_reason
from twinseg.records.source_settings import SourceSettings, make_source_settings
from twinseg.study.prepare import prepare

SMALL = {"size": 32, "progress": PlainLines()}
SOURCE_CODE = Path(__file__).parents[1] / "src" / "twinseg"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hostile(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def data(hostile: Path, tmp_path_factory: pytest.TempPathFactory) -> PreparedDataset:
    return prepare(hostile, tmp_path_factory.mktemp("out") / "set", size=32)


def leaked(*folders: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, text in everything_in(*folders):
        if tokens := leaks(text):
            found.setdefault(name, set()).update(tokens)
    return found


def test_no_byte_of_a_dataset_names_a_patient(data: PreparedDataset) -> None:
    assert len(data.dataset.cases) == 3 * len(PATIENTS) + 1
    assert len(data.dataset.groups) == len(PATIENTS) + 1
    assert leaked(data.folder) == {}
    assert data.dataset.name == "dicom"
    assert "body part: (withheld)" in " ".join(data.dataset.notes)
    assert sorted(item.reason for item in data.dataset.left_out) == [
        "has no mask",
        "has several regions",
        "is no DICOM file (no DICM at byte 128)",
        "its regions are damaged",
    ]


def test_nothing_that_is_printed_names_a_patient(
    hostile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(hostile, tmp_path / "set", **SMALL)
    said = capsys.readouterr().out
    assert leaks(said) == set()
    assert f"their names are in {tmp_path / 'set-originals' / 'left_out.csv'}" in said


def test_the_same_source_gives_the_same_dataset_to_the_bit(
    data: PreparedDataset, hostile: Path, tmp_path: Path
) -> None:
    again = prepare(hostile, tmp_path / "again", size=32)
    for path in data.folder.iterdir():
        assert path.read_bytes() == (again.folder / path.name).read_bytes(), path.name


def test_originals_are_found_again_from_what_lies_beside(
    data: PreparedDataset, hostile: Path
) -> None:
    folder = originals_of(data.folder)
    assert folder == data.folder.with_name("set-originals")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert data.picture(0).shape == (20, 24, 3)
    assert json.loads((folder / "source.json").read_text())["source"] == str(hostile.resolve())
    table = pd.read_parquet(folder / "originals.parquet")
    assert list(table["case"]) == [case.id for case in data.dataset.cases]
    assert all((hostile / file).is_file() for file in table["file"])
    left_out = pd.read_csv(folder / "left_out.csv")
    assert set(left_out["shown"]) == {item.file for item in data.dataset.left_out}
    assert "Иванов.dcm" in set(left_out["file"])
    assert left_out["reason"].str.contains("has several regions: Schr").any()


def test_a_dataset_that_was_handed_on_works_and_says_what_it_lacks(
    data: PreparedDataset, tmp_path: Path
) -> None:
    shutil.copytree(data.folder, tmp_path / "set")
    alone = open_prepared(tmp_path / "set")
    assert alone.dataset.fingerprint == data.dataset.fingerprint
    assert alone.picture(0).shape == (20, 24, 3)
    assert alone.first_missing() is None
    assert [note for note in alone.dataset.notes if "stretched back" in note] == [
        "set-originals is not beside the dataset: pictures are shown at training size (32 px), "
        "stretched back"
    ]


def test_an_original_that_is_gone_is_an_error_that_names_nobody(tmp_path: Path) -> None:
    source = write_hostile(tmp_path, PATIENTS[:2])
    data = prepare(source, tmp_path / "set", size=32)
    shutil.rmtree(source)
    missing = data.first_missing()
    assert missing is not None
    assert leaks(missing) == set()
    with pytest.raises(DataError, match="the original of case patient-.* is gone") as caught:
        data.picture(0)
    assert leaks(str(caught.value)) == set()


def test_originals_that_were_deleted_are_written_again(tmp_path: Path) -> None:
    source = write_hostile(tmp_path, PATIENTS[:1])
    data = prepare(source, tmp_path / "set", size=32)
    shutil.rmtree(originals_of(data.folder))
    again = prepare(source, tmp_path / "set", size=32)
    assert again.source == source.resolve()
    assert (originals_of(data.folder) / "source.json").is_file()
    (originals_of(data.folder) / "source.json").write_text("{")
    with pytest.raises(StoreError, match="set-originals is damaged; delete it to go on"):
        open_prepared(tmp_path / "set")


@pytest.mark.parametrize(
    "settings", [{"segment": "no such segment", "kind": "dicom", "strict": True}, {"strict": True}]
)
def test_a_refusal_names_nobody_and_says_where_the_names_are(
    settings: dict[str, object], tmp_path: Path
) -> None:
    source = write_hostile(tmp_path, PATIENTS[:2])
    with pytest.raises(TwinsegError) as caught:
        prepare(source, tmp_path / "set", size=32, **settings)
    assert leaks(str(caught.value)) == set()
    if "file-" in str(caught.value):
        names = pd.read_csv(tmp_path / "set-originals" / "refused.csv")
        assert str(tmp_path / "set-originals" / "refused.csv") in str(caught.value)
        assert all(
            name in set(names["shown"])
            for name in str(caught.value).split()
            if name.startswith("file-")
        )


def test_regions_to_choose_from_are_said_where_the_user_must_choose(tmp_path: Path) -> None:
    source = tmp_path / "Özdemir"
    write_hostile(tmp_path, ())
    (tmp_path / "Wartezimmer von Özdemir" / "Kowalski zwei").rename(source)
    with pytest.raises(TwinsegError, match=r"has several regions: Schr.*--roi NAME"):
        prepare(source, tmp_path / "set", size=32)


def test_slides_in_dicom_name_nobody(tmp_path: Path) -> None:
    source = tmp_path / "Wartezimmer"
    source.mkdir()
    picture = tissue_picture(130, 200, left=60, right=140)
    for number, name in enumerate(PATIENTS[:3]):
        series = f"1.2.840.113619.{number}"
        path = write_dicom(
            source / f"{series} {name}.dcm", picture, series=series, patient="Kowalski"
        )
        path.with_suffix(".xml").write_text(aperio((box(70, 10, 100, 40), False)))
    (source / "Kowalski.xml").write_text(aperio((box(70, 10, 100, 40), False)))
    data = prepare(source, tmp_path / "set", size=32, level=0)
    assert leaked(data.folder) == {}
    assert len(data.dataset.groups) == 1
    assert data.picture(0).shape[2] == 3


def test_single_slices_with_pictures_as_masks_name_nobody(tmp_path: Path) -> None:
    source = tmp_path / "Kowalski"
    for name in PATIENTS[:4]:
        (path,) = write_series(source / "images", [0], series="a", PatientName=name)
        path.rename(source / "images" / f"{name}.dcm")
        (source / "masks").mkdir(exist_ok=True)
        mask = np.zeros((20, 24), np.uint8)
        mask[4:9, 4:9] = 255
        Image.fromarray(mask).save(source / "masks" / f"{name}.png")
    (source / "images" / "Иванов.dcm").write_bytes(bytes(300))
    rows = [f'"{name}","{name}"' for name in PATIENTS[:4]]
    (source / "index.csv").write_text("id,group\n" + "\n".join(rows), encoding="utf-8")
    data = prepare(source, tmp_path / "set", size=32)
    assert leaked(data.folder) == {}
    assert len(data.dataset.groups) == 4
    assert data.picture(3).shape == (20, 24, 3)


def test_pairs_are_hidden_when_asked_and_not_otherwise(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    source = write_pairs("Kowalski", cases=4)
    for path in (*source.glob("images/*"), *source.glob("masks/*")):
        path.rename(path.with_name(path.name.replace("case", "Schröder ")))
    next(source.glob("masks/*")).unlink()
    shown = prepare(source, tmp_path / "shown", size=32)
    assert leaked(shown.folder).keys() >= {"cases.csv", "dataset.json"}
    assert str(tmp_path) not in (shown.folder / "dataset.json").read_text()
    hidden = prepare(source, tmp_path / "hidden", size=32, hide_paths=True)
    assert leaked(hidden.folder) == {}
    names = {case.id.split("-")[0] for case in hidden.dataset.cases}
    assert (names, len(hidden.dataset.groups)) == ({"case"}, 3)
    assert [item.reason for item in hidden.dataset.left_out] == ["no mask"]
    both = [{data.picture(at).tobytes() for at in range(3)} for data in (shown, hidden)]
    assert both[0] == both[1]


def test_pseudonyms_depend_on_all_files_and_not_on_where_they_lie(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for name in ("x", "y"):
            (tmp_path / folder / name).write_text(name)
    salts = [salt_of(tmp_path / f, [tmp_path / f / "x", tmp_path / f / "y"]) for f in ("a", "b")]
    assert salts[0] == salts[1]
    (tmp_path / "b" / "y").write_text("z")
    assert salt_of(tmp_path / "b", [tmp_path / "b" / "x", tmp_path / "b" / "y"]) != salts[0]
    assert Pseudonyms(salts[0]).of("a", "x") != Pseudonyms(bytes(32)).of("a", "x")


def test_reasons_are_shared_in_words_of_a_closed_list() -> None:
    real = "[Errno 2] No such file or directory: '/home/МЮЛЛЕР/1.dcm'"
    assert shared_reason(f"cannot be read: FileNotFoundError: {real}") == "cannot be read"
    assert shared_reason("Müller") == OTHERWISE
    assert shared_reason("mask is 6x5 pixels, its image 40x40") == (
        "mask is 6x5 pixels, its image 40x40"
    )
    code = "".join(
        path.read_text() for path in SOURCE_CODE.rglob("*.py") if path.name != "reasons.py"
    )
    code = re.sub(r'"\s*f?"', "", code)  # texts over two lines
    code = code.replace("{index.path.name}", "index.csv")
    code += "".join(code.replace("{word}", word) for word in ("region", "segment", "label volume"))
    assert [words for words in SHARED if words not in code] == []


def test_keep_ids_keeps_what_was_asked_for(hostile: Path, tmp_path: Path) -> None:
    data = prepare(hostile, tmp_path / "set", size=32, keep_ids=True)
    assert "1.2.840.-000123987" in data.dataset.groups or data.dataset.groups
    assert make_source_settings(keep_ids=True) != SourceSettings()
