"""Corruptions of pictures: what is kept, what is the same again, and numbers by hand."""

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import write_discs
from twinseg.core.errors import ConfigError
from twinseg.core.seeds import stream
from twinseg.data.corruptions import REGISTRY, About, Seen, SlicesNear, about, fitting
from twinseg.data.phantoms import write_phantoms
from twinseg.data.phantoms.histology import draw_stain, draw_tile
from twinseg.data.prepare import prepare
from twinseg.data.prepared import PreparedDataset
from twinseg.records.settings import make_settings
from twinseg.records.source_settings import make_source_settings
from twinseg.records.stress import CORRUPTIONS, STRENGTHS

SKIN = About("isic", None, has_colour=True, is_slide=False, is_stacked=False)
TISSUE = About("slides", None, has_colour=True, is_slide=True, is_stacked=False)
PHOTOGRAPHS = About("pairs", None, has_colour=True, is_slide=False, is_stacked=False)
GREY = About("pairs", None, has_colour=False, is_slide=False, is_stacked=False)
CT = About("dicom", 400.0, has_colour=False, is_slide=False, is_stacked=True)


@pytest.fixture(scope="module")
def tile() -> np.ndarray:
    stain = draw_stain(stream(0, "stain"))
    return np.asarray(draw_tile(96, stain=stain, rng=stream(0, "tile")).picture)


@pytest.fixture(scope="module")
def slices(tmp_path_factory: pytest.TempPathFactory) -> PreparedDataset:
    folder = tmp_path_factory.mktemp("ct")
    write_phantoms("ct", folder / "source", cases=20, size_px=64, seed=1)
    return prepare(folder / "source", folder / "set", make_source_settings(size=64))


def changed(name: str, picture: np.ndarray, strength: int, seed: int = 3) -> np.ndarray:
    def around(steps: int) -> np.ndarray:
        return np.stack([np.roll(picture, step, axis=0) for step in range(-steps, steps + 1)])

    seen = Seen(picture, 400.0, around)
    return REGISTRY[name].change(seen, strength, stream(seed, name))


def test_settings_and_registry_know_the_same_names() -> None:
    assert tuple(sorted(REGISTRY)) == tuple(sorted(CORRUPTIONS))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption_keeps_the_grid_and_grows(name: str, tile: np.ndarray) -> None:
    before, mean_change = tile.copy(), 0.0
    for strength in STRENGTHS:
        worse = changed(name, tile, strength)
        assert (worse.shape, worse.dtype) == (tile.shape, np.uint8)
        assert (worse == changed(name, tile, strength)).all()
        further = float(np.abs(worse.astype(float) - tile).mean())
        assert further > mean_change
        mean_change = further
    assert (tile == before).all()


@pytest.mark.parametrize("name", ["noise", "hair", "hu-noise"])
def test_another_seed_draws_another_picture(name: str, tile: np.ndarray) -> None:
    assert (changed(name, tile, 3) != changed(name, tile, 3, seed=4)).any()


@pytest.mark.parametrize("name", ["blur", "noise", "jpeg", "brightness", "hu-shift", "hu-noise"])
def test_grey_stays_grey(name: str, tile: np.ndarray) -> None:
    grey = np.repeat(tile[..., :1], 3, axis=2)
    worse = changed(name, grey, 5)
    assert (worse == worse[..., :1]).all()
    assert (worse != grey).any()


def test_brightness_and_shift_by_hand() -> None:
    row = np.array([0, 10, 100, 240, 255], np.uint8)
    picture = np.broadcast_to(row[None, :, None], (5, 5, 3)).copy()
    # Strength 1 adds a tenth of 255: 25.5.
    assert changed("brightness", picture, 1)[0, :, 0].tolist() == [26, 36, 126, 255, 255]
    # Strength 4 is 40 HU; through 400 HU that is 40 / 400 * 255 = 25.5 up or down. Black and
    # white, whose values lie beyond the window, stay; halves go to the even number.
    ways = {tuple(changed("hu-shift", picture, 4, seed)[0, :, 0].tolist()) for seed in range(20)}
    assert ways == {(0, 36, 126, 255, 255), (0, 0, 74, 214, 255)}


