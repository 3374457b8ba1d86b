"""Local resolution of two half maps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.checks.disturbances import cautions_of_disturbances
from map_sharpening.maps.checks.values_of_halves import cautions_of_values
from map_sharpening.maps.given import takes_maps
from map_sharpening.maps.grids import (
    as_half_maps,
    contiguous,
    is_auto,
    relative_scale,
    require_other_values,
    require_resolution_on_grid,
)
from map_sharpening.maps.map_data import FloatMap, MapData, MapLike, NewArray
from map_sharpening.methods.half_maps.options import HalfMapOptions
from map_sharpening.methods.half_maps.resolution import agreed_resolution, choice_of_mask
from map_sharpening.methods.local_resolution.options import LocalResolutionOptions
from map_sharpening.methods.local_resolution.result import (
    INSIDE,
    LocalResolutionLattice,
    LocalResolutionResult,
    summarise,
)
from map_sharpening.methods.local_resolution.spheres import Spheres, SphereSpectra
from map_sharpening.methods.shared.option_groups import given_options
from map_sharpening.methods.shared.pair_checks import caution_of_offset, caution_of_scale
from map_sharpening.methods.shared.work_arrays import exact_arrays

_Transforms = tuple[npt.NDArray[np.complex64], npt.NDArray[np.complex64]]

#: Diameter of the soft spheres over the resolution: the smallest in which the local FSC at the
#: resolution has enough terms for a few hundredths of an Å.
_WINDOW_BY_RESOLUTION = 15.0
#: Times the diameter by the resolution found from which spheres are too wide.
_MUCH_WIDER = 1.25


@takes_maps("half_1", "half_2", "mask")
def local_resolution(
    half_1: MapLike,
    half_2: MapLike,
    options: LocalResolutionOptions | None = None,
    *,
    voxel_size: float | tuple[float, float, float] | None = None,
    mask: MapLike | str | bool | None = "auto",
    progress: Callable[[str, float], None] | None = None,
    measure: Callable[[Spheres], SphereSpectra] | None = None,
    new_array: NewArray | None = None,
    **keywords: Any,
) -> LocalResolutionResult:
    """Measure the local resolution of two half maps everywhere inside a mask.

    In soft spheres on a regular lattice, signal and noise powers are summed in resolution
    shells and smoothed along them, weighted by the number of terms. The resolution is where
    their correlation first falls below `threshold` (Cardone et al. 2013, J. Struct. Biol.
    184, 226), with two corrections: a sphere smears the spectrum by about 0.6 / window and
    holds places of unequal resolution, which would make sharp ends look finer than they are;
    and solvent in it dilutes the signal, which would make surfaces look worse. Between the
    spheres the map is a cubic B-spline.

    Parameters
    ----------
    half_1, half_2 : MapData, path or array_like, shape (z, y, x)
        Independent half maps, unfiltered, unmasked, unsharpened. Arrays need `voxel_size`.
    options : LocalResolutionOptions, optional
        By default made of keywords.
    voxel_size : float or (float, float, float), optional
        Grid spacing in Å (x, y, z) of arrays; not for MapData.
    mask : "auto", False, None, MapData, path or array_like
        Where to measure: a soft molecular mask made from the halves, the whole box (False
        or None), or values 0 to 1 on the maps' grid. Outside, where it is below 0.5, the map
        holds the coarse limit.
    progress : callable, optional
        Called as ``progress(stage, done)``, done from 0 to 1.
    measure : callable, optional
        Measures all spheres in place of this function, perhaps on other machines.
    new_array : callable, optional
        Makes the array of the map, see `sharpen_half_maps`.
    **keywords
        Fields of `LocalResolutionOptions`; ``resolution="auto"`` is the default.

    Returns
    -------
    LocalResolutionResult
        The map, what was measured on the lattice, and statistics inside the mask. Values
        are clipped to the Nyquist limit and to the coarsest resolution that a sphere can
        show, about 0.27 windows; both are stated.

    Raises
    ------
    ParameterError
        If a parameter is out of range, or the window does not fit into the box.
    GridMismatchError
        If the maps differ in shape, cell or position.
    MapValueError
        If the half maps are the same map, agree nowhere, or the mask is empty.
    TypeError
        If `new_array` returns anything but such an array.
    Exception
        What `progress` and `new_array` raise, unchanged.
    """
    started = time.perf_counter()
    if is_auto(keywords.get("resolution")):
        del keywords["resolution"]
    options = given_options(LocalResolutionOptions, options, keywords)
    resolution, threads = options.resolution, options.threads
    first, second = as_half_maps(half_1, half_2, voxel_size)
    _require_independent(first, second)
    if resolution is not None:
        require_resolution_on_grid(first, resolution)
    choice, given, warnings = choice_of_mask(mask, first, voxel_size)
    scale = relative_scale(first, second)
    warnings += caution_of_scale((first.name, second.name), scale)
    warnings += cautions_of_values((first, second))
    warnings += cautions_of_disturbances(first, second)
    weights = None if given is None else contiguous(given)
    is_automatic = choice == _core.MaskChoice.automatic
    if progress is not None and (is_automatic or resolution is None):
        progress("transforms", 0.0)
    if resolution is None:
        of_pair = HalfMapOptions(first.nyquist, wrapping=options.wrapping, threads=threads)
        agreed = agreed_resolution(first, second, choice, given, of_pair, new_array)
        resolution = agreed.resolution
        warnings += agreed.warnings
    if is_automatic:
        transforms = _transforms_of(first, second, threads)
        weights = _automatic_mask(first, transforms, resolution, warnings, threads)
        del transforms
    warnings += caution_of_offset(first, second, resolution, threads)
    found = measured_resolution(
        first,
        second,
        replace(options, resolution=resolution),
        weights=weights,
        scale=scale,
        progress=progress,
        measure=measure,
        new_array=new_array,
    )
    # Whoever gives arrays has maps that leave no memory for transforms.
    if options.window is None and options.resolution is not None and new_array is None:
        warnings += _caution_of_resolution(found, options.resolution, first, second, options)
    return replace(
        found, warnings=(*warnings, *found.warnings), seconds=time.perf_counter() - started
    )


def _caution_of_resolution(
    found: LocalResolutionResult,
    given: float,
    first: MapData,
    second: MapData,
    options: LocalResolutionOptions,
) -> list[str]:
    """Return a warning if spheres are wider than the data need, which levels differences out.

    Wide spheres bias the median, so it isn't what the resolution is compared with.
    """
    if found.window < _MUCH_WIDER * _window_that_fits(first, None, found.statistics.median):
        return []  # right for most places; large maps are spared the transforms
    agree_to = _agree_to(first, _transforms_of(first, second, options.threads), options)
    if agree_to is None:
        return []
    enough = _window_that_fits(first, None, agree_to)
    if found.window < _MUCH_WIDER * enough:
        return []
    return [
        f"the half maps agree to {agree_to:.2f} Å in the whole box, but resolution={given:g} was "
        f"given: spheres of {found.window:.0f} Å level out differences that those of "
        f"{enough:.0f} Å would show; leave resolution out, so that it is found from the half "
        "maps, or give window"
    ]


def measured_resolution(
    first: MapData,
    second: MapData,
    options: LocalResolutionOptions,
    *,
    weights: FloatMap | None,
    scale: float,
    progress: Callable[[str, float], None] | None = None,
    measure: Callable[[Spheres], SphereSpectra] | None = None,
    new_array: NewArray | None = None,
) -> LocalResolutionResult:
    """Measure the local resolution of half maps that have been checked, as by sharpening them.

    Parameters
    ----------
    first, second : MapData
        The half maps, finite, on one grid.
    options : LocalResolutionOptions
        With a resolution.
    weights : ndarray, shape (z, y, x), or None
        The mask, 0 to 1; None: the whole box.
    scale : float
        How many times larger the second map's values are.
    progress, measure, new_array
        See `local_resolution`.

    Raises
    ------
    ParameterError
        If the window does not fit into the box, or a parameter into the grid.
    MapValueError
        If the mask is empty.
    """
    started = time.perf_counter()
    resolution, threads = options.resolution, options.threads
    if resolution is None:
        raise ParameterError("resolution is None; expected a resolution in Å")
    _require_inside(first, weights)
    window = _window_that_fits(first, options.window, resolution)
    spheres, n_spheres = _spheres_in(first, window, options, scale)
    if measure is None:
        spectra = spheres.measure(
            contiguous(first),
            contiguous(second),
            weights,
            range(n_spheres),
            threads=threads,
            progress=progress,
        )
    else:
        spectra = measure(spheres)
    arrays = np.empty if new_array is None else exact_arrays(new_array)
    values: FloatMap = arrays(first.values.shape, np.dtype(np.float32))
    measured = spheres.resolution(spectra, weights, options.threshold, values, threads=threads)
    if progress is not None:
        progress("local resolution", 1.0)
    limits = (measured.d_min, measured.d_max)
    statistics = summarise(values, weights, limits)
    warnings: list[str] = []
    if measured.n_windows == 1:
        warnings.append(
            f"one sphere of {window:.0f} Å is all that fits in the box, so the local resolution "
            "is a single value for the whole box; use a larger box or a smaller window to "
            "resolve differences"
        )
    doubts = map(statistics.beyond_limit, ("fine", "coarse"), limits)
    warnings += [doubt for doubt in doubts if doubt is not None]
    return LocalResolutionResult(
        map=first.with_values(values, "local resolution"),
        mask=None if weights is None else first.with_values(weights, "mask"),
        lattice=LocalResolutionLattice(measured.lattice, measured.first, measured.spacing),
        statistics=statistics,
        n_windows=measured.n_windows,
        window=window,
        threshold=options.threshold,
        resolution=resolution,
        fine_limit=limits[0],
        coarse_limit=limits[1],
        warnings=tuple(warnings),
        seconds=time.perf_counter() - started,
    )


def _require_inside(first: MapData, weights: FloatMap | None) -> None:
    if weights is not None and not any(np.any(plane >= INSIDE) for plane in weights):
        raise MapValueError(
            f"the mask of {first.name} is nowhere above {INSIDE}: nothing is inside; give "
            "another mask, or mask=False for the whole box"
        )


def _spheres_in(
    first: MapData, window: float, options: LocalResolutionOptions, scale: float
) -> tuple[Spheres, int]:
    """Return the spheres of a map, and how many they are."""
    spheres = Spheres(
        first.values.shape,
        first.box.parameters(),
        window,
        options.step,
        options.wrapping,
        options.finest,
        scale,
    )
    try:
        return spheres, spheres.count
    except ValueError as error:  # no map has been read yet: the numbers contradict each other
        raise ParameterError(f"{first.name}: {error}") from error


def _require_independent(first: MapData, second: MapData) -> None:
    # Plane by plane: a map may be larger than the memory.
    for half in (first, second):
        if not all(np.all(np.isfinite(plane)) for plane in half.values):
            raise MapValueError(f"{half.name} holds NaN or infinity; expected finite values")
    require_other_values(first, second)


def _transforms_of(first: MapData, second: MapData, threads: int) -> _Transforms:
    return (
        _core.forward_transform(contiguous(first), threads),
        _core.forward_transform(contiguous(second), threads),
    )


def _agree_to(
    first: MapData, transforms: _Transforms, options: LocalResolutionOptions
) -> float | None:
    """Return where (Å) the FSC of the whole box falls below the threshold; None: at once."""
    box = first.box
    width = 1 / min(box.a, box.b, box.c)
    n_shells = int(1 / (first.nyquist * width))
    sums = _core.power_sums(
        *transforms, first.values.shape, box.parameters(), width, n_shells, threads=options.threads
    )
    # No power means no agreement; a shell without terms is ignored.
    fsc = np.where(sums.n_terms > 0, np.nan_to_num(sums.fsc), np.nan)
    in_first = float(fsc[np.isfinite(fsc)][0])
    if in_first < options.threshold:
        return None
    return _core.resolution_at(fsc, width, options.threshold) or first.nyquist


def _automatic_mask(
    first: MapData, transforms: _Transforms, resolution: float, warnings: list[str], threads: int
) -> FloatMap:
    mask, known = _core.molecular_mask(
        *transforms,
        first.values.shape,
        first.box.parameters(),
        _core.MolecularMaskOptions.for_resolution(resolution),
        threads,
    )
    if not known.is_trustworthy:
        warnings.append(
            "the automatic mask does not separate molecule and solvent clearly; check it, and "
            "give a mask file or mask=False if it is wrong"
        )
    return mask


def _window_that_fits(first: MapData, window: float | None, resolution: float) -> float:
    if window is not None:
        return window
    largest = _core.largest_window(first.values.shape, first.box.parameters())
    return min(_WINDOW_BY_RESOLUTION * resolution, largest)
