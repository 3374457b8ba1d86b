"""How much of a map's power is signal, by resolution, from its molecule and its solvent."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError
from map_sharpening.maps.arrays import Coefficients, FloatArray, median
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.shared.smoothing import whittaker_smoothed
from map_sharpening.methods.shared.soft_masks import (
    OutsideValue,
    gaussian_smoothed,
    masked_coefficients,
    whole_box_taper,
)

#: What is outside of a region's soft mask, and its mean square below which it is too small.
_OF_REGION: dict[str, tuple[OutsideValue, float]] = {
    "solvent": ("mean", 0.05),
    "molecule": ("solvent", 0.0002),
}
#: The same, below which the molecule is lost in the edge of its mask.
_LEAST_WITHOUT_EDGE = 0.001
#: Noise over power in the molecule, in every shell, below which the solvent was flattened.
_FLATTENED = 1e-6
#: How many times as strong as in the solvent the noise may be in the molecule, as errors of
#: alignment add to it.
_HIGHEST_NOISE_RATIO = 2.0
#: Finest shells, beyond d_min, where all power in the molecule is taken for noise.
_LAST_SHELLS = 3
#: Share of its highest power that the noise of a map keeps in these shells if no filter, mask
#: or sharpening changed it: .17 to 1 in reconstructions, mostly below .1 in maps made of them.
_LEAST_NOISE_AT_END = 0.15
#: The same, in maps of which that is sure: .7 to 1 in reconstructions of 3 to 6 Å, and .17 to .4
#: in most that were weighted by their FSC and then sharpened.
_UNFILTERED_NOISE_AT_END = 0.4
#: Deviation of ln of the noise from a parabola in s, where there is signal, from which on a map
#: was weighted or filtered by shells: .01 to .07 in 55 reconstructions, mostly .1 to .8 in maps
#: that were weighted by their FSC. Not asked of maps coarser than the second (Å), or with fewer
#: shells.
_ROUGH_NOISE, _COARSEST_ROUGH, _LEAST_SHELLS = 0.08, 10.0, 8
#: Share of signal from which on a shell is asked, and that at the resolution from which on the
#: weights do no harm: maps weighted twice came out worse if it was at most .74, and better by up
#: to .03 in most of eight maps where it was higher.
_WITH_SIGNAL, _MOSTLY_SIGNAL = 0.05, 0.75
#: How near to 1 / d_min the finest shells must come to show the noise there: they come to .87 to
#: .93 on grids of 2.15 to 2.3 points per resolution, to .98 and more from 2.44 on.
_NEARLY_BEYOND = 0.96
#: 1/Å, where noise begins to count: 10 Å, or 2.5 times the resolution if that is coarser,
#: as the noise of reconstructions may be much stronger in coarser terms.
_NOISE_FROM = 0.1
_COARSEST_NOISE = 2.5
#: Replaces a share of 0 in logarithms.
_NO_SHARE = 1e-6
_STEPS_PER_SHELL = 8
#: Where a map was masked away its values are all the same, within this share of the solvent's
#: standard deviation; the share of the solvent's points from which on that is so (up to .42 in
#: maps as they are reconstructed), and their share nearby, soft edges of masks included.
_SAME_VALUE, _MASKED_AWAY, _NEAR_LEVEL = 0.01, 0.5, 0.2
_LOOKED_AT = 200_000  #: points
#: Power of fine terms over that where noise begins to count, from which on a map is so uneven that
#: masks spill the fine ones into all others: at most 5.7 in reconstructions finer than 20 Å.
_STEEP_RISE = 6.0
#: How much stronger the signal of a coarse map is taken to be, and how much of its B is used.
_CONCENTRATION_OF_COARSE, _SHARE_OF_COARSE_B = 1.5, 0.85


class SignalShareError(MapValueError):
    """A map in which signal and noise can't be distinguished."""


class MaskedSolventError(SignalShareError):
    """A map whose solvent was masked or flattened."""


