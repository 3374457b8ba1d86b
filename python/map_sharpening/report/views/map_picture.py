"""The picture of a map: its surface inside the mask, coloured by local resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from map_sharpening.maps.arrays import percentiles
from map_sharpening.maps.map_data import FloatMap
from map_sharpening.report.views.boxes import box_of_mask
from map_sharpening.report.views.surface import Colouring, Shown, surface_png

_INSIDE = 0.5  #: of the mask
_COLOURED = (2.0, 98.0)  #: percentiles of the surface's local resolution, first and last colour
PICTURE_SIZE = 500  #: pixels along each edge, as the EMDB asks


@dataclass(frozen=True)
class MapPicture:
    """A picture, and what its colours mean."""

    png: bytes
    limits: tuple[float, float] | None  #: Å, of the first and the last colour; None: one colour


def map_picture(
    values: FloatMap,
    voxel_size: tuple[float, float, float],
    level: float,
    *,
    mask: FloatMap | None,
    local: FloatMap | None,
    palette: Sequence[str],
    limits: tuple[float, float] | None = None,
    finer: int = 2,
    is_clear: bool = False,
) -> MapPicture | None:
    """Draw the contour surface of a map, 500 x 500 pixels.

    Parameters
    ----------
    values : ndarray, shape (z, y, x)
        The map; finite.
    voxel_size, finer, is_clear
        As of `surface_png`.
    level : float
        Where the surface is.
    mask : ndarray, shape (z, y, x), or None
        0 to 1; what is outside would hide the molecule, and is left out.
    local : ndarray, shape (z, y, x), or None
        Local resolution in Å; None: the surface has one colour.
    palette : sequence of str
        Colours from the best to the worst, #rrggbb.
    limits : (float, float), optional
        Å of the first and the last colour; without them what the surface has, less outliers.

    Returns
    -------
    MapPicture or None
        None if the map is nowhere above the level.
    """
    if mask is not None:
        box = box_of_mask(mask, _INSIDE)
        if box is None:
            return None
        values, mask = values[box], mask[box]
        local = None if local is None else local[box]
    shown = Shown(values, level, mask, _INSIDE)
    colouring = None
    if local is not None:
        found = limits or _limits_on(shown, local)
        colouring = None if found is None else Colouring(local, found, palette)
    png = surface_png(
        shown, voxel_size, colouring, size=PICTURE_SIZE, finer=finer, is_clear=is_clear
    )
    if png is None:
        return None
    return MapPicture(png, None if colouring is None else colouring.limits)


def _limits_on(shown: Shown, local: FloatMap) -> tuple[float, float] | None:
    planes = zip(local, shown.planes_above(), strict=True)
    above = np.concatenate([plane[is_above] for plane, is_above in planes])
    if not above.size:
        return None
    low, high = percentiles(above, _COLOURED)
    return low, high
