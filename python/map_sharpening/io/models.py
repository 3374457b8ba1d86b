"""Read atomic models: PDB, mmCIF and mmJSON, plain or compressed by gzip, bzip2 or xz."""

from __future__ import annotations

import codecs
import itertools
import re
from dataclasses import dataclass, replace
from pathlib import Path

import gemmi

from map_sharpening.errors import ModelFileError
from map_sharpening.io.readable import (
    file_path,
    names_in_text,
    opened_unpacked,
    readable,
    why_no_file,
)
from map_sharpening.maps.foreign import foreign_format, foreign_name
from map_sharpening.maps.map_data import UnitCell
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.from_structure import atoms_from_structure

_NO_CELL = 1.0  #: Å, edge of the cell that files of electron microscopy state for want of one
#: Columns 73 to 80 of files before 1996: the entry's code and the number of the line
_OLD_LINE = re.compile(rb"(?:ATOM  |HETATM).{66}\d\w{3} *\d{1,4}\s*$")
_ATOM_LINE = re.compile(rb"^(?:ATOM  |HETATM)(.*)$", re.MULTILINE)
_TABBED_LINE = re.compile(rb"^(?:ATOM|HETATM)[^\n]*\t", re.MULTILINE)
#: Share of the atoms' names from which on what follows an END is the same molecule again.
_SAME_ATOMS = 0.5
_END_LINE = re.compile(rb"^END[ \r]*$", re.MULTILINE)
_MODEL_LINE = re.compile(rb"^MODEL\b([^\r\n]*)", re.MULTILINE)
_SHORT_LINE = re.compile(rb"^(?:ATOM  |HETATM)[^\r\n]{48,53}(?=\r?$)", re.MULTILINE)
_NO_OCCUPANCY = re.compile(
    rb"^((?:ATOM  |HETATM)[^\r\n]{48})(?: {6}| {0,5}(?=\r?$))", re.MULTILINE
)
_NO_COORDINATE = re.compile(
    rb"^((?:ATOM  |HETATM)[^\r\n]{24})(?=(?:[^\r\n]{8}){0,2}[* ]{8})[^\r\n]{24}", re.MULTILINE
)
_DIGIT, _COORDINATE = re.compile(rb"\d"), re.compile(rb" *[-+]?\d*\.?\d*(?:[eE][-+]?\d+)? *")
#: What a prediction says of its confidence, which it writes as B factors.
_CONFIDENCE = re.compile(
    rb"^_ma_qa_metric\.|^TITLE\b.*\b(?:ALPHAFOLD|ESMFOLD)\b.*\bPREDICTION\b"
    rb"|^PARENT +N/A\b",
    re.MULTILINE | re.IGNORECASE,
)
_B_OF_LINE = slice(54, 60)  #: what comes after a line's kind of record
_ATOM_TABLE = re.compile(rb"^\s*_atom_site\.", re.MULTILINE)
_FRACTIONS = re.compile(rb"^\s*_atom_site_fract_x\b", re.MULTILINE)
_DATA_BLOCK = re.compile(rb"^\s*data_", re.MULTILINE | re.IGNORECASE)
_COORDINATES_OF_LINE = re.compile(rb".{30}(?=.{24})(?: *-?\d+\.\d+){3}")
_PDB_NAME = re.compile(r"\.(pdb|ent)\d*(\.gz)?$", re.IGNORECASE)
#: Columns without which gemmi reads no mmCIF file, and their substitutes: the
#: first of these columns that exists, or else the text.
_STAND_INS: dict[str, tuple[tuple[str, ...], str]] = {
    "id": ((), "1"),
    "type_symbol": ((), "X"),
    "label_alt_id": ((), "."),
    "label_asym_id": (("auth_asym_id",), "A"),
    "label_atom_id": (("auth_atom_id",), "X"),
    "label_comp_id": (("auth_comp_id",), "UNK"),
    "auth_seq_id": (("label_seq_id",), "1"),
}
_B_TAG = "_atom_site.B_iso_or_equiv"
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
        With `warnings` about what was left out or guessed.

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
        None if the file has no cell, or one of 1 Å, which means the same.
    """
    path = file_path(path, "a model")
    if not path.is_file():
        raise FileNotFoundError(f"model file {path} {why_no_file(path)}")
    read = _read(path)
    with names_in_text(path, ModelFileError):
        atoms = atoms_from_structure(
            read.structure,
            name=path.name,
            assembly=assembly,
            known_elements=read.known_elements,
            known_b_factors=read.known_b_factors,
            is_prediction=read.is_prediction,
        )
    return replace(atoms, warnings=(*read.corrections, *atoms.warnings)), _cell_of(read.structure)


def read_structure(path: Path) -> gemmi.Structure:
    """Read a model's file as `read_atoms` does, with hydrogens and waters.

    Raises
    ------
    ModelFileError
        If the file is missing or can't be read as a model.
    """
    return _read(path).structure


@dataclass(frozen=True)
class _Read:
    """What a file holds."""

    structure: gemmi.Structure
    known_elements: bool  #: whether the file states them
    known_b_factors: bool
    is_prediction: bool
    corrections: tuple[str, ...]  #: of its text, each in words


def _read(path: Path) -> _Read:
    known_elements, known_b_factors = True, True
    corrections: list[str] = []
    with readable(path, ModelFileError, "as a model", "give a PDB or mmCIF file"):
        raw = _text(path, corrections)
        if _is_pdb(raw, path.name):
            raw = _without_tabs(raw, path.name, corrections)
            raw = _in_columns(raw, path.name, corrections)
            lines = _ATOM_LINE.findall(raw)
            is_old = any(_OLD_LINE.match(line) for line in raw.splitlines()[:5000])
            known_elements = not is_old and any(line[70:72].strip() for line in lines)
            # Stars stand for a number that was too long.
            known_b_factors = not lines or any(line[_B_OF_LINE].strip(b" *") for line in lines)
            if known_b_factors:
                corrections += _lines_without_b(lines, path.name)
            structure = gemmi.read_pdb_string(raw, max_line_length=72 if is_old else 0)
        else:
            is_json = raw.lstrip().startswith(b"{")
            _require_cif(raw, path)
            document = (gemmi.cif.read_mmjson_string if is_json else gemmi.cif.read_string)(raw)
            if len(document) == 0:
                raise ModelFileError(
                    f"{path} holds no atoms; give a PDB or mmCIF file with a model"
                )
            blocks = [block for block in document if _atom_table(block).tags]
            structure = gemmi.make_structure_from_block((blocks or document)[0])
            corrections += _unused_blocks(blocks, path.name)
            tags = _atom_table(blocks[0]).tags if blocks else ()
            columns = [tag.partition(".")[2] for tag in tags]
            known_b_factors = not columns or _states_b_factors(document)
            if blocks and known_b_factors:
                corrections += _rows_without_b(_atom_table(blocks[0]), path.name)
            known_elements = not columns or "type_symbol" in columns
            if len(structure) == 0:
                structure = _completed(blocks, columns, path.name)
        is_prediction = _CONFIDENCE.search(raw) is not None
    if len(structure) == 0:
        raise ModelFileError(f"{path} holds no atoms; give a PDB or mmCIF file with a model")
    return _Read(structure, known_elements, known_b_factors, is_prediction, tuple(corrections))


def _require_cif(raw: bytes, path: Path) -> None:
    """Refuse a file that is neither PDB nor CIF, saying what it is if that is known."""
    what = foreign_format(raw[:1024], None) or foreign_name(path.name)
    if raw.lstrip().startswith(b"{"):
        return
    if what is not None:
        raise ModelFileError(f"{path} is {what}")
    if _FRACTIONS.search(raw) and not _ATOM_TABLE.search(raw):
        raise ModelFileError(
            f"{path} has the atoms of a small molecule's crystal, as fractions of its cell "
            "(_atom_site_fract_x); expected a model in the map, in Å; give a PDB or mmCIF file"
        )
    if raw.strip() and not _DATA_BLOCK.search(raw):
        raise ModelFileError(
            f"{path} is no model: it has no lines of atoms (ATOM, HETATM) as PDB files have, and "
            "no data block (data_...) as mmCIF files have; give a PDB or mmCIF file"
        )


def _lines_without_b(lines: list[bytes], name: str) -> list[str]:
    """Return a warning if some lines of atoms, among others, have no B factor."""
    those = [line for line in lines if len(line) > 20 and not line[_B_OF_LINE].strip(b" *")]
    if not those:
        return []
    shown = those[0][6:21].decode(errors="replace").strip()
    return [
        f"{name} states no B factor for {len(those)} of {len(lines)} atoms (such as {shown}); "
        "they count as 0; give them numbers"
    ]


def _rows_without_b(table: gemmi.cif.Table, name: str) -> list[str]:
    """Return a warning if some rows of an mmCIF file's atoms, among others, have no B factor."""
    column = table.find_column(_B_TAG) if _B_TAG in table.tags else ()
    n_without = sum(value in {".", "?"} for value in column)
    if not n_without:
        return []
    return [
        f"{name} states no B factor for {n_without} of {len(column)} atoms; they count as "
        f"{gemmi.Atom().b_iso:g} Å²; give them numbers"
    ]


