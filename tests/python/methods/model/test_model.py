"""Sharpening by a model: against the truth, and identities."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from model_case import SIGNAL_B, Case

from map_sharpening import _core
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.methods.shared.soft_masks import atom_mask
from map_sharpening.molecule.model_map import model_coefficients
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import simulate_half_maps


@pytest.fixture(scope="module")
def anisotropic_case() -> Case:
    return Case(
        simulate_half_maps(demo_atoms(), (72, 72, 72), 1.2, 3.4, signal_b=SIGNAL_B, seed=3)
    )


# Against the truth


@pytest.mark.parametrize(
    "rmsd",
    [0.3, pytest.param(0.6, marks=pytest.mark.slow), pytest.param(1.0, marks=pytest.mark.slow)],
)
def test_map_comes_nearer_to_the_truth_whatever_the_models_error(case: Case, rmsd: float) -> None:
    found = case.sharpened(atoms=case.displaced(rmsd))
    assert case.near_the_atoms(found.sharpened) > case.near_the_atoms(case.mean) + 0.02


@pytest.mark.parametrize("share", [0.5, pytest.param(0.75, marks=pytest.mark.slow)])
def test_part_of_the_molecule_is_enough(case: Case, share: float) -> None:
    first = np.arange(len(case.atoms)) < share * len(case.atoms)
    found = case.sharpened(atoms=case.atoms.selected(first))
    assert case.near_the_atoms(found.sharpened) > case.near_the_atoms(case.mean) + 0.02


def flattened(case: Case) -> MapData:
    """Return the map with a flat solvent, which tells nothing about the noise."""
    near = atom_mask(case.mean, case.atoms, 8.0, 2.0)
    return case.mean.with_values(case.mean.values * near, "flattened map")


@pytest.mark.slow
def test_right_error_serves_better_than_one_too_large(case: Case) -> None:
    source = flattened(case)
    right, large = (case.sharpened(source=source, rmsd=rmsd).sharpened for rmsd in (0.0, 1.5))
    assert case.near_the_atoms(right) > case.near_the_atoms(large) + 0.005


@pytest.mark.slow
def test_noise_of_the_solvent_guards_against_an_error_too_large(case: Case) -> None:
    right, large = (case.sharpened(rmsd=rmsd).sharpened for rmsd in (0.0, 1.5))
    assert case.near_the_atoms(large) > case.near_the_atoms(right) - 0.005


@pytest.mark.slow
def test_noise_of_the_solvent_bounds_the_accuracy(case: Case) -> None:
    with_noise = case.sharpened(rmsd=1.5).shells
    flat = case.sharpened(source=flattened(case), rmsd=1.5).shells
    assert np.nanmin(flat.accuracy) > np.nanmin(with_noise.accuracy) + 0.2


@pytest.mark.slow
def test_what_the_model_lacks_is_not_taken_for_noise(case: Case) -> None:
    half = case.atoms.selected(np.arange(len(case.atoms)) < 0.5 * len(case.atoms))
    found = case.sharpened(atoms=half, rmsd=0.0, source=noiseless(case))
    inner = found.shells.s < 1 / case.maps.resolution
    assert np.nanmin(found.shells.accuracy[inner]) > 0.7


@pytest.mark.slow
def test_half_maps_keep_the_accuracy_within_what_they_tell(case: Case) -> None:
    halves = (case.maps.half_1, case.maps.half_2)
    alone, guarded = case.sharpened(rmsd=1.5), case.sharpened(rmsd=1.5, half_maps=halves)
    assert np.nanmean(guarded.shells.accuracy) < np.nanmean(alone.shells.accuracy)
    assert case.near_the_atoms(guarded.sharpened) > case.near_the_atoms(alone.sharpened)


@pytest.mark.slow
@pytest.mark.parametrize("rmsd", [0.5, 1.0])
def test_half_maps_tell_the_models_error(case: Case, rmsd: float) -> None:
    halves = (case.maps.half_1, case.maps.half_2)
    more, less = (
        case.sharpened(atoms=case.displaced(error), half_maps=halves).rmsd for error in (rmsd, 0.0)
    )
    # Atoms of another B than the map's look displaced: what is added is the error.
    assert math.sqrt(more**2 - less**2) == pytest.approx(rmsd, rel=0.3)


def test_tensor_of_the_signal_is_recovered(anisotropic_case: Case) -> None:
    found = anisotropic_case.sharpened(rmsd=0.0)
    assert found.signal_b is not None
    np.testing.assert_allclose(found.signal_b.values, SIGNAL_B, atol=4.0)


@pytest.mark.slow
def test_direction_counts(anisotropic_case: Case) -> None:
    with_direction = anisotropic_case.sharpened(rmsd=0.0)
    without = anisotropic_case.sharpened(rmsd=0.0, anisotropic=False)
    near = anisotropic_case.near_the_atoms
    assert near(with_direction.sharpened) > near(without.sharpened)


@pytest.mark.slow
def test_isotropic_run_has_no_tensors(case: Case) -> None:
    found = case.sharpened(anisotropic=False)
    assert found.signal_b is None
    assert found.noise_b is None
    np.testing.assert_allclose(
        found.directional_scale.scale[0], found.directional_scale.scale[4], rtol=1e-5
    )


# Identities


def noiseless(case: Case) -> MapData:
    model = model_coefficients(case.mean, case.atoms, b_iso=80.0)
    model[0, 0, 0] = 0
    return case.mean.with_values(_core.inverse_transform(model, 56), "noiseless map")


def test_noiseless_map_of_the_model_has_accuracy_1(case: Case) -> None:
    atoms = replace(case.atoms, b_factors=np.full(len(case.atoms), 80.0))
    found = case.sharpened(source=noiseless(case), atoms=atoms, rmsd=0.0)
    assert np.nanmin(found.shells.accuracy) > 0.98
    assert found.fraction_complete == pytest.approx(1.0, abs=0.02)


def test_noiseless_map_gets_the_models_amplitudes_back(case: Case) -> None:
    atoms = replace(case.atoms, b_factors=np.full(len(case.atoms), 80.0))
    found = case.sharpened(source=noiseless(case), atoms=atoms, rmsd=0.0, anisotropic=False)
    s = found.shells.s
    inner = (s > 0.1) & (s < 0.27)
    gained = np.polyfit(s[inner] ** 2, np.log(found.shells.scale[inner]), 1)[0] * 4
    assert gained == pytest.approx(80.0, abs=5.0)


def test_result_does_not_depend_on_the_maps_scale_or_level(
    case: Case, by_default: ModelResult
) -> None:
    other = case.mean.with_values(case.mean.values * np.float32(50) + np.float32(3))
    np.testing.assert_allclose(
        case.sharpened(source=other).sharpened.values,
        by_default.sharpened.values,
        atol=2e-3,
    )


def test_sharpened_map_has_mean_0_and_the_standard_deviation_asked_for(case: Case) -> None:
    values = case.sharpened(output_scale_factor=2.5).sharpened.values
    assert values.mean(dtype=np.float64) == pytest.approx(0.0, abs=1e-5)
    assert values.std(dtype=np.float64) == pytest.approx(2.5, rel=1e-4)


def test_both_half_maps_are_sharpened_like_their_mean(case: Case) -> None:
    found = case.sharpened(half_maps=(case.maps.half_1, case.maps.half_2))
    assert found.sharpened_half_1 is not None
    assert found.sharpened_half_2 is not None
    mean = (found.sharpened_half_1.values + found.sharpened_half_2.values) / 2
    np.testing.assert_allclose(mean, found.sharpened.values, atol=1e-3)


@pytest.mark.slow
def test_result_does_not_depend_on_the_number_of_threads(case: Case) -> None:
    one, three = (case.sharpened(threads=threads).sharpened.values for threads in (1, 3))
    np.testing.assert_array_equal(one, three)


def test_inputs_are_left_as_they_are(case: Case) -> None:
    before = case.mean.values.copy()
    case.sharpened(source=(source := case.mean.with_values(before.copy())))
    np.testing.assert_array_equal(source.values, before)


@pytest.mark.slow
def test_moving_map_and_model_together_changes_nothing(
    case: Case, by_default: ModelResult
) -> None:
    position = replace(case.mean.position, start=(7, -3, 11))
    atoms = replace(case.atoms, positions=case.atoms.positions + np.array([10.5, -4.5, 16.5]))
    found = case.sharpened(source=replace(case.mean, position=position), atoms=atoms)
    np.testing.assert_allclose(found.sharpened.values, by_default.sharpened.values, atol=1e-3)
    assert found.sharpened.position == position
