"""What a user can choose for B-factor sharpening of one map."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from map_sharpening import _core
from map_sharpening.errors import ParameterError
from map_sharpening.methods.b_factor.options_of_map import (
    COUNT,
    LENGTH,
    LocalSharpening,
    Sample,
    ScoredVolume,
)
from map_sharpening.methods.b_factor.scores import TARGETS
from map_sharpening.methods.half_maps.options import IDEAL_CURVES
from map_sharpening.methods.shared.option_groups import (
    D_MIN_RATIO,
    NOMINAL_RESOLUTION,
    OUTPUT_SCALE,
    SHARE_BELOW_ONE,
    SHARE_UP_TO_ONE,
    THREADS,
    Accepted,
    OptionGroup,
    above_zero,
    from_keywords,
    one_of,
    option,
    up_to,
    whole_number,
    zero_or_more,
)
from map_sharpening.methods.shared.shell_scaling import (
    DEFAULT_CC_CUT,
    DEFAULT_MAX_CC_FOR_RESCALE,
    DEFAULT_RMSD_RESOLUTION_FACTOR,
    DEFAULT_SCALE_USING_LAST,
    TailOptions,
    model_error,
)
from map_sharpening.methods.shared.soft_masks import OutsideValue

#: Methods that take the scale of each shell from half maps, a model or another map.
SHELL_METHODS = ("half_map_sharpening", "model_sharpening", "external_map_sharpening")
METHODS = (
    "no_sharpening",
    "b_iso",
    "b_iso_to_d_cut",
    "resolution_dependent",
    "target_b_iso_to_d_cut",
    *SHELL_METHODS,
)
REGION_WEIGHT_METHODS = ("delta_ratio", "initial_ratio", "b_iso")

#: Methods whose B is searched for along b_iso.
SCANNED_METHODS = {"b_iso", "b_iso_to_d_cut"}
_TO_D_CUT = {"b_iso_to_d_cut", "target_b_iso_to_d_cut"}
COARSE_RESOLUTION = 10.0  #: Å; a coarser map has too little detail to score
_CUT = ("d_cut", "b_blur_hires", "k_sharpen")
LARGEST_LN_SCALE = 30.0  #: of resolution_dependent_b; its power is what single precision holds
LARGEST_STEP = 10.0  #: of such a scale
MOST_TRIALS = 1000
#: Of target_b_iso_ratio and target_b_iso_model_scale: atoms of a larger B fill the map.
LARGEST_RATIO, LARGEST_SCALE = 100.0, 10.0
_GIVEN = ("b_iso", "b_sharpen", "resolution_dependent_b")
_ANY_B = Accepted(math.isfinite, "a number, in Å²")
_FIRST_B_RANGE = (-100.0, 300.0)  #: Å², if no bound is given
_TARGET = one_of(TARGETS, "one of " + ", ".join(TARGETS))


@dataclass(frozen=True)
class AppliedFunction(OptionGroup):
    """The factor that amplitudes are multiplied by.

    Attributes
    ----------
    b_iso, b_sharpen, resolution_dependent_b : optional
        Given values, applied without a search: the fall-off wanted (Å²), the B factor applied
        (Å², positive sharpens), or the natural logarithms of the factor at three places.
    b_blur_hires : float or None
        Å², blur beyond d_cut; None leaves those data as they are when sharpening.
    k_sharpen : float or None
        Steepness in 1/Å of the change at d_cut; 0 or None treats all data alike.
    d_cut : float, optional
        Å; by default the resolution.
    d_min_ratio : float
        Share of the resolution to which data are kept.
    remove_aniso : bool
        Take the anisotropy off first.
    normalize_amplitudes_in_resdep : bool
        Divide by the rms amplitude of shells before a resolution-dependent factor.
    target_b_iso_ratio : float
        target_b_iso_to_d_cut takes b_iso as this times resolution².
    """

    b_iso: float | None = option(None, _ANY_B)
    b_sharpen: float | None = option(None, _ANY_B)
    resolution_dependent_b: tuple[float, float, float] | None = option(
        None,
        Accepted(
            lambda value: len(value) == 3 and all(abs(b) <= LARGEST_LN_SCALE for b in value),
            f"three numbers from -{LARGEST_LN_SCALE:g} to {LARGEST_LN_SCALE:g}",
        ),
    )
    b_blur_hires: float | None = option(200.0, zero_or_more("0 or more, in Å², or None"))
    k_sharpen: float | None = option(10.0, zero_or_more("0 or more, in 1/Å, or None"))
    d_cut: float | None = option(
        None,
        above_zero("a resolution in Å, above 0, or None"),
        parameter="b_factor_sharpening.map_modification.input_d_cut",
    )
    d_min_ratio: float = option(D_MIN_RATIO, SHARE_UP_TO_ONE)
    remove_aniso: bool = True
    normalize_amplitudes_in_resdep: bool = False
    target_b_iso_ratio: float = option(
        5.9, Accepted(lambda value: 0 < value <= LARGEST_RATIO, "above 0, up to 100")
    )

    def check_together(self) -> None:
        """Check that at most one B factor is given, and that its function can be computed."""
        if len(self.given) > 1:
            raise ParameterError(
                f"{' and '.join(self.given)} are given together; give one of them"
            )
        if self.resolution_dependent_b is not None:
            self.require_place_for_curve()

    def require_place_for_curve(self) -> None:
        """Raise ParameterError unless resolution_dependent's last piece has a length."""
        self.require(
            self.d_min_ratio < 1, "d_min_ratio", "a share below 1 for resolution_dependent"
        )

    @property
    def has_usual_cut(self) -> bool:
        """Whether the treatment of data beyond d_cut was left at its defaults."""
        usual = AppliedFunction()
        return all(getattr(self, name) == getattr(usual, name) for name in _CUT)

    @property
    def given(self) -> tuple[str, ...]:
        """Return which of b_iso, b_sharpen and resolution_dependent_b are given."""
        return tuple(name for name in _GIVEN if getattr(self, name) is not None)


