"""Maps as layers of napari, and back: layers lie in Å, with axes z, y, x, where their maps do."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gemmi
import numpy as np
from napari.utils.transforms import Affine

from map_sharpening import MapData, MapSharpeningWarning, load_map, save_map
from map_sharpening.errors import ParameterError

LayerData = tuple[Any, dict[str, Any], str]
_MAP = "map_sharpening"  #: key of a layer's metadata: the map it was made of
_PLACE = ("affine", "scale", "translate", "rotate", "shear")  #: what says where a layer is
_ANGSTROM = {"angstrom": 1.0, "nanometer": 10.0, "pixel": 1.0}  #: in each unit of a layer


def reader(path: str | Sequence[str]) -> Callable[[Any], list[LayerData]]:
    """Return what reads one path or several."""
    return lambda paths: [
        layer_of(load_map(each)) for each in ([paths] if isinstance(paths, str) else paths)
    ]


def write(path: str, data: Any, attributes: Mapping[str, Any]) -> list[str]:
    """Write a layer as a map; napari has asked before a file is replaced.

    Raises
    ------
    MapSharpeningError
        If the layer's values can't be those of a map, or the file can't be written.
    """
    save_map(path, map_of(data, attributes), overwrite=True)
    return [path]


def layer_of(map_data: MapData, **attributes: Any) -> LayerData:
    """Return an image layer that lies where its map does."""
    place = {**_place_of(map_data), "units": ["angstrom"] * 3}
    given = {"name": map_data.name, "metadata": {_MAP: map_data}, **place, **attributes}
    return (map_data.values, given, "image")


def map_of(data: Any, attributes: Mapping[str, Any]) -> MapData:
    """Return the map of a layer: its values, where the layer lies.

    Position, labels and space group are those of the map it was made of, unless the layer was
    moved or scaled since.

    Raises
    ------
    ParameterError
        If the layer's unit is unknown, or its axes aren't those of its grid.
    ValueError
        If its values or its scale can't be those of a map.

    Warns
    -----
    MapSharpeningWarning
        If nothing says how large the layer's voxels are.
    """
    name = str(attributes.get("name", "layer"))
    if np.ndim(data) != 3:
        return MapData.from_array(data, 1.0, name=name)  # which refuses it
    units = [str(unit) for unit in attributes.get("units") or ["pixel"] * 3]
    place = _in_angstrom(units, name)[:, np.newaxis] * _matrix_of(attributes)
    known = attributes.get("metadata", {}).get(_MAP)
    is_known = known is not None and known.shape == np.shape(data)
    if is_known and np.allclose(place, _matrix_of(_place_of(known)), atol=1e-4):
        return known.with_values(np.ascontiguousarray(data, dtype=np.float32), name)
    if not _is_along_axes(place):
        parts = {key: attributes[key] for key in _PLACE if key in attributes}
        at_fault = [
            key for key, part in parts.items() if not _is_along_axes(_matrix_of({key: part}))
        ]
        raise ParameterError(
            f"{name} does not lie along the axes of its grid because of its "
            f"{' and '.join(at_fault)}; a map can only be scaled up or down and moved: "
            "reset that, or resample the layer"
        )
    scale = np.diag(place)[:3]
    if set(units) == {"pixel"} and np.all(scale == 1):
        told = f"{name} has no voxel size, so 1 Å is taken; set the layer's scale to that in Å"
        warnings.warn(told, MapSharpeningWarning, stacklevel=2)
    dz, dy, dx = scale.tolist()
    made = MapData.from_array(data, (dx, dy, dz), name=name)
    z, y, x = place[:3, 3].tolist()
    return replace(made, position=replace(made.position, origin=(x, y, z)))


def _place_of(map_data: MapData) -> dict[str, Any]:
    """Return where napari is to draw a map: by scale and translate if its cell allows it."""
    shift = map_data.position.first_point[::-1]
    if map_data.box.is_orthogonal:
        return {"scale": map_data.voxel_size[::-1], "translate": shift}
    affine = np.eye(4)
    edges = np.array(gemmi.UnitCell(*map_data.position.cell.parameters()).orth.mat.tolist())
    affine[:3, :3] = (edges / map_data.position.sampling)[::-1, ::-1]
    affine[:3, 3] = shift
    return {"affine": affine}


def _in_angstrom(units: Sequence[str], name: str) -> Any:
    """Return how many Å the units of a layer's axes are, and 1 for what comes after them."""
    unknown = sorted(set(units) - set(_ANGSTROM))
    if unknown or ("pixel" in units and len(set(units)) > 1):
        raise ParameterError(
            f"{name} has the units {', '.join(units)} (z, y, x); expected angstrom or nanometer "
            "for each axis, or pixel for all: set the layer's units"
        )
    return np.array([*(_ANGSTROM[unit] for unit in units), 1.0])


def _matrix_of(attributes: Mapping[str, Any]) -> Any:
    """Return the matrix (4 x 4) that takes grid points of a layer to where it is, in its unit."""
    given = {key: np.asarray(attributes[key]) for key in _PLACE[1:] if key in attributes}
    return np.asarray(attributes.get("affine", np.eye(4))) @ Affine(**given, ndim=3).affine_matrix


def _is_along_axes(matrix: Any) -> bool:
    """Whether a matrix (4 x 4) only scales, by factors above 0, and moves."""
    linear = np.asarray(matrix)[:3, :3]
    steps = np.diag(linear)
    return bool(np.all(steps > 0) and np.allclose(linear, np.diag(steps), atol=1e-6 * steps.max()))
