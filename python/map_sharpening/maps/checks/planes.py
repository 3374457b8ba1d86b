"""Planes of a map that can't be those of density: gaps, repetitions, margins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.checks.signs import FEW_LEVELS
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.maps.mask_like import mask_likeness

#: Planes of a map that may have a gap, points along an edge that are looked at first, share of
#: the other points that may have the gap's number, and share of the planes that are no gap if
#: they lie at one end.
FEWEST_PLANES, _PROBES, _ELSEWHERE, _MARGIN = 16, 16, 0.01, 0.02
#: Gaps that no row of molecules has, and planes out of scale; of which a message names some.
_MANY_GAPS, _NAMED = 4, 4
#: Share of their points that planes of one mask have in common; those of scraps have few.
_IN_COMMON = 0.7
#: Points along an edge by which planes are compared, how little equal ones differ, and by how
#: much, in logarithms of their deviation and in correlation, planes differ from their neighbours:
#: linear interpolation makes 0.35 (a factor of the root of 2), and good maps .03 by turns.
_FINE_PROBES, _EQUAL, _OTHER_SCALE, _BY_TURNS = 64, 1e-6, 0.45, 0.05
_ALIKE = 0.2  #: correlation of planes from which on they may be neighbours
#: Smallest deviation over the largest of points whose three numbers are even or odd: good maps
#: 0.9 at least, a checkerboard 0.17 at most. Pairs of planes that are looked at.
_UNEVEN, _PAIRS = 0.3, 6
#: Standard deviations by which the number of a margin differs from the mean of what it is round.
_OTHER_LEVEL = 2.0
_SAMPLED = 200_000  #: points


def caution_of_gaps(map_data: MapData) -> list[str]:
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


def caution_of_planes(map_data: MapData) -> list[str]:
    """Return a warning of planes that repeat others, differ in scale, or aren't in order."""
    for axis, name in enumerate("zyx"):
        planes = np.moveaxis(map_data.values, axis, 0)
        n = len(planes)
        if n < FEWEST_PLANES:
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
        products = np.einsum("ij,ij->i", probes[1:], probes[:-1])
        likeness = products / np.where(both > 0, both, 1)
        fault = None
        again = [
            int(i) + 1
            for i in np.flatnonzero(likeness > 1 - _EQUAL)
            if np.array_equal(planes[i], planes[i + 1]) and len(np.unique(planes[i])) > FEW_LEVELS
        ]
        level = np.log(np.where(size > 0, size, 1))
        apart = np.minimum(np.abs(level[1:-1] - level[:-2]), np.abs(level[1:-1] - level[2:]))
        is_peak = (level[1:-1] - level[:-2]) * (level[1:-1] - level[2:]) > 0
        known = (np.minimum(both[1:], both[:-1]) > 0) & go_on[1:] & go_on[:-1]
        odd = 1 + np.flatnonzero(is_peak & known & (apart > _OTHER_SCALE))
        turns = likeness[1:-1] - (likeness[2:] + likeness[:-2]) / 2
        known = known[:-1] & known[1:]
        even, uneven = turns[::2][known[::2]], turns[1::2][known[1::2]]
        are_enough = min(even.size, uneven.size) >= FEWEST_PLANES - 1
        by_turns = abs(float(even.mean() - uneven.mean())) / 4 if are_enough else 0.0
        if again:
            fault = (
                f"{_planes(name, again)} equal to the one before, as resampling to the nearest "
                "point makes them, or a file put together wrongly"
            )
        elif len(odd) >= _MANY_GAPS:
            fault = f"{_planes(name, odd)} on another scale than those beside them"
        elif _are_evens_first(probes, size, products):
            fault = (
                f"planes along {name} are like those half of the box away, not like their "
                "neighbours, as if the even ones came first and the odd ones after them"
            )
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


def _are_evens_first(probes: FloatMap, size: FloatMap, products: FloatMap) -> bool:
    """Whether planes agree more with both of those half of the box away than with neighbours.

    `size` is the norm of each plane, `products` that of each with the next.
    """
    n = len(probes)

    def agreement(apart: int, product: float) -> float:
        norm = np.linalg.norm(size[apart:]) * np.linalg.norm(size[:-apart])
        return product / max(float(norm), 1e-30)

    # Neighbours in a map that was sharpened too much are unlike each other.
    least = max(agreement(1, float(products.sum())) + _BY_TURNS, _ALIKE)
    half = n // 2 + n % 2
    return least < 1 and all(
        agreement(apart, float(np.vdot(probes[apart:], probes[:-apart]))) > least
        for apart in (half, half - 1)
    )


def caution_of_points(map_data: MapData) -> list[str]:
    """Return a warning of a map of which every second point is weaker, or missing."""
    nz, ny, nx = (n // 2 * 2 for n in map_data.values.shape)
    if min(nz, ny, nx) < FEWEST_PLANES:
        return []
    squares = np.zeros((2, 2, 2))
    for z in range(0, nz, 2 * max(1, nz // (2 * _PAIRS))):
        pair = map_data.values[z : z + 2, :ny, :nx]
        apart = pair - pair.mean(dtype=np.float64).astype(np.float32)
        split = apart.reshape(2, ny // 2, 2, nx // 2, 2)
        squares += np.einsum("zaybx,zaybx->zyx", split, split)
    if squares.max() == 0 or np.sqrt(squares.min() / squares.max()) > _UNEVEN:
        return []
    if mask_likeness(map_data) != "density":
        return []
    share = np.sqrt(squares.min() / squares.max())
    return [
        f"{map_data.name}: of points that follow each other some are {share:.2g} times as strong "
        "as others by turns, as if every second one were missing, or zeros had been put between; "
        "expected values that change evenly; give the map as it was reconstructed"
    ]


def _planes(axis: str, numbers: Sequence[int] | npt.NDArray[np.intp]) -> str:
    """Name a few planes, and say how many there are."""
    some = ", ".join(str(number) for number in numbers[:_NAMED])
    if len(numbers) == 1:
        return f"plane {axis} {some} (counted from 0) is"
    return f"{len(numbers)} planes {axis}, the first of them {some} (counted from 0), are"


def _empty_planes(planes: FloatMap) -> list[int]:
    """Return which planes, along the first axis, hold one number each; none of few planes."""
    if len(planes) < FEWEST_PLANES:
        return []
    step = max(1, min(planes.shape[1:]) // _PROBES)
    probes = planes[:, ::step, ::step].reshape(len(planes), -1)
    numbers = np.flatnonzero((probes == probes[:, :1]).all(axis=1))
    return [int(i) for i in numbers if (planes[i] == planes[i].flat[0]).all()]


def caution_of_margin(map_data: MapData) -> list[str]:
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
