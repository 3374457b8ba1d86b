"""Random maps with a known spectrum, and what numpy says of a map's terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell

Array = npt.NDArray[np.float64]
Tensor = tuple[float, float, float, float, float, float]

NO_TENSOR: Tensor = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
CUBIC = ((48, 48, 48), UnitCell(62.4, 62.4, 62.4))
UNEQUAL_ODD = ((45, 51, 47), UnitCell(61.1, 56.1, 58.5))
TRICLINIC = ((44, 50, 47), UnitCell(60.0, 63.0, 55.0, 78.0, 101.0, 97.0))
THREAD_COUNTS = (1, 2, 3, 7)


def s_vectors(shape: tuple[int, int, int], cell: UnitCell) -> Array:
    """Return Cartesian s of each half-complex term, shape (nz, ny, nx // 2 + 1, 3)."""
    nz, ny, nx = shape
    cos_a, cos_b, cos_g = np.cos(np.radians([cell.alpha, cell.beta, cell.gamma]))
    sin_g = np.sin(np.radians(cell.gamma))
    y = (cos_a - cos_b * cos_g) / sin_g
    axes = np.array(
        [
            [cell.a, cell.b * cos_g, cell.c * cos_b],
            [0, cell.b * sin_g, cell.c * y],
            [0, 0, cell.c * np.sqrt(1 - cos_b**2 - y**2)],
        ]
    )
    reciprocal = np.linalg.inv(axes)  # rows: a*, b*, c*
    h = np.arange(nx // 2 + 1)[None, None, :, None]
    k = _indices(ny)[None, :, None, None]
    miller_l = _indices(nz)[:, None, None, None]
    return h * reciprocal[0] + k * reciprocal[1] + miller_l * reciprocal[2]


def _indices(n: int) -> npt.NDArray[np.int64]:
    i = np.arange(n)
    return np.where(i <= n // 2, i, i - n)


def quadratic_form(tensor: Tensor, s: Array) -> Array:
    """Return s B s."""
    xx, yy, zz, xy, xz, yz = tensor
    x, y, z = s[..., 0], s[..., 1], s[..., 2]
    return xx * x**2 + yy * y**2 + zz * z**2 + 2 * (xy * x * y + xz * x * z + yz * y * z)


def unit_vectors(n: int = 2000) -> Array:
    """Return directions spread evenly over the sphere."""
    z = 1 - (2 * np.arange(n) + 1) / n
    angle = np.pi * (1 + 5**0.5) * np.arange(n)
    r = np.sqrt(1 - z**2)
    return np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=-1)


def directional_power(radial: Callable[[Array], Array], tensor: Tensor, s: Array) -> Array:
    """Return a power with a given mean over directions that falls off as exp(-s B s / 2)."""
    length = np.linalg.norm(s, axis=-1)
    grid = np.linspace(0, length.max(), 200)
    along = quadratic_form(tensor, unit_vectors())
    mean = np.exp(-(grid[:, None] ** 2) * along[None, :] / 2).mean(axis=1)
    return radial(length) * np.exp(-quadratic_form(tensor, s) / 2) / np.interp(length, grid, mean)


def random_map(power: Array, shape: tuple[int, int, int], seed: int) -> npt.NDArray[np.float32]:
    """Return a Gaussian random map whose terms have the given expected |F|²."""
    white = np.random.default_rng(seed).standard_normal(shape)
    f = scipy.fft.rfftn(white) * np.sqrt(power / white.size)
    return scipy.fft.irfftn(f, s=shape).astype(np.float32)


def signal_power(s: Array) -> Array:
    """Return S of the random half maps."""
    return 4e6 * np.exp(-70 * s**2) * (1 + 0.3 * np.cos(12 * s))


def noise_power(s: Array) -> Array:
    """Return N of the mean of the random half maps."""
    return 6e4 * (0.4 + np.exp(-25 * s**2))


@dataclass(frozen=True)
class RandomPair:
    half_1: MapData
    half_2: MapData
    signal: npt.NDArray[np.float32]


def random_pair(
    box: tuple[tuple[int, int, int], UnitCell],
    seed: int,
    *,
    signal_b: Tensor = NO_TENSOR,
    noise_b: Tensor = NO_TENSOR,
    noise: float = 1.0,
) -> RandomPair:
    """Return half maps whose terms are Gaussian with known powers."""
    shape, cell = box
    s = s_vectors(shape, cell)
    signal = random_map(directional_power(signal_power, signal_b, s), shape, 3 * seed)
    # The noise of the mean of two halves has half of each one's power.
    power = 2 * noise * directional_power(noise_power, noise_b, s)
    halves = [
        on_grid(signal + random_map(power, shape, 3 * seed + i), cell, f"half map {i}")
        for i in (1, 2)
    ]
    return RandomPair(*halves, signal)


def on_grid(values: npt.NDArray[np.float32], cell: UnitCell, name: str) -> MapData:
    nz, ny, nx = values.shape
    return MapData(np.ascontiguousarray(values), MapPosition(cell, (nx, ny, nz)), name)


def correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    return float(np.corrcoef(np.ravel(a), np.ravel(b))[0, 1])
