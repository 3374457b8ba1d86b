"""A model as the text of an mmCIF file, whatever its own format was."""

from __future__ import annotations

from pathlib import Path

import gemmi

from map_sharpening.errors import ModelFileError
from map_sharpening.io.readable import name_for_gemmi, readable


def model_text(path: Path) -> str:
    """Return a model as mmCIF.

    Raises
    ------
    ModelFileError
        If it can't be read.
    """
    with readable(path, ModelFileError, "as a model", "give a PDB or mmCIF file"):
        structure = gemmi.read_structure(name_for_gemmi(path))
        structure.setup_entities()
        text: str = structure.make_mmcif_document().as_string()
        return text