@dataclass(frozen=True)
class SignalShare:
    """S / (S + N) by shell of resolution: the posterior mean of a term over its value.

    S is the power of the signal and N that of the noise per volume of the molecule.
    """

    s: FloatArray  #: 1/Å, middle of the shell
    share: FloatArray  #: 0 to 1
    noise_ratio: float = 1.0  #: noise in the molecule over that of the solvent, 1 to 2
    #: Noise of the solvent in the finest shells over the highest from 10 Å (or coarser) on.
    noise_at_end: float = 1.0
    #: Å², by which the signal falls off relative to that of an ideal map; None: not known.
    b_of_signal: float | None = None
    #: Deviation of ln of the solvent's noise from a parabola in s, where there is signal.
    noise_roughness: float = 0.0
    at_resolution: float = 0.0  #: share at the resolution given
    #: S + N, mean over the terms of a shell, and the number of these terms.
    power: FloatArray = field(default_factory=lambda: np.zeros(0))
    n_terms: FloatArray = field(default_factory=lambda: np.zeros(0))

    @property
    def is_of_raw_map(self) -> bool:
        """Whether noise reaches beyond d_min, and varies smoothly, as in an unprocessed map."""
        return self.noise_at_end >= _LEAST_NOISE_AT_END and not self.is_weighted_by_shells

    @property
    def is_weighted_by_shells(self) -> bool:
        """Whether the map was weighted by its FSC, or filtered by shells, as its noise shows.

        Not where nearly all power at the resolution is signal, so that weights do no harm.
        """
        return self.noise_roughness >= _ROUGH_NOISE and self.at_resolution < _MOSTLY_SIGNAL

    @property
    def is_unfiltered(self) -> bool:
        """Whether the noise beyond d_min is so strong that hardly any filter was applied."""
        return self.noise_at_end >= _UNFILTERED_NOISE_AT_END

    @property
    def at_end(self) -> float:
        """Share in the finest shells that were looked at."""
        return float(np.mean(self.share[-_LAST_SHELLS:]))

    def is_left_out_by(self, d_min: float) -> bool:
        """Whether the finest shells that were looked at are on average finer than d_min (Å)."""
        return float(np.mean(self.s[-_LAST_SHELLS:])) > 1 / d_min

    def shows_noise_beyond(self, d_min: float) -> bool:
        """Whether noise was looked at, nearly beyond d_min (Å) or where hardly any signal is left.

        On a grid that ends sooner nothing shows if a filter weakened the noise there.
        """
        return self.is_left_out_by(d_min / _NEARLY_BEYOND) or self.at_end < _WITH_SIGNAL

    def why_of_treated_map(self, d_min: float | None) -> str:
        """Return why a map seems to have been treated, or may have been; '' if it is raw.

        It is kept to d_min (Å); None: its noise need not be seen beyond.
        """
        if self.is_weighted_by_shells:
            return (
                "the noise of the solvent doesn't vary smoothly with resolution, as where a map "
                "was weighted by its FSC or filtered before"
            )
        if not self.is_of_raw_map:
            return (
                "the noise of the solvent falls off towards the resolution, as where a map was "
                "filtered, masked or sharpened before"
            )
        if d_min is None or self.shows_noise_beyond(d_min):
            return ""
        return (
            f"the map's grid ends at {1 / self.s[-1]:.1f} Å, where signal is left, so that "
            "nothing shows if its noise beyond was filtered away"
        )

    def of_coarse_map(self) -> SignalShare:
        """Return the share and fall-off that do least harm where few shells tell them.

        Of some twenty pairs coarser than 10 Å the signal where the molecule is came out too weak
        in the finest shells, and B up to twice too large.
        """
        c = _CONCENTRATION_OF_COARSE
        share = c * self.share / (1 + (c - 1) * self.share)
        b = None if self.b_of_signal is None else _SHARE_OF_COARSE_B * self.b_of_signal
        return replace(self, share=share, b_of_signal=b)

    def at(self, d: float) -> float:
        """Return the share at a resolution in Å."""
        return float(np.interp(1 / d, self.s, self.share))

    def weighted(self, factors: _core.ScaleFactors, d_min: float) -> _core.ScaleFactors:
        """Return factors without a ratio, times the share, to d_min (Å)."""
        step = min(factors.step, float(self.s[0]) / _STEPS_PER_SHELL)
        s = step * np.arange(math.ceil(1 / (d_min * step)) + 2)
        gain = np.interp(s / factors.step, np.arange(len(factors.gain)), factors.gain)
        gain *= np.interp(s, self.s, self.share)
        return _core.ScaleFactors(step, gain.tolist(), gain_b=factors.gain_b)


