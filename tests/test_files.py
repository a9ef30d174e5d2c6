"""One file to one array: modes, bits, values, damage."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from twinseg.core.errors import DataError
from twinseg.data.files import MaskValuesError, read_mask, read_picture, window

WINDOW_HU = (-160.0, 240.0)
GREY = np.array([[0, 100], [200, 255]], np.uint8)


def saved(tmp_path: Path, image: Image.Image, name: str = "a.png", **options: object) -> Path:
    image.save(tmp_path / name, **options)
    return tmp_path / name


@pytest.mark.parametrize(("mode", "note"), [("RGB", ""), ("L", "images of mode L read as RGB")])
def test_grey_and_colour_pictures(tmp_path: Path, mode: str, note: str) -> None:
    read = read_picture(saved(tmp_path, Image.fromarray(GREY).convert(mode)), window_hu=WINDOW_HU)
    assert (read.pixels == GREY[..., None]).all()
    assert read.note == note


def test_a_picture_is_turned_as_exif_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to show
    path = saved(tmp_path, Image.fromarray(GREY).convert("RGB"), "a.png", exif=exif)
    read = read_picture(path, window_hu=WINDOW_HU)
    assert read.pixels[..., 0].tolist() == [[200, 0], [255, 100]]


def test_an_opaque_alpha_channel_is_no_matter_a_transparent_one_is(tmp_path: Path) -> None:
    image = Image.fromarray(GREY).convert("RGBA")
    assert read_picture(saved(tmp_path, image), window_hu=WINDOW_HU).pixels.shape == (2, 2, 3)
    image.putpixel((0, 0), (0, 0, 0, 9))
    with pytest.raises(DataError, match="transparent pixels"):
        read_picture(saved(tmp_path, image), window_hu=WINDOW_HU)


def test_16_bits_are_refused_not_rescaled(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(GREY.astype(np.uint16) * 257))
    with pytest.raises(DataError, match="expected 8 bits a channel"):
        read_picture(path, window_hu=WINDOW_HU)


def test_several_pages_are_refused(tmp_path: Path) -> None:
    page = Image.fromarray(GREY)
    path = saved(tmp_path, page, "a.tif", save_all=True, append_images=[page])
    with pytest.raises(DataError, match="has 2 pages"):
        read_picture(path, window_hu=WINDOW_HU)


def test_a_truncated_file_is_found(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    path = saved(tmp_path, Image.fromarray(noise), "a.jpg")
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(DataError, match="cannot be read: image file is truncated"):
        read_picture(path, window_hu=WINDOW_HU)


def test_what_is_no_image_does_not_print_its_path(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("hello")
    with pytest.raises(DataError) as caught:
        read_picture(tmp_path / "a.png", window_hu=WINDOW_HU)
    assert str(caught.value) == "cannot be read: cannot identify image file"


@pytest.mark.parametrize("value", [1, 128, 255])
@pytest.mark.parametrize("mode", ["L", "RGB", "P", "LA"])
def test_any_one_foreground_value_will_do(tmp_path: Path, value: int, mode: str) -> None:
    image = Image.fromarray(np.array([[0, value], [value, 0]], np.uint8))
    if mode == "P":
        image = Image.frombytes("P", image.size, image.tobytes())
        image.putpalette([0, 0, 0] * 256)
    path = saved(tmp_path, image if mode in ("L", "P") else image.convert(mode))
    assert read_mask(path).tolist() == [[False, True], [True, False]]


def test_one_bit_masks(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(np.array([[False, True]])))
    assert read_mask(path).tolist() == [[False, True]]


def test_more_values_are_named(tmp_path: Path) -> None:
    with pytest.raises(MaskValuesError, match="holds the values 0, 100, 200, 255; expected 0 and"):
        read_mask(saved(tmp_path, Image.fromarray(GREY)))
    with pytest.raises(MaskValuesError, match="mask is in colours"):
        read_mask(saved(tmp_path, Image.new("RGB", (2, 2), (255, 0, 0))))


def test_window_worked_out_on_paper() -> None:
    hounsfield = np.array([[-1000.0, -160.0], [40.0, 1000.0]])
    assert window(hounsfield, WINDOW_HU).tolist() == [[0, 0], [128, 255]]  # 40 is the middle
