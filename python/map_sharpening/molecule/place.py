"""Where a map lies according to its model, if its file gives two positions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import MapData
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.ncs import NcsGroup

#: Standard deviations by which the mean density at the atoms must differ to decide.
_CLEARLY_BETTER = 0.5
#: How high the density beside atoms is at most, as a share of that at them, and Å from which on
#: maps are too coarse for that; atoms that are looked at.
_BESIDE, _COARSE, _ATOMS_LOOKED_AT = 0.9, 6.0, 5000
#: Points of the strongest density whose copies are looked at, and the share of their density
#: below which copies may lie elsewhere.
_STRONGEST, _LEAST_OF_COPIES = 1000, 0.1
#: The copies may be a small part of a complex: share of copied points that are strong, and times
#: that of all points, from which on they aren't strong by chance.
_LEAST_STRONG, _ABOVE_CHANCE = 0.005, 2
_LOOKED_AT = 2_000_000  #: points of a map among which the strongest are sought
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
    found = _densities_at(map_data, atoms.positions, periodic=periodic)
    return float(found.mean()) if len(found) else 0.0


def _to_fractional(map_data: MapData) -> FloatArray:
    return np.stack([map_data.fractional(axis) for axis in np.eye(3)], axis=1)


def caution_of_model(
    map_data: MapData, atoms: Atoms, resolution: float, *, periodic: bool = False
) -> str | None:
    """Return a warning if a model doesn't lie where the map has its density.

    The density at the atoms of a model in its place is higher than at a distance of the
    resolution from them, wherever they are moved: of eight maps with their models, raw half maps
    among them, at most 0.60 times as high at 1.7 to 4.2 Å, and 0.83 times at 9 Å. For models that
    are turned, mirrored or another molecule's, the best of 26 steps is 0.75 to 1.3 times as high.

    Parameters
    ----------
    resolution : float
        Å.
    """
    used = atoms.positions[:: max(1, len(atoms) // _ATOMS_LOOKED_AT)]
    steps = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=3)))
    steps *= resolution / np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1)
    moved = (used + steps[:, None]).reshape(-1, 3)
    inside, values = _values_at(map_data, moved, periodic=periodic)
    at_atoms = len(steps) // 2  # no step
    if not inside.reshape(len(steps), -1)[at_atoms].any():
        return (
            f"{atoms.name} has no atom in the box of {map_data.name}: viewers will show them "
            "apart; give the model of this map"
        )
    flat = map_data.values.reshape(-1)
    sample = flat[:: max(1, flat.size // _LOOKED_AT)]
    mean, deviation = (float(f(sample, dtype=np.float64)) for f in (np.mean, np.std))
    if deviation == 0:
        return None
    found = np.zeros(len(moved))
    found[inside] = (values - mean) / deviation
    densities = found.reshape(len(steps), -1).mean(axis=1)
    here, beside = densities[at_atoms], np.delete(densities, at_atoms).max()
    if here > 0 and beside <= here * (_BESIDE if resolution < _COARSE else 1):
        return None
    warning = (
        f"{atoms.name} may lie in the wrong place, or be another molecule or of the other hand: "
        f"the density of {map_data.name} at its atoms is {here:.2f} SD above the mean, and "
        f"{beside:.2f} SD {resolution:.3g} Å beside them; check it in a viewer"
    )
    if has_two_places(map_data):
        other = at_other_place(map_data)
        there = density_at_atoms(other, atoms, periodic=periodic)
        if there > here + _CLEARLY_BETTER:
            warning += (
                f", or give map_origin={other.position.placed_by}, by which it is {there:.2f}"
            )
    return warning


def _densities_at(map_data: MapData, positions: FloatArray, *, periodic: bool) -> FloatArray:
    inside, values = _values_at(map_data, positions, periodic=periodic)
    mean = float(map_data.values.mean(dtype=np.float64))
    deviation = float(map_data.values.std(dtype=np.float64))
    found = np.zeros(len(positions))
    if deviation != 0:
        found[inside] = (values - mean) / deviation
    return found


def _values_at(
    map_data: MapData, positions: FloatArray, *, periodic: bool
) -> tuple[npt.NDArray[np.bool_], FloatArray]:
    """Return which positions (Å) lie in a map, and the values of the points nearest to these."""
    to_fractional = _to_fractional(map_data)
    moved = positions - np.array(map_data.position.first_point)
    size = np.array(map_data.values.shape[::-1])
    points = np.rint(moved @ to_fractional.T * size)
    inside = np.isfinite(points).all(axis=1)
    if not periodic:
        inside &= np.all((points >= 0) & (points < size), axis=1)
    x, y, z = np.mod(points[inside], size).astype(np.intp).T
    return inside, map_data.values[z, y, x].astype(np.float64)


def caution_of_symmetry(
    map_data: MapData, groups: Sequence[NcsGroup], name: str, *, periodic: bool = False
) -> str | None:
    """Return a warning if a symmetry takes the strongest density to where there is none.

    Operators that make no closed group hold from the first copy only, which may be a small part
    of a map: a warning says if they leave it. A map that repeats isn't judged, as most of
    its density is that of copies by the crystal's symmetry.

    Parameters
    ----------
    groups : sequence of NcsGroup
        Operators from the first copy to the others, Å.
    periodic : bool
        Whether the map repeats, or is that of a crystal.
    """
    if periodic:
        return None
    found = _copies_in(map_data, groups)
    if found.may_be_there:
        return None
    warning = (
        f"{name} takes the strongest density of {map_data.name}, {found.here:.1f} SD above the "
        f"mean, to places where it has {found.there:.1f} SD: the symmetry is of another map, or "
        "in another frame than a model of this map; check it"
    )
    if has_two_places(map_data):
        other = at_other_place(map_data)
        moved = _copies_in(other, groups)
        if moved.there >= _LEAST_OF_COPIES * moved.here:
            warning += f", or give map_origin={other.position.placed_by}, by which it is "
            warning += f"{moved.there:.1f}"
    return warning


@dataclass(frozen=True)
class _Copies:
    """Density of the strongest points and of their copies, SD above the mean."""

    here: float  #: mean of the points
    there: float  #: mean of their copies
    strong: float  #: share of copies that have half of `here`
    strong_by_chance: float  #: share of all points that have it
    hold_from_each: bool  #: whether the operators hold from each copy, not only from the first
    are_inside: bool  #: whether any copy lies in the map

    @property
    def may_be_there(self) -> bool:
        """Return whether there may be what the symmetry says."""
        if not self.hold_from_each:
            return self.are_inside
        by_chance = max(_LEAST_STRONG, _ABOVE_CHANCE * self.strong_by_chance)
        return self.there >= _LEAST_OF_COPIES * self.here or self.strong > by_chance


def _copies_in(map_data: MapData, groups: Sequence[NcsGroup]) -> _Copies:
    flat = map_data.values.reshape(-1)
    every = max(1, flat.size // _LOOKED_AT)
    sample = flat[::every]
    strongest = np.argpartition(sample, -min(_STRONGEST, sample.size))[-_STRONGEST:] * every
    z, y, x = np.unravel_index(strongest, map_data.values.shape)
    fractions = np.stack([x, y, z], axis=1) / np.array(map_data.values.shape[::-1])
    inside = fractions @ np.linalg.inv(_to_fractional(map_data)).T
    points = inside + np.array(map_data.position.first_point)
    moved = np.concatenate([group.copies_of(points)[1:].reshape(-1, 3) for group in groups])
    here = float(_densities_at(map_data, points, periodic=True).mean())
    if not len(moved):
        return _Copies(here, here, 1.0, 0.0, hold_from_each=True, are_inside=True)
    found = _densities_at(map_data, moved, periodic=False)
    mean, deviation = (float(f(flat, dtype=np.float64)) for f in (np.mean, np.std))
    is_strong = sample > mean + here / 2 * deviation
    return _Copies(
        here,
        there=float(found.mean()),
        strong=float(np.mean(found > here / 2)),
        strong_by_chance=float(np.mean(is_strong)),
        hold_from_each=all(group.is_closed for group in groups),
        are_inside=bool(found.any()),  # 0 outside
    )


def place_by_model(
    map_data: MapData, atoms: Atoms, *, periodic: bool = False
) -> tuple[MapData, str | None]:
    """Return a map at the position where a model fits, and a warning about it.

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
    warning = (
        f"{map_data.name} is placed by NSTART and ORIGIN at two places: the density at the atoms "
        f"of {atoms.name} is {best:.2f} SD above the mean by {used}, which is used, and "
        f"{worse:.2f} SD by {left}"
    )
    if abs(there - here) < _CLEARLY_BETTER:
        warning += (
            f"; the evidence is weak: check, and give map_origin={left.lower()} if it is wrong"
        )
    return (other if is_moved else map_data), warning
