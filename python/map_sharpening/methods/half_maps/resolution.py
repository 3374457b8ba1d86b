"""The resolution to which two half maps agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import MapValueError
from map_sharpening.maps.checks.disturbances import cautions_of_disturbances
from map_sharpening.maps.checks.values_of_halves import cautions_of_values
from map_sharpening.maps.given import takes_maps
from map_sharpening.maps.grids import as_half_maps, contiguous, given_mask, is_auto
from map_sharpening.maps.map_data import FloatMap, MapData, MapLike, NewArray
from map_sharpening.methods.half_maps.options import HalfMapOptions
from map_sharpening.methods.shared.pair_checks import why_no_pair
from map_sharpening.methods.shared.work_arrays import exact_arrays


@dataclass(frozen=True)
class AgreedResolution:
    """The resolution to which half maps agree."""

    resolution: float  #: Å
    tried: tuple[float, ...]  #: Å, that masks were made for, in order
    warnings: tuple[str, ...]  #: why it is unsure
    is_crossing: bool = True  #: the FSC falls to 0.143; else this is the Nyquist limit

    @property
    def why(self) -> str:
        """Where this resolution lies on the FSC."""
        if self.is_crossing:
            return "where the half maps' FSC falls to 0.143"
        return "the Nyquist limit, as the half maps' FSC doesn't fall to 0.143"

    def __str__(self) -> str:
        return f"{self.resolution:.2f} Å"


@takes_maps("half_1", "half_2", "mask")
def resolution_of_half_maps(
    half_1: MapLike,
    half_2: MapLike,
    *,
    voxel_size: float | tuple[float, float, float] | None = None,
    mask: MapLike | str | bool | None = "auto",
    randomise_phases_beyond: float | None = None,
    wrapping: bool = False,
    threads: int = 0,
    new_array: NewArray | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> AgreedResolution:
    """Find where the corrected FSC of two half maps falls to 0.143.

    The automatic mask depends on the resolution: the search starts from the FSC without a
    mask, and continues until the mask of a resolution gives this resolution again.

    Parameters
    ----------
    half_1, half_2, voxel_size, mask, new_array, progress
        As for `sharpen_half_maps`.
    randomise_phases_beyond, wrapping, threads
        As in `HalfMapOptions`.

    Returns
    -------
    AgreedResolution
        Rounded to 0.01 Å; its warnings are those of `sharpen_half_maps` on the half maps' values,
        too.

    Raises
    ------
    ParameterError
        If a parameter is out of range.
    GridMismatchError
        If the maps differ in shape, cell or position.
    MapValueError
        If the half maps are the same map or constant, or agree nowhere.
    """
    first, second = as_half_maps(half_1, half_2, voxel_size)
    choice, given, warnings = choice_of_mask(mask, first, voxel_size)
    warnings += cautions_of_values((first, second))
    warnings += cautions_of_disturbances(first, second)
    options = HalfMapOptions(
        resolution=_finest(first),
        randomise_phases_beyond=randomise_phases_beyond,
        wrapping=wrapping,
        threads=threads,
    )
    found = agreed_resolution(first, second, choice, given, options, new_array, progress)
    return replace(found, warnings=(*warnings, *found.warnings))


def agreed_resolution(
    first: MapData,
    second: MapData,
    choice: _core.MaskChoice,
    given: MapData | None,
    options: HalfMapOptions,
    new_array: NewArray | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> AgreedResolution:
    """Find the resolution of half maps that have been checked; see `resolution_of_half_maps`.

    Of the options those count that are its parameters. `given` is the mask, if there is one.
    """
    warnings: list[str] = []
    arrays = None if new_array is None else exact_arrays(new_array)
    weights: FloatMap = (arrays or np.empty)(first.values.shape, np.dtype(np.float32))
    if given is not None:
        weights[...] = given.values
    finest = _finest(first)
    try:
        found = _core.resolution_of_half_maps(
            contiguous(first),
            contiguous(second),
            weights,
            first.box.parameters(),
            options.for_core(choice),
            new_array=arrays,
            progress=progress,
        )
    except _core.UnusableDataError as error:
        # Finer terms are noise in most maps.
        cause = why_no_pair(first, second, 2 * finest)
        cause = cause or (
            f"{error}; check that they are halves of one reconstruction, or give resolution in Å"
        )
        raise MapValueError(f"{first.name} and {second.name}: {cause}") from error
    resolution = max(round(found.resolution, 2), finest)
    if not found.is_crossing:
        warnings.append(
            f"the resolution can't be found from {first.name} and {second.name}: their FSC never "
            f"falls to 0.143; the Nyquist limit is taken, {finest:.2f} Å; check that they are "
            "independent, and give resolution in Å"
        )
    elif not found.is_stable:
        tried = ", ".join(f"{d:.2f}" for d in found.tried)
        warnings.append(
            f"the resolution of {first.name} and {second.name} depends on the mask that it makes: "
            f"{tried} Å were tried, and {resolution:.2f} Å is taken; give a mask, or resolution "
            "in Å"
        )
    return AgreedResolution(resolution, tuple(found.tried), tuple(warnings), found.is_crossing)


def _finest(map_data: MapData) -> float:
    """Return the finest resolution (Å) that a grid can hold."""
    return _core.finest_spacing(map_data.values.shape, map_data.box.parameters(), 1e-3)


def choice_of_mask(
    mask: MapLike | str | bool | None,
    like: MapData,
    voxel_size: float | tuple[float, float, float] | None,
) -> tuple[_core.MaskChoice, MapData | None, list[str]]:
    """Return the core's choice of mask, the mask that was given, and warnings about it."""
    given, warnings = given_mask(mask, like, voxel_size)
    if given is not None:
        return _core.MaskChoice.given, given, warnings
    choice = _core.MaskChoice.automatic if is_auto(mask) else _core.MaskChoice.whole_box
    return choice, None, warnings
