"""The demo's atoms as a model file, where the simulated half maps hold them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import gemmi
import numpy as np
from half_map_files import SHAPE, VOXEL_SIZE

from map_sharpening.molecule.atoms import Atoms
from map_sharpening.simulation.demo import demo_atoms

EDGE = SHAPE[0] * VOXEL_SIZE[0]


@cache
def _atoms() -> Atoms:
    return demo_atoms()


def write_model(
    path: Path,
    cell: Sequence[float] | None = None,
    *,
    shift: Sequence[float] = (0, 0, 0),
    every: int = 1,
) -> Path:
    """Write the demo's atoms where the simulated maps hold them, moved by a shift in Å.

    Where a run is only planned, one atom in a hundred is enough.
    """
    middle = np.array([EDGE / 2, EDGE / 2, EDGE / 2]) + np.array(shift)
    atoms = _atoms().centred_at(middle)
    structure = gemmi.Structure()
    structure.spacegroup_hm = "P 1"
    structure.cell = gemmi.UnitCell(*(cell or (1, 1, 1, 90, 90, 90)))
    chain = gemmi.Chain("A")
    for i, (position, element) in enumerate(
        zip(atoms.positions[::every], atoms.elements[::every], strict=True)
    ):
        residue = gemmi.Residue()
        residue.name, residue.seqid = "UNK", gemmi.SeqId(i % 9999 + 1, " ")
        atom = gemmi.Atom()
        atom.name, atom.element = str(element), gemmi.Element(str(element))
        atom.pos, atom.b_iso = gemmi.Position(*position), 40.0
        residue.add_atom(atom)
        chain.add_residue(residue)
    model = gemmi.Model(1)
    model.add_chain(chain)
    structure.add_model(model)
    structure.make_mmcif_document().write_file(str(path))
    return path
