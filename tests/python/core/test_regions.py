"""Levels, regions, surfaces and moments agree with numpy and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy  # which loads its stats, slowly, where they are used
import scipy.ndimage
from examples import examples
from hypothesis import assume, given
from hypothesis import strategies as st
from random_maps import THREAD_COUNTS

from map_sharpening import _core

shapes = st.tuples(*[st.integers(1, 9)] * 3)
seeds = st.integers(0, 2**32 - 1)


def random_values(shape, seed):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def zeros_with(shape, *places):
    values = np.zeros(shape, np.float32)
    for place in places:
        values[place] = 1
    return values


def surface_by_dilation(region, periodic):
    mode = "wrap" if periodic else "constant"
    grown = scipy.ndimage.maximum_filter(region.astype(np.uint8), size=3, mode=mode)
    return int(grown.sum() - region.sum())


def labels_of(above, periodic):
    """Return scipy's labels; across the faces, those of neighbouring copies are joined."""
    structure = scipy.ndimage.generate_binary_structure(3, 1)
    if not periodic:
        return scipy.ndimage.label(above, structure)[0]
    labels = scipy.ndimage.label(above, structure)[0]
    # Grow each region across the faces until nothing changes.
    while True:
        highest = labels
        for step in np.argwhere(structure) - 1:
            highest = np.maximum(highest, np.roll(labels, step, axis=(0, 1, 2)) * above)
        if (highest == labels).all():
            return labels
        labels = highest


# Levels


@examples(40)
@given(shape=shapes, seed=seeds, data=st.data())
def test_the_level_is_that_of_a_partition(shape, seed, data):
    values = random_values(shape, seed)
    n = data.draw(st.integers(0, values.size - 1))
    expected = np.partition(values.ravel(), values.size - 1 - n)[values.size - 1 - n]
    level = _core.contour_level(values, n)
    assert level == expected
    assert np.count_nonzero(values > np.float32(level)) == n


@pytest.mark.parametrize("n", [0, 1, 100, 3000, 20000, 79999])
@pytest.mark.parametrize("offset", [0.0, 1000.0, -1000.0])
def test_the_level_of_a_larger_map_is_that_of_a_partition(n, offset):
    values = random_values((40, 40, 50), 3) + np.float32(offset)
    expected = np.partition(values.ravel(), values.size - 1 - n)[values.size - 1 - n]
    assert _core.contour_level(values, n) == expected


def test_a_level_that_few_rows_foretell_badly_is_exact():
    values = random_values((64, 64, 64), 4)
    values[20:24] += 30  # all high voxels in a few planes
    values[:, 5:7] -= 50
    expected = np.partition(values.ravel(), -20001)[-20001]
    assert _core.contour_level(values, 20000) == expected


def test_where_values_tie_fewer_voxels_are_above():
    values = np.array([[[5, 4, 4, 4, 1]]], np.float32)
    assert [_core.contour_level(values, n) for n in range(5)] == [5, 4, 4, 4, 1]


def test_a_level_in_a_mask_and_a_box_is_that_of_their_voxels():
    values = random_values((9, 10, 11), 5)
    mask = (random_values(values.shape, 6) > 0).astype(np.float32)
    options = _core.ScoreOptions(solvent_fraction=0.5, box=((1, 2, 3), (7, 9, 8)))
    chosen = values[1:8, 2:10, 3:9][mask[1:8, 2:10, 3:9] > 0.5]
    expected = np.sort(chosen)[-1 - int(chosen.size * 0.2 * 0.5)]
    assert _core.score_map(values, options, mask).level == expected


def test_a_level_above_all_voxels_is_refused():
    with pytest.raises(ValueError, match="n_above is 8; expected fewer than the 8 voxels"):
        _core.contour_level(np.zeros((2, 2, 2), np.float32), 8)


# Regions


