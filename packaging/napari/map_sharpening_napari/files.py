"""Maps as layers of napari, and back: layers lie in Å, with axes z, y, x, where their maps do."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gemmi
import numpy as np

from map_sharpening import MapData, MapSharpeningWarning, load_map, save_map

LayerData = tuple[Any, dict[str, Any], str]
_MAP = "map_sharpening"  #: key of a layer's metadata: the map it was made of


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

    Warns
    -----
    MapSharpeningWarning
        If nothing says how large the layer's voxels are.
    """
    name = str(attributes.get("name", "layer"))
    known = attributes.get("metadata", {}).get(_MAP)
    if known is not None and known.shape == np.shape(data) and _is_there(known, attributes):
        return known.with_values(np.ascontiguousarray(data, dtype=np.float32), name)
    scale = tuple(float(step) for step in attributes.get("scale", (1.0, 1.0, 1.0)))
    units = {str(unit) for unit in attributes.get("units") or ["pixel"]}
    if units == {"pixel"} and set(scale) == {1.0}:
        told = f"{name} has no voxel size, so 1 Å is taken; set the layer's scale to that in Å"
        warnings.warn(told, MapSharpeningWarning, stacklevel=2)
    made = MapData.from_array(data, scale[::-1], name=name)
    shift = np.asarray(attributes.get("translate", (0.0, 0.0, 0.0)), dtype=np.float64)
    x, y, z = shift[::-1].tolist()
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


def _is_there(map_data: MapData, attributes: Mapping[str, Any]) -> bool:
    """Whether a layer still lies where it was put when it was made of a map."""
    untouched = {"scale": np.ones(3), "translate": np.zeros(3), "affine": np.eye(4)}
    return all(
        np.allclose(attributes.get(key, default), _place_of(map_data).get(key, default), atol=1e-4)
        for key, default in untouched.items()
    )
