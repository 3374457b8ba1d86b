"""Whether values of half maps can be those of a reconstruction, by what its noise is like."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from map_sharpening.maps.arrays import BooleanMap, FloatArray, median
from map_sharpening.maps.map_data import FloatMap, MapData

#: Share of points that have the lowest value of a half map if those below it were cut off.
_CUT_BELOW = 0.2
#: Of the range of values, free above the lowest one, if a threshold set what was below to it.
_GAP = 0.005
_SAMPLED = 200_000  #: points that are looked at first
#: Share of points within this part of a standard deviation of the lowest or highest value if what
#: was beyond is gone or was folded back: of |noise| 4 %, of noise less than 0.1 %.
_PILED_UP, _NEAR_END = 0.02, 0.05
#: Deviations from the median, at least, at which noise has its lowest value: of the root of
#: |noise| 2.2, of half maps 3.6 or more.
_SHORT_TAIL = 3.0
#: Of small parts of the box, the median skewness, and kurtosis over that of normal noise, in half
#: maps at least: -0.1 and 0.95. A logarithm makes -0.35 or less, roots with their sign 0.75.
_SKEWED, _FLAT = -0.25, 0.85
#: Kurtosis of the values, and of their differences, that powers above 1 exceed, likewise: half
#: maps have 1.23 and 1.20 at most, the power 1.5 1.75 and 1.40 at least; and share of zeros that
#: masks exceed, at the edges of which it is large too.
_STEEP, _STEEP_DIFFERENCE, _ZEROS = 1.45, 1.28, 0.01
_PARTS, _SIDE = 8, 48  #: along an edge: parts, and points that are looked at
#: Independent points of a part below which its kurtosis says little.
_FEWEST_INDEPENDENT = 8.0
#: Noise of the parts that count, as a share of that of the noisiest, and their number at least.
_OF_NOISE, _FEWEST_PARTS = 0.1, 128
#: Share of exact zeros in thresholded half maps, times as many as of any other value, and share
#: of the points that one of them has that both have: half maps in one mask have nearly all.
_EMPTY, _LESS_COMMON, _SAME_POINTS = 0.1, 50, 0.85
_SCATTERED = 0.25  #: changes along rows by point that is left, at least; masks make 0.15
#: Change of the logarithm of the deviation from one plane to the next, less twice that of the
#: planes beside: half maps 0.12 at most, with a slab scaled by 2 0.53 at least; and by how much
#: the logarithm changes in all else, which masks and maps without noise exceed.
_STEP, _ELSEWHERE = 0.4, 2.7
_PROBES, _FEWEST_PLANES = 24, 16  #: points along an edge by which planes are compared
_REMEDY = "give the half maps as they were reconstructed"


def cautions_of_values(half_maps: tuple[MapData, MapData]) -> list[str]:
    """Return warnings of half maps whose values were cut off, folded, thresholded or rescaled."""
    samples = [_sample(half) for half in half_maps]
    found = [
        text
        for half, sample in zip(half_maps, samples, strict=True)
        for text in _caution_of_cut_values(half, sample) or _caution_of_ends(half, sample)
    ]
    found = found or _caution_of_threshold(half_maps, samples) or _caution_of_scale(half_maps)
    return [*found, *_caution_of_slab(half_maps)]


def _sample(half: MapData) -> FloatMap:
    step = max(1, int(np.cbrt(half.values.size / _SAMPLED)))
    sample: FloatMap = half.values[::step, ::step, ::step].copy()
    return sample


def _caution_of_cut_values(half: MapData, sample: FloatMap) -> list[str]:
    """Return a warning of values that were cut off at a level."""
    # All of the points can't have that many if these have less than half as many.
    if np.mean(sample == sample.min()) < _CUT_BELOW / 2:
        return []
    lowest = half.values.min()
    share = np.count_nonzero(half.values == lowest) / half.values.size
    if share <= _CUT_BELOW:
        return []
    # Values that were clipped go on from the lowest one.
    left = sample[sample > lowest]
    next_lowest = float(left.min()) if left.size else lowest
    if next_lowest - lowest > _GAP * (float(half.values.max()) - lowest):
        fault = f"what was below {next_lowest:.4g} was set to it (a threshold)"
    else:
        fault = "what was below was cut off"
    return [
        f"{half.name} has its lowest value, {lowest:.4g}, at {share:.0%} of its points: {fault}, "
        f"by which half maps agree better than they should; {_REMEDY}"
    ]


def _caution_of_ends(half: MapData, sample: FloatMap) -> list[str]:
    """Return a warning of values that end where many of a half map's points are."""
    ends = {"lowest": float(sample.min()), "highest": float(sample.max())}
    if not all(map(math.isfinite, ends.values())):
        return []  # which is refused
    reach = _NEAR_END * float(sample.std(dtype=np.float64))
    near = {which: float(np.mean(np.abs(sample - end) < reach)) for which, end in ends.items()}
    which = max(near, key=lambda each: near[each])
    if near[which] > _PILED_UP:
        return [
            f"{half.name} has {near[which]:.1%} of its values next to its {which} one, "
            f"{ends[which]:.4g}, as absolute values or squares have, or density cut off there; "
            f"noise lies on both sides of the solvent's density; {_REMEDY}"
        ]
    if ends["lowest"] < 0:
        return []
    middle = median(sample)
    deviation = 1.4826 * median(np.abs(sample - middle))
    tail = (middle - ends["lowest"]) / deviation if deviation > 0 else math.inf
    if tail >= _SHORT_TAIL:
        return []
    return [
        f"{half.name} has no value below {ends['lowest']:.4g}, {tail:.1f} standard deviations "
        "below the middle of its values, where noise goes on to 4 at least, as the square root of "
        f"absolute values has; {_REMEDY}"
    ]


