"""Half maps that are sharpened with a warning."""

from __future__ import annotations

import numpy as np
from random_maps import (
    CUBIC,
    random_pair,
)
from sharpened_pairs import PERIODIC, RESOLUTION, halves_of_noise

from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps

# --- warnings ----------------------------------------------------------------------------


def warnings_of(halves, **options):
    return "\n".join(sharpen_half_maps(*halves, **options).warnings)


def test_good_half_maps_give_no_warning_of_their_agreement(simulated):
    text = warnings_of((simulated.half_1, simulated.half_2), resolution=simulated.resolution)
    assert "FSC" not in text
    assert "mask" not in text


def test_a_resolution_far_from_the_fsc_is_warned_of(pair):
    text = warnings_of((pair.half_1, pair.half_2), resolution=6.0, mask=False, wrapping=True)
    assert "resolution=6 was given; check the resolution and the voxel size" in text


def test_an_fsc_that_never_falls_is_warned_of():
    pair = random_pair(CUBIC, 1, noise=1e-3)
    text = warnings_of((pair.half_1, pair.half_2), **PERIODIC)
    assert "at the Nyquist limit" in text
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


def test_noise_without_common_signal_is_warned_of():
    found = sharpen_half_maps(*halves_of_noise(), **PERIODIC)
    assert any("check the resolution and the voxel size" in w for w in found.warnings)
    assert np.isfinite(found.sharpened.values).all()


def test_few_shells_in_the_guinier_plot_are_warned_of(pair):
    text = warnings_of((pair.half_1, pair.half_2), n_bins=6, **PERIODIC)
    assert "the Guinier plot has only" in text


def test_a_resolution_far_from_the_end_of_the_grid_is_warned_of():
    pair = random_pair(CUBIC, 1, noise=0.01)
    halves = (pair.half_1, pair.half_2)
    text = warnings_of(halves, **{**PERIODIC, "resolution": 2 * PERIODIC["resolution"]})
    assert "agree to the end of the grid" in text
    assert "was given; check the resolution and the voxel size" in text
    assert "to the end of the grid" not in warnings_of(halves, **PERIODIC)
