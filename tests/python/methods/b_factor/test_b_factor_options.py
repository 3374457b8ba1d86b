"""Options of the search that change what B-factor sharpening finds."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from b_factor_maps import (
    RESOLUTION,
    TENSOR,
    default_run,
    filtered,
    made,
    reference,
    s_squared_of,
    scanned,
    stretched,
    terms_of,
)

from map_sharpening import _core, sharpen_by_b_factor
from map_sharpening.errors import ParameterError
from map_sharpening.methods.b_factor.idle import warnings_of_idle
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.b_factor.spectrum import averaged_over_rotations
from map_sharpening.methods.shared.solvent import solvent_fraction_from_map
from map_sharpening.molecule.composition import Chain

KURTOSIS: dict[str, Any] = {"residual_target": "kurtosis", "sharpening_target": "kurtosis"}


# Search or not


def test_without_auto_sharpen_and_without_a_b_the_map_is_left_unsharpened() -> None:
    result = made(auto_sharpen=False)
    assert (result.chosen.method, len(result.trials)) == ("no_sharpening", 1)
    assert any("auto_sharpen is False" in warning for warning in result.warnings)


def test_without_auto_sharpen_a_b_given_is_applied() -> None:
    result = made(auto_sharpen=False, b_iso=30.0)
    assert result.b_iso_nominal == pytest.approx(30.0)


def test_a_b_iso_of_zero_is_a_value() -> None:
    result = made(b_iso=0.0)
    assert result.b_iso_nominal == pytest.approx(0.0, abs=1e-9)
    assert len(result.trials) == 2


def test_a_given_b_makes_no_trials_for_the_region_weight() -> None:
    result = made(b_sharpen=40.0)
    assert len(result.trials) == 2
    assert result.region_weight is not None
    assert result.region_weight.value == 40


# Targets


def test_residual_target_decides_within_a_scan() -> None:
    result = made(
        residual_target="kurtosis", sharpening_target="adjusted_sa", require_improvement=False
    )
    best = max(scanned(result), key=lambda trial: trial.scores.kurtosis)
    assert result.chosen is best
    assert result.chosen.b_iso != default_run().chosen.b_iso


def test_sharpening_target_decides_between_methods() -> None:
    named: dict[str, Any] = {
        "methods": ["b_iso", "b_iso_to_d_cut"],
        "residual_target": "kurtosis",
        "region_weight": 200.0,
        "signal_min": 0.0,
        "require_improvement": False,
    }
    for target in ("kurtosis", "adjusted_sa"):
        result = made(sharpening_target=target, **named)
        best = [
            max(scanned(result, method), key=lambda trial: trial.scores.kurtosis)
            for method in named["methods"]
        ]
        assert result.chosen is max(best, key=lambda trial: getattr(trial.scores, target))


# Keeping the map as it is


def test_discard_if_worse_leaves_the_map_where_a_given_b_scores_lower() -> None:
    kept = made(b_sharpen=-150.0, discard_if_worse=True, **KURTOSIS)
    assert kept.chosen.method == "no_sharpening"
    assert any("discard_if_worse" in warning for warning in kept.warnings)


def test_discard_if_worse_keeps_a_given_b_that_scores_higher() -> None:
    result = made(b_sharpen=60.0, discard_if_worse=True, **KURTOSIS)
    assert result.chosen.scores.kurtosis > result.unsharpened.kurtosis
    assert result.chosen.b_sharpen == 60


def test_discard_if_worse_compares_with_the_map_cut_at_the_same_resolution() -> None:
    # Noise beyond d_min lowers the kurtosis of the map given, but of neither map compared.
    noise = np.random.default_rng(1).normal(size=(48, 48, 48)).astype(np.float32)
    beyond = s_squared_of(reference()) > 1.01 / (0.833 * RESOLUTION) ** 2
    fine = filtered(reference().with_values(noise), beyond).values
    noisy = reference().with_values(reference().values + fine)
    first, second = (
        made(m, b_sharpen=0.0, discard_if_worse=True, **KURTOSIS) for m in (reference(), noisy)
    )
    assert second.unsharpened.kurtosis == pytest.approx(first.unsharpened.kurtosis, rel=1e-3)


def test_discard_if_worse_also_looks_at_a_target_b_iso() -> None:
    named = {"region_weight_method": "b_iso", "target_b_iso_ratio": 40.0}
    assert made(**named).chosen.method == "b_iso_to_d_cut"
    assert made(discard_if_worse=True, **named).chosen.method == "no_sharpening"


# Signal


@pytest.mark.slow
def test_a_scan_without_signal_gives_way_to_another_method() -> None:
    methods = ["b_iso_to_d_cut", "resolution_dependent"]
    result = made(methods=methods, signal_min=1e9, require_improvement=False)
    assert result.chosen.method == "resolution_dependent"


def test_a_scan_without_signal_counts_where_nothing_else_was_tried() -> None:
    result = made(methods=["no_sharpening", "b_iso_to_d_cut"], signal_min=1e9, **KURTOSIS)
    assert result.chosen.method == "b_iso_to_d_cut"


# The region weight


def test_without_adjust_region_weight_it_is_40() -> None:
    weight = made(adjust_region_weight=False, search_b_n=2).region_weight
    assert weight is not None
    assert (weight.value, math.isnan(weight.lower_bound)) == (40, True)


@pytest.mark.parametrize(
    "named",
    [{"region_weight": 12.0}, KURTOSIS, {"adjust_region_weight": False}],
    ids=["weight given", "kurtosis", "no adjustment"],
)
def test_region_weight_method_b_iso_searches_where_there_is_no_weight_to_adjust(
    named: dict[str, Any],
) -> None:
    result = made(region_weight_method="b_iso", search_b_n=3, **named)
    assert len(scanned(result)) == 3


def test_a_search_makes_a_map_a_trial_one_for_the_region_weight_and_one_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = []
    scan = _core.scan_scale_factors

    def counted(*arguments: Any) -> Any:
        numbers.append(len(arguments[4]))
        return scan(*arguments)

    monkeypatch.setattr(_core, "scan_scale_factors", counted)
    made()
    assert sum(numbers) == 21 + 1 + 1


def test_a_search_by_the_skewness_looks_at_no_regions() -> None:
    result = made(target="skewness")
    assert result.region_weight is None
    assert all(math.isnan(trial.scores.sa_ratio) for trial in result.trials)


# Optimisation


def test_optimize_d_cut_finds_a_better_d_cut_within_its_bounds() -> None:
    plain, better = made(**KURTOSIS), made(optimize_d_cut=True, **KURTOSIS)
    assert better.chosen.scores.kurtosis > 1.01 * plain.chosen.scores.kurtosis
    assert 0.833 * RESOLUTION <= better.d_cut <= 1.3 * RESOLUTION
    assert better.d_cut != RESOLUTION
    assert better.chosen.b_blur_hires == 200


def test_optimize_b_blur_hires_finds_a_better_blur_within_its_bounds() -> None:
    plain, better = made(**KURTOSIS), made(optimize_b_blur_hires=True, **KURTOSIS)
    assert better.chosen.scores.kurtosis > 1.01 * plain.chosen.scores.kurtosis
    assert better.chosen.b_blur_hires is not None
    assert 0 <= better.chosen.b_blur_hires <= 500
    assert better.d_cut == RESOLUTION


def test_optimize_b_blur_hires_without_one_starts_from_200() -> None:
    result = made(optimize_b_blur_hires=True, b_blur_hires=None, **KURTOSIS)
    assert 200 in [trial.b_blur_hires for trial in result.trials]


def test_optimising_method_b_iso_refines_b_iso() -> None:
    plain = made(methods=["b_iso"], **KURTOSIS)
    better = made(methods=["b_iso"], optimize_d_cut=True, **KURTOSIS)
    assert better.chosen.scores.kurtosis > plain.chosen.scores.kurtosis
    assert better.chosen.method == "b_iso"


def test_trials_of_the_optimisation_stay_within_the_range_of_the_scan() -> None:
    result = made(optimize_d_cut=True, optimize_b_blur_hires=True, **KURTOSIS)
    for trial in scanned(result):
        assert -100 <= trial.b_iso <= 300


@pytest.mark.slow
def test_eps_is_the_first_step_of_the_resolution_dependent_search() -> None:
    result = made(methods=["resolution_dependent"], eps=0.4, **KURTOSIS)
    second = scanned(result, "resolution_dependent")[1]
    assert second.resolution_dependent_b == (0.4, 0.0, 0.0)


# Amplitudes in shells


def normalised(**named: Any) -> BFactorResult:
    options: dict[str, Any] = {
        "resolution_dependent_b": (0.0, 0.0, 0.0),
        "normalize_amplitudes_in_resdep": True,
    }
    return made(**{**options, **named})


def rms_by_shell(result: BFactorResult, n_shells: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the rms amplitude of shells of equal volume."""
    s_squared = s_squared_of(result.sharpened)
    inside = (s_squared > 0) & (s_squared < 1 / result.d_min**2)
    shell = ((s_squared[inside] * result.d_min**2) ** 1.5 * n_shells).astype(int)
    power = np.abs(terms_of(result)[inside]) ** 2
    return np.sqrt(np.bincount(shell, power) / np.bincount(shell))


