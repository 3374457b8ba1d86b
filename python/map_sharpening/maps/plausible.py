"""Whether values and voxels of a map can be those of density, whatever its file says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError
from map_sharpening.maps.map_data import TURN_LABEL, FloatMap, MapData
from map_sharpening.maps.mask_like import mask_likeness

#: Sizes of values between which sums of their squares over a map are 32-bit numbers; no program
#: writes others.
_SMALLEST, _LARGEST = 1e-15, 1e14
#: Å, between which all voxels of electron microscopy and crystals lie.
_SMALLEST_VOXEL, _LARGEST_VOXEL = 0.2, 100.0
#: Longest edge of a voxel over the shortest, of maps that are not a crystal's.
_UNEQUAL_EDGES = 1.3
#: Steps between neighbours as 255 and 0 make them, their share, and how much rougher they make
#: a map.
_WRAP, _FEWEST_WRAPS, _ROUGHER = 200, 1e-3, 1.5
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
#: A label with an axis and an angle in degrees.
_TURN = re.compile(
    rf"{re.escape(TURN_LABEL)}\s*{_NUMBER}\s+{_NUMBER}\s+{_NUMBER}\s+(?P<angle>{_NUMBER})"
)
_SECTIONS = 8  #: that are looked at
#: How many times as many points of a mask are inside as have a level of its edge next to 0 or to
#: that inside; also as many points as its inside at most.
_LESS_COMMON = 10
#: Share of a map's power that no point of density has, in maps of so many points.
_SPIKE, _FEWEST_POINTS = 0.3, 10_000
#: Planes of a map that may have a gap, points along an edge that are looked at first, share of
#: the other points that may have the gap's number, and share of the planes that are no gap if
#: they lie at one end.
_FEWEST_PLANES, _PROBES, _ELSEWHERE, _MARGIN = 16, 16, 0.01, 0.02
#: Gaps that no row of molecules has, and planes out of scale; of which a message names some.
_MANY_GAPS, _NAMED = 4, 4
#: Share of their points that planes of one mask have in common; those of scraps have few.
_IN_COMMON = 0.7
#: Points along an edge by which planes are compared, how little equal ones differ, and by how
#: much, in logarithms of their deviation and in correlation, planes differ from their neighbours:
#: linear interpolation makes 0.35 (a factor of the root of 2), and good maps .03 by turns.
_FINE_PROBES, _EQUAL, _OTHER_SCALE, _BY_TURNS = 64, 1e-6, 0.45, 0.05
#: Standard deviations by which the number of a margin differs from the mean of what it is round.
_OTHER_LEVEL = 2.0
_FEW_LEVELS = 16  #: values that a map of density has more of
#: Share of the points at the lowest or highest value, and share of the range of values that has
#: none next to it, of maps that are no density.
_AT_END, _GAP = 0.2, 0.15
_SAMPLED = 200_000  #: points
#: Points along an edge of a block whose mean counts, correlation of volumes in a stack, and how
#: much more they correlate than parts of one volume.
_BLOCK, _OF_ONE_MOLECULE, _MORE_THAN_PARTS = 4, 0.5, 0.3
#: Points that have the highest value of a map whose peaks are cut off: more than symmetry makes,
#: and more than lie within this share of the height below it, as steps of 8 bits make.
_FEWEST_CUT, _BELOW_CUT = 100, 0.04
#: Share of a map that more points than its peaks have, and of the depth of an inverted map by
#: which its solvent lies above the mean.
_MOST_PEAKS, _ABOVE_INVERTED = 1 / 3, 0.25


def check_values(map_data: MapData, *, allow_constant: bool = False) -> _core.MapStatistics:
    """Check, in one pass, that values are finite, and not all the same unless that is allowed.

    Raises
    ------
    MapValueError
        With the number of values that are not finite and the place of the first.
    """
    statistics = _core.map_statistics(np.ascontiguousarray(map_data.values, dtype=np.float32))
    if statistics.n_not_finite:
        z, y, x = np.unravel_index(statistics.first_not_finite, map_data.values.shape)
        raise MapValueError(
            f"{map_data.name} has NaN or infinity at {statistics.n_not_finite} of "
            f"{map_data.values.size} points, the first at x {x}, y {y}, z {z} (counted from 0); "
            "expected finite numbers; "
            + (
                "its values seem to be in another byte order than its header: write it again"
                if _is_sound_swapped(map_data.values)
                else "set them to 0 or make the map again"
            )
        )
    if statistics.minimum == statistics.maximum and not allow_constant:
        raise MapValueError(
            f"{map_data.name} has the same value {statistics.minimum:.6g} at all"
            f" {map_data.values.size} points; expected density; give another map"
        )
    _require_size(map_data.name, statistics)
    if not allow_constant:
        _require_no_spike(map_data, statistics)
    return statistics


def _require_no_spike(map_data: MapData, statistics: _core.MapStatistics) -> None:
    """Raise MapValueError if one point holds so much of a map's power that it is no density."""
    size, mean = map_data.values.size, statistics.mean
    highest, lowest = statistics.maximum - mean, mean - statistics.minimum
    share = max(highest, lowest) ** 2 / (size * statistics.standard_deviation**2)
    if size < _FEWEST_POINTS or share < _SPIKE:
        return
    find = np.argmax if highest > lowest else np.argmin
    z, y, x = np.unravel_index(int(find(map_data.values)), map_data.values.shape)
    raise MapValueError(
        f"{map_data.name} has the value {map_data.values[z, y, x]:.4g} at x {x}, y {y}, z {z} "
        f"(counted from 0), one point with {share:.0%} of the power of all {size}; expected "
        "density; if the point is damaged, give it the mean of its neighbours"
    )


