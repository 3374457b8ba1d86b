"""A whole run: parameters in, files out. The one place that knows both ends."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from map_sharpening._core import __version__
from map_sharpening.errors import MapValueError, MemoryLimitError, ParameterError
from map_sharpening.grids import finest_spacing, require_resolution_on_grid, require_same_grid
from map_sharpening.io import curves, viewers
from map_sharpening.io.half_pairs import partner_of
from map_sharpening.io.maps import labels_say, map_file_size, read_map, write_map
from map_sharpening.io.memory import available_bytes
from map_sharpening.io.reflections import coefficients_file_size, write_map_coefficients
from map_sharpening.io.staging import StagedOutputs, explain_write_error
from map_sharpening.map_data import MapData
from map_sharpening.methods.half_map_options import HalfMapOptions
from map_sharpening.methods.half_map_result import HalfMapResult
from map_sharpening.methods.half_maps import sharpen_half_maps
from map_sharpening.parameters import (
    OutputNames,
    is_local_resolution_left_out,
    mask_choice,
    output_names,
    read_words,
    require_available,
    thread_count,
    voxel_size,
    word_for_file,
)
from map_sharpening.phil import AUTO, Fetched, ParameterText, write_all
from map_sharpening.progress import Progress, SilentProgress
from map_sharpening.report import log_text
from map_sharpening.report.slices import central_slices_of_mean

_HALF_MAP = "input_files.map_model.half_map"
_HALF_MAP_LABEL = "SHARPENED HALF MAP - NOT FOR DEPOSITION"
#: Arrays of the maps' size that a run holds at once, float32, mapped inputs not counted.
_ARRAYS_AT_ONCE = 5
#: Interpreter, libraries and report.
_BASE_BYTES = 200_000_000
#: Reports, tables and scripts: room asked for beside the maps.
_SMALL_FILE_BYTES = 2_000_000
_LIBRARIES = ("numpy", "scipy", "gemmi", "mrcfile", "matplotlib")


@dataclass(frozen=True)
class RunPlan:
    """Inputs opened and checked, outputs named; nothing computed or written yet."""

    fetched: Fetched
    half_1: MapData
    half_2: MapData
    half_files: tuple[Path, Path]
    full_map: MapData | None
    full_file: Path | None
    mask: MapData | str | bool
    mask_file: Path | None
    options: HalfMapOptions
    names: OutputNames
    outputs: tuple[Path, ...]
    bytes_needed: int
    notes: tuple[str, ...]  #: what the user should know, one line each
    warnings: tuple[str, ...]

    @property
    def input_files(self) -> tuple[Path, ...]:
        """All files that are read."""
        others = (self.full_file, self.mask_file)
        return (*self.half_files, *(path for path in others if path is not None))

    def text(self) -> str:
        """Return what the run will do, for a person."""
        nz, ny, nx = self.half_1.values.shape
        lines = [
            f"Half maps    {self.half_files[0]}",
            f"             {self.half_files[1]}",
            *([f"Full map     {self.full_file}"] if self.full_file else []),
            *([f"Mask         {self.mask_file}"] if self.mask_file else []),
            f"Grid         {nx} x {ny} x {nz}, voxel "
            + " x ".join(f"{step:.4g}" for step in self.half_1.voxel_size)
            + " Å",
            f"Resolution   {self.options.resolution:g} Å",
            f"Memory       {self.bytes_needed / 1e9:.2f} GB at most",
            *(f"Note         {note}" for note in self.notes),
            *(f"Warning      {warning}" for warning in self.warnings),
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class RunOutcome:
    """What a run found and wrote."""

    result: HalfMapResult
    files: tuple[Path, ...]
    summary: str = field(repr=False)  #: what matters, for the screen
    log: str = field(repr=False)  #: all of it, as in log.txt


def run(
    parameters: Fetched | Mapping[str, Any] | Sequence[str],
    *,
    progress: Progress | None = None,
    date: str | None = None,
) -> RunOutcome:
    """Read half maps, sharpen them, write all outputs.

    Parameters
    ----------
    parameters : Fetched, mapping, or sequence of str
        The program's parameters: merged ones, names with values
        (``{"half_map": ["a.mrc", "b.mrc"], "resolution": 3.1}``), or words as on the command
        line (``["half_map=a.mrc", "half_map=b.mrc", "resolution=3.1"]``).
    progress : Progress, optional
        Whom to tell how far the run has come.
    date : str, optional
        Printed in the report as given; no clock is read.

    Returns
    -------
    RunOutcome

    Raises
    ------
    MapSharpeningError
        If an input, parameter or output can't be used; nothing is written then.
    """
    return execute(plan_run(parameters), progress=progress, date=date)


def plan_run(parameters: Fetched | Mapping[str, Any] | Sequence[str]) -> RunPlan:
    """Open and check all inputs and name all outputs of a run.

    Raises
    ------
    MapSharpeningError
        As `run`.
    """
    fetched = _fetched(parameters)
    warnings = require_available(fetched)
    params = fetched.extract()
    # Which of two parameters a short name meant is worth telling only to who asks.
    notes = [*fetched.notes, *(fetched.warnings if params.control.verbose else ())]
    if is_local_resolution_left_out(fetched):
        notes.append("local resolution is not available yet: no local_resolution_map is made")
    resolution = params.crystal_info.resolution
    if resolution is None:
        raise ParameterError(
            "resolution is missing; give the map's nominal resolution in Å, such as resolution=3.1"
        )
    given_halves = params.input_files.map_model.half_map
    half_files = _half_files(given_halves, notes)
    if len(given_halves) == 1:
        fetched = _with_second_half(fetched, half_files[1])
    given_full = params.input_files.map_model.full_map
    full_file = None if given_full is None else Path(given_full)
    step = voxel_size(params)

    def opened(path: Path) -> MapData:
        map_data, told = read_map(path, voxel_size=step)
        warnings.extend(told)
        return map_data

    half_1, half_2 = opened(half_files[0]), opened(half_files[1])
    require_same_grid(half_1, half_2)
    full_map = None if full_file is None else opened(full_file)
    if full_map is not None:
        require_same_grid(half_1, full_map)
    require_resolution_on_grid(half_1, resolution)
    chosen_mask = mask_choice(params)
    mask_file = Path(chosen_mask) if isinstance(chosen_mask, str) else None
    mask: MapData | str | bool = "auto" if chosen_mask is AUTO else False
    if mask_file is not None:
        mask = opened(mask_file)
        require_same_grid(half_1, mask)
    wrapping = params.crystal_info.wrapping
    output_scale = params.output.output_scale_factor
    options = HalfMapOptions(
        resolution=resolution,
        anisotropic=params.sharpening.anisotropic_sharpen,
        n_bins=params.sharpening.n_bins,
        ideal_curve=params.sharpening.ideal_curve,
        randomise_phases_beyond=params.sharpening.randomise_phases_beyond,
        wrapping=labels_say(half_1, "wrapping_outside_cell") if wrapping is None else wrapping,
        output_scale_factor=1.0 if output_scale is None else output_scale,
        guinier_d_low=params.sharpening.guinier_d_low,
        sharpen_all_maps=params.sharpening.sharpen_all_maps,
        threads=thread_count(params),
    )
    names = output_names(params)
    # The mask used is written, unless it was read from where it would go.
    writes_mask = mask is not False and not _is_same_place(mask_file, names.mask)
    outputs = _outputs(names, options, writes_mask=writes_mask, report=params.output.report)
    _require_different(outputs)
    if any(half_1.position.start) or any(half_1.position.origin):
        notes.append(
            f"{names.sharpened_map_coeffs.name} holds the map with its first grid point at "
            "0 0 0, the maps lie where the half maps lie"
        )
    plan = RunPlan(
        fetched=fetched,
        half_1=half_1,
        half_2=half_2,
        half_files=half_files,
        full_map=full_map,
        full_file=full_file,
        mask=mask,
        mask_file=mask_file,
        options=options,
        names=names,
        outputs=outputs,
        bytes_needed=_ARRAYS_AT_ONCE * 4 * half_1.values.size + _BASE_BYTES,
        notes=tuple(notes),
        warnings=tuple(dict.fromkeys(warnings)),
    )
    _require_memory(plan)
    return plan


def execute(
    plan: RunPlan, *, progress: Progress | None = None, date: str | None = None
) -> RunOutcome:
    """Do what a plan says: sharpen, then write all outputs or none."""
    told = SilentProgress() if progress is None else progress
    options = plan.options
    params = plan.fetched.extract()
    with StagedOutputs(inputs=plan.input_files, overwrite=params.output.overwrite) as staged:
        # Before any work, so that a full disk costs no time.
        staged.reserve(_sizes(plan))
        result = sharpen_half_maps(
            plan.half_1,
            plan.half_2,
            full_map=plan.full_map,
            mask=plan.mask,
            **asdict(options),
            progress=lambda stage, done: told.stage("sharpen", round(100 * done), 100, stage),
        )
        told.curve("fsc", result.shells.s.tolist(), result.shells.fsc_corrected.tolist())
        log = _log(plan, result)
        writers = _writers(plan, result, log, date)
        told.stage("write", 0, len(writers))
        # Writing waits for the disk and for the report's plots: worth two threads.
        with ThreadPoolExecutor(
            max_workers=min(2, options.threads or os.cpu_count() or 1)
        ) as pool:
            tasks = [pool.submit(write, staged.temporary_path(path)) for path, write in writers]
            for done, ((path, _), task) in enumerate(zip(writers, tasks, strict=True), start=1):
                task.result()
                told.stage("write", done, len(writers), path.name)
        files = tuple(staged.commit())
    return RunOutcome(result, files, _summary(plan, result), log)


def _fetched(parameters: Fetched | Mapping[str, Any] | Sequence[str]) -> Fetched:
    if isinstance(parameters, Fetched):
        return parameters
    if not isinstance(parameters, Mapping):
        return read_words(list(parameters))
    words = []
    for name, value in parameters.items():
        several = isinstance(value, (list, tuple)) and name.endswith("half_map")
        for item in value if several else [value]:
            if isinstance(item, os.PathLike):
                words.append(word_for_file(name, os.fspath(item)))
            elif isinstance(item, (list, tuple)):
                words.append(f"{name}={' '.join(str(part) for part in item)}")
            else:
                words.append(f"{name}={item}")
    return read_words(words)


def _half_files(given: Sequence[str], notes: list[str]) -> tuple[Path, Path]:
    files = [Path(name) for name in given]
    if not files:
        raise ParameterError(
            "no half maps were given; give two half maps and the resolution, such as "
            "map_sharpening half1.mrc half2.mrc resolution=3.1"
        )
    if len(files) == 1:
        partner = partner_of(files[0])
        if partner is None:
            raise ParameterError(
                f"{files[0]} is the only half map given, and no partner was found by its name; "
                "give both half maps"
            )
        notes.append(f"{partner} was taken as the partner of {files[0]}, by its name")
        files.append(partner)
    if len(files) > 2:
        raise ParameterError(f"{len(files)} half maps were given ({', '.join(given)}); expected 2")
    first, second = files
    if first.exists() and second.exists() and first.samefile(second):
        raise MapValueError(
            f"{first} and {second} are the same file: these are not independent half maps; "
            "give the two maps that were reconstructed separately"
        )
    return first, second


def _with_second_half(fetched: Fetched, partner: Path) -> Fetched:
    """Return the parameters with the half map that was found, so that a repeat needs no search."""
    all_parameters = ParameterText(write_all(fetched), "the parameters of this run")
    return read_words([word_for_file(_HALF_MAP, str(partner))], files=[all_parameters])


def _is_same_place(one: Path | None, other: Path) -> bool:
    return one is not None and os.path.realpath(one) == os.path.realpath(other)


def _outputs(
    names: OutputNames, options: HalfMapOptions, *, writes_mask: bool, report: bool
) -> tuple[Path, ...]:
    folder = names.directory
    return (
        names.sharpened_map,
        *((names.sharpened_map_1, names.sharpened_map_2) if options.sharpen_all_maps else ()),
        names.sharpened_map_coeffs,
        *((names.mask,) if writes_mask else ()),
        folder / "postprocess.star",
        folder / "fsc.xml",
        folder / "fsc.csv",
        *((folder / "report.html",) if report else ()),
        folder / "open_in_chimerax.cxc",
        folder / "open_in_coot.py",
        folder / "open_in_pymol.pml",
        folder / "used_parameters.eff",
        folder / "log.txt",
    )


def _require_different(outputs: Sequence[Path]) -> None:
    """Refuse a name that is also that of a file with a fixed name, such as log.txt."""
    places = [os.path.normpath(path) for path in outputs]
    for path, place in zip(outputs, places, strict=True):
        if places.count(place) > 1:
            raise ParameterError(
                f"two outputs would be written to {path}; give the map, mask or coefficients "
                "another name in the scope output"
            )


def _sizes(plan: RunPlan) -> dict[Path, int]:
    names = plan.names
    d_min = finest_spacing(plan.half_1, plan.options.resolution)
    of_map = map_file_size(plan.half_1)
    maps = {names.sharpened_map, names.sharpened_map_1, names.sharpened_map_2, names.mask}
    sizes = {path: of_map if path in maps else _SMALL_FILE_BYTES for path in plan.outputs}
    sizes[names.sharpened_map_coeffs] = coefficients_file_size(plan.half_1, d_min)
    return sizes


def _require_memory(plan: RunPlan) -> None:
    available = available_bytes()
    if available is not None and plan.bytes_needed > available:
        raise MemoryLimitError(
            f"{plan.half_1.name} has {plan.half_1.values.size:,} voxels: sharpening needs about "
            f"{plan.bytes_needed / 1e9:.1f} GB of memory, but {available / 1e9:.1f} GB are "
            "available; close other programs, use a machine with more, or crop or bin the maps"
        )


def _log(plan: RunPlan, result: HalfMapResult) -> str:
    written = [str(path) for path in plan.outputs]
    return f"map_sharpening {__version__}\n\n{plan.text()}\n\n{log_text(result, outputs=written)}"


def _summary(plan: RunPlan, result: HalfMapResult) -> str:
    written = [str(path) for path in plan.outputs]
    return log_text(result, outputs=written, tables=False)


def _writers(
    plan: RunPlan, result: HalfMapResult, log: str, date: str | None
) -> list[tuple[Path, Callable[[Path], object]]]:
    """Each output with the function that writes it; the slowest first."""
    names, folder = plan.names, plan.names.directory
    parameters_text = write_all(plan.fetched)
    label = (
        f"map_sharpening {__version__} shells b_sharpen={result.guinier.b_sharpen:.1f} "
        f"d_cut={result.d_min:.2f}"
    )
    labels = [
        label,
        "map_is_sharpened",
        "wrapping_outside_cell" if plan.options.wrapping else "no_wrapping_outside_cell",
    ]

    def map_writer(map_data: MapData, added: Sequence[str]) -> Callable[[Path], object]:
        return lambda path: write_map(path, map_data, labels_added=added)

    def text_writer(make: Callable[[], str]) -> Callable[[Path], object]:
        return lambda path: _write_text(path, make())

    views = viewers.ViewerFiles(
        sharpened=names.sharpened_map.absolute(),
        contour_level=result.contour_level,
        input_map=(plan.full_file or plan.half_files[0]).absolute(),
    )
    star_names = {
        "half_1": str(plan.half_files[0]),
        "half_2": str(plan.half_files[1]),
        "sharpened": str(names.sharpened_map),
        "mask": None if result.mask is None else str(plan.mask_file or names.mask),
    }
    writers: dict[Path, Callable[[Path], object]] = {
        names.sharpened_map_coeffs: lambda path: write_map_coefficients(
            path, result.sharpened, result.d_min, threads=plan.options.threads
        ),
        folder / "report.html": text_writer(lambda: _report(plan, result, parameters_text, date)),
        names.sharpened_map: map_writer(result.sharpened, labels),
        folder / "postprocess.star": text_writer(
            lambda: curves.postprocess_star(result, **star_names)  # type: ignore[arg-type]
        ),
        folder / "fsc.xml": text_writer(lambda: curves.fsc_xml(result)),
        folder / "fsc.csv": text_writer(lambda: curves.fsc_csv(result)),
        folder / "open_in_chimerax.cxc": text_writer(lambda: viewers.chimerax_script(views)),
        folder / "open_in_coot.py": text_writer(lambda: viewers.coot_script(views)),
        folder / "open_in_pymol.pml": text_writer(lambda: viewers.pymol_script(views)),
        folder / "used_parameters.eff": text_writer(lambda: parameters_text),
        folder / "log.txt": text_writer(lambda: log),
    }
    halves = (
        (names.sharpened_map_1, result.sharpened_half_1),
        (names.sharpened_map_2, result.sharpened_half_2),
    )
    for path, half in halves:
        if half is not None:
            writers[path] = map_writer(half, [*labels, _HALF_MAP_LABEL])
    if result.mask is not None:
        writers[names.mask] = map_writer(
            result.mask, [f"map_sharpening {__version__} mask of the statistics"]
        )
    return [(path, write) for path, write in writers.items() if path in plan.outputs]


def _write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise explain_write_error(path, error) from error


def _report(plan: RunPlan, result: HalfMapResult, parameters_text: str, date: str | None) -> str:
    # matplotlib takes a third of a second to load: only where a report is wanted.
    from map_sharpening.report.html import html_report

    versions = {
        "map_sharpening": __version__,
        "Python": platform.python_version(),
        **{name: version_of(name) for name in _LIBRARIES},
    }
    return html_report(
        result,
        input_mean=central_slices_of_mean(plan.half_1, plan.half_2),
        parameters_text=parameters_text,
        versions=versions,
        inputs=[str(path) for path in plan.input_files],
        outputs=[str(path) for path in plan.outputs],
        date=date,
    )
