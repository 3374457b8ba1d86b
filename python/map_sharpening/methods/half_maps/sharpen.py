"""Shell sharpening of two half maps, global or local."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.checks.disturbances import (
    cautions_of_disturbances,
    cautions_of_shared_noise,
)
from map_sharpening.maps.checks.values_of_halves import cautions_of_values
from map_sharpening.maps.given import takes_maps
from map_sharpening.maps.grids import (
    as_half_maps,
    as_map,
    contiguous,
    is_auto,
    require_resolution_on_grid,
    require_same_grid,
)
from map_sharpening.maps.map_data import FloatMap, MapData, MapLike, NewArray
from map_sharpening.maps.mask_like import cautions_of_mask
from map_sharpening.methods.half_maps.cautions import cautions_of_kind
from map_sharpening.methods.half_maps.from_core import half_map_result
from map_sharpening.methods.half_maps.options import HalfMapOptions
from map_sharpening.methods.half_maps.resolution import choice_of_mask, resolution_of_half_maps
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.half_maps.symmetry import require_one_group
from map_sharpening.methods.shared.option_groups import GIVEN, all_of_kind, given_options
from map_sharpening.methods.shared.pair_checks import (
    caution_of_offset,
    caution_of_pair,
    require_common_signal,
    require_mean_of_halves,
    why_no_pair,
)
from map_sharpening.methods.shared.stages import Stages
from map_sharpening.methods.shared.windows import (
    LocalFilter,
    WindowFilter,
    WindowMaps,
    require_windows_fit,
)
from map_sharpening.methods.shared.work_arrays import exact_arrays
from map_sharpening.molecule.ncs import NcsGroup

if TYPE_CHECKING:
    from map_sharpening.methods.half_maps.density_modification import DensityModification

Halves = tuple[MapData, MapData]  #: the two half maps of a pair

#: Times the resolution given: half maps that agree only to that are examined for the cause.
_MUCH_COARSER = 1.25
_OF_SEARCH = ("randomise_phases_beyond", "wrapping", "threads")  #: options that it heeds too


@takes_maps("half_1", "half_2", "full_map", "mask")
def sharpen_half_maps(
    half_1: MapLike,
    half_2: MapLike,
    options: HalfMapOptions | None = None,
    *,
    voxel_size: float | tuple[float, float, float] | None = None,
    full_map: MapLike | None = None,
    mask: MapLike | str | bool | None = "auto",
    ncs: Sequence[NcsGroup] = (),
    progress: Callable[[str, float], None] | None = None,
    filter_windows: Callable[[WindowFilter, WindowMaps], LocalFilter] | None = None,
    new_array: NewArray | None = None,
    **keywords: Any,
) -> HalfMapResult:
    """Sharpen the mean of two half maps by the signal that their agreement supports.

    Inside a soft molecular mask the power S of the signal and N of the noise are estimated
    from ``Re(F1 conj F2)`` and ``|F1 - F2|²``, each as a smooth curve times one traceless
    tensor, and every coefficient is multiplied by ``ideal sqrt(S) / (S + N)``: the factor
    ``1 / (1 + E²)`` of its expected error E on top of an ideal fall-off. The map that
    results has the highest expected correlation with an ideal one (Terwilliger et al. 2020,
    Acta Cryst. D76, 912; Rosenthal & Henderson 2003, J. Mol. Biol. 333, 721).

    With `local_sharpen`, the maps so made are filtered once more in overlapping windows: each
    is given the factor that its own signal, fall-off and noise ask for, relative to those of
    the whole map. Rigid parts gain detail, flexible parts lose noise, and the solvent fades.
    The half maps get the same filter, which was found from both: their FSC afterwards says
    nothing about resolution.

    Parameters
    ----------
    half_1, half_2 : MapData, path or array_like, shape (z, y, x)
        Independent half maps, unfiltered, unmasked, unsharpened. Arrays need `voxel_size`.
    options : HalfMapOptions, optional
        By default made of keywords.
    voxel_size : float or (float, float, float), optional
        Grid spacing in Å (x, y, z) of arrays; not for MapData.
    full_map : MapData, path or array_like, optional
        Map to sharpen; by default the mean of the halves, from which it may differ only a little.
    mask : "auto", False, None, MapData, path or array_like
        Where the statistics are taken: a soft molecular mask made from the halves, the
        whole box (False or None), or values 0 to 1 on the maps' grid.
    ncs : sequence of NcsGroup
        For density modification: one group of the molecule's copies that the half maps were
        reconstructed without, in the frame of the maps; `read_ncs` reads them. A group that is
        not closed, such as a helix, needs the copies' centres.
    progress : callable, optional
        Called as ``progress(stage, done)``, done from 0 to 1.
    filter_windows : callable, optional
        Filters all windows of local sharpening in place of this function, perhaps on other
        machines; it returns what `WindowFilter.filter` does.
    new_array : callable, optional
        Called as ``new_array(shape, dtype)`` for each array of the maps' size that is returned
        or worked in, at most eight at once, eleven with `ncs`; by default they are in memory. It
        returns a writable array of that shape and dtype in C order. For maps larger than the
        memory, ``ScratchFolder(path).new_array`` makes them in files.
    **keywords
        Fields of `HalfMapOptions`; resolution is required. ``resolution="auto"``: what
        `resolution_of_half_maps` finds.

    Returns
    -------
    HalfMapResult
        Maps, curves, tensors and factors.

    Raises
    ------
    ParameterError
        If a parameter is out of range, or finer than the Nyquist limit, or `ncs` is more than one
        group, or one without the centres that it needs.
    GridMismatchError
        If the maps differ in shape, cell or position.
    MapValueError
        If the half maps are the same map, constant, or hold no common signal, or the full map
        is mirrored, shifted, inverted or another map.
    TypeError
        If `new_array` returns anything but such an array.
    Exception
        What `progress`, `filter_windows` and `new_array` raise, unchanged.
    """
    halves = as_half_maps(half_1, half_2, voxel_size)
    first, second = halves
    options, resolution_how, warnings = _options_of(
        halves, options, keywords, mask, voxel_size, new_array
    )
    groups = all_of_kind("ncs", ncs, NcsGroup)
    warnings += _cautions_of_symmetry(groups, options)
    warnings += cautions_of_values(halves)
    full = None if full_map is None else as_map(full_map, voxel_size, "full_map")
    require_resolution_on_grid(first, options.resolution)
    if full is not None:
        full = _on_scale_of_halves(full, halves, options, warnings)
    require_windows_fit(first, options)
    choice, given, of_mask = choice_of_mask(mask, first, voxel_size)
    doubts = [] if given is None else cautions_of_mask(given, halves, options.resolution)
    warnings += [*of_mask, *doubts]
    arrays = None if new_array is None else exact_arrays(new_array)
    weights: FloatMap = (arrays or np.empty)(first.values.shape, np.dtype(np.float32))
    if given is not None:
        weights[...] = given.values
    stages = Stages(progress)
    try:
        made = _core.sharpen_half_maps(
            contiguous(first),
            contiguous(second),
            None if full is None else contiguous(full),
            weights,
            first.box.parameters(),
            options.for_core(choice),
            filter_windows=_window_filtering(first, options, filter_windows),
            sharpen_halves=options.sharpen_all_maps or options.density_modification,
            new_array=arrays,
            progress=stages.tell,
        )
    except _core.UnusableDataError as error:
        raise MapValueError(_fault_of_pair(halves, given, doubts, options, error)) from error
    result = half_map_result(first, second, options, choice, weights, made, stages.seconds, arrays)
    warnings += _cautions_of_agreement(
        result, made.found, halves, options, is_masked=given is not None
    )
    # The search for the resolution warns about the mask as well.
    warnings = [*dict.fromkeys(warnings)]
    result = replace(result, resolution_how=resolution_how, warnings=tuple(warnings))
    if options.density_modification:
        stages.tell("density modification", 1.0)
        return _with_modified_density(
            result, halves, options, weights, arrays, ncs=groups, is_mean=full is None
        )
    return result


def _options_of(
    halves: Halves,
    options: HalfMapOptions | None,
    keywords: dict[str, Any],
    mask: MapLike | str | bool | None,
    voxel_size: float | tuple[float, float, float] | None,
    new_array: NewArray | None,
) -> tuple[HalfMapOptions, str, list[str]]:
    """Return the options given, how their resolution was found if it was "auto", and warnings."""
    resolution_how, warnings = GIVEN, list[str]()
    if options is None and is_auto(keywords.get("resolution")):
        agreed = resolution_of_half_maps(
            *halves,
            voxel_size=voxel_size,
            mask=mask,
            new_array=new_array,
            **{name: keywords[name] for name in _OF_SEARCH if name in keywords},
        )
        keywords = {**keywords, "resolution": agreed.resolution}
        resolution_how, warnings = agreed.why, [*agreed.warnings]
    return given_options(HalfMapOptions, options, keywords), resolution_how, warnings


def _cautions_of_symmetry(groups: Sequence[NcsGroup], options: HalfMapOptions) -> list[str]:
    if groups and not options.density_modification:
        return ["ncs has no effect without density_modification: the symmetry isn't used"]
    if groups and require_one_group(groups).copies == 1:
        return ["ncs describes one copy only: there is nothing to average"]
    return []


def _on_scale_of_halves(
    full: MapData, halves: Halves, options: HalfMapOptions, warnings: list[str]
) -> MapData:
    """Check that a full map is the mean of the halves, and bring it to their scale."""
    require_same_grid(halves[0], full)
    check = require_mean_of_halves(full, halves, options.resolution, options.threads)
    warnings += check.warnings
    if check.scale == 1:
        return full
    # Half maps are given the factors of the full map: they come out on its scale.
    return full.with_values(full.values / np.float32(check.scale), full.name)


def _fault_of_pair(
    halves: Halves,
    mask: MapData | None,
    doubts: list[str],
    options: HalfMapOptions,
    error: _core.UnusableDataError,
) -> str:
    """Say why two half maps can't be used; the core knows only their roles, not their names."""
    cause = why_no_pair(*halves, options.resolution)
    if cause is None and mask is not None:
        return _fault_of_mask(mask, halves, doubts)
    return f"{halves[0].name} and {halves[1].name}: {cause or error}"


