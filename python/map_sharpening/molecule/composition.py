"""What a map holds: residues, their mass and volume, and the solvent fraction that leaves."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import gemmi

from map_sharpening.errors import ParameterError

ChainKind = Literal["protein", "rna", "dna"]

#: Å³ per residue: 110 Da of 1.23 Å³/Da, 330 Da of 1.15 Å³/Da.
PROTEIN_RESIDUE_VOLUME = 135.3
NUCLEOTIDE_VOLUME = 379.5
PROTEIN_VOLUME_PER_DALTON = 1.23  #: Å³/Da

#: The component that stands for a residue of unknown kind.
UNKNOWN_RESIDUE: dict[ChainKind, str] = {"protein": "UNK", "rna": "N", "dna": "DN"}

_UNKNOWN = {*UNKNOWN_RESIDUE.values(), "ASX", "GLX"}
_MEAN_RESIDUE_MASS: dict[ChainKind, float] = {"protein": 110.0, "rna": 330.0, "dna": 330.0}  #: Da
_WATER_MASS = 18.015  #: Da, which a residue loses in a chain
#: Solvent content in percent that a sample may have; what is less and above 1 may be a slip.
_LEAST_PERCENT = 10
_FRACTIONS_FROM_MASS = (0.01, 1.0)
_FRACTIONS_FROM_SEQUENCES = (0.001, 0.999)


@dataclass(frozen=True)
class Chain:
    """The sequence of a chain of which a map may hold several copies."""

    name: str
    residues: tuple[str, ...]  #: names of chemical components: "ALA", "MSE", "A", "DA"
    kind: ChainKind
    copies: int = 1


@dataclass(frozen=True)
class Composition:
    """The contents of a map."""

    n_protein_residues: int
    n_nucleotides: int
    mass: float  #: Da, from the residues
    volume: float  #: Å³, 135.3 for an amino acid and 379.5 for a nucleotide
    notes: tuple[str, ...] = ()


def composition_of(
    chains: Sequence[Chain], ncs_copies: int | None = None, *, asymmetric_units: int = 1
) -> Composition:
    """Sum up the chains of a sequence file, which should list all copies.

    Where each distinct sequence is listed once and `ncs_copies` is above 1, the file is taken
    to list one copy and is multiplied. Otherwise it is used as it is, with a note where the
    numbers of copies listed are no multiples of `ncs_copies`.

    Parameters
    ----------
    ncs_copies : int, optional
        Number of copies by non-crystallographic symmetry.
    asymmetric_units : int
        How many times the map holds these chains: the number of symmetry operators for a
        crystal's cell whose asymmetric unit they fill.

    Raises
    ------
    ParameterError
        If there are no chains, or a number of copies is below 1.
    """
    if not chains:
        raise ParameterError("there are no sequences; give a file with at least one")
    for name, number in (("ncs_copies", ncs_copies), ("asymmetric_units", asymmetric_units)):
        if number is not None and number < 1:
            raise ParameterError(f"{name} is {number}; expected a whole number, 1 or more")
    factor, notes = _copies_of_the_file(chains, ncs_copies)
    factor *= asymmetric_units
    counts = {
        kind: factor * sum(len(c.residues) * c.copies for c in chains if c.kind == kind)
        for kind in _MEAN_RESIDUE_MASS
    }
    n_protein, n_nucleotides = counts["protein"], counts["rna"] + counts["dna"]
    return Composition(
        n_protein,
        n_nucleotides,
        factor * sum(_mass(chain) * chain.copies for chain in chains),
        n_protein * PROTEIN_RESIDUE_VOLUME + n_nucleotides * NUCLEOTIDE_VOLUME,
        tuple(notes),
    )


def _mass(chain: Chain) -> float:
    """Return the mass in Da; residues that gemmi doesn't know have the mean mass of their kind."""
    mean = _MEAN_RESIDUE_MASS[chain.kind]
    known = [residue for residue in chain.residues if residue not in _UNKNOWN]
    mass = mean * (len(chain.residues) - len(known))
    if known:
        mass += gemmi.calculate_sequence_weight(known, mean + _WATER_MASS)
    return mass


