"""Means of a map in a sphere about each of its points, or in cubes of points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from map_sharpening import _core
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import FloatMap, MapData

#: Largest error of the table of a sphere's transform, which is 1 at s = 0.
_TABLE_ERROR = 1e-5


def sphere_means(values: FloatMap, map_data: MapData, radius: float, threads: int) -> FloatMap:
    """Return the mean in a sphere about each point, shape (z, y, x)."""
    s_max = _largest_s(map_data, values.shape)
    grid = FourierGrid(values.shape, map_data.box.parameters(), 1 / s_max, threads)
    means = grid.filtered(values, _sphere_factors(radius, s_max))
    means += np.float32(values.mean(dtype=np.float64))
    return means


def _largest_s(map_data: MapData, shape: tuple[int, ...]) -> float:
    """Return a bound of s = 1/d (1/Å) of the terms of a grid that fills the map's box."""
    cell = map_data.box
    cos_alpha, cos_beta, cos_gamma = np.cos(np.radians([cell.alpha, cell.beta, cell.gamma]))
    edges = np.array([cell.a, cell.b, cell.c])
    cosines = [[1, cos_gamma, cos_beta], [cos_gamma, 1, cos_alpha], [cos_beta, cos_alpha, 1]]
    reciprocal_edges = np.sqrt(np.diag(np.linalg.inv(np.outer(edges, edges) * cosines)))
    nz, ny, nx = shape
    return float(np.dot(reciprocal_edges, (nx, ny, nz)) / 2)


def _sphere_factors(radius: float, s_max: float) -> _core.ScaleFactors:
    # the second derivative of the transform is at most (2 pi radius)² / 5
    step = math.sqrt(8 * _TABLE_ERROR * 5) / (2 * math.pi * radius)
    s: FloatArray = step * np.arange(math.ceil(s_max / step) + 2, dtype=np.float64)
    return _core.ScaleFactors(step, _sphere_transform(2 * np.pi * radius * s).tolist())


def _sphere_transform(w: FloatArray) -> FloatArray:
    """Return ``3 (sin w - w cos w) / w³``, the transform of a sphere of unit volume."""
    is_small = w < 0.01
    safe = np.where(is_small, 1.0, w)
    return np.where(is_small, 1 - w**2 / 10, 3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3)


@dataclass(frozen=True)
class Blocks:
    """A map, less its mean, by cubes of points."""

    means: FloatMap
    mean_squares: FloatMap | None  #: None: each cube is one point

    @classmethod
    def of(cls, map_data: MapData, edge: int) -> Blocks:
        """Return a map by cubes of 1 point, or of 2 x 2 x 2."""
        values = map_data.values - np.float32(map_data.values.mean(dtype=np.float64))
        if edge == 1:
            return cls(values, None)
        return cls(_halved(values), _halved(np.square(values)))

    def squares_about(self, level: float) -> FloatMap:
        """Return the mean squared deviation of each cube from a level."""
        if self.mean_squares is None:
            about: FloatMap = np.square(self.means - np.float32(level))
            return about
        squares: FloatMap = self.mean_squares - np.float32(2 * level) * self.means
        squares += np.float32(level**2)
        return np.maximum(squares, 0, out=squares)


def _halved(values: FloatMap) -> FloatMap:
    """Return the means of cubes of 2 x 2 x 2 points."""
    along_x = values[:, :, ::2] + values[:, :, 1::2]
    along_y = along_x[:, ::2] + along_x[:, 1::2]
    along_z: FloatMap = along_y[::2] + along_y[1::2]
    along_z *= np.float32(1 / 8)
    return along_z
