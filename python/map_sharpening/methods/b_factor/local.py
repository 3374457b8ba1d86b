"""Local sharpening in a B-factor run: each place gets its own B, around that of the map."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import LocalBFactor, Trial
from map_sharpening.methods.b_factor.search.region_weight import search_range
from map_sharpening.methods.b_factor.search.trials import TrialMaps
from map_sharpening.methods.b_factor.spectrum import Spectrum
from map_sharpening.methods.b_factor.tiles import (
    LocalOptions,
    TrialMapSource,
    sharpen_locally,
    without_local_anisotropy,
)
from map_sharpening.methods.b_factor.volume.solvent_content import measured_solvent
from map_sharpening.molecule.ncs import NcsGroup

#: Of the distance between tiles, the usual radius is two thirds.
_LEAST_SMOOTHING = 0.25


@dataclass(frozen=True)
class LocalInputs:
    """What only local sharpening uses, besides the options."""

    ncs: tuple[NcsGroup, ...] = ()  #: copies of the molecule in the map
    trial_maps: TrialMapSource | None = None  #: keeps trial maps, or brings those kept


@dataclass(frozen=True)
class LocalMap:
    """A map sharpened place by place."""

    values: FloatMap  #: mean 0, SD 1
    local: LocalBFactor
    whole: Trial  #: around whose B local ones were searched for, or the trial map selected
    warnings: tuple[str, ...]


def local_options(options: BFactorOptions) -> LocalOptions | None:
    """Return the choices of local sharpening, checked; None without it."""
    if not options.local.local_sharpening:
        return None
    return LocalOptions(
        box_size=options.volume.box_size,
        target_n_overlap=options.local.target_n_overlap,
        smoothing_radius=options.local.smoothing_radius,
        select=options.local.select_sharpened_map,
        periodic=options.wrapping,
    )


def is_left_as_it_is(chosen: Trial, options: BFactorOptions) -> bool:
    """Whether the B factor of a coarse map, and of its parts, can't be found."""
    return options.is_too_coarse_to_score and chosen.method == "no_sharpening"


def local_map(
    source: MapData,
    spectrum: Spectrum,
    maps: TrialMaps,
    chosen: Trial,
    best_of: Callable[[Sequence[Trial]], Trial],
    inputs: LocalInputs,
    choices: LocalOptions,
    options: BFactorOptions,
) -> LocalMap | None:
    """Return the map sharpened locally, around the choice for the whole map.

    Without `overall_before_local` around the trial of this range that scores highest, which
    `best_of` finds, unless a B factor was given. None where the whole map's scale is no B
    factor, so that there is nothing to vary, and where a coarse map is left as it is.
    """
    if math.isnan(chosen.b_sharpen) or is_left_as_it_is(chosen, options):
        return None
    method = "b_iso_to_d_cut" if chosen.method == "no_sharpening" else chosen.method

    def trial_of(b_sharpen: float) -> Trial:
        trial = maps.new_trial(method, b_sharpen)
        if chosen.method == method:
            trial = replace(trial, d_cut=chosen.d_cut, b_blur_hires=chosen.b_blur_hires)
        return trial

    low, high = search_range(spectrum, options)
    low, high = min(low, chosen.b_iso), max(high, chosen.b_iso)
    wanted = spectrum.b_iso - np.linspace(low, high, max(options.search.search_b_n, 2))
    whole = chosen
    if options.is_local_centre_scored:
        whole = best_of([trial_of(float(b)) for b in wanted])
    centre = whole.b_sharpen
    trials = [
        _core.LocalTrial(b, maps.factors(trial_of(b))) for b in sorted({*wanted.tolist(), centre})
    ]
    molecule, warnings = _molecule(source, options)
    coefficients = spectrum.coefficients
    if options.local.local_aniso_in_local_sharpening:
        coefficients = without_local_anisotropy(
            coefficients,
            spectrum.grid,
            maps.factors(trial_of(centre)),
            molecule=molecule,
            options=choices,
        )
    values, local = sharpen_locally(
        source,
        coefficients,
        spectrum.grid,
        trials,
        centre=centre,
        molecule=molecule,
        ncs=inputs.ncs,
        options=choices,
        trial_maps=inputs.trial_maps,
    )
    if choices.select is not None:
        whole = best_of([trial_of(trials[choices.select - 1].b_sharpen)])
    return LocalMap(values, local, whole, (*warnings, *_cautions_of_tiles(source, local, choices)))


def _cautions_of_tiles(
    source: MapData, local: LocalBFactor, choices: LocalOptions
) -> Iterator[str]:
    """Yield warnings about tiles between which B can't vary, or varies as noise does."""
    if choices.select is not None:
        return
    size = " ".join(map(str, choices.box_size))
    if len(local.centres) == 1:
        points = " x ".join(map(str, source.values.shape[::-1]))
        yield (
            f"box_size is {size}, and {source.name} has {points} grid points: one tile holds all "
            "of it, so the B factor is the same everywhere; give a smaller box_size"
        )
        return
    radius = choices.smoothing_radius
    if radius is None:
        return
    reach = float(np.linalg.norm(np.ptp(local.centres, axis=0)))
    step = min(
        (edge - choices.target_n_overlap) * voxel
        for edge, voxel in zip(choices.box_size, source.voxel_size, strict=True)
    )
    if radius > reach:
        yield (
            f"smoothing_radius is {radius:g} Å, and the centres of tiles lie at most {reach:.0f} "
            "Å apart: the B factor hardly varies; give a smaller one, or leave it out"
        )
    elif radius < _LEAST_SMOOTHING * step:
        yield (
            f"smoothing_radius is {radius:g} Å, and the centres of tiles lie about {step:.0f} Å "
            "apart: each has its own B factor with all its noise; give a larger one, or leave it "
            "out"
        )


def _molecule(
    source: MapData, options: BFactorOptions
) -> tuple[npt.NDArray[np.bool_] | None, tuple[str, ...]]:
    """Return where the molecule is, and a warning if that can't be found.

    Without it the noise of empty regions would pass for density that falls off slowly.
    """
    try:
        found = measured_solvent(source, options)
    except MapValueError as error:
        return None, (f"local sharpening treats the whole map as molecule: {error}",)
    assert found.is_solvent is not None, "it is measured"
    return ~found.is_solvent, ()
