"""The demonstration data."""

from __future__ import annotations

from collections import Counter

from map_sharpening.simulation.demo import demo_atoms, demo_half_maps
from map_sharpening.simulation.quality import correlations


def test_demo_molecule_has_four_haem_irons() -> None:
    assert Counter(demo_atoms().elements.tolist())["Fe"] == 4


def test_demo_molecule_holds_no_hydrogen() -> None:
    assert set(demo_atoms().elements.tolist()) == {"C", "N", "O", "S", "Fe"}


def test_mean_of_the_demo_maps_shows_the_molecule() -> None:
    made = demo_half_maps(shape=(64, 64, 64), voxel_size=1.25, resolution=5.0)
    found = correlations(made.mean, made.truth, made.near_atoms, made.d_min)
    assert found.near_atoms > 0.6


def test_the_demo_maps_have_a_nominal_resolution_of_3_angstrom() -> None:
    assert demo_half_maps(shape=(64, 64, 64), voxel_size=1.25).resolution == 3.0
