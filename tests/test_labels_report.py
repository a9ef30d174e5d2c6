"""Rare cases, duplicates and big groups are found where they were hidden, and only there."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import ndimage

from tests.test_labels import MakeData, make_data
from twinseg.core.arrays import Picture, Pictures
from twinseg.core.tables import read_table
from twinseg.data.case import Case
from twinseg.data.labels import describe_labels, sentences, write_labels
from twinseg.data.labels.describe import big_groups
from twinseg.data.labels.duplicates import near_duplicates
from twinseg.data.labels.rarity import rarity

__all__ = ["make_data"]


def drawn_pictures(count: int, side: int = 96) -> Pictures:
    """Smooth random textures, no two alike."""
    noise = np.random.default_rng(0).normal(size=(count, side, side, 3))
    smooth = ndimage.gaussian_filter(noise, (0, 3, 3, 0))
    return np.clip(128 + 400 * smooth, 0, 255).astype(np.uint8)


def squares(count: int, side: int = 96) -> np.ndarray:
    masks = np.zeros((count, side, side), dtype=bool)
    for number in range(count):
        masks[number, 20 : 40 + number % 7, 20 : 45 + number % 5] = True
    return masks


def recompressed(picture: Picture) -> Picture:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=40)
    return np.asarray(Image.open(file))


def cropped(picture: Picture) -> Picture:
    inner = Image.fromarray(picture[3:-1, 2:-2])
    return np.asarray(inner.resize(picture.shape[:2], Image.Resampling.BILINEAR))


CHANGES = {
    "equal": lambda picture: picture,
    "recompressed": recompressed,
    "brighter": lambda picture: (picture // 2 + 110).astype(np.uint8),
    "mirrored": lambda picture: picture[:, ::-1],
    "turned": lambda picture: np.rot90(picture, 3),
    "mirrored and turned": lambda picture: np.rot90(picture[:, ::-1]),
    "shifted": lambda picture: np.roll(picture, (2, -3), (0, 1)),
    "cropped": cropped,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_and_nothing_else(change: str) -> None:
    pictures = drawn_pictures(30)
    pictures[17] = CHANGES[change](pictures[4])
    groups = [f"g{number}" for number in range(30)]
    (found,) = near_duplicates(pictures, groups)
    assert (found.first, found.second) == (4, 17)
    assert 0.77 <= found.similarity <= 1.000001
    groups[17] = groups[4]  # the same patient twice is no leak
    assert near_duplicates(pictures, groups) == ()


def test_even_pictures_are_like_no_other() -> None:
    pictures = np.full((5, 64, 64, 3), 100, dtype=np.uint8)
    pictures[3:] += 50
    assert near_duplicates(pictures, list("abcde")) == ()


def features(count: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    columns = ["border_share", "compactness", "contrast", "lightness_outside", "red_inside"]
    columns += ["yellow_inside", "red_outside", "yellow_outside"]
    table = pd.DataFrame({name: rng.normal(size=count) for name in columns})
    table["foreground_share"] = rng.uniform(0.1, 0.3, count)
    table["parts"] = 1
    table["group"] = [f"g{number}" for number in range(count)]
    return table


def test_the_odd_one_is_the_rarest_and_says_why() -> None:
    table = features(80)
    table.loc[7, "contrast"] = 40.0
    table.loc[9, "foreground_share"] = 0.001
    found = rarity(table)
    assert np.argsort(-found.score)[:2].tolist() == [7, 9]
    assert (found.score.min(), found.score.max()) == (0, 1)
    assert found.reasons[7] == "target brighter than usual"
    assert found.reasons[9] == "small target"


def test_slices_of_one_odd_patient_do_not_make_each_other_common() -> None:
    table = features(80)
    for name in table.columns.difference(["group", "parts"]):
        table.loc[:11, name] = 0.2 + np.arange(12) / 1000  # slices that are all alike
    table.loc[:11, "red_inside"] += 30
    assert rarity(table).score[:12].max() < 0.2
    table.loc[:11, "group"] = "one patient"
    assert rarity(table).score[:12].min() > 0.8


def test_few_empty_masks_are_rare_and_many_are_not() -> None:
    for empty, rare in ((2, True), (40, False)):
        table = features(80)
        missing = ["compactness", "contrast", "red_inside", "yellow_inside"]
        table.loc[: empty - 1, missing] = np.nan
        table.loc[: empty - 1, ["foreground_share", "parts"]] = 0
        found = rarity(table)
        assert (found.score[:empty].mean() > 0.8) == rare
        assert ("nothing marked" in found.reasons[0]) == rare


def test_one_group_alone_has_no_rarity() -> None:
    table = features(10).assign(group="one")
    found = rarity(table)
    assert np.isnan(found.score).all()
    assert set(found.reasons) == {""}


def cases_in(sizes: dict[str, int]) -> tuple[Case, ...]:
    return tuple(
        Case(
            id=f"{group}{number}",
            group=group,
            origin=None,
            height_px=1,
            width_px=1,
            foreground_px=0,
            spacing_mm=None,
            digest="",
        )
        for group, size in sizes.items()
        for number in range(size)
    )


def test_big_groups_by_count() -> None:
    usual = {f"g{number}": 2 + number % 2 for number in range(20)}  # with the big: median 3, Q3 3
    assert big_groups(cases_in(usual | {"big": 13, "less": 12})) == ()
    (found,) = big_groups(cases_in(usual | {"big": 16}))
    assert (found.group, found.cases, found.median_cases) == ("big", 16, 3)
    assert big_groups(cases_in({"a": 1, "b": 1, "c": 2})) == ()


def test_the_report_is_written_and_says_everything(make_data: MakeData, tmp_path: Path) -> None:
    pictures, masks = drawn_pictures(24), squares(24)
    pictures[20], masks[20] = pictures[3], masks[3]  # equal in every pixel
    pictures[21] = pictures[5][:, ::-1]
    masks[6] = False
    data = make_data(masks, pictures)
    report = describe_labels(data)
    assert [(pair.first, pair.second) for pair in report.duplicates] == [(3, 20)]
    assert [(pair.first, pair.second) for pair in report.near_duplicates] == [(5, 21)]
    assert report.moments["foreground share"].n == 23
    assert report.empty_masks == 1
    said = " ".join(sentences(report))
    assert "1 mask marks nothing, 0 mark everything" in said
    assert "1 pair of cases equal in every pixel, 1 of them in different groups" in said
    assert "such as c5 and c21" in said
    assert "the same case may be trained on and tested" in said
    together = tuple(replace(pair, same_group=True) for pair in report.duplicates)
    within = " ".join(sentences(replace(report, duplicates=together)))
    assert "1 pair of cases equal in every pixel, none of them in different groups" in within
    assert "the same case may be" not in within
    write_labels(report, tmp_path)
    pd.testing.assert_frame_equal(read_table(tmp_path / "labels.parquet"), report.table)
    assert (tmp_path / "labels.csv").exists()
    text = (tmp_path / "labels.json").read_text()
    assert "NaN" not in text
    written = json.loads(text)
    assert written["near_duplicates"][0]["second"] == "c21"
    assert written["sentences"] == sentences(report)


def test_all_masks_empty_is_said_not_raised(make_data: MakeData) -> None:
    report = describe_labels(make_data(np.zeros((8, 32, 32), dtype=bool)))
    assert "No mask marks anything." in sentences(report)


def test_near_duplicates_among_real_photographs(shared: Path) -> None:
    pairs = [("0000157", "0014946"), ("0000177", "0014657"), ("0000205", "0014742")]
    others = ["0000071", "0000283", "0000316", "0000347", "0000274", "0000277", "0000314"]
    names = [name for pair in pairs for name in pair] + others
    folder = shared / "data" / "skin" / "images"
    files = [next(folder.glob(f"ISIC_{name}.*")) for name in names]
    pictures = np.stack(
        [np.asarray(Image.open(file).convert("RGB").resize((256, 256))) for file in files]
    )
    found = near_duplicates(pictures, names)
    assert {(names[pair.first], names[pair.second]) for pair in found} == set(pairs)