def test_normalised_amplitudes_are_flat() -> None:
    found = rms_by_shell(normalised(), 10)[1:]
    np.testing.assert_allclose(found, found.mean(), rtol=0.1)


def test_n_bins_is_how_fine_amplitudes_are_made_flat() -> None:
    few, many = (rms_by_shell(normalised(n_bins=n), 20)[1:] for n in (2, 20))
    assert np.std(many / many.mean()) < 0.7 * np.std(few / few.mean())


@pytest.mark.slow
def test_amplitudes_are_normalised_in_the_search_as_in_the_application() -> None:
    found = made(methods=["resolution_dependent"], normalize_amplitudes_in_resdep=True, **KURTOSIS)
    again = normalised(resolution_dependent_b=found.chosen.resolution_dependent_b, **KURTOSIS)
    np.testing.assert_array_equal(again.sharpened.values, found.sharpened.values)


# The solvent


#: Å, of the spheres whose density varies: a measure that sharpening changes.
RADIUS = 1.5 * RESOLUTION


@cache
def iterated() -> BFactorResult:
    return made(solvent_content=None, iterate=True, wang_radius=RADIUS)


def test_iterate_takes_the_solvent_content_of_the_map_sharpened_first() -> None:
    first = made(solvent_content=None, wang_radius=RADIUS)
    expected = solvent_fraction_from_map(first.sharpened, RESOLUTION, wang_radius=RADIUS)
    assert iterated().solvent_fraction == pytest.approx(expected.fraction, abs=1e-3)
    assert iterated().solvent_fraction != first.solvent_fraction
    assert "first round" in iterated().solvent_how


