"""Central slices of maps, copied without the rest of the map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from map_sharpening.errors import GridMismatchError
from map_sharpening.maps.map_data import FloatMap, MapData


@dataclass(frozen=True)
class CentralSlices:
    """The three slices through the middle of a map."""

    x: FloatMap  #: normal to x, shape (z, y)
    y: FloatMap  #: normal to y, shape (z, x)
    z: FloatMap  #: normal to z, shape (y, x)
    voxel_size: tuple[float, float, float]  #: x, y, z in Å

    def along(self, axis: str) -> FloatMap:
        """Return the slice normal to "x", "y" or "z"."""
        return {"x": self.x, "y": self.y, "z": self.z}[axis]

    def pixel_size(self, axis: str) -> tuple[float, float]:
        """Return the (horizontal, vertical) pixel size in Å of the slice normal to `axis`."""
        x, y, z = self.voxel_size
        return {"x": (y, z), "y": (x, z), "z": (x, y)}[axis]


def central_slices(source: MapData) -> CentralSlices:
    """Copy the three central slices of a map and nothing else of it."""
    nz, ny, nx = source.values.shape
    return CentralSlices(
        x=np.array(source.values[:, :, nx // 2], dtype=np.float32),
        y=np.array(source.values[:, ny // 2, :], dtype=np.float32),
        z=np.array(source.values[nz // 2], dtype=np.float32),
        voxel_size=source.voxel_size,
    )


def central_slices_of_mean(half_1: MapData, half_2: MapData) -> CentralSlices:
    """Return the central slices of the mean of two maps without making the mean map.

    Raises
    ------
    GridMismatchError
        If the maps differ in shape.
    """
    if half_1.values.shape != half_2.values.shape:
        raise GridMismatchError(
            f"{half_2.name} has shape {half_2.values.shape}, but {half_1.name} has "
            f"{half_1.values.shape}; half maps must share one grid"
        )
    a, b = central_slices(half_1), central_slices(half_2)
    return CentralSlices(
        x=(a.x + b.x) / np.float32(2),
        y=(a.y + b.y) / np.float32(2),
        z=(a.z + b.z) / np.float32(2),
        voxel_size=a.voxel_size,
    )
