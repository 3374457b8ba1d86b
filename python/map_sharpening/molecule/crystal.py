"""A crystal's symmetry on Cartesian axes: its rotations, and atoms of the whole cell."""

from __future__ import annotations

from dataclasses import replace

import gemmi
import numpy as np

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import UnitCell
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
    return replace(
        atoms,
        positions=mates.reshape(-1, 3),
        elements=np.tile(atoms.elements, n),
        occupancies=np.tile(atoms.occupancies, n),
        b_factors=None if atoms.b_factors is None else np.tile(atoms.b_factors, n),
        n_left_out=n * atoms.n_left_out,
    )
