"""B-factor sharpening of one map, through its public function."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
import numpy.typing as npt
import pytest
import scipy.fft
import scipy.ndimage
from random_maps import THREAD_COUNTS, correlation

from map_sharpening.atoms import Atoms
from map_sharpening.demo import demo_half_maps
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_atoms
from map_sharpening.map_data import MapData, MapPosition, UnitCell
from map_sharpening.methods.b_factor import sharpen_by_b_factor
from map_sharpening.methods.b_factor_result import BFactorResult, Trial
from map_sharpening.methods.solvent import solvent_fraction_from_map
from map_sharpening.quality import correlations
from map_sharpening.simulate import SimulatedHalfMaps

DATA = os.environ.get("MAP_SHARPENING_DATA")
needs_data = pytest.mark.skipif(
    not DATA, reason="real maps are found by MAP_SHARPENING_DATA, which is not set"
)
FloatMap = npt.NDArray[np.float32]
RESOLUTION = 3.2  #: Å
D_MIN = 0.833 * RESOLUTION
SPACING = 1.2  #: Å
TENSOR = (14.0, -22.0, 8.0, 5.0, -9.0, 3.0)  #: Å², traceless


# Maps


def pseudo_random(seed: int, count: int) -> npt.NDArray[np.float64]:
    values = np.empty(count)
    x = seed
    for i in range(count):
        x = (1664525 * x + 1013904223) % 2**32
        values[i] = x / 2**32
    return values


@cache
def reference() -> MapData:
    """240 atoms on a random walk, B 100 Å², and white noise of 0.3 SD in a box of 57.6 Å."""
    n, centre = 48, 28.8
    u = pseudo_random(12345, 480)
    position = np.full(3, centre)
    grid = SPACING * np.arange(n)
    variance = 0.25 + 100 / (8 * np.pi**2)
    density = np.zeros((n, n, n))
    for cosine, angle in zip(2 * u[::2] - 1, 2 * np.pi * u[1::2], strict=True):
        sine = np.sqrt(1 - cosine**2)
        step = 1.5 * np.array([sine * np.cos(angle), sine * np.sin(angle), cosine])
        inside = np.linalg.norm(position + step - centre) <= 14
        position = position + step if inside else position - step
        off = grid[:, None] - position
        off -= n * SPACING * np.round(off / (n * SPACING))
        x, y, z = np.exp(-(off**2) / (2 * variance)).T
        density += x[:, None, None] * y[None, :, None] * z[None, None, :]
    noise = pseudo_random(98765, n**3).reshape(n, n, n) - 0.5
    density += 0.3 * density.std() * noise / noise.std()
    return MapData.from_array(density.transpose(2, 1, 0), SPACING, name="reference")


def s_of(source: MapData) -> list[npt.NDArray[np.float64]]:
    """Return s along x, y, z of the half-complex terms, to be broadcast."""
    nz, ny, nx = source.values.shape
    dx, dy, dz = source.voxel_size
    return [
        np.fft.rfftfreq(nx, dx)[None, None, :],
        np.fft.fftfreq(ny, dy)[None, :, None],
        np.fft.fftfreq(nz, dz)[:, None, None],
    ]


def s_squared_of(source: MapData) -> npt.NDArray[np.float64]:
    total: npt.NDArray[np.float64] = sum(s**2 for s in s_of(source))  # type: ignore[assignment]
    return total


def filtered(source: MapData, factors: npt.ArrayLike) -> MapData:
    terms = scipy.fft.rfftn(source.values.astype(np.float64)) * factors
    values = scipy.fft.irfftn(terms, s=source.values.shape)
    return source.with_values(values.astype(np.float32))


def blurred(source: MapData, b: float) -> MapData:
    return filtered(source, np.exp(-b * s_squared_of(source) / 4))


def stretched(source: MapData) -> MapData:
    """Make the fall-off depend on direction."""
    x, y, z = s_of(source)
    xx, yy, zz, xy, xz, yz = TENSOR
    form = xx * x**2 + yy * y**2 + zz * z**2 + 2 * (xy * x * y + xz * x * z + yz * y * z)
    return filtered(source, np.exp(-form / 4))


def made(source: MapData | None = None, **named: Any) -> BFactorResult:
    """Sharpen the reference map; without the solvent's estimate unless it is asked for.

    On one thread, for two wait for each other where the processors are busy with other tests.
    """
    options: dict[str, Any] = {"resolution": RESOLUTION, "solvent_content": 0.95, "threads": 1}
    options.update(named)
    if "target" in options:
        target = options.pop("target")
        options.update(residual_target=target, sharpening_target=target)
    return sharpen_by_b_factor(reference() if source is None else source, **options)


@cache
def default_run() -> BFactorResult:
    return made()


def scanned(result: BFactorResult, method: str = "b_iso_to_d_cut") -> list[Trial]:
    return [trial for trial in result.trials if trial.method == method]


def scores(result: BFactorResult) -> list[float]:
    return [trial.scores.adjusted_sa for trial in scanned(result)]


def terms_of(result: BFactorResult) -> npt.NDArray[np.complex128]:
    terms: npt.NDArray[np.complex128] = scipy.fft.rfftn(result.sharpened.values.astype(float))
    return terms


def mean_amplitude(result: BFactorResult, d_max: float, d_min: float) -> float:
    s_squared = s_squared_of(result.sharpened)
    chosen = (s_squared > 1 / d_max**2) & (s_squared < 1 / d_min**2)
    return float(np.mean(np.abs(terms_of(result)[chosen])))


def fine_to_coarse(result: BFactorResult) -> float:
    """Return the amplitudes beyond the resolution over those before it."""
    return mean_amplitude(result, RESOLUTION, D_MIN) / mean_amplitude(result, 6.0, 4.0)


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
    result = made(b_sharpen=60.0, output_scale_factor=2.5)
    n_above = np.count_nonzero(result.sharpened.values > result.contour_level)
    assert n_above == pytest.approx(48**3 * 0.2 * 0.05, abs=1.5)


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


@pytest.mark.parametrize("threads", THREAD_COUNTS)
def test_any_number_of_threads_gives_the_same_bytes(threads: int) -> None:
    result, expected = made(threads=threads), default_run()
    assert result.sharpened.values.tobytes() == expected.sharpened.values.tobytes()
    assert repr(result.trials) == repr(expected.trials)


@pytest.mark.parametrize("axes", [(2, 1, 0), (1, 2, 0)])
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
    made(progress=lambda stage, done: seen.append((stage, done)))
    done = [part for _, part in seen]
    assert done == sorted(done)
    assert "search" in [stage for stage, _ in seen]


# What the Wilson plot says


def test_ln_intensities_of_the_wilson_plot_differ_by_what_was_applied() -> None:
    result = made(b_sharpen=60.0, methods=["b_iso"], remove_aniso=False)
    plot = result.wilson_plot
    inside = slice(10, 58)
    change = (plot.ln_after - plot.ln_before)[inside]
    slope, _ = np.polyfit(plot.s_squared[inside], change, 1)
    assert slope == pytest.approx(60.0 / 2, rel=0.02)


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


@pytest.mark.parametrize("name", ["sa_ratio", "normalized_regions", "kurtosis"])
def test_each_trial_of_method_b_iso_scores_as_worked_out_with_numpy(name: str) -> None:
    result, expected = method_b_iso()
    found = [getattr(trial.scores, name) for trial in scanned(result, "b_iso")]
    np.testing.assert_allclose(found, [scores[name] for scores in expected], rtol=0.01)


def test_method_b_iso_chooses_the_b_iso_worked_out_with_numpy() -> None:
    result, expected = method_b_iso()
    assert result.region_weight is not None
    weight = result.region_weight.value
    totals = [row["sa_ratio"] - weight * row["normalized_regions"] for row in expected]
    best = scanned(result, "b_iso")[int(np.argmax(totals))]
    assert result.chosen.b_iso == best.b_iso


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
    assert result.sharpened.values.tobytes() == (
        made(b_sharpen=0.0, methods=["b_iso"]).sharpened.values.tobytes()
    )


@pytest.mark.parametrize(
    ("methods", "applied"),
    [
        (["b_iso_to_d_cut", "b_iso"], "b_iso_to_d_cut"),
        (["b_iso", "b_iso_to_d_cut"], "b_iso_to_d_cut"),
        (["b_iso"], "b_iso"),
        (["no_sharpening"], "b_iso"),
        (["resolution_dependent"], "b_iso"),
        (["target_b_iso_to_d_cut"], "b_iso_to_d_cut"),
    ],
)
def test_a_b_given_is_applied_to_d_cut_if_a_method_is(methods: list[str], applied: str) -> None:
    result = made(b_sharpen=50.0, methods=methods)
    assert (result.chosen.method, result.chosen.b_sharpen) == (applied, 50.0)


def test_one_method_may_be_given_as_a_word() -> None:
    assert made(methods="b_iso", b_sharpen=50.0).chosen.method == "b_iso"


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
    result = made(solvent_content=0.85)
    found = scores(result)
    assert found[0] == pytest.approx(found[-1], abs=1e-6)


def test_with_initial_ratio_the_sharp_end_scores_zero() -> None:
    result = made(solvent_content=0.85, region_weight_method="initial_ratio")
    assert scores(result)[0] == pytest.approx(0, abs=1e-6)


def test_region_weight_factor_multiplies_the_weight() -> None:
    one, two = (weight_of(solvent_content=0.85, region_weight_factor=f) for f in (1.0, 2.0))
    assert two == pytest.approx(2 * one)


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
    other = made(region_weight=20.0, **{name: value})
    found = [trial.scores.sa_ratio for trial in scanned(other)]
    expected = [trial.scores.sa_ratio for trial in scanned(default_run())]
    assert not np.allclose(found, expected, rtol=1e-3)


def test_fraction_occupied_is_the_share_above_the_level() -> None:
    result = made(b_sharpen=60.0, fraction_occupied=0.4)
    n_above = np.count_nonzero(result.sharpened.values > result.contour_level)
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


# The solvent


def test_the_solvent_comes_from_the_map_by_default() -> None:
    expected = solvent_fraction_from_map(reference(), RESOLUTION)
    result = made(solvent_content=None)
    assert result.solvent_fraction == expected.fraction
    assert "local SD" in result.solvent_how


def test_wang_radius_is_that_of_the_estimate() -> None:
    expected = solvent_fraction_from_map(reference(), RESOLUTION, wang_radius=9.0)
    found = made(solvent_content=None, wang_radius=9.0).solvent_fraction
    assert found == expected.fraction
    assert found != made(solvent_content=None).solvent_fraction


def test_solvent_content_iterations_are_those_of_the_estimate() -> None:
    result = made(solvent_content=None, solvent_content_iterations=1)
    assert "1 iteration" in result.solvent_how


def test_a_molecular_mass_leaves_the_rest_of_the_box_to_the_solvent() -> None:
    result = made(solvent_content=None, molecular_mass=20_000.0)
    assert result.solvent_fraction == pytest.approx(1 - 1.23 * 20_000 / 57.6**3)


def test_the_volume_for_a_molecular_mass_is_that_of_a_skew_cell() -> None:
    cell = UnitCell(57.6, 57.6, 57.6, 80.0, 100.0, 115.0)
    source = replace(reference(), position=MapPosition(cell, (48, 48, 48)))
    result = made(source, solvent_content=None, molecular_mass=20_000.0, b_sharpen=0.0)
    volume = gemmi.UnitCell(*cell.parameters()).volume
    assert result.solvent_fraction == pytest.approx(1 - 1.23 * 20_000 / volume)


def test_a_solvent_content_above_one_is_percent() -> None:
    assert made(solvent_content=90.0, b_sharpen=0.0).solvent_fraction == pytest.approx(0.9)


def test_a_solvent_content_given_goes_before_a_molecular_mass() -> None:
    result = made(solvent_content=0.9, molecular_mass=20_000.0, b_sharpen=0.0)
    assert (result.solvent_fraction, result.solvent_how) == (0.9, "given")


# Choice between methods


def test_of_several_methods_the_highest_score_wins() -> None:
    methods = ["no_sharpening", "b_iso", "b_iso_to_d_cut", "target_b_iso_to_d_cut"]
    result = made(methods=methods, region_weight=40.0)
    assert {trial.method for trial in result.trials} == set(methods)
    assert result.chosen.scores.adjusted_sa == max(t.scores.adjusted_sa for t in result.trials)


@pytest.mark.parametrize("methods", [("b_iso", "b_iso_to_d_cut"), ("b_iso_to_d_cut", "b_iso")])
def test_of_equal_methods_the_first_wins(methods: tuple[str, str]) -> None:
    result = made(methods=methods, k_sharpen=0.0, target="kurtosis")
    assert result.chosen.method == methods[0]


def test_of_equal_trials_the_first_wins() -> None:
    # Blurred as far as that all trials hold nothing but the coarsest terms.
    result = made(
        methods=["b_iso"], target="kurtosis", search_b_min=9e5, search_b_max=1e6,
        search_b_n=3, require_improvement=False,
    )  # fmt: skip
    best = max(trial.scores.kurtosis for trial in scanned(result, "b_iso"))
    first = next(t for t in scanned(result, "b_iso") if t.scores.kurtosis == best)
    assert result.chosen is first


def test_signal_min_gives_up_a_scan_for_the_target() -> None:
    methods = ["b_iso_to_d_cut", "target_b_iso_to_d_cut"]
    trusted = made(methods=methods, signal_min=0.0, require_improvement=False)
    given_up = made(methods=methods, signal_min=1e9, require_improvement=False)
    assert trusted.chosen.method == "b_iso_to_d_cut"
    assert given_up.chosen.method == "target_b_iso_to_d_cut"


def test_signal_min_alone_only_warns() -> None:
    result = made(signal_min=1e9)
    assert result.chosen == default_run().chosen
    assert any("hardly rise above their scatter" in warning for warning in result.warnings)


def test_signal_to_noise_is_the_height_of_the_peak_over_the_roughness_of_the_scan() -> None:
    result = made(target="kurtosis")
    y = np.array([trial.scores.kurtosis for trial in scanned(result)])
    smooth = (y[:-4] + y[1:-3] + y[3:-1] + y[4:]) / 4
    noise = np.sqrt(np.mean((smooth - y[2:-2]) ** 2))
    assert result.signal_to_noise == pytest.approx((y.max() - max(y[0], y[-1])) / noise)


def test_signal_to_noise_is_that_of_the_method_chosen() -> None:
    methods = ["b_iso_to_d_cut", "b_iso"]
    both = made(methods=methods, target="kurtosis")
    alone = made(methods=[both.chosen.method], target="kurtosis")
    assert both.signal_to_noise == alone.signal_to_noise


def test_the_map_is_left_unsharpened_where_no_trial_scores_higher() -> None:
    named: dict[str, Any] = {"search_b_min": 280.0, "search_b_n": 1, "target": "kurtosis"}
    kept, forced = (made(require_improvement=r, **named) for r in (True, False))
    assert kept.chosen.method == "no_sharpening"
    assert any("left unsharpened" in warning for warning in kept.warnings)
    assert forced.chosen.b_iso == pytest.approx(280.0)


def test_a_given_b_is_applied_even_if_the_score_falls() -> None:
    result = made(b_sharpen=-150.0)
    assert result.chosen.scores.adjusted_sa < result.unsharpened.adjusted_sa
    assert result.chosen.b_sharpen == -150


def test_a_given_b_needs_no_solvent() -> None:
    result = made(b_sharpen=40.0, solvent_content=None)
    assert result.solvent_fraction is None
    assert result.chosen.b_sharpen == 40


def test_a_search_without_a_solvent_content_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_found(*_: object, **__: object) -> None:
        raise MapValueError("the solvent fraction of noise can't be found")

    monkeypatch.setattr(
        "map_sharpening.methods.b_factor_solvent.solvent_fraction_from_map", not_found
    )
    with pytest.raises(MapValueError, match="can't be found"):
        made(solvent_content=None)


@pytest.mark.parametrize("b", [-60.0, 90.0])
def test_at_a_coarse_resolution_a_blur_of_known_b_still_shifts_the_b_iso_measured(
    b: float,
) -> None:
    named: dict[str, Any] = {"resolution": 12.0, "b_sharpen": 0.0}
    shift = made(blurred(reference(), b), **named).b_iso_before - made(**named).b_iso_before
    assert shift == pytest.approx(b, rel=0.1)


def test_an_anisotropy_that_can_t_be_measured_is_left_in() -> None:
    result = made(resolution=12.0, b_sharpen=0.0)
    assert result.b_cart == pytest.approx((*(result.b_iso_before,) * 3, 0, 0, 0))
    assert any("anisotropy can't be measured" in warning for warning in result.warnings)


def test_a_fall_off_that_can_t_be_measured_is_said_and_taken_as_200() -> None:
    # One wave along x: a single shell holds all there is.
    wave = np.cos(2 * np.pi * np.arange(48) / 12)  # every 14.4 Å
    source = reference().with_values(np.broadcast_to(wave, (48, 48, 48)).astype(np.float32))
    result = made(source, resolution=12.0, b_sharpen=0.0)
    assert result.b_iso_before == 200
    assert any("fall-off can't be measured" in warning for warning in result.warnings)


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
        ({"target": "beauty"}, "target is beauty; expected adjusted_sa or kurtosis"),
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
    with pytest.raises(MapValueError, match="reference holds values that are not finite"):
        made(reference().with_values(values), **named)


@pytest.mark.parametrize("level", [0.0, 2.5])
@pytest.mark.parametrize("named", [{}, {"b_sharpen": 10.0, "target": "kurtosis"}])
def test_a_constant_map_is_refused(level: float, named: dict[str, Any]) -> None:
    flat = reference().with_values(np.full_like(reference().values, level))
    with pytest.raises(MapValueError, match=f"reference is {level:g} everywhere"):
        made(flat, **named)


def test_an_array_without_a_voxel_size_is_refused() -> None:
    with pytest.raises(ParameterError, match="voxel_size is not given"):
        made(reference().values)  # type: ignore[arg-type]


# How good the map is


@pytest.fixture(scope="module")
def demo() -> SimulatedHalfMaps:
    return demo_half_maps()


def near_the_atoms(maps: SimulatedHalfMaps, sharpened: MapData) -> float:
    return correlations(sharpened, maps.truth, maps.near_atoms, maps.d_min).near_atoms


@pytest.fixture(scope="module")
def by_default(demo: SimulatedHalfMaps) -> float:
    return near_the_atoms(demo, made(demo.mean, resolution=3.0, solvent_content=None).sharpened)


def test_the_default_choice_is_as_good_as_the_best_b_near_the_atoms(
    demo: SimulatedHalfMaps, by_default: float
) -> None:
    best = max(
        near_the_atoms(
            demo,
            made(demo.mean, resolution=3.0, b_iso=float(b), target="kurtosis").sharpened,
        )
        for b in range(-40, 81, 20)
    )
    assert by_default > best - 0.01


def test_the_default_choice_is_better_than_the_map_given(
    demo: SimulatedHalfMaps, by_default: float
) -> None:
    assert by_default > near_the_atoms(demo, demo.mean) + 0.05


# A deposited map


def atoms_on_grid_of(source: MapData, atoms: Atoms, spread: float) -> MapData:
    """Return the density of atoms with B = 0, terms to the limit of 2.7 Å and a little more."""
    density = gemmi.DensityCalculatorE()
    density.grid.set_unit_cell(gemmi.UnitCell(*source.box.parameters()))
    nz, ny, nx = source.values.shape
    density.grid.set_size(nx, ny, nz)
    density.blur = spread
    density.cutoff = 1e-6
    density.initialize_grid()
    atom = gemmi.Atom()
    atom.b_iso = 0.0
    for position, element, occupancy in zip(
        atoms.positions, atoms.elements, atoms.occupancies, strict=True
    ):
        atom.pos = gemmi.Position(*position)
        atom.element = gemmi.Element(str(element))
        atom.occ = float(occupancy)
        density.add_atom_density_to_grid(atom)
    values = source.with_values(np.ascontiguousarray(density.grid.array.T), "model")
    s_squared = s_squared_of(source)
    return filtered(values, np.where(s_squared < 1 / 2.6**2, np.exp(spread * s_squared / 4), 0))


class Deposited:
    """EMD-3488, the density of 5NI1 with B = 0, and the points near its atoms."""

    def __init__(self) -> None:
        folder = Path(str(DATA)) / "em"
        self.map, _ = read_map(folder / "emd_3488.mrc")
        atoms = read_atoms(folder / "5ni1_updated.cif")
        self.model = atoms_on_grid_of(self.map, atoms, 80.0)
        near = gemmi.FloatGrid(*self.map.values.shape[::-1])
        near.set_unit_cell(gemmi.UnitCell(*self.map.box.parameters()))
        for position in atoms.positions:
            near.set_points_around(gemmi.Position(*position), 3.0, 1.0)
        self.near = np.ascontiguousarray(near.array.T) > 0.5

    def fit(self, of_map: MapData) -> float:
        return correlations(of_map, self.model, self.near, D_MIN).near_atoms


@pytest.fixture(scope="module")
def deposited() -> Deposited:
    return Deposited()


@pytest.fixture(scope="module")
def blurred_deposit(deposited: Deposited) -> MapData:
    return blurred(deposited.map, 100.0)


@pytest.fixture(scope="module")
def restored(blurred_deposit: MapData) -> MapData:
    return made(blurred_deposit, solvent_content=None).sharpened


@pytest.fixture(scope="module")
def sharpened_deposit(deposited: Deposited) -> MapData:
    return made(deposited.map, solvent_content=None).sharpened


@needs_data
def test_a_deposited_map_that_was_blurred_fits_its_model_better(
    deposited: Deposited, blurred_deposit: MapData, restored: MapData
) -> None:
    assert deposited.fit(restored) > deposited.fit(blurred_deposit) + 0.03


@needs_data
def test_target_kurtosis_also_improves_the_fit_of_a_blurred_map(
    deposited: Deposited, blurred_deposit: MapData
) -> None:
    found = made(blurred_deposit, target="kurtosis")
    assert deposited.fit(found.sharpened) > deposited.fit(blurred_deposit) + 0.03


@needs_data
def test_a_deposited_map_fits_its_model_better(
    deposited: Deposited, sharpened_deposit: MapData
) -> None:
    assert deposited.fit(sharpened_deposit) > deposited.fit(deposited.map)


@needs_data
def test_a_blur_before_hardly_changes_what_becomes_of_a_deposited_map(
    sharpened_deposit: MapData, restored: MapData
) -> None:
    assert correlation(sharpened_deposit.values, restored.values) > 0.99
