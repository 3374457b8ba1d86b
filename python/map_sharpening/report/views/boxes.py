"""The part of a map that is worth looking at."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from map_sharpening.maps.map_data import FloatMap

Box: TypeAlias = tuple[slice, slice, slice]
_STEP = 2  #: grid points between those that are looked at; masks are thicker


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
        Along z, y, x; None if all points that are looked at are lower.
    """
    is_inside = mask[::_STEP, ::_STEP, ::_STEP] >= least
    slices = []
    for axis, n in enumerate(mask.shape):
        others = tuple(other for other in range(3) if other != axis)
        places = np.flatnonzero(is_inside.any(axis=others))
        if not places.size:
            return None
        first, last = int(places[0]) * _STEP, int(places[-1]) * _STEP
        slices.append(slice(max(first - _STEP, 0), min(last + _STEP + 1, n)))
    z, y, x = slices
    return z, y, x
