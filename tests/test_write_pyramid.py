"""Pyramids are what came in, for every program that reads them; half-written ones are not there."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import openslide
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from twinseg.core.errors import CannotWriteError, ConfigError, DataError
from twinseg.images.slides import write_pyramid as module
from twinseg.images.slides.opening import open_slide
from twinseg.images.slides.write_pyramid import level_sizes, write_pyramid


def bands(plane: np.ndarray, step: int) -> Iterator[np.ndarray]:
    for first in range(0, len(plane), step):
        yield plane[first : first + step]


def write(path: Path, plane: np.ndarray, step: int = 100, mpp: float | None = 0.5) -> Path:
    height, width = plane.shape
    write_pyramid(path, bands(plane, step), height_px=height, width_px=width, mpp=mpp)
    return path


def blobs(height: int, width: int) -> np.ndarray:
    rows, columns = np.indices((height, width))
    mask: np.ndarray = np.sin(rows / 37) + np.cos(columns / 53) > 0.3
    return mask


def levels(path: Path) -> list[np.ndarray]:
    with tifffile.TiffFile(path) as file:
        assert file.is_ome
        assert len(file.series) == 1
        return [level.asarray() for level in file.series[0].levels]


def test_sizes_worked_out_on_paper() -> None:
    assert level_sizes(512, 20) == [(512, 20)]
    assert level_sizes(1100, 2049) == [(1100, 2049), (550, 1025), (275, 513), (138, 257)]


def test_coarser_pixels_worked_out_on_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TILE_PX", 16)
    plane = np.zeros((3, 17), np.uint8)
    plane[:2, :2] = [[10, 20], [30, 41]]
    plane[2, 16] = 9
    found = levels(write(tmp_path / "a.ome.tif", plane))
    np.testing.assert_array_equal(found[0], plane)
    assert found[1].shape == (2, 9)
    assert found[1][0, 0] == 25  # 25.25
    assert found[1][1, 8] == 9  # the corner alone: rows and columns beyond the border repeat it
    half = np.zeros((2, 18), np.bool_)
    half[0] = True
    half[:, 5] = False
    found = levels(write(tmp_path / "b.ome.tif", half))
    np.testing.assert_array_equal(found[1], [[255, 255, 0, *[255] * 6]])


@pytest.mark.parametrize("step", [1, 100, 512, 2000])
def test_a_mask_is_read_back_by_four_programs(tmp_path: Path, step: int) -> None:
    mask = blobs(1100, 1300)
    path = write(tmp_path / "a.ome.tiff", mask, step)
    found = levels(path)
    np.testing.assert_array_equal(found[0], mask * np.uint8(255))
    assert [level.shape for level in found] == level_sizes(1100, 1300)
    for number, level in enumerate(found):
        assert set(np.unique(level)) <= {0, 255}
        assert (level > 0).mean() == pytest.approx(mask.mean(), abs=0.004), number
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), found[0])
    with openslide.OpenSlide(path) as slide:
        assert slide.dimensions == (1300, 1100)
        assert float(slide.properties["openslide.mpp-x"]) == pytest.approx(0.5)
        region = np.asarray(slide.read_region((100, 200), 0, (300, 400)))[..., 0]
        np.testing.assert_array_equal(region, found[0][200:600, 100:400])
    with closing(open_slide(path)) as ours:
        assert ours.mpp == pytest.approx(0.5)
        assert [(level.height_px, level.width_px) for level in ours.levels] == [
            level.shape for level in found
        ]
        read = ours.read(1, 10, 20, 30, 40)[..., 0]
        np.testing.assert_array_equal(read, found[1][20:60, 10:40])


def test_probabilities_keep_every_bit(tmp_path: Path) -> None:
    plane = np.random.default_rng(0).random((700, 900), np.float32)
    found = levels(write(tmp_path / "a.ome.tif", plane, mpp=None))
    np.testing.assert_array_equal(found[0], plane)
    means = plane.reshape(350, 2, 450, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(found[1], means, rtol=1e-6)


def test_micrometres_are_said_if_known(tmp_path: Path) -> None:
    plane = np.zeros((5, 5), np.bool_)
    for mpp in (0.2527, None):
        with tifffile.TiffFile(write(tmp_path / "a.ome.tif", plane, mpp=mpp)) as file:
            said = file.ome_metadata
        assert ('PhysicalSizeX="0.2527"' in said) == (mpp is not None)
        assert ('PhysicalSizeYUnit="µm"' in said) == (mpp is not None)


def test_the_same_bands_make_the_same_bytes(tmp_path: Path) -> None:
    mask = blobs(600, 700)
    first = write(tmp_path / "a.ome.tif", mask, 10).read_bytes()
    assert write(tmp_path / "b.ome.tif", mask, 77).read_bytes() == first
    assert write(tmp_path / "a.ome.tif", ~mask, 10).read_bytes() != first


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 40))
def test_any_size_in_any_bands(height: int, width: int, step: int) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        patch.setattr(module, "TILE_PX", 16)
        folder = Path(name)
        plane = np.random.default_rng(0).integers(0, 256, (height, width), np.uint8)
        path = write(folder / "a.ome.tif", plane, step)
        found = levels(path)
        np.testing.assert_array_equal(found[0], plane)
        assert [level.shape for level in found] == level_sizes(height, width)
        assert [*folder.iterdir()] == [path]


@pytest.mark.parametrize(
    ("rows", "columns", "kind"), [(99, 50, bool), (101, 50, bool), (100, 51, bool), (100, 50, int)]
)
def test_bands_that_do_not_fit_leave_nothing(
    tmp_path: Path, rows: int, columns: int, kind: type
) -> None:
    plane = np.zeros((rows, columns), kind)
    with pytest.raises(DataError, match="expected"):
        write_pyramid(tmp_path / "a.tif", bands(plane, 30), height_px=100, width_px=50)
    with pytest.raises(DataError, match="0 rows in all, expected 100"):
        write_pyramid(tmp_path / "a.tif", [], height_px=100, width_px=50)
    assert not [*tmp_path.iterdir()]


def test_what_fails_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    def dying() -> Iterator[np.ndarray]:
        yield np.zeros((700, 600), np.uint8)
        raise DataError("is cut off")

    with pytest.raises(DataError, match="is cut off"):
        write_pyramid(tmp_path / "a.tif", dying(), height_px=1400, width_px=600)
    assert not [*tmp_path.iterdir()]
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWriteError, match="choose another folder"):
        write(tmp_path / "file" / "a.tif", np.zeros((5, 5), np.bool_))
    with pytest.raises(ConfigError, match=r"ends in one of \.ome\.tiff"):
        write(tmp_path / "a.png", np.zeros((5, 5), np.bool_))
