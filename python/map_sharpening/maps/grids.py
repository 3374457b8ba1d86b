"""Checks that maps and masks share a grid and that a grid holds a resolution."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import GridMismatchError, MapValueError, ParameterError
from map_sharpening.maps.checks.plausible import require_size_of_values
from map_sharpening.maps.map_data import FloatMap, MapData, MapLike, MapPosition, PlacedBy

#: By how much a mask's values may overshoot 0 and 1, as they do after resampling.
MASK_OVERSHOOT = 0.2
_LEAST_INSIDE = 0.8  #: highest value of a mask at least, as filters may lower it
_FLOOR = 0.02  #: lowest value of a mask at most
_ROUNDING = 1e-4
_OTHER_CALIBRATION = 0.05  #: share of its edges by which a cell may be scaled wrongly
_MOST_LABELS = 30  #: that a mask of several parts has, each by its own whole number
_SLAB = 32  #: sections that are read at a time
_UNEQUAL_VOXELS = 5  #: longest edge of a voxel over the shortest, in headers that are wrong


def as_map(
    values: MapLike, voxel_size: float | tuple[float, float, float] | None, name: str
) -> MapData:
    """Return a MapData, made from an array and a voxel size if it isn't one yet.

    Raises
    ------
    ParameterError
        If it is no map, or has no voxel size.
    MapValueError
        If its values are too large or too small to calculate with.
    """
    if isinstance(values, MapData):
        if not values.is_looked_over:
            require_size_of_values(values)
        return values
    if not (hasattr(values, "__array__") or isinstance(values, (list, tuple))):
        what = "None" if values is None else f"{values!r:.60} of type {type(values).__name__}"
        raise ParameterError(
            f"{name} is {what}; expected a map: MapData, a path, a map of mrcfile or gemmi, or "
            "an array of shape (z, y, x)"
        )
    if getattr(values, "dtype", None) == np.bool_ and name != "mask":
        raise MapValueError(
            f"{name} holds True and False, as a mask does; expected density; give it as mask, and "
            "the map beside it"
        )
    if voxel_size is None:
        raise ParameterError(
            f"{name} is an array, but voxel_size is not given; pass voxel_size=, in Å"
        )
    made = MapData.from_array(cast("npt.ArrayLike", values), voxel_size, name=name)
    require_size_of_values(made)
    return made


def as_half_maps(
    half_1: MapLike, half_2: MapLike, voxel_size: float | tuple[float, float, float] | None
) -> tuple[MapData, MapData]:
    """Return two half maps on one grid, as `as_map` does each.

    Raises
    ------
    GridMismatchError
        If they differ in shape, cell or position.
    """
    first, second = as_map(half_1, voxel_size, "half_1"), as_map(half_2, voxel_size, "half_2")
    require_same_grid(first, second)
    return first, second


def map_and_halves(
    full_map: MapLike | None,
    half_maps: tuple[MapLike, MapLike] | None,
    voxel_size: float | tuple[float, float, float] | None,
) -> tuple[MapData, tuple[MapData, MapData] | None]:
    """Return the map to sharpen, by default the mean of the half maps, and the half maps.

    Raises
    ------
    ParameterError
        If there is no map, or another number of half maps than two.
    GridMismatchError
        If they differ in shape, cell or position.
    """
    halves = None
    if half_maps is not None:
        if len(half_maps) != 2:
            raise ParameterError(f"half_maps has {len(half_maps)} maps; expected two")
        halves = as_half_maps(*half_maps, voxel_size)
    if full_map is None:
        if halves is None:
            raise ParameterError("there is no map to sharpen; give full_map or half_maps")
        return mean_of_half_maps(*halves), halves
    source = as_map(full_map, voxel_size, "full_map")
    if halves is not None:
        require_same_grid(source, halves[0])
    return source, halves


def contiguous(map_data: MapData) -> FloatMap:
    """Return the values as the core takes them; a copy only if they lie otherwise."""
    return np.ascontiguousarray(map_data.values, dtype=np.float32)


def mean_of_half_maps(
    half_1: MapData, half_2: MapData, was_read: Callable[[], None] = lambda: None
) -> MapData:
    """Return the mean of two maps on one grid and scale, in the place of the first.

    Parameters
    ----------
    was_read : function, optional
        Called after each slab, and before the first: to let go of what was read of the maps.
    """
    scale = relative_scale(half_1, half_2)
    was_read()
    mean = np.empty(half_1.values.shape, dtype=half_1.values.dtype)
    for first in range(0, len(mean), _SLAB):
        slab = slice(first, first + _SLAB)
        second = half_2.values[slab]
        np.add(
            half_1.values[slab],
            second if scale == 1 else second / np.float32(scale),
            out=mean[slab],
        )
        mean[slab] *= np.float32(0.5)
        was_read()
    return half_1.with_values(mean, "mean of the half maps")


def relative_scale(half_1: MapData, half_2: MapData) -> float:
    """Return how many times larger the second map's values are; 1 within 5 %."""
    return _core.relative_scale(contiguous(half_1), contiguous(half_2))


