"""Whether the molecule of a map lies below its solvent."""

from __future__ import annotations

import numpy as np

from map_sharpening.maps.map_data import FloatMap

#: Skewness below which density reaches further down than up; without a mask it must be clearer.
_SKEWED, _SKEWED_IN_BOX = -0.1, -0.25
#: How far the mean inside a mask lies below that outside, in standard deviations.
_BELOW = -0.1
_ENOUGH_VALUES = 250_000

INVERTED = (
    "the contrast is inverted (the density of the molecule is below that of the solvent): the "
    "map is sharpened as it is, with a negative contour level; multiply the maps by -1 before "
    "deposition"
)


def has_inverted_contrast(values: FloatMap, mask: FloatMap | None = None) -> bool:
    """Judge by the skewness of a sharpened map, and its mean inside a mask and outside.

    Atoms make few high values among many low ones: the skewness of density is positive.

    Parameters
    ----------
    values : ndarray
        A sharpened map, whose noise is low.
    mask : ndarray, optional
        0 to 1, of the same shape; without it the skewness decides alone.
    """
    step = max(1, round(float(np.cbrt(values.size / _ENOUGH_VALUES))))
    sample = values[::step, ::step, ::step].astype(np.float64)
    spread = float(sample.std())
    if spread == 0:
        return False
    about = (sample - sample.mean()) / spread
    skewness = float((np.square(about) * about).mean())
    if mask is None:
        return skewness < _SKEWED_IN_BOX
    inside = mask[::step, ::step, ::step].astype(np.float64)
    n_inside, n_outside = float(inside.sum()), float((1 - inside).sum())
    if n_inside <= 0 or n_outside <= 0:
        return skewness < _SKEWED_IN_BOX
    above = (sample * inside).sum() / n_inside - (sample * (1 - inside)).sum() / n_outside
    return skewness < _SKEWED and float(above) < _BELOW * spread
