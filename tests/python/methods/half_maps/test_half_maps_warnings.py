"""Half maps that are sharpened with a warning."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest
from examples import of_fast_suite
from random_maps import (
    CUBIC,
    on_grid,
    random_map,
    random_pair,
    s_vectors,
)
from real_data import DATA, needs_data
from sharpened_pairs import PERIODIC, RESOLUTION, halves_of_noise

from map_sharpening import _core, load_map
from map_sharpening.errors import MapValueError
from map_sharpening.methods.half_maps.cautions import cautions_of_kind
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.methods.shared.pair_checks import require_common_signal
from map_sharpening.simulation.demo import demo_half_maps

# --- warnings ----------------------------------------------------------------------------


def warnings_of(halves, **options):
    return "\n".join(sharpen_half_maps(*halves, **options).warnings)


def test_good_half_maps_give_no_warning_of_their_agreement(simulated):
    text = warnings_of((simulated.half_1, simulated.half_2), resolution=simulated.resolution)
    assert "FSC" not in text
    assert "mask" not in text


def test_a_resolution_far_from_the_fsc_is_warned_of(pair):
    text = warnings_of((pair.half_1, pair.half_2), resolution=6.0, mask=False, wrapping=True)
    assert "but the resolution is 6 Å; check it and the voxel size" in text


def test_an_fsc_that_never_falls_is_warned_of():
    pair = random_pair(CUBIC, 1, noise=1e-3)
    text = warnings_of((pair.half_1, pair.half_2), **PERIODIC)
    assert "in the last shell before the Nyquist limit" in text
    assert "the voxel size limits the resolution" in text


def test_a_mask_that_shows_no_molecule_is_warned_of(pair):
    text = warnings_of((pair.half_1, pair.half_2), resolution=RESOLUTION)
    assert "the automatic mask does not separate molecule and solvent clearly" in text


def test_a_sharp_mask_is_warned_of(simulated):
    tight = simulated.near_atoms.astype(np.float32)
    tight[simulated.mean.values < np.quantile(simulated.mean.values, 0.97)] = 0
    found = sharpen_half_maps(
        simulated.half_1, simulated.half_2, resolution=simulated.resolution, mask=tight
    )
    shells, d = found.shells, found.resolution_0143 or simulated.resolution
    at_resolution = next(
        fsc for s, fsc in zip(shells.s, shells.fsc_randomised, strict=True) if s >= 1 / d
    )
    assert (
        f"phase-randomised half maps is {at_resolution:.2f} at the resolution: the mask is "
        in ("\n".join(found.warnings))
    )


def halves_of_kind(kind):
    """Return half maps with the amplitudes of a kind of molecule, B 80 Å², and white noise."""
    shape, cell = CUBIC
    s = np.linalg.norm(s_vectors(shape, cell), axis=-1)
    ideal = _core.ideal_amplitude(kind, s.ravel()).reshape(s.shape)
    signal = random_map(4e6 * ideal**2 * np.exp(-40 * s**2), shape, 1)
    return [
        on_grid(signal + random_map(np.full(s.shape, 1e5), shape, 1 + i), cell, f"half map {i}")
        for i in (1, 2)
    ]


@pytest.mark.parametrize(
    ("kind", "other", "named"),
    [
        ("protein", "nucleic_acid", "those of protein do"),
        ("nucleic_acid", "protein", "those of nucleic acid do"),
    ],
)
def test_amplitudes_of_another_kind_of_molecule_are_warned_of(kind, other, named):
    halves = halves_of_kind(kind)
    assert "the amplitudes fall off as" not in warnings_of(halves, ideal_curve=kind, **PERIODIC)
    text = warnings_of(halves, ideal_curve=other, **PERIODIC)
    assert f"the amplitudes fall off as {named}" in text
    assert f"ideal_curve={kind} comes nearer" in text
    third = warnings_of(halves, ideal_curve="beta_galactosidase", **PERIODIC)
    assert "the amplitudes fall off as" not in third


def test_the_ideal_curve_is_that_of_the_molecule_unless_one_is_given():
    halves = halves_of_kind("nucleic_acid")
    chosen = sharpen_half_maps(*halves, **PERIODIC)
    given = sharpen_half_maps(*halves, ideal_curve="nucleic_acid", **PERIODIC)
    assert np.array_equal(chosen.sharpened.values, given.sharpened.values)
    assert chosen.ideal_curve == given.ideal_curve == "nucleic_acid"
    assert "so the ideal curve is that of nucleic acid; if" in "\n".join(chosen.warnings)
    assert "the amplitudes fall off as" not in "\n".join(given.warnings)
    of_protein = sharpen_half_maps(*halves_of_kind("protein"), **PERIODIC)
    assert of_protein.ideal_curve == "protein"
    assert "the amplitudes fall off as" not in "\n".join(of_protein.warnings)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "that may be due to the noise which the half maps share"),
        ({"ideal_curve": "protein"}, None),
    ],
)
def test_shared_noise_tells_of_no_kind_of_molecule(monkeypatch, given, told):
    seen = []

    def spy(options, found, *, share_noise):
        seen.extend(cautions_of_kind(options, found, share_noise=True))
        return cautions_of_kind(options, found, share_noise=share_noise)

    monkeypatch.setattr("map_sharpening.methods.half_maps.sharpen.cautions_of_kind", spy)
    text = warnings_of(halves_of_kind("nucleic_acid"), **given, **PERIODIC)
    assert "the amplitudes fall off as those of nucleic acid do" in text
    assert "noise which" not in text
    assert [each.split("; ")[-1] for each in seen] == ([] if told is None else [told])


@needs_data
@pytest.mark.filterwarnings("ignore:half._crop56.mrc. 18 planes z")  # resampled
def test_a_small_real_corner_is_not_taken_for_nucleic_acid():
    corners = [load_map(DATA / f"em/emd_3650/half{i}_crop56.mrc") for i in (1, 2)]
    result = sharpen_half_maps(*corners, resolution=4.24)
    assert not any("the amplitudes fall off as" in text for text in result.warnings)


@pytest.mark.slow
def test_two_maps_of_noise_are_no_pair():
    with pytest.raises(MapValueError, match="agree no more than unrelated maps do"):
        sharpen_half_maps(*halves_of_noise(), **PERIODIC)


def test_a_half_map_of_noise_only_is_refused(simulated):
    values = np.random.default_rng(4).standard_normal(simulated.half_2.values.shape)
    noise = simulated.half_2.with_values(values.astype(np.float32), "noise.mrc")
    with pytest.raises(MapValueError, match=r"and noise\.mrc agree no more than unrelated"):
        sharpen_half_maps(simulated.half_1, noise, resolution=simulated.resolution)


@pytest.mark.parametrize(
    ("correlation", "n_terms", "is_refused"),
    [
        ([0.9, 0.6, 0.3], [9, 31, 49], True),  # 7.3 + 11.2 + 4.4 = 22.9
        ([0.9, 0.7, 0.3], [9, 31, 49], False),  # 26.9
        ([0.9, 0.7, np.nan, 0.3], [9, 31, 0, 49], False),
        ([0.9, 0.7, 0.3, -0.3], [9, 31, 49, 105], True),  # 17.4: they disagree too
        ([1.0] + 32 * [0.0], [39] + 32 * [500], True),  # chance makes 10, and 4 x 10 is needed
        ([1.0] + 32 * [0.0], [41] + 32 * [500], False),
    ],
)
def test_what_half_maps_have_in_common_is_more_than_chance(correlation, n_terms, is_refused):
    with (
        pytest.raises(MapValueError, match="a and b agree no more")
        if is_refused
        else nullcontext()
    ):
        require_common_signal(("a", "b"), np.array(correlation), np.array(n_terms))


@pytest.mark.parametrize("axis", of_fast_suite([0, 2], 2))
def test_a_half_map_of_the_other_hand_is_refused(simulated, axis):
    values = np.ascontiguousarray(np.flip(simulated.half_2.values, axis))
    mirrored = simulated.half_2.with_values(values, "mirrored.mrc")
    with pytest.raises(MapValueError, match=r"mirrored\.mrc is mirrored .*other hand"):
        sharpen_half_maps(simulated.half_1, mirrored, resolution=simulated.resolution)


@pytest.mark.slow
@pytest.mark.parametrize("voxels", [4, 20])
def test_halves_that_agree_nowhere_as_one_is_shifted_are_refused_for_that(voxels):
    maps = demo_half_maps(shape=(64, 64, 64), voxel_size=1.5, resolution=4.0)
    values = np.roll(maps.half_2.values, voxels, 2)
    shifted = maps.half_2.with_values(values, "shifted.mrc")
    with pytest.raises(MapValueError, match=rf"shifted by {voxels}, 0, 0 voxels .*undo this"):
        sharpen_half_maps(maps.half_1, shifted, resolution=4.0)


def test_few_shells_in_the_guinier_plot_make_it_a_poor_fit_and_no_warning(pair):
    found = sharpen_half_maps(pair.half_1, pair.half_2, n_bins=6, **PERIODIC)
    assert found.guinier.is_poor
    assert not any("Guinier" in text for text in found.warnings)


def test_a_resolution_far_from_the_end_of_the_grid_is_warned_of():
    pair = random_pair(CUBIC, 1, noise=0.01)
    halves = (pair.half_1, pair.half_2)
    text = warnings_of(halves, **{**PERIODIC, "resolution": 2 * PERIODIC["resolution"]})
    assert "agree to the end of the grid" in text
    assert "Å; check it and the voxel size" in text
    assert "to the end of the grid" not in warnings_of(halves, **PERIODIC)
