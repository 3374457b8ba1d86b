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


def test_what_fell_off_and_what_was_removed_make_up_the_signal(result: HalfMapResult) -> None:
    found = result.anisotropy
    assert found is not None
    total = np.array(found.fall_off.values) + found.overall_u.values
    signal = np.array(found.signal_b.values)
    # fall_off + overall_u is the tensor of the signal and one isotropic B, as U
    rest = total - signal / (8 * np.pi**2)
    np.testing.assert_allclose(rest, rest[0] * ISOTROPIC, atol=1e-6)