def require_other_values(first: MapData, second: MapData) -> None:
    """Raise MapValueError if two half maps hold the same values."""
    if hold_same_values(first, second):
        raise MapValueError(
            f"{first.name} and {second.name} hold the same values; expected two independent "
            "half maps; give the two maps that were reconstructed separately"
        )


def hold_same_values(first: MapData, second: MapData) -> bool:
    """Whether two maps of one shape hold the same values."""
    # Plane by plane, up to the first that differs: a map may be larger than the memory.
    planes = zip(first.values, second.values, strict=True)
    return all(np.array_equal(one, other) for one, other in planes)


def require_another_map(full_map: MapData, external_map: MapData) -> None:
    """Raise MapValueError if the map to follow is the map itself, so nothing would change."""
    if hold_same_values(full_map, external_map):
        raise MapValueError(
            f"{external_map.name}, the external map, holds the values of {full_map.name}, the map "
            "to sharpen: its scale would change nothing; give a map whose fall-off is as it "
            "should be"
        )


def require_same_grid(first: MapData, other: MapData, remedy_for_place: str | None = None) -> None:
    """Raise GridMismatchError unless two maps share shape, cell and place.

    The rule of the first map decides whether NSTART or ORIGIN gives their positions.

    Parameters
    ----------
    remedy_for_place : str, optional
        What to do if they differ in nothing but the place.
    """
    a, b = first.position, replace(other.position, placed_by=first.position.placed_by)
    remedy = "all maps must share one grid"
    way_out = "resample one of them onto the grid of the other"
    pairs: list[tuple[str, object, object]] = [
        ("shape (z, y, x)", first.values.shape, other.values.shape),
        ("sampling", a.sampling, b.sampling),
    ]
    for what, of_first, of_other in pairs:
        if of_first != of_other:
            if np.allclose(first.voxel_size, other.voxel_size, rtol=1e-3):
                way_out = "cut or pad one of them to the box of the other, with voxels as they are"
            raise GridMismatchError(
                f"{other.name} has {what} {of_other}, but {first.name} has {of_first}; {remedy}; "
                f"{way_out}"
            )
    edges, others = a.cell.parameters(), b.cell.parameters()
    if not np.allclose(edges, others, rtol=1e-3, atol=1e-3):
        # Some programs write the voxel size before it was calibrated, or rounded.
        if np.allclose(edges, others, rtol=_OTHER_CALIBRATION, atol=0):
            steps = [f"{step:.6g}" for step in first.voxel_size]
            size = steps[0] if len(set(steps)) == 1 else f'"{" ".join(steps)}"'
            way_out = f"give voxel_size={size} if both have these voxels, or else {way_out}"
        raise GridMismatchError(
            f"{other.name} has cell (Å, degrees) {_plain(others)}, but {first.name} has "
            f"{_plain(edges)}; {remedy}; {way_out}"
        )
    if _share_a_place(a, b):
        return
    if remedy_for_place is not None:
        remedy += f"; {remedy_for_place}"
    rules: tuple[PlacedBy, PlacedBy] = ("nstart", "origin")
    for rule in rules:
        if _share_a_place(replace(a, placed_by=rule), replace(b, placed_by=rule)):
            remedy += f"; by {rule.upper()} alone they do: give map_origin={rule} if it is right"
    raise GridMismatchError(
        f"{other.name} lies at {_place(b)}, but {first.name} at {_place(a)}; {remedy}"
    )


def _share_a_place(first: MapPosition, other: MapPosition) -> bool:
    if first.is_placed_by_start and other.is_placed_by_start:
        return first.start == other.start  # cells may differ a little
    # Edges may differ in proportion to their length, positions may not.
    is_mixed = first.is_placed_by_start is not other.is_placed_by_start
    return np.allclose(
        first.first_point, other.first_point, rtol=1e-3 if is_mixed else 0, atol=1e-2
    )


def _place(position: MapPosition) -> str:
    word = "NSTART" if position.is_placed_by_start else "ORIGIN"
    numbers = position.start if position.is_placed_by_start else position.origin
    return f"{_plain(position.first_point)} Å ({word} {_plain(numbers)})"


def as_mask(
    values: MapLike, first: MapData, voxel_size: float | tuple[float, float, float] | None = None
) -> tuple[MapData, list[str]]:
    """Return a mask on a map's grid, and warnings about it.

    It is made from an array if it isn't a MapData yet.

    Raises
    ------
    GridMismatchError
        If it is on another grid.
    MapValueError
        If its values are not between 0 and 1, or all 0.
    """
    mask = as_map(values, voxel_size or first.voxel_size, "mask")
    require_same_grid(first, mask)
    return clipped_mask(mask)


