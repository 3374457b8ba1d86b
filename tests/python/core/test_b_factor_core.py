"""Amplitude functions, scans, and the deterministic case worked out with another program."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from b_factor_maps import reference
from random_maps import THREAD_COUNTS, TRICLINIC, on_grid, quadratic_form, random_map, s_vectors

from map_sharpening import _core

TENSOR = (91.0, 110.0, 78.0, 9.0, -14.0, 6.0)
NO_TENSOR = (0.0,) * 6
RESOLUTION = 3.2
D_MIN = 0.833 * RESOLUTION


def taken_off(tensor, s):
    """Return what removing the anisotropy of a tensor multiplies amplitudes by."""
    b_iso = sum(tensor[:3]) / 3
    return np.exp((quadratic_form(tensor, s) - b_iso * np.sum(s**2, axis=-1)) / 4)


def directions_at(length, n=20):
    v = np.random.default_rng(1).normal(size=(n, 3))
    return length * v / np.linalg.norm(v, axis=-1, keepdims=True)


def to_d_cut(s, trial):
    """Return the documented factor at s."""
    t, t_cut, d = s**2 / 4, 1 / (4 * trial.d_cut**2), 1 / s
    w = 1 / (1 + np.exp(np.clip(trial.k_sharpen * (trial.d_cut - d), -20, 20)))
    if trial.b_blur_hires is None:
        return np.exp(t * w * trial.b_sharpen)
    return np.exp(t * trial.b_sharpen - np.maximum(0, t - t_cut) * trial.b_blur_hires * (1 - w))


def radial(factors, s):
    return np.array([factors.at((0.0, float(x), 0.0)) for x in s])


TRIALS = [
    _core.BFactorTrial(b_sharpen=b, d_cut=d_cut, b_blur_hires=blur, k_sharpen=k)
    for b in (-150.0, 0.0, 90.0, 600.0)
    for d_cut in (2.2, 4.1, 9.0)
    for blur in (None, 0.0, 200.0, 500.0)
    for k in (10.0, 3.0)
    if not (blur is None and b < 0)
]


def test_a_table_to_d_cut_is_the_function_to_a_ten_thousandth():
    s = np.linspace(0.01, 0.5, 1777)
    for trial in TRIALS:
        factors = _core.b_iso_to_d_cut_factors(trial, 2.0)
        np.testing.assert_allclose(radial(factors, s), to_d_cut(s, trial), rtol=1e-4)


@pytest.mark.parametrize("b", [(1.0, 2.5, -1.5), (-2.0, 3.0, 0.0), (4.0, 8.0, 5.0)])
def test_a_resolution_dependent_table_is_the_function_to_a_ten_thousandth(b):
    s = np.linspace(0.005, 0.45, 1777)
    t = s**2 / 4
    t_2 = 1 / (4 * 3.0**2)
    t_3 = t_2 / 0.833**2
    ln_factor = np.interp(t, [0, t_2 / 2, t_2], [0, b[0], b[1]])
    ln_factor += np.where(t > t_2, b[2] * (t - t_2) / (t_3 - t_2), 0)
    factors = _core.resolution_dependent_factors(b, 3.0, 1 / 0.45)
    np.testing.assert_allclose(radial(factors, s), np.exp(ln_factor), rtol=1.5e-4)


def test_b_iso_factors_are_one_exponential():
    factors = _core.b_iso_factors(-130.0)
    s = np.linspace(0, 0.6, 50)
    np.testing.assert_allclose(radial(factors, s), np.exp(-130 * s**2 / 4), rtol=1e-12)


def test_the_factor_has_no_step_at_d_cut():
    factors = _core.b_iso_to_d_cut_factors(_core.BFactorTrial(b_sharpen=0.0, d_cut=3.0), 2.0)
    near = radial(factors, [1 / 3.0 - 1e-5, 1 / 3.0 + 1e-5])
    np.testing.assert_allclose(near, 1, atol=1e-3)


def test_data_coarser_than_d_cut_are_only_sharpened():
    trial = _core.BFactorTrial(b_sharpen=80.0, d_cut=3.0, b_blur_hires=500.0)
    s = np.linspace(0, 1 / 3.0, 40)
    factors = _core.b_iso_to_d_cut_factors(trial, 2.0)
    np.testing.assert_allclose(radial(factors, s), np.exp(20 * s**2), rtol=1e-6)


@pytest.mark.parametrize(
    "trial",
    [
        _core.BFactorTrial(b_sharpen=-70.0, d_cut=3.0, b_blur_hires=None),
        _core.BFactorTrial(b_sharpen=-70.0, d_cut=3.0, k_sharpen=0.0),
        _core.BFactorTrial(b_sharpen=-70.0),
    ],
    ids=["blur without b_blur_hires", "no k_sharpen", "no d_cut"],
)
def test_all_data_are_treated_alike(trial):
    s = np.linspace(0, 0.5, 40)
    factors = _core.b_iso_to_d_cut_factors(trial, 2.0)
    np.testing.assert_allclose(radial(factors, s), np.exp(-17.5 * s**2), rtol=1e-6)


def test_without_b_blur_hires_data_far_beyond_d_cut_stay_as_they_are():
    trial = _core.BFactorTrial(b_sharpen=120.0, d_cut=6.0, b_blur_hires=None)
    factors = _core.b_iso_to_d_cut_factors(trial, 3.0)
    np.testing.assert_allclose(radial(factors, np.linspace(0.2, 0.33, 9)), 1, atol=1e-3)


@pytest.mark.parametrize(
    "make",
    [
        lambda tensor: _core.b_iso_factors(60.0, tensor),
        lambda tensor: _core.b_iso_to_d_cut_factors(
            _core.BFactorTrial(b_sharpen=60.0, d_cut=3.0), 2.0, tensor
        ),
        lambda tensor: _core.resolution_dependent_factors((1.0, 2.0, 1.0), 3.0, 2.0, 0.9, tensor),
    ],
    ids=["b_iso", "b_iso_to_d_cut", "resolution_dependent"],
)
def test_anisotropy_is_taken_off_by_its_exponential(make):
    with_tensor, without = make(TENSOR), make(NO_TENSOR)
    for s in directions_at(0.37):
        expected = without.at(tuple(s)) * taken_off(TENSOR, s)
        assert with_tensor.at(tuple(s)) == pytest.approx(expected, rel=1e-9)


def test_taking_off_the_fitted_anisotropy_leaves_none_and_the_same_b():
    shape, cell = TRICLINIC
    s = s_vectors(shape, cell)
    s_squared = np.sum(s**2, axis=-1)
    expected = np.vectorize(_core.wilson_expected_intensity)(s_squared)
    power = np.nan_to_num(expected) * np.exp(-quadratic_form(TENSOR, s) / 2)
    f = _core.forward_transform(random_map(1e6 * power, shape, 5))
    parameters = cell.parameters()
    before = _core.fit_wilson_b(f, shape, parameters, 2.9)
    factors = _core.b_iso_factors(0.0, before.b)
    f_even, _ = _core.apply_scale_factors(f, shape, parameters, 0.4, factors)
    after = _core.fit_wilson_b(f_even, shape, parameters, 2.9)
    b_iso = sum(before.b[:3]) / 3
    np.testing.assert_allclose(after.b, [b_iso] * 3 + [0] * 3, atol=0.1)


# A scan against its steps one by one.


@cache
def sample():
    shape, cell = TRICLINIC
    s = np.linalg.norm(s_vectors(shape, cell), axis=-1)
    values = random_map(1e4 * np.exp(-100 * s**2 / 2), shape, 2)
    return on_grid(values, cell, "sample"), _core.forward_transform(values)


SCANNED = [_core.BFactorTrial(b_sharpen=b, d_cut=3.5) for b in (-80.0, 0.0, 70.0, 160.0)]
OPTIONS = _core.ScoreOptions(solvent_fraction=0.6)


FACTORS = [_core.b_iso_to_d_cut_factors(trial, 3.0, TENSOR) for trial in SCANNED]


def scan(options=OPTIONS, **named):
    shape, cell = TRICLINIC
    return _core.scan_scale_factors(
        sample()[1], shape, cell.parameters(), 3.0, FACTORS, options, **named
    )


def columns(scores):
    return np.array(
        [
            [
                score.adjusted_surface_area,
                score.kurtosis,
                score.surface_ratio,
                score.n_regions,
                score.level,
            ]
            for score in scores
        ]
    )


def maps_one_by_one():
    shape, cell = TRICLINIC
    return [
        _core.make_sharpened_map(sample()[1], shape, cell.parameters(), 3.0, factors)
        for factors in FACTORS
    ]


def test_a_sharpened_map_has_mean_zero_and_standard_deviation_one():
    for values in maps_one_by_one():
        assert values.mean(dtype=float) == pytest.approx(0, abs=1e-6)
        assert values.std(dtype=float) == pytest.approx(1, abs=1e-5)


def test_a_scan_scores_the_sharpened_maps():
    expected = [_core.score_map(values, OPTIONS) for values in maps_one_by_one()]
    assert columns(scan()).tobytes() == columns(expected).tobytes()


def test_a_scan_scores_a_box_cut_out_of_the_sharpened_whole_map():
    options = _core.ScoreOptions(solvent_fraction=0.6, box=((3, 5, 7), (30, 44, 40)))
    cut = [np.ascontiguousarray(v[3:31, 5:45, 7:41]) for v in maps_one_by_one()]
    expected = [_core.score_map(values, OPTIONS) for values in cut]
    np.testing.assert_allclose(columns(scan(options)), columns(expected), rtol=1e-12)


def test_a_scan_scores_what_a_mask_leaves():
    mask = np.zeros(TRICLINIC[0], np.float32)
    mask[3:31, 5:45, 7:41] = 1
    options = _core.ScoreOptions(solvent_fraction=0.6, box=((3, 5, 7), (30, 44, 40)))
    found = columns(scan(mask=mask))
    np.testing.assert_allclose(found, columns(scan(options)), rtol=1e-12)


def test_a_scan_takes_the_skewness_in_the_molecule():
    molecule = np.zeros(TRICLINIC[0], np.float32)
    molecule[3:31, 5:45, 7:41] = 1
    expected = [_core.score_map(v, OPTIONS, molecule=molecule) for v in maps_one_by_one()]
    found = scan(molecule=molecule)
    assert [score.skewness for score in found] == [score.skewness for score in expected]


def test_any_number_of_threads_gives_the_same_scores():
    expected = columns(scan(threads=1)).tobytes()
    for threads in THREAD_COUNTS:
        assert columns(scan(threads=threads)).tobytes() == expected


def test_a_scan_leaves_the_coefficients_alone():
    before = sample()[1].copy()
    scan()
    np.testing.assert_array_equal(sample()[1], before)


def test_a_scan_reports_each_trial():
    seen = []
    scan(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_an_error_of_the_progress_callback_ends_the_scan():
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(progress=stop)


def test_a_scale_of_the_factors_changes_no_score():
    shape, cell = TRICLINIC
    trials = [_core.ScaleFactors(0.01, [g] * 40) for g in (1.0, 4.0)]
    one, other = _core.scan_scale_factors(
        sample()[1], shape, cell.parameters(), 3.0, trials, OPTIONS
    )
    np.testing.assert_allclose(columns([one]), columns([other]), rtol=1e-6)


def test_terms_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"coefficients has shape \(4, 4, 3\)"):
        _core.scan_scale_factors(
            np.zeros((4, 4, 3), np.complex64), (5, 4, 4), (9, 9, 9, 90, 90, 90), 3.0,
            FACTORS, OPTIONS,
        )  # fmt: skip


def test_a_map_without_density_is_refused():
    with pytest.raises(ValueError, match=r"map has a variance of 0 from terms to 3 Å"):
        _core.scan_scale_factors(
            np.zeros((4, 4, 3), np.complex64), (4, 4, 4), (9, 9, 9, 90, 90, 90), 3.0,
            FACTORS, OPTIONS,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("trial", "d_min", "message"),
    [
        (_core.BFactorTrial(b_sharpen=1.0, d_cut=-2.0), 3.0, "d_cut is -2"),
        (_core.BFactorTrial(b_sharpen=1.0, d_cut=2.0, k_sharpen=-1.0), 3.0, "k_sharpen is -1"),
        (_core.BFactorTrial(b_sharpen=float("nan")), 3.0, "b_sharpen is nan"),
        (_core.BFactorTrial(b_sharpen=1.0, b_blur_hires=float("inf")), 3.0, "b_blur_hires is inf"),
        (_core.BFactorTrial(b_sharpen=1.0), 0.0, "d_min is 0"),
    ],
)
def test_a_trial_out_of_range_is_named(trial, d_min, message):
    with pytest.raises(ValueError, match=message):
        _core.b_iso_to_d_cut_factors(trial, d_min)


# The deterministic case: numbers of another program, found with a table for the protein curve
# that differs a little and with ten halvings for the contour level.


def peer_factors(b_sharpen, b, s_max):
    """Return exp(t [w b_sharpen + (1 - w) (b_sharpen - 200)]) after taking off anisotropy."""
    step = s_max / 20000
    s = np.maximum(1e-9, step * np.arange(20002))
    w = 1 / (1 + np.exp(np.clip(10 * (RESOLUTION - 1 / s), -20, 20)))
    exponent = s**2 / 4 * (w * b_sharpen + (1 - w) * (b_sharpen - 200))
    b_iso = sum(b[:3]) / 3
    removed = [-(x - b_iso if i < 3 else x) for i, x in enumerate(b)]
    return _core.ScaleFactors(step, np.exp(exponent).tolist(), gain_b=removed)


@cache
def reference_scan(case):
    """Return the fit, and functions from b_iso to the score and the map of its trial."""
    values = reference().values
    solvent_fraction = 0.85
    if case == "A":
        values = np.ascontiguousarray(values[17:41, 10:35, 16:37])
        solvent_fraction = 0.845635
    shape = values.shape
    cell = (1.2 * shape[2], 1.2 * shape[1], 1.2 * shape[0], 90.0, 90.0, 90.0)
    f = _core.forward_transform(values)
    # Many terms lie exactly at 3.2 Å; the other program's rounding left them out.
    fit = _core.fit_wilson_b(f, shape, cell, 1.00001 * RESOLUTION)
    b_0 = sum(fit.b[:3]) / 3

    def score(b_iso, weight=40.0):
        options = _core.ScoreOptions(
            solvent_fraction=solvent_fraction,
            region_weight=weight,
            level_rule=_core.LevelRule.bisection,
        )
        factors = peer_factors(b_0 - b_iso, fit.b, 1 / D_MIN)
        return _core.scan_scale_factors(f, shape, cell, D_MIN, [factors], options)[0]

    def sharpened(b_iso):
        factors = peer_factors(b_0 - b_iso, fit.b, 1 / D_MIN)
        return _core.make_sharpened_map(f, shape, cell, D_MIN, factors)

    return fit, score, sharpened


def test_the_reference_map_is_that_of_the_description():
    values = reference().values
    assert values.mean(dtype=float) == pytest.approx(0.037116, abs=1e-6)
    assert values.std(dtype=float) == pytest.approx(0.464047, abs=1e-6)
    assert values.max() == pytest.approx(21.465174, abs=1e-5)
    assert values[24, 24, 24] == pytest.approx(6.080401, abs=1e-5)
    assert values[0, 0, 0] == pytest.approx(0.005878, abs=1e-6)


@pytest.mark.parametrize(
    ("case", "diagonal"), [("A", (179.00, 164.76, 172.81)), ("B", None)], ids=["box", "whole map"]
)
def test_the_wilson_b_of_the_reference_case(case, diagonal):
    fit = reference_scan(case)[0]
    b_iso = sum(fit.b[:3]) / 3
    assert b_iso == pytest.approx({"A": 172.19, "B": 134.17}[case], abs=0.1)
    if diagonal is not None:
        assert fit.b[:3] == pytest.approx(diagonal, abs=0.2)


def weight_of(case):
    score = reference_scan(case)[1]
    return _core.fit_region_weight(score(-100), score(50), score(300))


def test_the_region_weight_of_the_boxed_reference_case():
    found = weight_of("A")
    assert found.weight == pytest.approx(119.751, rel=0.01)
    assert found.is_bounded
    assert found.lower_bound == pytest.approx(119.8, rel=0.01)
    assert found.upper_bound == pytest.approx(958.2, rel=0.02)
    assert found.by_ratio == pytest.approx(35.3, rel=0.01)
    assert found.by_difference == pytest.approx(23.5, rel=0.01)


def test_the_region_weight_of_the_whole_reference_map():
    found = weight_of("B")
    assert found.weight == pytest.approx(8.396, rel=0.01)
    assert not found.is_bounded
    assert found.lower_bound == pytest.approx(52.6, rel=0.01)
    assert found.upper_bound == pytest.approx(2.2, rel=0.03)
    assert found.by_ratio == pytest.approx(9.6, rel=0.01)


REFERENCE_SCORES = {
    -100: (-11.294, 46.100),
    -60: (-10.219, 66.079),
    -20: (-2.485, 92.895),
    0: (-0.319, 105.336),
    20: (1.971, 113.622),
    40: (2.195, 115.714),
    60: (2.423, 111.496),
    80: (2.338, 102.701),
    100: (1.944, 91.744),
    140: (1.651, 70.460),
    200: (1.713, 48.427),
    300: (1.077, 30.795),
}


@pytest.mark.parametrize("b_iso", REFERENCE_SCORES)
def test_scores_of_the_boxed_reference_case(b_iso):
    score = reference_scan("A")[1]
    found = score(b_iso, weight=119.751)
    adjusted, kurtosis = REFERENCE_SCORES[b_iso]
    assert found.kurtosis == pytest.approx(kurtosis, rel=0.01)
    assert found.adjusted_surface_area == pytest.approx(adjusted, rel=0.01, abs=0.005)


def test_the_best_b_iso_of_the_boxed_reference_case():
    score = reference_scan("A")[1]
    found = {b: score(b, weight=119.751).adjusted_surface_area for b in range(-100, 301, 20)}
    assert max(found, key=lambda b_iso: found[b_iso]) == 60


def with_surfaces_across_the_faces(b_iso, weight):
    """Return the score as of another program, whose regions end at the faces of the map."""
    _, score, sharpened = reference_scan("B")
    found, values = score(b_iso), sharpened(b_iso)
    volumes, voxels = _core.connected_regions(values, found.level, n_listed=31)
    n = found.n_regions_tested
    surface = sum(_core.surface_area(v, values.shape, periodic=True) for v in voxels[:n])
    return surface / volumes[:n].sum() - weight * found.normalized_regions


def test_the_best_score_of_the_whole_reference_map():
    found = {b: with_surfaces_across_the_faces(b, 8.396) for b in range(-100, 301, 20)}
    best = max(found, key=lambda b_iso: found[b_iso])
    assert best == -60
    assert found[best] == pytest.approx(0.674, rel=0.01)
