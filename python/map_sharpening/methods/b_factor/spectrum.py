"""Fourier coefficients of a map, its fall-off and its anisotropy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.arrays import Coefficients, FloatArray
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.grids import contiguous
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import WilsonPlot
from map_sharpening.methods.shared.direction import principal_spread
from map_sharpening.methods.shared.option_groups import GIVEN

#: Assumed b_iso, Å², of a map whose amplitudes do not determine it.
_UNKNOWN_B_ISO = 200.0
_PLOT_SHELLS = 60
_FEWEST_SHELLS = 3  #: for a line through ln of the intensities
_ROUNDING = 1e-10  #: of the largest intensity
#: 1/Å²: within these limits of s² the expected intensity of protein is known.
_EXPECTED_FROM, _EXPECTED_TO = 0.008, 0.69

#: B between directions, in squared resolutions, from which on no differences in the fall-off of a
#: reconstruction explain it: at most 4.04 in 60 of them, whose near-atom correlation is raised by
#: taking it off; 4.8 in a cut-out and 5.6 to 12.5 where views were missing or a map was doubled,
#: which is lowered.
_STRONGEST_ANISOTROPY = 4.4

#: A map's terms end where the power falls by the first within the second (of 1/d), which is
#: twice as much as before and after, for edges of masks and rounding leave some beyond: 20 to 1e15
#: times where a low-pass filter ended it, masked, cut out or changed by value afterwards or not.
#: Blurs and Butterworth filters, which have no end, fall evenly.
_LEAST_FALL, _WIDTH_OF_FALL, _EVEN_FALL = 20.0, 0.12, 0.5
_FALLEN = math.log(10.0)  #: how far it has fallen at the end
#: Times the resolution (Å), between which an end is looked for; finer ones do no harm.
_END_BEYOND, _COARSEST_END = 1.1, 4.0
_NO_POWER = 1e-14  #: of the highest, that stands for 0

Tensor = tuple[float, float, float, float, float, float]  #: XX, YY, ZZ, XY, XZ, YZ in Å²


@dataclass(frozen=True)
class Spectrum:
    """A map's coefficients and its Wilson fit."""

    coefficients: Coefficients
    grid: FourierGrid  #: with the finest term kept
    resolution: float  #: Å, nominal: finest term of the fit
    b_cart: Tensor  #: of an isotropic fit b_iso in the diagonal
    b_iso: float
    anisotropy: Tensor  #: what is taken off; 0 if it is left in
    warnings: tuple[str, ...]  #: warnings about the fit
    finest_kept: float  #: Å; finer than d_min where only the corners of the grid go on beyond that
    resolution_how: str = GIVEN  #: or where it was found

    @classmethod
    def of(
        cls,
        source: MapData,
        options: BFactorOptions,
        symmetry: Sequence[npt.ArrayLike] | None = None,
    ) -> Spectrum:
        """Transform a map and fit its B tensor, averaged over rotations of its symmetry."""
        finest_kept = options.applied.d_min_ratio * options.resolution
        finest_kept = max(finest_kept, options.data_d_min or 0.0)
        d_min = max(source.nyquist, finest_kept)
        grid = FourierGrid.to_d_min(source, d_min, options.threads)
        coefficients = _core.forward_transform(contiguous(source), options.threads)
        fit = grid.wilson_fit(coefficients, options.resolution)
        warnings: tuple[str, ...] = ()
        if fit.determined:
            b_cart: Tensor = tuple(fit.b)  # type: ignore[assignment]
            if symmetry is not None:
                b_cart = averaged_over_rotations(b_cart, symmetry)
        else:
            b_iso, warnings = _isotropic_fit(coefficients, grid, options.resolution)
            b_cart = (b_iso, b_iso, b_iso, 0.0, 0.0, 0.0)
        b_iso = float(np.mean(b_cart[:3]))
        anisotropy, doubts = _taken_off(b_cart, options)
        warnings = (*warnings, *doubts)
        resolution = options.resolution
        return cls(
            coefficients, grid, resolution, b_cart, b_iso, anisotropy, warnings, finest_kept
        )

    @property
    def d_min(self) -> float:
        """The finest term kept, in Å."""
        return self.grid.d_min

    def end_of_terms(self) -> float | None:
        """Return where the map's terms end, Å, if that is clearly coarser than the resolution."""
        width = 1 / max(self.grid.cell[:3])
        n_shells = max(1, math.floor(1 / self.d_min / width))
        mean, n_terms = _mean_intensities(self.coefficients, self.grid, width, n_shells)
        known = n_terms > 0
        known[0] = False  # the mean of the map
        s: FloatArray = (np.flatnonzero(known) + 0.5).astype(np.float64) * width
        return end_of_power(s, mean[known], self.resolution)

    def make_map(self, factors: _core.ScaleFactors) -> FloatMap:
        """Return the map of the coefficients times factors, mean 0 and SD 1.

        Coarse grids have signal in their corners too, which a map given has.
        """
        grid = self.grid
        return _core.make_sharpened_map(
            self.coefficients, grid.shape, grid.cell, self.finest_kept, factors, grid.threads
        )

    def measure(self, after: Coefficients) -> tuple[float, WilsonPlot]:
        """Return the Wilson B of a sharpened map's coefficients, and a plot of both."""
        fit = self.grid.wilson_fit(after, self.resolution)
        width = 1 / self.d_min / _PLOT_SHELLS
        with np.errstate(divide="ignore", invalid="ignore"):
            ln_before, ln_after = (
                np.log(_mean_intensities(c, self.grid, width, _PLOT_SHELLS)[0])
                for c in (self.coefficients, after)
            )
        s: FloatArray = (np.arange(_PLOT_SHELLS, dtype=np.float64) + 0.5) * width
        b_iso = float(np.mean(fit.b[:3])) if fit.determined else math.nan
        return b_iso, WilsonPlot(np.square(s), ln_before, ln_after)

    def ln_rms_amplitudes(self, n_shells: int) -> tuple[FloatArray, FloatArray]:
        """Return s (1/Å) and ln of the rms amplitude of shells of equal volume.

        The number of shells is reduced until none is empty.
        """
        n_fine = 40 * n_shells
        width = 1 / self.d_min / n_fine
        mean, n_terms = _mean_intensities(self.coefficients, self.grid, width, n_fine)
        power = np.where(n_terms > 0, mean * n_terms, 0.0)
        power[0] = n_terms[0] = 0  # the mean of the map
        middles = (np.arange(n_fine, dtype=np.float64) + 0.5) * width
        for n in range(n_shells, 0, -1):
            edges = np.cbrt(np.arange(1, n) / n) / self.d_min
            shell = np.searchsorted(edges, middles)
            sums = np.bincount(shell, power, n)
            if np.all(sums > 0):
                counts = np.bincount(shell, n_terms, n)
                s_of_shell: FloatArray = np.bincount(shell, n_terms * middles, n) / counts
                ln_rms: FloatArray = 0.5 * np.log(sums / counts)
                return s_of_shell, ln_rms
        raise MapValueError(
            f"the map has no terms to {self.d_min:.2f} Å to take its amplitudes from; "
            "check the resolution"
        )


