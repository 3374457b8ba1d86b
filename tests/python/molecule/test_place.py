"""The density at atoms, by which a map finds its place."""

from __future__ import annotations

from dataclasses import replace

import gemmi
import numpy as np
import pytest
from scipy import ndimage

from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.ncs import NcsGroup
from map_sharpening.molecule.place import (
    caution_of_model,
    caution_of_symmetry,
    density_at_atoms,
    has_two_places,
)

SPACING = 2.0


@pytest.fixture
def peak_at_origin() -> MapData:
    values = np.zeros((4, 5, 6), np.float32)
    values[0, 0, 0] = 1
    return MapData.from_array(values, SPACING)


def atom_at(*point: float) -> Atoms:
    return Atoms(np.array([point]) * SPACING, np.array(["C"]), np.ones(1), "atom")


@pytest.mark.parametrize(("apart", "expected"), [(0.0, False), (0.19, False), (0.21, True)])
def test_two_places_differ_by_more_than_a_tenth_of_a_voxel(
    peak_at_origin: MapData, apart: float, expected: bool
) -> None:
    position = MapPosition(UnitCell(12.0, 10.0, 8.0), (6, 5, 4), (2, 0, 0), (4.0, 0.0, apart))
    assert has_two_places(replace(peak_at_origin, position=position)) is expected


def test_density_is_that_of_the_nearest_point_in_standard_deviations(
    peak_at_origin: MapData,
) -> None:
    share = 1 / 120
    expected = (1 - share) / np.sqrt(share * (1 - share))
    found = density_at_atoms(peak_at_origin, atom_at(0.4, 0.3, 0.4))
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("point", [(6, 0, 0), (0, 5, 0), (0, 0, 4), (-6, 0, 0), (0, -5, 0)])
def test_atoms_one_box_away_are_outside_unless_the_map_repeats(
    peak_at_origin: MapData, point: tuple[int, int, int]
) -> None:
    inside = density_at_atoms(peak_at_origin, atom_at(0, 0, 0))
    assert density_at_atoms(peak_at_origin, atom_at(*point)) == 0
    assert density_at_atoms(peak_at_origin, atom_at(*point), periodic=True) == inside > 0


