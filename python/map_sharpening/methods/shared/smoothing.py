"""Smooth curves through values by shell, and where there is signal."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.maps.arrays import FloatArray

#: Share of the strongest shell's rms amplitude below which there are only rounding errors.
NO_POWER = 1e-5
_SMOOTHNESS = 10.0 ** np.arange(-1, 6.1, 0.5)
_HIGHEST_CORRELATION = 0.9999


def mean_fall_off(b: npt.ArrayLike, s: FloatArray) -> FloatArray:
    """Return the mean over directions of exp(-s B s / 2)."""
    _, share, moments = _core.directions()
    doubled = np.asarray(b) * np.array([1, 1, 1, 2, 2, 2])
    mean: FloatArray = np.exp(-0.5 * np.outer(s**2, moments @ doubled)) @ share
    return mean


def smooth_correlation(correlation: FloatArray, n_independent: FloatArray) -> FloatArray:
    """Return a correlation by shell without its scatter, which is that of Fisher's z."""
    bounded = np.clip(correlation, -_HIGHEST_CORRELATION, _HIGHEST_CORRELATION)
    smoothed: FloatArray = np.tanh(whittaker_smoothed(np.arctanh(bounded), n_independent))
    return smoothed


def whittaker_smoothed(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return a smooth curve through equally spaced values.

    Least squares with a penalty on second differences, whose weight minimises the
    generalised cross-validation score (Eilers 2003, Anal. Chem. 75, 3631).
    """
    n = len(values)
    if n < 4:
        return values
    weights = weights / weights.max()
    second = np.diff(np.eye(n), 2, axis=0)
    penalty = second.T @ second
    best, smoothed = math.inf, values
    for smoothness in _SMOOTHNESS:
        hat = np.linalg.solve(np.diag(weights + 1e-9) + smoothness * penalty, np.diag(weights))
        fitted = hat @ values
        left = 1 - np.trace(hat) / n
        score = float(np.sum(weights * (values - fitted) ** 2)) / left**2
        if score < best:
            best, smoothed = score, fitted
    return smoothed
