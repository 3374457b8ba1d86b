"""Lines, points and texts as SVG elements."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from html import escape
from typing import Any, TypeAlias

import numpy as np

from map_sharpening.maps.arrays import FloatArray

#: As multiples of the line's width.
_DASHES = {"--": (3.7, 1.6), ":": (1.0, 1.65), "-.": (6.4, 1.6, 1.0, 1.6)}
#: Corners of markers that are no circle, in a square from -1 to 1, y down.
_CORNERS = {
    "D": ((0, -1.4), (1.4, 0), (0, 1.4), (-1.4, 0)),
    "s": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    "^": ((0, -1), (1, 1), (-1, 1)),
    "v": ((0, 1), (1, -1), (-1, -1)),
    "P": (
        (-0.4, -1), (0.4, -1), (0.4, -0.4), (1, -0.4), (1, 0.4), (0.4, 0.4), (0.4, 1), (-0.4, 1),
        (-0.4, 0.4), (-1, 0.4), (-1, -0.4), (-0.4, -0.4),
    ),
}  # fmt: skip
#: Draws the sample of a legend from x to x, at a height.
Sample: TypeAlias = Callable[[float, float, float], str]
_NARROW, _WIDE = frozenset("ijlftr.,:;|'()[]/ −-"), frozenset("mwMW→←@%")


def has_line(style: object) -> bool:
    """Say whether a style of lines draws any."""
    return style not in ("none", "", None)


def stroke(colour: str, width: float, style: Any) -> str:
    """Return the attributes of a line; its style as matplotlib names it, or (0, dashes)."""
    pattern = _DASHES.get(style, ()) if isinstance(style, str) else style[1]
    dashes = "".join(f"{part * width:.2f} " for part in pattern).strip()
    ends = f' stroke-dasharray="{dashes}"' if dashes else ' stroke-linecap="round"'
    return f'fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linejoin="round"{ends}'


def path(x: FloatArray, y: FloatArray, attributes: str) -> str:
    """Return a line through points, broken where one is no number."""
    known = np.isfinite(x) & np.isfinite(y)
    parts: list[str] = []
    is_on = False
    for at_x, at_y, is_known in zip(x.tolist(), y.tolist(), known.tolist(), strict=True):
        if is_known:
            parts.append(f"{'L' if is_on else 'M'}{at_x:.2f} {at_y:.2f}")
        is_on = is_known
    return f'<path d="{"".join(parts)}" {attributes}/>' if parts else ""


def line(x1: float, y1: float, x2: float, y2: float, attributes: str) -> str:
    """Return a straight line."""
    return f'<path d="M{x1:.2f} {y1:.2f}L{x2:.2f} {y2:.2f}" {attributes}/>'


def rectangle(x: float, y: float, width: float, height: float, attributes: str) -> str:
    """Return a rectangle."""
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" {attributes}/>'
    )


def markers(
    x: Iterable[float], y: Iterable[float], shape: str, size: float, attributes: str
) -> str:
    """Return one marker at each point, `size` across."""
    radius = size / 2
    parts = []
    for at_x, at_y in zip(x, y, strict=True):
        if not (math.isfinite(at_x) and math.isfinite(at_y)):
            continue
        if shape == "o":
            parts.append(
                f'<circle cx="{at_x:.2f}" cy="{at_y:.2f}" r="{radius:.2f}" {attributes}/>'
            )
            continue
        corners = (
            f"{at_x + radius * dx:.2f} {at_y + radius * dy:.2f}" for dx, dy in _CORNERS[shape]
        )
        parts.append(f'<path d="M{"L".join(corners)}Z" {attributes}/>')
    return "".join(parts)


def text(
    x: float,
    y: float,
    content: str,
    size: float,
    colour: str,
    anchor: str = "start",
    turn: str = "",
) -> str:
    """Return a text whose base line begins, ends or has its middle at a point."""
    attributes = f' transform="rotate({turn} {x:.2f} {y:.2f})"' if turn else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:g}" fill="{colour}" '
        f'text-anchor="{anchor}"{attributes}>{escape(content)}</text>'
    )


def text_width(content: str, size: float) -> float:
    """Return about how wide a text is: the reader's fonts aren't known."""
    widths = (0.36 if c in _NARROW else 0.95 if c in _WIDE else 0.61 for c in content)
    return size * sum(widths)
