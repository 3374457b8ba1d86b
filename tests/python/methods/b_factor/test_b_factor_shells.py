"""B-factor sharpening by half maps, a model or an external map."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from map_sharpening import sharpen_by_b_factor
from map_sharpening.errors import GridMismatchError, ParameterError
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.simulation.demo import demo_atoms, demo_half_maps
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import SimulatedHalfMaps

Halves = tuple[MapData, MapData]


@pytest.fixture(scope="module")
def halves(simulated: SimulatedHalfMaps) -> Halves:
    return simulated.half_1, simulated.half_2


@pytest.fixture(scope="module")
def atoms(simulated: SimulatedHalfMaps) -> Atoms:
    box = simulated.mean.box
    return demo_atoms().centred_at((box.a / 2, box.b / 2, box.c / 2))


@pytest.fixture(scope="module")
def mean(simulated: SimulatedHalfMaps) -> MapData:
    return simulated.mean


def made(maps: SimulatedHalfMaps, source: MapData | None = None, **named: Any) -> BFactorResult:
    options: dict[str, Any] = {"solvent_content": 0.9, "region_weight": 40.0, "threads": 1}
    options.update(named)
    return sharpen_by_b_factor(source, resolution=maps.resolution, **options)


@pytest.fixture(scope="module")
def of_halves(simulated: SimulatedHalfMaps, halves: Halves) -> BFactorResult:
    return made(simulated, half_maps=halves)


@pytest.fixture(scope="module")
def of_model(simulated: SimulatedHalfMaps, mean: MapData, atoms: Atoms) -> BFactorResult:
    return made(simulated, mean, model=atoms)


def near_the_atoms(maps: SimulatedHalfMaps, found: MapData) -> float:
    return correlations(found, maps.truth, maps.near_atoms, maps.d_min).near_atoms


# How good they are


def test_half_map_sharpening_is_better_than_the_mean(
    simulated: SimulatedHalfMaps, of_halves: BFactorResult
) -> None:
    found = of_halves.sharpened
    assert near_the_atoms(simulated, found) > near_the_atoms(simulated, simulated.mean) + 0.02


def test_model_sharpening_is_better_than_the_mean(
    simulated: SimulatedHalfMaps, mean: MapData, of_model: BFactorResult
) -> None:
    found = of_model.sharpened
    assert near_the_atoms(simulated, found) > near_the_atoms(simulated, mean) + 0.02


def test_external_map_sharpening_gives_the_power_by_shell_of_the_other_map(
    simulated: SimulatedHalfMaps, mean: MapData
) -> None:
    found = made(simulated, mean, external_map=simulated.truth, remove_aniso=False)
    scale = found.chosen.shell_scale
    assert scale is not None
    again = made(simulated, found.sharpened, external_map=simulated.truth, remove_aniso=False)
    assert again.chosen.shell_scale is not None
    np.testing.assert_allclose(again.chosen.shell_scale.scale, 1, atol=0.1)


# Which method is taken


def test_half_maps_choose_half_map_sharpening(of_halves: BFactorResult) -> None:
    assert of_halves.chosen.method == "half_map_sharpening"
    assert [trial.method for trial in of_halves.trials] == ["no_sharpening", "half_map_sharpening"]


def test_a_model_chooses_model_sharpening(of_model: BFactorResult) -> None:
    assert of_model.chosen.method == "model_sharpening"


def test_half_maps_go_before_a_model(
    simulated: SimulatedHalfMaps, halves: Halves, atoms: Atoms
) -> None:
    result = made(simulated, half_maps=halves, model=atoms)
    assert result.chosen.method == "half_map_sharpening"


def test_an_external_map_chooses_external_map_sharpening(
    simulated: SimulatedHalfMaps, mean: MapData
) -> None:
    result = made(simulated, mean, external_map=simulated.truth)
    assert result.chosen.method == "external_map_sharpening"


def test_methods_stated_go_before_the_inputs(simulated: SimulatedHalfMaps, halves: Halves) -> None:
    result = made(simulated, half_maps=halves, methods="b_iso", search_b_n=3)
    assert {trial.method for trial in result.trials} == {"no_sharpening", "b_iso"}


def test_a_b_given_goes_before_the_inputs(simulated: SimulatedHalfMaps, halves: Halves) -> None:
    result = made(simulated, half_maps=halves, b_sharpen=50.0)
    assert (result.chosen.method, result.chosen.b_sharpen) == ("b_iso_to_d_cut", 50.0)


def test_scales_by_shell_are_scored_like_other_trials(
    simulated: SimulatedHalfMaps, halves: Halves, atoms: Atoms
) -> None:
    methods = ["b_iso", "half_map_sharpening", "model_sharpening"]
    result = made(
        simulated,
        half_maps=halves,
        model=atoms,
        methods=methods,
        search_b_n=5,
        signal_min=0.0,
        pseudo_likelihood=False,
    )
    assert {trial.method for trial in result.trials} == {"no_sharpening", *methods}
    assert result.chosen.scores.skewness == max(t.scores.skewness for t in result.trials)


def test_a_method_without_its_input_is_left_out_with_a_warning(
    simulated: SimulatedHalfMaps, mean: MapData
) -> None:
    methods = ["b_iso", "half_map_sharpening", "model_sharpening"]
    result = made(simulated, mean, methods=methods, search_b_n=3)
    assert {trial.method for trial in result.trials} == {"no_sharpening", "b_iso"}
    assert "half_map_sharpening is left out: it needs half_maps" in result.warnings[0]
    assert "model_sharpening is left out: it needs model" in result.warnings[1]


# What is sharpened


def test_without_a_full_map_the_mean_of_the_half_maps_is_sharpened(
    simulated: SimulatedHalfMaps, halves: Halves, mean: MapData
) -> None:
    named: dict[str, Any] = {"half_maps": halves, "methods": "b_iso", "b_iso": 40.0}
    expected = made(simulated, mean, **named).sharpened.values
    np.testing.assert_array_equal(made(simulated, **named).sharpened.values, expected)


@pytest.mark.slow
def test_the_full_map_is_what_half_map_sharpening_scales(
    simulated: SimulatedHalfMaps, halves: Halves, mean: MapData
) -> None:
    by_mean = made(simulated, mean, half_maps=halves).sharpened.values
    of_other = made(simulated, simulated.noise_free, half_maps=halves).sharpened.values
    assert np.abs(of_other - by_mean).max() > 0.1


# Options


def scale_of(simulated: SimulatedHalfMaps, source: MapData | None = None, **named: Any) -> Any:
    scale = made(simulated, source, require_improvement=False, **named).chosen.shell_scale
    assert scale is not None
    return scale


@pytest.fixture(scope="module")
def scale_of_halves(simulated: SimulatedHalfMaps, halves: Halves) -> Any:
    return scale_of(simulated, half_maps=halves)


@pytest.fixture(scope="module")
def scale_of_model(simulated: SimulatedHalfMaps, mean: MapData, atoms: Atoms) -> Any:
    return scale_of(simulated, mean, model=atoms)


@pytest.mark.slow
@pytest.mark.parametrize(
    "named",
    [
        {"n_bins": 9},
        {"cc_cut": 0.6},
        {"scale_using_last": 5},
        {"ideal_curve": "nucleic_acid"},
        {"wang_radius": 8.0},
        {"buffer_radius": 9.0},
        {"soft_mask": False},
        {"remove_aniso": False},
    ],
    ids=lambda named: next(iter(named)),
)
def test_options_of_half_map_sharpening_change_its_scale(
    simulated: SimulatedHalfMaps, halves: Halves, scale_of_halves: Any, named: dict[str, Any]
) -> None:
    changed = scale_of(simulated, half_maps=halves, **named)
    assert changed.scale.tolist() != scale_of_halves.scale.tolist()


@pytest.mark.slow
def test_max_cc_for_rescale_decides_whether_a_baseline_is_taken_off(
    simulated: SimulatedHalfMaps, halves: Halves
) -> None:
    low, high = (
        scale_of(simulated, half_maps=halves, scale_using_last=5, max_cc_for_rescale=limit)
        for limit in (0.0, 1.0)
    )
    assert high.weight[-1] < low.weight[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "named",
    [
        {"n_bins": 9},
        {"rmsd": 1.5},
        {"rmsd_resolution_factor": 0.5},
        {"fraction_complete": 0.5},
        {"target_b_iso_model_scale": 1.0},
        {"mask_atoms": False},
        {"mask_atoms_atom_radius": 1.0},
        {"value_outside_atoms": "mean"},
        {"soft_mask": False},
    ],
    ids=lambda named: next(iter(named)),
)
def test_options_of_model_sharpening_change_its_scale(
    simulated: SimulatedHalfMaps,
    mean: MapData,
    atoms: Atoms,
    scale_of_model: Any,
    named: dict[str, Any],
) -> None:
    changed = scale_of(simulated, mean, model=atoms, **named)
    assert changed.scale.tolist() != scale_of_model.scale.tolist()


@pytest.mark.slow
def test_target_b_iso_ratio_is_the_b_of_a_model_that_is_not_at_rest(
    simulated: SimulatedHalfMaps, mean: MapData, atoms: Atoms
) -> None:
    named: dict[str, Any] = {"model": atoms, "target_b_iso_model_scale": 1.0}
    sharp, flat = (scale_of(simulated, mean, target_b_iso_ratio=r, **named) for r in (2.0, 8.0))
    assert flat.rms_reference[-1] / flat.rms_reference[0] < (
        sharp.rms_reference[-1] / sharp.rms_reference[0]
    )


@pytest.mark.slow
def test_the_b_of_the_model_is_its_ratio_times_the_resolution_squared(
    simulated: SimulatedHalfMaps, mean: MapData, atoms: Atoms
) -> None:
    at_rest, moving = (
        scale_of(
            simulated, mean, model=atoms, target_b_iso_ratio=4.0, target_b_iso_model_scale=scale
        )
        for scale in (0.0, 0.5)
    )
    fall = np.log(moving.rms_reference / at_rest.rms_reference)
    found = -4 * np.polyfit(moving.s**2, fall, 1)[0]
    assert found == pytest.approx(0.5 * 4.0 * simulated.resolution**2, rel=0.05)


def test_half_maps_that_are_one_map_are_warned_of(
    simulated: SimulatedHalfMaps, mean: MapData
) -> None:
    result = made(simulated, half_maps=(mean, mean))
    assert any("not independent" in warning for warning in result.warnings)


# What is refused


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"methods": "half_map_sharpening"}, "half_map_sharpening needs half_maps"),
        (
            {"methods": ["half_map_sharpening", "model_sharpening"]},
            "half_map_sharpening and model_sharpening need half_maps and model",
        ),
        (
            {"methods": ["external_map_sharpening", "b_iso"]},
            "external_map_sharpening is asked for together with other methods",
        ),
    ],
)
def test_methods_without_any_input_are_refused(
    simulated: SimulatedHalfMaps, mean: MapData, named: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        made(simulated, mean, **named)


@pytest.mark.parametrize("methods", [None, "external_map_sharpening"])
def test_an_external_map_and_half_maps_are_refused(
    simulated: SimulatedHalfMaps, halves: Halves, methods: str | None
) -> None:
    with pytest.raises(ParameterError, match="half_maps"):
        made(simulated, half_maps=halves, external_map=simulated.truth, methods=methods)


def test_no_map_at_all_is_refused(simulated: SimulatedHalfMaps) -> None:
    with pytest.raises(ParameterError, match="no map to sharpen"):
        made(simulated)


def test_an_external_map_on_another_grid_is_refused(
    simulated: SimulatedHalfMaps, mean: MapData
) -> None:
    moved = replace(mean, position=replace(mean.position, start=(3, 0, 0)), name="other")
    with pytest.raises(GridMismatchError, match=r"other lies at .*NSTART"):
        made(simulated, mean, external_map=moved)


# At a coarse resolution


@pytest.mark.slow
def test_half_map_sharpening_of_a_coarse_map_is_better_than_the_mean() -> None:
    maps = demo_half_maps(shape=(52, 52, 52), voxel_size=1.8, resolution=6.0)
    found = made(maps, half_maps=(maps.half_1, maps.half_2)).sharpened
    assert near_the_atoms(maps, found) > near_the_atoms(maps, maps.mean) + 0.003


# Whether they improve the map


def misplaced(atoms: Atoms) -> Atoms:
    """Return atoms moved by 2 Å on average."""
    step = np.random.default_rng(2).normal(size=atoms.positions.shape)
    return replace(atoms, positions=atoms.positions + 1.2 * step)


def test_a_model_that_lowers_the_skewness_leaves_the_map_as_it_is(
    simulated: SimulatedHalfMaps, mean: MapData, atoms: Atoms
) -> None:
    result = made(simulated, mean, model=misplaced(atoms), rmsd=0.5)
    assert result.chosen.method == "no_sharpening"
    assert any("require_improvement=False" in warning for warning in result.warnings)


def test_without_require_improvement_a_model_is_used_as_it_is(
    simulated: SimulatedHalfMaps, mean: MapData, atoms: Atoms
) -> None:
    named: dict[str, Any] = {"model": misplaced(atoms), "rmsd": 0.5, "require_improvement": False}
    assert made(simulated, mean, **named).chosen.method == "model_sharpening"


@pytest.mark.parametrize("target", ["adjusted_sa", "kurtosis"])
def test_scores_that_tell_nothing_of_a_model_do_not_refuse_it(
    simulated: SimulatedHalfMaps, mean: MapData, atoms: Atoms, target: str
) -> None:
    result = made(simulated, mean, model=misplaced(atoms), rmsd=0.5, sharpening_target=target)
    assert result.chosen.method == "model_sharpening"
