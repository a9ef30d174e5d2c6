"""Stored numbers to Hounsfield units and grey: every way in which files write them."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    EnhancedCTImageStorage,
    ExplicitVRBigEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from tests.dicom_files import (
    AXIAL,
    ct_slice,
    dataset_of,
    put_pixels,
    save,
    square,
    write_structures,
)
from twinseg.core.errors import DataError
from twinseg.data.phantoms.anatomy import draw_anatomy
from twinseg.data.phantoms.ct import draw_ct_slice
from twinseg.data.sources.dicom import DICOM
from twinseg.images.dicom import elements
from twinseg.images.dicom.codestream import declared_size
from twinseg.images.dicom.header import read_header
from twinseg.images.dicom.slices import slices_of
from twinseg.images.dicom.values import read_grey, read_values
from twinseg.images.formats import picture_at
from twinseg.images.window import Window
from twinseg.records.source_settings import SourceSettings


@pytest.fixture(scope="module")
def hounsfield():
    """A phantom's abdomen of 96 x 96 pixels, in whole units."""
    rng = np.random.default_rng(0)
    phantom = draw_ct_slice(draw_anatomy(rng=rng), size_px=96, height_mm=0.0, rng=rng)
    return np.rint(phantom.picture)


def values_of(path, frame=0):
    slice_ = slices_of(read_header(path), needs_hu=False)[frame]
    return read_values(slice_.stored, slice_.scale)


def grey_of(path, shown):
    (slice_,) = slices_of(read_header(path), needs_hu=False)
    return read_grey(slice_.stored, slice_.scale, shown)


def compressed_by_gdcm(source, target):
    """Compress as scanners do: JPEG lossless, process 14, selection value 1."""
    gdcm = pytest.importorskip("gdcm")
    reader = gdcm.ImageReader()
    reader.SetFileName(str(source))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(target))
    assert writer.Write()


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_compressed_slices_are_equal_to_plain_ones(tmp_path, hounsfield, syntax):
    dataset = ct_slice(hounsfield)
    save(dataset, tmp_path / "plain.dcm")
    dataset.compress(syntax, generate_instance_uid=False)
    save(dataset, tmp_path / "small.dcm")
    assert (tmp_path / "small.dcm").stat().st_size < 0.9 * (tmp_path / "plain.dcm").stat().st_size
    assert (values_of(tmp_path / "small.dcm") == hounsfield).all()


def test_jpeg_lossless_slices_are_equal_to_plain_ones(tmp_path, hounsfield):
    save(ct_slice(hounsfield), tmp_path / "plain.dcm")
    compressed_by_gdcm(tmp_path / "plain.dcm", tmp_path / "small.dcm")
    syntax = pydicom.dcmread(tmp_path / "small.dcm").file_meta.TransferSyntaxUID
    assert syntax == JPEGLosslessSV1
    assert (values_of(tmp_path / "small.dcm") == hounsfield).all()


