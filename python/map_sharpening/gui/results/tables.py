"""Tables as plain HTML elements, which screen readers know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    with place, ui.element("table").classes("table"):
        with ui.element("thead"), ui.element("tr"):
            for heading in headings:
                _cell("th", heading).props("scope=col")
        with ui.element("tbody"):
            for cells, stands_out in rows:
                with ui.element("tr") as row:
                    _cell("th", cells[0]).props("scope=row")
                    for cell in cells[1:]:
                        _cell("td", cell)
                if stands_out:
                    row.classes("differs")


def _cell(tag: str, text: str) -> ui.element:
    with ui.element(tag) as cell:
        ui.label(text)
    return cell
