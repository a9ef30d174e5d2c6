"""Slides: two readers that agree, any place at any resolution, never a whole level."""

import struct
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.drawn_slides import tissue_picture, write_ome, write_pyramid
from twinseg.core.errors import DataError
from twinseg.images.slides.chunks import Chunks
from twinseg.images.slides.opening import open_slide
from twinseg.images.slides.resampling import area_mean, read_tile
from twinseg.images.slides.slide import Tile, levels_of, sound_mpp
from twinseg.images.slides.with_openslide import OpenSlideSlide, on_white
from twinseg.images.slides.with_tifffile import TiffSlide

PICTURE = tissue_picture(150, 200, left=30, right=170)


def whole(path: Path, level: int = 0) -> np.ndarray:
    with closing(open_slide(path)) as slide:
        size = slide.levels[level]
        return slide.read(level, 0, 0, size.width_px, size.height_px)


def test_a_pyramid_is_read_by_openslide_and_by_the_second_reader_alike(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "a.tiff", PICTURE)
    with closing(open_slide(path)) as slide, closing(TiffSlide(path)) as second:
        assert isinstance(slide, OpenSlideSlide)
        assert slide.mpp == second.mpp == pytest.approx(0.5)
        assert [level.width_px for level in slide.levels] == [200, 50]
        for x, y, wide, high in [(0, 0, 200, 150), (190, 140, 30, 30), (17, 33, 70, 5)]:
            first = slide.read(0, x, y, wide, high)
            inside = PICTURE[y : y + high, x : x + wide]
            assert (first[: inside.shape[0], : inside.shape[1]] == inside).all()
            assert (first[inside.shape[0] :] == 255).all()
            assert (first[:, inside.shape[1] :] == 255).all()
            assert (first == second.read(0, x, y, wide, high)).all()


@pytest.mark.parametrize("separate", [False, True])
def test_ome_tiff_keeps_its_levels_and_its_resolution(tmp_path: Path, separate: bool) -> None:
    path = write_ome(tmp_path / "a.ome.tif", PICTURE, separate=separate)
    with closing(open_slide(path)) as slide:
        assert [level.downsample for level in slide.levels] == [1, 2]
        assert slide.mpp == pytest.approx(0.25)
    assert (whole(path) == PICTURE).all()
    assert (whole(path, 1) == PICTURE[::2, ::2]).all()


@pytest.mark.parametrize("compression", [None, "lzw", "deflate", "packbits"])
def test_strips_are_read_as_written(tmp_path: Path, compression: str | None) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path,
        PICTURE,
        rowsperstrip=7,
        compression=compression,
        photometric="rgb",
        resolution=(72, 72),
    )
    assert (whole(path) == PICTURE).all()
    with closing(open_slide(path)) as slide:
        assert slide.mpp is None  # 72 dots per inch are no microscope


def test_grey_white_is_zero_palette_and_sixteen_bits(tmp_path: Path) -> None:
    grey = PICTURE[..., 1]
    palette = np.arange(768, dtype=np.uint16).reshape(3, 256) * 80
    written = {
        "black": (grey, "minisblack", {}, grey),
        "white": (grey, "miniswhite", {}, 255 - grey),
        "deep": (grey.astype(np.uint16) * 256 + 255, "minisblack", {}, grey),
        "palette": (
            grey,
            "palette",
            {"colormap": palette},
            (palette >> 8).astype(np.uint8).T[grey],
        ),
    }
    for name, (values, photometric, more, expected) in written.items():
        tifffile.imwrite(tmp_path / name, values, photometric=photometric, **more)
        found = whole(tmp_path / name)
        assert (found == (expected if expected.ndim == 3 else expected[..., None])).all(), name


def test_only_the_strips_that_are_needed_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, PICTURE, rowsperstrip=10, photometric="rgb")
    decoded = []
    monkeypatch.setattr(
        Chunks, "_decoded", lambda self, n, real=Chunks._decoded: decoded.append(n) or real(self, n)
    )
    with closing(open_slide(path)) as slide:
        slide.read(0, 5, 25, 20, 10)  # rows 25 to 34
        slide.read(0, 50, 30, 20, 10)  # rows 30 to 39: the strip is still at hand
    assert decoded == [2, 3]


def test_pictures_are_slides_of_one_level(tmp_path: Path) -> None:
    Image.fromarray(PICTURE).save(tmp_path / "a.png")
    with closing(open_slide(tmp_path / "a.png")) as slide:
        assert len(slide.levels) == 1
        read = slide.read(0, -2, 148, 4, 4)
    assert (read[:2, 2:] == PICTURE[148:, :2]).all()
    assert (read[2:] == 255).all()
    assert (read[:, :2] == 255).all()