@examples(60)
@given(
    shape=shapes, seed=seeds, periodic=st.booleans(), level=st.floats(-1, 1.5, width=32)
)  # fmt: skip
def test_regions_are_those_of_scipy(shape, seed, periodic, level):
    values = random_values(shape, seed)
    labels = labels_of(values > np.float32(level), periodic)
    places = [np.flatnonzero(labels == i) for i in np.unique(labels[labels > 0])]
    places.sort(key=lambda p: (-len(p), p[0]))
    volumes, voxels = _core.connected_regions(values, level, periodic, n_listed=len(places))
    assert volumes.tolist() == [len(p) for p in places]
    assert [v.tolist() for v in voxels] == [p.tolist() for p in places]


@examples(20)
@given(shift=st.tuples(*[st.integers(-9, 9)] * 3))
def test_a_shift_of_a_periodic_map_changes_no_volume(shift):
    values = random_values((9, 7, 8), 1)
    before = _core.connected_regions(values, 0.9, True)[0]
    shifted = np.ascontiguousarray(np.roll(values, shift, axis=(0, 1, 2)))
    assert _core.connected_regions(shifted, 0.9, True)[0].tolist() == before.tolist()


@pytest.mark.parametrize("other", [(1, 2, 2), (2, 2, 2)])
def test_voxels_that_touch_at_an_edge_or_a_corner_are_two_regions(other):
    assert len(_core.connected_regions(zeros_with((4, 4, 4), (1, 1, 1), other), 0.5)[0]) == 2


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_voxels_at_opposite_faces_are_one_region_only_if_periodic(axis):
    ends = [tuple(end if i == axis else 2 for i in range(3)) for end in (0, 4)]
    values = zeros_with((5, 5, 5), *ends)
    counts = [len(_core.connected_regions(values, 0.5, periodic=p)[0]) for p in (False, True)]
    assert counts == [2, 1]


def test_a_voxel_at_the_level_is_not_above_it():
    values = zeros_with((3, 3, 3), (1, 1, 1))
    assert len(_core.connected_regions(values, 1.0)[0]) == 0


def test_regions_end_at_the_edge_of_a_mask():
    values = zeros_with((1, 1, 7), (0, 0, slice(1, 6)))
    mask = np.ones_like(values)
    mask[0, 0, 3] = 0
    options = _core.ScoreOptions(solvent_fraction=0.001, fraction_occupied=0.7)
    score = _core.score_map(values + np.linspace(0, 0.1, 7, dtype=np.float32), options, mask)
    assert (score.n_regions, score.n_above) == (2, 4)


def test_any_number_of_threads_gives_the_same_regions():
    values = random_values((30, 20, 25), 2)
    found = [
        _core.connected_regions(values, 0.7, True, n_listed=40, threads=threads)
        for threads in THREAD_COUNTS
    ]
    for volumes, voxels in found:
        assert volumes.tobytes() == found[0][0].tobytes()
        assert all(a.tobytes() == b.tobytes() for a, b in zip(voxels, found[0][1], strict=True))


# Surfaces


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_surface_of_a_cube_is_the_next_larger_cube_less_it(n):
    region = zeros_with((9, 9, 9), (slice(1, 1 + n),) * 3)
    places = np.flatnonzero(region)
    assert _core.surface_area(places, region.shape) == (n + 2) ** 3 - n**3


@examples(60)
@given(
    shape=st.tuples(st.integers(1, 7), st.integers(1, 7), st.integers(1, 150)),
    seed=seeds, share=st.floats(0.005, 0.9), periodic=st.booleans(),
)  # fmt: skip
def test_the_surface_is_that_of_a_dilation(shape, seed, share, periodic):
    region = np.random.default_rng(seed).random(shape) < share
    found = _core.surface_area(np.flatnonzero(region), shape, periodic)
    assert found == surface_by_dilation(region, periodic)


def test_any_number_of_threads_gives_the_same_surface():
    region = np.random.default_rng(0).random((120, 90, 130)) < 0.05
    places = np.flatnonzero(region)
    found = {_core.surface_area(places, region.shape, True, t) for t in THREAD_COUNTS}
    assert found == {surface_by_dilation(region, True)}


