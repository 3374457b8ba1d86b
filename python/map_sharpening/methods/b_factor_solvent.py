"""The solvent content that scores are made with: given, from what is in the map, or measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from map_sharpening.composition import (
    Chain,
    solvent_fraction_from_mass,
    solvent_fraction_from_sequences,
    solvent_fraction_given,
)
from map_sharpening.errors import MapValueError
from map_sharpening.map_data import MapData
from map_sharpening.methods.b_factor_options import BFactorOptions
from map_sharpening.methods.solvent import solvent_fraction_from_map


@dataclass(frozen=True)
class SolventContent:
    """A solvent fraction and how it was found."""

    fraction: float | None  #: None: not needed
    how: str
    is_measured: bool = False  #: from the map
    warnings: tuple[str, ...] = ()


def known_solvent(
    source: MapData, options: BFactorOptions, chains: Sequence[Chain] | None
) -> SolventContent | None:
    """Return the solvent content given, or that mass or chains leave; None without these."""
    if options.solvent_content is not None:
        return SolventContent(solvent_fraction_given(options.solvent_content), "given")
    if options.molecular_mass is not None:
        fraction = solvent_fraction_from_mass(options.molecular_mass, source.volume)
        how = f"from a molecular mass of {options.molecular_mass:g} Da"
        return SolventContent(fraction, how)
    if chains is not None:
        fraction, composition = solvent_fraction_from_sequences(
            chains, source.volume, options.ncs_copies, asymmetric_units=options.asymmetric_units
        )
        how = (
            f"from sequences: {composition.n_protein_residues} residues and "
            f"{composition.n_nucleotides} nucleotides"
        )
        return SolventContent(fraction, how, warnings=composition.notes)
    return None


def measured_solvent(source: MapData, options: BFactorOptions) -> SolventContent:
    """Return the solvent content estimated from a map.

    Raises
    ------
    MapValueError
        If the map is all solvent or none.
    """
    found = solvent_fraction_from_map(
        source,
        options.resolution,
        wang_radius=options.wang_radius,
        iterations=options.solvent_content_iterations,
        threads=options.threads,
    )
    return SolventContent(found.fraction, found.how, is_measured=True)


def solvent_of_box(
    box: MapData, options: BFactorOptions, overall: SolventContent | None
) -> SolventContent:
    """Return the solvent content estimated from a box, or that of the whole map if it fails."""
    try:
        found = measured_solvent(box, options)
    except MapValueError as error:
        if overall is None:
            raise
        warning = (
            f"the solvent content of the box can't be found, that of the map is used: {error}"
        )
        return replace(overall, warnings=(*overall.warnings, warning))
    return replace(found, how=f"of the box, {found.how}")
