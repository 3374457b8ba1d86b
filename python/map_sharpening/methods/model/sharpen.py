"""Shell sharpening of one map by a model, global or local."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ModelFileError
from map_sharpening.maps.arrays import Coefficients, FloatArray
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.given import takes_maps
from map_sharpening.maps.grids import (
    as_mask,
    contiguous,
    map_and_halves,
    require_resolution_on_grid,
)
from map_sharpening.maps.map_data import FloatMap, MapData, MapLike
from map_sharpening.methods.model.bulk_solvent import BulkSolvent, fit_bulk_solvent
from map_sharpening.methods.model.measured import Measured, model_result
from map_sharpening.methods.model.options import ModelOptions
from map_sharpening.methods.model.placed import cause_of_misfit, cautions_of_place
from map_sharpening.methods.model.power import (
    POOR_CORRELATION,
    ModelPower,
    ModelSums,
    factors_of,
    model_error_from_halves,
    model_power,
    model_sums,
    signal_share_of_box,
    with_power_of_molecule,
)
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.methods.model.solvent_noise import accuracy_from_solvent, quiet_region
from map_sharpening.methods.model.windows import filter_by_model
from map_sharpening.methods.shared.contour import Contour, recommended_contour, region_by_density
from map_sharpening.methods.shared.option_groups import given_options
from map_sharpening.methods.shared.pair_checks import cautions_of_halves
from map_sharpening.methods.shared.shell_scaling import DEFAULT_RMSD_RESOLUTION_FACTOR, model_error
from map_sharpening.methods.shared.smoothing import smooth_correlation
from map_sharpening.methods.shared.soft_masks import (
    atom_mask,
    masked_coefficients,
    whole_box_taper,
)
from map_sharpening.methods.shared.stages import Stages
from map_sharpening.methods.shared.windows import LocalFilter, require_windows_fit
from map_sharpening.molecule.atoms import Atoms, ModelLike, require_atoms
from map_sharpening.molecule.model_density import power_without_structure
from map_sharpening.molecule.model_map import atoms_in_box, model_coefficients

#: Å, radius and softness of the region that atoms fill and solvent does not.
_ATOM_RADIUS, _ATOM_EDGE = 2.5, 0.7
#: Share of the molecule in the model below which the map shows where the rest is.
_COMPLETE = 0.9
#: Share of the region round the atoms that a mask should cover.
_LEAST_IN_MASK = 0.3
_USUAL_B = 200.0  #: Å²; single precision holds twice as much


@takes_maps("full_map", "half_maps", "mask")
def sharpen_by_model(
    full_map: MapLike | None,
    model: ModelLike,
    options: ModelOptions | None = None,
    *,
    voxel_size: float | tuple[float, float, float] | None = None,
    half_maps: tuple[MapLike, MapLike] | None = None,
    mask: MapLike | Literal[False] | None = None,
    progress: Callable[[str, float], None] | None = None,
    **keywords: Any,
) -> ModelResult:
    """Sharpen a map by the signal that its agreement with a model supports.

    In a soft mask round the atoms the correlation of map and model is measured by shell. A
    perfect map would correlate by ``sqrt(f) exp(-b_eff s² / 4)``, f the model's share of the
    molecule and ``b_eff = 8 pi² rmsd² / 3`` (Luzzati 1952, Acta Cryst. 5, 802); their
    ratio is the map's accuracy C, so that of its power P the share S = C² P is signal and
    N = P - S noise. Half maps, or else the solvent, show how much noise there is at least, and
    C is no higher than that allows. Every coefficient is multiplied by
    ``ideal sqrt(S) / (S + N)``, where the ideal amplitude is the model's with B = 0. S and N
    fall off with direction by one traceless tensor each. Nothing beyond d_min is kept,
    whatever the model.

    Parameters
    ----------
    full_map : MapData, path or array_like, shape (z, y, x), or None
        Map to sharpen; an array needs `voxel_size`. None: the mean of the half maps.
    model : Atoms, or path
        In the map's frame, see `MapPosition.first_point`; with its own B factors or without.
        For a crystal all atoms of the cell, made by its symmetry.
    options : ModelOptions, optional
        By default made of keywords.
    voxel_size : float or (float, float, float), optional
        Grid spacing in Å (x, y, z) of arrays; not for MapData.
    half_maps : two MapData, path or array_like, optional
        Independent half maps: the accuracy is then at most the one that they allow.
    mask : MapData, path or array_like or False, optional
        Where the statistics are taken, values 0 to 1; by default round the atoms. False: the
        whole box.
    progress : callable, optional
        Called as ``progress(stage, done)``, done from 0 to 1.
    **keywords
        Fields of `ModelOptions`; resolution is required.

    Returns
    -------
    ModelResult

    Raises
    ------
    ParameterError
        If a parameter is out of range, or finer than the Nyquist limit.
    ModelFileError
        If the model has no atoms, or none in the map.
    GridMismatchError
        If maps differ in shape, cell or position.
    MapValueError
        If the map is constant, or correlates with the model as noise does.
    """
    options = given_options(ModelOptions, options, keywords)
    source, halves = map_and_halves(full_map, half_maps, voxel_size)
    require_resolution_on_grid(source, options.resolution, periodic=options.wrapping)
    require_windows_fit(source, options)
    model = require_atoms(model)
    if len(model) == 0:
        raise ModelFileError(f"{model.name} holds no atoms; give a model with at least one")
    given: MapData | Literal[False] | None = False
    warnings: list[str] = []
    if mask is not False:
        given, warnings = (None, []) if mask is None else as_mask(mask, source, voxel_size)
    if halves is not None:
        full = None if full_map is None else source
        warnings += cautions_of_halves(full, halves, options.resolution, options.threads)
    stages = Stages(progress)
    run = _Run(source, halves or (), model, options, stages.tell)
    doubts = run.cautions_of_mask(given) if given else []
    warnings += doubts
    try:
        result = run.sharpen(given)
    except MapValueError as error:
        about = "; ".join([str(error), *doubts, *run.doubts_of_place])
        raise MapValueError(f"{source.name} and {model.name}: {about}") from error
    warnings += [*run.doubts_of_place, *_cautions_of_rmsd(options, result.rmsd)]
    every = (*warnings, *result.warnings)
    return replace(result, seconds=stages.finished(), warnings=every)


def _cautions_of_rmsd(options: ModelOptions, found: float) -> Iterator[str]:
    """Yield that a share of the resolution was given although half maps determine the error."""
    factor = options.rmsd_resolution_factor
    assumed = model_error(options.resolution, None, factor)
    if options.rmsd is None and factor != DEFAULT_RMSD_RESOLUTION_FACTOR and found != assumed:
        yield (
            f"rmsd_resolution_factor={factor:g} has no effect in this run: the half maps show "
            f"that the model's error is {found:.2f} Å; to set it, give rmsd={assumed:.2f}"
        )


def _with_moderate_b(model: Atoms) -> Atoms:
    """Subtract from all B factors by how much the lowest exceeds a usual one.

    A B that all atoms share changes no correlation by shell, but one of several hundred, as
    placeholders have it, makes coefficients that single precision can't hold.
    """
    if model.b_factors is None or len(model) == 0:
        return model
    surplus = float(model.b_factors.min()) - _USUAL_B
    return model if surplus <= 0 else replace(model, b_factors=model.b_factors - surplus)


class _Run:
    """The steps of a run on one map."""

    def __init__(
        self,
        source: MapData,
        halves: tuple[MapData, ...],
        model: Atoms,
        options: ModelOptions,
        tell: Callable[[str, float], None],
    ) -> None:
        self._source = source
        self._halves = halves
        self._options = options
        self._tell = tell
        self._model = model = _with_moderate_b(model)
        self._grid = FourierGrid.of_map(source, options.resolution, options.threads)
        self._in_box = model if options.wrapping else atoms_in_box(model, source)
        self.doubts_of_place: list[str] = []

    def sharpen(self, given_mask: MapData | Literal[False] | None) -> ModelResult:
        """Measure signal and noise, make the factors, apply them."""
        self._tell("mask", 0.0)
        if given_mask is False:
            mask = self._whole_box()
        else:
            mask = self._near_atoms if given_mask is None else contiguous(given_mask)
        self._tell("model", 0.2)
        measured = self._measure(mask)
        self._tell("sharpen", 0.7)
        halves = self._halves if self._options.sharpen_half_maps else ()
        sources = (self._source, *halves)
        local_filter = None
        if self._options.local_sharpen:
            made, local_filter = self._sharpened_locally(sources, measured)
        else:
            made = [self._sharpened(source, measured.factors.applied) for source in sources]
        maps = tuple(values for values, _ in made)
        to_output = made[0][1] * self._options.output_scale_factor
        for values in maps:
            values *= np.float32(to_output)
        return model_result(
            self._source,
            maps,
            None if given_mask is False else mask,
            measured,
            to_output,
            self._contour(maps[0], measured.power.fraction_complete),
            options=self._options,
            d_min=self._grid.d_min,
            model=self._model,
            n_atoms_in_box=len(self._in_box),
            local_filter=local_filter,
        )

    def _sharpened_locally(
        self, sources: tuple[MapData, ...], measured: Measured
    ) -> tuple[list[tuple[FloatMap, float]], LocalFilter]:
        """Filter maps by windows near the atoms, elsewhere as suits the mask or the solvent."""
        factors, region = measured.factors, self._near_atoms
        maps = [self._sharpened(source, factors.applied)[0] for source in sources]
        if self._quiet is not None and measured.signal_share_of_box < 1:
            of_box = factors.of_box(measured.signal_share_of_box)
            in_solvent = self._quiet * (1 - region)
            for values, source in zip(maps, sources, strict=True):
                values += in_solvent * (self._sharpened(source, of_box)[0] - values)
            del in_solvent, values
        self._tell("local filter", 0.8)
        found = filter_by_model(tuple(maps), region, measured, self._grid, self._options)
        # The mean goes, and terms that windows put beyond d_min.
        as_it_is, made = _core.ScaleFactors(1 / self._grid.d_min, [1.0, 1.0]), []
        while maps:  # each is replaced by its result
            made.append(self._sharpened(self._source.with_values(maps.pop(0)), as_it_is))
        return made, found

    def _sharpened(self, map_data: MapData, factors: _core.ScaleFactors) -> tuple[FloatMap, float]:
        """Return a map times the factors, and the number that would bring its SD to 1."""
        scaled, variance = self._grid.scaled(
            _core.forward_transform(contiguous(map_data), self._grid.threads), factors
        )
        return self._grid.map_of(scaled), 1 / math.sqrt(variance)

    def _contour(self, values: FloatMap, fraction_complete: float) -> Contour:
        options, region = self._options, self._near_atoms
        if fraction_complete < _COMPLETE:
            rest = region_by_density(
                self._source,
                options.resolution,
                periodic=options.wrapping,
                threads=options.threads,
            )
            region = region if rest is None else np.maximum(region, rest)
        return recommended_contour(values, region, options.resolution, options.threads)

    # The mask

    def cautions_of_mask(self, mask: MapData) -> list[str]:
        """Return a warning of a mask that is elsewhere than the atoms."""
        near = self._near_atoms
        filled = float(near.sum(dtype=np.float64))
        inside = float(np.vdot(contiguous(mask), near)) / filled if filled > 0 else 1.0
        if inside >= _LEAST_IN_MASK * float(mask.values.max()):
            return []
        return [
            f"{mask.name} covers {inside:.0%} of the region round the atoms of "
            f"{self._model.name}: it is not round the molecule, and may be inverted; give a mask "
            "that is 1 where the molecule is, or leave it out"
        ]

    @cached_property
    def _near_atoms(self) -> FloatMap:
        resolution = self._options.resolution
        return self._round_atoms(self._options.mask_atoms_atom_radius + resolution, resolution)

    def _round_atoms(self, radius: float, edge: float) -> FloatMap:
        periodic, threads = self._options.wrapping, self._options.threads
        return atom_mask(
            self._source, self._model, radius, edge, periodic=periodic, threads=threads
        )

    @cached_property
    def _quiet(self) -> FloatMap | None:
        options = self._options
        return quiet_region(
            self._source,
            self._near_atoms,
            options.resolution,
            periodic=options.wrapping,
            threads=options.threads,
        )

    def _whole_box(self) -> FloatMap:
        if self._options.wrapping:
            return np.ones(self._grid.shape, dtype=np.float32)
        return whole_box_taper(self._source, self._options.resolution, self._grid.threads)

    # Statistics

    def _measure(self, mask: FloatMap) -> Measured:
        options, grid = self._options, self._grid
        squares = np.square(mask, dtype=np.float32)
        mean_square = float(squares.mean(dtype=np.float64))
        mean_fourth = float(np.square(squares).mean(dtype=np.float64))
        independent = mean_square**2 / mean_fourth
        observed = masked_coefficients(self._source, mask, "solvent", options.threads)
        own, ideal = self._atoms_and_ideal()
        n_shells = options.n_bins or grid.n_shells

        atoms, solvent = self._in_solvent(own, observed, n_shells, independent)

        def sums(of_model: Coefficients, by_direction: bool) -> ModelSums:
            return model_sums(observed, of_model, grid, n_shells, independent, by_direction)

        measured = sums(atoms, options.anisotropic)
        self._look_for_doubts(measured, own)
        ideal_sums = sums(ideal, False)
        highest = self._accuracy_of_halves(mask, n_shells, independent)
        error = self._model_error(measured, highest)
        if highest is None and self._quiet is not None:
            highest = self._accuracy_of_solvent(self._quiet, measured, mean_square)
        power = model_power(measured, error, options.fraction_complete, highest)
        share, coherence = 1.0, None
        if options.local_sharpen:
            # In a window B factors differ less.
            share = self._signal_share_of_box(power, measured, mean_square)
        elif self._model.b_factors is not None:
            of_model = model_sums(own, ideal, grid, n_shells, 1.0, False)
            coherence = smooth_correlation(of_model.correlation, of_model.n_independent)
        unstructured = power_without_structure(
            self._in_box, ideal_sums.s, grid.shape, self._source.box
        )
        ideal_sums = with_power_of_molecule(ideal_sums, power, unstructured)
        factors = factors_of(power, measured, ideal_sums, grid.d_min, coherence)
        overall = grid.wilson_fit(observed, grid.d_min)
        return Measured(
            measured,
            ideal_sums,
            power,
            solvent,
            ideal,
            factors,
            mean_square,
            error,
            overall,
            share,
        )

    def _accuracy_of_solvent(
        self, quiet: FloatMap, measured: ModelSums, mean_square: float
    ) -> FloatArray | None:
        return accuracy_from_solvent(
            self._source,
            quiet,
            measured.power_1 / mean_square,
            measured,
            self._grid,
            self._options.resolution,
            periodic=self._options.wrapping,
        )

    def _in_solvent(
        self, own: Coefficients, observed: Coefficients, n_shells: int, independent: float
    ) -> tuple[Coefficients, BulkSolvent]:
        """Return the model less what solvent adds to it, and the solvent."""
        options, grid = self._options, self._grid
        solvent = BulkSolvent(options.k_sol or 0.0, options.b_sol if options.k_sol else 0.0)
        if options.k_sol == 0:
            return own, solvent
        filled = self._round_atoms(_ATOM_RADIUS, _ATOM_EDGE)
        region = _core.forward_transform(filled, options.threads)
        if options.k_sol is None:
            width = 1 / grid.d_min / n_shells
            solvent = fit_bulk_solvent(observed, own, region, grid, width, independent)
        return solvent.subtracted(own, region, grid), solvent

    def _look_for_doubts(self, measured: ModelSums, own: Coefficients) -> None:
        """Find what the correlation says against the place of the model."""
        options = self._options
        is_poor = measured.mean_correlation(options.resolution) < POOR_CORRELATION
        place = (self._source, own, self._model.name, options.resolution, options.threads)
        cause = cause_of_misfit(*place) if is_poor else None
        # Where a mirror image would fit tells nothing.
        self.doubts_of_place = [cause] if cause else cautions_of_place(*place)

    def _signal_share_of_box(
        self, power: ModelPower, sums: ModelSums, mean_square: float
    ) -> float:
        grid = self._grid
        box = _core.forward_transform(contiguous(self._source), grid.threads)
        of_box = grid.power_sums(box, box, sums.width, len(sums.s))
        with np.errstate(divide="ignore", invalid="ignore"):
            # Per unit mask power, as signal and noise are.
            box_power = np.nan_to_num(of_box.auto_1 / of_box.n_terms) * mean_square
        return signal_share_of_box(power, sums, box_power, mean_square)

    def _model_error(self, sums: ModelSums, accuracy: FloatArray | None) -> float:
        options = self._options
        if options.rmsd is None and accuracy is not None:
            found = model_error_from_halves(sums, accuracy)
            if found is not None:
                return found
        return model_error(options.resolution, options.rmsd, options.rmsd_resolution_factor)

    def _atoms_and_ideal(self) -> tuple[Coefficients, Coefficients]:
        """Return the model with its own B factors, where it has any, and with B = 0."""
        options = self._options

        def made(b_iso: float | None) -> Coefficients:
            return model_coefficients(
                self._source,
                self._model,
                b_iso=b_iso,
                d_min=self._grid.d_min,
                periodic=options.wrapping,
                threads=options.threads,
            )

        ideal = made(0.0)
        return (ideal if self._model.b_factors is None else made(None)), ideal

    def _accuracy_of_halves(
        self, mask: FloatMap, n_shells: int, independent: float
    ) -> FloatArray | None:
        if not self._halves:
            return None
        half_1, half_2 = (
            masked_coefficients(half, mask, "solvent", self._options.threads)
            for half in self._halves
        )
        sums = model_sums(half_1, half_2, self._grid, n_shells, independent, False)
        fsc = np.clip(smooth_correlation(sums.correlation, sums.n_independent), 0, 1)
        accuracy: FloatArray = _core.c_ref(fsc)
        return accuracy
