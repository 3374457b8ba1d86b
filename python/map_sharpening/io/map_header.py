"""The first 1024 bytes of a CCP4/MRC map: reading and writing them.

The layout is that of MRC2014 (Cheng et al. 2015, J. Struct. Biol. 192, 146); the words and
their names come from mrcfile.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import gemmi
import numpy as np
from mrcfile.dtypes import HEADER_DTYPE
from mrcfile.utils import spacegroup_is_volume_stack

from map_sharpening.errors import MapFileError, ParameterError
from map_sharpening.maps.map_data import (
    TURN_LABEL,
    MapData,
    MapPosition,
    Statistics,
    UnitCell,
    plain_voxel_size,
)

HEADER_SIZE = 1024
MAX_LABELS = 10
LABEL_LENGTH = 80

#: Longest credible side; with it, no size is credible in both byte orders.
_LONGEST_SIDE = 100_000
_READABLE_MODES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
_REFUSED_MODES = {
    3: "complex 16-bit integers, a Fourier transform",
    4: "complex floats, a Fourier transform",
    16: "three bytes each, the colours (RGB) of a picture of IMOD",
    101: "4-bit integers, raw camera images",
}
_MACHINE_STAMPS: dict[int, Literal["<", ">"]] = {0x44: "<", 0x11: ">"}
_ORDER_NAMES = {"<": "little-endian", ">": "big-endian"}
_IMOD_STAMP = 1146047817
_IMOD_OFFSET = 128
_FARTHEST = 1e6  #: Å or grid points from zero, beyond which a map can't lie
_SKEW_BYTES = 100  #: where SKWMAT and SKWTRN begin, after LSKFLG
_IMOD_WORDS = slice(10, 12)  # of those that mrcfile calls extra2: bytes 152 to 160 of the file
Triple = tuple[float, float, float]
_WRAPPING_LABELS = frozenset({"wrapping_outside_cell", "no_wrapping_outside_cell"})


@dataclass(frozen=True)
class MapHeader:
    """What a header says, with everything but `file_shape` and `axes` in the order x, y, z."""

    file_shape: tuple[int, int, int]  #: sections, rows, columns: the array as stored
    axes: tuple[int, int, int]  #: MAPC, MAPR, MAPS: the direction (1 x, 2 y, 3 z) of each
    dtype: np.dtype[Any]  #: of the values as stored, with byte order
    position: MapPosition
    extended_size: int  #: NSYMBT, bytes between the header and the values
    extended_type: bytes
    extended_is_foreign: bool  #: extended header in another byte order than outputs have
    offset: int = 0  #: to add to the values as stored

    @property
    def data_offset(self) -> int:
        """Return where in the file the values start."""
        return HEADER_SIZE + self.extended_size

    @property
    def data_size(self) -> int:
        """Return how many bytes the values take."""
        return math.prod(self.file_shape) * self.dtype.itemsize

    @property
    def file_size(self) -> int:
        """Return how many bytes the file must have."""
        return self.data_offset + self.data_size

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return the shape (z, y, x) of the map."""
        z, y, x = (self.file_shape[axis] for axis in self.to_zyx)
        return (z, y, x)

    @property
    def to_zyx(self) -> tuple[int, int, int]:
        """Return the transposition that takes the stored array to (z, y, x)."""
        stored = tuple(reversed(self.axes))
        return (stored.index(3), stored.index(2), stored.index(1))


def looks_like_header(raw: bytes) -> bool:
    """Whether these bytes can be the header of a map, in either byte order."""
    if len(raw) < HEADER_SIZE:
        return False
    return any(_Reading("", raw, order).is_plausible for order in ("<", ">"))


def parse_header(
    raw: bytes, name: str, voxel_size: Triple | None = None
) -> tuple[MapHeader, list[str]]:
    """Read a header.

    Parameters
    ----------
    raw : bytes
        The first 1024 bytes of the file.
    name : str
        What messages call the file.
    voxel_size : (float, float, float), optional
        Grid spacing along x, y, z in Å, in place of what the header says.

    Returns
    -------
    MapHeader, list of str
        What it says, and one line for each doubtful word.

    Raises
    ------
    MapFileError
        If it is not a map's header, or describes what can't be sharpened.
    """
    reading = _in_credible_order(raw, name)
    return reading.header(voxel_size), reading.warnings


