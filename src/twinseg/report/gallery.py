"""Which test cases are shown, and everything that is drawn of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twinseg.core.arrays import Mask, Picture
from twinseg.core.errors import DataError
from twinseg.core.progress import Progress
from twinseg.data.case import Case
from twinseg.data.prepared import PreparedDataset
from twinseg.explanation import read_heat_maps
from twinseg.findings.belief import Judgement, verdict_of
from twinseg.findings.telling_cases import COMBINED_BEATS_BOTH
from twinseg.report.close_up import WHOLE, Window, close_up
from twinseg.report.models import Model
from twinseg.report.overlay_files import HeatScale
from twinseg.report.overlays import heat_overlay
from twinseg.report.pictures import Pictures
from twinseg.report.study_contents import Contents
from twinseg.report.tiles import (
    SmallPicture,
    agreement_drawn,
    enlarge,
    errors_drawn,
    outlined,
    shrink_to_tile,
)

TILE_PX, CUT_FROM_PX = 512, 1024
_TRUST = {
    Judgement.HOLDS: "passed its tests",
    Judgement.FAILS: "failed a test: do not believe it",
    Judgement.OPEN: "not confirmed",
}
FIRST = ("decoder", "target")  # layer and region of the heat maps that are shown first


@dataclass(frozen=True)
class Thumbnail:
    """One picture with its caption."""

    label: str
    address: str
    model: Model | None = None  # whose mask or heat map it is
    note: str = ""
    trust: str = ""  # of a heat map: whether maps of its kind may be believed


@dataclass(frozen=True)
class Exhibit:
    """One case of the gallery.

    Attributes:
        case: Which.
        reason: Why it is shown.
        dice: Of each model that is shown.
        main: Picture, reference, the errors of both twins, and what both look at.
        masks: The combinations, and where the twins differ.
        heat_maps: All of each twin.
    """

    case: Case
    reason: str
    dice: dict[Model, float]
    main: tuple[Thumbnail, ...]
    masks: tuple[Thumbnail, ...]
    heat_maps: dict[Model, tuple[Thumbnail, ...]]

    @property
    def lacks_a_map(self) -> bool:
        """Whether a twin marked nothing, so that there is no map of what it marked."""
        return any(tile.note for tile in self.main if tile.model)


def most_telling(exhibits: Sequence[Exhibit]) -> Exhibit | None:
    """Return the case that is shown first of all: one with every map, if there is any."""
    whole = [one for one in exhibits if not one.lacks_a_map]
    return next(iter([*whole, *exhibits]), None)


def draw_gallery(
    study: Contents,
    data: PreparedDataset,
    scales: tuple[HeatScale, ...],
    pictures: Pictures,
    progress: Progress,
) -> tuple[Exhibit, ...]:
    """Draw the cases that findings chose, from their source files."""
    dice = {model: study.scores_of("dice", model) for model in study.models}
    chosen = {str(row["case"]): str(row["reason"]) for row in study.rows("telling_cases")}
    positions = {case.id: position for position, case in enumerate(data.dataset.cases)}
    places = {case_id: place for place, case_id in enumerate(study.test_cases)}
    exhibits = []
    with progress.task("drawing the gallery", len(chosen), unit="cases") as task:
        for case_id, reason in chosen.items():
            position = positions[case_id]
            case, (picture, note) = data.dataset.cases[position], _shown(data, position, progress)
            reference = data.reference(position)
            tile, window = _tile_of(study, case_id, picture, reference)
            of_case = {model: float(dice[model][places[case_id]]) for model in study.models}
            shown = _shown_models(study, of_case, reason)
            drawer = _Drawer(study, shown, case, tile, window, reference, pictures)
            heat_maps = {twin: drawer.heat_tiles(twin, scales) for twin in study.twins}
            exhibits.append(
                Exhibit(
                    case=case,
                    reason=reason,
                    dice={model: of_case[model] for model in shown},
                    main=drawer.main_tiles(note, _first(heat_maps, scales)),
                    masks=drawer.mask_tiles(),
                    heat_maps=heat_maps,
                )
            )
            task.advance()
    return tuple(exhibits)


def _tile_of(
    study: Contents, case_id: str, picture: Picture, reference: Mask
) -> tuple[SmallPicture, Window]:
    """Return a picture as large as its close-up needs, and that; all of a smaller one without."""
    masks = [study.predictions_of(twin).mask(case_id) for twin in study.twins]
    marked = np.any([reference, *masks], axis=0)
    tile = shrink_to_tile(picture, CUT_FROM_PX)
    window = close_up(marked, *tile.shape[:2])
    if window == WHOLE:
        return shrink_to_tile(picture, TILE_PX), window
    rows, _ = window
    tile = enlarge(tile, -(-TILE_PX // (2 * (rows.stop - rows.start))))
    return tile, close_up(marked, *tile.shape[:2])


def _shown_models(study: Contents, dice: dict[Model, float], reason: str) -> tuple[Model, ...]:
    """Return the twins and some rules; where a combination beats both, that one is among them."""
    if reason != COMBINED_BEATS_BOTH:
        return study.pictured
    best = max(study.rules, key=lambda rule: np.nan_to_num(dice[rule], nan=-1.0))
    return (*study.twins, best, *(m for m in study.pictured if m not in (*study.twins, best)))


def _first(
    heat_maps: dict[Model, tuple[Thumbnail, ...]], scales: tuple[HeatScale, ...]
) -> list[Thumbnail]:
    place = next(n for n, scale in enumerate(scales) if (scale.layer, scale.region) == FIRST)
    return [tiles[place] for tiles in heat_maps.values()]


def _shown(data: PreparedDataset, position: int, progress: Progress) -> tuple[Picture, str]:
    """Return the untouched picture; where it is gone, what is kept of it, and a note."""
    try:
        return data.picture(position), ""
    except (DataError, OSError) as error:
        case = data.dataset.cases[position]
        progress.say(
            f"note: the report shows case {case.id} at training size: {error}; put it back and "
            "give the same command again to see it as it is"
        )
        return data.kept_picture(position), "at training size: its file is gone"


@dataclass(frozen=True)
class _Drawer:
    """Draws one case."""

    study: Contents
    shown: tuple[Model, ...]
    case: Case
    tile: SmallPicture
    window: Window
    reference: Mask
    pictures: Pictures

    def main_tiles(self, note: str, maps: Sequence[Thumbnail]) -> tuple[Thumbnail, ...]:
        """Return picture and errors of the twins, then the reference and what the twins look at."""
        label = "image" if self._is_whole else "part of the image"
        return (
            Thumbnail(label, self._save(self.tile), note=note),
            *(self._errors(twin) for twin in self.study.twins),
            Thumbnail("reference", self._save(outlined(self.tile, self.reference))),
            *maps,
        )

    def mask_tiles(self) -> tuple[Thumbnail, ...]:
        """Return the errors of the combinations that are pictured, and where the twins differ."""
        twins = self.study.twins
        first, second = (self.study.predictions_of(twin).mask(self.case.id) for twin in twins)
        drawn = agreement_drawn(self.tile, first, second, (twins[0].colour, twins[1].colour))
        rules = [model for model in self.shown if model not in twins]
        whole = () if self._is_whole else (self._whole(),)
        return (
            *whole,
            *(self._errors(rule) for rule in rules),
            Thumbnail("where the twins differ", self._save(drawn)),
        )

    def heat_tiles(self, twin: Model, scales: tuple[HeatScale, ...]) -> tuple[Thumbnail, ...]:
        """Return all heat maps of a twin."""
        tiles = []
        for scale in scales:
            folder = self.study.heat_maps_of(twin, scale.name)
            heat = read_heat_maps(folder, [self.case.id])[0]
            note = f"no {scale.region} pixels" if np.isnan(heat).any() else ""
            drawn = self._save(heat_overlay(self.tile, heat, scale.top))
            verdict = verdict_of(self.study.table("belief"), twin.id, scale.name)
            label = f"heat map {scale.layer}, {scale.region}"
            tiles.append(Thumbnail(label, drawn, twin, note, _TRUST[verdict.believed]))
        return tuple(tiles)

    @property
    def _is_whole(self) -> bool:
        return self.window == WHOLE

    def _save(self, drawn: SmallPicture) -> str:
        return self.pictures.save(np.ascontiguousarray(drawn[self.window]))

    def _whole(self) -> Thumbnail:
        drawn = outlined(self.tile, self.reference)
        return Thumbnail("whole image", self.pictures.save(drawn))

    def _errors(self, model: Model) -> Thumbnail:
        predicted = self.study.predictions_of(model).mask(self.case.id)
        drawn = errors_drawn(self.tile, predicted, self.reference)
        return Thumbnail("errors", self._save(drawn), model)