def _cautions_of_agreement(
    result: HalfMapResult,
    found: _core.HalfMapFindings,
    halves: Halves,
    options: HalfMapOptions,
    *,
    is_masked: bool,
) -> list[str]:
    """Name what keeps half maps from agreeing as they should, round the result's warnings."""
    reached, cause = result.resolution_0143, None
    if reached is not None and reached > _MUCH_COARSER * options.resolution:
        cause = caution_of_pair(*halves, options.resolution)
        if not is_masked:  # in a mask there may be signal that is lost in the box
            shells = result.shells
            n = int(np.searchsorted(shells.s, 1 / options.resolution))
            names = (halves[0].name, halves[1].name)
            require_common_signal(names, shells.fsc_unmasked[:n], shells.n_terms[:n], cause)
    if cause is not None:
        cautions = [cause]
    else:
        cautions = caution_of_offset(*halves, options.resolution, options.threads)
    cautions += _cautions_of_sampling(halves[0], options.resolution, reached)
    shared: list[str] = []
    # Outside of a mask that was given there may be more of the molecule.
    if reached is None and result.mask is not None and not is_masked:
        shared = cautions_of_shared_noise(*halves, result.mask)
    return [
        *cautions,
        *shared,
        *cautions_of_disturbances(*halves),
        *result.warnings,
        *cautions_of_kind(options, found, share_noise=bool(shared)),
    ]


