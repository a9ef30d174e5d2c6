"""A study of a hidden source, and heat maps of its slices: no byte of either names a patient."""

import json
from pathlib import Path

import pytest

import twinseg
from tests.hostile_source import everything_in, leaks, write_hostile
from twinseg.core.progress import PlainLines
from twinseg.data.prepared import open_prepared

SMALL = {"encoder": "mobilenet_v2", "size": 32, "epochs": 1, "batch_size": 8, "evidence_cases": 2}


@pytest.mark.slow
def test_a_study_and_maps_of_its_slices_name_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_hostile(tmp_path)
    out = tmp_path / "study"
    progress = PlainLines()
    twinseg.run(source, out, init=("random:1", "random:2"), progress=progress, **SMALL)
    assert open_prepared(out / "dataset").source == source.resolve()
    maps = tmp_path / "maps"
    model = out / "runs" / "random1-f100-s0"
    twinseg.explain_files(model, source / "Kowalski ohne Maske", maps, progress=progress)
    twinseg.explain_files(model, out / "dataset", tmp_path / "again", progress=progress)
    found = [
        (name, tokens)
        for name, text in everything_in(out, maps, tmp_path / "again")
        if (tokens := leaks(text))
    ]
    assert found == []
    assert leaks(capsys.readouterr().out) == set()
    described = json.loads((out / "dataset.json").read_text())
    assert described["name"] == "dicom"
    facts = json.loads((tmp_path / "study-originals" / "source.json").read_text())
    assert facts["source"] == str(source.resolve())
    assert (tmp_path / "maps-originals" / "names.csv").is_file()
