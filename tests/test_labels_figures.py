"""Figures of labels: whole SVG for good, empty and odd values, and nothing that only TeX reads."""

import shutil
from math import nan
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from markupsafe import Markup

from tests.conftest import write_discs
from twinseg.data.labels import describe_labels, write_labels
from twinseg.data.prepare import prepare
from twinseg.data.prepared import open_prepared
from twinseg.records.source_settings import make_source_settings
from twinseg.report.label_figures import (
    OutlinedPicture,
    counted,
    distribution,
    pairs,
    quantiles_against_normal,
    sizes,
    strip,
)
from twinseg.report.label_section import draw_labels

RNG = np.random.default_rng(0)
VALUES = {
    "many": RNG.beta(2, 5, 300),
    "one": np.array([0.25]),
    "equal": np.full(20, 0.5),
    "a far one": np.concatenate([RNG.normal(0.1, 0.001, 500), [1.0]]),
    "undefined": np.array([nan, nan]),
    "none": np.array([]),
}


def texts(svg: Markup) -> str:
    root = ElementTree.fromstring(svg)
    return " ".join(part.strip() for part in root.itertext() if part.strip())


def tile(name: str = "case", note: str = "") -> OutlinedPicture:
    mask = np.zeros((40, 60), dtype=bool)
    mask[10:20, 10:30] = True
    return OutlinedPicture(RNG.integers(0, 256, (40, 60, 3), dtype=np.uint8), mask, name, note)


@pytest.mark.parametrize("name", VALUES)
def test_distributions_are_drawn_or_say_that_there_is_nothing(name: str) -> None:
    values = VALUES[name]
    nothing = not np.isfinite(values).any()
    for svg in (
        distribution(values, label="share <b>"),
        quantiles_against_normal(values, label="share <b>"),
        counted(np.rint(10 * values), label="share <b>"),
        sizes(values, values / 2, label="share <b>"),
    ):
        written = texts(svg)
        assert "share <b>" in written
        assert ("no case has a value" in written) == nothing
        assert "$" not in svg


def test_the_normal_curve_is_named_where_there_is_one() -> None:
    assert "normal, same mean and SD" in texts(distribution(VALUES["many"], label="x"))
    assert "normal" not in texts(distribution(VALUES["one"], label="x"))
    assert "normal" not in texts(distribution(VALUES["equal"], label="x"))


def test_sizes_stand_as_plain_numbers_on_their_axis() -> None:
    written = texts(sizes(np.geomspace(0.001, 1, 50), np.geomspace(0.001, 1, 50), label="x"))
    assert "0.01" in written


def test_strips_hold_a_picture_and_its_words_for_each_case() -> None:
    long = "a very long name of a slide that ends in 0042"
    svg = strip([tile(long, "small target, ragged or elongated target"), *[tile()] * 4])
    assert svg.count("<image") == 5
    written = texts(svg)
    assert "a very lo\N{HORIZONTAL ELLIPSIS}s in 0042" in written
    assert "small target, ragged" in written
    assert strip([]).startswith("<svg")


def test_pairs_stand_side_by_side() -> None:
    written = texts(pairs([(tile("one"), tile("two")), (tile("three"), tile("four"))]))
    assert written.split()[-4:] == ["one", "two", "three", "four"]


def test_pictures_that_look_alike_tell_their_parts(tmp_path: Path) -> None:
    source = write_discs(tmp_path)
    for part in ("images", "masks"):
        shutil.copy(source / part / "case03.png", source / part / "case07.png")
    prepare(source, tmp_path / "data", make_source_settings(size=32))
    data = open_prepared(tmp_path / "data")
    write_labels(describe_labels(data), tmp_path)
    drawn = str(draw_labels(tmp_path, data, {"case03": "train", "case07": "test"}).alike)
    before = str(draw_labels(tmp_path, data).alike)  # there is a study
    assert drawn.index("train, alike 1.00") < drawn.index(">test<")
    assert ">alike 1.00<" in before
