from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing

__all__: list[str] = [
    "AgreedResolution",
    "BFactorTrial",
    "BuildInfo",
    "COARSE_TERMS",
    "CentralMoments",
    "Connectivity",
    "DEFAULT_SCORE_TARGET",
    "DirectionalSums",
    "FallOff",
    "GuinierLine",
    "HalfMapFindings",
    "HalfMapOptions",
    "IdealCurve",
    "LevelRule",
    "LocalBFactor",
    "LocalBFactorOptions",
    "LocalFilter",
    "LocalOptions",
    "LocalResolution",
    "LocalResolutionOptions",
    "LocalTarget",
    "LocalTrial",
    "MOST_OF_NOISE",
    "MOST_OF_ONE_SIDED",
    "MapScore",
    "MapStatistics",
    "MaskChoice",
    "MaskMoments",
    "ModificationFindings",
    "ModificationOptions",
    "MolecularMask",
    "MolecularMaskOptions",
    "PowerModel",
    "PowerSums",
    "RegionWeight",
    "RegionWeightRule",
    "ScaleFactors",
    "ScoreOptions",
    "SharpenedHalfMaps",
    "SharpenedPower",
    "SurfaceByLevel",
    "TensorFit",
    "TileOptions",
    "Tiles",
    "UnusableDataError",
    "apply_scale_factors",
    "b_iso_factors",
    "b_iso_to_d_cut_factors",
    "build_info",
    "c_ref",
    "central_moments",
    "connected_regions",
    "contour_level",
    "count_reflections",
    "count_spheres",
    "directions",
    "edge_taper",
    "filter_windows",
    "filter_windows_by_model",
    "finest_spacing",
    "fit_anisotropic_b",
    "fit_fall_off",
    "fit_power_tensor",
    "fit_region_weight",
    "fit_wilson_b",
    "forward_transform",
    "ideal_amplitude",
    "ideal_curve_named",
    "inverse_transform",
    "largest_window",
    "list_reflections",
    "make_sharpened_map",
    "make_tiles",
    "make_trial_map",
    "map_statistics",
    "measure_spheres",
    "modify_density",
    "molecular_mask",
    "power_sums",
    "randomise_phases",
    "relative_scale",
    "remove_local_anisotropy",
    "resolution_at",
    "resolution_dependent_factors",
    "resolution_of_half_maps",
    "resolution_of_spheres",
    "scan_b_factors",
    "scan_scale_factors",
    "score_map",
    "sharpen_half_maps",
    "sharpen_locally",
    "surface_area",
    "surface_by_level",
    "transform_in_place",
    "wilson_expected_intensity",
    "window_lattice",
    "without_coarse_terms",
]

class BuildInfo:
    @property
    def build_type(self) -> str: ...
    @property
    def commit(self) -> str: ...
    @property
    def compiler(self) -> str: ...
    @property
    def fft(self) -> str: ...
    @property
    def openmp(self) -> int: ...
    @property
    def simd(self) -> str: ...
    @property
    def threads(self) -> int: ...

class UnusableDataError(ValueError):
    pass

