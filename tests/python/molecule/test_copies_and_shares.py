"""Copies that a model's file describes but doesn't hold, positions that share an atom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from map_sharpening.errors import ModelFileError
from map_sharpening.io.models import read_atoms

MTRIX = "".join(
    f"MTRIX{row}   {number}{''.join(f'{float(row == column):10.6f}' for column in (1, 2, 3))}"
    f"     {30.0 * (number - 1):10.5f}    {'1' if number == 1 else ' '}\n"
    for number in (1, 2)
    for row in (1, 2, 3)
)
BIOMT = "REMARK 350 BIOMOLECULE: 1\nREMARK 350 APPLY THE FOLLOWING TO CHAINS: A\n" + "".join(
    f"REMARK 350   BIOMT{row}   {number}"
    f"{''.join(f'{float(row == column):10.6f}' for column in (1, 2, 3))}"
    f"     {30.0 * (number - 1):10.5f}\n"
    for number in (1, 2, 3)
    for row in (1, 2, 3)
)
CRYST1 = "CRYST1   40.000   50.000   60.000  90.00  90.00  90.00 P 1           1\n"


def atom(serial: int, altloc: str = " ", occupancy: float = 1.0, b: str = " 20.00") -> str:
    return (
        f"ATOM  {serial:5d}  CA {altloc}GLY A{serial // 10:4d}    "
        f"{1.0 * serial:8.3f}{2.0:8.3f}{3.0:8.3f}{occupancy:6.2f}{b:>6}           C\n"
    )


def model(folder: Path, text: str) -> Path:
    (folder / "m.pdb").write_text(text, encoding="ascii")
    return folder / "m.pdb"


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (MTRIX, "m.pdb states 1 operator (MTRIX) for further copies"),
        (CRYST1 + MTRIX, "m.pdb states 1 operator (MTRIX) for further copies"),
        (BIOMT, "m.pdb describes its assembly 1 as 3 copies of its atoms"),
        (MTRIX[: len(MTRIX) // 2], None),
        (CRYST1 + BIOMT, None),
        ("", None),
    ],
)
def test_copies_that_are_not_made_are_told(head: str, told: str | None, tmp_path: Path) -> None:
    atoms = read_atoms(model(tmp_path, head + atom(10) + atom(20)))
    assert len(atoms) == 2
    assert len(atoms.warnings) == (told is not None)
    assert told is None or (told in atoms.warnings[0] and "give " in atoms.warnings[0])


def test_an_assembly_that_is_made_is_not_told_of(tmp_path: Path) -> None:
    atoms = read_atoms(model(tmp_path, BIOMT + atom(10)), assembly="1")
    assert len(atoms) == 3
    assert atoms.warnings == ()


def test_positions_of_one_atom_share_it(tmp_path: Path) -> None:
    lines = [atom(10, "A"), atom(11, "B"), atom(12, "C"), atom(20, "A", 0.6), atom(21, "B", 0.4)]
    atoms = read_atoms(model(tmp_path, "".join(lines) + atom(30)))
    np.testing.assert_allclose(atoms.occupancies, [1 / 3, 1 / 3, 1 / 3, 0.6, 0.4, 1])
    (told,) = atoms.warnings
    assert "m.pdb: the occupancies of the alternative positions of 1 atom sum" in told


def test_b_factors_that_are_no_numbers_are_counted_and_named(tmp_path: Path) -> None:
    path = model(tmp_path, atom(10) + atom(20, b="   nan") + atom(30, b="   nan"))
    with pytest.raises(
        ModelFileError,
        match=r"m.pdb has no number as the B factor of 2 of 3 atoms .* CA of GLY 2 A\)",
    ):
        read_atoms(path)


def test_a_file_of_waters_is_named_for_that(tmp_path: Path) -> None:
    path = model(tmp_path, atom(10).replace("GLY", "HOH").replace(" CA ", " O  "))
    with pytest.raises(ModelFileError, match=r"hydrogens and waters \(its residues are HOH\)"):
        read_atoms(path)
