"""Global shell sharpening of two half maps: what goes in, what comes out, the steps."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import GridMismatchError, MapValueError, ParameterError
from map_sharpening.map_data import FloatMap, MapData

FloatArray = npt.NDArray[np.float64]

#: So that the square of the highest peak still is a 32-bit number: viewers sum those.
_LARGEST_SCALE = 1e12
IDEAL_CURVES = ("protein", "nucleic_acid", "beta_galactosidase")


@dataclass(frozen=True)
class ShellTable:
    """One value per resolution shell of equal width in s; NaN where a shell is empty."""

    s: FloatArray  #: middle of the shell, 1/Å
    d: FloatArray  #: 1 / s, Å
    n_terms: npt.NDArray[np.int64]  #: Fourier terms, Friedel mates counted once
    fsc_unmasked: FloatArray
    fsc_masked: FloatArray
    fsc_randomised: (
        FloatArray  #: masked, phases randomised; equals fsc_masked before randomised_from
    )
    fsc_corrected: FloatArray
    c_ref: FloatArray  #: sqrt(2 FSC / (1 + FSC)) of fsc_corrected
    rms_amplitude: FloatArray  #: of the mean of the halves, masked, per unit mask power
    signal_power: FloatArray  #: fitted smooth curve S
    noise_power: FloatArray  #: fitted smooth curve N (of the mean of the halves)
    ideal: FloatArray  #: rms amplitude of the ideal map, arbitrary scale
    scale: FloatArray  #: radial mean of the factors applied, on the output's scale


@dataclass(frozen=True)
class Tensor:
    """A symmetric tensor in Å², order XX, YY, ZZ, XY, XZ, YZ, with standard errors."""

    values: tuple[float, float, float, float, float, float]
    standard_errors: tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class AnisotropySummary:
    """The tensors that the program's documentation prints; all are U in Å².

    The last four apply after removal of `overall_u`.
    """

    overall_u: Tensor  #: overall U removed from the map
    fall_off: Tensor  #: fall-off relative to ideal; positive: amplitudes fall off more
    data: Tensor  #: anisotropy of the data; positive: amplitudes fall off more
    uncertainties: Tensor  #: positive: uncertainties decrease more
    scale_factors: Tensor  #: positive: scale factors increase more
    signal_b: Tensor  #: traceless B of the signal's amplitudes, exp(-s B s / 4)
    noise_b: Tensor  #: traceless B of the noise's amplitudes


@dataclass(frozen=True)
class GuinierFit:
    """Straight line through ln(amplitude) against s²: the B of an isotropic sharpening."""

    b_sharpen: float  #: Å², positive sharpens (RELION prints the negative)
    slope: float  #: of ln(amplitude) against 1/d²; -b_sharpen / 4
    intercept: float
    correlation: float
    d_low: float  #: coarse end of the fit range, Å
    d_high: float  #: fine end, Å
    is_poor: bool  #: the line describes the curve badly; don't trust b_sharpen
    s_squared: FloatArray  #: abscissae of the plot, 1/Å²
    ln_original: FloatArray  #: ln rms amplitude of the mean of the halves
    ln_weighted: FloatArray  #: the same times c_ref
    ln_sharpened: FloatArray  #: ln rms amplitude of the sharpened map


@dataclass(frozen=True)
class DirectionalScale:
    """Factors along single directions of reciprocal space."""

    names: tuple[str, ...]  #: X, Y, Z, X+Y, ...
    directions: FloatArray  #: unit vectors, shape (n, 3), Cartesian x, y, z
    scale: FloatArray  #: shape (n, n_shells), same abscissa as ShellTable.s


@dataclass(frozen=True)
class HalfMapResult:
    """All that a run of `sharpen_half_maps` found; the report is made from it."""

    sharpened: MapData  #: mean 0, SD 1 (times output_scale_factor)
    sharpened_half_1: MapData | None
    sharpened_half_2: MapData | None
    mask: MapData | None  #: soft mask 0..1 of the statistics; None for mask=False
    mask_fraction: float  #: mean of the mask: share of the box
    shells: ShellTable
    resolution: float  #: Å, as given
    d_min: float  #: Å, finest term kept
    resolution_0143: float | None  #: Å, corrected FSC falls below 0.143; None: never
    resolution_05: float | None
    randomised_from: float | None  #: Å; None without a mask
    anisotropy: AnisotropySummary | None  #: None for anisotropic=False
    guinier: GuinierFit
    directional_scale: DirectionalScale
    contour_level: float  #: recommended, in units of the sharpened map
    warnings: tuple[str, ...]
    seconds: dict[str, float]  #: time by stage


@dataclass(frozen=True)
class HalfMapOptions:
    """What a user can choose for the global half-map method.

    Raises
    ------
    ParameterError
        If a value is out of range.
    """

    resolution: float  #: Å, nominal
    anisotropic: bool = True
    n_bins: int | None = None  #: shells up to d_min; None: one lattice spacing each
    ideal_curve: str = "protein"  #: protein, nucleic_acid or beta_galactosidase
    randomise_phases_beyond: float | None = None  #: Å; None: unmasked FSC first below 0.8
    wrapping: bool = False  #: the map fills a crystal's unit cell: no taper at its faces
    output_scale_factor: float = 1.0  #: standard deviation of the sharpened map
    guinier_d_low: float | None = None  #: Å; None: 10, or 2.5 times a coarser resolution
    sharpen_all_maps: bool = True
    threads: int = 0  #: 0: all

    def __post_init__(self) -> None:
        """Check each value by itself."""

        def require(holds: bool, name: str, expected: str) -> None:
            if not holds:
                raise ParameterError(f"{name} is {getattr(self, name)}; expected {expected}")

        require(
            math.isfinite(self.resolution) and self.resolution > 0,
            "resolution",
            "the map's nominal resolution in Å, above 0, such as resolution=3.1",
        )
        require(
            self.n_bins is None or self.n_bins >= 4,
            "n_bins",
            "at least 4 shells, or None to choose them from the map's size",
        )
        require(
            self.ideal_curve in IDEAL_CURVES, "ideal_curve", "one of " + ", ".join(IDEAL_CURVES)
        )
        require(
            self.randomise_phases_beyond is None or self.randomise_phases_beyond > 0,
            "randomise_phases_beyond",
            "a resolution in Å, above 0, or None",
        )
        require(
            0 < self.output_scale_factor <= _LARGEST_SCALE,
            "output_scale_factor",
            f"a number above 0, at most {_LARGEST_SCALE:g}",
        )
        require(
            self.guinier_d_low is None
            or (math.isfinite(self.guinier_d_low) and self.guinier_d_low > self.resolution),
            "guinier_d_low",
            f"a resolution in Å coarser than {self.resolution:g}, or None",
        )
        require(self.threads >= 0, "threads", "the number of threads, or 0 for all")


def sharpen_half_maps(
    half_1: MapData | npt.ArrayLike,
    half_2: MapData | npt.ArrayLike,
    *,
    resolution: float,
    voxel_size: float | tuple[float, float, float] | None = None,
    full_map: MapData | npt.ArrayLike | None = None,
    mask: MapData | npt.ArrayLike | str | bool | None = "auto",
    anisotropic: bool = True,
    n_bins: int | None = None,
    ideal_curve: str = "protein",
    randomise_phases_beyond: float | None = None,
    wrapping: bool = False,
    output_scale_factor: float = 1.0,
    guinier_d_low: float | None = None,
    sharpen_all_maps: bool = True,
    threads: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> HalfMapResult:
    """Sharpen the mean of two half maps by the signal that their agreement supports.

    Inside a soft molecular mask the power S of the signal and N of the noise are estimated
    from ``Re(F1 conj F2)`` and ``|F1 - F2|²``, each as a smooth curve times one traceless
    tensor, and every coefficient is multiplied by ``ideal sqrt(S) / (S + N)``: the factor
    ``1 / (1 + E²)`` of its expected error E on top of an ideal fall-off. The map that
    results has the highest expected correlation with an ideal one (Terwilliger et al. 2020,
    Acta Cryst. D76; Rosenthal & Henderson 2003, J. Mol. Biol. 333, 721).

    Parameters
    ----------
    half_1, half_2 : MapData or array_like, shape (z, y, x)
        Independent half maps, unfiltered, unmasked, unsharpened. Arrays need `voxel_size`.
    resolution : float
        Nominal resolution in Å. Terms finer than 0.833 of it (or the Nyquist limit) are
        left out of the result.
    voxel_size : float or (float, float, float), optional
        Grid spacing in Å (x, y, z) of arrays; not for MapData.
    full_map : MapData or array_like, optional
        Map to sharpen; by default the mean of the halves.
    mask : "auto", False, None, MapData or array_like
        Where the statistics are taken: a soft molecular mask made from the halves, the
        whole box (False or None), or values 0 to 1 on the maps' grid.
    anisotropic : bool
        Let signal, noise and factors depend on direction.
    n_bins : int, optional
        Number of resolution shells; by default one reciprocal-lattice spacing each.
    ideal_curve : str
        protein, nucleic_acid or beta_galactosidase.
    randomise_phases_beyond : float, optional
        Å; by default where the unmasked FSC first falls below 0.8.
    wrapping : bool
        The maps fill a crystal's unit cell: their faces are not tapered.
    output_scale_factor : float
        Standard deviation of the sharpened map; its mean is 0.
    guinier_d_low : float, optional
        Å; coarse end of the Guinier fit. By default 10, or 2.5 times the resolution where
        that is coarser.
    sharpen_all_maps : bool
        Sharpen both half maps as well, by the same factors.
    threads : int
        0 means all. The result does not depend on it.
    progress : callable, optional
        Called as ``progress(stage, done)``, done from 0 to 1.

    Returns
    -------
    HalfMapResult
        Maps, curves, tensors and factors.

    Raises
    ------
    ParameterError
        If a parameter is out of range, or finer than the Nyquist limit.
    GridMismatchError
        If the maps differ in shape, cell or position.
    MapValueError
        If the half maps are the same map, constant, or hold no common signal.
    """
    options = HalfMapOptions(
        resolution=resolution,
        anisotropic=anisotropic,
        n_bins=n_bins,
        ideal_curve=ideal_curve,
        randomise_phases_beyond=randomise_phases_beyond,
        wrapping=wrapping,
        output_scale_factor=output_scale_factor,
        guinier_d_low=guinier_d_low,
        sharpen_all_maps=sharpen_all_maps,
        threads=threads,
    )
    first = as_map(half_1, voxel_size, "half_1")
    second = as_map(half_2, voxel_size, "half_2")
    full = None if full_map is None else as_map(full_map, voxel_size, "full_map")
    require_same_grid(first, second)
    if full is not None:
        require_same_grid(first, full)
    require_resolution_on_grid(first, resolution)
    given = _given_mask(mask, first, voxel_size)
    choice = "given" if given is not None else "automatic" if mask == "auto" else "whole_box"
    weights = np.empty(first.values.shape, np.float32) if given is None else given.values.copy()
    stages: list[tuple[str, float]] = []

    def note_stage(stage: str, done: float) -> None:
        stages.append((stage, time.perf_counter()))
        if progress is not None:
            progress(stage, done)

    try:
        measured = _core.sharpen_half_maps(
            contiguous(first),
            contiguous(second),
            None if full is None else contiguous(full),
            weights,
            first.box.parameters(),
            resolution,
            anisotropic=anisotropic,
            n_shells=n_bins or 0,
            ideal=ideal_curve,
            mask_choice=choice,
            randomise_beyond=randomise_phases_beyond or 0.0,
            taper_edges=not wrapping,
            output_scale=output_scale_factor,
            guinier_d_low=guinier_d_low or 0.0,
            sharpen_halves=sharpen_all_maps,
            threads=threads,
            progress=note_stage,
        )
    except ValueError as error:
        # The core knows the maps by their roles only.
        raise MapValueError(f"{first.name} and {second.name}: {error}") from error
    seconds = {stage: after - before for (stage, before), (_, after) in itertools.pairwise(stages)}
    return _result(first, full, options, choice, weights, measured, seconds)


def as_map(
    values: MapData | npt.ArrayLike,
    voxel_size: float | tuple[float, float, float] | None,
    name: str,
) -> MapData:
    """Return a MapData, made from an array and a voxel size if it isn't one yet."""
    if isinstance(values, MapData):
        return values
    if voxel_size is None:
        raise ParameterError(
            f"{name} is an array, but voxel_size is not given; pass voxel_size=, in Å"
        )
    return MapData.from_array(values, voxel_size, name=name)


