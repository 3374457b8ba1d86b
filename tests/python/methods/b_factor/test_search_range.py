"""The range of a search, and how much of it a map that was treated before is sharpened by."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from b_factor_maps import blurred, filtered, made, reference, s_squared_of, scanned

from map_sharpening import _core
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.search.closeness import Closeness
from map_sharpening.methods.b_factor.search.treated import (
    is_cut_off_below,
    is_hardly_blurred,
    is_in_vain,
    least_b,
    may_be_score_of_noise,
    most_b,
)
from map_sharpening.methods.b_factor.sharpen import sharpen_by_b_factor
from map_sharpening.methods.b_factor.signal_share import SignalShare
from map_sharpening.methods.b_factor.spectrum import end_of_power
from map_sharpening.simulation.simulate import SimulatedHalfMaps


def test_a_bound_given_is_kept_and_a_choice_at_it_is_told() -> None:
    result = made(target="skewness", search_b_min=100.0, search_b_n=5)
    assert min(trial.b_iso for trial in scanned(result)) == pytest.approx(100.0)
    (warning,) = (w for w in result.warnings if "is that of the lowest b_iso, 100 Å²" in w)
    assert "set search_b_min further out" in warning


def test_a_bound_that_the_maps_own_b_lies_beyond_is_told_to_be_passed() -> None:
    result = made(target="skewness", search_b_min=-90.0, search_b_max=-80.0, search_b_n=3)
    highest = max(trial.b_iso for trial in scanned(result))
    assert highest > -80
    (warning,) = (w for w in result.warnings if "past search_b_max=-80" in w)
    assert f"a b_iso of {highest:.0f} Å²" in warning
    within = made(target="skewness", search_b_min=-100.0, search_b_max=300.0, search_b_n=3)
    assert not any("the search goes to" in w for w in within.warnings)


S = np.linspace(0.01, 0.4, 60)  # 1/Å
FALL_OFF = np.exp(-60 * S**2)


@pytest.mark.parametrize(
    ("power", "end"),
    [
        (FALL_OFF * (S < 0.2), 5.0),
        (FALL_OFF * np.clip((0.21 - S) / 0.02, 0, 1), 5.0),
        (FALL_OFF * np.where(S < 0.2, 1, 1 / 30), 5.0),  # edges of a mask
        (FALL_OFF * np.where(S < 0.2, 1, 1 / 10), None),
        (FALL_OFF * (S < 0.28), None),  # hardly coarser than 3.4 Å
        (np.exp(-200 * S**2), None),
        (FALL_OFF / (1 + (5 * S) ** 16), None),  # Butterworth
        (np.ones_like(S), None),
        (np.zeros_like(S), None),
        (FALL_OFF[:2], None),
    ],
)
def test_terms_end_where_their_power_falls_at_once(
    power: npt.NDArray[np.float64], end: float | None
) -> None:
    found = end_of_power(S[: len(power)], power, 3.4)
    assert found == (None if end is None else pytest.approx(end, rel=0.05))


@pytest.mark.parametrize("is_cut_off", [False, True])
def test_a_map_that_ends_before_the_resolution_is_sharpened_to_its_end(is_cut_off: bool) -> None:
    source = reference()
    ended = filtered(source, s_squared_of(source) < 1 / 6.0**2)
    if is_cut_off:
        ended = ended.with_values(np.maximum(ended.values, 0))
    result = made(ended, target="skewness")
    assert result.resolution == pytest.approx(6.0, rel=0.05)
    assert result.resolution_how == "where the map's terms end"
    (warning,) = (w for w in result.warnings if "terms end at" in w)
    assert "is used for resolution=3.2" in warning
    assert not any("finer detail than" in w or "goes on beyond" in w for w in result.warnings)
    to_end = made(ended, target="skewness", resolution=result.resolution)
    assert np.array_equal(result.sharpened.values, to_end.sharpened.values)


def test_a_coarse_grid_keeps_the_terms_in_its_corners() -> None:
    source = reference()
    resolution = 1.02 * source.nyquist
    kept = filtered(source, s_squared_of(source) <= 1 / (0.833 * resolution) ** 2)
    none = {"b_sharpen": 1e-6, "remove_aniso": False, "methods": ("b_iso",)}
    result = made(source, resolution=resolution, **none)
    likeness = np.corrcoef(result.sharpened.values.ravel(), kept.values.ravel())[0, 1]
    assert likeness == pytest.approx(1, abs=1e-4)


def test_the_range_is_widened_until_the_best_trial_lies_within_it() -> None:
    coarse = blurred(reference(), 200.0)
    best_of_all: dict[str, Any] = {
        "target": "skewness",
        "resolution": 8.0,
        "require_improvement": False,
    }
    result = made(coarse, **best_of_all)
    assert result.chosen.b_iso < -100
    lowest, *_ = sorted(trial.b_iso for trial in scanned(result))
    assert lowest < result.chosen.b_iso - 20
    assert not any("a better one may be beyond it" in w for w in result.warnings)
    bounded = made(coarse, **best_of_all, search_b_min=-100.0)
    assert bounded.chosen.b_iso == pytest.approx(-100.0)
    assert any("is that of the lowest b_iso, -100 Å²" in w for w in bounded.warnings)
    assert result.chosen.scores.skewness > bounded.chosen.scores.skewness


def test_a_widened_range_stops_at_its_own_width() -> None:
    result = made(blurred(reference(), 200.0), target="kurtosis", resolution=8.0, search_b_n=6)
    assert len(scanned(result)) <= 12


def test_a_summit_well_within_the_range_leaves_it_as_it_is() -> None:
    result = made(target="skewness", search_b_n=21)
    steps = [trial.b_iso for trial in scanned(result)][:21]
    assert steps[0] == pytest.approx(-100.0)
    assert steps[-1] == pytest.approx(300.0)


def body_in_noise(noise: float) -> tuple[MapData, npt.NDArray[np.float64]]:
    """Make an even body with little detail in noise; return it and its sharp density to 8 Å."""
    n, spacing = 48, 2.0
    rng = np.random.default_rng(1)
    x, y, z = np.meshgrid(*[(np.arange(n) - n // 2) * spacing] * 3, indexing="ij")
    inside = (x / 14) ** 2 + (y / 18) ** 2 + (z / 26) ** 2 < 1
    peaks = inside * (rng.random(inside.shape) < 0.08)
    ideal = MapData.from_array((inside + 9.0 * peaks).astype(np.float32), spacing)
    seen = blurred(ideal, 600.0).values
    grain = ideal.with_values(rng.normal(size=seen.shape).astype(np.float32))
    values = seen + noise * seen.std() * blurred(grain, 50.0).values
    cut = filtered(ideal, s_squared_of(ideal) < 1 / 8.0**2)
    return ideal.with_values(values.astype(np.float32)), cut.values.astype(float)


@pytest.mark.slow
def test_where_blurring_never_stops_to_raise_the_skewness_the_outline_is_left_out() -> None:
    source, truth = body_in_noise(2.0)
    result = made(source, target="skewness", resolution=8.0, solvent_content=None)
    (warning,) = (w for w in result.warnings if "keeps rising as the map is blurred" in w)
    assert "without terms coarser than 32 Å" in warning
    highest = max(trial.b_iso for trial in scanned(result))
    most_blurred = made(source, b_iso=highest, resolution=8.0, solvent_content=None)
    near = truth > truth.mean()

    def agreement(values: npt.ArrayLike) -> float:
        return float(np.corrcoef(np.asarray(values)[near], truth[near])[0, 1])

    assert agreement(result.sharpened.values) > agreement(most_blurred.sharpened.values)
    assert agreement(result.sharpened.values) > agreement(source.values)


@pytest.mark.parametrize(
    ("b_sharpen", "left"), [(-1e9, "6016"), (-2e5, "85"), (-5000.0, None), (30.0, None)]
)
def test_a_blur_that_leaves_nothing_is_told(b_sharpen: float, left: str | None) -> None:
    # exp(-B / 4 d^2) is 1/1000 at d = sqrt(B / (4 ln 1000))
    result = made(b_sharpen=b_sharpen)
    told = [text for text in result.warnings if "a blur that leaves nothing finer" in text]
    assert len(told) == (left is not None)
    assert left is None or f"finer than {left} Å of a map of" in told[0]


@pytest.mark.parametrize(
    ("d_cut", "method", "is_told"),
    [(3.0, "b_iso_to_d_cut", False), (30.0, "b_iso_to_d_cut", True), (30.0, "b_iso", False)],
)
def test_a_coarse_d_cut_is_told_to_change_what_b_sharpen_does(
    d_cut: float, method: str, is_told: bool
) -> None:
    result = made(resolution=3.0, b_sharpen=50.0, d_cut=d_cut, methods=(method,))
    told = [text for text in result.warnings if "coarser than resolution=3" in text]
    assert len(told) == is_told
    if is_told:
        assert "the b_iso that is measured, not the nominal one" in told[0]
        assert result.b_iso_measured > result.b_iso_nominal + 100


@pytest.mark.slow
def test_noise_and_a_difference_of_half_maps_are_told_to_hold_no_molecule(
    simulated: SimulatedHalfMaps,
) -> None:
    one, two = simulated.half_1, simulated.half_2
    noise = np.random.default_rng(8).normal(size=one.shape).astype(np.float32)
    for values, is_told in (
        (one.values - two.values, True),
        (noise, True),
        (one.values + two.values, False),
    ):
        result = sharpen_by_b_factor(one.with_values(values), resolution=simulated.resolution)
        told = [text for text in result.warnings if "no molecule stands out of" in text]
        assert len(told) == is_told


# A map that was treated before


@pytest.mark.parametrize(
    ("best", "fall_off", "skewness", "b"),
    [
        (90.0, 40.0, 1.0, 60.0),  # the geometric mean
        (40.0, 90.0, 1.0, 60.0),
        (40.0, 90.0, 0.0, 60.0),  # a score that asks for less is not one of noise
        (90.0, 40.0, 0.10, 40.0**2 / 90.0),  # as far below the fall-off as the score is above
        (90.0, 40.0, 0.15 + 0.1 * 2 / 3, 40.0),  # on the way to that
        (-90.0, -40.0, 1.0, -40.0),
        (-40.0, -90.0, 0.0, -90.0),
    ],
)
def test_score_and_fall_off_bound_the_b_of_a_treated_map(
    best: float, fall_off: float, skewness: float, b: float
) -> None:
    assert most_b(best, fall_off, skewness) == pytest.approx(b)


def test_a_small_b_only_costs_what_is_too_fine_where_there_is_little_noise() -> None:
    assert is_in_vain(9.0, 0.8, 4.0)
    assert not is_in_vain(10.0, 0.8, 4.0)  # 0.6 times 16 Å² is 9.6
    assert not is_in_vain(9.0, 0.4, 4.0)
    assert not is_in_vain(0.0, 0.8, 4.0)
    assert not is_in_vain(-9.0, 0.8, 4.0)


def test_a_map_whose_values_were_cut_off_is_not_blurred() -> None:
    assert is_in_vain(-90.0, 1.75, 4.0)
    assert not is_in_vain(-90.0, 1.74, 4.0)
    assert not is_in_vain(90.0, 1.75, 4.0)
    assert is_in_vain(-90.0, 2.8, 2.0)
    assert not is_in_vain(-90.0, 2.7, 2.0)  # detail of 2 Å is as skewed by itself


def test_a_small_blur_is_told_where_there_is_little_noise() -> None:
    assert is_hardly_blurred(-17.0, 1.6, 0.8, 4.0)
    assert not is_hardly_blurred(-18.0, 1.6, 0.8, 4.0)  # 1.1 times 16 Å² is 17.6
    assert not is_hardly_blurred(-17.0, 1.6, 0.4, 4.0)
    assert not is_hardly_blurred(0.0, 1.6, 0.8, 4.0)
    assert not is_hardly_blurred(17.0, 1.6, 0.8, 4.0)


@pytest.mark.parametrize(
    ("b_sharpen", "skewness", "before", "expected"),
    [
        (-27.0, 1.07, 1.0, True),
        (-29.0, 1.07, 1.0, False),  # 1.75 times 16 Å² is 28
        (-27.0, 1.09, 1.0, False),
        (-27.0, 0.95, 0.93, False),
    ],
)
def test_a_blur_is_told_that_hardly_makes_a_clear_map_clearer(
    b_sharpen: float, skewness: float, before: float, expected: bool
) -> None:
    assert is_hardly_blurred(b_sharpen, skewness, before, 4.0) == expected


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_least_b_that_scores_enough_lies_on_the_way_to_the_best(sign: float) -> None:
    tried = [sign * b for b in (-20.0, 0.0, 20.0, 40.0, 60.0)]
    values = [0.99, 0.5, 0.8, 1.0, 0.9]
    assert least_b(tried, values, sign * 40.0, 0.9) == pytest.approx(sign * 30.0)
    assert least_b(tried, values, sign * 40.0, 0.4) == 0


@pytest.mark.parametrize(
    ("best", "fall_off", "resolution", "is_doubtful"),
    [
        (51.0, 40.0, 5.9, True),
        (49.0, 40.0, 5.9, False),  # 1.25 times 40 is 50
        (51.0, 40.0, 6.0, False),
        (51.0, -40.0, 5.9, False),
    ],
)
def test_a_score_that_asks_for_more_than_the_fall_off_may_be_that_of_noise(
    best: float, fall_off: float, resolution: float, is_doubtful: bool
) -> None:
    assert may_be_score_of_noise(best, fall_off, resolution) is is_doubtful


# How close to an ideal map a map comes

B_SIGNAL, OF_NOISE = 80.0, 0.2


def closeness(noise: float) -> Closeness:
    """Return that of a signal that falls off by B_SIGNAL, in noise that doesn't fall off."""
    s = np.arange(0.02, 0.3, 0.01)
    signal = _core.ideal_amplitude("protein", s) ** 2 * np.exp(-B_SIGNAL * s**2 / 2)
    power = signal + noise
    share = SignalShare(s, signal / power, power=power, n_terms=s**2)
    return Closeness(share, 3.3, "protein")


