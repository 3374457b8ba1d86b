"""A picture of a contour surface, seen along z, as archives ask for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import FloatMap
from map_sharpening.report.parts.figures import Pixels
from map_sharpening.report.parts.slice_pictures import png_of

_MOST_PLANES = 160  #: of the piece of the map that is looked at
_RIM = 1.06  #: the picture's edge by that of the surface
_PLAIN = (150, 182, 214)  #: where there is nothing to colour by
_LIGHT = np.array([-0.40, 0.50, 0.77], dtype=np.float32)  #: x, y, z; from the upper left
_LIGHT /= np.linalg.norm(_LIGHT)
_SHADES = 512  #: of a palette
_EFFORT = 1  #: to pack the picture; more would hardly make it smaller
_SHADOW, _FOG, _GLOSS = 0.30, 0.35, 0.18


@dataclass(frozen=True)
class Colouring:
    """Values that colour a surface, on the map's grid."""

    values: FloatMap
    limits: tuple[float, float]  #: of the first and the last colour
    palette: Sequence[str]  #: #rrggbb


@dataclass(frozen=True)
class Shown:
    """The map whose surface is drawn; nothing of its size is made of it."""

    values: FloatMap  #: shape (z, y, x); finite
    level: float  #: where the surface is
    mask: FloatMap | None = None  #: what lies outside would hide the molecule, and is left out
    inside: float = 0.5  #: the mask's least value inside

    def planes_above(self) -> Iterator[npt.NDArray[np.bool_]]:
        """Provide, plane by plane along z, where the map is not lower than the level."""
        for number, plane in enumerate(self.values):
            is_above = plane >= self.level
            if self.mask is not None:
                is_above &= self.mask[number] >= self.inside
            yield is_above

    def with_room(self, box: tuple[slice, slice, slice], step: int) -> FloatMap:
        """Return each `step`-th point of a box, well below the level outside the mask.

        With points around, every ray has neighbours to take a slope from: one plane above, a
        row and a column before, two behind, all as their neighbours are.
        """
        piece = self.values[box][::step, ::step, ::step]
        nz, ny, nx = piece.shape
        room = np.empty((nz + 1, ny + 3, nx + 3), dtype=np.float32)
        inner = room[:nz, 1 : ny + 1, 1 : nx + 1]
        inner[...] = piece
        if self.mask is not None:
            below = np.float32(self.level - (abs(self.level) / 2 or 1.0))
            own = self.mask[box][::step, ::step, ::step]
            for plane, is_inside in zip(inner, own >= self.inside, strict=True):
                plane[~is_inside] = below
        room[:nz, 1 : ny + 1, 0] = inner[:, :, 0]
        room[:nz, 1 : ny + 1, nx + 1 :] = inner[:, :, -1:]
        room[:nz, 0] = room[:nz, 1]
        room[:nz, ny + 1 :] = room[:nz, ny : ny + 1]
        room[nz] = room[nz - 1]
        return room


