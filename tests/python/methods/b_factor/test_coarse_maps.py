"""Maps coarser than 10 Å, which have no detail to score."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.fft
from real_data import DATA, needs_data

from map_sharpening import read_map, sharpen_by_b_factor
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import simulate_half_maps

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


@pytest.mark.slow
def test_a_coarse_map_that_was_filtered_is_left_as_it_is() -> None:
    halves = simulate_half_maps(
        demo_atoms(), (48, 48, 48), 3.2, 12.0, b_core=400.0, b_rim=900.0, seed=3
    )
    mean = halves.mean
    as_it_was = sharpen_by_b_factor(mean, resolution=12.0)
    assert as_it_was.signal_share is not None
    assert as_it_was.chosen.b_sharpen > 200
    blurred = scipy.fft.rfftn(mean.values) * np.exp(-1000 * squares_of_s(mean) / 4)
    filtered = mean.with_values(
        scipy.fft.irfftn(blurred, s=mean.values.shape).astype(np.float32), "filtered"
    )
    found = sharpen_by_b_factor(filtered, resolution=12.0)
    assert found.chosen.method == "no_sharpening"
    assert np.corrcoef(found.sharpened.values.ravel(), filtered.values.ravel())[0, 1] > 0.99999
    assert any("it is left as it is; give the half maps" in text for text in found.warnings)
    asked_for = sharpen_by_b_factor(filtered, resolution=12.0, pseudo_likelihood=True)
    assert asked_for.chosen.b_sharpen > as_it_was.chosen.b_sharpen + 200


@needs_data
@pytest.mark.parametrize("resolution", [28.0, 40.0])
def test_a_coarse_map_that_was_cut_out_by_a_sphere_is_not_blurred(resolution: float) -> None:
    source = read_map(DATA / "em" / "ribosome_70s" / "full_40.mrc")[0]
    axis = np.arange(len(source.values)) - len(source.values) / 2
    squares = axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2
    cut_out = source.with_values(source.values * (squares < RADIUS**2), "cut out")
    found = sharpen_by_b_factor(cut_out, resolution=resolution)
    assert found.chosen.method == "no_sharpening"
    assert any("it is left as it is" in text for text in found.warnings)


@pytest.mark.slow
@pytest.mark.parametrize("overall_first", [True, False])
def test_nor_is_it_sharpened_locally(overall_first: bool) -> None:
    halves = simulate_half_maps(
        demo_atoms(), (48, 48, 48), 3.2, 12.0, b_core=400.0, b_rim=900.0, seed=3
    )
    mean = halves.mean
    blurred = scipy.fft.rfftn(mean.values) * np.exp(-1000 * squares_of_s(mean) / 4)
    filtered = mean.with_values(
        scipy.fft.irfftn(blurred, s=mean.values.shape).astype(np.float32), "filtered"
    )
    found = sharpen_by_b_factor(
        filtered, resolution=12.0, local_sharpening=True, overall_before_local=overall_first
    )
    assert found.chosen.method == "no_sharpening"
    assert found.local is None
    assert "local_sharpening has no effect: the map is left as it is" in found.warnings


def squares_of_s(source: MapData) -> npt.NDArray[np.float64]:
    n, step = len(source.values), source.voxel_size[0]
    full, half = np.fft.fftfreq(n, step), np.fft.rfftfreq(n, step)
    squares: npt.NDArray[np.float64] = (
        full[:, None, None] ** 2 + full[None, :, None] ** 2 + half[None, None, :] ** 2
    )
    return squares


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
        ({"resolution": 20.0, "pseudo_likelihood": False}, False),
        ({"resolution": 20.0, "pseudo_likelihood": True}, True),
    ],
)
def test_scores_say_nothing_of_coarse_maps(
    keywords: dict[str, object], is_too_coarse: bool
) -> None:
    assert BFactorOptions.from_keywords(**keywords).is_too_coarse_to_score == is_too_coarse
