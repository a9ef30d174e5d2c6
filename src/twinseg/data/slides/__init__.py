"""Annotations of slides: outlines and mask slides; defusedxml is imported here alone."""
