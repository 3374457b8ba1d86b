"""
The C++ core of map_sharpening: numerical loops over maps and coefficients.
"""

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
    """
    How the core was built, and what of it runs here.
    """
    @property
    def build_type(self) -> str: ...
    @property
    def commit(self) -> str:
        """
        Of git; empty if it isn't known.
        """
    @property
    def compiler(self) -> str: ...
    @property
    def fft(self) -> str:
        """
        Library of the Fourier transforms.
        """
    @property
    def openmp(self) -> int:
        """
        Year and month of OpenMP's specification; 0: one thread alone.
        """
    @property
    def simd(self) -> str:
        """
        Instruction set: baseline or avx2.
        """
    @property
    def threads(self) -> int:
        """
        Of a call that isn't given a number.
        """

class UnusableDataError(ValueError):
    pass

class TensorFit:
    """
    A fitted B tensor in Å²: XX, YY, ZZ, XY, XZ, YZ.
    """
    @property
    def b(self) -> typing.Annotated[list[float], "FixedSize(6)"]:
        """
        The tensor.
        """
    @property
    def determined(self) -> bool:
        """
        False if there were too few data; the tensor is 0 then.
        """
    @property
    def ln_scale(self) -> float:
        """
        ln of the scale that was fitted with it.
        """
    @property
    def standard_error(self) -> typing.Annotated[list[float], "FixedSize(6)"]:
        """
        Its standard errors.
        """

class IdealCurve:
    """
    Which kind of molecule a curve describes.

    Members:

      protein

      nucleic_acid

      beta_galactosidase
    """

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
    """
    m(s) = gain exp(-s B_gain s / 4) / (1 + ratio exp(-s B_ratio s / 2)).
    """
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
    ) -> float:
        """
        Factor of a Cartesian vector s (1/Å).
        """
    def radial_mean(self, s: typing.SupportsFloat | typing.SupportsIndex) -> float:
        """
        Mean over directions.
        """
    @property
    def gain(self) -> list[float]: ...
    @property
    def gain_b(self) -> typing.Annotated[list[float], "FixedSize(6)"]:
        """
        Å².
        """
    @property
    def ratio(self) -> list[float]: ...
    @property
    def ratio_b(self) -> typing.Annotated[list[float], "FixedSize(6)"]:
        """
        Å².
        """
    @property
    def step(self) -> float:
        """
        1/Å between the tables' values.
        """

class MapStatistics:
    """
    What one pass over a map's values finds.
    """
    @property
    def first_not_finite(self) -> int:
        """
        Place of the first of these, counted in memory order.
        """
    @property
    def maximum(self) -> float: ...
    @property
    def mean(self) -> float: ...
    @property
    def minimum(self) -> float: ...
    @property
    def n_not_finite(self) -> int:
        """
        NaN or infinite values, left out of the others.
        """
    @property
    def standard_deviation(self) -> float:
        """
        About the mean.
        """

class MolecularMaskOptions:
    """
    What a molecular mask is made of; see masks.hpp.
    """
    @staticmethod
    def for_resolution(
        resolution: typing.SupportsFloat | typing.SupportsIndex,
    ) -> MolecularMaskOptions:
        """
        What the program chooses for maps of a resolution (Å).
        """
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
    """
    What is known of an automatic mask.
    """
    @property
    def fraction(self) -> float:
        """
        Mean of the mask.
        """
    @property
    def is_trustworthy(self) -> bool:
        """
        The molecule stands clear of the noise, with solvent around.
        """
    @property
    def molecule_fraction(self) -> float:
        """
        Share of the box inside before widening.
        """
    @property
    def signal_fraction(self) -> float:
        """
        Share of the box that would hold all signal at its average strength.
        """

class LocalOptions:
    """
    Windows of local sharpening; see local_filter.hpp.
    """

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
    """
    What a sharpened map holds on average.
    """
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
    def s_max(self) -> float:
        """
        1/Å.
        """

