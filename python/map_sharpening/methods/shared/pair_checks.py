"""Whether maps that are given together belong together, and if not, why."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening.errors import MapValueError
from map_sharpening.maps.arrays import FloatArray, median, running_median
from map_sharpening.maps.comparison import (
    Change,
    Shells,
    change_between,
    compare_by_shells,
    scales_by_place,
)
from map_sharpening.maps.grids import hold_same_values, mean_of_half_maps, relative_scale
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.maps.mask_like import mask_likeness
from map_sharpening.maps.offset import CoarsePair, Distortion

#: Mean correlation by shells at which a full map is the mean of the half maps, at which it is
#: made of the same data, at which it is filtered or masked, and below which the two have nothing
#: in common.
_SAME, _ALIKE, _NEAR, _UNRELATED = 0.95, 0.85, 0.8, 0.3
#: Points of maps that are looked at, and by how much the correlation of a map with itself, stored
#: as bytes, falls short of 1; in how many parts of that with the other half map.
_LOOKED_AT, _ROUNDING, _NEARER = 200_000, 1e-4, 0.01
#: By how much amplitudes may rise or fall relative to each other.
_SAME_FALL_OFF = 1.3
#: By how much values may be larger in one place than in another.
_SAME_EVERYWHERE = 1.3
#: By how much the scale of a full map may differ from that of the mean of its half maps.
_SAME_SCALE = 1.2
#: The same that rounding and noise make.
_EQUAL_SCALE = 1.01
#: Share of points that are exactly 0 in a masked map.
_MASKED = 0.1
#: Offset of half maps that a warning is about, in voxels, in parts of the resolution, where it
#: costs 5 % of their correlation, and in standard errors, for neighbouring terms aren't
#: independent.
_OFFSET_VOXELS, _OFFSET_OF_RESOLUTION, _OFFSET_ERRORS = 0.3, 0.05, 8
#: Shift that a turn or another size makes where the signal is, in voxels and in parts of the
#: resolution, that a warning is about; and standard errors of both: masks and filters make 8 of
#: a turn's, and 4 of the size's.
_MOVED_VOXELS, _MOVED_OF_RESOLUTION = 0.1, 0.03
_TURN_ERRORS, _SIZE_ERRORS = 12, 8
#: Points along an edge of maps that are compared first, and share of the offset and the turn that
#: a warning is about, below which that is enough.
_FIRST_SIDE, _NEAR_ENOUGH = 32, 0.5
#: Sum of n FSC² that two maps must reach: chance makes -15 to 15, two molecules of one size 10 to
#: 20, half maps of 10 particles each (ribosomes at 35 Å) 47, and others from 100 on.
_LEAST_EVIDENCE = 25.0
#: The same, in standard deviations of what chance makes.
_BEYOND_CHANCE = 4.0
#: Correlation of points above which half maps that can't be used have no noise of their own, and
#: above which they are one map, as the core says.
_NO_NOISE, _ONE_MAP = 0.99, 1 - 1e-6
_LEAVE_OUT = "leave full_map out: the mean of the half maps is sharpened then"


@dataclass(frozen=True)
class FullMapCheck:
    """What was found of a full map beside half maps."""

    warnings: tuple[str, ...]
    scale: float  #: of its values over those of the mean of the half maps; 1 where not known


def require_mean_of_halves(
    full_map: MapData, half_maps: tuple[MapData, MapData], resolution: float, threads: int = 0
) -> FullMapCheck:
    """Compare a full map with the mean of the half maps that are given with it.

    Signal and noise, as found from the half maps, are those of their mean: another map would
    be sharpened twice, or by factors that have nothing to do with it.

    Parameters
    ----------
    full_map : MapData
        On the grid of the half maps.
    half_maps : two MapData
        Of the same reconstruction.
    resolution : float
        Å; finer terms don't count.

    Returns
    -------
    FullMapCheck
        Warnings, where it is sharpened, filtered or otherwise near the mean only, and its scale.

    Raises
    ------
    MapValueError
        If it is a mask, one of the half maps, mirrored, shifted, inverted, transposed, or another
        map.
    """
    what = f"{full_map.name} is not the mean of {half_maps[0].name} and {half_maps[1].name}"
    _require_no_mask_or_half(full_map, half_maps, what)
    mean = mean_of_half_maps(*half_maps)
    is_masked, mean = _masked_alike(full_map, mean)
    shells = compare_by_shells(mean, full_map, resolution, threads)
    found = shells.mean_correlation
    if found < _SAME:
        change = change_between(mean, full_map, resolution)
        if change is not None:
            raise MapValueError(f"{what}: it {change}; {_LEAVE_OUT}")
    if found < _UNRELATED:
        raise MapValueError(
            f"{what}: it has nothing in common with them (mean correlation {found:.2f} to "
            f"{resolution:g} Å, expected nearly 1); give the map of this reconstruction, or "
            f"{_LEAVE_OUT}"
        )
    # The edge of a mask is no other scale, and a map of other data differs everywhere.
    places = None
    if found > _ALIKE and not is_masked:
        places = _change_of_places(mean, full_map, resolution, shells)
    warnings = []
    # What has little in common with the mean was not made of it by a filter.
    departure = places
    if departure is None and found > _NEAR:
        departure = _change_of_amplitudes(shells, is_masked=is_masked)
    if departure is not None:
        warnings.append(
            f"{what}: {departure}, and the information from the half maps doesn't fit it; "
            f"{_LEAVE_OUT}"
        )
    if is_masked:
        warnings.append(f"{full_map.name} {_what_masked(full_map)}; {_LEAVE_OUT}")
    # A mask, or a filter's edge, lowers the correlation a little.
    if found < (_NEAR if warnings else _SAME):
        warnings.append(
            f"{what}: they agree in part only (mean correlation {found:.2f} to {resolution:g} Å, "
            f"expected nearly 1); {_LEAVE_OUT}"
        )
    if warnings:
        return FullMapCheck(tuple(warnings), 1.0)
    scale = median(shells.ratio)
    if not 1 / _SAME_SCALE < scale < _SAME_SCALE:
        warnings.append(
            f"{full_map.name} is on another scale than the mean of {half_maps[0].name} and "
            f"{half_maps[1].name}: its values are {scale:.3g} times as large, which changes "
            "nothing, as outputs are scaled anew"
        )
    is_equal = 1 / _EQUAL_SCALE < scale < _EQUAL_SCALE
    return FullMapCheck(tuple(warnings), 1.0 if is_equal else scale)


def _what_masked(full_map: MapData) -> str:
    if float(full_map.values.min()) == 0:
        return "has no values below 0, and the half maps do: what was below was set to 0"
    return "is 0 round the molecule, and the half maps are not: it was masked"


def _require_no_mask_or_half(
    full_map: MapData, half_maps: tuple[MapData, MapData], what: str
) -> None:
    if mask_likeness(full_map) == "mask":
        raise MapValueError(
            f"{full_map.name} was given as full_map and has the values of a mask; give it as mask"
        )
    for half in half_maps:
        if hold_same_values(full_map, half):
            raise MapValueError(f"{what}: it holds the values of {half.name}; {_LEAVE_OUT}")
    scaled = _half_on_another_scale(full_map, half_maps)
    if scaled is not None:
        raise MapValueError(f"{what}: it is {scaled.name} on another scale; {_LEAVE_OUT}")


def _half_on_another_scale(
    full_map: MapData, half_maps: tuple[MapData, MapData]
) -> MapData | None:
    """Return the half map of which a map is a multiple, plus a constant, judged by some points."""
    step = max(1, round(float(np.cbrt(full_map.values.size / _LOOKED_AT))))
    samples = [m.values[::step, ::step, ::step].ravel() for m in (full_map, *half_maps)]
    with np.errstate(invalid="ignore"):  # a map may be constant there
        short = 1 - np.asarray(np.corrcoef(np.array(samples, dtype=np.float64)))[0, 1:]
    nearest = int(np.argmin(short))
    # The mean of halves that hardly differ is as near to one as to the other.
    is_one = short[nearest] < min(_ROUNDING, _NEARER * short[1 - nearest])
    return half_maps[nearest] if is_one else None


def cautions_of_halves(
    full_map: MapData | None, halves: tuple[MapData, MapData], resolution: float, threads: int
) -> list[str]:
    """Return warnings about half maps, and about the map that was given with them, if one was."""
    first, second = halves
    warnings = caution_of_scale((first.name, second.name), relative_scale(first, second))
    if full_map is not None:
        warnings += require_mean_of_halves(full_map, halves, resolution, threads).warnings
    return warnings


def caution_of_scale(names: tuple[str, str], scale: float) -> list[str]:
    """Return a warning about half maps whose scales differ; `scale` as of `relative_scale`."""
    if scale == 1:
        return []
    return [
        f"{names[1]} is on another scale than {names[0]}: its values are {scale:.3g} times as "
        "large and were divided by that"
    ]


def caution_of_offset(
    half_1: MapData, half_2: MapData, resolution: float, threads: int = 0
) -> list[str]:
    """Return a warning about half maps that aren't in one place, of one size, or are turned."""
    at_first_sight = CoarsePair.of(half_1, half_2, _FIRST_SIDE)
    if at_first_sight is not None and _are_in_place(at_first_sight, resolution, threads):
        return []
    pair = CoarsePair.of(half_1, half_2)
    offset = None if pair is None else pair.offset(threads)
    if pair is None or offset is None:
        return []
    found = pair.distortion(threads, offset.voxels)
    # Magnified from a corner of the box, a map is shifted too.
    if found is not None and _is_magnified(found, pair, resolution):
        return [_of_other_size(half_1, half_2, found)]
    voxels, errors = np.array(offset.voxels), np.array(offset.errors)
    is_far = np.abs(voxels) > np.maximum(_most_voxels(pair, resolution), _OFFSET_ERRORS * errors)
    shift = Change(shift=offset.voxels)
    is_turned = found is not None and found.degrees > _TURN_ERRORS * found.error
    if found is None or not is_turned or found.arc < _least_moved(pair, resolution):
        return [_fault_of_pair(half_1, half_2, shift)] if is_far.any() else []
    too = f" and {shift}" if is_far.any() else ""
    return [
        f"{half_2.name} is turned by about {found.degrees:.2g}°{too} relative to {half_1.name}, "
        "so that they agree less the farther from the middle; give the halves of one "
        "reconstruction as it made them"
    ]


