"""Read and write CCP4/MRC maps."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import math
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import (
    MapFileError,
    MapSharpeningWarning,
    MapValueError,
    MemoryLimitError,
    ParameterError,
)
from map_sharpening.io.map_header import (
    HEADER_SIZE,
    MapHeader,
    compose_header,
    is_text,
    looks_like_header,
    merged_labels,
    parse_header,
    voxel_size_triple,
)
from map_sharpening.io.memory import available_bytes
from map_sharpening.io.readable import UNPACKING_ERRORS, UnpackedStreams, file_path, is_of_system
from map_sharpening.io.staging import StagedOutputs, final_name, writing
from map_sharpening.maps.checks.plausible import cautions_of_header, looked_over
from map_sharpening.maps.checks.signs import without_wraps
from map_sharpening.maps.foreign import foreign_format, foreign_name
from map_sharpening.maps.map_data import (
    FloatMap,
    MapData,
    PlacedBy,
)

#: Values converted at a time: large enough to be fast, small enough to stay in the cache.
_PIECE = 2**20  #: bytes
_SLAB_VALUES = 1 << 19
_GZIP_MAX_RATIO = 1032  #: more can't be deflated
_LFS_POINTER = b"version https://git-lfs"

_Packing = Literal["none", "gzip", "bzip2", "xz"]


def read_map(
    path: str | os.PathLike[str],
    *,
    voxel_size: float | Sequence[float] | None = None,
    allow_extract_unique: bool = False,
    allow_constant: bool = False,
    are_values_checked: bool = True,
    placed_by: PlacedBy = "auto",
) -> tuple[MapData, list[str]]:
    """Read a map.

    Modes 0, 1, 2, 6 and 12, both byte orders, any axis order, plain or compressed by gzip,
    bzip2 or xz are read. The values of a plain little-endian mode 2 file with axes 1, 2, 3 are a
    read-only memory map of it; all others are converted, a few sections at a time.

    Parameters
    ----------
    path : path-like
        The file. Its name does not matter, what it holds decides.
    voxel_size : float or three floats, optional
        Grid spacing along x, y, z in Å, used in place of the file's.
    allow_extract_unique : bool
        Whether to accept a map labelled `extract_unique`.
    allow_constant : bool
        Whether to accept a map that has one value everywhere, as a mask may.
    are_values_checked : bool
        Whether to check the values; otherwise they may be NaN, and there is no warning.
    placed_by : "auto", "nstart" or "origin"
        Which words say where the map lies; see `MapPosition.first_point`.

    Returns
    -------
    MapData, list of str
        The map, and warnings of one line each.

    Raises
    ------
    MapFileError
        If the file is missing, can't be read, or is not a map that can be sharpened.
    MapValueError
        If values are NaN, infinite or all the same, or the map is a unique part only.
    MemoryLimitError
        If the values must be converted and don't fit into memory.
    ParameterError
        If `voxel_size` is not one or three numbers above 0.
    """
    file = file_path(path, "a map")
    steps = None if voxel_size is None else voxel_size_triple(voxel_size)
    with _opened(file) as (stream, packing):
        raw = _read_upto(stream, HEADER_SIZE)
        _refuse_impostors(raw, file, packing)
        header, warnings = parse_header(raw, file.name, steps)
        size_without = HEADER_SIZE + header.data_size
        if packing == "none" and header.extended_size > 0 and file.stat().st_size == size_without:
            header = _without_extension(header, file.name, warnings)
        warnings += _check_size(file, packing, header)
        values = None
        try:
            extended_header, values = _contents(stream, packing, header, file)
            warnings += _what_follows(stream, packing, header, file)
        except _TruncatedMapError as error:
            if header.extended_size == 0 or error.size != HEADER_SIZE + header.data_size:
                raise
    if values is None:
        # Their length is known only now; the error is gone, and with it the array it held.
        header = _without_extension(header, file.name, warnings)
        with _opened(file) as (stream, packing):
            _read_upto(stream, HEADER_SIZE)
            extended_header, values = _contents(stream, packing, header, file)
            warnings += _what_follows(stream, packing, header, file)
    if header.extended_is_foreign and not is_text(extended_header.replace(b"\0", b"")):
        # its numbers would be read in the wrong byte order from a little-endian output
        warnings.append(
            f"{file.name} has a binary extended header of {len(extended_header)} bytes in"
            " big-endian order; outputs will not have it"
        )
        extended_header = b""
    if header.dtype == np.int8 and not header.offset:
        values, doubts = without_wraps(values, file.name)
        warnings += doubts
    map_data = MapData(
        values,
        replace(header.position, placed_by=placed_by),
        file.name,
        extended_header,
        header.extended_type if extended_header else b"",
    )
    if not are_values_checked:
        return map_data, warnings + cautions_of_header(map_data, allow_extract_unique)
    map_data, doubts = looked_over(
        map_data, allow_constant=allow_constant, allow_extract_unique=allow_extract_unique
    )
    return map_data, warnings + doubts


def load_map(path: str | os.PathLike[str], **keywords: Any) -> MapData:
    """Read a map as `read_map` does; its warnings are those of Python.

    Parameters
    ----------
    path : path-like
        The file.
    **keywords
        As of `read_map`.

    Warns
    -----
    MapSharpeningWarning
        For what is doubtful in the file, one each.
    """
    map_data, doubts = read_map(path, **keywords)
    for text in doubts:
        warnings.warn(text, MapSharpeningWarning, stacklevel=2)
    return map_data


def write_map(
    path: str | os.PathLike[str], map_data: MapData, *, labels_added: Sequence[str] = ()
) -> None:
    """Write a map that lies where `map_data` lies, as mode 2, little-endian, axes 1, 2, 3.

    Cell, sampling, start, origin, space group and extended header are those of the map; the
    statistics are of the values written.

    Parameters
    ----------
    path : path-like
        Where to write; a file there is overwritten, so give a path of `StagedOutputs`.
    labels_added : sequence of str
        Lines of up to 80 characters put after the map's own labels, oldest first. Phenix gives
        meaning to `map_is_sharpened`, `wrapping_outside_cell` and `no_wrapping_outside_cell`.

    Raises
    ------
    MapValueError
        If a value is NaN or infinite.
    OutputError
        If the file can't be written.
    """
    file = Path(path)
    labels = merged_labels(map_data.position.labels, labels_added)
    values = np.ascontiguousarray(map_data.values, dtype=np.float32)
    statistics = _core.map_statistics(values)
    if statistics.n_not_finite:
        raise MapValueError(
            f"{final_name(file)} would have NaN or infinity at {statistics.n_not_finite} of "
            f"{values.size} points; expected finite numbers; set them to 0 before it is saved, or "
            "report it if they are of a run"
        )
    with writing(file), file.open("wb") as stream:
        stream.write(compose_header(map_data, labels, statistics))
        stream.write(map_data.extended_header)
        stream.write(values.astype("<f4", copy=False).data)


def save_map(path: str | os.PathLike[str], map_data: MapData, *, overwrite: bool = False) -> None:
    """Write a map of 32-bit numbers where it lies, whole or not at all.

    Parameters
    ----------
    path : path-like
        Where to write.
    map_data : MapData
        The map, such as the `sharpened` of a result.
    overwrite : bool
        Whether a file that is there may be replaced, even that of a map in use.

    Raises
    ------
    MapValueError
        If a value is NaN or infinite.
    OutputError
        If the file is there already, or can't be written.
    """
    if not isinstance(map_data, MapData):
        raise ParameterError(
            f"map_data is of type {type(map_data).__name__}; expected MapData, after the path, "
            "such as MapData.from_array(values, voxel_size)"
        )
    path = file_path(path, "the map to write")
    with StagedOutputs(inputs=(), overwrite=overwrite) as staged:
        staged.reserve({path: map_file_size(map_data)})
        write_map(staged.temporary_path(path), map_data)


def map_file_size(map_data: MapData) -> int:
    """Return how many bytes `write_map` writes for this map."""
    return HEADER_SIZE + len(map_data.extended_header) + 4 * map_data.values.size


def is_map_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds a map, judged by its header alone, also inside gzip, bzip2 and xz.

    False for what is no regular file; a damaged map still counts as one.

    Raises
    ------
    MapFileError
        If the file exists and can't be read.
    """
    file = Path(path)
    if not file.is_file():
        return False
    with _opened(file) as (stream, _):
        try:
            return looks_like_header(_read_upto(stream, HEADER_SIZE))
        except UNPACKING_ERRORS as error:
            if is_of_system(error):
                raise
            return False  # compressed, but damaged before the end of a header