def signal_share(
    source: MapData,
    is_solvent: npt.NDArray[np.bool_],
    resolution: float,
    d_min: float,
    *,
    periodic: bool = False,
    ideal_curve: str = "protein",
    terms: Coefficients | None = None,
    threads: int = 0,
) -> SignalShare:
    """Return the share of signal in the power of the molecule, and its fall-off.

    Noise is taken to be in the molecule as it is in the solvent, times the ratio that leaves no
    signal beyond d_min, 1 to 2. Both are looked at through soft masks, and their powers divided by
    the volume that these see. A map whose power rises steeply, as in one that was sharpened
    without a filter, is masked with an even spectrum. The fall-off is that of `fit_fall_off`.

    Parameters
    ----------
    is_solvent : ndarray of bool, shape (z, y, x)
        Where the solvent is.
    resolution : float
        Å, width of the masks' edges.
    d_min : float
        Å, finest terms kept; powers are looked at to 0.833 of it, or to Nyquist.
    periodic : bool
        The map fills a unit cell.
    ideal_curve : str
        protein, nucleic_acid or beta_galactosidase.
    terms : ndarray, optional
        The map's coefficients, where they are known.

    Raises
    ------
    SignalShareError
        If solvent or molecule is too small, or the solvent was flattened.
    """
    smooth = gaussian_smoothed(is_solvent.astype(np.float32), source.box, resolution, threads)
    cut_away = masked_away(source, is_solvent, resolution, threads)
    # Each mask lies within the smoothed edge, and doesn't reach the other region.
    grid = FourierGrid.of_map(source, d_min, threads)
    if terms is None:
        terms = masked_coefficients(source, None, "zero", threads)
    natural = RadialPower.of_terms(terms, grid)
    is_steep = natural.rise(resolution) > _STEEP_RISE
    if is_steep:
        source = natural.evened(source)
    n_shells = grid.n_shells
    width = 1 / grid.d_min / n_shells
    solvent = np.clip(2 * smooth - 1, 0, 1)
    if not periodic:
        solvent *= whole_box_taper(source, resolution, threads)
    if cut_away is not None:
        edge = gaussian_smoothed(cut_away, source.box, resolution, threads)
        solvent *= np.clip(1 - 2 * edge, 0, 1)
    is_cut = cut_away is not None
    noise, n_terms = _power_in("solvent", source, solvent, grid, is_cut, threads)
    del solvent
    all_power, _ = _power_in("molecule", source, _molecule_mask(smooth), grid, is_cut, threads)
    known = (n_terms > 0) & (all_power > 0)
    ratio = noise[known] / all_power[known]
    if not ratio.size or ratio.max() < _FLATTENED:
        raise MaskedSolventError(
            f"the solvent of {source.name} holds no noise, as if it had been masked or flattened"
        )
    ln_ratio = np.log(np.maximum(ratio, _FLATTENED))
    smoothed = np.exp(whittaker_smoothed(ln_ratio, n_terms[known]))
    s: FloatArray = (np.arange(n_shells, dtype=np.float64)[known] + 0.5) * width
    if is_steep:
        as_given = np.interp(s, natural.s, natural.power)
        noise[known] *= as_given
        all_power[known] *= as_given
    at_end = float(np.mean(smoothed[-_LAST_SHELLS:]))
    noise_ratio = min(max(1 / at_end, 1.0), _HIGHEST_NOISE_RATIO)
    share = np.clip(1 - noise_ratio * smoothed, 0, 1)
    per_term = all_power[known] / n_terms[known]
    return SignalShare(
        s,
        share,
        noise_ratio,
        _noise_at_end(s, noise[known], n_terms[known], resolution),
        _b_of_signal(s, share, per_term, width, ideal_curve),
        _noise_roughness(s, noise[known] / n_terms[known], share, n_terms[known], resolution),
        float(np.interp(1 / resolution, s, share)),
        per_term,
        n_terms[known],
    )


def fall_off_of_molecule(
    source: MapData,
    is_solvent: npt.NDArray[np.bool_],
    resolution: float,
    d_min: float,
    *,
    ideal_curve: str = "protein",
    threads: int = 0,
) -> float | None:
    """Return B (Å²) by which a map's molecule falls off relative to an ideal one; None: unknown.

    To the resolution all of its power is taken as signal, as filters leave it. Parameters are
    those of `signal_share`.
    """
    smooth = gaussian_smoothed(is_solvent.astype(np.float32), source.box, resolution, threads)
    molecule = _molecule_mask(smooth)
    if _mean_square(molecule) < _OF_REGION["molecule"][1]:
        return None
    found = RadialPower.of(source, d_min, molecule, threads, outside="solvent")
    width = 2 * float(found.s[0])
    share = (found.s < 1 / resolution).astype(np.float64)
    return _b_of_signal(found.s, share, found.power, width, ideal_curve)


