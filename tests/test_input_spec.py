"""What a model must know to be shown a new picture as it was shown those it learnt from."""

import json

import pytest

import twinseg
from twinseg.records.input_spec import InputSpec, input_spec_from, input_spec_of

SIDE = {"size_px": 64, "mean": (0.5, 0.5, 0.5), "std": (0.2, 0.2, 0.2)}


def test_it_survives_the_way_through_json() -> None:
    spec = InputSpec(64, (0.1, 0.2, 0.3), (1.0, 2.0, 3.0), "slides", mpp=0.5, tile_px=256)
    assert input_spec_from(json.loads(json.dumps(spec.as_facts()))) == spec
    with pytest.raises((TypeError, KeyError)):
        input_spec_from({"size_px": 64})


@pytest.mark.parametrize(
    ("facts", "window"),
    [
        ({"kind": "pairs"}, ""),
        ({"kind": "pairs", "settings": {"window": "0,4095"}}, "0,4095"),
        # of the body part of the training series: a new one may name another part
        ({"kind": "dicom", "window_hu": [-1350.0, 150.0]}, "-1350,150"),
        # of MR each series says its own, as those of the training did
        ({"kind": "dicom", "window series-1": [0.0, 800.0]}, ""),
        # volumes: CT by the default window, others by percentiles, as in training
        ({"kind": "nifti", "window_hu": [-160.0, 240.0]}, ""),
        ({"kind": "nifti", "window_hu": [-450.0, 1050.0], "settings": {"window": "bone"}}, "bone"),
    ],
)
def test_the_window_is_that_of_the_training(facts: dict, window: str) -> None:
    spec = input_spec_of(facts, **SIDE)
    assert spec.window == window
    assert spec.source_settings.window == window
    assert spec.source_settings.size == 64


def test_tiles_are_taken_as_in_training() -> None:
    facts = {"kind": "slides", "mpp": 0.5, "level": None, "settings": {"tile_px": 384}}
    settings = input_spec_of(facts, **SIDE).source_settings
    assert (settings.mpp, settings.level, settings.tile_px) == (0.5, None, 384)


def test_a_trained_model_carries_it(calm: twinseg.Study) -> None:
    trained = calm.model("random:1")
    assert trained.input.kind == "pairs"
    assert trained.input.size_px == trained.size == calm.settings.model.size
    assert (trained.normalise.mean, trained.normalise.std) == (
        trained.input.mean,
        trained.input.std,
    )
