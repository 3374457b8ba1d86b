"""Models as other programs leave them: what is made of them, and what is told."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from pathlib import Path

import gemmi
import numpy as np
import pytest

from map_sharpening import _core
from map_sharpening.errors import ModelFileError
from map_sharpening.io.models import read_atoms
from map_sharpening.io.recognise import kind_of_file
from map_sharpening.maps.grids import as_map
from map_sharpening.methods.model.sharpen import sharpen_by_model
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.model_map import model_coefficients

ARGININE = ("N", "CA", "C", "O", "CB", "CG", "CD", "NE", "CZ", "NH1", "NH2", "HG2")
ELEMENTS = ["N", "C", "C", "O", "C", "C", "C", "N", "C", "N", "N"]


def pdb_line(
    name: str,
    residue: str,
    serial: int = 1,
    *,
    position: Sequence[float] = (1.0, 2.0, 3.0),
    occupancy: float = 1.0,
    b_factor: float = 20.0,
    end: str = "",
    record: str = "ATOM",
) -> str:
    """Return a line with the name as given, four columns wide."""
    x, y, z = (f"{number:8.3f}" for number in position)
    return (
        f"{record:<6}{serial:5d} {name:<4} {residue:>3} A   1    {x}{y}{z}"
        f"{occupancy:6.2f}{b_factor:6.2f}{end}\n"
    )


def written(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("".join(lines), encoding="ascii")
    return path


def residue_lines(names: Sequence[str], residue: str, end: str = "", y: float = 2.0) -> list[str]:
    return [
        pdb_line(name, residue, i, position=(float(i), y, 3.0), end=end)
        for i, name in enumerate(names, 1)
    ]


# Elements


def test_names_at_the_left_without_elements_give_the_right_ones(tmp_path: Path) -> None:
    atoms = read_atoms(written(tmp_path / "left.pdb", residue_lines(ARGININE, "ARG")))
    assert atoms.elements.tolist() == ELEMENTS
    assert "left.pdb: 9 atoms have no element, or one that" in atoms.warnings[0]
    assert "Ca for CA of ARG" in atoms.warnings[0]


def test_names_in_their_columns_need_no_elements(tmp_path: Path) -> None:
    names = [f" {name}" for name in ARGININE]
    atoms = read_atoms(written(tmp_path / "model.pdb", residue_lines(names, "ARG")))
    assert atoms.elements.tolist() == ELEMENTS
    assert atoms.warnings == ()


@pytest.mark.parametrize("residue", ["HSD", "CYX", "MSE"])
def test_residues_of_simulations_count_as_amino_acids(tmp_path: Path, residue: str) -> None:
    lines = residue_lines(("N", "CA", "C", "O", "CD2", "SE"), residue)
    elements = read_atoms(written(tmp_path / "left.pdb", lines)).elements.tolist()
    assert elements[:5] == ["N", "C", "C", "O", "C"]
    assert elements[5] == ("Se" if residue == "MSE" else "S")


def test_ions_stay_what_they_are(tmp_path: Path) -> None:
    lines = [pdb_line("CA", "CA", record="HETATM"), pdb_line("ZN", "ZN", record="HETATM")]
    lines += residue_lines(ARGININE, "ARG")
    assert read_atoms(written(tmp_path / "left.pdb", lines)).elements.tolist()[:2] == ["Ca", "Zn"]


def test_ligands_of_a_file_without_elements_are_mended_too(tmp_path: Path) -> None:
    lines = residue_lines(ARGININE, "ARG") + residue_lines(("FE", "NA", "CHA", "CL1"), "HEM", y=9)
    elements = read_atoms(written(tmp_path / "left.pdb", lines)).elements.tolist()
    assert elements[-4:] == ["Fe", "N", "C", "Cl"]


def test_unknown_elements_are_taken_from_names_or_left_out(tmp_path: Path) -> None:
    lines = residue_lines([" N", " CA", " C"], "ALA", end="           X")
    lines += residue_lines([" Q1", " Q2", " C1"], "LIG", end="           X", y=9)
    atoms = read_atoms(written(tmp_path / "model.pdb", lines))
    assert atoms.elements.tolist() == ["N", "C", "C", "C"]
    assert atoms.n_left_out == 2
    assert "4 atoms have no element" in atoms.warnings[0]
    assert (
        atoms.warnings[1]
        == "model.pdb: 2 of 6 atoms are left out: 2 of unknown element (such as Q1 of LIG 1 A)"
    )


# Occupancies, coordinates, B factors


def test_occupancies_all_zero_count_as_one(tmp_path: Path) -> None:
    lines = [pdb_line(" N", "ALA", occupancy=0.0, position=(i, 2, 3)) for i in range(3)]
    path = written(tmp_path / "model.pdb", lines)
    atoms = read_atoms(path)
    np.testing.assert_array_equal(atoms.occupancies, 1.0)
    assert "occupancy of 0 for all its 3 atoms; each counts as 1" in atoms.warnings[0]


@pytest.mark.parametrize(
    ("occupancy", "expected", "told"),
    [
        (-1.0, 1.0, "an occupancy of -1 for all its 3 atoms; each counts as 1"),
        (100.0, 1.0, "occupancies of up to 100; expected 0 to 1; those above 1 are read as per"),
        (50.0, 0.5, "occupancies of up to 50; expected 0 to 1; those above 1 are read as perc"),
        (500.0, 1.0, "occupancies of up to 500; expected 0 to 1; 3 of 3 are above 1 and count"),
        (2.0, 1.0, "occupancies of up to 2; expected 0 to 1; 3 of 3 are above 1 and count as 1"),
        (1.5, 1.0, "occupancies of up to 1.5; expected 0 to 1; 3 of 3 are above 1 and count as"),
    ],
)
def test_occupancies_that_are_no_shares_are_told(
    tmp_path: Path, occupancy: float, expected: float, told: str
) -> None:
    lines = [pdb_line(" N", "ALA", occupancy=occupancy, position=(i, 2, 3)) for i in range(3)]
    atoms = read_atoms(written(tmp_path / "model.pdb", lines))
    np.testing.assert_allclose(atoms.occupancies, expected)
    assert any(told in text for text in atoms.warnings)


@pytest.mark.parametrize(
    ("given", "expected", "told"),
    [
        ([100.0] * 50 + [1.0] * 50, [1.0] * 100, "up to 100; expected 0 to 1; 50 of 100 are abo"),
        ([100.0] * 97 + [1.0] * 3, [1.0] * 100, "those above 1 are read as percent"),
        ([100.0] * 50 + [40.0] * 50, [1.0] * 50 + [0.4] * 50, "those above 1 are read as perc"),
        ([1.0] * 98 + [0.5, 2.0], [1.0] * 98 + [0.5, 1.0], "up to 2; expected 0 to 1; 1 of 100 "),
        ([1.0] * 98 + [0.5, 1.2], [1.0] * 98 + [0.5, 1.2], None),
    ],
)
def test_occupancies_of_which_some_are_too_high(
    tmp_path: Path, given: list[float], expected: list[float], told: str | None
) -> None:
    lines = [
        pdb_line(" N", "ALA", occupancy=occupancy, position=(i, 2, 3))
        for i, occupancy in enumerate(given)
    ]
    atoms = read_atoms(written(tmp_path / "model.pdb", lines))
    np.testing.assert_allclose(atoms.occupancies, expected)
    if told is None:
        assert not any("occupancies" in text for text in atoms.warnings)
    else:
        assert any(told in text for text in atoms.warnings)


def many_lines(name: str, step: float) -> list[str]:
    """Return 125 lines of atoms on a grid."""
    places = np.array(list(np.ndindex(5, 5, 5))) * step
    return [pdb_line(name, "ALA", i, position=place) for i, place in enumerate(places)]


@pytest.mark.parametrize(
    ("step", "told"),
    [(0.4, "may be in nm"), (0.2, "may be fractions of a cell"), (0.0, "have one position")],
)
def test_coordinates_that_are_not_in_angstrom_are_named(
    step: float, told: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "nm.pdb", many_lines(" CB", step))
    with pytest.raises(ModelFileError, match=rf"nm.pdb has 125 atoms in [14].* Å³.*{told}"):
        read_atoms(path)
    assert len(read_atoms(written(tmp_path / "a.pdb", many_lines(" CB", 1.5)))) == 125


@pytest.mark.parametrize(("name", "is_trace"), [(" CA", True), (" P", True), (" CB", False)])
def test_a_trace_is_told(tmp_path: Path, name: str, is_trace: bool) -> None:
    atoms = read_atoms(written(tmp_path / "a.pdb", many_lines(name, 3.8)))
    assert len(atoms) == 125
    assert any("is a trace: 125 of its 125 atoms" in text for text in atoms.warnings) == is_trace


@pytest.mark.parametrize(("n_atoms", "is_told"), [(1, True), (2, False)])
def test_one_bead_for_each_residue_is_told(n_atoms: int, is_told: bool, tmp_path: Path) -> None:
    lines = [
        f"{line[:22]}{i // n_atoms:4d}{line[26:]}" for i, line in enumerate(many_lines(" C1", 3.8))
    ]
    atoms = read_atoms(written(tmp_path / "a.pdb", lines))
    told = [text for text in atoms.warnings if "coarse-grained: 125 atoms make up 125" in text]
    assert len(told) == is_told


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.gro", "water\n 1\n", "a model of GROMACS; convert it to PDB"),
        ("a.html", "<!DOCTYPE html>", "is a web page"),
        ("a.fasta", ">a\nMVLS\n", "is no model: it has no lines of atoms"),
        ("a.cif", "data_x\nloop_\n_atom_site_label\n_atom_site_fract_x\nC1 0.1\n", "fractions of"),
        ("a.cif", "loop_\n_atom_site.id\n1\n", "no data block"),
    ],
)
def test_what_is_given_as_a_model_and_is_none_is_named(
    name: str, text: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ModelFileError, match=re.escape(told)):
        read_atoms(tmp_path / name)


def test_some_atoms_of_occupancy_zero_are_counted(tmp_path: Path) -> None:
    lines = [pdb_line(" N", "ALA", occupancy=float(i > 1), position=(i, 2, 3)) for i in range(5)]
    atoms = read_atoms(written(tmp_path / "model.pdb", lines))
    assert (len(atoms), atoms.n_left_out) == (3, 2)
    assert "2 of 5 atoms are left out: 2 of occupancy 0 or below" in atoms.warnings[0]


def test_b_factors_that_fill_their_column_are_told(tmp_path: Path) -> None:
    lines = [
        pdb_line(" N", "ALA", position=(i, 2, 3), b_factor=999.99 if i == 3 else 20)
        for i in range(5)
    ]
    (told,) = read_atoms(written(tmp_path / "a.pdb", lines)).warnings
    assert "B factors of 999 or more, the most that PDB files state, for 1 of 5 atoms" in told
    alike = [pdb_line(" N", "ALA", position=(i, 2, 3), b_factor=999.99) for i in range(5)]
    assert not read_atoms(written(tmp_path / "b.pdb", alike)).warnings


def test_rows_without_a_b_factor_are_counted(tmp_path: Path) -> None:
    lines = [pdb_line(" N", "ALA", position=(i, 2, 3), b_factor=40) for i in range(5)]
    document = gemmi.read_pdb_string("".join(lines)).make_mmcif_document()
    column = document.sole_block().find_loop("_atom_site.B_iso_or_equiv")
    column[1], column[3] = "?", "."
    document.write_file(str(tmp_path / "a.cif"))
    atoms = read_atoms(tmp_path / "a.cif")
    assert "a.cif states no B factor for 2 of 5 atoms; they count as 20 Å²" in atoms.warnings[0]
    assert atoms.b_factors == pytest.approx([40, 20, 40, 20, 40])


def test_atoms_without_coordinates_are_counted(tmp_path: Path) -> None:
    nowhere = pdb_line(" N", "ALA").replace("   1.000", "     nan")
    atoms = read_atoms(written(tmp_path / "model.pdb", [nowhere, pdb_line(" CA", "ALA")]))
    assert (len(atoms), atoms.n_left_out) == (1, 1)
    assert "1 without coordinates (such as N of ALA 1 A)" in atoms.warnings[0]


def test_model_without_any_coordinates_is_refused(tmp_path: Path) -> None:
    nowhere = pdb_line(" N", "ALA").replace("   1.000", "     nan")
    with pytest.raises(ModelFileError, match="1 of 1 atoms are left out: 1 without coordinates"):
        read_atoms(written(tmp_path / "model.pdb", [nowhere]))


@pytest.mark.parametrize("moved", [0.0, 0.001, 0.04])
def test_atoms_that_are_there_twice_count_once(moved: float, tmp_path: Path) -> None:
    lines = [
        pdb_line(" CA", "GLY", i, position=(1.55 * i + shift, 2.0 - shift, 3.0 + shift))
        for shift in (0.0, moved)
        for i in range(9)
    ]
    atoms = read_atoms(written(tmp_path / "model.pdb", lines))
    np.testing.assert_allclose(atoms.positions[:, 0], 1.55 * np.arange(9), atol=1e-6)
    assert atoms.n_left_out == 9
    assert atoms.warnings == (
        "model.pdb: 9 of 18 atoms are left out: 9 in the place of another one of the same element "
        "(such as CA of GLY 1 A)",
    )


def test_alternative_positions_of_one_place_are_kept(tmp_path: Path) -> None:
    lines = [pdb_line(" CA", "GLY", i, occupancy=0.6) for i in range(2)]
    lines += [pdb_line(" CA", "GLY", 3, position=(1.1, 2, 3)), pdb_line(" N", "GLY", 4)]
    atoms = read_atoms(written(tmp_path / "model.pdb", lines))
    np.testing.assert_allclose(atoms.occupancies, [0.6, 0.6, 1, 1])
    assert not atoms.warnings


# Several models


def two_models(tmp_path: Path, shift: float, name: str = "two.pdb") -> Path:
    lines = []
    for number, moved in ((1, 0.0), (2, shift)):
        lines.append(f"MODEL     {number:4d}\n")
        lines += [pdb_line(" CA", "GLY", i, position=(4 * i + moved, 2, 3)) for i in range(20)]
        lines.append("ENDMDL\n")
    return written(tmp_path / name, lines)


def test_all_models_of_an_assembly_are_read(tmp_path: Path) -> None:
    atoms = read_atoms(two_models(tmp_path, 100.0))
    assert len(atoms) == 40
    assert atoms.warnings == (
        "two.pdb holds 2 models side by side; all are taken, as an assembly",
    )


def test_of_an_ensemble_the_first_is_read(tmp_path: Path) -> None:
    atoms = read_atoms(two_models(tmp_path, 0.4))
    assert len(atoms) == 20
    assert "two.pdb holds 2 models in one place; only the first is used" in atoms.warnings[0]


@pytest.mark.parametrize("name", ["1abc.pdb1", "1abc.pdb2.gz", "pdb1abc.ent", "pdb1abc.ent1"])
def test_names_of_the_pdb_are_models(tmp_path: Path, name: str) -> None:
    path = two_models(tmp_path, 100.0, name)
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    assert kind_of_file(path) == "model"
    assert len(read_atoms(path)) == 40


# Formats


def test_lines_of_old_files_end_with_the_code_of_the_entry(tmp_path: Path) -> None:
    lines = [
        pdb_line(f" {name}", "ARG", i, position=(i, 2, 3), end=f"      1GDR {i + 89:3d}")
        for i, name in enumerate(ARGININE[:-1])
    ]
    assert len(lines[0].rstrip("\n")) == 80
    atoms = read_atoms(written(tmp_path / "pdb1gdr.ent", lines))
    assert atoms.elements.tolist() == ELEMENTS


def test_hybrid_36_numbers_are_read(tmp_path: Path) -> None:
    lines = [pdb_line(" CA", "GLY").replace("    1 ", "A0000 ", 1).replace("A   1 ", "AA000 ")]
    assert len(read_atoms(written(tmp_path / "big.pdb", lines))) == 1


def cif_without(tmp_path: Path, column: str) -> Path:
    structure = gemmi.read_pdb_string("".join(residue_lines([" N", " CA", " C"], "ALA")))
    document = structure.make_mmcif_document()
    loop = document.sole_block().find_mmcif_category("_atom_site.").loop
    loop.remove_column(f"_atom_site.{column}")
    path = tmp_path / "model.cif"
    document.write_file(str(path))
    return path


@pytest.mark.parametrize(
    "column",
    ["id", "label_asym_id", "label_alt_id", "type_symbol", "occupancy", "auth_seq_id"],
)
def test_columns_that_can_be_done_without(tmp_path: Path, column: str) -> None:
    atoms = read_atoms(cif_without(tmp_path, column))
    assert atoms.elements.tolist() == ["N", "C", "C"]
    np.testing.assert_allclose(atoms.positions[:, 0], [1, 2, 3])
    np.testing.assert_array_equal(atoms.occupancies, 1.0)


def test_no_column_of_b_factors_is_told(tmp_path: Path) -> None:
    atoms = read_atoms(cif_without(tmp_path, "B_iso_or_equiv"))
    assert atoms.b_factors is None
    assert atoms.warnings == ("model.cif states no B factors; all atoms count alike",)


PDB_LINE = "ATOM  {0:5}  CA  GLY A{0:4}    {1:8.3f}{2:8.3f}{3:8.3f}  1.00{4:>6}           C\n"


def pdb_with(path: Path, b_factors: list[str], header: str = "") -> Path:
    lines = [PDB_LINE.format(i + 1, 4.0 * i, 1, 2, b) for i, b in enumerate(b_factors)]
    path.write_text(header + "".join(lines) + "END\n")
    return path


@pytest.mark.parametrize(
    ("b_factors", "known"),
    [
        (["", "", ""], None),
        (["******", "******", "******"], None),
        (["******", " 20.00", " 30.00"], [0, 20, 30]),
        (["  0.00", "  0.00", "  0.00"], [0, 0, 0]),
    ],
)
def test_blank_b_factors_or_stars_in_their_place_are_told(
    tmp_path: Path, b_factors: list[str], known: list[float] | None
) -> None:
    atoms = read_atoms(pdb_with(tmp_path / "a.pdb", b_factors))
    is_told = "a.pdb states no B factors; all atoms count alike" in atoms.warnings
    assert is_told is (known is None)
    assert (None if atoms.b_factors is None else atoms.b_factors.tolist()) == known
    some = [text for text in atoms.warnings if "no B factor for 1 of 3 atoms (such as CA" in text]
    assert len(some) == (known is not None and b_factors[0].startswith("*"))


def test_b_factors_below_0_count_as_0(tmp_path: Path) -> None:
    atoms = read_atoms(pdb_with(tmp_path / "a.pdb", ["-50.00", " 20.00", " 30.00"]))
    assert atoms.b_factors is not None
    assert atoms.b_factors.tolist() == [0, 20, 30]
    (told,) = (text for text in atoms.warnings if "below 0, down to -50, for 1 of 3" in text)
    assert "such as CA of GLY 1 A" in told


@pytest.mark.parametrize("mark", [".", "?"])
def test_a_column_of_unknown_b_factors_is_told(tmp_path: Path, mark: str) -> None:
    text = cif_without(tmp_path, "id").read_text()
    document = gemmi.cif.read_string(text)
    table = document[0].find("_atom_site.", ["B_iso_or_equiv"])
    for row in table:
        row[0] = mark
    path = tmp_path / "unknown.cif"
    document.write_file(str(path))
    atoms = read_atoms(path)
    assert atoms.b_factors is None
    assert "unknown.cif states no B factors; all atoms count alike" in atoms.warnings


@pytest.mark.parametrize(
    ("title", "is_prediction"),
    [
        ("ALPHAFOLD MONOMER V2.0 PREDICTION FOR HEMOGLOBIN (P69905)", True),
        ("ESMFOLD V0 PREDICTION FOR INPUT", True),
        ("CRYSTAL STRUCTURE SOLVED WITH AN ALPHAFOLD MODEL", False),
        ("STRUCTURE PREDICTION OF A PROTEIN", False),
    ],
)
def test_confidence_of_a_prediction_is_no_b_factor(
    tmp_path: Path, title: str, is_prediction: bool
) -> None:
    atoms = read_atoms(pdb_with(tmp_path / "a.pdb", ["  90.0"] * 3, f"TITLE     {title}\n"))
    told = [w for w in atoms.warnings if "is a prediction: its column of B factors" in w]
    assert (len(told) == 1, atoms.b_factors is None) == (is_prediction, is_prediction)


def test_no_column_of_coordinates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"has no columns _atom_site\.Cartn_y: its atoms"):
        read_atoms(cif_without(tmp_path, "Cartn_y"))


def test_b_factor_that_all_atoms_share_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    n = 150
    positions = 12 + 26 * rng.random((n, 3))
    spread = 40 * rng.random(n)

    def model(b_factor: float) -> Atoms:
        elements = np.full(n, "C")
        return Atoms(positions, elements, np.ones(n), "model", spread + b_factor)

    grid = as_map(np.zeros((40, 40, 40), np.float32), 1.25, "map")
    coefficients = model_coefficients(grid, model(30.0))
    density = _core.inverse_transform(coefficients, 40)
    density = density + rng.normal(0, 0.3 * density.std(), density.shape).astype(np.float32)
    usual, high = (
        sharpen_by_model(density, model(b), resolution=4.0, voxel_size=1.25).sharpened.values
        for b in (30.0, 950.0)
    )
    assert np.corrcoef(usual.ravel(), high.ravel())[0, 1] > 0.9999


def test_data_blocks_that_are_not_used_are_told(tmp_path: Path) -> None:
    written(tmp_path / "a.pdb", residue_lines([f" {name}" for name in ARGININE], "ARG"))
    block = gemmi.read_structure(str(tmp_path / "a.pdb")).make_mmcif_document().as_string()
    name = block.split("data_")[1].split()[0]
    path = tmp_path / "a.cif"
    path.write_text(f"{block}\n{block.replace(f'data_{name}', 'data_other')}")
    (told,) = read_atoms(path).warnings
    assert f"a.cif holds atoms in 2 data blocks; only those of the first, data_{name}, are" in told
    path.write_text(f"{block}\ndata_ligand\n_chem_comp.id LIG\n")
    assert read_atoms(path).warnings == ()
