"""The one door to slides: openslide, tifffile and defusedxml are imported nowhere else."""

from twinseg.data.slides.opening import open_slide as open_slide
from twinseg.data.slides.scaled import read_tile as read_tile
from twinseg.data.slides.slide import Level as Level
from twinseg.data.slides.slide import Slide as Slide
from twinseg.data.slides.slide import Tile as Tile
from twinseg.data.slides.tiles import tile_places as tile_places
