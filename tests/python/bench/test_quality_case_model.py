"""The true model of a case: only the atoms that its maps are made of."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import gemmi
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[3]))  # bench/ is not part of the package

from bench.quality.case_files import CaseFiles
from bench.quality.case_model import write_case_model
from bench.quality.cases import CASES


def deposited(path: Path) -> gemmi.Structure:
    """Write and return a model of one residue, with an operator that makes a second copy."""
    structure = gemmi.Structure()
    structure.cell = gemmi.UnitCell(50, 50, 50, 90, 90, 90)
    structure.spacegroup_hm = "P 1"
    residue = gemmi.Residue()
    residue.name, residue.seqid = "ALA", gemmi.SeqId("1")
    for number, name in enumerate(("N", "CA", "C", "O", "CB")):
        atom = gemmi.Atom()
        atom.name, atom.element = name, gemmi.Element(name[0])
        atom.pos = gemmi.Position(number, number**2 / 2, number % 2)
        residue.add_atom(atom)
    chain = gemmi.Chain("A")
    chain.add_residue(residue)
    model = gemmi.Model("1")
    model.add_chain(chain)
    structure.add_model(model)
    copy = gemmi.Transform(gemmi.Mat33(), gemmi.Vec3(10, 0, 0))
    structure.ncs = gemmi.NcsOpList([gemmi.NcsOp(copy, "2", False)])
    structure.setup_entities()
    structure.make_mmcif_document().write_file(str(path))
    return structure


def test_operators_of_copies_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "deposited.cif"
    atoms = deposited(path)[0].count_atom_sites()
    assert len(gemmi.read_structure(str(path)).ncs) == 1
    case = replace(CASES[0], model=path.name, voxel_size=1.0, box=32)
    written = gemmi.read_structure(str(write_case_model(CaseFiles(case, tmp_path, 3.0, path))))
    assert len(written.ncs) == 0
    places = np.array([site.atom.pos.tolist() for site in written[0].all()])
    assert len(places) == atoms
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    np.testing.assert_allclose(middle, 16.0, atol=1e-3)  # Å, of the box
