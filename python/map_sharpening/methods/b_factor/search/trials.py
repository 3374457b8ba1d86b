"""Trials of B-factor sharpening: the factors, the map they make, and its scores."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import ParameterError
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import FloatMap
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import Trial
from map_sharpening.methods.b_factor.scores import Scores
from map_sharpening.methods.b_factor.signal_share import SignalShare
from map_sharpening.methods.b_factor.spectrum import Spectrum
from map_sharpening.methods.b_factor.volume.working_volume import ScoredPart
from map_sharpening.methods.shared.shell_scaling import scale_factors

#: ln of the largest factor; terms multiplied by much more leave single precision.
_LARGEST_LN_FACTOR = 70.0
#: Trials that treat data of any resolution alike.
_UNIFORM = {"no_sharpening", "b_iso"}

NOT_SCORED = Scores()


class TrialMaps:
    """Makes the map of a trial and scores it, only once for repeated requests.

    Scores are kept without the weight of regions, which is found from them.
    """

    def __init__(
        self,
        spectrum: Spectrum,
        part: ScoredPart,
        solvent_fraction: float | None,
        molecule: FloatMap | None,
        options: BFactorOptions,
        share: SignalShare | None = None,
    ) -> None:
        self._spectrum = spectrum
        self._part = part
        self._molecule = molecule
        self._options = options
        self._share = share
        self._score_options = _core.ScoreOptions(
            solvent_fraction=solvent_fraction,
            fraction_occupied=options.score.fraction_occupied,
            sa_percent=options.score.sa_percent,
            max_regions_to_test=options.score.max_regions_to_test,
            region_weight=0.0,
            periodic=options.wrapping and part.box is None,
            box=part.box,
        )
        self._without_coarse_terms = False
        self._found: dict[tuple[object, ...], _core.MapScore] = {}
        self._uncut: _core.MapScore | None = None  #: of the map as it is, with all of its terms

    def leave_out_coarse_terms(self) -> None:
        """From now on, score the maps without terms much coarser than the resolution."""
        self._without_coarse_terms = True
        self._found.clear()
        self._uncut = None

    def factors(self, trial: Trial) -> _core.ScaleFactors:
        """Return the factors of a trial, weighted by the share of signal.

        Scales by shell have such a weight already.
        """
        factors = self._own_factors(trial)
        is_weighted = trial.method != "no_sharpening" and trial.shell_scale is None
        if self._share is None or not is_weighted:
            return factors
        return self._share.weighted(factors, self._spectrum.d_min)

    def new_trial(self, method: str, b_sharpen: float) -> Trial:
        """Return a trial of one B factor that isn't scored yet."""
        options = self._options
        b_iso = self._spectrum.b_iso - b_sharpen
        # Weights serve the same purpose as the blur beyond d_cut, and better.
        is_cut = self._share is None or options.is_blurred_beyond_d_cut
        if method in _UNIFORM or not is_cut:
            return Trial(method, b_sharpen, b_iso, NOT_SCORED)
        return Trial(
            method,
            b_sharpen,
            b_iso,
            NOT_SCORED,
            d_cut=options.resolution if options.applied.d_cut is None else options.applied.d_cut,
            b_blur_hires=options.applied.b_blur_hires,
        )

    @property
    def b_of_signal(self) -> float | None:
        """The B that brings the signal to an ideal fall-off, Å²; None: terms aren't weighted."""
        return None if self._share is None else self._share.b_of_signal

    @property
    def is_noise_whole(self) -> bool:
        """Whether terms are weighted and no filter is likely to have weakened their noise."""
        share = self._share
        return (
            share is not None
            and share.is_unfiltered
            and share.shows_noise_beyond(self._spectrum.d_min)
        )

    def _own_factors(self, trial: Trial) -> _core.ScaleFactors:
        spectrum, options = self._spectrum, self._options
        anisotropy = list(spectrum.anisotropy)
        if trial.shell_scale is not None:
            return scale_factors(trial.shell_scale, spectrum.grid, anisotropy)
        if trial.resolution_dependent_b is not None:
            return self._curve_factors(trial.resolution_dependent_b, anisotropy)
        _require_in_range(trial, spectrum)
        if trial.d_cut is None:
            return _core.b_iso_factors(trial.b_sharpen, anisotropy)
        core_trial = _core.BFactorTrial(
            b_sharpen=trial.b_sharpen,
            d_cut=trial.d_cut,
            b_blur_hires=trial.b_blur_hires,
            k_sharpen=options.applied.k_sharpen or 0.0,
        )
        return _core.b_iso_to_d_cut_factors(core_trial, spectrum.d_min, anisotropy)

    def _for_score(self, factors: _core.ScaleFactors, d_min: float) -> _core.ScaleFactors:
        if not self._without_coarse_terms:
            return factors
        coarse = _core.COARSE_TERMS * self._options.resolution
        return _core.without_coarse_terms(factors, coarse, d_min)

    def _curve_factors(
        self, curve: tuple[float, float, float], anisotropy: list[float]
    ) -> _core.ScaleFactors:
        spectrum, options = self._spectrum, self._options
        factors = _core.resolution_dependent_factors(
            curve, options.resolution, spectrum.d_min, options.applied.d_min_ratio, anisotropy
        )
        if not options.applied.normalize_amplitudes_in_resdep:
            return factors
        s_of_shells, ln_rms_of_shells = self._amplitudes
        s = factors.step * np.arange(len(factors.gain))
        ln_rms = np.interp(s, s_of_shells, ln_rms_of_shells)
        gain = np.array(factors.gain) * np.exp(ln_rms.min() - ln_rms)
        return _core.ScaleFactors(factors.step, gain.tolist(), gain_b=factors.gain_b)

    @cached_property
    def _amplitudes(self) -> tuple[FloatArray, FloatArray]:
        return self._spectrum.ln_rms_amplitudes(self._options.shells.n_bins)

    def of(
        self, trials: Sequence[Trial], progress: Callable[[int, int], None] | None = None
    ) -> list[_core.MapScore]:
        """Return the core's scores of each trial."""
        missing = {_key(trial): trial for trial in trials if _key(trial) not in self._found}
        if missing:
            d_min = self._spectrum.d_min
            factors = [self._for_score(self.factors(trial), d_min) for trial in missing.values()]
            scores = self._scan(factors, d_min, progress)
            self._found.update(zip(missing, scores, strict=True))
        return [self._found[_key(trial)] for trial in trials]

    def scored_uncut(self, region_weight: float) -> Trial:
        """Return the map as it is scored with all of its terms, to the corners of the grid."""
        if self._uncut is None:
            grid = self._spectrum.grid
            as_it_is = self._for_score(_core.b_iso_factors(0.0, [0.0] * 6), 1 / grid.beyond_all)
            (self._uncut,) = self._scan([as_it_is], 1 / grid.beyond_all)
        trial = self.new_trial("no_sharpening", 0.0)
        return replace(trial, scores=Scores.from_core(self._uncut, region_weight))

    def _scan(
        self,
        factors: list[_core.ScaleFactors],
        d_min: float,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[_core.MapScore]:
        grid = self._spectrum.grid
        return _core.scan_scale_factors(
            self._spectrum.coefficients,
            grid.shape,
            grid.cell,
            d_min,
            factors,
            self._score_options,
            self._part.mask,
            grid.threads,
            progress,
            self._molecule,
        )

    def scored(
        self,
        trials: Sequence[Trial],
        region_weight: float,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[Trial]:
        """Return the trials with their scores."""
        return [
            replace(trial, scores=Scores.from_core(score, region_weight))
            for trial, score in zip(trials, self.of(trials, progress), strict=True)
        ]


def new_curve_trial(curve: tuple[float, float, float]) -> Trial:
    """Return a resolution-dependent trial that isn't scored yet."""
    return Trial("resolution_dependent", math.nan, math.nan, NOT_SCORED, curve)


def without_cut(trial: Trial) -> Trial:
    """Return a trial that treats data beyond d_cut as the others; its scores are of before."""
    return replace(trial, d_cut=None, b_blur_hires=None)


def is_in_range(trial: Trial, spectrum: Spectrum) -> bool:
    """Whether single precision can hold the map of a trial of one B factor."""
    return trial.b_sharpen / (4 * spectrum.d_min**2) <= _LARGEST_LN_FACTOR


def _require_in_range(trial: Trial, spectrum: Spectrum) -> None:
    if not is_in_range(trial, spectrum):
        raise ParameterError(
            f"b_sharpen is {trial.b_sharpen:g} Å² (b_iso {trial.b_iso:g} Å²), beyond what "
            f"numbers hold at {spectrum.d_min:.2f} Å; give b_sharpen, b_iso or search_b_min "
            f"nearer to the map's own ({spectrum.b_iso:.0f} Å²)"
        )


def _key(trial: Trial) -> tuple[object, ...]:
    """Return the function that makes the map of a trial."""
    b_sharpen = None if math.isnan(trial.b_sharpen) else trial.b_sharpen
    return (
        trial.method == "no_sharpening",  # the only one that is never weighted
        b_sharpen,
        trial.d_cut,
        trial.b_blur_hires,
        trial.resolution_dependent_b,
        id(trial.shell_scale),
    )
