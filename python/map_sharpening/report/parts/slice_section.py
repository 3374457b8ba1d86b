"""The part of an HTML report that shows central slices of maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from map_sharpening.maps.map_data import MapData
from map_sharpening.report.parts.slice_pictures import slice_pictures
from map_sharpening.report.parts.slices import CentralSlices, central_slices

_PLANES = {"x": "y right, z up", "y": "x right, z up", "z": "x right, y up"}


def before_and_after(
    before: CentralSlices | None, sharpened: MapData, before_is: str, mask: MapData | None = None
) -> str:
    """Return the slices of a map before and after sharpening, side by side.

    Parameters
    ----------
    before : CentralSlices or None
        None: only the sharpened map is shown.
    before_is : str
        What the map before is, for its caption.
    """
    outline = None if mask is None else central_slices(mask)
    maps = {f"before: {before_is}": before, "sharpened": central_slices(sharpened)}
    rows = [
        (name, slice_pictures(slices, outline, name.partition(":")[0]))
        for name, slices in maps.items()
        if slices is not None
    ]
    legend = " Orange: outline of the mask." if mask is not None else ""
    return (
        f"<section><h2>Central slices</h2>{slice_grid(rows)}"
        '<p class="quiet">White is dense. Each map runs from its own 1st to its own 99.7th '
        f"percentile.{legend}</p></section>"
    )


def slice_grid(rows: Sequence[tuple[str, Mapping[str, str]]]) -> str:
    """Return pictures by direction.

    Parameters
    ----------
    rows : sequence of (str, mapping of str to str)
        Caption of a map, and its pictures by the axis "x", "y", "z" they are normal to.
    """
    pairs = []
    for axis, plane in _PLANES.items():
        figures = "".join(
            f"<figure>{pictures[axis]}<figcaption>{escape(name)}</figcaption></figure>"
            for name, pictures in rows
        )
        pairs.append(
            f'<div><h3>normal to {axis} <span class="quiet">({plane})</span></h3>'
            f'<div class="pair">{figures}</div></div>'
        )
    return f'<div class="slices">{"".join(pairs)}</div>'
