"""The true model as the measures need it: which atom is where, and of what part."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gemmi
import numpy as np
import numpy.typing as npt

_PROTEIN_BACKBONE = ("N", "CA", "C")
_NUCLEIC_BACKBONE = ("P", "O5'", "C5'", "C4'", "C3'", "O3'")
_MORE_BACKBONE = ("O", "OXT", "OP1", "OP2", "OP3", "C2'", "O2'", "C1'", "O4'")
#: Å³ per dalton inside the surface: protein, and the denser nucleic acid
#: (Harpaz et al. 1994, Structure 2, 641; Voss & Gerstein 2005, J. Mol. Biol. 346, 477)
_VOLUME_PER_DALTON = {"protein": 1.21, "nucleic": 0.9}
#: Å, farther apart than this two ends of residues are not bonded
_LONGEST_LINK = 2.5
#: what an atom carries in hydrogens, as a factor on the mass of all heavy atoms
_WITH_HYDROGENS = 1.07


@dataclass(frozen=True)
class ModelAtoms:
    """Atoms of a true model, one entry each; hydrogens, waters and second conformers left out."""

    positions: npt.NDArray[np.float64]  #: Å, shape (n, 3), from the map's first point
    b_factors: npt.NDArray[np.float64]  #: Å²
    is_backbone: npt.NDArray[np.bool_]
    is_side_chain: npt.NDArray[np.bool_]  #: bases of nucleic acids too
    residues: npt.NDArray[np.int64]  #: which residue of the model an atom belongs to
    links: tuple[tuple[int, ...], ...]  #: atoms along the main chain from residue to next one
    volume: float  #: Å³ that the atoms fill

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def is_weakest(self) -> npt.NDArray[np.bool_]:
        """Return which atoms are the fifth of highest B factor."""
        weakest: npt.NDArray[np.bool_] = self.b_factors >= np.quantile(self.b_factors, 0.8)
        return weakest


def read_model_atoms(path: Path, first_point: npt.ArrayLike = (0.0, 0.0, 0.0)) -> ModelAtoms:
    """Read the first model of a PDB or mmCIF file."""
    structure = gemmi.read_structure(str(path))
    structure.remove_alternative_conformations()
    structure.remove_hydrogens()
    structure.remove_waters()
    structure.setup_entities()
    positions: list[list[float]] = []
    b_factors: list[float] = []
    backbone: list[bool] = []
    side_chain: list[bool] = []
    residues: list[int] = []
    links: list[tuple[int, ...]] = []
    volume = 0.0
    n_residues = 0
    for chain in structure[0]:
        before: dict[str, int] = {}
        for residue in chain:
            kind = _kind(residue)
            here: dict[str, int] = {}
            mass = 0.0
            for atom in residue:
                is_backbone = kind != "" and atom.name in _backbone(kind)
                here[atom.name] = len(positions)
                positions.append(atom.pos.tolist())
                b_factors.append(atom.b_iso)
                backbone.append(is_backbone)
                side_chain.append(kind != "" and not is_backbone)
                residues.append(n_residues)
                mass += atom.element.weight
            volume += mass * _WITH_HYDROGENS * _VOLUME_PER_DALTON[kind or "protein"]
            link = _link(kind, before, here, positions)
            if link:
                links.append(link)
            before = here
            n_residues += 1
    if not positions:
        raise ValueError(f"{path} holds no atoms beside hydrogens and waters; give a full model")
    return ModelAtoms(
        positions=np.array(positions) - np.asarray(first_point),
        b_factors=np.array(b_factors),
        is_backbone=np.array(backbone),
        is_side_chain=np.array(side_chain),
        residues=np.array(residues),
        links=tuple(links),
        volume=volume,
    )


def _kind(residue: gemmi.Residue) -> str:
    """Return "protein", "nucleic", or nothing for ligands, lipids and ions."""
    names = {atom.name for atom in residue}
    if set(_PROTEIN_BACKBONE) <= names:
        return "protein"
    return "nucleic" if {"C4'", "C3'", "O3'"} <= names else ""


def _backbone(kind: str) -> tuple[str, ...]:
    main = _PROTEIN_BACKBONE if kind == "protein" else _NUCLEIC_BACKBONE
    return (*main, *_MORE_BACKBONE)


def _link(
    kind: str, before: dict[str, int], here: dict[str, int], positions: list[list[float]]
) -> tuple[int, ...]:
    """Return the atoms from the middle of one residue to that of the next, if they are bonded."""
    if kind == "protein":
        first, second = ("CA", "C"), ("N", "CA")
    else:
        first, second = ("C4'", "C3'", "O3'"), ("P", "O5'", "C5'", "C4'")
    if not kind or any(n not in before for n in first) or any(n not in here for n in second):
        return ()
    path = (*(before[name] for name in first), *(here[name] for name in second))
    ends = positions[path[len(first) - 1]], positions[path[len(first)]]
    distance = float(np.linalg.norm(np.subtract(*ends)))
    return path if distance < _LONGEST_LINK else ()
