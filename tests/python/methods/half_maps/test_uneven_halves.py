"""Half maps on different scales, sharpened or filtered before, and coarse ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from examples import of_fast_suite
from real_data import DATA, needs_data

from map_sharpening import load_map
from map_sharpening.errors import MapSharpeningWarning
from map_sharpening.maps.grids import mean_of_half_maps, relative_scale
from map_sharpening.methods.half_maps.even_spectrum import with_even_spectrum
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.methods.local_resolution.measure import local_resolution
from map_sharpening.methods.shared.pair_checks import caution_of_offset
from map_sharpening.report.half_maps.contents import half_map_contents
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import reciprocal_axes, simulate_half_maps


def filtered(half, factor):
    """Return a half map whose coefficients are multiplied by factor(s)."""
    s_x, s_y, s_z = reciprocal_axes(half)
    s = np.sqrt(s_x**2 + s_y**2 + s_z**2)
    f = np.fft.rfftn(half.values.astype(np.float64)) * factor(s)
    values = np.fft.irfftn(f, s=half.values.shape, axes=(0, 1, 2))
    return half.with_values(values.astype(np.float32), half.name)


def near_truth(result, simulated):
    near = simulated.near_atoms
    return np.corrcoef(result.sharpened.values[near], simulated.truth.values[near])[0, 1]


@pytest.fixture(scope="module")
def halves(simulated):
    return simulated.half_1, simulated.half_2


@pytest.fixture(scope="module")
def plain(simulated, halves):
    return sharpen_half_maps(*halves, resolution=simulated.resolution)


@pytest.fixture(scope="module")
def rigid():
    """Half maps whose signal falls off little."""
    return simulate_half_maps(
        demo_atoms(), (64, 64, 64), 1.3, 3.2, b_core=30.0, b_rim=30.0, seed=5
    )


@pytest.fixture(scope="module")
def plain_of_rigid(rigid):
    return sharpen_half_maps(rigid.half_1, rigid.half_2, resolution=rigid.resolution)


@pytest.mark.parametrize(("b_added", "is_told"), [(0.0, False), (60.0, True)])
def test_sharpening_of_both_halves_is_told_where_amplitudes_rise(
    rigid, plain_of_rigid, b_added, is_told
):
    sharper = [
        filtered(half, lambda s: np.exp(b_added * s**2 / 4))
        for half in (rigid.half_1, rigid.half_2)
    ]
    found = sharpen_half_maps(*sharper, resolution=rigid.resolution)
    assert not any("so uneven" in text for text in found.warnings)
    told = [text for text in found.warnings if "the amplitudes rise" in text]
    assert bool(told) == is_told == (found.guinier.b_sharpen < 0)
    assert all(f"need a B of {found.guinier.b_sharpen:.0f} Å²" in text for text in told)
    b_before, reached = plain_of_rigid.guinier.b_sharpen, near_truth(plain_of_rigid, rigid)
    assert found.guinier.b_sharpen == pytest.approx(b_before - b_added, abs=3)
    assert near_truth(found, rigid) == pytest.approx(reached, abs=0.005)


@pytest.mark.parametrize("scale", [0.125, 3.0])
def test_the_scale_of_a_half_map_changes_nothing_but_is_told(simulated, halves, plain, scale):
    first, second = halves
    scaled = second.with_values(second.values * np.float32(scale), second.name)
    found = sharpen_half_maps(first, scaled, resolution=simulated.resolution)
    assert found.half_2_scale == pytest.approx(scale, rel=0.05)
    assert found.resolution_0143 == pytest.approx(plain.resolution_0143, abs=0.02)
    assert near_truth(found, simulated) == pytest.approx(near_truth(plain, simulated), abs=1e-3)
    assert any("is on another scale than" in warning for warning in found.warnings)
    assert plain.half_2_scale == 1
    assert not any("scale" in warning for warning in plain.warnings)


def test_local_resolution_does_not_move_with_the_scale(simulated, halves):
    first, second = halves
    scaled = second.with_values(second.values * np.float32(10), second.name)
    options = {"resolution": simulated.resolution, "mask": False}
    expected = local_resolution(first, second, **options).statistics.median
    found = local_resolution(first, scaled, **options)
    assert found.statistics.median == pytest.approx(expected, abs=0.03)
    assert any("is on another scale than" in warning for warning in found.warnings)


def test_the_mean_is_taken_on_one_scale(halves):
    first, second = halves
    scaled = second.with_values(second.values * np.float32(4), second.name)
    assert relative_scale(first, second) == 1
    found, expected = mean_of_half_maps(first, scaled), mean_of_half_maps(first, second)
    assert np.corrcoef(found.values.ravel(), expected.values.ravel())[0, 1] > 0.999


def test_the_mean_says_when_it_has_read_a_slab(halves):
    first, second = halves
    read = []
    found = mean_of_half_maps(first, second, lambda: read.append(1))
    assert len(read) == 1 + -(-len(first) // 32)
    np.testing.assert_array_equal(found.values, (first.values + second.values) / 2)


@pytest.mark.parametrize("b", [120.0, 150.0, 240.0])
def test_sharpened_halves_keep_their_resolution_and_map(simulated, halves, plain, b):
    # Noise is raised to the corners of the box, far beyond the resolution.
    sharpened = [filtered(half, lambda s: np.exp(b * s**2 / 4)) for half in halves]
    found = sharpen_half_maps(*sharpened, resolution=simulated.resolution)
    assert found.resolution_0143 == pytest.approx(plain.resolution_0143, abs=0.03)
    assert any("were sharpened" in warning for warning in found.warnings)
    assert near_truth(found, simulated) > near_truth(plain, simulated) - 0.008
    assert found.b_applied == pytest.approx(plain.b_applied - b, abs=10)


@pytest.mark.parametrize("times", [6.0, 15.0, 60.0])
def test_noise_in_the_corners_of_the_fourier_grid_changes_nothing(simulated, halves, plain, times):
    s_end = 1 / (2 * max(simulated.mean.voxel_size))
    noisy = []
    for seed, half in enumerate(halves):
        white = np.random.default_rng(seed).standard_normal(half.values.shape)
        corners = filtered(half.with_values(white.astype(np.float32)), lambda s: s > s_end)
        noise = corners.values * (times * half.values.std() / corners.values.std())
        noisy.append(half.with_values((half.values + noise).astype(np.float32), half.name))
    found = sharpen_half_maps(*noisy, resolution=simulated.resolution)
    assert found.resolution_0143 == pytest.approx(plain.resolution_0143, abs=0.03)
    assert near_truth(found, simulated) > near_truth(plain, simulated) - 0.005
    assert any("corners of the Fourier grid" in warning for warning in found.warnings)


@pytest.mark.slow
def test_filtered_halves_end_at_the_filter_and_the_cause_is_named(simulated, halves):
    edge = 1.4 * simulated.resolution
    cut = [filtered(half, lambda s: s < 1 / edge) for half in halves]
    found = sharpen_half_maps(*cut, resolution=simulated.resolution)
    assert found.data_end == pytest.approx(edge, rel=0.06)
    assert found.resolution_0143 == pytest.approx(edge, rel=0.08)
    assert found.d_min == found.data_end
    assert any("they were low-pass filtered" in warning for warning in found.warnings)
    best = max(near_truth(replace(found, sharpened=half), simulated) for half in cut)
    assert near_truth(found, simulated) > best


@pytest.mark.slow
def test_a_mask_much_wider_than_the_molecule_changes_the_map_little(simulated, halves):
    # The signal's mean over such a mask is a fraction of what it is where the molecule is.
    signal = simulated.noise_free.values
    noisy = [half.with_values(signal + 4 * (half.values - signal), half.name) for half in halves]
    shape = signal.shape
    from_middle = [np.arange(n) - n / 2 for n in shape]
    squared = sum(np.square(part) for part in np.meshgrid(*from_middle, indexing="ij"))
    sphere = np.clip(0.45 * min(shape) - np.sqrt(squared), 0, 1).astype(np.float32)
    tight, wide = (
        near_truth(sharpen_half_maps(*noisy, resolution=5.0, mask=mask), simulated)
        for mask in ("auto", sphere)
    )
    assert wide == pytest.approx(tight, abs=0.003)


def test_halves_of_even_spectrum_have_the_correlations_of_their_own(halves, plain):
    assert plain.flattening is None
    assert with_even_spectrum(halves[0], plain) is halves[0]


@pytest.mark.parametrize("resolution", of_fast_suite((10.0, 15.0, 24.0), 15.0))
def test_coarse_averages_are_sharpened_by_what_was_taken_from_them(resolution):
    b = 6 * resolution**2
    voxel = resolution / 3
    n = 2 * round((60 + 2 * resolution) / voxel)
    made = simulate_half_maps(
        demo_atoms(), (n, n, n), voxel, resolution, b_core=b, b_rim=b, seed=3
    )
    found = sharpen_half_maps(made.half_1, made.half_2, resolution=resolution)
    near = made.near_atoms
    before = np.corrcoef(made.mean.values[near], made.truth.values[near])[0, 1]
    assert near_truth(found, made) > before + 0.05
    assert found.b_applied == pytest.approx(b, rel=0.5)
    if resolution > 12:
        assert found.anisotropy is None
        assert not any("anisotropy" in warning for warning in found.warnings)
        facts = {fact.name: fact for fact in half_map_contents(found).facts}
        assert facts["Directions"].value == "treated alike"
        assert "coarser than 5.5 Å" in facts["Directions"].note


@pytest.mark.parametrize(
    ("factor", "told"),
    [
        (lambda s: s < 1 / 6, "fall to less than 1 % at"),
        pytest.param(lambda s: s < 1 / 9, "fall to less than 1 % at", marks=pytest.mark.slow),
        (lambda s: np.exp(30 * s**2), -120),
        (lambda s: np.exp(-5 * s**2), 20),
        pytest.param(lambda s: np.exp(-30 * s**2), 120, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("which", of_fast_suite([0, 1], 1))
def test_a_half_that_was_treated_otherwise_than_its_partner_is_told(
    simulated, halves, plain, factor, told, which
):
    given = list(halves)
    given[which] = filtered(halves[which], factor)
    found = sharpen_half_maps(*given, resolution=simulated.resolution)
    start = f"relative to {halves[0].name} the amplitudes of {halves[1].name}"
    (warning,) = (text for text in found.warnings if text.startswith(start))
    assert "filtered, masked or sharpened" in warning
    if isinstance(told, str):
        assert which == 0 or told in warning
        assert "as by a B" not in warning
    else:
        b = float(warning.split("as by a B of ")[1].split()[0])
        assert b == pytest.approx(told if which == 1 else -told, abs=4)
    assert not any(text.startswith(start) for text in plain.warnings)


@pytest.mark.parametrize("which", [0, 1])
def test_the_mean_in_place_of_a_half_is_told(simulated, halves, which):
    given = list(halves)
    given[which] = mean_of_half_maps(*halves)
    found = sharpen_half_maps(*given, resolution=simulated.resolution)
    (warning,) = (text for text in found.warnings if "may be the mean of the half maps" in text)
    assert warning.startswith(f"{given[which].name} may be")
    assert f"of which {given[1 - which].name} is one" in warning


def test_a_half_that_lies_half_a_voxel_away_is_told(simulated, halves, plain):
    first, second = halves
    values = (second.values + np.roll(second.values, -1, axis=1)) / 2
    moved = second.with_values(values.astype(np.float32), second.name)
    for found in (
        sharpen_half_maps(first, moved, resolution=simulated.resolution),
        local_resolution(first, moved, resolution=simulated.resolution, mask=False),
    ):
        told = [warning for warning in found.warnings if "is shifted by" in warning]
        assert told == [
            f"{second.name} is shifted by 0, -0.5, 0 voxels along x, y, z relative to "
            f"{first.name}; give the halves of one reconstruction as it made them, or undo this "
            "first"
        ]
    assert not any("shifted" in warning for warning in plain.warnings)


@needs_data
def test_real_half_maps_lie_in_one_place():
    folder = DATA / "em/ribosome_70s"
    for split in ("parity", "tomograms", "n10"):
        pair = [load_map(folder / f"half{i}_{split}.mrc") for i in (1, 2)]
        assert caution_of_offset(*pair, 27.0) == []
    with pytest.warns(MapSharpeningWarning, match="as resampling to the nearest point makes"):
        corners = [load_map(DATA / f"em/emd_3650/half{i}_crop56.mrc") for i in (1, 2)]
    assert caution_of_offset(*corners, 3.4) == []


@needs_data
@pytest.mark.parametrize("resolution", [28.0, 32.0])
def test_halves_of_few_subtomograms_are_not_called_blurred(resolution):
    halves = [DATA / f"em/ribosome_70s/half{i}_tomograms.mrc" for i in (1, 2)]
    found = sharpen_half_maps(*halves, resolution=resolution)
    assert not any("the amplitudes of half2" in warning for warning in found.warnings)
