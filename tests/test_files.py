"""One file to one array: modes, bits, pages, damage."""

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from twinseg.core.errors import DataError
from twinseg.data.masks import read_mask
from twinseg.images.files.picture_file import read_picture
from twinseg.images.window import Window, grey_through

WINDOW_HU = (-160.0, 240.0)
GREY = np.array([[0, 100], [200, 255]], np.uint8)
DEEP = np.array([[0, 25_600], [51_455, 65_535]], np.uint16)  # upper bytes 0, 100, 200, 255


def saved(tmp_path: Path, image: Image.Image, name: str = "a.png", **options: object) -> Path:
    image.save(tmp_path / name, **options)
    return tmp_path / name


def png_by_hand(path: Path, width: int, height: int, pixels: bytes, *, bits: int = 8) -> Path:
    """A PNG in colours that declares a size, whatever pixels there are."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checksum

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0))
    rest = chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + rest)
    return path


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp"])
@pytest.mark.parametrize(("mode", "note"), [("RGB", ""), ("L", "images of mode L read as RGB")])
def test_grey_and_colour_pictures(tmp_path: Path, mode: str, note: str, suffix: str) -> None:
    image = Image.fromarray(GREY).convert(mode)
    read = read_picture(saved(tmp_path, image, f"a.{suffix}"))
    assert (read.pixels == GREY[..., None]).all()
    assert read.note == note


def test_a_cmyk_jpeg_and_a_palette_become_red_green_blue(tmp_path: Path) -> None:
    red = Image.new("RGB", (16, 16), (254, 0, 0))
    read = read_picture(saved(tmp_path, red.convert("CMYK"), "a.jpg", quality=100))
    assert np.abs(read.pixels[8, 8].astype(int) - (254, 0, 0)).max() <= 2
    assert read.note == "images of mode CMYK read as RGB"
    read = read_picture(saved(tmp_path, red.convert("P")))
    assert (read.pixels == np.asarray(red.convert("P").convert("RGB"))).all()
    assert read.note == "images of mode P read as RGB"


def test_a_picture_is_turned_as_exif_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to show
    read = read_picture(saved(tmp_path, Image.fromarray(GREY).convert("RGB"), exif=exif))
    assert read.pixels[..., 0].tolist() == [[200, 0], [255, 100]]
    assert (read.turned, read.note) == (6, "pictures turned as their EXIF says")


def test_damaged_exif_is_said_and_does_not_warn(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description that is longer than four bytes"
    path = saved(tmp_path, Image.new("RGB", (16, 16)), "a.jpg", exif=exif)
    content = path.read_bytes()
    # The count of the only tag: more bytes than there are.
    place = content.index(b"\x01\x0e\x00\x02") if b"MM\x00*" in content else -1
    tag = b"\x0e\x01\x02\x00" if place < 0 else b"\x01\x0e\x00\x02"
    start = content.index(tag) + 4
    path.write_bytes(content[:start] + b"\x7f\x7f\x7f\x7f" + content[start + 4 :])
    with warnings.catch_warnings(record=True) as shown:
        assert "metadata (EXIF) of some files are damaged" in read_picture(path).note
    assert not shown


def test_an_opaque_alpha_channel_is_no_matter_a_transparent_one_is(tmp_path: Path) -> None:
    image = Image.fromarray(GREY).convert("RGBA")
    assert read_picture(saved(tmp_path, image)).pixels.shape == (2, 2, 3)
    image.putpixel((0, 0), (0, 0, 0, 9))
    with pytest.raises(DataError, match="transparent pixels"):
        read_picture(saved(tmp_path, image))
    palette = Image.fromarray(GREY).convert("P")
    with pytest.raises(DataError, match="transparent pixels"):
        read_picture(saved(tmp_path, palette, transparency=palette.getpixel((1, 0))))


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_of_16_bits_the_upper_8_are_kept_for_every_picture_alike(
    tmp_path: Path, suffix: str
) -> None:
    read = read_picture(saved(tmp_path, Image.fromarray(DEEP), f"a.{suffix}"))
    assert read.pixels[..., 1].tolist() == GREY.tolist()
    assert read.note == "pictures of 16 bits: the upper 8 kept (value // 256)"
    dark = read_picture(saved(tmp_path, Image.fromarray(DEEP // 8), f"a.{suffix}"))
    assert dark.pixels.max() == 31  # 65535 // 8 // 256: not stretched


def test_colours_of_16_bits_are_noticed_although_pillow_hands_on_8(tmp_path: Path) -> None:
    pixel = b"\0" + struct.pack(">HHH", 0x6401, 0xC8FF, 0x0000)
    path = png_by_hand(tmp_path / "a.png", 1, 1, pixel, bits=16)
    read = read_picture(path)
    assert read.pixels.tolist() == [[[0x64, 0xC8, 0]]]
    assert read.note == "pictures of 16 bits: the upper 8 kept (value // 256)"
    with pytest.raises(DataError, match="mask has colours of 16 bits"):
        read_mask(path)


def test_12_bits_in_16_need_a_window(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(np.array([[0, 4095]], np.uint16)))
    with pytest.raises(DataError, match="no value above 4095; .* --window 0,4095"):
        read_picture(path)
    read = read_picture(path, window=Window(0.0, 4095.0))
    assert read.pixels[0, :, 0].tolist() == [0, 255]
    assert read.window == Window(0.0, 4095.0)
    floats = saved(tmp_path, Image.fromarray(np.array([[0.0, 0.5]], np.float32)), "a.tif")
    with pytest.raises(DataError, match="has 32 bits .* --window"):
        read_picture(floats)
    assert read_picture(floats, window=Window(0.0, 1.0)).pixels[0, :, 0].tolist() == [0, 128]


def test_16_bits_with_white_as_0_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(DEEP), "a.tif", tiffinfo={262: 0})
    with pytest.raises(DataError, match="stores white as 0 in 16 bits"):
        read_picture(path)


def test_several_pages_are_refused_but_for_reduced_copies(tmp_path: Path) -> None:
    page = Image.fromarray(GREY)
    path = saved(tmp_path, page, "a.tif", save_all=True, append_images=[page, page])
    with pytest.raises(DataError, match="has 3 pages"):
        read_picture(path)
    reduced = page.resize((1, 1))
    reduced.encoderinfo = {"tiffinfo": {254: 1}}
    path = saved(tmp_path, page, "a.tif", save_all=True, append_images=[reduced])
    read = read_picture(path)
    assert read.pixels[..., 0].tolist() == GREY.tolist()
    assert "the others are reduced copies" in read.note
    path = saved(tmp_path, page, "a.gif", save_all=True, append_images=[Image.new("L", (2, 2))])
    with pytest.raises(DataError, match="several frames"):
        read_picture(path)


@pytest.mark.parametrize(("width", "height"), [(10_001, 10_000), (2**31 - 1, 2**31 - 1)])
def test_what_declares_too_many_pixels_is_not_decoded(
    tmp_path: Path, width: int, height: int
) -> None:
    with pytest.raises(DataError, match="declares .*at most 100,000,000; .*--kind slides"):
        read_picture(png_by_hand(tmp_path / "a.png", width, height, bytes(10_000_000)))


def test_a_bomb_below_the_limit_is_a_truncated_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: image file is truncated"):
        read_picture(png_by_hand(tmp_path / "a.png", 9_000, 11_000, bytes(10_000_000)))


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "bmp", "gif"])
def test_damage_anywhere_is_a_data_error_or_a_picture(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (24, 24, 3)).astype(np.uint8)
    whole = saved(tmp_path, Image.fromarray(noise), f"a.{suffix}").read_bytes()
    reasons = []
    for _ in range(40):
        damaged = bytearray(whole[: rng.integers(len(whole))] if rng.random() < 0.5 else whole)
        for place in rng.integers(0, max(1, len(damaged)), 3):
            damaged[place : place + 1] = rng.bytes(1)
        (tmp_path / f"b.{suffix}").write_bytes(damaged)
        try:
            assert read_picture(tmp_path / f"b.{suffix}").pixels.ndim == 3
        except DataError as error:
            reasons.append(str(error))
    assert len(reasons) > 10
    assert str(tmp_path) not in "".join(reasons)


def test_what_is_no_image_does_not_print_its_path(tmp_path: Path) -> None:
    for content in ("hello", "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"):
        (tmp_path / "a.png").write_text(content)
        with pytest.raises(DataError) as caught:
            read_picture(tmp_path / "a.png")
        assert str(caught.value) == "cannot be read: cannot identify image file"


def test_window_worked_out_on_paper() -> None:
    hounsfield = np.array([[-1000.0, -160.0], [40.0, 1000.0]])
    assert grey_through(hounsfield, Window(*WINDOW_HU)).tolist() == [
        [0, 0],
        [128, 255],
    ]  # 40 is the middle
