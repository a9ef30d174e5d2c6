"""What is learnt of a run, as a file and as a stage of a study."""

from pathlib import Path

import numpy as np
import pytest

import twinseg
from tests.test_likeness import learnt, looks_of, skin
from tests.toy_study import RUNS
from twinseg.core.errors import StoreError
from twinseg.prediction.learn_likeness import drawn_cases
from twinseg.prediction.likeness_file import read_likeness, write_likeness
from twinseg.prediction.looks import joined
from twinseg.prediction.verdict import judge
from twinseg.records.folders import StudyFolder


def test_cases_are_drawn_sorted_and_the_same_for_the_same_numbers() -> None:
    positions = np.arange(60_000)[::-1]
    drawn = [drawn_cases(positions, np.random.default_rng(7)) for _ in range(2)]
    assert (drawn[0] == drawn[1]).all()
    assert len(set(drawn[0])) == 2000
    assert (np.diff(drawn[0]) > 0).all()
    assert drawn_cases(np.array([5, 2]), np.random.default_rng(7)).tolist() == [2, 5]


def test_a_file_gives_back_what_was_written_and_tells_damage(tmp_path: Path) -> None:
    file, again = tmp_path / "likeness.safetensors", tmp_path / "again.safetensors"
    write_likeness(file, learnt())
    write_likeness(again, read_likeness(file))
    whole = file.read_bytes()
    assert again.read_bytes() == whole
    new = looks_of(255 - skin(3))
    assert judge(read_likeness(file), new) == judge(learnt(), new)
    rng = np.random.default_rng(0)
    for place in (*rng.integers(0, len(whole), 40), 3, 9, len(whole) - 1):
        hurt = bytearray(whole)
        hurt[place] ^= 0x40
        file.write_bytes(hurt)
        with pytest.raises(StoreError, match=r"likeness\.safetensors.* make it anew"):
            read_likeness(file)
    file.write_bytes(whole[:-9])
    with pytest.raises(StoreError, match=r"cannot read .*; delete .* to make it anew"):
        read_likeness(file)
    file.unlink()
    with pytest.raises(StoreError, match="there is no .*; give the `twinseg run` command again"):
        read_likeness(file)


def test_every_run_of_a_study_has_a_likeness_of_its_own_model(calm: twinseg.Study) -> None:
    folder = StudyFolder(Path(calm.folder))
    known = [read_likeness(folder.run(run).likeness) for run in RUNS]
    assert {k.training_cases + k.validation_cases for k in known} == {8}
    assert (known[0].rarity == known[1].rarity).all()  # of the same pictures
    assert (known[0].cloud.mean != known[1].cloud.mean).any()
    both = joined([looks_of(skin(2)), looks_of(skin(3))])
    assert len(both) == 5
