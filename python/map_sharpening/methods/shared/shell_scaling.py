"""Scales by resolution shell, from two half maps, a model or an external map."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.arrays import Coefficients, FloatArray
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.methods.shared.option_groups import OptionGroup, at_least, option, up_to
from map_sharpening.methods.shared.smoothing import NO_POWER

DEFAULT_N_BINS = 20
DEFAULT_CC_CUT = 0.2
DEFAULT_MAX_CC_FOR_RESCALE = 0.2
#: Half maps that are independent agree by chance at the end, not by a baseline: taking it off
#: costs up to 0.02 in correlation with the truth.
DEFAULT_SCALE_USING_LAST = 0
DEFAULT_RMSD_RESOLUTION_FACTOR = 0.25
LARGEST_RMSD = 1000.0  #: Å
LARGEST_RMSD_RESOLUTION_FACTOR = 100.0
#: A model that explains less of a map says nothing about its scale.
LEAST_FRACTION_COMPLETE = 0.05

#: Equal-width shells to each of equal volume, whose sums these are put together from.
_FINE_PER_SHELL = 100
_LEAST_WEIGHT = 1e-5
_LARGEST_BASELINE = 0.99
_LARGEST_EXPONENT = 20.0
_TAIL_DECAYS = 10 + 490 * np.arange(200) / 200  #: Å
_TABLE_LENGTH = 1024
#: Where a signal's fall-off is measured: finer than 10 Å, below which it depends on the
#: molecule's shape, and where more than this of a term is signal (CC*).
_FALL_OFF_FROM = 0.1  #: 1/Å
_LEAST_WEIGHT_OF_FALL_OFF = 0.3
_FEWEST_SHELLS_OF_FALL_OFF = 3


@dataclass(frozen=True)
class ShellScale:
    """A scale by shell of equal volume in s³, from half maps, a model or an external map."""

    s: FloatArray  #: 1/Å, middle of the shell
    n_terms: npt.NDArray[np.int64]
    correlation: FloatArray  #: of the two half maps, or of map and model; NaN without
    weight: FloatArray  #: CC* of half maps, sigma-A of a model, 1 of an external map; 0 to 1
    rms: FloatArray  #: rms amplitude of the map
    rms_reference: FloatArray  #: of its reference
    scale: FloatArray  #: weight * rms_reference / rms, largest 1
    rmsd: float | None = None  #: Å, error of the model
    fraction_complete: float | None = None  #: share of the molecule in the model


_CORRELATION = up_to(1, "a correlation from 0 to 1")


@dataclass(frozen=True)
class TailOptions(OptionGroup):
    """How a correlation is corrected where it is lost in noise."""

    #: A smooth fall-off replaces it from here on.
    cc_cut: float = option(DEFAULT_CC_CUT, _CORRELATION)
    max_cc_for_rescale: float = option(DEFAULT_MAX_CC_FOR_RESCALE, _CORRELATION)
    #: Shells at the end whose mean, up to that, counts as 0; 0: none.
    scale_using_last: int = option(
        DEFAULT_SCALE_USING_LAST, at_least(0, "a number of shells, or 0")
    )


def without_anisotropy(
    coefficients: Coefficients, grid: FourierGrid, b_cart: npt.ArrayLike
) -> Coefficients:
    """Return terms to d_min with the anisotropy of a B tensor taken off; the mean B stays."""
    factors = _core.b_iso_factors(0.0, _six(b_cart))
    return grid.scaled(coefficients, factors)[0]


def half_map_scale(
    full: Coefficients,
    half_1: Coefficients,
    half_2: Coefficients,
    grid: FourierGrid,
    *,
    n_bins: int = DEFAULT_N_BINS,
    tail: TailOptions | None = None,
    ideal_curve: str = "protein",
) -> ShellScale:
    """Scale a map to an ideal fall-off times the correlation CC* found from its halves.

    CC* = sqrt(2 FSC / (1 + FSC)) estimates the correlation of the mean of two half maps with
    the noise-free map (Rosenthal & Henderson 2003, J. Mol. Biol. 333, 721). The reference is
    the signal's rms amplitude, CC* times the map's, sharpened by the one B factor that makes
    it as steep as an ideal map from 10 Å on: the molecule keeps its own features. Where fewer
    than three shells determine that B factor it is the ideal curve itself.

    Parameters
    ----------
    full, half_1, half_2 : ndarray, shape (nz, ny, nx // 2 + 1), complex64
        Coefficients under one mask; anisotropy taken off by one tensor or not at all.
    n_bins : int
        Shells of equal volume; fewer where some would be empty.
    tail : TailOptions, optional
        How the correlation is mended.
    ideal_curve : str
        protein, nucleic_acid or beta_galactosidase.

    Raises
    ------
    MapValueError
        If a map has no power to d_min.
    ParameterError
        If `n_bins` is out of range.
    """
    halves = _shell_sums(half_1, half_2, grid, n_bins)
    of_full = _shell_sums(full, full, grid, n_bins)
    mended = _mended(halves.correlation, halves, tail or TailOptions())
    positive = np.clip(mended, 0, 1)
    weight = np.clip(_core.c_ref(positive), _LEAST_WEIGHT, 1)
    ideal = _core.ideal_amplitude(ideal_curve, of_full.s)
    reference = _sharpened_signal(of_full, weight, ideal)
    return _shell_scale(of_full, halves.correlation, weight, reference)


def _sharpened_signal(sums: _ShellSums, weight: FloatArray, ideal: FloatArray) -> FloatArray:
    signal = weight * sums.rms_1
    is_clear = (sums.s > _FALL_OFF_FROM) & (weight > _LEAST_WEIGHT_OF_FALL_OFF) & (signal > 0)
    if np.count_nonzero(is_clear) < _FEWEST_SHELLS_OF_FALL_OFF:
        return ideal
    certainty = weight * np.sqrt(sums.n_terms)
    slope, _ = np.polyfit(
        sums.s[is_clear] ** 2, np.log(signal[is_clear] / ideal[is_clear]), 1, w=certainty[is_clear]
    )
    reference: FloatArray = signal * np.exp(-slope * sums.s**2)
    return reference


def model_scale(
    observed: Coefficients,
    model: Coefficients,
    grid: FourierGrid,
    resolution: float,
    *,
    n_bins: int = DEFAULT_N_BINS,
    tail: TailOptions | None = None,
    rmsd: float | None = None,
    rmsd_resolution_factor: float = DEFAULT_RMSD_RESOLUTION_FACTOR,
    fraction_complete: float | None = None,
) -> ShellScale:
    """Scale a map to the fall-off of a model times the accuracy found with it.

    The correlation of a perfect map with a model of error rmsd that is a share f of the
    molecule would be ``sqrt(f) exp(-b_eff s² / 4)``, ``b_eff = 8 pi² rmsd² / 3`` (Luzzati
    1952, Acta Cryst. 5, 802); divided by it, the correlation that is found is the map's own.

    Parameters
    ----------
    observed, model : ndarray, shape (nz, ny, nx // 2 + 1), complex64
        Coefficients of the map, masked round the atoms, and of the model with the B factors
        that the result should have.
    resolution : float
        Å, nominal.
    n_bins, tail
        As in `half_map_scale`.
    rmsd : float, optional
        Å, of the model's atoms in three dimensions; by default `rmsd_resolution_factor`
        times the resolution.
    fraction_complete : float, optional
        Share of the molecule in the model; by default from the highest correlation. Below
        0.05 there is no scale: all factors are 1.

    Raises
    ------
    MapValueError
        If the map or the model has no power to d_min.
    ParameterError
        If a value is out of range.
    """
    error = model_error(resolution, rmsd, rmsd_resolution_factor)
    if fraction_complete is not None and not 0 < fraction_complete <= 1:
        raise ParameterError(
            f"fraction_complete is {fraction_complete}; expected a share above 0, up to 1"
        )
    sums = _shell_sums(observed, model, grid, n_bins)
    exponent = effective_b(error) * sums.s**2 / 4
    of_perfect_map = np.exp(-np.minimum(exponent, _LARGEST_EXPONENT))
    highest = float(np.max(np.clip(sums.correlation / of_perfect_map, 0, 1)))
    complete = highest**2 if fraction_complete is None else fraction_complete
    if complete < LEAST_FRACTION_COMPLETE:
        unscaled = _shell_scale(sums, sums.correlation, np.ones_like(sums.s), sums.rms_1)
        return replace(unscaled, rmsd=error, fraction_complete=complete)
    mended = _mended(sums.correlation, sums, tail or TailOptions())
    relative = np.clip(mended / math.sqrt(complete), _LEAST_WEIGHT, 1)
    weight = np.minimum(1, relative / of_perfect_map)
    scale = _shell_scale(sums, sums.correlation, weight, sums.rms_2)
    return replace(scale, rmsd=error, fraction_complete=complete)


def external_scale(
    observed: Coefficients,
    external: Coefficients,
    grid: FourierGrid,
    *,
    n_bins: int = DEFAULT_N_BINS,
) -> ShellScale:
    """Scale a map to the power by shell of an external map; otherwise as `half_map_scale`."""
    sums = _shell_sums(observed, external, grid, n_bins)
    nothing = np.full_like(sums.s, np.nan)
    return _shell_scale(sums, nothing, np.ones_like(sums.s), sums.rms_2)


def scale_factors(
    scale: ShellScale, grid: FourierGrid, b_cart: npt.ArrayLike | None = None
) -> _core.ScaleFactors:
    """Turn a scale by shell into factors for every term.

    Between shells ln(rms_reference / rms) is linear in s² and the weight in s; before the
    first and after the last both stay as they are there, so that no factor is below 0.

    Parameters
    ----------
    b_cart : array_like, shape (6,), optional
        B tensor (Å²: XX, YY, ZZ, XY, XZ, YZ) whose anisotropy is taken off as well.

    Returns
    -------
    ScaleFactors
        The largest before the anisotropy is taken off is about 1.
    """
    s_max = 1 / grid.d_min
    s = np.linspace(0, s_max, _TABLE_LENGTH)
    ln_ratio = np.log(amplitude_ratio(scale.rms_reference, scale.rms))
    gain = np.exp(np.interp(s**2, scale.s**2, ln_ratio)) * np.interp(s, scale.s, scale.weight)
    tensor = [0.0] * 6 if b_cart is None else _six(b_cart)
    anisotropy = _core.b_iso_factors(0.0, tensor).gain_b
    return _core.ScaleFactors(s_max / (_TABLE_LENGTH - 1), gain / gain.max(), gain_b=anisotropy)


def model_error(
    resolution: float,
    rmsd: float | None,
    rmsd_resolution_factor: float = DEFAULT_RMSD_RESOLUTION_FACTOR,
) -> float:
    """Return the error of a model in Å, as given or as a share of the resolution.

    Raises
    ------
    ParameterError
        If it is below 0, or beyond any molecule's size.
    """
    for name, value, most in (
        ("rmsd", rmsd, LARGEST_RMSD),
        ("rmsd_resolution_factor", rmsd_resolution_factor, LARGEST_RMSD_RESOLUTION_FACTOR),
    ):
        if value is not None and not 0 <= value <= most:
            raise ParameterError(f"{name} is {value}; expected 0 to {most:g}")
    return rmsd_resolution_factor * resolution if rmsd is None else rmsd


def effective_b(rmsd: float) -> float:
    """Return the B factor (Å²) that an error in three dimensions (Å) acts as."""
    return 8 * math.pi**2 / 3 * rmsd**2


@dataclass(frozen=True)
class _ShellSums:
    """What is summed over the terms of each shell."""

    s: FloatArray  #: 1/Å, rms of its terms
    s_of_mean_d: FloatArray  #: 1/Å, 1 / mean of d
    n_terms: npt.NDArray[np.int64]
    correlation: FloatArray  #: 0 where either map has no power
    rms_1: FloatArray
    rms_2: FloatArray


def _shell_sums(a: Coefficients, b: Coefficients, grid: FourierGrid, n_bins: int) -> _ShellSums:
    if n_bins < 1:
        raise ParameterError(f"n_bins is {n_bins}; expected at least 1 shell")
    n_fine = _FINE_PER_SHELL * n_bins
    width = (1 + 1e-6) / grid.d_min / n_fine
    sums = grid.power_sums(a, b, width, n_fine)
    s = sums.s
    filled = np.flatnonzero(sums.n_terms)
    if len(filled) == 0 or not sums.auto_1.any() or not sums.auto_2.any():
        raise MapValueError(
            f"there is no density in terms to {grid.d_min:.2f} Å to scale by; check the maps "
            "and the resolution"
        )
    first, last = filled[0], filled[-1]
    shell = _shells_of_equal_volume(s[first : last + 1], sums.n_terms[first : last + 1], n_bins)

    def total(of_fine: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(shell, of_fine[first : last + 1]), dtype=np.float64)

    n = total(sums.n_terms)
    cross, auto_1, auto_2 = map(total, (sums.cross, sums.auto_1, sums.auto_2))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = np.nan_to_num(cross / np.sqrt(auto_1 * auto_2))
    return _ShellSums(
        s=np.sqrt(total(sums.n_terms * s**2) / n),
        s_of_mean_d=n / total(sums.n_terms / s),
        n_terms=np.round(n).astype(np.int64),
        correlation=correlation,
        rms_1=np.sqrt(auto_1 / n),
        rms_2=np.sqrt(auto_2 / n),
    )


def _shells_of_equal_volume(
    s: FloatArray, n_terms: FloatArray, n_bins: int
) -> npt.NDArray[np.int64]:
    """Return the shell of each fine shell; as few fewer than `n_bins` as leave none empty."""
    volume = (s**3 - s[0] ** 3) / max(s[-1] ** 3 - s[0] ** 3, 1e-30)
    for n in range(n_bins, 1, -1):
        shell: npt.NDArray[np.int64] = np.minimum((volume * n).astype(np.int64), n - 1)
        if np.all(np.bincount(shell, n_terms, minlength=n) > 0):
            return shell
    return np.zeros(len(s), np.int64)


def _mended(correlation: FloatArray, sums: _ShellSums, tail: TailOptions) -> FloatArray:
    """Return the correlation above its baseline, smooth where it is lost in noise."""
    mended: FloatArray = correlation.copy()
    ends_at_zero = False
    if tail.scale_using_last > 0:
        baseline = float(np.clip(mended[-tail.scale_using_last :].mean(), 0, _LARGEST_BASELINE))
        ends_at_zero = baseline <= tail.max_cc_for_rescale
        if ends_at_zero:
            mended = (mended - baseline) / (1 - baseline)
    begin = _tail_begin(mended, tail.cc_cut)
    if begin is None:
        return mended
    x = sums.s_of_mean_d[begin:] - sums.s_of_mean_d[begin]
    curves = mended[begin] * np.exp(-_TAIL_DECAYS[:, None] * x[None, :])
    if ends_at_zero:
        curves -= curves[:, -1:]
    misfit = np.sum((curves - mended[begin:]) ** 2, axis=1)
    mended[begin:] = curves[np.argmin(misfit)]
    return mended


def _tail_begin(correlation: FloatArray, cc_cut: float) -> int | None:
    """Return the first shell below the cut after one that is clearly above it."""
    clear = min(2 * cc_cut, 1 - cc_cut / 2)
    above = np.flatnonzero(correlation > clear)
    if len(above) == 0:
        return None
    below = np.flatnonzero(correlation[above[0] :] < cc_cut)
    return None if len(below) == 0 else int(above[0] + below[0])


def _shell_scale(
    sums: _ShellSums, correlation: FloatArray, weight: FloatArray, reference: FloatArray
) -> ShellScale:
    scale = weight * amplitude_ratio(reference, sums.rms_1)
    scale /= scale.max()
    return ShellScale(sums.s, sums.n_terms, correlation, weight, sums.rms_1, reference, scale)


def amplitude_ratio(reference: FloatArray, rms: FloatArray) -> FloatArray:
    """Return reference / rms; where one of them has no power, the last shell that had."""
    sound = (rms > NO_POWER * rms.max()) & (reference > NO_POWER * reference.max())
    # Before the first one that had: that one's.
    last = np.maximum.accumulate(np.where(sound, np.arange(len(rms)), -1))
    last = np.where(last < 0, int(np.argmax(sound)), last)
    ratio: FloatArray = reference[last] / rms[last]
    return ratio


def _six(b_cart: npt.ArrayLike) -> list[float]:
    return [float(part) for part in np.asarray(b_cart, dtype=np.float64)]
