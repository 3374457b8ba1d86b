"""Sharpening of a deterministic map by a B factor, and what numpy says of such maps."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.ndimage

from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.result import BFactorResult, Trial
from map_sharpening.methods.b_factor.sharpen import sharpen_by_b_factor

sys.path.insert(0, str(Path(__file__).parents[3]))  # bench/ is not part of the package

from bench.reference_figures import b_factor_reference

FloatMap = npt.NDArray[np.float32]
RESOLUTION = b_factor_reference.RESOLUTION
SPACING = b_factor_reference.SPACING
D_MIN = 0.833 * RESOLUTION
TENSOR = (14.0, -22.0, 8.0, 5.0, -9.0, 3.0)  #: Å², traceless


def reference() -> MapData:
    return b_factor_reference.reference_map()


def s_of(source: MapData) -> list[npt.NDArray[np.float64]]:
    """Return s along x, y, z of the half-complex terms, to be broadcast."""
    nz, ny, nx = source.values.shape
    dx, dy, dz = source.voxel_size
    return [
        np.fft.rfftfreq(nx, dx)[None, None, :],
        np.fft.fftfreq(ny, dy)[None, :, None],
        np.fft.fftfreq(nz, dz)[:, None, None],
    ]


def s_squared_of(source: MapData) -> npt.NDArray[np.float64]:
    total: npt.NDArray[np.float64] = sum(s**2 for s in s_of(source))  # type: ignore[assignment]
    return total


def filtered(source: MapData, factors: npt.ArrayLike) -> MapData:
    terms = scipy.fft.rfftn(source.values.astype(np.float64)) * factors
    values = scipy.fft.irfftn(terms, s=source.values.shape)
    return source.with_values(values.astype(np.float32))


def blurred(source: MapData, b: float) -> MapData:
    return filtered(source, np.exp(-b * s_squared_of(source) / 4))


def stretched(source: MapData) -> MapData:
    """Make the fall-off depend on direction."""
    x, y, z = s_of(source)
    xx, yy, zz, xy, xz, yz = TENSOR
    form = xx * x**2 + yy * y**2 + zz * z**2 + 2 * (xy * x * y + xz * x * z + yz * y * z)
    return filtered(source, np.exp(-form / 4))


def made(source: MapData | None = None, **named: Any) -> BFactorResult:
    """Sharpen the reference map by the adjusted surface area unless asked for another target.

    The solvent is not estimated unless that is asked for.
    On one thread, for two wait for each other where the processors are busy with other tests.
    """
    options: dict[str, Any] = {"resolution": RESOLUTION, "solvent_content": 0.95, "threads": 1}
    options.update(named)
    target = options.pop("target", "adjusted_sa")
    options.setdefault("residual_target", target)
    options.setdefault("sharpening_target", target)
    return sharpen_by_b_factor(reference() if source is None else source, **options)


@cache
def default_run() -> BFactorResult:
    return made()


def scanned(result: BFactorResult, method: str = "b_iso_to_d_cut") -> list[Trial]:
    return [trial for trial in result.trials if trial.method == method]


def scores(result: BFactorResult) -> list[float]:
    return [trial.scores.adjusted_sa for trial in scanned(result)]


def terms_of(result: BFactorResult) -> npt.NDArray[np.complex128]:
    terms: npt.NDArray[np.complex128] = scipy.fft.rfftn(result.sharpened.values.astype(float))
    return terms


def mean_amplitude(result: BFactorResult, d_max: float, d_min: float) -> float:
    s_squared = s_squared_of(result.sharpened)
    chosen = (s_squared > 1 / d_max**2) & (s_squared < 1 / d_min**2)
    return float(np.mean(np.abs(terms_of(result)[chosen])))


def fine_to_coarse(result: BFactorResult) -> float:
    """Return the amplitudes beyond the resolution over those before it."""
    return mean_amplitude(result, RESOLUTION, D_MIN) / mean_amplitude(result, 6.0, 4.0)