def require_size_of_values(map_data: MapData) -> None:
    """Raise MapValueError if the squares of values are too large or too small for float32.

    A map of zeros, and one that isn't finite, are for others to judge.
    """
    values = np.ascontiguousarray(map_data.values, dtype=np.float32)
    if values.ndim == 3 and values.size:
        _require_size(map_data.name, _core.map_statistics(values))


def _require_size(name: str, statistics: _core.MapStatistics) -> None:
    largest = max(abs(statistics.minimum), abs(statistics.maximum))
    if largest == 0 or not np.isfinite(largest) or _SMALLEST <= largest <= _LARGEST:
        return
    fault = (
        f"{name} has values up to {largest:.2g}; expected density of {_SMALLEST:g} to "
        f"{_LARGEST:g}, so that its squares are 32-bit numbers; "
    )
    if largest < _SMALLEST:
        raise MapValueError(f"{fault}multiply the map by a number, half maps by the same")
    raise MapValueError(
        f"{fault}divide the map by a number, half maps by the same; or, if its numbers are in "
        "another byte order or of another size than its header says, write it again"
    )


def _is_sound_swapped(values: FloatMap) -> bool:
    """Whether values in the other byte order are those of a map, and as they are, they aren't."""
    as_read = np.asarray(values, dtype=np.float32)
    swapped = as_read.byteswap()
    is_sound = bool(np.isfinite(swapped).all() and np.abs(swapped).max() <= _LARGEST)
    return is_sound and _share_of_density(swapped) > _share_of_density(as_read)


def _share_of_density(values: FloatMap) -> float:
    """Return which share of the finite values are of a size that density may have."""
    size = np.abs(values[np.isfinite(values)])
    if not size.size:
        return 0.0
    return float(np.mean((size == 0) | ((size > 1 / _LARGEST) & (size <= _LARGEST))))


def cautions_of_map(map_data: MapData, statistics: _core.MapStatistics) -> list[str]:
    """Return warnings of what can't be, or what another program may take otherwise."""
    return [
        *_caution_of_voxels(map_data),
        *_caution_of_turn(map_data),
        *(_caution_of_gaps(map_data) or _caution_of_planes(map_data)),
        *(_caution_of_margin(map_data) or _caution_of_levels(map_data, statistics)),
        *_caution_of_stack(map_data),
        *_caution_of_cut_peaks(map_data, statistics),
    ]


@dataclass(frozen=True)
class CutPeaks:
    """What a map lost whose values end at a level, as of a format or a display."""

    level: float
    n_points: int  #: that have this value
    share: float  #: of the points of more than half its height above the mean

    def __str__(self) -> str:
        return (
            f"the values are cut off at {self.level:.4g} ({self.n_points} points have it, "
            f"{self.share:.0%} of the points above half its height)"
        )


