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
    "Arrow keys move the cross, Page Up and Page Down change the section, "
    "S swaps before and after."
)


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
) -> str:
    """Return the viewer as HTML; it stays hidden where no script is run.

    Parameters
    ----------
    before : sequence of MapData
        What was sharpened: a map, or two half maps, whose mean is shown. None of them: only the
        sharpened map is shown.
    sharpened : MapData
        The map after sharpening.
    mask : MapData or None
        Says which part of the maps is shown, and is drawn as an outline.
    local : (MapData, (float, float)) or None
        Local resolution in Å, and the values of its first and its last colour.
    """
    box = None if mask is None else box_of_mask(mask.values, _INSIDE)
    cut = cut_of(sharpened.shape, box)
    is_inside = None if mask is None else cut.of(mask.values) >= _INSIDE
    layers = [Layer("sharpened", "", packed_density(cut.of(sharpened.values)))]
    if before:
        layers.insert(0, Layer("before", "", packed_density(cut.of_mean(before))))
    if local is not None:
        # Outside the mask it is not known, and the map holds its limit there.
        sections = (
            cut.of(local[0].values)
            if mask is None
            else cut.of_part(local[0].values, cut.inside(mask.values, _INSIDE))
        )
        packed = packed_quantity(sections, is_inside, local[1])
        layers.append(Layer("local resolution", " Å", packed, is_coloured=True))
    texts = {layer.name: layer.packed.text for layer in layers}
    if is_inside is not None:
        texts["mask"] = packed_region(is_inside)
    facts = _facts(sharpened, cut, layers, has_mask=is_inside is not None)
    legend = _legend(cut, layers, is_part=box is not None)
    brought = "".join(
        f'<template data-name="{name}">{text}</template>' for name, text in texts.items()
    )
    return (
        f'<section id="viewer" class="viewer" hidden data-facts="{escape(facts)}">'
        f"<h2>Section by section</h2>{_canvas(cut, sharpened)}{_controls(layers, cut, mask)}"
        f'<dl class="readout" aria-live="polite"></dl>'
        f'<p class="quiet">{escape(legend)}</p>{brought}</section>'
    )


def _facts(sharpened: MapData, cut: Cut, layers: Sequence[Layer], *, has_mask: bool) -> str:
    """Return what the script must know, as JSON."""
    x, y, _ = sharpened.voxel_size
    thin_y, thin_x = cut.thinned
    facts: dict[str, Any] = {
        "shape": cut.shape,
        "planes": cut.planes,
        "first": [cut.columns.start, cut.rows.start],
        "thinned": [thin_x, thin_y],
        "voxel": [float(f"{step:.7g}") for step in sharpened.voxel_size],
        "point": [float(f"{size:.7g}") for size in (thin_x * x, thin_y * y)],
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


def _canvas(cut: Cut, sharpened: MapData) -> str:
    x, y, _ = sharpened.voxel_size
    _, rows, columns = cut.shape
    height = round(_WIDTH * (rows * cut.thinned[0] * y) / (columns * cut.thinned[1] * x))
    return (
        f'<canvas width="{_WIDTH}" height="{max(height, 1)}" tabindex="0" role="application" '
        f'aria-label="A section of the map, x to the right and y up. {_KEYS}"></canvas>'
    )


def _controls(layers: Sequence[Layer], cut: Cut, mask: MapData | None) -> str:
    count, checked = cut.shape[0], {"sharpened": " checked"}
    radios = "".join(
        f'<label><input type="radio" name="viewer-map"{checked.get(layer.name, "")}> '
        f"{layer.name}</label>"
        for layer in layers
    )
    swap = '<button type="button">Swap</button>' if layers[0].name == "before" else ""
    outline = (
        ""
        if mask is None
        else '<label><input type="checkbox" checked> outline of the mask</label>'
    )
    return (
        f'<div class="controls"><label class="wide-control"><span>Section along z: '
        f'<span class="place"></span></span><input type="range" min="0" max="{count - 1}" '
        f'value="{count // 2}"></label><fieldset><legend>Shown</legend>{radios}</fieldset>'
        f"{swap}{outline}</div>"
    )


def _legend(cut: Cut, layers: Sequence[Layer], *, is_part: bool) -> str:
    part = "the part of the map that the mask covers" if is_part else "the whole map"
    worst = max(layer.packed.step / 2 for layer in layers if not layer.is_coloured)
    thin_y, thin_x = cut.thinned
    joined = (
        ""
        if cut.thinned == (1, 1)
        else f" A point is the mean of {thin_x} x {thin_y} grid points; the first of them is told."
    )
    if joined and is_part and any(layer.is_coloured for layer in layers):
        joined += " Of local resolution it is the mean of those inside the mask."
    return (
        f"{cut.shape[0]} sections normal to z through {part}. Values under the mouse are true to "
        f"{100 * worst:.1f} %, small ones to as much of three standard deviations."
        f"{joined} {_KEYS}"
    )
