"""Maps whose molecule lies below the solvent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from examples import of_fast_suite
from model_case import Case

from map_sharpening import sharpen_by_b_factor, sharpen_half_maps
from map_sharpening.errors import MapValueError
from map_sharpening.io.viewers import ViewerFiles, chimerax_script, coot_script
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.shared.contrast import INVERTED, has_inverted_contrast
from map_sharpening.simulation.simulate import SimulatedHalfMaps


def inverted(map_data: MapData) -> MapData:
    return map_data.with_values(-map_data.values)


@pytest.mark.parametrize("mask", of_fast_suite(["auto", False], "auto"))
def test_inverted_half_maps_give_the_inverted_map_and_are_told(
    simulated: SimulatedHalfMaps, mask: str | bool
) -> None:
    halves = (simulated.half_1, simulated.half_2)
    options = {"resolution": simulated.resolution, "mask": mask, "threads": 1}
    upright = sharpen_half_maps(*halves, **options)
    found = sharpen_half_maps(*map(inverted, halves), **options)
    assert INVERTED not in upright.warnings
    assert found.warnings == (INVERTED, *upright.warnings)
    np.testing.assert_allclose(
        found.sharpened.values, -upright.sharpened.values, rtol=0, atol=1e-4
    )
    assert upright.contour_level > 0
    assert found.contour_level == pytest.approx(-upright.contour_level, rel=1e-3)


@pytest.mark.parametrize(
    "given", of_fast_suite([{"b_iso": 40.0}, {"b_sharpen": 30.0}], {"b_sharpen": 30.0})
)
def test_a_b_factor_that_is_given_shows_the_molecule_of_an_inverted_map(
    simulated: SimulatedHalfMaps, given: dict[str, float]
) -> None:
    mean = simulated.mean
    options = {"resolution": simulated.resolution, "threads": 1, **given}
    upright = sharpen_by_b_factor(mean, **options)
    found = sharpen_by_b_factor(inverted(mean), **options)
    assert INVERTED not in upright.warnings
    assert INVERTED in found.warnings
    shown = found.sharpened.values < found.contour_level
    near = simulated.near_atoms > 0.5
    assert near[shown].mean() > 0.9


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"solvent_content": 0.9},
        {"require_improvement": False},
        {"methods": ("b_iso_to_d_cut",)},
    ],
    ids=str,
)
def test_half_maps_of_inverted_contrast_are_searched_with_the_right_sign(
    simulated: SimulatedHalfMaps, options: dict[str, Any]
) -> None:
    halves = (simulated.half_1, simulated.half_2)
    common = {"resolution": simulated.resolution, "threads": 1, **options}
    upright = sharpen_by_b_factor(half_maps=halves, **common)
    turned = (inverted(halves[0]), inverted(halves[1]))
    found = sharpen_by_b_factor(half_maps=turned, **common)
    assert INVERTED not in upright.warnings
    assert found.warnings == (INVERTED, *upright.warnings)
    assert found.chosen.b_sharpen == pytest.approx(upright.chosen.b_sharpen, nan_ok=True)
    np.testing.assert_array_equal(found.sharpened.values, -upright.sharpened.values)
    assert found.contour_level == -upright.contour_level < 0


@pytest.mark.slow
def test_trial_maps_of_an_inverted_map_have_its_sign(simulated: SimulatedHalfMaps) -> None:
    kept: dict[int, np.ndarray[Any, Any]] = {}

    def keep(index: int, b_sharpen: float, make: Callable[[], FloatMap]) -> FloatMap:
        return kept.setdefault(index, make())

    source = inverted(simulated.mean)
    options = {"resolution": simulated.resolution, "local_sharpening": True, "threads": 1}
    found = sharpen_by_b_factor(source, trial_maps=keep, **options)
    assert INVERTED in found.warnings
    assert len(kept) > 2
    for values in kept.values():
        assert np.corrcoef(values.ravel(), found.sharpened.values.ravel())[0, 1] > 0.5


def test_a_map_of_the_other_sign_than_its_model_is_refused(simulated: SimulatedHalfMaps) -> None:
    case = Case(simulated)
    with pytest.raises(MapValueError, match=r"opposite signs.*multiply the map by -1"):
        case.sharpened(source=inverted(case.mean))


@pytest.mark.slow
def test_a_model_in_the_wrong_place_is_no_matter_of_sign(simulated: SimulatedHalfMaps) -> None:
    case = Case(simulated)
    away = replace(case.atoms, positions=case.atoms.positions + np.array([9.0, 7.0, -8.0]))
    with pytest.raises(MapValueError, match="does not fit the map"):
        case.sharpened(atoms=away)


def test_noise_has_no_contrast_to_invert() -> None:
    values = np.random.default_rng(2).normal(size=(32, 32, 32)).astype(np.float32)
    noise = MapData.from_array(values, 1.5, name="noise")
    assert not has_inverted_contrast(noise, 4.0)
    assert not has_inverted_contrast(noise, 4.0, (values > 1).astype(np.float32))
    assert not has_inverted_contrast(noise.with_values(np.zeros_like(values)), 4.0)


def test_viewers_show_an_inverted_input_from_its_side() -> None:
    files = ViewerFiles("sharpened.ccp4", -1.5, input_maps=("../map.mrc",))
    assert "volume #1 style surface sdLevel -3 " in chimerax_script(files)
    assert "(input_map, -3.0)" in coot_script(files)
    assert "(sharpened, -1.5)" in coot_script(files)
