"""A file that says what to study: what it may say, who wins, and what is said of a wrong one."""

import json
import re
from pathlib import Path

import pytest

from tests.commands import twinseg_here
from twinseg.core.errors import ConfigError
from twinseg.records.grid import GRID_NAMES, make_grid
from twinseg.records.presets import PRESETS, preset_values
from twinseg.records.settings import TrainingSettings
from twinseg.records.source_settings import ReadingSettings, make_source_settings
from twinseg.records.study_file import AskedDataset, read_study_file
from twinseg.study.requests import requests_of

ROOT = Path(__file__).parents[1]


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "study.toml"
    file.write_text(text)
    return file


def test_a_file_says_what_options_say(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        remark = "a first try"
        source = "lesions"
        [reading]
        foreground = "3,4"
        [grid]
        init = ["random:1", "weights/mine.safetensors"]
        fraction = [1, 0.5]
        seed = "0,1"
        [model]
        encoder = "resnet18"
        size = 128
        [training]
        epochs = 3
        """,
    )
    (one,) = requests_of(file, None, {"size": None})
    mine = str(tmp_path / "weights" / "mine.safetensors")
    assert (one.name, one.source) == ("", tmp_path / "lesions")
    assert one.source_settings == make_source_settings(size=128, foreground="3,4")
    assert one.grid == make_grid(
        remark="a first try",
        init=f"random:1,{mine}",
        fraction="1,0.5",
        seed="0,1",
        encoder="resnet18",
        size=128,
        epochs=3,
    )


def test_the_command_wins_over_the_file_and_that_over_the_preset(tmp_path: Path) -> None:
    file = written(
        tmp_path, 'source = "x"\npreset = "quick"\n[training]\nepochs = 3\nbatch_size = 4\n'
    )
    (one,) = requests_of(file, None, {"batch_size": 2, "size": None})
    training, model = one.grid.shared.training, one.grid.shared.model
    assert (training.batch_size, training.epochs, model.size) == (2, 3, 128)
    assert one.grid.shared.evaluation.surface_tolerance == 2.0
    (one,) = requests_of(file, "paper", {})
    assert one.grid.axes.fraction == (1, 0.5, 0.25, 0.1, 0.05)
    assert one.grid.shared.training.epochs == 3


def test_only_what_was_typed_wins_over_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict] = []
    monkeypatch.setattr(
        "twinseg.study.plan.say_plan.say_plan", lambda *_, **all_: asked.append(all_)
    )
    twinseg_here("run", "a", "b", "--dry-run", "--epochs", "40", "--flips", "--roi", "x")
    names = asked[0].keys() - {"progress", "device", "executor", "size", "preset"}
    assert {name: asked[0][name] for name in names} == {"epochs": 40, "flips": True, "roi": "x"}


def test_several_datasets_share_and_change_how_they_are_read(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        [reading]
        strict = true
        tile_px = 256
        [[dataset]]
        source = "lesions/"
        [[dataset]]
        name = "kidney"
        source = "/data/ct"
        window = "abdomen"
        tile_px = 128
        """,
    )
    assert read_study_file(file).datasets == (
        AskedDataset("lesions", tmp_path / "lesions", {"strict": True, "tile_px": 256}),
        AskedDataset(
            "kidney", Path("/data/ct"), {"strict": True, "window": "abdomen", "tile_px": 128}
        ),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('source = "x"\n[trainig]\nepochs = 3', "no table [trainig]; did you mean training?"),
        ('sorce = "x"', "no name 'sorce'; did you mean source?"),
        ('source = "x"\n[training]\nepoch = 3', "no epoch in [training]; did you mean epochs?"),
        ('source = "x"\n[model]\nepochs = 3', "no epochs in [model]; it belongs into [training]"),
        ('source = "x"\n[model]\nepochz = 3',
         "no epochz in [model]; did you mean epochs, which belongs into [training]?"),
        ('source = "x"\n[reading]\nsize = 3', "no size in [reading]; it belongs into [model]"),
        ('source = "x"\n[grid]\nxyzzy = 3', "no xyzzy in [grid]; choose from: init, design, frac"),
        ('source = "x"\nfractoin = 0.5',
         "no name 'fractoin'; did you mean fraction, which belongs into [grid]?"),
        ('source = "x"\nfraction = 0.5', "fraction stands outside of its table; it belongs into"),
        ('source = "x"\nforeground = "3"', "it belongs into [reading] or [[dataset]]"),
        ('source = "x"\n[grid]\nremark = "y"', "it belongs into the file's head"),
        ('source = "x"\n[training]\nepochs = 0',
         "[training]: setting epochs = 0: expected a whole number above 0"),
        ('source = "x"\n[grid]\nfraction = [1, 2]', "[grid]: setting fraction = [1, 2]: expected"),
        ('source = "x"\n[grid]\ndesign = "spars"', "did you mean sparse?"),
        ('source = "x"\n[grid]\ninit = ["random"]', "expected two starts at least"),
        ('source = "x"\npreset = "papr"', "preset = 'papr': expected one of: quick, stand"),
        ('source = "x"\ntraining = 3', "training is a table, got 3; write [training]"),
        ('[source]\npath = "x"', "source is text, not a table; how it is read stands in [reading]"),
        ("[training]\nepochs = 3", 'which data? Say source = "FOLDER", or [[dataset]]'),
        ('source = "x"\n[[dataset]]\nsource = "y"', "source and [[dataset]] are both there"),
        ('[dataset]\nsource = "y"', "write [[dataset]]"),
        ('[[dataset]]\nname = "y"', "[[dataset]] number 1 has no source"),
        ('[[dataset]]\nsource = "y"\nforegrund = "3"',
         "no foregrund in [[dataset]] number 1; did you mean foreground?"),
        ('[[dataset]]\nsource = "a/Y"\n[[dataset]]\nsource = "b/y"', "number 2 has the name 'y'"),
        ('[[dataset]]\nsource = "y"\nname = "a/b"', "it has / or \\ in it; give it a name"),
        ('source = "x"\nepochs = = 3', "is no TOML: invalid value (at line 2, column 10)"),
        ('source = "x', "is no TOML: "),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_line_with_file_and_table(text: str, said: str, tmp_path: Path) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        read_study_file(file)
    assert said in str(error.value)
    assert str(error.value).startswith(str(file))
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no .*lost.toml; twinseg run --example"):
        read_study_file(tmp_path / "lost.toml")
    (tmp_path / "study.toml").write_bytes(b'source = "l\xe4sion"')
    with pytest.raises(ConfigError, match="is no text in UTF-8"):
        read_study_file(tmp_path / "study.toml")
    (tmp_path / "study.toml").write_bytes(b'\xef\xbb\xbfsource = "x"')  # as Windows writes it
    assert read_study_file(tmp_path / "study.toml").datasets[0].source == tmp_path / "x"


def test_the_example_is_read_and_every_line_of_it_may_be_used(tmp_path: Path) -> None:
    said = twinseg_here("run", "--example")
    assert (said.returncode, said.stderr) == (0, "")
    file = written(tmp_path, said.stdout)
    (one,) = requests_of(file, None, {})
    assert one.grid == make_grid()
    assert one.source_settings == make_source_settings()
    in_use = re.sub(r"(?m)^#(\w)", r"\1", said.stdout).replace('preset = "quick"\n', "")
    asked = read_study_file(written(tmp_path, in_use))
    names = {*asked.settings, *asked.datasets[0].reading}
    assert names == {*GRID_NAMES, *ReadingSettings.model_fields}
    not_set = {"split_seed": None}
    assert make_grid(**{**asked.settings, **not_set}) == make_grid()
    assert all(len(line) < 160 for line in said.stdout.splitlines())


def test_the_schema_knows_every_setting_and_takes_lists_as_they_may_be_written() -> None:
    schema = json.loads(twinseg_here("run", "--schema").stdout)
    tables = schema["$defs"]
    assert {*tables["TrainingSettings"]["properties"]} == {*TrainingSettings.model_fields}
    fraction = tables["GridSettings"]["properties"]["fraction"]
    assert [kind["type"] for kind in fraction["anyOf"]] == ["array", "number", "string"]
    assert tables["GridSettings"]["additionalProperties"] is False


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_grid_and_stands_in_the_docs(name: str) -> None:
    grid = make_grid(**preset_values(name))
    runs = {"quick": 2, "standard": 12, "paper": 30}
    assert len(grid.runs) == runs[name]
    row = next(
        line
        for line in (ROOT / "docs" / "grid.md").read_text().splitlines()
        if line.startswith(f"| `{name}`")
    )
    for setting, value in PRESETS[name].items():
        values = value if isinstance(value, tuple) else (value,)
        shown = ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in values)
        assert shown in row, setting


def test_an_unknown_preset_is_answered_with_all() -> None:
    with pytest.raises(ConfigError, match="unknown preset 'papr'; choose one of: paper, quick, st"):
        preset_values("papr")