def _text(path: Path, corrections: list[str]) -> bytes:
    """Return a file unpacked, without characters that editors and transfers put into it."""
    with opened_unpacked(path) as stream:
        raw = stream.read().removeprefix(codecs.BOM_UTF8)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ModelFileError(f"{path} is UTF-16 text; save it as UTF-8, or plain text")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    return _from_first_block(raw, path.name, corrections)


def _from_first_block(raw: bytes, name: str, corrections: list[str]) -> bytes:
    """Return an mmCIF file from its first data block on, with a note on what comes before it."""
    start = re.search(rb"^[ \t]*data_", raw, re.MULTILINE | re.IGNORECASE)
    if start is None or not _ATOM_TABLE.search(raw, start.end()):
        return raw
    before = [line for line in raw[: start.start()].splitlines() if line.strip()]
    if all(line.lstrip().startswith(b"#") for line in before):
        return raw
    corrections.append(
        f"{name} has {len(before)} line{'s' if len(before) > 1 else ''} before its first data "
        "block, which are not mmCIF; they were ignored"
    )
    return raw[start.start() :]


def _without_tabs(raw: bytes, name: str, corrections: list[str]) -> bytes:
    """Return a PDB file with tabs turned back into spaces; refuse it if its columns are lost."""
    if not _TABBED_LINE.search(raw):
        return raw
    restored = b"\n".join(line.expandtabs() for line in raw.splitlines())
    for line in restored.splitlines():
        if line.startswith((b"ATOM", b"HETATM")) and not _COORDINATES_OF_LINE.match(line):
            shown = line.decode(errors="replace").strip()
            raise ModelFileError(
                f"{name} has tabs in its lines of atoms ({shown!r}), and a PDB file needs its "
                "columns: which number is which can't be known; give the file as it was written, "
                "or mmCIF"
            )
    corrections.append(
        f"{name} has tabs in its lines of atoms; they were read as spaces up to every eighth "
        "column"
    )
    return restored


