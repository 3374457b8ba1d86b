"""Solvent fraction from the variation of the density."""

from __future__ import annotations

import math

import gemmi
import numpy as np
import numpy.typing as npt
import pytest
import scipy.ndimage
from real_data import DATA, needs_data

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.maps import read_map
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.methods.shared.solvent import (
    SolventVariant,
    solvent_by_density_or_variation,
    solvent_fraction_from_map,
    solvent_region,
)
from map_sharpening.methods.shared.sphere_means import sphere_means

TRICLINIC = UnitCell(50.0, 60.0, 55.0, 80.0, 100.0, 115.0)


def uniform_numbers(seed: int, count: int) -> npt.NDArray[np.float64]:
    """Return a reproducible sequence between 0 and 1."""
    numbers = np.empty(count)
    state = seed
    for i in range(count):
        state = (1664525 * state + 1013904223) % 2**32
        numbers[i] = state / 2**32
    return numbers


@pytest.fixture(scope="module")
def chain_in_noise() -> MapData:
    """A random chain of 240 atoms with B 100 Å² and noise of 0.3 SD in a box of 57.6 Å."""
    n, spacing = 48, 1.2
    centre = np.full(3, 28.8)
    random = uniform_numbers(12345, 480)
    position = centre.copy()
    density = np.zeros((n, n, n))
    variance = 0.25 + 100 / (8 * math.pi**2)
    edge = n * spacing
    for cos_theta, turn in zip(2 * random[::2] - 1, 2 * math.pi * random[1::2], strict=True):
        sin_theta = math.sqrt(1 - cos_theta**2)
        step = 1.5 * np.array([sin_theta * math.cos(turn), sin_theta * math.sin(turn), cos_theta])
        ahead = position + step
        position = ahead if np.linalg.norm(ahead - centre) <= 14 else position - step
        along = [np.arange(n) * spacing - coordinate for coordinate in position]
        nearest = [offset - edge * np.round(offset / edge) for offset in along]
        x, y, z = (np.exp(-(offset**2) / (2 * variance)) for offset in nearest)
        density += x[:, None, None] * y[None, :, None] * z[None, None, :]
    np.testing.assert_allclose(position, [30.2668, 27.7480, 39.8858], atol=1e-4)
    noise = (uniform_numbers(98765, n**3) - 0.5).reshape(density.shape)
    density += noise / noise.std() * 0.3 * density.std()
    return MapData.from_array(density.transpose(2, 1, 0), spacing, name="chain")


def ball(
    radius: float, cell: UnitCell, shape: tuple[int, int, int], *, noise: float = 0.02
) -> MapData:
    """Random density in a ball, weak noise around it, in any cell."""
    nz, ny, nx = shape
    z, y, x = np.meshgrid(*((np.arange(n) + 0.5) / n - 0.5 for n in shape), indexing="ij")
    fractions = np.stack([x, y, z], axis=-1)
    matrix = np.array(gemmi.UnitCell(*cell.parameters()).orth.mat.tolist())
    distance = np.linalg.norm(fractions @ matrix.T, axis=-1)
    rng = np.random.default_rng(5)
    values = noise * rng.normal(size=shape) + (distance < radius) * rng.normal(size=shape)
    return MapData(values.astype(np.float32), MapPosition(cell, (nx, ny, nz)), "ball")


def volume_of(cell: UnitCell) -> float:
    volume: float = gemmi.UnitCell(*cell.parameters()).volume
    return volume


def test_the_density_of_the_reference_case_is_as_stated(chain_in_noise: MapData) -> None:
    values = chain_in_noise.values
    found = [values.mean(), values.std(), values.max(), values[24, 24, 24], values[0, 0, 0]]
    np.testing.assert_allclose(
        found, [0.037116, 0.464047, 21.465174, 6.080401, 0.005878], atol=1e-6
    )


