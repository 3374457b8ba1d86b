"""Tensor fits give back the tensors that went in."""

from __future__ import annotations

import numpy as np
import pytest
from random_maps import (
    CUBIC,
    THREAD_COUNTS,
    TRICLINIC,
    UNEQUAL_ODD,
    quadratic_form,
    random_map,
    s_vectors,
)

from map_sharpening import _core

B_PER_U = 8 * np.pi**2
U_PUT_IN = np.array([0.50, 0.80, 0.30, 0.08, -0.10, 0.05])  # Å²
SHELL_WIDTH, N_SHELLS = 0.02, 17


def wilson_map(box, seed):
    """Return a map whose |F|² are exponential about the tabulated expectation times a U."""
    shape, cell = box
    s = s_vectors(shape, cell)
    s_squared = np.sum(s**2, axis=-1)
    expected = np.vectorize(_core.wilson_expected_intensity)(s_squared)
    fall_off = np.exp(-quadratic_form(tuple(B_PER_U * U_PUT_IN), s) / 2)
    return random_map(np.nan_to_num(expected) * fall_off * 100, shape, seed)


def by_direction(tensor, divisor):
    """Return exp(-s B s / divisor) at the shells' middles, averaged over each direction."""
    _, _, moments = _core.directions()
    s = (np.arange(N_SHELLS) + 0.5) * SHELL_WIDTH
    along = moments @ (np.asarray(tensor) * [1, 1, 1, 2, 2, 2])
    return np.exp(-np.outer(s**2, along) / divisor)


@pytest.mark.parametrize("box", [TRICLINIC, UNEQUAL_ODD], ids=["triclinic", "unequal"])
def test_a_wilson_fit_recovers_the_u_put_in(box):
    shape, cell = box
    pulls = []
    for seed in range(8):
        f = _core.forward_transform(wilson_map(box, seed))
        fit = _core.fit_wilson_b(f, shape, cell.parameters(), 2.7)
        assert fit.determined
        pulls.append((np.array(fit.b) / B_PER_U - U_PUT_IN) * B_PER_U / fit.standard_error)
    # 48 pulls that are nearly independent: their rms is 1 within three times 0.1.
    assert 0.7 < np.sqrt(np.mean(np.square(pulls))) < 1.35
    assert np.abs(pulls).max() < 4


def test_a_wilson_fit_does_not_depend_on_the_scale():
    shape, cell = TRICLINIC
    f = _core.forward_transform(wilson_map(TRICLINIC, 0))
    one = _core.fit_wilson_b(f, shape, cell.parameters(), 2.7)
    other = _core.fit_wilson_b(50 * f, shape, cell.parameters(), 2.7)
    np.testing.assert_allclose(other.b, one.b, atol=0.02)
    assert other.ln_scale - one.ln_scale == pytest.approx(np.log(50), abs=1e-3)


def test_a_wilson_fit_gives_the_same_bytes_for_any_number_of_threads():
    shape, cell = CUBIC
    f = _core.forward_transform(wilson_map(CUBIC, 0))
    expected = _core.fit_wilson_b(f, shape, cell.parameters(), 2.7, threads=1)
    for threads in THREAD_COUNTS:
        fit = _core.fit_wilson_b(f, shape, cell.parameters(), 2.7, threads=threads)
        assert fit.b == expected.b
        assert fit.standard_error == expected.standard_error


def test_a_map_too_coarse_for_wilson_statistics_is_not_determined():
    fit = _core.fit_wilson_b(
        np.ones((4, 4, 3), np.complex64), (4, 4, 4), (80, 80, 80, 90, 90, 90), 40
    )
    assert not fit.determined
    assert fit.b == [0.0] * 6


def test_the_expected_intensity_is_tabulated_between_its_limits():
    assert _core.wilson_expected_intensity(0.008) == pytest.approx(205.185)
    assert _core.wilson_expected_intensity(0.690) == pytest.approx(41.682)
    assert np.isnan(_core.wilson_expected_intensity(0.0079))
    assert np.isnan(_core.wilson_expected_intensity(0.6901))