def _in_columns(raw: bytes, name: str, corrections: list[str]) -> bytes:
    """Return a PDB file with all its atoms where gemmi reads them; refuse displaced numbers."""
    if not _ATOM_LINE.search(raw):
        return raw
    displaced = [line for line in raw.splitlines() if _is_displaced(line)]
    if displaced:
        shown = displaced[0].decode(errors="replace").strip()
        raise ModelFileError(
            f"{name} has {len(displaced)} line{'s' if len(displaced) > 1 else ''} whose "
            f"coordinates are not in columns 31 to 54, as a PDB file has them ({shown!r}); "
            "give the file as it was written, or mmCIF"
        )
    last = max(match.start() for match in _ATOM_LINE.finditer(raw))
    end = _END_LINE.search(raw, 0, last)
    if end is not None:
        n_after = len(_ATOM_LINE.findall(raw, end.end()))
        first, others = _atom_names(raw[: end.start()]), _atom_names(raw[end.end() :])
        are_frames = len(first & others) > _SAME_ATOMS * min(len(first), len(others))
        if are_frames and _MODEL_LINE.search(raw) is None:
            corrections.append(
                f"{name} names atoms again after an END, as frames of a trajectory or copies of a "
                f"molecule do, in its last {n_after} atoms; each END is read as the end of a MODEL"
            )
            raw = _with_ends_of_models(raw)
        else:
            corrections.append(
                f"{name} has an END before its last {n_after} atoms; they are read too"
            )
            raw = _END_LINE.sub(b"", raw[:last]) + raw[last:]
    raw = _with_models_numbered(raw, name, corrections)
    # gemmi reads blanks as an occupancy of 0.
    raw, n_without = _NO_OCCUPANCY.subn(rb"\1  1.00", raw)
    if n_without:
        corrections.append(
            f"{name} states no occupancy for {n_without} of its {len(_ATOM_LINE.findall(raw))} "
            "atoms; they count as 1"
        )
    # Lines that end with the coordinates, which gemmi takes for cut off, and coordinates of
    # blanks or stars, which it takes for 0.
    raw = _SHORT_LINE.sub(lambda match: match[0].ljust(80), raw)
    return _NO_COORDINATE.sub(rb"\1     nan     nan     nan", raw)


