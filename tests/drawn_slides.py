"""Small slides of every kind, drawn and written for tests."""

import io
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import JPEGBaseline8Bit

WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"


def tissue_picture(height: int, width: int, *, left: int, right: int) -> np.ndarray:
    """White glass with pink, finely varying tissue between two columns."""
    picture = np.full((height, width, 3), 245, dtype=np.uint8)
    rows, columns = np.indices((height, right - left))
    picture[:, left:right, 0] = 200 + (rows + columns) % 30
    picture[:, left:right, 1] = 90 + (3 * rows + columns) % 50
    picture[:, left:right, 2] = 150 + (rows + 5 * columns) % 40
    return picture


def write_pyramid(path: Path, picture: np.ndarray, *, mpp: float | None = 0.5) -> Path:
    """TIFF of two levels in tiles, the second in a page of its own, as OpenSlide reads it."""
    more = {} if mpp is None else {"resolution": (1e4 / mpp, 1e4 / mpp), "resolutionunit": 3}
    with tifffile.TiffWriter(path) as file:
        for step in (1, 4):
            file.write(
                picture[::step, ::step],
                tile=(64, 64),
                photometric="rgb" if picture.ndim == 3 else "minisblack",
                compression="deflate",
                subfiletype=step != 1,
                metadata=None,
                **(more if step == 1 else {}),
            )
    return path


def write_ome(path: Path, picture: np.ndarray, *, separate: bool = False) -> Path:
    """OME-TIFF of two levels, the second in a SubIFD; 0.25 micrometres a pixel."""
    stored = np.moveaxis(picture, 2, 0) if separate else picture
    options = {
        "photometric": "rgb",
        "tile": (64, 64),
        "planarconfig": "separate" if separate else "contig",
    }
    with tifffile.TiffWriter(path, ome=True) as file:
        file.write(
            stored,
            subifds=1,
            metadata={
                "axes": "CYX" if separate else "YXS",
                "PhysicalSizeX": 250.0,
                "PhysicalSizeXUnit": "nm",
                "PhysicalSizeY": 0.25,
            },
            **options,
        )
        small = stored[:, ::2, ::2] if separate else stored[::2, ::2]
        file.write(small, subfiletype=1, **options)
    return path


def write_dicom(
    path: Path, picture: np.ndarray, *, series: str, patient: str, tile: int = 128
) -> Path:
    """One level of a DICOM slide at 0.5 micrometres a pixel, JPEG of quality 95."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = WHOLE_SLIDE
    meta.MediaStorageSOPInstanceUID = f"{series}.{picture.shape[0]}"
    meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = WHOLE_SLIDE
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.PatientID, dataset.PatientName = patient, "DOE^JOHN"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = f"{series}.1", series
    dataset.FrameOfReferenceUID = f"{series}.2"
    dataset.Modality = "SM"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    dataset.DimensionOrganizationType = "TILED_FULL"
    frames = _frames(picture, tile)
    dataset.NumberOfFrames = len(frames)
    dataset.Rows = dataset.Columns = tile
    dataset.TotalPixelMatrixRows, dataset.TotalPixelMatrixColumns = picture.shape[:2]
    dataset.SamplesPerPixel, dataset.PlanarConfiguration = 3, 0
    dataset.PhotometricInterpretation = "YBR_FULL_422"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    measures, shared = Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [0.0005, 0.0005], 0.001
    shared.PixelMeasuresSequence = Sequence([measures])
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    dataset.TotalPixelMatrixFocalPlanes = dataset.NumberOfOpticalPaths = 1
    optics = Dataset()
    optics.OpticalPathIdentifier = "1"
    dataset.OpticalPathSequence = Sequence([optics])
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path, enforce_file_format=True)
    return path


def _frames(picture: np.ndarray, tile: int) -> list[bytes]:
    frames = []
    for y in range(0, picture.shape[0], tile):
        for x in range(0, picture.shape[1], tile):
            part = picture[y : y + tile, x : x + tile]
            whole = np.full((tile, tile, 3), 255, dtype=np.uint8)
            whole[: part.shape[0], : part.shape[1]] = part
            packed = io.BytesIO()
            Image.fromarray(whole).save(packed, "JPEG", quality=95, subsampling=0)
            frames.append(packed.getvalue())
    return frames


def write_scn(
    path: Path, picture: np.ndarray, *, at: tuple[int, int], glass: tuple[int, int]
) -> Path:
    """Leica SCN of one scanned area at ``at`` (x, y) of a ``glass`` (wide, high)."""
    nm, (height, width) = 500, picture.shape[:2]
    macro = np.full((glass[1] // 20, glass[0] // 20, 3), 235, dtype=np.uint8)
    images = [(macro, 1, glass, (0, 0), [0]), (picture, 20, (width, height), at, [1, 2])]
    text = (
        '<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01" uuid="urn:uuid:1">'
        f'<collection name="c" uuid="urn:uuid:2" sizeX="{glass[0] * nm}" sizeY="{glass[1] * nm}">'
        "<barcode></barcode>"
    )
    for number, (pixels, power, (wide, high), (x, y), pages) in enumerate(images):
        text += (
            f'<image name="{number}" uuid="urn:uuid:{number + 3}"><device model="m" version="1"/>'
            f'<pixels sizeX="{pixels.shape[1]}" sizeY="{pixels.shape[0]}">'
        )
        for level, page in enumerate(pages):
            sides = [side // 4**level for side in (pixels.shape[1], pixels.shape[0])]
            text += f'<dimension sizeX="{sides[0]}" sizeY="{sides[1]}" r="{level}" ifd="{page}"/>'
        text += (
            f'</pixels><view sizeX="{wide * nm}" sizeY="{high * nm}" offsetX="{x * nm}" '
            f'offsetY="{y * nm}" spacingZ="0"/><scanSettings><objectiveSettings><objective>{power}'
            "</objective></objectiveSettings><illuminationSettings><illuminationSource>brightfield"
            "</illuminationSource></illuminationSettings></scanSettings></image>"
        )
    text += "</collection></scn>"
    with tifffile.TiffWriter(path, bigtiff=True) as file:
        for number, pixels in enumerate((macro, picture, picture[::4, ::4])):
            file.write(
                np.ascontiguousarray(pixels),
                description=text if number == 0 else "",
                photometric="rgb",
                tile=(64, 64),
                compression="deflate",
                metadata=None,
            )
    return path


def aperio(*regions: tuple[list[tuple[float, float]], bool], mpp: str = "") -> str:
    """One layer in the words of ImageScope; the flag says whether a region is cut out."""
    said = f' MicronsPerPixel="{mpp}"' if mpp else ""
    text = f'<Annotations{said}><Annotation Id="1" Name="" LineColor="255"><Regions>'
    for corners, negative in regions:
        text += f'<Region Type="0" NegativeROA="{int(negative)}"><Vertices>'
        text += "".join(f'<Vertex X="{x}" Y="{y}"/>' for x, y in corners)
        text += "</Vertices></Region>"
    return f"{text}</Regions></Annotation></Annotations>"


def box(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    """Four corners."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
