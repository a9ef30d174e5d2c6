"""Masks of DICOM series: RTSTRUCT, DICOM SEG, label volumes and series of masks."""
