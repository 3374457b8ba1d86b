"""Real maps in the comparison: what is done to them before, and what comes out."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from real_data import DATA, needs_data

sys.path.insert(0, str(Path(__file__).parents[3]))  # bench/ is not part of the package

from bench.quality.measures.real_maps import MAPS, blurred, rows
from map_sharpening.maps.map_data import MapData


def test_a_blur_multiplies_terms_by_the_factor_of_its_b() -> None:
    values = np.random.default_rng(1).normal(size=(7, 8, 10)).astype(np.float32) + 1
    given = MapData.from_array(values, (1.0, 1.5, 2.0))
    ratio = np.fft.rfftn(blurred(given, 30.0).values) / np.fft.rfftn(values)
    assert ratio[0, 0, 0] == pytest.approx(1, abs=1e-4)
    # One step along x, y, z: s is 1 over the edge of the cell.
    for place, edge in (((0, 0, 1), 10.0), ((0, 1, 0), 12.0), ((1, 0, 0), 14.0)):
        assert ratio[place] == pytest.approx(np.exp(-30 / (4 * edge**2)), abs=1e-4)
    assert blurred(given, 0.0) is given


@pytest.mark.slow
@needs_data
def test_what_comes_out_depends_little_on_the_b_of_the_map_given() -> None:
    smallest = MAPS[1]
    found = list(rows(DATA, None, [smallest]))
    assert [row[1] for row in found] == ["as deposited", "B +80 Å²", "B −60 Å²"]
    given, made = ([float(row[column].split(",")[0]) for row in found] for column in (2, 3))
    assert max(given) - min(given) > 0.05
    assert max(made) - min(made) < 0.012
    assert min(made) > max(given) - 0.012
