"""Models that went through editors, mail and other systems: as they were, or refused."""

from __future__ import annotations

import bz2
import codecs
import gzip
from collections.abc import Callable
from pathlib import Path

import gemmi
import numpy as np
import pytest

from map_sharpening.errors import ModelFileError
from map_sharpening.io.models import read_atoms, read_structure

POSITIONS = [[1.0, 2.0, 3.0], [-4.5, 15.25, 106.125], [7.0, 8.0, 9.0]]


def structure() -> gemmi.Structure:
    """Return three carbons."""
    residue = gemmi.Residue()
    residue.name, residue.seqid, residue.het_flag = "LEU", gemmi.SeqId("1"), "A"
    for name, at in zip(("CA", "CB", "CG"), POSITIONS, strict=True):
        atom = gemmi.Atom()
        atom.name, atom.element, atom.pos = name, gemmi.Element("C"), gemmi.Position(*at)
        atom.b_iso = 20
        residue.add_atom(atom)
    chain = gemmi.Chain("A")
    chain.add_residue(residue)
    model = gemmi.Model(1)
    model.add_chain(chain)
    made = gemmi.Structure()
    made.add_model(model)
    made.setup_entities()
    return made


PDB = structure().make_pdb_string().encode()
CIF = structure().make_mmcif_document().as_string().encode()
JSON = structure().make_mmcif_document().as_json(mmjson=True).encode()


def tabbed(text: bytes) -> bytes:
    """Put tabs where spaces reach a multiple of eight columns, as `unexpand -a` does."""
    lines = []
    for line in text.splitlines():
        pieces = [line[i : i + 8] for i in range(0, len(line), 8)]
        lines.append(
            b"".join(
                piece.rstrip() + b"\t" if len(piece) == 8 and piece.endswith(b"  ") else piece
                for piece in pieces
            )
        )
    return b"\n".join(lines) + b"\n"


def saved(folder: Path, content: bytes, name: str) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (codecs.BOM_UTF8 + CIF, "a.cif"),
        (gzip.compress(codecs.BOM_UTF8 + CIF), "a.cif.gz"),
        (bz2.compress(codecs.BOM_UTF8 + CIF), "a.cif.bz2"),
        (codecs.BOM_UTF8 + b"\n".join(x for x in PDB.splitlines() if x[:4] == b"ATOM"), "a.pdb"),
        (PDB.replace(b"\n", b"\r\n"), "a.pdb"),
        (PDB.replace(b"\n", b"\r"), "a.pdb"),
        (CIF.replace(b"\n", b"\r"), "a.cif"),
        (CIF.replace(b"data_", b"DATA_", 1), "a.cif"),
        (b"# written by a program\n\n" + CIF, "a.cif"),
        (b"data_comp_ATP\n_chem_comp.id ATP\n" + CIF, "a.cif"),
        (bz2.compress(JSON), "a.json.bz2"),
    ],
)
def test_marks_and_line_ends_of_other_systems_change_nothing(
    content: bytes, name: str, tmp_path: Path
) -> None:
    atoms = read_atoms(saved(tmp_path, content, name))
    np.testing.assert_allclose(atoms.positions, POSITIONS)
    assert list(atoms.elements) == ["C"] * 3
    assert atoms.warnings == ()


@pytest.mark.parametrize("packed", [bytes, gzip.compress, bz2.compress])
def test_what_is_before_the_first_block_is_passed_over(
    packed: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    content = packed(b"From: a colleague\n\nHere is the model:\n" + CIF)
    atoms = read_atoms(saved(tmp_path, content, "mailed.cif"))
    np.testing.assert_allclose(atoms.positions, POSITIONS)
    (told,) = atoms.warnings
    assert told.startswith("mailed.cif has 2 lines before its first data block")


def test_tabs_to_every_eighth_column_are_spaces(tmp_path: Path) -> None:
    assert b"\t" in tabbed(PDB)
    atoms = read_atoms(saved(tmp_path, tabbed(PDB), "a.pdb"))
    np.testing.assert_allclose(atoms.positions, POSITIONS)
    assert any("a.pdb has tabs in its lines of atoms" in text for text in atoms.warnings)


def test_tabs_between_words_are_refused(tmp_path: Path) -> None:
    content = b"\n".join(b"\t".join(line.split()) for line in PDB.splitlines())
    path = saved(tmp_path, content, "a.pdb")
    with pytest.raises(ModelFileError, match=r"a.pdb has tabs in its lines of atoms.*mmCIF"):
        read_atoms(path)


def test_utf_16_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, PDB.decode().encode("utf-16"), "a.pdb")
    with pytest.raises(ModelFileError, match="is UTF-16 text; save it as UTF-8"):
        read_atoms(path)


