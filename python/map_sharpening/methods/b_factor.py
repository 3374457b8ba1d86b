"""B-factor sharpening of one map: the B that makes it most detailed and connected."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.composition import solvent_fraction_from_mass, solvent_fraction_given
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.grids import as_map, contiguous, require_resolution_on_grid
from map_sharpening.map_data import FloatMap, MapData
from map_sharpening.methods.b_factor_options import BFactorOptions
from map_sharpening.methods.b_factor_result import (
    BFactorResult,
    FloatArray,
    RegionWeight,
    Scores,
    Trial,
    WilsonPlot,
    WorkingVolume,
)
from map_sharpening.methods.solvent import solvent_fraction_from_map

#: Weight of regions where three trials can't tell it (Terwilliger et al. 2018's value).
_FIXED_REGION_WEIGHT = 30.0
#: Share of the way from the sharpest to the most blurred trial at which the third one lies.
_MIDDLE_TRIAL = 0.375
#: Assumed b_iso, Å², of a map whose amplitudes do not tell it.
_UNKNOWN_B_ISO = 200.0
#: Voxels aimed at below which regions are too few to score a map by.
_FEW_VOXELS = 100
_WILSON_SHELLS = 60
#: ln of the largest factor; terms multiplied by much more leave single precision.
_LARGEST_LN_FACTOR = 70.0


def sharpen_by_b_factor(
    full_map: MapData | npt.ArrayLike,
    *,
    resolution: float,
    voxel_size: float | tuple[float, float, float] | None = None,
    methods: Sequence[str] = ("b_iso_to_d_cut",),
    b_iso: float | None = None,
    b_sharpen: float | None = None,
    resolution_dependent_b: tuple[float, float, float] | None = None,
    b_blur_hires: float | None = 200.0,
    k_sharpen: float = 10.0,
    d_cut: float | None = None,
    d_min_ratio: float = 0.833,
    remove_aniso: bool = True,
    search_b_min: float = -100.0,
    search_b_max: float = 300.0,
    search_b_n: int = 21,
    target: str = "adjusted_sa",
    solvent_content: float | None = None,
    molecular_mass: float | None = None,
    wang_radius: float | None = None,
    solvent_content_iterations: int = 3,
    fraction_occupied: float = 0.20,
    sa_percent: float = 30.0,
    max_regions_to_test: int = 30,
    region_weight: float | None = None,
    region_weight_method: str = "delta_ratio",
    region_weight_factor: float = 1.0,
    region_weight_buffer: float = 0.1,
    target_b_iso_ratio: float = 5.9,
    signal_min: float = 3.0,
    require_improvement: bool = True,
    wrapping: bool = False,
    output_scale_factor: float = 1.0,
    threads: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> BFactorResult:
    """Sharpen or blur one map by the B factor at which it scores highest, or by a given one.

    The score is the adjusted surface area, the surface of the regions above a contour level
    over their volume less a weight times the number of regions (Terwilliger et al. 2018, Acta
    Cryst. D74, 545), or the kurtosis. The map's own fall-off and anisotropy are measured by a
    Wilson fit of the whole map. With b_iso_to_d_cut data beyond d_cut are blurred, from d_cut
    on: ``exp(t b_sharpen - (t - t_cut) b_blur_hires (1 - w))``, t = s²/4.

    Parameters
    ----------
    full_map : MapData or array_like, shape (z, y, x)
        The map; an array needs `voxel_size`.
    resolution : float
        Nominal resolution in Å. Terms finer than `d_min_ratio` of it are left out.
    voxel_size : float or (float, float, float), optional
        Grid spacing in Å (x, y, z) of an array.
    methods : sequence of str
        no_sharpening, b_iso, b_iso_to_d_cut, resolution_dependent, target_b_iso_to_d_cut: all
        are tried, the first with the highest score is taken.
    b_iso, b_sharpen, resolution_dependent_b : optional
        Given values, applied without a search: the fall-off wanted (Å²), the B factor applied
        (Å², positive sharpens), or the natural logarithms of the factor at three places.
    b_blur_hires : float or None
        Å², blur beyond d_cut; None leaves those data as they are when sharpening.
    k_sharpen : float
        Steepness in 1/Å of the change at d_cut; 0 treats all data alike.
    d_cut : float, optional
        Å; by default the resolution.
    d_min_ratio : float
        Share of the resolution to which data are kept.
    remove_aniso : bool
        Take the anisotropy off first.
    search_b_min, search_b_max, search_b_n
        The values of b_iso tried, Å²; the range is widened to include the map's own.
    target : str
        adjusted_sa or kurtosis.
    solvent_content : float, optional
        Share of the map without molecule; by default from `molecular_mass`, else the map.
    molecular_mass : float, optional
        Da.
    wang_radius, solvent_content_iterations
        Of the estimate from the map, see `solvent_fraction_from_map`.
    fraction_occupied, sa_percent, max_regions_to_test
        Share of the molecule's volume above the contour level; how much of that, and of how
        many regions, the surface is counted.
    region_weight : float, optional
        By default from three trials, by `region_weight_method` (delta_ratio, initial_ratio;
        b_iso: no search, target_b_iso_ratio instead), times `region_weight_factor`, kept
        `region_weight_buffer` of their distance away from its bounds.
    target_b_iso_ratio : float
        target_b_iso_to_d_cut takes b_iso as this times resolution².
    signal_min : float
        Signal to noise of the scan's scores below which its choice is not trusted, if
        target_b_iso_to_d_cut is among the methods.
    require_improvement : bool
        Leave the map unsharpened if no trial scores higher than that.
    wrapping : bool
        The map fills a unit cell: regions go on across its faces.
    output_scale_factor : float
        Standard deviation of the sharpened map; its mean is 0.
    threads : int
        0 means all. The result does not depend on it.
    progress : callable, optional
        Called as ``progress(stage, done)``, done from 0 to 1.

    Returns
    -------
    BFactorResult

    Raises
    ------
    ParameterError
        If a parameter is out of range or contradicts another one.
    MapValueError
        If the map is constant or can't be scored.
    """
    options = BFactorOptions(
        resolution=resolution,
        methods=(methods,) if isinstance(methods, str) else tuple(methods),
        b_iso=b_iso,
        b_sharpen=b_sharpen,
        resolution_dependent_b=resolution_dependent_b,
        b_blur_hires=b_blur_hires,
        k_sharpen=k_sharpen,
        d_cut=d_cut,
        d_min_ratio=d_min_ratio,
        remove_aniso=remove_aniso,
        search_b_min=search_b_min,
        search_b_max=search_b_max,
        search_b_n=search_b_n,
        target=target,
        fraction_occupied=fraction_occupied,
        sa_percent=sa_percent,
        max_regions_to_test=max_regions_to_test,
        region_weight=region_weight,
        region_weight_method=region_weight_method,
        region_weight_factor=region_weight_factor,
        region_weight_buffer=region_weight_buffer,
        target_b_iso_ratio=target_b_iso_ratio,
        signal_min=signal_min,
        require_improvement=require_improvement,
        wrapping=wrapping,
        output_scale_factor=output_scale_factor,
        threads=threads,
    )
    source = as_map(full_map, voxel_size, "full_map")
    require_resolution_on_grid(source, resolution)
    _require_density(source)
    if solvent_content is not None:
        solvent_content = solvent_fraction_given(solvent_content)
    stages: list[tuple[str, float]] = []

    def tell(stage: str, done: float) -> None:
        stages.append((stage, time.perf_counter()))
        if progress is not None:
            progress(stage, done)

    try:
        tell("transform", 0.0)
        spectrum = _Spectrum.of(source, options)
        solvent = _Solvent(None, "not needed: the score is the kurtosis")
        if options.target == "adjusted_sa":
            tell("solvent", 0.1)
            solvent = _solvent(
                source,
                options,
                solvent_content,
                molecular_mass,
                wang_radius,
                solvent_content_iterations,
            )
        run = _Run(spectrum, solvent, options, tell)
        result = run.sharpen(source)
    except ValueError as error:
        # The core knows the map by its role only.
        raise MapValueError(f"{source.name}: {error}") from error
    tell("done", 1.0)
    seconds = {stage: after - before for (stage, before), (_, after) in itertools.pairwise(stages)}
    return replace(result, seconds=seconds)


def _require_density(source: MapData) -> None:
    lowest, highest = float(source.values.min()), float(source.values.max())
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        raise MapValueError(
            f"{source.name} holds values that are not finite; give a map with a number at each "
            "grid point"
        )
    if not lowest < highest:
        raise MapValueError(
            f"{source.name} is {lowest:g} everywhere; give a map with density in it"
        )


@dataclass(frozen=True)
class _Solvent:
    fraction: float | None
    how: str
    is_missed: bool = False  #: wanted for the scores, but not found


def _solvent(
    source: MapData,
    options: BFactorOptions,
    content: float | None,
    mass: float | None,
    wang_radius: float | None,
    iterations: int,
) -> _Solvent:
    if content is not None:
        return _Solvent(content, "given")
    if mass is not None:
        a, b, c, *_ = source.box.parameters()
        angles = np.radians(source.box.parameters()[3:])
        cosines = np.cos(angles)
        volume = a * b * c * math.sqrt(1 - np.sum(cosines**2) + 2 * np.prod(cosines))
        return _Solvent(
            solvent_fraction_from_mass(mass, volume), f"from a molecular mass of {mass:g} Da"
        )
    try:
        found = solvent_fraction_from_map(
            source,
            options.resolution,
            wang_radius=wang_radius,
            iterations=iterations,
            threads=options.threads,
        )
    except MapValueError as error:
        if options.is_search:
            raise
        # A given B factor is applied all the same; only its score needs the solvent.
        return _Solvent(None, f"not found: {error}", is_missed=True)
    return _Solvent(found.fraction, found.how)


@dataclass(frozen=True)
class _Spectrum:
    """A map's coefficients and what its Wilson fit says."""

    coefficients: npt.NDArray[np.complex64]
    shape: tuple[int, int, int]
    cell: tuple[float, float, float, float, float, float]
    d_min: float
    b_cart: npt.NDArray[np.float64]
    b_iso: float
    is_determined: bool

    @classmethod
    def of(cls, source: MapData, options: BFactorOptions) -> _Spectrum:
        values = contiguous(source)
        nz, ny, nx = values.shape
        cell = source.box.parameters()
        coefficients = _core.forward_transform(values, options.threads)
        fit = _core.fit_wilson_b(
            coefficients, (nz, ny, nx), cell, options.resolution, options.threads
        )
        b_cart = np.array(fit.b)
        d_min = max(source.nyquist, options.d_min_ratio * options.resolution)
        return cls(
            coefficients,
            (nz, ny, nx),
            cell,
            d_min,
            b_cart,
            float(np.mean(b_cart[:3])) if fit.determined else _UNKNOWN_B_ISO,
            fit.determined,
        )


