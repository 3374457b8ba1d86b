"""Fourier shell correlation of a map with the density of the true model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.simulation.simulate import reciprocal_axes

THRESHOLD = 0.5
_COARSEST = 15.0  #: Å; solvent and few terms decide the shells below


@dataclass(frozen=True)
class MapModelFsc:
    """What is read off one curve."""

    resolution: float  #: Å, where it falls below 0.5
    at_resolution: float  #: its value at the resolution stated
    integrated: float  #: its mean over 1/d from 0 to the resolution stated


def map_model_fsc(
    map_data: MapData,
    model_map: MapData,
    resolution: float,
    mask: npt.NDArray[np.floating] | None = None,
) -> MapModelFsc:
    """Compare a map with the model's on the same grid, inside a soft mask if one is given."""
    nyquist = max(map_data.voxel_size) * 2
    s, curve = _curve(_masked(map_data, mask), _masked(model_map, mask), map_data)
    sampled = np.linspace(0, 1 / resolution, 512)
    return MapModelFsc(
        resolution=_crossing(s, curve, nyquist),
        at_resolution=float(np.interp(1 / resolution, s, curve)),
        integrated=float(np.interp(sampled, s, curve).mean()),
    )


def _masked(map_data: MapData, mask: npt.NDArray[np.floating] | None) -> FloatMap:
    if mask is None:
        return map_data.values
    product: FloatMap = (map_data.values * mask).astype(np.float32)
    return product


def _curve(
    a: FloatMap, b: FloatMap, grid: MapData
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return mean 1/d and correlation of shells as wide as one step along the longest edge."""
    s_x, s_y, s_z = reciprocal_axes(grid)
    s = np.sqrt(s_x**2 + s_y**2 + s_z**2)
    width = 1 / max(grid.box.a, grid.box.b, grid.box.c)
    shell = np.rint(s / width).astype(np.int64).ravel()
    n = int(1 / (2 * max(grid.voxel_size)) / width)  # the last whole shell
    # Terms with a mate in the other half count twice.
    nx = grid.values.shape[2]
    twice = np.full(s.shape[2], 2.0)
    twice[0] = 1.0
    if nx % 2 == 0:
        twice[-1] = 1.0
    weight = np.broadcast_to(twice, s.shape).ravel()
    f, g = (_core.forward_transform(v).ravel() for v in (a, b))

    def in_shells(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        return np.bincount(shell, weight * values, n + 1)[1 : n + 1]

    product = in_shells((f * g.conj()).real)
    power = np.sqrt(in_shells(np.abs(f) ** 2) * in_shells(np.abs(g) ** 2))
    fsc = np.divide(product, power, out=np.zeros_like(product), where=power > 0)
    return in_shells(s.ravel()) / in_shells(np.ones(s.size)), fsc


def _crossing(s: npt.NDArray[np.float64], curve: npt.NDArray[np.float64], nyquist: float) -> float:
    """Return where the curve first falls below 0.5, in Å; the sampling limit if nowhere."""
    below = np.flatnonzero((curve < THRESHOLD) & (s > 1 / _COARSEST))
    if len(below) == 0:
        return nyquist
    i = int(below[0])
    if i == 0 or curve[i - 1] < THRESHOLD:
        return float(1 / s[i])
    share = (curve[i - 1] - THRESHOLD) / (curve[i - 1] - curve[i])
    return float(1 / (s[i - 1] + share * (s[i] - s[i - 1])))