class DirectionalSums:
    @property
    def auto_1(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def auto_2(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def cross(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def n_terms(self) -> numpy.typing.NDArray[numpy.float64]: ...

class PowerSums(DirectionalSums):
    @property
    def by_direction(self) -> DirectionalSums | None: ...
    @property
    def fsc(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def s(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def width(self) -> float: ...

class TensorFit:
    @property
    def b(self) -> typing.Annotated[list[float], "FixedSize(6)"]: ...
    @property
    def determined(self) -> bool: ...
    @property
    def ln_scale(self) -> float: ...
    @property
    def standard_error(self) -> typing.Annotated[list[float], "FixedSize(6)"]: ...

class IdealCurve:
    __members__: typing.ClassVar[dict[str, IdealCurve]]
    beta_galactosidase: typing.ClassVar[IdealCurve]
    nucleic_acid: typing.ClassVar[IdealCurve]
    protein: typing.ClassVar[IdealCurve]
    @typing.overload
    def __eq__(self, other: IdealCurve) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: IdealCurve) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class ScaleFactors:
    def __getstate__(
        self,
    ) -> tuple[
        float,
        list[float],
        list[float],
        typing.Annotated[list[float], "FixedSize(6)"],
        typing.Annotated[list[float], "FixedSize(6)"],
    ]: ...
    def __init__(
        self,
        step: typing.SupportsFloat | typing.SupportsIndex,
        gain: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        ratio: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex] = [],
        gain_b: typing.Annotated[
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
        ] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        ratio_b: typing.Annotated[
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
        ] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    ) -> None: ...
    def __setstate__(
        self,
        arg0: tuple[
            typing.SupportsFloat | typing.SupportsIndex,
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            typing.Annotated[
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                "FixedSize(6)",
            ],
            typing.Annotated[
                collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                "FixedSize(6)",
            ],
        ],
    ) -> None: ...
    def at(
        self,
        s: typing.Annotated[
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(3)"
        ],
    ) -> float: ...
    def radial_mean(self, s: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
    @property
    def gain(self) -> list[float]: ...
    @property
    def gain_b(self) -> typing.Annotated[list[float], "FixedSize(6)"]: ...
    @property
    def ratio(self) -> list[float]: ...
    @property
    def ratio_b(self) -> typing.Annotated[list[float], "FixedSize(6)"]: ...
    @property
    def step(self) -> float: ...

class MapStatistics:
    @property
    def first_not_finite(self) -> int: ...
    @property
    def maximum(self) -> float: ...
    @property
    def mean(self) -> float: ...
    @property
    def minimum(self) -> float: ...
    @property
    def n_not_finite(self) -> int: ...
    @property
    def standard_deviation(self) -> float: ...

class MolecularMaskOptions:
    @staticmethod
    def for_resolution(
        resolution: typing.SupportsFloat | typing.SupportsIndex,
    ) -> MolecularMaskOptions: ...
    def __init__(self, **kwargs: typing.Any) -> None: ...
    @property
    def level(self) -> float: ...
    @level.setter
    def level(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def resolution(self) -> float: ...
    @resolution.setter
    def resolution(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def smoothing(self) -> float: ...
    @smoothing.setter
    def smoothing(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class MolecularMask:
    @property
    def fraction(self) -> float: ...
    @property
    def is_trustworthy(self) -> bool: ...
    @property
    def molecule_fraction(self) -> float: ...
    @property
    def signal_fraction(self) -> float: ...

class LocalOptions:
    periodic: bool
    def __getstate__(self) -> dict[str, typing.Any]: ...
    def __init__(self, **kwargs: typing.Any) -> None: ...
    def __setstate__(self, arg0: dict[str, typing.Any]) -> None: ...
    @property
    def core_points(self) -> int | None: ...
    @core_points.setter
    def core_points(self, arg0: typing.SupportsInt | typing.SupportsIndex | None) -> None: ...
    @property
    def n_shells(self) -> int: ...
    @n_shells.setter
    def n_shells(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def n_windows(self) -> int | None: ...
    @n_windows.setter
    def n_windows(self, arg0: typing.SupportsInt | typing.SupportsIndex | None) -> None: ...

class SharpenedPower:
    def __getstate__(self) -> tuple[float, list[float], ScaleFactors, float]: ...
    def __init__(
        self,
        shell_width: typing.SupportsFloat | typing.SupportsIndex,
        ideal: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
        factors: ScaleFactors,
        s_max: typing.SupportsFloat | typing.SupportsIndex,
    ) -> None: ...
    def __setstate__(
        self,
        arg0: tuple[
            typing.SupportsFloat | typing.SupportsIndex,
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
            ScaleFactors,
            typing.SupportsFloat | typing.SupportsIndex,
        ],
    ) -> None: ...
    @property
    def ideal(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def s_max(self) -> float: ...

class LocalFilter:
    @property
    def centres(
        self,
    ) -> tuple[
        numpy.typing.NDArray[numpy.float64],
        numpy.typing.NDArray[numpy.float64],
        numpy.typing.NDArray[numpy.float64],
    ]: ...
    @property
    def core(self) -> typing.Annotated[list[int], "FixedSize(3)"]: ...
    @property
    def excess_b(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def gain(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def noise_scale(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def resolution(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def signal_scale(self) -> numpy.typing.NDArray[numpy.float64]: ...

class MaskChoice:
    __members__: typing.ClassVar[dict[str, MaskChoice]]
    automatic: typing.ClassVar[MaskChoice]
    given: typing.ClassVar[MaskChoice]
    whole_box: typing.ClassVar[MaskChoice]
    @typing.overload
    def __eq__(self, other: MaskChoice) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: MaskChoice) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class HalfMapOptions:
    anisotropic: bool
    ideal: IdealCurve
    local: bool
    mask: MaskChoice
    periodic: bool
    windows: LocalOptions
    def __init__(self, **kwargs: typing.Any) -> None: ...
    @property
    def guinier_d_low(self) -> float | None: ...
    @guinier_d_low.setter
    def guinier_d_low(self, arg0: typing.SupportsFloat | typing.SupportsIndex | None) -> None: ...
    @property
    def n_shells(self) -> int | None: ...
    @n_shells.setter
    def n_shells(self, arg0: typing.SupportsInt | typing.SupportsIndex | None) -> None: ...
    @property
    def output_scale(self) -> float: ...
    @output_scale.setter
    def output_scale(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def randomise_beyond(self) -> float | None: ...
    @randomise_beyond.setter
    def randomise_beyond(
        self, arg0: typing.SupportsFloat | typing.SupportsIndex | None
    ) -> None: ...
    @property
    def resolution(self) -> float: ...
    @resolution.setter
    def resolution(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def seed(self) -> int: ...
    @seed.setter
    def seed(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def threads(self) -> int: ...
    @threads.setter
    def threads(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...

class GuinierLine:
    @property
    def correlation(self) -> float: ...
    @property
    def d_high(self) -> float: ...
    @property
    def d_low(self) -> float: ...
    @property
    def intercept(self) -> float: ...
    @property
    def n_shells(self) -> int: ...
    @property
    def slope(self) -> float: ...

class FallOff:
    @property
    def b(self) -> float: ...
    @property
    def standard_error(self) -> float: ...

class PowerModel:
    @property
    def noise(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def noise_b(self) -> TensorFit: ...
    @property
    def noise_error(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def signal(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def signal_b(self) -> TensorFit: ...
    @property
    def signal_error(self) -> numpy.typing.NDArray[numpy.float64]: ...

class MaskMoments:
    @property
    def independent_fraction(self) -> float: ...
    @property
    def mean(self) -> float: ...
    @property
    def mean_square(self) -> float: ...

class HalfMapFindings:
    @property
    def d_min(self) -> float: ...
    @property
    def data_end(self) -> float | None: ...
    @property
    def factors(self) -> ScaleFactors: ...
    @property
    def fall_off(self) -> FallOff: ...
    @property
    def flattening(self) -> ScaleFactors | None: ...
    @property
    def fsc_corrected(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def fsc_masked(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def fsc_randomised(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def fsc_unmasked(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def guinier(self) -> GuinierLine: ...
    @property
    def half_2_amplitude(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def half_2_scale(self) -> float: ...
    @property
    def has_tensors(self) -> bool: ...
    @property
    def ideal(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def local(self) -> LocalFilter: ...
    @property
    def mask_moments(self) -> MaskMoments: ...
    @property
    def model(self) -> PowerModel: ...
    @property
    def molecular_mask(self) -> MolecularMask: ...
    @property
    def n_terms(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def overall_b(self) -> TensorFit: ...
    @property
    def randomised_from(self) -> float | None: ...
    @property
    def resolution_0143(self) -> float | None: ...
    @property
    def resolution_05(self) -> float | None: ...
    @property
    def rms_amplitude(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def shell_width(self) -> float: ...
    @property
    def signal_concentration(self) -> float: ...

class SharpenedHalfMaps:
    @property
    def found(self) -> HalfMapFindings: ...
    @property
    def half_1(self) -> numpy.typing.NDArray[numpy.float32] | None: ...
    @property
    def half_2(self) -> numpy.typing.NDArray[numpy.float32] | None: ...
    @property
    def sharpened(self) -> numpy.typing.NDArray[numpy.float32]: ...

class AgreedResolution:
    @property
    def is_crossing(self) -> bool: ...
    @property
    def is_stable(self) -> bool: ...
    @property
    def resolution(self) -> float: ...
    @property
    def tried(self) -> list[float]: ...

class ModificationOptions:
    def __init__(self, **kwargs: typing.Any) -> None: ...
    @property
    def d_min(self) -> float: ...
    @d_min.setter
    def d_min(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def n_shells(self) -> int: ...
    @n_shells.setter
    def n_shells(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def noise_share(self) -> float: ...
    @noise_share.setter
    def noise_share(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def seed(self) -> int: ...
    @seed.setter
    def seed(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def threads(self) -> int: ...
    @threads.setter
    def threads(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...

class ModificationFindings:
    @property
    def contribution_share(self) -> float: ...
    @property
    def correlation_after(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def correlation_before(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def extended_to(self) -> float: ...
    @property
    def extension(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def is_borne_out(self) -> bool: ...
    @property
    def linear(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def null_share(self) -> float: ...
    @property
    def one_sided_share(self) -> float: ...
    @property
    def outside(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def positive(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def shell_width(self) -> float: ...
    @property
    def signal_share(self) -> numpy.typing.NDArray[numpy.float64]: ...

class Connectivity:
    __members__: typing.ClassVar[dict[str, Connectivity]]
    corners: typing.ClassVar[Connectivity]
    edges: typing.ClassVar[Connectivity]
    faces: typing.ClassVar[Connectivity]
    @typing.overload
    def __eq__(self, other: Connectivity) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: Connectivity) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class LevelRule:
    __members__: typing.ClassVar[dict[str, LevelRule]]
    bisection: typing.ClassVar[LevelRule]
    exact: typing.ClassVar[LevelRule]
    @typing.overload
    def __eq__(self, other: LevelRule) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: LevelRule) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class RegionWeightRule:
    __members__: typing.ClassVar[dict[str, RegionWeightRule]]
    by_difference: typing.ClassVar[RegionWeightRule]
    by_ratio: typing.ClassVar[RegionWeightRule]
    @typing.overload
    def __eq__(self, other: RegionWeightRule) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: RegionWeightRule) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class ScoreOptions:
    connectivity: Connectivity
    level_rule: LevelRule
    periodic: bool
    def __init__(self, **kwargs: typing.Any) -> None: ...
    @property
    def box(
        self,
    ) -> (
        tuple[
            typing.Annotated[list[int], "FixedSize(3)"],
            typing.Annotated[list[int], "FixedSize(3)"],
        ]
        | None
    ): ...
    @box.setter
    def box(
        self,
        arg1: tuple[
            typing.Annotated[
                collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
            ],
            typing.Annotated[
                collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
            ],
        ]
        | None,
    ) -> None: ...
    @property
    def fraction_occupied(self) -> float: ...
    @fraction_occupied.setter
    def fraction_occupied(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def max_regions_to_test(self) -> int: ...
    @max_regions_to_test.setter
    def max_regions_to_test(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def region_weight(self) -> float: ...
    @region_weight.setter
    def region_weight(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def sa_percent(self) -> float: ...
    @sa_percent.setter
    def sa_percent(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def solvent_fraction(self) -> float | None: ...
    @solvent_fraction.setter
    def solvent_fraction(
        self, arg0: typing.SupportsFloat | typing.SupportsIndex | None
    ) -> None: ...

class CentralMoments:
    @property
    def count(self) -> int: ...
    @property
    def kurtosis(self) -> float: ...
    @property
    def mean(self) -> float: ...
    @property
    def skewness(self) -> float: ...
    @property
    def variance(self) -> float: ...

class MapScore:
    @property
    def adjusted_surface_area(self) -> float: ...
    @property
    def kurtosis(self) -> float: ...
    @property
    def level(self) -> float: ...
    @property
    def level_in_sd(self) -> float: ...
    @property
    def mean(self) -> float: ...
    @property
    def n_above(self) -> int: ...
    @property
    def n_regions(self) -> int: ...
    @property
    def n_regions_tested(self) -> int: ...
    @property
    def n_voxels(self) -> int: ...
    @property
    def normalized_regions(self) -> float: ...
    @property
    def skewness(self) -> float: ...
    @property
    def standard_deviation(self) -> float: ...
    @property
    def surface_ratio(self) -> float: ...

class RegionWeight:
    @property
    def by_difference(self) -> float: ...
    @property
    def by_ratio(self) -> float: ...
    @property
    def is_bounded(self) -> bool: ...
    @property
    def is_usable(self) -> bool: ...
    @property
    def lower_bound(self) -> float: ...
    @property
    def upper_bound(self) -> float: ...
    @property
    def weight(self) -> float: ...

class SurfaceByLevel:
    @property
    def above_inside(self) -> numpy.typing.NDArray[numpy.int64]: ...
    @property
    def above_outside(self) -> numpy.typing.NDArray[numpy.int64]: ...
    @property
    def n_inside(self) -> int: ...
    @property
    def step(self) -> float: ...
    @property
    def surface_inside(self) -> numpy.typing.NDArray[numpy.int64]: ...
    @property
    def surface_outside(self) -> numpy.typing.NDArray[numpy.int64]: ...

class BFactorTrial:
    def __init__(self, **kwargs: typing.Any) -> None: ...
    @property
    def b_blur_hires(self) -> float | None: ...
    @b_blur_hires.setter
    def b_blur_hires(self, arg0: typing.SupportsFloat | typing.SupportsIndex | None) -> None: ...
    @property
    def b_sharpen(self) -> float: ...
    @b_sharpen.setter
    def b_sharpen(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def d_cut(self) -> float: ...
    @d_cut.setter
    def d_cut(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def k_sharpen(self) -> float: ...
    @k_sharpen.setter
    def k_sharpen(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class LocalTarget:
    __members__: typing.ClassVar[dict[str, LocalTarget]]
    adjusted_surface_area: typing.ClassVar[LocalTarget]
    fall_off: typing.ClassVar[LocalTarget]
    kurtosis: typing.ClassVar[LocalTarget]
    @typing.overload
    def __eq__(self, other: LocalTarget) -> bool: ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool: ...
    def __getstate__(self) -> int: ...
    def __hash__(self) -> int: ...
    def __index__(self) -> int: ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __int__(self) -> int: ...
    @typing.overload
    def __ne__(self, other: LocalTarget) -> bool: ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool: ...
    def __repr__(self) -> str: ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    def __str__(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class TileOptions:
    periodic: bool
    def __init__(self, **kwargs: typing.Any) -> None: ...
    @property
    def edges(self) -> typing.Annotated[list[int], "FixedSize(3)"]: ...
    @edges.setter
    def edges(
        self,
        arg0: typing.Annotated[
            collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
        ],
    ) -> None: ...
    @property
    def overlap(self) -> int: ...
    @overlap.setter
    def overlap(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...

class LocalBFactorOptions:
    score: ScoreOptions
    target: LocalTarget
    tiles: TileOptions
    def __init__(self, **kwargs: typing.Any) -> None: ...
    @property
    def centre(self) -> float | None: ...
    @centre.setter
    def centre(self, arg0: typing.SupportsFloat | typing.SupportsIndex | None) -> None: ...
    @property
    def places(self) -> list[list[typing.Annotated[list[float], "FixedSize(3)"]]]: ...
    @places.setter
    def places(
        self,
        arg0: collections.abc.Sequence[
            collections.abc.Sequence[
                typing.Annotated[
                    collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
                    "FixedSize(3)",
                ]
            ]
        ],
    ) -> None: ...
    @property
    def selected(self) -> int | None: ...
    @selected.setter
    def selected(self, arg0: typing.SupportsInt | typing.SupportsIndex | None) -> None: ...
    @property
    def shrinkage(self) -> float | None: ...
    @shrinkage.setter
    def shrinkage(self, arg0: typing.SupportsFloat | typing.SupportsIndex | None) -> None: ...
    @property
    def smoothing_radius(self) -> float | None: ...
    @smoothing_radius.setter
    def smoothing_radius(
        self, arg0: typing.SupportsFloat | typing.SupportsIndex | None
    ) -> None: ...
    @property
    def threads(self) -> int: ...
    @threads.setter
    def threads(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...

class Tiles:
    def __len__(self) -> int: ...
    def centres(
        self,
        cell: typing.Annotated[
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
        ],
    ) -> numpy.typing.NDArray[numpy.float64]: ...
    def first(
        self, tile: typing.SupportsInt | typing.SupportsIndex
    ) -> typing.Annotated[list[int], "FixedSize(3)"]: ...
    @property
    def counts(self) -> typing.Annotated[list[int], "FixedSize(3)"]: ...
    @property
    def edges(self) -> typing.Annotated[list[int], "FixedSize(3)"]: ...

class LocalTrial:
    def __init__(
        self, b_sharpen: typing.SupportsFloat | typing.SupportsIndex, factors: ScaleFactors
    ) -> None: ...
    @property
    def b_sharpen(self) -> float: ...
    @property
    def factors(self) -> ScaleFactors: ...

class LocalBFactor:
    @property
    def b_sharpen(self) -> list[float]: ...
    @property
    def centre(self) -> float: ...
    @property
    def smoothing_radius(self) -> float: ...
    @property
    def tiles(self) -> Tiles: ...

class LocalResolutionOptions:
    periodic: bool
    def __init__(self, **kwargs: typing.Any) -> None: ...
    @property
    def d_min(self) -> float | None: ...
    @d_min.setter
    def d_min(self, arg0: typing.SupportsFloat | typing.SupportsIndex | None) -> None: ...
    @property
    def half_2_scale(self) -> float | None: ...
    @half_2_scale.setter
    def half_2_scale(self, arg0: typing.SupportsFloat | typing.SupportsIndex | None) -> None: ...
    @property
    def step(self) -> float | None: ...
    @step.setter
    def step(self, arg0: typing.SupportsFloat | typing.SupportsIndex | None) -> None: ...
    @property
    def threads(self) -> int: ...
    @threads.setter
    def threads(self, arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
    @property
    def threshold(self) -> float: ...
    @threshold.setter
    def threshold(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
    @property
    def window(self) -> float: ...
    @window.setter
    def window(self, arg0: typing.SupportsFloat | typing.SupportsIndex) -> None: ...

class LocalResolution:
    @property
    def d_max(self) -> float: ...
    @property
    def d_min(self) -> float: ...
    @property
    def first(self) -> tuple[float, float, float]: ...
    @property
    def lattice(self) -> numpy.typing.NDArray[numpy.float32]: ...
    @property
    def n_windows(self) -> int: ...
    @property
    def spacing(self) -> tuple[float, float, float]: ...

@typing.overload
def apply_scale_factors(
    coefficients: numpy.typing.NDArray[numpy.complex64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    s_max: typing.SupportsFloat | typing.SupportsIndex,
    factors: ScaleFactors,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> tuple[numpy.typing.NDArray[numpy.complex64], float]: ...
@typing.overload
def apply_scale_factors(
    coefficients: numpy.typing.NDArray[numpy.complex128],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    s_max: typing.SupportsFloat | typing.SupportsIndex,
    factors: ScaleFactors,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> tuple[numpy.typing.NDArray[numpy.complex128], float]: ...
def b_iso_factors(
    b_sharpen: typing.SupportsFloat | typing.SupportsIndex,
    anisotropy: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
) -> ScaleFactors: ...
def b_iso_to_d_cut_factors(
    trial: BFactorTrial,
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    anisotropy: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
) -> ScaleFactors: ...
def build_info() -> BuildInfo: ...
def c_ref(fsc: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> typing.Any: ...
def central_moments(
    map: numpy.typing.NDArray[numpy.float32],
    mask: numpy.typing.NDArray[numpy.float32] | None = None,
    box: tuple[
        typing.Annotated[
            collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
        ],
        typing.Annotated[
            collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
        ],
    ]
    | None = None,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> CentralMoments: ...
def connected_regions(
    map: numpy.typing.NDArray[numpy.float32],
    level: typing.SupportsFloat | typing.SupportsIndex,
    connectivity: Connectivity = ...,
    periodic: bool = False,
    n_listed: typing.SupportsInt | typing.SupportsIndex = 0,
    mask: numpy.typing.NDArray[numpy.float32] | None = None,
    box: tuple[
        typing.Annotated[
            collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
        ],
        typing.Annotated[
            collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
        ],
    ]
    | None = None,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> tuple[
    numpy.typing.NDArray[numpy.int64],
    numpy.typing.NDArray[numpy.int64],
    list[numpy.typing.NDArray[numpy.int64]],
]: ...
def contour_level(
    map: numpy.typing.NDArray[numpy.float32],
    n_above: typing.SupportsInt | typing.SupportsIndex,
    mask: numpy.typing.NDArray[numpy.float32] | None = None,
    box: tuple[
        typing.Annotated[
            collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
        ],
        typing.Annotated[
            collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
        ],
    ]
    | None = None,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> float: ...
def count_reflections(
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    d_min: typing.SupportsFloat | typing.SupportsIndex,
) -> int: ...
def count_spheres(
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    options: LocalResolutionOptions,
) -> int: ...
def directions() -> tuple[
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.float64],
]: ...
def edge_taper(
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    width: typing.SupportsFloat | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.typing.NDArray[numpy.float32]: ...
def filter_windows(
    half_1: numpy.typing.NDArray[numpy.float32],
    half_2: numpy.typing.NDArray[numpy.float32],
    full: numpy.typing.NDArray[numpy.float32] | None,
    sharpened: numpy.typing.NDArray[numpy.float32],
    sharpened_half_1: numpy.typing.NDArray[numpy.float32] | None,
    sharpened_half_2: numpy.typing.NDArray[numpy.float32] | None,
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    expected: SharpenedPower,
    resolution: typing.SupportsFloat | typing.SupportsIndex,
    options: LocalOptions,
    first_layer: typing.SupportsInt | typing.SupportsIndex,
    end_layer: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> LocalFilter: ...
def filter_windows_by_model(
    map: numpy.typing.NDArray[numpy.float32],
    model: numpy.typing.NDArray[numpy.float32],
    region: numpy.typing.NDArray[numpy.float32],
    half_1: numpy.typing.NDArray[numpy.float32] | None,
    half_2: numpy.typing.NDArray[numpy.float32] | None,
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    expected: SharpenedPower,
    explained: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
    resolution: typing.SupportsFloat | typing.SupportsIndex,
    options: LocalOptions,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> LocalFilter: ...
def finest_spacing(
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    resolution: typing.SupportsFloat | typing.SupportsIndex,
) -> float: ...
def fit_anisotropic_b(
    values: numpy.typing.NDArray[numpy.float64],
    weights: numpy.typing.NDArray[numpy.float64],
    shell_width: typing.SupportsFloat | typing.SupportsIndex,
) -> TensorFit: ...
def fit_fall_off(
    signal: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    noise: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    width: typing.SupportsFloat | typing.SupportsIndex,
    curve: IdealCurve,
) -> FallOff: ...
def fit_power_tensor(
    means: numpy.typing.NDArray[numpy.float64],
    variance: numpy.typing.NDArray[numpy.float64],
    radial: numpy.typing.NDArray[numpy.float64],
    shell_width: typing.SupportsFloat | typing.SupportsIndex,
) -> TensorFit: ...
def fit_region_weight(
    sharp: MapScore,
    middle: MapScore,
    blurred: MapScore,
    rule: RegionWeightRule = ...,
    factor: typing.SupportsFloat | typing.SupportsIndex = 1.0,
    buffer: typing.SupportsFloat | typing.SupportsIndex = 0.1,
) -> RegionWeight: ...
@typing.overload
def fit_wilson_b(
    coefficients: numpy.typing.NDArray[numpy.complex64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> TensorFit: ...
@typing.overload
def fit_wilson_b(
    coefficients: numpy.typing.NDArray[numpy.complex128],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> TensorFit: ...
@typing.overload
def forward_transform(
    map: numpy.typing.NDArray[numpy.float32],
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.typing.NDArray[numpy.complex64]: ...
@typing.overload
def forward_transform(
    map: numpy.typing.NDArray[numpy.float64],
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.typing.NDArray[numpy.complex128]: ...
def ideal_amplitude(
    curve: str, s: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]
) -> numpy.typing.NDArray[numpy.float64]: ...
def ideal_curve_named(name: str) -> IdealCurve: ...
@typing.overload
def inverse_transform(
    coefficients: numpy.typing.NDArray[numpy.complex64],
    nx: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.typing.NDArray[numpy.float32]: ...
@typing.overload
def inverse_transform(
    coefficients: numpy.typing.NDArray[numpy.complex128],
    nx: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.typing.NDArray[numpy.float64]: ...
def largest_window(
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
) -> float: ...
def list_reflections(
    map: numpy.typing.NDArray[numpy.float32],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.ndarray: ...
def make_sharpened_map(
    coefficients: numpy.typing.NDArray[numpy.complex64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    factors: ScaleFactors,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.typing.NDArray[numpy.float32]: ...
def make_tiles(
    map_shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    options: TileOptions,
) -> Tiles: ...
def make_trial_map(
    coefficients: numpy.typing.NDArray[numpy.complex64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    factors: ScaleFactors,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.typing.NDArray[numpy.float32]: ...
def map_statistics(
    map: numpy.typing.NDArray[numpy.float32],
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> MapStatistics: ...
def measure_spheres(
    half_1: numpy.typing.NDArray[numpy.float32],
    half_2: numpy.typing.NDArray[numpy.float32],
    mask: numpy.typing.NDArray[numpy.float32] | None,
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    options: LocalResolutionOptions,
    begin: typing.SupportsInt | typing.SupportsIndex,
    end: typing.SupportsInt | typing.SupportsIndex,
    progress: typing.Any = None,
) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float64]]: ...
def modify_density(
    half_1: numpy.typing.NDArray[numpy.float32],
    half_2: numpy.typing.NDArray[numpy.float32],
    mask: numpy.typing.NDArray[numpy.float32],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    options: ModificationOptions,
    unsharpened_1: numpy.typing.NDArray[numpy.float32] | None = None,
    unsharpened_2: numpy.typing.NDArray[numpy.float32] | None = None,
    new_array: typing.Any = None,
) -> tuple[numpy.typing.NDArray[numpy.float32], ModificationFindings]: ...
def molecular_mask(
    half_1: numpy.typing.NDArray[numpy.complex64],
    half_2: numpy.typing.NDArray[numpy.complex64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    options: MolecularMaskOptions,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> tuple[numpy.typing.NDArray[numpy.float32], MolecularMask]: ...
@typing.overload
def power_sums(
    a: numpy.typing.NDArray[numpy.complex64],
    b: numpy.typing.NDArray[numpy.complex64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    shell_width: typing.SupportsFloat | typing.SupportsIndex,
    n_shells: typing.SupportsInt | typing.SupportsIndex,
    by_direction: bool = False,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> PowerSums: ...
@typing.overload
def power_sums(
    a: numpy.typing.NDArray[numpy.complex128],
    b: numpy.typing.NDArray[numpy.complex128],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    shell_width: typing.SupportsFloat | typing.SupportsIndex,
    n_shells: typing.SupportsInt | typing.SupportsIndex,
    by_direction: bool = False,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> PowerSums: ...
@typing.overload
def randomise_phases(
    coefficients: numpy.typing.NDArray[numpy.complex64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    s_max: typing.SupportsFloat | typing.SupportsIndex,
    s_from: typing.SupportsFloat | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.typing.NDArray[numpy.complex64]: ...
@typing.overload
def randomise_phases(
    coefficients: numpy.typing.NDArray[numpy.complex128],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    s_max: typing.SupportsFloat | typing.SupportsIndex,
    s_from: typing.SupportsFloat | typing.SupportsIndex,
    seed: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.typing.NDArray[numpy.complex128]: ...
def relative_scale(
    half_1: numpy.typing.NDArray[numpy.float32],
    half_2: numpy.typing.NDArray[numpy.float32],
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> float: ...
def remove_local_anisotropy(
    coefficients: numpy.typing.NDArray[numpy.complex64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    factors_of_whole: ScaleFactors,
    options: LocalBFactorOptions,
    molecule: numpy.typing.NDArray[numpy.float32] | None = None,
) -> numpy.typing.NDArray[numpy.complex64]: ...
def resolution_at(
    curve: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    shell_width: typing.SupportsFloat | typing.SupportsIndex,
    level: typing.SupportsFloat | typing.SupportsIndex,
) -> float | None: ...
def resolution_dependent_factors(
    b: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(3)"
    ],
    resolution: typing.SupportsFloat | typing.SupportsIndex,
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    d_min_ratio: typing.SupportsFloat | typing.SupportsIndex = 0.833,
    anisotropy: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
) -> ScaleFactors: ...
def resolution_of_half_maps(
    half_1: numpy.typing.NDArray[numpy.float32],
    half_2: numpy.typing.NDArray[numpy.float32],
    mask: numpy.typing.NDArray[numpy.float32],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    options: HalfMapOptions,
    new_array: typing.Any = None,
    progress: typing.Any = None,
) -> AgreedResolution: ...
def resolution_of_spheres(
    signal_to_noise: numpy.typing.NDArray[numpy.float32],
    mask_share: numpy.typing.NDArray[numpy.float64],
    mask: numpy.typing.NDArray[numpy.float32] | None,
    map: numpy.typing.NDArray[numpy.float32],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    options: LocalResolutionOptions,
) -> LocalResolution: ...
def scan_b_factors(
    coefficients: numpy.typing.NDArray[numpy.complex64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    anisotropy: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    trials: collections.abc.Sequence[BFactorTrial],
    options: ScoreOptions,
    mask: numpy.typing.NDArray[numpy.float32] | None = None,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
    molecule: numpy.typing.NDArray[numpy.float32] | None = None,
) -> list[MapScore]: ...
def scan_scale_factors(
    coefficients: numpy.typing.NDArray[numpy.complex64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    trials: collections.abc.Sequence[ScaleFactors],
    options: ScoreOptions,
    mask: numpy.typing.NDArray[numpy.float32] | None = None,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    progress: typing.Any = None,
    molecule: numpy.typing.NDArray[numpy.float32] | None = None,
) -> list[MapScore]: ...
def score_map(
    map: numpy.typing.NDArray[numpy.float32],
    options: ScoreOptions,
    mask: numpy.typing.NDArray[numpy.float32] | None = None,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    molecule: numpy.typing.NDArray[numpy.float32] | None = None,
) -> MapScore: ...
def sharpen_half_maps(
    half_1: numpy.typing.NDArray[numpy.float32],
    half_2: numpy.typing.NDArray[numpy.float32],
    full: numpy.typing.NDArray[numpy.float32] | None,
    mask: numpy.typing.NDArray[numpy.float32],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    options: HalfMapOptions,
    filter_windows: typing.Any = None,
    sharpen_halves: bool = True,
    new_array: typing.Any = None,
    progress: typing.Any = None,
) -> SharpenedHalfMaps: ...
def sharpen_locally(
    coefficients: numpy.typing.NDArray[numpy.complex64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    trials: collections.abc.Sequence[LocalTrial],
    options: LocalBFactorOptions,
    molecule: numpy.typing.NDArray[numpy.float32] | None = None,
    make_trial: typing.Any = None,
    progress: typing.Any = None,
) -> tuple[
    numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32], LocalBFactor
]: ...
def surface_area(
    voxels: numpy.typing.NDArray[numpy.int64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    periodic: bool = False,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> int: ...
def surface_by_level(
    map: numpy.typing.NDArray[numpy.float32],
    region: numpy.typing.NDArray[numpy.float32],
    n_levels: typing.SupportsInt | typing.SupportsIndex,
    plane_step: typing.SupportsInt | typing.SupportsIndex = 1,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> SurfaceByLevel: ...
@typing.overload
def transform_in_place(
    padded: numpy.typing.NDArray[numpy.float32],
    nx: typing.SupportsInt | typing.SupportsIndex,
    forward: bool,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ]
    | None = None,
    d_min: typing.SupportsFloat | typing.SupportsIndex = 0.0,
) -> None: ...
@typing.overload
def transform_in_place(
    padded: numpy.typing.NDArray[numpy.float64],
    nx: typing.SupportsInt | typing.SupportsIndex,
    forward: bool,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ]
    | None = None,
    d_min: typing.SupportsFloat | typing.SupportsIndex = 0.0,
) -> None: ...
def wilson_expected_intensity(s_squared: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
def window_lattice(
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    resolution: typing.SupportsFloat | typing.SupportsIndex,
    options: LocalOptions,
) -> tuple[
    typing.Annotated[list[int], "FixedSize(3)"], typing.Annotated[list[int], "FixedSize(3)"]
]: ...
def without_coarse_terms(
    factors: ScaleFactors,
    d: typing.SupportsFloat | typing.SupportsIndex,
    d_min: typing.SupportsFloat | typing.SupportsIndex,
) -> ScaleFactors: ...

COARSE_TERMS: float = 4.0
DEFAULT_SCORE_TARGET: str = "skewness"
MOST_OF_NOISE: float = 0.02
MOST_OF_ONE_SIDED: float = 0.05
__version__: str = "0.1.0"
