"""Local sharpening by a model: windows of its region, each filtered according to the model."""

from __future__ import annotations

import numpy as np

from map_sharpening import _core
from map_sharpening.maps.arrays import Coefficients, FloatArray
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import FloatMap
from map_sharpening.methods.model.measured import Measured
from map_sharpening.methods.model.options import ModelOptions
from map_sharpening.methods.shared.smoothing import smooth_correlation
from map_sharpening.methods.shared.windows import LocalFilter, local_filter_of

#: Lowest slope of the map on its model, as windows divide by it.
_LEAST_EXPLAINED = 0.02
#: Lower values are the tails of a smooth mask, which reach everywhere.
_LEAST_OF_REGION = 1e-3


def filter_by_model(
    maps: tuple[FloatMap, ...],
    region: FloatMap,
    measured: Measured,
    grid: FourierGrid,
    options: ModelOptions,
) -> LocalFilter:
    """Filter sharpened maps in the windows that touch a model's region, in place.

    Parameters
    ----------
    maps : ndarrays, shape (z, y, x), float32
        On the scale that the factors give: the map, and both half maps or none.
    region : ndarray, shape (z, y, x)
        0 to 1, round the atoms: where it is next to nothing the maps stay as they are.
    """
    sums, factors = measured.ideal_sums, measured.factors
    expected_signal = map_of_signal(measured.ideal, factors.applied, grid)
    expected_signal *= np.float32(factors.ideal_scale)
    # The molecule's power lies in the mask, that of the coefficients in the box.
    with np.errstate(divide="ignore", invalid="ignore"):
        rms = np.sqrt(sums.power_2 / sums.n_terms / measured.mean_square_mask)
    known = np.isfinite(rms) & (rms > 0)
    ideal = np.exp(np.interp(sums.s, sums.s[known], np.log(rms[known]))) * factors.ideal_scale
    whole, *halves = maps
    half_1, half_2 = halves if halves else (None, None)
    found = _core.filter_windows_by_model(
        whole,
        expected_signal,
        np.where(region > _LEAST_OF_REGION, region, np.float32(0)),
        half_1,
        half_2,
        grid.cell,
        _core.SharpenedPower(
            sums.width, [float(value) for value in ideal], factors.applied, 1 / grid.d_min
        ),
        [float(value) for value in _explained(measured)],
        options.resolution,
        options.windows_for_core(),
        grid.threads,
    )
    return local_filter_of(found)


def map_of_signal(ideal: Coefficients, factors: _core.ScaleFactors, grid: FourierGrid) -> FloatMap:
    """Return the model's map with the share that is signal after the factors, 1 / (1 + R)."""
    share = _core.ScaleFactors(
        factors.step, [1.0] * len(factors.gain), factors.ratio, ratio_b=factors.ratio_b
    )
    return grid.map_of(grid.scaled(ideal, share)[0])


def _explained(measured: Measured) -> FloatArray:
    """Return by shell the slope of the sharpened map on the model's map with B = 0."""
    sums = measured.ideal_sums
    correlation = smooth_correlation(sums.correlation, sums.n_independent)
    slope: FloatArray = np.clip(correlation / measured.power.accuracy, _LEAST_EXPLAINED, 1)
    return slope
