from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
from numpy.typing import NDArray
import typing

Int: typing.TypeAlias = typing.SupportsInt | typing.SupportsIndex
Float: typing.TypeAlias = typing.SupportsFloat | typing.SupportsIndex
ThreeInts: typing.TypeAlias = typing.Annotated[collections.abc.Sequence[Int], "FixedSize(3)"]
ThreeFloats: typing.TypeAlias = typing.Annotated[collections.abc.Sequence[Float], "FixedSize(3)"]
SixFloats: typing.TypeAlias = typing.Annotated[collections.abc.Sequence[Float], "FixedSize(6)"]

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
    def auto_1(self) -> NDArray[numpy.float64]: ...
    @property
    def auto_2(self) -> NDArray[numpy.float64]: ...
    @property
    def cross(self) -> NDArray[numpy.float64]: ...
    @property
    def n_terms(self) -> NDArray[numpy.float64]: ...

class PowerSums(DirectionalSums):
    @property
    def by_direction(self) -> DirectionalSums | None: ...
    @property
    def fsc(self) -> NDArray[numpy.float64]: ...
    @property
    def s(self) -> NDArray[numpy.float64]: ...
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
    beta_galactosidase: typing.ClassVar[IdealCurve]
    nucleic_acid: typing.ClassVar[IdealCurve]
    protein: typing.ClassVar[IdealCurve]

class ScaleFactors:
    def __init__(
        self,
        step: Float,
        gain: collections.abc.Sequence[Float],
        ratio: collections.abc.Sequence[Float] = [],
        gain_b: SixFloats = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        ratio_b: SixFloats = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    ) -> None: ...
    def at(self, s: ThreeFloats) -> float: ...
    def radial_mean(self, s: Float) -> float: ...
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
    def n_at_maximum(self) -> int: ...
    @property
    def n_not_finite(self) -> int: ...
    @property
    def standard_deviation(self) -> float: ...

class MolecularMaskOptions:
    @staticmethod
    def for_resolution(resolution: Float) -> MolecularMaskOptions: ...
    def __init__(self, **kwargs: typing.Any) -> None: ...
    level: float
    resolution: float
    smoothing: float

class MolecularMask:
    @property
    def fraction(self) -> float: ...
    @property
    def is_trustworthy(self) -> bool: ...
    @property
    def molecule_fraction(self) -> float: ...

class LocalOptions:
    periodic: bool
    def __init__(self, **kwargs: typing.Any) -> None: ...
    core_points: int | None
    n_shells: int
    n_windows: int | None

class SharpenedPower:
    def __init__(
        self,
        shell_width: Float,
        ideal: collections.abc.Sequence[Float],
        factors: ScaleFactors,
        s_max: Float,
    ) -> None: ...
    @property
    def ideal(self) -> NDArray[numpy.float64]: ...
    @property
    def s_max(self) -> float: ...

class LocalFilter:
    @property
    def centres(
        self,
    ) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64], NDArray[numpy.float64]]: ...
    @property
    def core(self) -> typing.Annotated[list[int], "FixedSize(3)"]: ...
    @property
    def excess_b(self) -> NDArray[numpy.float64]: ...
    @property
    def gain(self) -> NDArray[numpy.float64]: ...
    @property
    def noise_scale(self) -> NDArray[numpy.float64]: ...
    @property
    def resolution(self) -> NDArray[numpy.float64]: ...
    @property
    def signal_scale(self) -> NDArray[numpy.float64]: ...

class MaskChoice:
    automatic: typing.ClassVar[MaskChoice]
    given: typing.ClassVar[MaskChoice]
    whole_box: typing.ClassVar[MaskChoice]

class HalfMapOptions:
    anisotropic: bool
    ideal: IdealCurve | None
    local: bool
    mask: MaskChoice
    periodic: bool
    windows: LocalOptions
    def __init__(self, **kwargs: typing.Any) -> None: ...
    guinier_d_low: float | None
    n_shells: int | None
    output_scale: float
    randomise_beyond: float | None
    resolution: float
    seed: int
    threads: int

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
    def noise(self) -> NDArray[numpy.float64]: ...
    @property
    def noise_b(self) -> TensorFit: ...
    @property
    def noise_error(self) -> NDArray[numpy.float64]: ...
    @property
    def signal(self) -> NDArray[numpy.float64]: ...
    @property
    def signal_b(self) -> TensorFit: ...
    @property
    def signal_error(self) -> NDArray[numpy.float64]: ...

