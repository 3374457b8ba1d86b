"""The part of the report in which a map is looked through, section by section."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from typing import Any

from map_sharpening.maps.map_data import MapData
from map_sharpening.report.parts.figures import NOWHERE, VIRIDIS
from map_sharpening.report.views.boxes import box_of_mask
from map_sharpening.report.views.sections import (
    Cut,
    Packed,
    cut_of,
    packed_density,
    packed_quantity,
    packed_region,
)

_INSIDE = 0.5  #: of the mask
_WIDTH = 720  #: pixels in which a section is drawn
_KEYS = (
    "Arrow keys move the cross, Page Up and Page Down change the section, X, Y and Z the "
    "direction, S swaps before and after."
)
_AXES = ("z", "y", "x")  #: that sections are normal to; the first is shown first
#: Places along x, y, z: what goes to the right, what goes up, and what the sections follow.
_DIRECTIONS = {"z": (0, 1, 2), "y": (0, 2, 1), "x": (1, 2, 0)}


@dataclass(frozen=True)
class Layer:
    """One of the maps that can be shown."""

    name: str
    unit: str
    packed: Packed
    is_coloured: bool = False


@cache
def viewer_script() -> str:
    """Return the script that the page needs for the viewer."""
    return resources.files(__package__).joinpath("viewer.js").read_text(encoding="utf-8")


def viewer_section(
    before: Sequence[MapData],
    sharpened: MapData,
    *,
    mask: MapData | None,
    local: tuple[MapData, tuple[float, float]] | None,
    modified: MapData | None = None,
) -> str:
    """Return the viewer as HTML; it stays hidden where no script is run.

    Parameters
    ----------
    before : sequence of MapData
        What was sharpened: a map, or two half maps, whose mean is shown. None of them: only the
        sharpened map is shown.
    mask : MapData or None
        Says which part of the maps is shown, and is drawn as an outline.
    local : (MapData, (float, float)) or None
        Local resolution in Å, and the values of its first and its last colour.
    """
    box = None if mask is None else box_of_mask(mask.values, _INSIDE)
    cuts = [cut_of(sharpened.shape, box, axis) for axis in _AXES]
    is_inside = None if mask is None else [cut.of(mask.values) >= _INSIDE for cut in cuts]
    layers = []
    if before:
        layers.append(Layer("before", "", packed_density([cut.of_mean(before) for cut in cuts])))
    for name, shown in (("sharpened", sharpened), ("modified", modified)):
        if shown is not None:
            sections = [cut.of(shown.values) for cut in cuts]
            layers.append(Layer(name, "", packed_density(sections)))
    if local is not None:
        # Outside the mask it is not known, and the map holds its limit there.
        sections = [
            cut.of(local[0].values)
            if mask is None
            else cut.of_part(local[0].values, mask.values, _INSIDE)
            for cut in cuts
        ]
        packed = packed_quantity(sections, is_inside, local[1])
        layers.append(Layer("local resolution", " Å", packed, is_coloured=True))
    texts = {layer.name: layer.packed.text for layer in layers}
    if is_inside is not None:
        texts["mask"] = packed_region(is_inside)
    facts = _facts(sharpened, cuts, layers, has_mask=is_inside is not None)
    legend = _legend(cuts, layers, is_part=box is not None)
    brought = "".join(
        f'<template data-name="{name}">{text}</template>' for name, text in texts.items()
    )
    return (
        f'<section id="viewer" class="viewer" hidden data-facts="{escape(facts)}">'
        f"<h2>Section by section</h2>{_CANVAS}{_controls(layers, mask)}"
        f'<dl class="readout" aria-live="polite"></dl>'
        f'<p class="quiet">{escape(legend)}</p>{brought}</section>'
    )


def _facts(
    sharpened: MapData, cuts: Sequence[Cut], layers: Sequence[Layer], *, has_mask: bool
) -> str:
    """Return what the script must know, as JSON."""
    facts: dict[str, Any] = {
        "views": [_view(cut, sharpened) for cut in cuts],
        "keys": _KEYS,
        "voxel": [float(f"{step:.7g}") for step in sharpened.voxel_size],
        "origin": [float(f"{part:.7g}") for part in sharpened.position.first_point],
        "isOrthogonal": sharpened.position.cell.is_orthogonal,
        "hasMask": has_mask,
        "codes": 254,
        "palette": [[code >> 16, code >> 8 & 255, code & 255] for code in VIRIDIS],
        "nowhere": NOWHERE,
        "layers": [
            {
                "name": layer.name,
                "unit": layer.unit,
                "isColoured": layer.is_coloured,
                **layer.packed.facts,
            }
            for layer in layers
        ],
    }
    return json.dumps(facts, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _view(cut: Cut, sharpened: MapData) -> dict[str, Any]:
    """Return what the script must know of the sections normal to one axis."""
    right, up, _ = _DIRECTIONS[cut.axis]
    _, rows, columns = cut.shape
    thin_up, thin_right = cut.thinned
    width = thin_right * sharpened.voxel_size[right]
    height = thin_up * sharpened.voxel_size[up]
    return {
        "axis": cut.axis,
        "directions": _DIRECTIONS[cut.axis],  # of columns, rows and sections
        "shape": cut.shape,
        "planes": cut.planes,
        "first": [cut.columns.start, cut.rows.start],
        "thinned": [thin_right, thin_up],
        "pointWidth": float(f"{width:.7g}"),
        "height": max(round(_WIDTH * (rows * height) / (columns * width)), 1),
    }


# The script says what it shows, and how high it is.
_CANVAS = f'<canvas width="{_WIDTH}" height="{_WIDTH}" tabindex="0" role="application"></canvas>'


def _controls(layers: Sequence[Layer], mask: MapData | None) -> str:
    views = _radios("viewer-axis", sorted(_AXES), _AXES[0])
    shown = _radios("viewer-map", [layer.name for layer in layers], "sharpened")
    swap = '<button type="button">Swap</button>' if layers[0].name == "before" else ""
    outline = (
        ""
        if mask is None
        else '<label><input type="checkbox" checked> outline of the mask</label>'
    )
    return (
        '<div class="controls"><label class="wide-control"><span>Section along '
        '<span class="axis"></span>: <span class="place"></span></span>'
        '<input type="range" min="0" max="0" value="0"></label>'
        f"<fieldset><legend>Normal to</legend>{views}</fieldset>"
        f"<fieldset><legend>Shown</legend>{shown}</fieldset>{swap}{outline}</div>"
    )


def _radios(group: str, names: Sequence[str], chosen: str) -> str:
    return "".join(
        f'<label><input type="radio" name="{group}" value="{name}"'
        f"{' checked' if name == chosen else ''}> {name}</label>"
        for name in names
    )


def _legend(cuts: Sequence[Cut], layers: Sequence[Layer], *, is_part: bool) -> str:
    part = "the part of the map that the mask covers" if is_part else "the whole map"
    worst = max(layer.packed.step / 2 for layer in layers if not layer.is_coloured)
    first, *others = (f"{cut.shape[0]} sections normal to {cut.axis}" for cut in cuts)
    counts = ", ".join([first, *(text.replace(" sections normal", "") for text in others)])
    joined = {cut.thinned for cut in cuts} - {(1, 1)}
    means = ""
    if joined:
        most = max(max(thinned) for thinned in joined)
        same = len(joined) == 1 and all(cut.thinned in joined for cut in cuts)
        up, right = next(iter(joined))
        size = f"{right} x {up}" if same else f"up to {most} x {most}"
        means = (
            f" A point is the mean of {size} grid points; the place shown is that of the first."
        )
        if is_part and any(layer.is_coloured for layer in layers):
            means += " Of local resolution it is the mean of those inside the mask."
    return (
        f"{counts}, through {part}. Values under the mouse are accurate to {100 * worst:.1f} %, "
        f"small ones to {100 * worst:.1f} % of three standard deviations.{means} {_KEYS}"
    )
