"""Volumes in one file (NIfTI, NRRD, MHA) and how they lie in the patient."""

from twinseg.data.volumes.labels import label_masks, overlaps

__all__ = ["label_masks", "overlaps"]
