"""The contour level shows the molecule and hardly anything else, whatever made the map."""

from __future__ import annotations

import numpy as np
import pytest
from examples import of_fast_suite
from model_case import Case

from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.b_factor.sharpen import sharpen_by_b_factor
from map_sharpening.methods.external_map import sharpen_by_external_map
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.methods.shared.contour import (
    Contour,
    recommended_contour,
    region_by_density,
    region_of_halves,
)
from map_sharpening.methods.shared.soft_masks import half_map_mask
from map_sharpening.molecule.model_map import points_near_atoms
from map_sharpening.simulation.demo import demo_half_maps

FINE, COARSE = 3.0, 12.0


def ball(n: int = 48) -> np.ndarray:
    """Return the distance from the centre of a box, in units of its half edge."""
    z, y, x = np.indices((n, n, n)) - (n - 1) / 2
    return np.sqrt(z**2 + y**2 + x**2) / (n / 2)


def surface_outside(values: np.ndarray, region: np.ndarray, level: float) -> float:
    """Return the share of surface voxels that lie outside, counted with numpy alone."""
    above = values > level
    padded = np.pad(above, 1, mode="edge")
    enclosed = np.ones_like(above)
    for axis in range(3):
        for shift in (-1, 1):
            enclosed &= np.roll(padded, shift, axis)[1:-1, 1:-1, 1:-1]
    surface = above & ~enclosed
    return float(np.count_nonzero(surface & (region < 0.5)) / np.count_nonzero(surface))


@pytest.mark.parametrize(("resolution", "share"), [(FINE, 0.12), (5.0, 0.12), (COARSE, 0.20)])
def test_a_share_of_a_clean_molecule_lies_inside(resolution: float, share: float) -> None:
    region = (ball() < 0.5).astype(np.float32)
    values = (1 - ball()).astype(np.float32)
    found = recommended_contour(values, region, resolution)
    assert np.mean(values > found.level) == pytest.approx(share * region.mean(), rel=0.05)
    assert found.share_outside == 0
    assert found.warnings("the mask") == ()


@pytest.mark.parametrize("strength", [0.05, 0.08, 0.1])
def test_noise_outside_raises_it_as_far_as_needed(strength: float) -> None:
    distance = ball()
    noise = np.random.default_rng(4).normal(0, strength, distance.shape)
    # Noise rises outwards, as in maps that were reconstructed.
    values = (np.maximum(1 - distance, 0) + noise * distance).astype(np.float32)
    region = (distance < 0.6).astype(np.float32)
    found = recommended_contour(values, region, FINE)
    assert surface_outside(values, region, found.level) == pytest.approx(
        found.share_outside, abs=1e-3
    )
    assert found.share_outside <= 0.005
    assert np.mean(values > found.level) <= 0.12 * region.mean()
    below = 0.9 * found.level
    assert (
        surface_outside(values, region, below) > 0.005
        or np.mean(values > below) > 0.12 * region.mean()
    )


def test_it_scales_with_the_map() -> None:
    region = (ball() < 0.5).astype(np.float32)
    values = (1 - ball()).astype(np.float32)
    one, other = (recommended_contour(scale * values, region, FINE) for scale in (1, 20))
    assert other.level == pytest.approx(20 * one.level, rel=1e-3)


def test_a_molecule_that_fills_its_box_has_a_level_inside_its_values() -> None:
    values = (1 - ball()).astype(np.float32)
    found = recommended_contour(values, np.ones_like(values), FINE)
    assert 0 < found.level < values.max()
    assert found.share_outside == 0


def test_a_region_that_leaves_out_half_of_the_molecule_is_told() -> None:
    values = (1 - ball()).astype(np.float32)
    region = (ball() < 0.5).astype(np.float32)
    region[:24] = 0
    (warning,) = recommended_contour(values, region, FINE).warnings("the mask")
    assert "50% of the surface is outside the mask" in warning


def test_noise_cut_off_below_within_a_sphere_is_no_molecule() -> None:
    distance, spacing = ball(), 3.0
    noise = np.random.default_rng(3).normal(size=distance.shape)
    values = np.maximum(noise + (distance < 0.4), 0) * (distance < 1)
    cut_off = MapData.from_array(values.astype(np.float32), spacing)
    region = region_by_density(cut_off, 6.0)
    assert region is not None
    assert region[distance < 0.4].all()
    assert region.mean() < 2 * np.mean(distance < 0.4)  # with the room around


def test_a_guess_is_told() -> None:
    values = (1 - ball()).astype(np.float32)
    for region in (None, np.zeros_like(values)):
        found = recommended_contour(values, region, FINE)
        assert found.level == pytest.approx(3 * values.std())
        assert "is a guess, 3 SD" in found.warnings("the mask")[0]


def test_few_per_cent_are_told_and_less_is_not() -> None:
    assert Contour(1.0, 0.01, 1.0).warnings("the mask") == ()
    assert len(Contour(1.0, 0.02, 1.0).warnings("the mask")) == 1