@pytest.mark.parametrize("syntax", [DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_other_ways_of_writing_plain_numbers(tmp_path, hounsfield, syntax):
    dataset = ct_slice(hounsfield)
    dataset.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = (hounsfield + 1024).astype(">u2").tobytes()
    save(dataset, tmp_path / "a.dcm")
    assert (values_of(tmp_path / "a.dcm") == hounsfield).all()


def test_signed_numbers_slope_and_unused_high_bits(tmp_path):
    # 12 bits, signed: 0x0FFF is -1 whatever the four bits above hold
    dataset = ct_slice(np.zeros((1, 4)))
    put_pixels(dataset, np.array([[0x0FFF, 0xFFFF, 0x07FF, 0x0800]], np.uint16).view(np.int16))
    dataset.BitsStored, dataset.HighBit = 12, 11
    dataset.RescaleSlope, dataset.RescaleIntercept = 0.5, 10
    save(dataset, tmp_path / "a.dcm")
    assert values_of(tmp_path / "a.dcm").tolist() == [[9.5, 9.5, 1033.5, -1014]]


def test_eight_and_thirty_two_bits(tmp_path):
    for kind in (np.uint8, np.int32):
        dataset = ct_slice(np.zeros((1, 2)))
        put_pixels(dataset, np.array([[7, 100]], kind))
        save(dataset, tmp_path / "a.dcm")
        assert values_of(tmp_path / "a.dcm").tolist() == [[-1017, -924]]
        shown = Window(low=-1024.0, high=-769.0)
        assert grey_of(tmp_path / "a.dcm", shown).tolist() == [[7, 100]]


def test_modality_table(tmp_path):
    table = Dataset()
    table.LUTDescriptor, table.LUTData = [3, 10, 16], [100, 200, 300]
    table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
    dataset = ct_slice(np.array([[9, 10, 11, 12, 13]]) - 1024)
    dataset.ModalityLUTSequence = Items([table])
    save(dataset, tmp_path / "a.dcm")
    assert values_of(tmp_path / "a.dcm").tolist() == [[100, 100, 200, 300, 300]]


@pytest.mark.parametrize(("padding", "bits_stored"), [(2000, 16), (63536, 12)])
def test_what_lies_outside_the_scan_is_black(tmp_path, padding, bits_stored):
    # 976 HU would be white; some scanners pad with numbers beyond the bits that they declare
    dataset = ct_slice(np.array([[padding - 1024, 975, 40]]))
    dataset.PixelPaddingValue, dataset.BitsStored = padding, bits_stored
    dataset["PixelPaddingValue"].VR = "US"
    save(dataset, tmp_path / "a.dcm")
    shown = Window(low=-160.0, high=240.0)
    assert grey_of(tmp_path / "a.dcm", shown).tolist() == [[0, 255, 128]]


def with_mask(folder, **elements):
    values = np.array([[0, 100, 200, 300]] * 4)
    save(ct_slice(values, **elements), folder / "a.dcm")
    write_structures(folder / "rt.dcm", {"a": [square(0.5, 2.5, 0)]})
    return folder


def shown_row(folder, settings):
    findings = DICOM.find(folder, settings)
    (case,) = next(iter(findings.units)).read()
    assert (picture_at(folder, case.picture.origin) == case.picture.pixels).all()
    return case.picture.pixels[0, :, 0].tolist(), findings


def test_monochrome1_changes_nothing_of_ct(tmp_path):
    folder = with_mask(tmp_path, PhotometricInterpretation="MONOCHROME1")
    row, _ = shown_row(folder, SourceSettings(window="0,300"))
    assert row == [0, 85, 170, 255]


MR = {"Modality": "MR", "RescaleSlope": None, "RescaleIntercept": None}


@pytest.mark.parametrize(
    ("elements", "window", "row", "said"),
    [
        # stored numbers of MR are the values: 1024..1324 here
        ({}, "1024,1324", [0, 85, 170, 255], "as asked for"),
        ({"WindowCenter": 1124.5, "WindowWidth": 201}, "", [0, 128, 255, 255], "own window"),
        ({}, "", [0, 85, 170, 255], "percentiles"),
        (
            {"PhotometricInterpretation": "MONOCHROME1"},
            "1024,1324",
            [255, 170, 85, 0],
            "high values dark",
        ),
    ],
)
def test_series_without_hounsfield_units(tmp_path, elements, window, row, said):
    folder = with_mask(tmp_path, **MR, **elements)
    found, findings = shown_row(folder, SourceSettings(window=window))
    assert np.abs(np.subtract(found, row)).max() <= 2
    assert any(said in note for note in findings.notes)
    assert "window_hu" not in findings.facts


@pytest.mark.parametrize(
    ("part", "window", "expected"),
    [
        ("KIDNEY", "", [-160, 240]),
        ("", "", [-160, 240]),
        ("CHEST", "", [-1350, 150]),
        ("CHEST", "abdomen", [-160, 240]),
        ("CHEST", "-10,20", [-10, 20]),
    ],
)
def test_window_of_a_dataset(tmp_path, part, window, expected):
    folder = with_mask(tmp_path, BodyPartExamined=part)
    findings = DICOM.find(folder, SourceSettings(window=window))
    assert findings.facts["window_hu"] == expected
    assert any(f"from {expected[0]} to {expected[1]} HU" in note for note in findings.notes)


def enhanced(frames):
    """Return an enhanced CT of constant frames (height in mm, stored number, slope)."""
    dataset = dataset_of(EnhancedCTImageStorage, "CT", series="a", patient="Doe")
    put_pixels(dataset, np.stack([np.full((8, 9), stored, np.uint16) for _, stored, _ in frames]))
    dataset.NumberOfFrames, dataset.InstanceNumber = len(frames), 1
    shared, plane, measures = Dataset(), Dataset(), Dataset()
    plane.ImageOrientationPatient, measures.PixelSpacing = list(AXIAL), [2, 3]
    shared.PlaneOrientationSequence = Items([plane])
    shared.PixelMeasuresSequence = Items([measures])
    dataset.SharedFunctionalGroupsSequence = Items([shared])
    groups = Items()
    for height, _, slope in frames:
        item, place, values = Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient = [0, 0, height]
        values.RescaleSlope, values.RescaleIntercept, values.RescaleType = slope, -1000, "HU"
        item.PlanePositionSequence = Items([place])
        item.PixelValueTransformationSequence = Items([values])
        groups.append(item)
    dataset.PerFrameFunctionalGroupsSequence = groups
    return dataset


@pytest.mark.parametrize("syntax", [None, RLELossless])
def test_enhanced_ct_has_a_place_and_a_scale_for_each_frame(tmp_path, syntax):
    dataset = enhanced([(4, 1100, 1), (0, 500, 2), (2, 1200, 1)])
    if syntax:
        dataset.compress(syntax, generate_instance_uid=False)
    save(dataset, tmp_path / "all.dcm")
    write_structures(tmp_path / "rt.dcm", {"a": [square(1, 8, 2)]})
    findings = DICOM.find(tmp_path, SourceSettings(window="0,255"))
    cases = list(findings.units[0].read())
    assert [case.picture.pixels[0, 0, 0] for case in cases] == [0, 200, 100]
    assert [case.mask.any() for case in cases] == [False, True, False]
    assert cases[0].picture.spacing_mm == (2.0, 3.0)
    for case in cases:
        assert (picture_at(tmp_path, case.picture.origin) == case.picture.pixels).all()


def test_more_frames_than_places_are_refused(tmp_path):
    dataset = enhanced([(0, 1, 1), (2, 1, 1)])
    dataset.NumberOfFrames = 2_000_000_000
    save(dataset, tmp_path / "a.dcm")
    with pytest.raises(DataError, match="declares 2000000000 frames"):
        slices_of(read_header(tmp_path / "a.dcm"))


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_damaged_pixels_are_refused_or_decoded_and_never_crash(tmp_path, hounsfield, syntax):
    dataset = ct_slice(hounsfield)
    dataset.compress(syntax, generate_instance_uid=False)
    path = save(dataset, tmp_path / "a.dcm")
    offset, good = read_header(path).stored.offset, path.read_bytes()
    rng, refused = np.random.default_rng(0), 0
    for _ in range(20):
        bad = np.frombuffer(good, np.uint8).copy()
        bad[rng.integers(offset, len(bad), 8)] = rng.integers(0, 256, 8)
        path.write_bytes(bad.tobytes()[: int(rng.integers(offset, len(bad) + 500))])
        try:
            assert values_of(path).shape == (96, 96)
        except DataError:
            refused += 1
    assert refused > 5


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless])
def test_another_size_inside_is_refused_before_decoding(tmp_path, hounsfield, syntax):
    dataset = ct_slice(hounsfield)
    dataset.compress(syntax, generate_instance_uid=False)
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    assert declared_size(frame) == (96, 96)
    assert declared_size(frame[:6]) is None
    dataset.Rows = 48
    dataset.PixelData = encapsulate([frame])
    save(dataset, tmp_path / "a.dcm")
    with pytest.raises(DataError, match="declares 96x48 pixels, its compressed data 96x96"):
        values_of(tmp_path / "a.dcm")


def test_a_bomb_is_not_inflated(tmp_path, monkeypatch):
    monkeypatch.setattr(elements, "MOST_INFLATED_BYTES", 2 * 2**20)
    dataset = ct_slice(np.zeros((4, 4)))
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.PixelData = bytes(4 * 2**20)
    save(dataset, tmp_path / "bomb.dcm")
    with pytest.raises(DataError, match="over 2 MiB when inflated"):
        read_header(tmp_path / "bomb.dcm")
