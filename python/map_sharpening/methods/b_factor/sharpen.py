"""B-factor sharpening of one map: the B that makes it most detailed and connected."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.grids import (
    as_map,
    mean_of_half_maps,
    require_resolution_on_grid,
    require_same_grid,
)
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.local import LocalInputs
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.b_factor.shells import ScaleInputs, methods_to_try
from map_sharpening.methods.b_factor.steps import BFactorRun
from map_sharpening.methods.b_factor.tiles import TrialMapSource
from map_sharpening.methods.shared.shell_scaling import (
    DEFAULT_CC_CUT,
    DEFAULT_MAX_CC_FOR_RESCALE,
    DEFAULT_RMSD_RESOLUTION_FACTOR,
    DEFAULT_SCALE_USING_LAST,
)
from map_sharpening.methods.shared.soft_masks import OutsideValue
from map_sharpening.methods.shared.stages import Stages
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.composition import Chain
from map_sharpening.molecule.ncs import NcsGroup

_COARSEST_D_CUT = 100.0  #: Å


def sharpen_by_b_factor(
    full_map: MapData | npt.ArrayLike | None = None,
    *,
    resolution: float,
    voxel_size: float | tuple[float, float, float] | None = None,
    half_maps: tuple[MapData | npt.ArrayLike, MapData | npt.ArrayLike] | None = None,
    model: Atoms | None = None,
    external_map: MapData | npt.ArrayLike | None = None,
    methods: str | Sequence[str] | None = None,
    # What is applied
    b_iso: float | None = None,
    b_sharpen: float | None = None,
    resolution_dependent_b: tuple[float, float, float] | None = None,
    b_blur_hires: float | None = 200.0,
    k_sharpen: float | None = 10.0,
    d_cut: float | None = None,
    d_min_ratio: float = 0.833,
    remove_aniso: bool = True,
    symmetry: Sequence[npt.ArrayLike] | None = None,
    normalize_amplitudes_in_resdep: bool = False,
    n_bins: int = 20,
    target_b_iso_ratio: float = 5.9,
    # Scales by shell from half maps or a model
    cc_cut: float = DEFAULT_CC_CUT,
    max_cc_for_rescale: float = DEFAULT_MAX_CC_FOR_RESCALE,
    scale_using_last: int = DEFAULT_SCALE_USING_LAST,
    ideal_curve: str = "protein",
    rmsd: float | None = None,
    rmsd_resolution_factor: float = DEFAULT_RMSD_RESOLUTION_FACTOR,
    fraction_complete: float | None = None,
    target_b_iso_model_scale: float = 0.0,
    mask_atoms: bool = True,
    mask_atoms_atom_radius: float = 3.0,
    value_outside_atoms: OutsideValue = "solvent",
    # The search
    auto_sharpen: bool = True,
    search_b_min: float = -100.0,
    search_b_max: float = 300.0,
    search_b_n: int = 21,
    optimize_d_cut: bool = False,
    optimize_b_blur_hires: bool = False,
    eps: float | None = None,
    iterate: bool = False,
    # The score
    residual_target: str = "skewness",
    sharpening_target: str = "skewness",
    fraction_occupied: float = 0.20,
    sa_percent: float = 30.0,
    max_regions_to_test: int = 30,
    region_weight: float | None = None,
    adjust_region_weight: bool = True,
    region_weight_method: str = "delta_ratio",
    region_weight_factor: float = 1.0,
    region_weight_buffer: float = 0.1,
    signal_min: float = 3.0,
    require_improvement: bool = True,
    discard_if_worse: bool = False,
    # Where it is scored
    density_select_in_auto_sharpen: bool = False,
    density_select_threshold_in_auto_sharpen: float = 0.05,
    density_select_max_box_fraction: float = 0.95,
    box_in_auto_sharpen: bool = False,
    box_center: tuple[float, float, float] | None = None,
    box_size: tuple[int, int, int] = (30, 30, 30),
    use_weak_density: bool = False,
    soft_mask: bool = True,
    restrict_map_size: bool | None = None,
    max_box_fraction: float = 0.5,
    allow_box_if_b_iso_set: bool = False,
    # Local sharpening
    local_sharpening: bool = False,
    local_aniso_in_local_sharpening: bool = False,
    overall_before_local: bool = True,
    target_n_overlap: int = 10,
    smoothing_radius: float | None = None,
    select_sharpened_map: int | None = None,
    ncs: Sequence[NcsGroup] = (),
    trial_maps: TrialMapSource | None = None,
    # The sample
    solvent_content: float | None = None,
    molecular_mass: float | None = None,
    chains: Sequence[Chain] | None = None,
    ncs_copies: int | None = None,
    asymmetric_units: int = 1,
    solvent_content_iterations: int = 3,
    wang_radius: float | None = None,
    buffer_radius: float | None = None,
    wrapping: bool = False,
    # The run
    output_scale_factor: float = 1.0,
    threads: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> BFactorResult:
    """Sharpen or blur one map by the B factor at which it scores highest, or by a given one.

    The score is the skewness of the density in the molecule, m3 / m2^1.5 (as a measure of map
    quality: Terwilliger et al. 2009, Acta Cryst. D65, 582): peaks raise it, and noise, being
    symmetric, lowers it. Or the adjusted surface area, the surface of the regions above a
    contour level over their volume less a weight times the number of regions (Terwilliger et
    al. 2018, Acta Cryst. D74, 545), or the kurtosis of the whole map.

    The map's own fall-off and anisotropy are measured by a Wilson fit of the whole map. With
    b_iso_to_d_cut data beyond d_cut are blurred, from d_cut on:
    ``exp(t b_sharpen - (t - t_cut) b_blur_hires (1 - w))``, t = s²/4.

    Parameters
    ----------
    full_map : MapData or array_like, shape (z, y, x), optional
        The map; by default the mean of the half maps. Arrays need `voxel_size`.
    resolution : float
        Nominal resolution in Å. Terms finer than `d_min_ratio` of it are left out.
    voxel_size : float or (float, float, float), optional
        Grid spacing in Å (x, y, z) of an array.
    half_maps : pair of MapData or array_like, optional
        Independent half maps on the same grid, for half_map_sharpening.
    model : Atoms, optional
        In the map's frame, for model_sharpening.
    external_map : MapData or array_like, optional
        On the same grid, for external_map_sharpening.
    methods : str or sequence of str, optional
        no_sharpening, b_iso, b_iso_to_d_cut, resolution_dependent, target_b_iso_to_d_cut,
        half_map_sharpening, model_sharpening: all are tried, the first with the highest score
        is taken; those without their input are left out. external_map_sharpening must be the
        only one. By default half_map_sharpening, model_sharpening or external_map_sharpening
        if there is its input (in this order), otherwise b_iso_to_d_cut.
    b_iso, b_sharpen, resolution_dependent_b : optional
        Given values, applied without a search: the fall-off wanted (Å²), the B factor applied
        (Å², positive sharpens), or the natural logarithms of the factor at three places.
    b_blur_hires : float or None
        Å², blur beyond d_cut; None leaves those data as they are when sharpening.
    k_sharpen : float or None
        Steepness in 1/Å of the change at d_cut; 0 or None treats all data alike.
    d_cut : float, optional
        Å; by default the resolution.
    d_min_ratio : float
        Share of the resolution to which data are kept.
    remove_aniso : bool
        Take the anisotropy off first.
    symmetry : sequence of array_like, shape (3, 3), optional
        Cartesian rotations of the point group of a crystal, which the B tensor must obey.
    normalize_amplitudes_in_resdep : bool
        Divide by the rms amplitude of shells before a resolution-dependent factor.
    n_bins : int
        Number of shells, of equal volume, of such amplitudes and of scales by shell.
    target_b_iso_ratio : float
        target_b_iso_to_d_cut takes b_iso as this times resolution².
    cc_cut, max_cc_for_rescale, scale_using_last
        How the correlation of half maps or of map and model is mended, see `TailOptions`.
    ideal_curve : str
        protein, nucleic_acid or beta_galactosidase: fall-off that half maps are brought to.
    rmsd, rmsd_resolution_factor, fraction_complete
        Error of the model in Å, by default a share of the resolution; share of the molecule
        that it is, by default from the correlation. See `model_scale`.
    target_b_iso_model_scale : float
        B of the model's atoms as a share of target_b_iso_ratio times resolution².
    mask_atoms, mask_atoms_atom_radius, value_outside_atoms
        Compare map and model within this radius (Å, plus the resolution) of the atoms; what
        the map fades to outside: solvent (its mean there), mean (the mean inside) or zero.
    auto_sharpen : bool
        False: search nothing; apply what is given or leave the map unsharpened.
    search_b_min, search_b_max, search_b_n
        The values of b_iso tried, Å²; the range is widened to include the map's own. The
        skewness, a smooth curve, is followed to its summit between them.
    optimize_d_cut, optimize_b_blur_hires : bool
        From the best trial of b_iso_to_d_cut (or b_iso, which has only b_iso to refine) go on
        by ever smaller steps along d_cut (0.833 to 1.3 times the resolution), b_blur_hires
        (0 to 500 Å²; from 200 where it is None) and b_iso.
    eps : float, optional
        First step of the resolution-dependent search; by default 1.
    iterate : bool
        Search a second time, on the same map, with the solvent content of the map sharpened.
    residual_target, sharpening_target : str
        What each search maximises, and what decides between methods and whether the map is
        sharpened at all: skewness, adjusted_sa or kurtosis.
    fraction_occupied, sa_percent, max_regions_to_test
        Share of the molecule's volume above the contour level; how much of that, and of how
        many regions, the surface is counted.
    region_weight : float, optional
        By default from three trials, by `region_weight_method` (delta_ratio, initial_ratio;
        b_iso: no search, target_b_iso_ratio instead), times `region_weight_factor`, kept
        `region_weight_buffer` of their distance away from its bounds. 40 without a search or
        without `adjust_region_weight`.
    signal_min : float
        Signal to noise of the scan's scores below which it counts only if no other method
        than no_sharpening is tried.
    require_improvement : bool
        Leave the map unsharpened if no trial of a search scores higher than that; with
        skewness also where half maps or a model do not raise it.
    discard_if_worse : bool
        The same for values given and for a lower score, cut at the same resolution.
    density_select_in_auto_sharpen : bool
        Score only a box where the density is high: `density_box` with
        `density_select_threshold_in_auto_sharpen`; the whole map if the box would hold more
        than `density_select_max_box_fraction` of it.
    box_in_auto_sharpen : bool
        Score only a box of `box_size` (grid points x, y, z) round `box_center` (Å, in the
        frame of a model) or a representative region of density, a smaller one with
        `use_weak_density`; widened by a margin for `soft_mask`; kept inside the map with
        `restrict_map_size` (default: unless wrapping); the whole map if it would hold more
        than `max_box_fraction`. The solvent content is that of the box. `soft_mask` also
        gives masks of half maps (otherwise none) and atoms (otherwise sharp) a soft edge.
    allow_box_if_b_iso_set : bool
        Keep the box where a B factor is given.
    local_sharpening : bool
        Sharpen each place by a B factor of its own, from overlapping tiles of `box_size` that
        share `target_n_overlap` grid points; see `local_b_factor.sharpen_locally`. Local B
        factors are sought about that of the whole map with `overall_before_local`, else about
        that of the trial whose map scores highest; they vary over `smoothing_radius` (Å).
    local_aniso_in_local_sharpening : bool
        Take anisotropy off place by place too.
    select_sharpened_map : int, optional
        Use one trial map alone, by its number from 1.
    ncs : sequence of NcsGroup
        Copies of the molecule, whose tiles are judged together.
    trial_maps : callable, optional
        Keeps the maps that the local map is blended from, see `TrialMapSource`.
    solvent_content : float, optional
        Share of the map without molecule (percent if above 1); by default from
        `molecular_mass` (Da), else from `chains` with `ncs_copies` and `asymmetric_units`
        (see `composition_of`), else from the map by `solvent_content_iterations` and
        `wang_radius` (see `solvent_fraction_from_map`).
    buffer_radius : float, optional
        Å, by which the mask of half maps is widened; see `half_map_mask`.
    wrapping : bool
        The map fills a unit cell: regions go on across its faces.
    output_scale_factor : float
        Standard deviation of the sharpened map; its mean is 0.
    threads : int
        0 means all. The result does not depend on it.
    progress : callable, optional
        Called as ``progress(stage, done)``, done from 0 to 1.

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
    inputs = _scale_inputs(half_maps, model, external_map, voxel_size)
    source = _source(full_map, inputs, voxel_size)
    is_given = any(value is not None for value in (b_iso, b_sharpen, resolution_dependent_b))
    to_try, warnings = methods_to_try(methods, inputs, is_given=is_given)
    options = BFactorOptions(
        resolution=resolution,
        methods=to_try,
        b_iso=b_iso,
        b_sharpen=b_sharpen,
        resolution_dependent_b=resolution_dependent_b,
        b_blur_hires=b_blur_hires,
        k_sharpen=k_sharpen,
        d_cut=d_cut,
        d_min_ratio=d_min_ratio,
        remove_aniso=remove_aniso,
        normalize_amplitudes_in_resdep=normalize_amplitudes_in_resdep,
        n_bins=n_bins,
        target_b_iso_ratio=target_b_iso_ratio,
        cc_cut=cc_cut,
        max_cc_for_rescale=max_cc_for_rescale,
        scale_using_last=scale_using_last,
        ideal_curve=ideal_curve,
        rmsd=rmsd,
        rmsd_resolution_factor=rmsd_resolution_factor,
        fraction_complete=fraction_complete,
        target_b_iso_model_scale=target_b_iso_model_scale,
        mask_atoms=mask_atoms,
        mask_atoms_atom_radius=mask_atoms_atom_radius,
        value_outside_atoms=value_outside_atoms,
        auto_sharpen=auto_sharpen,
        search_b_min=search_b_min,
        search_b_max=search_b_max,
        search_b_n=search_b_n,
        optimize_d_cut=optimize_d_cut,
        optimize_b_blur_hires=optimize_b_blur_hires,
        eps=eps,
        iterate=iterate,
        residual_target=residual_target,
        sharpening_target=sharpening_target,
        fraction_occupied=fraction_occupied,
        sa_percent=sa_percent,
        max_regions_to_test=max_regions_to_test,
        region_weight=region_weight,
        adjust_region_weight=adjust_region_weight,
        region_weight_method=region_weight_method,
        region_weight_factor=region_weight_factor,
        region_weight_buffer=region_weight_buffer,
        signal_min=signal_min,
        require_improvement=require_improvement,
        discard_if_worse=discard_if_worse,
        density_select_in_auto_sharpen=density_select_in_auto_sharpen,
        density_select_threshold_in_auto_sharpen=density_select_threshold_in_auto_sharpen,
        density_select_max_box_fraction=density_select_max_box_fraction,
        box_in_auto_sharpen=box_in_auto_sharpen,
        box_center=box_center,
        box_size=box_size,
        use_weak_density=use_weak_density,
        soft_mask=soft_mask,
        restrict_map_size=restrict_map_size,
        max_box_fraction=max_box_fraction,
        allow_box_if_b_iso_set=allow_box_if_b_iso_set,
        local_sharpening=local_sharpening,
        local_aniso_in_local_sharpening=local_aniso_in_local_sharpening,
        overall_before_local=overall_before_local,
        target_n_overlap=target_n_overlap,
        smoothing_radius=smoothing_radius,
        select_sharpened_map=select_sharpened_map,
        solvent_content=solvent_content,
        molecular_mass=molecular_mass,
        ncs_copies=ncs_copies,
        asymmetric_units=asymmetric_units,
        solvent_content_iterations=solvent_content_iterations,
        wang_radius=wang_radius,
        buffer_radius=buffer_radius,
        wrapping=wrapping,
        output_scale_factor=output_scale_factor,
        threads=threads,
    )
    _require_usable(source, options)
    inputs.require_grid_of(source)
    stages = Stages(progress)
    try:
        result = BFactorRun(
            source, inputs, LocalInputs(tuple(ncs), trial_maps), options, chains, symmetry, stages
        ).result()
    except _core.UnusableDataError as error:
        # The core knows the map by its role only.
        raise MapValueError(f"{source.name}: {error}") from error
    return replace(result, seconds=stages.finished(), warnings=(*warnings, *result.warnings))


