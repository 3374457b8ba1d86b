"""Maps and results as notebooks show them: small, and with nothing fetched from elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any

from map_sharpening.maps.map_data import MapData
from map_sharpening.presenting.facts import facts_of
from map_sharpening.presenting.maps_of import main_map
from map_sharpening.report.parts.slice_pictures import slice_pictures
from map_sharpening.report.parts.slices import central_slices

_WIDTH = "220px"


def html_of_map(map_data: MapData) -> str:
    """Return a line about a map, and its three central slices."""
    return f"<p>{escape(repr(map_data))}</p>{_slices(map_data, None)}"


def html_of_result(result: Any) -> str:
    """Return the results as a table, all warnings, and slices of the map that was made."""
    title, facts = facts_of(result)
    rows = (
        f"<tr><th>{escape(fact.name)}</th>"
        f"<td>{escape(fact.value)}{f' ({escape(fact.note)})' if fact.note else ''}</td></tr>"
        for fact in facts
    )
    found = f"<table><caption>{escape(title)}</caption>{''.join(rows)}</table>"
    warnings = "".join(f"<li>{escape(text)}</li>" for text in result.warnings)
    listed = f"<p>Warnings</p><ul>{warnings}</ul>" if warnings else ""
    return f"{found}{listed}{_slices(main_map(result), getattr(result, 'mask', None))}"


def _slices(map_data: MapData, mask: MapData | None) -> str:
    outline = None if mask is None else central_slices(mask)
    pictures = slice_pictures(central_slices(map_data), outline, map_data.name)
    # Notebooks lack the style sheet for pictures of slices.
    style = (
        "<style>.ms-slices svg{width:" + _WIDTH + ";background:#000}"
        ".ms-slices .outline{fill:none;stroke:#e69f00;stroke-width:.6%}"
        ".ms-slices .bar{fill:#fff}</style>"
    )
    return (
        f'{style}<div class="ms-slices" style="display:flex;flex-wrap:wrap;gap:8px">'
        f"{''.join(pictures.values())}</div>"
    )
