"""Sequences read from FASTA, PIR and plain files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from real_data import DATA, needs_data

from map_sharpening.errors import SequenceFileError
from map_sharpening.io.sequences import read_sequences
from map_sharpening.molecule.composition import Chain

MKVA = ("MET", "LYS", "VAL", "ALA")


def read(tmp_path: Path, text: str, name: str = "a.seq") -> tuple[list[Chain], list[str]]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_sequences(path)


def chains(tmp_path: Path, text: str) -> list[tuple[str, ...]]:
    return [chain.residues for chain in read(tmp_path, text)[0]]


@pytest.mark.parametrize(
    "text",
    [
        ">one\nMKVA\n>two\nMKVA\n",
        ">one\nMK\nVA\n\n>two\nM K V A*\n",
        ">P1;one\nThe title, 4 residues\nMKVA*\n>P1;two\n\nMK\nVA\n*\n",
        ">P1;one\r\ntitle\r\nMKVA*\r\n\r\n>P1;two\r\ntitle\r\nMKVA*\r\n",
        "MKVA\n\nMKVA\n",
        "\n\nMK\nVA\n\n\n\nmkva\n",
        "; a comment\n>one\nMKVA\n; another\n>two\nMK-VA-\n",
        "\ufeff>one\nMKVA\n>two\nMKVA",
    ],
)
def test_all_copies_are_read_in_every_format(tmp_path: Path, text: str) -> None:
    assert chains(tmp_path, text) == [MKVA, MKVA]


@pytest.mark.parametrize("name", ["a.fasta", "a.pir", "a.seq", "a.dat", "a"])
def test_the_name_does_not_decide(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, ">P1;one\ntitle\nMKVA*\n", name)[0][0].residues == MKVA


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.fasta.gz").write_bytes(gzip.compress(b">one\nMKVA\n"))
    assert read_sequences(tmp_path / "a.fasta.gz")[0][0].residues == MKVA


def test_headers_name_the_chains(tmp_path: Path) -> None:
    found, _ = read(tmp_path, ">alpha subunit\nMKVA\n>P1;beta\ntitle\nMKVA*\n")
    assert [chain.name for chain in found] == ["alpha subunit", "beta"]


def test_names_in_parentheses_are_one_residue(tmp_path: Path) -> None:
    assert chains(tmp_path, ">one\n(MSE)KVA") == [("MSE", "LYS", "VAL", "ALA")]


@pytest.mark.parametrize(
    ("sequence", "kind", "residues"),
    [
        ("ACGU", "rna", ("A", "C", "G", "U")),
        ("ACGT", "dna", ("DA", "DC", "DG", "DT")),
        ("ACGTU", "rna", ("A", "C", "G", "N", "U")),
        ("GGCACGNA", "rna", ("G", "G", "C", "A", "C", "G", "N", "A")),
        ("ACGTW", "protein", ("ALA", "CYS", "GLY", "THR", "TRP")),
        ("MXK", "protein", ("MET", "UNK", "LYS")),
        ("MJK", "protein", ("MET", "UNK", "LYS")),
        ("XXX", "protein", ("UNK", "UNK", "UNK")),
    ],
)
def test_the_kind_follows_from_the_letters(
    tmp_path: Path, sequence: str, kind: str, residues: tuple[str, ...]
) -> None:
    chain = read(tmp_path, f">one\n{sequence}\n")[0][0]
    assert (chain.kind, chain.residues) == (kind, residues)


@pytest.mark.parametrize(
    ("code", "kind"), [("P1", "protein"), ("DL", "dna"), ("RL", "rna"), ("N3", "rna")]
)
def test_the_code_of_a_pir_file_goes_before_the_letters(
    tmp_path: Path, code: str, kind: str
) -> None:
    assert read(tmp_path, f">{code};one\ntitle\nACGACG*\n")[0][0].kind == kind


def test_a_sequence_that_could_be_either_is_told(tmp_path: Path) -> None:
    _, notes = read(tmp_path, ">poly\nAAAAAAAA\n")
    assert notes == [
        "a.seq: the sequence 'poly' has only A; taken as RNA; if it is protein give it the header"
        " >P1;name"
    ]


@pytest.mark.parametrize(
    ("header", "copies"),
    [
        ("5NI1_1|Chains A, C|Hemoglobin subunit alpha|Homo sapiens (9606)", 2),
        ("1ABC_2|Chains A[auth L], B[auth M], C|Protein|", 3),
        ("3J9S_1|Chain A|Protein|", 1),
        ("3J9S_1|Intermediate capsid protein VP6|Bovine rotavirus", 1),
        ("pdb|5ni1|A C", 2),
        ("sp|P69905|HBA_HUMAN Hemoglobin", 1),
        ("Chains A, B of something", 1),
    ],
)
def test_chains_listed_in_a_header_are_copies(tmp_path: Path, header: str, copies: int) -> None:
    found, notes = read(tmp_path, f">{header}\nMKVA\n")
    assert found[0].copies == copies
    assert len(notes) == (copies > 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"a\.seq holds no sequences; give a FASTA"),
        ("\n \n", r"a\.seq holds no sequences"),
        (">one\n>two\nMKVA\n", r"a\.seq has no residues after the header in line 1"),
        (">one\nMKVA\n>two\n", r"a\.seq has no residues after the header in line 3"),
        (">one\nMK1VA\n", r"a\.seq line 2 has '1'; expected letters"),
        (">one\nMK(MSEVA\n", r"a\.seq line 2 has '\('; expected letters"),
        (">one\nMKÄ\n", r"a\.seq line 2 has 'Ä'; expected letters"),
        (">one\nMK*VA\n", r"line 2 has residues after the closing \*"),
        ("Sequence of my protein\n", r"line 1 reads 'Sequence of my protein', which looks like"),
        ("SEQRES   1 A    2  MET LYS\nATOM      1\n", r"a\.seq is a model \(PDB or mmCIF\)"),
        ("# made by hand\ndata_1ABC\n_entry.id 1ABC\n", r"a\.seq is a model \(PDB or mmCIF\)"),
        ("; comment\nMKVA\n>one\nMKVA\n", r"line 2 comes before the first header"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SequenceFileError, match=message) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"\x00\xff\xfe", b"\x1f\x8bbroken", b"\x1f\x8b"])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.seq").write_bytes(content)
    with pytest.raises(SequenceFileError, match="can't be read as text"):
        read_sequences(tmp_path / "a.seq")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SequenceFileError, match=r"none\.seq not found; check"):
        read_sequences(tmp_path / "none.seq")


@needs_data
@pytest.mark.parametrize(
    ("file", "lengths", "copies"),
    [
        ("em/5ni1_entry.fasta", [141, 146], [2, 2]),
        ("em/3j9sA.fasta", [397], [1]),
    ],
)
def test_real_files_are_read(file: str, lengths: list[int], copies: list[int]) -> None:
    found, _ = read_sequences(DATA / file)
    assert [len(chain.residues) for chain in found] == lengths
    assert [chain.copies for chain in found] == copies
    assert {chain.kind for chain in found} == {"protein"}


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        (">a\nMET ALA GLY VAL", "MAGV"),
        ("Met-Ala-Gly\n", "MAG"),
        (">a\nAAAA\nTRP TYR VAL " + "LYS " * 10, "WYVKKKKKKK..."),
    ],
)
def test_names_of_three_letters_are_not_read_as_letters(
    tmp_path: Path, text: str, letters: str
) -> None:
    (tmp_path / "a.fa").write_text(text)
    with pytest.raises(SequenceFileError, match=r"names of three letters; .* write") as caught:
        read_sequences(tmp_path / "a.fa")
    assert str(caught.value).endswith(f"write {letters}")


def test_an_alignment_is_told_to_count_as_chains(tmp_path: Path) -> None:
    path = tmp_path / "a.a3m"
    path.write_text(">a\nMVLSPADKTNV--aKAAW\n>b\nMVLSP\n")
    chains, (note,) = read_sequences(path)
    assert [len(chain.residues) for chain in chains] == [16, 5]
    assert note.startswith("a.a3m has sequences with gaps, as an alignment has them; all 2 are")
    path.write_text(">a\nMVLSPADKTNV--aKAAW\n")
    assert read_sequences(path)[1] == []


def test_letters_in_groups_of_three_are_letters(tmp_path: Path) -> None:
    (tmp_path / "a.fa").write_text(">a\nMET ALA GLX\n>b\nMET ALA")
    chains, _ = read_sequences(tmp_path / "a.fa")
    assert [len(chain.residues) for chain in chains] == [9, 6]
