"""A run on one map, or map coefficients: sharpening by a B factor."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from map_sharpening._core import __version__
from map_sharpening.errors import ParameterError
from map_sharpening.io import curves, viewers
from map_sharpening.io.points import points_as_pdb
from map_sharpening.methods.b_factor.idle import lost_where_nothing_varies
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.result import BFactorResult, LocalBFactor
from map_sharpening.methods.b_factor.sharpen import require_options_fit, sharpen_with_options
from map_sharpening.methods.b_factor.shells import ScaleInputs, usable_methods
from map_sharpening.methods.b_factor.tiles import TrialMapSource
from map_sharpening.molecule.ncs import NcsGroup
from map_sharpening.parameters.kind_of_run import idle_unless_local
from map_sharpening.parameters.reading import BFactorOutputNames, b_factor_output_names
from map_sharpening.phil import Fetched, Values
from map_sharpening.progress import Progress
from map_sharpening.runs.b_factor_inputs import BFactorInputs, read_inputs
from map_sharpening.runs.b_factor_options import b_factor_options, is_local
from map_sharpening.runs.inputs import BASE_BYTES, require_memory
from map_sharpening.runs.map_inputs import with_what_was_found
from map_sharpening.runs.outputs import (
    cautions_of_names,
    coefficients_output,
    map_labels,
    notes_on_moved,
    one_map_views,
    path_from,
)
from map_sharpening.runs.plan import OneMapPlan, distinct
from map_sharpening.runs.trial_maps import (
    require_trial_map,
    stored_trial_maps,
    trial_map_file,
    written_trial_maps,
)
from map_sharpening.runs.wanted_output import Finished, WantedOutput, map_output, text_output

#: Arrays of the map's size that a run holds at once, float32, a mapped input not counted.
_ARRAYS_AT_ONCE = 8
#: Names of what local sharpening writes besides the map.
CENTRES = "sharpening_centers.pdb"
NCS_CENTRES = "ncs_sharpening_centers.pdb"


@dataclass(frozen=True)
class BFactorPlan(OneMapPlan[BFactorResult]):
    """A map opened and checked, outputs named."""

    names: BFactorOutputNames
    inputs: BFactorInputs  #: the maps among them
    options: BFactorOptions

    @property
    def numbered_output(self) -> Path | None:
        """The name of the trial maps, read or written, without their numbers."""
        changes = self.params.b_factor_sharpening.map_modification
        has_files = changes.write_sharpened_maps or changes.read_sharpened_maps
        return self.names.local_trial_map if has_files and is_local(self.params) else None

    @property
    def input_lines(self) -> tuple[tuple[str, Path], ...]:
        """All files that are read, with headings for a person."""
        return self.inputs.files

    def sharpen(self, progress: Progress, temporary_path: Callable[[Path], Path]) -> BFactorResult:
        """Sharpen the map; trial maps of local sharpening are written as they are made."""
        changes = self.params.b_factor_sharpening.map_modification
        name = self.names.local_trial_map
        trial_maps: TrialMapSource | None = None
        if changes.write_sharpened_maps:
            trial_maps = written_trial_maps(self.source, name, temporary_path)
        elif changes.read_sharpened_maps:
            trial_maps = stored_trial_maps(self.source, name)
        inputs = self.inputs
        result = sharpen_with_options(
            self.maps.full_map,
            self.options,
            half_maps=self.maps.half_maps,
            model=inputs.model,
            external_map=inputs.external_map,
            symmetry=None if self.maps.space_group is None else list(inputs.rotations),
            ncs=inputs.ncs,
            chains=inputs.chains,
            trial_maps=trial_maps,
            progress=lambda stage, done: progress.stage("sharpen", round(100 * done), 100, stage),
        )
        if not result.why_not_local:
            return result
        lost = lost_where_nothing_varies(idle_unless_local(self.fetched), result.why_not_local)
        return replace(result, warnings=(*result.warnings, *lost))

    def own_outputs(self) -> Iterator[WantedOutput[BFactorResult]]:
        """Yield maps, coefficients and scores."""
        names, folder, source = self.names, self.names.directory, self.source
        shifted = "shifted to put the first grid point at the origin"
        yield map_output(names.sharpened_map, source, lambda r: r.sharpened, self._labels)
        finest = self.resolution * self.options.applied.d_min_ratio
        yield coefficients_output(
            names.sharpened_map_coeffs,
            source,
            max(finest, source.nyquist),
            maps=self.maps,
            largest=self.params.b_factor_sharpening.map_modification.scale_max,
            threads=self.options.threads,
        )
        is_moved = names.is_shifted_map_wanted or not source.position.is_at_origin
        if names.shifted_map is not None and is_moved:
            yield map_output(
                names.shifted_map, source, lambda _: source.at_origin(), lambda _: [shifted]
            )
        if names.shifted_sharpened_map is not None:
            yield map_output(
                names.shifted_sharpened_map,
                source,
                lambda r: r.sharpened.at_origin(),
                lambda r: [*self._labels(r), shifted],
            )
        if is_local(self.params):
            yield from self._local_outputs()
        yield text_output(
            folder / "scores.csv", lambda finished: curves.scores_csv(finished.result)
        )

    def _local_outputs(self) -> Iterator[WantedOutput[BFactorResult]]:
        """Yield the outputs of local sharpening, made only if B varies."""
        folder, ncs = self.names.directory, self.inputs.ncs

        def is_made(result: BFactorResult) -> bool:
            return result.local is not None

        def local(finished: Finished[BFactorResult]) -> LocalBFactor:
            if finished.result.local is None:
                raise AssertionError("a file of local sharpening is written, but none was done")
            return finished.result.local

        yield map_output(
            self.names.local_b_map,
            self.source,
            lambda r: None if r.local is None else r.local.b_sharpen,
            lambda _: [f"map_sharpening {__version__} local b_sharpen, A^2"],
        )
        yield text_output(
            folder / CENTRES,
            lambda finished: points_as_pdb(
                local(finished).centres, local(finished).b_sharpen_of_tiles
            ),
            is_made,
        )
        if ncs:
            yield text_output(
                folder / NCS_CENTRES, lambda finished: _ncs_centres(local(finished), ncs), is_made
            )

    def _labels(self, result: BFactorResult) -> list[str]:
        return map_labels(
            _what_was_done(result),
            wrapping=self.maps.wrapping,
            is_sharpened=result.chosen.method != "no_sharpening" or result.local is not None,
        )

    def views(self, result: BFactorResult) -> viewers.ViewerFiles:
        """Return what viewers are to show."""
        views = one_map_views(
            self.maps, self.names, result.contour_level, model=dict(self.inputs.files).get("Model")
        )
        local = result.local
        if local is None or not local.varies:
            return views
        values = local.b_sharpen.values
        return replace(
            views,
            local_b=path_from(self.directory, self.names.local_b_map),
            local_b_range=(float(values.min()), float(values.max())),
        )


def plan_b_factor(fetched: Fetched, notes: list[str], warnings: list[str]) -> BFactorPlan:
    """Open and check all inputs and name all outputs of a B-factor run."""
    params = fetched.extract()
    inputs = read_inputs(params, notes, warnings)
    fetched = with_what_was_found(fetched, inputs.maps)
    names = b_factor_output_names(params)
    warnings += cautions_of_names(names)
    source = inputs.maps.source
    _require_one_use_of_trial_maps(params, names, notes)
    if not inputs.maps.is_whole_crystal_cell:
        moved = [names.sharpened_map_coeffs, *filter(None, [names.shifted_map])]
        notes += notes_on_moved(source, moved)
    changes = params.b_factor_sharpening.map_modification
    has_files = changes.write_sharpened_maps or changes.read_sharpened_maps
    n_arrays = _ARRAYS_AT_ONCE + (1 if has_files else 0)  # a trial map on its way
    bytes_needed = n_arrays * 4 * source.values.size + BASE_BYTES
    require_memory(params, source, bytes_needed)
    options = b_factor_options(fetched, inputs)
    require_options_fit(source, options)
    usable_methods(options, ScaleInputs(inputs.maps.half_maps, inputs.model, inputs.external_map))
    plan = BFactorPlan(
        fetched=fetched,
        bytes_needed=bytes_needed,
        notes=tuple(notes),
        warnings=distinct(warnings),
        names=names,
        resolution_how=inputs.maps.resolution_how,
        maps=inputs.maps,
        inputs=inputs,
        options=options,
    )
    if changes.read_sharpened_maps and plan.numbered_output is not None:
        require_trial_map(trial_map_file(plan.numbered_output, 0))
    return plan


def _ncs_centres(local: LocalBFactor, ncs: Sequence[NcsGroup]) -> str:
    """Return the centres of tiles in the other copies, with the same B."""
    copies = [group.copies_of(local.centres)[1:].reshape(-1, 3) for group in ncs]
    of_copies = np.concatenate(copies)
    repeats = len(of_copies) // len(local.centres)
    return points_as_pdb(of_copies, np.tile(local.b_sharpen_of_tiles, repeats))


def _require_one_use_of_trial_maps(
    params: Values, names: BFactorOutputNames, notes: list[str]
) -> None:
    changes = params.b_factor_sharpening.map_modification
    if changes.write_sharpened_maps and changes.read_sharpened_maps:
        raise ParameterError(
            "write_sharpened_maps and read_sharpened_maps are both True; give one of them"
        )
    if changes.write_sharpened_maps and is_local(params):
        first = trial_map_file(names.local_trial_map, 0).name
        notes.append(f"the trial maps are written too, {first} and so on")


def _what_was_done(result: BFactorResult) -> str:
    """Return the line of the map's label: numbers that a later reader needs."""
    chosen = result.chosen
    words = [chosen.method]
    if result.local is not None and result.local.varies:
        local = result.local.b_sharpen.values
        return f"{chosen.method} b_sharpen={local.min():.1f}..{local.max():.1f}"
    for name, value, digits in (
        ("b_sharpen", chosen.b_sharpen, 1),
        ("b_iso", result.b_iso_nominal, 1),
        ("d_cut", math.nan if chosen.d_cut is None else chosen.d_cut, 2),
    ):
        if not math.isnan(value):
            words.append(f"{name}={value:.{digits}f}")
    return " ".join(words)
