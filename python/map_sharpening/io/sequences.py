"""Read sequences: FASTA, PIR and plain text, under any file name."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import gemmi

from map_sharpening.errors import SequenceFileError
from map_sharpening.io.readable import opened_unpacked, readable
from map_sharpening.molecule.composition import UNKNOWN_RESIDUE, Chain, ChainKind

_LARGEST_FILE = 50_000_000  #: bytes
_BYTE_ORDER_MARK = "\ufeff"

#: PIR's codes: ">P1;name", then a line with a title
_PIR_HEADER = re.compile(r"(?P<code>P1|F1|DL|DC|RL|RC|N1|N3|XX);\s*(?P<name>.*)")
_PIR_KINDS: dict[str, ChainKind] = {
    "P1": "protein",
    "F1": "protein",
    "DL": "dna",
    "DC": "dna",
    "RL": "rna",
    "RC": "rna",
}
#: ">5NI1_1|Chains A, C[auth D]|Haemoglobin|..." and ">pdb|5ni1|A C"
_CHAIN_LISTS = (
    re.compile(r"\w{4,12}_\d+\|Chains? (?P<chains>[^|]+)"),
    re.compile(r"pdb\|\w{4,12}\|(?P<chains>[^|]+)$"),
)
#: Words in a row that are names of residues, not one-letter codes in groups of three.
_FEWEST_NAMES = 3
_AMINO_ACIDS = {*gemmi.expand_one_letter_sequence("ACDEFGHIKLMNPQRSTVWY", gemmi.ResidueKind.AA)}
#: How models begin.
_MODEL = re.compile(
    r"(?:#.*\s+)*data_\w|(?:HEADER|TITLE |REMARK|CRYST1|SEQRES|MODEL |ATOM  |HETATM) "
)
_SYMBOL = re.compile(r"(?P<residue>[A-Za-z]|\([A-Za-z0-9]{1,5}\))|(?P<end>\*)|(?P<other>.)")
_BASES = set("ACGTUN")
_RESIDUE_KINDS = {
    "protein": gemmi.ResidueKind.AA,
    "rna": gemmi.ResidueKind.RNA,
    "dna": gemmi.ResidueKind.DNA,
}


@dataclass
class _Entry:
    header: str
    line: int  #: where it begins
    is_plain: bool = False
    kind: ChainKind | None = None
    is_closed: bool = False  #: by an asterisk
    has_gaps: bool = False
    residues: list[str] = field(default_factory=list)


def read_sequences(path: str | os.PathLike[str]) -> tuple[list[Chain], list[str]]:
    """Read all chains of a sequence file.

    The content decides, not the name: FASTA, PIR (``>P1;name``, a title, a sequence up to
    ``*``), or sequences alone with blank lines between the chains. Residues are letters, or
    names of components in parentheses such as ``(MSE)``; gaps ``-`` are skipped. A header that
    lists several chains, as those of the PDB do, means that many copies.

    A sequence of the letters ACGTUN alone is RNA or, if it has T and no U, DNA; any other is
    protein.

    Parameters
    ----------
    path : path-like
        Text file, which may be compressed by gzip, bzip2 or xz.

    Returns
    -------
    list of Chain, list of str
        The chains in the order of the file, and notes of one line each.

    Raises
    ------
    SequenceFileError
        If the file is missing or isn't text, has no sequences, a header without one, or a
        character that stands for no residue.
    """
    file = Path(path)
    entries = list(_entries(_text(file), file.name))
    if not entries:
        raise SequenceFileError(
            f"{file} holds no sequences; give a FASTA, PIR or plain sequence file"
        )
    notes: list[str] = []
    if len(entries) > 1 and any(entry.has_gaps for entry in entries):
        notes.append(
            f"{file.name} has sequences with gaps, as an alignment has them; all {len(entries)} "
            "are counted as chains of the molecule: leave out those that aren't in the map"
        )
    return [_chain(entry, file.name, notes) for entry in entries], notes


def _text(file: Path) -> str:
    remedy = "give a FASTA, PIR or plain sequence file"
    with readable(file, SequenceFileError, "as text", remedy):
        with opened_unpacked(file) as stream:
            raw = stream.read(_LARGEST_FILE + 1)
        if len(raw) > _LARGEST_FILE:
            raise SequenceFileError(
                f"{file} has more than {_LARGEST_FILE // 1_000_000} MB; expected sequences;"
                " give a sequence file"
            )
        text = raw.decode("utf-8").removeprefix(_BYTE_ORDER_MARK)
    if _MODEL.match(text):
        raise SequenceFileError(
            f"{file} is a model (PDB or mmCIF); expected sequences of all chains; {remedy}, or "
            "the model as model"
        )
    return text


def _entries(text: str, name: str) -> Iterator[_Entry]:
    entry: _Entry | None = None
    has_headers = text.lstrip().startswith((">", ";"))
    title_follows = False
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if title_follows:
            title_follows = False
        elif line.startswith(">"):
            if entry is not None:
                yield entry
            entry = _entry_of_header(line[1:].strip(), number)
            title_follows = _PIR_HEADER.match(line[1:]) is not None
        elif line.startswith(";"):
            continue
        elif not line:
            if not has_headers and entry is not None:
                yield entry
                entry = None
        elif entry is None and has_headers:
            raise SequenceFileError(
                f"{name} line {number} comes before the first header; expected a line with >;"
                " remove it or give it a header"
            )
        else:
            if entry is None:
                entry = _Entry(f"line {number}", number, is_plain=True)
            _add_residues(entry, line, name, number)
    if entry is not None:
        yield entry


def _entry_of_header(header: str, line: int) -> _Entry:
    pir = _PIR_HEADER.match(header)
    if pir is None:
        return _Entry(header or f"line {line}", line)
    return _Entry(pir["name"] or f"line {line}", line, kind=_PIR_KINDS.get(pir["code"]))


def _add_residues(entry: _Entry, line: str, name: str, number: int) -> None:
    _refuse_names(line, name, number)
    compact = re.sub(r"[\s\-]", "", line)
    entry.has_gaps |= "-" in line
    if entry.is_plain and not (compact.isupper() or compact.islower()):
        raise SequenceFileError(
            f"{name} line {number} reads {line[:30]!r}, which looks like no sequence; expected"
            " residues in capitals; begin the file with a header line (>name)"
        )
    for symbol in _SYMBOL.finditer(compact):
        if symbol["residue"] and not entry.is_closed:
            entry.residues.append(symbol["residue"].upper())
        elif symbol["end"] and not entry.is_closed:
            entry.is_closed = True
        else:
            what = "residues after the closing *" if entry.is_closed else repr(symbol["other"])
            raise SequenceFileError(
                f"{name} line {number} has {what}; expected letters for residues or names in"
                " parentheses such as (MSE); correct the line"
            )


def _refuse_names(line: str, name: str, number: int) -> None:
    """Refuse residues by their names of three letters, each of which would count as three."""
    words = re.split(r"[\s\-]+", line.strip(" \t-*"))
    if len(words) < _FEWEST_NAMES or not all(word.upper() in _AMINO_ACIDS for word in words):
        return
    letters = "".join(gemmi.find_tabulated_residue(word.upper()).one_letter_code for word in words)
    raise SequenceFileError(
        f"{name} line {number} reads {line[:30]!r}, names of three letters; expected one letter "
        f"for each residue; write {letters[:10]}{'...' if len(letters) > 10 else ''}"
    )


def _chain(entry: _Entry, name: str, notes: list[str]) -> Chain:
    if not entry.residues:
        raise SequenceFileError(
            f"{name} has no residues after the header in line {entry.line}; complete or remove it"
        )
    kind = entry.kind if entry.kind is not None else _kind(entry, name, notes)
    components = tuple(_component(residue, kind) for residue in entry.residues)
    copies = _copies_in_header(entry.header)
    if copies > 1:
        notes.append(
            f"{name}: the header {entry.header[:60]!r} lists {copies} chains; counted {copies}"
            " times"
        )
    return Chain(entry.header, components, kind, copies)


@functools.cache
def _component(residue: str, kind: ChainKind) -> str:
    """Return the component that a letter or a name in parentheses stands for."""
    if len(residue) > 1:
        return residue[1:-1]
    try:
        name: str = gemmi.expand_one_letter_sequence(residue, _RESIDUE_KINDS[kind])[0]
    except RuntimeError:  # gemmi knows no letters for mixtures such as J or R
        return UNKNOWN_RESIDUE[kind]
    return name


def _kind(entry: _Entry, name: str, notes: list[str]) -> ChainKind:
    letters = {residue for residue in entry.residues if len(residue) == 1 and residue != "X"}
    if not letters or not letters <= _BASES:
        return "protein"
    kind: ChainKind = "dna" if "T" in letters and "U" not in letters else "rna"
    if len(letters & set("ACGTU")) < 3:
        notes.append(
            f"{name}: the sequence {entry.header[:60]!r} has only {', '.join(sorted(letters))};"
            f" taken as {kind.upper()}; if it is protein give it the header >P1;name"
        )
    return kind


def _copies_in_header(header: str) -> int:
    for pattern in _CHAIN_LISTS:
        match = pattern.match(header)
        if match is not None:
            return max(len(re.findall(r"\w+(?:\[auth [^\]]*\])?", match["chains"])), 1)
    return 1
