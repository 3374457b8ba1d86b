"""Map files packed word by word, and what is asked of them in tests of maps."""

from __future__ import annotations

import io
import math
import struct
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
import numpy.typing as npt
import pytest

from map_sharpening.errors import (
    MapFileError,
)
from map_sharpening.io.maps import (
    read_map,
    write_map,
)
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell

STORED = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}


def mrc_bytes(
    values: npt.NDArray[Any],
    *,
    mode: int = 2,
    order: str = "<",
    axes: tuple[int, int, int] = (1, 2, 3),
    sampling: tuple[int, int, int] | None = None,
    cell: tuple[float, ...] = (30.0, 40.0, 50.0, 90.0, 90.0, 90.0),
    start: tuple[int, int, int] = (0, 0, 0),
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0),
    space_group: int = 1,
    extended: bytes = b"",
    extended_type: bytes = b"",
    labels: tuple[bytes, ...] = (),
    stamp: bytes | None = None,
    identifier: bytes = b"MAP ",
    imod: tuple[int, int] = (0, 0),
) -> bytes:
    """Return a map file of values (z, y, x), packed word by word; triples are x, y, z."""
    stored = np.ascontiguousarray(values.transpose([3 - axis for axis in reversed(axes)]))
    header = bytearray(1024)

    def put(word: int, kind: str, *numbers: float) -> None:
        struct.pack_into(f"{order}{len(numbers)}{kind}", header, 4 * (word - 1), *numbers)

    put(1, "i", *reversed(stored.shape), mode, *(start[axis - 1] for axis in axes))
    put(8, "i", *(sampling or tuple(reversed(values.shape))))
    put(11, "f", *cell)
    put(17, "i", *axes)
    put(23, "i", space_group, len(extended))
    header[104 : 104 + len(extended_type)] = extended_type
    put(39, "i", *imod)
    put(50, "f", *origin)
    header[208:212] = identifier
    header[212:216] = stamp or (b"\x44\x44\0\0" if order == "<" else b"\x11\x11\0\0")
    put(56, "i", len(labels))
    for number, label in enumerate(labels):
        header[224 + 80 * number : 304 + 80 * number] = label.ljust(80)
    kind = order + STORED.get(mode, "i1")
    return bytes(header) + extended + stored.astype(kind).tobytes()


def some_values(shape: tuple[int, int, int] = (4, 5, 6)) -> npt.NDArray[np.float32]:
    """Return whole numbers, which all modes can hold, in no special order."""
    numbers = np.random.default_rng(1).permutation(math.prod(shape)) % 120
    return numbers.reshape(shape).astype(np.float32)


def saved(folder: Path, content: bytes, name: str = "a.mrc") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def written_and_read(folder: Path, map_data: MapData, *labels: str) -> MapData:
    write_map(folder / "out.ccp4", map_data, labels_added=labels)
    return read_map(folder / "out.ccp4")[0]


def raw_header(path: Path) -> Any:
    with mrcfile.open(path, permissive=True, header_only=True) as stream:
        return stream.header.copy()


def validation(path: Path) -> str:
    """Return mrcfile's complaints about a file."""
    text = io.StringIO()
    valid = mrcfile.validate(path, print_file=text)
    return "" if valid else text.getvalue()


def refusal(path: Path, kind: type[Exception] = MapFileError) -> str:
    """Return the message with which a file is refused, which is one line with its name."""
    with pytest.raises(kind) as caught:
        read_map(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


def full_map() -> MapData:
    position = MapPosition(
        cell=UnitCell(60.0, 75.0, 80.0, 90.0, 100.0, 90.0),
        sampling=(12, 15, 16),
        start=(-3, 4, 5),
        origin=(1.5, -2.25, 3.125),
        space_group=4,
        labels=("one", "two"),
    )
    return MapData(some_values(), position, "a.mrc", b"X,Y,Z".ljust(80), b"CCP4")
