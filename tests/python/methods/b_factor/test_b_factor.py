"""What B-factor sharpening applies to a map, and what it refuses."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from b_factor_maps import (
    D_MIN,
    RESOLUTION,
    SPACING,
    TENSOR,
    blurred,
    default_run,
    filtered,
    fine_to_coarse,
    made,
    mean_amplitude,
    reference,
    s_squared_of,
    scanned,
    stretched,
    terms_of,
)
from examples import of_fast_suite
from random_maps import THREAD_COUNTS

from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.methods.b_factor.result import BFactorResult

# Identities


def test_a_b_factor_is_undone_by_its_negative() -> None:
    named: dict[str, Any] = {"k_sharpen": 0.0, "remove_aniso": False, "target": "kurtosis"}
    cut = made(b_sharpen=0.0, **named).sharpened
    there = made(b_sharpen=75.0, **named).sharpened
    back = made(there, b_sharpen=-75.0, **named).sharpened
    np.testing.assert_allclose(back.values, cut.values, atol=2e-4)


def test_a_blur_before_is_undone_by_b_sharpen() -> None:
    named: dict[str, Any] = {"methods": ["b_iso"], "remove_aniso": False, "target": "kurtosis"}
    plain = made(b_sharpen=0.0, **named).sharpened
    restored = made(blurred(reference(), 60.0), b_sharpen=60.0, **named).sharpened
    np.testing.assert_allclose(restored.values, plain.values, atol=2e-4)


def test_a_zero_b_sharpen_only_cuts_at_d_min() -> None:
    result = made(b_sharpen=0.0, methods=["b_iso"], remove_aniso=False)
    expected = filtered(reference(), s_squared_of(reference()) <= 1 / D_MIN**2).values
    expected = (expected - expected.mean()) / expected.std()
    np.testing.assert_allclose(result.sharpened.values, expected, atol=1e-4)


@pytest.mark.parametrize("b_iso", [-40.0, 30.0, 160.0])
def test_method_b_iso_brings_the_map_to_the_b_iso_wanted(b_iso: float) -> None:
    result = made(b_iso=b_iso, methods=["b_iso"])
    assert result.b_iso_nominal == pytest.approx(b_iso, abs=1e-9)
    # What is measured knows that the anisotropy was taken off, and rounding, but no more.
    assert result.b_iso_measured == pytest.approx(b_iso, abs=0.1)


def test_a_roll_off_that_begins_at_the_resolution_leaves_the_b_iso_measured() -> None:
    assert made(b_iso=30.0).b_iso_measured == pytest.approx(30.0, abs=0.1)


def test_the_b_iso_measured_holds_a_roll_off_that_begins_before_the_resolution() -> None:
    assert made(b_iso=30.0, d_cut=4.5).b_iso_measured > 35


@pytest.mark.parametrize("b_iso", [-40.0, 30.0, 160.0])
def test_a_b_iso_given_is_a_b_sharpen_of_the_difference(b_iso: float) -> None:
    result = made(b_iso=b_iso)
    assert result.chosen.b_sharpen == pytest.approx(result.b_iso_before - b_iso, abs=1e-9)


def test_b_iso_and_the_b_sharpen_it_means_make_the_same_map() -> None:
    by_b_iso = made(b_iso=35.0)
    by_b_sharpen = made(b_sharpen=by_b_iso.b_iso_before - 35.0)
    np.testing.assert_array_equal(by_b_iso.sharpened.values, by_b_sharpen.sharpened.values)


@pytest.mark.parametrize("b", [-40.0, 50.0, 150.0])
def test_a_blur_of_known_b_shifts_the_b_iso_measured_by_it(b: float) -> None:
    shifted = made(blurred(reference(), b), b_sharpen=0.0, target="kurtosis")
    before = default_run().b_iso_before
    assert shifted.b_iso_before - before == pytest.approx(b, abs=0.05)


def test_remove_aniso_takes_a_known_tensor_off() -> None:
    named: dict[str, Any] = {"b_sharpen": 0.0, "methods": ["b_iso"], "target": "kurtosis"}
    even = made(**named).sharpened.values
    mended = made(stretched(reference()), **named).sharpened.values
    np.testing.assert_allclose(mended, even, atol=2e-3)


def test_the_tensor_measured_is_the_map_s_own_and_the_one_put_on() -> None:
    found = made(stretched(reference()), b_sharpen=0.0, target="kurtosis").b_cart
    expected = np.add(default_run().b_cart, TENSOR)
    np.testing.assert_allclose(found, expected, atol=0.05)


def test_without_remove_aniso_the_directions_are_left_alone() -> None:
    named: dict[str, Any] = {"b_sharpen": 0.0, "methods": ["b_iso"], "remove_aniso": False}
    source = stretched(reference())
    left = made(source, **named).sharpened
    after = made(left, **named).b_cart
    np.testing.assert_allclose(after, made(source, **named).b_cart, atol=0.05)


@pytest.mark.parametrize("factor", [1.0, 2.5, 1e-3])
def test_the_sharpened_map_has_mean_zero_and_the_deviation_asked_for(factor: float) -> None:
    values = made(b_sharpen=60.0, output_scale_factor=factor).sharpened.values
    assert values.mean(dtype=float) == pytest.approx(0, abs=1e-6 * factor)
    assert values.std(dtype=float) == pytest.approx(factor, rel=1e-5)


def test_the_contour_level_is_in_units_of_the_sharpened_map() -> None:
    one, other = (made(b_sharpen=60.0, output_scale_factor=scale) for scale in (1.0, 2.5))
    assert other.contour_level == pytest.approx(2.5 * one.contour_level, rel=1e-3)


def test_the_contour_level_goes_with_the_scale_where_no_regions_are_looked_at() -> None:
    levels = [
        made(b_sharpen=60.0, target="kurtosis", output_scale_factor=factor).contour_level
        for factor in (1.0, 2.5)
    ]
    assert levels[1] == pytest.approx(2.5 * levels[0], rel=1e-5)


def test_no_terms_are_finer_than_d_min() -> None:
    result = default_run()
    finer = s_squared_of(result.sharpened) > (1 + 1e-6) / result.d_min**2
    amplitudes = np.abs(terms_of(result))
    assert amplitudes[finer].max() < 1e-5 * amplitudes.max()


def test_terms_just_within_d_min_are_kept() -> None:
    result = default_run()
    assert mean_amplitude(result, 1.03 * result.d_min, result.d_min) > 1


def test_the_scale_and_level_of_the_map_do_not_matter() -> None:
    source = reference()
    other = source.with_values(source.values * np.float32(128.0) + np.float32(64.0))
    first, second = default_run(), made(other)
    assert second.chosen.b_iso == pytest.approx(first.chosen.b_iso, abs=0.01)
    np.testing.assert_allclose(second.sharpened.values, first.sharpened.values, atol=5e-3)


@pytest.mark.parametrize("threads", of_fast_suite(THREAD_COUNTS, 1, 3))
def test_any_number_of_threads_gives_the_same_bytes(threads: int) -> None:
    result, expected = made(threads=threads), default_run()
    assert result.sharpened.values.tobytes() == expected.sharpened.values.tobytes()
    assert repr(result.trials) == repr(expected.trials)


@pytest.mark.parametrize("axes", of_fast_suite([(2, 1, 0), (1, 2, 0)], (1, 2, 0)))
def test_permuted_axes_give_the_permuted_map(axes: tuple[int, int, int]) -> None:
    part = reference().values[4:44, 2:47, :]
    steps = (1.2, 1.25, 1.15)  # z, y, x
    first = made(MapData.from_array(part, steps[::-1]), resolution=3.3)
    turned = MapData.from_array(
        part.transpose(axes), (steps[axes[2]], steps[axes[1]], steps[axes[0]])
    )
    second = made(turned, resolution=3.3)
    assert second.chosen.b_iso == pytest.approx(first.chosen.b_iso, abs=1e-3)
    np.testing.assert_allclose(
        second.sharpened.values, first.sharpened.values.transpose(axes), atol=2e-3
    )


def test_the_sharpened_map_lies_where_the_map_given_does() -> None:
    position = MapPosition(
        UnitCell(96 * SPACING, 96 * SPACING, 96 * SPACING), (96, 96, 96), (5, -3, 7), (1, 2, 3)
    )
    assert made(replace(reference(), position=position)).sharpened.position == position


def test_the_map_given_is_not_changed() -> None:
    before = reference().values.copy()
    made(b_sharpen=50.0)
    np.testing.assert_array_equal(reference().values, before)


def test_an_array_with_its_voxel_size_is_the_map() -> None:
    of_array = made(reference().values, voxel_size=SPACING)  # type: ignore[arg-type]
    np.testing.assert_array_equal(of_array.sharpened.values, default_run().sharpened.values)


def test_a_map_with_big_endian_values_gives_the_same() -> None:
    swapped = replace(reference(), values=reference().values.astype(">f4"))
    np.testing.assert_array_equal(made(swapped).sharpened.values, default_run().sharpened.values)


def test_progress_never_goes_back() -> None:
    seen: list[tuple[str, float]] = []
    methods = ["b_iso", "b_iso_to_d_cut"]
    made(methods=methods, search_b_n=3, progress=lambda *told: seen.append(told))
    done = [part for _, part in seen]
    assert done == sorted(done)
    assert done[-1] == 1
    assert "search" in [stage for stage, _ in seen]


# What the Wilson plot says


def test_ln_intensities_of_the_wilson_plot_differ_by_what_was_applied() -> None:
    result = made(b_sharpen=60.0, methods=["b_iso"], remove_aniso=False)
    plot = result.wilson_plot
    inside = slice(10, 58)
    change = (plot.ln_after - plot.ln_before)[inside]
    slope, _ = np.polyfit(plot.s_squared[inside], change, 1)
    assert slope == pytest.approx(60.0 / 2, rel=0.02)


# Options that decide what is applied


def test_b_blur_hires_weakens_the_data_beyond_d_cut() -> None:
    named: dict[str, Any] = {"b_sharpen": 60.0, "target": "kurtosis"}
    ratios = [fine_to_coarse(made(b_blur_hires=b, **named)) for b in (0.0, 200.0, 500.0)]
    assert ratios[0] > 1.02 * ratios[1] > 1.02**2 * ratios[2]


def test_without_b_blur_hires_the_data_beyond_d_cut_are_left_as_they_are() -> None:
    named: dict[str, Any] = {"target": "kurtosis", "d_cut": 4.5, "b_blur_hires": None}
    plain, sharp = (made(b_sharpen=b, **named) for b in (0.0, 90.0))
    fine = s_squared_of(reference()) > 1 / RESOLUTION**2
    fine &= s_squared_of(reference()) < 1 / D_MIN**2
    ratio = np.abs(terms_of(sharp)[fine]) / np.abs(terms_of(plain)[fine])
    np.testing.assert_allclose(ratio, np.median(ratio), rtol=1e-3)


def test_without_b_blur_hires_all_data_are_blurred_alike() -> None:
    named: dict[str, Any] = {"b_sharpen": -80.0, "target": "kurtosis"}
    cut = made(b_blur_hires=None, **named).sharpened.values
    alike = made(methods=["b_iso"], **named).sharpened.values
    np.testing.assert_allclose(cut, alike, atol=1e-4)


def test_k_sharpen_of_zero_treats_all_data_alike() -> None:
    named: dict[str, Any] = {"b_sharpen": 80.0, "target": "kurtosis"}
    cut = made(k_sharpen=0.0, **named).sharpened.values
    alike = made(methods=["b_iso"], **named).sharpened.values
    np.testing.assert_allclose(cut, alike, atol=1e-4)


def test_a_smaller_k_sharpen_widens_the_change_at_d_cut() -> None:
    named: dict[str, Any] = {"b_sharpen": 80.0, "target": "kurtosis"}
    steep, gentle = (fine_to_coarse(made(k_sharpen=k, **named)) for k in (20.0, 1.0))
    assert gentle > 1.02 * steep


def test_d_cut_moves_the_roll_off() -> None:
    named: dict[str, Any] = {"b_sharpen": 80.0, "target": "kurtosis"}
    fine, default, coarse = (made(d_cut=d, **named) for d in (2.8, None, 4.5))
    assert fine_to_coarse(fine) > fine_to_coarse(default) > fine_to_coarse(coarse)
    assert default.d_cut == RESOLUTION


def test_d_min_ratio_is_where_the_terms_end() -> None:
    result = made(b_sharpen=0.0, d_min_ratio=0.95)
    assert result.d_min == pytest.approx(0.95 * RESOLUTION)
    beyond = s_squared_of(reference()) > (1 + 1e-6) / result.d_min**2
    assert np.abs(terms_of(result)[beyond]).max() < 0.1


def test_d_min_is_not_beyond_what_the_grid_holds() -> None:
    assert made(b_sharpen=0.0, d_min_ratio=0.3).d_min == pytest.approx(2 * SPACING)


CURVE = (1.5, 1.0, -0.5)


def test_a_resolution_dependent_b_given_is_the_log_of_the_factor() -> None:
    result = made(resolution_dependent_b=CURVE, remove_aniso=False)
    t = s_squared_of(reference()) / 4
    t_r = 1 / (4 * RESOLUTION**2)
    knots = [0, t_r / 2, t_r, t_r / 0.833**2]
    ln_factor = np.interp(t, knots, [0, CURVE[0], CURVE[1], CURVE[1] + CURVE[2]])
    expected = filtered(reference(), np.where(t <= knots[3], np.exp(ln_factor), 0)).values
    expected = (expected - expected.mean()) / expected.std()
    np.testing.assert_allclose(result.sharpened.values, expected, atol=2e-3)
    assert result.chosen.resolution_dependent_b == CURVE


@cache
def resolution_dependent_run() -> BFactorResult:
    return made(methods=["resolution_dependent"], target="kurtosis")


@pytest.mark.slow
def test_the_resolution_dependent_search_improves_on_where_it_starts() -> None:
    first, best = resolution_dependent_run().trials[1], resolution_dependent_run().chosen
    assert first.resolution_dependent_b == (0, 0, 0)
    assert best.scores.kurtosis > 1.05 * first.scores.kurtosis


def test_the_resolution_dependent_search_only_tries_curves_that_fall_off() -> None:
    for trial in scanned(resolution_dependent_run(), "resolution_dependent"):
        assert trial.resolution_dependent_b is not None
        first, second, third = trial.resolution_dependent_b
        assert second <= first
        assert third <= 0


def test_no_step_of_a_quarter_improves_on_the_resolution_dependent_curve_found() -> None:
    best = resolution_dependent_run().chosen
    curve = best.resolution_dependent_b
    assert curve is not None
    for place, step in ((0, 0.25), (2, -0.25)):
        near = tuple(b + step * (i == place) for i, b in enumerate(curve))
        other = made(resolution_dependent_b=near, target="kurtosis")
        assert other.chosen.scores.kurtosis <= best.scores.kurtosis


def test_target_b_iso_is_its_ratio_times_the_resolution_squared() -> None:
    result = made(methods=["target_b_iso_to_d_cut"], require_improvement=False)
    assert result.b_iso_nominal == pytest.approx(5.9 * RESOLUTION**2)


def test_target_b_iso_ratio_moves_the_target() -> None:
    result = made(
        methods=["target_b_iso_to_d_cut"], target_b_iso_ratio=3.0, require_improvement=False
    )
    assert result.b_iso_nominal == pytest.approx(3.0 * RESOLUTION**2)


def test_no_sharpening_leaves_the_amplitudes() -> None:
    result = made(methods=["no_sharpening"])
    assert result.chosen.b_sharpen == 0
    given = reference().values.astype(np.float64)
    expected = (given - given.mean()) / given.std()
    np.testing.assert_allclose(result.sharpened.values, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("methods", "applied"),
    [
        (["b_iso_to_d_cut", "b_iso"], "b_iso_to_d_cut"),
        (["b_iso", "b_iso_to_d_cut"], "b_iso_to_d_cut"),
        (["b_iso"], "b_iso"),
        (["no_sharpening"], "b_iso_to_d_cut"),
        (["resolution_dependent"], "b_iso_to_d_cut"),
        (["target_b_iso_to_d_cut"], "b_iso_to_d_cut"),
    ],
)
def test_a_b_given_is_applied_to_d_cut_unless_the_method_is_b_iso(
    methods: list[str], applied: str
) -> None:
    result = made(b_sharpen=50.0, methods=methods)
    assert (result.chosen.method, result.chosen.b_sharpen) == (applied, 50.0)


def test_one_method_may_be_given_as_a_word() -> None:
    assert made(methods="b_iso", b_sharpen=50.0).chosen.method == "b_iso"


# What is refused


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"b_iso": 20.0, "b_sharpen": 30.0}, "b_iso and b_sharpen are given together"),
        (
            {"b_sharpen": 3.0, "resolution_dependent_b": (1.0, 1.0, 0.0)},
            "b_sharpen and resolution_dependent_b are given together",
        ),
        ({"methods": ["b_iso", "magic"]}, "methods has magic; expected some of no_sharpening"),
        ({"methods": []}, "methods is"),
        (
            {"target": "beauty"},
            "target is beauty; expected one of skewness, adjusted_sa, kurtosis",
        ),
        ({"region_weight_method": "x"}, "region_weight_method is x; expected delta_ratio"),
        ({"solvent_content": -0.2}, "solvent_content is -0.2"),
        ({"solvent_content": 0.0}, "solvent_content is 0.0"),
        ({"solvent_content": 130.0}, "solvent_content is 130.0"),
        ({"solvent_content": 130.0, "target": "kurtosis"}, "solvent_content is 130.0"),
        ({"solvent_content": None, "molecular_mass": -5.0}, "molecular_mass is -5.0"),
        ({"solvent_content": None, "wang_radius": -1.0}, "wang_radius is -1.0"),
        (
            {"solvent_content": None, "solvent_content_iterations": 0},
            "solvent_content_iterations is 0",
        ),
        ({"resolution": 2.3}, "resolution is 2.3 Å, finer than the Nyquist limit of reference"),
        ({"resolution": 20.0}, "resolution is 20 Å, coarser"),
        ({"resolution": -3.0}, "resolution is -3.0"),
        ({"resolution": math.nan}, "resolution is nan"),
        ({"search_b_min": 100.0, "search_b_max": 100.0}, "search_b_min is 100.0 and search_b_max"),
        ({"search_b_min": 200.0, "search_b_max": 100.0}, "expected the first below the second"),
        ({"search_b_min": -math.inf}, "search_b_min is -inf"),
        ({"search_b_max": math.nan}, "search_b_max is nan"),
        ({"search_b_n": 0}, "search_b_n is 0"),
        ({"search_b_n": 2.5}, "search_b_n is 2.5"),
        ({"b_iso": math.nan}, "b_iso is nan"),
        ({"b_sharpen": math.inf}, "b_sharpen is inf"),
        ({"b_sharpen": 1e5}, "b_sharpen is 100000 Å²"),
        ({"search_b_min": -1e5}, "nearer to the map's own"),
        ({"resolution_dependent_b": (1.0, 2.0)}, "resolution_dependent_b is (1.0, 2.0)"),
        ({"resolution_dependent_b": (1.0, math.nan, 0.0)}, "resolution_dependent_b is (1.0, nan"),
        ({"b_blur_hires": -1.0}, "b_blur_hires is -1.0"),
        ({"b_blur_hires": math.inf}, "b_blur_hires is inf"),
        ({"k_sharpen": -1.0}, "k_sharpen is -1.0"),
        ({"k_sharpen": math.nan}, "k_sharpen is nan"),
        ({"d_cut": 0.0}, "d_cut is 0.0"),
        ({"d_cut": math.inf}, "d_cut is inf"),
        ({"d_min_ratio": -0.5}, "d_min_ratio is -0.5"),
        ({"d_min_ratio": 1.2}, "d_min_ratio is 1.2"),
        ({"d_min_ratio": 1.0, "methods": ["resolution_dependent"]}, "d_min_ratio is 1.0"),
        ({"fraction_occupied": -0.2}, "fraction_occupied is -0.2"),
        ({"fraction_occupied": 1.0}, "fraction_occupied is 1.0"),
        ({"sa_percent": -30.0}, "sa_percent is -30.0"),
        ({"sa_percent": 101.0}, "sa_percent is 101.0"),
        ({"max_regions_to_test": -1}, "max_regions_to_test is -1"),
        ({"region_weight": -1.0}, "region_weight is -1.0"),
        ({"region_weight": math.nan}, "region_weight is nan"),
        ({"region_weight_factor": -1.0}, "region_weight_factor is -1.0"),
        ({"region_weight_buffer": -0.1}, "region_weight_buffer is -0.1"),
        ({"region_weight_buffer": 0.5}, "region_weight_buffer is 0.5"),
        ({"target_b_iso_ratio": -5.9}, "target_b_iso_ratio is -5.9"),
        ({"signal_min": -3.0}, "signal_min is -3.0"),
        ({"signal_min": math.nan}, "signal_min is nan"),
        ({"output_scale_factor": 0.0}, "output_scale_factor is 0.0"),
        ({"threads": -1}, "threads is -1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_parameter_is_named_in_one_line(named: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        made(**named)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("named", [{}, {"b_sharpen": 10.0, "target": "kurtosis"}])
def test_a_map_with_a_value_that_is_not_finite_is_refused(
    value: float, named: dict[str, Any]
) -> None:
    values = reference().values.copy()
    values[3, 4, 5] = value
    with pytest.raises(MapValueError, match="reference has NaN or infinity at 1 of"):
        made(reference().with_values(values), **named)


@pytest.mark.parametrize("level", [0.0, 2.5])
@pytest.mark.parametrize("named", [{}, {"b_sharpen": 10.0, "target": "kurtosis"}])
def test_a_constant_map_is_refused(level: float, named: dict[str, Any]) -> None:
    flat = reference().with_values(np.full_like(reference().values, level))
    with pytest.raises(MapValueError, match=f"reference has the same value {level:g} at all"):
        made(flat, **named)


def test_an_array_without_a_voxel_size_is_refused() -> None:
    with pytest.raises(ParameterError, match="voxel_size is not given"):
        made(reference().values)  # type: ignore[arg-type]
