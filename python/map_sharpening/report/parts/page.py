"""What the HTML report is built of: the page's frame, tiles, sections, tables."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from urllib.parse import quote

from map_sharpening.report.parts.contents import Directions, Fact, Table
from map_sharpening.report.parts.wording import TENSOR_HEADINGS, number, stages_and_total

_WIDEST_NUMBER = 11  #: characters; a tile shows longer values in smaller type
_LONGEST_HEADING = 12  #: characters; longer ones may be broken after each word


def page(title: str, sections: Sequence[str], script: str = "") -> str:
    """Return a whole page that needs no network and no other file.

    Parameters
    ----------
    title : str
        Of the browser's window.
    sections : sequence of str
        HTML; empty ones are left out.
    script : str
        The only one that may run; what it adds is not missed where none runs.
    """
    allowed = f"; script-src {source_of(script)}" if script else ""
    style = resources.files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            f"style-src 'unsafe-inline'; img-src data:{allowed}\">",
            f"<title>{escape(title)}</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            "<main>",
            *[part for part in sections if part],
            "</main>",
            *([f"<script>{script}</script>"] if script else []),
            "</body>",
            "</html>",
            "",
        ]
    )


def source_of(script: str) -> str:
    """Return how a content security policy names a script: by its hash."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def header(title: str, facts: Sequence[str]) -> str:
    """Return the heading, and a line below with the kind of run, its files, and the date."""
    line = " · ".join(escape(text) for text in facts)
    return f'<header><h1>{escape(title)}</h1><p class="quiet">{line}</p></header>'


def list_section(texts: Sequence[str], name: str, attributes: str) -> str:
    """Return a box of warnings or notes under their number, or nothing if there are none."""
    if not texts:
        return ""
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    heading = f"{len(texts)} {name}{'' if len(texts) == 1 else 's'}"
    return f"<section {attributes}><h2>{heading}</h2><ul>{items}</ul></section>"


def tiles(facts: Sequence[Fact]) -> str:
    """Return the main results as tiles: name, value, what explains it."""
    cells = []
    for fact in facts:
        kind = "value" if len(fact.value) <= _WIDEST_NUMBER else "value words"
        cells.append(
            f'<dl class="tile"><dt>{escape(fact.name)}</dt><dd><div class="{kind}">'
            f'{escape(fact.value)}</div><div class="hint">{escape(fact.note)}</div></dd></dl>'
        )
    return f'<div class="tiles">{"".join(cells)}</div>'


def plot_section(title: str, svg: str, caption: str) -> str:
    """Return a plot under its title, above its caption, or nothing if there is none."""
    if not svg:
        return ""
    return (
        f'<section><h2>{escape(title)}</h2>{svg}<p class="quiet">{escape(caption)}</p></section>'
    )


def side_by_side(*sections: str) -> list[str]:
    """Return sections that share a row where the page is wide enough."""
    return ['<div class="two">', *sections, "</div>"] if sections else []


def table(contents: Table) -> str:
    """Return a table with all its columns."""
    headings = "".join(_heading(column.name, column.unit) for column in contents.columns)
    rows = []
    for i in range(contents.n_rows):
        mark = ' class="chosen"' if i == contents.marked else ""
        # A dash is easier to see than a hyphen.
        cells = (escape(c.cells[i]) if c.cells[i] != "-" else "–" for c in contents.columns)
        rows.append(f"<tr{mark}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    return _table(contents.kind, headings, "".join(rows))


def _heading(name: str, unit: str) -> str:
    text = escape(name)
    if len(name) > _LONGEST_HEADING:
        text = text.replace("_", "_<wbr>")
    explained = f"<span>{escape(unit)}</span>" if unit else ""
    return f"<th scope='col'>{text}{explained}</th>"


def _table(kind: str, headings: str, rows: str) -> str:
    head = f"<thead><tr>{headings}</tr></thead>" if headings else ""
    # Keys can scroll only what can have the focus.
    return (
        '<div class="scroll" tabindex="0" role="group" aria-label="table">'
        f'<table class="{kind}">{head}<tbody>{rows}</tbody></table></div>'
    )


def directions_section(contents: Directions, picture: str) -> str:
    """Return tensors with their standard errors as a table, over their picture."""
    rows = []
    for row in contents.rows:
        words = "".join(f"<span>{escape(text)}</span>" for text in (row.legend, *row.notes))
        values = [number(value, contents.decimals) for value in row.values]
        errors = [number(error, contents.decimals) for error in row.errors]
        small = [f'<br><span class="error">± {error}</span>' for error in errors] or [""] * 6
        cells = "".join(f"<td>{a}{b}</td>" for a, b in zip(values, small, strict=True))
        rows.append(f"<tr><th scope='row'>{escape(row.title)}{words}</th>{cells}</tr>")
    headings = "<th></th>" + "".join(f"<th scope='col'>{name}</th>" for name in TENSOR_HEADINGS)
    return (
        f"<section><h2>{escape(contents.title)}</h2><p>{escape(contents.text)}</p>"
        f"{_table('tensors', headings, ''.join(rows)) if rows else ''}{picture}</section>"
    )


def timing_section(seconds: Mapping[str, float]) -> str:
    """Return the time of each stage with bars, or nothing if no time was taken."""
    if not seconds:
        return ""
    stages, total = stages_and_total(seconds)
    longest = max(*stages.values(), 1e-9)
    rows = "".join(
        f"<tr><th scope='row'>{escape(stage)}</th><td>{value:.2f} s</td><td>"
        f'<div class="share" style="width:{100 * value / longest:.1f}%"></div></td></tr>'
        for stage, value in stages.items()
    )
    rows += f"<tr><th scope='row'>total</th><td>{total:.2f} s</td><td></td></tr>"
    return f"<section><h2>Time</h2>{_table('stages', '', rows)}</section>"


def details(title: str, content: str) -> str:
    """Return what opens when its title is clicked."""
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def files_and_versions(
    inputs: Sequence[str],
    outputs: Sequence[str],
    versions: Mapping[str, str],
    places: Mapping[str, str],
) -> str:
    """Return the table of files read and written, and that of versions.

    Parameters
    ----------
    places : mapping of str to str
        Where outputs lie, seen from the page, by their names: they become links.
    """
    files = [("read", escape(name)) for name in inputs]
    files += [
        ("wrote", linked(name, places[name]) if name in places else escape(name))
        for name in outputs
    ]
    tables = _two_columns(files) + _two_columns([(k, escape(v)) for k, v in versions.items()])
    return f'<div id="files">{tables}</div>'


def linked(name: str, place: str) -> str:
    """Return a link to a file that lies somewhere, seen from the page."""
    # In a tab of its own: a page in a frame stays where it is.
    address = quote(place if place.startswith((".", "/")) else f"./{place}")
    return f'<a href="{address}" target="_blank" rel="noopener">{escape(name)}</a>'


def _two_columns(rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    cells = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td class=\"text\">{content}</td></tr>"
        for name, content in rows
    )
    return _table("files", "", cells)