@contextmanager
def _opened(file: Path) -> Iterator[tuple[BinaryIO, _Packing]]:
    """Open a file, through gzip, bzip2 and xz by its first bytes; say which of them."""
    if file.is_dir():
        raise MapFileError(f"{file} is a folder; expected a map file; give the file inside it")
    if file.exists() and not file.is_file():
        raise MapFileError(f"{file} is a device or pipe; expected a map file; save it to a file")
    try:
        with file.open("rb") as plain:
            start = plain.read(6)
            plain.seek(0)
            if start.startswith(b"\x1f\x8b"):
                with gzip.open(plain) as unpacked:
                    yield cast(BinaryIO, unpacked), "gzip"
            elif start.startswith(b"BZh"):
                streams = UnpackedStreams(plain, b"BZh", bz2.BZ2Decompressor)
                yield cast(BinaryIO, io.BufferedReader(streams)), "bzip2"
            elif start == b"\xfd7zXZ\0":
                streams = UnpackedStreams(plain, start, lzma.LZMADecompressor)
                yield cast(BinaryIO, io.BufferedReader(streams)), "xz"
            else:
                yield plain, "none"
    except FileNotFoundError as error:
        raise MapFileError(
            f"{file} does not exist; expected a map file; check the name and the folder"
        ) from error
    except UNPACKING_ERRORS as error:
        number = error.errno if isinstance(error, OSError) else None
        if number is None:  # raised by gzip and bz2 about the data, not by the system
            raise MapFileError(
                f"{file.name} has damaged or truncated compressed data, or something after them;"
                " expected a whole .gz, .bz2 or .xz file; download or compress it again"
            ) from error
        remedy = (
            "allow reading it (chmod +r)"
            if number in (errno.EACCES, errno.EPERM)
            else "check the disk, or copy the file"
        )
        raise MapFileError(f"{file} can't be read: {os.strerror(number)}; {remedy}") from error


