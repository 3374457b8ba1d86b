"""The density at atoms, by which a map finds its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.place import density_at_atoms, has_two_places

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
