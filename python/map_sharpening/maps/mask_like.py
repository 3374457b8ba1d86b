"""Whether a map's values are those of a mask."""

from __future__ import annotations

from typing import Literal

import numpy as np

from map_sharpening.maps.map_data import MapData

MaskLikeness = Literal["mask", "unclear", "density"]

#: Values by which masks are resampled or filtered beyond 0 and 1, as a share of the step.
_OVERSHOOT = 0.2
#: How near to one of its two levels a value counts as at it.
_AT_LEVEL = 0.02
#: Share of the points at one of the two levels, below which it is density.
_LEAST_AT_LEVELS = 0.5
#: Of the points that aren't outside, the share at the upper level: soft edges may be wide.
_LEAST_INSIDE = 0.05
#: Share at the upper level of density that was scaled to 1 at its maximum and masked.
_MOST_OF_DENSITY = 0.001
_LOOKED_AT = 200_000  #: points


def mask_likeness(map_data: MapData) -> MaskLikeness:
    """Judge from a sample of the values whether a map is a mask.

    Most points of a mask lie at one of two levels, 0 and 1 with a small overshoot or those of
    its file's numbers, and many of those that aren't outside lie at the upper one. Density,
    also where it was masked or scaled to a maximum of 1, hardly ever reaches its maximum.

    Parameters
    ----------
    map_data : MapData
        A map with finite values.

    Returns
    -------
    "mask", "unclear" or "density"
    """
    step = max(1, int(np.cbrt(map_data.values.size / _LOOKED_AT)))
    values = np.asarray(map_data.values[::step, ::step, ::step], dtype=np.float64).ravel()
    lowest, highest = float(values.min()), float(values.max())
    if lowest == highest:
        return "mask" if lowest == 1 else "density"
    is_unit = lowest >= -_OVERSHOOT and 1 - _OVERSHOOT <= highest <= 1 + _OVERSHOOT
    low, high = (0.0, 1.0) if is_unit else (lowest, highest)
    near = _AT_LEVEL * (high - low)
    # Beyond a level counts as at it: that is overshoot.
    n_outside = np.count_nonzero(values <= low + near)
    n_inside = np.count_nonzero(values >= high - near)
    if n_outside + n_inside < _LEAST_AT_LEVELS * values.size:
        return "density"
    share_inside = n_inside / max(values.size - n_outside, 1)
    if share_inside >= _LEAST_INSIDE:
        return "mask"
    is_within = lowest >= -_AT_LEVEL and abs(highest - 1) <= _AT_LEVEL
    return "unclear" if is_within and share_inside > _MOST_OF_DENSITY else "density"
