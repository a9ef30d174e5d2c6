"""The test of the whole idea: evidence tells a model that uses a shortcut from one that cannot."""

import numpy as np
import pytest
from bench import planted

from twinseg.data.phantoms.shortcut import SIDE_PX, draw_planted


def test_the_mark_is_the_only_difference() -> None:
    with_mark, without = (
        draw_planted(np.random.default_rng(4), with_mark=mark) for mark in (True, False)
    )
    differs = (with_mark.picture != without.picture).any(axis=2)
    assert (differs == with_mark.mark).all()
    assert (with_mark.mask == without.mask).all()
    assert not (with_mark.mask & with_mark.mark).any()
    assert with_mark.picture.shape == (SIDE_PX, SIDE_PX, 3)


@pytest.mark.slow
def test_evidence_exposes_the_model_that_uses_the_shortcut() -> None:
    test = [draw_planted(np.random.default_rng([1, n]), with_mark=True) for n in range(24)]
    user, clean = (planted.ask(planted.train(with_mark=m, steps=180), test) for m in (True, False))
    assert clean.dice > 0.5  # both can do it
    assert user.dice > 0.8
    assert user.kept_without_mark < 0.5 < clean.kept_without_mark
    for method in ("hires_cam", "layer_cam"):
        assert user.on_mark[method] > 1.3 * clean.on_mark[method]
        assert user.deletion[method] < 0.8 * clean.deletion[method]
