"""The first 1024 bytes of a CCP4/MRC map: what they say, and how to write them.

The layout is that of MRC2014 (Cheng et al. 2015, J. Struct. Biol. 192, 146); the words and
their names come from mrcfile.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from mrcfile.dtypes import HEADER_DTYPE

from map_sharpening.errors import MapFileError, ParameterError
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell

HEADER_SIZE = 1024
MAX_LABELS = 10
LABEL_LENGTH = 80

#: Longest side believed; with it, no size is credible in both byte orders.
_LONGEST_SIDE = 100_000
_READABLE_MODES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
_REFUSED_MODES = {
    3: "complex 16-bit integers, a Fourier transform",
    4: "complex floats, a Fourier transform",
    101: "4-bit integers, raw camera images",
}
_MACHINE_STAMPS = {0x44: "<", 0x11: ">"}
_ORDER_NAMES = {"<": "little-endian", ">": "big-endian"}
_IMOD_STAMP = 1146047817
_IMOD_STAMP_OFFSET = 40  # inside the words mrcfile calls extra2: bytes 152 to 160 of the file
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

    @property
    def data_offset(self) -> int:
        """Return where in the file the values start."""
        return HEADER_SIZE + self.extended_size

    @property
    def data_size(self) -> int:
        """Return how many bytes the values take in the file."""
        return math.prod(self.file_shape) * self.dtype.itemsize

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return the shape (z, y, x) of the map."""
        along = dict(zip(self.axes, reversed(self.file_shape), strict=True))
        return (along[3], along[2], along[1])

    @property
    def to_zyx(self) -> tuple[int, int, int]:
        """Return the transposition that takes the stored array to (z, y, x)."""
        stored = tuple(reversed(self.axes))
        return (stored.index(3), stored.index(2), stored.index(1))


def looks_like_header(raw: bytes) -> bool:
    """Whether these bytes can be the header of a map, in either byte order."""
    if len(raw) < HEADER_SIZE:
        return False
    return any(_is_plausible(_words(raw, order)) for order in "<>")


