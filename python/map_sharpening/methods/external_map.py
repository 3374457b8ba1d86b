"""Global shell scaling of one map to the power of another one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.given import takes_maps
from map_sharpening.maps.grids import (
    as_map,
    as_mask,
    contiguous,
    require_resolution_on_grid,
    require_same_grid,
)
from map_sharpening.maps.map_data import FloatMap, MapData, MapLike
from map_sharpening.maps.shown import Shown
from map_sharpening.methods.shared.contour import (
    recommended_contour,
    region_by_density,
    says_where,
)
from map_sharpening.methods.shared.direction import DirectionalScale, Tensor, directional_scale
from map_sharpening.methods.shared.option_groups import OUTPUT_SCALE
from map_sharpening.methods.shared.shell_scaling import amplitude_ratio
from map_sharpening.methods.shared.soft_masks import masked_coefficients, whole_box_taper
from map_sharpening.methods.shared.stages import Stages

_TENSOR_FROM = 0.1  #: 1/Å; below, a molecule's shape shows
_POOR_CORRELATION = 0.3  #: mean over shells to the resolution


@dataclass(frozen=True)
class ExternalShellTable:
    """One value per resolution shell of equal width in s, to d_min; NaN where it is empty."""

    s: FloatArray  #: middle of the shell, 1/Å
    d: FloatArray  #: 1 / s, Å
    n_terms: npt.NDArray[np.int64]  #: Fourier terms, Friedel mates counted once
    correlation: FloatArray  #: of the two maps
    rms_amplitude: FloatArray  #: of the map
    rms_external: FloatArray  #: of the external map
    scale: FloatArray  #: radial mean of the factors applied, on the output's scale


@dataclass(frozen=True, repr=False)
class ExternalMapResult(Shown):
    """All that a run of `sharpen_by_external_map` found."""

    sharpened: MapData  #: mean 0, SD 1 (times output_scale_factor)
    shells: ExternalShellTable
    resolution: float  #: Å, as given
    d_min: float  #: Å, finest term kept
    relative_b: Tensor | None  #: traceless B, exp(-s B s / 4), of the factors; None: isotropic
    directional_scale: DirectionalScale
    contour_level: float  #: recommended, in units of the sharpened map
    warnings: tuple[str, ...]
    seconds: dict[str, float]  #: time by stage


@takes_maps("full_map", "external_map", "mask")
def sharpen_by_external_map(
    full_map: MapLike,
    external_map: MapLike,
    *,
    resolution: float,
    voxel_size: float | tuple[float, float, float] | None = None,
    mask: MapLike | None = None,
    anisotropic: bool = True,
    n_bins: int | None = None,
    wrapping: bool = False,
    output_scale_factor: float = 1.0,
    threads: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> ExternalMapResult:
    """Bring the power of a map, by shell and direction, to that of an external map.

    Every coefficient is multiplied by the ratio of the two maps' rms amplitudes in its shell,
    times the exponential of one traceless tensor that removes differences between directions.
    Phases stay. Noise and signal are not distinguished here: the external map has to do that.

    Parameters
    ----------
    full_map, external_map : MapData, path or array_like, shape (z, y, x)
        Map to scale and map to follow, on one grid; arrays need `voxel_size`.
    resolution : float
        Nominal resolution in Å. Terms finer than 0.833 of it (or the Nyquist limit) are
        left out.
    voxel_size : float or (float, float, float), optional
        Grid spacing in Å (x, y, z) of arrays; not for MapData.
    mask : MapData, path or array_like, optional
        Where the power is measured, values 0 to 1; by default the whole box, tapered.
    anisotropic : bool
        Let the factors depend on direction.
    n_bins : int, optional
        Number of resolution shells; by default one reciprocal-lattice spacing each.
    wrapping : bool
        The maps fill a crystal's unit cell: their faces are not tapered.
    output_scale_factor : float
        Standard deviation of the scaled map; its mean is 0.
    threads : int
        0 means all. The result does not depend on it.
    progress : callable, optional
        Called as ``progress(stage, done)``, done from 0 to 1.

    Returns
    -------
    ExternalMapResult

    Raises
    ------
    ParameterError
        If a parameter is out of range, or finer than the Nyquist limit.
    GridMismatchError
        If the maps differ in shape, cell or position.
    MapValueError
        If a map has no density in the mask.
    """
    source = as_map(full_map, voxel_size, "full_map")
    external = as_map(external_map, voxel_size, "external_map")
    require_same_grid(source, external)
    require_resolution_on_grid(source, resolution, periodic=wrapping)
    if n_bins is not None and n_bins < 1:
        raise ParameterError(f"n_bins is {n_bins}; expected at least 1 shell, or None")
    if not OUTPUT_SCALE.holds(output_scale_factor):
        raise ParameterError(
            f"output_scale_factor is {output_scale_factor}; expected {OUTPUT_SCALE.expected}"
        )
    stages = Stages(progress)
    grid = FourierGrid.of_map(source, resolution, threads)
    stages.tell("statistics", 0.0)
    weights, doubts = _weights(source, mask, resolution, wrapping, threads)
    sums = _sums(source, external, weights, grid, n_bins, anisotropic)
    tensor = None if sums.by_direction is None else _relative_b(sums, sums.by_direction)
    factors = _factors(sums, tensor, grid)
    stages.tell("scale", 0.6)
    scaled, variance = grid.scaled(_core.forward_transform(contiguous(source), threads), factors)
    to_output = output_scale_factor / math.sqrt(variance)
    values = grid.map_of(scaled)
    values *= np.float32(to_output)
    seconds = stages.finished()

    shells = _shell_table(sums, factors, to_output)
    directional = directional_scale(factors, shells.s, len(shells.s))
    given = weights if mask is not None else None
    is_by_mask = given is not None and says_where(given)
    region = given
    if not is_by_mask:
        region = region_by_density(source, resolution, periodic=wrapping, threads=threads)
        if region is not None and given is not None:
            region = np.minimum(region, given)
    contour = recommended_contour(values, region, resolution, threads)
    return ExternalMapResult(
        sharpened=source.with_values(values, "sharpened map"),
        shells=shells,
        resolution=resolution,
        d_min=grid.d_min,
        relative_b=tensor,
        directional_scale=replace(directional, scale=directional.scale * to_output),
        contour_level=contour.level,
        warnings=(
            *doubts,
            *_warnings(shells, resolution),
            *contour.warnings("the mask" if is_by_mask else "the region of the molecule"),
        ),
        seconds=seconds,
    )


def _weights(
    source: MapData, mask: MapLike | None, resolution: float, wrapping: bool, threads: int
) -> tuple[FloatMap | None, list[str]]:
    if mask is not None:
        given, warnings = as_mask(mask, source)
        return contiguous(given), warnings
    return None if wrapping else whole_box_taper(source, resolution, threads), []


def _sums(
    source: MapData,
    external: MapData,
    weights: FloatMap | None,
    grid: FourierGrid,
    n_bins: int | None,
    anisotropic: bool,
) -> _core.PowerSums:
    n_shells = n_bins or grid.n_shells
    width = (1 + 1e-6) / grid.d_min / n_shells
    of_map, of_external = (
        masked_coefficients(each, weights, "mean", grid.threads) for each in (source, external)
    )
    sums = grid.power_sums(of_map, of_external, width, n_shells, anisotropic)
    for power, which in ((sums.auto_1, source), (sums.auto_2, external)):
        if not power.any():
            raise MapValueError(
                f"{which.name} has no density in terms to {grid.d_min:.2f} Å; give a map with "
                "density in it"
            )
    return sums


def _relative_b(sums: _core.PowerSums, by: _core.DirectionalSums) -> Tensor:
    """Fit a traceless tensor to the ratio of amplitudes by direction over that by shell."""
    sound = (by.n_terms > 0) & (by.auto_1 > 0) & (by.auto_2 > 0)
    sound &= (sums.s > _TENSOR_FROM)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.sqrt(by.auto_2 / by.auto_1)
        of_shell = np.sqrt(sums.auto_2 / sums.auto_1)
        relative = np.where(sound, ratio / of_shell[:, None], 1.0)
    fit = _core.fit_anisotropic_b(
        np.ascontiguousarray(relative), np.where(sound, by.n_terms, 0.0), sums.width
    )
    b = np.array(fit.b)
    b[:3] -= b[:3].mean()
    return Tensor.of(b, fit.standard_error)


def _factors(
    sums: _core.PowerSums, tensor: Tensor | None, grid: FourierGrid
) -> _core.ScaleFactors:
    filled = sums.n_terms > 0
    s, n = sums.s[filled], sums.n_terms[filled]
    power = sums.auto_1
    b = [0.0] * 6
    if tensor is not None and sums.by_direction is not None:
        # The table must not repeat the tensor's effect on a shell's power.
        b = list(tensor.values)
        _, _, moments = _core.directions()
        doubled = np.array(b) * np.array([1, 1, 1, 2, 2, 2])
        fall_off = np.exp(-0.5 * np.outer(sums.s**2, moments @ doubled))
        power = np.sum(sums.by_direction.auto_1 * fall_off, axis=1)
    ratio = amplitude_ratio(np.sqrt(sums.auto_2[filled] / n), np.sqrt(power[filled] / n))
    table_s = np.linspace(0, 1 / grid.d_min, 4 * len(sums.s) + 1)
    gain = np.exp(np.interp(table_s**2, s**2, np.log(ratio)))
    return _core.ScaleFactors(float(table_s[1]), [float(v) for v in gain / gain.max()], gain_b=b)


def _shell_table(
    sums: _core.PowerSums, factors: _core.ScaleFactors, to_output: float
) -> ExternalShellTable:
    scale = np.array([factors.radial_mean(s) for s in sums.s]) * to_output
    with np.errstate(divide="ignore", invalid="ignore"):
        return ExternalShellTable(
            s=sums.s,
            d=1 / sums.s,
            n_terms=np.round(sums.n_terms).astype(np.int64),
            correlation=sums.cross / np.sqrt(sums.auto_1 * sums.auto_2),
            rms_amplitude=np.sqrt(sums.auto_1 / sums.n_terms),
            rms_external=np.sqrt(sums.auto_2 / sums.n_terms),
            scale=np.where(sums.n_terms > 0, scale, np.nan),
        )


def _warnings(shells: ExternalShellTable, resolution: float) -> Iterator[str]:
    inner = (shells.s < 1 / resolution) & np.isfinite(shells.correlation)
    mean = float(np.mean(shells.correlation[inner])) if inner.any() else 0.0
    if mean < _POOR_CORRELATION:
        yield (
            f"the external map does not look like the map (mean correlation {mean:.2f} to "
            f"{resolution:g} Å); check that it is the same molecule in the same place"
        )
