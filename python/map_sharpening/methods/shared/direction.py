"""Results by direction: tensors with their errors, factors along single directions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from map_sharpening import _core
from map_sharpening.maps.arrays import FloatArray

_8_PI_SQUARED = 8 * math.pi**2
_ISOTROPIC = np.array([1, 1, 1, 0, 0, 0])
#: Factors are compared where a molecule's shape no longer shows, 1/Å.
_FACTORS_FROM = 0.1
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

    @classmethod
    def of(cls, values: Iterable[float], standard_errors: Iterable[float]) -> Tensor:
        """Return the tensor of any six numbers, and their errors."""
        numbers = (tuple(map(float, part)) for part in (values, standard_errors))
        return cls(*numbers)  # type: ignore[arg-type]


def principal_values(tensor: Sequence[float]) -> tuple[float, float, float]:
    """Return the principal values, smallest first, of a tensor XX, YY, ZZ, XY, XZ, YZ.

    They are NaN if one of the six numbers is.
    """
    xx, yy, zz, xy, xz, yz = tensor
    matrix = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    if not np.isfinite(matrix).all():
        return (math.nan, math.nan, math.nan)
    low, middle, high = np.linalg.eigvalsh(matrix)
    return float(low), float(middle), float(high)


def principal_spread(tensor: Sequence[float]) -> float:
    """Return the largest minus the smallest principal value, in the tensor's own units."""
    low, _, high = principal_values(tensor)
    return high - low


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


@dataclass(frozen=True)
class AnisotropySummary:
    """The tensors that the documented program prints; all are U in Å².

    The last four apply after removal of `overall_u`.
    """

    overall_u: Tensor  #: overall U removed from the map
    fall_off: Tensor  #: fall-off relative to ideal; positive: amplitudes fall off more
    data: Tensor  #: anisotropy of the data; positive: amplitudes fall off more
    uncertainties: Tensor  #: positive: uncertainties decrease more
    scale_factors: Tensor  #: positive: scale factors increase more
    signal_b: Tensor  #: traceless B of the signal's amplitudes, exp(-s B s / 4)
    noise_b: Tensor  #: traceless B of the noise's amplitudes


def anisotropy_summary(
    overall: _core.TensorFit,
    fall_off: tuple[float, float],
    signal_b: Tensor,
    noise_b: Tensor,
    factors: Tensor,
    d_min: float,
) -> AnisotropySummary:
    """Return the tensors that the documentation prints.

    Parameters
    ----------
    overall : TensorFit
        Wilson fit of the map.
    fall_off : (float, float)
        B (Å²) of the signal relative to ideal amplitudes, mean over directions, and its
        standard error.
    signal_b, noise_b : Tensor
        Traceless B of their amplitudes.
    factors : Tensor
        Traceless B of the factors applied, see `tensor_of_factors`.
    d_min : float
        Å, finest term kept.
    """
    # The documented overall U leaves a B of 10 d_min in the map.
    removed = np.array(overall.b) - 10 * d_min * _ISOTROPIC
    deviator = _traceless(removed)
    signal, noise = np.array(signal_b.values), np.array(noise_b.values)
    signal_error = np.array(signal_b.standard_errors)
    slope, slope_error = fall_off

    def tensor(b: FloatArray, error: FloatArray) -> Tensor:
        return Tensor.of(b / _8_PI_SQUARED, error / _8_PI_SQUARED)

    return AnisotropySummary(
        overall_u=tensor(removed, np.array(overall.standard_error)),
        fall_off=tensor(
            signal + slope * _ISOTROPIC - removed, np.hypot(signal_error, slope_error * _ISOTROPIC)
        ),
        data=tensor(signal - deviator, signal_error),
        uncertainties=tensor(noise - deviator, np.array(noise_b.standard_errors)),
        scale_factors=tensor(
            np.array(factors.values) - deviator, np.array(factors.standard_errors)
        ),
        signal_b=signal_b,
        noise_b=noise_b,
    )


def tensor_of_factors(
    factors: _core.ScaleFactors, s: FloatArray, radial: FloatArray, weights: FloatArray
) -> Tensor:
    """Return the factors over their mean as exp(+s B s / 4): positive means an increase.

    Parameters
    ----------
    factors : ScaleFactors
        What was applied.
    s : ndarray
        1/Å, middles of shells of equal width from 0.
    radial : ndarray
        Mean of the factors over the directions, by shell.
    weights : ndarray
        Of the shells, such as their terms times the share of signal.
    """
    unit, share, _ = _core.directions()
    values = np.array([[factors.at(of_shell * u) for u in unit] for of_shell in s])
    counted = np.where(s > _FACTORS_FROM, weights, 0.0)
    fit = _core.fit_anisotropic_b(
        np.ascontiguousarray(values / np.maximum(radial[:, None], 1e-30)),
        np.ascontiguousarray(counted[:, None] * share[None, :]),
        float(2 * s[0]),
    )
    return Tensor.of(_traceless(-np.array(fit.b)), fit.standard_error)


def _traceless(b: FloatArray) -> FloatArray:
    rest: FloatArray = b - np.mean(b[:3]) * _ISOTROPIC
    return rest
