"""What lies in half maps and is no molecule: a slope of the background, or a marker of gold."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import FloatMap, MapData

_BLOCKS = 8  #: along an edge of the box, that means are taken of
#: Points of a row that is 0 where a map was masked, and share of the box by which that differs.
_ROW, _MASKED = 8, 0.1
_SECTIONS = 48  #: about as many are looked at, or up to twice as many
#: Rise of the background over the box in standard deviations of the map, and share of the
#: variance on the faces of the box that a plane explains. Molecules that fill a half of the box
#: reach 0.8.
_RISE, _EXPLAINED = 1.0, 0.9
#: Standard deviations from the mean at which a marker is looked for.
_FAR = 8.0
#: Share of the box that a marker may take, and share of the map's power that it has.
_MARKER_VOLUME, _MARKER_POWER = 0.01, 0.1
#: Shares of what the halves have in common, in the eighth of the box at each of its ends at least
#: and in its middle half at most, of a molecule that lies across the faces of the box.
_AT_FACES, _IN_MIDDLE = 0.2, 0.1
#: Share of the box, outside of the mask, in which noise can be seen, and correlation there of half
#: maps that share noise: of others 0.03 at most.
_SEEN, _SHARED = 0.1, 0.1
#: Radius that holds all of a marker, relative to that of a ball of its volume.
_COMPACT = 2.0
#: By how much its surroundings are wider than the points above half of its peak.
_SURROUNDINGS = 3.0
#: Correlation of the half maps elsewhere, where the molecule is: without it, it is the molecule.
_AGREEMENT = 0.05


@dataclass(frozen=True)
class _Background:
    """The mean of two half maps, coarsely."""

    blocks: FloatArray  #: means of blocks, shape (8, 8, 8), axes z, y, x
    mean: float
    deviation: float  #: standard
    lowest: float
    highest: float
    n_points: int  #: that were looked at


def cautions_of_disturbances(half_1: MapData, half_2: MapData) -> Iterator[str]:
    """Tell of density that isn't that of a molecule, and disturbs what is measured.

    Both halves have it, so it looks like signal.
    """
    if min(half_1.values.shape) < 2 * _BLOCKS:
        return
    yield from _caution_of_one_mask(half_1, half_2)
    yield from _caution_of_wrap(half_1, half_2)
    names = f"{half_1.name} and {half_2.name}"
    found = _background(half_1, half_2)
    if found.deviation == 0:
        return
    rise = _rise(found)
    if rise is not None:
        size = math.hypot(*rise)
        along = "xyz"[int(np.argmax(np.abs(rise)))]
        yield (
            f"the background of {names} rises by {size:.1f} standard deviations from one side of "
            f"the box to the other, mostly along {along}, and looks like signal: subtract a "
            "plane from the half maps, the same from both, or filter out terms coarser than the "
            "molecule"
        )
    marker = _marker(half_1, half_2, found)
    if marker is not None:
        yield f"{names} {marker}"


def _caution_of_one_mask(half_1: MapData, half_2: MapData) -> Iterator[str]:
    """Tell that one half is 0 in a part of the box and the other one isn't."""
    shares = [_share_empty(half) for half in (half_1, half_2)]
    if abs(shares[0] - shares[1]) < _MASKED:
        return
    masked, other = (half_1, half_2) if shares[0] > shares[1] else (half_2, half_1)
    yield (
        f"{masked.name} is 0 in {max(shares):.0%} of the box and {other.name} in "
        f"{min(shares):.0%}: one of them was masked or padded, so signal and noise can't be told "
        "apart there; give both halves as they were reconstructed"
    )