def _power_in(
    region: str, source: MapData, mask: FloatMap, grid: FourierGrid, is_cut: bool, threads: int
) -> tuple[FloatArray, FloatArray]:
    """Return the power in each shell over the volume that a mask sees, and the terms' number."""
    outside, least = _OF_REGION[region]
    mean_square = _mean_square(mask)
    if mean_square < least:
        if region == "solvent" and is_cut:
            raise MaskedSolventError(
                f"the solvent of {source.name} was masked or flattened: what is left of it (a "
                f"share of {mean_square:.2g}, expected at least {least:g}) is too little to "
                "know the noise"
            )
        raise SignalShareError(
            f"{source.name} has too little {region} to tell signal from noise (its share is "
            f"{mean_square:.2g}, expected at least {least:g})"
        )
    terms = masked_coefficients(source, mask, outside, threads)
    sums = grid.power_sums(terms, terms, 1 / grid.d_min / grid.n_shells, grid.n_shells)
    return sums.auto_1 / mean_square, sums.n_terms


def _molecule_mask(smooth: FloatMap) -> FloatMap:
    """Return a mask of the molecule within its smooth edge to the solvent."""
    molecule: FloatMap = np.clip(1 - 2 * smooth, 0, 1)
    if _mean_square(molecule) >= _LEAST_WITHOUT_EDGE:
        return molecule
    # At such a resolution, with the whole edge and the solvent in it.
    return 1 - smooth


def _mean_square(mask: FloatMap) -> float:
    return float(np.square(mask).mean(dtype=np.float64))


def masked_away(
    source: MapData, is_solvent: npt.NDArray[np.bool_], resolution: float, threads: int = 0
) -> FloatMap | None:
    """Return where a map was masked, 1 there and 0 elsewhere; None if most of the solvent wasn't.

    Noise is measured elsewhere, as where there is none it says nothing of that in the molecule.
    """
    step = max(1, int(np.cbrt(source.values.size / _LOOKED_AT)))
    looked_at = (slice(None, None, step),) * 3
    sample = source.values[looked_at][is_solvent[looked_at]]
    if not sample.size:
        return None
    level, deviation = median(sample), float(sample.std(dtype=np.float64))
    if np.mean(np.abs(sample - level) <= _SAME_VALUE * deviation) < _MASKED_AWAY:
        return None
    is_level = np.abs(source.values - np.float32(level)) <= np.float32(_SAME_VALUE * deviation)
    nearby = gaussian_smoothed(is_level.astype(np.float32), source.box, resolution, threads)
    return (nearby > _NEAR_LEVEL).astype(np.float32)


def fading(
    source: MapData,
    is_solvent: npt.NDArray[np.bool_],
    resolution: float,
    *,
    periodic: bool = False,
    threads: int = 0,
) -> FloatMap | None:
    """Return weights under which a map ends softly, at its faces and where it was masked.

    The steps there have power at all resolutions, which seems to be detail. None if a map has
    no such ends; otherwise weights 0 to 1, shape (z, y, x).
    """
    weights: FloatMap | None = None
    if not periodic:
        z, y, x = (np.hanning(n + 2)[1:-1].astype(np.float32) for n in source.values.shape)
        weights = z[:, None, None] * y[None, :, None] * x[None, None, :]
    cut_away = masked_away(source, is_solvent, resolution, threads)
    if cut_away is None:
        return weights
    edge = gaussian_smoothed(cut_away, source.box, resolution, threads)
    inside: FloatMap = np.clip(1 - 2 * edge, 0, 1)
    inside = inside if weights is None else weights * inside
    # A thin molecule may be all edge.
    return inside if inside.mean() > _LEAST_WITHOUT_EDGE else weights


