"""What kind of file a name on the command line is, and the text of parameter files."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Literal

from map_sharpening.errors import ParameterError
from map_sharpening.io.maps import is_map_file
from map_sharpening.phil import ParameterText, decode

FileKind = Literal["map", "reflections", "model", "sequence", "symmetry", "parameters"]

_PARAMETER_SUFFIXES = {".eff", ".phil", ".params", ".param", ".def"}
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
}
_ASSEMBLY_SUFFIX = re.compile(r"\.(pdb|ent)\d+")  #: as the PDB names biological assemblies
_LARGEST_PARAMETER_FILE = 2_000_000  #: bytes


def kind_of_file(path: Path) -> FileKind:
    """Return what a file is, by its content, or by its name where the content is damaged.

    A file that is named as a map but isn't one counts as a map, so that reading it tells
    what is wrong with it. Anything unknown is taken for a parameter file.
    """
    if path.suffix.lower() in _PARAMETER_SUFFIXES:
        return "parameters"
    if is_map_file(path):
        return "map"
    with path.open("rb") as stream:
        start = stream.read(4)
    if start == b"MTZ ":
        return "reflections"
    name = path.with_suffix("") if path.suffix.lower() in {".gz", ".bz2"} else path
    suffix = name.suffix.lower()
    if _ASSEMBLY_SUFFIX.fullmatch(suffix):
        return "model"
    return _SUFFIXES.get(suffix, "parameters")


def read_parameter_file(path: Path) -> ParameterText:
    """Return the text of a parameter file, which may be compressed by gzip.

    Raises
    ------
    ParameterError
        If the file is no text, or larger than any parameter file.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as stream:
        raw = stream.read(_LARGEST_PARAMETER_FILE + 1)
    if len(raw) > _LARGEST_PARAMETER_FILE:
        raise ParameterError(
            f"{path} is neither a map nor a parameter file: it has more than "
            f"{_LARGEST_PARAMETER_FILE // 1_000_000} MB; give maps, models, or parameters"
        )
    return decode(raw, str(path))
