"""Limits of values are allowed themselves; refusals call maps by the names of arguments."""

from __future__ import annotations

import numpy as np
import pytest
from b_factor_maps import RESOLUTION, reference

from map_sharpening.errors import GridMismatchError, ParameterError
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.sharpen import require_options_fit
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.methods.model.sharpen import sharpen_by_model
from map_sharpening.simulation.simulate import SimulatedHalfMaps


def test_d_cut_may_be_the_nyquist_limit_and_not_finer() -> None:
    def require(d_cut: float) -> None:
        options = BFactorOptions.from_keywords(resolution=RESOLUTION, d_cut=d_cut)
        require_options_fit(reference(), options)

    require(reference().nyquist)
    with pytest.raises(ParameterError, match="d_cut is"):
        require(0.99 * reference().nyquist)


def test_half_maps_of_a_model_run_are_half_1_and_half_2() -> None:
    halves = [np.random.default_rng(1).normal(size=(8, 8, n)) for n in (8, 9)]
    with pytest.raises(GridMismatchError, match=r"^half_2 has shape .*, but half_1 has"):
        sharpen_by_model(None, None, half_maps=halves, voxel_size=1.0, resolution=3.0)


@pytest.fixture(scope="module")
def result(simulated: SimulatedHalfMaps) -> HalfMapResult:
    return sharpen_half_maps(
        simulated.half_1, simulated.half_2, resolution=simulated.resolution, threads=1
    )


def test_the_guinier_plot_is_against_s_squared(result: HalfMapResult) -> None:
    np.testing.assert_array_equal(result.guinier.s_squared, result.shells.s**2)
