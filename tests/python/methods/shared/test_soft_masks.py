"""Soft masks: edges of known shape, and what a masked map holds outside."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
import scipy.special

from map_sharpening.maps.map_data import FloatMap, MapData, UnitCell
from map_sharpening.methods.shared.soft_masks import (
    OutsideValue,
    atom_mask,
    gaussian_smoothed,
    masked_coefficients,
    whole_box_taper,
)
from map_sharpening.molecule.atoms import Atoms

SHAPE = (20, 24, 28)


def random_map() -> MapData:
    values = np.random.default_rng(3).normal(1.0, 2.0, SHAPE).astype(np.float32)
    return MapData.from_array(values, 1.5, name="random")


def ball() -> FloatMap:
    """Return a mask of a ball, with an edge of halves."""
    z, y, x = (np.arange(n) - n / 2 for n in SHAPE)
    r = np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x**2)
    mask: FloatMap = (0.5 * (r < 8.0) + 0.5 * (r < 6.0)).astype(np.float32)
    return mask


def faded(source: MapData, mask: FloatMap, level: float) -> np.ndarray:
    values = np.fft.rfftn((source.values.astype(float) - level) * mask)
    return np.asarray(values / source.values.size)


@pytest.mark.parametrize("outside", get_args(OutsideValue))
def test_a_masked_map_fades_to_the_value_asked_for(outside: OutsideValue) -> None:
    source, mask = random_map(), ball()
    level = {
        "zero": 0.0,
        "mean": np.average(source.values, weights=mask),
        "solvent": np.average(source.values, weights=1 - mask),
    }[outside]
    found = masked_coefficients(source, mask, outside)
    expected = faded(source, mask, level)
    scale = found[0, 1, 1] / expected[0, 1, 1]
    np.testing.assert_allclose(found, scale * expected, atol=1e-4 * np.abs(found).max())


def test_a_mask_that_leaves_no_solvent_fades_to_the_mean_of_the_map() -> None:
    source, mask = random_map(), np.ones(SHAPE, np.float32)
    mask[0, 0, :2] = 0.0
    solvent = masked_coefficients(source, mask, "solvent")
    level = source.values.mean(dtype=float)
    expected = faded(source, mask, level)
    scale = solvent[0, 1, 1] / expected[0, 1, 1]
    np.testing.assert_allclose(solvent, scale * expected, atol=1e-4 * np.abs(solvent).max())


def test_smoothing_turns_a_step_into_the_integral_of_a_gaussian() -> None:
    step, sigma = 0.5, 2.0
    values = np.zeros((4, 4, 96), np.float32)
    values[:, :, 24:72] = 1
    smoothed = gaussian_smoothed(values, UnitCell(96 * step, 2.0, 2.0), sigma)
    distance = (np.arange(12, 36) - 23.5) * step
    expected = 0.5 * (1 + scipy.special.erf(distance / sigma / math.sqrt(2)))
    np.testing.assert_allclose(smoothed[1, 2, 12:36], expected, atol=2e-3)


def test_no_smoothing_leaves_values() -> None:
    np.testing.assert_array_equal(gaussian_smoothed(ball(), UnitCell(42, 36, 30), 0.0), ball())


@pytest.mark.parametrize("periodic", [False, True])
def test_a_sharp_mask_is_what_lies_within_the_radius_of_an_atom(periodic: bool) -> None:
    source, radius = random_map(), 5.0
    place = np.array([2.0, 20.0, 17.0])  # x, y, z in Å; near the face of x
    atoms = Atoms(place[None, :], np.array(["C"]), np.ones(1), "one")
    found = atom_mask(source, atoms, radius, 0.0, periodic=periodic)
    squares = 0.0
    edges = np.array(SHAPE[::-1]) * 1.5
    for axis, n in enumerate(SHAPE[::-1]):
        apart = np.arange(n) * 1.5 - place[axis]
        if periodic:
            apart -= edges[axis] * np.round(apart / edges[axis])
        squares = squares + (apart**2).reshape([n if i == 2 - axis else 1 for i in range(3)])
    np.testing.assert_array_equal(found > 0.5, squares < radius**2)


def test_an_edge_of_an_atom_mask_does_not_show_at_the_opposite_face() -> None:
    atoms = Atoms(np.array([[1.0, 18.0, 15.0]]), np.array(["C"]), np.ones(1), "one")
    found = atom_mask(random_map(), atoms, 4.0, 2.0)
    assert found[:, :, 0].max() > 0.5
    assert found[:, :, -3:].max() < 1e-3


def test_the_taper_of_the_whole_box_is_twice_the_resolution_wide() -> None:
    source = random_map()
    taper = whole_box_taper(source, 3.0)
    along = taper[10, 12]
    width = 2 * 3.0 / 1.5
    assert np.all(along[math.ceil(width) : -math.ceil(width)] == 1)
    assert np.all(along[: math.floor(width) - 1] < 1)
    assert along[0] < 0.1
