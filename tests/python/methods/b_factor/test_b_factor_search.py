"""How B-factor sharpening searches: scores, weight of regions, the choice among trials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
import scipy.fft
import scipy.ndimage
from b_factor_maps import (
    D_MIN,
    RESOLUTION,
    SPACING,
    default_run,
    filtered,
    made,
    reference,
    s_of,
    s_squared_of,
    scanned,
    scores,
)

from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.shared.solvent import (
    solvent_by_density_or_variation,
    solvent_region,
)

# The reference case


def test_b_iso_of_the_reference_map_is_that_of_another_program() -> None:
    # Many terms lie exactly at 3.2 Å; the other program's rounding left them out.
    found = made(resolution=1.00001 * RESOLUTION, b_sharpen=0.0)
    assert found.b_iso_before == pytest.approx(134.17, abs=0.1)


def test_b_iso_of_the_boxed_reference_map_is_that_of_another_program() -> None:
    box = MapData.from_array(reference().values[17:41, 10:35, 16:37], SPACING)
    found = made(box, resolution=1.00001 * RESOLUTION, b_sharpen=0.0, solvent_content=0.845635)
    assert found.b_iso_before == pytest.approx(172.19, abs=0.1)
    assert found.b_cart[:3] == pytest.approx((179.00, 164.76, 172.81), abs=0.2)


def worked_out(b_sharpen: float, tensor: Sequence[float], solvent: float) -> dict[str, float]:
    """Return a trial's scores from numpy and scipy alone, for the method b_iso."""
    source = reference()
    x, y, z = s_of(source)
    xx, yy, zz, xy, xz, yz = tensor
    form = xx * x**2 + yy * y**2 + zz * z**2 + 2 * (xy * x * y + xz * x * z + yz * y * z)
    s_squared = s_squared_of(source)
    exponent = b_sharpen * s_squared + form - (xx + yy + zz) / 3 * s_squared
    factors = np.where((s_squared <= 1 / D_MIN**2) & (s_squared > 0), np.exp(exponent / 4), 0)
    values = filtered(source, factors).values.astype(float)
    aimed_at = values.size * 0.2 * (1 - solvent)
    level = np.sort(values, axis=None)[-int(aimed_at) - 1]
    labels, n_regions = scipy.ndimage.label(values > level)
    volumes = np.bincount(labels.ravel())[1:]
    order = np.argsort(-volumes, kind="stable")
    n_tested = min(31, 1 + int(np.searchsorted(np.cumsum(volumes[order]), 0.3 * aimed_at)))
    surface = 0
    for index in order[:n_tested]:
        region = labels == index + 1
        grown = scipy.ndimage.binary_dilation(region, np.ones((3, 3, 3)))
        surface += np.count_nonzero(grown) - np.count_nonzero(region)
    moments = [np.mean((values - values.mean()) ** power) for power in (2, 4)]
    return {
        "sa_ratio": surface / volumes[order[:n_tested]].sum(),
        "normalized_regions": n_regions / aimed_at,
        "kurtosis": moments[1] / moments[0] ** 2,
    }


@cache
def method_b_iso() -> tuple[BFactorResult, list[dict[str, float]]]:
    result = made(methods=["b_iso"], solvent_content=0.9)
    expected = [
        worked_out(trial.b_sharpen, result.b_cart, 0.9) for trial in scanned(result, "b_iso")
    ]
    return result, expected


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sa_ratio", "normalized_regions", "kurtosis"])
def test_each_trial_of_method_b_iso_scores_as_worked_out_with_numpy(name: str) -> None:
    result, expected = method_b_iso()
    found = [getattr(trial.scores, name) for trial in scanned(result, "b_iso")]
    np.testing.assert_allclose(found, [scores[name] for scores in expected], rtol=0.01)


@pytest.mark.slow
def test_method_b_iso_chooses_the_b_iso_worked_out_with_numpy() -> None:
    result, expected = method_b_iso()
    assert result.region_weight is not None
    weight = result.region_weight.value
    totals = [row["sa_ratio"] - weight * row["normalized_regions"] for row in expected]
    best = scanned(result, "b_iso")[int(np.argmax(totals))]
    assert result.chosen.b_iso == best.b_iso


@pytest.mark.slow
def test_the_region_weight_of_method_b_iso_is_that_worked_out_with_numpy() -> None:
    result, _ = method_b_iso()
    low, middle, high = (
        worked_out(result.b_iso_before - b, result.b_cart, 0.9) for b in (-100, 50, 300)
    )

    def slope(a: dict[str, float], b: dict[str, float]) -> float:
        regions = a["normalized_regions"] - b["normalized_regions"]
        return (a["sa_ratio"] - b["sa_ratio"]) / regions

    bounds = [slope(low, middle), slope(middle, high)]
    buffer = 0.1 * max(0.0, bounds[1] - bounds[0])
    lower, upper = bounds[0] + buffer, bounds[1] - buffer
    wanted = slope(low, high)
    if lower < upper:
        wanted = min(max(wanted, lower), upper)
    assert result.region_weight is not None
    assert result.region_weight.value == pytest.approx(wanted, rel=0.03)
    assert result.region_weight.lower_bound == pytest.approx(lower, rel=0.05)
    assert result.region_weight.upper_bound == pytest.approx(upper, rel=0.05)


