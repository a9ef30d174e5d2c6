from pathlib import Path

import pytest

from twinseg.core.errors import ConfigError, StoreError
from twinseg.records.inits import told_init
from twinseg.records.run_spec import Contrast, RunSpec
from twinseg.records.settings import (
    NAMES,
    SETTINGS,
    STAGE_OF,
    differences,
    make_settings,
    read_settings,
    write_settings,
)
from twinseg.records.source_settings import make_source_settings, window_hu


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


def test_a_study_of_an_earlier_version_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('encoder = "resnet18"\n')
    with pytest.raises(StoreError, match="damaged or of another version .*'encoder'") as caught:
        read_settings(tmp_path / "study.toml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[training]\nepoch = 3\n", "there is no setting 'epoch'; did you mean epochs"),
        ("[training]\nencoder = 'vgg16'\n", "there is no setting 'encoder'"),
        ("training = 3\n", "training is no table of settings, got 3"),
    ],
)
def test_a_setting_in_a_wrong_place_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(StoreError, match=said):
        read_settings(tmp_path / "study.toml")


def test_differences_name_both_values() -> None:
    before, now = make_settings(), make_settings(epochs=2, seed=3)
    assert differences(before, now) == ["seed was 0, now 3", "epochs was 40, now 2"]
    assert differences(before, now, ["seed"]) == ["seed was 0, now 3"]
    assert differences(before, make_settings()) == []


def test_every_setting_has_one_stage() -> None:
    assert len(STAGE_OF) == sum(len(kind.model_fields) for kind in SETTINGS.values())
    assert {*make_settings().flat()} == {*NAMES}


def test_runs_of_a_study_are_its_twins() -> None:
    first, second = make_settings(design="sparse", fraction=0.5, seed=7).contrast.runs
    assert (first.id, second.id) == ("imagenet-sparse-f50-s7", "random-sparse-f50-s7")
    assert RunSpec("a/b/mine.safetensors", fold=2).id == "mine-f100-s0-k2"
    assert RunSpec("random:2", fraction=0.125).id == "random2-f12.5-s0"


def test_a_contrast_is_of_runs_equal_in_all_but_init() -> None:
    contrast = Contrast(RunSpec("imagenet", seed=1), RunSpec("random:2", seed=1))
    assert contrast.id == "imagenet-random2-f100-s1"
    with pytest.raises(ConfigError, match="differ in more than init"):
        Contrast(RunSpec("imagenet"), RunSpec("random", seed=1))
    with pytest.raises(ConfigError, match="both twins would be called mine-f100-s0"):
        Contrast(RunSpec("a/mine.safetensors"), RunSpec("b/mine.safetensors"))


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
        ({"colour": "red"}, "there is no setting 'colour'; choose from: kind, foreground, window"),
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
    assert make_settings(seed=2**63 - 1).point.seed == 2**63 - 1
    with pytest.raises(ConfigError, match=r"seed = 9223372036854775808"):
        make_settings(seed=2**63)


def test_what_is_told_of_an_init_has_no_folder() -> None:
    assert told_init("/home/somebody/w.safetensors") == "w.safetensors"
    assert [told_init(name) for name in ("imagenet", "random:2")] == ["imagenet", "random:2"]
