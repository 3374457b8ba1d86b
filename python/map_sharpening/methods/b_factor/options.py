"""What a user can choose for B-factor sharpening of one map."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral

from map_sharpening.errors import ParameterError
from map_sharpening.methods.half_maps.options import IDEAL_CURVES
from map_sharpening.methods.shared.shell_scaling import (
    DEFAULT_CC_CUT,
    DEFAULT_MAX_CC_FOR_RESCALE,
    DEFAULT_RMSD_RESOLUTION_FACTOR,
    DEFAULT_SCALE_USING_LAST,
    TailOptions,
    model_error,
)
from map_sharpening.methods.shared.soft_masks import OutsideValue
from map_sharpening.molecule.composition import solvent_fraction_given

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
TARGETS = ("skewness", "adjusted_sa", "kurtosis")
REGION_WEIGHT_METHODS = ("delta_ratio", "initial_ratio", "b_iso")

_GIVEN = ("b_iso", "b_sharpen", "resolution_dependent_b")
_ABOVE_ZERO = (
    "resolution",
    "d_min_ratio",
    "region_weight_factor",
    "target_b_iso_ratio",
    "output_scale_factor",
)
_FINITE = ("b_iso", "b_sharpen", "search_b_min", "search_b_max")
_ABOVE_ZERO_OR_NONE = {
    "d_cut": "a resolution in Å, above 0, or None",
    "eps": "a step above 0, or None",
    "wang_radius": "a length in Å, above 0, or None",
    "buffer_radius": "a length in Å, above 0, or None",
}
_ZERO_OR_MORE_OR_NONE = {
    "b_blur_hires": "0 or more, in Å², or None",
    "k_sharpen": "0 or more, in 1/Å, or None",
    "region_weight": "0 or more, or None",
}
_COUNTS = {
    "search_b_n": (1, "a whole number, 1 or more"),
    "max_regions_to_test": (1, "a whole number, 1 or more"),
    "n_bins": (1, "a whole number, 1 or more"),
    "solvent_content_iterations": (1, "a whole number, 1 or more"),
    "threads": (0, "the number of threads, or 0 for all"),
}
_SHARES_UP_TO_ONE = ("max_box_fraction", "density_select_max_box_fraction", "fraction_complete")
_OUTSIDE_VALUES = ("solvent", "mean", "zero")


@dataclass(frozen=True)
class BFactorOptions:
    """Choices of `sharpen_by_b_factor`, by the names of the program's parameters.

    Raises
    ------
    ParameterError
        If a value is out of range, or two contradict each other.
    """

    resolution: float  #: Å, nominal
    methods: tuple[str, ...] = ("b_iso_to_d_cut",)
    # What is applied
    b_iso: float | None = None  #: Å², wanted of the sharpened map; no search
    b_sharpen: float | None = None  #: Å², applied as it is; no search
    resolution_dependent_b: tuple[float, float, float] | None = None  #: applied as it is
    b_blur_hires: float | None = 200.0  #: Å², beyond d_cut
    k_sharpen: float | None = 10.0  #: 1/Å; 0 or None: no cut
    d_cut: float | None = None  #: Å; None: the resolution
    d_min_ratio: float = 0.833  #: data to this share of the resolution
    remove_aniso: bool = True
    normalize_amplitudes_in_resdep: bool = False
    n_bins: int = 20  #: shells of amplitudes and of shell scales
    target_b_iso_ratio: float = 5.9
    # Scales by shell from half maps or a model
    cc_cut: float = DEFAULT_CC_CUT
    max_cc_for_rescale: float = DEFAULT_MAX_CC_FOR_RESCALE
    scale_using_last: int = DEFAULT_SCALE_USING_LAST  #: shells; 0: none
    ideal_curve: str = "protein"
    rmsd: float | None = None  #: Å, error of the model
    rmsd_resolution_factor: float = DEFAULT_RMSD_RESOLUTION_FACTOR
    fraction_complete: float | None = None
    target_b_iso_model_scale: float = 0.0
    mask_atoms: bool = True
    mask_atoms_atom_radius: float = 3.0  #: Å
    value_outside_atoms: OutsideValue = "solvent"
    # The search
    auto_sharpen: bool = True  #: False: no search
    search_b_min: float = -100.0  #: Å², of b_iso
    search_b_max: float = 300.0
    search_b_n: int = 21
    optimize_d_cut: bool = False
    optimize_b_blur_hires: bool = False
    eps: float | None = None  #: first step of the resolution-dependent search
    iterate: bool = False
    # The score
    residual_target: str = "skewness"  #: what each search maximises
    sharpening_target: str = "skewness"  #: what decides between methods
    fraction_occupied: float = 0.20
    sa_percent: float = 30.0
    max_regions_to_test: int = 30
    region_weight: float | None = None  #: None: from three trials
    adjust_region_weight: bool = True
    region_weight_method: str = "delta_ratio"
    region_weight_factor: float = 1.0
    region_weight_buffer: float = 0.1
    signal_min: float = 3.0
    require_improvement: bool = True
    discard_if_worse: bool = False
    # Where it is scored
    density_select_in_auto_sharpen: bool = False
    density_select_threshold_in_auto_sharpen: float = 0.05
    density_select_max_box_fraction: float = 0.95
    box_in_auto_sharpen: bool = False
    box_center: tuple[float, float, float] | None = None  #: Å
    box_size: tuple[int, int, int] = (30, 30, 30)  #: grid points
    use_weak_density: bool = False
    soft_mask: bool = True
    restrict_map_size: bool | None = None  #: None: unless wrapping
    max_box_fraction: float = 0.5
    allow_box_if_b_iso_set: bool = False
    # Local sharpening
    local_sharpening: bool = False
    local_aniso_in_local_sharpening: bool = False
    overall_before_local: bool = True  #: local B factors about that of the whole map
    target_n_overlap: int = 10  #: grid points that neighbouring tiles of box_size share
    smoothing_radius: float | None = None  #: Å; None: 2/3 of the distance between tiles
    select_sharpened_map: int | None = None  #: number of one trial map, from 1
    # The sample
    solvent_content: float | None = None
    molecular_mass: float | None = None  #: Da
    ncs_copies: int | None = None
    asymmetric_units: int = 1
    solvent_content_iterations: int = 3
    wang_radius: float | None = None  #: Å
    buffer_radius: float | None = None  #: Å
    wrapping: bool = False  #: regions go on across the faces of the map
    # The run
    output_scale_factor: float = 1.0
    threads: int = 0

    def __post_init__(self) -> None:
        """Check each value, and those that belong together."""
        for name in _ABOVE_ZERO:
            self._require(_is_above(getattr(self, name), 0), name, "a number above 0")
        for name in _FINITE:
            value = getattr(self, name)
            self._require(value is None or math.isfinite(value), name, "a number, in Å²")
        for name, expected in _ABOVE_ZERO_OR_NONE.items():
            value = getattr(self, name)
            self._require(value is None or _is_above(value, 0), name, expected)
        for name, expected in _ZERO_OR_MORE_OR_NONE.items():
            value = getattr(self, name)
            is_fine = value is None or (math.isfinite(value) and value >= 0)
            self._require(is_fine, name, expected)
        for name, (least, expected) in _COUNTS.items():
            value = getattr(self, name)
            self._require(isinstance(value, Integral) and int(value) >= least, name, expected)
        for name in _SHARES_UP_TO_ONE:
            value = getattr(self, name)
            is_fine = value is None or 0 < value <= 1
            self._require(is_fine, name, "a share above 0, up to 1")
        self._check_methods()
        self._check_shells()
        self._check_given()
        self._check_search()
        self._check_score()
        self._check_box()
        if self.solvent_content is not None:
            solvent_fraction_given(self.solvent_content)

    def _require(self, holds: bool, name: str, expected: str) -> None:
        if not holds:
            raise ParameterError(f"{name} is {getattr(self, name)}; expected {expected}")

    def _check_methods(self) -> None:
        known = ", ".join(METHODS)
        self._require(bool(self.methods), "methods", f"one or more of {known}")
        for method in self.methods:
            if method not in METHODS:
                raise ParameterError(f"methods has {method}; expected some of {known}")
        for name in ("residual_target", "sharpening_target"):
            self._require(getattr(self, name) in TARGETS, name, "one of " + ", ".join(TARGETS))

    def _check_given(self) -> None:
        given = self.given
        if len(given) > 1:
            raise ParameterError(f"{' and '.join(given)} are given together; give one of them")
        self._require(self.d_min_ratio <= 1, "d_min_ratio", "a share above 0, up to 1")
        curve = self.resolution_dependent_b
        self._require(
            curve is None or (len(curve) == 3 and all(map(math.isfinite, curve))),
            "resolution_dependent_b",
            "three numbers",
        )
        if curve is not None or "resolution_dependent" in self.methods:
            self._require(
                self.d_min_ratio < 1, "d_min_ratio", "a share below 1 for resolution_dependent"
            )

    def _check_shells(self) -> None:
        TailOptions(self.cc_cut, self.max_cc_for_rescale, self.scale_using_last)
        model_error(self.resolution, self.rmsd, self.rmsd_resolution_factor)
        for name in ("mask_atoms_atom_radius", "target_b_iso_model_scale"):
            value = getattr(self, name)
            self._require(math.isfinite(value) and value >= 0, name, "0 or more")
        self._require(self.ideal_curve in IDEAL_CURVES, "ideal_curve", " or ".join(IDEAL_CURVES))
        self._require(
            self.value_outside_atoms in _OUTSIDE_VALUES,
            "value_outside_atoms",
            " or ".join(_OUTSIDE_VALUES),
        )

    def _check_search(self) -> None:
        if self.search_b_n > 1 and not self.search_b_min < self.search_b_max:
            raise ParameterError(
                f"search_b_min is {self.search_b_min} and search_b_max {self.search_b_max}; "
                "expected the first below the second"
            )
        self._require(self.signal_min >= 0, "signal_min", "0 or more")

    def _check_score(self) -> None:
        self._require(
            self.region_weight_method in REGION_WEIGHT_METHODS,
            "region_weight_method",
            " or ".join(REGION_WEIGHT_METHODS),
        )
        self._require(
            0 <= self.region_weight_buffer < 0.5,
            "region_weight_buffer",
            "a share of at least 0, below 0.5",
        )
        self._require(
            0 < self.fraction_occupied < 1, "fraction_occupied", "a share between 0 and 1"
        )
        self._require(0 < self.sa_percent <= 100, "sa_percent", "a percentage above 0, up to 100")

    def _check_box(self) -> None:
        self._require(
            0 < self.density_select_threshold_in_auto_sharpen < 1,
            "density_select_threshold_in_auto_sharpen",
            "a share between 0 and 1",
        )
        centre = self.box_center
        self._require(
            centre is None or (len(centre) == 3 and all(map(math.isfinite, centre))),
            "box_center",
            "x y z in Å",
        )
        is_size = len(self.box_size) == 3 and all(
            isinstance(n, Integral) and n >= 1 for n in self.box_size
        )
        self._require(is_size, "box_size", "three whole numbers of grid points, 1 or more")
        if self.restrict_map_size is False and not self.wrapping:
            raise ParameterError(
                "restrict_map_size is False, but the map does not repeat; set wrapping=True or "
                "leave restrict_map_size"
            )

    @property
    def given(self) -> tuple[str, ...]:
        """Return which of b_iso, b_sharpen and resolution_dependent_b are given."""
        return tuple(name for name in _GIVEN if getattr(self, name) is not None)

    @property
    def is_search(self) -> bool:
        """Whether the B factor is to be found, not given."""
        return self.auto_sharpen and not self.given

    @property
    def is_choice(self) -> bool:
        """Whether scores decide anything."""
        taken_anyway = {"no_sharpening", "external_map_sharpening"}
        if not self.is_shell_scale_checked:
            taken_anyway.update(SHELL_METHODS)
        is_single = len(self.methods) == 1 and self.methods[0] in taken_anyway
        return self.discard_if_worse or (self.is_search and not is_single)

    @property
    def is_shell_scale_checked(self) -> bool:
        """Whether half maps or a model must raise the score.

        The skewness falls where they spoil a map; the other scores tell nothing of that.
        """
        return self.require_improvement and self.sharpening_target == "skewness"

    @property
    def are_regions_scored(self) -> bool:
        """Whether trials are scored by their regions: in a search where that decides."""
        return "adjusted_sa" in self.targets or not self.is_choice

    @property
    def targets(self) -> set[str]:
        """Return what trials are judged by."""
        return {self.residual_target, self.sharpening_target}

    @property
    def is_target_b_iso_taken(self) -> bool:
        """Whether region_weight_method b_iso makes target_b_iso_ratio decide, not a search."""
        return (
            self.region_weight_method == "b_iso"
            and self.adjust_region_weight
            and self.region_weight is None
            and self.residual_target != "kurtosis"
        )

    @property
    def is_box_wanted(self) -> bool:
        """Whether trials are scored in a box."""
        is_asked_for = self.density_select_in_auto_sharpen or self.box_in_auto_sharpen
        is_allowed = not self.given or self.allow_box_if_b_iso_set
        return is_asked_for and is_allowed and self.auto_sharpen


def _is_above(value: float, limit: float) -> bool:
    return math.isfinite(value) and value > limit
