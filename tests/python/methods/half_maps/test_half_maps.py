"""Sharpening of half maps: what goes in is found again, and what must not matter does not."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft
from examples import of_fast_suite
from random_maps import (
    CUBIC,
    THREAD_COUNTS,
    TRICLINIC,
    UNEQUAL_ODD,
    correlation,
    noise_power,
    on_grid,
    random_pair,
    s_vectors,
    signal_power,
)
from sharpened_pairs import BOXES, NOISE_B, PERIODIC, RESOLUTION, SIGNAL_B, assert_close, measured

from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.simulation.quality import correlations


def pulls(box, mode):
    """Return deviations over standard errors of S, N, B_S and B_N, a row per seed."""
    rows = {"signal": [], "noise": [], "signal_b": [], "noise_b": []}
    for seed in range(1, 5):
        found = measured(
            random_pair(box, seed, signal_b=SIGNAL_B, noise_b=NOISE_B), box, mode
        ).found
        model = found.model
        s = (np.arange(len(model.signal)) + 0.5) * found.shell_width
        for name, truth in (("signal", signal_power(s)), ("noise", noise_power(s))):
            deviation = np.log(getattr(model, name) / truth) / getattr(model, f"{name}_error")
            # The first shells hold a handful of terms each; a mask mixes them.
            rows[name].append(deviation[3:])
        for name, truth in (("signal_b", SIGNAL_B), ("noise_b", NOISE_B)):
            fit = getattr(model, name)
            assert fit.determined
            rows[name].append((np.array(fit.b) - truth) / fit.standard_error)
    return {name: np.array(values) for name, values in rows.items()}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["wrapping", "taper", "mask"])
@BOXES
def test_known_powers_and_tensors_are_found_within_their_errors(box, mode):
    for name, values in pulls(box, mode).items():
        rms = np.sqrt(np.mean(values**2))
        assert rms < 2.0, f"{name}: {rms:.2f} standard errors"


@BOXES
def test_known_tensors_stand_out_of_their_errors(box):
    made = measured(random_pair(box, 1, signal_b=SIGNAL_B, noise_b=NOISE_B), box, "wrapping")
    for fit in (made.found.model.signal_b, made.found.model.noise_b):
        assert np.abs(np.array(fit.b) / fit.standard_error).max() > 5


def test_half_maps_without_direction_have_no_tensor_beyond_its_error():
    deviations = []
    for seed in range(1, 5):
        fit = measured(random_pair(TRICLINIC, seed), TRICLINIC, "wrapping").found.model.signal_b
        deviations.append(np.array(fit.b) / fit.standard_error)
    assert np.sqrt(np.mean(np.square(deviations))) < 2.0


# --- what must not matter ----------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-4, 7.3, 1e5])
def test_a_common_scale_of_the_inputs_leaves_the_result(pair, result, scale):
    halves = [m.with_values(m.values * np.float32(scale)) for m in (pair.half_1, pair.half_2)]
    scaled = sharpen_half_maps(*halves, **PERIODIC)
    assert_close(scaled.sharpened.values, result.sharpened.values, 1e-3)
    np.testing.assert_allclose(scaled.shells.fsc_corrected, result.shells.fsc_corrected, atol=1e-5)


def test_a_constant_added_to_the_inputs_leaves_the_result(pair, result):
    halves = [m.with_values(m.values + np.float32(9)) for m in (pair.half_1, pair.half_2)]
    assert_close(
        sharpen_half_maps(*halves, **PERIODIC).sharpened.values, result.sharpened.values, 1e-3
    )


def test_exchanged_half_maps_give_the_same_map(pair, result):
    exchanged = sharpen_half_maps(pair.half_2, pair.half_1, **PERIODIC)
    assert_close(exchanged.sharpened.values, result.sharpened.values, 1e-4)


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 1, 0), (0, 2, 1)])
def test_a_permutation_of_the_axes_permutes_the_map(pair, result, order):
    halves = [
        on_grid(m.values.transpose(order), m.position.cell, m.name)
        for m in (pair.half_1, pair.half_2)
    ]
    turned = sharpen_half_maps(*halves, **PERIODIC)
    assert_close(turned.sharpened.values, result.sharpened.values.transpose(order), 0.03)


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 1, 0), (0, 2, 1)])
def test_a_permutation_of_the_axes_permutes_the_tensors(pair, result, order):
    halves = [
        on_grid(m.values.transpose(order), m.position.cell, m.name)
        for m in (pair.half_1, pair.half_2)
    ]
    turned = sharpen_half_maps(*halves, **PERIODIC)
    # Array axis i (z, y, x) is Cartesian axis 2 - i; new axis i was the old order[i].
    old_of = [2 - order[2 - axis] for axis in range(3)]
    for name in ("signal_b", "noise_b", "overall_u", "scale_factors"):
        old, new = (matrix_of(getattr(r.anisotropy, name)) for r in (result, turned))
        # Terms on an edge between two directions fall to either, by the order of the axes.
        error = max(getattr(result.anisotropy, name).standard_errors)
        np.testing.assert_allclose(new, old[np.ix_(old_of, old_of)], atol=error)


def matrix_of(tensor):
    xx, yy, zz, xy, xz, yz = tensor.values
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


@pytest.mark.parametrize("shift", [(5, -7, 11), (24, 24, 24)])
def test_a_shift_by_whole_voxels_shifts_the_map(pair, result, shift):
    halves = [
        m.with_values(np.roll(m.values, shift, axis=(0, 1, 2))) for m in (pair.half_1, pair.half_2)
    ]
    shifted = sharpen_half_maps(*halves, **PERIODIC)
    expected = np.roll(result.sharpened.values, shift, axis=(0, 1, 2))
    assert_close(shifted.sharpened.values, expected, 1e-4)


@pytest.mark.parametrize("mask", of_fast_suite(["auto", False], "auto"))
@pytest.mark.parametrize("box", of_fast_suite([CUBIC, UNEQUAL_ODD, TRICLINIC], UNEQUAL_ODD))
def test_any_number_of_threads_gives_the_same_bytes(box, mask):
    pair = random_pair(box, 2)

    def all_bytes(threads):
        r = sharpen_half_maps(
            pair.half_1, pair.half_2, resolution=RESOLUTION, mask=mask, threads=threads
        )
        maps = [r.sharpened, r.sharpened_half_1, r.sharpened_half_2, r.mask]
        curves = vars(r.shells).values()
        return [m.values.tobytes() for m in maps if m is not None] + [c.tobytes() for c in curves]

    expected = all_bytes(1)
    for threads in THREAD_COUNTS:
        assert all_bytes(threads) == expected


def test_arrays_of_any_order_and_type_are_taken(pair, result):
    cell = pair.half_1.position.cell
    size = cell.a / 48
    strided = np.asfortranarray(pair.half_1.values)
    double = pair.half_2.values.astype(np.float64)
    found = sharpen_half_maps(strided, double, voxel_size=size, **PERIODIC)
    assert found.sharpened.values.tobytes() == result.sharpened.values.tobytes()


def test_inputs_may_be_read_only_and_are_not_changed(pair, result):
    halves = []
    for m in (pair.half_1, pair.half_2):
        values = m.values.copy()
        values.flags.writeable = False
        halves.append(m.with_values(values))
    found = sharpen_half_maps(*halves, **PERIODIC)
    assert found.sharpened.values.tobytes() == result.sharpened.values.tobytes()
    np.testing.assert_array_equal(halves[0].values, pair.half_1.values)


# --- how good it is ----------------------------------------------------------------------


def test_the_map_is_nearer_to_the_truth_than_the_mean(simulated):
    found = sharpen_half_maps(simulated.half_1, simulated.half_2, resolution=simulated.resolution)
    before, after = (
        correlations(m, simulated.truth, simulated.near_atoms, simulated.d_min)
        for m in (simulated.mean, found.sharpened)
    )
    assert after.near_atoms > before.near_atoms + 0.03
    assert after.near_atoms_band > before.near_atoms_band + 0.01


def test_random_half_maps_come_nearer_to_their_signal(pair, result):
    mean = pair.half_1.values + pair.half_2.values
    ideal_b = result.guinier.b_sharpen
    s = np.linalg.norm(s_vectors(*CUBIC), axis=-1)
    sharp = scipy.fft.rfftn(pair.signal) * np.exp(ideal_b * s**2 / 4) * (s < 1 / result.d_min)
    truth = scipy.fft.irfftn(sharp, s=CUBIC[0])
    assert correlation(result.sharpened.values, truth) > correlation(mean, truth) + 0.05
