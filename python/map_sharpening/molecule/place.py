"""Where a map lies according to its model, if its file gives two positions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from map_sharpening.maps.map_data import MapData
from map_sharpening.molecule.atoms import Atoms

#: Standard deviations by which the mean density at the atoms must differ to decide.
_CLEARLY_BETTER = 0.5
#: Share of a voxel by which two positions differ.
_APART = 0.1


def has_two_places(map_data: MapData) -> bool:
    """Whether NSTART and ORIGIN put the map at different positions."""
    position = map_data.position
    pairs = zip(position.first_point, position.other_point, strict=True)
    return max(abs(a - b) for a, b in pairs) > _APART * min(map_data.voxel_size)


def at_other_place(map_data: MapData) -> MapData:
    """Return a map that lies where the other of NSTART and ORIGIN says."""
    position = map_data.position
    is_by_start = position.first_point == position.start_in_angstrom
    other = replace(position, placed_by="origin" if is_by_start else "nstart")
    return replace(map_data, position=other)


def density_at_atoms(map_data: MapData, atoms: Atoms, *, periodic: bool = False) -> float:
    """Return the mean density at atoms, in standard deviations above the mean of the map.

    Atoms outside of a map that doesn't repeat count as being at its mean.
    """
    to_fractional = np.stack([map_data.fractional(axis) for axis in np.eye(3)], axis=1)
    moved = atoms.positions - np.array(map_data.position.first_point)
    size = np.array(map_data.values.shape[::-1])
    points = np.rint(moved @ to_fractional.T * size)
    inside = np.isfinite(points).all(axis=1)
    if not periodic:
        inside &= np.all((points >= 0) & (points < size), axis=1)
    x, y, z = np.mod(points[inside], size).astype(np.intp).T
    mean = float(map_data.values.mean(dtype=np.float64))
    deviation = float(map_data.values.std(dtype=np.float64))
    if deviation == 0 or len(atoms) == 0:
        return 0.0
    above = map_data.values[z, y, x].astype(np.float64) - mean
    return float(above.sum()) / (len(atoms) * deviation)


def place_by_model(
    map_data: MapData, atoms: Atoms, *, periodic: bool = False
) -> tuple[MapData, str | None]:
    """Return a map at the position where a model fits, and messages about it.

    Only a map that NSTART and ORIGIN put at two places is looked at, and only a clear
    difference of the density at the atoms moves it from the place that it has.
    """
    if map_data.position.placed_by != "auto" or not has_two_places(map_data):
        return map_data, None
    other = at_other_place(map_data)
    here, there = (density_at_atoms(each, atoms, periodic=periodic) for each in (map_data, other))
    is_moved = there > here + _CLEARLY_BETTER
    position = map_data.position
    if not is_moved and not (any(position.start) and any(position.origin)):
        return map_data, None  # one of the two was not set, and is wrong
    names = ("ORIGIN", "NSTART")
    used, left = names if (other.position.placed_by == "origin") is is_moved else names[::-1]
    best, worse = (there, here) if is_moved else (here, there)
    told = (
        f"{map_data.name} is placed by NSTART and ORIGIN at two places: the density at the atoms "
        f"of {atoms.name} is {best:.2f} SD above the mean by {used}, which is used, and "
        f"{worse:.2f} SD by {left}"
    )
    if abs(there - here) < _CLEARLY_BETTER:
        told += f"; the evidence is weak: check, and give map_origin={left.lower()} if it is wrong"
    return (other if is_moved else map_data), told