# Options of the search


def test_the_scan_goes_from_search_b_min_to_search_b_max_in_search_b_n_steps() -> None:
    result = made(search_b_min=-60.0, search_b_max=240.0, search_b_n=7)
    found = [trial.b_iso for trial in scanned(result)]
    np.testing.assert_allclose(found, [-60, -10, 40, 90, 140, 190, 240], atol=1e-9)


def test_the_scan_is_widened_to_the_map_s_own_b_iso() -> None:
    result = made(search_b_min=-60.0, search_b_max=90.0, search_b_n=7)
    assert scanned(result)[-1].b_iso == pytest.approx(result.b_iso_before)


def test_one_trial_is_that_of_search_b_min() -> None:
    result = made(search_b_min=180.0, search_b_n=1)
    assert [trial.b_iso for trial in scanned(result)] == [pytest.approx(180.0)]


def test_the_choice_is_the_trial_with_the_highest_adjusted_surface_area() -> None:
    result = default_run()
    assert result.chosen.scores.adjusted_sa == max(scores(result))
    assert result.region_weight is not None
    chosen = result.chosen.scores
    weighed = chosen.sa_ratio - result.region_weight.value * chosen.normalized_regions
    assert chosen.adjusted_sa == pytest.approx(weighed)


def test_the_choice_for_target_kurtosis_is_the_trial_with_the_highest() -> None:
    result = made(target="kurtosis")
    assert result.chosen.scores.kurtosis == max(t.scores.kurtosis for t in result.trials)


def test_target_kurtosis_needs_no_regions() -> None:
    result = made(target="kurtosis", solvent_content=None)
    assert (result.solvent_fraction, result.region_weight) == (None, None)
    assert math.isnan(result.chosen.scores.adjusted_sa)


@cache
def by_skewness() -> BFactorResult:
    return made(target="skewness", solvent_content=None, pseudo_likelihood=False)


def test_the_choice_for_target_skewness_is_the_trial_with_the_highest() -> None:
    result = by_skewness()
    assert result.chosen.scores.skewness == max(t.scores.skewness for t in result.trials)


def test_skewness_is_the_default_target() -> None:
    assert BFactorOptions(resolution=3.0).score.targets == {"skewness"}


def test_the_skewness_of_a_trial_is_that_outside_the_solvent() -> None:
    result = by_skewness()
    estimate = solvent_by_density_or_variation(reference(), RESOLUTION)
    inside = result.sharpened.values[~estimate.is_solvent].astype(float)
    moments = [np.mean((inside - inside.mean()) ** power) for power in (2, 3)]
    assert result.chosen.scores.skewness == pytest.approx(moments[1] / moments[0] ** 1.5, rel=1e-4)


def test_the_skewness_with_a_solvent_content_given_is_that_outside_so_much_solvent() -> None:
    result = made(target="skewness", b_iso=40.0, solvent_content=0.9, discard_if_worse=True)
    is_solvent = solvent_region(reference(), RESOLUTION, 0.9)
    inside = result.sharpened.values[~is_solvent].astype(float)
    moments = [np.mean((inside - inside.mean()) ** power) for power in (2, 3)]
    assert result.chosen.scores.skewness == pytest.approx(moments[1] / moments[0] ** 1.5, rel=1e-4)


def test_the_skewness_is_followed_to_its_summit_between_trials() -> None:
    result = by_skewness()
    *scan, summit = scanned(result)
    values = [trial.scores.skewness for trial in scan]
    best = scan[int(np.argmax(values))]
    around = [trial for trial in scan if abs(trial.b_iso - best.b_iso) < 20.1]
    a, b, _ = np.polyfit(
        [trial.b_iso for trial in around], [trial.scores.skewness for trial in around], 2
    )
    assert summit.b_iso == pytest.approx(-b / (2 * a), abs=0.1)


def test_the_other_targets_are_not_followed_between_trials() -> None:
    assert len(scanned(default_run())) == len(scanned(made(target="kurtosis"))) == 21


def test_a_summit_at_the_end_of_the_range_is_the_trial_there() -> None:
    result = made(target="skewness", search_b_min=200.0, search_b_max=300.0, search_b_n=3)
    assert len(scanned(result)) == 3


def test_target_skewness_does_not_warn_of_regions() -> None:
    result = made(target="skewness", solvent_content=0.9999)
    assert not any("region" in warning for warning in result.warnings)


def test_the_skewness_in_a_box_is_that_of_the_molecule_in_it() -> None:
    named: dict[str, Any] = {"box_in_auto_sharpen": True, "box_size": (24, 24, 24)}
    boxed = made(target="skewness", b_iso=40.0, allow_box_if_b_iso_set=True, **named)
    whole = made(target="skewness", b_iso=40.0, discard_if_worse=True)
    assert math.isfinite(boxed.chosen.scores.skewness)
    assert boxed.chosen.scores.skewness != whole.chosen.scores.skewness


