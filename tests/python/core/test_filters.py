"""Scale factors and random phases, term by term."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft
from random_maps import (
    CUBIC,
    NO_TENSOR,
    THREAD_COUNTS,
    TRICLINIC,
    UNEQUAL_ODD,
    quadratic_form,
    s_vectors,
)

from map_sharpening import _core

STEP = 0.05  # 1/Å
GAIN = [1.0, 1.4, 0.9, 2.0, 1.1, 3.0, 0.5]
RATIO = [0.01, 0.3, 1.0, 2.5, 9.0, 20.0, 80.0]
GAIN_B = (12.0, -30.0, 18.0, 5.0, -7.0, 9.0)
RATIO_B = (-8.0, 20.0, -12.0, 3.0, 6.0, -4.0)
S_MAX = 0.3  # 1/Å, inside the Nyquist limit of all boxes
boxes = pytest.mark.parametrize(
    "box", [CUBIC, UNEQUAL_ODD, TRICLINIC], ids=["cubic", "unequal", "triclinic"]
)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def coefficients(shape, seed=0, dtype=np.float32):
    return _core.forward_transform(np.random.default_rng(seed).normal(size=shape).astype(dtype))


def expected_factors(shape, cell, ratio):
    s = s_vectors(shape, cell)
    length = np.linalg.norm(s, axis=-1)
    table = np.arange(len(GAIN)) * STEP
    value = np.interp(length, table, GAIN) * np.exp(-quadratic_form(GAIN_B, s) / 4)
    if ratio:
        error = np.interp(length, table, ratio) * np.exp(-quadratic_form(RATIO_B, s) / 2)
        value /= 1 + error
    value[(length > S_MAX) | (length == 0)] = 0
    return value


@boxes
@dtypes
@pytest.mark.parametrize("ratio", [[], RATIO], ids=["gain", "gain and ratio"])
def test_every_term_gets_the_factor_of_its_vector(box, dtype, ratio):
    shape, cell = box
    f = coefficients(shape, dtype=dtype)
    factors = _core.ScaleFactors(STEP, GAIN, ratio, GAIN_B, RATIO_B)
    scaled, _ = _core.apply_scale_factors(f, shape, cell.parameters(), S_MAX, factors)
    expected = f * expected_factors(shape, cell, ratio)
    np.testing.assert_allclose(scaled, expected, rtol=2e-5, atol=1e-3)


@boxes
def test_the_variance_is_that_of_the_map(box):
    shape, cell = box
    factors = _core.ScaleFactors(STEP, GAIN, RATIO, GAIN_B, RATIO_B)
    scaled, variance = _core.apply_scale_factors(
        coefficients(shape), shape, cell.parameters(), S_MAX, factors
    )
    values = scipy.fft.irfftn(scaled, s=shape)
    assert variance == pytest.approx(values.var(), rel=1e-5)
    assert values.mean() == pytest.approx(0, abs=1e-7)


def test_scaling_leaves_its_argument_alone():
    shape, cell = CUBIC
    f = coefficients(shape)
    copy = f.copy()
    factors = _core.ScaleFactors(STEP, GAIN)
    _core.apply_scale_factors(f, shape, cell.parameters(), S_MAX, factors)
    np.testing.assert_array_equal(f, copy)


def test_a_sharpening_and_a_blurring_by_the_same_b_undo_each_other():
    shape, cell = TRICLINIC
    f = coefficients(shape, dtype=np.float64)
    once = f
    for b in (50.0, -50.0):
        factors = _core.ScaleFactors(1.0, [1, 1], gain_b=(b, b, b, 0.0, 0.0, 0.0))
        once, _ = _core.apply_scale_factors(once, shape, cell.parameters(), S_MAX, factors)
    kept = np.abs(once) > 0
    np.testing.assert_allclose(once[kept], f[kept], rtol=1e-5)


def test_factors_at_a_vector_are_those_of_the_formula():
    factors = _core.ScaleFactors(STEP, GAIN, RATIO, GAIN_B, RATIO_B)
    s = np.array([0.08, -0.11, 0.05])
    place = np.linalg.norm(s) / STEP
    expected = np.interp(place, range(7), GAIN) * np.exp(-quadratic_form(GAIN_B, s) / 4)
    expected /= 1 + np.interp(place, range(7), RATIO) * np.exp(-quadratic_form(RATIO_B, s) / 2)
    assert factors.at(s) == pytest.approx(expected, rel=1e-6)


def test_tables_are_held_at_their_end():
    factors = _core.ScaleFactors(STEP, GAIN)
    assert factors.at([0, 0, 9.0]) == pytest.approx(GAIN[-1])


def test_the_radial_mean_of_a_radial_table_is_the_table():
    factors = _core.ScaleFactors(STEP, GAIN)
    assert factors.radial_mean(3 * STEP) == pytest.approx(GAIN[3], rel=1e-3)


def test_factors_show_what_they_were_made_of():
    factors = _core.ScaleFactors(STEP, GAIN)
    assert factors.step == STEP
    np.testing.assert_allclose(factors.gain, GAIN, rtol=1e-6)
    assert factors.ratio == []
    assert tuple(factors.gain_b) == NO_TENSOR


@boxes
@dtypes
def test_random_phases_keep_amplitudes(box, dtype):
    shape, cell = box
    f = coefficients(shape, dtype=dtype)
    mixed = _core.randomise_phases(f, shape, cell.parameters(), S_MAX, 0.1, seed=4)
    length = np.linalg.norm(s_vectors(shape, cell), axis=-1)
    np.testing.assert_allclose(
        np.abs(mixed), np.where(length <= S_MAX, np.abs(f), 0), rtol=1e-5, atol=1e-3
    )


@boxes
@dtypes
def test_random_phases_obey_friedels_law(box, dtype):
    shape, cell = box
    f = coefficients(shape, dtype=dtype)
    mixed = _core.randomise_phases(f, shape, cell.parameters(), S_MAX, 0.1, seed=4)
    again = scipy.fft.rfftn(scipy.fft.irfftn(mixed.astype(np.complex128), s=shape))
    np.testing.assert_allclose(again, mixed, atol=1e-3 if dtype == np.float32 else 1e-8)


@boxes
def test_terms_before_the_randomised_ones_are_as_they_were(box):
    shape, cell = box
    f = coefficients(shape)
    mixed = _core.randomise_phases(f, shape, cell.parameters(), S_MAX, 0.1, seed=4)
    before = np.linalg.norm(s_vectors(shape, cell), axis=-1) < 0.0999
    np.testing.assert_array_equal(mixed[before], f[before])


def test_random_phases_are_spread_evenly_and_unlike_those_before():
    shape, cell = CUBIC
    f = coefficients(shape)
    mixed = _core.randomise_phases(f, shape, cell.parameters(), S_MAX, 0.0, seed=4)
    inside = np.abs(mixed[:, :, 1:-1]) > 0
    turn = (mixed[:, :, 1:-1][inside] / f[:, :, 1:-1][inside]).astype(np.complex128)
    turn /= np.abs(turn)
    for power in (1, 2, 3):
        assert np.abs(np.mean(turn**power)) < 4 / np.sqrt(turn.size)


def test_a_seed_gives_the_same_phases_and_another_seed_others():
    shape, cell = CUBIC
    f = coefficients(shape)
    one, same, other = (
        _core.randomise_phases(f, shape, cell.parameters(), S_MAX, 0.1, seed=seed)
        for seed in (4, 4, 5)
    )
    assert one.tobytes() == same.tobytes()
    assert one.tobytes() != other.tobytes()


def test_any_number_of_threads_gives_the_same_bytes():
    shape, cell = TRICLINIC
    f = coefficients(shape)
    factors = _core.ScaleFactors(STEP, GAIN, RATIO, GAIN_B, RATIO_B)

    def both(threads):
        scaled, variance = _core.apply_scale_factors(
            f, shape, cell.parameters(), S_MAX, factors, threads=threads
        )
        mixed = _core.randomise_phases(
            f, shape, cell.parameters(), S_MAX, 0.1, seed=1, threads=threads
        )
        return scaled.tobytes(), variance, mixed.tobytes()

    expected = both(1)
    for threads in THREAD_COUNTS:
        assert both(threads) == expected


@pytest.mark.parametrize(
    ("step", "gain", "ratio", "message"),
    [
        (0.0, [1, 1], [], "scale factors have 2 values in steps of 0"),
        (0.1, [1], [], "scale factors have 1 values"),
        (0.1, [1, 1], [1, 1, 1], "scale factors have 2 gains and 3 ratios"),
    ],
)
def test_tables_that_make_no_sense_are_refused(step, gain, ratio, message):
    factors = _core.ScaleFactors(step, gain, ratio)
    with pytest.raises(ValueError, match=message):
        _core.apply_scale_factors(
            np.ones((4, 4, 3), np.complex64), (4, 4, 4), (8, 8, 8, 90, 90, 90), 0.2, factors
        )


def test_coefficients_of_another_grid_are_refused():
    f = np.ones((4, 4, 4), np.complex64)
    factors = _core.ScaleFactors(STEP, GAIN)
    with pytest.raises(ValueError, match=r"a has shape \(4, 4, 4\), expected \(4, 4, 3\)"):
        _core.apply_scale_factors(f, (4, 4, 4), (8, 8, 8, 90, 90, 90), 0.2, factors)
    with pytest.raises(ValueError, match=r"a has shape \(4, 4, 4\), expected \(4, 4, 3\)"):
        _core.randomise_phases(f, (4, 4, 4), (8, 8, 8, 90, 90, 90), 0.2, 0.1, 1)


def test_real_numbers_are_refused_as_coefficients():
    factors = _core.ScaleFactors(STEP, GAIN)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        _core.apply_scale_factors(
            np.ones((4, 4, 3), np.float32), (4, 4, 4), (8, 8, 8, 90, 90, 90), 0.2, factors
        )
