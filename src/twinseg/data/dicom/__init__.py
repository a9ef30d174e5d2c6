"""The one door to pydicom: series of slices, and the masks that come with them."""

from twinseg.data.dicom.one_slice import DicomSlice, read_slice
from twinseg.data.dicom.write import SlicePlace, write_ct_slice

__all__ = [
    "DicomSlice",
    "SlicePlace",
    "read_slice",
    "write_ct_slice",
]
