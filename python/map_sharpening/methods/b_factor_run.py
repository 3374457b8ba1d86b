"""The steps of B-factor sharpening: coefficients, solvent, search, and the map."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.composition import Chain
from map_sharpening.map_data import FloatMap, MapData
from map_sharpening.methods.b_factor_options import BFactorOptions
from map_sharpening.methods.b_factor_result import BFactorResult, Trial
from map_sharpening.methods.b_factor_search import BFactorSearch
from map_sharpening.methods.b_factor_shells import ScaleInputs, ShellScales
from map_sharpening.methods.b_factor_solvent import (
    SolventContent,
    known_solvent,
    measured_solvent,
    solvent_of_box,
)
from map_sharpening.methods.b_factor_spectrum import Spectrum
from map_sharpening.methods.b_factor_trials import TrialMaps
from map_sharpening.methods.working_volume import scored_part

#: Voxels aimed at below which regions are too few to score a map by.
_FEW_VOXELS = 100
_COARSE_RESOLUTION = 10.0  #: Å, from where a fall-off says little
_SD_OF_CONTOUR = 3.0  #: level to show a map at whose regions were not looked at


class Stages:
    """Tells how far a run has come, and how long each stage took."""

    def __init__(self, progress: Callable[[str, float], None] | None) -> None:
        self._progress = progress
        self._stage: str | None = None
        self._since = 0.0
        self._seconds: dict[str, float] = {}

    def tell(self, stage: str, done: float) -> None:
        """Tell that a stage goes on, the whole run being so far (0 to 1)."""
        if stage != self._stage:
            now = time.perf_counter()
            if self._stage is not None:
                before = self._seconds.get(self._stage, 0.0)
                self._seconds[self._stage] = before + now - self._since
            self._stage, self._since = stage, now
        if self._progress is not None:
            self._progress(stage, done)

    def finished(self) -> dict[str, float]:
        """Tell that the run is over; return the seconds of each stage."""
        self.tell("done", 1.0)
        return self._seconds


class BFactorRun:
    """One map from its coefficients to the result."""

    def __init__(
        self,
        source: MapData,
        inputs: ScaleInputs,
        options: BFactorOptions,
        chains: Sequence[Chain] | None,
        symmetry: Sequence[npt.ArrayLike] | None,
        stages: Stages,
    ) -> None:
        self._source = source
        self._options = options
        self._stages = stages
        self._overall = known_solvent(source, options, chains)
        stages.tell("transform", 0.0)
        self._spectrum = Spectrum.of(source, options, symmetry)
        self._shells = ShellScales(source, self._spectrum, inputs, options)
        stages.tell("solvent", 0.1)
        self._part = scored_part(source, options, self._overall_fraction)
        self._solvent = self._solvent_of_part()

    def result(self) -> BFactorResult:
        """Search, apply what was chosen, and measure what became of the map."""
        self._stages.tell("search", 0.2)
        search, maps = self._search(self._solvent, 0.2, 0.5 if self._is_repeated else 0.9)
        chosen = search.choose()
        if self._is_repeated:
            self._solvent = self._solvent_of_sharpened(maps.factors(chosen))
            search, maps = self._search(self._solvent, 0.5, 0.9)
            chosen = search.choose()
        self._stages.tell("sharpen", 0.9)
        factors = maps.factors(chosen)
        measured, plot = self._spectrum.measure(factors)
        values = self._spectrum.make_map(factors)
        options, spectrum = self._options, self._spectrum
        values *= np.float32(options.output_scale_factor)
        return BFactorResult(
            sharpened=self._source.with_values(values, "sharpened map"),
            chosen=chosen,
            trials=tuple(search.trials),
            unsharpened=search.unsharpened.scores,
            b_iso_before=spectrum.b_iso,
            b_cart=spectrum.b_cart,
            b_iso_nominal=chosen.b_iso,
            b_iso_measured=measured,
            d_cut=chosen.d_cut or options.d_cut or options.resolution,
            d_min=spectrum.d_min,
            resolution=options.resolution,
            solvent_fraction=self._solvent.fraction,
            solvent_how=self._solvent.how,
            region_weight=search.region_weight,
            signal_to_noise=search.signal_to_noise(chosen),
            contour_level=self._contour_level(chosen, values),
            wilson_plot=plot,
            options=options,
            volume=self._part.volume,
            local=None,
            warnings=(*self._warnings(), *search.warnings),
            seconds={},
        )

    def _search(
        self, solvent: SolventContent, begin: float, end: float
    ) -> tuple[BFactorSearch, TrialMaps]:
        maps = TrialMaps(self._spectrum, self._part, solvent.fraction, self._options)

        def tell(done: float) -> None:
            self._stages.tell("search", begin + (end - begin) * done)

        search = BFactorSearch(
            self._spectrum,
            maps,
            self._shells,
            self._options,
            has_regions=solvent.fraction is not None,
            progress=tell,
        )
        return search, maps

    # The solvent

    def _overall_fraction(self) -> float:
        if self._overall is None:
            self._overall = measured_solvent(self._source, self._options)
        assert self._overall.fraction is not None
        return self._overall.fraction

    def _solvent_of_part(self) -> SolventContent:
        options = self._options
        if "adjusted_sa" not in options.targets:
            return SolventContent(None, "not needed: the score is the kurtosis")
        if not self._part.is_whole_map:
            return solvent_of_box(self._part.cut_out_of(self._source), options, self._overall)
        if self._overall is None and not options.is_choice:
            # What is applied does not depend on its score.
            return SolventContent(None, "not needed: scores decide nothing")
        self._overall_fraction()
        assert self._overall is not None
        return self._overall

    @property
    def _is_repeated(self) -> bool:
        return self._options.iterate and self._options.is_search and self._solvent.is_measured

    def _solvent_of_sharpened(self, factors: _core.ScaleFactors) -> SolventContent:
        values = self._spectrum.make_map(factors)
        sharpened = self._source.with_values(values, "the sharpened map")
        found = measured_solvent(self._part.cut_out_of(sharpened), self._options)
        return replace(found, how=f"of the map sharpened in a first round, {found.how}")

    # What to show and to warn of

    def _contour_level(self, chosen: Trial, values: FloatMap) -> float:
        if not math.isnan(chosen.scores.level):
            return chosen.scores.level * self._options.output_scale_factor
        return float(_SD_OF_CONTOUR * values.std())

    def _warnings(self) -> list[str]:
        options, spectrum = self._options, self._spectrum
        warnings = [*spectrum.warnings, *self._solvent.warnings, *self._part.warnings]
        if options.resolution >= _COARSE_RESOLUTION:
            warnings.append(
                f"resolution is {options.resolution:g} Å: from {_COARSE_RESOLUTION:g} Å on a map "
                "has too little detail to choose a B factor by; check the result"
            )
        wanted = options.d_min_ratio * options.resolution
        if spectrum.d_min > wanted * (1 + 1e-6):
            warnings.append(
                f"the grid holds terms to {spectrum.d_min:.2f} Å only, not to {wanted:.2f} Å "
                "(d_min_ratio times the resolution)"
            )
        if options.iterate and not self._is_repeated:
            warnings.append(
                "iterate has no effect: it repeats a search with a better solvent content, but "
                "there is no search or the solvent content is not taken from the map"
            )
        fraction = self._solvent.fraction
        if fraction is not None:
            aimed_at = self._part.n_voxels() * (1 - fraction) * options.fraction_occupied
            if aimed_at < _FEW_VOXELS:
                warnings.append(
                    f"fewer than {_FEW_VOXELS} voxels lie above the contour level: regions say "
                    "little; residual_target and sharpening_target kurtosis need none"
                )
        return warnings