def spectrum_to_end(
    source: MapData, options: BFactorOptions, symmetry: Sequence[npt.ArrayLike] | None
) -> tuple[BFactorOptions, Spectrum]:
    """Return options and a map's spectrum, to a resolution that its terms reach, with a warning.

    With a finer one a search and its weights have nothing to go by: of 40 maps that a low-pass
    filter ended some lost up to .04 near the atoms, and next to nothing at the resolution of it.
    """
    spectrum = Spectrum.of(source, options, symmetry)
    end = None if options.data_d_min is not None else spectrum.end_of_terms()
    if end is None:
        return options, spectrum
    warning = (
        f"the map's terms end at {end:.1f} Å, as of a low-pass filter, so that is used for "
        f"resolution={options.resolution:g}; for finer detail give the map before that filter"
    )
    options = replace(options, resolution=round(end, 2))
    spectrum = Spectrum.of(source, options, symmetry)
    how = "where the map's terms end"
    warnings = (warning, *spectrum.warnings)
    return options, replace(spectrum, resolution_how=how, warnings=warnings)


def end_of_power(s: FloatArray, power: FloatArray, resolution: float) -> float | None:
    """Return where power falls off at once, Å, if that is clearly coarser than the resolution (Å).

    Parameters
    ----------
    s : ndarray, shape (n,)
        1/Å, middles of shells, rising.
    power : ndarray, shape (n,)
        Mean squared amplitude of the terms of each shell.
    """
    if not power.size or not power.max() > 0:
        return None
    ln = np.log(np.maximum(power, _NO_POWER * power.max()))
    deepest, found = math.log(_LEAST_FALL), None

    def away(place: int, ratio: float, least: int) -> int:
        nearest = int(np.searchsorted(s, s[place] * ratio))
        return max(nearest, place + least) if least > 0 else min(nearest, place + least)

    looked_at = (s > 1 / (_COARSEST_END * resolution)) & (s < 1 / resolution)
    for k in map(int, np.flatnonzero(looked_at)):
        before, after = away(k, 1 / (1 + _WIDTH_OF_FALL), -2), away(k, 1 + _WIDTH_OF_FALL, 2)
        if before < 0 or after >= len(s):
            continue
        later = min(away(after, 1 + _WIDTH_OF_FALL, 2), len(s) - 1)
        fall = float(ln[k] - ln[after:].max())
        if fall >= deepest and max(ln[before] - ln[k], ln[after] - ln[later]) < _EVEN_FALL * fall:
            deepest, found = fall, k
    if found is None:
        return None
    last = found + int(np.argmax(ln[found:] < ln[found] - _FALLEN)) - 1
    end = 1 / float(s[last])
    return end if end > _END_BEYOND * resolution else None


