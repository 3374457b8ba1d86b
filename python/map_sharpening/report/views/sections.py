"""Sections of maps, thinned and packed into few bytes for a page."""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.arrays import percentiles
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.report.views.boxes import Box

#: Sections by the axis they are normal to, and points of all of them, which a page can hold.
_ROOM = {"z": (48, 400_000), "y": (12, 130_000), "x": (12, 130_000)}
#: Axes of a map, z, y, x, that sections are taken along, and that are their rows and columns.
_ORDER = {"z": (0, 1, 2), "y": (1, 0, 2), "x": (2, 0, 1)}
_LONGEST_EDGE = 180  #: points of a section; what a screen shows
_CODES = 254  #: of values, 0 to this; the next one says that there is no value
_BEND = 3.0  #: standard deviations up to which steps between codes are about even
_BLACK_PERCENTILE, _WHITE_PERCENTILE = 1.0, 99.7
_EVERY = 5  #: points are enough to find black and white


@dataclass(frozen=True)
class Cut:
    """Which sections normal to an axis are taken of maps on one grid, and how they are thinned.

    Those normal to z have rows along y and columns along x; to y: z and x; to x: z and y.
    """

    axis: str
    planes: tuple[int, ...]  #: along the axis
    rows: slice  #: a multiple of `thinned` points
    columns: slice
    thinned: tuple[int, int]  #: points of the map, by rows and columns, that make one here

    @property
    def shape(self) -> tuple[int, int, int]:
        """Sections, rows and columns."""
        parts = zip((self.rows, self.columns), self.thinned, strict=True)
        rows, columns = ((part.stop - part.start) // joined for part, joined in parts)
        return len(self.planes), rows, columns

    def of(self, values: FloatMap) -> FloatMap:
        """Return the sections of a map, shape `shape`: means over the points that are joined."""
        sections = np.empty(self.shape, dtype=np.float32)
        for section, plane in zip(sections, self._planes_of(values), strict=True):
            section[...] = self._thinned(plane)
        return sections

    def of_part(self, values: FloatMap, mask: FloatMap, least: float) -> FloatMap:
        """Return the sections of what has values only where a mask is not lower than `least`.

        Parameters
        ----------
        values : ndarray, shape (z, y, x)
            Finite; outside the part they are not used.
        mask : ndarray, shape (z, y, x)
            Says, point by point and before points are joined, what the part is.

        Returns
        -------
        ndarray, shape `shape`
            Means over those of the points joined that are inside; 0 where none of them is.
        """
        sections = np.zeros(self.shape, dtype=np.float32)
        planes = zip(self._planes_of(values), self._planes_of(mask), strict=True)
        for section, (plane, own) in zip(sections, planes, strict=True):
            is_inside = own >= least
            share = self._thinned(is_inside.astype(np.float32))
            taken = np.where(is_inside, plane, np.float32(0))
            np.divide(self._thinned(taken), share, out=section, where=share > 0)
        return sections

    def of_mean(self, maps: Sequence[MapData]) -> FloatMap:
        """Return the sections of the mean of maps."""
        total = self.of(maps[0].values)
        for other in maps[1:]:
            total = total + self.of(other.values)
        return np.asarray(total / np.float32(len(maps)))

    def _planes_of(self, values: FloatMap) -> Iterator[FloatMap]:
        """Provide the planes, one at a time, before points are joined."""
        plain = np.asarray(values)  # parts of a memory map take longer to make
        turned = plain.transpose(_ORDER[self.axis])
        for plane in self.planes:
            yield np.ascontiguousarray(turned[plane, self.rows, self.columns], dtype=np.float32)

    def _thinned(self, plane: FloatMap) -> FloatMap:
        if self.thinned == (1, 1):
            return plane
        _, rows, columns = self.shape
        blocks = plane.reshape(rows, self.thinned[0], columns, self.thinned[1])
        return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)


