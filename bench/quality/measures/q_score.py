"""Q-score: how much the density round each atom looks like that of one atom.

As Pintilie et al. (2020, Nat. Methods 17, 328) define it: on spheres round the atom, from 0 to
2 Å in steps of 0.1 Å, eight points that lie nearer to it than to any other atom are compared
with a Gaussian; Q is the correlation of map and Gaussian about their means over all of these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.spatial

from bench.quality.measures.sampling import values_at
from map_sharpening.maps.map_data import MapData

RADII = np.arange(21) / 10  #: Å
POINTS = 8  #: on each sphere
#: Points tried on a sphere, more where most of it belongs to other atoms.
_TRIED = (8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 80, 96, 128, 160, 208)
_CHUNK = 4096  #: atoms at a time


@dataclass(frozen=True)
class QPoints:
    """Where the map is looked at: the same for every map of a model."""

    positions: npt.NDArray[np.float64]  #: Å, shape (n_atoms, 3)
    offsets: npt.NDArray[np.float32]  #: Å from the atom, shape (n_atoms, radii, POINTS, 3)
    used: npt.NDArray[np.bool_]  #: shape (n_atoms, radii, POINTS)


def q_points(positions: npt.NDArray[np.float64]) -> QPoints:
    """Choose the points of each atom, away from all other atoms."""
    n = len(positions)
    offsets = np.zeros((n, len(RADII), POINTS, 3), np.float32)
    used = np.zeros((n, len(RADII), POINTS), bool)
    used[:, 0] = True
    neighbours = _neighbours(positions, 2 * RADII[-1])
    for start in range(0, n, _CHUNK):
        atoms = np.arange(start, min(start + _CHUNK, n))
        vectors = (positions[neighbours[atoms]] - positions[atoms, None]).astype(np.float32)
        squared = (vectors**2).sum(axis=2)
        squared[neighbours[atoms] == atoms[:, None]] = np.inf  # no neighbour
        nearest_first = np.argsort(squared, axis=1)
        vectors = np.take_along_axis(vectors, nearest_first[:, :, None], axis=1)
        squared = np.take_along_axis(squared, nearest_first, axis=1)
        for i in range(1, len(RADII)):
            rest = np.arange(len(atoms))
            k = int((squared < (2 * RADII[i]) ** 2).sum(axis=1).max(initial=0))
            for tried in _TRIED:
                directions = _directions(tried)
                # A point R d is nearer to a neighbour at v than to the atom if 2 R d v > v².
                along = vectors[rest, :k] @ np.float32(2 * RADII[i] * directions.T)
                free = (along <= squared[rest, :k, None]).all(axis=1)
                _choose(offsets, used, atoms[rest], i, directions, free)
                rest = rest[free.sum(axis=1) < POINTS]
                if len(rest) == 0:
                    break
    return QPoints(positions, offsets, used)


def q_scores(map_data: MapData, points: QPoints, sigma: float = 0.6) -> npt.NDArray[np.float64]:
    """Return the Q-score of each atom; NaN where the map ends within 2 Å of it.

    Parameters
    ----------
    map_data : MapData
        Its first grid point is where the atoms' positions count from.
    points : QPoints
        Of the atoms.
    sigma : float
        Å, width of the Gaussian: 0.6 as published in 2020, 0.4 in the EMDB's validation.
    """
    gaussian = np.exp(-(RADII**2) / (2 * sigma**2))[None, :, None]
    scores = np.empty(len(points.positions))
    for start in range(0, len(scores), _CHUNK):
        part = slice(start, start + _CHUNK)
        places = points.positions[part, None, None] + points.offsets[part]
        found = values_at(map_data, places)
        scores[part] = _correlation(found, gaussian, points.used[part])
    extent = (np.array(map_data.values.shape[::-1]) - 1) * np.array(map_data.voxel_size)
    is_inside = (points.positions >= RADII[-1]) & (points.positions <= extent - RADII[-1])
    scores[~is_inside.all(axis=1)] = np.nan
    return scores


def _correlation(
    found: npt.NDArray[np.float64],
    expected: npt.NDArray[np.float64],
    used: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Correlate about the means of each atom's points; 0 for constant density."""
    axes = (1, 2)
    weight = used.astype(np.float64)
    n = weight.sum(axis=axes, keepdims=True)
    a = (found - (weight * found).sum(axis=axes, keepdims=True) / n) * weight
    b = (expected - (weight * expected).sum(axis=axes, keepdims=True) / n) * weight
    norm = np.sqrt((a**2).sum(axis=axes) * (b**2).sum(axis=axes))
    products = (a * b).sum(axis=axes)
    correlation: npt.NDArray[np.float64] = np.divide(
        products, norm, out=np.zeros_like(products), where=norm > 0
    )
    return correlation


def _choose(
    offsets: npt.NDArray[np.float32],
    used: npt.NDArray[np.bool_],
    atoms: npt.NDArray[np.int64],
    i: int,
    directions: npt.NDArray[np.float64],
    free: npt.NDArray[np.bool_],
) -> None:
    """Take eight of the free points of each atom, spread over them, or all if they are fewer."""
    n_free = free.sum(axis=1)
    first = np.argsort(~free, axis=1, kind="stable")  # the free ones, in their order
    taken = np.minimum(n_free, POINTS)
    slots = np.arange(POINTS)[None, :]
    spread = slots * n_free[:, None] // np.maximum(taken, 1)[:, None]
    spread = np.minimum(spread, directions.shape[0] - 1)
    chosen = np.take_along_axis(first, spread, axis=1)
    used[atoms, i] = slots < taken[:, None]
    offsets[atoms, i] = RADII[i] * directions[chosen]


def _directions(n: int) -> npt.NDArray[np.float64]:
    """Return n points spread evenly over the unit sphere, along a spiral."""
    k = np.arange(n)
    z = 1 - (2 * k + 1) / n
    angle = np.pi * (1 + 5**0.5) * k
    r = np.sqrt(1 - z**2)
    return np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=1)


def _neighbours(positions: npt.NDArray[np.float64], radius: float) -> npt.NDArray[np.int64]:
    """Return the other atoms within a radius of each, filled up with the atom itself."""
    tree = scipy.spatial.cKDTree(positions)
    pairs = tree.query_pairs(radius, output_type="ndarray")
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    counts = np.bincount(both[:, 0], minlength=len(positions))
    ends = np.cumsum(counts)
    table = np.repeat(np.arange(len(positions))[:, None], max(1, counts.max(initial=0)), axis=1)
    place = np.arange(len(both)) - np.repeat(ends - counts, counts)
    table[both[:, 0], place] = both[:, 1]
    return table