class LocalFilter:
    """
    What was found in each window, z y x.
    """
    @property
    def centres(
        self,
    ) -> tuple[
        numpy.typing.NDArray[numpy.float64],
        numpy.typing.NDArray[numpy.float64],
        numpy.typing.NDArray[numpy.float64],
    ]:
        """
        Grid points along z, y, x.
        """
    @property
    def core(self) -> typing.Annotated[list[int], "FixedSize(3)"]:
        """
        Grid points between neighbouring windows: half an edge.
        """
    @property
    def excess_b(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Å².
        """
    @property
    def gain(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Rms after over before.
        """
    @property
    def noise_scale(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Noise power over that of the whole map.
        """
    @property
    def resolution(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Å, where the fitted FSC falls to 0.143.
        """
    @property
    def signal_scale(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Signal power over that of the whole map.
        """

class MaskChoice:
    """
    Where the statistics are taken.

    Members:

      automatic : A soft mask from where the halves agree.

      given

      whole_box : Everything, tapered at the faces.
    """

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
    """
    What can be chosen for the method; see half_maps.hpp.
    """

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
    """
    Line through ln(rms amplitude) against s².
    """
    @property
    def correlation(self) -> float: ...
    @property
    def d_high(self) -> float:
        """
        Å.
        """
    @property
    def d_low(self) -> float:
        """
        Å.
        """
    @property
    def intercept(self) -> float: ...
    @property
    def n_shells(self) -> int:
        """
        0: not fitted.
        """
    @property
    def slope(self) -> float: ...

class FallOff:
    """
    Fall-off of the signal against an ideal curve.
    """
    @property
    def b(self) -> float:
        """
        Å².
        """
    @property
    def standard_error(self) -> float:
        """
        Å².
        """

class PowerModel:
    """
    Smooth power of signal and noise by shell.
    """
    @property
    def noise(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def noise_b(self) -> TensorFit: ...
    @property
    def noise_error(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Relative.
        """
    @property
    def signal(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def signal_b(self) -> TensorFit: ...
    @property
    def signal_error(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Relative.
        """

class MaskMoments:
    """
    Means of a mask's powers.
    """
    @property
    def independent_fraction(self) -> float: ...
    @property
    def mean(self) -> float: ...
    @property
    def mean_square(self) -> float: ...

class HalfMapFindings:
    """
    All that was measured; NaN in empty shells. See half_maps.hpp.
    """
    @property
    def d_min(self) -> float: ...
    @property
    def data_end(self) -> float | None: ...
    @property
    def factors(self) -> ScaleFactors: ...
    @property
    def fall_off(self) -> FallOff: ...
    @property
    def flattening(self) -> ScaleFactors | None:
        """
        That the halves had while masked; None: they were masked as they are.
        """
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
    def shell_width(self) -> float:
        """
        1/Å.
        """
    @property
    def signal_concentration(self) -> float: ...

class SharpenedHalfMaps:
    """
    Maps, and what was measured.
    """
    @property
    def found(self) -> HalfMapFindings: ...
    @property
    def half_1(self) -> numpy.typing.NDArray[numpy.float32] | None:
        """
        None unless asked for.
        """
    @property
    def half_2(self) -> numpy.typing.NDArray[numpy.float32] | None:
        """
        None unless asked for.
        """
    @property
    def sharpened(self) -> numpy.typing.NDArray[numpy.float32]: ...

class AgreedResolution:
    """
    Where half maps' FSC falls to 0.143.
    """
    @property
    def is_crossing(self) -> bool:
        """
        False: the FSC stays above 0.143 to the Nyquist limit.
        """
    @property
    def is_stable(self) -> bool:
        """
        Its mask gives this resolution again.
        """
    @property
    def resolution(self) -> float:
        """
        Å.
        """
    @property
    def tried(self) -> list[float]:
        """
        Å, that masks were made for.
        """

class ModificationOptions:
    """
    How density is modified; see density_modification.hpp.
    """
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
    """
    Weights by shell, and what the guard says.
    """
    @property
    def contribution_share(self) -> float: ...
    @property
    def correlation_after(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def correlation_before(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def is_borne_out(self) -> bool: ...
    @property
    def linear(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def null_share(self) -> float: ...
    @property
    def one_sided_share(self) -> float: ...
    @property
    def positive(self) -> numpy.typing.NDArray[numpy.float64]: ...
    @property
    def shell_width(self) -> float:
        """
        1/Å.
        """
    @property
    def signal_share(self) -> numpy.typing.NDArray[numpy.float64]: ...

class Connectivity:
    """
    Neighbours of a voxel in the same region.

    Members:

      faces : Those that share a face.

      edges : Also those that share an edge.

      corners : Also those that share a corner.
    """

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
    """
    How the contour level is found.

    Members:

      exact

      bisection : By ten halvings, as other programs do.
    """

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
    """
    What the weight of regions follows from.

    Members:

      by_difference : The sharp and the blurred trial score alike.

      by_ratio : The sharp one scores 0.
    """

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
    """
    What a map is scored by; see map_score.hpp.
    """

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
    ):
        """
        First and last grid point (z, y, x) that count. None: all do.
        """
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
    """
    Moments about the mean.
    """
    @property
    def count(self) -> int:
        """
        Voxels.
        """
    @property
    def kurtosis(self) -> float:
        """
        3 for a normal distribution.
        """
    @property
    def mean(self) -> float: ...
    @property
    def skewness(self) -> float: ...
    @property
    def variance(self) -> float: ...

class MapScore:
    """
    NaN is what was not looked at; see map_score.hpp.
    """
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
    """
    Weight of the number of regions.
    """
    @property
    def by_difference(self) -> float:
        """
        Before it is bounded.
        """
    @property
    def by_ratio(self) -> float:
        """
        Before it is bounded.
        """
    @property
    def is_bounded(self) -> bool:
        """
        A bound had to be applied.
        """
    @property
    def is_usable(self) -> bool:
        """
        Surface and regions fall from sharp to blurred.
        """
    @property
    def lower_bound(self) -> float: ...
    @property
    def upper_bound(self) -> float: ...
    @property
    def weight(self) -> float: ...

class SurfaceByLevel:
    """
    Voxels above each level, and those of them at its surface.
    """
    @property
    def above_inside(self) -> numpy.typing.NDArray[numpy.int64]:
        """
        In the region, by level.
        """
    @property
    def above_outside(self) -> numpy.typing.NDArray[numpy.int64]: ...
    @property
    def n_inside(self) -> int:
        """
        Voxels of the region that were looked at.
        """
    @property
    def step(self) -> float:
        """
        From one level to the next; the first is 0.
        """
    @property
    def surface_inside(self) -> numpy.typing.NDArray[numpy.int64]:
        """
        Those that share a face with a voxel not above the level.
        """
    @property
    def surface_outside(self) -> numpy.typing.NDArray[numpy.int64]: ...

class BFactorTrial:
    """
    A B factor up to d_cut, another one beyond; see b_factor.hpp.
    """
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
    """
    What a tile is judged by.

    Members:

      fall_off : How its power rises with B.

      adjusted_surface_area

      kurtosis
    """

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
    """
    How a map is covered with tiles; see tiles.hpp.
    """

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
    """
    How local B factors are found; see local_b_factor.hpp.
    """

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
    """
    Equal tiles on a regular lattice that covers a map.
    """
    def __len__(self) -> int: ...
    def centres(
        self,
        cell: typing.Annotated[
            collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
        ],
    ) -> numpy.typing.NDArray[numpy.float64]:
        """
        Middles of the tiles.

        Parameters
        ----------
        cell : six floats
            Of the map, Å and degrees.

        Returns
        -------
        ndarray, shape (n, 3), float64
            Cartesian x, y, z in Å from the map's first point.
        """
    def first(
        self, tile: typing.SupportsInt | typing.SupportsIndex
    ) -> typing.Annotated[list[int], "FixedSize(3)"]:
        """
        First point (z, y, x) of a tile.
        """
    @property
    def counts(self) -> typing.Annotated[list[int], "FixedSize(3)"]:
        """
        Tiles along z, y, x.
        """
    @property
    def edges(self) -> typing.Annotated[list[int], "FixedSize(3)"]:
        """
        Points along z, y, x.
        """

class LocalTrial:
    """
    A map that local maps are blended from.
    """
    def __init__(
        self, b_sharpen: typing.SupportsFloat | typing.SupportsIndex, factors: ScaleFactors
    ) -> None: ...
    @property
    def b_sharpen(self) -> float:
        """
        Å²; positive sharpens.
        """
    @property
    def factors(self) -> ScaleFactors: ...

class LocalBFactor:
    """
    A B factor for each tile.
    """
    @property
    def b_sharpen(self) -> list[float]:
        """
        Å², by tile.
        """
    @property
    def centre(self) -> float:
        """
        Å²: of the whole map.
        """
    @property
    def smoothing_radius(self) -> float:
        """
        Å.
        """
    @property
    def tiles(self) -> Tiles: ...

class LocalResolutionOptions:
    """
    Soft spheres and what is found in them; see local_resolution.hpp.
    """

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
    """
    Local resolution on the spheres' lattice.
    """
    @property
    def d_max(self) -> float:
        """
        Å, coarsest value.
        """
    @property
    def d_min(self) -> float:
        """
        Å, finest value.
        """
    @property
    def first(self) -> tuple[float, float, float]:
        """
        Grid points, z y x.
        """
    @property
    def lattice(self) -> numpy.typing.NDArray[numpy.float32]:
        """
        Å, z y x; 0: not measured.
        """
    @property
    def n_windows(self) -> int:
        """
        Spheres that were measured.
        """
    @property
    def spacing(self) -> tuple[float, float, float]:
        """
        Grid points, z y x.
        """

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
) -> tuple[numpy.typing.NDArray[numpy.complex64], float]:
    """
    Multiply coefficients by scale factors, in one pass.

    Parameters
    ----------
    coefficients : ndarray, shape (nz, ny, nx // 2 + 1), complex64 or complex128, C order
        Half-complex coefficients; not changed.
    shape, cell
        Shape (nz, ny, nx) of the map and its cell (Å, degrees).
    s_max : float
        1/Å; terms beyond become 0.
    factors : ScaleFactors
    threads : int
        Number of threads; 0 means all.

    Returns
    -------
    (ndarray, float)
        The scaled coefficients, F(000) = 0, and the variance of their map.

    Raises
    ------
    ValueError
        If shapes do not match.
    """

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
) -> ScaleFactors:
    """
    Factors exp(t b_sharpen), t = s² / 4, for all data.

    Parameters
    ----------
    b_sharpen : float
        Å²; positive sharpens.
    anisotropy : six floats
        B tensor whose anisotropy is taken off; zero: none.
    """

def b_iso_to_d_cut_factors(
    trial: BFactorTrial,
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    anisotropy: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
) -> ScaleFactors:
    """
    Factors that sharpen to d_cut and blur beyond.

    exp(t b_sharpen - max(0, t - t_cut) b_blur_hires (1 - w)), t = s² / 4, or
    exp(t w b_sharpen) without b_blur_hires, where w(d) = 1 / (1 + exp(k_sharpen (d_cut - d))).

    Parameters
    ----------
    trial : BFactorTrial
    d_min : float
        Å; finest term.
    anisotropy : six floats
        B tensor whose anisotropy is taken off; zero: none.

    Raises
    ------
    ValueError
        If a value is out of range.
    """

def build_info() -> BuildInfo:
    """
    How the core was built, and what of it runs on this processor.
    """

def c_ref(fsc: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> typing.Any:
    """
    Correlation of the mean of two half maps with the truth, sqrt(2 FSC / (1 + FSC)).
    """

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
) -> CentralMoments:
    """
    Central moments of a map's values.

    Parameters
    ----------
    map : ndarray, shape (nz, ny, nx), float32, C order
        Density.
    mask : ndarray, shape (nz, ny, nx), float32, C order, optional
        Only voxels with a value above 0.5 count.
    box : ((int, int, int), (int, int, int)), optional
        First and last grid point (z, y, x) that count.
    threads : int
        Number of threads; 0 means all. The result does not depend on it.

    Returns
    -------
    CentralMoments

    Raises
    ------
    ValueError
        If the mask or the box does not fit the map, or no voxel is left.
    """

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
]:
    """
    Connected regions of voxels above a level.

    Parameters
    ----------
    map : ndarray, shape (nz, ny, nx), float32, C order
        Density.
    level : float
        Voxels with a value above it count.
    connectivity : Connectivity
        Which neighbours of a voxel belong to its region.
    periodic : bool
        Regions go on across the faces of the map; not together with a box.
    n_listed : int
        Of how many of the largest regions to list the voxels.
    mask, box, threads
        As in `central_moments`.

    Returns
    -------
    (ndarray, ndarray, list of ndarray)
        Volumes in voxels, largest first, equal ones in the order of their first voxels in memory;
        the first voxel of each region; all voxels of the largest. Voxels are places in the
        flattened map, int64.

    Raises
    ------
    ValueError
        If the mask or box does not fit.
    """

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
) -> float:
    """
    The level above which a number of voxels lie.

    Parameters
    ----------
    map : ndarray, shape (nz, ny, nx), float32, C order
        Density; values must be finite.
    n_above : int
        Number of voxels with a larger value. Where values tie there are fewer, never more.
    mask, box, threads
        As in `central_moments`.

    Returns
    -------
    float
        The (n_above + 1)th largest value.

    Raises
    ------
    ValueError
        If there are no more than n_above voxels, or the mask or box does not fit.
    """

def count_reflections(
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    d_min: typing.SupportsFloat | typing.SupportsIndex,
) -> int:
    """
    How many rows list_reflections returns.
    """

def count_spheres(
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    options: LocalResolutionOptions,
) -> int:
    """
    Number of soft spheres, measured or not, for a map of this shape (nz, ny, nx).
    """

def directions() -> tuple[
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.float64],
    numpy.typing.NDArray[numpy.float64],
]:
    """
    Directions of by-direction sums.

    Returns
    -------
    (unit, share, moments) : ndarrays of shape (48, 3), (48,), (48, 6)
        Unit vectors, shares of the sphere, means of u_i u_j in the order XX YY ZZ XY XZ YZ.
    """

def edge_taper(
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    width: typing.SupportsFloat | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    Weights that fall to exactly 0 at the faces of a box.

    Parameters
    ----------
    shape : (int, int, int)
        Shape (nz, ny, nx).
    cell : six floats
        Å and degrees.
    width : float
        Å over which the weight rises as a raised cosine; at most a third of each edge.
    threads : int
        Number of threads; 0 means all.

    Returns
    -------
    ndarray, shape (nz, ny, nx), float32
    """

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
) -> LocalFilter:
    """
    Filter two sharpened half maps, or a map, by what each window holds; see local_filter.hpp.

    Layers of windows along z can be filtered by different calls, with outputs that are not
    inputs: together they give the bytes that one call gives.

    Parameters
    ----------
    half_1, half_2 : ndarray, shape (nz, ny, nx), float32
        Sharpened half maps; rows may be padded.
    full : ndarray or None
        Map to filter; None: the mean of the halves.
    sharpened : ndarray, shape (nz, ny, nx), float32
        Out.
    sharpened_half_1, sharpened_half_2 : ndarray or None
        Out; None: not wanted.
    cell : six floats
        Å and degrees of the cell that the grid fills.
    expected : SharpenedPower
        What the maps hold on average.
    resolution : float
        Å.
    options : LocalOptions
    first_layer, end_layer : int
        Layers of windows, to before the last.
    threads : int
        Number of threads; 0 means all. The result does not depend on it.

    Returns
    -------
    LocalFilter
        Windows of other layers are said to be as the whole map is.

    Raises
    ------
    ValueError
        If shapes do not match or an option is out of range.
    """

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
) -> LocalFilter:
    """
    Filter a sharpened map, in place, by what its model finds in each window.

    Parameters
    ----------
    map : ndarray, shape (nz, ny, nx), float32, C order
        Sharpened map; filtered in place.
    model : ndarray, shape (nz, ny, nx), float32, C order
        The model's map; its coefficients have the map's expected signal power.
    region : ndarray, shape (nz, ny, nx), float32, C order
        0 to 1: how much of the filter is applied.
    half_1, half_2 : ndarray or None
        Sharpened half maps, filtered like the map, in place.
    cell : six floats
        Å and degrees of the cell that the grid fills.
    expected : SharpenedPower
        What the map holds on average.
    explained : list of float
        By shell: slope of the whole map on its model, above 0.
    resolution : float
        Å.
    options : LocalOptions
    threads : int
        Number of threads; 0 means all. The result does not depend on it.

    Returns
    -------
    LocalFilter

    Raises
    ------
    ValueError
        If shapes do not match or an option is out of range.
    """

def finest_spacing(
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    resolution: typing.SupportsFloat | typing.SupportsIndex,
) -> float:
    """
    Finest spacing kept (Å) of a map of this shape (nz, ny, nx) and cell.
    """

def fit_anisotropic_b(
    values: numpy.typing.NDArray[numpy.float64],
    weights: numpy.typing.NDArray[numpy.float64],
    shell_width: typing.SupportsFloat | typing.SupportsIndex,
) -> TensorFit:
    """
    Least-squares fit of an anisotropic B to a quantity.

    ln(value) is fitted by ln(scale) - s B s / 4, with the given weights.

    Parameters
    ----------
    values, weights : ndarray, shape (n_shells, 48), float64, C order
        By shell and direction (see `directions`); weights are 1 / variance of ln(value), and
        0 leaves a value out.
    shell_width : float
        1/Å.

    Returns
    -------
    TensorFit

    Raises
    ------
    ValueError
        If the shapes do not match.
    """

def fit_fall_off(
    signal: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    noise: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    width: typing.SupportsFloat | typing.SupportsIndex,
    curve: IdealCurve,
) -> FallOff:
    """
    Straight line through ln(sqrt(signal) / ideal) against s².

    From 10 Å (or 2.5 times the finest resolution, if that is coarser) to where the signal is lost
    in noise; see power_model.hpp.

    Parameters
    ----------
    signal, noise : ndarray, shape (n_shells,), float64
        Power per term, by shell.
    width : float
        1/Å, of a shell.
    curve : IdealCurve
    """

def fit_power_tensor(
    means: numpy.typing.NDArray[numpy.float64],
    variance: numpy.typing.NDArray[numpy.float64],
    radial: numpy.typing.NDArray[numpy.float64],
    shell_width: typing.SupportsFloat | typing.SupportsIndex,
) -> TensorFit:
    """
    Fit a traceless B tensor to a power by direction.

    The power falls off as radial(s) exp(-s B s / 2) about its mean over directions.

    Parameters
    ----------
    means, variance : ndarray, shape (n_shells, 48), float64, C order
        Mean power and the variance of that mean; a variance of 0 leaves a value out.
    radial : ndarray, shape (n_shells,), float64
        Smooth mean over directions.
    shell_width : float
        1/Å.

    Returns
    -------
    TensorFit

    Raises
    ------
    ValueError
        If the shapes do not match.
    """

def fit_region_weight(
    sharp: MapScore,
    middle: MapScore,
    blurred: MapScore,
    rule: RegionWeightRule = ...,
    factor: typing.SupportsFloat | typing.SupportsIndex = 1.0,
    buffer: typing.SupportsFloat | typing.SupportsIndex = 0.1,
) -> RegionWeight:
    """
    Weight of the number of regions against the surface.

    Parameters
    ----------
    sharp, middle, blurred : MapScore
        Of trials with increasing b_iso.
    rule : RegionWeightRule
    factor : float
        The weight is multiplied by it before it is bounded.
    buffer : float
        Share of the distance between the bounds that is left out at both ends.

    Returns
    -------
    RegionWeight
    """

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
) -> TensorFit:
    """
    Maximum-likelihood Wilson fit of an anisotropic B.

    Parameters
    ----------
    coefficients : ndarray, shape (nz, ny, nx // 2 + 1), complex64 or complex128, C order
        Half-complex coefficients.
    shape : (int, int, int)
        Shape (nz, ny, nx) of the map.
    cell : six floats
        Å and degrees.
    d_min : float
        Å; terms with d >= d_min and 0.008 < s² < 0.690 count.
    threads : int
        Number of threads; 0 means all. The result does not depend on it.

    Returns
    -------
    TensorFit

    Notes
    -----
    Expected intensities: X-ray form factors of an average residue times the protein curve of
    Zwart & Lamzin (2004), Acta Cryst. D60, 220.
    """

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
) -> numpy.typing.NDArray[numpy.complex64]:
    """
    Transform a real map to half-complex coefficients.

    Parameters
    ----------
    map : ndarray, shape (nz, ny, nx), float32 or float64, C order
        Density.
    threads : int
        Number of threads; 0 means all.

    Returns
    -------
    ndarray, shape (nz, ny, nx // 2 + 1), complex64 or complex128
        F(h) = sum of map(x) exp(-2 pi i h x), unscaled.
    """

@typing.overload
def forward_transform(
    map: numpy.typing.NDArray[numpy.float64],
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.typing.NDArray[numpy.complex128]: ...
def ideal_amplitude(
    curve: str, s: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]
) -> numpy.typing.NDArray[numpy.float64]:
    """
    Rms amplitude of an ideal map (B = 0), 1 at 4 Å.

    Parameters
    ----------
    curve : str
        protein, nucleic_acid or beta_galactosidase.
    s : ndarray, shape (n,), float64
        1/Å.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If there is no curve of that name.
    """

def ideal_curve_named(name: str) -> IdealCurve:
    """
    The curve of a name.
    """

@typing.overload
def inverse_transform(
    coefficients: numpy.typing.NDArray[numpy.complex64],
    nx: typing.SupportsInt | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.typing.NDArray[numpy.float32]:
    """
    Transform half-complex coefficients to a real map.

    Parameters
    ----------
    coefficients : ndarray, shape (nz, ny, nx // 2 + 1), complex64 or complex128, C order
        Fourier coefficients; a copy of them is used up.
    nx : int
        Number of points along x, which the coefficients alone do not tell.
    threads : int
        Number of threads; 0 means all.

    Returns
    -------
    ndarray, shape (nz, ny, nx), float32 or float64
        1 / N sum of F(h) exp(+2 pi i h x), N the number of points.

    Raises
    ------
    ValueError
        If nx does not fit the coefficients' shape.
    """

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
) -> float:
    """
    Diameter (Å) of the largest sphere that fits into a map of this shape (nz, ny, nx).
    """

def list_reflections(
    map: numpy.typing.NDArray[numpy.float32],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    d_min: typing.SupportsFloat | typing.SupportsIndex,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> numpy.ndarray:
    """
    List the reflections of a map, as an MTZ file holds them.

    Parameters
    ----------
    map : ndarray, shape (nz, ny, nx), float32, C order
        Density.
    cell : six floats
        Å and degrees of the cell that the grid fills.
    d_min : float
        Å; finest resolution.
    threads : int
        Number of threads; 0 means all.

    Returns
    -------
    ndarray, shape (n, 5), float32
        H, K, L, amplitude, phase in degrees; one of each Friedel pair, without F(000) and the
        Nyquist planes of even axes, sorted by index. F(h) = (V / N) sum map(x) exp(2 pi i h x).

    Raises
    ------
    ValueError
        If d_min is not above 0.
    """

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
) -> numpy.typing.NDArray[numpy.float32]:
    """
    The map of coefficients times factors.

    Parameters
    ----------
    coefficients : ndarray, shape (nz, ny, nx // 2 + 1), complex64, C order
        Half-complex coefficients; not changed.
    shape, cell
        Shape (nz, ny, nx) of the map and its cell (Å, degrees).
    d_min : float
        Å; finer terms are left out.
    factors : ScaleFactors
    threads : int
        Number of threads; 0 means all.

    Returns
    -------
    ndarray, shape (nz, ny, nx), float32
        Mean 0, standard deviation 1.

    Raises
    ------
    ValueError
        If shapes do not match or no density is left.
    """

def make_tiles(
    map_shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    options: TileOptions,
) -> Tiles:
    """
    Cover a map with overlapping tiles on a regular lattice.

    Parameters
    ----------
    map_shape : (int, int, int)
        Shape (nz, ny, nx) of the map.
    options : TileOptions

    Raises
    ------
    ValueError
        If a length is 0 or the overlap is not below the edges.
    """

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
) -> numpy.typing.NDArray[numpy.float32]:
    """
    The map of coefficients times factors, on their own scale.

    Unlike those of `make_sharpened_map`, maps by different factors agree at low resolution.

    Parameters
    ----------
    coefficients, shape, cell, d_min, factors, threads
        As in `make_sharpened_map`.

    Returns
    -------
    ndarray, shape (nz, ny, nx), float32

    Raises
    ------
    ValueError
        If shapes do not match.
    UnusableDataError
        If no density is left.
    """

def map_statistics(
    map: numpy.typing.NDArray[numpy.float32],
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> MapStatistics:
    """
    Smallest, largest, mean and standard deviation of a float32 map (nz, ny, nx).
    """

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
) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float64]]:
    """
    Signal and noise of two half maps in soft spheres; see local_resolution.hpp.

    Parameters
    ----------
    half_1, half_2 : ndarray, shape (nz, ny, nx), float32, C order
        Half maps; not changed.
    mask : ndarray, shape (nz, ny, nx), float32, C order, or None
        0 to 1; spheres far from where it is 0.5 are left out. None: everything is inside.
    cell : six floats
        Å and degrees of the cell that the grid fills.
    options : LocalResolutionOptions
    begin, end : int
        Spheres from `begin` to before `end`, of those that `count_spheres` counts.
    progress : callable or None
        Called as progress(stage, done), done from 0 to below 1. An exception that it raises ends
        the run.

    Returns
    -------
    (ndarray, ndarray)
        Signal-to-noise ratios (float32, sphere by shell) and the mask's share of each sphere
        (float64; 0: not measured). A sphere's values do not depend on `begin` and `end`.

    Raises
    ------
    ValueError
        If shapes do not match, an option is out of range, the window does not fit, or the spheres
        are not there.
    """