@pytest.mark.parametrize(
    ("places", "message"),
    [([4, 4], "voxels have 4 at place 1"), ([8], r"a map of shape \(2, 2, 2\)"), ([-1], "voxels")],
)
def test_places_that_no_map_has_are_refused(places, message):
    with pytest.raises(ValueError, match=message):
        _core.surface_area(np.array(places, np.int64), (2, 2, 2))


# Moments


def moments_of(values, mask=None, threads=0):
    everywhere = np.ones(values.shape, np.float32)
    return _core.score_map(values, _core.ScoreOptions(), mask, threads, everywhere)


@examples(30)
@given(shape=shapes, seed=seeds, offset=st.sampled_from([0.0, 3.0, -200.0]))
def test_moments_are_those_of_scipy(shape, seed, offset):
    values = (random_values(shape, seed) ** 3 + np.float32(offset)).astype(np.float32)
    assume(values.size > 2)
    found = moments_of(values)
    flat = values.ravel().astype(np.float64)
    assert found.n_voxels == values.size
    assert found.mean == pytest.approx(flat.mean(), rel=1e-12, abs=1e-12)
    assert found.standard_deviation == pytest.approx(flat.std(), rel=1e-10, abs=1e-14)
    assert found.skewness == pytest.approx(scipy.stats.skew(flat), rel=1e-8, abs=1e-9)
    assert found.kurtosis == pytest.approx(scipy.stats.kurtosis(flat, fisher=False), rel=1e-8)


def test_moments_in_a_mask_are_those_of_its_voxels():
    values, mask = random_values((7, 8, 9), 1), random_values((7, 8, 9), 2)
    found = moments_of(values, mask)
    chosen = values[mask > 0.5].astype(np.float64)
    assert found.n_voxels == chosen.size
    assert found.kurtosis == pytest.approx(scipy.stats.kurtosis(chosen, fisher=False))


def test_any_number_of_threads_gives_the_same_moments():
    values = random_values((31, 20, 25), 2)
    found = [moments_of(values, threads=threads) for threads in THREAD_COUNTS]
    assert len({(m.mean, m.standard_deviation, m.skewness, m.kurtosis) for m in found}) == 1


def test_the_kurtosis_of_noise_is_near_three():
    assert moments_of(random_values((60, 60, 60), 1)).kurtosis == pytest.approx(3, abs=0.05)


# Skewness in the molecule


def test_the_skewness_of_a_score_is_that_in_the_molecule():
    values, molecule = random_values((7, 8, 37), 1) ** 3, random_values((7, 8, 37), 2)
    score = _core.score_map(values, _core.ScoreOptions(), molecule=molecule)
    chosen = values[molecule > 0.5].astype(np.float64)
    assert score.skewness == pytest.approx(scipy.stats.skew(chosen), rel=1e-6)


def test_the_other_scores_do_not_depend_on_the_molecule():
    values, molecule = random_values((12, 13, 14), 1), random_values((12, 13, 14), 2)
    options = _core.ScoreOptions(solvent_fraction=0.5)
    found = [_core.score_map(values, options, molecule=m) for m in (None, molecule)]
    assert found[0].adjusted_surface_area == found[1].adjusted_surface_area
    assert found[0].kurtosis == found[1].kurtosis


def test_there_is_no_skewness_without_a_molecule():
    assert np.isnan(_core.score_map(random_values((5, 5, 5), 1), _core.ScoreOptions()).skewness)


def test_the_skewness_in_a_box_is_that_of_the_molecule_in_it():
    values, molecule = random_values((9, 9, 9), 3), random_values((9, 9, 9), 4)
    options = _core.ScoreOptions(box=((1, 2, 3), (7, 8, 6)))
    inside = (slice(1, 8), slice(2, 9), slice(3, 7))
    chosen = values[inside][molecule[inside] > 0.5].astype(np.float64)
    found = _core.score_map(values, options, molecule=molecule).skewness
    assert found == pytest.approx(scipy.stats.skew(chosen), rel=1e-6)


