"""Sizes of boxes, tiles and smoothing that the map doesn't allow are told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from b_factor_maps import RESOLUTION, reference

from map_sharpening import sharpen_by_b_factor
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.volume.working_volume import ScoredPart, scored_part


def part(**named: Any) -> ScoredPart:
    options = BFactorOptions.from_keywords(
        resolution=RESOLUTION, box_in_auto_sharpen=True, soft_mask=False, **named
    )
    return scored_part(reference(), options, lambda: 0.95)


def test_a_box_cut_down_at_a_face_is_told() -> None:
    (warning,) = part(box_center=(28.8, 28.8, 0.0), box_size=(21, 21, 61)).warnings
    assert "box_size is 21 x 21 x 61 grid points" in warning
    assert "of which 21 x 21 x 48 lie in" in warning
    assert part(box_center=(28.8, 28.8, 28.8), box_size=(21, 21, 21)).warnings == ()


def test_a_box_that_gives_way_to_the_whole_map_is_told() -> None:
    (warning,) = part(box_center=(28.8, 28.8, 28.8), max_box_fraction=0.01).warnings
    assert "more than max_box_fraction" in warning


@pytest.fixture(scope="module")
def noise() -> MapData:
    values = np.random.default_rng(1).normal(size=(24, 24, 24))
    return MapData.from_array(values.astype(np.float32), 1.5, name="noise")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"smoothing_radius": 500.0}, "smoothing_radius is 500 Å, and the centres"),
        ({"smoothing_radius": 0.01}, "smoothing_radius is 0.01 Å, and the centres"),
        ({"box_size": (30, 30, 30)}, "box_size is 30 30 30, and noise has 24 x 24 x 24"),
        ({"smoothing_radius": 8.0}, None),
        ({}, None),
    ],
    ids=str,
)
def test_what_leaves_local_b_factors_no_room_is_told(
    noise: MapData, options: dict[str, Any], expected: str | None
) -> None:
    size = {"box_size": (12, 12, 12), "target_n_overlap": 4, **options}
    found = sharpen_by_b_factor(
        noise, resolution=4.5, b_sharpen=20.0, local_sharpening=True, threads=1, **size
    )
    told = [text for text in found.warnings if "smoothing_radius" in text or "box_size" in text]
    assert len(told) == (expected is not None)
    assert all(expected in text for text in told if expected)
