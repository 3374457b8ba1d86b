"""What depends on direction: tensors with their errors, factors along single directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from map_sharpening import _core
from map_sharpening.maps.arrays import FloatArray

_PLOT_DIRECTIONS = {
    "X": (1, 0, 0),
    "Y": (0, 1, 0),
    "Z": (0, 0, 1),
    "X+Y": (1, 1, 0),
    "X+Z": (1, 0, 1),
    "Y+Z": (0, 1, 1),
    "X-Y": (1, -1, 0),
    "X-Z": (1, 0, -1),
    "Y-Z": (0, 1, -1),
}


@dataclass(frozen=True)
class Tensor:
    """A symmetric tensor in Å², order XX, YY, ZZ, XY, XZ, YZ, with standard errors."""

    values: tuple[float, float, float, float, float, float]
    standard_errors: tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class DirectionalScale:
    """Factors along single directions of reciprocal space."""

    names: tuple[str, ...]  #: X, Y, Z, X+Y, ...
    directions: FloatArray  #: unit vectors, shape (n, 3), Cartesian x, y, z
    scale: FloatArray  #: shape (n, n_shells), same abscissa as ShellTable.s


def directional_scale(
    factors: _core.ScaleFactors, s: FloatArray, n_shells: int
) -> DirectionalScale:
    """Return factors along single directions at s (1/Å), 0 beyond the first `n_shells`."""
    directions = np.array(list(_PLOT_DIRECTIONS.values()), dtype=np.float64)
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    scale = np.zeros((len(directions), len(s)))
    for i, unit in enumerate(directions):
        scale[i, :n_shells] = [factors.at(at * unit) for at in s[:n_shells]]
    return DirectionalScale(tuple(_PLOT_DIRECTIONS), directions, scale)