def _caution_of_wrap(half_1: MapData, half_2: MapData) -> Iterator[str]:
    """Tell of a molecule that lies across the faces of the box."""
    sums = np.zeros((3, _BLOCKS))
    one, two = (
        float(np.mean([half.values[z].mean(dtype=np.float64) for z in _sections(half)]))
        for half in (half_1, half_2)
    )
    shape = half_1.values.shape
    edges = [np.linspace(0, n, _BLOCKS + 1).astype(int)[:-1] for n in shape[1:]]
    for z in _sections(half_1):
        common = (half_1.values[z] - np.float32(one)) * (half_2.values[z] - np.float32(two))
        sums[0, z * _BLOCKS // shape[0]] += common.sum(dtype=np.float64)
        for axis, first in enumerate(edges):
            of_axis = common.sum(axis=1 - axis, dtype=np.float64)
            sums[axis + 1] += np.add.reduceat(of_axis, first)
    total = float(sums[0].sum())
    if total <= 0:
        return
    shares = sums / total
    middle = shares[:, _BLOCKS // 4 : -_BLOCKS // 4].sum(axis=1)
    ends = np.minimum(shares[:, 0], shares[:, -1])
    # Where it is clear along one axis, it is so along others that show it less.
    if np.any((ends > _AT_FACES) & (middle < _IN_MIDDLE)):
        is_split = (ends > _AT_FACES / 2) & (middle < 3 * _IN_MIDDLE)
        axes = ", ".join(name for name, split in zip("zyx", is_split, strict=True) if split)
        yield (
            f"the density of {half_1.name} and {half_2.name} lies at both ends of the box along "
            f"{axes} and not in its middle, as if the molecule were cut by the faces of the box; "
            "shift both half maps by half of the box there, so that it lies in the middle"
        )


def cautions_of_shared_noise(half_1: MapData, half_2: MapData, mask: MapData) -> list[str]:
    """Tell of half maps that agree outside of the mask too, where there is only noise.

    Differences of neighbours along x are compared, in which noise is stronger than what little
    density is there.
    """
    squares = np.zeros(3)
    n_outside = n_points = 0
    for z in _sections(half_1):
        is_outside = (mask.values[z, :, 1:] == 0) & (mask.values[z, :, :-1] == 0)
        one, two = (
            np.diff(half.values[z].astype(np.float64), axis=1)[is_outside]
            for half in (half_1, half_2)
        )
        squares += _product(one, one), _product(two, two), _product(one, two)
        n_outside += one.size
        n_points += is_outside.size
    if n_outside < _SEEN * n_points or not squares[0] * squares[1] > 0:
        return []
    correlation = float(squares[2] / math.sqrt(squares[0] * squares[1]))
    if correlation < _SHARED:
        return []
    return [
        f"{half_1.name} and {half_2.name} correlate outside of the mask too ({correlation:.2f}; "
        "expected about 0, as there is hardly anything but noise): they share noise, as maps of "
        "the same particles do, or maps that were mixed or denoised together, so that signal and "
        "resolution are found too good; give halves that were reconstructed separately"
    ]


def _share_empty(half: MapData) -> float:
    """Return the share of the rows along x, a few points long, that hold nothing but 0.

    Whole numbers are 0 at many points, but not at neighbours as where a map was masked.
    """
    n_empty = n_rows = 0
    for z in _sections(half):
        plane = half.values[z]
        n = plane.shape[1] // _ROW
        rows = plane[:, : n * _ROW].reshape(-1, _ROW)
        n_empty += int(np.count_nonzero((rows == 0).all(axis=1)))
        n_rows += len(rows)
    return n_empty / n_rows


def _background(half_1: MapData, half_2: MapData) -> _Background:
    shape = half_1.values.shape
    edges = [np.linspace(0, n, _BLOCKS + 1).astype(int) for n in shape]
    sums, counts = np.zeros((_BLOCKS,) * 3), np.zeros(_BLOCKS)
    squares, lowest, highest = 0.0, math.inf, -math.inf
    for z in _sections(half_1):
        plane = _mean(half_1.values[z], half_2.values[z])
        rows = np.add.reduceat(plane, edges[1][:-1], axis=0, dtype=np.float64)
        place = int(np.searchsorted(edges[0], z, side="right")) - 1
        sums[place] += np.add.reduceat(rows, edges[2][:-1], axis=1)
        counts[place] += 1
        squares += _product(plane, plane)
        lowest, highest = min(lowest, float(plane.min())), max(highest, float(plane.max()))
    sizes = np.einsum("i,j,k->ijk", counts, *map(np.diff, edges[1:]))
    n_points = int(sizes.sum())
    mean = float(sums.sum()) / n_points
    variance = max(0.0, squares / n_points - mean**2)
    return _Background(sums / sizes, mean, math.sqrt(variance), lowest, highest, n_points)


def _product(one: FloatMap | FloatArray, two: FloatMap | FloatArray) -> float:
    """Return the sum of products; those of linear algebra take tens of MB to work in."""
    return float(np.einsum("i,i->", one.ravel(), two.ravel(), dtype=np.float64))


def _sections(map_data: MapData) -> range:
    """Return which sections are looked at, one by one: maps may be larger than the memory."""
    nz = len(map_data.values)
    return range(0, nz, max(1, nz // _SECTIONS))


def _mean(one: FloatMap, two: FloatMap) -> FloatMap:
    plane: FloatMap = np.add(one, two, dtype=np.float32)
    plane *= np.float32(0.5)
    return plane


def _rise(found: _Background) -> FloatArray | None:
    """Return how much a background rises over the box along x, y, z, in standard deviations.

    None if it doesn't, or its means on the faces of the box aren't on a plane.
    """
    at = (np.arange(_BLOCKS) + 0.5) / _BLOCKS - 0.5
    z, y, x = np.meshgrid(at, at, at, indexing="ij")
    is_on_face = np.maximum.reduce([np.abs(x), np.abs(y), np.abs(z)]) == at[-1]
    values = found.blocks[is_on_face] / found.deviation
    # The faces being alike, x, y and z aren't correlated on them, and their means are 0.
    left = values - values.mean()
    rise: FloatArray = np.zeros(3)
    for axis, coordinate in enumerate((x, y, z)):
        on_face = coordinate[is_on_face]
        rise[axis] = _product(on_face, values) / _product(on_face, on_face)
        left -= rise[axis] * on_face
    if math.hypot(*rise) < _RISE or left.var() > (1 - _EXPLAINED) * values.var():
        return None
    return rise


def _marker(half_1: MapData, half_2: MapData, found: _Background) -> str | None:
    """Say where a small ball holds much of a map's power, if the molecule is elsewhere."""
    up, down = found.highest - found.mean, found.mean - found.lowest
    if max(up, down) < _FAR * found.deviation:
        return None
    sign, peak = (1, up) if up > down else (-1, down)
    most = int(_MARKER_VOLUME * found.n_points)
    places: list[FloatArray] = []
    count = 0
    for z in _sections(half_1):
        plane = _mean(half_1.values[z], half_2.values[z])
        rows, columns = np.nonzero(sign * (plane - found.mean) > peak / 2)
        count += len(rows)
        if count > most:
            return None
        places.append(np.stack([columns, rows, np.full(len(rows), z)], axis=1).astype(float))
    points = np.concatenate(places)
    centre = points.mean(axis=0)
    voxel = np.array(half_1.voxel_size)
    radius = float(np.sqrt(np.square((points - centre) * voxel).sum(axis=1).max()))
    volume = count * _sections(half_1).step * float(voxel.prod())
    ball = (3 * volume / (4 * math.pi)) ** (1 / 3)
    if radius > _COMPACT * ball + voxel.max():
        return None
    power, agreement = _apart(half_1, half_2, centre, _SURROUNDINGS * ball, found)
    if power < _MARKER_POWER or agreement < _AGREEMENT:
        return None
    x, y, z = (round(float(value)) for value in centre)
    return (
        f"have a spot at x {x}, y {y}, z {z} (counted from 0), {2 * ball:.0f} Å wide and up "
        f"to {peak / found.deviation:.0f} standard deviations, with {power:.0%} of the power of "
        "the map, as a gold bead (fiducial marker) or a piece of ice makes: it looks like signal; "
        "mask it out of both half maps softly, or give a mask round the molecule alone"
    )


def _apart(
    half_1: MapData, half_2: MapData, centre: FloatArray, radius: float, found: _Background
) -> tuple[float, float]:
    """Return a ball's share of the map's power, and the correlation of the halves elsewhere.

    Its centre is in grid points, its radius in Å.
    """
    _, ny, nx = half_1.values.shape
    x, y = (np.arange(nx) - centre[0]), (np.arange(ny) - centre[1])
    of_x, of_y, of_z = np.square(half_1.voxel_size)
    across = of_x * x**2 + (of_y * y**2)[:, None]
    inside = 0.0
    sums = np.zeros(6)
    for z in _sections(half_1):
        one, two = (half.values[z].astype(np.float64) - found.mean for half in (half_1, half_2))
        is_apart = across + of_z * (z - centre[2]) ** 2 > radius**2
        inside += float(np.square(0.5 * (one + two)[~is_apart]).sum())
        one, two = one[is_apart], two[is_apart]
        squares = (_product(one, one), _product(two, two), _product(one, two))
        sums += [len(one), one.sum(), two.sum(), *squares]
    n, of_1, of_2, squares_1, squares_2, products = sums
    power = inside / (found.deviation**2 * found.n_points)
    spread = (squares_1 - of_1**2 / n) * (squares_2 - of_2**2 / n) if n else 0.0
    if spread <= 0:
        return power, 0.0
    return power, float((products - of_1 * of_2 / n) / math.sqrt(spread))