def contiguous(map_data: MapData) -> FloatMap:
    """Return the values as the core takes them; a copy only if they lie otherwise."""
    return np.ascontiguousarray(map_data.values, dtype=np.float32)


def require_same_grid(first: MapData, other: MapData) -> None:
    """Raise GridMismatchError unless two maps share shape, cell and position."""
    a, b = first.position, other.position
    pairs: list[tuple[str, object, object]] = [
        ("shape (z, y, x)", first.values.shape, other.values.shape),
        ("sampling", a.sampling, b.sampling),
        ("start (NSTART)", a.start, b.start),
    ]
    for what, of_first, of_other in pairs:
        if of_first != of_other:
            raise GridMismatchError(
                f"{other.name} has {what} {of_other}, but {first.name} has {of_first}; "
                "all maps must share one grid"
            )
    lengths = [
        ("cell (Å, degrees)", a.cell.parameters(), b.cell.parameters(), 1e-3),
        ("origin (Å)", a.origin, b.origin, 1e-2),
    ]
    for what, numbers, others, tolerance in lengths:
        if not np.allclose(numbers, others, rtol=tolerance, atol=1e-3):
            raise GridMismatchError(
                f"{other.name} has {what} {_plain(others)}, but {first.name} has "
                f"{_plain(numbers)}; all maps must share one grid"
            )