def cut_of(shape: tuple[int, int, int], box: Box | None, axis: str = "z") -> Cut:
    """Return the sections that show a box, or the whole map, in the room there is.

    Parameters
    ----------
    shape : (int, int, int)
        Of the map, z, y, x.
    box : (slice, slice, slice), optional
        The part to show, along z, y, x.
    axis : str
        Which one sections are normal to: "x", "y" or "z".
    """
    parts = box or tuple(slice(0, n) for n in shape)
    along, up, right = (parts[place] for place in _ORDER[axis])
    n_planes, n_up, n_right = (part.stop - part.start for part in (along, up, right))
    joined = max(1, math.ceil(max(n_up, n_right) / _LONGEST_EDGE))
    thinned = (min(joined, n_up), min(joined, n_right))
    rows, columns = n_up // thinned[0], n_right // thinned[1]
    most_sections, most_points = _ROOM[axis]
    count = max(1, min(n_planes, most_sections, most_points // (rows * columns)))
    ends = np.linspace(along.start, along.stop, count + 1)
    return Cut(
        axis,
        tuple(((ends[1:] + ends[:-1]) / 2).astype(int).tolist()),
        slice(up.start, up.start + rows * thinned[0]),
        slice(right.start, right.start + columns * thinned[1]),
        thinned,
    )


@dataclass(frozen=True)
class Packed:
    """Sections, one after the other, as one byte a point, and what the bytes mean.

    A value is ``bend * sinh(low + step * code)``, or ``low + step * code`` where `bend` is 0.
    """

    text: str  #: base64 of zlib's stream; each byte is a code less the one before it in its row
    low: float
    step: float
    bend: float
    black: float  #: the value that is drawn black, or in the first colour
    white: float

    @property
    def facts(self) -> dict[str, float]:
        """All but the text, for a script."""
        names = ("low", "step", "bend", "black", "white")
        return {name: float(f"{getattr(self, name):.9g}") for name in names}


def packed_density(sections: Sequence[FloatMap]) -> Packed:
    """Pack densities, the largest of them to within about 1 %.

    Codes are close together near 0, where most values lie, and the further apart the larger they
    are.

    Parameters
    ----------
    sections : sequence of ndarray, each of shape (sections, rows, columns)
        Of one map along one axis or several.
    """
    values = np.concatenate([part.ravel() for part in sections])
    # Squares of large values are no 32-bit numbers.
    bend = max(_BEND * float(values.std(dtype=np.float64)), 1e-30)
    bent = np.arcsinh(values / np.float32(bend))
    low, high = float(bent.min()), float(bent.max())
    step = max((high - low) / _CODES, 1e-5)
    codes = np.rint((bent - np.float32(low)) / np.float32(step))
    black, white = percentiles(values[::_EVERY], (_BLACK_PERCENTILE, _WHITE_PERCENTILE))
    codes = np.clip(codes, 0, _CODES).astype(np.uint8)
    return Packed(_packed(codes, sections), low, step, bend, black, white)


def packed_quantity(
    sections: Sequence[FloatMap],
    is_known: Sequence[npt.NDArray[np.bool_]] | None,
    limits: tuple[float, float],
) -> Packed:
    """Pack a quantity in even steps.

    Parameters
    ----------
    sections : sequence of ndarray, each of shape (sections, rows, columns)
        Of one map along one axis or several; finite.
    is_known : sequence of ndarray of bool, or None
        Where there is a value; None: everywhere.
    limits : (float, float)
        Values of the first and the last colour.
    """
    values = np.concatenate([part.ravel() for part in sections])
    where = None if is_known is None else np.concatenate([part.ravel() for part in is_known])
    known = values if where is None else values[where]
    low, high = (float(known.min()), float(known.max())) if known.size else limits
    step = max((high - low) / _CODES, 1e-9)
    codes = np.clip(np.rint((values - low) / step), 0, _CODES).astype(np.uint8)
    if where is not None:
        codes[~where] = _CODES + 1
    return Packed(_packed(codes, sections), low, step, 0.0, *limits)


def packed_region(is_inside: Sequence[npt.NDArray[np.bool_]]) -> str:
    """Pack a region, one bit a point, first point in the highest bit."""
    points = np.concatenate([part.ravel() for part in is_inside])
    return _text(np.packbits(points).tobytes(), zlib.Z_DEFAULT_STRATEGY)


def _packed(codes: npt.NDArray[np.uint8], sections: Sequence[FloatMap]) -> str:
    """Pack codes, all of them in a row, of sections of the shapes given."""
    ends = np.cumsum([part.size for part in sections])[:-1]
    content = []
    for part, own in zip(sections, np.split(codes, ends), strict=True):
        rows = own.reshape(-1, part.shape[-1])
        before = np.zeros((len(rows), 1), dtype=np.uint8)
        content.append(np.diff(rows, axis=1, prepend=before).tobytes())
    return _text(b"".join(content), zlib.Z_RLE)


def _text(content: bytes, strategy: Any) -> str:
    # Noise can't be packed by looking for repetitions, which would take long.
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, strategy)
    return base64.b64encode(packer.compress(content) + packer.flush()).decode("ascii")