def test_light_without_dye_keeps_its_colour(tile: np.ndarray) -> None:
    white = np.full((4, 4, 3), 255, np.uint8)
    assert (changed("stain", white, 5) == 255).all()
    # What only eosin took away, e^-0.5 of light by its unit vector, is multiplied: e^-0.5e^s.
    eosin = np.array([0.07, 0.99, 0.11]) / np.linalg.norm([0.07, 0.99, 0.11])
    pink = np.rint(256 * np.exp(-0.5 * eosin) - 1).astype(np.uint8)
    expected = [256 * np.exp(-0.5 * np.exp(way * 0.6) * eosin) - 1 for way in (1, -1)]
    found = changed("stain", np.broadcast_to(pink, (4, 4, 3)).copy(), 5)[0, 0]
    assert min(np.abs(found - way).max() for way in expected) < 3


def test_a_blur_reaches_as_far_on_every_grid() -> None:
    """A step from black to white is 16 to 84 percent over two standard deviations."""
    for side in (112, 224):
        step = np.zeros((side, side, 3), np.uint8)
        step[:, side // 2 :] = 255
        row = changed("blur", step, 5)[side // 2, :, 0] / 255
        between = ((row > 0.1587) & (row < 0.8413)).sum()
        assert between == pytest.approx(2 * 6 / 224 * side, abs=1.01)


def test_thick_slices_are_means_of_their_stack(slices: PreparedDataset) -> None:
    near, cases = SlicesNear(slices), slices.dataset.cases
    stacks: dict[str, list[int]] = {}
    for position, case in enumerate(cases):
        assert case.layer is not None
        stacks.setdefault(case.layer.stack, []).append(position)
    assert len(stacks) == 2
    stack = sorted(stacks[cases[0].layer.stack], key=lambda at: cases[at].layer.height_mm)
    middle, first = stack[4], stack[0]
    assert (near.around(middle, 2) == slices.pictures[stack[2:7]]).all()
    assert (near.around(first, 1) == slices.pictures[stack[:2]]).all()
    seen = Seen(slices.pictures[middle], 400.0, lambda steps: near.around(middle, steps))
    worse = REGISTRY["slice-thickness"].change(seen, 1, stream(0))
    mean = slices.pictures[stack[3:6]].astype(float).mean(axis=0)
    assert (worse == np.rint(mean)).all()


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (SKIN, {"blur", "noise", "jpeg", "brightness", "colour", "hair", "ruler"}),
        (TISSUE, {"blur", "noise", "jpeg", "brightness", "colour", "stain"}),
        (PHOTOGRAPHS, {"blur", "noise", "jpeg", "brightness", "colour"}),
        (GREY, {"blur", "noise", "jpeg", "brightness"}),
        (CT, {"blur", "hu-shift", "hu-noise", "slice-thickness"}),
    ],
)
def test_each_kind_has_those_that_fit(known: About, expected: set[str]) -> None:
    assert {one.name for one in fitting((), known)} == expected


def test_what_is_asked_for_is_taken_where_it_is_possible() -> None:
    assert [one.name for one in fitting(("stain", "hair"), PHOTOGRAPHS)] == ["stain", "hair"]
    with pytest.raises(ConfigError, match=r"--stress stain needs pictures in colour; .*: blur, no"):
        fitting(("stain",), GREY)
    with pytest.raises(ConfigError, match="hu-shift needs slices of CT"):
        fitting(("blur", "hu-shift"), SKIN)
    with pytest.raises(ConfigError, match="slice-thickness needs slices that lie in stacks"):
        fitting(("slice-thickness",), SKIN)


def test_what_is_known_of_data(slices: PreparedDataset, tmp_path: Path) -> None:
    known = about(slices)
    assert (known.width_hu, known.has_colour, known.is_stacked) == (400.0, False, True)
    discs = prepare(write_discs(tmp_path), tmp_path / "set", make_source_settings(size=32))
    assert about(discs) == PHOTOGRAPHS


def test_names_in_settings() -> None:
    asked = make_settings(stress="hair, ruler")
    assert asked.evaluation.stress == ("hair", "ruler")
    with pytest.raises(ConfigError, match=r"unknown corruption 'blurr'; did you mean blur\?"):
        make_settings(stress="noise,blurr")
    with pytest.raises(ConfigError, match="noise is given twice"):
        make_settings(stress=("noise", "noise"))
