"""Views of what is no study: folders of other software, scored on the way, and of predictions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tests.toy_study import Heard
from twinseg.core.errors import ConfigError, DataError
from twinseg.core.tables import write_table
from twinseg.view import answers
from twinseg.view.serve import open_desk, open_others

CASES = [f"p{number}" for number in range(10)]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten images of 20 x 30 px, the reference 10 x 10; ``good`` has it, ``half`` its left half."""
    monkeypatch.chdir(tmp_path)
    for folder in ("lesions/images", "lesions/masks", "good", "half"):
        (tmp_path / folder).mkdir(parents=True)
    for number, case in enumerate(CASES):
        Image.new("RGB", (30, 20), (90, 60 + number, 50)).save(f"lesions/images/{case}.png")
        mask = np.zeros((20, 30), np.uint8)
        mask[5:15, 5:15] = 255
        Image.fromarray(mask).save(f"lesions/masks/{case}.png")
        Image.fromarray(mask).save(f"good/{case}.png")
        mask[:, 10:] = 0
        Image.fromarray(mask // 255).save(f"half/{case}.png")  # 0 and 1, as some write them
    return tmp_path / "lesions"


def test_masks_of_other_software_are_scored_and_compared(source: Path) -> None:
    heard = Heard()
    desk = open_others(source, ["good=good", "half=half"], heard)
    opened = desk.opened
    rows = answers.cases(opened, {"columns": "dice.good,dice.half", "sort": "dice.half"})["rows"]
    assert [row["values"] for row in rows] == [pytest.approx((1.0, 100 / 150))] * 10
    about = answers.about(opened)
    assert about["kind"] == "other"
    assert about["twins"] == ["good", "half"]
    assert any(question["id"] == "first-better" for question in about["questions"])
    made = source.parent / "view-lesions"
    before = (made / "tables" / "scores.parquet").stat().st_mtime_ns
    open_others(source, ["good=good", "half=half"], Heard())
    assert (made / "tables" / "scores.parquet").stat().st_mtime_ns == before
    assert not [path for path in source.iterdir() if path.name not in ("images", "masks")]


def test_what_cannot_be_used_is_listed_and_the_rest_is_shown(source: Path) -> None:
    Image.new("L", (9, 9)).save("half/p0.png")
    Path("half/p1.png").write_text("no picture")
    Path("half/p2.png").unlink()
    heard = Heard()
    desk = open_others(source, ["half=half"], heard)
    assert answers.cases(desk.opened, {"where": "dice.half > 0"})["total"] == 7
    listed = (source.parent / "view-lesions" / "left_out.csv").read_text()
    assert "half: p0.png,is 9 x 9 px" in listed.replace('"', "")
    assert "half: p2,there is no mask of it" in listed
    assert any("3 masks left out" in line for line in heard.lines)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["good"], "expected NAME=FOLDER"),
        (["=good"], "expected NAME=FOLDER"),
        (["a b=good"], "expected NAME=FOLDER"),
        (["../x=good"], "expected NAME=FOLDER"),
        (["a=good", "a=half"], "a is given twice"),
        (["a=nowhere"], "nowhere is no folder of masks"),
        (["a=empty"], "has no mask that goes with"),
    ],
)
def test_wrong_predictions_are_refused_in_one_line(source: Path, asked, said: str) -> None:
    Path("empty").mkdir()
    with pytest.raises((ConfigError, DataError), match=said) as error:
        open_others(source, asked, Heard())
    assert "\n" not in str(error.value)


def test_a_folder_of_predictions_is_shown_by_its_table(tmp_path: Path) -> None:
    rows = [
        {"picture": f"p{n}", "group": "g", "stack": None, "slice": -1, "height_px": 6,
         "width_px": 8, "marked_px": n, "marked_share": n / 48, "doubt": 1 - n / 4,
         "look": n == 1, "mask": f"masks/p{n}.png"}
        for n in range(3)
    ]  # fmt: skip
    write_table(tmp_path / "table.parquet", pd.DataFrame(rows))
    for folder in ("masks", "overlays"):
        (tmp_path / folder).mkdir()
    for n in range(3):
        Image.new("RGB", (8, 6), (10 * n, 0, 0)).save(tmp_path / "overlays" / f"p{n}.jpg")
        mask = np.zeros((6, 8), np.uint8)
        mask.flat[:n] = 255
        Image.fromarray(mask).save(tmp_path / "masks" / f"p{n}.png")
    opened = open_desk(tmp_path).opened
    about = answers.about(opened)
    assert (about["kind"], about["has_reference"], about["twins"]) == ("predicted", False, [])
    assert [q["id"] for q in about["questions"]] == ["look", "doubt", "large", "empty", "flagged"]
    assert [r["case"] for r in answers.cases(opened, {"where": "look"})["rows"]] == ["p1"]
    assert [r["case"] for r in answers.cases(opened, {"sort": "doubt"})["rows"]] == [
        "p2", "p1", "p0"
    ]  # fmt: skip
    shown = opened.shown
    assert shown.pixels.mask(2, shown.models[0]).sum() == 2
    assert shown.pixels.picture(1).shape == (6, 8, 3)
