"""B-factor sharpening of one map: the B that makes it most detailed and connected."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.given import takes_maps
from map_sharpening.maps.grids import as_map, map_and_halves, require_resolution_on_grid
from map_sharpening.maps.map_data import FloatMap, MapData, MapLike
from map_sharpening.methods.b_factor.idle import (
    changed_options,
    idle_unless_local,
    lost_where_nothing_varies,
    warnings_of_idle,
)
from map_sharpening.methods.b_factor.local import LocalInputs, local_options
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.b_factor.shells import ScaleInputs, usable_methods
from map_sharpening.methods.b_factor.steps import BFactorRun
from map_sharpening.methods.b_factor.tiles import TrialMapSource
from map_sharpening.methods.b_factor.volume.cut_out_box import require_centre_inside
from map_sharpening.methods.b_factor.volume.margins import without_step_at_margin
from map_sharpening.methods.shared.contrast import INVERTED, UNSURE, Contrast, contrast_of
from map_sharpening.methods.shared.option_groups import all_of_kind, given_options
from map_sharpening.methods.shared.pair_checks import cautions_of_halves
from map_sharpening.methods.shared.stages import Stages
from map_sharpening.molecule.atoms import ModelLike, require_atoms
from map_sharpening.molecule.composition import Chain
from map_sharpening.molecule.ncs import NcsGroup

_COARSEST_D_CUT = 100.0  #: Å


@takes_maps("full_map", "half_maps", "external_map")
def sharpen_by_b_factor(
    full_map: MapLike | None = None,
    options: BFactorOptions | None = None,
    *,
    voxel_size: float | tuple[float, float, float] | None = None,
    half_maps: tuple[MapLike, MapLike] | None = None,
    model: ModelLike | None = None,
    external_map: MapLike | None = None,
    symmetry: Sequence[npt.ArrayLike] | None = None,
    ncs: Sequence[NcsGroup] = (),
    chains: Sequence[Chain] | None = None,
    trial_maps: TrialMapSource | None = None,
    progress: Callable[[str, float], None] | None = None,
    **keywords: Any,
) -> BFactorResult:
    """Sharpen or blur one map by the B factor at which it scores highest, or by a given one.

    The score is the skewness of the density in the molecule, m3 / m2^1.5 (as a measure of map
    quality: Terwilliger et al. 2009, Acta Cryst. D65, 582): peaks raise it, and noise, being
    symmetric, lowers it. Or the adjusted surface area, the surface of the regions above a
    contour level over their volume less a weight times the number of regions (Terwilliger et
    al. 2018, Acta Cryst. D74, 545), or the kurtosis of the whole map.

    A map whose molecule clearly lies below its solvent is sharpened as its negative would be.

    The map's own fall-off and anisotropy are measured by a Wilson fit of the whole map. With
    b_iso_to_d_cut data beyond d_cut are blurred, from d_cut on:
    ``exp(t b_sharpen - (t - t_cut) b_blur_hires (1 - w))``, t = s²/4.

    Parameters
    ----------
    full_map : MapData, path or array_like, shape (z, y, x), optional
        The map; by default the mean of the half maps. Arrays need `voxel_size`.
    options : BFactorOptions, optional
        By default made of keywords.
    voxel_size : float or (float, float, float), optional
        Grid spacing in Å (x, y, z) of an array.
    half_maps : pair of MapData, path or array_like, optional
        Independent half maps on the same grid, for half_map_sharpening.
    model : Atoms, or path, optional
        In the map's frame, for model_sharpening.
    external_map : MapData, path or array_like, optional
        On the same grid, for external_map_sharpening.
    symmetry : sequence of array_like, shape (3, 3), optional
        Cartesian rotations of the point group of a crystal, which the B tensor must obey.
    ncs : sequence of NcsGroup
        Copies of the molecule, whose tiles are judged together; `read_ncs` reads them.
    chains : sequence of Chain, optional
        What the molecule is made of, for the solvent content.
    trial_maps : callable, optional
        Keeps the maps that the local map is blended from, see `TrialMapSource`.
    progress : callable, optional
        Called as ``progress(stage, done)``, done from 0 to 1.
    **keywords
        Fields of `BFactorOptions` and of its groups by their names; resolution is required.
        A warning names any that has no effect beside the others, and what would give it one.
        The same holds for `options` that differ from their defaults.

    Returns
    -------
    BFactorResult

    Raises
    ------
    ParameterError
        If a parameter is out of range or contradicts another one.
    GridMismatchError
        If maps differ in shape, cell or position.
    MapValueError
        If the map is constant or can't be scored.
    """
    options = given_options(BFactorOptions, options, keywords)
    maps: dict[str, Any] = {"half_maps": half_maps, "model": model, "external_map": external_map}
    molecule: dict[str, Any] = {"ncs": ncs, "chains": chains}
    result = sharpen_with_options(
        full_map,
        options,
        voxel_size=voxel_size,
        symmetry=symmetry,
        trial_maps=trial_maps,
        progress=progress,
        **maps,
        **molecule,
    )
    names = tuple(keywords) or changed_options(options)
    given = {"full_map": full_map, **maps}
    arguments = [name for name, value in given.items() if value is not None]
    arguments += [name for name, value in molecule.items() if value]
    idle = warnings_of_idle(result.options, names, arguments)
    local = idle_unless_local(result.options, names, arguments) if result.why_not_local else ()
    lost = lost_where_nothing_varies(local, result.why_not_local)
    return replace(result, warnings=(*result.warnings, *idle, *lost))


def sharpen_with_options(
    full_map: MapLike | None,
    options: BFactorOptions,
    *,
    voxel_size: float | tuple[float, float, float] | None = None,
    half_maps: tuple[MapLike, MapLike] | None,
    model: ModelLike | None,
    external_map: MapLike | None,
    symmetry: Sequence[npt.ArrayLike] | None,
    ncs: Sequence[NcsGroup],
    chains: Sequence[Chain] | None,
    trial_maps: TrialMapSource | None,
    progress: Callable[[str, float], None] | None,
) -> BFactorResult:
    """Do what `sharpen_by_b_factor` does, with no word on options that have no effect."""
    ncs = all_of_kind("ncs", ncs, NcsGroup)
    chains = None if chains is None else all_of_kind("chains", chains, Chain)
    if trial_maps is not None and not callable(trial_maps):
        raise ParameterError(f"trial_maps is {trial_maps!r:.60}; expected a function, or None")
    source, halves = map_and_halves(full_map, half_maps, voxel_size)
    inputs = ScaleInputs(
        halves,
        None if model is None else require_atoms(model),
        None if external_map is None else as_map(external_map, voxel_size, "external_map"),
    )
    methods, warnings = usable_methods(options, inputs)
    options = replace(options, methods=methods)
    _require_usable(source, options)
    inputs.require_grid_of(source)
    if halves is not None:
        full = None if full_map is None else source
        doubts = cautions_of_halves(full, halves, options.resolution, options.threads)
        warnings = (*doubts, *warnings)
    if options.is_search and not options.wrapping:
        source, cautions = without_step_at_margin(source)
        warnings = (*cautions, *warnings)
    stages = Stages(progress)
    local = LocalInputs(ncs, trial_maps)
    # Scores, masks and models assume molecules above their solvent.
    contrast = contrast_of(
        source, options.resolution, periodic=options.wrapping, threads=options.threads
    )
    is_turned = contrast is Contrast.INVERTED
    if contrast is Contrast.UNSURE:
        warnings = (*warnings, UNSURE)
    if is_turned:
        source, inputs, local = _turned(source), _turned_inputs(inputs), _turned_trials(local)
    try:
        result = BFactorRun(source, inputs, local, options, chains, symmetry, stages).result()
    except _core.UnusableDataError as error:
        # The core knows only the map's role, not its name.
        raise MapValueError(f"{source.name}: {error}") from error
    if is_turned:
        result = _turned_back(result)
    return replace(result, seconds=stages.finished(), warnings=(*warnings, *result.warnings))


def _turned(map_data: MapData) -> MapData:
    """Return a map upside down."""
    values: FloatMap = np.negative(map_data.values)
    return map_data.with_values(values)


def _turned_inputs(inputs: ScaleInputs) -> ScaleInputs:
    """Return half maps upside down; an external map stays, as only its amplitudes count."""
    if inputs.half_maps is None:
        return inputs
    first, second = inputs.half_maps
    return replace(inputs, half_maps=(_turned(first), _turned(second)))


def _turned_trials(local: LocalInputs) -> LocalInputs:
    """Return trial maps that are stored with the sign of the map that was given."""
    keep = local.trial_maps
    if keep is None:
        return local

    def kept(index: int, b_sharpen: float, make: Callable[[], FloatMap]) -> FloatMap:
        values: FloatMap = np.negative(keep(index, b_sharpen, lambda: np.negative(make())))
        return values

    return replace(local, trial_maps=kept)


def _turned_back(result: BFactorResult) -> BFactorResult:
    return replace(
        result,
        sharpened=_turned(result.sharpened),
        contour_level=-result.contour_level,
        warnings=(INVERTED, *result.warnings),
    )


def _require_usable(source: MapData, options: BFactorOptions) -> None:
    require_options_fit(source, options)
    lowest, highest = float(source.values.min()), float(source.values.max())
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        raise MapValueError(
            f"{source.name} holds values that are not finite; give a map with a number at each "
            "grid point"
        )
    if not lowest < highest:
        raise MapValueError(
            f"{source.name} is {lowest:g} everywhere; give a map with density in it"
        )


def require_options_fit(source: MapData, options: BFactorOptions) -> None:
    """Check the options that depend on the map's grid, without its values.

    Raises
    ------
    ParameterError
        If one does not fit the map.
    """
    require_resolution_on_grid(source, options.resolution, periodic=options.wrapping)
    local_options(options)
    d_cut = options.applied.d_cut
    if d_cut is not None and not source.nyquist <= d_cut <= _COARSEST_D_CUT:
        raise ParameterError(
            f"d_cut is {d_cut:g} Å; expected {source.nyquist:.2f} (twice the voxel size of "
            f"{source.name}) to {_COARSEST_D_CUT:g} Å"
        )
    select = options.local.select_sharpened_map
    most = max(options.search.search_b_n, 2) + 1  # the map's own B among them
    if options.local.local_sharpening and select is not None and select > most:
        raise ParameterError(
            f"select_sharpened_map is {select}; expected a number from 1 to {most}"
        )
    centre = options.volume.box_center
    if centre is not None and options.volume.box_in_auto_sharpen and not options.wrapping:
        require_centre_inside(source, centre)
