"""Quick looks: what a run would make, of a part of the map."""

from __future__ import annotations

import numpy as np
import pytest

from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.view import plane
from map_sharpening.methods.b_factor.quick_look import QuickLook, box_of_most
from map_sharpening.methods.b_factor.sharpen import sharpen_by_b_factor


@pytest.fixture(scope="module")
def noise() -> MapData:
    rng = np.random.default_rng(5)
    return MapData.from_array(rng.normal(size=(40, 44, 48)).astype(np.float32), 1.0, name="map")


def test_a_map_that_is_small_looks_as_the_run_makes_it(noise: MapData) -> None:
    made = sharpen_by_b_factor(
        noise, resolution=3.0, b_sharpen=60.0, methods=("b_iso",), remove_aniso=False
    ).sharpened.values
    look = QuickLook.of(noise).at(60.0, 3.0).values
    np.testing.assert_allclose(look, made / made.std(), rtol=0, atol=1e-4)


def test_a_wave_grows_by_its_factor(noise: MapData) -> None:
    x = np.arange(32) * 2 * np.pi / 32
    # Waves of 8 and 4 Å: t = s²/4 is 1/256 and 1/64 1/Å².
    values = np.cos(4 * x)[:, None, None] + np.cos(8 * x)[None, :, None] + 0 * x[None, None, :]
    look = QuickLook.of(MapData.from_array(values, 1.0)).at(100.0, 3.0).values
    expected = np.exp(100 / 64 - 100 / 256)
    terms = np.abs(np.fft.fftn(look))
    assert terms[0, 8, 0] / terms[4, 0, 0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("shape", [(40, 44, 48), (15, 22, 31), (24, 17, 30), (20, 20, 21)])
@pytest.mark.parametrize("resolution", [2.01, 3.0])
def test_central_sections_are_those_of_the_map(
    shape: tuple[int, int, int], resolution: float
) -> None:
    values = np.random.default_rng(8).normal(size=shape).astype(np.float32)
    look = QuickLook.of(MapData.from_array(values, 1.0))
    made, sections = look.at(60.0, resolution), look.central_sections(60.0, resolution)
    assert set(sections) == set("xyz")
    for axis, section in sections.items():
        np.testing.assert_allclose(section, plane(made, axis, 0.5), rtol=0, atol=2e-5)


def test_of_a_large_map_the_part_that_varies_most_is_taken_in_its_place() -> None:
    values = np.zeros((64, 48, 20), np.float32)
    values[40:56, 8:24] = np.random.default_rng(1).normal(size=(16, 16, 20))
    whole = MapData.from_array(values, 2.0)
    assert box_of_most(whole, 16) == ((40, 8, 0), (56, 24, 16))
    look = QuickLook.of(whole, 16).at(0.0, 4.0)
    assert look.values.shape == (16, 16, 16)
    assert look.position.first_point == pytest.approx((0, 16, 80))


def test_what_cannot_be_looked_at_is_told(noise: MapData) -> None:
    with pytest.raises(MapValueError, match="one value everywhere"):
        QuickLook.of(MapData.from_array(np.ones((8, 8, 8), np.float32), 1.0, name="flat"))
    look = QuickLook.of(noise)
    with pytest.raises(ParameterError, match="finer than the Nyquist limit"):
        look.at(0.0, 1.0)
    with pytest.raises(ParameterError, match="finer than the Nyquist limit"):
        look.central_sections(0.0, 1.0)
    for b in (1e6, float("nan")):
        with pytest.raises(ParameterError, match="b_sharpen is"):
            look.at(b, 3.0)
    for resolution in (1000.0, float("inf"), float("nan")):
        with pytest.raises(ParameterError, match="shows nothing beyond 24"):
            look.at(0.0, resolution)
