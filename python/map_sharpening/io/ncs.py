"""Read non-crystallographic symmetry: ncs_spec, PDB (BIOMT, MTRIX) and mmCIF files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import gemmi
import numpy as np

from map_sharpening.errors import NcsFileError
from map_sharpening.io.readable import (
    name_for_gemmi,
    names_in_text,
    readable,
    require_plain_or_gzip,
)
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.molecule.ncs import NcsGroup

_LARGEST_SPEC = 20_000_000  #: bytes
_SPEC_KEYWORDS = (b"new_ncs_group", b"new_operator")
_ROTATION_TOLERANCE = 2e-3  #: files often have four decimals
_KEYWORDS_WITH_NUMBERS = ("rota_matrix", "tran_orth", "center_orth")


@dataclass
class _SpecOperator:
    line: int
    rows: list[list[float]] = field(default_factory=list)
    translation: list[float] | None = None
    centre: list[float] | None = None
    chains: list[str] = field(default_factory=list)


def read_ncs(path: str | os.PathLike[str]) -> tuple[list[NcsGroup], list[str]]:
    """Read groups of symmetric copies.

    The content decides, not the name. ``.ncs_spec`` files state operators from each copy to
    the first; these are inverted, so that all operators go from the first copy to the others.
    From a model come the operators of the first biological assembly that has several, else
    the NCS operators, both those whose copies are in the file and those whose aren't.

    Parameters
    ----------
    path : path-like
        The file; a model may be compressed with gzip.

    Returns
    -------
    list of NcsGroup, list of str
        At least one group, and notes of one line each.

    Raises
    ------
    NcsFileError
        If the file is missing, can't be read, or describes no operators, or one of them is
        incomplete or no rotation.
    """
    file = Path(path)
    remedy = "give an ncs_spec, PDB or mmCIF file with NCS operators"
    with readable(file, NcsFileError, "", remedy):
        require_plain_or_gzip(file, NcsFileError)
        with file.open("rb") as stream:
            raw = stream.read(_LARGEST_SPEC)
        is_spec = any(keyword in raw.lower() for keyword in _SPEC_KEYWORDS)
        structure = None if is_spec else gemmi.read_structure(name_for_gemmi(file))
    if structure is not None:
        with names_in_text(file, NcsFileError):
            return _groups_of_model(structure, file)
    operators = _spec_groups(raw.decode("utf-8", errors="replace"), file.name)
    return [_group_of_spec(group, file.name) for group in operators], []


def _spec_groups(text: str, name: str) -> list[list[_SpecOperator]]:
    groups: list[list[_SpecOperator]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        keyword = words[0].lower() if words else ""
        if keyword == "new_ncs_group":
            groups.append([])
        elif keyword == "new_operator":
            if not groups:
                groups.append([])
            groups[-1].append(_SpecOperator(number))
        elif keyword in _KEYWORDS_WITH_NUMBERS or keyword == "chain":
            if not groups or not groups[-1]:
                raise NcsFileError(
                    f"{name} line {number} has {words[0]} before new_operator; add that line"
                )
            operator = groups[-1][-1]
            if keyword == "chain":
                operator.chains += words[1:]
            elif keyword == "rota_matrix":
                operator.rows.append(_three_numbers(words, name, number))
            elif keyword == "tran_orth":
                operator.translation = _three_numbers(words, name, number)
            else:
                operator.centre = _three_numbers(words, name, number)
    groups = [group for group in groups if group]
    if not groups:
        raise NcsFileError(f"{name} has no new_operator; give a file with NCS operators")
    return groups


def _three_numbers(words: list[str], name: str, line: int) -> list[float]:
    try:
        numbers = [float(word) for word in words[1:]]
    except ValueError:
        numbers = []
    if len(numbers) != 3 or not np.isfinite(numbers).all():
        raise NcsFileError(
            f"{name} line {line} reads {' '.join(words)!r}; expected three numbers after"
            f" {words[0]}; correct the line"
        )
    return numbers


def _group_of_spec(operators: list[_SpecOperator], name: str) -> NcsGroup:
    rotations, translations = [], []
    for operator in operators:
        if len(operator.rows) != 3 or operator.translation is None:
            raise NcsFileError(
                f"{name}: the operator in line {operator.line} has {len(operator.rows)} lines"
                f" rota_matrix and {'no' if operator.translation is None else 'a'} tran_orth;"
                " expected three and one; complete it"
            )
        to_first = np.array(operator.rows)
        _require_rotation(to_first, f"{name}: the operator in line {operator.line}")
        from_first = np.linalg.inv(to_first)
        rotations.append(from_first)
        translations.append(-from_first @ operator.translation)
    centres = [operator.centre for operator in operators if operator.centre is not None]
    return _group(
        rotations,
        translations,
        [chain for operator in operators for chain in operator.chains],
        np.array(centres) if len(centres) == len(operators) else None,
    )


def _groups_of_model(structure: gemmi.Structure, file: Path) -> tuple[list[NcsGroup], list[str]]:
    assemblies = list(structure.assemblies)
    for assembly in assemblies:
        if any(len(generator.operators) > 1 for generator in assembly.generators):
            groups = [
                _group_of_transforms(
                    [operator.transform for operator in generator.operators],
                    list(generator.chains) or list(generator.subchains),
                    f"{file.name}: assembly {assembly.name}",
                    structure,
                )
                for generator in assembly.generators
                if len(generator.operators) > 0
            ]
            return groups, [f"{file.name}: NCS operators from assembly {assembly.name}"]
    if len(structure.ncs) > 0:
        what = f"{file.name}: NCS operator"
        transforms = [gemmi.Transform(), *(operator.tr for operator in structure.ncs)]
        n_given = 1 + sum(operator.given for operator in structure.ncs)
        # Atoms of several copies don't say where one is.
        group = _group_of_transforms(transforms, [], what, structure if n_given == 1 else None)
        note = f"{file.name}: {group.copies} NCS operators, {n_given} of whose copies are present"
        return [group], [note]
    if assemblies:
        group = _group_of_transforms([gemmi.Transform()], [], file.name)
        return [group], [f"{file.name} describes assemblies, but no symmetry within one; 1 copy"]
    raise NcsFileError(
        f"{file} describes no NCS operators; expected an ncs_spec file, or BIOMT, MTRIX or"
        " assembly records in a model; leave ncs_file out or give ncs_copies"
    )


def _group_of_transforms(
    transforms: Sequence[gemmi.Transform],
    chains: list[str],
    what: str,
    structure: gemmi.Structure | None = None,
) -> NcsGroup:
    """Return a group, with the centres of its copies if it isn't closed.

    Parameters
    ----------
    structure : gemmi.Structure, optional
        Atoms that the operators apply to, if these chains or subchains are one copy.
    """
    rotations = [np.array(transform.mat.tolist(), dtype=np.float64) for transform in transforms]
    for number, rotation in enumerate(rotations, 1):
        _require_rotation(rotation, f"{what}, operator {number},")
    translations = [np.array(transform.vec.tolist()) for transform in transforms]
    group = _group(rotations, translations, chains, None)
    atoms = [] if structure is None or group.is_closed else _atoms_of(structure, chains)
    if not atoms:
        return group
    first = rotations[0] @ np.mean(atoms, axis=0) + translations[0]
    return replace(group, centres=group.copies_of([first])[:, 0])


def _atoms_of(structure: gemmi.Structure, chains: list[str]) -> list[list[float]]:
    """Return places of atoms in chains or subchains of these names; of all if there are none."""
    return [
        atom.pos.tolist()
        for chain in (structure[0] if len(structure) > 0 else ())
        for residue in chain
        if not chains or chain.name in chains or residue.subchain in chains
        for atom in residue
    ]


def _require_rotation(matrix: FloatArray, what: str) -> None:
    error = float(np.abs(matrix @ matrix.T - np.eye(3)).max())
    if not error < _ROTATION_TOLERANCE or np.linalg.det(matrix) < 0:
        raise NcsFileError(
            f"{what} is not a rotation: its matrix times its transpose departs from 1 by"
            f" {error:.2g}, its determinant is {np.linalg.det(matrix):.3g}; correct the matrix"
        )


def _group(
    rotations: Sequence[FloatArray],
    translations: Sequence[FloatArray],
    chains: Sequence[str],
    centres: FloatArray | None,
) -> NcsGroup:
    """Return a group whose first operator is the identity, for any copy in the file."""
    first_back = np.linalg.inv(rotations[0])
    turned = np.array(rotations) @ first_back
    moved = np.array(translations) - turned @ translations[0]
    return NcsGroup(turned, moved, tuple(chains), centres)