class _Run:
    """The steps of a run on one map's coefficients."""

    def __init__(
        self,
        spectrum: _Spectrum,
        solvent: _Solvent,
        options: BFactorOptions,
        tell: Callable[[str, float], None],
    ) -> None:
        self._spectrum = spectrum
        self._solvent = solvent
        self._options = options
        self._tell = tell
        self._d_cut = options.d_cut if options.d_cut is not None else options.resolution
        self._warnings: list[str] = []
        self._weight: RegionWeight | None = None
        self._signal_to_noise: dict[str, float] = {}  # by method scanned
        self._trials: list[Trial] = []

    def sharpen(self, source: MapData) -> BFactorResult:
        """Find the B factor, apply it, measure what became of the map."""
        self._check_data()
        if self._solvent.fraction is not None:
            self._tell("region weight", 0.2)
            self._weight = self._region_weight()
        self._tell("search", 0.3)
        unsharpened = self._trial("no_sharpening", 0.0)
        chosen = self._choose(unsharpened)
        self._tell("sharpen", 0.9)
        factors = self._factors(chosen)
        values = self._make(factors)
        measured, plot = self._measure(factors)
        values *= np.float32(self._options.output_scale_factor)
        spectrum = self._spectrum
        return BFactorResult(
            sharpened=source.with_values(values, "sharpened map"),
            chosen=chosen,
            trials=tuple(self._trials),
            unsharpened=unsharpened.scores,
            b_iso_before=spectrum.b_iso,
            b_cart=tuple(float(part) for part in spectrum.b_cart),  # type: ignore[arg-type]
            b_iso_nominal=chosen.b_iso,
            b_iso_measured=measured,
            d_cut=self._d_cut,
            d_min=spectrum.d_min,
            resolution=self._options.resolution,
            solvent_fraction=self._solvent.fraction,
            solvent_how=self._solvent.how,
            region_weight=self._weight,
            signal_to_noise=self._signal_to_noise_of(chosen),
            contour_level=self._contour_level(chosen, values),
            wilson_plot=plot,
            options=self._options,
            volume=_whole(spectrum.shape),
            local=None,
            warnings=tuple(self._warnings),
            seconds={},
        )

    def _check_data(self) -> None:
        if not self._spectrum.is_determined:
            self._warnings.append(
                f"the map's fall-off can't be measured (no terms from 11 Å to "
                f"{self._options.resolution:g} Å): b_iso is taken as {_UNKNOWN_B_ISO:g} Å² and "
                "its anisotropy is left in"
            )
        fraction = self._solvent.fraction
        if self._solvent.is_missed:
            self._warnings.append(f"the map is not scored by its regions: {self._solvent.how}")
        if fraction is not None:
            aimed_at = math.prod(self._spectrum.shape) * (1 - fraction)
            if aimed_at * self._options.fraction_occupied < _FEW_VOXELS:
                self._warnings.append(
                    "fewer than 100 voxels lie above the contour level: regions say little; "
                    "target=kurtosis needs none"
                )

    # Trials

    def _factors(self, trial: Trial) -> _core.ScaleFactors:
        options, spectrum = self._options, self._spectrum
        self._require_in_range(trial)
        anisotropy = [0.0] * 6
        if options.remove_aniso and spectrum.is_determined:
            anisotropy = [float(part) for part in spectrum.b_cart]
        if trial.resolution_dependent_b is not None:
            return _core.resolution_dependent_factors(
                trial.resolution_dependent_b,
                options.resolution,
                spectrum.d_min,
                options.d_min_ratio,
                anisotropy,
            )
        if trial.method in {"b_iso", "no_sharpening"}:
            return _core.b_iso_factors(trial.b_sharpen, anisotropy)
        core_trial = _core.BFactorTrial(
            trial.b_sharpen,
            d_cut=self._d_cut,
            b_blur_hires=options.b_blur_hires,
            k_sharpen=options.k_sharpen,
        )
        return _core.b_iso_to_d_cut_factors(core_trial, spectrum.d_min, anisotropy)

    def _scored(self, trials: Sequence[Trial]) -> list[Trial]:
        options, spectrum = self._options, self._spectrum
        score_options = _core.ScoreOptions(
            solvent_fraction=self._solvent.fraction,
            fraction_occupied=options.fraction_occupied,
            sa_percent=options.sa_percent,
            max_regions_to_test=options.max_regions_to_test,
            region_weight=0.0 if self._weight is None else self._weight.value,
            periodic=options.wrapping,
        )
        found = _core.scan_scale_factors(
            spectrum.coefficients,
            spectrum.shape,
            spectrum.cell,
            spectrum.d_min,
            [self._factors(trial) for trial in trials],
            score_options,
            None,
            options.threads,
        )
        return [
            replace(trial, scores=_scores(score))
            for trial, score in zip(trials, found, strict=True)
        ]

    def _require_in_range(self, trial: Trial) -> None:
        spectrum = self._spectrum
        if trial.b_sharpen / (4 * spectrum.d_min**2) > _LARGEST_LN_FACTOR:
            raise ParameterError(
                f"b_sharpen is {trial.b_sharpen:g} Å² (b_iso {trial.b_iso:g} Å²), beyond what "
                f"numbers hold at {spectrum.d_min:.2f} Å; give b_sharpen, b_iso or search_b_min "
                f"nearer to the map's own ({spectrum.b_iso:.0f} Å²)"
            )

    def _unscored(
        self,
        method: str,
        b_sharpen: float,
        curve: tuple[float, float, float] | None = None,
    ) -> Trial:
        nothing = Scores(*(math.nan,) * 4, 0, math.nan, math.nan)
        b_iso = self._spectrum.b_iso - b_sharpen
        if method in {"b_iso", "no_sharpening", "resolution_dependent"}:
            return Trial(method, b_sharpen, b_iso, nothing, curve)
        blur = self._options.b_blur_hires
        return Trial(method, b_sharpen, b_iso, nothing, None, self._d_cut, blur)

    def _trial(self, method: str, b_sharpen: float) -> Trial:
        (trial,) = self._scored([self._unscored(method, b_sharpen)])
        self._trials.append(trial)
        return trial

    def _score_of(self, trial: Trial) -> float:
        scores = trial.scores
        value = scores.adjusted_sa if self._options.target == "adjusted_sa" else scores.kurtosis
        return -math.inf if math.isnan(value) else value

    # Region weight

    def _region_weight(self) -> RegionWeight:
        options = self._options
        if options.region_weight is not None:
            return RegionWeight(options.region_weight, "given", math.nan, math.nan)
        if options.region_weight_method == "b_iso":
            return RegionWeight(
                _FIXED_REGION_WEIGHT, "fixed: region_weight_method is b_iso", math.nan, math.nan
            )
        low, high = self._search_range()
        middle = low + _MIDDLE_TRIAL * (high - low)
        method = "b_iso" if options.methods == ("b_iso",) else "b_iso_to_d_cut"
        b_iso = self._spectrum.b_iso
        sharp, middle_one, blurred = _core.scan_scale_factors(
            self._spectrum.coefficients,
            self._spectrum.shape,
            self._spectrum.cell,
            self._spectrum.d_min,
            [
                self._factors(self._unscored(method, b_iso - wanted))
                for wanted in (low, middle, high)
            ],
            _core.ScoreOptions(
                solvent_fraction=self._solvent.fraction,
                fraction_occupied=options.fraction_occupied,
                sa_percent=options.sa_percent,
                max_regions_to_test=options.max_regions_to_test,
                periodic=options.wrapping,
            ),
            None,
            options.threads,
        )
        rule = {"delta_ratio": "by_difference", "initial_ratio": "by_ratio"}
        weight = _core.fit_region_weight(
            sharp,
            middle_one,
            blurred,
            rule[options.region_weight_method],
            options.region_weight_factor,
            options.region_weight_buffer,
        )
        if not weight.is_usable:
            self._warnings.append(
                "surface and number of regions do not fall from sharp to blurred: the weight of "
                f"regions is taken as {_FIXED_REGION_WEIGHT:g}; check the solvent content"
            )
            return RegionWeight(
                _FIXED_REGION_WEIGHT,
                "fixed: three trials can't tell it",
                weight.lower_bound,
                weight.upper_bound,
            )
        if weight.lower_bound >= weight.upper_bound:
            self._warnings.append(
                "the bounds of the weight of regions cross, a sign of a wrong solvent content or "
                "of a map without signal; target_b_iso_to_d_cut does not need it"
            )
        elif weight.is_bounded:
            self._warnings.append(
                "the weight of regions had to be kept within its bounds; look at the scores"
            )
        return RegionWeight(
            weight.weight, options.region_weight_method, weight.lower_bound, weight.upper_bound
        )

    def _search_range(self) -> tuple[float, float]:
        options, b_iso = self._options, self._spectrum.b_iso
        return min(b_iso, options.search_b_min), max(b_iso, options.search_b_max)

    # Choice

    def _choose(self, unsharpened: Trial) -> Trial:
        options = self._options
        if not options.is_search:
            return self._given()
        if options.region_weight_method == "b_iso":
            return self._trial("b_iso_to_d_cut", self._b_sharpen_of_target())
        best: Trial | None = None
        for method in options.methods:
            candidate = self._best_of(method, unsharpened)
            if candidate is None:
                continue
            if best is None or self._score_of(candidate) > self._score_of(best):
                best = candidate
        if best is None or self._score_of(best) == -math.inf:
            self._warnings.append(
                "no trial has a region above its contour level: the map is left unsharpened; "
                "check the solvent content"
            )
            return unsharpened
        is_better = self._score_of(best) > self._score_of(unsharpened)
        if options.require_improvement and not is_better and best is not unsharpened:
            self._warnings.append(
                "no trial scores higher than the map as it is: it is left unsharpened "
                "(require_improvement=False takes the best trial all the same)"
            )
            return unsharpened
        return best

    def _given(self) -> Trial:
        options, b_iso = self._options, self._spectrum.b_iso
        if options.resolution_dependent_b is not None:
            curve = options.resolution_dependent_b
            (trial,) = self._scored([self._unscored("resolution_dependent", math.nan, curve)])
            self._trials.append(trial)
            return trial
        to_d_cut = {"b_iso_to_d_cut", "target_b_iso_to_d_cut"}.intersection(options.methods)
        method = "b_iso_to_d_cut" if to_d_cut else "b_iso"
        b_sharpen = options.b_sharpen
        if b_sharpen is None:
            assert options.b_iso is not None, "one of the given values is set"
            b_sharpen = b_iso - options.b_iso
        return self._trial(method, b_sharpen)

    def _b_sharpen_of_target(self) -> float:
        options = self._options
        return self._spectrum.b_iso - options.target_b_iso_ratio * options.resolution**2

    def _best_of(self, method: str, unsharpened: Trial) -> Trial | None:
        if method == "no_sharpening":
            return unsharpened
        if method == "target_b_iso_to_d_cut":
            return self._trial(method, self._b_sharpen_of_target())
        if method == "resolution_dependent":
            return self._best_resolution_dependent()
        return self._best_of_scan(method)

    def _best_of_scan(self, method: str) -> Trial | None:
        options, b_iso = self._options, self._spectrum.b_iso
        low, high = self._search_range()
        wanted = np.linspace(low, high, options.search_b_n)
        if options.search_b_n == 1:
            wanted = np.array([options.search_b_min])
        trials = self._scored([self._unscored(method, b_iso - float(b)) for b in wanted])
        self._trials.extend(trials)
        best = max(trials, key=self._score_of)  # the first of equals
        signal_to_noise = _signal_to_noise([self._score_of(trial) for trial in trials])
        self._signal_to_noise[method] = signal_to_noise
        is_weak = signal_to_noise < options.signal_min
        if is_weak:
            self._warnings.append(
                f"the scores of {method} hardly rise above their scatter (signal to noise "
                f"{signal_to_noise:.1f}): the choice of B is uncertain"
            )
        if is_weak and "target_b_iso_to_d_cut" in options.methods:
            return None
        return best

    def _signal_to_noise_of(self, chosen: Trial) -> float:
        first = next(iter(self._signal_to_noise.values()), math.nan)
        return self._signal_to_noise.get(chosen.method, first)

    def _best_resolution_dependent(self) -> Trial:
        # The score is constant over small steps, so that derivatives are of no use: steps
        # along each of the three numbers, halved when none helps.
        def scored(curve: tuple[float, float, float]) -> Trial:
            (trial,) = self._scored([self._unscored("resolution_dependent", math.nan, curve)])
            self._trials.append(trial)
            return trial

        best = scored((0.0, 0.0, 0.0))
        step = 1.0
        while step >= 0.25:
            improved = False
            for place in range(3):
                for sense in (1, -1):
                    curve = list(best.resolution_dependent_b or (0.0, 0.0, 0.0))
                    curve[place] += sense * step
                    # The curve may only fall off towards high resolution.
                    if curve[1] > curve[0] or curve[2] > 0:
                        continue
                    trial = scored((curve[0], curve[1], curve[2]))
                    if self._score_of(trial) > self._score_of(best):
                        best, improved = trial, True
            if not improved:
                step /= 2
        return best

    # The map

    def _make(self, factors: _core.ScaleFactors) -> FloatMap:
        spectrum = self._spectrum
        return _core.make_sharpened_map(
            spectrum.coefficients,
            spectrum.shape,
            spectrum.cell,
            spectrum.d_min,
            factors,
            self._options.threads,
        )

    def _measure(self, factors: _core.ScaleFactors) -> tuple[float, WilsonPlot]:
        spectrum, options = self._spectrum, self._options
        place = (spectrum.shape, spectrum.cell)
        after, _ = _core.apply_scale_factors(
            spectrum.coefficients, *place, 1 / spectrum.d_min, factors, options.threads
        )
        fit = _core.fit_wilson_b(after, *place, options.resolution, options.threads)
        width = 1 / spectrum.d_min / _WILSON_SHELLS
        plots = []
        for coefficients in (spectrum.coefficients, after):
            sums = _core.power_sums(
                coefficients, coefficients, *place, width, _WILSON_SHELLS, False, options.threads
            )
            with np.errstate(divide="ignore", invalid="ignore"):
                mean: FloatArray = np.log(sums["auto_1"] / sums["n_terms"])
            plots.append(mean)
        s: FloatArray = (np.arange(_WILSON_SHELLS, dtype=np.float64) + 0.5) * width
        b_iso = float(np.mean(fit.b[:3])) if fit.determined else math.nan
        return b_iso, WilsonPlot(np.square(s), *plots)

    def _contour_level(self, chosen: Trial, values: FloatMap) -> float:
        if not math.isnan(chosen.scores.level):
            return chosen.scores.level * self._options.output_scale_factor
        return float(3 * values.std())


