"""Simulated half maps hold the signal, the noise and the truth that was asked for."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from direct_sum import direct_sum

from map_sharpening.errors import ParameterError
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.model_map import points_near_atoms
from map_sharpening.simulation.simulate import (
    ISOTROPIC,
    WHITE,
    NoiseColour,
    SimulatedHalfMaps,
    quadratic_form,
    reciprocal_axes,
    simulate_half_maps,
)

TENSOR = (-15.0, 5.0, 10.0, 4.0, -6.0, 8.0)
UNEQUAL_SHAPE = (27, 32, 35)
UNEQUAL_SPACING = (1.2, 1.1, 1.3)


def cluster(n: int = 300, radius: float = 14.0) -> Atoms:
    """Return carbon, nitrogen and oxygen atoms strewn over a ball."""
    generator = np.random.default_rng(7)
    directions = generator.normal(size=(n, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    positions = directions * radius * generator.random((n, 1)) ** (1 / 3)
    elements = generator.choice(["C", "N", "O"], size=n)
    return Atoms(positions, elements, np.ones(n), "cluster")


def few_atoms() -> Atoms:
    generator = np.random.default_rng(3)
    elements = np.array(["C", "N", "O", "S", "P", "Fe", "C", "O"])
    positions = generator.uniform(-9, 9, (8, 3))
    return Atoms(positions, elements, generator.uniform(0.4, 1.0, 8), "few atoms")


@pytest.fixture(scope="module")
def pair() -> SimulatedHalfMaps:
    return simulate_half_maps(
        cluster(), (60, 60, 60), 1.1, 3.2, noise_b=TENSOR, noise_colour=NoiseColour(30.0, 0.3)
    )


def expected_coefficients(
    atoms: Atoms, b_factors: npt.ArrayLike, like: SimulatedHalfMaps
) -> npt.NDArray[Any]:
    """Return the coefficients of atoms that are centred in the box, summed one by one."""
    box = like.truth.box
    centred = atoms.centred_at((box.a / 2, box.b / 2, box.c / 2))
    total = direct_sum(centred, b_factors, reciprocal_axes(like.truth))
    return total * like.truth.values.size / (box.a * box.b * box.c)


def relative_error(found: npt.NDArray[Any], expected: npt.NDArray[Any]) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def terms_between(like: SimulatedHalfMaps, d_max: float, d_min: float) -> npt.NDArray[np.bool_]:
    s_x, s_y, s_z = reciprocal_axes(like.truth)
    s = np.sqrt(s_x**2 + s_y**2 + s_z**2)
    return (s > 1 / d_max) & (s < 1 / d_min)


def test_truth_is_the_direct_sum_over_sharp_atoms() -> None:
    made = simulate_half_maps(few_atoms(), UNEQUAL_SHAPE, UNEQUAL_SPACING, 3.5)
    expected = expected_coefficients(few_atoms(), 0.0, made)
    kept = terms_between(made, np.inf, made.d_min)
    found = np.fft.rfftn(made.truth.values)
    assert relative_error(found[kept], expected[kept]) < 1e-3


def test_signal_is_the_direct_sum_with_b_rising_as_distance_squared() -> None:
    atoms = few_atoms()
    made = simulate_half_maps(atoms, UNEQUAL_SHAPE, UNEQUAL_SPACING, 3.5, b_core=30.0, b_rim=120.0)
    distance = np.linalg.norm(atoms.positions - atoms.positions.mean(axis=0), axis=1)
    expected = expected_coefficients(atoms, 30.0 + 90.0 * (distance / distance.max()) ** 2, made)
    kept = terms_between(made, np.inf, made.d_min)
    found = np.fft.rfftn(made.noise_free.values)
    assert relative_error(found[kept], expected[kept]) < 1e-3


def test_truth_does_not_depend_on_b_factors_or_tensors() -> None:
    plain = simulate_half_maps(cluster(), (32, 32, 32), 1.4, 4.0)
    blurred = simulate_half_maps(
        cluster(), (32, 32, 32), 1.4, 4.0, b_core=5.0, b_rim=300.0, signal_b=TENSOR
    )
    np.testing.assert_array_equal(plain.truth.values, blurred.truth.values)


def test_truth_ends_at_d_min(pair: SimulatedHalfMaps) -> None:
    power = np.abs(np.fft.rfftn(pair.truth.values)) ** 2
    beyond = terms_between(pair, pair.d_min, 1e-3)
    assert power[beyond].max() < 1e-9 * power.max()


@pytest.mark.parametrize(
    ("voxel_size", "resolution", "d_min"), [(1.0, 4.0, 0.833 * 4.0), (1.8, 4.0, 3.6)]
)
def test_d_min_is_the_coarser_of_nyquist_and_its_share_of_resolution(
    voxel_size: float, resolution: float, d_min: float
) -> None:
    made = simulate_half_maps(cluster(), (40, 40, 40), voxel_size, resolution)
    assert made.d_min == pytest.approx(d_min)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_whole_box_fsc_at_nominal_resolution_is_0143(seed: int) -> None:
    made = simulate_half_maps(cluster(), (60, 54, 57), (1.0, 1.1, 1.05), 3.0, seed=seed)
    shell = terms_between(made, 1 / (1 / 3.0 - 0.03), 1 / (1 / 3.0 + 0.03))
    f_1, f_2 = (np.fft.rfftn(half.values)[shell] for half in (made.half_1, made.half_2))
    fsc = np.vdot(f_1, f_2).real / (np.linalg.norm(f_1) * np.linalg.norm(f_2))
    standard_error = 1 / np.sqrt(2 * shell.sum())
    assert abs(fsc - 0.143) < 4 * standard_error


def test_signal_tensor_multiplies_the_isotropic_signal() -> None:
    plain = simulate_half_maps(cluster(), (33, 40, 36), (1.3, 1.1, 1.2), 3.5)
    weakened = simulate_half_maps(cluster(), (33, 40, 36), (1.3, 1.1, 1.2), 3.5, signal_b=TENSOR)
    expected = np.fft.rfftn(plain.noise_free.values)
    expected *= np.exp(-quadratic_form(TENSOR, *reciprocal_axes(plain.truth)) / 4)
    assert relative_error(np.fft.rfftn(weakened.noise_free.values), expected) < 1e-4


@pytest.mark.parametrize("half", ["half_1", "half_2"])
def test_noise_tensor_is_recovered_from_the_noise(pair: SimulatedHalfMaps, half: str) -> None:
    """Regress ln of power over the known colour on the six products of s.

    The logarithm of an exponential variate has variance pi² / 6.
    """
    noise = np.fft.rfftn(getattr(pair, half).values - pair.noise_free.values)
    used = terms_between(pair, 20.0, pair.d_min)
    s_x, s_y, s_z = (
        np.broadcast_to(axis, used.shape)[used] for axis in reciprocal_axes(pair.truth)
    )
    colour = pair.noise_colour.power(s_x**2 + s_y**2 + s_z**2)
    design = -0.5 * np.stack(
        [s_x**2, s_y**2, s_z**2, 2 * s_x * s_y, 2 * s_x * s_z, 2 * s_y * s_z], axis=1
    )
    design = np.column_stack([np.ones(len(design)), design])
    logarithm = np.log(np.abs(noise[used]) ** 2 / colour)
    fitted, *_ = np.linalg.lstsq(design, logarithm, rcond=None)
    standard_errors = np.sqrt(np.pi**2 / 6 * np.diag(np.linalg.inv(design.T @ design)))
    assert (np.abs(fitted[1:] - TENSOR) < 4 * standard_errors[1:]).all()


def test_noise_has_the_power_that_is_stated(pair: SimulatedHalfMaps) -> None:
    noise = np.fft.rfftn(pair.half_1.values - pair.noise_free.values)
    expected = pair.noise_power(*reciprocal_axes(pair.truth))
    within = terms_between(pair, np.inf, 2.2)
    ratio = (np.abs(noise) ** 2 / expected)[within]
    assert ratio.mean() == pytest.approx(1.0, abs=4 / np.sqrt(ratio.size))


def test_noise_of_the_halves_is_independent(pair: SimulatedHalfMaps) -> None:
    noise_1 = (pair.half_1.values - pair.noise_free.values).ravel()
    noise_2 = (pair.half_2.values - pair.noise_free.values).ravel()
    # Coloured noise has fewer independent values than points: a tenth is on the safe side.
    assert abs(np.corrcoef(noise_1, noise_2)[0, 1]) < 4 / np.sqrt(noise_1.size / 10)


def test_noise_fills_the_solvent(pair: SimulatedHalfMaps) -> None:
    noise = pair.half_1.values - pair.noise_free.values
    inside, outside = noise[pair.near_atoms].std(), noise[~pair.near_atoms].std()
    assert outside == pytest.approx(inside, rel=0.05)


def test_mean_is_half_the_sum(pair: SimulatedHalfMaps) -> None:
    expected = (pair.half_1.values.astype(float) + pair.half_2.values) / 2
    np.testing.assert_allclose(pair.mean.values, expected, rtol=1e-5, atol=1e-6)


def test_same_seed_gives_the_same_bytes_for_any_number_of_threads() -> None:
    one, two = (
        simulate_half_maps(cluster(), (30, 33, 36), 1.3, 4.0, seed=5, threads=n) for n in (1, 3)
    )
    np.testing.assert_array_equal(one.half_2.values, two.half_2.values)


def test_another_seed_gives_other_noise() -> None:
    one, two = (
        simulate_half_maps(cluster(), (30, 33, 36), 1.3, 4.0, seed=seed) for seed in (0, 1)
    )
    assert not np.array_equal(one.half_1.values, two.half_1.values)


def test_maps_are_float32_of_the_shape_asked_for() -> None:
    made = simulate_half_maps(few_atoms(), UNEQUAL_SHAPE, UNEQUAL_SPACING, 3.5)
    forms = {
        (m.values.shape, m.values.dtype.name)
        for m in (made.half_1, made.half_2, made.truth, made.noise_free)
    }
    assert forms == {(UNEQUAL_SHAPE, "float32")}


def test_voxel_size_is_kept_on_unequal_axes() -> None:
    made = simulate_half_maps(few_atoms(), UNEQUAL_SHAPE, UNEQUAL_SPACING, 3.5)
    assert made.half_1.voxel_size == pytest.approx(UNEQUAL_SPACING)


def test_molecule_is_in_the_middle_of_the_box() -> None:
    made = simulate_half_maps(cluster(), (40, 46, 43), (1.0, 0.9, 1.1), 4.0)
    where = np.argwhere(made.near_atoms)
    middle = (where.min(axis=0) + where.max(axis=0)) / 2
    np.testing.assert_allclose(middle, np.array(made.truth.values.shape) / 2, atol=1.0)


def test_points_near_one_atom_are_those_within_the_radius() -> None:
    made = simulate_half_maps(few_atoms(), UNEQUAL_SHAPE, UNEQUAL_SPACING, 3.5)
    position = np.array([[18.3, 17.1, 16.6]])
    atom = Atoms(position, np.array(["C"]), np.ones(1))
    nz, ny, nx = UNEQUAL_SHAPE
    z, y, x = np.meshgrid(np.arange(nz), np.arange(ny), np.arange(nx), indexing="ij")
    points = np.stack([x, y, z], axis=-1) * np.array(UNEQUAL_SPACING)
    expected = np.linalg.norm(points - position[0], axis=-1) < 3.0
    np.testing.assert_array_equal(
        points_near_atoms(atom, made.truth.shape, made.truth.box, 3.0), expected
    )


def test_molecule_larger_than_the_box_is_refused_with_both_sizes() -> None:
    with pytest.raises(ParameterError, match=r"cluster needs .* Å, the box is 25.6 x"):
        simulate_half_maps(cluster(), (32, 32, 32), 0.8, 3.0)


def test_resolution_beyond_nyquist_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"resolution is 2.0 Å; this box holds 2.6 Å"):
        simulate_half_maps(cluster(), (32, 32, 32), 1.3, 2.0)


@pytest.mark.parametrize("resolution", [0.0, -3.0, np.nan, np.inf, 100.0])
def test_impossible_resolution_is_refused(resolution: float) -> None:
    with pytest.raises(ParameterError, match="resolution is"):
        simulate_half_maps(cluster(), (32, 32, 32), 1.3, resolution)


def test_resolution_beyond_a_quarter_of_the_shortest_edge_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"to 10.4 Å \(a quarter of the shortest edge\)"):
        simulate_half_maps(cluster(), (48, 32, 40), 1.3, 10.5)


def test_tensor_with_a_trace_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"noise_b is .* with trace 10 Å²"):
        simulate_half_maps(
            cluster(), (32, 32, 32), 1.3, 4.0, noise_b=(10.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        )


def test_negative_b_factor_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"b_core is -1.0 Å²"):
        simulate_half_maps(cluster(), (32, 32, 32), 1.3, 4.0, b_core=-1.0)


@pytest.mark.parametrize("value", [-3.0, np.nan, np.inf])
def test_a_b_factor_out_of_range_is_named_with_its_atom(value: float) -> None:
    b_factors = np.full(8, 50.0)
    b_factors[5] = value
    message = rf"b_factors holds {value:g} Å² for atom 5 of few atoms \(counted from 0\); give 0"
    with pytest.raises(ParameterError, match=message):
        simulate_half_maps(few_atoms(), (32, 32, 32), 1.3, 4.0, b_factors=b_factors)


def test_b_factors_of_other_atoms_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"b_factors has shape \(7,\) for the 8 atoms of few"):
        simulate_half_maps(few_atoms(), (32, 32, 32), 1.3, 4.0, b_factors=np.ones(7))


def test_no_atoms_are_refused() -> None:
    nothing = Atoms(np.zeros((0, 3)), np.zeros(0, dtype=str), np.zeros(0), "nothing.pdb")
    with pytest.raises(ParameterError, match=r"nothing.pdb holds no atoms"):
        simulate_half_maps(nothing, (32, 32, 32), 1.3, 4.0)


def test_one_atom_can_be_simulated() -> None:
    atom = Atoms(np.zeros((1, 3)), np.array(["C"]), np.ones(1), "atom")
    made = simulate_half_maps(atom, (24, 24, 24), 1.3, 4.0)
    highest = np.unravel_index(made.truth.values.argmax(), (24, 24, 24))
    assert [int(index) for index in highest] == [12, 12, 12]


def test_the_noise_has_the_power_that_is_stated_in_every_direction(
    pair: SimulatedHalfMaps,
) -> None:
    noise = np.fft.rfftn(pair.half_1.values - pair.noise_free.values)
    s_x, s_y, s_z = reciprocal_axes(pair.truth)
    ratio = np.abs(noise) ** 2 / pair.noise_power(s_x, s_y, s_z)
    used = terms_between(pair, 20.0, pair.d_min)
    for axis, others in ((s_x, (s_y, s_z)), (s_y, (s_x, s_z)), (s_z, (s_x, s_y))):
        along = used & (axis**2 > 2 * (others[0] ** 2 + others[1] ** 2))
        assert ratio[along].mean() == pytest.approx(
            ratio[used].mean(), rel=5 / math.sqrt(np.count_nonzero(along))
        )


def test_white_noise_has_the_same_power_everywhere() -> None:
    np.testing.assert_array_equal(WHITE.power(np.linspace(0, 0.3, 7)), 1.0)


def test_white_floor_outside_zero_to_one_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"white_floor is 1\.5"):
        NoiseColour(white_floor=1.5)


def test_result_states_its_tensors(pair: SimulatedHalfMaps) -> None:
    assert (pair.signal_b, pair.noise_b) == (ISOTROPIC, TENSOR)


def test_atoms_of_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="for 8 elements"):
        replace(few_atoms(), occupancies=np.ones(3))


@pytest.mark.parametrize(
    "shape", [np.array([28, 30, 32]), [np.int64(28), 30, 32], iter((28, 30, 32))]
)
def test_a_shape_is_any_three_whole_numbers(shape: Any) -> None:
    made = simulate_half_maps(few_atoms(), shape, 1.0, 4.0, threads=1)
    plain = simulate_half_maps(few_atoms(), (28, 30, 32), 1.0, 4.0, threads=1)
    np.testing.assert_array_equal(made.half_1.values, plain.half_1.values)
