"""Local sharpening of half maps: better where it must be, the same where nothing differs."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from random_maps import CUBIC, THREAD_COUNTS, TRICLINIC, correlation, random_pair

from map_sharpening.errors import ParameterError
from map_sharpening.maps.map_data import MapData, UnitCell
from map_sharpening.methods.half_maps.options import HalfMapOptions
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.methods.shared.windows import bytes_of_windows
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import simulate_half_maps

RESOLUTION = 3.3
PERIODIC = {"resolution": RESOLUTION, "mask": False, "wrapping": True}


@pytest.fixture(scope="module")
def flexible():
    """Haemoglobin with a rigid core and a rim that hardly shows."""
    return simulate_half_maps(
        demo_atoms(), (72, 72, 72), 1.3, 3.2, b_core=40.0, b_rim=250.0, seed=5
    )


def sharpened(halves, **options):
    options = {"resolution": halves.resolution} | options
    return sharpen_half_maps(halves.half_1, halves.half_2, **options)


@pytest.fixture(scope="module")
def local(flexible):
    return sharpened(flexible, local_sharpen=True)


def rolled(map_data, by):
    return map_data.with_values(np.roll(map_data.values, by, axis=(0, 1, 2)))


# --- quality -----------------------------------------------------------------------------


@pytest.mark.parametrize("anisotropic", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_the_local_map_is_nearer_to_the_truth_than_the_global_one(flexible, anisotropic):
    scores = [
        correlations(found, flexible.truth, flexible.near_atoms, flexible.d_min)
        for found in (
            flexible.mean,
            sharpened(flexible, anisotropic=anisotropic).sharpened,
            sharpened(flexible, anisotropic=anisotropic, local_sharpen=True).sharpened,
        )
    ]
    mean, globally, locally = (asdict(score) for score in scores)
    for number in mean:
        assert locally[number] > max(mean[number], globally[number]) + 0.01, number
    assert locally["box_band"] > globally["box_band"] + 0.1


def test_the_core_is_found_to_be_more_rigid_and_better_resolved_than_the_rim(flexible, local):
    found = local.local_filter
    centre = (np.array(flexible.truth.values.shape) - 1) / 2
    z, y, x = np.meshgrid(*found.centres, indexing="ij")
    distance = np.sqrt((z - centre[0]) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2) * 1.3
    core, rim, solvent = distance < 12, (distance > 28) & (distance < 36), distance > 45
    assert found.excess_b[core].mean() < found.excess_b[rim].mean() - 20
    assert found.resolution[core].mean() < found.resolution[rim].mean() - 0.3
    assert found.gain[solvent].mean() < 0.5 * found.gain[core].mean()


@pytest.mark.slow
def test_resolutions_of_windows_stay_within_what_the_map_holds(local):
    resolution = local.local_filter.resolution
    assert resolution.min() >= local.d_min - 1e-9
    assert np.isfinite(resolution).all()


# --- what must not matter ----------------------------------------------------------------


def test_an_even_map_comes_out_as_the_global_run_makes_it():
    pair = random_pair(CUBIC, 1)
    globally, locally = (
        sharpen_half_maps(pair.half_1, pair.half_2, local_sharpen=local, **PERIODIC)
        for local in (False, True)
    )
    assert correlation(globally.sharpened.values, locally.sharpened.values) > 0.98


@pytest.mark.slow
def test_the_result_does_not_depend_on_the_number_of_threads(flexible, local):
    for threads in THREAD_COUNTS:
        found = sharpened(flexible, local_sharpen=True, threads=threads)
        np.testing.assert_array_equal(found.sharpened.values, local.sharpened.values)
        np.testing.assert_array_equal(found.local_filter.gain, local.local_filter.gain)


@pytest.mark.slow
def test_sharpening_the_halves_as_well_does_not_change_the_map(flexible, local):
    alone = sharpened(flexible, local_sharpen=True, sharpen_all_maps=False)
    assert alone.sharpened_half_1 is None
    np.testing.assert_array_equal(alone.sharpened.values, local.sharpened.values)


@pytest.mark.slow
def test_the_scale_of_the_half_maps_does_not_matter(flexible, local):
    scaled = sharpen_half_maps(
        flexible.half_1.with_values(flexible.half_1.values * np.float32(1000)),
        flexible.half_2.with_values(flexible.half_2.values * np.float32(1000)),
        resolution=flexible.resolution,
        local_sharpen=True,
    )
    # Rounding counts most at the corners of the box, which hold noise alone.
    apart = np.abs(scaled.sharpened.values - local.sharpened.values)
    assert apart.max() < 5e-3
    assert apart.mean() < 5e-6


def test_a_periodic_map_shifted_by_whole_cores_gives_the_shifted_result():
    pair = random_pair(CUBIC, 2)
    by = (8, 16, 40)
    options = {"local_sharpen": True, "box_size_grid_units": 8, **PERIODIC}
    found = sharpen_half_maps(pair.half_1, pair.half_2, **options)
    shifted = sharpen_half_maps(rolled(pair.half_1, by), rolled(pair.half_2, by), **options)
    np.testing.assert_allclose(
        shifted.sharpened.values, rolled(found.sharpened, by).values, atol=1e-3
    )


@pytest.mark.slow
def test_where_the_windows_lie_hardly_shows():
    pair = random_pair(CUBIC, 2)
    by = (3, 4, 5)
    options = {"local_sharpen": True, "box_size_grid_units": 8, **PERIODIC}
    found = sharpen_half_maps(pair.half_1, pair.half_2, **options)
    shifted = sharpen_half_maps(rolled(pair.half_1, by), rolled(pair.half_2, by), **options)
    back = rolled(shifted.sharpened, [-points for points in by])
    assert correlation(back.values, found.sharpened.values) > 0.99


def test_exchanged_axes_give_the_exchanged_result(flexible, local):
    turned = [
        MapData.from_array(np.ascontiguousarray(half.values.transpose(2, 0, 1)), 1.3)
        for half in (flexible.half_1, flexible.half_2)
    ]
    found = sharpen_half_maps(*turned, resolution=flexible.resolution, local_sharpen=True)
    expected = local.sharpened.values.transpose(2, 0, 1)
    assert correlation(found.sharpened.values, expected) > 0.999


@pytest.mark.slow
def test_a_full_map_that_is_the_mean_gives_the_same_map(flexible, local):
    found = sharpened(flexible, local_sharpen=True, full_map=flexible.mean)
    np.testing.assert_allclose(found.sharpened.values, local.sharpened.values, atol=2e-4)


def test_the_half_maps_are_filtered_as_their_mean(local):
    mean = (local.sharpened_half_1.values + local.sharpened_half_2.values) / 2
    np.testing.assert_allclose(mean, local.sharpened.values, atol=2e-4)


def test_inputs_are_not_changed(flexible):
    before = flexible.half_1.values.copy(), flexible.half_2.values.copy()
    sharpened(flexible, local_sharpen=True, full_map=flexible.mean)
    np.testing.assert_array_equal(flexible.half_1.values, before[0])
    np.testing.assert_array_equal(flexible.half_2.values, before[1])


# --- boxes of any kind -------------------------------------------------------------------


@pytest.mark.parametrize("wrapping", [False, True])
@pytest.mark.parametrize(
    "box",
    [((33, 45, 51), UnitCell(61.0, 56.0, 50.0)), TRICLINIC],
    ids=["unequal", "triclinic"],
)
def test_maps_of_any_shape_have_the_wanted_mean_and_scale(box, wrapping):
    pair = random_pair(box, 3)
    found = sharpen_half_maps(
        pair.half_1,
        pair.half_2,
        resolution=4.0,
        mask=False,
        wrapping=wrapping,
        local_sharpen=True,
        output_scale_factor=3.0,
    )
    values = found.sharpened.values.astype(np.float64)
    assert abs(values.mean()) < 1e-4
    assert abs(values.std() - 3) < 1e-3
    assert correlation(values, pair.signal) > 0.5


@pytest.mark.slow
def test_half_maps_that_are_0_in_the_corners_give_finite_maps(flexible):
    n = flexible.half_1.values.shape[0]
    axis = np.linspace(-1, 1, n)
    ball = axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2 < 0.8
    found = sharpen_half_maps(
        flexible.half_1.with_values(flexible.half_1.values * ball),
        flexible.half_2.with_values(flexible.half_2.values * ball),
        resolution=flexible.resolution,
        local_sharpen=True,
    )
    assert np.isfinite(found.sharpened.values).all()
    assert np.isfinite(found.local_filter.gain).all()


# --- windows -----------------------------------------------------------------------------


def test_a_global_run_has_no_windows(flexible):
    assert sharpened(flexible).local_filter is None


def test_a_core_is_twice_the_resolution_but_at_least_six_points(local, flexible):
    assert local.local_filter.core == (6, 6, 6)  # 6.4 Å at 1.3 Å
    assert local.local_filter.window == (12, 12, 12)
    coarser = sharpen_half_maps(
        flexible.half_1, flexible.half_2, resolution=6.5, local_sharpen=True
    )
    assert coarser.local_filter.core == (10, 10, 10)  # 13 Å at 1.3 Å


def test_the_first_and_last_windows_lie_half_outside(local):
    centres = local.local_filter.centres[0]
    assert centres[0] == -0.5
    assert 71.5 <= centres[-1] < 71.5 + 6
    assert local.local_filter.gain.shape == (13, 13, 13)
    assert local.local_filter.n_windows == 13**3


def test_a_box_size_is_taken_as_it_is(flexible):
    found = sharpened(flexible, local_sharpen=True, box_size_grid_units=13)
    assert found.local_filter.core == (13, 13, 13)


@pytest.mark.slow
def test_a_number_of_boxes_sets_their_size(flexible):
    found = sharpened(flexible, local_sharpen=True, n_boxes=64)
    assert found.local_filter.core == (18, 18, 18)


def test_number_and_size_of_boxes_are_not_given_together(flexible):
    with pytest.raises(ParameterError, match="n_boxes is 64 and box_size_grid_units 6"):
        sharpened(flexible, local_sharpen=True, n_boxes=64, box_size_grid_units=6)


@pytest.mark.slow
def test_a_single_box_is_as_long_as_windows_may_be(flexible):
    found = sharpened(flexible, local_sharpen=True, n_boxes=1)
    assert found.local_filter.core == (48, 48, 48)


@pytest.mark.slow
def test_the_number_of_shells_in_windows_can_be_chosen(flexible, local):
    found = sharpened(flexible, local_sharpen=True, n_bins=12)
    assert correlation(found.sharpened.values, local.sharpened.values) > 0.99


# --- refusals ----------------------------------------------------------------------------


def test_a_box_longer_than_the_map_is_refused():
    pair = random_pair(TRICLINIC, 1)
    with pytest.raises(ParameterError, match="box_size_grid_units is 45; expected at most 44"):
        sharpen_half_maps(
            pair.half_1,
            pair.half_2,
            resolution=4.0,
            local_sharpen=True,
            box_size_grid_units=45,
        )


def test_more_boxes_than_the_map_can_hold_are_refused(flexible):
    with pytest.raises(ParameterError, match="n_boxes is 6000; expected at most 5832 in half"):
        sharpened(flexible, local_sharpen=True, n_boxes=6000)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_boxes": 0}, "n_boxes is 0; expected at least 1"),
        ({"box_size_grid_units": 3}, "box_size_grid_units is 3; expected 4 to 48"),
        ({"box_size_grid_units": 49}, "box_size_grid_units is 49; expected 4 to 48"),
    ],
)
def test_windows_out_of_range_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        HalfMapOptions(resolution=3.0, local_sharpen=True, **options)


@pytest.mark.parametrize("name", ["n_boxes", "box_size_grid_units"])
def test_windows_are_refused_without_local_sharpening(name):
    with pytest.raises(ParameterError, match=f"{name} is 8; expected None"):
        HalfMapOptions(resolution=3.0, **{name: 8})


def test_windows_take_a_slab_of_each_map_and_eight_windows_for_each_thread_with_work():
    maps = MapData.from_array(np.zeros((60, 70, 80), np.float32), 1.0)
    edge = 2 * 12  # grid points of a window: twice 2 times the resolution
    slab, window = 4 * edge * 70 * 80, 4 * edge**3

    def needed(n_maps: int, threads: int) -> int:
        options = HalfMapOptions(resolution=6.0, local_sharpen=True, threads=threads)
        return bytes_of_windows(maps, options, n_maps=n_maps)

    assert needed(1, 1) == slab + 40 * window
    assert needed(4, 1) == 4 * slab + 40 * window
    # 7 rows of windows in a layer, of which 4 don't touch each other, each of one piece.
    assert needed(1, 3) == slab + 3 * 40 * window
    assert needed(1, 64) == slab + 4 * 40 * window


# --- how far it goes ---------------------------------------------------------------------


@pytest.mark.slow
def test_terms_go_on_as_far_as_the_half_maps_agree_within_bounds(flexible):
    halves = flexible.half_1, flexible.half_2
    for given in (3.0, 3.5, 4.0, 6.0):
        globally = sharpen_half_maps(*halves, resolution=given)
        found = sharpen_half_maps(*halves, resolution=given, local_sharpen=True)
        assert globally.d_min == max(flexible.half_1.nyquist, 0.833 * given)
        assert not globally.reaches_further
        agreed = max(found.resolution_0143, 0.8 * given)
        finest = max(flexible.half_1.nyquist, min(0.833 * agreed, globally.d_min))
        # Whole shells are kept.
        assert finest * (1 - 1e-4) < found.d_min
        assert 1 / found.d_min > 1 / finest - (found.shells.s[1] - found.shells.s[0])
        assert found.reaches_further == (found.d_min < 0.833 * given)
    assert found.reaches_further


@pytest.mark.slow
def test_half_maps_that_agree_to_the_end_of_the_grid_are_kept_as_far_as_is_allowed(flexible):
    rng = np.random.default_rng(2)
    mean = flexible.mean
    halves = [
        mean.with_values(
            mean.values + 0.1 * mean.values.std() * rng.normal(size=mean.values.shape),
        )
        for _ in range(2)
    ]
    found = sharpen_half_maps(*halves, resolution=4.0, local_sharpen=True)
    assert found.resolution_0143 is None
    finest = 0.833 * 0.8 * 4.0
    assert finest > mean.nyquist
    assert finest * (1 - 1e-4) < found.d_min
    assert 1 / found.d_min > 1 / finest - (found.shells.s[1] - found.shells.s[0])


@pytest.mark.slow
def test_what_lies_beyond_brings_the_map_nearer_to_the_truth(flexible):
    found = sharpened(flexible, resolution=4.0, local_sharpen=True)
    assert found.reaches_further
    s = np.fft.fftfreq(72, 1.3)
    square = s[:, None, None] ** 2 + s[None, :, None] ** 2 + np.fft.rfftfreq(72, 1.3) ** 2
    terms = np.fft.rfftn(found.sharpened.values) * (square <= (0.833 * 4.0) ** -2)
    shorter_values = np.fft.irfftn(terms, (72, 72, 72), (0, 1, 2)).astype(np.float32)
    cut = found.sharpened.with_values(shorter_values)
    further, shorter = (
        asdict(correlations(map_data, flexible.truth, flexible.near_atoms, flexible.d_min))
        for map_data in (found.sharpened, cut)
    )
    for number, value in further.items():
        assert value > shorter[number] + 0.01, number
