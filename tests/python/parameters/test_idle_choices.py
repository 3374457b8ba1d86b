"""What is said of choices that change nothing: of methods, and of None for what is on or off."""

from __future__ import annotations

import pytest

from map_sharpening.parameters.kind_of_run import require_available, settle
from map_sharpening.parameters.reading import read_words
from map_sharpening.phil import Fetched

ONE_MAP = ("full_map=a.mrc",)
HALF_MAPS = ("half_map=a.mrc", "half_map=b.mrc")
HALF_MAPS_BY_B = (*HALF_MAPS, "sharpening_method=b-factor")
MODEL_BY_B = (*ONE_MAP, "model=a.pdb", "sharpening_method=b-factor")


def settled(words: list[str] | tuple[str, ...]) -> Fetched:
    return settle(read_words(words))[0]


def test_a_method_is_not_advised_in_place_of_the_one_given() -> None:
    for given, remedy in (
        (["b_sharpen=50", "auto_sharpen_methods=no_sharpening"], "leave b_sharpen out"),
        (["b_sharpen=50", "auto_sharpen_methods=resolution_dependent"], "leave b_sharpen out"),
        (
            ["resolution_dependent_b=0 1 2", "auto_sharpen_methods=b_iso"],
            "leave resolution_dependent_b out",
        ),
    ):
        (warning,) = require_available(settled([*ONE_MAP, *given]))
        assert warning.endswith(f"to make it count, {remedy}")


def test_the_ratio_of_a_target_counts_by_its_model_scale_only_with_a_model() -> None:
    ratio, scale = "target_b_iso_ratio=4", "target_b_iso_model_scale=1"
    assert len(require_available(settled([*ONE_MAP, ratio, scale]))) == 2
    by_model = MODEL_BY_B
    assert require_available(settled([*by_model, ratio, scale])) == []
    assert len(require_available(settled([*by_model, ratio]))) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["auto_sharpen_methods=no_sharpening"],
        ["auto_sharpen_methods=None"],
        ["auto_sharpen=False"],
    ],
)
def test_how_far_sharpening_reaches_is_idle_where_nothing_is_sharpened(words: list[str]) -> None:
    given = [*ONE_MAP, *words, "d_min_ratio=0.9"]
    (warning,) = require_available(settled(given))
    assert "d_min_ratio = 0.9 has no effect in this run" in warning
    for method in ("b_iso", "no_sharpening+resolution_dependent"):
        sharpened = [*given, "auto_sharpen=True", f"auto_sharpen_methods={method}"]
        assert require_available(settled(sharpened)) == []


@pytest.mark.parametrize(
    "words",
    [
        (*HALF_MAPS_BY_B, "buffer_radius=8", "soft_mask=None"),
        (*HALF_MAPS_BY_B, "auto_sharpen=None"),
        (*MODEL_BY_B, "value_outside_atoms=zero", "mask_atoms=None"),
        (
            *ONE_MAP,
            "residual_target=adjusted_sa",
            "region_weight_factor=2",
            "adjust_region_weight=None",
        ),
        (*ONE_MAP, "b_blur_hires=100", "auto_sharpen=None"),
        (*HALF_MAPS, "sharpened_map_file_1=x.mrc", "sharpen_all_maps=None"),
        (*HALF_MAPS, "local_resolution_map_file=x.mrc", "local_resolution_map=None"),
    ],
)
def test_none_of_what_is_on_by_default_leaves_it_on(words: tuple[str, ...]) -> None:
    assert require_available(settled(words)) == []


@pytest.mark.parametrize(
    "words",
    [
        HALF_MAPS_BY_B,
        MODEL_BY_B,
        (*ONE_MAP, "external_map_file=b.mrc"),
    ],
)
def test_of_methods_that_the_program_chose_nothing_is_told(words: tuple[str, ...]) -> None:
    told = require_available(settled([*words, "auto_sharpen=False"]))
    assert not any("auto_sharpen_methods = " in warning for warning in told)
