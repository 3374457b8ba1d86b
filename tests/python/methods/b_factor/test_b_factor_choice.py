"""How B-factor sharpening finds the solvent and chooses between methods."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import gemmi
import numpy as np
import pytest
from b_factor_maps import (
    RESOLUTION,
    blurred,
    default_run,
    filtered,
    made,
    reference,
    s_of,
    s_squared_of,
    scanned,
)
from real_data import DATA, needs_data

from map_sharpening import read_atoms
from map_sharpening.errors import MapValueError
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.b_factor.sharpen import sharpen_by_b_factor
from map_sharpening.methods.shared.solvent import (
    solvent_by_density_or_variation,
    solvent_fraction_from_map,
)
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import SimulatedHalfMaps, simulate_half_maps

# The solvent


def test_the_solvent_comes_from_the_map_by_default() -> None:
    expected = solvent_by_density_or_variation(reference(), RESOLUTION)
    result = made(solvent_content=None)
    assert expected.is_clear
    assert result.solvent_fraction == expected.fraction
    assert result.solvent_how == expected.how


def test_the_solvent_of_a_crystal_is_where_the_density_hardly_varies() -> None:
    expected = solvent_fraction_from_map(reference(), RESOLUTION)
    result = made(solvent_content=None, wrapping=True)
    assert result.solvent_fraction == expected.fraction
    assert "local SD" in result.solvent_how


@pytest.mark.slow
def test_wang_radius_is_that_of_the_estimate() -> None:
    expected = solvent_fraction_from_map(reference(), RESOLUTION, wang_radius=9.0)
    found = made(solvent_content=None, wang_radius=9.0).solvent_fraction
    assert found == expected.fraction
    assert found != made(solvent_content=None).solvent_fraction


def test_solvent_content_iterations_are_those_of_the_estimate() -> None:
    result = made(solvent_content=None, solvent_content_iterations=1, wang_radius=9.0)
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


@pytest.mark.slow
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
        "map_sharpening.methods.b_factor.volume.solvent_content.solvent_by_density_or_variation",
        not_found,
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


def without_a_wedge(source: MapData, degrees: float = 60.0) -> MapData:
    """Take away the terms that a tilt series about y doesn't reach."""
    x, y, z = s_of(source)
    is_seen = np.abs(z) <= np.tan(np.radians(degrees)) * np.abs(x) + 0.01 + 0 * y
    return filtered(source, is_seen.astype(np.float64))


def test_an_anisotropy_beyond_any_fall_off_is_left_in() -> None:
    source, named = without_a_wedge(reference()), {"b_sharpen": 40.0, "target": "kurtosis"}
    with_wedge = made(source, **named)
    tensor = np.array(with_wedge.b_cart)[[0, 3, 4, 3, 1, 5, 4, 5, 2]].reshape(3, 3)
    spread = np.ptp(np.linalg.eigvalsh(tensor))
    assert spread > 4.4 * with_wedge.resolution**2
    assert any(
        f"B differs by {spread:.0f} Å² between directions" in told and "wrapping=True" in told
        for told in with_wedge.warnings
    )
    assert not with_wedge.is_anisotropy_removed
    left_in = made(source, **named, remove_aniso=False)
    np.testing.assert_array_equal(with_wedge.sharpened.values, left_in.sharpened.values)


def test_a_crystal_may_be_as_anisotropic_as_it_likes() -> None:
    named: dict[str, Any] = {"b_sharpen": 40.0, "target": "kurtosis", "wrapping": True}
    result = made(without_a_wedge(reference()), **named)
    assert result.is_anisotropy_removed
    assert not any("between directions" in told for told in result.warnings)


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


# Maps that were filtered, masked or sharpened before


@cache
def best_of_all(b: float) -> BFactorResult:
    return made(blurred(reference(), b), target="skewness", require_improvement=False)


@cache
def careful(b: float) -> BFactorResult:
    return made(blurred(reference(), b), target="skewness")


@pytest.mark.slow
def test_of_trials_about_as_good_the_one_that_changes_a_treated_map_least_is_taken() -> None:
    best, result = best_of_all(100.0).chosen, careful(100.0)
    assert careful(100.0).was_treated
    assert 0 < result.chosen.b_sharpen < best.b_sharpen
    share = result.chosen.scores.skewness / best.scores.skewness
    assert share == pytest.approx(0.99, abs=0.003)
    assert "scores about as high as" in result.summary()
    assert "scores about as high as" not in best_of_all(100.0).summary()