def _cautions_of_sampling(half: MapData, given: float, reached: float | None) -> list[str]:
    """Say that a header counts more points along the cell than there are, if that is the cause."""
    ratios = [m / n for m, n in zip(half.position.sampling, half.shape[::-1], strict=True)]
    of_resolution = given / reached if reached else 1.0
    if len({*ratios}) > 1 or abs(of_resolution / ratios[0] - 1) > 0.25 or ratios[0] < 1.5:
        return []
    step = half.voxel_size[0] * ratios[0]
    return [
        f"{half.name} has MX, MY, MZ {ratios[0]:g} times its numbers of points, as a part of a "
        "box has; if it is the whole box, its voxels are that much larger, which also "
        f"explains the resolution: give voxel_size={step:.4g}"
    ]


def _fault_of_mask(mask: MapData, halves: Halves, doubts: list[str]) -> str:
    """Say that two half maps have nothing in common where a mask is 1, and what the mask lacks."""
    names = f"{halves[0].name} and {halves[1].name}"
    what = f"{names} hold no common signal inside {mask.name}"
    if doubts:
        return f"{what}: {doubts[0]}"
    return (
        f"{what}; check that they are halves of one reconstruction in the same place, and that "
        "the mask is 1 where the molecule is; without mask one is made from the half maps"
    )