def compose_header(
    map_data: MapData, labels: Sequence[str], statistics: Statistics, mode: int = 2
) -> bytes:
    """Return the 1024 bytes that describe a map written little-endian, axes 1, 2, 3.

    Parameters
    ----------
    map_data : MapData
        The map; its cell, sampling, start, origin and space group are written as they are,
        except for space group 0, which would mean that the volume is a stack of images.
    labels : sequence of str
        At most 10; see `merged_labels`.
    statistics : Statistics
        Of the values as they are written.
    mode : int
        How the values are written; 2: float32.
    """
    position = map_data.position
    words = np.zeros((), dtype=HEADER_DTYPE.newbyteorder("<"))
    words["nz"], words["ny"], words["nx"] = map_data.values.shape
    words["mode"] = mode
    words["nxstart"], words["nystart"], words["nzstart"] = position.start
    words["mx"], words["my"], words["mz"] = position.sampling
    words["cella"] = (position.cell.a, position.cell.b, position.cell.c)
    words["cellb"] = (position.cell.alpha, position.cell.beta, position.cell.gamma)
    words["mapc"], words["mapr"], words["maps"] = (1, 2, 3)
    words["dmin"], words["dmax"] = statistics.minimum, statistics.maximum
    words["dmean"], words["rms"] = statistics.mean, statistics.standard_deviation
    words["ispg"] = max(position.space_group, 1)
    words["nsymbt"] = len(map_data.extended_header)
    words["exttyp"] = _extended_type_to_write(map_data)
    words["nversion"] = 20141
    words["origin"] = position.origin
    words["map"] = b"MAP "
    words["machst"] = (0x44, 0x44, 0, 0)
    words["nlabl"] = len(labels)
    # mrcfile's own label dtype would pad with zero bytes; the format asks for blanks
    padded = [label.ljust(LABEL_LENGTH).encode("ascii", "replace") for label in labels]
    words["label"] = padded + [b" " * LABEL_LENGTH] * (MAX_LABELS - len(padded))
    return words.tobytes()


def merged_labels(kept: Sequence[str], added: Sequence[str]) -> list[str]:
    """Return the labels to write: those kept, then those added, at most 10 of 80 characters.

    If there are too many, the oldest of those kept are dropped, those by which ChimeraX turns the
    map last. One added again moves to the end; one on how the map wraps replaces the one before.

    Raises
    ------
    ValueError
        If more than 10 labels are added.
    """
    new, old = ([_one_line(label)[:LABEL_LENGTH] for label in part] for part in (added, kept))
    if len(new) > MAX_LABELS:
        raise ValueError(f"{len(new)} labels to add; a map has room for {MAX_LABELS}")
    stale = set(new)
    if stale & _WRAPPING_LABELS:
        stale |= _WRAPPING_LABELS
    left = [label for label in old if label and label not in stale]
    first_to_go = sorted(left, key=lambda label: label.startswith(TURN_LABEL))
    for label in first_to_go[: max(0, len(left) + len(new) - MAX_LABELS)]:
        left.remove(label)
    return left + new


