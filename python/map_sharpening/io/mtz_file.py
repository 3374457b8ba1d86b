"""Open files of reflections: MTZ, after a check of its headers, and mmCIF."""

from __future__ import annotations

import codecs
import re
import struct
from pathlib import Path
from typing import BinaryIO

import gemmi
import numpy as np

from map_sharpening.errors import MapFileError
from map_sharpening.io.crystals.status import Marks, marks_of
from map_sharpening.io.readable import (
    name_for_gemmi,
    opened_unpacked,
    readable,
    require_plain_or_gzip,
)

_REMEDY = "give a whole MTZ file with map coefficients"
_PHASE_MEASURED, _PHASE_CALCULATED = b"_refln.phase_meas", b"_refln.phase_calc"
_GROUP_NAMES = ("_symmetry.space_group_name_H-M", "_space_group.name_H-M_alt")
_GROUP_NUMBERS = ("_symmetry.Int_Tables_number", "_space_group.IT_number")
_CIF = re.compile(rb"(?:\s|#[^\n]*\n)*data_", re.IGNORECASE)
_RECORD = 80
_WORD = 4
_LARGEST_HEADERS = 20_000_000  #: bytes; batches of unmerged data and history included


def open_mtz(file: Path) -> tuple[gemmi.Mtz, Marks]:
    """Read an MTZ file, or structure factors as mmCIF, plain or compressed by gzip.

    Columns of mmCIF get the names that MTZ files have for them, such as FWT for pdbx_FWT. An
    MTZ file's headers, which come last, say how many numbers lie before them: a file that
    claims more than it holds is refused before memory is taken for it.

    Raises
    ------
    MapFileError
        If the file is missing, is none, or is damaged.
    """
    with readable(file, MapFileError, "as an MTZ file", _REMEDY):
        require_plain_or_gzip(file, MapFileError)
        with opened_unpacked(file) as stream:
            start = stream.read(_RECORD * 100).removeprefix(codecs.BOM_UTF8)
            stream.seek(0)
            if _CIF.match(start):
                return _from_cif(stream.read().removeprefix(codecs.BOM_UTF8), file.name)
            _check(stream, file.name)
        mtz = gemmi.read_mtz_file(name_for_gemmi(file))
        return mtz, np.array([], dtype=np.str_)


def _from_cif(text: bytes, name: str) -> tuple[gemmi.Mtz, Marks]:
    """Return the block of a CIF file that has map coefficients, or else phases; or its first.

    Raises
    ------
    MapFileError
        If it has no reflections, map coefficients or phases in several blocks, or no space group
        that is known.
    """
    # gemmi takes phases of this tag alone.
    are_measured = _PHASE_MEASURED in text and _PHASE_CALCULATED not in text
    if are_measured:
        text = text.replace(_PHASE_MEASURED, _PHASE_CALCULATED)
    blocks = [block for block in gemmi.as_refln_blocks(gemmi.cif.read_string(text)) if block]
    if not blocks:
        raise MapFileError(f"{name} is a CIF file without reflections; {_REMEDY}")
    worth = [_worth(block.column_labels()) for block in blocks]
    alike = [block for block, own in zip(blocks, worth, strict=True) if own == max(worth)]
    if len(alike) > 1 and max(worth) > 0:
        what = "map coefficients" if max(worth) > 1 else "phases"
        names = ", ".join(f"data_{block.block.name}" for block in alike)
        raise MapFileError(
            f"{name} has {what} in {len(alike)} blocks ({names}); expected them in one; give a "
            "file with the block that is meant alone"
        )
    wanted = alike[0]
    try:
        mtz = gemmi.CifToMtz().convert_block_to_mtz(wanted)
    except RuntimeError as error:
        held = ", ".join(wanted.column_labels())
        raise MapFileError(
            f"{name} has no amplitudes and phases in data_{wanted.block.name}, but {held}; "
            "expected pdbx_FWT and pdbx_PHWT, or F_meas_au and phase_calc; give a file with these,"
            " or an MTZ file of the coefficients"
        ) from error
    column = mtz.column_with_label("PHIC")
    if are_measured and column is not None:
        column.label = "PHIM"
    if mtz.spacegroup is None:
        mtz.spacegroup = _space_group_of(wanted.block, name)
    return mtz, marks_of(wanted.block)


def _space_group_of(block: gemmi.cif.Block, name: str) -> gemmi.SpaceGroup:
    """Return the space group that a block states by tags that gemmi doesn't read for reflections.

    A number alone stands for the usual setting.
    """
    names = [gemmi.cif.as_string(text) for tag in _GROUP_NAMES if (text := block.find_value(tag))]
    numbers = [text for tag in _GROUP_NUMBERS if (text := block.find_value(tag))]
    groups = [gemmi.find_spacegroup_by_name(group) for group in names]
    if not names and numbers and numbers[0].isdecimal():
        groups = [gemmi.find_spacegroup_by_number(int(numbers[0]))]
    for group in groups:
        if group is not None:
            return group
    stated = ", ".join([*names, *numbers])
    raise MapFileError(
        f"{name} has "
        + (f"the space group {stated}, which is unknown" if stated else "no space group")
        + f"; set that of the crystal in data_{block.name}, as {_GROUP_NAMES[0]}"
    )


def _worth(labels: list[str]) -> int:
    """Return 2 for columns of map coefficients, 1 for phases, 0 for neither."""
    names = {label.lower() for label in labels}
    return 2 if "pdbx_phwt" in names else int("phase_calc" in names)


def _check(stream: BinaryIO, name: str) -> None:
    start = stream.read(20)
    if start[:4] != b"MTZ " or len(start) < 20:
        raise MapFileError(
            f"{name} can't be read as an MTZ file: it doesn't begin as one; {_REMEDY}"
        )
    order = ">" if start[8:9] == b"\x11" else "<"
    (place,) = struct.unpack(order + "i", start[4:8])
    if place == -1:  # of large files
        (place,) = struct.unpack(order + "q", start[12:20])
    at = (place - 1) * _WORD
    if at < _RECORD:
        raise MapFileError(
            f"{name} can't be read as an MTZ file: its headers are at byte {at}, before its data;"
            f" {_REMEDY}"
        )
    stream.seek(at)
    headers = stream.read(_LARGEST_HEADERS)
    records = [headers[i : i + _RECORD] for i in range(0, len(headers), _RECORD)]
    sizes = next((record for record in records if record[:4].upper() == b"NCOL"), None)
    if sizes is None:
        raise MapFileError(
            f"{name} can't be read as an MTZ file: it has no headers at byte {at}, where it says;"
            f" it may be truncated; {_REMEDY}"
        )
    n_columns, n_reflections = (int(word) for word in sizes[4:].split()[:2])
    if min(n_columns, n_reflections) < 0 or (_RECORD + _WORD * n_columns * n_reflections > at):
        raise MapFileError(
            f"{name} claims {n_reflections} reflections with {n_columns} columns, but has room for"
            f" {(at - _RECORD) // _WORD} numbers; {_REMEDY}"
        )
    for record in records:
        if record[:4].upper() == b"COLU" and not _is_text(record):
            raise MapFileError(
                f"{name} has column labels that are not UTF-8"
                f" ({record.decode('ascii', 'backslashreplace')[7:37].strip()}); rename the column"
            )


def _is_text(record: bytes) -> bool:
    try:
        record.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