def test_iterate_sharpens_the_map_given_not_the_sharpened_one() -> None:
    again = made(b_iso=iterated().chosen.b_iso)
    np.testing.assert_allclose(again.sharpened.values, iterated().sharpened.values, atol=1e-4)


def test_iterate_with_a_solvent_content_given_says_that_it_has_no_effect() -> None:
    assert any("iterate has no effect" in warning for warning in made(iterate=True).warnings)


PROTEIN = Chain("A", ("ALA",) * 100, "protein")


def test_chains_leave_the_rest_of_the_box_to_the_solvent() -> None:
    result = made(solvent_content=None, chains=[PROTEIN], ncs_copies=3, b_sharpen=0.0)
    assert result.solvent_fraction == pytest.approx(1 - 300 * 135.3 / 57.6**3)


def test_asymmetric_units_multiply_the_chains() -> None:
    result = made(solvent_content=None, chains=[PROTEIN], asymmetric_units=4, b_sharpen=0.0)
    assert result.solvent_fraction == pytest.approx(1 - 400 * 135.3 / 57.6**3)


def test_a_molecular_mass_goes_before_chains() -> None:
    result = made(solvent_content=None, chains=[PROTEIN], molecular_mass=20_000.0, b_sharpen=0.0)
    assert "molecular mass" in result.solvent_how


def test_chains_that_fill_more_than_the_map_are_refused() -> None:
    with pytest.raises(ParameterError, match="more than"):
        made(solvent_content=None, chains=[PROTEIN], asymmetric_units=50)


# Symmetry


TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
FOURFOLD = [np.linalg.matrix_power(TURN, n) for n in range(4)]


def test_the_tensor_obeys_the_symmetry() -> None:
    xx, yy, zz, *off = averaged_over_rotations(TENSOR, FOURFOLD)
    assert (xx, yy) == pytest.approx(((TENSOR[0] + TENSOR[1]) / 2,) * 2)
    assert zz == pytest.approx(TENSOR[2])
    assert off == pytest.approx([0, 0, 0], abs=1e-12)


