"""The data of a study: prepared before or in passing, and enough of it."""

from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import WritePairs
from twinseg.core.errors import ConfigError, DataError, StoreError
from twinseg.core.progress import PlainLines, Silent
from twinseg.data.prepare import prepare
from twinseg.data.prepared import PreparedDataset
from twinseg.records.source_settings import make_source_settings
from twinseg.study.data import open_or_prepare
from twinseg.study.prepare import say_dataset

SETTINGS = make_source_settings(size=32)


def load(source: Path, tmp_path: Path) -> PreparedDataset:
    return open_or_prepare(source, tmp_path / f"study of {source.name}", SETTINGS, Silent())


def test_a_source_is_prepared_inside_the_study(write_pairs: WritePairs, tmp_path: Path) -> None:
    data = load(write_pairs(), tmp_path)
    assert data.folder == tmp_path / "study of pairs" / "dataset"
    assert len(data.dataset.cases) == 10


def test_a_prepared_dataset_is_taken_as_it_is(write_pairs: WritePairs, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    prepare(write_pairs(), folder, SETTINGS)
    assert load(folder, tmp_path).folder == folder
    for other, said in (
        ({"size": 64}, "was prepared at 32 px, not at 64"),
        ({"size": 32, "window": "lung", "foreground": "3"}, "foreground, window can be chosen by"),
    ):
        with pytest.raises(ConfigError, match=said):
            open_or_prepare(folder, tmp_path / "study", make_source_settings(**other), Silent())


def test_a_target_of_most_pixels_is_said(
    write_pairs: WritePairs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_pairs(cases=2)
    first, second = sorted((source / "masks").iterdir())
    Image.new("L", (40, 40), 255).save(first)
    half = Image.new("L", (40, 40))
    half.paste(255, (0, 0, 40, 4))
    half.save(second)  # 1600 and 160 of 3200 pixels: 55 %
    data = prepare(source, tmp_path / "set", SETTINGS)
    say_dataset(data, PlainLines())
    assert "note: the target covers 55% of all pixels; if that is the" in capsys.readouterr().out


def test_all_empty_masks_stop(write_pairs: WritePairs, tmp_path: Path) -> None:
    source = write_pairs()
    for path in (source / "masks").iterdir():
        Image.new("L", (40, 40)).save(path)
    with pytest.raises(DataError, match="all 10 masks of .* are empty"):
        load(source, tmp_path)


def test_too_few_groups_stop(write_pairs: WritePairs, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has 7 groups, expected at least 8"):
        load(write_pairs("few", cases=7), tmp_path)
    source = write_pairs("one")
    (source / "index.csv").write_text("id,group\n" + "\n".join(f"case{n:02d},p" for n in range(10)))
    with pytest.raises(DataError, match="all 10 cases of .* are in one group 'p'"):
        load(source, tmp_path)


def test_a_dataset_whose_images_were_moved_stops_at_once(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    source = write_pairs()
    data = prepare(source, tmp_path / "set", SETTINGS)
    assert data.first_missing() is None
    source.rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="case00.png, which is not there; put its images back"):
        load(tmp_path / "set", tmp_path)
    with pytest.raises(DataError, match="images/case00.png: .*; it was in .*/pairs when it was"):
        data.picture(0)


def test_a_dataset_is_not_replaced_by_one_of_another_size(
    write_pairs: WritePairs, tmp_path: Path
) -> None:
    source, folder = write_pairs(), tmp_path / "set"
    prepare(source, folder, SETTINGS)
    with pytest.raises(StoreError, match="other settings: size was 32, now 64; repeat"):
        prepare(source, folder, make_source_settings(size=64))
    assert prepare(source, folder, SETTINGS).size == 32