def test_what_the_scanner_left_out_is_white() -> None:
    pixels = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 100, 200, 51]]], dtype=np.uint8)
    # 51 of 255 is a fifth: 0/5 + 204, 100/5 + 204, 200/5 + 204.
    assert on_white(pixels).tolist() == [[[10, 20, 30], [255, 255, 255], [204, 224, 244]]]


def test_area_mean_worked_out_on_paper() -> None:
    # First cell: 0 and half of 10, over 1.5. Second: half of 10, 20 and 30, over 2.5.
    found = area_mean(np.array([[0.0, 10, 20, 30]]), np.array([0, 1]), np.array([0, 1.5, 4]))
    assert found[0] == pytest.approx([5 / 1.5, 55 / 2.5])


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_area_mean_keeps_the_mean(high: int, cells: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.random((high, 3))
    edges = np.linspace(0, high, cells + 1)
    found = area_mean(values, edges, np.array([0.0, 3.0]))
    assert found.mean() == pytest.approx(values.mean(), abs=1e-5)


def test_a_tile_between_levels_is_averaged_from_the_finer_one(tmp_path: Path) -> None:
    path = write_pyramid(tmp_path / "a.tiff", PICTURE)
    with closing(open_slide(path)) as slide:
        half = read_tile(slide, Tile(2.0, 10, 20, 30, 40))
    expected = PICTURE[40:120, 20:80].reshape(40, 2, 30, 2, 3).mean(axis=(1, 3))
    assert np.abs(half - expected).max() <= 0.5


def test_absurd_sizes_and_pixels_are_refused(as_users_run_it: None) -> None:
    with pytest.raises(DataError, match="which no scanner makes"):
        levels_of([(4_000_000_000, 10)])
    with pytest.raises(DataError, match="expected at most 200,000,000,000"):
        levels_of([(1_999_999, 1_999_999)])
    assert sound_mpp(0.25, 0.252) == pytest.approx(0.251)
    assert sound_mpp(352.8, 352.8) is sound_mpp(None, 1.0) is sound_mpp(float("nan"), 1) is None
    with pytest.raises(DataError, match="expected square ones"):
        sound_mpp(0.25, 0.5)


def patched(path: Path, found: bytes, put: bytes) -> Path:
    content = path.read_bytes()
    assert found in content
    path.write_bytes(content.replace(found, put))
    return path


def test_parts_that_would_fill_the_memory_are_refused(tmp_path: Path) -> None:
    # Tag 322, the width of a tile, as one number of 32 bits: OpenSlide would end the process.
    tag = struct.Struct("<HHII")
    path = patched(
        write_pyramid(tmp_path / "a.tiff", PICTURE),
        tag.pack(322, 4, 1, 64),
        tag.pack(322, 4, 1, 2**31 - 1),
    )
    with pytest.raises(DataError, match="parts of 2147483647x64"):
        whole(path)
    # A strip of JPEG of 16 x 200 pixels that declares 65,500 x 65,500.
    tifffile.imwrite(
        tmp_path / "b.tif", PICTURE, rowsperstrip=16, compression="jpeg", photometric="rgb"
    )
    start = b"\xff\xc0\x00\x11\x08"
    size = struct.pack(">HH", 65500, 65500)
    with pytest.raises(DataError, match="declares 65500x65500 pixels, more than its place"):
        whole(patched(tmp_path / "b.tif", start + struct.pack(">HH", 16, 200), start + size))


@pytest.mark.parametrize("name", ["CMU-1-Small-Region.svs", "TCGA-CR-7395-01A-01-TS1.svs"])
def test_both_readers_agree_on_real_slides(shared: Path, name: str) -> None:
    path = shared / "data" / "wsi" / name
    with closing(open_slide(path)) as slide, closing(TiffSlide(path)) as second:
        assert slide.levels == second.levels
        assert slide.mpp == second.mpp
        for number, level in enumerate(slide.levels):
            # Elsewhere OpenSlide shifts the second level by parts of a pixel: 2.0005 is not whole.
            x, y = (0, 0) if number else (level.width_px - 400, level.height_px - 300)
            place = (x, y, 500, 400)
            assert (slide.read(number, *place) == second.read(number, *place)).all()


def test_small_dicom_is_refused_with_the_reason(shared: Path) -> None:
    with pytest.raises(DataError, match="OpenSlide cannot open it: Couldn't get image flavor"):
        open_slide(shared / "data" / "wsi" / "small_dicom.dcm")
