"""Atoms of a structure that gemmi has read: which are used, and warnings about the others."""

from __future__ import annotations

from collections.abc import Iterator

import gemmi
import numpy as np
import numpy.typing as npt

from map_sharpening.errors import ModelFileError
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.confidence import rises_with_packing
from map_sharpening.molecule.elements import settle_elements

#: Å, and the share of a model's cubes that another one fills too: copies side by side share
#: few, models of an ensemble lie over each other.
_CUBE, _OVERLAP = 2.0, 0.15
#: Å within which atoms of one element lie in one place (cubes twice as wide hold them), and how
#: many of them can be there in all: alternative positions share one atom, with occupancies that
#: may be a little too large.
_ONE_PLACE, _MOST_IN_ONE_PLACE = 0.05, 1.25
#: The highest occupancy of those in percent at least, and the share of atoms that then have one
#: above 1, or 0.
_LEAST_IN_PERCENT, _IN_PERCENT = 20.0, 0.95
#: Å, longest bond between atoms other than of metals.
_LONGEST_BOND = 2.3
#: What fractions of a cell reach at most, beyond 1 where a molecule crosses its faces.
_FRACTIONS = 1.5
#: Atoms in an Å³, beyond all models (0.1 in proteins), and how many atoms show that.
_MOST_ATOMS, _ENOUGH_ATOMS = 5.0, 100
#: Å², the lowest that the highest of a refined model's B factors is, and how many are different.
_LOWEST_HIGHEST, _DIFFERENT = 1.5, 10
_FULL_COLUMN = 999.0  #: Å², a B factor that fills its column in a PDB file, as for want of one
#: Atoms of traces, and the share of them from which on a model is one.
_TRACE, _MOSTLY = {"CA", "P"}, 0.9


def atoms_from_structure(
    structure: gemmi.Structure,
    *,
    name: str = "model",
    assembly: str | None = None,
    known_elements: bool = True,
    known_b_factors: bool = True,
    is_prediction: bool = False,
) -> Atoms:
    """Take the atoms of a gemmi structure, without hydrogens and waters.

    Of several models all are taken if they lie side by side, as the copies of an assembly do;
    of those that lie over each other, as in an ensemble, the first.

    Parameters
    ----------
    structure : gemmi.Structure
        Left as it is.
    name : str
        What messages call the atoms.
    assembly : str, optional
        Name of a biological assembly that the structure describes, such as ``"1"``.
    known_elements, known_b_factors : bool
        Whether the file states them; placeholders are not believed otherwise.
    is_prediction : bool
        Whether the B factors are a prediction's confidence, which isn't used.

    Returns
    -------
    Atoms
        With `warnings` about what was left out or guessed.

    Raises
    ------
    ModelFileError
        If no usable atom is left, a B factor isn't finite, or the structure doesn't
        describe the assembly.
    """
    structure = structure.clone()
    if assembly is not None:
        _make_assembly(structure, assembly, name)
    warnings: list[str] = []
    _settle_elements(structure, name, known_elements, warnings)
    if assembly is None:
        warnings.extend(_copies_left_out(structure, name))
    residues = {residue.name for model in structure for chain in model for residue in chain}
    n_all = sum(model.count_atom_sites() for model in structure)
    structure.remove_hydrogens()
    structure.remove_waters()
    sites = list(_sites(structure, name, warnings))
    if not n_all:
        raise ModelFileError(
            f"{name} holds no atoms (lines that begin with ATOM or HETATM, or a table _atom_site)"
            "; give a file with a model"
        )
    if not sites:
        raise ModelFileError(
            f"{name} holds no atoms besides hydrogens and waters (its residues are "
            f"{', '.join(sorted(residues)[:3])}); give a file with a model"
        )
    kept, occupancies = _usable(sites, name, warnings)
    positions = np.array([site.atom.pos.tolist() for site in kept], dtype=np.float64)
    b_factors = None
    if is_prediction:
        warnings.append(
            f"{name} is a prediction: its column of B factors holds confidence and isn't used; "
            "all atoms count alike"
        )
    elif known_b_factors:
        b_factors = _b_factors(kept, name, warnings)
        if rises_with_packing(kept, positions, b_factors):
            b_factors = None
            warnings.append(
                f"{name}: its B factors are highest where the model is most densely packed, as a "
                "prediction's confidence (pLDDT), and lower elsewhere; they aren't used, and all "
                "atoms count alike; give B factors as refined, or none"
            )
    else:
        warnings.append(f"{name} states no B factors; all atoms count alike")
    return Atoms(
        positions,
        np.array([site.atom.element.name for site in kept]),
        occupancies,
        name,
        b_factors,
        n_left_out=len(sites) - len(kept),
        warnings=tuple(warnings),
    )