def modify_density(
    half_1: numpy.typing.NDArray[numpy.float32],
    half_2: numpy.typing.NDArray[numpy.float32],
    mask: numpy.typing.NDArray[numpy.float32],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    options: ModificationOptions,
    new_array: typing.Any = None,
) -> tuple[numpy.typing.NDArray[numpy.float32], ModificationFindings]:
    """
    What the positive part of density tells of a map; see density_modification.hpp.

    Parameters
    ----------
    half_1, half_2 : ndarray, shape (nz, ny, nx), float32, C order
        Half maps sharpened alike, mean 0; not changed.
    mask : ndarray, shape (nz, ny, nx), float32, C order
        0 to 1: where density is modified.
    cell : six floats
        Å and degrees of the cell that the grid fills.
    options : ModificationOptions
    new_array : callable or None
        Called as new_array(shape, dtype) for every array of the maps' size that is returned or
        worked in; returns a writable array of that shape (a tuple) and dtype in C order. None: they
        are allocated.

    Returns
    -------
    contribution : ndarray, shape (nz, ny, nx), float32
        To be added to the mean of the half maps.
    found : ModificationFindings

    Raises
    ------
    ValueError
        If shapes do not match or an option is out of range.
    UnusableDataError
        If the halves hold no common signal inside the mask.
    """

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
) -> tuple[numpy.typing.NDArray[numpy.float32], MolecularMask]:
    """
    Soft molecular mask from where two half maps agree.

    Parameters
    ----------
    half_1, half_2 : ndarray, shape (nz, ny, nx // 2 + 1), complex64, C order
        Half-complex coefficients of the half maps.
    shape, cell
        Shape (nz, ny, nx) of the maps and their cell (Å, degrees).
    options : MolecularMaskOptions
    threads : int
        Number of threads; 0 means all.

    Returns
    -------
    (ndarray, MolecularMask)
        Mask of shape (nz, ny, nx), values 0 to 1, and what is known of it.
    """

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
) -> dict[str, typing.Any]:
    """
    Sums over two transforms by resolution shell.

    Parameters
    ----------
    a, b : ndarray, shape (nz, ny, nx // 2 + 1), complex64 or complex128, C order
        Half-complex coefficients of two maps on one grid.
    shape : (int, int, int)
        Shape (nz, ny, nx) of the maps.
    cell : (float, float, float, float, float, float)
        a, b, c in Å and alpha, beta, gamma in degrees of the cell that the grid fills.
    shell_width : float
        1/Å; shell i holds i * width <= s < (i + 1) * width.
    n_shells : int
        Number of shells.
    by_direction : bool
        Also give sums by shell and direction (see `directions`), shape (n_shells, 48).
    threads : int
        Number of threads; 0 means all. The result does not depend on it.

    Returns
    -------
    dict of str to ndarray
        n_terms (Friedel mates counted once), cross (sum of Re(F1 conj F2)), auto_1, auto_2
        (sums of |F|²), fsc, each of shape (n_shells,), and directional_* if asked for.

    Raises
    ------
    ValueError
        If a shape does not match, or the shells have no width.
    """

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
) -> dict[str, typing.Any]: ...
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
) -> numpy.typing.NDArray[numpy.complex64]:
    """
    Replace the phases beyond a resolution by random ones.

    Amplitudes and Friedel's law are kept; the same seed gives the same phases on any machine.

    Parameters
    ----------
    coefficients : ndarray, shape (nz, ny, nx // 2 + 1), complex64 or complex128, C order
        Half-complex coefficients; not changed.
    shape, cell
        Shape (nz, ny, nx) of the map and its cell (Å, degrees).
    s_max, s_from : float
        1/Å; terms beyond s_max become 0, those from s_from on get random phases.
    seed : int
    threads : int
        Number of threads; 0 means all.
    """

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
) -> float:
    """
    How many times larger half_2's values are; exactly 1 within 5 %.
    """

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
) -> numpy.typing.NDArray[numpy.complex64]:
    """
    Take anisotropy off place by place.

    Parameters
    ----------
    coefficients, shape, cell, d_min, molecule
        As in `sharpen_locally`.
    factors_of_whole : ScaleFactors
        What the whole map is sharpened by: anisotropy is measured in that map.
    options : LocalBFactorOptions
        tiles, smoothing_radius, shrinkage (by default 1) and threads count.

    Returns
    -------
    ndarray, shape (nz, ny, nx // 2 + 1), complex64

    Raises
    ------
    ValueError
        If shapes do not match or an option is out of range.
    UnusableDataError
        If the map is constant.
    """

