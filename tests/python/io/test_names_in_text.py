"""Names in models that are no text."""

from __future__ import annotations

from pathlib import Path

import pytest

from map_sharpening.errors import ModelFileError
from map_sharpening.io.models import read_atoms

LINE = b"ATOM      1  CA  ALA A   1      10.000  10.000  10.000  1.00 20.00           C  \n"


def test_an_atom_without_an_element_and_with_a_name_that_is_no_text_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "model.pdb"
    path.write_bytes(LINE.replace(b" CA ", b" \x80A ").replace(b"C  \n", b"   \n"))
    with pytest.raises(ModelFileError, match="byte 0x80, which is not UTF-8 text"):
        read_atoms(path)