def _read_upto(stream: BinaryIO, count: int) -> bytes:
    """Read `count` bytes, or fewer only at the end of the file."""
    parts: list[bytes] = []
    while count > 0:
        # a header may claim gigabytes; take no more at once than a file can prove to have
        part = stream.read(min(count, 1 << 24))
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _refuse_impostors(raw: bytes, file: Path, packing: _Packing) -> None:
    """Name the usual formats of files with a map's name."""
    name = file.name
    if not looks_like_header(raw):
        size = file.stat().st_size if packing == "none" else None
        what = foreign_format(raw, size) or foreign_name(name)
        if what is not None:
            raise MapFileError(f"{name} is {what}")
    if raw.startswith(_LFS_POINTER):
        raise MapFileError(
            f"{name} is a Git LFS pointer, a note of where the map is; expected the map itself;"
            " run 'git lfs pull' in its folder"
        )
    if raw.lstrip().startswith(b"<") and not looks_like_header(raw):  # NX 60 is "<" too
        raise MapFileError(
            f"{name} is a web page or XML text; expected a CCP4/MRC map; download the map again"
        )
    if len(raw) < HEADER_SIZE:
        raise MapFileError(
            f"{name} is not a CCP4/MRC map: it has {len(raw)} bytes, but the header alone has"
            f" {HEADER_SIZE}; give a .mrc, .map or .ccp4 file"
        )


class _TruncatedMapError(MapFileError):
    """A file ends before its last value, after `size` bytes."""

    def __init__(self, name: str, header: MapHeader, size: int, has: str = "it has") -> None:
        sections, rows, columns = header.file_shape
        extension = header.extended_size
        counted = f" and {extension} bytes of extended header (NSYMBT)" if extension else ""
        super().__init__(
            f"{name} is truncated: {has} {size} bytes, but {columns} x {rows} x {sections} values"
            f" of {header.dtype.itemsize} bytes{counted} need {header.file_size}; download or copy"
            " it again"
        )
        self.size = size