def test_why_b_is_less_is_said_also_where_terms_beyond_d_cut_were_kept_in_the_end() -> None:
    result = careful(100.0)
    assert result.chosen.d_cut is not None
    highest = replace(result.chosen.scores, skewness=2 * result.unsharpened.skewness + 9)
    kept = replace(result.chosen, d_cut=None, b_blur_hires=None, scores=highest)
    with_all = replace(result, chosen=kept, trials=(*result.trials, kept))
    assert "scores about as high as" in with_all.summary()


@cache
def coarse_ring(resolution: float, voxel: float, b: float) -> tuple[SimulatedHalfMaps, MapData]:
    """Return a simulated ring of six chains, and its mean sharpened by b and filtered."""
    atoms = read_atoms(DATA / "models" / "8uv2.cif.gz")
    pair = simulate_half_maps(
        atoms, (60, 60, 60), voxel, resolution, b_core=200, b_rim=400, seed=1
    )
    s_squared = s_squared_of(pair.mean)
    factor = np.exp(b * s_squared / 4)
    factor /= 1 + np.exp((np.sqrt(s_squared) - 1 / resolution) / 0.005)
    return pair, filtered(pair.mean, factor)


def near_truth(found: MapData, pair: SimulatedHalfMaps) -> float:
    return correlations(found, pair.truth, pair.near_atoms, pair.resolution).near_atoms


def domain(b: float, *, is_masked: bool) -> tuple[SimulatedHalfMaps, MapData]:
    """Simulate half maps of a small domain at 5 Å, and sharpen their mean without a filter."""
    atoms = read_atoms(DATA / "em" / "6vyb_Ndom.pdb")
    pair = simulate_half_maps(
        atoms, (72, 72, 72), 1.6, 5.0, b_core=80, b_rim=200, seed=1, threads=1
    )
    given = filtered(pair.mean, np.exp(b * s_squared_of(pair.mean) / 4))
    if not is_masked:
        return pair, given
    near = given.with_values(pair.near_atoms.astype(np.float32))
    mask = np.clip(3 * filtered(near, np.exp(-150 * s_squared_of(near))).values, 0, 1)
    return pair, given.with_values(given.values * mask)


@needs_data
@pytest.mark.parametrize("is_masked", [False, True])
@pytest.mark.parametrize("b", [90, 130])
def test_a_map_that_was_sharpened_without_a_filter_isnt_left_with_its_noise(
    b: float, is_masked: bool
) -> None:
    # Cut at d_min it scores as high as the best trial. Most noise is in the grid's corners.
    pair, given = domain(b, is_masked=is_masked)
    result = sharpen_by_b_factor(given, resolution=5.0, threads=1)
    assert result.was_treated == is_masked
    truth = pair.truth.values[pair.near_atoms]
    before, after = (
        np.corrcoef(found.values[pair.near_atoms], truth)[0, 1]
        for found in (given, result.sharpened)
    )
    assert before < 0.25
    assert after > 0.9


@needs_data
def test_a_masked_map_is_left_if_its_terms_beyond_a_coarse_resolution_are_signal() -> None:
    _, given = domain(0, is_masked=True)
    result = sharpen_by_b_factor(given, resolution=7.5, threads=1)
    assert result.chosen.method == "no_sharpening"
    assert any("it is left unsharpened" in w for w in result.warnings)


@pytest.mark.slow
@needs_data
def test_a_coarse_map_that_was_treated_is_not_sharpened_to_its_best_score() -> None:
    pair, treated = coarse_ring(8.0, 3.4, 0.0)
    result = sharpen_by_b_factor(treated, resolution=8.0)
    best = sharpen_by_b_factor(treated, resolution=8.0, require_improvement=False)
    assert result.b_of_fall_off is not None
    assert best.b_of_fall_off is None  # it counts for nothing there
    product = best.chosen.b_sharpen * result.b_of_fall_off
    assert result.chosen.b_sharpen == pytest.approx(np.sqrt(product))
    assert "geometric mean of the best score's" in result.summary()
    reached = near_truth(result.sharpened, pair)
    assert reached > near_truth(best.sharpened, pair) + 0.02
    assert reached > near_truth(treated, pair) + 0.02


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("b", [300.0, 450.0])
def test_a_coarse_map_whose_score_and_fall_off_disagree_is_left_as_it_is(b: float) -> None:
    _, treated = coarse_ring(8.0, 3.4, b)
    result = sharpen_by_b_factor(treated, resolution=8.0)
    best = sharpen_by_b_factor(treated, resolution=8.0, require_improvement=False).chosen
    assert result.b_of_fall_off is not None
    assert result.b_of_fall_off < 0 < best.b_sharpen
    assert result.chosen.method == "no_sharpening"
    assert any("its fall-off contradicts the best score" in text for text in result.warnings)