@dataclass(frozen=True)
class RadialPower:
    """The mean power of a map's terms by resolution, to 0.833 of the finest that are kept."""

    terms: Coefficients
    grid: FourierGrid
    s: FloatArray  #: 1/Å, middles of shells
    power: FloatArray

    @classmethod
    def of(
        cls,
        source: MapData,
        d_min: float,
        weights: FloatMap | None = None,
        threads: int = 0,
        *,
        outside: OutsideValue = "mean",
    ) -> RadialPower:
        """Measure a map that fades to one value by weights; terms to d_min (Å) are kept."""
        grid = FourierGrid.of_map(source, d_min, threads)
        return cls.of_terms(masked_coefficients(source, weights, outside, threads), grid)

    @classmethod
    def of_terms(cls, terms: Coefficients, grid: FourierGrid) -> RadialPower:
        """Measure a map of known coefficients."""
        sums = grid.power_sums(terms, terms, 1 / grid.d_min / grid.n_shells, grid.n_shells)
        s = sums.s
        known = (sums.n_terms > 0) & (sums.auto_1 > 0)
        power = sums.auto_1[known] / sums.n_terms[known]
        return cls(
            terms, grid, s, np.interp(s, s[known], power) if known.any() else np.zeros_like(s)
        )

    def beyond(self, resolution: float, kept_to: float | None = None) -> float:
        """Return the power of the finest terms over that at a resolution (Å).

        It is that of up to three shells, all of whose terms are finer than the resolution, or
        than `kept_to` (Å); 0 if there are none, as in a box that is short relative to the
        resolution.
        """
        at_resolution = float(np.interp(1 / resolution, self.s, self.power))
        is_beyond = self.s - self.s[0] >= 1 / (kept_to or resolution)  # where a shell begins
        last = self.power[is_beyond][-_LAST_SHELLS:]
        return float(last.mean()) / at_resolution if last.size and at_resolution > 0 else 0.0

    def rise(self, resolution: float) -> float:
        """Return the highest power of fine terms over that where noise begins to count.

        Terms to the corners of the Fourier grid count: all that masks may spill.
        """
        width = 2 * float(self.s[0])
        n_shells = math.ceil(self.grid.beyond_all / width)
        sums = self.grid.power_sums(self.terms, self.terms, width, n_shells)
        known = sums.n_terms > 0
        s, power = sums.s[known], sums.auto_1[known] / sums.n_terms[known]
        begin = min(_NOISE_FROM, 1 / (_COARSEST_NOISE * resolution))
        coarse = float(np.interp(begin, s, power))
        return float(power[s >= begin].max(initial=0.0)) / coarse if coarse > 0 else 0.0

    def evened(self, source: MapData) -> MapData:
        """Return the map with the same power at each resolution.

        In maps whose power falls steeply the edges of masks spill strong terms into weak ones,
        which then seem to be signal.
        """
        step = float(self.s[0]) * 2 / _STEPS_PER_SHELL
        places = step * np.arange(_STEPS_PER_SHELL * (len(self.s) + 1))
        least = _FLATTENED**2 * float(self.power.max())
        even = 1 / np.sqrt(np.maximum(np.interp(places, self.s, self.power), least))
        scaled, _ = self.grid.scaled(self.terms, _core.ScaleFactors(step, even.tolist()))
        return source.with_values(self.grid.map_of(scaled))


def _noise_at_end(
    s: FloatArray, noise: FloatArray, n_terms: FloatArray, resolution: float
) -> float:
    per_term = noise / n_terms
    floor = _FLATTENED * float(per_term.max())
    ln_noise = whittaker_smoothed(np.log(np.maximum(per_term, floor)), n_terms)
    last = ln_noise[-_LAST_SHELLS:]
    fine = s >= _noise_from(resolution)
    return float(np.exp(last.mean() - ln_noise[fine].max()))


def _noise_roughness(
    s: FloatArray,
    per_term: FloatArray,
    share: FloatArray,
    n_terms: FloatArray,
    resolution: float,
) -> float:
    """Return how far ln of the noise is from a parabola in s, rms over terms with signal."""
    asked = (s >= _noise_from(resolution)) & (share > _WITH_SIGNAL) & (per_term > 0)
    if resolution > _COARSEST_ROUGH or np.count_nonzero(asked) < _LEAST_SHELLS:
        return 0.0
    x, y, weights = s[asked], np.log(per_term[asked]), n_terms[asked]
    deviations = y - np.polyval(np.polyfit(x, y, 2, w=np.sqrt(weights)), x)
    return math.sqrt(float(np.average(np.square(deviations), weights=weights)))


def _noise_from(resolution: float) -> float:
    return min(_NOISE_FROM, 1 / (_COARSEST_NOISE * resolution))


def _b_of_signal(
    s: FloatArray, share: FloatArray, power: FloatArray, width: float, ideal_curve: str
) -> float | None:
    every = (np.arange(round(s[-1] / width + 0.5)) + 0.5) * width  # empty shells too
    signal = np.interp(every, s, np.maximum(share, _NO_SHARE) * power)
    noise = np.interp(every, s, power) - signal
    line = _core.fit_fall_off(signal, noise, width, _core.ideal_curve_named(ideal_curve))
    return line.b if line.standard_error > 0 else None