def _copies_of_the_file(chains: Sequence[Chain], ncs_copies: int | None) -> tuple[int, list[str]]:
    if ncs_copies is None or ncs_copies == 1:
        return 1, []
    listed: Counter[tuple[str, ...]] = Counter()
    for chain in chains:
        listed[chain.residues] += chain.copies
    if set(listed.values()) == {1}:
        note = f"each sequence is listed once; multiplied by ncs_copies = {ncs_copies}"
        return ncs_copies, [note]
    if any(number % ncs_copies for number in listed.values()):
        numbers = ", ".join(str(number) for number in sorted(set(listed.values())))
        note = (
            f"the sequences are listed {numbers} times, which ncs_copies = {ncs_copies} doesn't"
            " divide; they are used as listed"
        )
        return 1, [note]
    return 1, []


def solvent_fraction_from_mass(mass: float, cell_volume: float) -> float:
    """Return ``1 - 1.23 mass / cell_volume``, within 0.01 to 1.

    Parameters
    ----------
    mass : float
        Mass of all molecules in the map, always in Da.
    cell_volume : float
        Volume of the map in Å³.

    Raises
    ------
    ParameterError
        If the mass isn't above 0, or fills more than the map.
    """
    if not (math.isfinite(mass) and mass > 0):
        raise ParameterError(f"molecular_mass is {mass}; expected a mass in Da, above 0")
    volume = PROTEIN_VOLUME_PER_DALTON * mass
    _require_room(f"molecular_mass is {mass:g} Da and", volume, cell_volume)
    return _within(1 - volume / cell_volume, _FRACTIONS_FROM_MASS)


def solvent_fraction_from_sequences(
    chains: Sequence[Chain],
    cell_volume: float,
    ncs_copies: int | None = None,
    *,
    asymmetric_units: int = 1,
) -> tuple[float, Composition]:
    """Return the share of the map that its chains leave, within 0.001 to 0.999, and its contents.

    Parameters
    ----------
    chains, ncs_copies, asymmetric_units
        As in `composition_of`.
    cell_volume : float
        Volume of the map in Å³.

    Raises
    ------
    ParameterError
        As `composition_of`, or if the chains fill more than the map.
    """
    composition = composition_of(chains, ncs_copies, asymmetric_units=asymmetric_units)
    n_residues = composition.n_protein_residues + composition.n_nucleotides
    _require_room(f"the sequences have {n_residues} residues and", composition.volume, cell_volume)
    fraction = 1 - composition.volume / cell_volume
    return _within(fraction, _FRACTIONS_FROM_SEQUENCES), composition


def _require_room(what: str, volume: float, cell_volume: float) -> None:
    if not (math.isfinite(cell_volume) and cell_volume > 0):
        raise ParameterError(f"cell_volume is {cell_volume}; expected a volume in Å³, above 0")
    if volume > cell_volume:
        raise ParameterError(
            f"{what} would fill {volume:.0f} Å³, more than the {cell_volume:.0f} Å³ of the map;"
            " give only what is in the map, or solvent_content"
        )


def _within(fraction: float, limits: tuple[float, float]) -> float:
    return min(max(fraction, limits[0]), limits[1])


def solvent_fraction_given(value: float) -> float:
    """Return a solvent content that a user gave as a fraction, or as percent if 10 or more.

    Raises
    ------
    ParameterError
        If it isn't above 0 and below 1, or 100 %; or if it may be a slip of either.
    """
    if 1 < value < _LEAST_PERCENT:
        raise ParameterError(
            f"solvent_content is {value}; expected a fraction below 1, such as 0.5, or percent, "
            f"such as 50; if so little is meant, give it as a fraction: {value / 100:g}"
        )
    fraction = value / 100 if value > 1 else value
    if not 0 < fraction < 1:
        raise ParameterError(
            f"solvent_content is {value}; expected a fraction above 0 and below 1, or percent"
        )
    return fraction