def test_a_region_weight_given_is_used_as_it_is() -> None:
    result = made(region_weight=12.0)
    assert result.region_weight is not None
    assert (result.region_weight.value, result.region_weight.how) == (12.0, "given")


def test_a_larger_region_weight_lowers_the_score_of_scattered_maps() -> None:
    light, heavy = (made(region_weight=w) for w in (1.0, 500.0))
    assert scores(heavy)[0] < scores(light)[0]
    assert heavy.chosen.b_iso >= light.chosen.b_iso


def test_a_region_weight_kept_within_its_bounds_is_warned_of() -> None:
    result = made(solvent_content=0.98)
    assert result.region_weight is not None
    assert result.region_weight.value == result.region_weight.lower_bound
    assert any("had to be kept within its bounds" in warning for warning in result.warnings)


def weight_of(**named: Any) -> float:
    result = made(search_b_n=2, **named)
    assert result.region_weight is not None
    return result.region_weight.value


def test_region_weight_methods_have_their_own_rules() -> None:
    named: dict[str, Any] = {"solvent_content": 0.85}  # the bounds cross there
    by_difference = weight_of(region_weight_method="delta_ratio", **named)
    by_ratio = weight_of(region_weight_method="initial_ratio", **named)
    assert by_ratio > 1.02 * by_difference


def test_with_delta_ratio_the_ends_of_the_scan_score_alike() -> None:
    result = made(solvent_content=0.85, search_b_min=-100.0, search_b_max=300.0)
    found = scores(result)
    assert found[0] == pytest.approx(found[-1], abs=1e-6)


def test_with_initial_ratio_the_sharp_end_scores_zero() -> None:
    result = made(
        solvent_content=0.85,
        region_weight_method="initial_ratio",
        search_b_min=-100.0,
        search_b_max=300.0,
    )
    assert scores(result)[0] == pytest.approx(0, abs=1e-6)


def test_region_weight_factor_multiplies_the_weight() -> None:
    one, two = (weight_of(solvent_content=0.85, region_weight_factor=f) for f in (1.0, 2.0))
    assert two == pytest.approx(2 * one)


@pytest.mark.slow
def test_region_weight_buffer_narrows_the_bounds() -> None:
    narrow, wide = (
        made(solvent_content=0.98, region_weight_buffer=b).region_weight for b in (0.2, 0.0)
    )
    assert narrow is not None
    assert wide is not None
    step = 0.2 * (wide.upper_bound - wide.lower_bound)
    assert narrow.lower_bound == pytest.approx(wide.lower_bound + step)
    assert narrow.upper_bound == pytest.approx(wide.upper_bound - step)


def test_crossing_bounds_of_the_region_weight_are_warned_of() -> None:
    assert any(
        "bounds of the weight of regions cross" in w for w in made(solvent_content=0.85).warnings
    )


def test_region_weight_method_b_iso_takes_the_target_without_a_search() -> None:
    result = made(region_weight_method="b_iso")
    assert result.b_iso_nominal == pytest.approx(5.9 * RESOLUTION**2)
    assert result.region_weight is not None
    assert result.region_weight.value == 30
    assert len(result.trials) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sa_percent", 80.0),
        ("fraction_occupied", 0.4),
        ("max_regions_to_test", 1),
        ("solvent_content", 0.8),
    ],
)
def test_what_is_counted_for_the_surface_changes_its_ratio(name: str, value: float) -> None:
    bounds = {"search_b_min": -100.0, "search_b_max": 300.0}
    other = made(region_weight=20.0, **bounds, **{name: value})
    found = [trial.scores.sa_ratio for trial in scanned(other)]
    expected = [trial.scores.sa_ratio for trial in scanned(default_run())]
    assert not np.allclose(found, expected, rtol=1e-3)


def test_fraction_occupied_is_the_share_above_the_level() -> None:
    result = made(b_sharpen=60.0, fraction_occupied=0.4)
    n_above = np.count_nonzero(result.sharpened.values > result.chosen.scores.level)
    assert n_above == pytest.approx(48**3 * 0.4 * 0.05, abs=1.5)


def test_wrapping_joins_regions_across_the_faces() -> None:
    rolled = reference().with_values(np.roll(reference().values, 24, axis=(0, 1, 2)))
    named: dict[str, Any] = {"region_weight": 40.0, "search_b_n": 3}
    whole = scanned(made(wrapping=True, **named))
    moved = scanned(made(rolled, wrapping=True, **named))
    ended = scanned(made(rolled, wrapping=False, **named))
    for one, other, cut in zip(whole, moved, ended, strict=True):
        assert other.scores.n_regions == pytest.approx(one.scores.n_regions, abs=1)
        assert cut.scores.n_regions > other.scores.n_regions