def test_the_fall_off_of_a_treated_map_is_measured_at_any_resolution() -> None:
    assert best_of_all(100.0).b_of_fall_off is None  # it counts for nothing there
    given, more = careful(100.0), careful(130.0)
    assert given.b_of_fall_off is not None
    assert more.b_of_fall_off is not None
    assert more.b_of_fall_off - given.b_of_fall_off == pytest.approx(30, abs=3)
    # Neither it nor the best score asks for less than what is applied.
    assert given.chosen.b_sharpen < min(given.b_of_fall_off, best_of_all(100.0).chosen.b_sharpen)


@pytest.mark.slow
def test_a_treated_map_that_scores_about_as_high_as_the_best_is_left_as_it_is() -> None:
    given = blurred(best_of_all(100.0).sharpened, -10.0)
    best = made(given, target="skewness", require_improvement=False).chosen
    result = made(given, target="skewness")
    assert best.b_sharpen < -1
    assert best.scores.skewness > result.unsharpened.skewness
    assert result.chosen.method == "no_sharpening"
    scaled = given.values / given.values.std(dtype=np.float64)
    assert result.sharpened.values == pytest.approx(scaled, abs=1e-4)
    (warning,) = (w for w in result.warnings if "no trial scores 2% higher" in w)
    assert f"b_sharpen {best.b_sharpen:.0f} Å²" in warning


def test_a_treated_map_whose_scores_tell_nothing_is_left_as_it_is() -> None:
    result = made(blurred(reference(), 100.0), target="skewness", signal_min=1e9)
    assert result.chosen.method == "no_sharpening"
    (warning,) = (
        w for w in result.warnings if "seems to have been filtered, masked or sharpened" in w
    )
    assert "hardly rise above their scatter: it is left unsharpened (require" in warning
    assert not any("the choice of B is uncertain" in text for text in result.warnings)


@pytest.mark.parametrize("keywords", [{"pseudo_likelihood": False}, {"wrapping": True}])
def test_a_map_whose_terms_are_not_to_be_weighted_does_not_pass_for_treated(
    keywords: dict[str, Any],
) -> None:
    result = made(blurred(reference(), 100.0), target="skewness", **keywords)
    assert result.unweighted
    assert result.was_treated is None
    assert result.chosen.scores.skewness == max(t.scores.skewness for t in result.trials)


def test_a_raw_map_with_little_solvent_does_not_pass_for_treated(
    simulated: SimulatedHalfMaps,
) -> None:
    whole = simulated.mean
    n = whole.values.shape[0] // 4
    cut = MapData.from_array(whole.values[n:-n, n:-n, n:-n], whole.voxel_size)
    result = sharpen_by_b_factor(cut, resolution=simulated.resolution)
    assert "too little solvent" in result.unweighted
    assert result.was_treated is False
    assert not any("seems to have been" in w for w in result.warnings)


@pytest.mark.parametrize("sds", [2.0, 4.0])
def test_a_map_whose_peaks_are_cut_off_is_left_as_it_is_and_told(sds: float) -> None:
    whole = blurred(reference(), 40.0)
    limit = np.float32(sds * whole.values.std())
    cut = whole.with_values(np.minimum(whole.values, limit))
    result = made(cut, target="skewness")
    assert result.chosen.method == "no_sharpening"
    warning = result.warnings[-1]
    assert "the values are cut off at" in warning
    n_points = np.count_nonzero(cut.values == limit)
    assert f"({n_points} points have it" in warning
    assert "no score can choose a B" in warning
    given = made(cut, target="skewness", b_sharpen=40.0)
    assert given.chosen.b_sharpen == pytest.approx(40.0)
