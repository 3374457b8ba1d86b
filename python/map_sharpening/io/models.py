"""Read atomic models: PDB, mmCIF and their gzip-compressed forms."""

from __future__ import annotations

from pathlib import Path

import gemmi
import numpy as np

from map_sharpening.errors import ModelFileError
from map_sharpening.io.readable import readable
from map_sharpening.maps.map_data import UnitCell
from map_sharpening.molecule.atoms import Atoms

_NO_CELL = 1.0  #: Å, edge of the cell that files of electron microscopy state for want of one


def read_atoms(path: str | Path, *, assembly: str | None = None) -> Atoms:
    """Read the atoms of the first model in a file, without hydrogens and waters.

    Every alternative position is kept with its own occupancy: together they make up
    the density that one atom spreads over them.

    Parameters
    ----------
    path : str or Path
        PDB, mmCIF or mmJSON file, which may be compressed with gzip.
    assembly : str, optional
        Name of a biological assembly described in the file, such as ``"1"``; the chains
        are copied to make it up. Without it the atoms are those in the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If the file can't be read as a model, holds no usable atom, or doesn't
        describe the assembly asked for.
    """
    return read_model(path, assembly=assembly)[0]


def read_model(path: str | Path, *, assembly: str | None = None) -> tuple[Atoms, UnitCell | None]:
    """Read atoms as `read_atoms` does, and the cell that the file states.

    Returns
    -------
    Atoms, UnitCell or None
        None where the file has no cell, or the one of 1 Å that stands for none.

    Raises
    ------
    FileNotFoundError, ModelFileError
        As `read_atoms`.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"model file {path} not found; check its name and folder")
    with readable(path, ModelFileError, "as a model", "give a PDB or mmCIF file"):
        structure = gemmi.read_structure(str(path))
    if len(structure) == 0:
        raise ModelFileError(f"{path} holds no atoms; give a PDB or mmCIF file with a model")
    atoms = atoms_from_structure(structure, name=path.name, assembly=assembly)
    return atoms, _cell_of(structure)


def atoms_from_structure(
    structure: gemmi.Structure, *, name: str = "model", assembly: str | None = None
) -> Atoms:
    """Take the atoms of a gemmi structure's first model, without hydrogens and waters.

    Parameters
    ----------
    structure : gemmi.Structure
        Left as it is.
    name : str
        What messages call the atoms.
    assembly : str, optional
        As in `read_atoms`.

    Raises
    ------
    ModelFileError
        If no usable atom is left, a coordinate isn't finite, or the structure doesn't
        describe the assembly.
    """
    structure = structure.clone()
    if assembly is not None:
        known = [a.name for a in structure.assemblies]
        if assembly not in known:
            raise ModelFileError(
                f"{name} describes no assembly {assembly!r}, it has {', '.join(known) or 'none'};"
                " choose one of these or leave the assembly out"
            )
        structure.transform_to_assembly(assembly, gemmi.HowToNameCopiedChain.Dup)
    structure.remove_hydrogens()
    structure.remove_waters()
    sites = [site.atom for site in structure[0].all()] if len(structure) else []
    sites = [atom for atom in sites if atom.occ > 0 and atom.element.atomic_number > 0]
    if not sites:
        raise ModelFileError(
            f"{name} holds no atoms beside hydrogens and waters; give a file with a model"
        )
    positions = np.array([atom.pos.tolist() for atom in sites], dtype=np.float64)
    b_factors = np.array([_b_factor(atom) for atom in sites], dtype=np.float64)
    for what, numbers in (("coordinate", positions), ("B factor", b_factors)):
        if not np.isfinite(numbers).all():
            raise ModelFileError(f"{name} holds a {what} that is not a number; repair the file")
    return Atoms(
        positions,
        np.array([atom.element.name for atom in sites]),
        np.array([atom.occ for atom in sites], dtype=np.float64),
        name,
        b_factors,
    )


def _cell_of(structure: gemmi.Structure) -> UnitCell | None:
    parameters = structure.cell.parameters
    is_stated = structure.cell.is_crystal() and min(parameters[:3]) > _NO_CELL
    return UnitCell(*parameters) if is_stated else None


def _b_factor(atom: gemmi.Atom) -> float:
    """Return the isotropic B factor, Å², of the six numbers where an atom has these."""
    return float(atom.b_eq() if atom.aniso.nonzero() else atom.b_iso)
