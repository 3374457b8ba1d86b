"""The steps of B-factor sharpening: coefficients, solvent, search, and the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError
from map_sharpening.maps.arrays import BooleanMap, Coefficients
from map_sharpening.maps.checks.plausible import cut_peaks
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.b_factor.local import (
    LocalInputs,
    LocalMap,
    is_left_as_it_is,
    local_map,
    local_options,
)
from map_sharpening.methods.b_factor.options import (
    COARSE_RESOLUTION,
    SHELL_METHODS,
    BFactorOptions,
)
from map_sharpening.methods.b_factor.result import BFactorResult, Trial
from map_sharpening.methods.b_factor.search.cautions import cautions_of_choice
from map_sharpening.methods.b_factor.search.choose import BFactorSearch
from map_sharpening.methods.b_factor.search.closeness import Closeness
from map_sharpening.methods.b_factor.search.treated import Treatment, is_cut_off_below
from map_sharpening.methods.b_factor.search.trials import TrialMaps
from map_sharpening.methods.b_factor.shells import ScaleInputs, ShellScales
from map_sharpening.methods.b_factor.signal_share import (
    MaskedSolventError,
    RadialPower,
    SignalShare,
    SignalShareError,
    fading,
    fall_off_of_molecule,
    signal_share,
)
from map_sharpening.methods.b_factor.spectrum import normalised, spectrum_to_end
from map_sharpening.methods.b_factor.volume.margins import filled_part
from map_sharpening.methods.b_factor.volume.solvent_content import (
    SolventContent,
    known_solvent,
    measured_solvent,
    molecule_in,
    region_of_solvent,
    solvent_of_box,
)
from map_sharpening.methods.b_factor.volume.working_volume import scored_part
from map_sharpening.methods.shared.contour import (
    Contour,
    recommended_contour,
    region_around,
    region_by_density,
)
from map_sharpening.methods.shared.option_groups import D_MIN_RATIO, GIVEN
from map_sharpening.methods.shared.stages import Stages
from map_sharpening.molecule.composition import Chain

#: Voxels aimed at below which regions are too few to score a map by.
_FEW_VOXELS = 100
#: Share of signal in the finest terms from which on a warning says that the resolution is too
#: coarse: in some forty reconstructions at most .54 at their own resolution, and mostly .62 to .96
#: at 1.5 times it (.26 to .54 in three with a belt or preferred views).
_DETAIL_LEFT = 0.6
#: The same in a filtered map with even spectrum, at the resolution, for its noise to be known.
_SIGNAL_OF_FILTERED = 0.65
#: Skewness to the resolution of maps in which no molecule is: differences of half maps have at
#: most 0.055. Where their mean has so little, smoothed density shows the molecule.
_SYMMETRIC = 0.06
#: Power of the finest terms over that at the resolution below which a map has none there, and
#: from which on a warning says that they may be signal.
_NO_TERMS, _STRONG_TERMS = 1e-3, 0.05
_NOT_WEIGHTED = {"no_sharpening", *SHELL_METHODS}
#: Share of the points above half a map's height that may have its highest value, cut off there.
_MOST_CUT = 0.02


class BFactorRun:
    """One map, from its coefficients to the result."""

    def __init__(
        self,
        source: MapData,
        inputs: ScaleInputs,
        local_inputs: LocalInputs,
        options: BFactorOptions,
        chains: Sequence[Chain] | None,
        symmetry: Sequence[npt.ArrayLike] | None,
        stages: Stages,
    ) -> None:
        stages.tell("transform", 0.0)
        options, self._spectrum = spectrum_to_end(source, options, symmetry)
        self._source = source
        self._filled, self._inside = filled_part(source, periodic=options.wrapping)
        self._options = options
        self._local_inputs = local_inputs
        self._local_options = local_options(options)
        self._stages = stages
        self._overall = known_solvent(source, options, chains)
        self._shells = ShellScales(source, self._spectrum, inputs, options)
        stages.tell("solvent", 0.1)
        self._part = scored_part(source, options, self._overall_fraction)
        self._solvent = self._solvent_of_part()
        self._unweighted = ""  #: why terms are not weighted, if that was considered
        #: Whether the map seems filtered, masked or sharpened before; None: not looked at.
        self._was_treated: bool | None = None
        self._unscorable = ""  #: why no score of a map that was treated tells a B
        self._closeness: Closeness | None = None  #: of a treated map whose noise is known
        self._detail_left_out: list[str] = []  #: warnings of what a filtered or masked map has
        self._share = self._weights()
        self._b_of_fall_off = self._fall_off_of_treated()

    def result(self) -> BFactorResult:
        """Search, apply the choice, and measure the resulting map."""
        search, maps, chosen = self._choice()
        self._stages.tell("sharpen", 0.9)
        options, spectrum = self._options, self._spectrum
        factors = maps.factors(chosen)
        local = self._local_map(search, maps, chosen)
        chosen = chosen if local is None else local.whole
        is_as_it_was = local is None and chosen.method == "no_sharpening"
        values, terms = self._values_and_terms(factors, local, is_as_it_was=is_as_it_was)
        measured, plot = spectrum.measure(terms)
        values *= np.float32(options.output_scale_factor)
        contour = self._contour(values)
        return BFactorResult(
            sharpened=self._source.with_values(values, "sharpened map"),
            chosen=chosen,
            trials=tuple(search.trials),
            unsharpened=search.unsharpened.scores,
            b_iso_before=spectrum.b_iso,
            b_cart=spectrum.b_cart,
            b_iso_nominal=chosen.b_iso,
            b_iso_measured=measured,
            d_cut=chosen.d_cut or options.applied.d_cut or options.resolution,
            d_min=spectrum.d_min,
            resolution=options.resolution,
            resolution_how=spectrum.resolution_how,
            solvent_fraction=self._solvent.fraction,
            solvent_how=self._solvent.how,
            region_weight=search.region_weight,
            signal_to_noise=search.signal_to_noise(chosen),
            contour_level=contour.level,
            wilson_plot=plot,
            options=options,
            volume=self._part.volume,
            local=None if local is None else local.local,
            signal_share=self._share,
            unweighted=self._unweighted,
            was_treated=self._was_treated,
            b_of_fall_off=self._b_of_fall_off,
            is_anisotropy_removed=any(spectrum.anisotropy) and not is_as_it_was,
            warnings=(
                *cautions_of_choice(chosen, spectrum, options),
                *self._caution_of_no_molecule(search.unsharpened.scores.skewness),
                *self._warnings(is_as_it_was=is_as_it_was),
                *search.warnings,
                *(() if local is None else local.warnings),
                *self._local_warnings(local, chosen),
                *contour.warnings("the region of the molecule"),
            ),
            seconds={},
        )

    def _values_and_terms(
        self, factors: _core.ScaleFactors, local: LocalMap | None, *, is_as_it_was: bool
    ) -> tuple[FloatMap, Coefficients]:
        """Return the map that is chosen, before it is scaled, and its coefficients."""
        spectrum = self._spectrum
        if is_as_it_was:
            return normalised(self._source), spectrum.coefficients
        if local is not None:
            return local.values, _core.forward_transform(local.values, self._options.threads)
        values = spectrum.make_map(factors)
        return values, spectrum.grid.scaled(spectrum.coefficients, factors)[0]

    def _choice(self) -> tuple[BFactorSearch, TrialMaps, Trial]:
        """Search, and if so asked once more with the solvent of the map sharpened first."""
        self._stages.tell("search", 0.2)
        search, maps = self._search(self._solvent, 0.2, 0.5 if self._is_repeated else 0.9)
        chosen = search.choose()
        if self._is_repeated:
            self._solvent = self._solvent_of_sharpened(maps.factors(chosen))
            search, maps = self._search(self._solvent, 0.5, 0.9)
            chosen = search.choose()
        return search, maps, chosen

    def _search(
        self, solvent: SolventContent, begin: float, end: float
    ) -> tuple[BFactorSearch, TrialMaps]:
        options = self._options
        molecule = molecule_in(self._part, self._source, solvent, options)
        fraction = solvent.fraction if options.are_regions_scored else None
        maps = TrialMaps(self._spectrum, self._part, fraction, molecule, options, self._share)

        def tell(done: float) -> None:
            self._stages.tell("search", begin + (end - begin) * done)

        search = BFactorSearch(
            self._spectrum,
            maps,
            self._shells,
            options,
            has_regions=fraction is not None,
            treatment=self._treatment() if self._was_treated else None,
            progress=tell,
        )
        return search, maps

    def _local_map(self, search: BFactorSearch, maps: TrialMaps, chosen: Trial) -> LocalMap | None:
        choices = self._local_options
        if choices is None:
            return None
        self._stages.tell("local", 0.9)
        return local_map(
            self._source,
            self._spectrum,
            maps,
            chosen,
            search.best_of,
            self._local_inputs,
            choices,
            self._options,
        )

    def _local_warnings(self, local: LocalMap | None, chosen: Trial) -> list[str]:
        if local is not None or not self._options.local.local_sharpening:
            return []
        if is_left_as_it_is(chosen, self._options):
            return ["local_sharpening has no effect: the map is left as it is"]
        return [
            "the map's scale is no B factor, so there is nothing to vary from place to place: it "
            "is the same everywhere; local_sharpening needs b_iso or b_iso_to_d_cut"
        ]

    # The solvent

    def _solvent_of_map(self) -> SolventContent:
        if self._overall is None:
            self._overall = measured_solvent(self._source, self._options)
        return self._overall

    def _overall_fraction(self) -> float:
        fraction = self._solvent_of_map().fraction
        assert fraction is not None, "it is given or measured"
        return fraction

    def _solvent_of_part(self) -> SolventContent:
        options = self._options
        if options.score.targets == {"kurtosis"}:
            return SolventContent(None, "not needed: the score is the kurtosis")
        if not self._part.is_whole_map:
            return solvent_of_box(self._part.cut_out_of(self._source), options, self._overall)
        if self._overall is None and not options.is_choice:
            # What is applied does not depend on its score.
            return SolventContent(None, "not needed: scores decide nothing")
        return self._solvent_of_map()

    def _weights(self) -> SignalShare | None:
        options = self._options
        asked_for = options.sample.pseudo_likelihood
        if not (options.is_weighted_by_default if asked_for is None else asked_for):
            if options.is_search:
                refused = "pseudo_likelihood is False" if asked_for is False else ""
                self._unweighted = refused or options.why_unweighted
            return None
        cut = cut_peaks(self._source.values)
        if cut is not None and cut.share > _MOST_CUT and not asked_for:
            self._unweighted = self._unscorable = str(cut)
            self._was_treated = True
            return None
        try:
            share = self._signal_share(self._filled)
        except SignalShareError as error:
            if asked_for:
                raise MapValueError(f"{error}; leave pseudo_likelihood out") from error
            self._unweighted = str(error)
            self._was_treated = isinstance(error, MaskedSolventError)
            self._detail_left_out = self._detail_of_masked()
            return None
        is_coarse = options.is_too_coarse_to_score
        why = share.why_of_treated_map(None if is_coarse else self._spectrum.d_min)
        if asked_for or not why:
            self._was_treated = None if asked_for else False
            return share.of_coarse_map() if options.is_too_coarse_to_score else share
        self._unweighted = why
        self._was_treated = True
        if self._is_bounded:
            self._closeness = Closeness(share, self._spectrum.d_min, options.shells.ideal)
        self._detail_left_out = self._detail_of_filtered()
        return None

    def _detail_of_filtered(self) -> list[str]:
        """Return a warning of signal that is left out, by the map with an even spectrum."""
        options = self._options
        if options.is_too_coarse_to_score or self._power_left_out() <= _NO_TERMS:
            return []
        found = RadialPower.of(self._filled, self._spectrum.d_min, threads=options.threads)
        try:
            share = self._signal_share(found.evened(self._filled))
        except SignalShareError:
            return self._detail_of_masked()
        is_signal = share.at(options.resolution) > _SIGNAL_OF_FILTERED
        return self._finer_detail(share) if is_signal else []

    def _fall_off_of_treated(self) -> float | None:
        """Return the B of the fall-off of a map that was treated, if its score needs that too."""
        options = self._options
        if not (self._was_treated and self._is_bounded) or self._unscorable:
            return None
        return fall_off_of_molecule(
            self._filled,
            self._region_of_solvent(),
            options.resolution,
            self._spectrum.d_min,
            ideal_curve=options.shells.ideal,
            threads=options.threads,
        )

    @property
    def _is_bounded(self) -> bool:
        """Whether a map that was treated is changed no more than its score supports."""
        options = self._options
        return options.search.require_improvement and not options.is_too_coarse_to_score

    def _treatment(self) -> Treatment:
        return Treatment(
            self._b_of_fall_off,
            self._closeness,
            self._unscorable,
            is_cut_off_below=is_cut_off_below(self._source.values),
        )

    def _power_left_out(self) -> float:
        """Return the power of the finest terms that are left out over that at the resolution."""
        options, d_min = self._options, self._spectrum.d_min
        weights = fading(
            self._filled,
            self._region_of_solvent(),
            options.resolution,
            periodic=options.wrapping,
            threads=options.threads,
        )
        found = RadialPower.of(self._filled, d_min, weights, options.threads)
        return found.beyond(options.resolution, d_min)

    def _detail_of_masked(self) -> list[str]:
        """Return a warning of terms that are left out of a map whose noise isn't known."""
        is_at_end = self._spectrum.resolution_how != GIVEN
        if self._options.is_too_coarse_to_score or is_at_end:
            return []
        left_out = self._power_left_out()
        if left_out < _STRONG_TERMS:
            return []
        resolution = self._options.resolution
        return [
            f"the map goes on beyond what resolution={resolution:g} keeps, with {left_out:.0%} of "
            "the power at the resolution; without solvent to measure noise in, it isn't clear "
            "if that is noise or signal; if it is signal, give the map's own resolution"
        ]

    def _finer_detail(self, share: SignalShare) -> list[str]:
        """Return a warning if much of the power beyond the finest terms kept is signal."""
        is_at_end = self._spectrum.resolution_how != GIVEN  # what is beyond has no detail
        is_left_out = share.is_left_out_by(self._spectrum.d_min) and not is_at_end
        if share.at_end <= _DETAIL_LEFT or not is_left_out:
            return []
        return [
            f"the map holds finer detail than resolution={self._options.resolution:g} says, which "
            f"a sharpened map leaves out: at {1 / share.s[-1]:.1f} Å {share.at_end:.0%} of the "
            "molecule's power is signal; give the resolution of the map, and check its voxel size"
        ]

    def _region_of_solvent(self) -> BooleanMap:
        region = region_of_solvent(self._source, self._solvent_of_map(), self._options)
        return np.ascontiguousarray(region[self._inside])

    def _signal_share(self, source: MapData) -> SignalShare:
        options = self._options
        terms = self._spectrum.coefficients if source is self._source else None
        return signal_share(
            source,
            self._region_of_solvent(),
            options.resolution,
            self._spectrum.d_min,
            periodic=options.wrapping,
            ideal_curve=options.shells.ideal,
            terms=terms,
            threads=options.threads,
        )

    @property
    def _is_repeated(self) -> bool:
        return (
            self._options.search.iterate and self._options.is_search and self._solvent.is_measured
        )

    def _solvent_of_sharpened(self, factors: _core.ScaleFactors) -> SolventContent:
        values = self._spectrum.make_map(factors)
        sharpened = self._source.with_values(values, "the sharpened map")
        found = measured_solvent(self._part.cut_out_of(sharpened), self._options)
        return replace(found, how=f"of the map sharpened in a first round, {found.how}")

    # What to show, and warnings

    def _contour(self, values: FloatMap) -> Contour:
        options, overall, source = self._options, self._overall, self._source
        region: FloatMap | None
        if overall is not None and overall.fraction is not None:
            is_solvent = region_of_solvent(source, overall, options)
            region = region_around(source, is_solvent, options.threads)
        else:
            region = region_by_density(
                source, options.resolution, periodic=options.wrapping, threads=options.threads
            )
        return recommended_contour(values, region, options.resolution, options.threads)

    def _caution_of_no_molecule(self, skewness: float) -> list[str]:
        """Return a warning if nothing in a map looks like a molecule."""
        if self._solvent.is_clear or not abs(skewness) < _SYMMETRIC:
            return []
        return [
            f"no molecule stands out of {self._source.name}: smoothed, the density has no two "
            f"levels, and it reaches as far down as up (skewness {skewness:.2f}), as in noise or "
            "a difference map; give the map of a molecule"
        ]

    def _warnings(self, *, is_as_it_was: bool) -> list[str]:
        options, spectrum = self._options, self._spectrum
        warnings = [*spectrum.warnings, *self._solvent.warnings, *self._part.warnings]
        if options.resolution > COARSE_RESOLUTION:
            is_by_signal = self._share is not None and options.is_too_coarse_to_score
            by_signal = ", so it is that of the signal's fall-off" if is_by_signal else ""
            warnings.append(
                f"resolution is {options.resolution:g} Å: coarser than {COARSE_RESOLUTION:g} Å a "
                f"map has too little detail to choose a B factor by{by_signal}; check the result"
            )
        wanted = options.applied.d_min_ratio * options.resolution
        of_grid, of_data = self._source.nyquist, options.data_d_min or 0.0
        is_asked_for = options.applied.d_min_ratio != D_MIN_RATIO
        if is_asked_for and max(of_grid, of_data) > wanted * (1 + 1e-6) and not is_as_it_was:
            holder, finest = ("data", of_data) if of_data > of_grid else ("grid", of_grid)
            verb = "hold" if of_data > of_grid else "holds"
            warnings.append(
                f"the {holder} {verb} terms to {finest:.2f} Å only, not to {wanted:.2f} Å "
                "(d_min_ratio times the resolution)"
            )
        share = None if options.is_too_coarse_to_score else self._share
        if share is not None and share.is_of_raw_map:
            warnings += self._finer_detail(share)
        warnings += self._detail_left_out
        if options.search.iterate and not self._is_repeated:
            warnings.append(
                "iterate has no effect: it repeats a search with a better solvent content, but "
                "there is no search or the solvent content is not taken from the map"
            )
        is_by_shells = options.is_search and set(options.methods_to_try) <= _NOT_WEIGHTED
        if options.sample.pseudo_likelihood and is_by_shells:
            warnings.append(
                "pseudo_likelihood has no effect: it weights what a B factor or a curve makes, "
                f"not {' and '.join(options.methods_to_try)}"
            )
        fraction = self._solvent.fraction
        if fraction is not None and "adjusted_sa" in options.score.targets:
            aimed_at = self._part.n_voxels() * (1 - fraction) * options.score.fraction_occupied
            if aimed_at < _FEW_VOXELS:
                warnings.append(
                    f"fewer than {_FEW_VOXELS} voxels are above the contour level, too few to "
                    "judge regions by; residual_target and sharpening_target skewness or "
                    "kurtosis need none"
                )
        return warnings
