"""Types of arrays, named once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
#: True where a map's grid point belongs to something, shape (nz, ny, nx).
BooleanMap = npt.NDArray[np.bool_]
#: Half-complex Fourier terms of a map, shape (nz, ny, nx // 2 + 1).
Coefficients = npt.NDArray[np.complex64]
#: Edges in Å and angles in degrees: a, b, c, alpha, beta, gamma.
Cell = tuple[float, float, float, float, float, float]


def median(values: npt.ArrayLike) -> float:
    """Return the middle of some values, or the mean of the two in the middle; NaN if one is NaN.

    That of NumPy loads a library of masked arrays, which takes as long as the start of Python.
    """
    return median_of_sorted(np.sort(np.asarray(values), axis=None))


def median_of_sorted(ordered: npt.NDArray[Any]) -> float:
    """Return the median of values that rise, NaN behind them."""
    if ordered.size == 0 or np.isnan(ordered[-1]):
        return float("nan")
    return float(ordered[(ordered.size - 1) // 2 : ordered.size // 2 + 1].mean())


def percentiles(values: npt.NDArray[Any], percents: Sequence[float]) -> tuple[float, ...]:
    """Return values that so many percent of all lie below, as NumPy's default method does.

    That of NumPy loads the library of masked arrays, too.

    Parameters
    ----------
    values : ndarray
        Finite, at least one.
    percents : sequence of float
        0 to 100.
    """
    return percentiles_of_sorted(np.sort(values, axis=None), percents)


def percentiles_of_sorted(
    ordered: npt.NDArray[Any], percents: Sequence[float]
) -> tuple[float, ...]:
    """Return the percentiles of values that rise."""
    places = np.array(percents) / 100 * (ordered.size - 1)
    below = places.astype(np.intp)
    low, high = (
        ordered[at].astype(np.float64) for at in (below, np.minimum(below + 1, ordered.size - 1))
    )
    return tuple((low + (places - below) * (high - low)).tolist())


def running_median(values: FloatArray) -> FloatArray:
    """Return the median of each value and its two neighbours; at the ends an end counts twice."""
    padded = np.pad(values, 1, mode="edge")
    middle: FloatArray = np.sort([padded[:-2], padded[1:-1], padded[2:]], axis=0)[1]
    return middle