def test_a_box_without_molecule_has_no_skewness():
    molecule = zeros_with((6, 6, 6), (0, 0, 0))
    options = _core.ScoreOptions(box=((3, 3, 3), (5, 5, 5)))
    values = random_values((6, 6, 6), 3)
    assert np.isnan(_core.score_map(values, options, molecule=molecule).skewness)


def test_noise_lowers_the_skewness_of_peaks():
    molecule = np.ones((40, 40, 40), np.float32)
    peaks = (random_values((40, 40, 40), 5) > 2).astype(np.float32)
    noisy = peaks + random_values((40, 40, 40), 6) * np.float32(0.1)
    clean, blurred_by_noise = (
        _core.score_map(values, _core.ScoreOptions(), molecule=molecule).skewness
        for values in (peaks, noisy)
    )
    assert 0 < blurred_by_noise < clean


def test_any_number_of_threads_gives_the_same_skewness():
    values, molecule = random_values((31, 20, 25), 2), random_values((31, 20, 25), 3)
    found = {
        _core.score_map(values, _core.ScoreOptions(), None, threads, molecule).skewness
        for threads in THREAD_COUNTS
    }
    assert len(found) == 1


def test_a_molecule_of_another_shape_is_refused():
    molecule = np.ones((5, 5, 6), np.float32)
    with pytest.raises(ValueError, match="shape"):
        _core.score_map(random_values((5, 5, 5), 1), _core.ScoreOptions(), molecule=molecule)


# Scores


def score_by_definition(values, solvent_fraction, weight, *, sa_percent=30.0, max_regions=30):
    wanted = values.size * 0.2 * (1 - solvent_fraction)
    level = np.sort(values.ravel())[-1 - int(wanted)]
    labels, n_regions = scipy.ndimage.label(values > level)
    volumes = np.bincount(labels.ravel())[1:]
    surface = volume = 0
    for i in np.argsort(-volumes, kind="stable")[: max_regions + 1]:
        if volume >= sa_percent / 100 * wanted:
            break
        surface += surface_by_dilation(labels == i + 1, periodic=False)
        volume += int(volumes[i])
    return surface / volume - weight * n_regions / wanted


@examples(20)
@given(
    seed=seeds, solvent_fraction=st.floats(0.1, 0.9), sa_percent=st.floats(1, 100),
    max_regions=st.integers(0, 60),
)  # fmt: skip
def test_the_score_is_that_of_its_definition(seed, solvent_fraction, sa_percent, max_regions):
    noise = random_values((19, 21, 23), seed)
    values = scipy.ndimage.gaussian_filter(noise, 0.7)
    options = _core.ScoreOptions(
        solvent_fraction=solvent_fraction, region_weight=7.0, sa_percent=sa_percent,
        max_regions_to_test=max_regions,
    )  # fmt: skip
    expected = score_by_definition(
        values, solvent_fraction, 7.0, sa_percent=sa_percent, max_regions=max_regions
    )
    assert _core.score_map(values, options).adjusted_surface_area == pytest.approx(expected)


def test_the_parts_of_a_score_are_those_of_its_definition():
    values = scipy.ndimage.gaussian_filter(random_values((24, 24, 24), 8), 0.8) * 5 + 2
    score = _core.score_map(values, _core.ScoreOptions(solvent_fraction=0.5, region_weight=12.0))
    wanted = 24**3 * 0.2 * 0.5
    assert score.n_voxels == 24**3
    assert score.n_above == int(wanted)
    assert score.normalized_regions == pytest.approx(score.n_regions / wanted)
    assert score.level_in_sd == pytest.approx(
        (score.level - values.mean()) / values.std(), rel=1e-4
    )
    assert score.adjusted_surface_area == pytest.approx(
        score.surface_ratio - 12 * score.normalized_regions
    )


def test_without_a_solvent_fraction_only_moments_are_measured():
    score = _core.score_map(random_values((5, 5, 5), 1), _core.ScoreOptions())
    assert np.isnan(score.adjusted_surface_area)
    assert score.kurtosis > 1


