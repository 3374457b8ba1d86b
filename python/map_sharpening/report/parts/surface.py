"""A picture of a contour surface, seen along z, as archives ask for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import FloatMap
from map_sharpening.report.parts.slice_pictures import png_of

_MOST_PLANES = 160  #: of the piece of the map that is looked at
_RIM = 1.06  #: the picture's edge by that of the surface
_PLAIN = (150, 182, 214)  #: where there is nothing to colour by
_LIGHT = np.array([-0.40, 0.50, 0.77])  #: x, y, z; from the upper left, before the picture
_SHADOW, _FOG, _GLOSS = 0.30, 0.35, 0.18


@dataclass(frozen=True)
class Colouring:
    """Values that colour a surface, on the map's grid."""

    values: FloatMap
    limits: tuple[float, float]  #: of the first and the last colour
    palette: Sequence[str]  #: #rrggbb


def surface_png(
    values: FloatMap,
    voxel_size: tuple[float, float, float],
    level: float,
    colouring: Colouring | None = None,
    *,
    size: int = 500,
    finer: int = 2,
) -> bytes | None:
    """Return a contour surface as a PNG on white, x to the right and y up.

    Parameters
    ----------
    values : ndarray, shape (z, y, x)
        The map; finite.
    voxel_size : (float, float, float)
        Å along x, y, z, at right angles.
    level : float
        Where the surface is.
    colouring : Colouring, optional
        What the colours say; without it the surface has one colour.
    size : int
        Pixels along each edge.
    finer : int
        Rays by pixel along each edge, against jagged edges.

    Returns
    -------
    bytes or None
        None if the map is nowhere above the level.
    """
    box = _box_of(values, level)
    if box is None:
        return None
    step = -(-max(part.stop - part.start for part in box) // _MOST_PLANES)
    piece = np.asarray(values[box][::step, ::step, ::step], dtype=np.float32)
    spacing = np.array(voxel_size[::-1]) * step
    seen = _look(piece, spacing, level, size * finer)
    if not seen.is_hit.any():
        return None  # all of it fell between the points that are looked at
    paint = np.empty((*seen.is_hit.shape, 3))
    paint[:] = _PLAIN
    if colouring is not None:
        of_piece = colouring.values[box][::step, ::step, ::step]
        paint[seen.is_hit] = _colours(_sample(of_piece, seen.places), colouring)
    picture = np.full(paint.shape, 255.0)
    picture[seen.is_hit] = _lit(paint[seen.is_hit], seen, len(piece))
    edge = picture.shape[0] // finer
    means = picture.reshape(edge, finer, edge, finer, 3).mean(axis=(1, 3))
    return png_of(np.clip(np.rint(means), 0, 255).astype(np.uint8)[::-1])


@dataclass(frozen=True)
class _Seen:
    """Where rays meet the surface."""

    is_hit: np.ndarray  #: bool, rows from below, columns
    places: FloatArray  #: shape (3, hits): z, y, x in grid points
    slope: FloatArray  #: shape (3, hits): of the map along z, y, x, per Å


def _box_of(values: FloatMap, level: float) -> tuple[slice, slice, slice] | None:
    """Return the box that holds all that is above the level, with one point around."""
    by_plane = np.array([(plane >= level).any() for plane in values])
    if not by_plane.any():
        return None
    above = [by_plane]
    rows, columns = np.zeros(values.shape[1], bool), np.zeros(values.shape[2], bool)
    for plane in values[by_plane]:
        is_above = plane >= level
        rows |= is_above.any(axis=1)
        columns |= is_above.any(axis=0)
    above += [rows, columns]
    ends = [np.flatnonzero(part)[[0, -1]] for part in above]
    z, y, x = (
        slice(max(int(first) - 1, 0), min(int(last) + 2, n))
        for (first, last), n in zip(ends, values.shape, strict=True)
    )
    return z, y, x


def _look(piece: FloatMap, spacing: FloatArray, level: float, size: int) -> _Seen:
    """Send a ray down each pixel, from the last plane to the first."""
    nz, ny, nx = piece.shape
    pixel = _RIM * max((ny - 1) * spacing[1], (nx - 1) * spacing[2], spacing[0]) / size
    from_middle = (np.arange(size) - (size - 1) / 2) * pixel
    at_y = from_middle / spacing[1] + (ny - 1) / 2
    at_x = from_middle / spacing[2] + (nx - 1) / 2
    along_y, along_x = _interpolation(at_y, ny), _interpolation(at_x, nx)
    in_y, in_x = ((at >= 0) & (at <= n - 1) for at, n in ((at_y, ny), (at_x, nx)))
    is_open = np.outer(in_y, in_x)  # rays that have met nothing yet
    # Slopes are taken over about a grid point each way, as those of finer steps have facets.
    wide_y, wide_x = (max(round(spacing[axis] / pixel), 1) for axis in (1, 2))
    before = np.zeros((size, size), dtype=np.float32)
    found = []
    for z in range(nz - 1, -1, -1):
        here = along_y @ piece[z] @ along_x.T
        row, column = np.nonzero(is_open & (here >= level))
        if row.size:
            is_open[row, column] = False
            value, last = here[row, column], before[row, column]
            rise = (value - last) if z < nz - 1 else np.zeros_like(value)
            share = np.divide(value - level, rise, out=np.zeros_like(rise), where=rise > 0)
            share = np.clip(share, 0, 1)
            slope = [-rise / spacing[0]]
            for wide, is_row in ((wide_y, True), (wide_x, False)):
                ends = []
                for shift in (-wide, wide):
                    at = (
                        np.clip(row + shift * is_row, 0, size - 1),
                        np.clip(column + shift * (not is_row), 0, size - 1),
                    )
                    ends.append((1 - share) * here[at] + share * before[at])
                slope.append((ends[1] - ends[0]) / (2 * wide * pixel))
            found.append(np.stack([row, column, z + share, *slope]).astype(np.float64))
        before = here
    is_hit = np.outer(in_y, in_x) & ~is_open
    if not found:
        return _Seen(is_hit, np.empty((3, 0)), np.empty((3, 0)))
    every = np.concatenate(found, axis=1)
    # In the order in which a picture holds its points.
    every = every[:, np.lexsort((every[1], every[0]))]
    rows, columns = every[:2].astype(int)
    return _Seen(is_hit, np.stack([every[2], at_y[rows], at_x[columns]]), every[3:])


def _interpolation(places: FloatArray, n: int) -> FloatMap:
    """Return the matrix from values at 0 .. n - 1 to places between them; 0 outside."""
    distance = np.abs(places[:, None] - np.arange(n)[None, :])
    return np.asarray(np.maximum(1 - distance, 0), dtype=np.float32)


def _sample(values: FloatMap, places: FloatArray) -> FloatArray:
    """Return values between grid points, held at the edges."""
    found = np.zeros(places.shape[1])
    lower, share = [], []
    for along, n in zip(places, values.shape, strict=True):
        held = np.clip(along, 0, n - 1)
        below = np.minimum(held.astype(int), max(n - 2, 0))
        lower.append(below)
        share.append(held - below)
    for corner in np.ndindex(2, 2, 2):
        weight = np.ones(places.shape[1])
        index = []
        for axis, is_upper in enumerate(corner):
            weight *= share[axis] if is_upper else 1 - share[axis]
            index.append(np.minimum(lower[axis] + is_upper, values.shape[axis] - 1))
        found += weight * values[tuple(index)]
    return found


def _lit(paint: FloatArray, seen: _Seen, n_planes: int) -> FloatArray:
    """Return colours as light falls on them: matt, with some gloss, paler with distance."""
    normal = -seen.slope[::-1]
    normal /= np.maximum(np.linalg.norm(normal, axis=0), 1e-20)
    facing = np.clip(_LIGHT @ normal / np.linalg.norm(_LIGHT), 0, 1)
    lit = paint * (_SHADOW + (1 - _SHADOW) * facing)[:, None]
    lit += 255 * _GLOSS * (facing**24)[:, None]
    depth = seen.places[0]
    fog = _FOG * (depth.max() - depth) / max(n_planes - 1, 1)
    return np.asarray(lit + (255 - lit) * fog[:, None])


def _colours(values: FloatArray, colouring: Colouring) -> FloatArray:
    """Return red, green and blue (0 to 255) of each value."""
    low, high = colouring.limits
    span = high - low if high > low else 1.0
    share = np.clip((values - low) / span, 0, 1)
    table = np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in colouring.palette])
    at = np.linspace(0, 1, len(table))
    return np.stack([np.interp(share, at, table[:, i]) for i in range(3)], axis=-1)
