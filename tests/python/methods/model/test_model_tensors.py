"""The tensors of a run by a model, against what was simulated and what half maps show."""

from __future__ import annotations

import numpy as np
import pytest
from model_case import SIGNAL_B, Case

from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.methods.shared.direction import AnisotropySummary
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import simulate_half_maps

ISOTROPIC = np.array([1, 1, 1, 0, 0, 0])
NOISE_B = (6.0, 4.0, -10.0, 0.0, 3.0, 0.0)
TENSORS = ("overall_u", "fall_off", "data", "uncertainties", "scale_factors")


@pytest.fixture(scope="module")
def anisotropic() -> Case:
    options = {"signal_b": SIGNAL_B, "noise_b": NOISE_B, "seed": 3}
    return Case(simulate_half_maps(demo_atoms(), (72, 72, 72), 1.2, 3.4, **options))


@pytest.fixture(scope="module")
def result(anisotropic: Case) -> ModelResult:
    return anisotropic.sharpened(rmsd=0.0)


@pytest.fixture(scope="module")
def found(result: ModelResult) -> AnisotropySummary:
    assert result.anisotropy is not None
    return result.anisotropy


def as_b(u: tuple[float, ...]) -> np.ndarray:
    return 8 * np.pi**2 * np.array(u)


def test_tensors_are_stated_after_removal_of_the_overall_u(
    result: ModelResult, found: AnisotropySummary
) -> None:
    removed = as_b(found.overall_u.values)
    deviator = removed - removed[:3].mean() * ISOTROPIC
    assert result.signal_b is not None
    assert result.noise_b is not None
    np.testing.assert_allclose(
        as_b(found.data.values) + deviator, result.signal_b.values, atol=1e-6
    )
    np.testing.assert_allclose(
        as_b(found.uncertainties.values) + deviator, result.noise_b.values, atol=1e-6
    )
    np.testing.assert_allclose(result.signal_b.values, SIGNAL_B, atol=4.0)


def test_fall_off_and_overall_u_make_the_b_that_was_simulated(
    anisotropic: Case, found: AnisotropySummary
) -> None:
    total = as_b(found.fall_off.values) + as_b(found.overall_u.values)
    half_maps = sharpen_half_maps(
        anisotropic.maps.half_1, anisotropic.maps.half_2, resolution=3.4, threads=1
    ).anisotropy
    assert half_maps is not None
    of_half_maps = as_b(half_maps.fall_off.values) + as_b(half_maps.overall_u.values)
    np.testing.assert_allclose(total, of_half_maps, atol=12.0)
    # What is anisotropic is told alike by the model and by the half maps.
    for name in ("data", "uncertainties", "scale_factors"):
        one, other = getattr(found, name), getattr(half_maps, name)
        errors = np.hypot(one.standard_errors, other.standard_errors)
        np.testing.assert_array_less(np.abs(np.subtract(one.values, other.values)), 5 * errors)


def test_each_tensor_has_errors_above_0(found: AnisotropySummary) -> None:
    for name in TENSORS:
        assert min(getattr(found, name).standard_errors) > 0


def test_an_isotropic_run_states_none(anisotropic: Case) -> None:
    assert anisotropic.sharpened(rmsd=0.0, anisotropic=False).anisotropy is None
