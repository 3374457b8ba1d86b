"""The tensors that a run reports, from those that the core measures."""

from __future__ import annotations

import numpy as np
from random_maps import CUBIC, RandomPair
from sharpened_pairs import measured

from map_sharpening.methods.half_maps.result import HalfMapResult

ISOTROPIC = np.array([1, 1, 1, 0, 0, 0])


def test_the_overall_u_leaves_a_b_of_ten_times_d_min_in_the_map(
    pair: RandomPair, result: HalfMapResult
) -> None:
    overall = measured(pair, CUBIC, "wrapping").found.overall_b
    assert result.anisotropy is not None
    removed = 8 * np.pi**2 * np.array(result.anisotropy.overall_u.values)
    np.testing.assert_allclose(removed + 10 * result.d_min * ISOTROPIC, overall.b, atol=1e-3)
    errors = 8 * np.pi**2 * np.array(result.anisotropy.overall_u.standard_errors)
    np.testing.assert_allclose(errors, overall.standard_error, rtol=1e-3)


def test_tensors_of_signal_and_noise_are_those_of_the_core(
    pair: RandomPair, result: HalfMapResult
) -> None:
    model = measured(pair, CUBIC, "wrapping").found.model
    found = result.anisotropy
    assert found is not None
    for tensor, fit in ((found.signal_b, model.signal_b), (found.noise_b, model.noise_b)):
        np.testing.assert_allclose(tensor.values, fit.b, rtol=1e-5)
        np.testing.assert_allclose(tensor.standard_errors, fit.standard_error, rtol=1e-5)


def test_what_is_stated_after_removal_is_less_what_was_removed(
    pair: RandomPair, result: HalfMapResult
) -> None:
    made = measured(pair, CUBIC, "wrapping").found
    found = result.anisotropy
    assert found is not None
    removed = 8 * np.pi**2 * np.array(found.overall_u.values)
    deviator = removed - removed[:3].mean() * ISOTROPIC
    signal, noise = np.array(made.model.signal_b.b), np.array(made.model.noise_b.b)
    errors = np.hypot(made.model.signal_b.standard_error, made.fall_off.standard_error * ISOTROPIC)
    for tensor, expected in (
        (found.fall_off, signal + made.fall_off.b * ISOTROPIC - removed),
        (found.data, signal - deviator),
        (found.uncertainties, noise - deviator),
    ):
        np.testing.assert_allclose(8 * np.pi**2 * np.array(tensor.values), expected, atol=1e-3)
    np.testing.assert_allclose(
        8 * np.pi**2 * np.array(found.fall_off.standard_errors), errors, rtol=1e-3
    )
