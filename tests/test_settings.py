from pathlib import Path

import pytest

from twinseg.core.errors import ConfigError, StoreError
from twinseg.core.settings import (
    StudySettings,
    differences,
    make_settings,
    read_settings,
    write_settings,
)


def test_settings_survive_the_way_to_disk(tmp_path: Path) -> None:
    settings = make_settings(encoder="resnet18", fraction=0.3, init=["imagenet", "random:2"])
    write_settings(tmp_path / "study.toml", settings)
    assert read_settings(tmp_path / "study.toml") == settings


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"colour": "red"},
            "setting colour = 'red': there is no such setting; choose from",
        ),
        ({"fraction": 0.0}, "setting fraction = 0.0"),
        ({"test_fraction": 1.0}, "setting test_fraction = 1.0"),
        ({"epochs": 0}, "setting epochs = 0"),
        ({"init": ["imagenet", "imagenet"]}, "twins must differ in init, got imagenet twice"),
        ({"init": ["imagenet", "magic"]}, "choose imagenet, random, random:2 or a .safetensors"),
        ({"init": ["imagenet"]}, "expected two starts, such as imagenet,random"),
        ({"window_hu": (240, -160)}, "expected low < high, got 240,-160"),
        ({"size": "big"}, "setting size = 'big'"),
    ],
)
def test_a_wrong_setting_is_one_line_with_name_and_value(values: dict, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_settings(**values)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_differences_name_both_values() -> None:
    assert differences(StudySettings(), StudySettings(epochs=2)) == ["epochs was 40, now 2"]
    assert differences(StudySettings(), StudySettings()) == []


def test_a_damaged_settings_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("= 3")
    with pytest.raises(StoreError, match="is this a study folder"):
        read_settings(tmp_path / "study.toml")
