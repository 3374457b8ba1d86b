"""A model as the text of an mmCIF file, from any format."""

from __future__ import annotations

from pathlib import Path

from map_sharpening.errors import ModelFileError
from map_sharpening.io.models import read_structure
from map_sharpening.io.readable import readable


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
