"""The kind of a file named on the command line, and the text of parameter files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

from map_sharpening.errors import MapFileError, ParameterError
from map_sharpening.io.maps import is_map_file
from map_sharpening.io.readable import UNPACKING_ERRORS, is_of_system, opened_unpacked, packing_of
from map_sharpening.maps.foreign import foreign_format, foreign_name
from map_sharpening.phil import ParameterText, decode
from map_sharpening.phil.parse import parse

FileKind = Literal["map", "reflections", "model", "sequence", "symmetry", "parameters"]

_PARAMETER_SUFFIXES = {".eff", ".phil", ".params", ".param", ".def"}
_PACKED_SUFFIXES = {".gz", ".bz2", ".xz"}
_SUFFIXES: dict[str, FileKind] = {
    ".mrc": "map",
    ".map": "map",
    ".ccp4": "map",
    ".mtz": "reflections",
    ".pdb": "model",
    ".ent": "model",
    ".cif": "model",
    ".mmcif": "model",
    ".fasta": "sequence",
    ".fa": "sequence",
    ".seq": "sequence",
    ".pir": "sequence",
    ".ncs_spec": "symmetry",
    ".rec": "map",
    ".mrcs": "map",
    ".st": "map",
}
_ASSEMBLY_SUFFIX = re.compile(r"\.(pdb|ent)\d+")  #: as the PDB names biological assemblies
#: Names of CIF items may be written in capitals, records of PDB files may not.
_REFLECTIONS_IN_CIF = re.compile(rb"^\s*_refln\.", re.MULTILINE | re.IGNORECASE)
_ATOMS = re.compile(rb"^(?:\s*(?i:_atom_site\.)|(?:ATOM  |HETATM)[ \dA-Z]{5} )", re.MULTILINE)
_MMJSON = re.compile(rb"\s*\{\s*\"data_")
_SEQUENCE = re.compile(rb"\s*>[^\r\n]*[\r\n]+[A-Za-z*\s-]+")
_SYMMETRY = re.compile(rb"\s*new_(?:ncs_group|operator)\b")
_LARGEST_PARAMETER_FILE = 2_000_000  #: bytes
_START = 1_000_000  #: bytes that are looked at


def kind_of_file(path: Path) -> FileKind:
    """Return the kind of a file by its content, or by its name if the content is damaged.

    A file that is named as a map but isn't one counts as a map, so that reading it tells
    what is wrong with it. Anything unknown is taken for a parameter file.

    Raises
    ------
    MapFileError
        If it is known to be of a format that isn't read.
    """
    if path.suffix.lower() in _PARAMETER_SUFFIXES:
        return "parameters"
    if is_map_file(path):
        return "map"
    start, is_packed = _start_of(path)
    if start.startswith(b"MTZ "):
        return "reflections"
    kind = _kind_of_name(path)
    if kind == "map":
        return kind
    if _MMJSON.match(start):
        return "model"
    if not start.strip() and not is_packed:
        raise MapFileError(f"{path.name} is empty; give the whole file, or leave it out")
    what = foreign_format(start[:1024], None if is_packed else path.stat().st_size)
    if what is None and kind == "parameters":
        what = foreign_name(path.name)
    if what is not None:
        raise MapFileError(f"{path.name} is {what}")
    if kind in ("model", "parameters"):
        if _ATOMS.search(start):
            return "model"
        if _REFLECTIONS_IN_CIF.search(start):
            return "reflections"
    if kind == "parameters":
        if _SEQUENCE.match(start):
            return "sequence"
        if _SYMMETRY.match(start):
            return "symmetry"
    return kind


def _kind_of_name(path: Path) -> FileKind:
    name = path.with_suffix("") if path.suffix.lower() in _PACKED_SUFFIXES else path
    suffix = name.suffix.lower()
    if _ASSEMBLY_SUFFIX.fullmatch(suffix):
        return "model"
    return _SUFFIXES.get(suffix, "parameters")


def holds_reflections(path: Path) -> bool:
    """Whether a file of atoms holds reflections too, as mmCIF files may."""
    return _REFLECTIONS_IN_CIF.search(_start_of(path, -1)[0]) is not None


def _start_of(path: Path, length: int = _START) -> tuple[bytes, bool]:
    """Return how a file begins, as unpacked, and whether it is packed; if damaged, nothing.

    A length of -1 means all of it.
    """
    is_packed = packing_of(path) is not None
    try:
        with opened_unpacked(path) as stream:
            return stream.read(length), is_packed
    except UNPACKING_ERRORS as error:
        if is_of_system(error):
            raise
        return b"", is_packed  # its name decides who will explain the damage


def read_parameter_file(path: Path) -> ParameterText:
    """Return the text of a parameter file, which may be compressed by gzip, bzip2 or xz.

    Raises
    ------
    ParameterError
        If the file is no text, damaged, or larger than any parameter file.
    """
    try:
        with opened_unpacked(path) as stream:
            raw = stream.read(_LARGEST_PARAMETER_FILE + 1)
    except UNPACKING_ERRORS as error:
        if is_of_system(error):
            raise
        raise ParameterError(
            f"{path} has damaged or truncated compressed data; expected a whole .gz, .bz2 or "
            ".xz file; download or compress it again"
        ) from error
    if len(raw) > _LARGEST_PARAMETER_FILE:
        raise ParameterError(
            f"{path} is neither a map nor a parameter file: it has more than "
            f"{_LARGEST_PARAMETER_FILE // 1_000_000} MB; give maps, models, or parameters"
        )
    text = replace(decode(raw, str(path)), folder=str(path.parent))
    if path.suffix.lower() not in _PARAMETER_SUFFIXES:
        _require_parameters(path, text)
    return text


def _require_parameters(path: Path, text: ParameterText) -> None:
    """Raise ParameterError if a file that may be anything doesn't hold parameters."""
    try:
        parse(text)
    except ParameterError as error:
        raise ParameterError(
            f"{path.name} is no map, model, sequence or other known data, and no parameter file: "
            f"{error}"
        ) from error