def test_without_noise_a_map_comes_all_the_way_by_the_b_of_its_signal() -> None:
    s = np.arange(0.02, 0.3, 0.01)
    found = closeness(0.0)
    assert found.correlation(np.exp(B_SIGNAL * s**2 / 4)) == pytest.approx(1.0)
    assert found.correlation(np.ones_like(s)) < 0.95
    assert found.correlation(np.exp(2 * B_SIGNAL * s**2 / 4)) < 0.95


def test_the_correlation_expected_is_that_of_random_terms() -> None:
    rng = np.random.default_rng(1)
    s = rng.uniform(0.015**3, 0.295**3, 400_000) ** (1 / 3)
    ideal = _core.ideal_amplitude("protein", s) * rng.standard_normal(s.shape)
    of_noise = np.sqrt(OF_NOISE) * rng.standard_normal(s.shape)
    given = ideal * np.exp(-B_SIGNAL * s**2 / 4) + of_noise
    for b in (0.0, 60.0, 200.0):
        changed = given * np.exp(b * s**2 / 4)
        true = float(ideal @ changed / np.sqrt((ideal @ ideal) * (changed @ changed)))
        shells = np.exp(b * np.arange(0.02, 0.3, 0.01) ** 2 / 4)
        assert closeness(OF_NOISE).correlation(shells) == pytest.approx(true, abs=0.01)