def _make_assembly(structure: gemmi.Structure, assembly: str, name: str) -> None:
    known = [a.name for a in structure.assemblies]
    if not isinstance(assembly, str) or assembly not in known:
        raise ModelFileError(
            f"{name} describes no assembly {assembly!r:.60}, it has "
            f"{', '.join(known) or 'none'}; choose one of these or leave the assembly out"
        )
    try:
        structure.transform_to_assembly(assembly, gemmi.HowToNameCopiedChain.Dup)
    except RuntimeError as error:
        raise ModelFileError(
            f"assembly {assembly} of {name} can't be made, as a coordinate or an operator is "
            "not a number; repair the file, or leave the assembly out"
        ) from error


def _copies_left_out(structure: gemmi.Structure, name: str) -> Iterator[str]:
    """Yield warnings of copies that operators in the file would make, and that a map may hold."""
    n_ncs = sum(not (made.given or made.tr.is_identity()) for made in structure.ncs)
    if n_ncs:
        yield (
            f"{name} states {n_ncs} operator{'s' if n_ncs > 1 else ''} (MTRIX) for further copies "
            "of its atoms; they are not made: if the map holds the copies too, give a "
            "model with all of them"
        )
        return
    if structure.cell.is_crystal():
        return  # the atoms are those of an asymmetric unit, and assemblies need not be in the map
    for made in structure.assemblies[:1]:
        n = max((len(generator.operators) for generator in made.generators), default=1)
        if n > 1:
            yield (
                f"{name} describes its assembly {made.name} as {n} copies of its atoms; they are "
                "not made: if the map holds all of them, give the model of the whole assembly"
            )


def _settle_elements(
    structure: gemmi.Structure, name: str, known_by_file: bool, warnings: list[str]
) -> None:
    found = [settle_elements(model, known_by_file=known_by_file) for model in structure]
    changed = [one for one in found if one.count]
    if changed:
        changed[0].count = sum(one.count for one in changed)
        warnings.append(changed[0].warning(name))


def _sites(structure: gemmi.Structure, name: str, warnings: list[str]) -> Iterator[gemmi.CRA]:
    """Yield the atoms of the first model, or of all where they are copies side by side."""
    models = [model for model in structure if model.count_atom_sites()]
    if len(models) > 1:
        if _lie_apart(models):
            warnings.append(
                f"{name} holds {len(models)} models side by side; all are taken, as an assembly"
            )
        else:
            warnings.append(
                f"{name} holds {len(models)} models in one place; only the first is used; give "
                "the one that fits the map best"
            )
            models = models[:1]
    for model in models:
        yield from model.all()


def _lie_apart(models: list[gemmi.Model]) -> bool:
    """Whether each model lies beside all before it."""
    filled: set[tuple[int, ...]] = set()
    for model in models:
        positions = np.array([site.atom.pos.tolist() for site in model.all()])
        positions = positions[np.isfinite(positions).all(axis=1)]
        cubes = {tuple(cube) for cube in np.floor(positions / _CUBE).astype(np.int64).tolist()}
        if len(cubes & filled) > _OVERLAP * len(cubes):
            return False
        filled |= cubes
    return True


def _usable(
    sites: list[gemmi.CRA], name: str, warnings: list[str]
) -> tuple[list[gemmi.CRA], npt.NDArray[np.float64]]:
    """Return the atoms that scatter, with their occupancies; warn about the others."""
    unknown = np.array([not _scatters(site.atom.element) for site in sites])
    placed = np.array([site.atom.pos.tolist() for site in sites], dtype=np.float64)
    nowhere = ~np.isfinite(placed).all(axis=1)
    occupancies = np.array([site.atom.occ for site in sites], dtype=np.float64)
    if (occupancies > _MOST_IN_ONE_PLACE).any():
        occupancies = _as_shares(occupancies, name, warnings)
    occupancies = _shared(sites, occupancies, name, warnings)
    empty = ~(occupancies > 0)
    if empty.all():
        warnings.append(
            f"{name} has an occupancy of {occupancies.max():g} for all its {len(sites)} atoms; "
            "each counts as 1"
        )
        occupancies, empty = np.ones(len(sites)), np.zeros(len(sites), dtype=bool)
    reasons = []
    counted = np.zeros(len(sites), dtype=bool)
    for those, what in (
        (unknown, "of unknown element"),
        (nowhere, "without coordinates"),
        (empty, "of occupancy 0 or below"),
        (
            _repeated(sites, placed, np.where(unknown | nowhere | empty, 0, occupancies)),
            "in the place of another one of the same element",
        ),
    ):
        new = np.flatnonzero(those & ~counted)
        counted |= those
        if len(new):
            reasons.append(f"{len(new)} {what} (such as {_named(sites[new[0]])})")
    _require_distances(placed[~nowhere], name)
    left_out = f"{name}: {np.count_nonzero(counted)} of {len(sites)} atoms are left out"
    if counted.all():
        raise ModelFileError(f"{left_out}: {', '.join(reasons)}; give a model that has them")
    if reasons:
        warnings.append(f"{left_out}: {', '.join(reasons)}")
    warnings.extend(_lack_of_atoms(sites, placed[~counted], name))
    return [sites[i] for i in np.flatnonzero(~counted)], occupancies[~counted]


