"""A run on two half maps: shell sharpening of the whole map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from map_sharpening._core import __version__
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.io import curves, viewers
from map_sharpening.io.maps import map_file_size, write_map
from map_sharpening.maps.grids import (
    contiguous,
    finest_spacing,
    require_other_values,
    require_resolution_on_grid,
    require_same_grid,
)
from map_sharpening.maps.map_data import MapData, NewArray, labels_say
from map_sharpening.maps.mask_like import cautions_of_mask
from map_sharpening.methods.half_maps.density_modification import DensityModification
from map_sharpening.methods.half_maps.even_spectrum import with_even_spectrum
from map_sharpening.methods.half_maps.options import HalfMapOptions
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.half_maps.sharpen import sharpen_half_maps
from map_sharpening.methods.half_maps.symmetry import require_one_group
from map_sharpening.methods.local_resolution.measure import measured_resolution
from map_sharpening.methods.local_resolution.options import LocalResolutionOptions
from map_sharpening.methods.local_resolution.result import LocalResolutionResult
from map_sharpening.methods.local_resolution.spheres import Spheres, SphereSpectra
from map_sharpening.methods.shared.option_groups import GIVEN
from map_sharpening.methods.shared.windows import require_windows_fit
from map_sharpening.molecule.ncs import NcsGroup
from map_sharpening.parameters.reading import (
    ShellOutputNames,
    given_resolution,
    mask_choice,
    output_names,
    voxel_size,
)
from map_sharpening.phil import AUTO, AutoType, Fetched, Values
from map_sharpening.progress import Progress
from map_sharpening.runs.inputs import (
    MapReader,
    agreed_resolution,
    bytes_of_half_maps,
    cautions_of_labels,
    half_map_files,
    model_for_viewers,
    read_symmetry,
    require_memory,
    with_second_half,
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
    path_from,
)
from map_sharpening.runs.plan import Plan, distinct
from map_sharpening.runs.queue.queue_settings import queue_settings
from map_sharpening.runs.wanted_output import Finished, WantedOutput, map_output, text_output

if TYPE_CHECKING:
    from map_sharpening.workers import QueueSettings

_WAY_OUT = "give scratch_directory, the name of a folder on a fast disk"
LABEL_OF_SUPPORT = f"map_sharpening {__version__} support of density modification"


def label_of_modified(modification: DensityModification) -> str:
    """Return what the header of a modified map says."""
    if not modification.is_borne_out:
        return f"map_sharpening {__version__} not modified: the sharpened map"
    return f"map_sharpening {__version__} DENSITY MODIFIED - FOR BUILDING AND LOOKING"


@dataclass(frozen=True)
class HalfMapPlan(Plan[HalfMapResult]):
    """Two half maps opened and checked, outputs named."""

    half_1: MapData
    half_2: MapData
    half_files: tuple[Path, Path]
    full_map: MapData | None
    full_file: Path | None
    mask: MapData | str | bool
    mask_file: Path | None
    model_file: Path | None  #: for viewers only
    ncs: tuple[NcsGroup, ...]
    ncs_file: Path | None
    names: ShellOutputNames
    options: HalfMapOptions
    scratch: Path | None  #: folder where arrays of the maps' size are made; None: in memory
    queue: QueueSettings | None  #: jobs that do the local work; None: this process

    @property
    def source(self) -> MapData:
        """The first half map."""
        return self.half_1

    @property
    def resolution(self) -> float:
        """Nominal resolution in Å."""
        return self.options.resolution

    @property
    def input_lines(self) -> tuple[tuple[str, Path], ...]:
        """All files that are read, with headings for a person."""
        return (
            ("Half maps", self.half_files[0]),
            ("", self.half_files[1]),
            *([("Full map", self.full_file)] if self.full_file else []),
            *([("Mask", self.mask_file)] if self.mask_file else []),
            *([("Model", self.model_file)] if self.model_file else []),
            *([("Symmetry", self.ncs_file)] if self.ncs_file else []),
        )

    def work_sizes(self) -> dict[Path, int]:
        """Return the room that maps take in the output folder while jobs work on them."""
        if self.queue is None:
            return {}
        # First the windows' maps, in and out, then the mask that spheres are measured in.
        n_maps = int(self.params.sharpening.local_resolution_map and self._writes_mask)
        if self.options.local_sharpen:
            n_maps = 2 + (self.full_map is not None) + (3 if self.options.sharpen_all_maps else 1)
        return {self._shared_folder: n_maps * map_file_size(self.half_1)}

    def sharpen(self, progress: Progress, temporary_path: Callable[[Path], Path]) -> HalfMapResult:
        """Sharpen the mean of the half maps, or the full map."""
        filter_windows = None
        if self.queue is not None and self.options.local_sharpen:
            from map_sharpening.runs.queue.window_tasks import window_filtering

            filter_windows = window_filtering(self._shared_folder, self.queue, progress)
        result = sharpen_half_maps(
            self.half_1,
            self.half_2,
            self.options,
            full_map=self.full_map,
            mask=self.mask,
            ncs=self.ncs,
            progress=lambda stage, done: progress.stage("sharpen", round(100 * done), 100, stage),
            filter_windows=filter_windows,
            new_array=self._new_array,
        )
        progress.curve("fsc", result.shells.s.tolist(), result.shells.fsc_corrected.tolist())
        return self._with_local_resolution(result, progress)

    @property
    def _shared_folder(self) -> Path:
        """The output folder, which all machines see; single outputs may be given another one."""
        return self.names.directory.absolute()

    @property
    def _writes_mask(self) -> bool:
        # The mask used is written, unless it was read from where it would go.
        return self.mask is not False and not is_same_place(self.mask_file, self.names.mask)

    @property
    def _new_array(self) -> NewArray | None:
        return None if self.scratch is None else _scratch_arrays(self.scratch)

    def _with_local_resolution(self, result: HalfMapResult, progress: Progress) -> HalfMapResult:
        if not self.params.sharpening.local_resolution_map:
            return result
        try:
            found = self._local_resolution(result, progress)
        except (MapValueError, ParameterError) as error:
            # The sharpened map is worth having without it.
            warning = f"no local resolution map is made: {error}"
            return replace(result, warnings=(*result.warnings, warning))
        warnings = found.warnings
        # Where grid or data end before the half maps disagree, a warning says so already.
        if result.resolution_0143 is None or result.data_end is not None:
            at_end = found.statistics.beyond_limit("fine", found.fine_limit)
            warnings = tuple(warning for warning in warnings if warning != at_end)
        return replace(
            result,
            local_resolution=found,
            warnings=distinct((*result.warnings, *warnings)),
            seconds={**result.seconds, "local resolution": found.seconds},
        )

    def _local_resolution(
        self, result: HalfMapResult, progress: Progress
    ) -> LocalResolutionResult:
        threads = self.options.threads
        given = (self.half_1, self.half_2)
        half_1, half_2 = (with_even_spectrum(half, result, threads) for half in given)
        options = LocalResolutionOptions(
            resolution=self.resolution,
            threshold=(
                self.params.sharpening.local_resolution_threshold
                or LocalResolutionOptions.threshold
            ),
            finest=result.data_end,
            wrapping=self.options.wrapping,
            threads=threads,
        )
        with self._measurement(result, progress) as measure:
            return measured_resolution(
                half_1,
                half_2,
                options,
                weights=None if result.mask is None else contiguous(result.mask),
                scale=result.half_2_scale,
                progress=lambda stage, done: progress.stage(
                    "local resolution", round(100 * done), 100, stage
                ),
                measure=measure,
                new_array=self._new_array,
            )

    @contextmanager
    def _measurement(
        self, result: HalfMapResult, progress: Progress
    ) -> Iterator[Callable[[Spheres], SphereSpectra] | None]:
        """Provide the function that measures all spheres by jobs; None: this process does."""
        # Jobs read the half maps from their files.
        if self.queue is None or result.flattening is not None:
            yield None
            return
        from map_sharpening.runs.queue.sphere_tasks import SphereFiles, sphere_measurement

        with self._mask_for_others(result) as mask_file:
            files = SphereFiles(self.half_files, mask_file, voxel_size(self.params))
            yield sphere_measurement(files, self.queue, progress)

    @contextmanager
    def _mask_for_others(self, result: HalfMapResult) -> Iterator[Path | None]:
        """Write the mask where others see it, unless they can read it where it came from."""
        if result.mask is None:
            yield None
        elif not self._writes_mask:
            yield self.mask_file
        else:
            from map_sharpening.io.work_arrays import work_folder

            with work_folder(self._shared_folder) as folder:
                path = folder / "mask.mrc"
                write_map(path, result.mask)
                yield path

    def own_outputs(self) -> Iterator[WantedOutput[HalfMapResult]]:
        """Yield maps, coefficients and curves."""
        names, folder, like = self.names, self.names.directory, self.half_1
        yield map_output(names.sharpened_map, like, lambda r: r.sharpened, self._labels)
        if self.options.sharpen_all_maps:
            yield from half_map_outputs(names, like, self._labels)
        if self.scratch is None:
            yield coefficients_output(
                names.sharpened_map_coeffs,
                like,
                finest_spacing(like, self.options.resolution),
                threads=self.options.threads,
            )
        if self.params.sharpening.local_resolution_map:
            # Not made if the maps are too small for one.
            yield map_output(
                names.local_resolution_map,
                like,
                lambda r: None if r.local_resolution is None else r.local_resolution.map,
                lambda _: [f"map_sharpening {__version__} local resolution, A"],
            )
        if self.options.density_modification:
            yield from self._outputs_of_modification()
        if self._writes_mask:
            yield mask_output(names.mask, like)
        yield text_output(folder / "postprocess.star", self._postprocess_star)
        yield text_output(folder / "fsc.xml", lambda finished: curves.fsc_xml(finished.result))
        yield text_output(folder / "fsc.csv", lambda finished: curves.shells_csv(finished.result))

    def _outputs_of_modification(self) -> Iterator[WantedOutput[HalfMapResult]]:
        names, like = self.names, self.half_1
        yield map_output(
            names.modified_map,
            like,
            lambda r: None if r.modification is None else r.modification.modified,
            lambda r: [] if r.modification is None else [label_of_modified(r.modification)],
        )
        yield map_output(
            names.modified_minus_sharpened,
            like,
            lambda r: None if r.modification is None else r.modification.contribution,
            lambda _: [f"map_sharpening {__version__} modified minus sharpened map"],
        )
        # Not made if no positive part is added.
        yield map_output(
            names.modification_support,
            like,
            lambda r: None if r.modification_support is None else r.modification_support.map,
            lambda _: [LABEL_OF_SUPPORT],
        )

    def _labels(self, result: HalfMapResult) -> list[str]:
        return map_labels(
            f"shells b_sharpen={result.b_applied:.1f} d_cut={result.d_min:.2f}",
            wrapping=self.options.wrapping,
        )

    def _postprocess_star(self, finished: Finished[HalfMapResult]) -> str:
        result, folder = finished.result, self.directory
        return curves.postprocess_star(
            result,
            half_1=path_from(folder, self.half_files[0]),
            half_2=path_from(folder, self.half_files[1]),
            sharpened=path_from(folder, self.names.sharpened_map),
            mask=None if result.mask is None else path_from(folder, self.names.mask),
        )

    def views(self, result: HalfMapResult) -> viewers.ViewerFiles:
        """Return what viewers are to show."""
        found, folder = result.local_resolution, self.directory
        changed, supported = result.modification, result.modification_support
        given = self.half_files if self.full_file is None else (self.full_file,)

        def path_of(shown: object, path: Path | None) -> str | None:
            return None if shown is None or path is None else path_from(folder, path)

        return viewers.ViewerFiles(
            sharpened=path_from(folder, self.names.sharpened_map),
            contour_level=result.contour_level,
            input_maps=tuple(path_from(folder, path) for path in given),
            model=path_of(self.model_file, self.model_file),
            local_resolution=path_of(found, self.names.local_resolution_map),
            local_resolution_range=None if found is None else found.statistics.palette_range,
            modified=path_of(changed, self.names.modified_map),
            modified_level=None if changed is None else changed.contour_level,
            modification_support=path_of(supported, self.names.modification_support),
            support_range=None if supported is None else supported.support_range,
        )

    def before(self) -> tuple[MapData, MapData]:
        """Return the half maps."""
        return self.half_1, self.half_2


def plan_half_maps(fetched: Fetched, notes: list[str], warnings: list[str]) -> HalfMapPlan:
    """Open and check all inputs and name all outputs of a run on two half maps."""
    params = fetched.extract()
    half_files = half_map_files(params.input_files.map_model.half_map, notes)
    resolution = _asked_for_resolution(params)
    fetched = with_second_half(fetched, half_files[1])
    opened = MapReader(params, warnings)
    halves, full_map = _read_maps(params, opened, half_files, warnings)
    half_1, half_2 = halves
    mask_file, mask = _mask(params, opened, half_1)
    given: bool | None = params.crystal_info.wrapping
    wrapping = labels_say(half_1, "wrapping_outside_cell") if given is None else given
    how = GIVEN
    if isinstance(resolution, AutoType):
        resolution, how = _agreed_resolution(params, halves, mask, notes, warnings, wrapping)
        fetched = fetched.with_values({"crystal_info.resolution": resolution})
        params = fetched.extract()
    require_resolution_on_grid(half_1, resolution)
    model_file = model_for_viewers(params, half_1, resolution, warnings, periodic=bool(wrapping))
    if isinstance(mask, MapData):
        warnings += cautions_of_mask(mask, halves, resolution)
    options = options_by_shells(HalfMapOptions, params, resolution, wrapping=wrapping)
    warnings += require_windows_fit(half_1, options)
    ncs_file = _given_path(params.input_files.ncs_file) if options.density_modification else None
    ncs = () if ncs_file is None else _read_group(ncs_file, half_1, notes, warnings, wrapping)
    names = output_names(params)
    warnings += cautions_of_names(names, with_star=True)
    scratch = _scratch_folder(params, names, notes)
    notes += notes_on_moved(half_1, [] if scratch else [names.sharpened_map_coeffs])
    queue = queue_settings(params, names.directory, notes)
    bytes_needed = bytes_of_half_maps(
        half_1, options, in_files=scratch is not None, with_symmetry=bool(ncs)
    )
    require_memory(params, half_1, bytes_needed, _WAY_OUT if scratch is None else None)
    return HalfMapPlan(
        fetched=fetched,
        bytes_needed=bytes_needed,
        notes=tuple(notes),
        warnings=distinct(warnings),
        half_1=half_1,
        half_2=half_2,
        half_files=half_files,
        full_map=full_map,
        full_file=_given_path(params.input_files.map_model.full_map),
        mask=mask,
        mask_file=mask_file,
        model_file=model_file,
        ncs=ncs,
        ncs_file=ncs_file,
        options=options,
        names=names,
        resolution_how=how,
        scratch=scratch,
        queue=queue,
    )


def _asked_for_resolution(params: Values) -> float | AutoType:
    resolution = given_resolution(params)
    if resolution is None:
        raise ParameterError(
            "resolution is missing; give the map's nominal resolution in Å, such as "
            "resolution=3.1, or resolution=Auto to find it from the half maps"
        )
    return resolution


def _given_path(given: str | None) -> Path | None:
    return None if given is None else Path(given)


def _mask(
    params: Values, opened: MapReader, half_1: MapData
) -> tuple[Path | None, MapData | str | bool]:
    """Return the file of a mask that was given, and what `sharpen_half_maps` takes as mask."""
    chosen = mask_choice(params)
    if isinstance(chosen, str):
        return Path(chosen), opened.mask(Path(chosen), half_1)
    return None, "auto" if chosen is AUTO else False


def _read_maps(
    params: Values, opened: MapReader, half_files: tuple[Path, Path], warnings: list[str]
) -> tuple[tuple[MapData, MapData], MapData | None]:
    """Return the half maps and the full map, all on one grid."""
    half_1, half_2 = (opened.density(path) for path in half_files)
    require_same_grid(half_1, half_2)
    require_other_values(half_1, half_2)
    full_file = _given_path(params.input_files.map_model.full_map)
    full_map = None if full_file is None else opened.density(full_file)
    if full_map is not None:
        require_same_grid(half_1, full_map)
    maps = (half_1, half_2) if full_map is None else (half_1, half_2, full_map)
    warnings += cautions_of_labels(params, maps, ("extract_unique",))
    return (half_1, half_2), full_map


def _read_group(
    path: Path, like: MapData, notes: list[str], warnings: list[str], wrapping: bool
) -> tuple[NcsGroup, ...]:
    """Return the point group of a file; none if there is but one copy."""
    ncs = read_symmetry(path, like, notes, warnings, periodic=wrapping)
    if require_one_group(ncs, path.name).copies == 1:
        warnings.append(f"{path.name} describes one copy only: there is nothing to average")
        return ()
    return ncs


def _agreed_resolution(
    params: Values,
    halves: tuple[MapData, MapData],
    mask: MapData | str | bool,
    notes: list[str],
    warnings: list[str],
    wrapping: bool,
) -> tuple[float, str]:
    # A job may run on a machine with other disks, and the search is made here.
    is_submitted = params.control.queue_run_command is not None
    folder = None if is_submitted else params.control.scratch_directory
    return agreed_resolution(
        params,
        halves,
        notes,
        warnings,
        way_out=_WAY_OUT,
        mask=mask,
        randomise_phases_beyond=params.sharpening.randomise_phases_beyond,
        wrapping=wrapping,
        new_array=None if folder is None else _scratch_arrays(folder),
    )


def _scratch_arrays(folder: Path | str) -> NewArray:
    """Return what makes arrays in files; the folder is tried at once."""
    from map_sharpening.io.scratch import ScratchFolder

    return ScratchFolder(folder).new_array


def _scratch_folder(params: Values, names: ShellOutputNames, notes: list[str]) -> Path | None:
    folder = params.control.scratch_directory
    if folder is None:
        return None
    if params.control.queue_run_command is None:
        # A job may run on a machine with other disks: it looks for itself.
        _scratch_arrays(folder)
    notes.append(
        f"arrays of the maps' size are files in {folder}; {names.sharpened_map_coeffs.name} is "
        "not written, as it would be made in memory"
    )
    return Path(folder)