def test_factors_that_take_a_map_away_from_an_ideal_one_are_told() -> None:
    found = closeness(OF_NOISE / 20)
    assert not found.is_lost_by(_core.b_iso_factors(0.0), 1.0)
    assert not found.is_lost_by(_core.b_iso_factors(40.0), 1.0)
    assert found.is_lost_by(_core.b_iso_factors(300.0), 1.0)
    assert found.is_lost_by(_core.b_iso_factors(300.0), 0.25)
    assert not found.is_lost_by(_core.b_iso_factors(300.0), 0.24)  # mostly noise


@pytest.mark.parametrize(("noise", "is_kept"), [(0.0, True), (20 * OF_NOISE, False)])
def test_terms_beyond_d_cut_are_kept_if_they_are_signal(noise: float, is_kept: bool) -> None:
    found = closeness(noise)
    trial = _core.BFactorTrial(b_sharpen=B_SIGNAL, d_cut=6.0, b_blur_hires=400.0, k_sharpen=10.0)
    cut = _core.b_iso_to_d_cut_factors(trial, 3.3, [0.0] * 6)
    assert found.is_higher_with(_core.b_iso_factors(B_SIGNAL), cut) is is_kept


def test_hardly_higher_is_not_higher() -> None:
    found = closeness(OF_NOISE / 20)
    best, other = _core.b_iso_factors(60.0), _core.b_iso_factors(50.0)
    assert 0 < abs(found.expected(best) - found.expected(other)) < 0.01
    assert not found.is_higher_with(best, other)
    assert not found.is_higher_with(other, best)


