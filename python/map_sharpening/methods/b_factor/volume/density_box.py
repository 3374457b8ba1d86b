"""The box in which a map has its density, from the highest value of each plane."""

from __future__ import annotations

import math

import numpy as np

from map_sharpening.errors import MapValueError
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import MapData

Bounds = tuple[tuple[int, int, int], tuple[int, int, int]]  #: first and last, x y z, inclusive

_CUSHION = 3.0  #: Å round the density
_SMOOTHING_UNITS = 20  #: profiles are smoothed over this share of their length
_INNER_THRESHOLD = 0.5  #: where the profile is cut first
_NEAR_EDGE = 0.02  #: share of the axis that is not worth leaving out
_HIGH_DENSITY = 0.33  #: of the highest inside: density that may not be left out


def density_box(source: MapData, threshold: float = 0.05) -> Bounds:
    """Return the box that holds the density.

    Along each axis the profile of the planes' maxima, less the mean of the faces' maxima, is
    followed from the minimum on either side of its peak to where it first exceeds `threshold`
    of its range; 3 Å are added all round.

    Parameters
    ----------
    threshold : float
        Share of the range of a profile.

    Returns
    -------
    (int, int, int), (int, int, int)
        First and last grid point x, y, z from the map's own first, both included.

    Raises
    ------
    MapValueError
        If no plane stands out.
    """
    values = source.values
    faces = [values.take(end, axis) for axis in range(3) for end in (0, -1)]
    outside = float(np.mean([face.max() for face in faces]))
    cushions = source.fractional((_CUSHION,) * 3)
    bounds = []
    for axis in (2, 1, 0):
        others = tuple(other for other in range(3) if other != axis)
        profile = values.max(axis=others).astype(np.float64) - outside
        n = len(profile)
        try:
            low, high = _range_of_profile(_smoothed(profile), threshold)
        except _NothingAboveError as error:
            raise MapValueError(
                f"no box of density is found in {source.name}: no plane across {'zyx'[axis]} is "
                f"above {threshold:g} of the highest; score the whole map"
            ) from error
        cushion = cushions[2 - axis]
        bounds.append(
            (max(0, math.floor(n * (low - cushion))), min(n - 1, math.ceil(n * (high + cushion))))
        )
    (x, x_last), (y, y_last), (z, z_last) = bounds
    return (x, y, z), (x_last, y_last, z_last)


class _NothingAboveError(Exception):
    pass


def _smoothed(profile: FloatArray) -> FloatArray:
    """Return the running mean over a twentieth of the axis, cut at the ends."""
    half_width = max(1, len(profile) // _SMOOTHING_UNITS) // 2
    sums = np.concatenate([[0.0], np.cumsum(profile)])
    place = np.arange(len(profile))
    first = np.maximum(place - half_width, 0)
    after = np.minimum(place + half_width + 1, len(profile))
    smooth: FloatArray = (sums[after] - sums[first]) / (after - first)
    return smooth


def _range_of_profile(profile: FloatArray, threshold: float) -> tuple[float, float]:
    """Return where the density begins and ends, as shares of the axis.

    A profile that falls off slowly is cut higher up, if that leaves out no high density.
    """
    n = len(profile)
    low, high = _range_above(profile, _INNER_THRESHOLD)
    middle, half_width = (low + high) / 2, (high - low) / 2
    lowest, highest = profile.min(), profile.max()
    ratios = []
    for place in (middle - 2 * half_width, middle + 2 * half_width):
        index = min(max(_round(n * place), 1), n - 2)
        ratios.append(float((profile[index] - lowest) / (highest - lowest)))
    if all(0 < ratio <= 4 * threshold and ratio < _INNER_THRESHOLD for ratio in ratios):
        low, high = _range_above(profile, threshold + min(ratios))
        if not _leaves_out_density(profile, _round(n * low), _round(n * high)):
            return low, high
    return _range_above(profile, threshold)


def _range_above(profile: FloatArray, threshold: float) -> tuple[float, float]:
    n = len(profile)
    peak = int(np.argmax(profile))
    minimum_left = int(np.argmin(profile[: peak + 1]))
    minimum_right = peak + int(np.argmin(profile[peak:]))
    first, last = _crossings(profile, threshold, minimum_left, minimum_right)
    if _leaves_out_density(profile, first, last):
        first, last = _crossings(profile, threshold, 1, n - 2)
        if _leaves_out_density(profile, first, last):
            first, last = 1, n - 2
    return first / n, last / n


def _crossings(
    profile: FloatArray, threshold: float, search_from: int, search_to: int
) -> tuple[int, int]:
    """Return the grid points just outside where the profile exceeds the threshold."""
    n = len(profile)
    cutoff = profile.min() + (profile.max() - profile.min()) * threshold
    begin, end = max(search_from, 1), min(search_to, n - 1)
    upwards = np.flatnonzero(profile[begin:end] > cutoff)
    downwards = np.flatnonzero(profile[begin + 1 : end + 1] > cutoff)
    if not upwards.size or not downwards.size:
        raise _NothingAboveError
    first = max(1, begin + int(upwards[0]) - 1)
    last = min(n - 2, begin + 1 + int(downwards[-1]) + 1)
    if first / n < _NEAR_EDGE:
        first = 0
    if (n - 1 - last) / n < _NEAR_EDGE:
        last = n - 1
    return first, last


def _leaves_out_density(profile: FloatArray, first: int, last: int) -> bool:
    inside = profile[first:last]
    outside = np.concatenate([profile[:first], profile[last:]])
    if not inside.size or not outside.size:
        return not inside.size
    return bool(outside.max() > _HIGH_DENSITY * inside.max())


def _round(value: float) -> int:
    return math.floor(value + 0.5)
