"""Sections are those of the map, and come out of their few bytes nearly as they went in."""

from __future__ import annotations

import base64
import json
import re
import tracemalloc
import zlib
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from half_map_results import make_plain_result

from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.report.views.boxes import box_of_mask
from map_sharpening.report.views.sections import (
    cut_of,
    packed_density,
    packed_quantity,
    packed_region,
)
from map_sharpening.report.views.viewer import viewer_section
from map_sharpening.report.views.views_of_map import views_of_map
from map_sharpening.runs.plan import LARGEST_REPORT


def unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


def values_of(packed, shape: tuple[int, int, int]) -> np.ndarray:
    """Return what a page's script makes of the bytes."""
    codes = np.frombuffer(unpacked(packed.text), np.uint8).reshape(shape)
    codes = np.cumsum(codes, axis=2, dtype=np.uint8)
    bent = packed.low + packed.step * codes.astype(float)
    values = packed.bend * np.sinh(bent) if packed.bend else bent
    return np.where(codes > 254, np.nan, values)


def codes_of(facts: dict, text: str) -> np.ndarray:
    """Return the codes of a layer, in all directions, as a page's script finds them."""
    found, left = [], np.frombuffer(unpacked(text), np.uint8)
    for view in facts["views"]:
        own, left = np.split(left, [np.prod(view["shape"])])
        rows = own.reshape(-1, view["shape"][2])
        found.append(np.cumsum(rows, axis=1, dtype=np.uint8).ravel())
    assert not left.size
    return np.concatenate(found)


def noise(shape: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.5, 2.0, shape).astype(np.float32)


def test_a_small_map_is_taken_whole_point_by_point() -> None:
    values = noise((12, 20, 31))
    cut = cut_of(values.shape, None)
    assert cut.planes == tuple(range(12))
    np.testing.assert_array_equal(cut.of(values), values)


@pytest.mark.parametrize(("axis", "order"), [("z", (0, 1, 2)), ("y", (1, 0, 2)), ("x", (2, 0, 1))])
def test_sections_are_normal_to_the_axis_asked_for(axis: str, order: tuple[int, ...]) -> None:
    values = noise((10, 11, 12))
    box = (slice(1, 8), slice(2, 9), slice(3, 12))
    cut = cut_of(values.shape, box, axis)
    np.testing.assert_array_equal(cut.of(values), values[box].transpose(order))
    assert list(cut.planes) == list(range(14))[box["zyx".index(axis)]]


def test_only_the_box_is_taken() -> None:
    values = noise((20, 20, 20))
    box = (slice(3, 9), slice(0, 7), slice(11, 20))
    cut = cut_of(values.shape, box)
    np.testing.assert_array_equal(cut.of(values), values[box])


@pytest.mark.parametrize("axis", ["z", "y"])
@pytest.mark.parametrize("shape", [(3, 401, 363), (300, 64, 700), (2, 1, 400), (1, 1, 1)])
def test_points_of_a_large_map_are_means_of_its_own(
    shape: tuple[int, int, int], axis: str
) -> None:
    values = np.broadcast_to(np.arange(shape[2], dtype=np.float32), shape)
    cut = cut_of(shape, None, axis)
    n, rows, columns = cut.shape
    assert n * rows * columns <= 400_000
    assert max(rows, columns) <= 180
    sections = cut.of(values)
    assert sections.shape == cut.shape
    thin = cut.thinned[1]
    middles = np.arange(columns) * thin + (thin - 1) / 2
    np.testing.assert_allclose(sections, np.broadcast_to(middles, cut.shape), rtol=1e-5)
    assert list(cut.planes) == sorted(set(cut.planes))


def test_points_outside_a_part_are_in_no_mean_over_it() -> None:
    y, x = np.indices((400, 380))
    is_inside = np.stack([np.hypot(y - 200, x - 190) < radius for radius in (150, 90, 1)])
    values = np.where(is_inside, np.float32(3), np.float32(12))
    values[:, 200, 190] = 4  # its block has one more point inside and no other
    mask = is_inside.astype(np.float32)
    cut = cut_of(mask.shape, None)
    assert cut.thinned == (3, 3)
    sections = cut.of_part(values, mask, 0.5)
    share = cut.of(mask)
    assert sections[share > 0].min() == pytest.approx(3, rel=1e-6)
    assert sections[share > 0].max() == pytest.approx(4, rel=1e-6)
    assert np.count_nonzero((share > 0) & (sections > 3.01)) == 3
    assert (sections[share == 0] == 0).all()


