"""Where trials of B factors are scored: density box, cut-out box, whole map."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from b_factor_maps import RESOLUTION, SPACING, made, reference

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.b_factor.volume.density_box import Bounds, density_box
from map_sharpening.methods.b_factor.volume.working_volume import scored_part
from map_sharpening.methods.shared.solvent import solvent_by_density_or_variation

QUICK: dict[str, Any] = {"search_b_n": 3, "region_weight": 40.0}
DENSITY: dict[str, Any] = {"density_select_in_auto_sharpen": True, **QUICK}
CUT_OUT: dict[str, Any] = {"box_in_auto_sharpen": True, **QUICK}
CENTRE = (28.8, 28.8, 28.8)


def bounds(source: MapData | None = None, **named: Any) -> Bounds:
    """Return first and last grid point of the part that is scored."""
    source = reference() if source is None else source
    options = BFactorOptions.from_keywords(resolution=RESOLUTION, **named)
    volume = scored_part(source, options, lambda: 0.95).volume
    return volume.first, volume.last


# The density box


def test_the_density_box_of_the_reference_map_is_that_of_another_program() -> None:
    assert density_box(reference()) == ((16, 10, 17), (36, 34, 40))


@pytest.mark.parametrize("axes", [(2, 1, 0), (1, 2, 0)])
def test_permuted_axes_give_the_permuted_density_box(axes: tuple[int, int, int]) -> None:
    first, last = density_box(reference())
    turned = density_box(reference().with_values(reference().values.transpose(axes)))
    for place, original in zip(turned, (first, last), strict=True):
        z_y_x = original[::-1]
        assert place == tuple(z_y_x[axis] for axis in axes)[::-1]


def two_blobs(*, peaks: tuple[float, float]) -> MapData:
    """Return a map with two cubes of density on one diagonal, from 10 to 14 and 30 to 34."""
    values = np.zeros((48, 48, 48), np.float32)
    for start, peak in zip((10, 30), peaks, strict=True):
        values[start : start + 5, start : start + 5, start : start + 5] = peak
    return MapData.from_array(values, SPACING, name="blobs")


def test_the_density_box_holds_all_that_is_a_third_of_the_highest() -> None:
    first, last = density_box(two_blobs(peaks=(1.0, 0.4)))
    assert max(first) <= 10
    assert min(last) >= 34


def test_the_density_box_goes_3_angstrom_beyond_the_density() -> None:
    first, last = density_box(two_blobs(peaks=(0.0, 1.0)))
    reach = 3 / SPACING
    assert all(30 - reach - 3 <= x <= 30 - reach for x in first)
    assert all(34 + reach <= x <= 34 + reach + 3 for x in last)


@pytest.mark.parametrize(("gap", "left_out"), [(9, False), (12, True)])
def test_less_than_a_fiftieth_of_an_axis_is_not_worth_leaving_out(
    gap: int, left_out: bool
) -> None:
    values = np.zeros((8, 8, 200), np.float32)
    values[3:5, 3:5, gap : 200 - gap] = 1
    (x, _, _), (x_last, _, _) = density_box(MapData.from_array(values, 10.0, name="rod"))
    assert (x > 0, x_last < 199) == (left_out, left_out)


def test_a_higher_threshold_makes_the_density_box_smaller() -> None:
    def size(threshold: float) -> int:
        first, last = density_box(reference(), threshold)
        return int(np.prod(np.subtract(last, first)))

    assert size(0.3) < size(0.05)


def test_a_map_without_a_plane_that_stands_out_has_no_density_box() -> None:
    values = np.zeros((20, 20, 20), np.float32)
    values[:, :, ::2] = 1
    with pytest.raises(MapValueError, match="no box of density is found in stripes"):
        density_box(MapData.from_array(values, SPACING, name="stripes"))


# What is scored


@cache
def density_run() -> BFactorResult:
    return made(**DENSITY)


def test_the_whole_map_is_scored_by_default() -> None:
    volume = made(b_sharpen=0.0).volume
    assert (volume.kind, volume.first, volume.last) == ("whole map", (0, 0, 0), (47, 47, 47))


def test_density_select_scores_the_density_box() -> None:
    volume = density_run().volume
    assert (volume.kind, volume.first, volume.last) == (
        "density box",
        (16, 10, 17),
        (36, 34, 40),
    )
    assert volume.share == pytest.approx(21 * 25 * 24 / 48**3)


def test_the_b_iso_and_the_tensor_are_those_of_the_whole_map() -> None:
    whole = made(b_sharpen=0.0)
    assert density_run().b_iso_before == whole.b_iso_before
    assert density_run().b_cart == whole.b_cart


def test_the_score_is_that_of_the_box_cut_out_of_the_sharpened_map() -> None:
    result = density_run()
    cut = np.ascontiguousarray(result.sharpened.values[17:41, 10:35, 16:37])
    options = _core.ScoreOptions(solvent_fraction=result.solvent_fraction, region_weight=40.0)
    score = _core.score_map(cut, options)
    assert result.chosen.scores.adjusted_sa == pytest.approx(score.adjusted_surface_area)
    assert result.chosen.scores.kurtosis == pytest.approx(score.kurtosis)


def test_the_solvent_content_is_that_of_the_box() -> None:
    cut = reference().values[17:41, 10:35, 16:37]
    expected = solvent_by_density_or_variation(MapData.from_array(cut, SPACING), RESOLUTION)
    assert density_run().solvent_fraction == expected.fraction
    assert density_run().solvent_how.startswith("of the box")


def test_regions_do_not_go_on_across_the_faces_of_a_box() -> None:
    crystal, plain = (
        made(wrapping=wrapping, wang_radius=9.0, **DENSITY) for wrapping in (True, False)
    )
    assert crystal.trials == plain.trials


def test_the_threshold_is_that_of_the_density_box() -> None:
    found = bounds(
        density_select_in_auto_sharpen=True, density_select_threshold_in_auto_sharpen=0.3
    )
    assert found == density_box(reference(), 0.3)


def test_a_density_box_of_most_of_the_map_gives_way_to_the_map() -> None:
    volume = made(density_select_max_box_fraction=0.1, **DENSITY).volume
    assert volume.kind == "whole map"
    assert "more than density_select_max_box_fraction" in volume.how


# The cut-out box


def test_a_cut_out_box_lies_round_its_centre() -> None:
    first, last = bounds(
        box_in_auto_sharpen=True, box_center=CENTRE, box_size=(16, 18, 20), soft_mask=False
    )
    assert first == (16, 15, 14)
    assert last == (32, 33, 34)


def test_box_center_is_in_the_frame_of_a_model() -> None:
    cell = UnitCell(96 * SPACING, 96 * SPACING, 96 * SPACING)
    source = replace(reference(), position=MapPosition(cell, (96, 96, 96), (10, -4, 7)))
    moved = tuple(x + SPACING * n for x, n in zip(CENTRE, (10, -4, 7), strict=True))
    named: dict[str, Any] = {"box_in_auto_sharpen": True, "soft_mask": False}
    assert bounds(source, box_center=moved, **named) == bounds(box_center=CENTRE, **named)


def test_soft_mask_gives_a_cut_out_box_a_margin() -> None:
    named: dict[str, Any] = {"box_in_auto_sharpen": True, "box_center": CENTRE}
    sharp, soft = (bounds(soft_mask=soft, **named) for soft in (False, True))
    margin = int(0.5 + 1.5 * int(RESOLUTION / SPACING))
    assert soft[0] == tuple(x - margin for x in sharp[0])
    assert soft[1] == tuple(x + margin for x in sharp[1])


def test_without_a_centre_a_cut_out_box_lies_round_the_largest_region() -> None:
    first, last = bounds(two_blobs(peaks=(0.9, 1.0)), box_in_auto_sharpen=True, soft_mask=False)
    middle = np.add(first, last) / 2
    assert np.all(np.abs(middle - 12) < 4) or np.all(np.abs(middle - 32) < 4)


def unequal_blobs() -> MapData:
    """Return a map with a large blob in the middle and smaller ones at the corners."""
    values = np.zeros((48, 48, 48), np.float32)
    values[18:30, 18:30, 18:30] = 1
    for z in (4, 36):
        for y in (4, 36):
            values[z : z + 8, y : y + 8, 4:12] = 1
    return MapData.from_array(values, SPACING, name="blobs")


def test_use_weak_density_puts_the_box_round_a_smaller_region() -> None:
    named: dict[str, Any] = {"box_in_auto_sharpen": True, "box_size": (12, 12, 12)}
    strong, weak = (
        bounds(unequal_blobs(), use_weak_density=is_weak, soft_mask=False, **named)
        for is_weak in (False, True)
    )
    assert strong[0][0] >= 16
    assert weak[0][0] < 10


def test_use_weak_density_keeps_to_the_larger_of_two_regions() -> None:
    values = np.zeros((48, 48, 48), np.float32)
    values[8:17, 8:16, 8:16] = 1
    values[32:40, 32:40, 32:40] = 1
    blobs = MapData.from_array(values, SPACING, name="blobs")
    named: dict[str, Any] = {"box_in_auto_sharpen": True, "box_size": (12, 12, 12)}
    first, last = bounds(blobs, use_weak_density=True, soft_mask=False, **named)
    assert np.all(np.add(first, last) / 2 < 16)


def test_a_cut_out_box_at_the_edge_is_kept_inside_the_map() -> None:
    first, last = bounds(
        box_in_auto_sharpen=True, box_center=(0, 0, 0), box_size=(16, 16, 16), soft_mask=False
    )
    assert first == (0, 0, 0)
    assert last == (16, 16, 16)


def test_a_box_of_a_map_that_repeats_goes_on_across_its_faces() -> None:
    rolled = reference().with_values(np.roll(reference().values, 24, axis=(0, 1, 2)))
    named: dict[str, Any] = {"wrapping": True, "box_size": (20, 20, 20), **CUT_OUT}
    inside = made(box_center=CENTRE, **named)
    across = made(rolled, box_center=(0.0, 0.0, 0.0), **named)
    assert across.volume.first == tuple(x - 24 for x in inside.volume.first)
    assert across.solvent_fraction == pytest.approx(inside.solvent_fraction, abs=0.01)
    for one, other in zip(inside.trials, across.trials, strict=True):
        assert other.scores.kurtosis == pytest.approx(one.scores.kurtosis, rel=1e-3)
        assert other.scores.n_regions == pytest.approx(one.scores.n_regions, abs=2)


def test_restrict_map_size_keeps_the_box_of_a_map_that_repeats_inside() -> None:
    named: dict[str, Any] = {"box_in_auto_sharpen": True, "box_center": (0, 0, 0)}
    assert min(bounds(wrapping=True, **named)[0]) < 0
    assert min(bounds(wrapping=True, restrict_map_size=True, **named)[0]) == 0


def test_a_cut_out_box_of_more_than_max_box_fraction_gives_way_to_the_map() -> None:
    named: dict[str, Any] = {"box_in_auto_sharpen": True, "box_center": CENTRE}
    assert bounds(**named) != ((0, 0, 0), (47, 47, 47))
    assert bounds(max_box_fraction=0.1, **named) == ((0, 0, 0), (47, 47, 47))


def test_a_box_too_small_for_regions_gives_way_to_the_map_and_says_so() -> None:
    result = made(box_center=CENTRE, box_size=(4, 4, 4), soft_mask=False, **CUT_OUT)
    assert result.volume.kind == "whole map"
    assert any("too small to be scored" in warning for warning in result.warnings)


def test_the_cut_out_box_goes_before_the_density_box() -> None:
    volume = made(box_center=CENTRE, density_select_in_auto_sharpen=True, **CUT_OUT).volume
    assert volume.kind == "cut-out box"


@pytest.mark.parametrize(("edge", "made_edge"), [(20, 21), (21, 21)])
def test_size_of_a_box_is_told_where_it_is_another(edge: int, made_edge: int) -> None:
    result = made(box_center=CENTRE, box_size=(edge,) * 3, soft_mask=False, **CUT_OUT)
    edges = {b - a + 1 for a, b in zip(result.volume.first, result.volume.last, strict=True)}
    assert edges == {made_edge}
    told = "21 x 21 x 21 grid points for a box_size of 20 x 20 x 20"
    assert (told in result.volume.how) is (edge != made_edge)


# Boxes and given values


@pytest.mark.parametrize("given", [{"b_iso": 0.0}, {"b_sharpen": 50.0}])
def test_a_b_given_needs_no_box(given: dict[str, float]) -> None:
    assert made(density_select_in_auto_sharpen=True, **given).volume.kind == "whole map"


def test_allow_box_if_b_iso_set_keeps_the_box() -> None:
    result = made(density_select_in_auto_sharpen=True, allow_box_if_b_iso_set=True, b_iso=0.0)
    assert result.volume.kind == "density box"


def test_restrict_map_size_false_is_refused_where_the_map_does_not_repeat() -> None:
    with pytest.raises(ParameterError, match="restrict_map_size is False"):
        made(restrict_map_size=False)