def _scale_inputs(
    half_maps: tuple[MapData | npt.ArrayLike, MapData | npt.ArrayLike] | None,
    model: Atoms | None,
    external_map: MapData | npt.ArrayLike | None,
    voxel_size: float | tuple[float, float, float] | None,
) -> ScaleInputs:
    halves = external = None
    if half_maps is not None:
        if len(half_maps) != 2:
            raise ParameterError(f"half_maps has {len(half_maps)} maps; expected two")
        first, second = half_maps
        halves = (as_map(first, voxel_size, "half_1"), as_map(second, voxel_size, "half_2"))
        require_same_grid(*halves)
    if external_map is not None:
        external = as_map(external_map, voxel_size, "external_map")
    return ScaleInputs(halves, model, external)


def _source(
    full_map: MapData | npt.ArrayLike | None,
    inputs: ScaleInputs,
    voxel_size: float | tuple[float, float, float] | None,
) -> MapData:
    if full_map is not None:
        return as_map(full_map, voxel_size, "full_map")
    if inputs.half_maps is None:
        raise ParameterError("there is no map to sharpen; give full_map or half_maps")
    return mean_of_half_maps(*inputs.half_maps)


def _require_usable(source: MapData, options: BFactorOptions) -> None:
    require_resolution_on_grid(source, options.resolution, periodic=options.wrapping)
    d_cut = options.d_cut
    if d_cut is not None and not source.nyquist <= d_cut <= _COARSEST_D_CUT:
        raise ParameterError(
            f"d_cut is {d_cut:g} Å; expected {source.nyquist:.2f} (twice the voxel size of "
            f"{source.name}) to {_COARSEST_D_CUT:g} Å"
        )
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
