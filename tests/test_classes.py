"""Values of a mask: what is plain, what has to be asked, what is chosen."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.classes import Value, check_marked, check_names, choose_values
from twinseg.data.masks import MaskFile, read_mask

CLASSES = np.array([[0, 1, 1, 1], [4, 4, 0, 1]], np.uint8)  # 0 in 2, 1 in 4, 4 in 2 of 8 pixels


def read(tmp_path: Path, image: Image.Image, *foreground: str, name: str = "a.png") -> MaskFile:
    image.save(tmp_path / name)
    return read_mask(tmp_path / name, foreground)


def palette_mask(*colours: tuple[int, int, int]) -> Image.Image:
    """One row; pixel n has the number n."""
    image = Image.fromarray(np.arange(len(colours), dtype=np.uint8)[None], "L")
    image = Image.frombytes("P", image.size, image.tobytes())
    image.putpalette([part for colour in colours for part in colour])
    return image


@pytest.mark.parametrize("value", [1, 128, 255])
@pytest.mark.parametrize("mode", ["L", "RGB", "P", "LA", "RGBA", "I;16"])
def test_any_one_foreground_value_will_do(tmp_path: Path, value: int, mode: str) -> None:
    pixels = np.array([[0, value], [value, 0]], np.uint8)
    image = Image.fromarray(pixels)
    if mode == "P":
        image = Image.frombytes("P", image.size, image.tobytes())
        image.putpalette([0, 0, 0] * 256)
    elif mode == "I;16":
        image = Image.fromarray(pixels.astype(np.uint16))
    elif mode != "L":
        image = image.convert(mode)
    found = read(tmp_path, image)
    assert found.mask.tolist() == [[False, True], [True, False]]
    assert found.marked == (str(value),)
    assert found.note == ("masks with 128 as the target" if value == 128 else "")


def test_one_bit_masks(tmp_path: Path) -> None:
    found = read(tmp_path, Image.fromarray(np.array([[False, True]])))
    assert found.mask.tolist() == [[False, True]]
    assert found.marked == ("255",)


def test_an_empty_mask_marks_nothing(tmp_path: Path) -> None:
    for mode in ("1", "L", "P", "RGB"):
        found = read(tmp_path, Image.new(mode, (3, 2)))
        assert (found.mask.any(), found.marked, found.note) == (False, (), "")


def test_more_values_are_listed_by_their_share_with_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(MaskValuesError) as caught:
        read(tmp_path, Image.fromarray(CLASSES))
    assert str(caught.value) == (
        "mask holds 3 values: 1 in 50 %, 0 in 25 %, 4 in 25 % of its pixels; "
        "choose the target, such as --foreground 1,4"
    )
    with pytest.raises(MaskValuesError, match=r'#ff0000 in 50 %.* --foreground "#00ff00,#ff0000"'):
        colours = np.array([[[255, 0, 0], [255, 0, 0], [0, 0, 0], [0, 255, 0]]], np.uint8)
        read(tmp_path, Image.fromarray(colours))
    with pytest.raises(MaskValuesError, match="12 values: .* and 4 more .* --foreground nonzero"):
        read(tmp_path, Image.fromarray(np.arange(12, dtype=np.uint8)[None]))


def test_the_border_of_voc_is_no_class(tmp_path: Path) -> None:
    colours = [(0, 0, 0)] * 256
    colours[15], colours[255] = (192, 128, 128), (224, 224, 192)
    image = Image.frombytes("P", (4, 1), bytes([0, 15, 255, 255]))
    image.putpalette([part for colour in colours for part in colour])
    with pytest.raises(MaskValuesError, match=r"255 \(#e0e0c0\) in 50 %.* --foreground 15$"):
        read(tmp_path, image)


def test_two_values_without_a_background_are_a_question(tmp_path: Path) -> None:
    with pytest.raises(MaskValuesError, match="holds 2 values: 3 in .*, 4 in"):
        read(tmp_path, Image.fromarray(np.array([[3, 4]], np.uint8)))
    with pytest.raises(MaskValuesError, match="holds 2 values"):
        read(tmp_path, palette_mask((255, 255, 255), (255, 0, 0)))


def test_one_colour_on_black_is_plain(tmp_path: Path) -> None:
    found = read(tmp_path, Image.fromarray(np.array([[[255, 0, 0], [0, 0, 0]]], np.uint8)))
    assert found.mask.tolist() == [[True, False]]
    assert found.marked == ("#ff0000",)


def test_of_a_palette_the_colours_count_and_not_the_numbers(tmp_path: Path) -> None:
    # As in ISIC_0024406_segmentation.png: white has the number 0.
    found = read(tmp_path, palette_mask((255, 255, 255), (0, 0, 0)))
    assert found.mask.tolist() == [[True, False]]
    assert found.marked == ("255",)
    assert found.note == "masks of black and white with a palette read by colour, not by number"
    chosen = read(tmp_path, palette_mask((255, 255, 255), (0, 0, 0)), "255")
    assert (chosen.mask.tolist(), chosen.marked) == ([[True, False]], ("255",))
    black_as_1 = palette_mask((255, 0, 0), (0, 0, 0))
    assert read(tmp_path, black_as_1).mask.tolist() == [[True, False]]


@pytest.mark.parametrize(
    ("foreground", "expected"),
    [
        (("4",), "....##.."),
        (("0", "4"), "#...###."),
        (("nonzero",), ".#####.#"),
        (("#010101",), ".###...#"),
        (("7",), "........"),
    ],
)
def test_chosen_values_are_marked_also_0(
    tmp_path: Path, foreground: tuple[str, ...], expected: str
) -> None:
    for image in (Image.fromarray(CLASSES), Image.fromarray(CLASSES).convert("RGB")):
        found = read(tmp_path, image, *foreground)
        assert found.mask.ravel().tolist() == [mark == "#" for mark in expected]
    deep = Image.fromarray(CLASSES.astype(np.uint16) * 300)
    found = read(tmp_path, deep, "1200")
    assert found.mask.ravel().tolist() == [mark == "#" for mark in "....##.."]


def test_a_choice_by_number_or_colour_of_a_palette(tmp_path: Path) -> None:
    image = palette_mask((0, 0, 0), (255, 0, 0), (0, 255, 0))
    assert read(tmp_path, image, "2").mask.tolist() == [[False, False, True]]
    found = read(tmp_path, image, "#ff0000", "#0000ff")
    assert (found.mask.tolist(), found.marked) == ([[False, True, False]], ("#ff0000",))


def test_white_and_black_among_colours_have_numbers_too(tmp_path: Path) -> None:
    row = [[0, 0, 0], [255, 255, 255], [255, 0, 0]]
    image = Image.fromarray(np.array([row], np.uint8))
    assert read(tmp_path, image, "255").mask.tolist() == [[False, True, False]]
    assert read(tmp_path, image, "0", "#ff0000").mask.tolist() == [[True, False, True]]


def test_what_a_choice_did_is_said(tmp_path: Path) -> None:
    assert "none of --foreground 7" in read(tmp_path, Image.fromarray(CLASSES), "7").note
    assert "value 0 (black)" in read(tmp_path, Image.fromarray(CLASSES), "0").note
    assert read(tmp_path, Image.fromarray(CLASSES), "1").note == ""


@pytest.mark.parametrize("quality", [75, 95])
def test_a_lossy_mask_is_parted_in_the_middle(tmp_path: Path, quality: int) -> None:
    rows, columns = np.indices((200, 200))
    disc = (rows - 90) ** 2 + (columns - 100) ** 2 < 70**2
    path = tmp_path / "a.jpg"
    Image.fromarray(disc.astype(np.uint8) * 255).save(path, quality=quality)
    found = read_mask(path)
    assert (found.mask == disc).all()
    assert "lossy JPEG" in found.note


def test_a_lossy_mask_of_classes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(np.kron(CLASSES * 50, np.ones((40, 40), np.uint8))).save(path)
    with pytest.raises(DataError, match="lossy JPEG with 25 % of its pixels near black or white"):
        read_mask(path)
    with pytest.raises(DataError, match="keeps no classes; save it as PNG"):
        read_mask(path, ("3",))
    Image.fromarray(np.kron(CLASSES, np.ones((40, 40), np.uint8))).save(path, quality=100)
    with pytest.raises(DataError, match="and some white; save it as PNG from the original$"):
        read_mask(path)


def test_fractions_are_no_classes(tmp_path: Path) -> None:
    with pytest.raises(MaskValuesError, match="expected whole numbers"):
        read(tmp_path, Image.fromarray(np.array([[0.5]], np.float32)), name="a.tif")


def test_names_of_classes() -> None:
    assert check_names(["03", " #FF0000", "Nonzero"]) == ("3", "#ff0000", "nonzero")
    for wrong in ("tumour", "#f00", "-1", "1.5", ">", ">-1", ">x", "²"):
        with pytest.raises(DataError, match="is no class of a mask file"):
            check_names([wrong])


def test_masks_that_mark_different_values_alone_are_a_question() -> None:
    assert check_marked([("1",), (), ("255",)], ()) == ""
    with pytest.raises(MaskValuesError, match=r"different values \(1, 2\).* --foreground 1,2"):
        check_marked([("1",), ("2",)], ())
    assert check_marked([("3",), ("4", "3")], ("3", "4", "5")) == "no mask holds 5 of --foreground"
    assert check_marked([("3",), ("4", "3")], ("3", "4")) == ""


@given(st.sets(st.integers(0, 300), min_size=1), st.sets(st.integers(0, 300), min_size=1))
def test_a_choice_and_its_opposite_part_the_values(numbers: set[int], chosen: set[int]) -> None:
    shares = {Value(number): 1 / len(numbers) for number in numbers}
    names = tuple(str(number) for number in sorted(chosen))
    inside = choose_values(shares, names)
    assert {value.number for value in inside} == numbers & chosen
    others = tuple(str(number) for number in sorted(set(range(301)) - chosen))
    assert inside | choose_values(shares, others) == shares.keys()