def _as_shares(
    occupancies: npt.NDArray[np.float64], name: str, warnings: list[str]
) -> npt.NDArray[np.float64]:
    """Return occupancies, of shape (n_atoms,), of which some are far above 1, as 0 to 1."""
    is_high = occupancies > 1
    highest = float(occupancies[is_high].max())
    n_like_percent = np.count_nonzero(is_high | (occupancies == 0))
    is_percent = _LEAST_IN_PERCENT <= highest <= 100 and n_like_percent >= _IN_PERCENT * len(
        occupancies
    )
    n_high = np.count_nonzero(is_high)
    what = (
        "those above 1 are read as percent"
        if is_percent
        else f"{n_high} of {len(occupancies)} are above 1 and count as 1"
    )
    warnings.append(f"{name} has occupancies of up to {highest:g}; expected 0 to 1; {what}")
    return np.where(is_high, occupancies / 100 if is_percent else 1.0, occupancies)


def _shared(
    sites: list[gemmi.CRA], occupancies: npt.NDArray[np.float64], name: str, warnings: list[str]
) -> npt.NDArray[np.float64]:
    """Return occupancies, of shape (n_atoms,), of which those of one atom's positions sum to 1."""
    places: dict[tuple[str, str, str, str], list[int]] = {}
    for i, site in enumerate(sites):
        if site.atom.has_altloc():
            seqid = str(site.residue.seqid)
            places.setdefault(
                (site.chain.name, seqid, site.residue.name, site.atom.name), []
            ).append(i)
    shared: npt.NDArray[np.float64] = occupancies.copy()
    n_shared = 0
    for those in places.values():
        total = float(np.maximum(occupancies[those], 0).sum())
        altlocs = {sites[i].atom.altloc for i in those}
        if len(those) > 1 and len(altlocs) == len(those) and total > _MOST_IN_ONE_PLACE:
            shared[those] /= total
            n_shared += 1
    if n_shared:
        warnings.append(
            f"{name}: the occupancies of the alternative positions of {n_shared} "
            f"atom{'s' if n_shared > 1 else ''} sum to more than 1; they were divided by their sum"
        )
    return shared


def _lack_of_atoms(
    sites: list[gemmi.CRA], placed: npt.NDArray[np.float64], name: str
) -> Iterator[str]:
    """Yield a warning if residues have one atom each; `placed`, Å, of shape (n, 3), are used."""
    n_trace = sum(site.atom.name in _TRACE for site in sites)
    n_residues = len({(site.chain.name, str(site.residue.seqid)) for site in sites})
    n_all = len(sites)
    remedy = "the amplitudes of a map are those of all atoms: give a whole model, or leave it out"
    if n_trace > _MOSTLY * n_all and n_trace >= _ENOUGH_ATOMS:
        yield f"{name} is a trace: {n_trace} of its {n_all} atoms are CA or P; {remedy}"
    elif n_residues > _MOSTLY * n_all and _are_beads(placed):
        yield f"{name} is coarse-grained: {n_all} atoms make up {n_residues} residues; {remedy}"


