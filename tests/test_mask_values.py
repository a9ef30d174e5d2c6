"""What masks of many programs hold: soft edges, transparency, white as 0, arrays, fractions."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from twinseg.core.errors import DataError, MaskValuesError
from twinseg.data.masks import MaskFile, read_mask
from twinseg.data.volumes.label_voxels import choose_voxels, rounding_note

YES = np.array([[True, True, False], [False, False, False]])


def read(path: Path, picture: object, *foreground: str) -> MaskFile:
    """Write a picture or an array, and read it as a mask."""
    if path.suffix == ".npy":
        np.save(path, picture)
    elif isinstance(picture, Image.Image):
        picture.save(path)
    else:
        Image.fromarray(picture).save(path)
    return read_mask(path, foreground)


def same(found: MaskFile) -> bool:
    return bool((found.mask == YES).all())


# An edge whose 127 is no target and whose 128 is.
SOFT = np.array([[0, 0, 0, 0, 64, 127, 128, 200, 255, 255]] * 2, np.uint8)
SOFT[:, :4], SOFT[:, 8:] = 0, 255


def test_soft_edges_are_parted_where_asked(tmp_path: Path) -> None:
    wide = np.concatenate([SOFT, np.full((2, 4), 255, np.uint8)], axis=1)
    with pytest.raises(MaskValuesError, match=r'a soft edge, part it by --foreground ">127"'):
        read(tmp_path / "a.png", wide)
    found = read(tmp_path / "a.png", wide, ">127")
    assert (found.mask == (wide >= 128)).all()
    assert found.marked == (">127",)
    rgb = np.repeat(wide[..., None], 3, axis=2)
    assert (read(tmp_path / "b.png", rgb, ">127").mask == (wide >= 128)).all()
    assert (read(tmp_path / "c.png", wide > 0, ">127").mask == (wide > 0)).all()


def test_a_resized_mask_of_many_greys_gets_a_threshold_as_advice(tmp_path: Path) -> None:
    big = Image.fromarray(np.pad(np.full((60, 60), 255, np.uint8), 70))
    with pytest.raises(MaskValuesError, match=r'--foreground ">127"') as caught:
        read(tmp_path / "a.png", big.resize((37, 37), Image.Resampling.BICUBIC))
    assert "1,2,4" not in str(caught.value)


@pytest.mark.parametrize("values", [[0, 1, 2, 3], [0, 85, 170, 255], [0, 1, 2, 255]])
def test_classes_are_no_soft_edge(tmp_path: Path, values: list[int]) -> None:
    with pytest.raises(MaskValuesError) as caught:
        read(tmp_path / "a.png", np.array([values], np.uint8))
    assert ">" not in str(caught.value)


def test_a_jpeg_saved_again_as_png_is_parted_in_the_middle(tmp_path: Path) -> None:
    strayed = np.array([[0, 1, 2, 1, 2, 1, 253, 254, 255, 254]], np.uint8)
    with pytest.raises(MaskValuesError, match=r'if grey is a soft edge, part it .* ">127"'):
        read(tmp_path / "a.png", strayed)
    assert read(tmp_path / "a.png", strayed, ">127").mask.tolist() == [[False] * 6 + [True] * 4]


def test_colours_have_no_least_grey(tmp_path: Path) -> None:
    colours = np.array([[[255, 0, 0], [0, 0, 0]]], np.uint8)
    with pytest.raises(MaskValuesError, match=r"colours such as #ff0000, which >127 does not"):
        read(tmp_path / "a.png", colours, ">127")
    with pytest.raises(DataError, match="JPEG of colours"):
        read(tmp_path / "a.jpg", np.repeat(colours, 16, axis=1).repeat(16, axis=0), ">127")


def test_a_blurred_jpeg_is_parted_where_asked(tmp_path: Path) -> None:
    ramp = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[None], 32, axis=0)
    Image.fromarray(ramp).save(tmp_path / "a.jpg", quality=100)
    with pytest.raises(DataError, match=r'lossy JPEG.* soft edge, part it by --foreground ">127"$'):
        read_mask(tmp_path / "a.jpg")
    assert (read_mask(tmp_path / "a.jpg", (">127",)).mask == (ramp > 127)).mean() > 0.96


@pytest.mark.parametrize(
    ("ink", "note"),
    [
        ((255, 255, 255), "transparent pixels of masks are background"),
        ((200, 0, 0), "transparent pixels of masks are background"),
        ((0, 0, 0), "masks drawn in black on nothing: what is opaque is the target"),
    ],
)
def test_transparent_masks(tmp_path: Path, ink: tuple[int, int, int], note: str) -> None:
    rgba = np.zeros((*YES.shape, 4), np.uint8)
    rgba[YES] = (*ink, 255)
    rgba[~YES] = (90, 80, 70, 0)  # what lies below nothing is no matter
    found = read(tmp_path / "a.png", rgba)
    assert same(found)
    assert note in found.note
    assert not read(tmp_path / "b.png", np.zeros((2, 3, 4), np.uint8)).mask.any()


@pytest.mark.parametrize("bits", [1, 8])
def test_tiff_with_white_as_0_is_asked_for(tmp_path: Path, bits: int) -> None:
    stored = YES if bits == 1 else YES.astype(np.uint8) * 255
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="miniswhite", metadata=None)
    for foreground in ((), ("255",)):
        with pytest.raises(MaskValuesError, match=r'stores white as 0 .* --foreground "#ffffff"'):
            read_mask(tmp_path / "a.tif", foreground)
    assert same(read_mask(tmp_path / "a.tif", ("#000000",)))
    assert (read_mask(tmp_path / "a.tif", ("#ffffff",)).mask == ~YES).all()


def test_masks_of_imagej_count_as_stored(tmp_path: Path) -> None:
    stored = YES.astype(np.uint8) * 255
    tifffile.imwrite(
        tmp_path / "a.tif",
        stored,
        photometric="miniswhite",
        description="ImageJ=1.53t\nmin=0.0\n",
        metadata=None,
    )
    found = read_mask(tmp_path / "a.tif")
    assert same(found)
    assert found.note == "masks of ImageJ that show 0 as white: their numbers count as stored"


def test_a_palette_that_runs_from_white_to_black_is_asked_for(tmp_path: Path) -> None:
    """PNG of ImageJ marks what is black, some masks of ISIC what is white: nobody can tell."""
    stored = YES.astype(np.uint8) * 255
    image = Image.fromarray(stored).convert("P")
    image.putdata(stored.ravel().tolist())
    image.putpalette([255 - code for code in range(256) for _ in range(3)])
    image.save(tmp_path / "a.png")
    for foreground in ((), ("255",)):
        with pytest.raises(MaskValuesError, match=r'white for 0 .* --foreground "#ffffff"'):
            read_mask(tmp_path / "a.png", foreground)
    assert same(read_mask(tmp_path / "a.png", ("#000000",)))
    assert (read_mask(tmp_path / "a.png", ("#ffffff",)).mask == ~YES).all()


@pytest.mark.parametrize("kind", ["u1", "i4", "f4", "?"])
def test_arrays_of_numpy(tmp_path: Path, kind: str) -> None:
    assert same(read(tmp_path / "a.npy", YES.astype(kind)))
    assert same(read(tmp_path / "b.npy", YES.astype(kind)[..., None]))


def test_arrays_that_are_no_masks(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY broken")
    with pytest.raises(DataError, match="cannot be read as an array"):
        read_mask(tmp_path / "a.npy")
    with pytest.raises(DataError, match=r"holds float64 of shape \(2, 3, 4\), expected numbers"):
        read(tmp_path / "b.npy", np.zeros((2, 3, 4)))
    np.save(tmp_path / "c.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(DataError, match="cannot be read as an array"):
        read_mask(tmp_path / "c.npy")


def test_numbers_below_0_and_none_are_no_classes(tmp_path: Path) -> None:
    signed = np.where(YES, np.int16(-2), np.int16(3))
    for foreground in ((), ("3",), ("nonzero",)):
        with pytest.raises(DataError, match=r"mask holds values below 0 \(the least is -2\)"):
            read(tmp_path / "a.npy", signed, *foreground)
    assert same(read(tmp_path / "a.npy", -signed, ">1"))
    with pytest.raises(DataError, match="mask holds values that are no numbers"):
        read(tmp_path / "a.npy", np.where(YES, np.float32(np.nan), 0), ">1")


def test_probabilities_are_parted_where_asked(tmp_path: Path) -> None:
    values = np.where(YES, np.float32(0.75), np.float32(0.5))
    for name in ("a.npy", "a.tif"):
        with pytest.raises(MaskValuesError, match=r'from 0.5 to 0.75, .* --foreground ">0.62"'):
            read(tmp_path / name, values)
        assert same(read(tmp_path / name, values, ">0.5"))
        nearly = YES * np.float32(1.0005)
        assert read(tmp_path / name, nearly).note == "labels within 0.001 of whole numbers rounded"
        assert same(read(tmp_path / name, nearly))


def test_labels_of_volumes_nearly_whole_and_probabilities() -> None:
    labels = np.array([[[0.0, 1.0004, 1.9995]]], np.float32)
    assert choose_voxels(labels, ("2",)).tolist() == [[[False, False, True]]]
    assert choose_voxels(labels, (">0.5",)).tolist() == [[[False, True, True]]]
    assert rounding_note(labels, ("2",)) == "labels within 0.001 of whole numbers rounded"
    assert rounding_note(labels, (">0.5",)) == rounding_note(np.rint(labels), ("2",)) == ""
    with pytest.raises(DataError, match=r'holds fractions.*--foreground ">0.5"'):
        choose_voxels(labels + np.float32(0.01), ())