def require_resolution_on_grid(first: MapData, resolution: float) -> None:
    """Raise ParameterError if a resolution is finer or coarser than the grid can hold."""
    if resolution < first.nyquist * (1 - 1e-6):
        raise ParameterError(
            f"resolution is {resolution:g} Å, finer than the Nyquist limit of {first.name} "
            f"({first.nyquist:.3f} Å, twice its voxel size); give resolution >= "
            f"{math.ceil(first.nyquist * 100) / 100:g}"
        )
    coarsest = min(first.box.a, first.box.b, first.box.c) / 4
    if resolution > coarsest:
        raise ParameterError(
            f"resolution is {resolution:g} Å, coarser than the {coarsest:.1f} Å that "
            f"{first.name} can hold (a quarter of its shortest edge); check the resolution "
            "and the voxel size"
        )


def finest_spacing(map_data: MapData, resolution: float) -> float:
    """Return the spacing in Å of the finest terms that a sharpened map keeps."""
    return _core.finest_spacing(map_data.values.shape, map_data.box.parameters(), resolution)


def _plain(numbers: Sequence[float]) -> str:
    return "(" + ", ".join(f"{number:g}" for number in numbers) + ")"


def _given_mask(
    mask: MapData | npt.ArrayLike | str | bool | None,
    first: MapData,
    voxel_size: float | tuple[float, float, float] | None,
) -> MapData | None:
    if mask is None or mask is False or (isinstance(mask, str) and mask == "auto"):
        return None
    if isinstance(mask, (str, bool)):
        raise ParameterError(f"mask is {mask!r}; expected 'auto', False, or values 0 to 1")
    given = as_map(mask, voxel_size or first.voxel_size, "mask")
    require_same_grid(first, given)
    lowest, highest = float(given.values.min()), float(given.values.max())
    if lowest < -1e-3 or highest > 1 + 1e-3 or highest <= 0:
        raise MapValueError(
            f"{given.name} has values from {lowest:g} to {highest:g}; a mask has values "
            "0 (outside) to 1 (inside)"
        )
    return given


