"""Maps coarser than 10 Å, which have no detail to score."""

from __future__ import annotations

import numpy as np
import pytest
from real_data import DATA, needs_data

from map_sharpening import read_map, sharpen_by_b_factor
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.options import BFactorOptions

RADIUS = 11  #: voxels, of the sphere that holds the ribosome


def ribosome(split: str) -> MapData:
    folder = DATA / "em" / "ribosome_70s"
    one, two = (read_map(folder / f"half{number}_{split}.mrc")[0] for number in (1, 2))
    return one.with_values((one.values + two.values) / 2)


def agreement(found: MapData) -> float:
    """Return the correlation with a map of many more particles, where the ribosome is."""
    reference = read_map(DATA / "em" / "ribosome_70s" / "reference_of_package.mrc")[0].values
    axis = np.arange(len(reference)) - len(reference) / 2
    squares = axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2
    near = squares < RADIUS**2
    return float(np.corrcoef(found.values[near], reference[near])[0, 1])


@needs_data
@pytest.mark.parametrize(("split", "resolution"), [("parity", 28.0), ("n10", 35.0)])
def test_a_real_subtomogram_average_comes_nearer_to_a_better_one(
    split: str, resolution: float
) -> None:
    source = ribosome(split)
    weighted = sharpen_by_b_factor(source, resolution=resolution)
    plain = sharpen_by_b_factor(source, resolution=resolution, pseudo_likelihood=False)
    assert agreement(weighted.sharpened) > agreement(source) + 0.1
    assert agreement(weighted.sharpened) > agreement(plain.sharpened) + 0.015
    assert weighted.signal_share is not None
    assert weighted.chosen.b_sharpen == weighted.signal_share.b_of_signal
    assert len(weighted.trials) == 2  # no search, for there is nothing to score
    assert any("it is that of the signal's fall-off" in text for text in weighted.warnings)


@pytest.mark.parametrize(
    ("keywords", "is_too_coarse"),
    [
        ({"resolution": 10.0}, False),
        ({"resolution": 10.1}, True),
        ({"resolution": 20.0, "methods": ["b_iso"]}, True),
        ({"resolution": 20.0, "methods": ["b_iso", "model_sharpening"]}, False),
        ({"resolution": 20.0, "b_iso": 100.0}, False),
        ({"resolution": 20.0, "residual_target": "adjusted_sa"}, False),
        ({"resolution": 20.0, "wrapping": True}, False),
    ],
)
def test_scores_say_nothing_of_coarse_maps(
    keywords: dict[str, object], is_too_coarse: bool
) -> None:
    assert BFactorOptions.from_keywords(**keywords).is_too_coarse_to_score == is_too_coarse
