"""Maps made small for a screen: a part cut out, grid points binned, values as whole numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import gemmi
import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.maps.map_data import FloatMap, MapData, UnitCell

BoolMap = npt.NDArray[np.bool_]

#: First grid point and the one after the last, both z, y, x.
Box = tuple[tuple[int, int, int], tuple[int, int, int]]
Bits = Literal[8, 16]

#: Grid points of a map on a screen at most: a cube of 256 along each edge.
LARGEST_VIEW = 256**3
_PLACES = {"z": 0, "y": 1, "x": 2}  #: of axes among those of arrays
_EDGE_OF_MIDDLE = 64  #: grid points along an edge that are looked at, about
_POINTS_OF_SPHERE, _PERCENT_IN_SPHERE = 50_000, 98
_DTYPES: dict[Bits, type[np.signedinteger[Any]]] = {8: np.int8, 16: np.int16}


@dataclass(frozen=True)
class ViewMap:
    """A map as a screen gets it: value = number * step; signs stay, which viewers go by."""

    numbers: npt.NDArray[np.signedinteger[Any]]  #: shape (z, y, x)
    step: float
    box: UnitCell  #: that the grid fills, as its own P1 cell
    first_point: tuple[float, float, float]  #: shares of the box's edges along x, y, z
    mean: float  #: of the whole map, as given
    standard_deviation: float  #: of the whole map, as given
    factor: int = 1  #: grid points along each edge that were binned to one

    def number_of(self, value: float) -> float:
        """Return the number that represents a value of the map."""
        return value / self.step

    def values(self) -> FloatMap:
        """Return the values that the numbers represent."""
        return np.asarray(self.numbers * self.step, dtype=np.float32)


def box_of_mask(mask: MapData, margin: float = 0.0) -> Box:
    """Return the smallest box that holds all of a mask above 0.5, with a margin in Å round it.

    A mask that is nowhere above 0.5 has the whole grid.
    """
    steps = mask.voxel_size[::-1]
    first, end = [], []
    over_z = np.zeros(mask.values.shape[1:], dtype=np.float32)  # seen along z: one pass is enough
    along_z = np.zeros(len(mask.values), dtype=np.float32)
    for z, section in enumerate(mask.values):
        np.maximum(over_z, section, out=over_z)
        along_z[z] = section.max()
    for axis, along in enumerate((along_z, over_z.max(axis=1), over_z.max(axis=0))):
        n, inside = along.size, np.nonzero(along > 0.5)[0]
        more = int(np.ceil(margin / steps[axis]))
        first.append(max(0, int(inside[0]) - more) if inside.size else 0)
        end.append(min(n, int(inside[-1]) + 1 + more) if inside.size else n)
    return (first[0], first[1], first[2]), (end[0], end[1], end[2])


def is_whole_cell(map_data: MapData) -> bool:
    """Whether a map is one cell of a crystal, which goes on beyond its faces."""
    position = map_data.position
    return position.is_of_crystal and map_data.values.shape == position.sampling[::-1]


def box_of_points(map_data: MapData, points: npt.NDArray[np.float64], margin: float = 0.0) -> Box:
    """Return the smallest box that holds points, wherever they lie, with a margin round them.

    Parameters
    ----------
    points : float array (n, 3)
        Positions x, y, z in Å.
    """
    position = map_data.position
    cell = gemmi.UnitCell(*position.cell.parameters())
    to_shares = np.array(cell.frac.mat.tolist())
    shares = (points - position.first_point) @ to_shares.T
    more = margin * np.linalg.norm(to_shares, axis=1)
    low = np.floor((shares.min(axis=0) - more) * position.sampling).astype(int)
    high = np.ceil((shares.max(axis=0) + more) * position.sampling).astype(int) + 1
    (x, y, z), (end_x, end_y, end_z) = low.tolist(), high.tolist()
    return (z, y, x), (end_z, end_y, end_x)


def cropped(map_data: MapData, box: Box) -> MapData:
    """Return a part of a map, at its old position; of a crystal's cell across its faces too.

    Raises
    ------
    ValueError
        If the box does not lie in the map.
    """
    part = _part(map_data, box)
    return replace(part, values=np.ascontiguousarray(part.values))


def _part(map_data: MapData, box: Box) -> MapData:
    """Return what `cropped` does, not copied where it lies in the map."""
    first, end = box
    shape = map_data.values.shape
    is_inside = all(0 <= a < b <= n for a, b, n in zip(first, end, shape, strict=True))
    if not is_inside and not is_whole_cell(map_data):
        raise ValueError(f"box {first} to {end} is not inside {map_data.name}, of {shape}")
    values = map_data.values
    if is_inside:
        values = values[tuple(slice(a, b) for a, b in zip(first, end, strict=True))]
    else:
        for axis, (a, b) in enumerate(zip(first, end, strict=True)):
            values = np.take(values, np.arange(a, b), axis=axis, mode="wrap")
    moved = _moved(map_data, (float(first[2]), float(first[1]), float(first[0])))
    return replace(moved, values=values)


def binned(map_data: MapData, factor: int, inside: BoolMap | None = None) -> MapData:
    """Return a map of means over cubes of grid points; points that fill no cube are left out.

    Parameters
    ----------
    factor : int
        Grid points along the edge of a cube.
    inside : bool array (z, y, x), optional
        Points that count; cubes without any have the plain mean.

    Raises
    ------
    ValueError
        If no cube of so many points fits in, or `inside` is of another shape.
    """
    if factor == 1:
        return map_data
    shape = map_data.values.shape
    nz, ny, nx = (n // factor for n in shape)
    if factor < 1 or min(nz, ny, nx) < 1:
        raise ValueError(f"{map_data.name}, of {shape}, can't be binned {factor} times")
    if inside is not None and inside.shape != shape:
        raise ValueError(f"{map_data.name} is of {shape}, the points that count of {inside.shape}")
    means = _means(map_data.values, factor)
    if inside is not None:
        shares = _means(inside, factor)
        np.divide(_means(map_data.values, factor, inside), shares, out=means, where=shares > 0)
    moved = _moved(map_data, ((factor - 1) / 2,) * 3)
    sampling = moved.position.sampling
    cell, n_x, n_y, n_z = moved.position.cell, *sampling
    # A cell of whole coarse steps; the map need not fill it.
    counts = tuple(max(1, -(-n // factor)) for n in sampling)
    coarse = replace(
        cell,
        a=cell.a * counts[0] * factor / n_x,
        b=cell.b * counts[1] * factor / n_y,
        c=cell.c * counts[2] * factor / n_z,
    )
    position = replace(moved.position, cell=coarse, sampling=(counts[0], counts[1], counts[2]))
    return replace(moved, values=means, position=position)


def _means(values: FloatMap | BoolMap, factor: int, inside: BoolMap | None = None) -> FloatMap:
    """Return means over whole cubes of points, of which those outside count as 0."""
    nz, ny, nx = (n // factor for n in values.shape)
    whole = tuple(slice(n * factor) for n in (nz, ny, nx))
    means = np.zeros((nz, ny, nx), dtype=np.float32)
    for z in range(factor):  # plane by plane: never a copy of the whole map
        for i in range(nz):
            points = values[whole][i * factor + z]
            if inside is not None:
                points = points * inside[whole][i * factor + z]
            means[i] += points.reshape(ny, factor, nx, factor).mean(axis=(1, 3), dtype=np.float32)
    means /= np.float32(factor)
    return means


def view_of(
    map_data: MapData,
    box: Box | None = None,
    *,
    bits: Bits = 16,
    largest: int = LARGEST_VIEW,
    inside: MapData | None = None,
) -> ViewMap:
    """Return a map for a screen.

    Parameters
    ----------
    box : Box, optional
        What of it is shown; default all.
    bits : 8 or 16
        Of a number.
    largest : int
        Grid points at most; a larger part is binned.
    inside : MapData, optional
        A mask on the same grid, for values that mean nothing outside it: they don't count where
        a larger part is binned.

    Raises
    ------
    ValueError
        If the box does not lie in the map, or the mask is of another shape.
    """
    statistics = _core.map_statistics(np.ascontiguousarray(map_data.values, dtype=np.float32))
    part = map_data if box is None else _part(map_data, box)
    factor = 1
    while part.values.size / factor**3 > largest:
        factor += 1
    counting = None
    if inside is not None and factor > 1:
        counting = (inside if box is None else _part(inside, box)).values >= 0.5
    part = binned(part, factor, counting)
    largest_value = max(abs(float(part.values.min())), abs(float(part.values.max())))
    limit = 2 ** (bits - 1) - 1
    step = largest_value / limit or 1.0
    numbers = np.empty(part.values.shape, dtype=_DTYPES[bits])
    for plane_of_numbers, values in zip(numbers, part.values, strict=True):  # no second map
        scaled = np.rint(values / np.float32(step))
        plane_of_numbers[...] = np.clip(scaled, -limit, limit)
    place = part.fractional(part.position.first_point)
    return ViewMap(
        numbers,
        step,
        part.box,
        (float(place[0]), float(place[1]), float(place[2])),
        statistics.mean,
        statistics.standard_deviation,
        factor,
    )


def sphere_above(view: ViewMap, level: float) -> tuple[tuple[float, float, float], float]:
    """Return centre (Å; x, y, z) and radius (Å) of what a level shows, without far specks.

    What a negative level shows lies below it.
    """
    number = view.number_of(level)
    shown = view.numbers > number if level >= 0 else view.numbers < number
    at = np.flatnonzero(shown)
    if at.size:
        at = at[:: max(1, at.size // _POINTS_OF_SPHERE)]
    else:
        at = np.arange(0, shown.size, max(1, shown.size // _POINTS_OF_SPHERE))
    points = np.stack(np.unravel_index(at, view.numbers.shape)[::-1], axis=1)
    shares = (points / np.array(view.numbers.shape[::-1]) + view.first_point).T
    matrix = np.array(gemmi.UnitCell(*view.box.parameters()).orth.mat.tolist())
    places = (matrix @ shares).T
    centre = np.median(places, axis=0)
    distances = np.linalg.norm(places - centre, axis=1)
    x, y, z = (float(part) for part in centre)
    return (x, y, z), float(np.percentile(distances, _PERCENT_IN_SPHERE))


def middle_above(map_data: MapData, level: float) -> tuple[float, float, float]:
    """Return the middle of what a level shows, x, y, z in Å from the first grid point.

    Specks far from it count for little; of a large map some points are looked at. It is that of
    the box if there is nothing. What a negative level shows lies below it.
    """
    every = max(1, min(map_data.values.shape) // _EDGE_OF_MIDDLE)
    few = map_data.values[::every, ::every, ::every]
    at = np.nonzero(few > level if level >= 0 else few < level)
    if not at[0].size:
        at = np.nonzero(np.ones(few.shape, dtype=bool))
    z, y, x = (
        every * float(np.median(index)) / n
        for index, n in zip(at, map_data.values.shape, strict=True)
    )
    cell = gemmi.UnitCell(*map_data.box.parameters())
    place = cell.orthogonalize(gemmi.Fractional(x, y, z))
    return place.x, place.y, place.z


def points_above(map_data: MapData, level: float) -> int:
    """Return how many grid points of a map a level encloses."""
    return sum(int(np.count_nonzero(values > level)) for values in map_data.values)


def level_enclosing(map_data: MapData, n_points: int) -> float:
    """Return the level of a map that encloses so many grid points; one at least, and not all."""
    values = np.ascontiguousarray(map_data.values, dtype=np.float32)
    return float(_core.contour_level(values, min(max(n_points, 1), values.size - 1)))


def plane(map_data: MapData, axis: str, share: float) -> FloatMap:
    """Return the slice normal to "x", "y" or "z" at a share of its edge, from 0 to 1.

    Rows go up along z (of slices normal to z: y), columns along x (normal to x: y).
    """
    index, _ = section(map_data.values.shape, axis, share)
    values = np.take(map_data.values, index, axis=_PLACES[axis])
    return np.array(values, dtype=np.float32)


def section(shape: tuple[int, ...], axis: str, share: float) -> tuple[int, int]:
    """Return which section, from 0, of how many `plane` takes at a share of an edge."""
    n = shape[_PLACES[axis]]
    return min(n - 1, max(0, int(share * n))), n


def _moved(map_data: MapData, points: tuple[float, float, float]) -> MapData:
    """Return a map whose first grid point lies so many points further along x, y, z."""
    position = map_data.position
    x, y, z = (point / n for point, n in zip(points, position.sampling, strict=True))
    step = gemmi.UnitCell(*position.cell.parameters()).orthogonalize(gemmi.Fractional(x, y, z))
    old = position.first_point
    origin = (old[0] + step.x, old[1] + step.y, old[2] + step.z)
    return replace(
        map_data,
        position=replace(position, start=(0, 0, 0), origin=origin, placed_by="origin"),
        extended_header=b"",
        extended_type=b"",
    )
