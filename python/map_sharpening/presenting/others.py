"""Maps of other libraries: paths, open files of mrcfile, maps and grids of gemmi."""

from __future__ import annotations

import io
import os
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import MapFileError, ParameterError
from map_sharpening.io.map_header import HEADER_SIZE, compose_header, merged_labels, parse_header
from map_sharpening.io.maps import read_map
from map_sharpening.maps.checks.plausible import looked_over
from map_sharpening.maps.checks.signs import without_wraps
from map_sharpening.maps.map_data import (
    MapData,
    MapPosition,
    UnitCell,
    map_of_array,
    plain_voxel_size,
)

#: NSYMBT, MAP and the labels in a CCP4 header, in words from 0.
_EXTENDED_WORD, _MAP_WORD, _TEXT_WORDS = 23, 52, 56


def map_of(given: object, name: str, voxel_size: Any) -> tuple[MapData, list[str]] | None:
    """Return the map of a path, or of an object of mrcfile or gemmi, and warnings about it.

    It is None for anything else; a word that names no file is none either where a mask may be
    "auto".

    Raises
    ------
    MapSharpeningError
        If it can't be used as a map.
    """
    steps = None if voxel_size is None else plain_voxel_size(voxel_size)
    if isinstance(given, (str, os.PathLike)):
        if name == "mask" and isinstance(given, str) and not Path(given).is_file():
            return None
        return read_map(given, voxel_size=steps, allow_constant=name == "mask")
    if hasattr(given, "header_i32") and hasattr(given, "grid"):
        raw = _header_of_gemmi(given)
        # gemmi's arrays have the fastest axis first
        return _from_header(raw, np.asarray(given.grid.array).T, name, steps)
    if hasattr(given, "unit_cell") and hasattr(given, "axis_order") and hasattr(given, "array"):
        return _from_grid(given, name, steps)
    header: Any = getattr(given, "header", None)
    data = getattr(given, "data", None)
    if getattr(getattr(header, "dtype", None), "itemsize", 0) == HEADER_SIZE:
        if data is None:
            raise ParameterError(
                f"{name} is a file of mrcfile that is closed; open it, or give its path"
            )
        stream = getattr(given, "_iostream", None)
        file_name = Path(str(getattr(stream, "name", None) or name)).name
        extra = getattr(given, "extended_header", None)
        extended = b"" if extra is None else extra.tobytes()
        return _from_header(header.tobytes(), np.asarray(data), file_name, steps, extended)
    return None


def to_mrcfile(map_data: MapData) -> Any:
    """Return a map as an object of mrcfile in memory."""
    from mrcfile.mrcinterpreter import MrcInterpreter

    values = np.ascontiguousarray(map_data.values, dtype="<f4")
    labels = merged_labels(map_data.position.labels, ())
    head = compose_header(map_data, labels, _core.map_statistics(values))
    stream = io.BytesIO(head + map_data.extended_header + values.tobytes())
    return MrcInterpreter(iostream=stream)


def to_gemmi(map_data: MapData) -> Any:
    """Return a map as a gemmi.Ccp4Map."""
    import gemmi

    position = map_data.position
    made = gemmi.Ccp4Map()
    values = np.ascontiguousarray(map_data.values.T)
    made.grid = gemmi.FloatGrid(
        values,
        gemmi.UnitCell(*position.cell.parameters()),
        gemmi.find_spacegroup_by_number(max(position.space_group, 1)),
    )
    made.update_ccp4_header(2)
    labels = merged_labels(position.labels, ())
    head = compose_header(map_data, labels, _core.map_statistics(map_data.values))
    # NSYMBT stays: gemmi writes the symmetry between header and values.
    for word in (word for word in range(_MAP_WORD) if word != _EXTENDED_WORD):
        made.set_header_i32(word + 1, struct.unpack_from("<i", head, 4 * word)[0])
    made.set_header_i32(_TEXT_WORDS, len(labels))
    made.set_header_str(_TEXT_WORDS + 1, "".join(f"{label:<80}" for label in labels))
    return made


def _header_of_gemmi(given: Any) -> bytes:
    words = [given.header_i32(word + 1) for word in range(_TEXT_WORDS)]
    raw = bytearray(struct.pack(f"<{_TEXT_WORDS}i", *words).ljust(HEADER_SIZE, b" "))
    if words[3] != 0:  # of bytes it says more
        struct.pack_into("<i", raw, 12, 2)  # mode: gemmi holds float32 for any file
    struct.pack_into("<i", raw, 4 * _EXTENDED_WORD, 0)
    raw[4 * _MAP_WORD : 4 * _MAP_WORD + 8] = b"MAP \x44\x44\0\0"
    text = given.header_str(_TEXT_WORDS + 1, HEADER_SIZE - 4 * _TEXT_WORDS)
    data = text.encode("latin-1", "replace")[: HEADER_SIZE - 4 * _TEXT_WORDS]
    raw[4 * _TEXT_WORDS : 4 * _TEXT_WORDS + len(data)] = data
    return bytes(raw)


def _from_header(
    raw: bytes,
    stored: Any,
    name: str,
    steps: tuple[float, float, float] | None,
    extended_header: bytes = b"",
) -> tuple[MapData, list[str]]:
    """Return a map from a header and values as stored: sections, rows, columns."""
    header, warnings = parse_header(raw, name, steps)
    if stored.shape != header.file_shape:
        raise MapFileError(
            f"{name} has values of shape {stored.shape}, but its header says "
            f"{header.file_shape}; expected the same; update the header"
        )
    # axes: directions (1 x, 2 y, 3 z) of columns, rows, sections
    place = {direction: 2 - i for i, direction in enumerate(header.axes)}
    turned = stored.transpose(place[3], place[2], place[1])
    if header.dtype.itemsize == 1:
        turned = np.asarray(turned, np.float32)
        if header.dtype.kind == "u":  # which neither library regards
            turned = np.where(turned < 0, turned + 256, turned)
        elif header.offset:
            turned = turned + np.float32(header.offset)
        else:
            turned, doubts = without_wraps(turned, name)
            warnings += doubts
    map_data, doubts = _looked_over(turned, header.position, name)
    if extended_header and not header.extended_is_foreign:
        kind = header.extended_type
        map_data = replace(map_data, extended_header=extended_header, extended_type=kind)
    return map_data, warnings + doubts


def _from_grid(
    grid: Any, name: str, steps: tuple[float, float, float] | None
) -> tuple[MapData, list[str]]:
    order = str(getattr(grid.axis_order, "name", grid.axis_order))
    if order != "XYZ":
        raise ParameterError(
            f"{name} is a grid of gemmi with axes {order}; expected XYZ; call setup() of its map"
        )
    nx, ny, nz = (int(count) for count in grid.shape)
    cell = UnitCell(*grid.unit_cell.parameters)
    if steps is not None:
        cell = replace(cell, a=steps[0] * nx, b=steps[1] * ny, c=steps[2] * nz)
    group = getattr(grid.spacegroup, "number", 1)
    position = MapPosition(cell, (nx, ny, nz), space_group=int(group))
    return _looked_over(np.asarray(grid.array).T, position, name)


def _looked_over(values: Any, position: MapPosition, name: str) -> tuple[MapData, list[str]]:
    # from_array says what is wrong with the values
    made, warnings = map_of_array(values, 1.0, name)
    made, doubts = looked_over(replace(made, position=position), allow_constant=name == "mask")
    return made, warnings + doubts
