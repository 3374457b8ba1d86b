"""Round which region a box is cut out: blocks of known height, at known places."""

from __future__ import annotations

from typing import Any

import numpy as np

from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.volume.cut_out_box import cut_out_box

N = 40  # grid points along an edge, 1 Å apart


def blocks(*given: tuple[tuple[int, int, int], int, float]) -> MapData:
    """Return a map of cubic blocks, each a first point x y z, an edge and a height."""
    values = np.zeros((N, N, N), np.float32)
    for (x, y, z), edge, height in given:
        values[z : z + edge, y : y + edge, x : x + edge] = height
    return MapData.from_array(values, 1.0, name="blocks")


def centre(source: MapData, **named: Any) -> list[float]:
    """Return the middle x y z of a box of five points along each edge."""
    chosen = {"resolution": 3.0, "box_size": (5, 5, 5), "soft_mask": False, "threads": 1}
    options = BFactorOptions.from_keywords(**chosen | named)
    first, last = cut_out_box(source, options, lambda: 0.5)
    return [(low + high) / 2 for low, high in zip(first, last, strict=True)]


def test_a_peak_far_above_the_map_s_spread_is_told_from_what_surrounds_it() -> None:
    # 8 and 24 times the spread: the surroundings are too large a region
    source = blocks(((5, 5, 5), 7, 1.0), ((9, 9, 9), 3, 3.0))
    unit = source.values.std() / np.sqrt(0.5)
    assert 1.0 / unit > 5.2
    assert 15 < 3.0 / unit < 26
    # 0.5 * 64,000 * 0.002 = 64 points are hoped for
    assert centre(source, fraction_occupied=0.002) == [10.0, 10.0, 10.0]


def plate(y_from: int, y_to: int, *peaks: tuple[int, int, int]) -> MapData:
    """Return a plate along x and y, and upon it peaks that only a higher level parts.

    A peak is a first point x y and an edge; regions of peaks and of the plate have their
    middles apart.
    """
    values = np.zeros((N, N, N), np.float32)
    values[16:24, y_from:y_to, 3:37] = 1.5
    for x, y, edge in peaks:
        values[16:24, y : y + edge, x : x + edge] = 3.0
    return MapData.from_array(values, 1.0, name="plate")


def test_a_map_is_parted_into_regions_of_fifty_residues() -> None:
    # 64,000 Å³, half of which is protein: five regions of 50 residues and 1,280 points each
    source = plate(4, 36, (6, 6, 10), (24, 6, 10), (6, 24, 10), (24, 24, 10))
    assert all(abs(x - 19.5) > 5 for x in centre(source, fraction_occupied=0.2)[:2])


def test_more_regions_than_copies_are_no_reason_against_a_level() -> None:
    # five regions of 2,048 points are hoped for: the peaks; the plate alone would do, too
    source = plate(10, 30, (3, 12, 16), (21, 12, 16))
    x, y, _ = centre(source, fraction_occupied=0.32)
    assert min(abs(x - 10.5), abs(x - 28.5)) <= 1
    assert abs(y - 19.5) <= 1