@pytest.mark.slow
def test_planes_are_thinned_one_at_a_time() -> None:
    values = np.ones((60, 720, 720), dtype=np.float32)
    cut = cut_of(values.shape, None)
    assert cut.thinned == (4, 4)
    tracemalloc.start()
    try:
        sections = [cut.of(values), cut.of_part(values, values, 0.5)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    for section in sections:
        np.testing.assert_array_equal(section, 1)
    taken = len(cut.planes) * values[0].nbytes
    assert peak < taken / 2


def test_local_resolution_at_the_edge_of_the_mask_is_that_inside() -> None:
    y, x = np.indices((400, 400))
    inside = np.clip((150 - np.hypot(y - 200, x - 200)) / 3 + 0.5, 0, 1)
    mask = np.repeat(inside[None], 4, axis=0).astype(np.float32)
    local = np.where(mask >= 0.5, np.float32(3), np.float32(12))
    maps = [MapData.from_array(values, 1.0) for values in (noise(mask.shape), mask, local)]
    html = viewer_section([], maps[0], mask=maps[1], local=(maps[2], (2.0, 4.0)))
    facts = facts_of(html)
    assert max(facts["views"][0]["thinned"]) > 1
    assert "Of local resolution it is the mean of those inside the mask." in html
    text = re.search(r'<template data-name="local resolution">(.*?)<', html)
    assert text is not None
    layer = facts["layers"][1]
    codes = codes_of(facts, text[1])
    known = codes[codes <= facts["codes"]]
    assert known.size
    found = layer["low"] + layer["step"] * known
    np.testing.assert_allclose(found, 3, atol=1e-5)


def test_the_mean_of_half_maps_is_taken_of_their_sections() -> None:
    halves = [MapData.from_array(noise((6, 7, 8), seed), 1.0) for seed in (1, 2)]
    cut = cut_of((6, 7, 8), None)
    expected = (halves[0].values + halves[1].values) / 2
    np.testing.assert_allclose(cut.of_mean(halves), expected, rtol=1e-6)


def test_densities_come_back_to_within_their_step() -> None:
    sections = noise((4, 30, 30))
    sections[2, 3, 4] = 90.0  # a heavy atom
    packed = packed_density([sections])
    error = np.abs(values_of(packed, sections.shape) - sections)
    allowed = 0.51 * packed.step * np.hypot(sections, packed.bend)
    assert (error <= allowed + 1e-5).all()
    assert packed.step / 2 < 0.012


@pytest.mark.parametrize("scale", [1e-20, 1e17, 1e20, 1e30])
def test_densities_of_any_size_come_back(scale: float) -> None:
    sections = (noise((4, 30, 30)) * scale).astype(np.float32)
    packed = packed_density([sections])
    error = np.abs(values_of(packed, sections.shape) - sections)
    assert (error <= 0.51 * packed.step * np.hypot(sections.astype(float), packed.bend)).all()
    json.dumps(packed.facts, allow_nan=False)


def test_a_constant_comes_back() -> None:
    sections = np.full((2, 5, 5), 0.25, np.float32)
    np.testing.assert_allclose(values_of(packed_density([sections]), (2, 5, 5)), 0.25, atol=1e-6)


def test_a_quantity_comes_back_where_it_is_known() -> None:
    sections = np.abs(noise((3, 9, 9))) + 2
    known = sections > 2.5
    packed = packed_quantity([sections], [known], (2.0, 4.0))
    found = values_of(packed, sections.shape)
    assert (np.isnan(found) == ~known).all()
    assert np.abs(found - sections)[known].max() <= packed.step / 2 + 1e-5
    assert (packed.black, packed.white) == (2.0, 4.0)


def test_a_quantity_known_nowhere_is_nowhere() -> None:
    sections = np.ones((1, 4, 4), np.float32)
    packed = packed_quantity([sections], [np.zeros((1, 4, 4), bool)], (2.0, 4.0))
    assert np.isnan(values_of(packed, (1, 4, 4))).all()


def test_a_region_is_one_bit_a_point() -> None:
    region = noise((3, 5, 7)) > 0
    bits = np.unpackbits(np.frombuffer(unpacked(packed_region([region])), np.uint8))
    np.testing.assert_array_equal(bits[: region.size].reshape(region.shape), region)


def facts_of(html: str) -> dict:
    found = re.search(r'data-facts="(.*?)"', html)
    assert found is not None
    return json.loads(unescape(found[1]))


def test_the_viewer_brings_all_layers_and_where_they_lie() -> None:
    maps = [MapData.from_array(noise((16, 16, 16), seed), (1.0, 1.0, 2.0)) for seed in range(3)]
    inside = np.zeros((16, 16, 16), np.float32)
    inside[4:10, 4:10, 4:10] = 1
    mask = MapData.from_array(inside, (1.0, 1.0, 2.0))
    html = viewer_section(maps[:1], maps[1], mask=mask, local=(maps[2], (2.0, 3.0)))
    facts = facts_of(html)
    assert [layer["name"] for layer in facts["layers"]] == [
        "before",
        "sharpened",
        "local resolution",
    ]
    assert facts["voxel"] == [1.0, 1.0, 2.0]
    assert [view["axis"] for view in facts["views"]] == ["z", "y", "x"]
    for view in facts["views"]:
        assert view["first"] == [2, 2]
        assert view["planes"] == list(range(2, 11))
        assert view["shape"] == [9, 9, 9]
    assert [view["directions"] for view in facts["views"]] == [[0, 1, 2], [0, 2, 1], [1, 2, 0]]
    assert [view["height"] for view in facts["views"]] == [720, 1440, 1440]
    assert html.count("<template") == 4
    assert 'id="viewer" class="viewer" hidden' in html  # without a script nobody misses it


def section_with(mask: FloatMap) -> str:
    return viewer_section(
        [],
        MapData.from_array(noise(mask.shape), 1.0),
        mask=MapData.from_array(mask, 1.0),
        local=None,
    )


@pytest.mark.parametrize("place", [(5, 7, 9), (4, 7, 8)])
def test_a_mask_of_a_single_point_is_found(place: tuple[int, int, int]) -> None:
    values = np.zeros((16, 16, 16), np.float32)
    values[place] = 1
    box = box_of_mask(values, 0.5)
    assert box == tuple(slice(at - 2, at + 3) for at in place)
    html = section_with(values)
    assert "through the part of the map that the mask covers" in html
    assert [view["shape"] for view in facts_of(html)["views"]] == [[5, 5, 5]] * 3


def test_a_mask_without_points_inside_shows_the_whole_map() -> None:
    values = np.full((16, 16, 16), 0.4, np.float32)
    assert box_of_mask(values, 0.5) is None
    html = section_with(values)
    assert "through the whole map" in html
    assert facts_of(html)["views"][0]["shape"] == [16, 16, 16]


def test_a_viewer_fits_in_half_of_the_room_for_a_report() -> None:
    shape = (112, 112, 112)  # as many points as are taken of any map
    maps = [MapData.from_array(noise(shape, seed), 1.0) for seed in (1, 2, 3)]
    mask = MapData.from_array((noise(shape, 4) > -50).astype(np.float32), 1.0)
    html = viewer_section(maps[:1], maps[1], mask=mask, local=(maps[2], (2.0, 3.0)))
    counts = [np.prod(view["shape"]) for view in facts_of(html)["views"]]
    assert counts[0] > 0.97 * 400_000
    assert min(counts[1:]) > 0.95 * 130_000
    assert len(html) < LARGEST_REPORT / 2


def test_a_modified_map_is_a_layer_after_the_sharpened_one() -> None:
    maps = [MapData.from_array(noise((8, 8, 8), seed), 1.0) for seed in range(3)]
    html = viewer_section(maps[:1], maps[1], mask=None, local=None, modified=maps[2])
    facts = facts_of(html)
    assert [layer["name"] for layer in facts["layers"]] == ["before", "sharpened", "modified"]
    text = re.search(r'<template data-name="modified">(.*?)<', html)
    assert text is not None
    layer = facts["layers"][2]
    bent = layer["low"] + layer["step"] * codes_of(facts, text[1])[: 8**3].astype(float)
    found = (layer["bend"] * np.sinh(bent)).reshape(8, 8, 8)
    np.testing.assert_allclose(found, maps[2].values, atol=0.2)


def test_a_map_alone_has_nothing_to_swap() -> None:
    html = viewer_section([], MapData.from_array(noise((8, 8, 8)), 1.0), mask=None, local=None)
    assert "<button" not in html
    assert facts_of(html)["hasMask"] is False


def test_a_map_whose_axes_are_not_at_right_angles_has_sections_and_no_surface() -> None:
    result = make_plain_result()
    position = result.sharpened.position
    skewed = replace(position, cell=replace(position.cell, gamma=120.0))
    sharpened = replace(result.sharpened, position=skewed)
    html = "".join(views_of_map(replace(result, sharpened=sharpened), [], "<section></section>"))
    assert "<h2>Surface" not in html
    assert facts_of(html)["isOrthogonal"] is False
    assert "<h2>Surface" in "".join(views_of_map(result, [], ""))