def cut_peaks(values: FloatMap, statistics: _core.MapStatistics | None = None) -> CutPeaks | None:
    """Return where the peaks of density, of shape (z, y, x), are cut off; None if they are not."""
    if statistics is None:
        statistics = _core.map_statistics(np.ascontiguousarray(values, dtype=np.float32))
    level, mean = statistics.maximum, statistics.mean
    n_points = statistics.n_at_maximum
    if not _FEWEST_CUT < n_points < _MOST_PEAKS * values.size:
        return None
    height = level - mean
    if height < _ABOVE_INVERTED * (mean - statistics.minimum):
        return None  # the solvent of a map of inverted contrast
    n_near = int(np.count_nonzero(values >= level - _BELOW_CUT * height))
    n_high = int(np.count_nonzero(values >= level - height / 2))
    # Where there is nothing lower on the way to them, it is the inside of a mask.
    if n_points <= n_near - n_points or n_high == n_points:
        return None
    return CutPeaks(level, n_points, n_points / n_high)


def _caution_of_cut_peaks(map_data: MapData, statistics: _core.MapStatistics) -> list[str]:
    """Return a warning of peaks that are cut off."""
    cut = cut_peaks(map_data.values, statistics)
    if cut is None or mask_likeness(map_data) != "density":
        return []
    return [
        f"{map_data.name}: {cut}; expected peaks of density, no two alike; give the map as it was "
        "before it was converted or displayed"
    ]