def peer_fraction(map_data: MapData, resolution: float) -> float:
    """Return the share of solvent by a rule in which one strong feature raises the threshold.

    The squared deviation from the map's mean, without its own mean and what is finer than the
    resolution, is averaged in spheres of twice the resolution: it is solvent below 5 % of the
    maximum.
    """
    squares = np.square(map_data.values - map_data.values.mean(), dtype=np.float32)
    to_resolution = FourierGrid.to_d_min(map_data, resolution)
    coarse = to_resolution.filtered(squares, _core.ScaleFactors(1 / resolution, [1.0, 1.0]))
    variation = sphere_means(coarse, map_data, 2 * resolution, 0)
    return float(np.mean(variation < 0.05 * variation.max()))


def test_the_rule_of_the_peer_gives_the_reference_fraction(chain_in_noise: MapData) -> None:
    assert peer_fraction(chain_in_noise, 3.2) == pytest.approx(0.975179, abs=5e-7)


@pytest.mark.parametrize("cell", [UnitCell(60.0, 60.0, 60.0), TRICLINIC])
@pytest.mark.parametrize("radius", [12.0, 18.0])
def test_the_surface_is_found_to_half_the_radius_of_the_spheres(
    cell: UnitCell, radius: float
) -> None:
    wang_radius = 4.5
    estimate = solvent_fraction_from_map(
        ball(radius, cell, (40, 44, 38)), 3.0, wang_radius=wang_radius
    )
    volume = (1 - estimate.fraction) * volume_of(cell)
    assert (volume / (4 / 3 * math.pi)) ** (1 / 3) == pytest.approx(radius, abs=wang_radius / 2)


def test_the_mask_is_where_the_density_is_flat() -> None:
    map_data = ball(15.0, UnitCell(60.0, 60.0, 60.0), (40, 40, 40))
    is_solvent = solvent_fraction_from_map(map_data, 3.0).is_solvent
    assert is_solvent.shape == map_data.values.shape
    assert not is_solvent[20, 20, 20]
    assert is_solvent[:4].all()


@pytest.mark.parametrize("variant", ["robust", "density"])
def test_the_fraction_is_that_of_the_mask(variant: SolventVariant) -> None:
    map_data = ball(15.0, TRICLINIC, (40, 40, 40))
    estimate = solvent_fraction_from_map(map_data, 4.0, variant=variant)
    assert estimate.fraction == np.mean(estimate.is_solvent)


@pytest.mark.parametrize("variant", ["robust", "density"])
def test_scale_of_the_map_does_not_matter(variant: SolventVariant) -> None:
    map_data = ball(15.0, TRICLINIC, (40, 40, 40))
    changed = map_data.with_values(4 * map_data.values)
    one, other = (solvent_fraction_from_map(m, 4.0, variant=variant) for m in (map_data, changed))
    np.testing.assert_array_equal(one.is_solvent, other.is_solvent)


@pytest.mark.parametrize("variant", ["robust", "density"])
def test_a_shift_of_the_map_shifts_the_mask(variant: SolventVariant) -> None:
    map_data = ball(15.0, TRICLINIC, (40, 40, 40))
    shift = (4, 14, 22)  # even: where spheres hold many points, pairs along each axis are one
    moved = map_data.with_values(np.roll(map_data.values, shift, axis=(0, 1, 2)))
    one, other = (solvent_fraction_from_map(m, 4.0, variant=variant) for m in (map_data, moved))
    shifted = np.roll(one.is_solvent, shift, axis=(0, 1, 2))
    assert np.mean(shifted != other.is_solvent) < 1e-3  # rounding at the threshold


@pytest.mark.parametrize("variant", ["robust", "density"])
def test_any_number_of_threads_gives_the_same_mask(variant: SolventVariant) -> None:
    map_data = ball(15.0, TRICLINIC, (40, 40, 40))
    masks = {
        solvent_fraction_from_map(
            map_data, 4.0, variant=variant, threads=threads
        ).is_solvent.tobytes()
        for threads in (1, 2, 3)
    }
    assert len(masks) == 1


def test_the_map_is_left_as_it_is() -> None:
    map_data = ball(15.0, TRICLINIC, (40, 40, 40))
    map_data.values.flags.writeable = False
    before = map_data.values.copy()
    solvent_fraction_from_map(map_data, 4.0)
    np.testing.assert_array_equal(map_data.values, before)


