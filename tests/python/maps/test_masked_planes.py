"""Planes of maps that are 0 in most places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from map_files import mrc_bytes, saved
from scipy import ndimage

from map_sharpening.io.maps import read_map


def test_what_is_left_above_a_level_has_no_gaps_and_one_scale(tmp_path: Path) -> None:
    values = ndimage.gaussian_filter(np.random.default_rng(1).normal(size=(40, 40, 40)), 1.2)
    for level in (2.5, 3, 3.5):
        scraps = np.where(values > level * values.std(), values, 0)
        assert not any("plane" in text for text in read_map(saved(tmp_path, mrc_bytes(scraps)))[1])


def test_planes_missing_in_a_masked_map_are_told(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(32, 32, 32))
    z, y, x = np.indices(values.shape) - 12
    values[(x**2 + y**2 > 100) | (np.abs(z) % 4 == 1)] = 0
    (told,) = read_map(saved(tmp_path, mrc_bytes(values)))[1]
    assert "the planes z 3, 7, 11, 13 and 4 more gaps" in told
    assert "the planes beside them something in the same places: a part of the file may" in told