def test_noise_is_seen_beyond_what_is_kept_or_where_no_signal_is_left() -> None:
    s = np.arange(0.01, 0.21, 0.01)
    with_signal, without = np.full(20, 0.5), np.linspace(1, 0, 20)
    # The last three shells are at 0.19 on average.
    assert not SignalShare(s, with_signal).shows_noise_beyond(0.95 / 0.19)
    assert SignalShare(s, with_signal).shows_noise_beyond(0.97 / 0.19)
    without[-3:] = 0
    assert SignalShare(s, without).shows_noise_beyond(4.8)


def test_a_map_whose_grid_ends_where_signal_is_left_may_have_been_treated() -> None:
    s = np.arange(0.01, 0.21, 0.01)
    found = SignalShare(s, np.full(20, 0.5))
    assert found.is_of_raw_map
    assert "the map's grid ends at 5.0 Å" in found.why_of_treated_map(4.8)
    assert found.why_of_treated_map(5.6) == ""
    assert found.why_of_treated_map(None) == ""  # as of coarse maps


@pytest.mark.parametrize(("share", "is_cut_off"), [(0.02, True), (0.005, False)])
def test_values_cut_off_below_pile_up_there(share: float, is_cut_off: bool) -> None:
    values = np.linspace(-1, 1, 4000, dtype=np.float32).reshape(10, 20, 20)
    assert is_cut_off_below(np.maximum(values, -1 + 2 * np.float32(share))) is is_cut_off