def test_the_spheres_default_to_one_and_a_half_times_the_resolution() -> None:
    map_data = ball(15.0, TRICLINIC, (40, 40, 40))
    default = solvent_fraction_from_map(map_data, 4.0)
    assert default.fraction == solvent_fraction_from_map(map_data, 4.0, wang_radius=6.0).fraction
    assert "6.0 Å" in default.how


def test_iterations_end_when_the_mask_stays() -> None:
    map_data = ball(15.0, TRICLINIC, (40, 40, 40))
    often, oftener = (solvent_fraction_from_map(map_data, 3.0, iterations=n) for n in (30, 60))
    assert often.how == oftener.how
    np.testing.assert_array_equal(often.is_solvent, oftener.is_solvent)


@pytest.mark.parametrize("variant", ["robust", "density"])
def test_a_constant_added_to_the_map_does_not_matter(variant: SolventVariant) -> None:
    map_data = ball(15.0, TRICLINIC, (40, 40, 40))
    raised = map_data.with_values(map_data.values + np.float32(2.0))
    one, other = (solvent_fraction_from_map(m, 4.0, variant=variant) for m in (map_data, raised))
    assert one.fraction == pytest.approx(other.fraction, abs=1e-3)


def test_a_heavy_site_does_not_hide_the_molecule() -> None:
    map_data = ball(15.0, UnitCell(60.0, 60.0, 60.0), (40, 40, 40))
    values = map_data.values.copy()
    values[19:22, 19:22, 19:22] += 100 * values.max()
    with_metal = map_data.with_values(values)
    plain = solvent_fraction_from_map(map_data, 3.0).fraction
    assert solvent_fraction_from_map(with_metal, 3.0).fraction == pytest.approx(plain, abs=0.02)


@pytest.mark.parametrize("variant", ["robust", "density"])
def test_a_constant_map_has_no_estimate(variant: SolventVariant) -> None:
    flat = MapData.from_array(np.ones((12, 12, 12)), 1.0, name="flat.mrc")
    with pytest.raises(MapValueError, match=r"flat\.mrc can't be found: .* give solvent_content"):
        solvent_fraction_from_map(flat, 3.0, variant=variant)


@pytest.mark.parametrize("value", [0.0, -3.0, math.nan, math.inf])
@pytest.mark.parametrize("name", ["resolution", "wang_radius"])
def test_lengths_must_be_above_zero(name: str, value: float) -> None:
    map_data = MapData.from_array(np.zeros((8, 8, 8)), 1.0)
    lengths = {"resolution": 3.0, "wang_radius": 4.0, name: value}
    with pytest.raises(ParameterError, match=f"{name} is {value}; expected a length in Å"):
        solvent_fraction_from_map(map_data, **lengths)


@pytest.mark.parametrize("fraction", [0.3, 0.93])
def test_a_given_share_of_the_map_is_solvent(fraction: float) -> None:
    map_data = ball(15.0, TRICLINIC, (40, 44, 38))
    is_solvent = solvent_region(map_data, 4.0, fraction)
    assert is_solvent.shape == map_data.values.shape
    assert is_solvent.mean() == pytest.approx(fraction, abs=1e-4)


def test_the_solvent_of_the_estimated_fraction_is_that_of_the_estimate() -> None:
    map_data = ball(15.0, TRICLINIC, (40, 40, 40))
    estimate = solvent_fraction_from_map(map_data, 4.0, iterations=2)
    is_solvent = solvent_region(map_data, 4.0, estimate.fraction, periodic=True)
    assert np.mean(is_solvent != estimate.is_solvent) < 0.005


def test_a_larger_share_of_solvent_holds_the_smaller_one() -> None:
    map_data = ball(15.0, UnitCell(60.0, 60.0, 60.0), (40, 40, 40))
    little, much = (solvent_region(map_data, 3.0, fraction) for fraction in (0.95, 0.97))
    assert np.mean(little & ~much) < 1e-3  # the level of the solvent differs a little


