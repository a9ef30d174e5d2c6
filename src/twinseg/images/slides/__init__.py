"""Slides: the one door to OpenSlide and, for outlines in `data/slides` apart, to tifffile."""
