"""The program's parameters become options of a method."""

from __future__ import annotations

from dataclasses import fields

import pytest

from map_sharpening.methods.half_maps.options import HalfMapOptions
from map_sharpening.methods.model.options import ModelOptions
from map_sharpening.parameters.reading import read_words
from map_sharpening.runs.options import parameters_of_options, without_unused_windows

#: What several parameters, the map or the program tell.
NOT_ONE_PARAMETER = {"resolution", "wrapping", "threads"}


@pytest.mark.parametrize(
    ("options", "others"), [(HalfMapOptions, set()), (ModelOptions, {"k_sol", "b_sol"})]
)
def test_each_option_is_a_parameter_of_the_program(options: type, others: set[str]) -> None:
    params = read_words(["output_scale_factor=2", "rmsd_resolution_factor=0.3"]).extract()
    found = parameters_of_options(options, params, ("sharpening",))
    names = {of_option.name for of_option in fields(options)}
    assert names - found.keys() == NOT_ONE_PARAMETER | others


def test_the_value_is_that_of_the_parameter_named() -> None:
    words = ["anisotropic_sharpen=False", "sharpening.n_bins=12", "guinier_d_low=14", "rmsd=0.7"]
    params = read_words([*words, "sharpen_all_maps=False"]).extract()
    of_halves = parameters_of_options(HalfMapOptions, params, ("sharpening",))
    of_model = parameters_of_options(ModelOptions, params, ("sharpening",))
    assert of_halves["anisotropic"] is of_model["anisotropic"] is False
    assert of_halves["n_bins"] == of_model["n_bins"] == 12
    assert of_halves["guinier_d_low"] == 14
    assert of_halves["sharpen_all_maps"] is of_model["sharpen_half_maps"] is False
    assert of_model["rmsd"] == 0.7


def test_none_leaves_an_option_to_the_method_where_it_is_no_value() -> None:
    params = read_words(["output_scale_factor=None", "guinier_d_low=None"]).extract()
    found = parameters_of_options(HalfMapOptions, params, ("sharpening",))
    assert "output_scale_factor" not in found
    assert found["guinier_d_low"] is None


@pytest.mark.parametrize("local", [False, True])
def test_the_size_of_windows_goes_with_local_sharpening(local: bool) -> None:
    chosen = {"local_sharpen": local, "n_boxes": 8, "box_size_grid_units": None}
    assert without_unused_windows(chosen)["n_boxes"] == (8 if local else None)
