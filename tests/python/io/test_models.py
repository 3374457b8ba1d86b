"""Atoms read from PDB, mmCIF and table files."""

from __future__ import annotations

import gzip
from pathlib import Path

import gemmi
import numpy as np
import pytest
from real_data import DATA, needs_data

from map_sharpening.errors import ModelFileError
from map_sharpening.io.models import read_atoms, read_model
from map_sharpening.maps.map_data import UnitCell
from map_sharpening.molecule.from_structure import atoms_from_structure

PDB = """\
CRYST1   50.000   50.000   50.000  90.00  90.00  90.00 P 1
MODEL        1
ATOM      1  N   ALA A   1      11.104   6.134  -6.504  1.00 10.00           N
ATOM      2  CA AALA A   1      11.639   6.071  -5.147  0.70 10.00           C
ATOM      3  CA BALA A   1      11.739   6.171  -5.047  0.30 10.00           C
ATOM      4  HA  ALA A   1      12.639   6.071  -5.147  1.00 10.00           H
HETATM    5  O   HOH B   1      20.000  20.000  20.000  1.00 10.00           O
HETATM    6 ZN    ZN C   1      15.000  14.000  13.000  0.50 10.00          ZN
ENDMDL
END
"""


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    path = tmp_path / "model.pdb"
    path.write_text(PDB, encoding="ascii")
    return path


def test_hydrogens_and_waters_are_left_out(model_file: Path) -> None:
    assert read_atoms(model_file).elements.tolist() == ["N", "C", "C", "Zn"]


def test_alternative_positions_keep_their_occupancies(model_file: Path) -> None:
    assert read_atoms(model_file).occupancies == pytest.approx([1.0, 0.7, 0.3, 0.5])


def test_b_factors_are_those_in_the_file(model_file: Path) -> None:
    np.testing.assert_array_equal(read_atoms(model_file).b_factors, [10.0] * 4)


def test_six_numbers_of_an_atom_count_as_their_mean() -> None:
    structure = gemmi.read_pdb_string(PDB)
    structure[0][0][0][0].aniso = gemmi.SMat33f(0.1, 0.2, 0.6, 0, 0, 0)
    b_factors = atoms_from_structure(structure).b_factors
    assert b_factors is not None
    assert b_factors[0] == pytest.approx(8 * np.pi**2 * 0.3, rel=1e-5)


def test_b_factor_that_is_not_a_number_is_refused() -> None:
    structure = gemmi.read_pdb_string(PDB)
    structure[0][0][0][0].b_iso = np.nan
    with pytest.raises(ModelFileError, match="has no number as the B factor of 1 of"):
        atoms_from_structure(structure)


def test_positions_are_x_y_z_in_angstroms(model_file: Path) -> None:
    np.testing.assert_allclose(read_atoms(model_file).positions[0], [11.104, 6.134, -6.504])


def test_gzip_file_gives_the_same_atoms(model_file: Path, tmp_path: Path) -> None:
    compressed = tmp_path / "model.pdb.gz"
    compressed.write_bytes(gzip.compress(PDB.encode()))
    np.testing.assert_array_equal(
        read_atoms(compressed).positions, read_atoms(model_file).positions
    )


def test_structure_is_left_as_it_is(model_file: Path) -> None:
    structure = gemmi.read_structure(str(model_file))
    atoms_from_structure(structure)
    assert structure[0].count_atom_sites() == 6


def test_cell_is_the_one_in_the_file(model_file: Path) -> None:
    _, cell = read_model(model_file)
    assert cell == UnitCell(50.0, 50.0, 50.0)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "CRYST1    1.000    1.000    1.000  90.00  90.00  90.00 P 1",
        "CRYST1    0.000    0.000    0.000   0.00   0.00   0.00 P 1",
    ],
)
def test_cell_that_stands_for_none_is_none(tmp_path: Path, line: str) -> None:
    path = tmp_path / "model.pdb"
    path.write_text("\n".join([line, *PDB.splitlines()[1:]]), encoding="ascii")
    assert read_model(path)[1] is None


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere.cif not found"):
        read_atoms(tmp_path / "nowhere.cif")


@pytest.mark.parametrize("name", ["text.pdb", "text.cif", "text.cif.gz", "text.mrc"])
def test_file_that_is_no_model_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"this is not a model\n")
    with pytest.raises(ModelFileError, match=r"text\..*; give a"):
        read_atoms(path)


def test_model_of_waters_only_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "waters.pdb"
    path.write_text("".join(line for line in PDB.splitlines(True) if "HOH" in line))
    with pytest.raises(ModelFileError, match="holds no atoms besides hydrogens and waters"):
        read_atoms(path)


def test_unknown_assembly_is_refused(model_file: Path) -> None:
    with pytest.raises(ModelFileError, match="describes no assembly '3', it has none"):
        read_atoms(model_file, assembly="3")


ASSEMBLY = """\
REMARK 350 BIOMOLECULE: 1
REMARK 350 APPLY THE FOLLOWING TO CHAINS: A, C
REMARK 350   BIOMT1   1  1.000000  0.000000  0.000000        0.00000
REMARK 350   BIOMT2   1  0.000000  1.000000  0.000000        0.00000
REMARK 350   BIOMT3   1  0.000000  0.000000  1.000000        0.00000
REMARK 350   BIOMT1   2 -1.000000  0.000000  0.000000        5.00000
REMARK 350   BIOMT2   2  0.000000 -1.000000  0.000000        0.00000
REMARK 350   BIOMT3   2  0.000000  0.000000  1.000000       30.00000
"""


def test_an_assembly_turns_and_moves_the_chains_that_it_names(tmp_path: Path) -> None:
    path = tmp_path / "model.pdb"
    path.write_text(ASSEMBLY + PDB)
    one, both = read_atoms(path), read_atoms(path, assembly="1")
    assert len(both) == 2 * len(one)
    turned = one.positions * [-1, -1, 1] + [5, 0, 30]
    expected = np.concatenate([one.positions, turned])
    order = [np.lexsort(positions.T) for positions in (both.positions, expected)]
    np.testing.assert_allclose(both.positions[order[0]], expected[order[1]], atol=1e-6)


def test_an_assembly_of_atoms_without_coordinates_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdb"
    atom = next(line for line in PDB.splitlines() if line.startswith("ATOM"))
    path.write_text(ASSEMBLY + PDB.replace(atom, atom[:30] + "     nan" + atom[38:]))
    assert read_atoms(path).n_left_out == 1
    with pytest.raises(ModelFileError, match=r"assembly 1 of a\.pdb can't be made, as a coord"):
        read_atoms(path, assembly="1")


@needs_data
@pytest.mark.slow
def test_assembly_is_made_up_of_copies() -> None:
    path = DATA / "models" / "7a4m.cif.gz"
    one, all_copies = read_atoms(path), read_atoms(path, assembly="1")
    # Ions on the symmetry axes are merged with their copies.
    assert 23.5 * len(one) < len(all_copies) <= 24 * len(one)
