"""A model as the text of an mmCIF file, from any format, and the residues that it has."""

from __future__ import annotations

import re
from pathlib import Path

from map_sharpening.errors import ModelFileError, ResultsError
from map_sharpening.io.models import read_structure
from map_sharpening.io.readable import readable

#: Chain and number, such as A 42, /A:42 or A42.
_RESIDUE = re.compile(r"\s*/?(?:([^\s/:,]+)[\s/:,]+|([A-Za-z]+))(-?\d+)\s*")


def model_text(path: Path) -> str:
    """Return a model as mmCIF.

    Raises
    ------
    ModelFileError
        If it can't be read.
    """
    with readable(path, ModelFileError, "as a model", "give a PDB or mmCIF file"):
        structure = read_structure(path)
        structure.setup_entities()
        text: str = structure.make_mmcif_document().as_string()
        return text


def residue_of(path: Path, text: str) -> tuple[str, int]:
    """Return the chain and the number of a residue of a model that a text names.

    Raises
    ------
    ResultsError
        If it names none, or the model has none such.
    ModelFileError
        If the model can't be read.
    """
    found = _RESIDUE.fullmatch(text)
    if found is None:
        raise ResultsError(
            f"{text.strip()!r} is not a residue; give chain and number, such as A 42"
        )
    chain, number = found[1] or found[2], int(found[3])
    with readable(path, ModelFileError, "as a model", "give a PDB or mmCIF file"):
        structure = read_structure(path)
    numbers: dict[str, list[int]] = {}
    for each in structure[0] if len(structure) else ():
        numbers.setdefault(each.name, []).extend(int(residue.seqid.num or 0) for residue in each)
    if chain not in numbers:
        names = ", ".join(numbers) or "none"
        raise ResultsError(f"{path.name} has no chain {chain}; its chains are {names}")
    if number not in numbers[chain]:
        first, last = min(numbers[chain]), max(numbers[chain])
        raise ResultsError(
            f"{path.name} has no residue {number} in chain {chain}, whose numbers go from {first} "
            f"to {last}"
        )
    return chain, number