def molecule(seed: int, *, at: float = 40.0) -> Atoms:
    """Return 600 atoms in a globule 40 Å wide."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(600, 3))
    points *= 20 * rng.random((600, 1)) ** (1 / 3) / np.linalg.norm(points, axis=1, keepdims=True)
    return Atoms(points + at, np.full(600, "C"), np.ones(600), "m.pdb")


def density_of(atoms: Atoms, width: float, noise: float = 0.0) -> MapData:
    values = np.zeros((40, 40, 40))
    x, y, z = np.rint(atoms.positions / SPACING).astype(int).T
    np.add.at(values, (z, y, x), 1.0)
    values = ndimage.gaussian_filter(values, width / SPACING)
    values += noise * values.std() * np.random.default_rng(1).standard_normal(values.shape)
    return MapData.from_array(values.astype(np.float32), SPACING)


@pytest.mark.parametrize(
    ("resolution", "noise"), [(4.2, 0.0), (4.2, 3.0), (9.0, 0.0), (20.0, 0.0)]
)
def test_a_model_in_its_place_is_not_doubted(resolution: float, noise: float) -> None:
    atoms = molecule(0)
    density = density_of(atoms, resolution / 3, noise)
    assert caution_of_model(density, atoms, resolution) is None


def test_a_model_that_is_not_the_map_s_is_doubted() -> None:
    atoms = molecule(0)
    density = density_of(atoms, 1.4)
    mirrored = replace(atoms, positions=atoms.positions * (1, 1, -1) + np.array([0, 0, 80]))
    moved = replace(atoms, positions=atoms.positions + np.array([4, -3, 2]))
    for other in (mirrored, moved, molecule(3)):
        told = caution_of_model(density, other, 4.2)
        assert told is not None
        assert "m.pdb may lie in the wrong place" in told
    outside = caution_of_model(density, molecule(0, at=400), 4.2)
    assert outside is not None
    assert "m.pdb has no atom in the box" in outside


def test_the_place_where_a_model_fits_is_named() -> None:
    atoms = molecule(0)
    made = density_of(atoms, 1.4)
    away = replace(made.position, start=(15, 15, 15), placed_by="auto")
    told = caution_of_model(replace(made, position=away), atoms, 4.2)
    assert told is not None
    assert "map_origin=origin" in told


def small_pair_in_a_complex() -> tuple[MapData, tuple[int, int, int]]:
    """Return a large body with two small like parts, and how the second lies to the first."""
    rng = np.random.default_rng(0)
    z, y, x = np.indices((64, 64, 64))
    texture = ndimage.gaussian_filter(rng.normal(size=x.shape), 1.2)
    texture = 1 + texture / texture.std()
    body = np.where((z - 32) ** 2 + (y - 32) ** 2 + (x - 22) ** 2 < 15**2, texture, 0)
    part = np.where((z - 13) ** 2 + (y - 32) ** 2 + (x - 42) ** 2 < 5**2, texture, 0)
    values = body + part + np.roll(part, (35, 0, 7), (0, 1, 2))
    values += 0.2 * rng.normal(size=x.shape)
    return MapData.from_array(values.astype(np.float32), 1.0, name="complex"), (7, 0, 35)


def shifted_by(*shift: float) -> NcsGroup:
    return NcsGroup(np.array([np.eye(3)] * 2), np.array([(0.0, 0.0, 0.0), shift]))


def twofold_about(x: float, y: float) -> NcsGroup:
    turn = np.diag([-1.0, -1.0, 1.0])
    return NcsGroup(np.array([np.eye(3), turn]), np.array([(0, 0, 0), (2 * x, 2 * y, 0)]))


def test_copies_that_are_a_small_part_of_a_complex_are_not_told() -> None:
    map_data, shift = small_pair_in_a_complex()
    assert caution_of_symmetry(map_data, [shifted_by(*shift)], "right") is None


@pytest.mark.parametrize("group", [shifted_by(200, 0, 0), twofold_about(90, 32)])
def test_operators_that_leave_the_map_are_told(group: NcsGroup) -> None:
    told = caution_of_symmetry(small_pair_in_a_complex()[0], [group], "wrong")
    assert told is not None
    assert told.startswith("wrong takes the strongest density of complex,")
    assert "to places where it has 0.0 SD" in told


def test_a_closed_group_that_meets_nothing_strong_is_told_unless_the_map_repeats() -> None:
    map_data, _ = small_pair_in_a_complex()
    assert caution_of_symmetry(map_data, [twofold_about(42, 32)], "wrong") is not None
    assert caution_of_symmetry(map_data, [twofold_about(22, 32)], "right") is None
    assert caution_of_symmetry(map_data, [twofold_about(42, 32)], "any", periodic=True) is None


@pytest.mark.parametrize(("number", "operators"), [(2, "P 4 2 2"), (3, "P 4 3 2"), (4, "P 1 2 1")])
def test_two_copies_in_each_unit_of_a_crystal_are_not_told(number: int, operators: str) -> None:
    rng = np.random.default_rng(number)
    turn, shift = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]]), np.array([15.0, -4.5, 6.0])
    first = np.array([12.0, 7.0, 4.0]) + rng.normal(scale=2, size=(200, 3))
    values = np.zeros((48, 48, 48), np.float32)
    for copy in (first, first @ turn.T + shift):
        for operator in gemmi.SpaceGroup(operators).operations():
            moved = [operator.apply_to_xyz(list(atom / 48)) for atom in copy]
            x, y, z = np.mod(np.rint(np.array(moved) * 48), 48).astype(int).T
            np.add.at(values, (z, y, x), 1)
    values = ndimage.gaussian_filter(values, 1.2, mode="wrap")
    group = NcsGroup(np.array([np.eye(3), turn]), np.array([np.zeros(3), shift]))
    map_data = MapData.from_array(values, 1.0, name="cell")
    for periodic in (True, False):
        assert caution_of_symmetry(map_data, [group], "right", periodic=periodic) is None