def _caution_of_threshold(
    half_maps: tuple[MapData, MapData], samples: list[FloatMap]
) -> list[str]:
    """Return a warning of half maps that were set to 0 where they were weak, each elsewhere."""
    one, two = (sample != 0 for sample in samples)
    if max(one.mean(), two.mean()) > 1 - _EMPTY:
        return []
    in_common = int(np.count_nonzero(one & two)) / max(1, int(np.count_nonzero(one | two)))
    if in_common > _SAME_POINTS:
        return []
    for sample, is_left in zip(samples, (one, two), strict=True):
        left = sample[is_left]
        most = int(np.unique(left, return_counts=True)[1].max()) if left.size else 0
        if sample.size - left.size < _LESS_COMMON * most:
            return []  # whole numbers
    names = " and ".join(half.name for half in half_maps)
    if min(map(_scattered, (one, two))) < _SCATTERED:
        return [
            f"{names} were masked in different places: {in_common:.0%} of the points that are not "
            "0 in one of them are so in both, and the edges are taken for signal or noise; "
            f"{_REMEDY}"
        ]
    return [
        f"{names} are exactly 0 at {1 - one.mean():.0%} and {1 - two.mean():.0%} of their points, "
        f"and each at others ({in_common:.0%} of the points that are left in one of them are in "
        "both), as denoising by a threshold leaves them: noise is gone where it was weak, so that "
        f"signal and resolution are found too good; {_REMEDY}"
    ]


def _caution_of_slab(half_maps: tuple[MapData, MapData]) -> list[str]:
    """Return a warning of planes from which on a half map is on another scale."""
    for axis, name in enumerate("zyx"):
        told = []
        for half in half_maps:
            step = _step_along(half.values, axis)
            if step is not None:
                at, change = step
                told.append(
                    f"from plane {name} {at} on (counted from 0) {half.name} {change} before it"
                )
        if told:
            return [
                f"{' and '.join(told)}, at once: a part was scaled or shifted in value, "
                f"and signal and noise are those of no reconstruction; {_REMEDY}"
            ]
    return []