#: Lowest contour level to recommend, in standard deviations above the mean.
_LOWEST_CONTOUR = 0.5
#: Correlation below which a straight line doesn't describe the Guinier plot.
_POOR_GUINIER = 0.9
#: Shells in a Guinier fit below which its line means little.
_FEW_GUINIER_SHELLS = 8
#: Phase-randomised FSC at the resolution above which a mask carries correlation (RELION).
_TIGHT_MASK_FSC = 0.1
_8_PI_SQUARED = 8 * math.pi**2
_PLOT_DIRECTIONS = {
    "X": (1, 0, 0),
    "Y": (0, 1, 0),
    "Z": (0, 0, 1),
    "X+Y": (1, 1, 0),
    "X+Z": (1, 0, 1),
    "Y+Z": (0, 1, 1),
    "X-Y": (1, -1, 0),
    "X-Z": (1, 0, -1),
    "Y-Z": (0, 1, -1),
}


def _result(
    first: MapData,
    full: MapData | None,
    options: HalfMapOptions,
    choice: str,
    weights: FloatMap,
    measured: dict[str, Any],
    seconds: dict[str, float],
) -> HalfMapResult:
    shells = _shell_table(measured)
    crossing: float | None = measured["resolution_0143"] or None
    guinier = _guinier_fit(measured, shells)
    sharpened = first.with_values(measured["sharpened"], "sharpened map")
    mask_is_used = choice != "whole_box"
    return HalfMapResult(
        sharpened=sharpened,
        sharpened_half_1=_like(first, measured["sharpened_half_1"], "sharpened half map 1"),
        sharpened_half_2=_like(first, measured["sharpened_half_2"], "sharpened half map 2"),
        mask=first.with_values(weights, "mask") if mask_is_used else None,
        mask_fraction=measured["mask_fraction"],
        shells=shells,
        resolution=options.resolution,
        d_min=measured["d_min"],
        resolution_0143=crossing,
        resolution_05=measured["resolution_05"] or None,
        randomised_from=measured["randomised_from"] or None,
        anisotropy=_anisotropy(measured, shells) if options.anisotropic else None,
        guinier=guinier,
        directional_scale=_directional_scale(measured, shells),
        contour_level=_contour_level(sharpened.values, measured, options.output_scale_factor),
        warnings=tuple(_warnings(options, choice, measured, shells, guinier, crossing)),
        seconds=seconds,
    )