def _mean_intensities(
    coefficients: Coefficients, grid: FourierGrid, width: float, n_shells: int
) -> tuple[FloatArray, FloatArray]:
    """Return the mean squared amplitude and the number of terms of each shell."""
    sums = grid.power_sums(coefficients, coefficients, width, n_shells)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean: FloatArray = sums.auto_1 / sums.n_terms
    return mean, np.asarray(sums.n_terms, dtype=np.float64)


def _isotropic_fit(
    coefficients: Coefficients, grid: FourierGrid, resolution: float
) -> tuple[float, tuple[str, ...]]:
    """Return a B from the mean intensities of all terms that there are, and a warning.

    Expected intensities are taken as constant where they are not known.
    """
    width = 1 / max(grid.cell[:3])
    n_shells = max(1, math.floor(1 / resolution / width))
    mean, n_terms = _mean_intensities(coefficients, grid, width, n_shells)
    s_squared = np.square((np.arange(n_shells) + 0.5) * width)
    mean[0] = 0  # the mean of the map
    usable = (n_terms > 0) & (mean > _ROUNDING * np.nanmax(mean))
    if np.count_nonzero(usable) < _FEWEST_SHELLS:
        return _UNKNOWN_B_ISO, (
            f"the map's fall-off can't be measured (hardly any terms to {resolution:g} Å): b_iso "
            f"is taken as {_UNKNOWN_B_ISO:g} Å² and the anisotropy is left in",
        )
    known = np.clip(s_squared[usable], _EXPECTED_FROM, _EXPECTED_TO)
    expected = [_core.wilson_expected_intensity(float(x)) for x in known]
    ln_ratio = np.log(mean[usable] / expected)
    slope, _ = np.polyfit(s_squared[usable], ln_ratio, 1, w=np.sqrt(n_terms[usable]))
    b_iso = -2 * float(slope)
    return b_iso, (
        "the anisotropy can't be measured (hardly any terms from 11 Å to "
        f"{resolution:g} Å) and is left in; b_iso {b_iso:.0f} Å² is a fit to the coarser terms",
    )


def _taken_off(b_cart: Tensor, options: BFactorOptions) -> tuple[Tensor, tuple[str, ...]]:
    """Return the tensor to take off, and a warning if it is too strong for a fall-off.

    Crystals may be as anisotropic as they like.
    """
    none = (0.0,) * 6
    if not options.applied.remove_aniso:
        return none, ()
    spread = principal_spread(b_cart)
    most = _STRONGEST_ANISOTROPY * options.resolution**2
    is_crystal = options.wrapping or options.data_d_min is not None
    if is_crystal or not spread > most:
        return b_cart, ()
    return none, (
        f"the map's B differs by {spread:.0f} Å² between directions, more than the {most:.0f} Å² "
        f"at {options.resolution:g} Å that a fall-off can explain: views may be missing, as in a "
        "tilt series, or the map may be a cut-out too small to measure it. The differences are "
        "left in; for a crystal give wrapping=True",
    )


def averaged_over_rotations(b_cart: Tensor, rotations: Sequence[npt.ArrayLike]) -> Tensor:
    """Return the mean of a tensor turned by each of the rotations of a point group.

    Parameters
    ----------
    b_cart : six floats
        XX, YY, ZZ, XY, XZ, YZ.
    rotations : sequence of array_like, shape (3, 3)
        In Cartesian axes; all of the group, or the tensor is not invariant afterwards.

    Raises
    ------
    ParameterError
        If there is none, or one is not a rotation (or rotoinversion).
    """
    try:
        turns = np.array(rotations, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"symmetry is {rotations!r:.60}; expected rotations in Cartesian axes, 3 x 3 each"
        ) from error
    is_group = turns.ndim == 3 and turns.shape[0] > 0 and turns.shape[1:] == (3, 3)
    if not is_group or not np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(3), atol=1e-4):
        raise ParameterError(
            "symmetry holds matrices that do not keep lengths; give rotations in Cartesian axes, "
            "3 x 3 each"
        )
    xx, yy, zz, xy, xz, yz = b_cart
    tensor = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    mean = np.mean(turns @ tensor @ turns.transpose(0, 2, 1), axis=0)
    places = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
    xx, yy, zz, xy, xz, yz = (float(mean[place]) for place in places)
    return (xx, yy, zz, xy, xz, yz)


def normalised(source: MapData) -> FloatMap:
    """Return a map with all its terms and its anisotropy, mean 0 and SD 1."""
    mean = source.values.mean(dtype=np.float64)
    deviation = source.values.std(dtype=np.float64)
    return np.ascontiguousarray((source.values - mean) / deviation, dtype=np.float32)