def test_a_level_that_shows_little_of_the_molecule_is_told() -> None:
    distance = ball()
    region = (distance < 0.6).astype(np.float32)
    peaks = np.zeros_like(distance)
    peaks[::2, ::2, ::2] = 1  # noise that reaches as high as all but the middle of the molecule
    molecule = np.maximum(1 - 2 * distance, 0)
    for noise, shown in ((0.0, 1.0), (0.8, (0.1 / 0.6) ** 3 / 0.12)):
        values = np.maximum(molecule, noise * peaks * (distance >= 0.6)).astype(np.float32)
        found = recommended_contour(values, region, FINE)
        assert found.share_outside <= 0.005
        assert found.share_shown == pytest.approx(shown, rel=0.05)
        assert found.share_shown == pytest.approx(
            np.count_nonzero(values > found.level) / (0.12 * np.count_nonzero(region)), rel=0.02
        )
        told = found.warnings("the mask")
        assert len(told) == (0 if noise == 0 else 1)
        assert not told or "% of the volume that a molecule should have" in told[0]


@pytest.fixture(scope="module")
def case() -> Case:
    return Case(demo_half_maps(shape=(72, 72, 72), voxel_size=1.5, resolution=4.0))


@pytest.fixture(scope="module")
def molecule(case: Case) -> FloatMap:
    """Return where the molecule is, from its atoms."""
    return points_near_atoms(case.atoms, case.mean.shape, case.mean.box, 6.0).astype(np.float32)


def wide_mask(case: Case, radius: float) -> MapData:
    """Return a mask that is a ball in the middle of the box, its radius in half edges."""
    return case.mean.with_values((ball(72) < radius).astype(np.float32), "wide mask")


@pytest.mark.parametrize("is_local", [False, True])
@pytest.mark.parametrize("mask", of_fast_suite(["auto", False, 0.9, 2.0], "auto"))
def test_half_maps_show_no_noise(case, molecule, is_local: bool, mask) -> None:
    found = sharpen_half_maps(
        case.maps.half_1,
        case.maps.half_2,
        resolution=4.0,
        local_sharpen=is_local,
        mask=wide_mask(case, mask) if isinstance(mask, float) else mask,
        density_modification=True,
    )
    outside = surface_outside(found.sharpened.values, molecule, found.contour_level)
    assert outside <= 0.01
    modified = found.modification
    assert modified is not None
    assert surface_outside(modified.modified.values, molecule, modified.contour_level) <= 0.01
    assert not [warning for warning in found.warnings if "contour" in warning]


@pytest.mark.slow
def test_the_region_of_half_maps_is_that_of_their_grid_in_the_array_that_was_asked_for() -> None:
    maps = demo_half_maps(shape=(97, 98, 99), voxel_size=1.1, resolution=4.0)
    mask = np.ones((97, 98, 99), dtype=np.float32)
    mask[:, :, :50] = 0
    made: list[np.ndarray] = []

    def new_array(shape: tuple[int, int, int], dtype: np.dtype) -> np.ndarray:
        made.append(np.full(shape, np.nan, dtype))
        return made[-1]

    region = region_of_halves(mask, maps.half_1, maps.half_2, 4.0, new_array=new_array)
    assert len(made) == 1
    assert region is made[0]
    expected = (half_map_mask(maps.half_1, maps.half_2, 4.0) > 0.5) & (mask > 0.5)
    differ = np.count_nonzero((region > 0.5) != expected)
    assert differ < 0.1 * np.count_nonzero(expected)
    assert not region[:, :, :50].any()


@pytest.mark.parametrize(
    "keywords",
    of_fast_suite(
        [{}, {"b_sharpen": 60.0}, {"residual_target": "kurtosis"}, {"solvent_content": 0.8}],
        {"residual_target": "kurtosis"},
    ),
)
def test_one_map_shows_no_noise(case, molecule, keywords) -> None:
    found = sharpen_by_b_factor(case.mean, resolution=4.0, **keywords)
    assert surface_outside(found.sharpened.values, molecule, found.contour_level) <= 0.01


@pytest.mark.parametrize("share", of_fast_suite([1.0, 0.5], 0.5))
def test_a_map_with_a_model_shows_no_noise(case, molecule, share: float) -> None:
    part = case.atoms.selected(np.arange(len(case.atoms)) < share * len(case.atoms))
    found = case.sharpened(atoms=part)
    assert surface_outside(found.sharpened.values, molecule, found.contour_level) <= 0.01


@pytest.mark.parametrize("radius", [None, 0.9, 2.0])
def test_a_map_scaled_to_another_shows_no_noise(case, molecule, radius: float | None) -> None:
    mask = None if radius is None else wide_mask(case, radius)
    found = sharpen_by_external_map(case.mean, case.maps.truth, resolution=4.0, mask=mask)
    assert surface_outside(found.sharpened.values, molecule, found.contour_level) <= 0.01