def _with_ends_of_models(raw: bytes) -> bytes:
    """Return a PDB file each of whose parts that an END ends is a model of its own."""
    made: list[bytes] = []
    in_order = itertools.count(1)
    for part in _END_LINE.split(raw):
        first = _ATOM_LINE.search(part)
        if first is None:
            continue
        number = b"MODEL     %4d\n" % next(in_order)
        made += [part[: first.start()], number, part[first.start() :].rstrip(), b"\nENDMDL\n"]
    return b"".join(made)


def _with_models_numbered(raw: bytes, name: str, corrections: list[str]) -> bytes:
    """Return a PDB file each of whose models has a number of its own, which gemmi asks for."""
    texts = _MODEL_LINE.findall(raw)
    numbers = [(text.split() or [b""])[0].lstrip(b"0") for text in texts]
    if len(set(numbers)) == len(numbers):
        return raw
    shown = max(numbers, key=numbers.count).decode(errors="replace")
    corrections.append(
        f"{name} has {len(numbers)} models, several of which are MODEL {shown}; they were "
        "numbered in the order of the file"
    )
    in_order = itertools.count(1)
    return _MODEL_LINE.sub(lambda _: b"MODEL     %4d" % next(in_order), raw)


def _atom_names(raw: bytes) -> set[bytes]:
    """Return atoms, residues and chains as lines name them, without serial numbers."""
    lines = raw.splitlines()
    return {line[12:27] for line in lines if line.startswith((b"ATOM  ", b"HETATM"))}


def _is_displaced(line: bytes) -> bool:
    """Whether a line of an atom has numbers across the borders of the columns of coordinates."""
    if not line.startswith((b"ATOM  ", b"HETATM")) or len(line.rstrip()) < 54:
        return False
    if line[34:35] == line[42:43] == line[50:51] == b"." and b" " not in line[33:38].strip():
        return False  # as programs write it; quick
    fields = (line[30:38], line[38:46], line[46:54])
    # What isn't there, or is no number, is reported as an atom without coordinates.
    return any(_DIGIT.search(field) and not _COORDINATE.fullmatch(field) for field in fields)


def _atom_table(block: gemmi.cif.Block) -> gemmi.cif.Table:
    return block.find_mmcif_category("_atom_site.")


def _unused_blocks(blocks: list[gemmi.cif.Block], name: str) -> list[str]:
    """Return a warning if there are blocks with atoms that aren't used."""
    if len(blocks) < 2:
        return []
    first = blocks[0].name
    return [
        f"{name} holds atoms in {len(blocks)} data blocks; only those of the first, "
        f"data_{first}, are used; give a file of one block with all atoms that are in the map"
    ]


def _is_pdb(raw: bytes, name: str) -> bool:
    """Whether a file has atoms as PDB files have them, or their extension and no data block."""
    if re.match(rb"(?:\s|#.*\n)*(?:data_|\{)", raw, re.IGNORECASE):
        return False
    has_lines = _ATOM_LINE.search(raw) or _TABBED_LINE.search(raw)
    return has_lines is not None or _PDB_NAME.search(name) is not None


def _states_b_factors(document: gemmi.cif.Document) -> bool:
    """Whether a CIF file has a B factor for any of its atoms."""
    columns = (block.find_values(_B_TAG) for block in document)
    return any(value not in {".", "?"} for column in columns for value in column)


def _completed(blocks: list[gemmi.cif.Block], columns: list[str], name: str) -> gemmi.Structure:
    """Return the structure of a CIF file that lacks columns that aren't essential."""
    if not blocks:
        return gemmi.Structure()
    absent = [column for column in _COORDINATES if column not in columns]
    if absent:
        raise ModelFileError(
            f"{name} has no columns {', '.join(f'_atom_site.{column}' for column in absent)}: its "
            "atoms have no positions; give a whole mmCIF file"
        )
    for block in blocks:
        loop = _atom_table(block).loop
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