class MaskMoments:
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
    def fsc_corrected(self) -> NDArray[numpy.float64]: ...
    @property
    def fsc_masked(self) -> NDArray[numpy.float64]: ...
    @property
    def fsc_randomised(self) -> NDArray[numpy.float64]: ...
    @property
    def fsc_unmasked(self) -> NDArray[numpy.float64]: ...
    @property
    def guinier(self) -> GuinierLine: ...
    @property
    def half_2_amplitude(self) -> NDArray[numpy.float64]: ...
    @property
    def half_2_scale(self) -> float: ...
    @property
    def has_tensors(self) -> bool: ...
    @property
    def ideal(self) -> NDArray[numpy.float64]: ...
    @property
    def ideal_curve(self) -> IdealCurve: ...
    @property
    def local(self) -> LocalFilter: ...
    @property
    def mask_moments(self) -> MaskMoments: ...
    @property
    def model(self) -> PowerModel: ...
    @property
    def molecular_mask(self) -> MolecularMask: ...
    @property
    def n_terms(self) -> NDArray[numpy.float64]: ...
    @property
    def overall_b(self) -> TensorFit: ...
    @property
    def randomised_from(self) -> float | None: ...
    @property
    def resolution_0143(self) -> float | None: ...
    @property
    def resolution_05(self) -> float | None: ...
    @property
    def rms_amplitude(self) -> NDArray[numpy.float64]: ...
    @property
    def shell_width(self) -> float: ...
    @property
    def signal_concentration(self) -> float: ...

class SharpenedHalfMaps:
    @property
    def found(self) -> HalfMapFindings: ...
    @property
    def half_1(self) -> NDArray[numpy.float32] | None: ...
    @property
    def half_2(self) -> NDArray[numpy.float32] | None: ...
    @property
    def sharpened(self) -> NDArray[numpy.float32]: ...

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
    d_min: float
    n_shells: int
    noise_share: float
    seed: int
    threads: int

class ModificationFindings:
    @property
    def contribution_share(self) -> float: ...
    @property
    def correlation_after(self) -> NDArray[numpy.float64]: ...
    @property
    def correlation_before(self) -> NDArray[numpy.float64]: ...
    @property
    def extended_to(self) -> float: ...
    @property
    def extension(self) -> NDArray[numpy.float64]: ...
    @property
    def is_borne_out(self) -> bool: ...
    @property
    def linear(self) -> NDArray[numpy.float64]: ...
    @property
    def null_share(self) -> float: ...
    @property
    def one_sided_share(self) -> float: ...
    @property
    def outside(self) -> NDArray[numpy.float64]: ...
    @property
    def positive(self) -> NDArray[numpy.float64]: ...
    @property
    def shell_width(self) -> float: ...
    @property
    def signal_share(self) -> NDArray[numpy.float64]: ...

class SymmetryFindings:
    @property
    def copies(self) -> NDArray[numpy.float64]: ...
    @property
    def correlation_after(self) -> NDArray[numpy.float64]: ...
    @property
    def correlation_before(self) -> NDArray[numpy.float64]: ...
    @property
    def is_borne_out(self) -> bool: ...
    @property
    def kept_share(self) -> float: ...
    @property
    def own(self) -> NDArray[numpy.float64]: ...
    @property
    def shell_width(self) -> float: ...
    @property
    def shift(self) -> float: ...
    @property
    def turn(self) -> float: ...

class SupportFindings:
    @property
    def change(self) -> NDArray[numpy.float64]: ...
    @property
    def support(self) -> NDArray[numpy.float64]: ...
    @property
    def weight(self) -> NDArray[numpy.float64]: ...

class LevelRule:
    bisection: typing.ClassVar[LevelRule]
    exact: typing.ClassVar[LevelRule]

class RegionWeightRule:
    by_difference: typing.ClassVar[RegionWeightRule]
    by_ratio: typing.ClassVar[RegionWeightRule]