def resolution_at(
    curve: typing.Annotated[numpy.typing.ArrayLike, numpy.float64],
    shell_width: typing.SupportsFloat | typing.SupportsIndex,
    level: typing.SupportsFloat | typing.SupportsIndex,
) -> float | None:
    """
    Spacing (Å) where a curve by shell first falls below a level; NaN is passed over, None:
    nowhere.
    """

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
) -> ScaleFactors:
    """
    Factors whose logarithm is made of lines in s².

    Parameters
    ----------
    b : (float, float, float)
        ln of the factor is b[0] at d = sqrt(2) resolution, b[1] at the resolution and
        b[1] + b[2] at d_min_ratio times the resolution.
    resolution, d_min : float
        Å; nominal, and of the finest term.
    d_min_ratio : float
    anisotropy : six floats
        B tensor whose anisotropy is taken off; zero: none.

    Raises
    ------
    ValueError
        If a value is out of range.
    """

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
) -> AgreedResolution:
    """
    Resolution (Å) at which two half maps' FSC falls to 0.143; see half_maps.hpp.

    Arguments and errors are those of sharpen_half_maps; options.resolution has no effect, and
    new_array makes what is worked in.
    """

def resolution_of_spheres(
    signal_to_noise: numpy.typing.NDArray[numpy.float32],
    mask_share: numpy.typing.NDArray[numpy.float64],
    mask: numpy.typing.NDArray[numpy.float32] | None,
    map: numpy.typing.NDArray[numpy.float32],
    cell: typing.Annotated[
        collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], "FixedSize(6)"
    ],
    options: LocalResolutionOptions,
) -> LocalResolution:
    """
    Local resolution from the spectra of all spheres.

    Parameters
    ----------
    signal_to_noise : ndarray, float32, sphere by shell, C order
    mask_share : ndarray, float64, by sphere
        What `measure_spheres` returned, all parts in order.
    mask, cell, options
        As of `measure_spheres`; where the mask is below 0.5 the map is d_max.
    map : ndarray, float32, shape (nz, ny, nx), C order
        Out: local resolution in Å.

    Returns
    -------
    LocalResolution

    Raises
    ------
    ValueError
        If shapes do not match, an option is out of range, or there are not as many spectra as
        spheres.
    """

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
) -> list[MapScore]:
    """
    Score the map that each trial makes.

    One inverse transform a trial, in one buffer besides the coefficients.

    Parameters
    ----------
    coefficients : ndarray, shape (nz, ny, nx // 2 + 1), complex64, C order
        Half-complex coefficients of the whole map; not changed.
    shape, cell
        Shape (nz, ny, nx) of the map and its cell (Å, degrees).
    d_min : float
        Å; finer terms are left out.
    trials : sequence of ScaleFactors (scan_scale_factors) or BFactorTrial (scan_b_factors)
    anisotropy : six floats
        scan_b_factors only: B tensor whose anisotropy is taken off; zero: none.
    options : ScoreOptions
        A box in them is cut out of each sharpened whole map.
    mask : ndarray, shape (nz, ny, nx), float32, C order, optional
        Only voxels with a value above 0.5 are scored.
    threads : int
        Number of threads; 0 means all. The result does not depend on it.
    progress : callable, optional
        Called after each trial with the number done and the total.
    molecule : ndarray, shape (nz, ny, nx), float32, C order, optional
        Where its values are above 0.5, within the options' box, the skewness is taken.

    Returns
    -------
    list of MapScore

    Raises
    ------
    ValueError
        If shapes do not match, an option is out of range or a map is constant.
    """

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
) -> list[MapScore]:
    """
    Score the map that each trial makes.

    One inverse transform a trial, in one buffer besides the coefficients.

    Parameters
    ----------
    coefficients : ndarray, shape (nz, ny, nx // 2 + 1), complex64, C order
        Half-complex coefficients of the whole map; not changed.
    shape, cell
        Shape (nz, ny, nx) of the map and its cell (Å, degrees).
    d_min : float
        Å; finer terms are left out.
    trials : sequence of ScaleFactors (scan_scale_factors) or BFactorTrial (scan_b_factors)
    anisotropy : six floats
        scan_b_factors only: B tensor whose anisotropy is taken off; zero: none.
    options : ScoreOptions
        A box in them is cut out of each sharpened whole map.
    mask : ndarray, shape (nz, ny, nx), float32, C order, optional
        Only voxels with a value above 0.5 are scored.
    threads : int
        Number of threads; 0 means all. The result does not depend on it.
    progress : callable, optional
        Called after each trial with the number done and the total.
    molecule : ndarray, shape (nz, ny, nx), float32, C order, optional
        Where its values are above 0.5, within the options' box, the skewness is taken.

    Returns
    -------
    list of MapScore

    Raises
    ------
    ValueError
        If shapes do not match, an option is out of range or a map is constant.
    """

