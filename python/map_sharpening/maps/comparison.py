"""How two maps of one molecule differ: amplitudes, position, hand, axes, sign, or all of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.maps.arrays import BooleanMap, FloatArray, median
from map_sharpening.maps.grids import contiguous
from map_sharpening.maps.map_data import MapData

#: From which axis each comes, and those that run the other way.
Way = tuple[tuple[int, int, int], tuple[int, ...]]
ComplexArray = npt.NDArray[np.complex128]

#: Points along an edge at most, of the maps in which shifts, hands and axes are tried.
_SIDE = 49
#: Points along an edge at most, of the middle of a map that is examined.
_LARGEST_SIDE = 320
_ENOUGH_TERMS = 1_000_000
#: What a change must add to the mean correlation to count, a shift alone too, and the
#: correlation it must reach.
_GAIN, _GAIN_OF_SHIFT, _LEAST = 0.15, 0.03, 0.2
#: Correlation that needs no better one.
_CLEAR = 0.9
#: How much more a less simple change must add than a simpler one.
_GAIN_OF_MORE = 0.02
#: Shift in voxels below which two maps are at the same position.
_IN_PLACE = 0.3
_UPHILL_STEPS = 3
#: Number of orientations that are examined more closely.
_MOST_PROMISING = 3
#: Shells have this many terms along an edge, and there are at least some.
_SHELL_TERMS, _FEWEST_SHELLS = 2, 4
#: Power below this share of the strongest ratio counts as cut off.
_CUT_OFF = 1e-3
#: Parts of each axis in which scales are compared, and points along an axis of the smallest one.
_PARTS, _SMALLEST_PART = 4, 4
#: Points of a coarse map that count as one, and power of a part, relative to the strongest, below
#: which it tells nothing.
_POINTS_ALIKE, _WEAK_PART = 8, 1e-5
#: Standard errors by which a scale is not 1 by chance, and one that is known well.
_SURE, _WELL_KNOWN = 4, 0.05
#: Rounding errors of amplitudes in single precision, as a share of the largest.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Change:
    """What makes one map from another, in the order: axes, mirror, sign, shift."""

    axes: tuple[int, int, int] = (0, 1, 2)  #: from which axis, z y x, each comes
    mirrored: tuple[int, ...] = ()  #: axes, z y x, that run the other way
    is_inverted: bool = False
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)  #: voxels along x, y, z

    @property
    def is_shifted(self) -> bool:
        """Whether the maps lie at different places."""
        return max(map(abs, self.shift)) > _IN_PLACE

    @property
    def is_shift_alone(self) -> bool:
        """Whether only the position differs."""
        return self.is_shifted and not self.is_inverted and self._is_upright

    @property
    def is_other_hand(self) -> bool:
        """Whether the change makes a molecule its mirror image."""
        n_swaps = sum(a > b for a, b in itertools.combinations(self.axes, 2))
        return bool((n_swaps + len(self.mirrored)) % 2)

    @property
    def _is_upright(self) -> bool:
        return self.axes == (0, 1, 2) and not self.mirrored

    def __str__(self) -> str:
        words = []
        if self.axes != (0, 1, 2):
            words.append(
                f"has its axes in the order {' '.join('zyx'[i] for i in self.axes[::-1])}"
            )
        if len(self.mirrored) == 2:
            words.append(f"is turned by 180° about {'zyx'[3 - sum(self.mirrored)]}")
        elif self.mirrored:
            words.append(f"is mirrored along {', '.join('zyx'[i] for i in self.mirrored[::-1])}")
        if words and self.is_other_hand:
            words[-1] += " (which makes the other hand)"
        if self.is_inverted:
            words.append("has the opposite contrast")
        # The place of a mirror makes a shift of its own, which means nothing.
        # If something else differs too, noise moves the position a little.
        is_far = max(map(abs, self.shift)) > 1 or self.is_shift_alone
        if self.is_shifted and self._is_upright and is_far:
            numbers = ", ".join(f"{round(step, 1) + 0.0:g}" for step in self.shift)
            words.append(f"is shifted by {numbers} voxels along x, y, z")
        return " and ".join(words)


@dataclass(frozen=True)
class Shells:
    """Two maps compared by shells of resolution."""

    s: FloatArray  #: 1/Å
    correlation: FloatArray  #: 0 where a map has no power
    ratio: FloatArray  #: rms amplitude of the other map over that of the first
    has_data: BooleanMap  #: where the amplitudes of both maps are more than rounding errors

    @property
    def mean_correlation(self) -> float:
        """Mean over the shells in which both maps have power."""
        both = self.ratio**2 > _CUT_OFF * np.max(self.ratio) ** 2
        return float(self.correlation[both].mean()) if both.any() else 0.0


def compare_by_shells(
    first: MapData, other: MapData, resolution: float, threads: int = 0
) -> Shells:
    """Return correlation and ratio of amplitudes of two maps on one grid, to a resolution."""
    first, other = _middle(first), _middle(other)
    nz, ny, nx = first.values.shape
    h = [np.fft.fftfreq(n, 1 / n) for n in (nz, ny)]
    h.append(np.arange(nx // 2 + 1, dtype=np.float64))
    reach = _reach(first, resolution)
    near = [np.nonzero(np.abs(of) <= limit)[0] for of, limit in zip(h, reach, strict=True)]
    # Some of the planes are enough.
    n_terms = near[0].size * near[1].size * near[2].size
    near[0] = near[0][:: max(1, n_terms // _ENOUGH_TERMS)]
    kept = np.ix_(*near)
    one, two = (
        _core.forward_transform(contiguous(each), threads)[kept].astype(np.complex128)
        for each in (first, other)
    )
    inner = [of[part] for of, part in zip(h, near, strict=True)]
    # A term of x > 0 counts for its mate at -x too.
    weights = np.where(inner[2] > 0, 2.0, 1.0)[None, None, :]
    return _shells(one, two, _s(inner, first), weights, 1 / resolution, _width(first))


def scales_by_place(
    first: MapData, other: MapData, resolution: float, shells: Shells
) -> FloatArray:
    """Return how many times as large another map's values are, from place to place.

    In each of 64 parts of the box the other map is fitted by a multiple of the first, plus a
    constant, on coarse copies of the maps. The first is filtered before as the other seems to
    be, so that a filter, which weakens noise more than signal, doesn't count.

    Parameters
    ----------
    resolution : float
        To which they are compared at most, in Å.
    shells : Shells
        Of the same two maps.

    Returns
    -------
    array
        Scales relative to their median, of parts in which the first map is strong enough and
        that are known well enough to tell 1 from what deviates as they do; empty if none are.
    """
    first, other = _middle(first), _middle(other)
    coarse = max(resolution, 2 * max(first.box.a, first.box.b, first.box.c) / _SIDE)
    one, two = (_coarse_map(each, coarse) for each in (first, other))
    s = _s([np.fft.fftfreq(n, 1 / n) for n in one.shape], first)
    common = np.interp(s, shells.s, shells.correlation * shells.ratio)
    one, two = (
        np.fft.ifftn(np.where(s < 1 / coarse, factor * np.fft.fftn(values), 0)).real
        for factor, values in ((common, one), (1.0, two))
    )
    found = []
    for part in itertools.product(*(_parts(n) for n in one.shape)):
        x, y = one[part].ravel(), two[part].ravel()
        x, y = x - x.mean(), y - y.mean()
        power = float(x @ x)
        scale = float(x @ y) / power if power > 0 else 0.0
        rest = float(np.sum((y - scale * x) ** 2))
        # Neighbouring points aren't independent, at resolutions where a molecule is a blob.
        n_free = max(1.0, x.size / _POINTS_ALIKE)
        error = math.sqrt(rest / n_free / power) if power > 0 else math.inf
        found.append((power / max(x.size, 1), scale, error))
    power_of, scale_of, error_of = np.array(found).T
    used = power_of > _WEAK_PART * power_of.max()
    middle = median(scale_of[used]) if used.any() else 0.0
    if not middle > 0:
        return np.empty(0)
    relative, error = scale_of[used] / middle, error_of[used] / middle
    known = (np.abs(relative - 1) > _SURE * error) | (error < _WELL_KNOWN)
    kept: FloatArray = relative[known]
    return kept


def _parts(n: int) -> list[slice]:
    """Return the parts of an axis, of nearly equal size."""
    n_parts = min(_PARTS, max(1, n // _SMALLEST_PART))
    ends = [i * n // n_parts for i in range(n_parts + 1)]
    return [slice(*pair) for pair in itertools.pairwise(ends)]


def change_between(first: MapData, other: MapData, resolution: float) -> Change | None:
    """Return the change of a map that, once undone, makes it agree with another.

    Shifts, mirrored axes, other orders of the axes and the sign are tried, on coarse
    copies of the maps.

    Parameters
    ----------
    resolution : float
        To which they are compared, in Å.

    Returns
    -------
    Change or None
        How `other` differs from `first`; None if nothing of this makes them agree better.
    """
    first, other = _middle(first), _middle(other)
    coarse = max(resolution, 2 * max(first.box.a, first.box.b, first.box.c) / _SIDE)
    one, two = (_coarse_map(each, coarse) for each in (first, other))
    h = [np.fft.fftfreq(n, 1 / n) for n in one.shape]
    s = _s(h, first)
    terms = np.fft.fftn(one)
    weights = np.ones((1, 1, 1))

    def agreement(values: FloatArray, *, in_place: bool = False) -> tuple[float, Change]:
        moved = np.fft.fftn(values)
        sign, shift = (1.0, np.zeros(3)) if in_place else _sign_and_shift(terms, moved)
        phases = sum(
            index * step for index, step in zip(np.ix_(*h), shift / one.shape, strict=True)
        )
        undone = sign * moved * np.exp(2j * np.pi * phases)
        shells = _shells(terms, undone, s, weights, 1 / coarse, _width(first))
        # From points of the coarse map to those of the map, x first.
        steps = shift * np.array(first.values.shape) / np.array(one.shape)
        x, y, z = (float(step) for step in steps[::-1])
        return shells.mean_correlation, Change(is_inverted=sign < 0, shift=(x, y, z))

    as_it_is, _ = agreement(two, in_place=True)
    best, change = as_it_is, None
    ways = list(_ways(first))
    # With few terms, one of so many orientations and shifts agrees by chance.
    n_tried = len(ways) * one.size
    least = max(_LEAST, _best_by_chance(one, two, s, 1 / coarse, _width(first), n_tried))
    for axes, mirrored in _promising(terms, two, ways):
        found, made = agreement(_turned(two, axes, mirrored))
        made = replace(made, axes=axes, mirrored=mirrored)
        # The simplest comes first; another must be clearly better.
        if change is not None:
            gain = _GAIN_OF_MORE
        else:
            gain = _GAIN_OF_SHIFT if made.is_shift_alone else _GAIN
        if found > max(least, best + gain):
            best, change = found, made
        if best > _CLEAR:
            break
    return change


def _best_by_chance(
    one: FloatArray, two: FloatArray, s: FloatArray, s_max: float, width: float, n_tried: int
) -> float:
    """Return the mean correlation that the best of many tries reaches by chance."""
    number, n, _ = _shell_numbers(s, s_max, width)
    # If both maps are strong only in a part of the box, neighbouring terms are alike.
    share = max(_share_in_use(one), _share_in_use(two))
    n_terms = np.bincount(number, minlength=n) * share
    variances = 1 / np.maximum(n_terms[n_terms > 0], 1)
    deviation = float(np.sqrt(variances.sum()) / variances.size)
    times = math.sqrt(2 * math.log(2 * n_tried))
    return times * deviation


def _share_in_use(values: FloatArray) -> float:
    """Return the share of a box that density takes up: 1 if it is as noise everywhere."""
    squares = (values - values.mean()) ** 2
    fourth = float(np.mean(squares**2))
    return min(1.0, 3 * float(np.mean(squares)) ** 2 / fourth) if fourth > 0 else 1.0


def _shell_numbers(
    s: FloatArray, s_max: float, width: float
) -> tuple[npt.NDArray[np.intp], int, BooleanMap]:
    """Return the shells of all terms within a limit, how many there are, and which terms."""
    n = max(_FEWEST_SHELLS, int(s_max / width))
    # The mean of a map is not part of its shape.
    inside: BooleanMap = (s > 0) & (s < s_max)
    return np.minimum((s[inside] * n / s_max).astype(np.intp), n - 1), n, inside


def _promising(terms: ComplexArray, values: FloatArray, ways: list[Way]) -> list[Way]:
    """Return the first orientation, and of the others those that look best, in their order."""
    n_half = terms.shape[2] // 2 + 1  # of real maps the others are their mates
    one, two = _unit(terms[:, :, :n_half]).conj(), _unit(np.fft.fftn(values))

    def height(way: Way) -> float:
        phases = one * _turned_terms(two, *way)[:, :, :n_half]
        phases[0, 0, 0] = 0
        peaks = np.fft.irfftn(phases, terms.shape, axes=(0, 1, 2))
        return max(float(peaks.max()), -float(peaks.min()))

    heights = [height(way) for way in ways[1:]]
    best = np.sort(np.argsort(heights)[::-1][:_MOST_PROMISING])
    return [ways[0], *(ways[1 + int(place)] for place in best)]


def _turned_terms(
    terms: ComplexArray, axes: tuple[int, int, int], mirrored: tuple[int, ...]
) -> ComplexArray:
    """Return the terms of a map that is turned, but for a shift by a point."""
    turned: ComplexArray = terms.transpose(axes)
    # An index h becomes -h, which stands at the place n - h, and 0 stays.
    return np.roll(np.flip(turned, mirrored), (1,) * len(mirrored), mirrored)


def _turned(
    values: FloatArray, axes: tuple[int, int, int], mirrored: tuple[int, ...]
) -> FloatArray:
    return np.flip(np.ascontiguousarray(values.transpose(axes)), mirrored)


def _middle(map_data: MapData) -> MapData:
    """Return the middle of a large map, where the molecule is."""
    cut = []
    for n in map_data.values.shape:
        size = min(n, _LARGEST_SIDE)
        cut.append(slice((n - size) // 2, (n - size) // 2 + size))
    return replace(map_data, values=map_data.values[tuple(cut)])


def _ways(map_data: MapData) -> Iterator[Way]:
    """Yield orders of the axes, as far as the box allows, and mirrors; the simplest first."""
    edges, shape = map_data.voxel_size[::-1], map_data.values.shape
    orders = [
        (a, b, c)
        for a, b, c in itertools.permutations((0, 1, 2))
        if all(
            shape[i] == shape[j] and np.isclose(edges[i], edges[j], rtol=1e-3)
            for i, j in enumerate((a, b, c))
        )
    ]
    for axes in orders:
        for n_mirrored in range(4):
            for mirrored in itertools.combinations(range(3), n_mirrored):
                yield axes, mirrored


def _coarse_map(map_data: MapData, resolution: float) -> FloatArray:
    """Return a map of the terms to a resolution, on as few points as hold them."""
    terms = _core.forward_transform(contiguous(map_data))
    nz, ny, _ = map_data.values.shape
    reach = _reach(map_data, resolution)
    z, y = (
        np.r_[0 : limit + 1, n - limit : n] for n, limit in zip((nz, ny), reach[:2], strict=True)
    )
    kept = terms[np.ix_(z, y, np.arange(reach[2] + 1))].astype(np.complex128)
    # Odd numbers of points: no term is its own mate, and a mirror is exact.
    shape = tuple(2 * limit + 1 for limit in reach)
    values: FloatArray = np.fft.irfftn(kept, shape, axes=(0, 1, 2))
    return values


def _reach(map_data: MapData, resolution: float) -> list[int]:
    """Return the largest index along z, y, x to a resolution, within the grid."""
    edges = (map_data.box.c, map_data.box.b, map_data.box.a)
    # In a skew cell an index reaches further than the edge suggests, but never beyond the grid.
    return [
        max(1, min(int(edge / resolution), (n - 1) // 2))
        for edge, n in zip(edges, map_data.values.shape, strict=True)
    ]


def _s(h: list[FloatArray], map_data: MapData) -> FloatArray:
    """Return 1/d of the terms of some indices z, y, x, in 1/Å."""
    z, y, x = np.ix_(*h)
    columns = map(map_data.fractional, np.eye(3))  # of the matrix from Cartesian to fractional
    vector = [x * a + y * b + z * c for a, b, c in columns]
    length: FloatArray = np.sqrt(sum(part**2 for part in vector))
    return length


def _width(map_data: MapData) -> float:
    return _SHELL_TERMS / max(map_data.box.a, map_data.box.b, map_data.box.c)


def _shells(
    one: npt.NDArray[np.complex128],
    two: npt.NDArray[np.complex128],
    s: FloatArray,
    weights: FloatArray,
    s_max: float,
    width: float,
) -> Shells:
    number, n, inside = _shell_numbers(s, s_max, width)
    weight = np.broadcast_to(weights, s.shape)[inside]
    f, g = one[inside], two[inside]

    def summed(values: FloatArray) -> FloatArray:
        total: FloatArray = np.bincount(number, weight * values, n).astype(np.float64)
        return total

    product = summed((f.conj() * g).real)
    power, other = summed(np.abs(f) ** 2), summed(np.abs(g) ** 2)
    has_power = (power > 0) & (other > 0)
    root = np.sqrt(np.where(has_power, power * other, 1))
    n_terms = np.maximum(summed(np.ones(f.shape)), 1)
    return Shells(
        (np.arange(n) + 0.5) * s_max / n,
        np.where(has_power, product / root, 0.0),
        np.sqrt(np.where(has_power, other / np.where(power > 0, power, 1), 0.0)),
        _above_rounding(power / n_terms) & _above_rounding(other / n_terms),
    )


def _above_rounding(squares: FloatArray) -> BooleanMap:
    """Return which mean squares of amplitudes are more than rounding errors of the largest."""
    above: BooleanMap = squares > _ROUNDING**2 * squares.max()
    return above


def _phases(one: ComplexArray, two: ComplexArray) -> ComplexArray:
    """Return by how much the phases of two maps differ, as numbers of size 1."""
    phases = _unit(one.conj() * two)
    phases[0, 0, 0] = 0
    return phases


def _unit(terms: ComplexArray) -> ComplexArray:
    """Return terms with the size 1, but for those that are 0."""
    size = np.abs(terms)
    unit: ComplexArray = np.where(size > 0, terms / np.where(size > 0, size, 1), 0)
    return unit


def _half_way(
    product: ComplexArray, frequency: list[FloatArray], at: Sequence[np.intp]
) -> FloatArray:
    """Return by how much, 0 or half a point along z y x, the peak is higher beside a point.

    From a point half-way from a peak along each axis no slope leads up to it.
    """
    halves = np.array([0.0, -0.5, 0.5])
    heights = product
    for f, place in zip(frequency, at, strict=True):
        wave = np.exp(1j * np.multiply.outer(f.ravel(), place + halves))
        heights = np.tensordot(heights, wave, axes=(0, 0))
    best = np.unravel_index(int(np.argmax(heights.real)), heights.shape)
    chosen: FloatArray = halves[np.array(best)]
    return chosen


def _sign_and_shift(one: ComplexArray, two: ComplexArray) -> tuple[float, FloatArray]:
    """Return how the second map must be read and where it lies: sign, and points along z y x.

    By the highest peak of the phase correlation, and from there uphill between the points.
    """
    product = _phases(one, two)
    peaks = np.fft.ifftn(product).real
    at = np.unravel_index(int(np.argmax(np.abs(peaks))), peaks.shape)
    sign = 1.0 if peaks[at] > 0 else -1.0
    h = [np.fft.fftfreq(n, 1 / n) for n in peaks.shape]
    frequency = [2 * np.pi * of for of in np.ix_(*(of / len(of) for of in h))]
    shift = np.array(at, dtype=np.float64) + _half_way(sign * product, frequency, at)
    for _ in range(_UPHILL_STEPS):
        turned = sum(f * step for f, step in zip(frequency, shift, strict=True))
        height = sign * product * np.exp(1j * turned)
        slope = -np.array([(f * height.imag).sum() for f in frequency])
        curvature = np.array([[(f * g * height.real).sum() for g in frequency] for f in frequency])
        step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
        shift += np.clip(step, -0.5, 0.5)
    size_zyx = np.array(peaks.shape)
    return sign, (shift + size_zyx / 2) % size_zyx - size_zyx / 2