class ScoreOptions:
    level_rule: LevelRule
    periodic: bool
    def __init__(self, **kwargs: typing.Any) -> None: ...
    box: (
        tuple[
            typing.Annotated[list[int], "FixedSize(3)"],
            typing.Annotated[list[int], "FixedSize(3)"],
        ]
        | None
    )
    fraction_occupied: float
    max_regions_to_test: int
    region_weight: float
    sa_percent: float
    solvent_fraction: float | None

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
    def above_inside(self) -> NDArray[numpy.int64]: ...
    @property
    def above_outside(self) -> NDArray[numpy.int64]: ...
    @property
    def n_inside(self) -> int: ...
    @property
    def step(self) -> float: ...
    @property
    def surface_inside(self) -> NDArray[numpy.int64]: ...
    @property
    def surface_outside(self) -> NDArray[numpy.int64]: ...

class BFactorTrial:
    def __init__(self, **kwargs: typing.Any) -> None: ...
    b_blur_hires: float | None
    b_sharpen: float
    d_cut: float
    k_sharpen: float

class TileOptions:
    periodic: bool
    def __init__(self, **kwargs: typing.Any) -> None: ...
    edges: typing.Annotated[list[int], "FixedSize(3)"]
    overlap: int

class LocalBFactorOptions:
    tiles: TileOptions
    def __init__(self, **kwargs: typing.Any) -> None: ...
    centre: float
    places: list[list[typing.Annotated[list[float], "FixedSize(3)"]]]
    selected: int | None
    smoothing_radius: float | None
    threads: int

class Tiles:
    def __len__(self) -> int: ...
    def centres(self, cell: SixFloats) -> NDArray[numpy.float64]: ...
    def first(self, tile: Int) -> typing.Annotated[list[int], "FixedSize(3)"]: ...
    @property
    def counts(self) -> typing.Annotated[list[int], "FixedSize(3)"]: ...

class LocalTrial:
    def __init__(self, b_sharpen: Float, factors: ScaleFactors) -> None: ...
    @property
    def b_sharpen(self) -> float: ...
    @property
    def factors(self) -> ScaleFactors: ...

class LocalBFactor:
    @property
    def b_sharpen(self) -> list[float]: ...
    @property
    def smoothing_radius(self) -> float: ...

class LocalResolutionOptions:
    periodic: bool
    def __init__(self, **kwargs: typing.Any) -> None: ...
    d_min: float | None
    half_2_scale: float | None
    step: float | None
    threads: int
    threshold: float
    window: float

class LocalResolution:
    @property
    def d_max(self) -> float: ...
    @property
    def d_min(self) -> float: ...
    @property
    def first(self) -> tuple[float, float, float]: ...
    @property
    def lattice(self) -> NDArray[numpy.float32]: ...
    @property
    def n_windows(self) -> int: ...
    @property
    def spacing(self) -> tuple[float, float, float]: ...

