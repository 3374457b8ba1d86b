"""The maps of a result, with the names and labels of their files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from map_sharpening import _core
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.result import BFactorResult
from map_sharpening.methods.half_maps.density_modification import DensityModification
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.methods.local_resolution.result import LocalResolutionResult
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.parameters.reading import ShellOutputNames, output_names, read_words
from map_sharpening.runs.half_maps import LABEL_OF_SUPPORT, label_of_modified
from map_sharpening.runs.outputs import HALF_MAP_LABEL

_PROGRAM = f"map_sharpening {_core.__version__}"


def main_map(result: Any) -> MapData:
    """Return the main map of a result."""
    if isinstance(result, LocalResolutionResult):
        return result.map
    if isinstance(result, DensityModification):
        return result.modified
    sharpened: MapData = result.sharpened
    return sharpened


def named_maps(result: Any) -> dict[str, tuple[MapData, list[str]]]:
    """Return the maps of a result with their labels, by the names that a run's files have."""
    names = output_names(read_words().extract())
    return {
        place: (map_data, labels)
        for place, map_data, labels in _maps(result, names)
        if map_data is not None
    }


def _maps(result: Any, names: ShellOutputNames) -> Iterator[tuple[str, MapData | None, list[str]]]:
    if isinstance(result, LocalResolutionResult):
        yield names.local_resolution_map.name, result.map, [f"{_PROGRAM} local resolution, A"]
        return
    if isinstance(result, DensityModification):
        yield names.modified_map.name, result.modified, [label_of_modified(result)]
        contribution = f"{_PROGRAM} modified minus sharpened map"
        yield names.modified_minus_sharpened.name, result.contribution, [contribution]
        if result.support is not None:
            yield names.modification_support.name, result.support.map, [LABEL_OF_SUPPORT]
        return
    sharpened = [f"{_PROGRAM} sharpened", "map_is_sharpened"]
    yield names.sharpened_map.name, result.sharpened, sharpened
    if isinstance(result, BFactorResult) and result.local is not None:
        label = f"{_PROGRAM} local B applied, A^2"
        yield names.local_b_map.name, result.local.b_sharpen, [label]
    if isinstance(result, (HalfMapResult, ModelResult)):
        half = [*sharpened, HALF_MAP_LABEL]
        yield names.sharpened_map_1.name, result.sharpened_half_1, half
        yield names.sharpened_map_2.name, result.sharpened_half_2, half
        yield names.mask.name, result.mask, [f"{_PROGRAM} mask of the statistics"]
    if isinstance(result, HalfMapResult):
        for part in (result.local_resolution, result.modification):
            if part is not None:
                yield from _maps(part, names)
