"""The solvent content for scores: given, from the molecule's composition, or measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from map_sharpening.errors import MapValueError
from map_sharpening.maps.arrays import BooleanMap
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.volume.working_volume import ScoredPart
from map_sharpening.methods.shared.solvent import solvent_by_density_or_variation, solvent_region
from map_sharpening.molecule.composition import (
    Chain,
    solvent_fraction_from_mass,
    solvent_fraction_from_sequences,
    solvent_fraction_given,
)

#: Da, and share of solvent, at which a mass was surely given in kDa.
_LEAST_MASS, _MOST_SOLVENT = 5000.0, 0.995


@dataclass(frozen=True)
class SolventContent:
    """A solvent fraction and how it was found."""

    fraction: float | None  #: None: not needed
    how: str
    is_measured: bool = False  #: from the map
    warnings: tuple[str, ...] = ()
    is_solvent: BooleanMap | None = field(default=None, repr=False)  #: in the part measured
    is_clear: bool = True  #: False: measured, and no molecule stands out of it


def known_solvent(
    source: MapData, options: BFactorOptions, chains: Sequence[Chain] | None
) -> SolventContent | None:
    """Return the solvent content as given, or from a mass or chains; None without these."""
    if options.sample.solvent_content is not None:
        return SolventContent(solvent_fraction_given(options.sample.solvent_content), "given")
    if options.sample.molecular_mass is not None:
        mass = options.sample.molecular_mass
        fraction = solvent_fraction_from_mass(mass, source.volume)
        warnings: tuple[str, ...] = ()
        if mass < _LEAST_MASS and fraction > _MOST_SOLVENT:
            warnings = (
                f"molecular_mass is {mass:g} Da, so that {fraction:.2%} of the map is solvent; "
                f"expected the mass in Da: give molecular_mass={1000 * mass:g} for {mass:g} kDa",
            )
        how = f"from a molecular mass of {mass:g} Da"
        return SolventContent(fraction, how, warnings=warnings)
    if chains is not None:
        fraction, composition = solvent_fraction_from_sequences(
            chains,
            source.volume,
            options.sample.ncs_copies,
            asymmetric_units=options.sample.asymmetric_units,
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
    found = solvent_by_density_or_variation(
        source,
        options.resolution,
        wang_radius=options.sample.wang_radius,
        periodic=options.wrapping,
        iterations=options.sample.solvent_content_iterations,
        threads=options.threads,
    )
    return SolventContent(
        found.fraction,
        found.how,
        is_measured=True,
        is_solvent=found.is_solvent,
        is_clear=found.is_clear,
    )


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
        return replace(overall, warnings=(*overall.warnings, warning), is_solvent=None)
    return replace(found, how=f"of the box, {found.how}")


def region_of_solvent(
    source: MapData, solvent: SolventContent, options: BFactorOptions
) -> BooleanMap:
    """Return where a map's solvent is: as measured, or with the share that was given."""
    if solvent.is_solvent is not None:
        return solvent.is_solvent
    assert solvent.fraction is not None, "it is needed"
    return solvent_region(
        source,
        options.resolution,
        solvent.fraction,
        wang_radius=options.sample.wang_radius,
        periodic=options.wrapping,
        threads=options.threads,
    )


def molecule_in(
    part: ScoredPart, source: MapData, solvent: SolventContent, options: BFactorOptions
) -> FloatMap | None:
    """Return 1 where the part scored is molecule and 0 elsewhere, on the grid of the map.

    None if the solvent content is not needed.
    """
    if solvent.fraction is None:
        return None
    is_solvent = region_of_solvent(part.cut_out_of(source), solvent, options)
    return part.put_back(np.logical_not(is_solvent).astype(np.float32), source.values.shape)