def parse_header(
    raw: bytes,
    name: str,
    voxel_size: tuple[float, float, float] | None = None,
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
    words, warnings = _in_credible_order(raw, name)
    columns, rows, sections = (_integer(words, key) for key in ("nx", "ny", "nz"))
    if min(columns, rows, sections) < 1 or max(columns, rows, sections) > _LONGEST_SIDE:
        raise MapFileError(
            f"{name} gives its size as {columns} x {rows} x {sections}; expected three numbers"
            f" from 1 to {_LONGEST_SIDE}; the file is damaged, make or download it again"
        )
    dtype = _dtype_of_values(words, name)
    axes = _axes(words, name, warnings)
    extended_size = _integer(words, "nsymbt")
    if extended_size < 0:
        raise MapFileError(
            f"{name} gives {extended_size} bytes of extended header (NSYMBT); expected 0 or"
            " more; the file is damaged, make or download it again"
        )
    size = _in_xyz((columns, rows, sections), axes)
    start = _in_xyz(tuple(_integer(words, key) for key in ("nxstart", "nystart", "nzstart")), axes)
    sampling = _sampling(words, size, name, warnings)
    _refuse_images(words, sections, name)
    _warn_of_likely_images(words, (columns, rows, sections), name, warnings)
    position = MapPosition(
        cell=_cell(words, sampling, voxel_size, name, warnings),
        sampling=sampling,
        start=start,
        origin=_origin(words, name, warnings),
        space_group=_space_group(words, name, warnings),
        labels=_labels(words),
    )
    extended_type = words["exttyp"].item()
    header = MapHeader(
        file_shape=(sections, rows, columns),
        axes=axes,
        dtype=dtype,
        position=position,
        extended_size=extended_size,
        extended_type=extended_type if _is_text(extended_type) else b"",
        extended_is_foreign=words["mode"].dtype.newbyteorder("<") != words["mode"].dtype,
    )
    return header, warnings


def compose_header(
    map_data: MapData,
    labels: Sequence[str],
    *,
    minimum: float,
    maximum: float,
    mean: float,
    rms: float,
) -> bytes:
    """Return the 1024 bytes that describe a map written as mode 2, little-endian, axes 1, 2, 3.

    Parameters
    ----------
    map_data : MapData
        The map; its cell, sampling, start, origin and space group are written as they are,
        but for a space group 0, which would say that the volume is a stack of images.
    labels : sequence of str
        At most 10; see `merged_labels`.
    minimum, maximum, mean, rms : float
        Of the values; `rms` is about the mean.
    """
    position = map_data.position
    words = np.zeros((), dtype=HEADER_DTYPE.newbyteorder("<"))
    words["nz"], words["ny"], words["nx"] = map_data.values.shape
    words["mode"] = 2
    words["nxstart"], words["nystart"], words["nzstart"] = position.start
    words["mx"], words["my"], words["mz"] = position.sampling
    words["cella"] = (position.cell.a, position.cell.b, position.cell.c)
    words["cellb"] = (position.cell.alpha, position.cell.beta, position.cell.gamma)
    words["mapc"], words["mapr"], words["maps"] = (1, 2, 3)
    words["dmin"], words["dmax"], words["dmean"], words["rms"] = minimum, maximum, mean, rms
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

    The oldest are dropped when there are too many. A label that is added again moves to the
    end, and one that says how the map wraps replaces the one that said so before.

    Raises
    ------
    ValueError
        If more than 10 labels are added.
    """
    new = [_one_line(label)[:LABEL_LENGTH] for label in added]
    if len(new) > MAX_LABELS:
        raise ValueError(f"{len(new)} labels to add; a map has room for {MAX_LABELS}")
    stale = set(new)
    if stale & _WRAPPING_LABELS:
        stale |= _WRAPPING_LABELS
    old = [_one_line(label)[:LABEL_LENGTH] for label in kept]
    merged = [label for label in old if label and label not in stale] + new
    return merged[-MAX_LABELS:]


def _words(raw: bytes, order: str) -> npt.NDArray[np.void]:
    return np.frombuffer(raw[:HEADER_SIZE], dtype=HEADER_DTYPE.newbyteorder(order)).reshape(())


def _integer(words: npt.NDArray[np.void], key: str) -> int:
    return int(words[key])


def _has_identifier(words: npt.NDArray[np.void]) -> bool:
    return words["map"].tobytes().startswith(b"MAP")


def _sizes_and_mode_are_credible(words: npt.NDArray[np.void]) -> bool:
    sizes = (_integer(words, key) for key in ("nx", "ny", "nz"))
    mode = _integer(words, "mode")
    return all(1 <= size <= _LONGEST_SIDE for size in sizes) and (
        mode in _READABLE_MODES or mode in _REFUSED_MODES
    )


def _is_plausible(words: npt.NDArray[np.void]) -> bool:
    """Whether sizes and mode make sense, and an identifier or axes say it is a map."""
    axes = sorted(_integer(words, key) for key in ("mapc", "mapr", "maps"))
    return _sizes_and_mode_are_credible(words) and (
        _has_identifier(words) or axes in ([1, 2, 3], [0, 0, 0])
    )


def _in_credible_order(raw: bytes, name: str) -> tuple[npt.NDArray[np.void], list[str]]:
    """Return the words in the byte order that the stamp names, or else that makes sense."""
    warnings = []
    stamped = _MACHINE_STAMPS.get(raw[212])
    first = stamped or "<"
    for order in (first, "<" if first == ">" else ">"):
        words = _words(raw, order)
        if _is_plausible(words):
            break
    else:
        words = _words(raw, first)
        if not _has_identifier(words):
            raise MapFileError(
                f"{name} is not a CCP4/MRC map: it has no 'MAP ' identifier and its sizes make"
                " no sense; expected a .mrc, .map or .ccp4 file, plain, .gz or .bz2"
            )
        order = first
    if stamped is None:
        stamp = " ".join(f"{byte:02x}" for byte in raw[212:216])
        warnings.append(
            f"{name} has the machine stamp {stamp}, which names no byte order;"
            f" read as {_ORDER_NAMES[order]}, in which its sizes make sense"
        )
    elif order != stamped:
        warnings.append(
            f"{name} is stamped {_ORDER_NAMES[stamped]}, but its sizes make sense only as"
            f" {_ORDER_NAMES[order]}; read so"
        )
    if not _has_identifier(words):
        warnings.append(
            f"{name} has no 'MAP ' identifier; read as a map since the rest of its header"
            " makes sense"
        )
    return words, warnings


def _dtype_of_values(words: npt.NDArray[np.void], name: str) -> np.dtype[Any]:
    mode = _integer(words, "mode")
    if mode in _REFUSED_MODES:
        raise MapFileError(
            f"{name} has mode {mode} ({_REFUSED_MODES[mode]}); expected a real-space map of mode"
            " 0, 1, 2, 6 or 12; write it as mode 2 (32-bit floats) first"
        )
    if mode not in _READABLE_MODES:
        raise MapFileError(
            f"{name} has mode {mode}, which MRC2014 does not define; expected 0, 1, 2, 6 or 12;"
            " the file is damaged, make or download it again"
        )
    kind = "u1" if mode == 0 and _imod_says_unsigned(words) else _READABLE_MODES[mode]
    stored: np.dtype[Any] = np.dtype(kind).newbyteorder(words["mode"].dtype.byteorder)
    return stored


def _imod_says_unsigned(words: npt.NDArray[np.void]) -> bool:
    """Whether IMOD stamped the file and left bit 0 of its flags, "bytes are signed", off."""
    extra = words["extra2"].tobytes()[_IMOD_STAMP_OFFSET : _IMOD_STAMP_OFFSET + 8]
    stamp, flags = np.frombuffer(extra, dtype=words["mode"].dtype)
    return int(stamp) == _IMOD_STAMP and not int(flags) & 1


def _axes(words: npt.NDArray[np.void], name: str, warnings: list[str]) -> tuple[int, int, int]:
    axes = (_integer(words, "mapc"), _integer(words, "mapr"), _integer(words, "maps"))
    if axes == (0, 0, 0):
        warnings.append(f"{name} leaves its axis order (MAPC, MAPR, MAPS) zero; read as 1 2 3")
        return (1, 2, 3)
    if sorted(axes) != [1, 2, 3]:
        raise MapFileError(
            f"{name} has the axis order {' '.join(map(str, axes))} (MAPC, MAPR, MAPS); expected"
            " 1, 2 and 3 in some order; mend these words or write the map again"
        )
    return axes


def _in_xyz(in_file_order: Sequence[int], axes: tuple[int, int, int]) -> tuple[int, int, int]:
    along = dict(zip(axes, in_file_order, strict=True))
    return (along[1], along[2], along[3])


def _sampling(
    words: npt.NDArray[np.void], size: tuple[int, int, int], name: str, warnings: list[str]
) -> tuple[int, int, int]:
    sampling = (_integer(words, "mx"), _integer(words, "my"), _integer(words, "mz"))
    if min(sampling) >= 1:
        return sampling
    warnings.append(
        f"{name} gives {' '.join(map(str, sampling))} grid points along its cell (MX, MY, MZ);"
        f" read as the size of the map, {' '.join(map(str, size))}"
    )
    return size


def _refuse_images(words: npt.NDArray[np.void], sections: int, name: str) -> None:
    space_group, mz = _integer(words, "ispg"), _integer(words, "mz")
    if space_group == 0 and sections == 1:
        raise MapFileError(
            f"{name} is a single image (NZ 1, ISPG 0); expected a three-dimensional map;"
            " give the reconstruction"
        )
    if space_group == 0 and mz == 1:
        raise MapFileError(
            f"{name} is a stack of {sections} images (ISPG 0, MZ 1); expected a"
            " three-dimensional map; give the reconstruction, or if it is a volume set ISPG to 1"
            " and MZ to NZ"
        )
    if 401 <= space_group <= 630 and mz >= 1 and sections != mz:
        raise MapFileError(
            f"{name} is a stack of volumes (ISPG {space_group}, NZ {sections}, MZ {mz}); expected"
            " one map; write each volume to a file of its own"
        )


def _warn_of_likely_images(
    words: npt.NDArray[np.void], size: tuple[int, int, int], name: str, warnings: list[str]
) -> None:
    """Warn of a shape that stacks have and boxes rarely have: the header can't tell them apart."""
    columns, rows, sections = size
    if _integer(words, "ispg") == 0 and columns == rows and sections >= 4 * columns:
        warnings.append(
            f"{name} has {sections} sections of {columns} x {rows} and ISPG 0; read as a volume,"
            " but if these are images the result means nothing"
        )


def _cell(
    words: npt.NDArray[np.void],
    sampling: tuple[int, int, int],
    voxel_size: tuple[float, float, float] | None,
    name: str,
    warnings: list[str],
) -> UnitCell:
    read = [float(words["cella"][key]) for key in ("x", "y", "z")]
    usable = all(math.isfinite(edge) and edge > 0 for edge in read)
    edges = read
    if voxel_size is not None:
        edges = [step * count for step, count in zip(voxel_size, sampling, strict=True)]
        differs = any(abs(new - old) > 1e-4 * new for new, old in zip(edges, read, strict=True))
        if usable and differs:
            steps = [edge / count for edge, count in zip(read, sampling, strict=True)]
            warnings.append(
                f"{name} gives a voxel size of {_triple(steps)} Å; voxel_size"
                f" {_triple(voxel_size)} Å is used in its place"
            )
    elif not usable:
        raise MapFileError(
            f"{name} gives no voxel size: its cell edges are {_triple(read)} Å; expected three"
            " numbers above 0; give crystal_info.voxel_size=<Å>"
        )
    angles = [float(words["cellb"][key]) for key in ("alpha", "beta", "gamma")]
    if angles == [0.0, 0.0, 0.0]:
        warnings.append(f"{name} leaves its cell angles zero; read as 90 degrees")
        angles = [90.0, 90.0, 90.0]
    if not _angles_make_a_cell(angles):
        raise MapFileError(
            f"{name} gives the cell angles {_triple(angles)}; expected three angles in degrees"
            " that can meet in a corner; the file is damaged, make or download it again"
        )
    return UnitCell(*edges, *angles)


def _angles_make_a_cell(angles: Sequence[float]) -> bool:
    if not all(0.0 < angle < 180.0 for angle in angles):
        return False
    a, b, c = (math.cos(math.radians(angle)) for angle in angles)
    return 1.0 - a * a - b * b - c * c + 2.0 * a * b * c > 1e-6


def _origin(
    words: npt.NDArray[np.void], name: str, warnings: list[str]
) -> tuple[float, float, float]:
    origin = (
        float(words["origin"]["x"]),
        float(words["origin"]["y"]),
        float(words["origin"]["z"]),
    )
    if all(math.isfinite(component) for component in origin):
        return origin
    warnings.append(f"{name} has the ORIGIN {_triple(origin)}, which is no position; read as zero")
    return (0.0, 0.0, 0.0)


def _space_group(words: npt.NDArray[np.void], name: str, warnings: list[str]) -> int:
    number = _integer(words, "ispg")
    # CCP4 numbers other settings as a thousand times something plus the standard number
    if 0 <= number <= 230 or 401 <= number <= 630:
        return number
    if 1000 < number < 100_000 and 1 <= number % 1000 <= 230:
        return number
    warnings.append(f"{name} has the space group number {number} (ISPG), which is none; read as 1")
    return 1


def _labels(words: npt.NDArray[np.void]) -> tuple[str, ...]:
    count = min(max(_integer(words, "nlabl"), 0), MAX_LABELS)
    texts = (bytes(label).split(b"\0")[0].decode("latin-1") for label in words["label"][:count])
    return tuple(text for text in map(_one_line, texts) if text)


def _one_line(text: str) -> str:
    """Return text without trailing blanks; characters that don't print become blanks."""
    return "".join(c if c.isprintable() else " " for c in text).rstrip()


def _is_text(raw: bytes) -> bool:
    return all(32 <= byte < 127 for byte in raw)


def _extended_type_to_write(map_data: MapData) -> bytes:
    """Return EXTTYP as read, but name the symmetry records of maps older than that word."""
    records = map_data.extended_header
    if map_data.extended_type.strip() or not records:
        return map_data.extended_type
    is_symmetry = len(records) % LABEL_LENGTH == 0 and _is_text(records.replace(b"\0", b" "))
    return b"CCP4" if is_symmetry else map_data.extended_type


def _triple(numbers: Sequence[float]) -> str:
    return " x ".join(f"{number:.6g}" for number in numbers)


def voxel_size_triple(voxel_size: float | Sequence[float]) -> tuple[float, float, float]:
    """Return x, y, z steps in Å from one number or three.

    Raises
    ------
    ParameterError
        If there are not one or three numbers above 0.
    """
    given = np.atleast_1d(np.asarray(voxel_size, dtype=np.float64)).tolist()
    steps = given * 3 if len(given) == 1 else given
    if len(steps) != 3 or not all(math.isfinite(step) and step > 0 for step in steps):
        raise ParameterError(
            f"voxel_size is {voxel_size}; expected one number or x, y, z in Å, above 0"
        )
    return (steps[0], steps[1], steps[2])
