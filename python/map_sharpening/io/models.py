"""Read atomic models: PDB, mmCIF and mmJSON, plain or compressed by gzip, bzip2 or xz."""

from __future__ import annotations

import re
from pathlib import Path

import gemmi

from map_sharpening.errors import ModelFileError
from map_sharpening.io.readable import (
    name_for_gemmi,
    names_in_text,
    opened_unpacked,
    packing_of,
    readable,
)
from map_sharpening.maps.map_data import UnitCell
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.from_structure import atoms_from_structure

_NO_CELL = 1.0  #: Å, edge of the cell that files of electron microscopy state for want of one
#: Columns 73 to 80 of files before 1996: the entry's code and the number of the line
_OLD_LINE = re.compile(rb"(?:ATOM  |HETATM).{66}\d\w{3} *\d{1,4}\s*$")
_ATOM_LINE = re.compile(rb"^(?:ATOM  |HETATM)(.*)$", re.MULTILINE)
_PDB_NAME = re.compile(r"\.(pdb|ent)\d*(\.gz)?$", re.IGNORECASE)
#: Columns that gemmi does not read an mmCIF file without, and what stands in for them: the
#: first of these columns that there is, or else the text.
_STAND_INS: dict[str, tuple[tuple[str, ...], str]] = {
    "id": ((), "1"),
    "type_symbol": ((), "X"),
    "label_alt_id": ((), "."),
    "label_asym_id": (("auth_asym_id",), "A"),
    "label_atom_id": (("auth_atom_id",), "X"),
    "label_comp_id": (("auth_comp_id",), "UNK"),
    "auth_seq_id": (("label_seq_id",), "1"),
}
_COORDINATES = ("Cartn_x", "Cartn_y", "Cartn_z")


def read_atoms(path: str | Path, *, assembly: str | None = None) -> Atoms:
    """Read the atoms in a file, without hydrogens and waters.

    Every alternative position is kept with its own occupancy: together they make up
    the density that one atom spreads over them. Of several models all are taken if they lie
    side by side, as the copies of an assembly do, and otherwise the first.

    Parameters
    ----------
    path : str or Path
        PDB, mmCIF or mmJSON file, which may be compressed by gzip, bzip2 or xz; its content
        decides which of them it is.
    assembly : str, optional
        Name of a biological assembly described in the file, such as ``"1"``; the chains
        are copied to make it up. Without it the atoms are those in the file.

    Returns
    -------
    Atoms
        With `warnings` that tell what was left out or guessed.

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
    known_elements, known_b_factors = True, True
    with readable(path, ModelFileError, "as a model", "give a PDB or mmCIF file"):
        document = gemmi.cif.Document()
        raw = _unpacked(path)
        if _is_pdb(raw, path.name):
            lines = _ATOM_LINE.findall(raw)
            is_old = any(_OLD_LINE.match(line) for line in raw.splitlines()[:5000])
            known_elements = not is_old and any(line[70:72].strip() for line in lines)
            structure = gemmi.read_pdb_string(raw, max_line_length=72 if is_old else 0)
        else:
            if packing_of(path) in ("bzip2", "xz"):  # gemmi unpacks gzip alone
                document = gemmi.cif.read_string(raw)
                structure = gemmi.make_structure_from_block(document[0])
            else:
                structure = gemmi.read_structure(
                    name_for_gemmi(path), format=gemmi.CoorFormat.Detect, save_doc=document
                )
            columns = _columns(document)
            known_b_factors = not columns or "B_iso_or_equiv" in columns
            known_elements = not columns or "type_symbol" in columns
            if len(structure) == 0:
                structure = _completed(document, columns, path.name)
    if len(structure) == 0:
        raise ModelFileError(f"{path} holds no atoms; give a PDB or mmCIF file with a model")
    with names_in_text(path, ModelFileError):
        atoms = atoms_from_structure(
            structure,
            name=path.name,
            assembly=assembly,
            known_elements=known_elements,
            known_b_factors=known_b_factors,
        )
    return atoms, _cell_of(structure)


def _unpacked(path: Path) -> bytes:
    with opened_unpacked(path) as stream:
        return stream.read()


def _is_pdb(raw: bytes, name: str) -> bool:
    """Whether a file has lines of atoms as PDB files have, or no data block and their name."""
    if re.match(rb"(?:\s|#.*\n)*(?:data_|\{)", raw):
        return False
    return _ATOM_LINE.search(raw) is not None or _PDB_NAME.search(name) is not None


def _columns(document: gemmi.cif.Document) -> list[str]:
    """Return the names of what a CIF file says of atoms, without their category."""
    for block in document:
        table = block.find_mmcif_category("_atom_site.")
        if len(table.tags):
            return [tag.partition(".")[2] for tag in table.tags]
    return []


def _completed(document: gemmi.cif.Document, columns: list[str], name: str) -> gemmi.Structure:
    """Return the structure of a CIF file that lacks columns which can be done without."""
    if not columns:
        return gemmi.Structure()
    absent = [column for column in _COORDINATES if column not in columns]
    if absent:
        raise ModelFileError(
            f"{name} has no columns {', '.join(f'_atom_site.{column}' for column in absent)}: its "
            "atoms are nowhere; give a whole mmCIF file"
        )
    for block in document:
        loop = block.find_mmcif_category("_atom_site.").loop
        if loop is None:
            continue
        for column, (others, text) in _STAND_INS.items():
            if column in columns:
                continue
            source = next((other for other in others if other in columns), None)
            loop.add_columns([f"_atom_site.{column}"], text)
            if source is not None:
                values = list(block.find_loop(f"_atom_site.{source}"))
                filled = block.find_loop(f"_atom_site.{column}")
                for i, value in enumerate(values):
                    filled[i] = value
        return gemmi.make_structure_from_block(block)
    return gemmi.Structure()


def _cell_of(structure: gemmi.Structure) -> UnitCell | None:
    parameters = structure.cell.parameters
    is_stated = structure.cell.is_crystal() and min(parameters[:3]) > _NO_CELL
    return UnitCell(*parameters) if is_stated else None
