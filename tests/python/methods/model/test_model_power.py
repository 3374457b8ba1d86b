"""The power of the molecule, from a model with errors; smoothing."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from model_case import Case

from map_sharpening import _core
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.methods.model.power import (
    NO_TENSOR,
    ModelPower,
    model_power,
    model_sums,
    signal_share_of_box,
    with_power_of_molecule,
)
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.methods.shared.smoothing import whittaker_smoothed
from map_sharpening.molecule.model_density import power_without_structure
from map_sharpening.molecule.model_map import model_coefficients


def copied(sums: _core.DirectionalSums) -> SimpleNamespace:
    """Sums that may be changed."""
    names = ("n_terms", "cross", "auto_1", "auto_2")
    return SimpleNamespace(**{name: getattr(sums, name).copy() for name in names})


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


def test_the_share_of_the_box_is_that_of_shells_with_most_signal(case: Case) -> None:
    grid = FourierGrid(case.mean.values.shape, case.mean.box.parameters(), 3.2)
    model = model_coefficients(case.mean, case.atoms, b_iso=0.0, d_min=3.2)
    sums = model_sums(model, model, grid, 20, 1.0, False)
    ones = np.ones(20)
    signal, shares = np.linspace(3, 0.5, 20), np.linspace(0.4, 0.9, 20)
    box_power = shares * signal + 0.5
    counted = sums.s > 0.1
    signal[15], box_power[17] = 0, 0
    counted[[15, 17]] = False
    power = ModelPower(ones, ones, ones, signal, 0.5 * ones, 1.0, NO_TENSOR, NO_TENSOR)
    weights = sums.n_terms[counted] * (signal[counted] / box_power[counted]) ** 2
    expected = np.average(shares[counted], weights=weights)
    found = signal_share_of_box(power, sums, box_power, 0.1)
    assert found == pytest.approx(expected, rel=1e-9)


def test_what_atoms_anywhere_lack_grows_by_the_models_disagreement(case: Case) -> None:
    grid = FourierGrid(case.mean.values.shape, case.mean.box.parameters(), 3.2)
    model = model_coefficients(case.mean, case.atoms, b_iso=0.0, d_min=3.2)
    sums = model_sums(model, model, grid, 20, 1.0, False)
    ones = np.ones(20)
    power = ModelPower(0.8 * ones, ones, ones, sums.power_1, 0 * ones, 1.0, NO_TENSOR, NO_TENSOR)
    of_model = sums.power_2 / sums.n_terms
    anywhere = 0.5 * of_model
    found = with_power_of_molecule(sums, power, anywhere)
    expected = anywhere + (of_model - anywhere) / 0.8**2
    np.testing.assert_allclose(found.power_2 / sums.n_terms, expected, rtol=1e-12)


def test_tensors_are_those_of_the_shells_beyond_10_angstrom(case: Case) -> None:
    grid = FourierGrid(case.mean.values.shape, case.mean.box.parameters(), 3.2)
    model = model_coefficients(case.mean, case.atoms, b_iso=0.0, d_min=3.2)
    observed = model_coefficients(case.mean, case.displaced(0.4), b_iso=20.0, d_min=3.2)
    sums = model_sums(observed, model, grid, 20, 1.0, True)
    coarse = sums.s < 0.1
    assert coarse.any()
    other = copied(sums.by_direction)
    other.cross[coarse, ::2] *= 3
    one, another = (
        model_power(changed, 0.4, None) for changed in (sums, replace(sums, by_direction=other))
    )
    assert one.signal_b != NO_TENSOR
    assert another.signal_b == one.signal_b


def test_a_shell_that_agrees_with_nothing_by_chance_leaves_the_noise_its_tensor(
    case: Case,
) -> None:
    grid = FourierGrid(case.mean.values.shape, case.mean.box.parameters(), 3.2)
    model = model_coefficients(case.mean, case.atoms, b_iso=0.0, d_min=3.2)
    generator = np.random.default_rng(5)
    noise = generator.normal(size=case.mean.values.shape).astype(np.float32)
    noise_terms = np.fft.rfftn(noise).astype(np.complex64)
    noise_terms *= np.sqrt(np.mean(np.abs(model) ** 2) / np.mean(np.abs(noise_terms) ** 2))
    sums = model_sums(model + noise_terms, model, grid, 20, 1.0, True)
    shell = 12
    # Directions agree and disagree by turns, so that of the whole shell next to nothing is left.
    by_direction = copied(sums.by_direction)
    by_direction.cross[shell, ::2] *= -1
    cross = sums.cross.copy()
    cross[shell] *= 1e-6
    one, another = (
        model_power(changed, 0.0, None).noise_b
        for changed in (sums, replace(sums, cross=cross, by_direction=by_direction))
    )
    assert one != NO_TENSOR
    np.testing.assert_allclose(another.values, one.values, atol=1.0)


def test_signal_and_noise_are_the_power_of_the_masked_map(by_default: ModelResult) -> None:
    shells = by_default.shells
    known = shells.n_terms > 0
    np.testing.assert_allclose(
        (shells.rms_amplitude**2)[known],
        (shells.signal_power + shells.noise_power)[known],
        rtol=1e-9,
    )


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
