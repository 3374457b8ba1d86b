"""The part of a map that is worth looking at."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from map_sharpening.maps.map_data import FloatMap

Box: TypeAlias = tuple[slice, slice, slice]
_STEP = 2  #: grid points between those that are looked at first; masks are thicker


def box_of_mask(mask: FloatMap, least: float) -> Box | None:
    """Return the box that holds a mask's points from a value on, and a little around.

    Parameters
    ----------
    mask : ndarray, shape (z, y, x)
        0 to 1.
    least : float
        Points that are lower are outside.

    Returns
    -------
    (slice, slice, slice) or None
        Along z, y, x; None if all points are lower.
    """
    # All are looked at only if the mask is nowhere so thick that the first look finds it.
    return _box_of_points(mask, least, _STEP) or _box_of_points(mask, least, 1)


def _box_of_points(mask: FloatMap, least: float, step: int) -> Box | None:
    is_inside = mask[::step, ::step, ::step] >= least
    slices = []
    for axis, n in enumerate(mask.shape):
        others = tuple(other for other in range(3) if other != axis)
        places = np.flatnonzero(is_inside.any(axis=others))
        if not places.size:
            return None
        first, last = int(places[0]) * step, int(places[-1]) * step
        slices.append(slice(max(first - _STEP, 0), min(last + _STEP + 1, n)))
    z, y, x = slices
    return z, y, x