@dataclass(frozen=True)
class ShellScaling(OptionGroup):
    """Amplitudes by shell, and scales by shell from half maps, a model or another map.

    Attributes
    ----------
    n_bins : int
        Number of shells, of equal volume, of amplitudes and of scales by shell.
    cc_cut, max_cc_for_rescale, scale_using_last
        How the correlation of half maps or of map and model is corrected, see `TailOptions`.
    ideal_curve : str
        protein, nucleic_acid or beta_galactosidase: fall-off that half maps are brought to.
        Auto: protein.
    rmsd, rmsd_resolution_factor, fraction_complete
        Error of the model in Å, by default a share of the resolution; share of the molecule
        that it is, by default from the correlation. See `model_scale`.
    target_b_iso_model_scale : float
        B of the model's atoms as a share of target_b_iso_ratio times resolution².
    mask_atoms, mask_atoms_atom_radius, value_outside_atoms
        Compare map and model within this radius (Å, plus the resolution) of the atoms; what
        the map fades to outside: solvent (its mean there), mean (the mean inside) or zero.
    """

    n_bins: int = option(20, COUNT)
    cc_cut: float = DEFAULT_CC_CUT
    max_cc_for_rescale: float = DEFAULT_MAX_CC_FOR_RESCALE
    scale_using_last: int = DEFAULT_SCALE_USING_LAST
    ideal_curve: str = option("Auto", one_of(IDEAL_CURVES), parameter="sharpening.ideal_curve")
    rmsd: float | None = None
    rmsd_resolution_factor: float = DEFAULT_RMSD_RESOLUTION_FACTOR
    fraction_complete: float | None = option(None, SHARE_UP_TO_ONE)
    target_b_iso_model_scale: float = option(0.0, up_to(LARGEST_SCALE, "0 to 10"))
    mask_atoms: bool = True
    mask_atoms_atom_radius: float = option(3.0, zero_or_more())
    value_outside_atoms: OutsideValue = option("solvent", one_of(("solvent", "mean", "zero")))

    @property
    def ideal(self) -> str:
        """Name of the curve used; one map doesn't tell which kind of molecule it shows."""
        return "protein" if self.ideal_curve == "Auto" else self.ideal_curve

    @property
    def tail(self) -> TailOptions:
        """How a correlation is corrected where it is lost in noise."""
        return TailOptions(self.cc_cut, self.max_cc_for_rescale, self.scale_using_last)

    def check_together(self) -> None:
        """Check what `TailOptions` checks."""
        _ = self.tail


