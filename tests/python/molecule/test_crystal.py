"""Symmetry on Cartesian axes: rotations that are, and mates where they belong."""

from __future__ import annotations

import gemmi
import numpy as np
import pytest

from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.crystal import atoms_of_cell, atoms_of_part, cartesian_operators

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


def part_of(cell: UnitCell, start: tuple[int, int, int], size: tuple[int, int, int]) -> MapData:
    position = MapPosition(cell, (50, 40, 60), start)
    return MapData(np.zeros(size[::-1], dtype=np.float32), position)


@pytest.mark.parametrize(("name", "cell"), CRYSTALS)
@pytest.mark.parametrize(
    ("start", "size"), [((0, 0, 0), (20, 30, 25)), ((-70, 13, 110), (75, 12, 90))]
)
def test_mates_in_a_part_are_all_that_lie_in_it(
    name: str, cell: UnitCell, start: tuple[int, int, int], size: tuple[int, int, int]
) -> None:
    group, rng = gemmi.SpaceGroup(name), np.random.default_rng(3)
    atoms = Atoms(rng.uniform(-90, 90, (30, 3)), np.array(list("CNO" * 10)), np.ones(30))
    found = atoms_of_part(atoms, group, part_of(cell, start, size))
    gemmi_cell = gemmi.UnitCell(*cell.parameters())
    low = np.array(start) / (50, 40, 60)
    high = low + np.array(size) / (50, 40, 60)
    expected = []
    for position, element in zip(atoms.positions, atoms.elements, strict=True):
        at = gemmi_cell.fractionalize(gemmi.Position(*position)).tolist()
        for operator in group.operations():
            image = np.array(operator.apply_to_xyz(at))
            everywhere = image + np.indices((13, 13, 13)).reshape(3, -1).T - 6
            for moved in everywhere[np.all((everywhere >= low) & (everywhere < high), axis=1)]:
                place = gemmi_cell.orthogonalize(gemmi.Fractional(*moved)).tolist()
                expected.append((element, *place))
    assert len(expected) > 3
    places = [
        (element, *place) for element, place in zip(found.elements, found.positions, strict=True)
    ]
    places.sort(key=lambda row: (row[0], *np.round(row[1:], 3)))
    expected.sort(key=lambda row: (row[0], *np.round(row[1:], 3)))
    assert [row[0] for row in places] == [row[0] for row in expected]
    np.testing.assert_allclose(
        [row[1:] for row in places], [row[1:] for row in expected], atol=1e-5
    )


def test_atoms_many_cells_away_have_the_same_mates() -> None:
    cell, group = CRYSTALS[0][1], gemmi.SpaceGroup(CRYSTALS[0][0])
    near = np.random.default_rng(4).uniform(0, 40, (9, 3))
    far = near.copy()
    far[4:] += 100_000 * np.array([cell.a, cell.b, 0])  # c is not at right angles
    part = part_of(cell, (0, 0, 0), (40, 30, 25))
    found = [
        atoms_of_part(Atoms(places, np.full(9, "C"), np.ones(9)), group, part).positions
        for places in (near, far)
    ]
    assert len(found[0]) > 3
    np.testing.assert_allclose(np.sort(found[1], axis=0), np.sort(found[0], axis=0), atol=1e-4)


def test_atoms_stay_where_no_mate_lies_in_the_part() -> None:
    atoms = Atoms(np.array([[25.0, 20.0, 30.0]]), np.array(["C"]), np.ones(1))
    part = part_of(UnitCell(50.0, 40.0, 60.0, 90.0, 90.0, 90.0), (0, 0, 0), (2, 2, 2))
    assert atoms_of_part(atoms, gemmi.SpaceGroup("P 1"), part) is atoms