@pytest.mark.parametrize("fraction", [1e-9, 1 - 1e-9])
def test_neither_solvent_nor_molecule_is_empty(fraction: float) -> None:
    is_solvent = solvent_region(ball(15.0, TRICLINIC, (20, 20, 20)), 6.0, fraction)
    assert 0 < is_solvent.sum() < is_solvent.size


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.2, math.nan])
def test_a_share_of_solvent_lies_between_0_and_1(fraction: float) -> None:
    map_data = MapData.from_array(np.zeros((8, 8, 8)), 1.0)
    with pytest.raises(ParameterError, match="expected a share between 0 and 1"):
        solvent_region(map_data, 3.0, fraction)


def test_there_is_at_least_one_iteration() -> None:
    map_data = MapData.from_array(np.zeros((8, 8, 8)), 1.0)
    with pytest.raises(ParameterError, match="solvent_content_iterations is 0"):
        solvent_fraction_from_map(map_data, 3.0, iterations=0)


def test_an_unknown_variant_is_refused() -> None:
    map_data = MapData.from_array(np.zeros((8, 8, 8)), 1.0)
    with pytest.raises(ParameterError, match="'density' or 'robust'"):
        solvent_fraction_from_map(map_data, 3.0, variant="best")  # type: ignore[arg-type]


#: File, resolution (Å), residues in the map, symmetry operators, and how near the estimate is.
#: The box of 2VTQ is the hardest: 31 of its 298 residues are not seen.
REAL = [
    ("xtal/5a3h_sigmaa.mtz", 1.82, 300, 4, 0.03),
    ("xtal/rnasa-1.8-all_refmac1.mtz", 1.85, 192, 4, 0.04),
    ("xtal/1cbs_map.mtz", 1.80, 137, 4, 0.02),
    ("xtal/moorhen-tutorial-map-number-1.mtz", 1.90, 298, 4, 0.16),
    ("em/emd_3488.mrc", 3.2, 574, 1, 0.02),
    ("em/3j9sA.mrc", 2.6, 397, 1, 0.05),
    ("em/betaGal.mrc", 8.0, 4092, 1, 0.03),
]

REAL_OF_VARIANT = [
    *(pytest.param(*case, marks=pytest.mark.slow) for case in REAL[1:5:2]),
    REAL[5],
]


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize(("file", "resolution", "n_residues", "n_operators", "margin"), REAL)
def test_the_fraction_of_real_maps_is_near_that_of_their_sequences(
    file: str, resolution: float, n_residues: int, n_operators: int, margin: float
) -> None:
    path = DATA / file
    map_data = (read_map_coefficients if path.suffix == ".mtz" else read_map)(path)[0]
    truth = 1 - 135.3 * n_residues * n_operators / volume_of(map_data.box)
    estimate = solvent_fraction_from_map(map_data, resolution)
    assert estimate.fraction == pytest.approx(truth, abs=margin)


@needs_data
@pytest.mark.parametrize(
    ("file", "resolution", "n_residues", "n_operators", "margin"), REAL_OF_VARIANT
)
def test_the_robust_variant_is_nearer_to_the_sequence_than_the_peer(
    file: str, resolution: float, n_residues: int, n_operators: int, margin: float
) -> None:
    path = DATA / file
    map_data = (read_map_coefficients if path.suffix == ".mtz" else read_map)(path)[0]
    truth = 1 - 135.3 * n_residues * n_operators / volume_of(map_data.box)
    robust = abs(solvent_fraction_from_map(map_data, resolution).fraction - truth)
    assert robust < min(abs(peer_fraction(map_data, resolution) - truth), margin)


# By density