def test_a_map_of_less_than_one_voxel_above_its_level_scores_below_any_other():
    values = random_values((2, 2, 2), 1)
    score = _core.score_map(values, _core.ScoreOptions(solvent_fraction=0.99))
    assert score.n_regions == 0
    assert score.adjusted_surface_area == -np.inf


def test_a_mask_that_is_a_box_gives_the_score_of_the_box():
    values = scipy.ndimage.gaussian_filter(random_values((30, 31, 80), 9), 0.8)
    mask = np.zeros_like(values)
    mask[4:20, 3:25, 5:75] = 0.8
    box = ((4, 3, 5), (19, 24, 74))
    by_mask = _core.score_map(values, _core.ScoreOptions(solvent_fraction=0.3), mask)
    by_box = _core.score_map(values, _core.ScoreOptions(solvent_fraction=0.3, box=box))
    cut = np.ascontiguousarray(values[4:20, 3:25, 5:75])
    of_cut = _core.score_map(cut, _core.ScoreOptions(solvent_fraction=0.3))
    assert by_mask.adjusted_surface_area == by_box.adjusted_surface_area
    assert of_cut.adjusted_surface_area == by_box.adjusted_surface_area
    assert of_cut.kurtosis == pytest.approx(by_mask.kurtosis)


def test_a_shift_of_a_periodic_map_changes_no_score():
    values = scipy.ndimage.gaussian_filter(random_values((20, 21, 22), 3), 0.8, mode="wrap")
    options = _core.ScoreOptions(solvent_fraction=0.4, periodic=True, sa_percent=100)
    before = _core.score_map(values, options)
    shifted = np.ascontiguousarray(np.roll(values, (7, 8, 9), axis=(0, 1, 2)))
    after = _core.score_map(shifted, options)
    assert after.n_regions == before.n_regions
    assert after.level == before.level


def test_halving_finds_a_level_near_the_exact_one():
    values = random_values((40, 40, 40), 5)
    exact, halved = (
        _core.score_map(values, _core.ScoreOptions(solvent_fraction=0.5, level_rule=rule))
        for rule in (_core.LevelRule.exact, _core.LevelRule.bisection)
    )
    assert halved.level != exact.level
    assert halved.level == pytest.approx(exact.level, abs=0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"solvent_fraction": 1.5}, r"solvent_fraction is 1.5; expected a value from 0 to 1"),
        ({"fraction_occupied": 0.0}, "fraction_occupied is 0"),
        ({"sa_percent": 120.0}, "sa_percent is 120"),
        ({"region_weight": float("nan")}, "region_weight is nan"),
        ({"box": ((0, 0, 0), (4, 4, 4))}, r"box goes from \(0, 0, 0\) to \(4, 4, 4\)"),
        ({"box": ((0, 0, 0), (1, 1, 1)), "periodic": True}, "a box is given for periodic"),
    ],
)
def test_an_option_out_of_range_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        _core.score_map(random_values((4, 4, 4), 1), _core.ScoreOptions(**options))


def test_a_constant_map_is_refused():
    with pytest.raises(ValueError, match=r"map is constant \(7\)"):
        _core.score_map(np.full((3, 3, 3), 7, np.float32), _core.ScoreOptions())


def test_a_map_with_nan_is_refused():
    values = random_values((3, 3, 3), 1)
    values[1, 1, 1] = np.nan
    with pytest.raises(ValueError, match="map holds values that are not finite"):
        _core.score_map(values, _core.ScoreOptions())


def test_a_mask_of_another_shape_is_refused():
    mask = np.ones((3, 3, 4), np.float32)
    with pytest.raises(ValueError, match=r"mask has shape \(3, 3, 4\), expected \(3, 3, 3\)"):
        moments_of(random_values((3, 3, 3), 1), mask)


def test_a_mask_without_voxels_is_refused():
    values = random_values((3, 3, 3), 1)
    with pytest.raises(ValueError, match=r"mask has no value above 0.5"):
        moments_of(values, np.zeros_like(values))
