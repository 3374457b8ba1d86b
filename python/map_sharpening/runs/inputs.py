"""Opening the maps that runs of every kind read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from map_sharpening.errors import MapValueError, MemoryLimitError, ParameterError
from map_sharpening.io.half_pairs import partner_of
from map_sharpening.io.maps import read_map
from map_sharpening.io.memory import available_bytes
from map_sharpening.io.ncs import read_ncs
from map_sharpening.maps.checks.plausible import cautions_of_edges, require_density
from map_sharpening.maps.grids import clipped_mask, require_same_grid
from map_sharpening.maps.map_data import MapData, PlacedBy, labels_say
from map_sharpening.methods.half_maps.options import HalfMapOptions
from map_sharpening.methods.shared.windows import bytes_of_windows
from map_sharpening.molecule.ncs import NcsGroup
from map_sharpening.molecule.place import caution_of_model, caution_of_symmetry
from map_sharpening.parameters.reading import thread_count, voxel_size
from map_sharpening.phil import Fetched, Values

#: Interpreter, libraries and report.
BASE_BYTES = 200_000_000
#: Arrays of the map's size, float32, that a search for the resolution holds besides its inputs.
_ARRAYS_OF_SEARCH = 5

#: Arrays of the maps' size that a run on half maps holds at once, float32, mapped inputs not
#: counted.
_ARRAYS_AT_ONCE = 5
#: Further arrays of density modification; those of them that are in memory in any case.
_MODIFICATION_ARRAYS = 7
_NOISE_ARRAYS = 2
#: The same of both where copies are averaged first, at most: the mask may fill the box.
_SYMMETRY_ARRAYS, _SYMMETRY_ARRAYS_IN_MEMORY = 14, 4
#: With arrays in files: the sample for a map's statistics.
_SAMPLE_BYTES = 100_000_000
#: Maps that windows are cut out of or put into at most.
_MAPS_OF_WINDOWS = 6
_MASK_RESOLUTION = 8.0  #: Å

_HALF_MAP = "input_files.map_model.half_map"


class MapReader:
    """Opens maps as the parameters say, and collects warnings about them."""

    def __init__(self, params: Values, warnings: list[str]) -> None:
        self._voxel_size = voxel_size(params)
        self._placed_by: PlacedBy = params.crystal_info.map_origin
        self._ignores_labels = params.control.ignore_map_labels
        self._takes_mask_to_map = params.sharpening.mask_at_map
        self._warnings = warnings

    def __call__(self, path: Path) -> MapData:
        """Open a map."""
        map_data, warnings = read_map(
            path,
            voxel_size=self._voxel_size,
            allow_extract_unique=self._ignores_labels,
            placed_by=self._placed_by,
        )
        self._warnings += [*warnings, *cautions_of_edges(map_data)]
        return map_data

    def mask(self, path: Path, like: MapData) -> MapData:
        """Open a mask on the grid of a map.

        Raises
        ------
        GridMismatchError
            If it lies on another grid, or elsewhere and `mask_at_map` isn't given.
        MapValueError
            If its values don't go from 0 to 1.
        """
        mask, warnings = read_map(
            path,
            voxel_size=self._voxel_size,
            allow_extract_unique=True,
            allow_constant=True,
            placed_by=like.position.placed_by,
        )
        self._warnings.extend(warnings)
        if self._takes_mask_to_map:
            place, map_place = mask.position, like.position
            moved = replace(place, start=map_place.start, origin=map_place.origin)
            if moved != place:
                self._warnings.append(
                    f"{mask.name} is taken to lie where {like.name} lies, not where its NSTART "
                    "and ORIGIN say (mask_at_map=True)"
                )
            mask = replace(mask, position=moved)
        require_same_grid(
            like,
            mask,
            "give mask_at_map=True if it belongs to the same box, as for programs that ignore "
            "its position",
        )
        clipped, warnings = clipped_mask(mask)
        self._warnings.extend(warnings)
        return clipped

    def density(self, path: Path) -> MapData:
        """Open a map to sharpen, which can't be a mask.

        Raises
        ------
        MapValueError
            If it has the values of a mask.
        """
        map_data = self(path)
        require_density(map_data, f"give it as mask={path}, and the map to sharpen beside it")
        return map_data


def cautions_of_labels(
    params: Values, maps: Iterable[MapData], refused: Sequence[str]
) -> list[str]:
    """Return a warning if `ignore_map_labels` was given for maps without a label refused.

    Parameters
    ----------
    maps : iterable of MapData
        All that the run sharpens, or takes a scale from.
    refused : sequence of str
        Labels that this kind of run refuses.
    """
    if not params.control.ignore_map_labels:
        return []
    opened = list(maps)
    if any(labels_say(each, label) for each in opened for label in refused):
        return []
    return [
        "ignore_map_labels=True has no effect in this run: "
        f"{' and '.join(each.name for each in opened)} "
        f"{'are' if len(opened) > 1 else 'is'} not labelled {' or '.join(refused)}; leave it out"
    ]


def half_map_files(given: Sequence[str], notes: list[str]) -> tuple[Path, Path]:
    """Return the files of the two half maps; of one that is given, the other by its name.

    Raises
    ------
    ParameterError
        If there are none, more than two, or one whose partner isn't found.
    MapValueError
        If both are the same file.
    """
    files = [Path(name) for name in given]
    if not files:
        raise ParameterError(
            "no half maps were given, and no other map; give two half maps and the resolution, "
            "such as map_sharpening half1.mrc half2.mrc resolution=3.1, one map, or map "
            "coefficients"
        )
    if len(files) == 1:
        partner = partner_of(files[0])
        if partner is None and not files[0].exists():
            parts = re.split(r"[,;\s]+", given[0].strip())
            remedy = "check its name and folder"
            if len(parts) == 2:
                remedy = f"if it names two, give half_map={parts[0]} and half_map={parts[1]}"
            raise ParameterError(
                f"half_map is {given[0]}, and there is no file of that name; {remedy}"
            )
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


def with_second_half(fetched: Fetched, partner: Path) -> Fetched:
    """Return the parameters with the half map that was found, so that a repeat needs no search."""
    given: tuple[str, ...] = fetched.values[_HALF_MAP]
    return fetched.with_values({_HALF_MAP: (*given, str(partner))}) if len(given) == 1 else fetched


def read_symmetry(
    file: Path, source: MapData, notes: list[str], warnings: list[str], *, periodic: bool
) -> tuple[NcsGroup, ...]:
    """Read a symmetry file, and warn if it takes strong density to where there is none."""
    groups, about_groups = read_ncs(file)
    notes += about_groups
    caution = caution_of_symmetry(source, groups, file.name, periodic=periodic)
    warnings += [] if caution is None else [caution]
    return tuple(groups)


def require_memory(
    params: Values, source: MapData, bytes_needed: int, way_out: str | None = None
) -> None:
    """Stop if a run would not fit into memory, unless it is submitted to run elsewhere.

    Parameters
    ----------
    way_out : str, optional
        What this kind of run can do with less.

    Raises
    ------
    MemoryLimitError
        With what is needed and what there is.
    """
    if params.control.queue_run_command is not None:
        return
    available = available_bytes()
    if available is not None and bytes_needed > available:
        raise MemoryLimitError(
            f"{source.name} has {source.values.size:,} voxels: sharpening needs about "
            f"{bytes_needed / 1e9:.1f} GB of memory, but {available / 1e9:.1f} GB are "
            f"available; {'' if way_out is None else way_out + ', '}close other programs, use a "
            "machine with more, or crop or bin the maps"
        )


def model_for_viewers(
    params: Values,
    half_map: MapData,
    resolution: float,
    warnings: list[str],
    *,
    periodic: bool,
) -> Path | None:
    """Return a model's file, if one was given, that only viewers load; warn if it lies elsewhere.

    Raises
    ------
    FileNotFoundError, ModelFileError
        If it can't be read: viewers must be able to.
    """
    if params.input_files.map_model.model is None:
        return None
    # Other runs need nothing of this.
    from map_sharpening.io.models import read_atoms
    from map_sharpening.molecule.coverage import caution_of_coverage

    file = Path(params.input_files.map_model.model)
    atoms = read_atoms(file)
    caution = caution_of_model(half_map, atoms, resolution, periodic=periodic)
    if caution is None:
        caution = caution_of_coverage(half_map, atoms, resolution, periodic=periodic)
    warnings += [] if caution is None else [caution]
    return file


def bytes_of_half_maps(
    half_1: MapData, options: HalfMapOptions, *, in_files: bool, with_symmetry: bool
) -> int:
    """Return how much memory a run on two half maps takes, mapped inputs not counted."""
    size, step = half_1.values.size, min(half_1.voxel_size)
    needed = BASE_BYTES
    if in_files:
        # The automatic mask is made on a coarse grid, four arrays of it.
        coarse = min(1.0, 3 * step / max(_MASK_RESOLUTION, 2 * options.resolution)) ** 3
        needed += min(_SAMPLE_BYTES, 24 * size) + round(16 * size * coarse)
    else:
        needed += _ARRAYS_AT_ONCE * 4 * size
    if options.density_modification:
        arrays = _NOISE_ARRAYS if in_files else _MODIFICATION_ARRAYS
        if with_symmetry:
            arrays = _SYMMETRY_ARRAYS_IN_MEMORY if in_files else _SYMMETRY_ARRAYS
        needed += arrays * 4 * size
    if options.local_sharpen:
        needed += bytes_of_windows(half_1, options, n_maps=_MAPS_OF_WINDOWS)
    return needed


def agreed_resolution(
    params: Values,
    halves: tuple[MapData, MapData],
    notes: list[str],
    warnings: list[str],
    *,
    way_out: str | None = None,
    **search: Any,
) -> tuple[float, str]:
    """Return the resolution in Å to which half maps agree, and where that lies; note both.

    Parameters
    ----------
    way_out : str, optional
        As of `require_memory`, which isn't asked where arrays are made by a `new_array`.
    **search
        Further arguments of `resolution_of_half_maps`.

    Raises
    ------
    MapSharpeningError
        If there is too little memory, or the half maps agree nowhere.
    """
    # A run with a resolution needs nothing of this.
    from map_sharpening.methods.half_maps.resolution import resolution_of_half_maps

    if search.get("new_array") is None:
        needed = BASE_BYTES + _ARRAYS_OF_SEARCH * 4 * halves[0].values.size
        require_memory(params, halves[0], needed, way_out)
    agreed = resolution_of_half_maps(*halves, threads=thread_count(params), **search)
    notes.append(f"resolution is Auto: {agreed} was chosen, {agreed.why}")
    warnings += agreed.warnings
    return agreed.resolution, agreed.why
