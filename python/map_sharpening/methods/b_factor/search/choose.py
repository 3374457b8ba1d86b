"""The search for the B factor: trials of each method, and the choice between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from map_sharpening import _core
from map_sharpening.methods.b_factor.options import SCANNED_METHODS, SHELL_METHODS, BFactorOptions
from map_sharpening.methods.b_factor.result import RegionWeight, Trial
from map_sharpening.methods.b_factor.search.cautions import cautions_of_bounds_passed
from map_sharpening.methods.b_factor.search.optimise import best_curve, refined
from map_sharpening.methods.b_factor.search.region_weight import (
    DEFAULT_REGION_WEIGHT,
    region_weight,
    search_range,
)
from map_sharpening.methods.b_factor.search.treated import (
    CONTRADICTED,
    LOST,
    NOISE_BEYOND,
    ScanOfTreated,
    Treatment,
    hardly_changed,
    is_blur_of_cut_off,
    is_hardly_blurred,
    least_change,
    share_alike,
)
from map_sharpening.methods.b_factor.search.trials import (
    TrialMaps,
    is_in_range,
    new_curve_trial,
    without_cut,
)
from map_sharpening.methods.b_factor.search.values import LESS_BY, signal_to_noise_of, value_of
from map_sharpening.methods.b_factor.shells import ShellScales
from map_sharpening.methods.b_factor.spectrum import Spectrum

#: Trials on either side of the best that must confirm its maximum.
_MARGIN = 3
#: A scan of fewer trials than this only compares a few values, and isn't refined.
_LEAST_TRIALS_BY_MARGIN = 7
#: By how much more a score may ask for until it doesn't count: up to 5.3 in some 150 maps, and 57
#: and 68 in tight cut-outs of sharpened maps without a filter, which are all noise.
_MORE_BY = 8.0


class BFactorSearch:
    """Tries methods on one map and chooses.

    Attributes
    ----------
    trials : list of Trial
        In the order in which they were made.
    unsharpened : Trial
        The map as it is, cut at d_min.
    region_weight : RegionWeight or None
        None: regions are not looked at.
    warnings : list of str
    """

    def __init__(
        self,
        spectrum: Spectrum,
        maps: TrialMaps,
        shells: ShellScales,
        options: BFactorOptions,
        *,
        has_regions: bool,
        treatment: Treatment | None,
        progress: Callable[[float], None],
    ) -> None:
        self._treatment = treatment  #: None: the map seems as it was reconstructed
        self._spectrum = spectrum
        self._maps = maps
        self._shells = shells
        self._options = options
        self._progress = progress
        self._warnings_of_weight: tuple[str, ...] = ()
        self.region_weight: RegionWeight | None = None
        if has_regions:
            self.region_weight, warnings = region_weight(spectrum, maps, options)
            if "adjusted_sa" in options.score.targets:
                self._warnings_of_weight = warnings
        self._begin()

    def _begin(self) -> None:
        self._signal_to_noise: dict[str, float] = {}  # by method scanned
        self._uncertain: list[str] = []  # warnings of scans whose best says little
        self._is_most_blurred_best = False  # of a scan by the skewness
        self._is_end_best = False  # of a scan that could be widened no further
        self._is_score_misled = False  # by matter without detail, or noise
        self.trials: list[Trial] = []
        self.warnings: list[str] = [*self._warnings_of_weight]
        self.unsharpened = self._tried(self._new("no_sharpening", 0.0))

    def choose(self) -> Trial:
        """Return the trial to apply."""
        options = self._options
        if options.applied.given:
            chosen = self._given()
        elif not options.search.auto_sharpen:
            self.warnings.append(
                f"auto_sharpen is False and no B factor is given: {self._as_it_was}; "
                "give b_iso, b_sharpen or resolution_dependent_b"
            )
            return self.unsharpened
        elif options.is_target_b_iso_taken:
            chosen = self._tried(self._new("b_iso_to_d_cut", self._b_sharpen_of_target()))
        elif options.is_too_coarse_to_score:
            return self._without_score()
        else:
            chosen = self._best_of_methods()
            if self._is_input_preferred(chosen):
                return self._nearest_to_input(chosen, self._treatment or Treatment())
        return self._kept_if_better(chosen)

    def _without_score(self) -> Trial:
        """Return the trial of the signal's fall-off, or the map as it is if that isn't known."""
        b_of_signal = self._maps.b_of_signal
        is_asked_for = self._options.sample.pseudo_likelihood
        # No map as it was reconstructed has to be blurred: its weights see to the noise.
        if b_of_signal is None or (b_of_signal < 0 and not is_asked_for):
            self.warnings.append(
                f"nothing shows how much to sharpen a map of {self._options.resolution:g} Å that "
                "may have been filtered, masked or sharpened before: it is left as it is; give "
                "the half maps or the unfiltered map, or b_sharpen, or pseudo_likelihood=True to "
                "treat it as a map as it was reconstructed"
            )
            return self.unsharpened
        method = next(m for m in self._options.methods_to_try if m in SCANNED_METHODS)
        return self._tried(self._new(method, b_of_signal))

    def signal_to_noise(self, chosen: Trial) -> float:
        """Return that of the scan that a trial is from, or of the first scan; NaN without any."""
        first = next(iter(self._signal_to_noise.values()), math.nan)
        return self._signal_to_noise.get(chosen.method, first)

    def best_of(self, trials: Sequence[Trial]) -> Trial:
        """Return the trial that scores highest, each scored and kept among the trials."""
        scored = self._maps.scored(trials, self._weight)
        self.trials.extend(scored)
        return max(scored, key=self._value_for_search)  # the first of equals

    # Trials

    def _new(self, method: str, b_sharpen: float) -> Trial:
        return self._maps.new_trial(method, b_sharpen)

    def _tried(self, trial: Trial) -> Trial:
        (scored,) = self._maps.scored([trial], self._weight)
        self.trials.append(scored)
        return scored

    @property
    def _weight(self) -> float:
        return DEFAULT_REGION_WEIGHT if self.region_weight is None else self.region_weight.value

    def _value_for_search(self, trial: Trial) -> float:
        return value_of(trial, self._options.score.residual_target)

    def _value_for_choice(self, trial: Trial) -> float:
        return value_of(trial, self._options.score.sharpening_target)

    # Values given

    def _given(self) -> Trial:
        options = self._options
        if options.applied.resolution_dependent_b is not None:
            return self._tried(new_curve_trial(options.applied.resolution_dependent_b))
        # Where no method for a B factor was chosen, it is the default's.
        to_d_cut = {"b_iso_to_d_cut", "target_b_iso_to_d_cut"}.intersection(options.methods_to_try)
        is_plain = "b_iso" in options.methods_to_try and not to_d_cut
        method = "b_iso" if is_plain else "b_iso_to_d_cut"
        b_sharpen = options.applied.b_sharpen
        if b_sharpen is None:
            assert options.applied.b_iso is not None, "one of the given values is set"
            b_sharpen = self._spectrum.b_iso - options.applied.b_iso
        return self._tried(self._new(method, b_sharpen))

    def _b_sharpen_of_target(self) -> float:
        options = self._options
        return self._spectrum.b_iso - options.applied.target_b_iso_ratio * options.resolution**2

    # Methods

    def _best_of_methods(self) -> Trial:
        best = self._best_by_score()
        if not self._is_most_blurred_best:
            return self._nearer_to_ideal(best)
        # The molecule's outline was scored, which gets clearer as detail vanishes.
        self._maps.leave_out_coarse_terms()
        self._begin()
        self.warnings.append(
            "the skewness keeps rising as the map is blurred: the search was repeated on maps "
            f"without terms coarser than {_core.COARSE_TERMS * self._options.resolution:.0f} Å; "
            "check the B factor that was chosen"
        )
        return self._nearer_to_ideal(self._best_by_score())

    def _best_by_score(self) -> Trial:
        candidates: list[Trial] = []
        uncertain: list[Trial] = []
        methods = self._options.methods_to_try
        for place, method in enumerate(methods):

            def tell(done: float, place: int = place) -> None:
                self._progress((place + done) / len(methods))

            candidate = self._best_of(method, tell)
            (uncertain if self._is_weak(method) else candidates).append(candidate)
            self._progress((place + 1) / len(methods))
        # A scan without signal counts only if nothing else was tried.
        if all(candidate is self.unsharpened for candidate in candidates):
            candidates = [*candidates, *uncertain]
        return max(candidates, key=self._value_for_choice)  # the first of equals

    def _is_weak(self, method: str) -> bool:
        """Whether the scores of a scan hardly rise above their scatter."""
        return self._signal_to_noise.get(method, math.inf) < self._options.search.signal_min

    def _best_of(self, method: str, tell: Callable[[float], None]) -> Trial:
        options = self._options
        if method == "no_sharpening":
            return self.unsharpened
        if method in SHELL_METHODS:
            trial, warnings = self._shells.trial(method)
            self.warnings.extend(warnings)
            return self._tried(trial)
        if method == "target_b_iso_to_d_cut":
            return self._tried(self._new(method, self._b_sharpen_of_target()))
        if method == "resolution_dependent":
            return best_curve(self._tried, self._value_for_search, options.search.eps)
        best = self._best_of_scan(method, tell)
        if options.search.optimize_d_cut or options.search.optimize_b_blur_hires:
            best = refined(best, self._tried, self._value_for_search, self._spectrum, options)
        return best

    def _best_of_scan(self, method: str, tell: Callable[[float], None]) -> Trial:
        options, b_iso = self._options, self._spectrum.b_iso
        low, high = search_range(self._spectrum, options)
        wanted = np.linspace(low, high, options.search.search_b_n)
        if options.search.search_b_n == 1:
            wanted = np.array([options.search.b_range[0]])
        trials = self._maps.scored(
            [self._new(method, b_iso - float(b)) for b in wanted],
            self._weight,
            lambda done, total: tell(done / total),
        )
        trials = self._widened(method, trials)
        self.trials.extend(trials)
        signal_to_noise = signal_to_noise_of([self._value_for_search(trial) for trial in trials])
        self._signal_to_noise[method] = signal_to_noise
        if signal_to_noise < options.search.signal_min:
            self._tell_of_doubt(
                f"the scores of {method} hardly rise above their scatter (signal to noise "
                f"{signal_to_noise:.1f}): the choice of B is uncertain"
            )
        best = max(trials, key=self._value_for_search)  # the first of equals
        # The other scores are not smooth enough to interpolate between two trials.
        if options.score.residual_target == "skewness":
            best = max(best, self._at_summit(method, trials), key=self._value_for_search)
        return best

    def _widened(self, method: str, trials: list[Trial]) -> list[Trial]:
        """Return a scan, continued beyond an end not given while the best trial is near it."""
        search, n_first = self._options.search, len(trials)
        of_bounds = cautions_of_bounds_passed(trials, search)
        self.warnings += [text for text in of_bounds if text not in self.warnings]
        if n_first == 1:
            return trials
        step = trials[1].b_iso - trials[0].b_iso
        margin = min(_MARGIN, n_first // _LEAST_TRIALS_BY_MARGIN)
        while len(trials) < 2 * n_first:
            place = trials.index(max(trials, key=self._value_for_search))
            is_low = place < margin and search.search_b_min is None
            is_high = place >= len(trials) - margin and search.search_b_max is None
            if not (is_low or is_high):
                break
            b_iso = trials[0].b_iso - step if is_low else trials[-1].b_iso + step
            beyond = self._new(method, self._spectrum.b_iso - b_iso)
            if not is_in_range(beyond, self._spectrum):
                break
            (scored,) = self._maps.scored([beyond], self._weight)
            trials = [scored, *trials] if is_low else [*trials, scored]
        self._look_at_ends(method, trials)
        return trials

    def _look_at_ends(self, method: str, trials: Sequence[Trial]) -> None:
        best = max(trials, key=self._value_for_search)
        if not math.isfinite(self._value_for_search(best)):
            return
        for end, name, bound in (
            (trials[0], "lowest", "search_b_min"),
            (trials[-1], "highest", "search_b_max"),
        ):
            if best is end:
                is_by_skewness = self._options.score.residual_target == "skewness"
                self._is_most_blurred_best = is_by_skewness and end is trials[-1]
                self._is_end_best = getattr(self._options.search, bound) is None
                self.warnings.append(
                    f"the best trial of {method} is that of the {name} b_iso, {best.b_iso:.0f} "
                    f"Å²: a better one may be beyond it; check the map, or set {bound} further out"
                )

    def _at_summit(self, method: str, trials: Sequence[Trial]) -> Trial:
        """Return the trial at the summit of a parabola through the best and its neighbours."""
        values = [self._value_for_search(trial) for trial in trials]
        place = values.index(max(values))
        around = values[place - 1 : place + 2] if place > 0 else []
        if len(around) < 3 or not all(map(math.isfinite, around)):
            return trials[place]
        before, highest, after = around
        shift = 0.5 * (after - before) / (2 * highest - before - after)
        b_iso = trials[place].b_iso + shift * (trials[place + 1].b_iso - trials[place].b_iso)
        return self._tried(self._new(method, self._spectrum.b_iso - b_iso))

    def _nearer_to_ideal(self, best: Trial) -> Trial:
        """Return the trial midway between the best and the one of an ideal fall-off of signal.

        Both estimate the same B independently, and their mean is nearer to it. Only
        where terms are weighted by their share of signal, and within the scan.
        """
        b_of_signal = self._maps.b_of_signal
        if b_of_signal is None or best.method not in SCANNED_METHODS:
            return best
        less = (b_of_signal - best.b_sharpen) / self._options.resolution**2
        if less < -_MORE_BY and self._is_free_search:
            self._is_score_misled = True
            return self._tried(self._new(best.method, b_of_signal))
        if less > LESS_BY[0] and self._is_free_search:
            return self._nearer_to_fall_off(best, b_of_signal, less)
        scanned = [trial.b_sharpen for trial in self.trials if trial.method == best.method]
        b_sharpen = (best.b_sharpen + b_of_signal) / 2
        if not min(scanned) <= b_sharpen <= max(scanned):
            return best
        return self._tried(self._new(best.method, b_sharpen))

    @property
    def _is_free_search(self) -> bool:
        """Whether a scan by the skewness has no bounds given and more than a few values."""
        search = self._options.search
        is_free = search.search_b_min is None and search.search_b_max is None
        has_many = search.search_b_n >= _LEAST_TRIALS_BY_MARGIN
        return is_free and has_many and self._options.score.targets == {"skewness"}

    def _nearer_to_fall_off(self, best: Trial, b_of_signal: float, less: float) -> Trial:
        """Return the trial for a score that asks for less than the fall-off of the signal.

        Such a score is that of matter without detail, as of a belt of detergent, which is seen
        best in blurred maps. It counts the less the more it asks for less, in squared resolutions.
        """
        weight = float(np.interp(less, LESS_BY, (0.5, 0.0)))
        trial = self._new(best.method, weight * best.b_sharpen + (1 - weight) * b_of_signal)
        if not is_in_range(trial, self._spectrum):
            return best
        self._is_score_misled = less > sum(LESS_BY) / 2 and self._maps.is_noise_whole
        return self._tried(trial)

    # Whether to sharpen at all

    def _is_input_preferred(self, chosen: Trial) -> bool:
        """Whether a map treated before is changed no more than its score clearly supports."""
        options, own = self._options, self._value_for_choice(self.unsharpened)
        is_cut_off = is_blur_of_cut_off(chosen.b_sharpen, own, options.resolution)
        return (
            (self._treatment is not None or is_cut_off)
            and chosen.method in SCANNED_METHODS
            and chosen.b_sharpen != 0
            and options.search.require_improvement
            and options.score.targets == {"skewness"}
        )

    def _nearest_to_input(self, best: Trial, treatment: Treatment) -> Trial:
        """Return the trial of the least B among those about as good; the map, if it is one."""
        tried = [trial for trial in self.trials if trial.method == best.method]
        own = self._value_if_left
        scan = ScanOfTreated(
            best.b_sharpen,
            self._value_for_choice(best),
            own,
            [trial.b_sharpen for trial in tried],
            [self._value_for_choice(trial) for trial in tried],
            self._options.resolution,
            is_end_best=self._is_end_best,
            is_weak=self._is_weak(best.method),
        )
        change = least_change(scan, treatment)
        if change.why_none:
            return self._left_or_cut(change.why_none, best)
        trial = self._tried(self._new(best.method, change.b_sharpen))
        value = self._value_for_choice(trial)
        least = max(own, (1 - share_alike(best.b_sharpen)) * value)
        if change.is_only_cut and not least > own:
            return self._left_or_cut(CONTRADICTED, best)
        if change.is_only_cut or is_hardly_blurred(change.b_sharpen, value, own, scan.resolution):
            self._tell_of_doubt(hardly_changed(change.b_sharpen))
        closeness = treatment.closeness if change.b_sharpen > 0 else None
        if closeness is None:
            return trial
        if closeness.is_lost_by(self._maps.factors(trial), own):
            return self._left_or_cut(LOST, best)
        plain = self._tried(without_cut(trial))
        is_closer = closeness.is_higher_with(*map(self._maps.factors, (plain, trial)))
        return plain if is_closer and self._value_for_choice(plain) > least else trial

    def _left_or_cut(self, reason: str, best: Trial) -> Trial:
        """Return the map as it is, or cut if it scores much less with what lies beyond; warn."""
        remedy = (
            "require_improvement=False applies the best all the same, b_sharpen "
            f"{best.b_sharpen:.0f} Å²"
        )
        cut = self._value_for_choice(self.unsharpened)
        if not (cut > 0 and self._value_if_left < NOISE_BEYOND * cut):
            return self._left(reason, remedy)
        self.warnings.append(
            f"{reason}: it only loses what lies beyond its resolution, with which it scores much "
            f"less, as with noise ({remedy})"
        )
        return self._tried(self._new(best.method, 0.0))

    def _kept_if_better(self, chosen: Trial) -> Trial:
        """Return the choice, or the map as it is if that scores higher."""
        options, unsharpened = self._options, self.unsharpened
        if chosen is unsharpened:
            return chosen
        value, before = self._value_for_choice(chosen), self._value_for_choice(unsharpened)
        if options.is_choice and options.is_search and value == -math.inf:
            self.warnings.append(
                f"no trial has a region above its contour level: {self._as_it_was}; "
                "check the solvent content"
            )
            return unsharpened
        is_checked = options.search.require_improvement and not options.is_target_b_iso_taken
        is_checked = is_checked and not self._is_score_misled
        if chosen.method in SHELL_METHODS:
            is_external = chosen.method == "external_map_sharpening"
            is_checked = options.is_shell_scale_checked and not is_external
        worse = "no trial scores higher than the input map"
        is_better = value > before or self._is_noise_left(value)
        if options.is_search and is_checked and not is_better:
            return self._left(worse, "require_improvement=False takes the best trial all the same")
        if options.search.discard_if_worse and value < before and not is_better:
            return self._left(worse, "discard_if_worse=False applies it all the same")
        return chosen

    @property
    def _value_if_left(self) -> float:
        """The score of the map as it is, with all of its terms; others are of maps cut at d_min.

        Not where values were cut off: by the terms that this made a map is more skewed.
        """
        treatment = self._treatment
        if treatment is not None and (treatment.is_cut_off_below or treatment.unscorable):
            return self._value_for_choice(self.unsharpened)
        return self._value_for_choice(self._maps.scored_uncut(self._weight))

    def _is_noise_left(self, value: float) -> bool:
        """Whether a map with whole noise scores less if it is left, with all of its terms."""
        is_by_skewness = self._options.score.targets == {"skewness"}
        is_whole = self._maps.is_noise_whole
        return is_by_skewness and is_whole and value > self._value_if_left

    def _tell_of_doubt(self, text: str) -> None:
        """Warn of a choice, unless the map is left as it is in the end."""
        self._uncertain.append(text)
        self.warnings.append(text)

    def _left(self, reason: str, remedy: str) -> Trial:
        """Return the map as it is, and warn."""
        if not self._options.is_local_centre_scored:  # which doesn't ask what is chosen here
            # No B is chosen whose uncertainty mattered.
            self.warnings = [text for text in self.warnings if text not in self._uncertain]
            self.warnings.append(f"{reason}: {self._as_it_was} ({remedy})")
        return self.unsharpened

    @property
    def _as_it_was(self) -> str:
        """What becomes of a map for which no B factor was found."""
        if self._options.local.local_sharpening:
            return "local B factors are sought around 0"
        return "it is left unsharpened"