def _step_along(values: FloatMap, axis: int) -> tuple[int, str] | None:
    """Return from which plane on deviation or mean is another, and how."""
    probe = [slice(None, None, max(1, n // _PROBES)) for n in values.shape]
    probe[axis] = slice(None)
    planes = np.moveaxis(values[tuple(probe)], axis, 0).reshape(values.shape[axis], -1)
    deviation = planes.std(axis=1, dtype=np.float64)
    if len(planes) < _FEWEST_PLANES or not deviation.min() > 0:
        return None
    level = np.log(deviation)
    at, change = _greatest_step(level)
    if change and np.ptp(level) < _ELSEWHERE + abs(change):
        return at, f"is {math.exp(change):.2g} times as strong as"
    at, change = _greatest_step(planes.mean(axis=1, dtype=np.float64) / median(deviation))
    if change and np.ptp(level) < _ELSEWHERE:
        return at, f"is {change:+.2g} standard deviations higher than"
    return None


def _greatest_step(of_planes: FloatArray) -> tuple[int, float]:
    """Return where numbers of planes change at once, and by how much; 0: nowhere."""
    steps = np.diff(of_planes)
    size = np.abs(steps)
    beside = np.maximum.reduce([size[:-4], size[1:-3], size[3:-1], size[4:]])
    at = 2 + int(np.argmax(size[2:-2] - 2 * beside))
    is_clear = size[at] - 2 * beside[at - 2] > _STEP
    return at + 1, float(steps[at]) if is_clear else 0.0


def _scattered(is_left: BooleanMap) -> float:
    """Return how often rows change between what is left and what isn't, by point that is left."""
    return float(np.count_nonzero(is_left[..., 1:] != is_left[..., :-1]) / max(1, is_left.sum()))


@dataclass(frozen=True)
class _Parts:
    """What values of small parts of a box are like; medians."""

    skewness: float
    kurtosis: float  #: over that of normal noise of as many independent points


def _caution_of_scale(half_maps: tuple[MapData, MapData]) -> list[str]:
    """Return a warning of values that aren't in proportion to density."""
    parts = [_in_parts(half.values) for half in half_maps]
    difference = parts[0] - parts[1]
    noise = difference.var(axis=1)
    # Where a mask ends, or nothing is left, values say little about noise.
    known = noise > _OF_NOISE * np.sort(noise)[int(0.9 * noise.size)]
    for part in parts:
        known &= part.var(axis=1) > 0
    if np.count_nonzero(known) < _FEWEST_PARTS:
        return []
    scatter = float(noise[known].mean())
    # Noise that varies slowly has few independent points in a part.
    n = scatter / max(float(difference[known].mean(axis=1).var()), scatter / parts[0].shape[1])
    if n < _FEWEST_INDEPENDENT:
        return []
    found = [_moments(part[known], n) for part in parts]
    names = " and ".join(half.name for half in half_maps)
    if all(each.skewness < _SKEWED for each in found):
        return [
            f"{names} have values that reach farther down than up nearly everywhere (skewness "
            f"{found[0].skewness:.2f}, {found[1].skewness:.2f}; expected about 0, as noise has), "
            f"as logarithms have; {_REMEDY}, in proportion to density"
        ]
    if all(each.kurtosis < _FLAT for each in found):
        return [
            f"{names} have fewer small and large values than noise has (kurtosis "
            f"{found[0].kurtosis:.2f}, {found[1].kurtosis:.2f} of that of normal noise), as roots "
            f"or logarithms of both signs have; {_REMEDY}, in proportion to density"
        ]
    if any(np.mean(part == 0) > _ZEROS for part in parts):
        return []
    # Where squares are large they seem to be all, so all parts count that hold something.
    known = np.logical_and.reduce([part.var(axis=1) > 0 for part in (*parts, difference)])
    steep = [_moments(part[known], n).kurtosis for part in (*parts, difference)]
    if min(steep[:2]) > _STEEP and steep[2] > _STEEP_DIFFERENCE:
        return [
            f"{names} have more small and large values than noise has (kurtosis {steep[0]:.2f}, "
            f"{steep[1]:.2f} of that of normal noise), as powers of density above 1 have, or "
            f"weights that vary from place to place; {_REMEDY}, in proportion to density"
        ]
    return []


def _in_parts(values: FloatMap) -> FloatArray:
    """Return values by parts of the box, of shape (512, n_points), not all of a large one."""
    step = max(1, min(values.shape) // _SIDE)
    some = values[::step, ::step, ::step]
    nz, ny, nx = (n // _PARTS for n in some.shape)
    whole = some[: nz * _PARTS, : ny * _PARTS, : nx * _PARTS]
    split = whole.reshape(_PARTS, nz, _PARTS, ny, _PARTS, nx).transpose(0, 2, 4, 1, 3, 5)
    parts: FloatArray = split.reshape(_PARTS**3, -1).astype(np.float64)
    return parts


def _moments(parts: FloatArray, n_independent: float) -> _Parts:
    apart = parts - parts.mean(axis=1, keepdims=True)
    squares = apart * apart
    variance = squares.mean(axis=1)
    skewness = (squares * apart).mean(axis=1) / variance**1.5
    kurtosis = (squares * squares).mean(axis=1) / variance**2
    expected = 3 * (n_independent - 1) / (n_independent + 1)
    return _Parts(median(skewness), median(kurtosis) / expected)