@typing.overload
def apply_scale_factors(
    coefficients: NDArray[numpy.complex64],
    shape: ThreeInts,
    cell: SixFloats,
    s_max: Float,
    factors: ScaleFactors,
    threads: Int = 0,
) -> tuple[NDArray[numpy.complex64], float]: ...
@typing.overload
def apply_scale_factors(
    coefficients: NDArray[numpy.complex128],
    shape: ThreeInts,
    cell: SixFloats,
    s_max: Float,
    factors: ScaleFactors,
    threads: Int = 0,
) -> tuple[NDArray[numpy.complex128], float]: ...
def average_copies(
    half_1: NDArray[numpy.float32],
    half_2: NDArray[numpy.float32],
    mask: NDArray[numpy.float32],
    cell: SixFloats,
    operators: collections.abc.Sequence[
        typing.Annotated[collections.abc.Sequence[Float], "FixedSize(12)"]
    ],
    options: ModificationOptions,
    centres: collections.abc.Sequence[ThreeFloats] = [],
    new_array: typing.Any = None,
) -> SymmetryFindings: ...
def b_iso_factors(
    b_sharpen: Float, anisotropy: SixFloats = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
) -> ScaleFactors: ...
def b_iso_to_d_cut_factors(
    trial: BFactorTrial, d_min: Float, anisotropy: SixFloats = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
) -> ScaleFactors: ...
def build_info() -> BuildInfo: ...
def c_ref(fsc: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> typing.Any: ...
def connected_regions(
    map: NDArray[numpy.float32],
    level: Float,
    periodic: bool = False,
    n_listed: Int = 0,
    threads: Int = 0,
) -> tuple[NDArray[numpy.int64], list[NDArray[numpy.int64]]]: ...
def contour_level(map: NDArray[numpy.float32], n_above: Int, threads: Int = 0) -> float: ...
def count_reflections(shape: ThreeInts, cell: SixFloats, d_min: Float) -> int: ...
def count_spheres(shape: ThreeInts, cell: SixFloats, options: LocalResolutionOptions) -> int: ...
def directions() -> tuple[
    NDArray[numpy.float64], NDArray[numpy.float64], NDArray[numpy.float64]
]: ...
def edge_taper(
    shape: ThreeInts, cell: SixFloats, width: Float, threads: Int = 0
) -> NDArray[numpy.float32]: ...
def filter_windows(
    half_1: NDArray[numpy.float32],
    half_2: NDArray[numpy.float32],
    full: NDArray[numpy.float32] | None,
    sharpened: NDArray[numpy.float32],
    sharpened_half_1: NDArray[numpy.float32] | None,
    sharpened_half_2: NDArray[numpy.float32] | None,
    cell: SixFloats,
    expected: SharpenedPower,
    resolution: Float,
    options: LocalOptions,
    first_layer: Int,
    end_layer: Int,
    threads: Int = 0,
) -> LocalFilter: ...
def filter_windows_by_model(
    map: NDArray[numpy.float32],
    model: NDArray[numpy.float32],
    region: NDArray[numpy.float32],
    half_1: NDArray[numpy.float32] | None,
    half_2: NDArray[numpy.float32] | None,
    cell: SixFloats,
    expected: SharpenedPower,
    explained: collections.abc.Sequence[Float],
    resolution: Float,
    options: LocalOptions,
    threads: Int = 0,
) -> LocalFilter: ...
def finest_spacing(shape: ThreeInts, cell: SixFloats, resolution: Float) -> float: ...
def fit_anisotropic_b(
    values: NDArray[numpy.float64], weights: NDArray[numpy.float64], shell_width: Float
) -> TensorFit: ...
def fit_as_other_kind(
    signal: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    noise: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    width: Float,
    resolution: Float,
    given: IdealCurve,
    other: IdealCurve,
) -> float | None: ...
def fit_fall_off(
    signal: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    noise: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    width: Float,
    curve: IdealCurve,
) -> FallOff: ...
def fit_power_tensor(
    means: NDArray[numpy.float64],
    variance: NDArray[numpy.float64],
    radial: NDArray[numpy.float64],
    shell_width: Float,
) -> TensorFit: ...
def fit_region_weight(
    sharp: MapScore,
    middle: MapScore,
    blurred: MapScore,
    rule: RegionWeightRule = ...,
    factor: Float = 1.0,
    buffer: Float = 0.1,
) -> RegionWeight: ...
@typing.overload
def fit_wilson_b(
    coefficients: NDArray[numpy.complex64],
    shape: ThreeInts,
    cell: SixFloats,
    d_min: Float,
    threads: Int = 0,
) -> TensorFit: ...
@typing.overload
def fit_wilson_b(
    coefficients: NDArray[numpy.complex128],
    shape: ThreeInts,
    cell: SixFloats,
    d_min: Float,
    threads: Int = 0,
) -> TensorFit: ...
@typing.overload
def forward_transform(
    map: NDArray[numpy.float32], threads: Int = 0
) -> NDArray[numpy.complex64]: ...
@typing.overload
def forward_transform(
    map: NDArray[numpy.float64], threads: Int = 0
) -> NDArray[numpy.complex128]: ...
def give_back_memory() -> None: ...
def ideal_amplitude(
    curve: str, s: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]
) -> NDArray[numpy.float64]: ...
def ideal_curve_named(name: str) -> IdealCurve: ...
@typing.overload
def inverse_transform(
    coefficients: NDArray[numpy.complex64], nx: Int, threads: Int = 0
) -> NDArray[numpy.float32]: ...
@typing.overload
def inverse_transform(
    coefficients: NDArray[numpy.complex128], nx: Int, threads: Int = 0
) -> NDArray[numpy.float64]: ...
def largest_window(shape: ThreeInts, cell: SixFloats) -> float: ...
def list_reflections(
    map: NDArray[numpy.float32], cell: SixFloats, d_min: Float, threads: Int = 0
) -> numpy.ndarray: ...
def make_sharpened_map(
    coefficients: NDArray[numpy.complex64],
    shape: ThreeInts,
    cell: SixFloats,
    d_min: Float,
    factors: ScaleFactors,
    threads: Int = 0,
) -> NDArray[numpy.float32]: ...
def make_tiles(map_shape: ThreeInts, options: TileOptions) -> Tiles: ...
def make_trial_map(
    coefficients: NDArray[numpy.complex64],
    shape: ThreeInts,
    cell: SixFloats,
    d_min: Float,
    factors: ScaleFactors,
    threads: Int = 0,
) -> NDArray[numpy.float32]: ...
def map_statistics(map: NDArray[numpy.float32], threads: Int = 0) -> MapStatistics: ...
def measure_spheres(
    half_1: NDArray[numpy.float32],
    half_2: NDArray[numpy.float32],
    mask: NDArray[numpy.float32] | None,
    cell: SixFloats,
    options: LocalResolutionOptions,
    begin: Int,
    end: Int,
    progress: typing.Any = None,
) -> tuple[NDArray[numpy.float32], NDArray[numpy.float64]]: ...
def modify_density(
    half_1: NDArray[numpy.float32],
    half_2: NDArray[numpy.float32],
    mask: NDArray[numpy.float32],
    cell: SixFloats,
    options: ModificationOptions,
    unsharpened_1: NDArray[numpy.float32] | None = None,
    unsharpened_2: NDArray[numpy.float32] | None = None,
    new_array: typing.Any = None,
) -> tuple[NDArray[numpy.float32], ModificationFindings]: ...
def molecular_mask(
    half_1: NDArray[numpy.complex64],
    half_2: NDArray[numpy.complex64],
    shape: ThreeInts,
    cell: SixFloats,
    options: MolecularMaskOptions,
    threads: Int = 0,
) -> tuple[NDArray[numpy.float32], MolecularMask]: ...
@typing.overload
def power_sums(
    a: NDArray[numpy.complex64],
    b: NDArray[numpy.complex64],
    shape: ThreeInts,
    cell: SixFloats,
    shell_width: Float,
    n_shells: Int,
    by_direction: bool = False,
    threads: Int = 0,
) -> PowerSums: ...
@typing.overload
def power_sums(
    a: NDArray[numpy.complex128],
    b: NDArray[numpy.complex128],
    shape: ThreeInts,
    cell: SixFloats,
    shell_width: Float,
    n_shells: Int,
    by_direction: bool = False,
    threads: Int = 0,
) -> PowerSums: ...
@typing.overload
def randomise_phases(
    coefficients: NDArray[numpy.complex64],
    shape: ThreeInts,
    cell: SixFloats,
    s_max: Float,
    s_from: Float,
    seed: Int,
    threads: Int = 0,
) -> NDArray[numpy.complex64]: ...
@typing.overload
def randomise_phases(
    coefficients: NDArray[numpy.complex128],
    shape: ThreeInts,
    cell: SixFloats,
    s_max: Float,
    s_from: Float,
    seed: Int,
    threads: Int = 0,
) -> NDArray[numpy.complex128]: ...
def relative_scale(
    half_1: NDArray[numpy.float32], half_2: NDArray[numpy.float32], threads: Int = 0
) -> float: ...
def remove_local_anisotropy(
    coefficients: NDArray[numpy.complex64],
    shape: ThreeInts,
    cell: SixFloats,
    d_min: Float,
    factors_of_whole: ScaleFactors,
    options: LocalBFactorOptions,
    molecule: NDArray[numpy.float32] | None = None,
) -> NDArray[numpy.complex64]: ...
def resolution_at(
    curve: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    shell_width: Float,
    level: Float,
) -> float | None: ...
def resolution_dependent_factors(
    b: ThreeFloats,
    resolution: Float,
    d_min: Float,
    d_min_ratio: Float = 0.833,
    anisotropy: SixFloats = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
) -> ScaleFactors: ...
def resolution_of_half_maps(
    half_1: NDArray[numpy.float32],
    half_2: NDArray[numpy.float32],
    mask: NDArray[numpy.float32],
    cell: SixFloats,
    options: HalfMapOptions,
    new_array: typing.Any = None,
    progress: typing.Any = None,
) -> AgreedResolution: ...
def resolution_of_spheres(
    signal_to_noise: NDArray[numpy.float32],
    mask_share: NDArray[numpy.float64],
    mask: NDArray[numpy.float32] | None,
    map: NDArray[numpy.float32],
    cell: SixFloats,
    options: LocalResolutionOptions,
) -> LocalResolution: ...
def scan_scale_factors(
    coefficients: NDArray[numpy.complex64],
    shape: ThreeInts,
    cell: SixFloats,
    d_min: Float,
    trials: collections.abc.Sequence[ScaleFactors],
    options: ScoreOptions,
    mask: NDArray[numpy.float32] | None = None,
    threads: Int = 0,
    progress: typing.Any = None,
    molecule: NDArray[numpy.float32] | None = None,
) -> list[MapScore]: ...
def score_map(
    map: NDArray[numpy.float32],
    options: ScoreOptions,
    mask: NDArray[numpy.float32] | None = None,
    threads: Int = 0,
    molecule: NDArray[numpy.float32] | None = None,
) -> MapScore: ...
def sharpen_half_maps(
    half_1: NDArray[numpy.float32],
    half_2: NDArray[numpy.float32],
    full: NDArray[numpy.float32] | None,
    mask: NDArray[numpy.float32],
    cell: SixFloats,
    options: HalfMapOptions,
    filter_windows: typing.Any = None,
    sharpen_halves: bool = True,
    new_array: typing.Any = None,
    progress: typing.Any = None,
) -> SharpenedHalfMaps: ...
def sharpen_locally(
    coefficients: NDArray[numpy.complex64],
    shape: ThreeInts,
    cell: SixFloats,
    d_min: Float,
    trials: collections.abc.Sequence[LocalTrial],
    options: LocalBFactorOptions,
    molecule: NDArray[numpy.float32] | None = None,
    make_trial: typing.Any = None,
) -> tuple[NDArray[numpy.float32], NDArray[numpy.float32], LocalBFactor]: ...
def support_of_modification(
    half_1: NDArray[numpy.float32],
    half_2: NDArray[numpy.float32],
    mask: NDArray[numpy.float32],
    contribution: NDArray[numpy.float32],
    cell: SixFloats,
    linear: collections.abc.Sequence[Float],
    positive: collections.abc.Sequence[Float],
    signal_share: collections.abc.Sequence[Float],
    options: ModificationOptions,
    new_array: typing.Any = None,
) -> tuple[NDArray[numpy.float32], SupportFindings]: ...
def surface_area(
    voxels: NDArray[numpy.int64], shape: ThreeInts, periodic: bool = False, threads: Int = 0
) -> int: ...
def surface_by_level(
    map: NDArray[numpy.float32],
    region: NDArray[numpy.float32],
    n_levels: Int,
    plane_step: Int = 1,
    threads: Int = 0,
) -> SurfaceByLevel: ...
@typing.overload
def transform_in_place(
    padded: NDArray[numpy.float32],
    nx: Int,
    forward: bool,
    threads: Int = 0,
    cell: SixFloats | None = None,
    d_min: Float = 0.0,
) -> None: ...
@typing.overload
def transform_in_place(
    padded: NDArray[numpy.float64],
    nx: Int,
    forward: bool,
    threads: Int = 0,
    cell: SixFloats | None = None,
    d_min: Float = 0.0,
) -> None: ...
def wilson_expected_intensity(s_squared: Float) -> float: ...
def window_lattice(
    shape: ThreeInts, cell: SixFloats, resolution: Float, options: LocalOptions
) -> tuple[
    typing.Annotated[list[int], "FixedSize(3)"], typing.Annotated[list[int], "FixedSize(3)"]
]: ...
def without_coarse_terms(factors: ScaleFactors, d: Float, d_min: Float) -> ScaleFactors: ...

COARSE_TERMS: float = 4.0
DEFAULT_SCORE_TARGET: str = "skewness"
MOST_OF_NOISE: float = 0.02
MOST_OF_ONE_SIDED: float = 0.05
SUPPORT_NEIGHBOURHOOD: float = 2.0
__version__: str = "0.1.0"
