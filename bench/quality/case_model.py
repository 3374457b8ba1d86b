"""The true model of a case as a file, in the frame of its maps, with the B factors given it."""

from __future__ import annotations

from pathlib import Path

import gemmi
import numpy as np
import numpy.typing as npt
import scipy.spatial

from bench.quality.case_atoms import case_atoms
from bench.quality.case_files import CaseFiles
from map_sharpening.io.models import read_atoms


def write_case_model(files: CaseFiles) -> Path:
    """Return the path of `true_model.cif` in the folder of a case, made if it isn't there."""
    output = files.folder / "true_model.cif"
    if output.is_file():
        return output
    case = files.case
    atoms = case_atoms(case, files.model)
    deposited = read_atoms(files.model, assembly=case.assembly).positions
    structure = gemmi.read_structure(str(files.model))
    if case.assembly is not None:
        structure.transform_to_assembly(case.assembly, gemmi.HowToNameCopiedChain.Short)
    turn, shift = _rigid(deposited, atoms.positions)
    tree = scipy.spatial.cKDTree(atoms.positions)
    b_factors = np.zeros(len(atoms)) if atoms.b_factors is None else atoms.b_factors
    structure.cell = gemmi.UnitCell()
    structure.ncs.clear()  # programs that apply these operators would add copies of the atoms
    for model in structure:
        for site in model.all():
            place = turn @ np.array(site.atom.pos.tolist()) + shift
            site.atom.pos = gemmi.Position(*place)
            nearest = int(tree.query(place)[1])
            site.atom.aniso = gemmi.SMat33f(0, 0, 0, 0, 0, 0)
            site.atom.b_iso = float(b_factors[nearest])
            site.atom.occ = float(atoms.occupancies[nearest])
    partial = output.with_suffix(".partial")
    structure.make_mmcif_document().write_file(str(partial))
    partial.replace(output)
    return output


def _rigid(
    before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the rotation and shift that put the first places on the second (Kabsch 1976)."""
    middle, aim = before.mean(axis=0), after.mean(axis=0)
    u, _, v = np.linalg.svd((after - aim).T @ (before - middle))
    turn = u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v
    return turn, aim - turn @ middle
