"""Margins of one value, by which a box was made larger."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.arrays import BooleanMap
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.maps.view import cropped

Inside = tuple[slice, slice, slice]  #: z, y, x

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
    for level, inside, faces in _margins(source.values):
        mean, deviation = float(faces.mean()), float(faces.std())
        if abs(mean - level) <= _CLOSE * deviation:
            continue
        levelled: FloatMap = np.full(source.values.shape, mean, np.float32)
        levelled[inside] = source.values[inside]
        size = " x ".join(str(part.stop - part.start) for part in reversed(inside))
        return source.with_values(levelled), (
            f"{source.name} has a margin that is {level:.4g} everywhere, round a box of {size} "
            f"points whose faces are {mean:.4g} on average; the margin was given this value, as "
            "the step would be taken for the molecule's; pad maps with the mean of their faces",
        )
    return source, ()


def filled_part(source: MapData, *, periodic: bool) -> tuple[MapData, Inside]:
    """Return the part that a margin of one value surrounds, and where it is; or the whole map.

    Noise is measured there: a margin has none, and makes the solvent a small share of the map.
    A map that goes on beyond its faces has no margin.
    """
    for _, inside, _ in () if periodic else _margins(source.values):
        z, y, x = inside
        box = (z.start, y.start, x.start), (z.stop, y.stop, x.stop)
        return cropped(source, box), inside
    return source, (slice(None), slice(None), slice(None))


def _margins(values: FloatMap) -> Iterator[tuple[float, Inside, npt.NDArray[np.float64]]]:
    """Yield the value of a margin, what it surrounds, and the values at the faces of that."""
    for level in (values[0, 0, 0], values[-1, -1, -1]):
        if not _is_at_a_face(values, level):
            continue
        inside = _extent(values != level)
        if inside is None:
            continue
        faces = _faces(values, inside)
        if np.mean(faces == level) <= _MASKED:
            yield float(level), inside, faces


def _is_at_a_face(values: FloatMap, level: np.float32) -> bool:
    """Whether one of the map's faces has this value everywhere, as where a margin is."""
    return any(
        bool((values.take(end, axis) == level).all()) for axis in range(3) for end in (0, -1)
    )


def _extent(is_other: BooleanMap) -> Inside | None:
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


def _faces(values: FloatMap, inside: Inside) -> npt.NDArray[np.float64]:
    """Return the values at those faces of a box that a margin lies on."""
    box = values[inside]
    found = []
    for axis, (part, n) in enumerate(zip(inside, values.shape, strict=True)):
        if part.start > 0:
            found.append(box.take(0, axis).ravel())
        if part.stop < n:
            found.append(box.take(-1, axis).ravel())
    return np.concatenate(found).astype(np.float64)
