"""Local resolution of half maps whose signal ends at a known resolution in each place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from random_maps import (
    THREAD_COUNTS,
    TRICLINIC,
    UNEQUAL_ODD,
    on_grid,
    random_map,
    s_vectors,
)

import map_sharpening
from map_sharpening.errors import GridMismatchError, MapValueError, ParameterError
from map_sharpening.maps.arrays import percentiles_of_sorted
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.methods.local_resolution.measure import _caution_of_resolution
from map_sharpening.methods.local_resolution.options import LocalResolutionOptions
from map_sharpening.methods.local_resolution.result import LocalResolutionResult, summarise

SHAPE = (64, 64, 96)
CELL = UnitCell(96.0, 64.0, 64.0)
FINE, COARSE = 3.0, 6.0
WINDOW = 15 * FINE
Field = npt.NDArray[np.float32]
Box = tuple[tuple[int, int, int], UnitCell]


def field(box: Box, d_min: float, seed: int) -> Field:
    """Return white noise that ends at d_min; power 1 per term of a map of variance 1."""
    shape, cell = box
    s = np.linalg.norm(s_vectors(shape, cell), axis=-1)
    return random_map(np.where(s <= 1 / d_min, float(np.prod(shape)), 0.0), shape, seed)


def halves_of(
    signal: Field, cell: UnitCell, signal_to_noise: float, seed: int = 90
) -> tuple[MapData, MapData]:
    random = np.random.default_rng(seed)
    half_1, half_2 = (
        on_grid(
            (np.sqrt(signal_to_noise) * signal + random.normal(size=signal.shape)).astype(
                np.float32
            ),
            cell,
            name,
        )
        for name in ("half map 1", "half map 2")
    )
    return half_1, half_2


def radius(shape: tuple[int, int, int]) -> npt.NDArray[np.float64]:
    """Return the distance from the middle in grid points."""
    z, y, x = (np.arange(n) - n / 2 for n in shape)
    return np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2)


@pytest.fixture(scope="module")
def two_parts() -> tuple[MapData, MapData]:
    """Signal to 3 Å in one half of the box, to 6 Å in the other."""
    box = (SHAPE, CELL)
    is_fine = np.arange(SHAPE[2]) < SHAPE[2] // 2
    signal = np.where(is_fine, field(box, FINE, 31), field(box, COARSE, 32))
    return halves_of(signal, CELL, 5.0)


@pytest.fixture(scope="module")
def of_two_parts(two_parts) -> LocalResolutionResult:
    return map_sharpening.local_resolution(*two_parts, resolution=FINE, mask=False)


@pytest.fixture(scope="module")
def ball() -> tuple[tuple[MapData, MapData], Field]:
    """Signal to 4 Å in a ball, noise all over; and the ball as a mask."""
    box = ((72, 72, 72), UnitCell(86.4, 86.4, 86.4))
    mask = np.clip((24.0 - radius(box[0])) / 4 + 0.5, 0, 1).astype(np.float32)
    return halves_of(field(box, 4.0, 5) * mask, box[1], 4.0), mask


@pytest.fixture(scope="module")
def of_ball(ball) -> LocalResolutionResult:
    halves, mask = ball
    return map_sharpening.local_resolution(
        *halves, resolution=4.0, mask=halves[0].with_values(mask), window=40.0
    )


def test_each_part_has_its_own_resolution(of_two_parts):
    values = of_two_parts.map.values
    half_window = int(WINDOW / 2)
    fine = values[:, :, : 48 - half_window]
    coarse = values[:, :, 48 + half_window :]
    assert np.median(np.abs(fine - FINE)) < 0.1
    assert np.median(np.abs(coarse - COARSE)) < 0.2


def test_the_boundary_is_no_wider_than_the_window(of_two_parts):
    profile = np.median(of_two_parts.map.values, axis=(0, 1))
    rises_from = np.flatnonzero(profile < FINE + 0.1 * (COARSE - FINE))[-1]
    has_risen = np.flatnonzero(profile > COARSE - 0.1 * (COARSE - FINE))[0]
    assert 0 < has_risen - rises_from < WINDOW / 2


@pytest.mark.parametrize("signal_to_noise", [0.5, 30.0])
def test_the_strength_of_a_signal_does_not_move_its_end(signal_to_noise):
    halves = halves_of(field((SHAPE, CELL), FINE, 41), CELL, signal_to_noise)
    result = map_sharpening.local_resolution(*halves, resolution=FINE, mask=False)
    assert np.median(np.abs(result.map.values - FINE)) < 0.1


def with_ends(truth: npt.NDArray[np.float64]) -> Field:
    """Return noise of a cubic box of 1 Å voxels that ends at another resolution everywhere."""
    box = (truth.shape, UnitCell(*(float(n) for n in truth.shape)))
    steps = np.arange(truth.min(), truth.max() + 0.01, 0.15)
    nearest = np.argmin(np.abs(truth[..., None] - steps), axis=-1)
    signal = np.zeros(truth.shape, np.float32)
    for i, step in enumerate(steps):
        signal[nearest == i] = field(box, step, 51)[nearest == i]
    return signal


@pytest.mark.slow
@pytest.mark.parametrize("signal_to_noise", [1.0, 2.0, 10.0, 50.0])
def test_a_radial_gradient_is_followed(signal_to_noise):
    n = 84
    r = radius((n, n, n))
    truth = 3 + 1.5 * np.clip(r / (n / 2), 0, 1)
    halves = halves_of(with_ends(truth), UnitCell(n, n, n), signal_to_noise)
    values = map_sharpening.local_resolution(
        *halves, resolution=3.5, window=34.0, mask=False
    ).map.values
    inside = r < 0.75 * n / 2
    assert np.median(np.abs(values - truth)[inside]) < 0.2
    assert np.corrcoef(values[inside], truth[inside])[0, 1] > 0.75


@pytest.mark.slow
@pytest.mark.parametrize("signal_to_noise", [2.0, 50.0])
@pytest.mark.parametrize("fine_outside", [False, True])
def test_a_steep_gradient_is_followed_both_ways(fine_outside, signal_to_noise):
    n = 128
    r = radius((n, n, n))
    outwards = np.clip(r / (n / 2), 0, 1)
    truth = 3 + 3 * (1 - outwards if fine_outside else outwards)
    halves = halves_of(with_ends(truth), UnitCell(n, n, n), signal_to_noise)
    values = map_sharpening.local_resolution(*halves, resolution=3.0, mask=False).map.values
    assert np.median(np.abs(values - truth)[r < 0.75 * n / 2]) < 0.2


@pytest.mark.parametrize("box", [UNEQUAL_ODD, TRICLINIC], ids=["unequal", "triclinic"])
@pytest.mark.parametrize("wrapping", [False, True])
def test_any_box_will_do(box, wrapping):
    halves = halves_of(field(box, 4.0, 7), box[1], 3.0)
    result = map_sharpening.local_resolution(
        *halves, resolution=4.0, mask=None, window=45.0, wrapping=wrapping
    )
    assert result.map.values.shape == box[0]
    assert np.median(result.map.values) == pytest.approx(4.0, abs=0.15)


def test_a_gentle_fall_off_ends_where_it_meets_the_threshold():
    b_factor, strength = 100.0, 10.0
    s = np.linalg.norm(s_vectors(SHAPE, CELL), axis=-1)
    power = np.exp(-b_factor * s**2 / 2) * np.prod(SHAPE)
    halves = halves_of(random_map(power, SHAPE, 8), CELL, strength)
    result = map_sharpening.local_resolution(*halves, resolution=3.5, mask=False)
    level = 0.143 / (1 - 0.143)
    expected = 1 / np.sqrt(2 / b_factor * np.log(strength / level))
    assert result.statistics.median == pytest.approx(expected, abs=0.15)


def test_a_higher_threshold_gives_a_coarser_resolution():
    s = np.linalg.norm(s_vectors(SHAPE, CELL), axis=-1)
    signal = random_map(np.exp(-60 * s**2) * np.prod(SHAPE), SHAPE, 9)
    halves = halves_of(signal, CELL, 10.0)
    low, high = (
        map_sharpening.local_resolution(*halves, resolution=3.5, mask=False, threshold=t)
        for t in (0.143, 0.5)
    )
    assert high.statistics.median > low.statistics.median + 0.3


def test_solvent_beside_it_does_not_make_a_surface_look_worse(of_ball):
    rim = (radius((72, 72, 72)) > 20) & (of_ball.mask.values >= 0.5)
    assert np.median(of_ball.map.values[rim]) == pytest.approx(4.0, abs=0.15)


def test_outside_the_mask_the_map_holds_the_coarse_limit(of_ball, ball):
    outside = ball[1] < 0.5
    assert np.all(of_ball.map.values[outside] == np.float32(of_ball.coarse_limit))
    assert of_ball.coarse_limit == pytest.approx(40.0 / 3.75)


def test_statistics_are_of_the_inside(of_ball, ball):
    inside = of_ball.map.values[ball[1] >= 0.5]
    assert of_ball.statistics.median == pytest.approx(np.median(inside))
    assert (of_ball.statistics.best, of_ball.statistics.worst) == pytest.approx(
        (inside.min(), inside.max())
    )
    assert of_ball.statistics.percentiles[50] == pytest.approx(of_ball.statistics.median)
    assert list(of_ball.statistics.percentiles.values()) == sorted(
        of_ball.statistics.percentiles.values()
    )
    assert of_ball.statistics.histogram.sum() == pytest.approx(1)
    assert of_ball.statistics.histogram_edges[0] <= of_ball.statistics.best
    assert of_ball.statistics.histogram_edges[-1] >= of_ball.statistics.worst


def off_the_lattice(shape: tuple[int, int, int]) -> tuple[Field, Field]:
    """Return values and a small mask, none of whose points has an even index."""
    values = np.random.default_rng(8).uniform(3, 9, shape).astype(np.float32)
    mask = np.zeros(shape, np.float32)
    mask[11:21:2, 11:21:2, 11:21:2] = 1
    return values, mask


def test_of_a_small_mask_all_points_count():
    values, mask = off_the_lattice((32, 40, 48))
    inside = values[mask > 0].astype(np.float64)
    found = summarise(values, mask, (3.0, 9.0), largest_sample=inside.size)
    assert (found.best, found.worst) == (inside.min(), inside.max())
    assert found.median == np.median(inside)
    assert found.percentiles == {p: np.percentile(inside, p) for p in (5, 25, 50, 75, 95)}
    counts, _ = np.histogram(inside, found.histogram_edges)
    np.testing.assert_array_equal(found.histogram, counts / inside.size)


@pytest.mark.parametrize("has_mask", [False, True])
def test_of_many_points_a_sample_tells_the_same(has_mask, monkeypatch):
    shape = (32, 40, 48)
    # Values rise along each axis: a sample of the same few columns would not do.
    rising = sum(np.meshgrid(*(np.linspace(1, 3, n) for n in shape), indexing="ij"))
    values = rising.astype(np.float32)
    mask = (radius(shape) < 15).astype(np.float32) if has_mask else None
    inside = values.ravel() if mask is None else values[mask > 0]
    sizes = []
    monkeypatch.setattr(
        "map_sharpening.methods.local_resolution.result.percentiles_of_sorted",
        lambda a, q: (sizes.append(a.size), percentiles_of_sorted(a, q))[1],
    )
    found = summarise(values, mask, (3.0, 9.0), largest_sample=inside.size // 11)
    assert inside.size // 20 < min(sizes) == max(sizes) <= inside.size // 11
    assert (found.best, found.worst) == (inside.min(), inside.max())
    assert found.median == pytest.approx(np.median(inside), abs=0.05)
    for p, value in found.percentiles.items():
        assert value == pytest.approx(np.percentile(inside, p), abs=0.05)


def test_only_spheres_near_the_mask_are_measured(two_parts):
    one_end = (np.arange(SHAPE[2]) < 20) * np.ones(SHAPE, np.float32)
    result = map_sharpening.local_resolution(
        *two_parts, resolution=FINE, mask=two_parts[0].with_values(one_end.astype(np.float32))
    )
    assert result.n_windows == np.count_nonzero(result.lattice.values)
    assert 0 < result.n_windows < result.lattice.values.size


def test_the_palette_spans_most_of_the_inside(of_two_parts):
    low, high = of_two_parts.statistics.palette_range
    assert of_two_parts.statistics.best <= low < high <= of_two_parts.statistics.worst


def test_a_palette_that_is_widened_keeps_its_middle():
    values = np.linspace(3.0, 3.05, 1000, dtype=np.float32).reshape(10, 10, 10)
    low, high = summarise(values, None, (2.0, 9.0)).palette_range
    assert (low, high) == pytest.approx((2.925, 3.125), abs=1e-5)


def test_a_uniform_map_still_has_a_palette(of_ball):
    low, high = of_ball.statistics.palette_range
    assert high - low >= 0.2 * (1 - 1e-9)


def test_values_are_finite_and_within_the_limits(of_two_parts):
    values = of_two_parts.map.values
    assert values.dtype == np.float32
    assert of_two_parts.fine_limit == pytest.approx(2.0)
    assert np.float32(of_two_parts.fine_limit) <= values.min()
    assert values.max() <= np.float32(of_two_parts.coarse_limit)


def test_a_signal_to_the_nyquist_limit_is_clipped_and_told():
    box = ((48, 48, 48), UnitCell(72.0, 72.0, 72.0))
    result = map_sharpening.local_resolution(
        *halves_of(field(box, 2.6, 3), box[1], 50.0), resolution=3.2, mask=False
    )
    assert result.statistics.median == pytest.approx(3.0)
    assert result.statistics.share_at_fine_limit > 0.9
    assert "at the fine limit, 3.00 Å" in result.warnings[0]


def test_a_box_of_one_sphere_is_told():
    box = ((32, 32, 32), UnitCell(64.0, 64.0, 64.0))
    halves = halves_of(field(box, 6.0, 3), box[1], 50.0)
    one = map_sharpening.local_resolution(*halves, resolution=6.0, mask=False)
    several = map_sharpening.local_resolution(*halves, resolution=6.0, mask=False, window=30.0)
    assert (one.n_windows, several.n_windows > 1) == (1, True)
    assert any("one sphere of 64 Å is all that fits in the box" in w for w in one.warnings)
    assert not any("one sphere" in w for w in several.warnings)


@pytest.mark.slow
def test_spheres_too_wide_by_the_resolution_given_are_told_with_what_mends_it(two_parts):
    wide = map_sharpening.local_resolution(*two_parts, resolution=2 * FINE, mask=False)
    told = [text for text in wide.warnings if "was given: spheres of" in text]
    assert len(told) == 1
    assert f"but resolution={2 * FINE:g} was given: spheres of 64 Å" in told[0]
    agree_to = float(told[0].split("agree to ")[1].split()[0])
    assert agree_to == pytest.approx(FINE, rel=0.05)  # a shell
    assert "leave resolution out" in told[0]
    left_out = map_sharpening.local_resolution(*two_parts, mask=False)
    right = map_sharpening.local_resolution(*two_parts, resolution=FINE, mask=False)
    assert f"those of {left_out.window:.0f} Å would show" in told[0]
    assert left_out.statistics.median == pytest.approx(right.statistics.median, rel=0.02)
    chosen = map_sharpening.local_resolution(
        *two_parts, resolution=2 * FINE, mask=False, window=wide.window
    )
    of_others = (*chosen.warnings, *right.warnings, *left_out.warnings)
    assert not [text for text in of_others if "was given" in text]


@pytest.mark.parametrize(("times", "is_told"), [(1.15, False), (1.4, True)])
def test_the_resolution_is_not_judged_by_a_median_that_wide_spheres_make_finer(
    two_parts, of_two_parts, times: float, is_told: bool
):
    options = LocalResolutionOptions(resolution=times * FINE)
    median = replace(of_two_parts.statistics, median=0.8 * FINE)
    found = replace(of_two_parts, window=times * WINDOW, statistics=median)
    told = _caution_of_resolution(found, times * FINE, *two_parts, options)
    assert len(told) == is_told


def test_half_maps_that_agree_only_beyond_the_first_shell_can_be_measured_at_a_resolution():
    shape, cell = (48, 48, 48), UnitCell(72.0, 72.0, 72.0)
    s = np.linalg.norm(s_vectors(shape, cell), axis=-1)
    band = np.where((s > 1 / 20) & (s <= 1 / 4.0), float(np.prod(shape)), 0.0)
    halves = halves_of(random_map(band, shape, 3), cell, 20.0)
    with pytest.raises(MapValueError, match=r"agree to .* only; .*; check .* or give resolution"):
        map_sharpening.local_resolution(*halves, mask=False)
    result = map_sharpening.local_resolution(*halves, resolution=4.0, mask=False)
    assert result.resolution == 4.0


def test_the_map_lies_where_the_half_maps_lie(two_parts):
    position = MapPosition(
        UnitCell(192.0, 128.0, 64.0), (192, 128, 64), (7, -3, 11), (1.5, 0.0, -2.0), 1, ("label",)
    )
    halves = [replace(half, position=position) for half in two_parts]
    result = map_sharpening.local_resolution(*halves, resolution=FINE, mask=False, step=30.0)
    assert result.map.position == position


def test_arrays_will_do_with_a_voxel_size(two_parts, of_two_parts):
    arrays = [half.values for half in two_parts]
    result = map_sharpening.local_resolution(*arrays, voxel_size=1.0, resolution=FINE, mask=False)
    np.testing.assert_array_equal(result.map.values, of_two_parts.map.values)


def test_the_resolution_is_found_if_none_is_given(two_parts):
    uniform = halves_of(field((SHAPE, CELL), FINE, 41), CELL, 2.0)
    result = map_sharpening.local_resolution(*uniform, mask=False, step=40.0)
    assert result.resolution == pytest.approx(FINE, abs=0.15)
    assert result.window == pytest.approx(15 * result.resolution)


def test_the_window_is_no_larger_than_the_box():
    box = ((48, 48, 40), UnitCell(50.0, 60.0, 60.0))
    result = map_sharpening.local_resolution(
        *halves_of(field(box, 5.0, 3), box[1], 5.0), resolution=5.0, mask=False
    )
    assert 45 < result.window <= 50


def test_the_automatic_mask_holds_the_molecule(simulated):
    halves = simulated.half_1, simulated.half_2
    result = map_sharpening.local_resolution(*halves)
    assert result.resolution == map_sharpening.resolution_of_half_maps(*halves).resolution
    assert result.resolution < 0.95 * simulated.resolution  # where the FSC of the box is 0.143
    as_in_shell = map_sharpening.local_resolution(*halves, resolution="Auto", mask="Auto")
    np.testing.assert_array_equal(as_in_shell.map.values, result.map.values)
    assert result.mask is not None
    assert 0.02 < np.mean(result.mask.values >= 0.5) < 0.8
    assert (
        result.fine_limit
        <= result.statistics.best
        < result.statistics.median
        < result.statistics.worst
    )


@pytest.mark.slow
def test_any_number_of_threads_gives_the_same_bytes(two_parts, of_two_parts):
    for threads in THREAD_COUNTS:
        result = map_sharpening.local_resolution(
            *two_parts, resolution=FINE, mask=False, threads=threads
        )
        assert result.map.values.tobytes() == of_two_parts.map.values.tobytes()


def test_progress_is_told_up_to_the_end(two_parts):
    told: list[tuple[str, float]] = []
    map_sharpening.local_resolution(
        *two_parts, mask=False, step=40.0, progress=lambda *step: told.append(step)
    )
    assert told[0] == ("transforms", 0.0)
    assert told[-1] == ("local resolution", 1.0)


@pytest.mark.parametrize("name", ["progress", "new_array"])
def test_an_error_of_a_callers_function_is_not_one_of_a_parameter(two_parts, name):
    def fail(*given):
        raise ValueError("the caller's own")

    with pytest.raises(ValueError, match=r"^the caller's own$"):
        map_sharpening.local_resolution(
            *two_parts, resolution=FINE, mask=False, step=40.0, **{name: fail}
        )


def test_an_array_of_another_kind_is_refused(two_parts):
    def new_array(shape, dtype):
        return np.empty(shape, np.float64)

    message = r"new_array returned a writable array of float64, shape .*; expected a writable"
    with pytest.raises(TypeError, match=message):
        map_sharpening.local_resolution(
            *two_parts, resolution=FINE, mask=False, step=40.0, new_array=new_array
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("resolution", -1.0),
        ("resolution", float("nan")),
        ("threshold", 0.0),
        ("threshold", 1.0),
        ("window", 0.0),
        ("step", -2.0),
        ("threads", -1),
    ],
)
def test_values_out_of_range_are_named(two_parts, name, value):
    with pytest.raises(ParameterError, match=f"^{name} is {value}; expected"):
        map_sharpening.local_resolution(*two_parts, mask=False, **{name: value})


def test_a_window_larger_than_the_box_is_refused(two_parts):
    with pytest.raises(ParameterError, match=r"half map 1: window is 70 Å, 69 grid points across"):
        map_sharpening.local_resolution(*two_parts, resolution=FINE, mask=False, window=70.0)


def test_a_window_too_small_to_tell_anything_is_refused(two_parts):
    with pytest.raises(ParameterError, match="window is 6 Å, too small"):
        map_sharpening.local_resolution(*two_parts, resolution=FINE, mask=False, window=6.0)


def test_a_resolution_beyond_the_grid_is_refused(two_parts):
    with pytest.raises(ParameterError, match="finer than the Nyquist limit"):
        map_sharpening.local_resolution(*two_parts, resolution=1.5, mask=False)


def test_the_same_map_twice_is_refused(two_parts):
    with pytest.raises(MapValueError, match="hold the same values"):
        map_sharpening.local_resolution(two_parts[0], two_parts[0], resolution=FINE)


def test_nan_is_refused(two_parts):
    values = two_parts[1].values.copy()
    values[3, 4, 5] = np.nan
    with pytest.raises(
        MapValueError, match=r"half map 2 has NaN or infinity at 1 of .*first at x 5, y 4, z 3"
    ):
        map_sharpening.local_resolution(
            two_parts[0], two_parts[1].with_values(values), resolution=FINE
        )


def test_maps_of_unequal_grids_are_refused(two_parts, ball):
    with pytest.raises(GridMismatchError, match="all maps must share one grid"):
        map_sharpening.local_resolution(two_parts[0], ball[0][0], resolution=4.0)


def test_an_empty_mask_is_refused(two_parts):
    faint = two_parts[0].with_values(np.full(SHAPE, 0.2, np.float32))
    with pytest.raises(MapValueError, match="nothing is inside"):
        map_sharpening.local_resolution(*two_parts, resolution=FINE, mask=faint)


def test_half_maps_that_agree_nowhere_are_refused():
    noise = halves_of(np.zeros((40, 40, 40), np.float32), UnitCell(80.0, 80.0, 80.0), 1.0, 4)
    with pytest.raises(MapValueError, match=r"agree to .* only; .*; check that they are halves"):
        map_sharpening.local_resolution(*noise, mask=False)