@dataclass(frozen=True)
class _Reading:
    """The words of a header by mrcfile's names, read in one byte order, with warnings."""

    name: str
    raw: bytes
    order: Literal["<", ">"]
    warnings: list[str] = field(default_factory=list)

    @cached_property
    def words(self) -> dict[str, Any]:
        dtype = HEADER_DTYPE.newbyteorder(self.order)
        return dict(zip(dtype.names, np.frombuffer(self.raw, dtype, 1)[0].item(), strict=True))

    def numbers(self, *keys: str) -> tuple[int, int, int]:
        one, two, three = (self.words[key] for key in keys)
        return one, two, three

    @property
    def has_identifier(self) -> bool:
        return bool(self.words["map"].startswith(b"MAP"))

    @property
    def is_plausible(self) -> bool:
        """Whether sizes and mode make sense, and an identifier or axes say it is a map."""
        sizes, mode = self.numbers("nx", "ny", "nz"), self.words["mode"]
        axes = sorted(self.numbers("mapc", "mapr", "maps"))
        return (
            1 <= min(sizes) <= max(sizes) <= _LONGEST_SIDE
            and (mode in _READABLE_MODES or mode in _REFUSED_MODES)
            and (self.has_identifier or axes in ([1, 2, 3], [0, 0, 0]))
        )

    def warn(self, text: str) -> None:
        self.warnings.append(f"{self.name} {text}")

    def header(self, voxel_size: Triple | None) -> MapHeader:
        columns, rows, sections = size_in_file = self.numbers("nx", "ny", "nz")
        if min(size_in_file) < 1 or max(size_in_file) > _LONGEST_SIDE:
            raise MapFileError(
                f"{self.name} gives its size as {columns} x {rows} x {sections}; expected three"
                f" numbers from 1 to {_LONGEST_SIDE}; the file is damaged, make or download it"
                " again"
            )
        dtype, axes = self._dtype_of_values(), self._axes()
        if self.words["nsymbt"] < 0:
            raise MapFileError(
                f"{self.name} gives {self.words['nsymbt']} bytes of extended header (NSYMBT);"
                " expected 0 or more; the file is damaged, make or download it again"
            )
        sampling = self._sampling(_in_xyz(size_in_file, axes))
        self._judge_images(*size_in_file)
        self._judge_skew()
        position = MapPosition(
            cell=self._cell(sampling, voxel_size),
            sampling=sampling,
            start=self._start(axes),
            origin=self._origin(),
            space_group=self._space_group(),
            labels=self._labels(),
        )
        return MapHeader(
            file_shape=(sections, rows, columns),
            axes=axes,
            dtype=dtype,
            position=position,
            extended_size=self.words["nsymbt"],
            extended_type=self.words["exttyp"] if is_text(self.words["exttyp"]) else b"",
            extended_is_foreign=self.order != "<",
            offset=_IMOD_OFFSET if self.words["mode"] == 0 and self._imod_signs_bytes else 0,
        )

    def _dtype_of_values(self) -> np.dtype[Any]:
        mode = self.words["mode"]
        if mode in _REFUSED_MODES:
            raise MapFileError(
                f"{self.name} has mode {mode} ({_REFUSED_MODES[mode]}); expected a real-space map"
                " of mode 0, 1, 2, 6 or 12; write it as mode 2 (32-bit floats) first"
            )
        if mode not in _READABLE_MODES:
            raise MapFileError(
                f"{self.name} has mode {mode}, which MRC2014 does not define; expected 0, 1, 2, 6"
                " or 12; the file is damaged, make or download it again"
            )
        is_unsigned = mode == 0 and self._imod_signs_bytes is False
        lowest, highest = self.words["dmin"], self.words["dmax"]
        if mode == 0 and self._imod_signs_bytes is None and lowest >= 0 and 127 < highest <= 255:
            self.warn(
                f"states values from {lowest:g} to {highest:g}, which bytes with a sign (mode 0) "
                "can't hold; its bytes are read as 0 to 255"
            )
            is_unsigned = True
        return np.dtype("u1" if is_unsigned else self.order + _READABLE_MODES[mode])

    @property
    def _imod_signs_bytes(self) -> bool | None:
        """Whether IMOD wrote its bytes, 0 to 255, minus 128; None: it isn't IMOD's."""
        stamp, flags = np.frombuffer(self.words["extra2"], f"{self.order}i4")[_IMOD_WORDS]
        return bool(flags & 1) if stamp == _IMOD_STAMP else None

    def _judge_skew(self) -> None:
        """Warn about a matrix that turns or moves the map; one of zeros or ones does neither."""
        words = np.frombuffer(self.raw, f"{self.order}f4", 12, _SKEW_BYTES)
        flag = np.frombuffer(self.raw, f"{self.order}i4", 1, _SKEW_BYTES - 4)[0]
        matrix, shift = words[:9].reshape(3, 3), words[9:]
        # Newer formats use the same bytes for other words, which aren't a matrix.
        is_matrix = bool(np.isfinite(words).all() and abs(np.linalg.det(matrix)) > 1e-3)
        does_nothing = np.allclose(matrix, np.eye(3), atol=1e-4) and not shift.any()
        if flag == 1 and is_matrix and not does_nothing:
            self.warn(
                "has a skew matrix (LSKFLG 1), which turns or moves the map; it is not applied,"
                " and outputs don't have it: a model placed by it does not fit them"
            )

    def _axes(self) -> tuple[int, int, int]:
        axes = self.numbers("mapc", "mapr", "maps")
        if axes == (0, 0, 0):
            self.warn("leaves its axis order (MAPC, MAPR, MAPS) zero; read as 1 2 3")
            return (1, 2, 3)
        if sorted(axes) != [1, 2, 3]:
            raise MapFileError(
                f"{self.name} has the axis order {_listed(axes)} (MAPC, MAPR, MAPS); expected 1, 2"
                " and 3 in some order; correct these words or write the map again"
            )
        return axes

    def _sampling(self, size: tuple[int, int, int]) -> tuple[int, int, int]:
        sampling = self.numbers("mx", "my", "mz")
        if min(sampling) >= 1:
            return sampling
        self.warn(
            f"gives {_listed(sampling)} grid points along its cell (MX, MY, MZ); read as the size"
            f" of the map, {_listed(size)}"
        )
        return size

    def _judge_images(self, columns: int, rows: int, sections: int) -> None:
        """Refuse images, and warn about a shape that is typical of stacks and rare for boxes."""
        space_group, mz = self.words["ispg"], self.words["mz"]
        if space_group == 0 and sections == 1:
            raise MapFileError(
                f"{self.name} is a single image (NZ 1, ISPG 0); expected a three-dimensional map;"
                " give the reconstruction"
            )
        if space_group == 0 and mz == 1:
            raise MapFileError(
                f"{self.name} is a stack of {sections} images (ISPG 0, MZ 1); expected a"
                " three-dimensional map; give the reconstruction, or if it is a volume set ISPG"
                " to 1 and MZ to NZ"
            )
        if spacegroup_is_volume_stack(space_group) and mz >= 1 and sections != mz:
            raise MapFileError(
                f"{self.name} is a stack of volumes (ISPG {space_group}, NZ {sections}, MZ {mz});"
                " expected one map; write each volume to a file of its own"
            )
        if space_group == 0 and columns == rows and sections >= 4 * columns:
            self.warn(
                f"has {sections} sections of {columns} x {rows} and ISPG 0; read as a volume, but"
                " if these are images the result means nothing"
            )

    def _cell(self, sampling: tuple[int, int, int], voxel_size: Triple | None) -> UnitCell:
        edges = self.words["cella"]
        is_usable = all(math.isfinite(edge) and edge > 0 for edge in edges)
        if voxel_size is not None:
            read = edges
            edges = tuple(step * count for step, count in zip(voxel_size, sampling, strict=True))
            differs = any(
                abs(new - old) > 1e-4 * new for new, old in zip(edges, read, strict=True)
            )
            if is_usable and differs:
                steps = [edge / count for edge, count in zip(read, sampling, strict=True)]
                self.warn(
                    f"gives a voxel size of {_triple(steps)} Å; voxel_size {_triple(voxel_size)} Å"
                    " is used in its place"
                )
        elif not is_usable:
            raise MapFileError(
                f"{self.name} gives no voxel size: its cell edges are {_triple(edges)} Å; expected"
                " three numbers above 0; give crystal_info.voxel_size=<Å>"
            )
        angles = self.words["cellb"]
        if angles == (0.0, 0.0, 0.0):
            self.warn("leaves its cell angles zero; read as 90 degrees")
            angles = (90.0, 90.0, 90.0)
        if not _angles_make_a_cell(angles):
            raise MapFileError(
                f"{self.name} gives the cell angles {_triple(angles)}; expected three angles in"
                " degrees that can meet in a corner; the file is damaged, make or download it"
                " again"
            )
        return UnitCell(*edges, *angles)

    def _start(self, axes: tuple[int, int, int]) -> tuple[int, int, int]:
        start = _in_xyz(self.numbers("nxstart", "nystart", "nzstart"), axes)
        if max(map(abs, start)) < _FARTHEST:
            return start
        self.warn(f"has the NSTART {_triple(start)}, which is not a position; read as zero")
        return (0, 0, 0)

    def _origin(self) -> Triple:
        origin: Triple = self.words["origin"]
        if all(math.isfinite(at) and abs(at) < _FARTHEST for at in origin):
            return origin
        self.warn(f"has the ORIGIN {_triple(origin)}, which is not a position; read as zero")
        return (0.0, 0.0, 0.0)

    def _space_group(self) -> int:
        number: int = self.words["ispg"]
        if 0 <= number <= 230 or spacegroup_is_volume_stack(number):
            return number % 400  # one volume alone is no stack
        # CCP4 numbers other settings as a thousand times something plus the standard number
        if number > 1000 and gemmi.find_spacegroup_by_number(number) is not None:
            return number
        self.warn(f"has the space group number {number} (ISPG), which doesn't exist; read as 1")
        return 1

    def _labels(self) -> tuple[str, ...]:
        labels = self.words["label"][: max(self.words["nlabl"], 0)]
        texts = (_one_line(label.split(b"\0")[0].decode("latin-1")) for label in labels)
        return tuple(text for text in texts if text)