def score_map(
    map: numpy.typing.NDArray[numpy.float32],
    options: ScoreOptions,
    mask: numpy.typing.NDArray[numpy.float32] | None = None,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
    molecule: numpy.typing.NDArray[numpy.float32] | None = None,
) -> MapScore:
    """
    Score a map by its regions' surface and by its moments.

    Parameters
    ----------
    map : ndarray, shape (nz, ny, nx), float32, C order
        Density.
    options : ScoreOptions
    mask : ndarray, shape (nz, ny, nx), float32, C order, optional
        Only voxels with a value above 0.5 count.
    threads : int
        Number of threads; 0 means all. The result does not depend on it.
    molecule : ndarray, shape (nz, ny, nx), float32, C order, optional
        The skewness is taken where its values are above 0.5, within the options' box; NaN if that
        is nowhere. Without it there is no skewness.

    Returns
    -------
    MapScore

    Raises
    ------
    ValueError
        If the map is constant or not finite, or an option does not fit.

    Notes
    -----
    Terwilliger et al. (2018), Acta Cryst. D74, 545.
    """

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
) -> SharpenedHalfMaps:
    """
    Shell sharpening of two half maps, global or local; see half_maps.hpp.

    Parameters
    ----------
    half_1, half_2 : ndarray, shape (nz, ny, nx), float32, C order
        Half maps; not changed.
    full : ndarray or None
        Map to sharpen; None: the mean of the halves.
    mask : ndarray, shape (nz, ny, nx), float32, C order
        In for MaskChoice.given; otherwise overwritten with the weights that were used.
    cell : six floats
        Å and degrees of the cell that the grid fills.
    options : HalfMapOptions
    filter_windows : callable or None
        Does the work of `filter_windows` for all layers, perhaps on other machines: called with
        half_1, half_2, full, sharpened, sharpened_half_1, sharpened_half_2 (arrays that live as
        long as the call; outputs may be the memory of inputs), expected and options. It fills the
        outputs and returns an object with the attributes of LocalFilter.
    sharpen_halves : bool
        Also return both sharpened half maps.
    new_array : callable or None
        Called as new_array(shape, dtype) for every array of the maps' size that is returned or
        worked in; returns a writable array of that shape (a tuple) and dtype in C order. None: they
        are allocated.
    progress : callable or None
        Called as progress(stage, done) before each stage, done from 0 to 1. An exception that
        it raises ends the run.

    Returns
    -------
    SharpenedHalfMaps

    Raises
    ------
    ValueError
        If shapes do not match or an option is out of range.
    UnusableDataError
        If the maps hold nothing to fit.
    """

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
) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32], LocalBFactor]:
    """
    Find a B factor for each place and make the map that is sharpened by it.

    Parameters
    ----------
    coefficients : ndarray, shape (nz, ny, nx // 2 + 1), complex64, C order
        Half-complex coefficients of the whole map; not changed.
    shape, cell
        Shape (nz, ny, nx) of the map and its cell (Å, degrees).
    d_min : float
        Å; finer terms are left out.
    trials : sequence of LocalTrial
        With increasing b_sharpen.
    options : LocalBFactorOptions
    molecule : ndarray, shape (nz, ny, nx), float32, C order, optional
        Above 0.5 inside; all of the map by default.
    make_trial : callable, optional
        Called as ``make_trial(trial)`` with the place of a trial, twice for most: its map, float32.
        By default `make_trial_map`.
    progress : callable, optional
        Called with the number of steps done and of how many.

    Returns
    -------
    ndarray, shape (nz, ny, nx), float32
        The map, mean 0 and standard deviation 1.
    ndarray, shape (nz, ny, nx), float32
        b_sharpen at each voxel, Å².
    LocalBFactor

    Raises
    ------
    ValueError
        If shapes do not match or an option is out of range.
    UnusableDataError
        If there is nothing to score.
    """

