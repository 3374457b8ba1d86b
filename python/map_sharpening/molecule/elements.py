"""Elements of a model's atoms, from their names where a file has none or the wrong ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import gemmi

_LIGHT = set("CNOSPHD")  #: symbols of one letter of the elements in biological polymers
_PROTEIN_NAMES = re.compile(r"[NCO]|OXT|[CNO][ABGDEZH][123]?|S[GD]")  #: those of amino acids
_ANY_NAME = re.compile(r".*")
_PROTEIN_BACKBONE = {"N", "CA", "C"}
_NUCLEIC_BACKBONE = ({"C1'", "C4'"}, {"C1*", "C4*"})
#: Two letters, the first of them that of a light element; found in ligands.
_REAL_IN_LIGANDS = {"Cl", "Co", "Cu", "Ni", "Os", "Pt", "Se", "Si", "Pd", "Pb"}


@dataclass
class ElementsFromNames:
    """How many atoms got their element from their name, with examples."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def warning(self, name: str) -> str:
        """Return the warnings about a model."""
        return (
            f"{name}: {self.count} atoms have no element, or one that their residue can't hold "
            f"({', '.join(self.examples)}); their names decided; give a model with columns of "
            "elements to be sure"
        )


def settle_elements(model: gemmi.Model, *, known_by_file: bool) -> ElementsFromNames:
    """Give atoms that have no element, or an impossible one, that of their name, in place.

    In amino acids and nucleotides an atom's name begins with its element. Where a file has no
    columns of elements, these follow from where a name begins, so that names moved to the left
    make calcium of C-alpha; such a file's ligands are mended too.

    Parameters
    ----------
    known_by_file : bool
        The file states elements: those of ligands are believed.
    """
    found = ElementsFromNames()
    others: list[gemmi.Residue] = []
    for chain in model:
        for residue in chain:
            names = _names_that_tell(residue)
            if names is None:
                others.append(residue)
                continue
            for atom in residue:
                symbol = _first_letter(atom.name)
                tells = names.fullmatch(atom.name) is not None
                if symbol and (tells or atom.element.atomic_number == 0):
                    _set(atom, symbol, residue, found)
    are_moved = found.count > 0 and not known_by_file
    for residue in others:
        for atom in residue:
            is_doubtful = are_moved and len(residue) > 1 and _may_be_misread(atom)
            if atom.element.atomic_number == 0:
                _set(atom, _symbol_of(atom.name, residue), residue, found)
            elif is_doubtful:
                _set(atom, _first_letter(atom.name), residue, found)
    return found


def _names_that_tell(residue: gemmi.Residue) -> re.Pattern[str] | None:
    """Return how names give the element in a residue; None if that isn't certain."""
    kind = gemmi.find_tabulated_residue(residue.name)
    is_polymer = kind.is_amino_acid() or kind.is_nucleic_acid()
    if is_polymer and kind.is_standard():
        return _ANY_NAME
    names = {atom.name for atom in residue}
    is_protein = names >= _PROTEIN_BACKBONE
    if kind.kind == gemmi.ResidueKind.UNKNOWN:  # such as HSD and CYX of simulations
        is_known = is_protein or any(names >= core for core in _NUCLEIC_BACKBONE)
        return _ANY_NAME if is_known else None
    return _PROTEIN_NAMES if is_protein or kind.is_amino_acid() else None


@lru_cache(maxsize=4096)  # atoms of many residues have the same names
def _first_letter(name: str) -> str:
    letters = re.sub(r"^[^A-Za-z]+", "", name).upper()
    return letters[0] if letters and letters[0] in _LIGHT else ""


def _may_be_misread(atom: gemmi.Atom) -> bool:
    symbol = atom.element.name
    return len(symbol) == 2 and symbol not in _REAL_IN_LIGANDS


def _symbol_of(name: str, residue: gemmi.Residue) -> str:
    """Return the element that an atom of a ligand or an ion has by its name, or nothing."""
    letters = re.sub(r"[^A-Za-z].*$", "", re.sub(r"^[^A-Za-z]+", "", name)).upper()
    if len(residue) == 1:
        for symbol in (letters, residue.name):
            if gemmi.Element(symbol).atomic_number:
                return symbol
    if letters.capitalize() in _REAL_IN_LIGANDS | {"Fe", "Mg", "Zn", "Mn", "Br", "Mo"}:
        return letters
    return _first_letter(name) or (letters[:1] if letters[:1] in {"F", "B", "I"} else "")


def _set(atom: gemmi.Atom, symbol: str, residue: gemmi.Residue, found: ElementsFromNames) -> None:
    element = gemmi.Element(symbol) if symbol else atom.element
    # deuterium counts as hydrogen, whatever its name begins with
    if element == atom.element or {element.name, atom.element.name} == {"H", "D"}:
        return
    found.count += 1
    if len(found.examples) < 3:
        was = "no element" if atom.element.atomic_number == 0 else atom.element.name
        found.examples.append(f"{was} for {atom.name} of {residue.name}")
    atom.element = element
