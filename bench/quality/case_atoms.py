"""The atoms of a case: where they are in its maps, their occupancies and B factors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.quality.cases import Case
from map_sharpening.io.models import read_atoms
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.simulation.simulate import b_factors_by_distance


def case_atoms(case: Case, model: Path) -> Atoms:
    """Read the model of a case and return the atoms that its maps are made of."""
    atoms = read_atoms(model, assembly=case.assembly)
    if case.particles is not None:
        atoms = with_longest_axis_up(atoms)
    atoms = atoms.centred_at(np.full(3, case.voxel_size * case.box / 2))
    atoms = replace(atoms, b_factors=b_factors_by_distance(atoms, case.b_core, case.b_rim))
    if case.part is None:
        return atoms
    differs = case.part.holds(atoms)
    return replace(
        atoms,
        b_factors=atoms.b_factors + np.where(differs, case.part.more_b, 0.0),
        occupancies=np.where(differs, case.part.occupancy, 1.0) * atoms.occupancies,
    )


def with_longest_axis_up(atoms: Atoms) -> Atoms:
    """Return atoms turned so that their longest axis is z, as membrane proteins are shown."""
    offsets = atoms.positions - atoms.positions.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(offsets.T))
    if np.linalg.det(axes) < 0:
        axes[:, 0] *= -1
    return replace(atoms, positions=offsets @ axes)
