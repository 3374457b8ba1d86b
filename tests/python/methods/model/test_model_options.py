"""What the options of sharpening by a model change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from model_case import Case

from map_sharpening import _core
from map_sharpening.errors import (
    ParameterError,
)
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.methods.model.sharpen import sharpen_by_model
from map_sharpening.methods.shared.soft_masks import atom_mask
from map_sharpening.molecule.model_map import model_coefficients

# Options


def test_given_completeness_is_used(case: Case) -> None:
    assert case.sharpened(fraction_complete=0.6).fraction_complete == 0.6


def test_number_of_shells_is_that_asked_for(case: Case) -> None:
    assert len(case.sharpened(n_bins=15).shells.s) == 15


def test_radius_of_the_mask_widens_it(case: Case, by_default: ModelResult) -> None:
    assert case.sharpened(mask_atoms_atom_radius=8.0).mask_fraction > by_default.mask_fraction


def test_given_mask_is_used(case: Case) -> None:
    mask = atom_mask(case.mean, case.atoms, 5.0, 3.0)
    found = case.sharpened(mask=case.mean.with_values(mask, "mask"))
    np.testing.assert_array_equal(found.mask.values, mask)


@pytest.mark.slow
def test_whole_box_is_used_where_there_is_no_mask(case: Case) -> None:
    found = case.sharpened(mask=False)
    assert (found.mask, found.mask_fraction) == (None, 1.0)
    assert case.near_the_atoms(found.sharpened) > case.near_the_atoms(case.mean)


def test_mean_of_the_half_maps_is_sharpened_by_default(case: Case) -> None:
    halves = (case.maps.half_1, case.maps.half_2)
    given, by_default = (case.sharpened(source=s, half_maps=halves) for s in (case.mean, None))
    np.testing.assert_array_equal(by_default.sharpened.values, given.sharpened.values)


def test_nothing_to_sharpen_is_an_error(case: Case) -> None:
    with pytest.raises(ParameterError, match="give full_map or half_maps"):
        case.sharpened(source=None)


def test_an_error_that_half_maps_tell_is_not_assumed(case: Case) -> None:
    halves = (case.maps.half_1, case.maps.half_2)
    by_halves, given = (
        case.sharpened(half_maps=halves, rmsd_resolution_factor=factor) for factor in (0.25, 0.5)
    )
    assert given.rmsd == by_halves.rmsd
    assert not any("rmsd_resolution_factor" in text for text in by_halves.warnings)
    (told,) = (text for text in given.warnings if "rmsd_resolution_factor=0.5" in text)
    assumed = 0.5 * case.maps.resolution
    assert told.endswith(f"error is {given.rmsd:.2f} Å; to set it, give rmsd={assumed:.2f}")


def test_half_maps_are_not_sharpened_where_not_wanted(case: Case) -> None:
    halves = (case.maps.half_1, case.maps.half_2)
    found = case.sharpened(half_maps=halves, sharpen_half_maps=False)
    assert (found.sharpened_half_1, found.sharpened_half_2) == (None, None)


@pytest.mark.slow
def test_fall_off_is_that_of_the_signal(case: Case) -> None:
    more, less = (
        case.sharpened(
            source=case.mean.with_values(
                _core.inverse_transform(model_coefficients(case.mean, case.atoms, b_iso=b), 56)
            ),
            rmsd=0.0,
            n_bins=20,
        ).b_sharpen
        for b in (120.0, 70.0)
    )
    assert more is not None
    assert less is not None
    assert more - less == pytest.approx(50.0, abs=2.0)


@pytest.mark.slow
def test_fall_off_of_a_coarse_map_begins_at_two_and_a_half_times_its_resolution(
    case: Case,
) -> None:
    found = sharpen_by_model(case.mean, case.atoms, resolution=8.0, n_bins=30, threads=1)
    shells = found.shells
    fitted = (shells.s > 1 / 20.0) & (shells.s < 1 / 8.0) & (shells.signal_power > 0)
    slope, _ = np.polyfit(shells.s[fitted] ** 2, 0.5 * np.log(shells.signal_power[fitted]), 1)
    assert found.b_sharpen == pytest.approx(-4 * slope, rel=1e-6)


def with_solvent(case: Case, density: float) -> MapData:
    filled = atom_mask(case.mean, case.atoms, 2.5, 0.7)
    coefficients = model_coefficients(case.mean, case.atoms, b_iso=60.0)
    values = _core.inverse_transform(coefficients, 56) - np.float32(density) * filled
    return case.mean.with_values(values, "map with solvent")


def test_bulk_solvent_is_found(case: Case) -> None:
    atoms = replace(case.atoms, b_factors=np.full(len(case.atoms), 60.0))
    found = case.sharpened(source=with_solvent(case, 0.08), atoms=atoms)
    assert found.k_sol == pytest.approx(0.08, abs=0.011)


@pytest.mark.slow
def test_given_solvent_is_used_and_0_means_none(case: Case) -> None:
    assert case.sharpened(k_sol=0.07, b_sol=30.0).k_sol == 0.07
    assert case.sharpened(k_sol=0.07, b_sol=30.0).b_sol == 30.0
    assert case.sharpened(k_sol=0.0).k_sol == 0.0


def test_progress_is_told(case: Case) -> None:
    told: list[tuple[str, float]] = []
    case.sharpened(progress=lambda stage, done: told.append((stage, done)))
    assert [stage for stage, _ in told] == ["mask", "model", "sharpen", "done"]
