"""The power of the molecule, from a model with errors; smoothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from model_case import Case

from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.methods.model.power import (
    NO_TENSOR,
    ModelPower,
    model_sums,
    with_power_of_molecule,
)
from map_sharpening.methods.shared.smoothing import whittaker_smoothed
from map_sharpening.molecule.model_density import power_without_structure
from map_sharpening.molecule.model_map import model_coefficients

# The power of the molecule


def test_power_of_the_molecule_is_found_by_a_model_with_errors(case: Case) -> None:
    source, d_min = case.mean, 3.2
    grid = FourierGrid(source.values.shape, source.box.parameters(), d_min)
    generator = np.random.default_rng(12)
    displaced = replace(
        case.atoms,
        positions=case.atoms.positions + generator.normal(size=case.atoms.positions.shape) * 0.6,
    )
    molecule, model = (
        model_coefficients(source, atoms, b_iso=0.0, d_min=d_min)
        for atoms in (case.atoms, displaced)
    )
    sums = model_sums(molecule, model, grid, 20, 1.0, False)
    ones = np.ones(20)
    power = ModelPower(
        sums.correlation, ones, ones, sums.power_1, 0 * ones, 1.0, NO_TENSOR, NO_TENSOR
    )
    without_structure = power_without_structure(displaced, sums.s, grid.shape, source.box)
    found = with_power_of_molecule(sums, power, without_structure)
    structured = sums.s > 0.1
    before, after = (
        np.abs(np.log(power_2 / sums.power_1))[structured]
        for power_2 in (sums.power_2, found.power_2)
    )
    assert np.mean(after) < 0.75 * np.mean(before)
    np.testing.assert_array_equal(found.power_1, sums.power_1)


def test_a_perfect_model_has_the_power_of_the_molecule(case: Case) -> None:
    grid = FourierGrid(case.mean.values.shape, case.mean.box.parameters(), 3.2)
    model = model_coefficients(case.mean, case.atoms, b_iso=0.0, d_min=3.2)
    sums = model_sums(model, model, grid, 20, 1.0, False)
    ones = np.ones(20)
    power = ModelPower(ones, ones, ones, sums.power_1, 0 * ones, 1.0, NO_TENSOR, NO_TENSOR)
    found = with_power_of_molecule(sums, power, np.full(20, 1.0))
    np.testing.assert_allclose(found.power_2, sums.power_2, rtol=1e-12)


# Smoothing


def test_smoothing_leaves_a_straight_line() -> None:
    line = np.linspace(2, -1, 30)
    np.testing.assert_allclose(whittaker_smoothed(line, np.ones(30)), line, atol=1e-6)


def test_smoothing_takes_scatter_off() -> None:
    generator = np.random.default_rng(1)
    curve = np.cos(np.linspace(0, 3, 60))
    noisy = curve + 0.2 * generator.standard_normal(60)
    smooth = whittaker_smoothed(noisy, np.ones(60))
    assert np.std(smooth - curve) < 0.5 * np.std(noisy - curve)
