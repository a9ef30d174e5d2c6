"""Bones at one height: a vertebra, or the disc between two, and the ribs."""

import math

from twinseg.data.phantoms.anatomy import SIDES, Anatomy, Organ

_BONE, _CORTEX, _MARROW, _DISC, _CORD = 420.0, 560.0, 160.0, 85.0, 25.0
_DISC_SHARE = 0.22  # of the height of a vertebra with its disc
_LONG_MM = 1e4  # upright things are cut at the height they were placed at
_RIB_APART_MM = 26.0
_RIB_SLOPE_MM = 60.0  # that a rib descends per radian around the body
_RIB_ENDS_RAD = (0.7, 1.25, 2.2, 2.3, 2.3, 2.3)  # of the ribs 12, 11, ... : from the back


def bones(anatomy: Anatomy, z_mm: float) -> list[Organ]:
    """Return the bones cut at height ``z_mm``; later ones lie over earlier ones."""
    return [*_vertebra(anatomy, z_mm), *_ribs(anatomy, z_mm)]


def _vertebra(anatomy: Anatomy, z_mm: float) -> list[Organ]:
    height = (z_mm + anatomy.vertebra_offset_mm) / anatomy.vertebra_height_mm % 1
    y_mm = anatomy.spine_y_mm
    if height < _DISC_SHARE:
        front = [_bone((0.0, y_mm), (23.0, 17.0), hounsfield=_DISC)]
    else:
        front = [
            *(_bone((side * 13.0, y_mm + 19), (5.0, 10.0)) for side in SIDES),  # the pedicles
            _bone((0.0, y_mm), (23.0, 17.0), hounsfield=_MARROW, wall_hounsfield=_CORTEX),
        ]
    if 0.4 < height < 0.75:
        front += [
            _bone((side * 28.0, y_mm + 25), (13.0, 3.0), turn_rad=0.2 * side) for side in SIDES
        ]
    return [
        *front,
        *(_bone((side * 15.0, y_mm + 31), (6.0, 8.0)) for side in SIDES),
        _bone((0.0, y_mm + 28), (16.0, 14.0)),
        _bone((0.0, y_mm + 48), (3.5, 14.0)),
        _bone((0.0, y_mm + 26), (10.0, 9.0), hounsfield=_CORD),
    ]


def _ribs(anatomy: Anatomy, z_mm: float) -> list[Organ]:
    half_width_mm = anatomy.half_width_mm - anatomy.fat_mm - 4.5
    half_depth_mm = anatomy.half_depth_mm - anatomy.fat_mm - 4.5
    ribs = []
    for number, end_rad in enumerate(_RIB_ENDS_RAD):
        root_mm = 40 + anatomy.rib_offset_mm + number * _RIB_APART_MM
        around_rad = (root_mm - z_mm) / _RIB_SLOPE_MM
        if not 0.25 < around_rad < end_rad:
            continue
        x_mm, y_mm = half_width_mm * math.sin(around_rad), half_depth_mm * math.cos(around_rad)
        turn_rad = math.atan2(
            -half_depth_mm * math.sin(around_rad), half_width_mm * math.cos(around_rad)
        )
        ribs += [
            _bone(
                (side * x_mm, y_mm),
                (9.0, 4.0),
                hounsfield=_MARROW,
                wall_hounsfield=_CORTEX,
                turn_rad=side * turn_rad,
            )
            for side in SIDES
        ]
    return ribs


def _bone(
    centre_mm: tuple[float, float],
    half_axes_mm: tuple[float, float],
    *,
    hounsfield: float = _BONE,
    wall_hounsfield: float | None = None,
    turn_rad: float = 0.0,
) -> Organ:
    return Organ(
        centre_mm=(*centre_mm, 0.0),
        half_axes_mm=(*half_axes_mm, _LONG_MM),
        hounsfield=hounsfield,
        wall_hounsfield=wall_hounsfield,
        turn_rad=turn_rad,
    )