@dataclass(frozen=True)
class Search(OptionGroup):
    """Which B factors are tried, and when one is kept.

    Attributes
    ----------
    auto_sharpen : bool
        False: search nothing; apply what is given or leave the map unsharpened.
    search_b_min, search_b_max : float, optional
        Bounds of the values of b_iso tried, Å²; -100 and 300 by default. The range is widened
        to include the map's own, and beyond a bound that was not given by up to its own width,
        as long as the best score lies there.
    search_b_n : int
        How many values, before the range is widened. The skewness, a smooth curve, is followed
        to its summit between them.
    optimize_d_cut, optimize_b_blur_hires : bool
        From the best trial of b_iso_to_d_cut (or b_iso, which has only b_iso to refine) go on
        by ever smaller steps along d_cut (0.833 to 1.3 times the resolution), b_blur_hires
        (0 to 500 Å²; from 200 where it is None) and b_iso.
    eps : float, optional
        First step of the resolution-dependent search; by default 1.
    iterate : bool
        Search a second time, on the same map, with the solvent content of the map sharpened.
    signal_min : float
        Signal to noise of the scan's scores below which it counts only if no other method
        than no_sharpening is tried.
    require_improvement : bool
        Leave the map unsharpened if no trial of a search scores higher than that does, cut at
        d_min (with the skewness, and if its noise is known: or with all of its terms); with
        skewness also where half maps or a model do not raise it. A map that was filtered,
        masked or sharpened before is changed no more than its skewness clearly supports.
    discard_if_worse : bool
        The same for values given and for a lower score, cut at the same resolution.
    """

    auto_sharpen: bool = True
    search_b_min: float | None = option(None, _ANY_B)
    search_b_max: float | None = option(None, _ANY_B)
    search_b_n: int = option(21, whole_number(1, MOST_TRIALS))
    optimize_d_cut: bool = False
    optimize_b_blur_hires: bool = False
    eps: float | None = option(
        None, Accepted(lambda v: 0 < v <= LARGEST_STEP, "a step above 0, up to 10")
    )
    iterate: bool = False
    signal_min: float = option(3.0, Accepted(lambda value: value >= 0, "0 or more"))
    require_improvement: bool = True
    discard_if_worse: bool = False

    def check_together(self) -> None:
        """Check the range."""
        low, high = self.b_range
        if self.search_b_n > 1 and not low < high:
            raise ParameterError(
                f"search_b_min is {low} and search_b_max {high}; expected the first below the "
                "second"
            )

    @property
    def b_range(self) -> tuple[float, float]:
        """Lowest and highest b_iso to begin with, Å²."""
        low, high = _FIRST_B_RANGE
        return (
            low if self.search_b_min is None else self.search_b_min,
            high if self.search_b_max is None else self.search_b_max,
        )


@dataclass(frozen=True)
class Scoring(OptionGroup):
    """How a trial map is scored.

    Attributes
    ----------
    residual_target, sharpening_target : str
        What each search maximises, and what decides between methods and whether the map is
        sharpened at all: one of `scores.TARGETS`, such as skewness.
    fraction_occupied, sa_percent, max_regions_to_test
        Share of the molecule's volume above the contour level; how much of that, and of how
        many regions, the surface is counted.
    region_weight : float, optional
        By default from three trials, by `region_weight_method` (delta_ratio, initial_ratio;
        b_iso: no search, target_b_iso_ratio instead), times `region_weight_factor`, kept
        `region_weight_buffer` of their distance away from its bounds. 40 without a search or
        without `adjust_region_weight`.
    """

    residual_target: str = option(_core.DEFAULT_SCORE_TARGET, _TARGET)
    sharpening_target: str = option(_core.DEFAULT_SCORE_TARGET, _TARGET)
    fraction_occupied: float = option(0.20, SHARE_BELOW_ONE)
    sa_percent: float = option(
        30.0, Accepted(lambda value: 0 < value <= 100, "a percentage above 0, up to 100")
    )
    max_regions_to_test: int = option(30, COUNT)
    region_weight: float | None = option(None, zero_or_more("0 or more, or None"))
    adjust_region_weight: bool = True
    region_weight_method: str = option("delta_ratio", one_of(REGION_WEIGHT_METHODS))
    region_weight_factor: float = option(1.0, above_zero())
    region_weight_buffer: float = option(
        0.1, Accepted(lambda value: 0 <= value < 0.5, "a share of at least 0, below 0.5")
    )

    @property
    def targets(self) -> set[str]:
        """Return the score that trials are compared by."""
        return {self.residual_target, self.sharpening_target}