def _check_size(file: Path, packing: _Packing, header: MapHeader) -> list[str]:
    """Refuse, before taking memory for it, a file too short for what its header claims."""
    size = file.stat().st_size
    if packing == "gzip" and size * _GZIP_MAX_RATIO < HEADER_SIZE + header.data_size:
        at_most = "unpacked, it can have at most"
        raise _TruncatedMapError(file.name, header, size * _GZIP_MAX_RATIO, at_most)
    if packing == "none" and size < header.file_size:
        raise _TruncatedMapError(file.name, header, size)
    if packing == "none" and size > header.file_size:
        surplus = size - header.file_size
        _require_values_of_header(surplus, header, file.name)
        return [f"{file.name} goes on {surplus} bytes after its last value; they are ignored"]
    return []


def _require_values_of_header(surplus: int, header: MapHeader, name: str) -> None:
    """Refuse a file whose values are longer than its header says."""
    has = header.dtype.itemsize * (1 + surplus / header.data_size)
    if has in (4, 8) and has > header.dtype.itemsize:
        raise MapFileError(
            f"{name} has {has:g} bytes for each value, its mode has {header.dtype.itemsize}: "
            "values of another mode, or several maps; write one map of mode 2 (32-bit floats)"
        )


def _without_extension(header: MapHeader, name: str, warnings: list[str]) -> MapHeader:
    """Return the header without an extended one that it counts but that isn't there."""
    warnings.append(
        f"{name} counts {header.extended_size} bytes of extended header (NSYMBT) that are not "
        "there; read without them"
    )
    return replace(header, extended_size=0, extended_type=b"")


def _contents(
    stream: BinaryIO, packing: _Packing, header: MapHeader, file: Path
) -> tuple[bytes, FloatMap]:
    """Return what follows the header: the extended one, and the values."""
    extended_header = _read_upto(stream, header.extended_size)
    if len(extended_header) < header.extended_size:
        raise _TruncatedMapError(file.name, header, HEADER_SIZE + len(extended_header))
    if packing == "none" and _can_be_mapped(header):
        return extended_header, np.memmap(
            file, np.float32, mode="r", offset=header.data_offset, shape=header.file_shape
        )
    return extended_header, _converted(stream, header, file.name)


def _what_follows(stream: BinaryIO, packing: _Packing, header: MapHeader, file: Path) -> list[str]:
    """Return a warning if anything follows a packed map's last value."""
    if packing == "none":
        return []
    surplus = 0
    while surplus <= header.data_size and (piece := stream.read(_PIECE)):
        surplus += len(piece)
    if surplus:
        _require_values_of_header(surplus, header, file.name)
        return [f"{file.name} has data after its last value; they are ignored"]
    streams = getattr(stream, "raw", None)
    if isinstance(streams, UnpackedStreams) and streams.n_ignored:
        return [
            f"{file.name} goes on {streams.n_ignored} bytes after its compressed data; they are"
            " ignored"
        ]
    return []


def _can_be_mapped(header: MapHeader) -> bool:
    return (
        header.dtype == np.dtype(np.float32)
        and header.axes == (1, 2, 3)
        and header.data_offset % header.dtype.alignment == 0
    )


def _converted(stream: BinaryIO, header: MapHeader, name: str) -> FloatMap:
    """Read the stored values into a float32 array of shape (z, y, x), a few sections a time."""
    values = _empty(header.shape, name)
    # a view of the result in the file's own axis order, to fill section by section
    stored = values.transpose(np.argsort(header.to_zyx))
    sections, rows, columns = header.file_shape
    step = min(sections, max(1, _SLAB_VALUES // (rows * columns)))
    block = np.empty((step, rows, columns), dtype=header.dtype)
    for first in range(0, sections, step):
        part = block[: sections - first]
        n_read = stream.readinto(part.view(np.uint8))  # type: ignore[attr-defined]
        if n_read < part.nbytes:
            before = first * rows * columns * header.dtype.itemsize
            raise _TruncatedMapError(name, header, header.data_offset + before + n_read)
        stored[first : first + len(part)] = part
    if header.offset:
        values += np.float32(header.offset)
    return values


def _empty(shape: tuple[int, int, int], name: str) -> FloatMap:
    needed = 4 * math.prod(shape)
    available = available_bytes()
    if available is None or needed <= available:
        try:
            return np.empty(shape, dtype=np.float32)
        except MemoryError:
            available = None
    left = "less is left" if available is None else f"{available} are left"
    raise MemoryLimitError(
        f"{name} needs {needed} bytes of memory for its values, but {left}; use a machine with"
        " more memory, a smaller box, or an uncompressed file of mode 2, which needs none"
    )