def _is_magnified(found: Distortion, pair: CoarsePair, resolution: float) -> bool:
    is_sure = abs(found.magnification - 1) > _SIZE_ERRORS * found.magnification_error
    return is_sure and found.stretch > _least_moved(pair, resolution)


def _of_other_size(half_1: MapData, half_2: MapData, found: Distortion) -> str:
    share = 100 * (found.magnification - 1)
    return (
        f"{half_2.name} is about {abs(share):.1f} % {'larger' if share > 0 else 'smaller'} than "
        f"{half_1.name}, so that they agree less the farther from the middle: their voxel sizes "
        f"(magnifications) differ by that; resample {half_2.name} to the scale of {half_1.name}, "
        "or give the halves of one reconstruction as it made them"
    )


def _are_in_place(pair: CoarsePair, resolution: float, threads: int) -> bool:
    """Whether half maps are so nearly in one place that nobody need look closer."""
    offset = pair.offset(threads)
    most = _NEAR_ENOUGH * _most_voxels(pair, resolution)
    if offset is None or (np.abs(offset.voxels) > most).any():
        return False
    found = pair.distortion(threads)
    most_moved = _NEAR_ENOUGH * _least_moved(pair, resolution)
    return found is not None and max(found.arc, found.stretch) < most_moved


def _most_voxels(pair: CoarsePair, resolution: float) -> FloatArray:
    """Return how far half maps may lie from each other, in voxels along x, y, z."""
    of_resolution = _OFFSET_OF_RESOLUTION * resolution / np.array(pair.voxel_size)
    return np.maximum(_OFFSET_VOXELS, of_resolution)