def _whole(shape: tuple[int, int, int]) -> WorkingVolume:
    nz, ny, nx = shape
    return WorkingVolume("whole map", (0, 0, 0), (nx - 1, ny - 1, nz - 1), 1.0, "by default")


def _scores(score: _core.MapScore) -> Scores:
    return Scores(
        adjusted_sa=score.adjusted_surface_area,
        kurtosis=score.kurtosis,
        sa_ratio=score.surface_ratio,
        normalized_regions=score.normalized_regions,
        n_regions=score.n_regions,
        level=score.level,
        level_in_sd=score.level_in_sd,
    )


def _signal_to_noise(scores: Sequence[float]) -> float:
    """Return how far a scan's maximum stands above its ends, in units of its roughness.

    Roughness is the rms difference of a value from the mean of its two neighbours on either
    side, where none of the five is below 0.
    """
    values = np.array(scores)
    differences = [
        float(np.mean(values[[i - 2, i - 1, i + 1, i + 2]]) - values[i])
        for i in range(2, len(values) - 2)
        if np.all(values[i - 2 : i + 3] >= 0)
    ]
    if not differences:
        return math.nan
    noise = math.sqrt(np.mean(np.square(differences)))
    signal = float(values.max() - max(values[0], values[-1]))
    return signal / noise if noise > 0 else math.inf
