"""Two maps of one grid, one taken from the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import MapValueError
from map_sharpening.maps.grids import contiguous, require_same_grid
from map_sharpening.maps.map_data import MapData

_SLAB = 32  #: planes that are read at a time


@dataclass(frozen=True)
class Difference:
    """The difference of two maps on one scale."""

    map_data: MapData  #: other less first, each in its own standard deviations
    correlation: float  #: of the two maps, about their means


def difference_of(
    first: MapData, other: MapData, was_read: Callable[[], None] = lambda: None
) -> Difference:
    """Return the difference of two maps, each in standard deviations about its mean.

    So maps on different scales, as sharpening makes them, can be compared.

    Parameters
    ----------
    first, other : MapData
        On one grid.
    was_read : function, optional
        Called after each map and each slab: to let go of what was read of the maps.

    Raises
    ------
    GridMismatchError
        If the maps differ in grid, cell or position.
    MapValueError
        If a map has the same value everywhere.
    """
    require_same_grid(first, other)
    mean, deviation = _scale_of(first)
    was_read()
    mean_of_other, deviation_of_other = _scale_of(other)
    was_read()
    values = np.empty(other.values.shape, dtype=np.float32)
    planes = zip(values, first.values, other.values, strict=True)
    for z, (plane, one, two) in enumerate(planes, 1):
        plane[...] = (two - mean_of_other) / deviation_of_other
        plane -= (one - mean) / deviation
        if z % _SLAB == 0:
            was_read()
    # Of two maps of mean 0 and variance 1: var(b - a) = 2 - 2 correlation.
    variance = _core.map_statistics(values).standard_deviation ** 2
    named = other.with_values(values, f"{other.name} less {first.name}")
    return Difference(named, 1 - variance / 2)


def _scale_of(map_data: MapData) -> tuple[np.float32, np.float32]:
    """Return mean and standard deviation of a map."""
    statistics = _core.map_statistics(contiguous(map_data))
    if statistics.standard_deviation == 0:
        raise MapValueError(
            f"{map_data.name} has the value {statistics.mean:g} everywhere; it can't be compared"
        )
    return np.float32(statistics.mean), np.float32(statistics.standard_deviation)
