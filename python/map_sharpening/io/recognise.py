"""The kind of a file named on the command line, and the text of parameter files."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Literal, cast

from map_sharpening.errors import MapFileError, ParameterError
from map_sharpening.io.maps import is_map_file
from map_sharpening.io.readable import opened_unpacked
from map_sharpening.maps.foreign import foreign_format, foreign_name
from map_sharpening.phil import ParameterText, decode

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
_REFLECTIONS_IN_CIF = re.compile(rb"^_refln\.", re.MULTILINE)
_ATOMS = re.compile(rb"^(?:_atom_site\.|(?:ATOM  |HETATM)[ \dA-Z]{5} )", re.MULTILINE)
_MMJSON = re.compile(rb"\s*\{\s*\"data_")
_SEQUENCE = re.compile(rb"\s*>[^\r\n]*[\r\n]+[A-Za-z*\s-]+")
_SYMMETRY = re.compile(rb"\s*new_(?:ncs_group|operator)\b")
_LARGEST_PARAMETER_FILE = 2_000_000  #: bytes
_START = 1_000_000  #: bytes that are looked at
_UNPACKERS = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\0", lzma.open))
#: What the unpackers raise about the data.
_DAMAGES = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)


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


def _start_of(path: Path) -> tuple[bytes, bool]:
    """Return how a file begins, as unpacked, and whether it is packed; if damaged, nothing."""
    with path.open("rb") as stream:
        packed = stream.read(6)
        stream.seek(0)
        for magic, unpacked in _UNPACKERS:
            if packed.startswith(magic):
                try:
                    with unpacked(stream) as inside:
                        return cast(BinaryIO, inside).read(_START), True
                except (*_DAMAGES, OSError) as error:
                    if isinstance(error, OSError) and error.errno is not None:
                        raise  # of the system, not about the data as those of gzip and bz2
                    return b"", True  # its name decides who will explain the damage
        return stream.read(_START), False


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
    except (*_DAMAGES, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the system, not about the data
        raise ParameterError(
            f"{path} has damaged or truncated compressed data; expected a whole .gz, .bz2 or "
            ".xz file; download or compress it again"
        ) from error
    if len(raw) > _LARGEST_PARAMETER_FILE:
        raise ParameterError(
            f"{path} is neither a map nor a parameter file: it has more than "
            f"{_LARGEST_PARAMETER_FILE // 1_000_000} MB; give maps, models, or parameters"
        )
    return replace(decode(raw, str(path)), folder=str(path.parent))