def test_symmetry_keeps_the_b_iso() -> None:
    free, bound = (
        made(stretched(reference()), b_sharpen=0.0, symmetry=symmetry)
        for symmetry in (None, FOURFOLD)
    )
    assert bound.b_iso_before == pytest.approx(free.b_iso_before)
    assert bound.b_cart[0] == pytest.approx(bound.b_cart[1])
    assert abs(free.b_cart[0] - free.b_cart[1]) > 10


@pytest.mark.parametrize("symmetry", [[], [np.eye(2)], [2 * np.eye(3)]])
def test_matrices_that_are_no_rotations_are_refused(symmetry: list[Any]) -> None:
    with pytest.raises(ParameterError, match="symmetry holds matrices"):
        made(b_sharpen=0.0, symmetry=symmetry)


# What is warned of or refused


def test_a_resolution_from_10_angstrom_on_is_warned_of() -> None:
    assert any("too little detail" in w for w in made(resolution=11.0, b_sharpen=0.0).warnings)


@pytest.mark.parametrize(("ratio", "is_told"), [(0.8, True), (0.833, False)])
def test_a_grid_too_coarse_for_terms_that_were_asked_for_is_told(ratio, is_told) -> None:
    found = made(resolution=2.6, b_sharpen=0.0, d_min_ratio=ratio)
    assert found.d_min == pytest.approx(2.4)
    assert any("holds terms to 2.40" in warning for warning in found.warnings) == is_told


def test_a_map_without_regions_is_left_unsharpened() -> None:
    # So little molecule that not a voxel lies above the level.
    result = made(solvent_content=0.999, fraction_occupied=1e-3, region_weight=40.0)
    assert result.chosen.method == "no_sharpening"
    assert any("no trial has a region" in warning for warning in result.warnings)


def test_few_voxels_above_the_level_are_warned_of() -> None:
    result = made(solvent_content=0.999, search_b_n=2)
    assert any("fewer than 100 voxels" in warning for warning in result.warnings)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"d_cut": 1.0}, "d_cut is 1 Å; expected 2.40"),
        ({"d_cut": 200.0}, "d_cut is 200 Å"),
        ({"eps": 0.0}, "eps is 0.0"),
        ({"eps": 1e300}, "eps is 1e+300"),
        ({"search_b_n": 10**17}, "search_b_n is 100000000000000000; expected 1 to 1000"),
        ({"target_b_iso_ratio": 1e300}, "target_b_iso_ratio is 1e+300"),
        ({"target_b_iso_model_scale": 1e300}, "target_b_iso_model_scale is 1e+300"),
        ({"rmsd": 1e300}, "rmsd is 1e+300; expected 0 to 1000"),
        ({"resolution_dependent_b": (1e9, 0, 0)}, "expected three numbers from -30 to 30"),
        ({"n_bins": 0}, "n_bins is 0"),
        ({"output_scale_factor": 1e13}, "output_scale_factor is 10000000000000.0; expected"),
        ({"residual_target": "beauty"}, "residual_target is beauty; expected"),
        ({"sharpening_target": "beauty"}, "sharpening_target is beauty; expected"),
        ({"box_size": (30, 30, 0)}, "box_size is (30, 30, 0)"),
        ({"box_center": (1.0, math.nan, 1.0)}, "box_center is (1.0, nan"),
        ({"max_box_fraction": 0.0}, "max_box_fraction is 0.0"),
        ({"density_select_max_box_fraction": 2.0}, "density_select_max_box_fraction is 2.0"),
        (
            {"density_select_threshold_in_auto_sharpen": 1.0},
            "density_select_threshold_in_auto_sharpen is 1.0",
        ),
        ({"buffer_radius": -1.0}, "buffer_radius is -1.0"),
        ({"rmsd": -1.0}, "rmsd is -1.0"),
        ({"cc_cut": 2.0}, "cc_cut is 2.0"),
        ({"fraction_complete": 0.0}, "fraction_complete is 0.0"),
        ({"mask_atoms_atom_radius": -1.0}, "mask_atoms_atom_radius is -1.0"),
        ({"value_outside_atoms": "dark"}, "value_outside_atoms is dark"),
        ({"ideal_curve": "flat"}, "ideal_curve is flat"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_option_out_of_range_is_named_in_one_line(named: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        made(**named)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


# Keywords that change nothing


def warned(
    arguments: tuple[str, ...] = ("full_map",),
    methods: tuple[str, ...] = ("b_iso_to_d_cut",),
    **keywords: Any,
) -> tuple[str, ...]:
    options = BFactorOptions.from_keywords(resolution=3.0, methods=methods, **keywords)
    return warnings_of_idle(options, ("resolution", *keywords), arguments)


@pytest.mark.parametrize(
    ("keywords", "name", "remedy"),
    [
        ({"b_sharpen": 30.0, "search_b_n": 5}, "search_b_n=5", "leave b_sharpen out"),
        ({"region_weight": 3.0}, "region_weight=3.0", "give residual_target=adjusted_sa or"),
        ({"smoothing_radius": 9.0}, "smoothing_radius=9.0", "give local_sharpening=True"),
        ({"methods": ("b_iso",), "d_cut": 4.0}, "d_cut=4.0", "give methods=b_iso_to_d_cut or"),
        ({"ncs_copies": 2}, "ncs_copies=2", "give chains or box_in_auto_sharpen=True"),
        ({"rmsd": 1.0}, "rmsd=1.0", "give methods=model_sharpening"),
        ({"b_iso": 3.0, "require_improvement": False}, "require_improvement=False", "b_iso out"),
    ],
)
def test_it_names_the_keyword_and_the_remedy(
    keywords: dict[str, Any], name: str, remedy: str
) -> None:
    (warning,) = warned(**keywords)
    assert warning.startswith(f"{name} has no effect here; to make it count, ")
    assert remedy in warning


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"search_b_n": 5, "b_blur_hires": None, "remove_aniso": False, "d_min_ratio": 0.9},
        {"region_weight": 3.0, "residual_target": "adjusted_sa"},
        {"local_sharpening": True, "smoothing_radius": 9.0, "box_size": (16, 16, 16)},
        {"local_sharpening": False, "optimize_d_cut": False, "threads": 1, "wrapping": False},
        {"rmsd": 1.0, "methods": ("model_sharpening",), "arguments": ("full_map", "model")},
        {"ncs_copies": 2, "arguments": ("full_map", "chains")},
    ],
)
def test_what_counts_or_is_off_is_not_warned_of(keywords: dict[str, Any]) -> None:
    assert warned(**keywords) == ()


