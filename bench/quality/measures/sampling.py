"""Values of a map between its grid points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.ndimage

from map_sharpening.maps.map_data import MapData


def values_at(map_data: MapData, points: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return trilinear values at points (x, y, z from the first grid point, Å).

    Outside the grid they are 0.
    """
    indices = points / np.asarray(map_data.voxel_size)
    order = np.moveaxis(indices, -1, 0)[::-1]
    found: npt.NDArray[np.float64] = scipy.ndimage.map_coordinates(
        map_data.values, order, output=np.float64, order=1, mode="constant", cval=0.0
    )
    return found