@dataclass(frozen=True)
class BFactorOptions(OptionGroup):
    """Choices of `sharpen_by_b_factor`, by the names of the program's parameters.

    Attributes
    ----------
    resolution : float
        Nominal resolution in Å. Terms finer than `d_min_ratio` of it are left out.
    methods : str or sequence of str, optional
        no_sharpening, b_iso, b_iso_to_d_cut, resolution_dependent, target_b_iso_to_d_cut,
        half_map_sharpening, model_sharpening: all are tried, the first with the highest score
        is taken; those without their input are left out. external_map_sharpening must be the
        only one. By default half_map_sharpening, model_sharpening or external_map_sharpening
        if there is its input (in this order), otherwise b_iso_to_d_cut.
    applied, shells, search, score, volume, local, sample
        Groups, whose fields are keywords as well.
    wrapping : bool
        The map fills a unit cell: regions go on across its faces.
    data_d_min : float, optional
        Å, of the coefficients that the map was summed from; nothing finer is kept.
    output_scale_factor : float
        Standard deviation of the sharpened map; its mean is 0.
    threads : int
        0 means all. The result does not depend on it.

    Raises
    ------
    ParameterError
        If a value is out of range, or two contradict each other.
    """

    resolution: float = field(metadata={"accepted": NOMINAL_RESOLUTION})
    methods: tuple[str, ...] | None = option(
        None, parameter="b_factor_sharpening.map_modification.auto_sharpen_methods"
    )
    applied: AppliedFunction = field(default_factory=AppliedFunction)
    shells: ShellScaling = field(default_factory=ShellScaling)
    search: Search = field(default_factory=Search)
    score: Scoring = field(default_factory=Scoring)
    volume: ScoredVolume = field(default_factory=ScoredVolume)
    local: LocalSharpening = field(default_factory=LocalSharpening)
    sample: Sample = field(default_factory=Sample)
    wrapping: bool = False
    data_d_min: float | None = option(None, LENGTH)
    output_scale_factor: float = option(1.0, OUTPUT_SCALE, parameter="output.output_scale_factor")
    threads: int = option(0, THREADS)

    @classmethod
    def from_keywords(cls, **keywords: Any) -> BFactorOptions:
        """Return options from the names of fields, in any of the groups.

        Raises
        ------
        ParameterError
            If a name is no option, resolution is missing, or a value is out of range.
        """
        return from_keywords(cls, keywords)

    def __post_init__(self) -> None:
        """Check each value, and those of different groups that belong together."""
        if self.methods is not None:
            listed = (self.methods,) if isinstance(self.methods, str) else tuple(self.methods)
            object.__setattr__(self, "methods", listed)
        super().__post_init__()

    def check_together(self) -> None:
        """Check the methods, and values of different groups that belong together."""
        known = ", ".join(METHODS)
        self.require(self.methods != (), "methods", f"one or more of {known}")
        for method in self.methods_to_try:
            if method not in METHODS:
                raise ParameterError(f"methods has {method}; expected some of {known}")
        model_error(self.resolution, self.shells.rmsd, self.shells.rmsd_resolution_factor)
        if "resolution_dependent" in self.methods_to_try:
            self.applied.require_place_for_curve()
        if self.volume.restrict_map_size is False and not self.wrapping:
            raise ParameterError(
                "restrict_map_size is False, but the map does not repeat; set wrapping=True or "
                "leave restrict_map_size"
            )

    @property
    def methods_to_try(self) -> tuple[str, ...]:
        """Return the methods, b_iso_to_d_cut if none are asked for."""
        return self.methods or ("b_iso_to_d_cut",)

    @property
    def is_search(self) -> bool:
        """Whether the B factor has to be found, as it is not given."""
        return self.search.auto_sharpen and not self.applied.given

    @property
    def is_choice(self) -> bool:
        """Whether scores decide anything."""
        taken_anyway = {"no_sharpening", "external_map_sharpening"}
        if not self.is_shell_scale_checked:
            taken_anyway.update(SHELL_METHODS)
        methods = self.methods_to_try
        is_single = len(methods) == 1 and methods[0] in taken_anyway
        is_search_decided = self.is_search and not is_single
        return self.search.discard_if_worse or is_search_decided or self.is_local_centre_scored

    @property
    def is_weighted_by_default(self) -> bool:
        """Whether terms are weighted by their share of signal if it can be estimated.

        In a search for B by the skewness, in which no other function was asked for. In a
        crystal noise is not that of the solvent.
        """
        return self.is_search and not self.why_unweighted

    @property
    def why_unweighted(self) -> str:
        """Why terms of a search are not weighted unless it is asked for; nothing if they are."""
        methods = set(self.methods_to_try)
        known = {"no_sharpening", *SHELL_METHODS, *SCANNED_METHODS}
        if self.is_target_b_iso_taken or not methods & SCANNED_METHODS or not methods <= known:
            return "B is not searched for, or other functions are tried as well"
        if self.score.targets != {"skewness"}:
            return "the skewness is not the only score"
        if self.wrapping:
            return "the noise of a crystal is not that of its solvent"
        if self.is_blurred_beyond_d_cut:
            return (
                "terms beyond d_cut are treated as asked for instead; pseudo_likelihood=True "
                "weights them as well"
            )
        return ""

    @property
    def is_too_coarse_to_score(self) -> bool:
        """Whether B is that of the signal's fall-off alone, and none where that isn't known.

        A coarse map shows an outline, whose scores say little of B.
        """
        is_coarse = self.resolution > COARSE_RESOLUTION
        is_asked_for = self.sample.pseudo_likelihood is False  # a search by the score alone
        by_shell = not set(SHELL_METHODS).isdisjoint(self.methods_to_try)
        return is_coarse and self.is_weighted_by_default and not (by_shell or is_asked_for)

    @property
    def is_blurred_beyond_d_cut(self) -> bool:
        """Whether weighted terms are blurred beyond d_cut as well, because it was asked for."""
        search, methods = self.search, set(self.methods_to_try)
        is_scan = self.is_search and not self.is_target_b_iso_taken and methods & SCANNED_METHODS
        if is_scan and (search.optimize_d_cut or search.optimize_b_blur_hires):
            return True
        is_plain = "b_iso" in methods and not methods & _TO_D_CUT
        has_cut = not is_plain or self.is_target_b_iso_taken or self.local.local_sharpening
        return has_cut and not self.applied.has_usual_cut

    @property
    def is_local_centre_scored(self) -> bool:
        """Whether local B factors are searched for around the best of their trials."""
        local = self.local
        is_wanted = local.local_sharpening and not local.overall_before_local and self.is_search
        return is_wanted and not self.is_too_coarse_to_score

    @property
    def is_shell_scale_checked(self) -> bool:
        """Whether half maps or a model must raise the score.

        The skewness falls where they spoil a map; the other scores do not show that.
        """
        return self.search.require_improvement and self.score.sharpening_target == "skewness"

    @property
    def are_regions_scored(self) -> bool:
        """Whether trials are scored by their regions, in a search that depends on it."""
        return "adjusted_sa" in self.score.targets or not self.is_choice

    @property
    def is_target_b_iso_taken(self) -> bool:
        """Whether region_weight_method b_iso replaces the search by target_b_iso_ratio."""
        return (
            self.score.region_weight_method == "b_iso"
            and self.score.adjust_region_weight
            and self.score.region_weight is None
            and self.score.residual_target != "kurtosis"
        )

    @property
    def is_box_wanted(self) -> bool:
        """Whether trials are scored in a box."""
        is_allowed = not self.applied.given or self.volume.allow_box_if_b_iso_set
        return self.volume.is_box_asked_for and is_allowed and self.search.auto_sharpen