def _least_moved(pair: CoarsePair, resolution: float) -> float:
    """Return how far, in Å, the signal is moved by a turn or size that a warning is about."""
    return max(_MOVED_VOXELS * min(pair.voxel_size), _MOVED_OF_RESOLUTION * resolution)


def why_no_pair(half_1: MapData, half_2: MapData, resolution: float) -> str | None:
    """Return in words why two half maps don't agree, if the cause can be found."""
    fault, _ = _fault_between(half_1, half_2, resolution)
    return fault or _nearly_equal(half_1, half_2)


def _nearly_equal(half_1: MapData, half_2: MapData) -> str | None:
    step = max(1, round(float(np.cbrt(half_1.values.size / _LOOKED_AT))))
    samples = [half.values[::step, ::step, ::step].ravel() for half in (half_1, half_2)]
    with np.errstate(invalid="ignore"):  # a map may be constant there
        correlation = float(np.asarray(np.corrcoef(np.array(samples, dtype=np.float64)))[0, 1])
    if not _NO_NOISE < correlation < _ONE_MAP:
        return None
    return (
        f"they are nearly the same map (correlation {correlation:.4f}), as one and a filtered, "
        "rounded or noisy copy of it: what differs is taken for noise; give the two half maps of "
        "one reconstruction"
    )


def caution_of_pair(half_1: MapData, half_2: MapData, resolution: float) -> str | None:
    """Return a warning about half maps of which one is shifted or magnified, if that is the cause.

    Raises
    ------
    MapValueError
        If one is mirrored, inverted or transposed: their mean is no map of a molecule.
    """
    fault, can_be_averaged = _fault_between(half_1, half_2, resolution)
    if fault is None or can_be_averaged:
        return fault
    raise MapValueError(f"{half_1.name} and {half_2.name}: {fault}")


def _fault_between(half_1: MapData, half_2: MapData, resolution: float) -> tuple[str | None, bool]:
    """Return why two half maps disagree, if it can be found, and whether their mean is a map."""
    change = change_between(half_1, half_2, resolution)
    if change is not None and not change.is_shift_alone:
        return _fault_of_pair(half_1, half_2, change), False
    # Magnified from a corner of the box, a map is shifted too.
    pair = CoarsePair.of(half_1, half_2)
    shift = (0.0, 0.0, 0.0) if change is None else change.shift
    found = None if pair is None else pair.distortion(offset=shift)
    if pair is not None and found is not None and _is_magnified(found, pair, resolution):
        return _of_other_size(half_1, half_2, found), True
    return None if change is None else _fault_of_pair(half_1, half_2, change), True


