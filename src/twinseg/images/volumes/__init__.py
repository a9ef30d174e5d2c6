"""Volumes in one file (NIfTI, NRRD, MHA) and how they lie in the patient."""
