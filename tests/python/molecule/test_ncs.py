"""Operators of non-crystallographic symmetry from the files that hold them."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import gemmi
import numpy as np
import pytest
from real_data import DATA, needs_data

from map_sharpening.errors import NcsFileError
from map_sharpening.io.ncs import read_ncs
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.molecule.ncs import NcsGroup, number_of_copies

CENTRE = np.array([40.0, 30.0, 20.0])
POINT = np.array([[50.0, 33.0, 27.0]])


def fourfold(k: int) -> FloatArray:
    """Return the turn by k quarters about z that takes copy 1 to copy k + 1."""
    cosine, sine = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)][k]
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])


def copies_of_the_point() -> FloatArray:
    """Return where the point lies in each copy, in the order 1 to 4, shape (4, 1, 3)."""
    return np.array([(POINT - CENTRE) @ fourfold(k).T + CENTRE for k in range(4)])


def operators() -> list[tuple[FloatArray, FloatArray]]:
    """Return R and t from copy 1 to each copy."""
    return [(fourfold(k), CENTRE - fourfold(k) @ CENTRE) for k in range(4)]


def ncs_spec(order: tuple[int, ...] = (0, 1, 2, 3)) -> str:
    """Return a file whose operators take each copy to the first."""
    lines = ["Summary of NCS information", "new_ncs_group"]
    for k in order:
        rotation, translation = operators()[k]
        back = rotation.T
        lines += ["new_operator", ""]
        lines += ["rota_matrix " + " ".join(f"{v:10.4f}" for v in row) for row in back]
        lines.append("tran_orth " + " ".join(f"{v:10.4f}" for v in -back @ translation))
        lines.append("center_orth " + " ".join(f"{v:10.4f}" for v in copies_of_the_point()[k, 0]))
        lines += [f"CHAIN {'ABCD'[k]}", "RMSD 0.2", "MATCHING 100", "  RESSEQ 1:120"]
    return "\n".join(lines)


def records(name: str, start: int = 0) -> str:
    """Return PDB records BIOMT or MTRIX of the operators."""
    lines = []
    for number, (rotation, translation) in enumerate(operators()[start:], start + 1):
        for row, values in enumerate(np.column_stack([rotation, translation]), 1):
            numbers = "".join(f"{v:10.6f}" for v in values[:3]) + f"     {values[3]:10.5f}"
            if name == "BIOMT":
                lines.append(f"REMARK 350   BIOMT{row} {number:3d}{numbers}")
            else:
                lines.append(f"MTRIX{row} {number:3d}{numbers}{'    1' if number == 1 else ''}")
    return "\n".join(lines)


BIOMT = (
    "REMARK 350 BIOMOLECULE: 1\nREMARK 350 APPLY THE FOLLOWING TO CHAINS: A\n"
    + records("BIOMT")
    + "\n"
)
MTRIX = records("MTRIX") + "\n"
ATOM = "ATOM      1  N   ALA A   1      11.104   6.134  -6.504  1.00 10.00           N\n"


def read(tmp_path: Path, text: str, name: str = "a.ncs_spec") -> list[NcsGroup]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_ncs(tmp_path / name)[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (ncs_spec(), "a.ncs_spec"),
        (ncs_spec(), "a.txt"),
        (BIOMT + ATOM, "a.pdb"),
        (BIOMT, "a.pdb"),
        (MTRIX + ATOM, "a.pdb"),
        (MTRIX, "a.ent"),
    ],
)
def test_operators_carry_the_first_copy_to_the_others(
    tmp_path: Path, text: str, name: str
) -> None:
    (group,) = read(tmp_path, text, name)
    assert group.copies == 4
    np.testing.assert_allclose(group.copies_of(POINT), copies_of_the_point(), atol=1e-4)


def test_mmcif_has_the_same_sense(tmp_path: Path) -> None:
    structure = gemmi.read_pdb_string(BIOMT + ATOM)
    structure.setup_entities()
    structure.make_mmcif_document().write_file(str(tmp_path / "a.cif"))
    (group,) = read_ncs(tmp_path / "a.cif")[0]
    np.testing.assert_allclose(group.copies_of(POINT), copies_of_the_point(), atol=1e-4)


def test_the_first_operator_is_the_identity(tmp_path: Path) -> None:
    (group,) = read(tmp_path, ncs_spec())
    np.testing.assert_allclose(group.rotations[0], np.eye(3), atol=1e-12)
    np.testing.assert_allclose(group.translations[0], 0, atol=1e-12)


def test_operators_to_another_copy_are_referred_to_the_first_listed(tmp_path: Path) -> None:
    (group,) = read(tmp_path, ncs_spec((2, 3, 0, 1)))
    found = group.copies_of(copies_of_the_point()[2])
    np.testing.assert_allclose(found, copies_of_the_point()[[2, 3, 0, 1]], atol=1e-3)


def test_turns_that_do_not_commute_are_referred_to_the_first_listed(tmp_path: Path) -> None:
    # Three copies: a third of a turn about a diagonal and a quarter about z, with shifts.
    turns = [np.eye(3), np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]]), fourfold(1)]
    shifts = np.array([[0.0, 0, 0], [12, -7, 5], [-3, 21, 9]])
    lines = ["new_ncs_group"]
    for k in (1, 2, 0):
        back = turns[k].T
        lines.append("new_operator")
        lines += ["rota_matrix " + " ".join(f"{v:.6f}" for v in row) for row in back]
        lines.append("tran_orth " + " ".join(f"{v:.6f}" for v in -back @ shifts[k]))
    copies = [turns[k] @ POINT[0] + shifts[k] for k in (1, 2, 0)]
    (group,) = read(tmp_path, "\n".join(lines))
    np.testing.assert_allclose(group.copies_of([copies[0]])[:, 0], copies, atol=1e-9)


def test_chains_and_centres_of_an_ncs_spec_are_kept(tmp_path: Path) -> None:
    (group,) = read(tmp_path, ncs_spec())
    assert group.chains == ("A", "B", "C", "D")
    assert group.centres is not None
    np.testing.assert_allclose(group.centres, copies_of_the_point()[:, 0], atol=1e-4)


def test_several_groups_are_kept_apart(tmp_path: Path) -> None:
    groups = read(tmp_path, ncs_spec() + "\n" + ncs_spec((0, 1)))
    assert [group.copies for group in groups] == [4, 2]
    assert number_of_copies(groups) == 4


def test_an_assembly_goes_before_ncs(tmp_path: Path) -> None:
    two = "\n".join(records("MTRIX").split("\n")[:6]) + "\n"
    (group,) = read(tmp_path, BIOMT + two + ATOM, "a.pdb")
    assert group.copies == 4


def test_copies_that_are_not_in_the_file_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.pdb").write_text(MTRIX + ATOM, encoding="ascii")
    assert read_ncs(tmp_path / "a.pdb")[1] == [
        "a.pdb: 4 NCS operators, 1 of whose copies are present"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("new_ncs_group\n", r"no new_operator; give a file"),
        (ncs_spec().replace("tran_orth", "tran", 1), r"line 3 has 3 lines rota_matrix and no"),
        (
            "new_ncs_group\nnew_operator\ntran_orth 0 0 0\n",
            r"line 2 has 0 lines rota_matrix and a",
        ),
        ("new_ncs_group\nnew_operator\ntran_orth 0 x 0\n", r"line 3 reads 'tran_orth 0 x 0'"),
        ("new_ncs_group\nnew_operator\ntran_orth 0 nan 0\n", r"expected three numbers after"),
        ("new_ncs_group\nnew_operator\ntran_orth 0 0\n", r"expected three numbers after tran_"),
        ("new_ncs_group\nrota_matrix 1 0 0\n", r"line 2 has rota_matrix before new_operator"),
        (ncs_spec().replace("1.0000", "1.2000", 1), r"line 3 is not a rotation: .* by 0\.44"),
        (ncs_spec().replace("1.0000", "-1.000", 1), r"its determinant is -1"),
    ],
)
def test_a_damaged_ncs_spec_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(NcsFileError, match=message) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_an_operator_that_is_no_rotation_is_refused(tmp_path: Path) -> None:
    text = (BIOMT + ATOM).replace(" -1.000000", " -2.000000")
    with pytest.raises(NcsFileError, match=r"assembly 1, operator \d, is not a rotation"):
        read(tmp_path, text, "a.pdb")


def test_a_model_without_operators_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NcsFileError, match="describes no NCS operators; expected an ncs_spec"):
        read(tmp_path, ATOM, "a.pdb")


@pytest.mark.parametrize("name", ["a.ncs_spec", "a.cif", "a.cif.gz", "a.pdb"])
def test_a_file_that_is_none_of_these_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NcsFileError, match=r"a\..*; (give|leave)"):
        read(tmp_path, "nothing of use\n", name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NcsFileError, match=r"none\.pdb not found"):
        read_ncs(tmp_path / "none.pdb")


def test_shapes_of_operators_are_checked() -> None:
    with pytest.raises(ValueError, match=r"expected \(n, 3, 3\) and \(n, 3\)"):
        NcsGroup(np.zeros((2, 3, 3)), np.zeros((3, 3)))


@needs_data
@pytest.mark.parametrize(
    ("file", "copies"),
    [("models/7a4m.cif.gz", 24), ("em/5ni1_updated.cif", 2), ("em/5me2.pdb", 1)],
)
def test_real_models_state_their_copies(file: str, copies: int) -> None:
    groups, notes = read_ncs(DATA / file)
    assert number_of_copies(groups) == copies
    assert len(notes) == 1


@needs_data
def test_the_given_operator_of_a_real_model_superposes_its_chains() -> None:
    path = DATA / "em" / "5ni1_updated.cif"
    (group,) = read_ncs(path)[0]
    model = gemmi.read_structure(str(path))[0]
    ca = {
        name: np.array(
            [a.pos.tolist() for r in model[name].get_polymer() for a in r if a.name == "CA"]
        )
        for name in "AC"
    }
    moved = group.copies_of(ca["A"])[1]
    assert np.sqrt(np.mean((moved - ca["C"]) ** 2) * 3) < 1.0


def test_turns_of_a_ring_are_closed_and_those_of_a_helix_are_not() -> None:
    turns = np.arange(5) * 2 * np.pi / 5
    rotations = np.array(
        [[[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]] for a in turns]
    )
    centre = np.array([60.0, 70.0, 80.0])
    ring = centre - rotations @ centre
    assert NcsGroup(rotations, ring).is_closed
    assert NcsGroup(rotations, ring + 0.5 * np.arange(5)[:, None] / 5).is_closed  # as refined
    helix = ring + np.arange(5)[:, None] * np.array([0.0, 0.0, 10.0])
    assert not NcsGroup(rotations, helix).is_closed
    assert not NcsGroup(rotations[:3], ring[:3]).is_closed


def test_copies_that_make_no_closed_group_have_the_centres_of_their_atoms(tmp_path: Path) -> None:
    three = "\n".join(BIOMT.splitlines()[:-3]) + "\n"
    (group,) = read(tmp_path, three + ATOM, "a.pdb")
    assert (group.copies, group.is_closed) == (3, False)
    assert group.centres is not None
    np.testing.assert_allclose(group.centres, group.copies_of([(11.104, 6.134, -6.504)])[:, 0])
    # Without atoms of the chains, or with those of several copies, none is known.
    for text in (three, three + ATOM.replace(" A   1", " B   1"), MTRIX + ATOM):
        (other,) = read(tmp_path, text, "a.pdb")
        assert other.is_closed or other.centres is None


def test_hundreds_of_operators_are_looked_at_one_by_one() -> None:
    turns = np.arange(400) * np.deg2rad(27.1)  # as of a microtubule
    rotations = np.zeros((400, 3, 3))
    rotations[:, 0, 0] = rotations[:, 1, 1] = np.cos(turns)
    rotations[:, 1, 0] = np.sin(turns)
    rotations[:, 0, 1] = -rotations[:, 1, 0]
    rotations[:, 2, 2] = 1
    rise = np.arange(400)[:, None] * np.array([0.0, 0.0, 9.4])
    tracemalloc.start()
    try:
        assert not NcsGroup(rotations, rise).is_closed
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * rotations.nbytes * 400  # a few tables of pairs