def clipped_mask(mask: MapData) -> tuple[MapData, list[str]]:
    """Return a mask with values from 0 to 1, and warnings about it.

    What filters and interpolation make of a mask goes a little beyond.

    Raises
    ------
    MapValueError
        If its values go further beyond, or are all 0.
    """
    lowest, highest = float(mask.values.min()), float(mask.values.max())
    if lowest == highest and not 0 < lowest <= 1:
        raise MapValueError(
            f"{mask.name} has the same value {lowest:g} everywhere; expected a mask, 1 where the "
            "molecule is"
        )
    if not (lowest >= -MASK_OVERSHOOT and 0 < highest <= 1 + MASK_OVERSHOOT):
        remedy = "scale or clip it to them"
        if lowest == 0:
            labels = _labels(mask.values, highest)
            remedy = (
                f"divide it by {highest:g}"
                if labels is None
                else f"{labels} look like labels of parts: set those of the molecule to 1, and "
                "the others to 0"
            )
        raise MapValueError(
            f"{mask.name} has values from {lowest:g} to {highest:g}; a mask has values "
            f"0 (outside) to 1 (inside); {remedy}"
        )
    if 0 <= lowest < highest < _LEAST_INSIDE:
        raise MapValueError(
            f"{mask.name} has values from {lowest:g} to {highest:g}; a mask is 1 where the "
            f"molecule is; divide it by {highest:g}"
        )
    if lowest >= 1:
        return mask, [f"{mask.name} is 1 everywhere: it is the whole box, as mask=False is"]
    # A few units in the last place don't matter.
    warnings = []
    if lowest > _FLOOR:
        warnings.append(
            f"{mask.name} is {lowest:.3g} at least, nowhere 0, so that all of the box counts; a "
            "mask is 0 outside of the molecule: take its lowest value off, and scale it to 1"
        )
    if lowest >= 0 and highest <= 1:
        return mask, warnings
    if lowest < -_ROUNDING or highest > 1 + _ROUNDING:
        values = f"{mask.name} has values from {lowest:g} to {highest:g}"
        warnings.append(f"{values}; they are clipped to 0 and 1")
    return replace(mask, values=np.clip(mask.values, 0, 1)), warnings


def _labels(values: FloatMap, highest: float) -> str | None:
    """Return the whole numbers, more than one besides 0, by which parts are labelled, if so."""
    if highest > _MOST_LABELS:
        return None
    levels = np.unique(values)
    if len(levels) < 3 or not (levels == np.round(levels)).all():
        return None
    shown = [f"{level:g}" for level in levels[1:]]
    return ", ".join(shown[:-1]) + f" and {shown[-1]}"


def is_auto(value: object) -> bool:
    """Whether a value is the word auto, which the shell writes as Auto."""
    return isinstance(value, str) and value.lower() == "auto"


def given_mask(
    mask: MapLike | str | bool | None,
    first: MapData,
    voxel_size: float | tuple[float, float, float] | None,
) -> tuple[MapData | None, list[str]]:
    """Return the mask that was given as values, and warnings about it.

    It is None for "auto", False and None.

    Raises
    ------
    ParameterError
        If `mask` is another word.
    GridMismatchError
        If it does not lie on the grid of `first`.
    MapValueError
        If its values don't go from 0 to 1.
    """
    if mask is None or mask is False or is_auto(mask):
        return None, []
    if isinstance(mask, (str, bool)):
        raise ParameterError(
            f"mask is {mask!r}; expected 'auto', False, a file that is there, or values 0 to 1"
        )
    return as_mask(mask, first, voxel_size)


def require_resolution_on_grid(
    first: MapData, resolution: float, *, periodic: bool = False
) -> None:
    """Raise ParameterError if a resolution is finer or coarser than the grid can hold.

    A periodic map, of a crystal, may have a cell with edges of any length.
    """
    if resolution < first.nyquist * (1 - 1e-6):
        least, most = min(first.voxel_size), max(first.voxel_size)
        if most > _UNEQUAL_VOXELS * least:
            edges = " x ".join(f"{edge:.3g}" for edge in first.voxel_size)
            remedy = f"voxels of {edges} Å are those of no map: set MX, MY, MZ and the cell"
        else:
            remedy = (
                f"give resolution >= {math.ceil(first.nyquist * 100) / 100:g}, or voxel_size if "
                f"{most:.3g} Å is wrong"
            )
        raise ParameterError(
            f"resolution is {resolution:g} Å, finer than the Nyquist limit of {first.name} "
            f"({first.nyquist:.3f} Å, twice its voxel size); {remedy}"
        )
    coarsest = min(first.box.a, first.box.b, first.box.c) / 4
    if resolution > coarsest and not periodic:
        raise ParameterError(
            f"resolution is {resolution:g} Å, coarser than the {coarsest:.1f} Å that "
            f"{first.name} can hold (a quarter of its shortest edge); check the resolution "
            f"and the voxel size, {max(first.voxel_size):.3g} Å"
        )


def finest_spacing(map_data: MapData, resolution: float) -> float:
    """Return the spacing in Å of the finest terms that a sharpened map keeps."""
    return _core.finest_spacing(map_data.values.shape, map_data.box.parameters(), resolution)


def _plain(numbers: Sequence[float]) -> str:
    return "(" + ", ".join(f"{number:g}" for number in numbers) + ")"
