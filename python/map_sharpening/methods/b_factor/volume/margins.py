"""Margins of one value, by which a box was made larger."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.arrays import BooleanMap
from map_sharpening.maps.map_data import FloatMap, MapData

#: Share of the points at the faces of what a margin surrounds that may have its value, as outside
#: of a mask; and how far its value may be from theirs, in their SD.
_MASKED, _CLOSE = 0.5, 0.25


def without_step_at_margin(source: MapData) -> tuple[MapData, tuple[str, ...]]:
    """Return a map whose margin of one value has that of the faces of what it surrounds.

    A box of solvent in a margin of another value is a body, which would be taken for the molecule.
    What is outside of a mask is no such margin.

    Returns
    -------
    MapData
        The map itself where there is no margin, or no step.
    tuple of str
        A warning if there is.
    """
    values = source.values
    for level in (values[0, 0, 0], values[-1, -1, -1]):
        inside = _extent(values != level)
        if inside is None:
            continue
        faces = _faces(values, inside)
        mean, deviation = float(faces.mean()), float(faces.std())
        is_masked = np.mean(faces == level) > _MASKED
        if is_masked or abs(mean - float(level)) <= _CLOSE * deviation:
            continue
        levelled: FloatMap = np.full(values.shape, mean, np.float32)
        levelled[inside] = values[inside]
        size = " x ".join(str(part.stop - part.start) for part in reversed(inside))
        return source.with_values(levelled), (
            f"{source.name} has a margin that is {level:.4g} everywhere, round a box of {size} "
            f"points whose faces are {mean:.4g} on average; the margin was given this value, as "
            "the step would be taken for the molecule's; pad maps with the mean of their faces",
        )
    return source, ()


def _extent(is_other: BooleanMap) -> tuple[slice, slice, slice] | None:
    """Return the smallest box that holds all other values; None if that is the whole, or empty."""
    parts = []
    for axis in range(3):
        others = tuple(i for i in range(3) if i != axis)
        places = np.flatnonzero(is_other.any(axis=others))
        if not places.size:
            return None
        parts.append(slice(int(places[0]), int(places[-1]) + 1))
    z, y, x = parts
    is_whole = all(
        part.stop - part.start == n for part, n in zip(parts, is_other.shape, strict=True)
    )
    return None if is_whole else (z, y, x)


def _faces(values: FloatMap, inside: tuple[slice, slice, slice]) -> npt.NDArray[np.float64]:
    """Return the values at those faces of a box that a margin lies on."""
    box = values[inside]
    found = []
    for axis, (part, n) in enumerate(zip(inside, values.shape, strict=True)):
        if part.start > 0:
            found.append(box.take(0, axis).ravel())
        if part.stop < n:
            found.append(box.take(-1, axis).ravel())
    return np.concatenate(found).astype(np.float64)