def surface_area(
    voxels: numpy.typing.NDArray[numpy.int64],
    shape: typing.Annotated[
        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(3)"
    ],
    periodic: bool = False,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> int:
    """
    Count the voxels around a region.

    These are in contact with it by a face, an edge or a corner and not part of it.

    Parameters
    ----------
    voxels : ndarray, int64
        The region: increasing places in the flattened map.
    shape : (int, int, int)
        Shape (nz, ny, nx) of the map.
    periodic : bool
        The surface goes on across the faces; otherwise it ends there.
    threads : int
        Number of threads; 0 means all.

    Raises
    ------
    ValueError
        If the voxels are not in order or not in the map.
    """

def surface_by_level(
    map: numpy.typing.NDArray[numpy.float32],
    region: numpy.typing.NDArray[numpy.float32],
    n_levels: typing.SupportsInt | typing.SupportsIndex,
    plane_step: typing.SupportsInt | typing.SupportsIndex = 1,
    threads: typing.SupportsInt | typing.SupportsIndex = 0,
) -> SurfaceByLevel:
    """
    Count what contours at evenly spaced levels enclose, in one pass.

    Parameters
    ----------
    map : ndarray, shape (nz, ny, nx), float32, C order
        Density; levels go from 0 to its largest value.
    region : ndarray, shape (nz, ny, nx), float32, C order
        Values of 0.5 and more are inside.
    n_levels : int
        2 to 65536.
    plane_step : int
        Voxels of every so many planes along z are counted, from the first on.
    threads : int
        Number of threads; 0 means all.

    Raises
    ------
    ValueError
        If shapes differ, or the map holds values that are not finite.
    """

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
) -> None:
    """
    Transform a padded map in place, there or back.

    Parameters
    ----------
    padded : ndarray, shape (nz, ny, 2 * (nx // 2 + 1)), float32 or float64, C order
        Rows of nx values with padding behind (forward), or of nx // 2 + 1 coefficients as
        pairs of real and imaginary part (backward). Overwritten.
    nx : int
        Number of points along x.
    forward : bool
        Direction of the transform.
    threads : int
        Number of threads; 0 means all.
    cell, d_min : (a, b, c, alpha, beta, gamma) in Å and degrees, float in Å; optional
        Only columns with terms of at least this spacing are transformed, the others left out.

    Raises
    ------
    ValueError
        If nx does not fit the shape, or the array is read-only.
    """

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
def wilson_expected_intensity(s_squared: typing.SupportsFloat | typing.SupportsIndex) -> float:
    """
    Expected intensity of a protein's terms per residue; NaN outside 0.008 to 0.690 1/Å².
    """

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
]:
    """
    Grid points of a window's core, and number of windows, each along z, y, x; see
    window_lattice in local_filter.hpp.
    """

def without_coarse_terms(
    factors: ScaleFactors,
    d: typing.SupportsFloat | typing.SupportsIndex,
    d_min: typing.SupportsFloat | typing.SupportsIndex,
) -> ScaleFactors:
    """
    Factors times 1 - exp(-ln 2 (d s)²).

    Parameters
    ----------
    factors : ScaleFactors
    d : float
        Å; terms of this spacing are halved, coarser ones hardly left.
    d_min : float
        Å; finest term, to which the result is tabulated.

    Returns
    -------
    ScaleFactors

    Raises
    ------
    ValueError
        If a length is not above 0.
    """

COARSE_TERMS: float = 4.0
DEFAULT_SCORE_TARGET: str = "skewness"
MOST_OF_NOISE: float = 0.02
MOST_OF_ONE_SIDED: float = 0.05
__version__: str = "0.1.0"
