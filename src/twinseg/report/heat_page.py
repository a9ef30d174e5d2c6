"""Overlays of heat maps of a person's own pictures, and the page that shows them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from twinseg.core.arrays import Picture
from twinseg.core.progress import Progress
from twinseg.core.store import write_json, write_text
from twinseg.data.named_pictures import NamedPictures
from twinseg.explanation import Explained, read_heat_maps, region_file
from twinseg.findings.heat_maps import TOP_PERCENTILE, scale_top
from twinseg.report.environment import environment
from twinseg.report.overlays import colour_bar, heat_overlay
from twinseg.report.tiles import data_uri, region_outlined

LONGEST_SIDE_PX = 1024  # of an overlay
MAPS_FOR_THE_SCALE = 500


@dataclass(frozen=True)
class About:
    """What the page says of the model and the pictures."""

    model: str
    source: str


def draw_heat_maps(
    explained: Explained,
    shown: NamedPictures,
    folder: Path,
    page: Path,
    about: About,
    progress: Progress,
) -> None:
    """Write ``folder/<name>.png`` for every map, its region outlined, ``scale.json``, and ``page``.

    The brightest colour stands for one value, the same in all pictures: the 99th percentile of
    all values above 0. Of more than `MAPS_FOR_THE_SCALE` maps so many, evenly spaced, are asked.
    A picture whose longer side exceeds `LONGEST_SIDE_PX` is drawn smaller.
    """
    count = len(explained.ids)
    asked = np.unique(np.linspace(0, count - 1, min(count, MAPS_FOR_THE_SCALE)).astype(int))
    chosen = [_values(explained, folder, int(place)) for place in asked]
    top = scale_top(chosen, values=sum(heat.size for heat in chosen))
    write_json(folder / "scale.json", {"top": None if np.isnan(top) else top, "maps": len(asked)})
    with progress.task("drawing", count, unit="pictures") as task:
        for place, name in enumerate(explained.ids):
            heat = _values(explained, folder, place)
            overlay = heat_overlay(_small(shown.picture(name)), heat, top)
            with Image.open(region_file(folder, name)) as region:
                overlay = region_outlined(overlay, np.asarray(region) > 0)
            Image.fromarray(overlay).save(folder / f"{name}.png", compress_level=1)
            task.advance()
    template = environment().get_template("heat_page.html")
    html = template.render(
        explained=explained,
        about=about,
        top=top,
        maps_for_the_scale=len(asked),
        top_percentile=TOP_PERCENTILE,
        colour_bar=data_uri(colour_bar()),
        folder=folder.name,
    )
    write_text(page, html)


def _values(explained: Explained, folder: Path, place: int) -> np.ndarray:
    if (folder / "values").is_dir():
        values: np.ndarray = np.load(folder / "values" / f"{explained.ids[place]}.npy")
        return values
    heat: np.ndarray = read_heat_maps(folder, [explained.ids[place]])[0]
    return heat


def _small(picture: Picture) -> Picture:
    image = Image.fromarray(picture)
    image.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    return np.asarray(image)
