"""Sharpening of half maps: what goes in is found again, and what must not matter does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.fft
from random_maps import (
    CUBIC,
    THREAD_COUNTS,
    TRICLINIC,
    UNEQUAL_ODD,
    correlation,
    noise_power,
    on_grid,
    random_map,
    random_pair,
    s_vectors,
    signal_power,
)

from map_sharpening import _core
from map_sharpening.errors import GridMismatchError, MapValueError, ParameterError
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.methods.half_maps.options import HalfMapOptions
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.simulation.quality import correlations

RESOLUTION = 3.3
SIGNAL_B = (-24.0, 6.0, 18.0, 7.0, -5.0, 4.0)
NOISE_B = (12.0, -16.0, 4.0, -4.0, 6.0, 3.0)
BOXES = pytest.mark.parametrize(
    "box", [CUBIC, UNEQUAL_ODD, TRICLINIC], ids=["cubic", "unequal", "triclinic"]
)
# The periodic case: no mask and no taper, so that nothing but the terms counts.
PERIODIC = {"resolution": RESOLUTION, "mask": False, "wrapping": True}


@pytest.fixture(scope="module")
def pair():
    return random_pair(CUBIC, 1, signal_b=SIGNAL_B, noise_b=NOISE_B)


@pytest.fixture(scope="module")
def result(pair):
    return sharpen_half_maps(pair.half_1, pair.half_2, **PERIODIC)


def soft_ball(shape):
    z, y, x = (np.linspace(-1, 1, n) for n in shape)
    r = np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2)
    t = np.clip((0.9 - r) / 0.4, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def assert_close(a, b, tolerance):
    """Compare two maps whose standard deviation is 1."""
    np.testing.assert_allclose(a, b, atol=tolerance, rtol=0)


def transform(map_data):
    return scipy.fft.rfftn(map_data.values.astype(np.float64))


# --- what was put in is found ------------------------------------------------------------


def measured(pair, box, mode):
    shape, cell = box
    weights = soft_ball(shape) if mode == "mask" else np.empty(shape, np.float32)
    options = HalfMapOptions(RESOLUTION, wrapping=mode == "wrapping")
    return _core.sharpen_half_maps(
        pair.half_1.values,
        pair.half_2.values,
        None,
        weights,
        cell.parameters(),
        options.for_core(getattr(_core.MaskChoice, "given" if mode == "mask" else "whole_box")),
        sharpen_halves=False,
    )


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


@pytest.mark.parametrize("mask", ["auto", False])
@BOXES
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


# --- what a sharpened map is -------------------------------------------------------------


def test_the_mean_of_the_sharpened_halves_is_the_sharpened_map(result):
    mean = (result.sharpened_half_1.values + result.sharpened_half_2.values) / 2
    assert_close(mean, result.sharpened.values, 1e-5)


@pytest.mark.parametrize("scale", [1.0, 0.02, 35.0])
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
    found = sharpen_half_maps(pair.half_1, pair.half_2, full_map=pair.half_1, **PERIODIC)
    expected = result.sharpened_half_1.values / result.sharpened_half_1.values.std()
    assert_close(found.sharpened.values, expected, 1e-4)


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
    with pytest.raises(MapValueError, match=r"^flat map and "):
        sharpen_half_maps(
            flat, pair.half_2, progress=lambda *_: None, new_array=np.empty, **PERIODIC
        )


# --- arrays that the caller makes --------------------------------------------------------


def test_arrays_are_asked_for_by_shape_and_dtype(pair):
    asked = []

    def new_array(shape, dtype):
        asked.append((type(shape), shape, np.dtype(dtype).name))
        return np.empty(shape, dtype)

    expected = sharpen_half_maps(pair.half_1, pair.half_2, **PERIODIC)
    found = sharpen_half_maps(pair.half_1, pair.half_2, new_array=new_array, **PERIODIC)
    assert found.sharpened.values.tobytes() == expected.sharpened.values.tobytes()
    nz, ny, nx = pair.half_1.values.shape
    of_map = (tuple, (nz, ny, nx), "float32")
    to_work_in = (tuple, (nz, ny, nx // 2 + 1), "complex64")
    assert asked == [*[of_map] * 4, *[to_work_in] * 4]


def read_only(shape, dtype):
    made = np.zeros(shape, dtype)
    made.setflags(write=False)
    return made


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (lambda shape, dtype: [0.0], "an object of type list"),
        (lambda shape, dtype: np.empty(shape, "complex128"), r"a writable array of complex128"),
        (lambda shape, dtype: np.empty(shape, ">f4"), r"a writable array of >f4"),
        (lambda shape, dtype: np.empty(shape, dtype, "F"), r"a writable .*, not in C order"),
        (lambda shape, dtype: np.empty((9, *shape[1:]), dtype), r"a writable .*, shape \(9, "),
        (read_only, "a read-only array of"),
    ],
    ids=["no array", "dtype", "byte order", "order", "shape", "read-only"],
)
@pytest.mark.parametrize("before", [0, 1, 4], ids=["mask", "sharpened", "work"])
def test_arrays_of_another_kind_are_refused(pair, other, what, before):
    calls = []

    def new_array(shape, dtype):
        calls.append(shape)
        return np.empty(shape, dtype) if len(calls) <= before else other(shape, dtype)

    shape = pair.half_1.values.shape
    kind = "complex64" if before == 4 else "float32"
    last = shape[2] // 2 + 1 if before == 4 else shape[2]
    expected = (
        rf"^new_array returned {what}.*; expected a writable array of {kind}, shape "
        rf"\({shape[0]}, {shape[1]}, {last}\), in C order, such as numpy.empty makes$"
    )
    with pytest.raises(TypeError, match=expected):
        sharpen_half_maps(pair.half_1, pair.half_2, new_array=new_array, **PERIODIC)
    assert len(calls) == before + 1


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


# --- warnings ----------------------------------------------------------------------------


def warnings_of(halves, **options):
    return "\n".join(sharpen_half_maps(*halves, **options).warnings)


def test_good_half_maps_give_no_warning_of_their_agreement(simulated):
    text = warnings_of((simulated.half_1, simulated.half_2), resolution=simulated.resolution)
    assert "FSC" not in text
    assert "mask" not in text


def test_a_resolution_far_from_the_fsc_is_warned_of(pair):
    text = warnings_of((pair.half_1, pair.half_2), resolution=6.0, mask=False, wrapping=True)
    assert "resolution=6 was given; check the resolution and the voxel size" in text


def test_an_fsc_that_never_falls_is_warned_of():
    pair = random_pair(CUBIC, 1, noise=1e-3)
    text = warnings_of((pair.half_1, pair.half_2), **PERIODIC)
    assert "the corrected FSC never falls below 0.143" in text


def test_a_mask_that_shows_no_molecule_is_warned_of(pair):
    text = warnings_of((pair.half_1, pair.half_2), resolution=RESOLUTION)
    assert "the automatic mask does not tell molecule from solvent clearly" in text


def test_a_sharp_mask_is_warned_of(simulated):
    tight = simulated.near_atoms.astype(np.float32)
    tight[simulated.mean.values < np.quantile(simulated.mean.values, 0.97)] = 0
    text = warnings_of(
        (simulated.half_1, simulated.half_2), resolution=simulated.resolution, mask=tight
    )
    assert "the mask is too tight or too sharp" in text


def halves_of_noise():
    shape, cell = CUBIC
    power = noise_power(np.linalg.norm(s_vectors(shape, cell), axis=-1))
    return [on_grid(random_map(power, shape, i), cell, f"half map {i}") for i in (1, 2)]


def test_noise_without_common_signal_is_warned_of():
    found = sharpen_half_maps(*halves_of_noise(), **PERIODIC)
    assert any("check the resolution and the voxel size" in w for w in found.warnings)
    assert np.isfinite(found.sharpened.values).all()


def test_few_shells_in_the_guinier_plot_are_warned_of(pair):
    text = warnings_of((pair.half_1, pair.half_2), n_bins=6, **PERIODIC)
    assert "the Guinier plot has only" in text


# --- errors ------------------------------------------------------------------------------


def test_the_same_map_twice_is_refused(pair):
    with pytest.raises(MapValueError, match="the half maps agree perfectly"):
        sharpen_half_maps(pair.half_1, pair.half_1, **PERIODIC)


def test_a_map_and_its_multiple_are_refused(pair):
    double = pair.half_1.with_values(2 * pair.half_1.values)
    with pytest.raises(MapValueError, match="the half maps agree perfectly"):
        sharpen_half_maps(pair.half_1, double, **PERIODIC)


def test_an_error_of_the_values_names_both_maps(pair):
    with pytest.raises(MapValueError, match=r"^half map 1 and half map 1: "):
        sharpen_half_maps(pair.half_1, pair.half_1, **PERIODIC)


@pytest.mark.parametrize("level", [0.0, 3.0])
def test_constant_maps_are_refused(level):
    flat = np.full((40, 40, 40), level, np.float32)
    with pytest.raises(MapValueError, match="half_1 and half_2: "):
        sharpen_half_maps(flat, flat.copy(), voxel_size=1.3, **PERIODIC)


def test_no_molecule_is_found_in_noise():
    with pytest.raises(MapValueError, match="no molecule is found"):
        sharpen_half_maps(*halves_of_noise(), resolution=RESOLUTION)


def test_maps_that_are_not_finite_are_refused(pair):
    values = pair.half_1.values.copy()
    values[3, 4, 5] = np.nan
    with pytest.raises(MapValueError, match="half map 1"):
        sharpen_half_maps(pair.half_1.with_values(values), pair.half_2, **PERIODIC)


def grid_error(first, other):
    with pytest.raises(GridMismatchError) as caught:
        sharpen_half_maps(first, other, **PERIODIC)
    return str(caught.value)


def test_other_shapes_are_named(pair):
    other = MapData.from_array(pair.half_2.values[:-2], 1.3, name="second.mrc")
    assert grid_error(pair.half_1, other).startswith(
        "second.mrc has shape (z, y, x) (46, 48, 48), but half map 1 has (48, 48, 48)"
    )


def test_other_cells_are_named(pair):
    other = on_grid(pair.half_2.values, UnitCell(62.4, 63.4, 62.4), "second.mrc")
    assert "second.mrc has cell (Å, degrees) (62.4, 63.4, 62.4" in grid_error(pair.half_1, other)


def test_other_origins_are_named(pair):
    position = replace(pair.half_2.position, origin=(0.0, 13.0, 0.0))
    other = replace(pair.half_2, position=position)
    assert "has origin (Å) (0, 13, 0), but half map 1 has (0, 0, 0)" in grid_error(
        pair.half_1, other
    )


def test_other_starts_are_named(pair):
    other = replace(pair.half_2, position=replace(pair.half_2.position, start=(1, 0, 0)))
    assert "has start (NSTART) (1, 0, 0), but half map 1 has (0, 0, 0)" in grid_error(
        pair.half_1, other
    )


def test_a_full_map_on_another_grid_is_refused(pair):
    other = MapData.from_array(pair.half_2.values[:-2], 1.3, name="full.mrc")
    with pytest.raises(GridMismatchError, match=r"full\.mrc has shape"):
        sharpen_half_maps(pair.half_1, pair.half_2, full_map=other, **PERIODIC)


def test_a_mask_on_another_grid_is_refused(pair):
    with pytest.raises(GridMismatchError, match=r"mask has shape \(z, y, x\) \(40, 48, 48\)"):
        sharpen_half_maps(
            pair.half_1, pair.half_2, resolution=RESOLUTION, mask=np.ones((40, 48, 48))
        )


@pytest.mark.parametrize("value", [1.5, -0.5])
def test_a_mask_out_of_range_is_refused(pair, value):
    mask = soft_ball(CUBIC[0])
    mask[0, 0, 0] = value
    with pytest.raises(
        MapValueError, match=f"mask has values from .*{value}.*; a mask has values 0"
    ):
        sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION, mask=mask)


def test_an_empty_mask_is_refused(pair):
    with pytest.raises(MapValueError, match="mask has values from 0 to 0"):
        sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION, mask=np.zeros(CUBIC[0]))


def test_a_mask_that_is_not_finite_is_refused(pair):
    mask = soft_ball(CUBIC[0])
    mask[0, 0, 0] = np.nan
    with pytest.raises(MapValueError, match="mask"):
        sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION, mask=mask)


@pytest.mark.parametrize("mask", ["sphere", True])
def test_an_unknown_mask_is_refused(pair, mask):
    with pytest.raises(ParameterError, match=f"mask is {mask!r}; expected 'auto', False"):
        sharpen_half_maps(pair.half_1, pair.half_2, resolution=RESOLUTION, mask=mask)


def test_arrays_without_a_voxel_size_are_refused(pair):
    with pytest.raises(ParameterError, match="half_1 is an array, but voxel_size is not given"):
        sharpen_half_maps(pair.half_1.values, pair.half_2.values, **PERIODIC)


def test_a_resolution_finer_than_the_nyquist_limit_is_refused(pair):
    with pytest.raises(
        ParameterError,
        match=r"resolution is 2 Å, finer than the Nyquist limit of half map 1 \(2\.600 Å, "
        r"twice its voxel size\); give resolution >= 2\.6",
    ):
        sharpen_half_maps(pair.half_1, pair.half_2, resolution=2.0)


def test_a_resolution_coarser_than_the_box_holds_is_refused(pair):
    with pytest.raises(ParameterError, match=r"resolution is 20 Å, coarser than the 15\.6 Å"):
        sharpen_half_maps(pair.half_1, pair.half_2, resolution=20.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("resolution", 0.0),
        ("resolution", -3.0),
        ("resolution", float("nan")),
        ("resolution", float("inf")),
        ("n_bins", 3),
        ("n_bins", -5),
        ("ideal_curve", "fat"),
        ("randomise_phases_beyond", -6.0),
        ("randomise_phases_beyond", float("nan")),
        ("output_scale_factor", 0.0),
        ("output_scale_factor", float("nan")),
        ("guinier_d_low", 2.0),
        ("guinier_d_low", float("nan")),
        ("threads", -1),
    ],
)
def test_a_parameter_out_of_range_is_named_with_its_value(pair, name, value):
    options = {"resolution": RESOLUTION, name: value}
    with pytest.raises(ParameterError, match=f"^{name} is {value}; expected"):
        HalfMapOptions(**options)
    with pytest.raises(ParameterError, match=f"^{name} is {value}; expected"):
        sharpen_half_maps(pair.half_1, pair.half_2, **options)


def test_the_core_refuses_arrays_that_it_would_have_to_copy(pair):
    box = CUBIC[1].parameters()
    weights = np.empty(CUBIC[0], np.float32)
    options = _core.HalfMapOptions()
    turned = np.asfortranarray(pair.half_1.values)
    double = pair.half_1.values.astype(np.float64)
    for wrong in (turned, double):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            _core.sharpen_half_maps(wrong, pair.half_2.values, None, weights, box, options)


def test_an_option_that_there_is_not_is_named_with_similar_ones(pair):
    with pytest.raises(ParameterError, match=r"no option resolutoin; similar ones are resolution"):
        sharpen_half_maps(pair.half_1, pair.half_2, resolutoin=RESOLUTION)


def test_a_resolution_is_required(pair):
    with pytest.raises(ParameterError, match="resolution is missing; give resolution"):
        sharpen_half_maps(pair.half_1, pair.half_2)


def test_options_are_given_whole_or_by_keywords(pair, result):
    whole = sharpen_half_maps(
        pair.half_1, pair.half_2, HalfMapOptions(RESOLUTION, wrapping=True), mask=False
    )
    assert whole.sharpened.values.tobytes() == result.sharpened.values.tobytes()
    with pytest.raises(ParameterError, match="together with n_bins; give either"):
        sharpen_half_maps(pair.half_1, pair.half_2, HalfMapOptions(RESOLUTION), n_bins=9)


def test_what_python_leaves_out_the_core_leaves_out_too():
    ours = HalfMapOptions(RESOLUTION).for_core(_core.MaskChoice.automatic)
    own = _core.HalfMapOptions()
    names = ("anisotropic", "n_shells", "ideal", "mask", "randomise_beyond", "periodic", "local")
    for name in (*names, "output_scale", "guinier_d_low", "threads"):
        assert getattr(ours, name) == getattr(own, name), name
    for name in ("core_points", "n_windows", "n_shells", "periodic"):
        assert getattr(ours.windows, name) == getattr(own.windows, name), name
