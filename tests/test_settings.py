from pathlib import Path

import pytest

from twinseg.core.errors import ConfigError, StoreError
from twinseg.core.sealed import write_sealed
from twinseg.core.settings import (
    StudySettings,
    differences,
    make_settings,
    read_settings,
    write_settings,
)
from twinseg.core.source_settings import make_source_settings, window_hu
from twinseg.training.run_files import read_run_facts


def test_settings_survive_the_way_to_disk(tmp_path: Path) -> None:
    settings = make_settings(encoder="resnet18", fraction=0.3, init=["imagenet", "random:2"])
    write_settings(tmp_path / "study.toml", settings)
    assert read_settings(tmp_path / "study.toml") == settings


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"shade": "red"},
            "there is no setting 'shade'; choose from",
        ),
        ({"fraction": 0.0}, "setting fraction = 0.0"),
        ({"test_fraction": 1.0}, "setting test_fraction = 1.0"),
        ({"epochs": 0}, "setting epochs = 0"),
        ({"init": ["imagenet", "imagenet"]}, "twins must differ in init, got imagenet twice"),
        ({"init": ["imagenet", "magic"]}, "choose imagenet, random, random:2 or a .safetensors"),
        ({"init": ["imagenet"]}, "expected two starts, such as imagenet,random"),
        ({"size": "big"}, "setting size = 'big'"),
    ],
)
def test_a_wrong_setting_is_one_line_with_name_and_value(values: dict, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_settings(**values)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_study_of_an_earlier_version_did_what_that_version_did(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('encoder = "resnet18"\n')
    assert (
        differences(read_settings(tmp_path / "study.toml"), make_settings(encoder="resnet18"))[0]
        == "dice was batch, now case"
    )


def test_a_run_of_an_earlier_version_says_which_epoch_was_kept(tmp_path: Path) -> None:
    facts = {"run": "a", "init": "random", "settings": {}, "first_weights": {}}
    write_sealed(tmp_path / "manifest.json", facts | {"best_epoch": 2, "best_validation_dice": 0.5})
    found = read_run_facts(tmp_path)
    assert (found["kept_epoch"], found["kept_validation_dice"]) == (2, 0.5)
    assert "best_epoch" not in found


def test_differences_name_both_values() -> None:
    assert differences(StudySettings(), StudySettings(epochs=2)) == ["epochs was 40, now 2"]
    assert differences(StudySettings(), StudySettings()) == []


def test_a_damaged_settings_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("= 3")
    with pytest.raises(StoreError, match="damaged or of another version"):
        read_settings(tmp_path / "study.toml")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"window": "240,-160"}, "unknown window '240,-160'; choose abdomen, lung, bone or LO,HI"),
        ({"size": 1 << 20}, "size = 1048576: expected a whole number above 0 and at most 8192"),
        ({"window": "belly"}, "unknown window 'belly'"),
        ({"kind": "photo"}, "setting kind = 'photo'"),
        ({"empty_slices": 1.5}, "setting empty_slices = 1.5"),
        ({"colour": "red"}, "there is no setting 'colour'; choose from: size, kind, foreground"),
    ],
)
def test_a_wrong_choice_about_a_source_is_one_line(values: dict, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_source_settings(**values)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_choices_may_be_written_with_commas() -> None:
    settings = make_source_settings(foreground="3, 4,5", roi="GTV-1", window="lung")
    assert settings.foreground == ("3", "4", "5")
    assert settings.roi == ("GTV-1",)
    assert settings.segment == ()
    assert window_hu("lung") == (-1350.0, 150.0)
    assert window_hu("-160,240") == (-160.0, 240.0)


def test_a_seed_that_no_column_of_a_table_can_hold_is_refused() -> None:
    assert make_settings(seed=2**63 - 1).seed == 2**63 - 1
    with pytest.raises(ConfigError, match=r"seed = 9223372036854775808"):
        make_settings(seed=2**63)