def _caution_of_gaps(map_data: MapData) -> list[str]:
    """Return a warning of planes that hold one number which is nowhere else in a map."""
    values = map_data.values
    for axis, name in enumerate("zyx"):
        planes = np.moveaxis(values, axis, 0)
        n = len(planes)
        empty = _empty_planes(planes)
        if not empty or len(empty) == n:
            continue
        breaks = np.flatnonzero(np.diff(empty) > 1)
        gaps = [[int(gap[0]), int(gap[-1])] for gap in np.split(np.array(empty), breaks + 1)]
        # Those at both ends are a margin, and a few at one end that of a map shifted or resampled.
        inner = [gap for gap in gaps if gap[0] > 0 and gap[1] < n - 1]
        if not inner and (len(gaps) > 1 or len(empty) <= max(1, _MARGIN * n)):
            continue
        step = max(1, min(planes.shape[1:]) // _PROBES)
        rest = np.delete(planes[:, ::step, ::step], empty, axis=0)
        numbers = {i: planes[i].flat[0] + np.float32(0) for i in empty}  # no -0
        told = [g for g in inner or gaps if np.mean(rest == numbers[g[0]]) <= _ELSEWHERE]
        because = "this number hardly anywhere else"
        if not told:
            # Molecules in a mask may have a plane between them, not many; and scraps don't go on.
            before, after = (
                planes[[gap[side] + step for gap in inner]].reshape(len(inner), planes[0].size)
                for side, step in ((0, -1), (1, 1))
            )
            level = numbers[gaps[0][0]]
            told = [inner[i] for i in np.flatnonzero(_go_on(before, after, level))]
            because = "the planes beside them something in the same places"
            if len(told) < _MANY_GAPS:
                continue
        some = [f"{first} to {last}" if last > first else f"{first}" for first, last in told]
        more = f" and {len(some) - _NAMED} more gaps" if len(some) > _NAMED else ""
        which = "planes" if len(told) > 1 or told[0][1] > told[0][0] else "plane"
        levels = {numbers[i] for first, last in told for i in range(first, last + 1)}
        held = " or ".join(f"{number:g}" for number in sorted(levels)[:_NAMED])
        return [
            f"{map_data.name} holds nothing but {held} in the {which} {name} "
            f"{', '.join(some[:_NAMED])}{more} (counted from 0 to {n - 1}), and {because}: "
            "a part of the file may not have been written or copied; copy or make it again if so"
        ]
    return []


def _go_on(planes: FloatMap, others: FloatMap, level: float) -> npt.NDArray[np.bool_]:
    """Whether planes, of shape (n, n_points), have what is not `level` in the same places."""
    one, two = planes != level, others != level
    in_common = np.count_nonzero(one & two, axis=1)
    return np.asarray(in_common > _IN_COMMON * np.count_nonzero(one | two, axis=1))


def _caution_of_planes(map_data: MapData) -> list[str]:
    """Return a warning of planes that repeat others, differ in scale, or aren't in order."""
    for axis, name in enumerate("zyx"):
        planes = np.moveaxis(map_data.values, axis, 0)
        n = len(planes)
        if n < _FEWEST_PLANES:
            continue
        step = max(1, min(planes.shape[1:]) // _FINE_PROBES)
        probes = planes[:, ::step, ::step]
        if axis == 2:  # whole rows are sooner read than single points of them
            probes = np.moveaxis(map_data.values[::step, ::step].copy(), axis, 0)
        probes = probes.reshape(n, -1).astype(np.float32, copy=False)
        # What is left of a map above a level is in other places of each plane.
        go_on = _go_on(probes[1:], probes[:-1], map_data.values.flat[0])
        probes = probes - probes.mean(axis=1, keepdims=True)
        size = np.sqrt(np.einsum("ij,ij->i", probes, probes))
        both = size[1:] * size[:-1]
        likeness = np.einsum("ij,ij->i", probes[1:], probes[:-1]) / np.where(both > 0, both, 1)
        fault = None
        again = [
            int(i) + 1
            for i in np.flatnonzero(likeness > 1 - _EQUAL)
            if np.array_equal(planes[i], planes[i + 1]) and len(np.unique(planes[i])) > _FEW_LEVELS
        ]
        level = np.log(np.where(size > 0, size, 1))
        apart = np.minimum(np.abs(level[1:-1] - level[:-2]), np.abs(level[1:-1] - level[2:]))
        is_peak = (level[1:-1] - level[:-2]) * (level[1:-1] - level[2:]) > 0
        known = (np.minimum(both[1:], both[:-1]) > 0) & go_on[1:] & go_on[:-1]
        odd = 1 + np.flatnonzero(is_peak & known & (apart > _OTHER_SCALE))
        turns = likeness[1:-1] - (likeness[2:] + likeness[:-2]) / 2
        known = known[:-1] & known[1:]
        even, uneven = turns[::2][known[::2]], turns[1::2][known[1::2]]
        are_enough = min(even.size, uneven.size) >= _FEWEST_PLANES - 1
        by_turns = abs(float(even.mean() - uneven.mean())) / 4 if are_enough else 0.0
        if again:
            fault = (
                f"{_planes(name, again)} equal to the one before, as resampling to the nearest "
                "point makes them, or a file put together wrongly"
            )
        elif len(odd) >= _MANY_GAPS:
            fault = f"{_planes(name, odd)} on another scale than those beside them"
        elif by_turns > _BY_TURNS:
            fault = (
                f"neighbouring planes along {name} agree more and less by turns, as if they were "
                "not in order, or every other one came from another map or was interpolated"
            )
        if fault is not None and mask_likeness(map_data) == "density":
            return [
                f"{map_data.name}: {fault}; expected planes that change evenly; give the map as "
                "it was reconstructed"
            ]
    return []


def _planes(axis: str, numbers: Sequence[int] | npt.NDArray[np.intp]) -> str:
    """Name a few planes, and say how many there are."""
    some = ", ".join(str(number) for number in numbers[:_NAMED])
    if len(numbers) == 1:
        return f"plane {axis} {some} (counted from 0) is"
    return f"{len(numbers)} planes {axis}, the first of them {some} (counted from 0), are"


def _empty_planes(planes: FloatMap) -> list[int]:
    """Return which planes, along the first axis, hold one number each; none of few planes."""
    if len(planes) < _FEWEST_PLANES:
        return []
    step = max(1, min(planes.shape[1:]) // _PROBES)
    probes = planes[:, ::step, ::step].reshape(len(planes), -1)
    numbers = np.flatnonzero((probes == probes[:, :1]).all(axis=1))
    return [int(i) for i in numbers if (planes[i] == planes[i].flat[0]).all()]


def _caution_of_margin(map_data: MapData) -> list[str]:
    """Return a warning of a margin of one number that is none of the map within."""
    values = map_data.values
    within, levels = [], []
    for axis in range(3):
        planes = np.moveaxis(values, axis, 0)
        n, empty = len(planes), set(_empty_planes(planes))
        first = next((i for i in range(n) if i not in empty), n)
        last = next((i for i in reversed(range(n)) if i not in empty), -1)
        within.append(slice(first, last + 1))
        levels += [planes[i].flat[0] for i in (0, n - 1) if i in empty]
    inside = values[tuple(within)]
    if not levels or inside.size == 0:
        return []
    step = max(1, int(np.cbrt(inside.size / _SAMPLED)))
    sample = inside[::step, ::step, ::step].astype(np.float64)
    level, mean, scatter = float(levels[0]), float(sample.mean()), float(sample.std())
    is_of_map = np.mean(sample == level) > _ELSEWHERE
    if is_of_map or scatter == 0 or abs(level - mean) <= _OTHER_LEVEL * scatter:
        return []
    shown, of_all = (" x ".join(map(str, of.shape[::-1])) for of in (inside, values))
    return [
        f"{map_data.name} has a margin of {level:.4g} round {shown} of its {of_all} points, whose "
        f"mean is {mean:.4g}: a step that is not the molecule's; cut the margin off, or give it "
        "that mean"
    ]


def _caution_of_levels(map_data: MapData, statistics: _core.MapStatistics) -> list[str]:
    """Return a warning of values that begin far from the number that most points have."""
    step = max(1, int(np.cbrt(map_data.values.size / _SAMPLED)))
    values = np.asarray(map_data.values[::step, ::step, ::step]).ravel()
    span = statistics.maximum - statistics.minimum
    for level in (statistics.minimum, statistics.maximum):
        others = values[values != np.float32(level)]
        share = 1 - others.size / values.size
        if share < _AT_END or len(np.unique(others)) <= _FEW_LEVELS:
            continue
        nearest = float(others[np.argmin(np.abs(others - level))])
        if abs(nearest - level) < _GAP * span or mask_likeness(map_data) != "density":
            continue
        return [
            f"{map_data.name} is {level:.4g} at {share:.0%} of its points, and has no value from "
            f"there to {nearest:.4g}, as local resolution has, or density cut off at a level; "
            "expected density; give the map as it was reconstructed"
        ]
    return []


def _caution_of_stack(map_data: MapData) -> list[str]:
    """Return a warning of a molecule that comes again in each cube along z."""
    nz, ny, nx = map_data.values.shape
    is_stack = nx == ny and nz % nx == 0 and nz > nx >= 2 * _FEWEST_PLANES
    if not is_stack or map_data.position.space_group > 1:
        return []
    # Each by itself: blocks of both together lie otherwise in the second if nx is no multiple.
    volumes = (map_data.values[start : start + nx] for start in (0, nx))
    coarse = np.concatenate([_block_means(volume) for volume in volumes])
    n = nx // _BLOCK

    def agreement(shift: int) -> float:
        with np.errstate(invalid="ignore"):  # one may be constant
            return float(np.corrcoef(coarse[:n].ravel(), coarse[shift : shift + n].ravel())[0, 1])

    # A filament agrees with itself wherever it is cut.
    parts = max(agreement(n // 2), agreement(n // 3))
    if not agreement(n) > max(_OF_ONE_MOLECULE, parts + _MORE_THAN_PARTS):
        return []
    return [
        f"{map_data.name} has {nz} sections of {nx} x {ny}, and the first {nx} look like the "
        f"next: it may be a stack of {nz // nx} volumes; if so, write each to a file of its own"
    ]


def _block_means(values: FloatMap) -> FloatMap:
    """Return the means of blocks of 4 points along each axis."""
    nz, ny, nx = (n // _BLOCK for n in values.shape)
    whole = values[: nz * _BLOCK, : ny * _BLOCK, : nx * _BLOCK]
    means: FloatMap = whole.reshape(nz, _BLOCK, ny, _BLOCK, nx, _BLOCK).mean(axis=(1, 3, 5))
    return means


def _caution_of_turn(map_data: MapData) -> list[str]:
    """Return a warning of a label by which Chimera and ChimeraX turn the map that they show."""
    for label in map_data.position.labels:
        match = _TURN.match(label)
        if match is not None and float(match["angle"]) % 360 != 0:
            return [
                f"{map_data.name} has the label {label.strip()!r}, by which ChimeraX turns the "
                "map and other programs don't; it is not applied, so a model that fits the map in "
                "ChimeraX doesn't fit it here; there, resample the map on an unturned grid "
                "(volume resample) and save it"
            ]
    return []


def _caution_of_voxels(map_data: MapData) -> list[str]:
    """Return a warning of voxels as no map of a molecule has them."""
    steps = map_data.voxel_size
    shown = " x ".join(f"{step:.4g}" for step in steps)
    if min(steps) >= _SMALLEST_VOXEL and max(steps) <= _LARGEST_VOXEL:
        return []
    return [
        f"{map_data.name} has voxels of {shown} Å; expected {_SMALLEST_VOXEL:g} to "
        f"{_LARGEST_VOXEL:g} Å; its cell may be in another unit: give voxel_size in Å"
    ]


def cautions_of_edges(map_data: MapData) -> list[str]:
    """Return a warning of voxels of unequal edges, which maps have that are no crystal's."""
    steps, position = map_data.voxel_size, map_data.position
    is_crystal = position.space_group > 1 or not position.cell.is_orthogonal
    if is_crystal or max(steps) <= _UNEQUAL_EDGES * min(steps):
        return []
    return [
        f"{map_data.name} has voxels of {' x '.join(f'{step:.4g}' for step in steps)} Å; expected "
        "edges of nearly one length; if one is wrong, give voxel_size in Å"
    ]


def _is_unsigned_mask(values: FloatMap) -> bool:
    """Whether bytes read with a sign are those of a mask that goes from 0 to 255, or to 128.

    Its 255 is then -1, and makes a peak among the levels: neither 1 nor -2 (254) is nearly as
    common, and many points are inside. Of density that is 0 nearly everywhere as many points are 1
    as -1, or, if its contrast is inverted, about as many -2. Of a mask of 0 and 128 all points
    inside are -128.
    """
    n_zero, n_last, n_one, n_second = (
        int(np.count_nonzero(values == level)) for level in (0, -1, 1, -2)
    )
    if n_zero + n_last <= values.size / 2:
        return False
    if n_last > _LESS_COMMON * max(n_one, n_second):
        return n_last > (values.size - n_zero) / _LESS_COMMON
    n_lowest = int(np.count_nonzero(values == -128))
    return n_lowest > 0 and n_zero > values.size / 2 and n_zero + n_lowest == values.size


def without_wraps(values: FloatMap, name: str) -> tuple[FloatMap, list[str]]:
    """Return bytes that were read with a sign as 0 to 255, if that makes a smoother map.

    Old programs wrote bytes without a sign; between 127 and 128 neighbours then seem to be 255
    apart.
    """
    step = max(1, len(values) // _SECTIONS)
    sample = values[::step]
    if _is_unsigned_mask(values):
        return np.where(values < 0, values + 256, values).astype(np.float32), [
            f"{name} has bytes (mode 0) of 0 and {values[values < 0].max():g}, as a mask of bytes "
            "without a sign has them; they are read as 0 to 255"
        ]
    if len(np.unique(sample)) <= _FEW_LEVELS or values.shape[2] < 2:
        return values, []  # a mask, or no points have a neighbour
    signed = np.abs(np.diff(sample, axis=2))
    unsigned = np.abs(np.diff(np.where(sample < 0, sample + 256, sample), axis=2))
    n_wraps = np.count_nonzero(signed >= _WRAP)
    if n_wraps < _FEWEST_WRAPS * signed.size or signed.mean() < _ROUGHER * unsigned.mean():
        return values, []
    return np.where(values < 0, values + 256, values).astype(np.float32), [
        f"{name} has bytes (mode 0) that jump between 127 and -128; they are read as 0 to 255, as "
        "old programs wrote them"
    ]