def _with_modified_density(
    result: HalfMapResult,
    halves: Halves,
    options: HalfMapOptions,
    weights: FloatMap,
    arrays: NewArray | None,
    *,
    ncs: Sequence[NcsGroup],
    is_mean: bool,
) -> HalfMapResult:
    from map_sharpening.methods.half_maps.density_modification import modified_density

    half_1, half_2 = result.sharpened_half_1, result.sharpened_half_2
    assert half_1 is not None
    assert half_2 is not None
    region = weights
    if result.mask is None:
        from map_sharpening.methods.shared.soft_masks import half_map_mask

        region = half_map_mask(half_1, half_2, options.resolution, threads=options.threads)
    modification = modified_density(
        result.sharpened,
        half_1,
        half_2,
        region,
        resolution=options.resolution,
        d_min=result.d_min,
        is_mean=is_mean,
        # Beyond the end of filtered half maps there is nothing to judge by.
        unsharpened=halves if result.data_end is None else None,
        ncs=ncs,
        threads=options.threads,
        new_array=arrays,
    )
    are_wanted = options.sharpen_all_maps
    return replace(
        result,
        sharpened_half_1=half_1 if are_wanted else None,
        sharpened_half_2=half_2 if are_wanted else None,
        modification=modification,
        warnings=(*result.warnings, *modification.warnings),
        seconds={**result.seconds, "density modification": modification.seconds},
    )


def modify_density(
    half_1: MapLike, half_2: MapLike, options: HalfMapOptions | None = None, **keywords: Any
) -> DensityModification:
    """Sharpen two half maps and modify their density, each half judged by the other.

    For building and looking: at one resolution the map shows more of the molecule than any
    filter can. It says nothing about resolution, and is no map to deposit as the primary one
    without saying how it was made. The method stands in docs/background/method.md.

    Parameters
    ----------
    half_1, half_2 : MapData, path or array_like, shape (z, y, x)
        As of `sharpen_half_maps`.
    options : HalfMapOptions, optional
        By default made of keywords, with `local_sharpen` on.
    **keywords
        As of `sharpen_half_maps`.

    Returns
    -------
    DensityModification
        The modified map, what was added to the sharpened one, and the evidence by shell, with
        the warnings of the sharpening too.

    Raises
    ------
    MapSharpeningError
        As `sharpen_half_maps`, or if the maps hold no common signal inside the mask.
    """
    if options is None:
        keywords = {"local_sharpen": True, "density_modification": True, **keywords}
    else:
        options = replace(options, density_modification=True)
    result = sharpen_half_maps(half_1, half_2, options, **keywords)
    if result.modification is None:
        raise ParameterError(
            "density_modification is False; expected True, or call sharpen_half_maps"
        )
    return replace(result.modification, warnings=result.warnings)


def _window_filtering(
    first: MapData,
    options: HalfMapOptions,
    filter_windows: Callable[[WindowFilter, WindowMaps], LocalFilter] | None,
) -> Callable[..., LocalFilter] | None:
    """Return the function that the core calls for its windows; None: it filters them itself."""
    if filter_windows is None:
        return None

    def filtered(
        *, expected: _core.SharpenedPower, options: _core.LocalOptions, **maps: Any
    ) -> LocalFilter:
        place = (first.values.shape, first.box.parameters(), resolution)
        return filter_windows(WindowFilter(*place, expected, options), WindowMaps(**maps))

    resolution = options.resolution
    return filtered