def _in_credible_order(raw: bytes, name: str) -> _Reading:
    """Read the words in the byte order that the stamp names, or else that makes sense."""
    stamped = _MACHINE_STAMPS.get(raw[212])
    orders: tuple[Literal["<", ">"], ...] = (">", "<") if stamped == ">" else ("<", ">")
    readings = [_Reading(name, raw, order) for order in orders]
    reading = next((reading for reading in readings if reading.is_plausible), readings[0])
    if not (reading.is_plausible or reading.has_identifier):
        raise MapFileError(
            f"{name} is not a CCP4/MRC map: it has no 'MAP ' identifier and its sizes make"
            " no sense; expected a .mrc, .map or .ccp4 file, plain, .gz, .bz2 or .xz"
        )
    if stamped is None:
        reading.warn(
            f"has the machine stamp {raw[212:216].hex(' ')}, which names no byte order; read as"
            f" {_ORDER_NAMES[reading.order]}, in which its sizes make sense"
        )
    elif reading.order != stamped:
        reading.warn(
            f"is stamped {_ORDER_NAMES[stamped]}, but its sizes make sense only as"
            f" {_ORDER_NAMES[reading.order]}; read so"
        )
    if not reading.has_identifier:
        reading.warn(
            "has no 'MAP ' identifier; read as a map since the rest of its header makes sense"
        )
    return reading


