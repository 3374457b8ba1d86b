"""Deposited maps, sharpened by their models."""

from __future__ import annotations

import gemmi
import numpy as np
import pytest
from real_data import DATA, needs_data

from map_sharpening import _core
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_atoms
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.model.sharpen import sharpen_by_model
from map_sharpening.methods.shared.soft_masks import atom_mask
from map_sharpening.molecule.crystal import atoms_of_cell
from map_sharpening.molecule.model_map import model_coefficients

# Deposited maps


class Deposit:
    def __init__(self, map_name: str, model_name: str) -> None:
        folder = DATA / "em"
        self.map, _ = read_map(folder / map_name)
        self.atoms = read_atoms(folder / model_name)
        self.found = sharpen_by_model(self.map, self.atoms, resolution=3.2)
        model = model_coefficients(self.map, self.atoms, b_iso=0.0, d_min=self.found.d_min)
        self.truth = _core.inverse_transform(model, self.map.values.shape[2])
        self.near = atom_mask(self.map, self.atoms, 3.0, 0.0) > 0.5

    def fit(self, source: MapData) -> float:
        return float(np.corrcoef(source.values[self.near], self.truth[self.near])[0, 1])


@pytest.fixture(scope="module")
def haemoglobin() -> Deposit:
    return Deposit("emd_3488.mrc", "5ni1_updated.cif")


@pytest.mark.slow
@needs_data
def test_deposited_map_fits_its_model_better(haemoglobin: Deposit) -> None:
    assert haemoglobin.fit(haemoglobin.found.sharpened) > haemoglobin.fit(haemoglobin.map) + 0.015


@pytest.mark.slow
@needs_data
def test_better_model_agrees_better(haemoglobin: Deposit) -> None:
    other = Deposit("emd_3488.mrc", "5me2.pdb")
    assert haemoglobin.fit(haemoglobin.found.sharpened) > other.fit(other.found.sharpened)
    ours, theirs = haemoglobin.found.resolution_05, other.found.resolution_05
    assert ours is not None
    assert theirs is not None
    assert ours < theirs


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize(
    ("map_name", "model_name"),
    [
        ("emd_21457_seg_nstart.mrc", "6vyb_Ndom.pdb"),
        ("emd_21457_seg_orig0.mrc", "6vyb_Ndom_shifted.pdb"),
    ],
)
def test_header_variant_gives_the_same_map_in_its_own_place(
    map_name: str, model_name: str
) -> None:
    expected = Deposit("emd_21457_seg.mrc", "6vyb_Ndom.pdb")
    variant = Deposit(map_name, model_name)
    np.testing.assert_allclose(
        variant.found.sharpened.values, expected.found.sharpened.values, atol=0.02
    )
    assert variant.found.sharpened.position == variant.map.position


@pytest.mark.slow
@needs_data
def test_map_of_a_crystal_fits_its_model_better() -> None:
    folder = DATA / "xtal"
    source, info, _ = read_map_coefficients(folder / "1cbs_map.mtz")
    group = gemmi.SpaceGroup(info.space_group)
    atoms = atoms_of_cell(read_atoms(folder / "1cbs.cif.gz"), group, source.position.cell)
    found = sharpen_by_model(source, atoms, resolution=info.d_min, wrapping=True, rmsd=0.2)
    model = model_coefficients(source, atoms, b_iso=0.0, d_min=info.d_min, periodic=True)
    truth = _core.inverse_transform(model, source.values.shape[2])
    near = atom_mask(source, atoms, 3.0, 0.0, periodic=True) > 0.5
    before, after = (
        np.corrcoef(values[near], truth[near])[0, 1]
        for values in (source.values, found.sharpened.values)
    )
    assert after > before
