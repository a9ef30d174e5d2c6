"""Series of slices in DICOM: the door to pydicom, with `data/dicom`, which reads masks."""