def _in_xyz(
    in_file_order: tuple[int, int, int], axes: tuple[int, int, int]
) -> tuple[int, int, int]:
    x, y, z = (in_file_order[axes.index(axis)] for axis in (1, 2, 3))
    return (x, y, z)


def _angles_make_a_cell(angles: Triple) -> bool:
    if not all(0.0 < angle < 180.0 for angle in angles):
        return False
    a, b, c = (math.cos(math.radians(angle)) for angle in angles)
    return 1.0 - a * a - b * b - c * c + 2.0 * a * b * c > 1e-6


def _one_line(text: str) -> str:
    """Return text without trailing blanks; characters that don't print become blanks."""
    return "".join(c if c.isprintable() else " " for c in text).rstrip()


def is_text(raw: bytes) -> bool:
    """Whether all bytes are printable ASCII."""
    return all(32 <= byte < 127 for byte in raw)


def _extended_type_to_write(map_data: MapData) -> bytes:
    """Return EXTTYP as read, but name the symmetry records of maps older than that word."""
    records = map_data.extended_header
    if map_data.extended_type.strip() or not records:
        return map_data.extended_type
    is_symmetry = len(records) % LABEL_LENGTH == 0 and is_text(records.replace(b"\0", b" "))
    return b"CCP4" if is_symmetry else map_data.extended_type


def _listed(numbers: Sequence[int]) -> str:
    return " ".join(map(str, numbers))


def _triple(numbers: Sequence[float]) -> str:
    return " x ".join(f"{number:.6g}" for number in numbers)


def voxel_size_triple(voxel_size: float | Sequence[float]) -> Triple:
    """Return x, y, z steps in Å from one number or three.

    Raises
    ------
    ParameterError
        If there are not one or three numbers above 0.
    """
    try:
        return plain_voxel_size(voxel_size)
    except ValueError as error:
        raise ParameterError(str(error)) from None