def _like(first: MapData, values: FloatMap | None, name: str) -> MapData | None:
    return None if values is None else first.with_values(values, name)


def _shell_table(measured: dict[str, Any]) -> ShellTable:
    # FSC curves go on to the Nyquist limit; what belongs to factors ends at d_min.
    n_all = len(measured["fsc_unmasked"])
    s = (np.arange(n_all) + 0.5) * measured["shell_width"]

    def extended(values: FloatArray, beyond: float) -> FloatArray:
        longer = np.full(n_all, beyond)
        longer[: len(values)] = values
        return longer

    corrected = measured["fsc_corrected"]
    positive = np.clip(corrected, 0.0, None)
    return ShellTable(
        s=s,
        d=1 / s,
        n_terms=np.round(measured["n_terms"]).astype(np.int64),
        fsc_unmasked=measured["fsc_unmasked"],
        fsc_masked=measured["fsc_masked"],
        fsc_randomised=measured["fsc_randomised"],
        fsc_corrected=corrected,
        c_ref=np.sqrt(2 * positive / (1 + positive)),
        rms_amplitude=measured["rms_amplitude"],
        signal_power=extended(measured["signal"], np.nan),
        noise_power=extended(measured["noise"], np.nan),
        ideal=extended(measured["ideal"], np.nan),
        scale=extended(measured["scale"], 0.0),
    )


def _anisotropy(measured: dict[str, Any], shells: ShellTable) -> AnisotropySummary:
    overall = np.array(measured["overall_b"].b)
    # What the documentation calls the overall U leaves a B of 10 d_min in the map.
    remaining = 10 * measured["d_min"] * np.array([1, 1, 1, 0, 0, 0])
    removed = overall - remaining
    deviator = removed - np.mean(removed[:3]) * np.array([1, 1, 1, 0, 0, 0])
    signal, noise = np.array(measured["signal_b"].b), np.array(measured["noise_b"].b)
    signal_error = np.array(measured["signal_b"].standard_error)
    noise_error = np.array(measured["noise_b"].standard_error)
    overall_error = np.array(measured["overall_b"].standard_error)
    slope, slope_error = measured["fall_off_b"], measured["fall_off_b_error"]
    isotropic = np.array([1, 1, 1, 0, 0, 0])
    factors, factors_error = _factor_tensor(measured, shells)

    def tensor(b: FloatArray, error: FloatArray, scale: float = 1 / _8_PI_SQUARED) -> Tensor:
        numbers = [tuple(float(v) for v in np.asarray(part) * scale) for part in (b, error)]
        return Tensor(*numbers)  # type: ignore[arg-type]

    return AnisotropySummary(
        overall_u=tensor(removed, overall_error),
        fall_off=tensor(
            signal + slope * isotropic - removed, np.hypot(signal_error, slope_error * isotropic)
        ),
        data=tensor(signal - deviator, signal_error),
        uncertainties=tensor(noise - deviator, noise_error),
        scale_factors=tensor(factors - deviator, factors_error),
        signal_b=tensor(signal, signal_error, 1.0),
        noise_b=tensor(noise, noise_error, 1.0),
    )


