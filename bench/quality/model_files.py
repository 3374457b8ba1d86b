"""The models that programs are given: the true atoms, displaced, and only some of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import gemmi
import numpy as np

from bench.quality.case_atoms import case_atoms
from bench.quality.case_files import CaseFiles
from map_sharpening.molecule.atoms import Atoms

_SEED = 11


@dataclass(frozen=True)
class ModelError:
    """How far a model is from the truth."""

    rmsd: float  #: Å, of the atoms' positions in three dimensions
    share: float  #: of the atoms, the first in the file

    @property
    def name(self) -> str:
        """Return a short name for programs."""
        return f"{self.rmsd:g}A_{100 * self.share:.0f}pc"


MODEL_ERRORS = (
    ModelError(0.3, 1.0),
    ModelError(0.6, 1.0),
    ModelError(1.0, 1.0),
    ModelError(0.6, 0.75),
    ModelError(0.6, 0.5),
)


def given_model(files: CaseFiles, error: ModelError) -> Atoms:
    """Return a model in the place of a case's maps, with the B factors that these have."""
    atoms = case_atoms(files.case, files.model)
    steps = np.random.default_rng(_SEED).normal(size=atoms.positions.shape)
    displaced = replace(atoms, positions=atoms.positions + steps * error.rmsd / np.sqrt(3))
    return displaced.selected(np.arange(len(atoms)) < error.share * len(atoms))


def write_model(path: Path, atoms: Atoms) -> None:
    """Write atoms as mmCIF, each a residue of its own."""
    assert atoms.b_factors is not None, "models of the benchmark have them"
    structure = gemmi.Structure()
    structure.spacegroup_hm = "P 1"
    chain = gemmi.Chain("A")
    columns = (atoms.positions, atoms.elements, atoms.occupancies, atoms.b_factors)
    for number, (position, element, occupancy, b) in enumerate(zip(*columns, strict=True), 1):
        atom = gemmi.Atom()
        atom.name, atom.element = str(element), gemmi.Element(str(element))
        atom.pos, atom.occ, atom.b_iso = gemmi.Position(*position), occupancy, b
        residue = gemmi.Residue()
        residue.name, residue.seqid = "UNK", gemmi.SeqId(number, " ")
        residue.add_atom(atom)
        chain.add_residue(residue)
    model = gemmi.Model(1)
    model.add_chain(chain)
    structure.add_model(model)
    structure.setup_entities()
    structure.make_mmcif_document().write_file(str(path))
