"""A crystal's symmetry on Cartesian axes: its rotations, and atoms of a cell or a part of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import gemmi
import numpy as np

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import MapData, UnitCell
from map_sharpening.molecule.atoms import Atoms


def cartesian_operators(group: gemmi.SpaceGroup, cell: UnitCell) -> tuple[FloatArray, FloatArray]:
    """Return the effect of the symmetry on a position in Å: ``x -> R x + t``.

    Returns
    -------
    rotations, shape (n, 3, 3), and translations (Å), shape (n, 3)
        Of all operators, those of centring too; the first is the identity.
    """
    gemmi_cell = gemmi.UnitCell(*cell.parameters())
    to_orthogonal = np.array(gemmi_cell.orth.mat.tolist())
    to_fractional = np.array(gemmi_cell.frac.mat.tolist())
    operators = list(group.operations())
    turned = np.array([operator.rot for operator in operators]) / gemmi.Op.DEN
    moved = np.array([operator.tran for operator in operators]) / gemmi.Op.DEN
    return to_orthogonal @ turned @ to_fractional, moved @ to_orthogonal.T


def atoms_of_cell(atoms: Atoms, group: gemmi.SpaceGroup, cell: UnitCell) -> Atoms:
    """Return the atoms of an asymmetric unit with all their symmetry mates in a cell.

    Atoms on a special position come once for each operator; their occupancies, as files give
    them there, make up for it.
    """
    rotations, translations = cartesian_operators(group, cell)
    n = len(rotations)
    mates = np.einsum("nij,mj->nmi", rotations, atoms.positions) + translations[:, None, :]
    repeated = atoms.selected(np.tile(np.arange(len(atoms)), n))
    return replace(repeated, positions=mates.reshape(-1, 3), n_left_out=n * atoms.n_left_out)


def atoms_of_part(atoms: Atoms, group: gemmi.SpaceGroup, part: MapData) -> Atoms:
    """Return the symmetry mates, in any cell, that lie in a map of a part of a crystal.

    Where there is none, the atoms themselves.
    """
    position = part.position
    mates = atoms_of_cell(atoms, group, position.cell)
    cell = gemmi.UnitCell(*position.cell.parameters())
    to_fractional = np.array(cell.frac.mat.tolist())
    fractional = mates.positions @ to_fractional.T
    low = to_fractional @ np.array(position.first_point)
    high = low + np.array(part.values.shape[::-1]) / np.array(position.sampling)
    # From within one cell, so that atoms far from the others cost nothing.
    cells = np.floor(fractional)
    fractional -= cells
    ends = zip(np.floor(low), np.ceil(high), strict=True)
    shifts, rows = [], []
    for shift in product(*(range(int(first), int(end)) for first, end in ends)):
        moved = fractional + shift
        inside = np.flatnonzero(((moved >= low) & (moved < high)).all(axis=1))
        rows.append(inside)
        shifts.append(shift - cells[inside])
    kept = np.concatenate(rows)
    if not len(kept):
        return atoms
    to_orthogonal = np.array(cell.orth.mat.tolist())
    found = mates.selected(kept)
    moved = found.positions + np.concatenate(shifts) @ to_orthogonal.T
    return replace(found, positions=moved, n_left_out=atoms.n_left_out)
