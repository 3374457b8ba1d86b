"""A run on one map, or map coefficients: sharpening by a B factor."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from map_sharpening.io import curves, viewers
from map_sharpening.io.reflections import coefficients_file_size
from map_sharpening.jobs.b_factor_arguments import b_factor_arguments
from map_sharpening.jobs.b_factor_inputs import BFactorInputs, read_inputs
from map_sharpening.jobs.outputs import (
    VIEWER_SCRIPTS,
    coefficients_writer,
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
from map_sharpening.methods.b_factor import sharpen_by_b_factor
from map_sharpening.methods.b_factor_result import BFactorResult
from map_sharpening.parameters import BFactorOutputNames, b_factor_output_names, thread_count
from map_sharpening.phil import Fetched, write_all
from map_sharpening.progress import Progress
from map_sharpening.report import log_text
from map_sharpening.report.slices import central_slices

#: Arrays of the map's size that a run holds at once, float32, a mapped input not counted.
_ARRAYS_AT_ONCE = 5


@dataclass(frozen=True)
class BFactorPlan(Plan[BFactorResult]):
    """A map opened and checked, outputs named."""

    inputs: BFactorInputs
    names: BFactorOutputNames
    arguments: dict[str, Any] = field(repr=False)  #: of `sharpen_by_b_factor`

    @property
    def source(self) -> MapData:
        """The map that is sharpened, or the first half map."""
        return self.inputs.maps.source

    @property
    def resolution(self) -> float:
        """Nominal resolution in Å."""
        return self.inputs.maps.resolution

    @property
    def input_files(self) -> tuple[Path, ...]:
        """All files that are read."""
        return tuple(path for _, path in self.inputs.files)

    @property
    def input_lines(self) -> tuple[tuple[str, object], ...]:
        """What is read, as headings and texts for a person."""
        return self.inputs.files

    def sizes(self) -> dict[Path, int]:
        """Return the room that each output may take, in bytes."""
        names = self.names
        maps = (names.sharpened_map, names.shifted_map, names.shifted_sharpened_map)
        finest = self.inputs.maps.resolution * self.arguments["d_min_ratio"]
        coefficients = coefficients_file_size(self.source, max(finest, self.source.nyquist))
        return sizes_of(
            self.outputs,
            [path for path in maps if path is not None],
            self.source,
            {names.sharpened_map_coeffs: coefficients},
        )

    def sharpen(self, progress: Progress) -> BFactorResult:
        """Sharpen the map."""
        return sharpen_by_b_factor(
            **self.arguments,
            progress=lambda stage, done: progress.stage("sharpen", round(100 * done), 100, stage),
        )

    def log(self, result: BFactorResult, *, tables: bool) -> str:
        """Return what was found, for a person."""
        return log_text(result, outputs=[str(path) for path in self.outputs], tables=tables)

    def writers(self, result: BFactorResult, log: str, date: str | None) -> dict[Path, Writer]:
        """Return what writes each output; the slowest first."""
        names, folder = self.names, self.names.directory
        parameters_text = write_all(self.fetched)
        labels = map_labels(_what_was_done(result), wrapping=self.inputs.maps.wrapping)
        shifted = [*labels, "shifted to put the first grid point at the origin"]
        files = dict(self.inputs.files)
        shown, model_file = files.get("Full map") or files.get("Half maps"), files.get("Model")
        views = viewers.ViewerFiles(
            sharpened=names.sharpened_map.absolute(),
            contour_level=result.contour_level,
            input_map=None if shown is None else shown.absolute(),
            model=None if model_file is None else model_file.absolute(),
        )
        writers: dict[Path, Writer] = {
            names.sharpened_map_coeffs: coefficients_writer(
                self.inputs.maps,
                result.sharpened,
                result.d_min,
                largest=self.params.b_factor_sharpening.map_modification.scale_max,
                threads=thread_count(self.params),
            ),
            folder / "report.html": text_writer(
                lambda: self._report(result, parameters_text, date)
            ),
            names.sharpened_map: map_writer(result.sharpened, labels),
            names.shifted_map: map_writer(self.source.at_origin(), shifted[-1:]),
            folder / "scores.csv": text_writer(lambda: curves.scores_csv(result)),
            **viewer_writers(folder, views),
            folder / "used_parameters.eff": text_writer(lambda: parameters_text),
            folder / "log.txt": text_writer(lambda: log),
        }
        if names.shifted_sharpened_map is not None:
            writers[names.shifted_sharpened_map] = map_writer(
                result.sharpened.at_origin(), shifted
            )
        return writers

    def _report(self, result: BFactorResult, parameters_text: str, date: str | None) -> str:
        # matplotlib takes a third of a second to load: only where a report is wanted.
        from map_sharpening.report.html import html_report

        return html_report(
            result,
            input_mean=central_slices(self.source),
            parameters_text=parameters_text,
            versions=versions(),
            inputs=[str(path) for path in self.input_files],
            outputs=[str(path) for path in self.outputs],
            date=date,
        )


def plan_b_factor(fetched: Fetched, notes: list[str], warnings: list[str]) -> BFactorPlan:
    """Open and check all inputs and name all outputs of a B-factor run.

    Raises
    ------
    MapSharpeningError
        If an input or parameter can't be used.
    """
    params = fetched.extract()
    inputs = read_inputs(params, notes, warnings)
    names = b_factor_output_names(params)
    source = inputs.maps.source
    is_shifted = any(source.position.start) or any(source.position.origin)
    outputs = _outputs(names, is_shifted=is_shifted, report=params.output.report)
    require_different(outputs)
    if is_shifted and not inputs.maps.is_whole_crystal_cell:
        notes.append(
            f"{names.sharpened_map_coeffs.name} and {names.shifted_map.name} hold the map with "
            f"its first grid point at 0 0 0, {names.sharpened_map.name} lies where "
            f"{source.name} lies"
        )
    bytes_needed = _ARRAYS_AT_ONCE * 4 * source.values.size + BASE_BYTES
    require_memory(source, bytes_needed)
    return BFactorPlan(
        fetched=fetched,
        outputs=outputs,
        bytes_needed=bytes_needed,
        notes=tuple(notes),
        warnings=distinct(warnings),
        inputs=inputs,
        names=names,
        arguments=b_factor_arguments(params, inputs),
    )


def _outputs(names: BFactorOutputNames, *, is_shifted: bool, report: bool) -> tuple[Path, ...]:
    folder = names.directory
    return (
        names.sharpened_map,
        names.sharpened_map_coeffs,
        *((names.shifted_map,) if is_shifted or names.is_shifted_map_wanted else ()),
        *(() if names.shifted_sharpened_map is None else (names.shifted_sharpened_map,)),
        folder / "scores.csv",
        *((folder / "report.html",) if report else ()),
        *(folder / name for name in VIEWER_SCRIPTS),
        folder / "used_parameters.eff",
        folder / "log.txt",
    )


def _what_was_done(result: BFactorResult) -> str:
    """Return the line of the map's label: numbers that a later reader needs."""
    chosen = result.chosen
    words = [chosen.method]
    for name, value, digits in (
        ("b_sharpen", chosen.b_sharpen, 1),
        ("b_iso", result.b_iso_nominal, 1),
        ("d_cut", result.d_cut, 2),
    ):
        if value == value:  # not NaN
            words.append(f"{name}={value:.{digits}f}")
    return " ".join(words)
