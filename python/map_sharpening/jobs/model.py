"""A run on one map and its model: shell sharpening of the whole map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from map_sharpening._core import __version__
from map_sharpening.atoms import Atoms
from map_sharpening.errors import ParameterError
from map_sharpening.grids import finest_spacing, require_same_grid
from map_sharpening.io import curves, viewers
from map_sharpening.io.reflections import coefficients_file_size
from map_sharpening.jobs.inputs import MapReader, with_second_half
from map_sharpening.jobs.map_inputs import MapInputs, read_map_inputs, read_placed_model
from map_sharpening.jobs.outputs import (
    HALF_MAP_LABEL,
    VIEWER_SCRIPTS,
    coefficients_writer,
    is_same_place,
    map_labels,
    map_writer,
    require_different,
    sizes_of,
    text_writer,
    versions,
    viewer_writers,
)
from map_sharpening.jobs.plan import BASE_BYTES, Plan, Writer, distinct, require_memory
from map_sharpening.map_data import MapData
from map_sharpening.methods.model import sharpen_by_model
from map_sharpening.methods.model_result import ModelResult
from map_sharpening.parameters import OutputNames, mask_choice, output_names, thread_count
from map_sharpening.phil import AUTO, Fetched, Values, write_all
from map_sharpening.progress import Progress
from map_sharpening.report import log_text
from map_sharpening.report.slices import CentralSlices, central_slices, central_slices_of_mean

#: Arrays of the map's size that a run holds at once, float32, mapped inputs not counted.
_ARRAYS_AT_ONCE = 11


@dataclass(frozen=True)
class ModelPlan(Plan[ModelResult]):
    """A map and its model opened and checked, outputs named."""

    maps: MapInputs
    model: Atoms = field(repr=False)
    model_file: Path
    mask_file: Path | None
    names: OutputNames
    arguments: dict[str, Any] = field(repr=False)  #: of `sharpen_by_model`

    @property
    def source(self) -> MapData:
        """The map that is sharpened, or the first half map."""
        return self.maps.source

    @property
    def resolution(self) -> float:
        """Nominal resolution in Å."""
        return self.maps.resolution

    @property
    def input_files(self) -> tuple[Path, ...]:
        """All files that are read."""
        return tuple(Path(str(path)) for _, path in self.input_lines)

    @property
    def input_lines(self) -> tuple[tuple[str, object], ...]:
        """What is read, as headings and texts for a person."""
        return (
            *self.maps.files,
            ("Model", self.model_file),
            *([("Mask", self.mask_file)] if self.mask_file else []),
        )

    def sizes(self) -> dict[Path, int]:
        """Return the room that each output may take, in bytes."""
        names = self.names
        maps = (names.sharpened_map, names.sharpened_map_1, names.sharpened_map_2, names.mask)
        d_min = finest_spacing(self.source, self.resolution)
        coefficients = coefficients_file_size(self.source, d_min)
        return sizes_of(
            self.outputs, maps, self.source, {names.sharpened_map_coeffs: coefficients}
        )

    def sharpen(self, progress: Progress, temporary_path: Callable[[Path], Path]) -> ModelResult:
        """Sharpen the full map, or the mean of the half maps."""
        result = sharpen_by_model(
            self.maps.full_map,
            self.model,
            half_maps=self.maps.half_maps,
            **self.arguments,
            progress=lambda stage, done: progress.stage("sharpen", round(100 * done), 100, stage),
        )
        shells = result.shells
        progress.curve("correlation", shells.s.tolist(), shells.correlation.tolist())
        return result

    def log(self, result: ModelResult, *, tables: bool) -> str:
        """Return what was found, for a person."""
        return log_text(result, outputs=[str(path) for path in self.outputs], tables=tables)

    def writers(self, result: ModelResult, log: str, date: str | None) -> dict[Path, Writer]:
        """Return what writes each output; the slowest first."""
        names, folder = self.names, self.names.directory
        parameters_text = write_all(self.fetched)
        labels = map_labels(_what_was_done(result), wrapping=self.maps.wrapping)
        shown = dict(self.maps.files)
        before = shown.get("Full map") or shown.get("Half maps")
        views = viewers.ViewerFiles(
            sharpened=names.sharpened_map.absolute(),
            contour_level=result.contour_level,
            input_map=None if before is None else before.absolute(),
            model=self.model_file.absolute(),
        )
        writers: dict[Path, Writer] = {
            names.sharpened_map_coeffs: coefficients_writer(
                self.maps, result.sharpened, result.d_min, threads=thread_count(self.params)
            ),
            folder / "report.html": text_writer(
                lambda: self._report(result, parameters_text, date)
            ),
            names.sharpened_map: map_writer(result.sharpened, labels),
            folder / "shells.csv": text_writer(lambda: curves.model_shells_csv(result)),
            **viewer_writers(folder, views),
            folder / "used_parameters.eff": text_writer(lambda: parameters_text),
            folder / "log.txt": text_writer(lambda: log),
        }
        halves = (
            (names.sharpened_map_1, result.sharpened_half_1),
            (names.sharpened_map_2, result.sharpened_half_2),
        )
        for path, half in halves:
            if half is not None:
                writers[path] = map_writer(half, [*labels, HALF_MAP_LABEL])
        if result.mask is not None:
            writers[names.mask] = map_writer(
                result.mask, [f"map_sharpening {__version__} mask of the statistics"]
            )
        return writers

    def _report(self, result: ModelResult, parameters_text: str, date: str | None) -> str:
        # matplotlib takes a third of a second to load: only where a report is wanted.
        from map_sharpening.report.html import html_report

        return html_report(
            result,
            input_mean=self._slices_before(),
            parameters_text=parameters_text,
            versions=versions(),
            inputs=[str(path) for path in self.input_files],
            outputs=[str(path) for path in self.outputs],
            date=date,
        )

    def _slices_before(self) -> CentralSlices:
        if self.maps.full_map is None and self.maps.half_maps is not None:
            return central_slices_of_mean(*self.maps.half_maps)
        return central_slices(self.source)


def plan_model(fetched: Fetched, notes: list[str], warnings: list[str]) -> ModelPlan:
    """Open and check all inputs and name all outputs of a run by shells with a model.

    Raises
    ------
    MapSharpeningError
        If an input or parameter can't be used.
    """
    params = fetched.extract()
    model_file = _model_file(params)
    maps = read_map_inputs(params, notes, warnings)
    if maps.half_maps is not None:
        if len(params.input_files.map_model.half_map) == 1:
            fetched = with_second_half(fetched, maps.files[1][1])
        if params.sharpening.local_resolution_map:
            notes.append("local resolution is measured in a run on half maps alone, not in this")
    mask_file, mask = _mask(params, maps, warnings)
    names = output_names(params)
    # The mask used is written, unless it was read from where it would go.
    writes_mask = mask is not False and not is_same_place(mask_file, names.mask)
    outputs = _outputs(
        names,
        halves=maps.half_maps is not None and params.sharpening.sharpen_all_maps,
        mask=writes_mask,
        report=params.output.report,
    )
    require_different(outputs)
    source = maps.source
    is_shifted = any(source.position.start) or any(source.position.origin)
    if is_shifted and not maps.is_whole_crystal_cell:
        notes.append(
            f"{names.sharpened_map_coeffs.name} holds the map with its first grid point at "
            f"0 0 0, the maps lie where {source.name} lies"
        )
    bytes_needed = _ARRAYS_AT_ONCE * 4 * source.values.size + BASE_BYTES
    require_memory(params, source, bytes_needed)
    return ModelPlan(
        fetched=fetched,
        outputs=outputs,
        bytes_needed=bytes_needed,
        notes=tuple(notes),
        warnings=distinct(warnings),
        maps=maps,
        model=read_placed_model(model_file, maps, params),
        model_file=model_file,
        mask_file=mask_file,
        names=names,
        arguments={**_arguments(params, maps), "mask": mask},
    )


def _model_file(params: Values) -> Path:
    given = params.input_files.map_model
    if given.model is None:
        raise ParameterError(
            "model_sharpen is True, but there is no model; give one that lies in the map, such "
            "as model=model.pdb, or leave model_sharpen out"
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
        mask = MapReader(params, warnings)(Path(chosen))
        require_same_grid(maps.source, mask)
        return Path(chosen), mask
    masks_atoms = params.b_factor_sharpening.map_modification.mask_atoms
    return None, None if chosen is AUTO and masks_atoms else False


def _arguments(params: Values, maps: MapInputs) -> dict[str, Any]:
    changes = params.b_factor_sharpening.map_modification
    scale = params.output.output_scale_factor
    return {
        "resolution": maps.resolution,
        "anisotropic": params.sharpening.anisotropic_sharpen,
        "n_bins": params.sharpening.n_bins,
        "rmsd": changes.rmsd,
        "rmsd_resolution_factor": changes.rmsd_resolution_factor,
        "fraction_complete": changes.fraction_complete,
        "mask_atoms_atom_radius": changes.mask_atoms_atom_radius,
        "sharpen_half_maps": params.sharpening.sharpen_all_maps,
        "wrapping": maps.wrapping,
        "output_scale_factor": 1.0 if scale is None else scale,
        "threads": thread_count(params),
    }


def _outputs(names: OutputNames, *, halves: bool, mask: bool, report: bool) -> tuple[Path, ...]:
    folder = names.directory
    return (
        names.sharpened_map,
        *((names.sharpened_map_1, names.sharpened_map_2) if halves else ()),
        names.sharpened_map_coeffs,
        *((names.mask,) if mask else ()),
        folder / "shells.csv",
        *((folder / "report.html",) if report else ()),
        *(folder / name for name in VIEWER_SCRIPTS),
        folder / "used_parameters.eff",
        folder / "log.txt",
    )


def _what_was_done(result: ModelResult) -> str:
    """Return the line of the map's label: numbers that a later reader needs."""
    words = ["shells by model"]
    if result.b_sharpen is not None:
        words.append(f"b_sharpen={result.b_sharpen:.1f}")
    return " ".join([*words, f"rmsd={result.rmsd:.2f} d_cut={result.d_min:.2f}"])