def test_viewers_in_the_browser_read_what_runs_read(tmp_path: Path) -> None:
    path = saved(tmp_path, PDB, "assembly.pdb1")
    assert read_structure(path)[0].count_atom_sites() == 3


ATOMS = [line for line in PDB.splitlines() if line.startswith(b"ATOM")]


def test_atoms_after_an_end_are_read_and_told(tmp_path: Path) -> None:
    content = b"\n".join([ATOMS[0], b"END", *ATOMS[1:], b"END", b""])
    atoms = read_atoms(saved(tmp_path, content, "a.pdb"))
    np.testing.assert_allclose(atoms.positions, POSITIONS)
    assert "a.pdb has an END before its last 2 atoms; they are read too" in atoms.warnings


@pytest.mark.parametrize("number", [b"1", b""])
def test_models_of_one_number_are_read_and_told(number: bytes, tmp_path: Path) -> None:
    lines = [part for atom in ATOMS for part in (b"MODEL     %4b" % number, atom, b"ENDMDL")]
    atoms = read_atoms(saved(tmp_path, b"\n".join([*lines, b"END", b""]), "a.pdb"))
    np.testing.assert_allclose(atoms.positions, POSITIONS)
    assert atoms.warnings[0] == (
        f"a.pdb has 3 models, several of which are MODEL {number.decode()}; they were numbered "
        "in the order of the file"
    )


def test_frames_of_a_trajectory_are_not_read_on_top_of_each_other(tmp_path: Path) -> None:
    content = b"\n".join([*ATOMS, b"END", *ATOMS, b"END", *ATOMS, b"END", b""])
    atoms = read_atoms(saved(tmp_path, content, "a.pdb"))
    np.testing.assert_allclose(atoms.positions, POSITIONS)
    (told,) = [text for text in atoms.warnings if "after an END" in text]
    assert f"in its last {2 * len(ATOMS)} atoms" in told
    (left_out,) = [text for text in atoms.warnings if "models in one place" in text]
    assert left_out.startswith("a.pdb holds 3 models in one place; only the first is used")


@pytest.mark.parametrize("end", [b"END", b"END   \r"])
def test_copies_of_one_name_after_an_end_are_all_read(end: bytes, tmp_path: Path) -> None:
    copy = [line[:30] + b"%8.3f" % (20 + i) + line[38:] for i, line in enumerate(ATOMS)]
    header = b"CRYST1   50.000   60.000   70.000  90.00  90.00  90.00 P 1"
    content = b"\n".join([header, *ATOMS, end, b"REMARK", *copy, end, b""])
    atoms = read_atoms(saved(tmp_path, content, "a.pdb"))
    np.testing.assert_allclose(atoms.positions[:3], POSITIONS)
    np.testing.assert_allclose(atoms.positions[3:, 0], [20, 21, 22])
    assert any("holds 2 models side by side; all are taken" in text for text in atoms.warnings)
    assert len(atoms) == 6


def test_a_second_molecule_after_an_end_may_share_a_few_names(tmp_path: Path) -> None:
    other = [
        line[:17] + name + line[20:30] + b"%8.3f" % (20 + i) + line[38:]
        for i, (name, line) in enumerate(zip((b"LEU", b"GLY", b"GLY"), ATOMS, strict=True))
    ]
    content = b"\n".join([*ATOMS, b"END", *other, b"END", b""])
    atoms = read_atoms(saved(tmp_path, content, "a.pdb"))
    np.testing.assert_allclose(atoms.positions[:3], POSITIONS)
    np.testing.assert_allclose(atoms.positions[3:, 0], [20, 21, 22])


def test_models_whose_numbers_are_written_otherwise_are_read(tmp_path: Path) -> None:
    lines = []
    for i, number in enumerate((b"       1", b"      01")):
        moved = [line[:30] + b"%8.3f" % (30 * i + k) + line[38:] for k, line in enumerate(ATOMS)]
        lines += [b"MODEL " + number, *moved, b"ENDMDL"]
    atoms = read_atoms(saved(tmp_path, b"\n".join([*lines, b"END", b""]), "a.pdb"))
    assert len(atoms) == 6