def require_common_signal(
    names: tuple[str, str],
    correlation: FloatArray,
    n_terms: npt.NDArray[np.int64],
    cause: str | None = None,
) -> None:
    """Refuse two maps that agree no more than chance makes them.

    Parameters
    ----------
    names : (str, str)
        Of the maps.
    correlation, n_terms : ndarray, shape (n_shells,)
        FSC of the maps without a mask, NaN where it isn't known, and terms, Friedel mates counted
        once; of shells to the resolution.
    cause : str, optional
        Why they don't agree, with a remedy, if that is known.

    Raises
    ------
    MapValueError
        If the squares of the correlations, each with its sign and times its terms, don't rise
        above the sum that noise has: 0, with a variance of 3 per shell.
    """
    known = np.isfinite(correlation)
    evidence = float(np.sum(n_terms[known] * correlation[known] * np.abs(correlation[known])))
    chance = _BEYOND_CHANCE * math.sqrt(3 * np.count_nonzero(known))
    if evidence < max(_LEAST_EVIDENCE, chance):
        if cause is not None:
            raise MapValueError(f"{names[0]} and {names[1]}: {cause}")
        raise MapValueError(
            f"{names[0]} and {names[1]} agree no more than unrelated maps do: one of them holds "
            "noise only, or they are of different molecules or orientations; give the two half "
            "maps of one reconstruction"
        )


def _fault_of_pair(half_1: MapData, half_2: MapData, change: Change) -> str:
    return (
        f"{half_2.name} {change} relative to {half_1.name}; give the halves of one "
        "reconstruction as it made them, or undo this first"
    )


def _change_of_places(
    mean: MapData, full_map: MapData, resolution: float, shells: Shells
) -> str | None:
    """Say how values of a full map are larger in some places than in others; None: alike."""
    scales = scales_by_place(mean, full_map, resolution, shells)
    if not scales.size:
        return None
    low, high = min(1.0, float(scales.min())), max(1.0, float(scales.max()))
    if low >= 1 / _SAME_EVERYWHERE and high <= _SAME_EVERYWHERE:
        return None
    return (
        f"relative to theirs its values are {low:.2g} to {high:.2g} times as large, depending on "
        "the place, so it was weighted, masked softly, or put together from several maps"
    )


def _masked_alike(full_map: MapData, mean: MapData) -> tuple[bool, MapData]:
    """Return whether only the full map was masked, and the mean with the same points at 0."""
    is_inside = full_map.values != 0
    outside = 1 - np.count_nonzero(is_inside) / is_inside.size
    was_outside = 1 - np.count_nonzero(mean.values) / is_inside.size
    if outside < was_outside + _MASKED:
        return False, mean
    # Whole numbers are 0 where the mean is less than one of their steps, without any mask.
    kept, kept_of_mean = full_map.values[is_inside], mean.values[is_inside]
    if kept.size:
        step = np.abs(kept).min() * np.linalg.norm(kept_of_mean) / np.linalg.norm(kept)
        was_cut = np.count_nonzero(np.abs(mean.values[~is_inside]) > step)
        if was_cut < _MASKED * is_inside.size:
            return False, mean
    values: FloatMap = mean.values * is_inside
    return True, mean.with_values(values)


def _change_of_amplitudes(shells: Shells, *, is_masked: bool) -> str | None:
    """Say how amplitudes of the other map rise or fall relative to the first; None: alike.

    Within the soft edge of a mask they fall, which is no filter.
    """
    # Only what correlates with the first map: the other one's noise is no rise of amplitudes.
    scale = shells.correlation * shells.ratio
    if not (scale > 0).any():
        return None
    # Shells hold few terms, so take the median of three.
    start = median(scale[scale > 0][:3])
    relative = running_median(scale / start)
    low, high = int(np.argmin(relative)), int(np.argmax(relative))
    d = 1 / shells.s
    if relative[high] > _SAME_FALL_OFF and relative[high] * relative[low] > 1:
        return (
            f"relative to theirs its amplitudes rise by a factor {relative[high]:.3g} to "
            f"{d[high]:.1f} Å, so it was sharpened"
        )
    if relative[low] < 1 / _SAME_FALL_OFF and not is_masked:
        share = 100 * float(relative[low])
        left = "less than 1 %" if share < 1 else f"{share:.2g} %"
        return (
            f"relative to theirs its amplitudes fall to {left} at {d[low]:.1f} Å, so it was "
            "filtered or blurred"
        )
    return None