def surface_png(
    shown: Shown,
    voxel_size: tuple[float, float, float],
    colouring: Colouring | None = None,
    *,
    size: int = 500,
    finer: int = 2,
    is_clear: bool = False,
) -> bytes | None:
    """Return a contour surface as a PNG, x to the right and y up.

    Parameters
    ----------
    voxel_size : (float, float, float)
        Å along x, y, z, at right angles.
    colouring : Colouring, optional
        What the colours say; without it the surface has one colour.
    size : int
        Pixels along each edge.
    finer : int
        Rays by pixel along each edge, against jagged edges.
    is_clear : bool
        What lies behind is transparent, for a page of any colour; else it is white.

    Returns
    -------
    bytes or None
        None if the map is nowhere above the level.
    """
    box = _box_of(shown)
    if box is None:
        return None
    step = -(-max(part.stop - part.start for part in box) // _MOST_PLANES)
    room = shown.with_room(box, step)
    spacing = np.array(voxel_size[::-1]) * step
    seen = _look(room, spacing, shown.level, size * finer)
    if not seen.is_hit.any():
        return None  # all of it fell between the points that are looked at
    paint = np.full((seen.places.shape[1], 3), _PLAIN, dtype=np.float32)
    if colouring is not None:
        z, y, x = np.rint(seen.places).astype(np.intp) * step
        paint = _colours(colouring.values[box][z, y, x], colouring)
    picture = np.full((*seen.is_hit.shape, 3), 255, dtype=np.uint8)
    picture[seen.is_hit] = np.clip(np.rint(_lit(paint, seen, len(room) - 1)), 0, 255)
    if is_clear:
        opaque = np.where(seen.is_hit, np.uint8(255), np.uint8(0))
        picture = np.dstack([picture, opaque])
    return png_of(_joined(picture, finer)[::-1], _EFFORT)


def _joined(rays: Pixels, finer: int) -> Pixels:
    """Return the means of the rays of each pixel."""
    if finer == 1:
        return rays
    rows, columns, n = rays.shape
    apart = rays.reshape(rows // finer, finer, columns // finer, finer, n)
    total = np.full((rows // finer, columns // finer, n), finer**2 // 2, dtype=np.uint32)
    for i, j in np.ndindex(finer, finer):
        total += apart[:, i, :, j]
    return np.asarray(total // finer**2, dtype=np.uint8)


@dataclass(frozen=True)
class _Seen:
    """Where rays meet the surface, in the order in which a picture holds its points."""

    is_hit: npt.NDArray[np.bool_]  #: rows from below, columns
    places: FloatMap  #: shape (3, hits): z, y, x in grid points
    slope: FloatMap  #: shape (3, hits): of the map along z, y, x, per Å


def _box_of(shown: Shown) -> tuple[slice, slice, slice] | None:
    """Return the box that holds all that is above the level, with one point around."""
    above = [np.zeros(n, bool) for n in shown.values.shape]
    for number, is_above in enumerate(shown.planes_above()):
        in_row = is_above.any(axis=1)
        above[0][number] = in_row.any()
        if above[0][number]:
            above[1] |= in_row
            above[2] |= is_above.any(axis=0)
    if not above[0].any():
        return None
    ends = [np.flatnonzero(part)[[0, -1]] for part in above]
    z, y, x = (
        slice(max(int(first) - 1, 0), min(int(last) + 2, n))
        for (first, last), n in zip(ends, shown.values.shape, strict=True)
    )
    return z, y, x


def _look(room: FloatMap, spacing: FloatArray, level: float, size: int) -> _Seen:
    """Send a ray down each pixel, from the last plane to the first, through a map with room."""
    ny, nx = room.shape[1] - 3, room.shape[2] - 3
    pixel = _RIM * max((ny - 1) * spacing[1], (nx - 1) * spacing[2], spacing[0]) / size
    from_middle = (np.arange(size) - (size - 1) / 2) * pixel
    at_y = from_middle / spacing[1] + (ny - 1) / 2
    at_x = from_middle / spacing[2] + (nx - 1) / 2
    in_y, in_x = ((at >= 0) & (at <= n - 1) for at, n in ((at_y, ny), (at_x, nx)))
    is_hit = np.outer(in_y, in_x)
    rows, columns = np.divmod(np.flatnonzero(is_hit), size)
    rays = _Rays.over(room, at_y[rows] + 1, at_x[columns] + 1)
    plane = _first_planes(rays, level)
    met = plane >= 0
    is_hit[is_hit] = met
    rays, plane = rays.some(met), plane[met]
    value, above = rays.values(plane), rays.values(plane + 1)
    rise = above - value
    share = np.divide(level - value, rise, out=np.zeros_like(rise), where=rise < 0)
    share = np.clip(share, 0, 1)
    along_y, along_x = rays.differences(plane, share)
    slope = [rise / spacing[0], along_y / (2 * spacing[1]), along_x / (2 * spacing[2])]
    places = [plane + share, at_y[rows[met]], at_x[columns[met]]]
    return _Seen(is_hit, np.stack(places).astype(np.float32), np.stack(slope).astype(np.float32))


@dataclass(frozen=True)
class _Rays:
    """Rays along z through a map with room around, each within a cell of four grid points."""

    values_of_map: FloatMap  #: shape (z, y, x)
    corner: npt.NDArray[np.intp]  #: of a plane's points, that with the lowest y and x
    share_y: FloatMap  #: of the way to the next row
    share_x: FloatMap

    @classmethod
    def over(cls, values: FloatMap, y: FloatArray, x: FloatArray) -> _Rays:
        """Return rays at places in grid points."""
        row, column = y.astype(np.intp), x.astype(np.intp)
        shares = (np.asarray(part, dtype=np.float32) for part in (y - row, x - column))
        return cls(values, row * values.shape[2] + column, *shares)

    @property
    def row(self) -> int:
        """Points from one row to the next."""
        return int(self.values_of_map.shape[2])

    def some(self, which: npt.NDArray[Any]) -> _Rays:
        """Return those rays that are asked for."""
        return replace(
            self,
            corner=self.corner[which],
            share_y=self.share_y[which],
            share_x=self.share_x[which],
        )

    def values(self, plane: npt.NDArray[np.intp]) -> FloatMap:
        """Return the map where each ray meets its plane."""
        flat, row = self.values_of_map.ravel(), self.row
        at = self._first_point(plane) + self.corner
        # Parts of the map are free, other places would be arrays of their own.
        return self._between(*(flat[step:].take(at) for step in (0, 1, row, row + 1)))

    def differences(
        self, plane: npt.NDArray[np.intp], share: FloatMap
    ) -> tuple[FloatMap, FloatMap]:
        """Return by how much the map differs two points apart along y, and along x.

        They are those before and behind a place between a plane and the next one, a share of
        the way. Differences of finer steps would show facets.
        """
        flat, row = self.values_of_map.ravel(), self.row
        in_plane = row * self.values_of_map.shape[1]
        at = self._first_point(plane) + self.corner - row
        # The cell's corners, and the points around it but the four that touch it at a corner.
        grid = {}
        for y, x in np.ndindex(4, 4):
            if y in (1, 2) or x in (1, 2):
                first = y * row + x - 1
                here, over = (flat[first + step :].take(at) for step in (0, in_plane))
                grid[y, x] = here + (over - here) * share

        def between(y: int, x: int) -> FloatMap:
            return self._between(grid[y, x], grid[y, x + 1], grid[y + 1, x], grid[y + 1, x + 1])

        return between(2, 1) - between(0, 1), between(1, 2) - between(1, 0)

    def _first_point(self, plane: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        return np.asarray(plane * (self.row * self.values_of_map.shape[1]))

    def _between(self, a: FloatMap, b: FloatMap, c: FloatMap, d: FloatMap) -> FloatMap:
        lower, upper = a + (b - a) * self.share_x, c + (d - c) * self.share_x
        return np.asarray(lower + (upper - lower) * self.share_y)


def _first_planes(rays: _Rays, level: float) -> npt.NDArray[np.intp]:
    """Return the first plane from above in which each ray is above the level; -1: none."""
    planes = rays.values_of_map[:-1]
    in_cell = np.zeros(planes.shape[1:], dtype=bool)
    # Between planes that have a corner above the level, nothing can be met.
    next_below = np.empty((len(planes), in_cell.size), dtype=np.int16)
    last = np.full(in_cell.size, -1, dtype=np.int16)
    for number, plane_of_map in enumerate(planes):
        is_above = plane_of_map >= level
        in_cell[:-1, :-1] = is_above[:-1, :-1] | is_above[:-1, 1:] | is_above[1:, :-1]
        in_cell[:-1, :-1] |= is_above[1:, 1:]
        last[in_cell.ravel()] = number
        next_below[number] = last
    plane: npt.NDArray[np.intp] = next_below[-1, rays.corner].astype(np.intp)
    left = np.arange(plane.size)
    while left.size:
        left = left[plane[left] >= 0]
        left = left[rays.some(left).values(plane[left]) < level]
        below = plane[left] - 1
        plane[left] = np.where(below < 0, -1, next_below[np.maximum(below, 0), rays.corner[left]])
    return plane


def _lit(paint: FloatMap, seen: _Seen, n_planes: int) -> FloatMap:
    """Return colours as light falls on them: matt, with some gloss, paler with distance."""
    length = np.sqrt((seen.slope**2).sum(axis=0))
    facing = -(_LIGHT[::-1] @ seen.slope) / np.maximum(length, 1e-20)
    facing = np.clip(facing, 0, 1)
    eighth = ((facing**2) ** 2) ** 2  # squares, as other powers take long
    gloss = eighth * eighth * eighth
    lit = paint * (_SHADOW + (1 - _SHADOW) * facing)[:, None] + 255 * _GLOSS * gloss[:, None]
    depth = seen.places[0]
    fog = _FOG * (depth.max() - depth) / max(n_planes - 1, 1)
    return np.asarray(lit + (255 - lit) * fog[:, None], dtype=np.float32)


def _colours(values: FloatMap, colouring: Colouring) -> FloatMap:
    """Return red, green and blue (0 to 255) of each value."""
    low, high = colouring.limits
    span = high - low if high > low else 1.0
    codes = [[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in colouring.palette]
    given, at = np.array(codes), np.linspace(0, _SHADES - 1, len(codes))
    shades = np.stack([np.interp(np.arange(_SHADES), at, part) for part in given.T], axis=-1)
    place = np.clip((values - low) * ((_SHADES - 1) / span), 0, _SHADES - 1)
    return np.asarray(shades[np.rint(place).astype(np.intp)], dtype=np.float32)
