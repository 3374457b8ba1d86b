"""What a map sharpened by half maps is, and what options change about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.fft
from examples import of_fast_suite
from random_maps import (
    CUBIC,
    TRICLINIC,
    random_pair,
    s_vectors,
)
from sharpened_pairs import (
    BOXES,
    NOISE_B,
    PERIODIC,
    RESOLUTION,
    SIGNAL_B,
    assert_close,
    measured,
    soft_ball,
    transform,
)

from map_sharpening.errors import MapValueError
from map_sharpening.maps.map_data import MapPosition, UnitCell
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps

# --- what a sharpened map is -------------------------------------------------------------


def test_the_mean_of_the_sharpened_halves_is_the_sharpened_map(result):
    mean = (result.sharpened_half_1.values + result.sharpened_half_2.values) / 2
    assert_close(mean, result.sharpened.values, 1e-5)


@pytest.mark.parametrize("scale", of_fast_suite([1.0, 0.02, 35.0], 35.0))
@BOXES
def test_the_map_has_mean_0_and_the_standard_deviation_asked_for(box, scale):
    pair = random_pair(box, 3)
    found = sharpen_half_maps(
        pair.half_1, pair.half_2, resolution=RESOLUTION, output_scale_factor=scale
    )
    values = found.sharpened.values.astype(np.float64)
    assert values.mean() == pytest.approx(0, abs=1e-6 * scale)
    assert values.std() == pytest.approx(scale, rel=1e-4)


@BOXES
def test_no_term_is_finer_than_d_min_and_f000_is_0(box):
    pair = random_pair(box, 3)
    found = sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION)
    assert found.d_min == pytest.approx(max(0.833 * RESOLUTION, pair.half_1.nyquist))
    f = np.abs(transform(found.sharpened))
    s = np.linalg.norm(s_vectors(*box), axis=-1)
    kept = (s > 0) & (s < 0.9999 / found.d_min)
    assert f[~kept & (s > 1.0001 / found.d_min)].max() < 1e-3
    assert f[0, 0, 0] < 1e-2
    assert np.all(f[kept] > 0)


@pytest.mark.parametrize("noise", [0.01, 1.0, 30.0])
def test_factors_are_finite_and_never_negative(noise):
    pair = random_pair(TRICLINIC, 4, signal_b=SIGNAL_B, noise_b=NOISE_B, noise=noise)
    found = sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION)
    for factors in (found.shells.scale, found.directional_scale.scale):
        assert np.isfinite(factors).all()
        assert (factors >= 0).all()
        assert factors.max() > 0


@BOXES
def test_the_map_is_the_mean_times_the_factors_of_each_direction(box):
    pair = random_pair(box, 5, signal_b=SIGNAL_B, noise_b=NOISE_B)
    made = measured(pair, box, "wrapping")
    shape, cell = box
    mean = scipy.fft.rfftn((pair.half_1.values.astype(np.float64) + pair.half_2.values) / 2)
    ratio = scipy.fft.rfftn(made.sharpened.astype(np.float64)) / mean
    s = s_vectors(shape, cell)
    places = [
        tuple(p)
        for p in np.random.default_rng(0).integers(1, [n // 4 for n in ratio.shape], (50, 3))
    ]
    for place in places:
        if np.linalg.norm(s[place]) < 0.99 / made.found.d_min:
            factor = made.found.factors.at(s[place])
            assert ratio[place].real == pytest.approx(factor, rel=2e-3)
            assert abs(ratio[place].imag) < 2e-3 * factor


def test_half_maps_with_hardly_any_noise_are_corrected_in_amplitude_alone():
    pair = random_pair(TRICLINIC, 6, noise=3e-3)
    found = sharpen_half_maps(pair.half_1, pair.half_2, anisotropic=False, **PERIODIC)
    s = np.linalg.norm(s_vectors(*TRICLINIC), axis=-1)
    inside = (s > 0.05) & (s < 0.25)
    mean = (pair.half_1.values.astype(np.float64) + pair.half_2.values) / 2
    f = scipy.fft.rfftn(mean)[inside]
    clear = np.abs(f) > 100  # a phase needs an amplitude
    ratio = (transform(found.sharpened)[inside] / f)[clear]
    assert (ratio.real > 0).all()
    assert np.abs(ratio.imag / ratio.real).max() < 1e-3
    # One B is all that happens to the amplitudes.
    s_squared = s[inside][clear] ** 2
    line = np.polyfit(s_squared, np.log(ratio.real), 1)
    assert line[0] > 0
    assert np.abs(np.log(ratio.real) - np.polyval(line, s_squared)).max() < 0.02


def test_isotropic_factors_are_the_same_in_all_directions(pair):
    found = sharpen_half_maps(pair.half_1, pair.half_2, anisotropic=False, **PERIODIC)
    assert found.anisotropy is None
    scale = found.directional_scale.scale
    np.testing.assert_allclose(scale, np.broadcast_to(scale[0], scale.shape), rtol=1e-6)


@pytest.mark.parametrize("n_bins", [4, 12, 60])
def test_as_many_shells_are_made_as_asked_for(pair, n_bins):
    found = sharpen_half_maps(pair.half_1, pair.half_2, n_bins=n_bins, **PERIODIC)
    assert np.isfinite(found.shells.signal_power).sum() == n_bins
    assert (
        found.shells.s[n_bins - 1]
        < 1 / found.d_min
        < found.shells.s[n_bins - 1] * (n_bins / (n_bins - 0.5)) * (1 + 1e-9)
    )


@pytest.mark.parametrize("step", of_fast_suite((1.06, 1.06001, 0.82, 0.87, 1.35), 1.06))
def test_the_number_of_shells_does_not_depend_on_the_rounding_of_the_cell(pair, step):
    halves = pair.half_1.values, pair.half_2.values
    n = min(halves[0].shape)
    found = sharpen_half_maps(*halves, voxel_size=step, resolution=2.1 * step)
    assert np.isfinite(found.shells.signal_power).sum() == n // 2
    voxels = (step, step * (1 + 1e-6), step * (1 - 1e-6))
    other = sharpen_half_maps(*halves, voxel_size=voxels, resolution=2.1 * step)
    assert other.resolution_0143 == pytest.approx(found.resolution_0143, rel=1e-4)


def test_shells_hold_all_terms_to_their_end(result):
    shells = result.shells
    width = shells.s[1] - shells.s[0]
    s = np.linalg.norm(s_vectors(*CUBIC), axis=-1)
    weight = np.full(s.shape[2], 2.0)
    weight[[0, -1]] = 1.0
    counts, _ = np.histogram(
        s.ravel() + 1e-4 * width,
        bins=np.arange(len(shells.s) + 1) * width,
        weights=np.broadcast_to(weight / 2, s.shape).ravel(),
    )
    counts[0] -= 0.5  # F(000)
    assert np.abs(shells.n_terms - counts).max() <= 3  # terms on an edge, and rounding


def test_a_full_map_takes_the_place_of_the_mean(pair, result):
    mean = pair.half_1.with_values((pair.half_1.values + pair.half_2.values) / 2, "mean")
    same = sharpen_half_maps(pair.half_1, pair.half_2, full_map=mean, **PERIODIC)
    assert_close(same.sharpened.values, result.sharpened.values, 1e-4)


def test_a_full_map_gets_the_factors_of_the_halves(pair, result):
    full = pair.half_1.with_values(0.6 * pair.half_1.values + 0.4 * pair.half_2.values, "full")
    found = sharpen_half_maps(pair.half_1, pair.half_2, full_map=full, **PERIODIC)
    expected = 0.6 * result.sharpened_half_1.values + 0.4 * result.sharpened_half_2.values
    assert_close(found.sharpened.values, expected / expected.std(), 1e-4)


def test_sharpened_halves_are_made_only_if_wanted(pair, result):
    found = sharpen_half_maps(pair.half_1, pair.half_2, sharpen_all_maps=False, **PERIODIC)
    assert found.sharpened_half_1 is None
    assert found.sharpened_half_2 is None
    assert found.sharpened.values.tobytes() == result.sharpened.values.tobytes()


def test_the_result_lies_where_the_half_maps_lay():
    position = MapPosition(
        UnitCell(124.8, 124.8, 124.8), (96, 96, 96), (3, -4, 5), (1.5, 2.5, -3.5), 1, ("label",)
    )
    pair = random_pair(CUBIC, 1)
    halves = [replace(m, position=position) for m in (pair.half_1, pair.half_2)]
    found = sharpen_half_maps(*halves, resolution=RESOLUTION)
    for m in (found.sharpened, found.sharpened_half_1, found.sharpened_half_2, found.mask):
        assert m.position == position


def test_a_given_mask_is_used_as_it_is(pair):
    values = soft_ball(CUBIC[0])
    mask = pair.half_1.with_values(values, "mask")
    found = sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION, mask=mask)
    np.testing.assert_array_equal(found.mask.values, values)
    assert found.mask_fraction == pytest.approx(values.mean(dtype=np.float64))
    assert found.randomised_from is not None


@pytest.mark.parametrize("mask", [False, None])
def test_without_a_mask_nothing_is_randomised(pair, mask):
    found = sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION, mask=mask)
    assert found.mask is None
    assert found.randomised_from is None
    np.testing.assert_array_equal(found.shells.fsc_corrected, found.shells.fsc_masked)


def test_phases_are_randomised_from_where_it_was_asked_for(pair):
    found = sharpen_half_maps(
        pair.half_1,
        pair.half_2,
        resolution=RESOLUTION,
        mask=soft_ball(CUBIC[0]),
        randomise_phases_beyond=6.0,
    )
    assert found.randomised_from == pytest.approx(6.0)
    before = found.shells.d > 7
    np.testing.assert_array_equal(
        found.shells.fsc_randomised[before], found.shells.fsc_masked[before]
    )
    beyond = found.shells.d < 5
    assert np.abs(found.shells.fsc_randomised[beyond]).max() < 0.4


def test_half_maps_that_end_before_d_min_give_finite_maps():
    shape, cell = CUBIC
    s = np.linalg.norm(s_vectors(shape, cell), axis=-1)
    pair = random_pair(CUBIC, 7)
    halves = [
        m.with_values(
            scipy.fft.irfftn(np.where(s < 0.28, transform(m), 0), s=shape).astype(np.float32)
        )
        for m in (pair.half_1, pair.half_2)
    ]
    found = sharpen_half_maps(*halves, resolution=RESOLUTION, mask=False, wrapping=True)
    assert np.isfinite(found.sharpened.values).all()
    beyond = np.abs(transform(found.sharpened))[s > 0.29]
    assert beyond.max() < 0.05 * np.abs(transform(found.sharpened)).max()


def test_progress_is_told_each_stage(pair):
    told = []
    found = sharpen_half_maps(
        pair.half_1,
        pair.half_2,
        resolution=RESOLUTION,
        progress=lambda stage, done: told.append((stage, done)),
    )
    assert [done for _, done in told] == sorted(done for _, done in told)
    assert told[-1][1] == 1.0
    assert {stage for stage, _ in told[:-1]} == set(found.seconds) - {"total"}


def test_an_exception_of_progress_comes_through(pair):
    def stop(stage, done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sharpen_half_maps(pair.half_1, pair.half_2, progress=stop, **PERIODIC)


@pytest.mark.parametrize("name", ["progress", "new_array"])
@pytest.mark.parametrize("kind", [ValueError, UnicodeError, RuntimeError])
def test_an_error_of_a_callers_function_is_not_one_of_the_maps(pair, name, kind):
    calls = []

    def fail_later(*given):
        calls.append(given)
        if len(calls) > 1:
            raise kind("the caller's own")
        return np.empty(*given) if name == "new_array" else None

    with pytest.raises(kind, match=r"^the caller's own$"):
        sharpen_half_maps(pair.half_1, pair.half_2, **PERIODIC, **{name: fail_later})


def test_an_error_of_the_maps_still_names_them(pair):
    flat = pair.half_1.with_values(np.ones_like(pair.half_1.values), "flat map")
    with pytest.raises(MapValueError, match=r"^flat map has the same value 1 at all"):
        sharpen_half_maps(
            flat, pair.half_2, progress=lambda *_: None, new_array=np.empty, **PERIODIC
        )