def _are_beads(placed: npt.NDArray[np.float64]) -> bool:
    """Whether points at `placed`, Å, of shape (n, 3), lie farther apart than bonded atoms."""
    if len(placed) < _ENOUGH_ATOMS:
        return False
    some = placed[:: max(1, len(placed) // _ENOUGH_ATOMS)]
    distances = np.linalg.norm(some[:, None] - placed[None], axis=2)
    nearest = np.partition(distances, 1, axis=1)[:, 1]
    return bool(np.median(nearest) > _LONGEST_BOND)


def _require_distances(placed: npt.NDArray[np.float64], name: str) -> None:
    """Refuse atoms, at `placed` of shape (n_atoms, 3), that are too near each other for Å."""
    if len(placed) < _ENOUGH_ATOMS:
        return
    extent = np.ptp(placed, axis=0)
    volume = float(np.prod(np.maximum(extent, 1.0)))
    if len(placed) > _MOST_ATOMS * volume:
        remedy = "its coordinates may be in nm: multiply them by 10"
        if extent.max() < _ONE_PLACE:
            remedy = "they have one position: give a model with coordinates"
        elif extent.max() < _FRACTIONS:
            remedy = "its coordinates may be fractions of a cell: give them in Å"
        raise ModelFileError(
            f"{name} has {len(placed)} atoms in {volume:.3g} Å³, far more than there is room for; "
            f"{remedy}"
        )


def _repeated(
    sites: list[gemmi.CRA], placed: npt.NDArray[np.float64], occupancies: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Whether each atom, of shape (n_atoms,), lies where one atom is already, as copies do.

    `placed` holds the coordinates, Å, of shape (n_atoms, 3). Atoms with an occupancy of 0
    don't count.
    """
    elements = np.array([site.atom.element.atomic_number for site in sites])
    repeated = np.zeros(len(sites), dtype=bool)
    # Atoms near each other share a cube in one of eight lattices of cubes.
    for offset in np.ndindex(2, 2, 2):
        counting = np.flatnonzero((occupancies > 0) & ~repeated)
        cubes = np.floor(placed[counting] / (2 * _ONE_PLACE) + np.array(offset) / 2)
        keys = np.column_stack((cubes, elements[counting]))
        order = np.lexsort(keys.T)  # stable: who came first in a place stays first
        keys, shares = keys[order], occupancies[counting][order]
        total = np.cumsum(shares)
        first = np.r_[True, np.any(keys[1:] != keys[:-1], axis=1)]
        before = np.maximum.accumulate(np.where(first, total - shares, 0))
        repeated[counting[order[total - before > _MOST_IN_ONE_PLACE]]] = True
    return repeated


def _scatters(element: gemmi.Element) -> bool:
    """Whether the tables have electron scattering factors of an element."""
    return element.atomic_number > 0 and element.c4322 is not None


def _named(site: gemmi.CRA) -> str:
    return f"{site.atom.name} of {site.residue.name} {site.residue.seqid} {site.chain.name}"


def _b_factors(sites: list[gemmi.CRA], name: str, warnings: list[str]) -> npt.NDArray[np.float64]:
    """Return the isotropic B factors, Å², of shape (n_atoms,); those below 0 as 0."""
    b_factors = np.array([_b_factor(site.atom) for site in sites], dtype=np.float64)
    if not np.isfinite(b_factors).all():
        none = np.flatnonzero(~np.isfinite(b_factors))
        raise ModelFileError(
            f"{name} has no number as the B factor of {len(none)} of {len(sites)} atoms (such as "
            f"{_named(sites[none[0]])}); give them numbers, all the same where none is known"
        )
    is_negative, is_full = b_factors < 0, b_factors >= _FULL_COLUMN
    for those, what, remedy in (
        (
            is_negative,
            f"below 0, down to {b_factors.min():g},",
            "expected 0 or more; they count as 0",
        ),
        (
            is_full & ~is_full.all(),
            f"of {_FULL_COLUMN:g} or more, the most that PDB files state,",
            "such atoms hardly count; leave out those that aren't seen, or give them numbers",
        ),
    ):
        if those.any():
            such = _named(sites[int(np.argmax(those))])
            warnings.append(
                f"{name} has B factors {what} for {np.count_nonzero(those)} of {len(sites)} atoms "
                f"(such as {such}); {remedy}"
            )
    b_factors[is_negative] = 0
    if 0 < b_factors.max() <= _LOWEST_HIGHEST and len(np.unique(b_factors)) >= _DIFFERENT:
        warnings.append(
            f"{name} has B factors from {b_factors.min():.2g} to {b_factors.max():.2g} Å², lower "
            "than any crystal shows: they may be a prediction's confidence from 0 to 1, or U in "
            "Å² (B is 79 times U); give B factors, or none"
        )
    return b_factors


def _b_factor(atom: gemmi.Atom) -> float:
    """Return the isotropic B factor, Å², of the six numbers where an atom has these."""
    return float(atom.b_eq() if atom.aniso.nonzero() else atom.b_iso)