def test_the_result_holds_the_warning_and_the_map_is_the_same() -> None:
    given: dict[str, Any] = {"resolution": RESOLUTION, "b_sharpen": 20.0, "threads": 1}
    plain = sharpen_by_b_factor(reference(), **given)
    idle = sharpen_by_b_factor(reference(), search_b_max=90, **given)
    np.testing.assert_array_equal(plain.sharpened.values, idle.sharpened.values)
    assert [w for w in plain.warnings if "no effect here" in w] == []
    (warning,) = (w for w in idle.warnings if "no effect here" in w)
    assert warning.startswith("search_b_max=90")


def test_options_given_whole_are_looked_through_too() -> None:
    options = BFactorOptions.from_keywords(resolution=RESOLUTION, b_sharpen=20.0, search_b_n=5)
    result = sharpen_by_b_factor(reference(), options)
    (warning,) = (w for w in result.warnings if "no effect here" in w)
    assert warning.startswith("search_b_n=5 has no effect here; to make it count, leave b_sharpen")


@pytest.mark.parametrize(
    ("keywords", "reason"),
    [
        (
            {"methods": ("resolution_dependent", "b_iso"), "search_b_n": 5},
            "the map's scale is no B factor",
        ),
        ({"resolution": 12.0}, "the map is left as it is"),
    ],
)
def test_what_sets_local_b_factors_is_told_where_b_cannot_vary(
    keywords: dict[str, Any], reason: str
) -> None:
    local: dict[str, Any] = {"local_sharpening": True, "smoothing_radius": 9.0}
    given = {"resolution": RESOLUTION, "threads": 1, **keywords}
    result = sharpen_by_b_factor(reference(), **local, **given)
    assert result.local is None
    told = [w for w in result.warnings if "so nothing varies from place to place" in w]
    assert told == [
        f"smoothing_radius=9.0 has no effect: {reason}, so nothing varies from place to place"
    ]
    varied = sharpen_by_b_factor(reference(), **local, resolution=RESOLUTION, threads=1)
    assert varied.local is not None
    assert not any("smoothing_radius" in w for w in varied.warnings)
