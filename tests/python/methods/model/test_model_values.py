"""Single values of sharpening by a model, each worked out here in another way."""

from __future__ import annotations

import numpy as np
import pytest
from examples import of_fast_suite
from random_maps import CUBIC, on_grid, random_map, s_vectors

from map_sharpening import _core
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.model.power import (
    NO_TENSOR,
    ModelPower,
    ModelSums,
    model_sums,
    signal_share_of_box,
)
from map_sharpening.methods.model.sharpen import sharpen_by_model
from map_sharpening.methods.model.solvent_noise import accuracy_from_solvent
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.model_map import model_coefficients
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import SimulatedHalfMaps

SHAPE, CELL = CUBIC


def test_b_sharpen_is_the_fall_off_of_the_signal_from_10_angstrom(
    simulated: SimulatedHalfMaps,
) -> None:
    mean = simulated.mean
    atoms = demo_atoms().centred_at((mean.box.a / 2, mean.box.b / 2, mean.box.c / 2))
    found = sharpen_by_model(mean, atoms, resolution=4.0)
    shells = found.shells

    def fall_off(coarsest: float) -> float:
        fitted = (shells.d < coarsest) & (shells.d > 4.0) & (shells.signal_power > 0)
        slope = np.polyfit(shells.s[fitted] ** 2, np.log(shells.signal_power[fitted]), 1)[0]
        return float(-2 * slope)  # power falls off as exp(-B s^2 / 2)

    assert found.b_sharpen == pytest.approx(fall_off(10.0), rel=1e-6)
    assert abs(fall_off(20.0) - fall_off(10.0)) > 1  # another range would show


# The bound that the noise of the solvent sets


def halves_of_box() -> tuple[FloatMap, FloatMap, FloatMap]:
    """Return soft masks of solvent and molecule, which wrap round, and where all signal is."""
    along_z = np.cos(2 * np.pi * np.arange(SHAPE[0]) / SHAPE[0])

    def ramp(values: np.ndarray) -> FloatMap:
        mask = np.clip(values, 0, 1)[:, None, None] * np.ones(SHAPE)
        return mask.astype(np.float32)

    return ramp(4 * along_z - 0.4), ramp(-4 * along_z - 0.4), ramp(0.5 - 5 * along_z)


def sums_within(map_data: MapData, mask: FloatMap, grid: FourierGrid, n_shells: int) -> ModelSums:
    f = _core.forward_transform(map_data.values * mask)
    return model_sums(f, f, grid, n_shells, 1.0, False)


@pytest.mark.parametrize("noise_share", [0.1, 0.4, 0.8])
def test_the_bound_of_the_solvent_is_that_of_its_noise(noise_share: float) -> None:
    s = np.linalg.norm(s_vectors(SHAPE, CELL), axis=-1)
    power = 1e6 * np.exp(-40 * s**2)
    quiet, molecule, has_signal = halves_of_box()
    noise = random_map(noise_share * power, SHAPE, 1)
    signal = random_map((1 - noise_share) * power, SHAPE, 2)
    source = on_grid(noise + signal * has_signal, CELL, "map")
    grid = FourierGrid(SHAPE, CELL.parameters(), 3.0)
    within = sums_within(source, molecule, grid, 20)
    found = accuracy_from_solvent(
        source,
        quiet,
        within.power_1 / float(np.square(molecule).mean()),
        within,
        grid,
        3.0,
        periodic=True,
    )
    assert found is not None
    np.testing.assert_allclose(np.square(found[2:]), 1 - noise_share, atol=0.08)


# Bulk solvent


def noisy_model(atoms: Atoms, like: MapData, seed: int, noise: float) -> MapData:
    """Return the density of the atoms in vacuum, with noise of its own spectrum."""
    model = model_coefficients(like, atoms, b_iso=60.0)
    model[0, 0, 0] = 0
    density = _core.inverse_transform(model, like.values.shape[2])
    s = np.linalg.norm(s_vectors(like.values.shape, like.box), axis=-1)
    added = random_map(np.exp(-30 * s**2), like.values.shape, seed)
    added *= np.float32(noise * density.std() / added.std())
    return like.with_values(density + added, "map in vacuum")


@pytest.mark.parametrize("seed", of_fast_suite((1, 2, 3), 1))
def test_a_map_without_solvent_gets_none(simulated: SimulatedHalfMaps, seed: int) -> None:
    box = simulated.mean.box
    atoms = demo_atoms().centred_at((box.a / 2, box.b / 2, box.c / 2))
    source = noisy_model(atoms, simulated.mean, seed, noise=1.0)
    found = sharpen_by_model(source, atoms, resolution=4.0)
    assert found.k_sol == 0
    assert found.b_sol == 0


# The share of the box that the signal fills


@pytest.mark.parametrize("share", [0.35, 0.6, 0.9])
def test_the_share_of_the_signal_is_what_the_box_has_beyond_noise(share: float) -> None:
    s = (np.arange(30) + 0.5) / 90
    signal, noise = 5 * np.exp(-30 * s**2), np.full(30, 0.7)
    n_terms, known = 100 * s**2, np.ones(30)
    sums = ModelSums(1 / 90, s, n_terms, n_terms, known, known, known, {})
    power = ModelPower(known, known, known, signal, noise, 1.0, NO_TENSOR, NO_TENSOR)
    assert signal_share_of_box(power, sums, noise + share * signal, 0.2) == pytest.approx(share)


@pytest.mark.parametrize(("share", "expected"), [(0.1, 0.2), (1.4, 1.0)])
def test_the_share_is_that_of_the_mask_at_least_and_1_at_most(
    share: float, expected: float
) -> None:
    s = (np.arange(30) + 0.5) / 90
    ones = np.ones(30)
    sums = ModelSums(1 / 90, s, ones, ones, ones, ones, ones, {})
    power = ModelPower(ones, ones, ones, 2 * ones, ones, 1.0, NO_TENSOR, NO_TENSOR)
    assert signal_share_of_box(power, sums, ones + 2 * share, 0.2) == pytest.approx(expected)


def test_without_any_signal_the_share_is_that_of_the_mask() -> None:
    s, ones = (np.arange(30) + 0.5) / 90, np.ones(30)
    sums = ModelSums(1 / 90, s, ones, ones, ones, ones, ones, {})
    power = ModelPower(ones, ones, ones, 0 * ones, ones, 1.0, NO_TENSOR, NO_TENSOR)
    assert signal_share_of_box(power, sums, ones, 0.2) == 0.2