def test_a_file_without_a_data_block_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"a\.cif is no model: .* no data block"):
        read_atoms(saved(tmp_path, b"# nothing\n", "a.cif"))


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_lines_may_end_with_the_coordinates(end: bytes, tmp_path: Path) -> None:
    content = end.join(line[:54] for line in ATOMS) + end
    atoms = read_atoms(saved(tmp_path, content, "a.pdb"))
    np.testing.assert_allclose(atoms.positions, POSITIONS)
    np.testing.assert_array_equal(atoms.occupancies, 1)


@pytest.mark.parametrize("put", [b" ", b"1"])
def test_coordinates_in_other_columns_are_refused(put: bytes, tmp_path: Path) -> None:
    content = b"\n".join([ATOMS[0], *(line[:30] + put + line[30:] for line in ATOMS[1:])])
    with pytest.raises(ModelFileError, match=r"a.pdb has 2 lines whose coordinates are not in"):
        read_atoms(saved(tmp_path, content, "a.pdb"))


@pytest.mark.parametrize("column", [30, 38, 46])
@pytest.mark.parametrize("field", [b"********", b"        ", b"     nan"])
def test_atoms_without_coordinates_are_left_out(field: bytes, column: int, tmp_path: Path) -> None:
    lines = list(ATOMS)
    lines[1] = lines[1][:column] + field + lines[1][column + 8 :]
    atoms = read_atoms(saved(tmp_path, b"\n".join(lines), "a.pdb"))
    np.testing.assert_allclose(atoms.positions, [POSITIONS[0], POSITIONS[2]])
    assert any("1 without coordinates (such as CB" in text for text in atoms.warnings)


def test_confidence_is_no_b_factor(tmp_path: Path) -> None:
    content = CIF + b"loop_\n_ma_qa_metric.id\n_ma_qa_metric.name\n1 pLDDT\n"
    atoms = read_atoms(saved(tmp_path, content, "a.cif"))
    assert atoms.b_factors is None
    assert any("is a prediction" in text for text in atoms.warnings)


@pytest.mark.parametrize("content", [b"HEADER    X\nEND\n", b" " + b"\n ".join(ATOMS), b""])
def test_a_file_without_lines_of_atoms_says_so(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"a.pdb holds no atoms \(lines that begin with"):
        read_atoms(saved(tmp_path, content, "a.pdb"))


def globule(tmp_path: Path, *, core: float, rim: float, one_each: bool) -> Path:
    """Write a ball of 300 residues of 5 atoms whose B factors go from the core's to the rim's."""
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(300, 3))
    depth = rng.uniform(size=300) ** (1 / 3)
    centres *= (20 * depth / np.linalg.norm(centres, axis=1))[:, None]
    lines = []
    for i, (centre, share) in enumerate(zip(centres, depth, strict=True)):
        b = core + (rim - core) * share + rng.normal(scale=abs(core - rim) / 12)
        for name in ("N", "CA", "C", "O", "CB"):
            x, y, z = centre + rng.normal(scale=1.2, size=3)
            own = b if one_each else b + rng.normal(scale=abs(core - rim) / 8)
            lines.append(
                f"ATOM  {len(lines) + 1:5}  {name:<3} ALA A{i + 1:4}    {x:8.3f}{y:8.3f}{z:8.3f}"
                f"  1.00{own:6.2f}          {name[0]:>2}"
            )
    path = tmp_path / "ball.pdb"
    path.write_text("\n".join([*lines, "END", ""]))
    return path


@pytest.mark.parametrize("one_each", [True, False])
@pytest.mark.parametrize(
    ("core", "rim", "told"),
    [
        (80, 50, "its B factors are highest where the model is most densely packed"),
        (50, 80, None),
        (0.8, 0.5, "lower than any crystal shows"),
    ],
)
def test_confidence_without_a_mark_is_no_b_factor(
    tmp_path: Path, *, core: float, rim: float, told: str | None, one_each: bool
) -> None:
    atoms = read_atoms(globule(tmp_path, core=core, rim=rim, one_each=one_each))
    assert (atoms.b_factors is None) == (core == 80)
    assert len(atoms.warnings) == (told is not None)
    assert told is None or told in atoms.warnings[0]
