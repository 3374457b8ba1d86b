"""A map for the screen as the bytes of a CCP4 file, as Mol* reads them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from map_sharpening import _core
from map_sharpening.io.map_header import compose_header
from map_sharpening.maps.map_data import MapData, MapPosition
from map_sharpening.maps.view import ViewMap

_MODES = {"int8": 0, "int16": 1}
_SLAB = 32  #: sections that are converted at a time


class _Statistics(NamedTuple):
    minimum: float
    maximum: float
    mean: float
    standard_deviation: float


def view_bytes(view: ViewMap) -> bytes:
    """Return a file of mode 0 or 1, whose values are the numbers of the view.

    The file says by ORIGIN alone where the map lies, in shares of the edges times their
    lengths: Mol* takes it so in cells with any angles.
    """
    nz, ny, nx = view.numbers.shape
    edges = (view.box.a, view.box.b, view.box.c)
    x, y, z = (share * edge for share, edge in zip(view.first_point, edges, strict=True))
    position = MapPosition(view.box, (nx, ny, nz), origin=(x, y, z))
    header = compose_header(
        MapData(np.broadcast_to(np.float32(0), view.numbers.shape), position),
        ["for the screen: numbers that stand for values"],
        _statistics_of(view),
        _MODES[view.numbers.dtype.name],
    )
    numbers = np.ascontiguousarray(view.numbers, dtype=view.numbers.dtype.newbyteorder("<"))
    return b"".join((header, numbers.data))


def _statistics_of(view: ViewMap) -> _Statistics:
    """Return what the header says of the numbers; slab by slab, without a copy of them all."""
    numbers = view.numbers
    slabs = [numbers[first : first + _SLAB] for first in range(0, len(numbers), _SLAB)]
    found = [_core.map_statistics(slab.astype(np.float32, order="C")) for slab in slabs]
    shares = [len(slab) / len(numbers) for slab in slabs]
    mean = sum(share * each.mean for share, each in zip(shares, found, strict=True))
    variance = sum(
        share * (each.standard_deviation**2 + (each.mean - mean) ** 2)
        for share, each in zip(shares, found, strict=True)
    )
    lowest, highest = min(each.minimum for each in found), max(each.maximum for each in found)
    return _Statistics(lowest, highest, mean, math.sqrt(variance))