def test_least_squares_give_back_the_tensor_of_exact_values():
    tensor = (40.0, 25.0, 60.0, 4.0, -7.0, 9.0)
    values = 3.0 * by_direction(tensor, 4)
    fit = _core.fit_anisotropic_b(values, np.ones_like(values), SHELL_WIDTH)
    assert fit.determined
    np.testing.assert_allclose(fit.b, tensor, atol=1e-6)
    assert fit.ln_scale == pytest.approx(np.log(3))


def test_values_of_no_weight_do_not_count():
    tensor = (40.0, 25.0, 60.0, 4.0, -7.0, 9.0)
    values, weights = by_direction(tensor, 4), np.ones((N_SHELLS, 48))
    values[3, ::2], weights[3, ::2] = -5.0, 0.0
    fit = _core.fit_anisotropic_b(values, weights, SHELL_WIDTH)
    np.testing.assert_allclose(fit.b, tensor, atol=1e-6)


def test_least_squares_without_values_are_not_determined():
    nothing = np.zeros((N_SHELLS, 48))
    fit = _core.fit_anisotropic_b(nothing, nothing, SHELL_WIDTH)
    assert not fit.determined
    assert fit.b == [0.0] * 6


def test_a_power_tensor_of_exact_means_is_given_back():
    tensor = (30.0, -20.0, -10.0, 6.0, -8.0, 5.0)
    _, share, _ = _core.directions()
    fall_off = by_direction(tensor, 2)
    radial = np.linspace(9, 1, N_SHELLS)
    means = radial[:, None] * fall_off / (fall_off @ share)[:, None]
    fit = _core.fit_power_tensor(means, means**2 / 100, radial, SHELL_WIDTH)
    assert fit.determined
    np.testing.assert_allclose(fit.b, tensor, atol=1e-2)
    assert sum(fit.b[:3]) == pytest.approx(0, abs=1e-9)


def test_a_power_tensor_survives_means_below_zero():
    tensor = (30.0, -20.0, -10.0, 6.0, -8.0, 5.0)
    _, share, _ = _core.directions()
    fall_off = by_direction(tensor, 2)
    radial = np.exp(-40 * ((np.arange(N_SHELLS) + 0.5) * SHELL_WIDTH) ** 2)
    truth = radial[:, None] * fall_off / (fall_off @ share)[:, None]
    noise = 0.05
    means = truth + noise * np.random.default_rng(0).normal(size=truth.shape)
    assert (means < 0).any()
    fit = _core.fit_power_tensor(means, np.full_like(means, noise**2), radial, SHELL_WIDTH)
    pulls = (np.array(fit.b) - tensor) / fit.standard_error
    assert np.abs(pulls).max() < 3.5


def test_arrays_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match="values and weights have 96 and 48 elements"):
        _core.fit_anisotropic_b(np.ones((2, 48)), np.ones((1, 48)), SHELL_WIDTH)
    with pytest.raises(ValueError, match="means, variance and radial have 96, 96 and 3"):
        _core.fit_power_tensor(np.ones((2, 48)), np.ones((2, 48)), np.ones(3), SHELL_WIDTH)


def test_single_precision_is_refused():
    with pytest.raises(TypeError, match="incompatible function arguments"):
        _core.fit_anisotropic_b(np.ones((2, 48), np.float32), np.ones((2, 48)), SHELL_WIDTH)


def test_coefficients_of_another_grid_are_refused():
    f = np.ones((4, 4, 4), np.complex64)
    with pytest.raises(ValueError, match=r"a has shape \(4, 4, 4\), expected \(4, 4, 3\)"):
        _core.fit_wilson_b(f, (4, 4, 4), (8, 8, 8, 90, 90, 90), 3)


def test_a_resolution_of_zero_is_refused():
    f = np.ones((4, 4, 3), np.complex64)
    with pytest.raises(ValueError, match="d_min is 0"):
        _core.fit_wilson_b(f, (4, 4, 4), (8, 8, 8, 90, 90, 90), 0)
