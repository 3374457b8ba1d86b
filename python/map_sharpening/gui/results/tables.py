"""Tables as plain HTML, which screen readers know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from nicegui import ui


def table(
    label: str,
    headings: Sequence[str],
    rows: Iterable[tuple[Sequence[str], bool]],
    *,
    is_low: bool = False,
) -> None:
    """Show a table, which the keyboard can scroll.

    Parameters
    ----------
    label : str
        What the table is called by screen readers.
    headings : sequence of str
        Of the columns, none empty.
    rows : iterable of (cells, whether the row stands out)
        From top to bottom; the first cell names the row.
    is_low : bool
        It is low, and long tables scroll in it.
    """
    place = ui.element("div").classes("scrolled" + " shells" * is_low)
    place.props["aria-label"] = label
    place.props("role=region tabindex=0")
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    body = "".join(_row(cells, stands_out) for cells, stands_out in rows)
    # As one element: the page draws all of its elements again whenever one of them changes.
    with place:
        ui.html(
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>", sanitize=False, tag="table"
        ).classes("table")


def _row(cells: Sequence[str], stands_out: bool) -> str:
    name, *others = (escape(cell) for cell in cells)
    mark = ' class="differs"' if stands_out else ""
    values = "".join(f"<td>{other}</td>" for other in others)
    return f'<tr{mark}><th scope="row">{name}</th>{values}</tr>'
