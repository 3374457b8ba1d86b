"""What a user can choose for B-factor sharpening of one map."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral

from map_sharpening.errors import ParameterError

METHODS = (
    "no_sharpening",
    "b_iso",
    "b_iso_to_d_cut",
    "resolution_dependent",
    "target_b_iso_to_d_cut",
)
TARGETS = ("adjusted_sa", "kurtosis")
REGION_WEIGHT_METHODS = ("delta_ratio", "initial_ratio", "b_iso")


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
    b_iso: float | None = None  #: Å², wanted of the sharpened map; no search
    b_sharpen: float | None = None  #: Å², applied as it is; no search
    resolution_dependent_b: tuple[float, float, float] | None = None  #: applied as it is
    b_blur_hires: float | None = 200.0  #: Å², beyond d_cut
    k_sharpen: float = 10.0  #: 1/Å; 0: no cut
    d_cut: float | None = None  #: Å; None: the resolution
    d_min_ratio: float = 0.833  #: data to this share of the resolution
    remove_aniso: bool = True
    search_b_min: float = -100.0  #: Å², of b_iso
    search_b_max: float = 300.0
    search_b_n: int = 21
    target: str = "adjusted_sa"
    fraction_occupied: float = 0.20
    sa_percent: float = 30.0
    max_regions_to_test: int = 30
    region_weight: float | None = None  #: None: from three trials
    region_weight_method: str = "delta_ratio"
    region_weight_factor: float = 1.0
    region_weight_buffer: float = 0.1
    target_b_iso_ratio: float = 5.9
    signal_min: float = 3.0
    require_improvement: bool = True
    wrapping: bool = False  #: regions go on across the faces of the map
    output_scale_factor: float = 1.0
    threads: int = 0

    def __post_init__(self) -> None:
        """Check each value, and those that belong together."""

        def require(holds: bool, name: str, expected: str) -> None:
            if not holds:
                raise ParameterError(f"{name} is {getattr(self, name)}; expected {expected}")

        def is_positive(name: str) -> None:
            value = getattr(self, name)
            require(math.isfinite(value) and value > 0, name, "a number above 0")

        def is_whole(name: str, least: int, expected: str) -> None:
            value = getattr(self, name)
            require(isinstance(value, Integral) and int(value) >= least, name, expected)

        def is_finite_or_none(name: str, expected: str) -> None:
            require(not self._has(name) or math.isfinite(getattr(self, name)), name, expected)

        for name in (
            "resolution",
            "d_min_ratio",
            "region_weight_factor",
            "target_b_iso_ratio",
            "output_scale_factor",
        ):
            is_positive(name)
        for name in ("b_iso", "b_sharpen", "search_b_min", "search_b_max"):
            is_finite_or_none(name, "a number, in Å²")
        require(self.d_min_ratio <= 1, "d_min_ratio", "a share above 0, up to 1")
        known = ", ".join(METHODS)
        require(bool(self.methods), "methods", f"one or more of {known}")
        for method in self.methods:
            if method not in METHODS:
                raise ParameterError(f"methods has {method}; expected some of {known}")
        require(self.target in TARGETS, "target", " or ".join(TARGETS))
        require(
            self.region_weight_method in REGION_WEIGHT_METHODS,
            "region_weight_method",
            " or ".join(REGION_WEIGHT_METHODS),
        )
        given = [n for n in ("b_iso", "b_sharpen", "resolution_dependent_b") if self._has(n)]
        if len(given) > 1:
            raise ParameterError(f"{' and '.join(given)} are given together; give one of them")
        curve = self.resolution_dependent_b
        require(
            curve is None or (len(curve) == 3 and all(map(math.isfinite, curve))),
            "resolution_dependent_b",
            "three numbers",
        )
        if curve is not None or "resolution_dependent" in self.methods:
            require(
                self.d_min_ratio < 1, "d_min_ratio", "a share below 1 for resolution_dependent"
            )
        require(
            math.isfinite(self.k_sharpen) and self.k_sharpen >= 0, "k_sharpen", "0 or more, in 1/Å"
        )
        require(
            self.d_cut is None or (math.isfinite(self.d_cut) and self.d_cut > 0),
            "d_cut",
            "a resolution in Å, above 0, or None",
        )
        require(
            self.b_blur_hires is None
            or (math.isfinite(self.b_blur_hires) and self.b_blur_hires >= 0),
            "b_blur_hires",
            "0 or more, in Å², or None",
        )
        require(
            self.region_weight is None
            or (math.isfinite(self.region_weight) and self.region_weight >= 0),
            "region_weight",
            "0 or more, or None",
        )
        require(
            0 <= self.region_weight_buffer < 0.5,
            "region_weight_buffer",
            "a share of at least 0, below 0.5",
        )
        require(self.signal_min >= 0, "signal_min", "0 or more")
        is_whole("search_b_n", 1, "a whole number, 1 or more")
        if self.search_b_n > 1 and not self.search_b_min < self.search_b_max:
            raise ParameterError(
                f"search_b_min is {self.search_b_min} and search_b_max {self.search_b_max}; "
                "expected the first below the second"
            )
        require(0 < self.fraction_occupied < 1, "fraction_occupied", "a share between 0 and 1")
        require(0 < self.sa_percent <= 100, "sa_percent", "a percentage above 0, up to 100")
        is_whole("max_regions_to_test", 1, "a whole number, 1 or more")
        is_whole("threads", 0, "the number of threads, or 0 for all")

    def _has(self, name: str) -> bool:
        return getattr(self, name) is not None

    @property
    def is_search(self) -> bool:
        """Whether the B factor is to be found, not given."""
        return not any(map(self._has, ("b_iso", "b_sharpen", "resolution_dependent_b")))