def molecule_in_rising_noise(
    radius: float, shape: tuple[int, int, int], *, noise: float, seed: int = 3
) -> tuple[MapData, float]:
    """A ball of dense, varied matter in a box whose noise rises outwards to `noise` times its own.

    Returns the map and the share of the box outside of the ball.
    """
    spacing = 1.5
    rng = np.random.default_rng(seed)
    axes = [(np.arange(n) - n // 2) * spacing for n in shape]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    distance = np.sqrt(x**2 + y**2 + z**2)
    rise = 1 + (noise - 1) * (distance / distance.max()) ** 2
    inside = distance < radius
    values = inside * (1 + rng.normal(size=shape)) + rise * rng.normal(size=shape)
    map_data = MapData.from_array(values.astype(np.float32), spacing, name="ball in noise")
    return map_data, 1 - float(inside.mean())


@pytest.mark.parametrize("noise", [1.0, 4.0, 10.0])
@pytest.mark.parametrize("shape", [(64, 64, 64), (57, 66, 71)])
def test_noise_that_rises_outwards_is_not_taken_for_molecule(
    noise: float, shape: tuple[int, int, int]
) -> None:
    map_data, outside = molecule_in_rising_noise(22.0, shape, noise=noise)
    estimate = solvent_by_density_or_variation(map_data, 4.0)
    assert estimate.is_clear
    assert estimate.fraction == pytest.approx(outside, abs=0.03)


def test_where_variation_and_density_agree_variation_draws_the_boundary() -> None:
    map_data, outside = molecule_in_rising_noise(22.0, (64, 64, 64), noise=0.2)
    quiet = map_data.with_values(map_data.values)
    estimate = solvent_by_density_or_variation(quiet, 4.0)
    assert estimate.is_clear
    assert estimate.fraction == solvent_fraction_from_map(quiet, 4.0).fraction
    assert "local SD" in estimate.how
    assert estimate.fraction == pytest.approx(outside, abs=0.02)


def test_where_they_disagree_the_density_decides() -> None:
    map_data, _ = molecule_in_rising_noise(22.0, (64, 64, 64), noise=10.0)
    estimate = solvent_by_density_or_variation(map_data, 4.0)
    assert (
        estimate.fraction == solvent_fraction_from_map(map_data, 4.0, variant="density").fraction
    )
    assert "density smoothed" in estimate.how


@pytest.mark.parametrize("noise", [0.2, 10.0])
def test_a_share_given_is_found_where_the_molecule_is(noise: float) -> None:
    map_data, outside = molecule_in_rising_noise(22.0, (64, 64, 64), noise=noise)
    z, y, x = np.indices((64, 64, 64)) - 32
    inside = np.sqrt(x**2 + y**2 + z**2) * 1.5 < 22.0
    is_solvent = solvent_region(map_data, 4.0, outside)
    assert is_solvent.mean() == pytest.approx(outside, abs=1e-4)
    assert np.count_nonzero(inside & ~is_solvent) > 0.9 * np.count_nonzero(inside)


def high_passed(map_data: MapData, d: float) -> MapData:
    """Return a map without terms coarser than d, Å."""
    n, step = map_data.values.shape, map_data.voxel_size[0]
    frequencies = [np.fft.fftfreq(count, step) for count in n[:2]] + [np.fft.rfftfreq(n[2], step)]
    z, y, x = np.meshgrid(*frequencies, indexing="ij")
    terms = np.fft.rfftn(map_data.values) * (z**2 + y**2 + x**2 > 1 / d**2)
    return map_data.with_values(np.fft.irfftn(terms, s=n, axes=(0, 1, 2)).astype(np.float32))


def lumps_in_rising_noise() -> tuple[MapData, npt.NDArray[np.bool_]]:
    """Return a ball of lumps some 10 Å wide in noise that rises outwards, and where it is."""
    spacing, n = 1.5, 64
    rng = np.random.default_rng(8)
    z, y, x = (np.indices((n, n, n)) - n // 2) * spacing
    distance = np.sqrt(x**2 + y**2 + z**2)
    lumps = scipy.ndimage.gaussian_filter(rng.normal(size=(n, n, n)), 2.0)
    noise = (1 + 5 * (distance / distance.max()) ** 2) * rng.normal(size=(n, n, n))
    values = (distance < 24) * (1 + 6 * lumps / lumps.std()) + noise
    return MapData.from_array(values.astype(np.float32), spacing, name="lumps"), distance < 24


@pytest.mark.slow
def test_a_map_without_its_coarse_terms_shows_where_its_molecule_is() -> None:
    map_data, inside = lumps_in_rising_noise()
    for d in (20.0, 30.0):
        source = high_passed(map_data, d)
        estimate = solvent_by_density_or_variation(source, 4.0)
        assert estimate.is_clear
        assert estimate.fraction == pytest.approx(1 - inside.mean(), abs=0.06)
        assert np.mean(~estimate.is_solvent[inside]) > 0.95
        assert "of terms coarser than 8.0 Å" in estimate.how
        assert solvent_fraction_from_map(source, 4.0).fraction < 0.7
        is_solvent = solvent_region(source, 4.0, 1 - float(inside.mean()))
        assert is_solvent.mean() == pytest.approx(1 - inside.mean(), abs=2e-3)
        assert np.mean(~is_solvent[inside]) > 0.85


@pytest.mark.parametrize("noise", [0.2, 10.0])
def test_a_radius_given_and_crystals_are_left_to_variation(noise: float) -> None:
    map_data, _ = molecule_in_rising_noise(22.0, (64, 64, 64), noise=noise)
    by_variation = solvent_fraction_from_map(map_data, 4.0, wang_radius=6.0).is_solvent
    given = solvent_by_density_or_variation(map_data, 4.0, wang_radius=6.0).is_solvent
    crystal = solvent_by_density_or_variation(map_data, 4.0, periodic=True).is_solvent
    np.testing.assert_array_equal(given, by_variation)
    np.testing.assert_array_equal(crystal, by_variation)


def test_values_of_another_byte_order_give_the_same_split() -> None:
    map_data, _ = molecule_in_rising_noise(22.0, (48, 54, 60), noise=3.0)
    swapped = map_data.with_values(map_data.values.astype(">f4"))
    expected = solvent_by_density_or_variation(map_data, 4.0)
    found = solvent_by_density_or_variation(swapped, 4.0)
    np.testing.assert_array_equal(found.is_solvent, expected.is_solvent)


def test_a_split_by_density_does_not_depend_on_scale_level_and_place() -> None:
    map_data, _ = molecule_in_rising_noise(22.0, (48, 54, 60), noise=3.0)
    estimate = solvent_fraction_from_map(map_data, 4.0, variant="density")
    shift = (5, -7, 11)
    other = map_data.with_values(np.roll(map_data.values, shift, (0, 1, 2)) * 300 + 20)
    moved = solvent_fraction_from_map(other, 4.0, variant="density")
    same = np.roll(estimate.is_solvent, shift, (0, 1, 2)) == moved.is_solvent
    assert same.mean() > 0.9999
    assert moved.contrast == pytest.approx(estimate.contrast, rel=1e-3)


def test_a_split_by_density_is_the_same_for_any_number_of_threads() -> None:
    map_data, _ = molecule_in_rising_noise(22.0, (48, 54, 60), noise=3.0)
    one, three = (
        solvent_fraction_from_map(map_data, 4.0, variant="density", threads=n) for n in (1, 3)
    )
    np.testing.assert_array_equal(one.is_solvent, three.is_solvent)


def test_noise_alone_is_no_clear_split() -> None:
    noise = np.random.default_rng(1).normal(size=(60, 60, 60)).astype(np.float32)
    estimate = solvent_by_density_or_variation(MapData.from_array(noise, 1.5), 4.0)
    assert not estimate.is_clear
    assert estimate.contrast < 3.2


def test_without_a_clear_split_the_density_that_hardly_varies_is_solvent() -> None:
    map_data = ball(15.0, UnitCell(60.0, 60.0, 60.0), (40, 40, 40))
    signs = 1 - 2 * (np.indices(map_data.values.shape).sum(axis=0) % 2)
    # As much above the solvent as below it wherever it is smoothed.
    varied = map_data.with_values((signs * np.abs(map_data.values)).astype(np.float32))
    estimate = solvent_by_density_or_variation(varied, 3.0)
    assert not estimate.is_clear
    assert estimate.fraction == solvent_fraction_from_map(varied, 3.0).fraction


@pytest.mark.parametrize("scale", [-1.0, -40.0])
def test_the_solvent_of_inverted_contrast_is_that_of_the_negative(scale: float) -> None:
    map_data, _ = molecule_in_rising_noise(22.0, (64, 64, 64), noise=3.0)
    inverted = map_data.with_values(np.float32(scale) * map_data.values)
    expected = solvent_by_density_or_variation(map_data, 4.0)
    found = solvent_by_density_or_variation(inverted, 4.0)
    assert expected.is_clear
    assert np.mean(found.is_solvent == expected.is_solvent) > 0.999
