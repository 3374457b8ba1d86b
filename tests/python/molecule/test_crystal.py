"""Symmetry on Cartesian axes: rotations that are, and mates where they belong."""

from __future__ import annotations

import gemmi
import numpy as np
import pytest

from map_sharpening.maps.map_data import UnitCell
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.crystal import atoms_of_cell, cartesian_operators

CELL = UnitCell(50.0, 40.0, 60.0, 90.0, 110.0, 90.0)
HEXAGONAL = UnitCell(70.0, 70.0, 90.0, 90.0, 90.0, 120.0)
CRYSTALS = [("P 1 21 1", CELL), ("C 1 2 1", CELL), ("P 61 2 2", HEXAGONAL), ("R 3:H", HEXAGONAL)]


@pytest.mark.parametrize(("name", "cell"), CRYSTALS)
def test_operators_are_rotations(name: str, cell: UnitCell) -> None:
    rotations, _ = cartesian_operators(gemmi.SpaceGroup(name), cell)
    np.testing.assert_allclose(
        rotations @ rotations.transpose(0, 2, 1),
        np.broadcast_to(np.eye(3), rotations.shape),
        atol=1e-9,
    )


@pytest.mark.parametrize(("name", "cell"), CRYSTALS)
def test_there_is_an_operator_for_each_asymmetric_unit(name: str, cell: UnitCell) -> None:
    group = gemmi.SpaceGroup(name)
    assert len(cartesian_operators(group, cell)[0]) == len(group.operations())


@pytest.mark.parametrize(("name", "cell"), CRYSTALS)
def test_mates_are_those_that_gemmi_finds(name: str, cell: UnitCell) -> None:
    group = gemmi.SpaceGroup(name)
    atoms = Atoms(np.array([[3.0, 5.0, 7.0]]), np.array(["C"]), np.ones(1))
    found = atoms_of_cell(atoms, group, cell).positions
    gemmi_cell = gemmi.UnitCell(*cell.parameters())
    at = gemmi_cell.fractionalize(gemmi.Position(3.0, 5.0, 7.0))
    expected = []
    for operator in group.operations():
        image = gemmi.Fractional(*operator.apply_to_xyz(at.tolist()))
        expected.append(gemmi_cell.orthogonalize(image).tolist())
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_mates_keep_element_occupancy_and_b() -> None:
    atoms = Atoms(
        np.zeros((2, 3)),
        np.array(["C", "S"]),
        np.array([1.0, 0.5]),
        b_factors=np.array([10.0, 20]),
    )
    found = atoms_of_cell(atoms, gemmi.SpaceGroup("P 1 21 1"), CELL)
    assert found.elements.tolist() == ["C", "S", "C", "S"]
    assert found.occupancies.tolist() == [1.0, 0.5, 1.0, 0.5]
    assert found.b_factors is not None
    assert found.b_factors.tolist() == [10, 20, 10, 20]
