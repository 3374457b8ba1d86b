"""A run on one map and its model: shell sharpening, global or local."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from map_sharpening.errors import ParameterError
from map_sharpening.io import curves, viewers
from map_sharpening.maps.grids import finest_spacing
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.model.options import ModelOptions
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.methods.model.sharpen import sharpen_by_model
from map_sharpening.methods.shared.windows import require_windows_fit
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.parameters.reading import ShellOutputNames, mask_choice, output_names
from map_sharpening.phil import AUTO, Fetched, Values
from map_sharpening.progress import Progress
from map_sharpening.runs.inputs import (
    BASE_BYTES,
    MapReader,
    cautions_of_labels,
    require_memory,
)
from map_sharpening.runs.map_inputs import (
    MapInputs,
    read_map_inputs,
    read_placed_model,
    with_what_was_found,
)
from map_sharpening.runs.options import options_by_shells
from map_sharpening.runs.outputs import (
    cautions_of_names,
    coefficients_output,
    half_map_outputs,
    is_same_place,
    map_labels,
    mask_output,
    notes_on_moved,
    one_map_views,
)
from map_sharpening.runs.plan import OneMapPlan, distinct
from map_sharpening.runs.wanted_output import WantedOutput, map_output, text_output

#: Arrays of the map's size that a run holds at once, float32, mapped inputs not counted.
_ARRAYS_AT_ONCE = 11


@dataclass(frozen=True)
class ModelPlan(OneMapPlan[ModelResult]):
    """A map and its model opened and checked, outputs named."""

    names: ShellOutputNames
    model: Atoms = field(repr=False)
    model_file: Path
    mask: MapData | Literal[False] | None  #: None: round the atoms
    mask_file: Path | None
    options: ModelOptions

    @property
    def input_lines(self) -> tuple[tuple[str, Path], ...]:
        """All files that are read, with headings for a person."""
        return (
            *self.maps.files,
            ("Model", self.model_file),
            *([("Mask", self.mask_file)] if self.mask_file else []),
        )

    def sharpen(self, progress: Progress, temporary_path: Callable[[Path], Path]) -> ModelResult:
        """Sharpen the full map, or the mean of the half maps."""
        result = sharpen_by_model(
            self.maps.full_map,
            self.model,
            self.options,
            half_maps=self.maps.half_maps,
            mask=self.mask,
            progress=lambda stage, done: progress.stage("sharpen", round(100 * done), 100, stage),
        )
        if self.maps.coefficients is not None:
            result = _within_data(result, self.maps.coefficients.d_min)
        shells = result.shells
        progress.curve("correlation", shells.s.tolist(), shells.correlation.tolist())
        return result

    def own_outputs(self) -> Iterator[WantedOutput[ModelResult]]:
        """Yield maps, coefficients and curves."""
        names, source = self.names, self.source

        def labels(result: ModelResult) -> list[str]:
            return map_labels(_what_was_done(result), wrapping=self.maps.wrapping)

        yield map_output(names.sharpened_map, source, lambda result: result.sharpened, labels)
        if self.maps.half_maps is not None and self.options.sharpen_half_maps:
            yield from half_map_outputs(names, source, labels)
        yield coefficients_output(
            names.sharpened_map_coeffs,
            source,
            finest_spacing(source, self.resolution),
            maps=self.maps,
            threads=self.options.threads,
        )
        # The mask used is written, unless it was read from where it would go.
        if self.mask is not False and not is_same_place(self.mask_file, names.mask):
            yield mask_output(names.mask, source)
        yield text_output(
            names.directory / "shells.csv", lambda finished: curves.shells_csv(finished.result)
        )

    def views(self, result: ModelResult) -> viewers.ViewerFiles:
        """Return what viewers are to show."""
        return one_map_views(self.maps, self.names, result.contour_level, model=self.model_file)


def plan_model(fetched: Fetched, notes: list[str], warnings: list[str]) -> ModelPlan:
    """Open and check all inputs and name all outputs of a run by shells with a model."""
    params = fetched.extract()
    model_file = _model_file(params)
    maps = read_map_inputs(params, notes, warnings)
    fetched = with_what_was_found(fetched, maps)
    warnings += cautions_of_labels(params, maps.all, ("extract_unique",))
    if maps.half_maps is not None and params.sharpening.local_resolution_map:
        notes.append("local resolution is measured in a run on half maps alone, not in this")
    model, maps = read_placed_model(model_file, maps, params, warnings)
    mask_file, mask = _mask(params, maps, warnings)
    names = output_names(params)
    warnings += cautions_of_names(names)
    source = maps.source
    if not maps.is_whole_crystal_cell:
        notes += notes_on_moved(source, [names.sharpened_map_coeffs])
    bytes_needed = _ARRAYS_AT_ONCE * 4 * source.values.size + BASE_BYTES
    require_memory(params, source, bytes_needed)
    options = options_by_shells(ModelOptions, params, maps.resolution, wrapping=maps.wrapping)
    warnings += require_windows_fit(source, options)
    return ModelPlan(
        fetched=fetched,
        bytes_needed=bytes_needed,
        notes=tuple(notes),
        warnings=distinct(warnings),
        names=names,
        resolution_how=maps.resolution_how,
        maps=maps,
        model=model,
        model_file=model_file,
        mask=mask,
        mask_file=mask_file,
        options=options,
    )


def _model_file(params: Values) -> Path:
    given = params.input_files.map_model
    if given.model is None:
        raise ParameterError(
            "model_sharpen is True, but there is no model; give one placed in the map, such as "
            "model=model.pdb, or leave model_sharpen out"
        )
    has_map = given.full_map or given.half_map or params.input_files.mtz_in
    if not has_map:
        raise ParameterError(
            "model_sharpen is True, but there is no map; give one, or two half maps, and the "
            f"resolution, such as map_sharpening map.mrc {given.model} model_sharpen=True "
            "resolution=3.1"
        )
    return Path(given.model)


def _mask(
    params: Values, maps: MapInputs, warnings: list[str]
) -> tuple[Path | None, MapData | Literal[False] | None]:
    """Return the file of a mask that was given, and what `sharpen_by_model` takes as mask."""
    chosen = mask_choice(params)
    if isinstance(chosen, str):
        return Path(chosen), MapReader(params, warnings).mask(Path(chosen), maps.source)
    masks_atoms = params.b_factor_sharpening.map_modification.mask_atoms
    return None, None if chosen is AUTO and masks_atoms else False


def _within_data(result: ModelResult, data_end: float) -> ModelResult:
    """Return a result that claims nothing finer than the coefficients go, in Å."""
    crossing = result.resolution_05
    is_beyond = crossing is not None and crossing < data_end
    return replace(
        result,
        d_min=max(result.d_min, data_end),
        resolution_05=None if is_beyond else crossing,
    )


def _what_was_done(result: ModelResult) -> str:
    """Return the line of the map's label: numbers that a later reader needs."""
    words = ["shells by model"]
    if result.b_sharpen is not None:
        words.append(f"b_sharpen={result.b_sharpen:.1f}")
    return " ".join([*words, f"rmsd={result.rmsd:.2f} d_cut={result.d_min:.2f}"])
