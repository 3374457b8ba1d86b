"""Margins of one value round a map."""

from __future__ import annotations

import numpy as np
import pytest
from examples import of_fast_suite
from half_map_files import RESOLUTION

from map_sharpening import sharpen_by_b_factor
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.b_factor.volume.margins import filled_part, without_step_at_margin
from map_sharpening.simulation.simulate import SimulatedHalfMaps

_WIDTH = 6  #: points


def padded(source: MapData, level: float, before: int = _WIDTH, after: int = _WIDTH) -> MapData:
    values = np.pad(source.values, (before, after), constant_values=np.float32(level))
    return MapData.from_array(values, source.voxel_size, name="padded")


def noise(mean: float = 2.0) -> MapData:
    values = mean + np.random.default_rng(3).standard_normal((20, 20, 20))
    return MapData.from_array(values.astype(np.float32), 1.0, name="noise")


@pytest.mark.parametrize(("before", "after"), [(6, 6), (0, 5), (5, 0)])
@pytest.mark.parametrize("level", [-7.0, 0.0, 9.0])
def test_a_margin_has_the_mean_of_the_faces_it_lies_on(
    before: int, after: int, level: float
) -> None:
    source = noise()
    found, warnings = without_step_at_margin(padded(source, level, before, after))
    inner = (slice(before, before + 20),) * 3
    np.testing.assert_array_equal(found.values[inner], source.values)
    outside = np.ones(found.values.shape, bool)
    outside[inner] = False
    margin = np.unique(found.values[outside])
    assert margin.size == 1
    on_faces = [source.values[0], source.values[:, 0], source.values[:, :, 0]] if before else []
    if after:
        on_faces += [source.values[-1], source.values[:, -1], source.values[:, :, -1]]
    assert margin[0] == pytest.approx(np.mean([face.mean() for face in on_faces]), abs=1e-5)
    (warning,) = warnings
    assert f"padded has a margin that is {level:.4g} everywhere" in warning
    assert "20 x 20 x 20 points" in warning


def masked() -> MapData:
    """Return a ball in a map that is 0 elsewhere, as after a mask."""
    source = noise()
    axis = np.arange(20) - 9.5
    radius = np.sqrt(axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None] ** 2)
    return padded(source.with_values(np.where(radius < 8.5, source.values, 0)), 0.0)


@pytest.mark.parametrize(
    "source",
    [
        noise(),
        padded(noise(), 2.1),
        masked(),
        noise().with_values(np.zeros((20,) * 3, np.float32)),
    ],
    ids=["none", "no step", "mask", "empty"],
)
def test_other_maps_stay_as_they_are(source: MapData) -> None:
    found, warnings = without_step_at_margin(source)
    assert found is source
    assert warnings == ()


@pytest.mark.parametrize(("before", "after"), [(6, 6), (0, 5), (5, 0)])
def test_what_a_margin_surrounds_is_found_at_its_place(before: int, after: int) -> None:
    source = noise()
    given = padded(source, 2.0, before, after)
    part, inside = filled_part(given, periodic=False)
    np.testing.assert_array_equal(part.values, source.values)
    assert inside == (slice(before, before + 20),) * 3
    assert part.position.first_point == (before, before, before)
    assert filled_part(given, periodic=True)[0] is given
    assert filled_part(masked(), periodic=False)[0].values.shape == (32, 32, 32)


@pytest.mark.slow
def test_a_wide_margin_does_not_hide_the_noise(simulated: SimulatedHalfMaps) -> None:
    mean = simulated.mean
    given = padded(mean, 0.0, 40, 33)
    alone = sharpen_by_b_factor(mean, resolution=RESOLUTION, threads=1)
    found = sharpen_by_b_factor(given, resolution=RESOLUTION, threads=1)
    assert alone.was_treated is False
    assert found.was_treated is False
    assert alone.signal_share is not None
    assert found.signal_share is not None
    shares = [result.signal_share.at(RESOLUTION) for result in (alone, found)]
    assert shares[1] == pytest.approx(shares[0], abs=0.03)
    assert found.chosen.b_sharpen == pytest.approx(alone.chosen.b_sharpen, abs=10)


@pytest.mark.parametrize("of_range", of_fast_suite([0.0, 1.0], 0.0))
def test_the_b_factor_is_that_of_a_map_padded_with_its_mean(
    simulated: SimulatedHalfMaps, of_range: float
) -> None:
    mean = simulated.mean
    lowest, highest = float(mean.values.min()), float(mean.values.max())
    given = padded(mean, lowest + of_range * (highest - lowest))
    level = float(without_step_at_margin(given)[0].values[0, 0, 0])
    options = {"resolution": RESOLUTION, "threads": 1}
    expected = sharpen_by_b_factor(padded(mean, level), **options)
    found = sharpen_by_b_factor(given, **options)
    assert found.chosen.b_sharpen == expected.chosen.b_sharpen
    np.testing.assert_array_equal(found.sharpened.values, expected.sharpened.values)
    assert [text[:20] for text in found.warnings[:2]] == ["padded has a margin "] * 2
    assert found.warnings[2:] == expected.warnings


@pytest.mark.parametrize(
    "given", of_fast_suite([{"wrapping": True}, {"b_sharpen": 20.0}], {"b_sharpen": 20.0}), ids=str
)
def test_crystals_and_a_b_that_is_given_keep_the_margin(
    simulated: SimulatedHalfMaps, given: dict[str, float]
) -> None:
    values: FloatMap = simulated.mean.values
    source = padded(simulated.mean, float(values.min()))
    result = sharpen_by_b_factor(source, resolution=RESOLUTION, threads=1, **given)
    assert not any("the margin was given" in text for text in result.warnings)