def _factor_tensor(measured: dict[str, Any], shells: ShellTable) -> tuple[FloatArray, FloatArray]:
    # The factors over their mean, as exp(+s B s / 4): positive means an increase.
    unit, share, _ = _core.directions()
    factors = measured["factors"]
    n = len(measured["signal"])
    values = np.array([[factors.at(s * u) for u in unit] for s in shells.s[:n]])
    radial = shells.scale[:n, None]
    signal_share = measured["signal"] / (measured["signal"] + measured["noise"])
    weights = np.where(
        shells.s[:n, None] > 0.1,
        (shells.n_terms[:n] * signal_share)[:, None] * share[None, :],
        0.0,
    )
    fit = _core.fit_anisotropic_b(
        np.ascontiguousarray(values / np.maximum(radial, 1e-30)),
        np.ascontiguousarray(weights),
        float(measured["shell_width"]),
    )
    tensor = -np.array(fit.b)
    return (
        tensor - np.mean(tensor[:3]) * np.array([1, 1, 1, 0, 0, 0]),
        np.array(fit.standard_error),
    )


def _directional_scale(measured: dict[str, Any], shells: ShellTable) -> DirectionalScale:
    directions = np.array(list(_PLOT_DIRECTIONS.values()), dtype=np.float64)
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    scale = np.zeros((len(directions), len(shells.s)))
    n = len(measured["signal"])
    for i, unit in enumerate(directions):
        scale[i, :n] = [measured["factors"].at(s * unit) for s in shells.s[:n]]
    return DirectionalScale(tuple(_PLOT_DIRECTIONS), directions, scale)


def _guinier_fit(measured: dict[str, Any], shells: ShellTable) -> GuinierFit:
    with np.errstate(divide="ignore", invalid="ignore"):
        original = np.log(shells.rms_amplitude)
        weighted = original + np.log(shells.c_ref)
        sharpened = original + np.log(shells.scale)
    few = measured["guinier_n_shells"] < _FEW_GUINIER_SHELLS
    return GuinierFit(
        b_sharpen=-4 * measured["guinier_slope"],
        slope=measured["guinier_slope"],
        intercept=measured["guinier_intercept"],
        correlation=measured["guinier_correlation"],
        d_low=measured["guinier_d_low"],
        d_high=measured["guinier_d_high"],
        is_poor=bool(few or measured["guinier_correlation"] < _POOR_GUINIER),
        s_squared=shells.s**2,
        ln_original=original,
        ln_weighted=weighted,
        ln_sharpened=sharpened,
    )


def _contour_level(values: FloatMap, measured: dict[str, Any], output_scale: float) -> float:
    # Half of the molecule's region lies inside the surface: a level at which side chains
    # show without noise. Every third point along each axis tells a quantile well enough.
    inside = measured["molecule_fraction"] or 0.5 * measured["mask_fraction"]
    sample = values[::3, ::3, ::3] if values.size > 3_000_000 else values
    share = min(max(0.5 * inside, 1e-4), 0.5)
    # In a map with little or no solvent that would be at or below the mean.
    return max(float(np.quantile(sample, 1 - share)), _LOWEST_CONTOUR * output_scale)


def _warnings(
    options: HalfMapOptions,
    choice: str,
    measured: dict[str, Any],
    shells: ShellTable,
    guinier: GuinierFit,
    crossing: float | None,
) -> Iterator[str]:
    if crossing is None:
        yield (
            "the corrected FSC never falls below 0.143: the half maps may not be independent, "
            "or were masked or low-pass filtered together"
        )
    elif not 0.8 < crossing / options.resolution < 1.25:
        yield (
            f"the half maps agree to {crossing:.2f} Å (FSC 0.143), but resolution="
            f"{options.resolution:g} was given; check the resolution and the voxel size"
        )
    if choice == "automatic" and not measured["mask_is_trustworthy"]:
        yield (
            "the automatic mask does not tell molecule from solvent clearly; look at it, and "
            "give a mask file or mask=False if it is wrong"
        )
    if measured["randomised_from"]:
        at = int(np.searchsorted(shells.s, 1 / (crossing or options.resolution)))
        leaked = shells.fsc_randomised[min(at, len(shells.s) - 1)]
        if leaked > _TIGHT_MASK_FSC:
            yield (
                f"the FSC of phase-randomised half maps is {leaked:.2f} at the resolution: "
                "the mask is too tight or too sharp; use a wider, softer one"
            )
    if measured["guinier_n_shells"] < _FEW_GUINIER_SHELLS:
        yield (
            f"the Guinier plot has only {measured['guinier_n_shells']} shells from "
            f"{guinier.d_low:g} to {guinier.d_high:.3g} Å: the B of an isotropic sharpening is "
            "unreliable"
        )
    elif guinier.is_poor:
        yield (
            "the Guinier plot is not a straight line (correlation "
            f"{guinier.correlation:.2f}): the B of an isotropic sharpening is unreliable"
        )
