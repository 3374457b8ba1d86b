"""A map for the screen as the bytes of a CCP4 file, as Mol* reads them."""

from __future__ import annotations

import numpy as np

from map_sharpening import _core
from map_sharpening.io.map_header import compose_header
from map_sharpening.maps.map_data import MapData, MapPosition
from map_sharpening.maps.view import ViewMap

_MODES = {"int8": 0, "int16": 1}


def view_bytes(view: ViewMap) -> bytes:
    """Return a file of mode 0 or 1, whose values are the numbers of the view.

    The file says by ORIGIN alone where the map lies, in shares of the edges times their
    lengths: Mol* takes it so in cells with any angles.
    """
    nz, ny, nx = view.numbers.shape
    edges = (view.box.a, view.box.b, view.box.c)
    x, y, z = (share * edge for share, edge in zip(view.first_point, edges, strict=True))
    position = MapPosition(view.box, (nx, ny, nz), origin=(x, y, z))
    values = np.ascontiguousarray(view.numbers, dtype=np.float32)
    header = compose_header(
        MapData(values, position),
        ["for the screen: numbers that stand for values"],
        _core.map_statistics(values),
        _MODES[view.numbers.dtype.name],
    )
    return header + view.numbers.astype(view.numbers.dtype.newbyteorder("<")).tobytes()
