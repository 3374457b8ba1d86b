"""Sections of maps, thinned and packed into few bytes for a page."""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.report.views.boxes import Box

_MOST_SECTIONS = 48
_MOST_POINTS = 500_000  #: of all sections of one map, which a page can hold
_LONGEST_EDGE = 180  #: points of a section; what a screen shows
_CODES = 254  #: of values, 0 to this; the next one says that there is no value
_BEND = 3.0  #: standard deviations up to which steps between codes are about even
_BLACK_PERCENTILE, _WHITE_PERCENTILE = 1.0, 99.7
_EVERY = 5  #: points are enough to find black and white


@dataclass(frozen=True)
class Cut:
    """Which sections normal to z are taken of maps on one grid, and how they are thinned."""

    planes: tuple[int, ...]  #: along z
    rows: slice  #: along y; a multiple of `thinned` points
    columns: slice  #: along x
    thinned: tuple[int, int]  #: points of the map along y and x that make one of a section

    @property
    def shape(self) -> tuple[int, int, int]:
        """Sections, rows and columns."""
        parts = zip((self.rows, self.columns), self.thinned, strict=True)
        rows, columns = ((part.stop - part.start) // joined for part, joined in parts)
        return len(self.planes), rows, columns

    def of(self, values: FloatMap) -> FloatMap:
        """Return the sections of a map, shape `shape`: means over the points that are joined."""
        return self._thinned(self._taken(values))

    def of_part(self, values: FloatMap, is_inside: npt.NDArray[np.bool_]) -> FloatMap:
        """Return the sections of what has values only in a part of the map.

        Parameters
        ----------
        values : ndarray, shape (z, y, x)
            Finite; outside the part they are not used.
        is_inside : ndarray of bool, shape (planes, points along y, points along x)
            The part, in the planes of `planes` and before points are joined, as `inside` returns.

        Returns
        -------
        ndarray, shape `shape`
            Means over those of the points joined that are inside; 0 where none of them is.
        """
        taken = np.where(is_inside, self._taken(values), np.float32(0))
        share = self._thinned(is_inside.astype(np.float32))
        return np.divide(self._thinned(taken), share, out=np.zeros_like(share), where=share > 0)

    def inside(self, mask: FloatMap, least: float) -> npt.NDArray[np.bool_]:
        """Return where a mask is not lower than a value, before points are joined."""
        return self._taken(mask) >= least

    def of_mean(self, maps: Sequence[MapData]) -> FloatMap:
        """Return the sections of the mean of maps."""
        total = self.of(maps[0].values)
        for other in maps[1:]:
            total = total + self.of(other.values)
        return np.asarray(total / np.float32(len(maps)))

    def _taken(self, values: FloatMap) -> FloatMap:
        plain = np.asarray(values)  # parts of a memory map take longer to make
        taken = np.stack([plain[z, self.rows, self.columns] for z in self.planes])
        return np.asarray(taken, dtype=np.float32)

    def _thinned(self, values: FloatMap) -> FloatMap:
        if self.thinned == (1, 1):
            return values
        n, rows, columns = self.shape
        blocks = values.reshape(n, rows, self.thinned[0], columns, self.thinned[1])
        return np.asarray(blocks.mean(axis=(2, 4)), dtype=np.float32)


def cut_of(shape: tuple[int, int, int], box: Box | None) -> Cut:
    """Return the sections that show a box, or the whole map, in the room there is.

    Parameters
    ----------
    shape : (int, int, int)
        Of the map, z, y, x.
    box : (slice, slice, slice), optional
        The part to show, along z, y, x.
    """
    z, y, x = box or tuple(slice(0, n) for n in shape)
    n_z, n_y, n_x = (part.stop - part.start for part in (z, y, x))
    joined = max(1, math.ceil(max(n_y, n_x) / _LONGEST_EDGE))
    thinned = (min(joined, n_y), min(joined, n_x))
    rows, columns = n_y // thinned[0], n_x // thinned[1]
    count = max(1, min(n_z, _MOST_SECTIONS, _MOST_POINTS // (rows * columns)))
    ends = np.linspace(z.start, z.stop, count + 1)
    return Cut(
        tuple(((ends[1:] + ends[:-1]) / 2).astype(int).tolist()),
        slice(y.start, y.start + rows * thinned[0]),
        slice(x.start, x.start + columns * thinned[1]),
        thinned,
    )


@dataclass(frozen=True)
class Packed:
    """Sections as one byte a point, and what the bytes mean.

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


def packed_density(sections: FloatMap) -> Packed:
    """Pack densities, the largest of them to within about 1 %.

    Codes are close together near 0, where most values lie, and the further apart the larger they
    are.
    """
    # Squares of large values are no 32-bit numbers.
    bend = max(_BEND * float(sections.std(dtype=np.float64)), 1e-30)
    bent = np.arcsinh(sections / np.float32(bend))
    low, high = float(bent.min()), float(bent.max())
    step = max((high - low) / _CODES, 1e-5)
    codes = np.rint((bent - np.float32(low)) / np.float32(step))
    some = sections.ravel()[::_EVERY]
    black, white = np.percentile(some, [_BLACK_PERCENTILE, _WHITE_PERCENTILE])
    codes = np.clip(codes, 0, _CODES).astype(np.uint8)
    return Packed(_packed(codes), low, step, bend, float(black), float(white))


def packed_quantity(
    sections: FloatMap, is_known: npt.NDArray[np.bool_] | None, limits: tuple[float, float]
) -> Packed:
    """Pack a quantity in even steps.

    Parameters
    ----------
    sections : ndarray, shape (sections, rows, columns)
        Finite.
    is_known : ndarray of bool, or None
        Where there is a value; None: everywhere.
    limits : (float, float)
        Values of the first and the last colour.
    """
    known = sections if is_known is None else sections[is_known]
    low, high = (float(known.min()), float(known.max())) if known.size else limits
    step = max((high - low) / _CODES, 1e-9)
    codes = np.clip(np.rint((sections - low) / step), 0, _CODES).astype(np.uint8)
    if is_known is not None:
        codes[~is_known] = _CODES + 1
    return Packed(_packed(codes), low, step, 0.0, *limits)


def packed_region(is_inside: npt.NDArray[np.bool_]) -> str:
    """Pack a region, one bit a point, first point in the highest bit."""
    return _text(np.packbits(is_inside).tobytes(), zlib.Z_DEFAULT_STRATEGY)


def _packed(codes: npt.NDArray[np.uint8]) -> str:
    before = np.zeros((*codes.shape[:2], 1), dtype=np.uint8)
    return _text(np.diff(codes, axis=2, prepend=before).tobytes(), zlib.Z_RLE)


def _text(content: bytes, strategy: Any) -> str:
    # Noise can't be packed by looking for repetitions, which would take long.
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, strategy)
    return base64.b64encode(packer.compress(content) + packer.flush()).decode("ascii")
