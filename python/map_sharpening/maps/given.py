"""Maps as callers give them: MapData, arrays, paths, objects of mrcfile and gemmi; models too."""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np

from map_sharpening import outer
from map_sharpening.errors import ParameterError
from map_sharpening.maps.checks.plausible import (
    cautions_of_edges,
    looked_over,
    require_density,
)
from map_sharpening.maps.checks.signs import without_wraps
from map_sharpening.maps.grids import as_map
from map_sharpening.maps.map_data import MapData

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
#: Silent unless the caller of the library sets up logging.
_LOGGER = logging.getLogger("map_sharpening")
_LOGGER.addHandler(logging.NullHandler())


def takes_maps(
    *names: str,
) -> Callable[[Callable[_Arguments, _Result]], Callable[_Arguments, _Result]]:
    """Make a function take paths and other libraries' maps wherever it takes maps.

    It takes a path for its `model` too, if it has one.

    All maps are looked over, wherever they come from. Warnings from that come before the
    result's own; all of them are logged.

    Parameters
    ----------
    *names : str
        The parameters that are maps, or pairs of maps.
    """

    def decorate(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
        signature = inspect.signature(function)

        @wraps(function)
        def with_maps(*args: _Arguments.args, **keywords: _Arguments.kwargs) -> _Result:
            try:
                bound = signature.bind(*args, **keywords)
            except TypeError:
                return function(*args, **keywords)  # which says what is wrong
            _require_callable(bound.arguments.get("progress"))
            voxel_size = bound.arguments.get("voxel_size")
            from_reading: list[str] = []
            for name in names:
                if name in bound.arguments:
                    given = bound.arguments[name]
                    bound.arguments[name] = _converted(given, name, voxel_size, from_reading)
            model = bound.arguments.get("model")
            if isinstance(model, (str, bytes, os.PathLike)):
                atoms = outer.read_atoms(os.fsdecode(model))
                bound.arguments["model"] = atoms
                from_reading += atoms.warnings
            result = function(*bound.args, **bound.kwargs)
            warnings = (*from_reading, *getattr(result, "warnings", ()))
            if from_reading:
                result = cast("_Result", replace(cast("Any", result), warnings=warnings))
            for text in warnings:
                _LOGGER.warning("%s: %s", function.__name__, text)
            return result

        return with_maps

    return decorate


def _require_callable(progress: Any) -> None:
    if progress is not None and not callable(progress):
        raise ParameterError(
            f"progress is {progress!r}; expected a function of a stage and the share that is done"
        )


def _converted(given: Any, name: str, voxel_size: Any, warnings: list[str]) -> Any:
    if name == "half_maps" and given is not None:
        if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
            raise ParameterError(f"half_maps is {given!r:.60}; expected two maps")
        parts = enumerate(given, start=1)
        return tuple(_converted(part, f"half_{i}", voxel_size, warnings) for i, part in parts)
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, bytes):
        given = os.fsdecode(given)
    is_mask, is_known = name == "mask", isinstance(given, MapData) and given.is_looked_over
    if not isinstance(given, (MapData, np.ndarray)):
        found = outer.map_of(given, name, voxel_size)
        if found is None and isinstance(given, str):
            return given  # a word for the mask
        if found is not None:
            given = found[0]
            warnings += found[1]
    is_array = hasattr(given, "__array__") and not isinstance(given, MapData)
    if is_array and (values := np.asarray(given)).dtype == np.int8:
        given, doubts = without_wraps(values.astype(np.float32), name)
        warnings += doubts
    # The grid of a mask is judged where that of the map is known.
    steps = 1.0 if is_mask and voxel_size is None else voxel_size
    map_data, doubts = looked_over(as_map(given, steps, name), allow_constant=is_mask)
    warnings += doubts
    if not (is_mask or is_known):
        warnings += cautions_of_edges(map_data)
    if not is_mask:
        require_density(map_data, "give it as mask, and the map beside it")
    return given if is_mask and not isinstance(given, MapData) else map_data
