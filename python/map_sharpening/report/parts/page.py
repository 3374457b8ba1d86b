"""What the HTML reports are built of: the page's frame, tiles, sections, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from map_sharpening.report.parts.page_style import PAGE_STYLE
from map_sharpening.report.parts.wording import stages_and_total

_WIDEST_NUMBER = 11  #: characters; a tile shows longer values in smaller type


def page(title: str, sections: Sequence[str], *, extra_style: str = "") -> str:
    """Return a whole page that needs no network, no script and no other file.

    Parameters
    ----------
    title : str
        Of the browser's window.
    sections : sequence of str
        HTML; empty ones are left out.
    extra_style : str
        What this kind of report adds to the common style sheet.
    """
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            "style-src 'unsafe-inline'; img-src data:\">",
            f"<title>{escape(title)}</title>",
            f"<style>{PAGE_STYLE}{extra_style}</style>",
            "</head>",
            "<body>",
            "<main>",
            *[part for part in sections if part],
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def header(title: str, inputs: Sequence[str], date: str | None) -> str:
    """Return the heading: what was done, to which files, when."""
    facts = " · ".join(escape(text) for text in (*inputs, *([date] if date else [])))
    return f'<header><h1>{escape(title)}</h1><p class="quiet">{facts}</p></header>'


def warnings_section(warnings: Sequence[str]) -> str:
    """Return the box of warnings, or nothing if there are none."""
    if not warnings:
        return ""
    items = "".join(f"<li>{escape(text)}</li>" for text in warnings)
    heading = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
    return f'<section class="warnings" role="alert"><h2>{heading}</h2><ul>{items}</ul></section>'


def tiles(facts: Sequence[tuple[str, str, str]]) -> str:
    """Return the main results as tiles: name, value, one line that explains it."""
    cells = []
    for name, value, hint in facts:
        kind = "value" if len(value) <= _WIDEST_NUMBER else "value words"
        cells.append(
            f'<dl class="tile"><dt>{escape(name)}</dt><dd><div class="{kind}">{escape(value)}'
            f'</div><div class="hint">{escape(hint)}</div></dd></dl>'
        )
    return f'<div class="tiles">{"".join(cells)}</div>'


def plot_section(title: str, svg: str, caption: str) -> str:
    """Return a plot under its title, above its caption."""
    return (
        f'<section><h2>{escape(title)}</h2>{svg}<p class="quiet">{escape(caption)}</p></section>'
    )


def side_by_side(*sections: str) -> list[str]:
    """Return sections that share a row where the page is wide enough."""
    return ['<div class="two">', *sections, "</div>"]


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], kind: str) -> str:
    """Return a table of escaped cells under its headings, of the style class `kind`."""
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in headings)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
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
    return (
        f'<section><h2>Time</h2><div class="scroll"><table class="stages"><tbody>{rows}'
        f"<tr><th scope='row'>total</th><td>{total:.2f} s</td><td></td></tr>"
        "</tbody></table></div></section>"
    )


def details(title: str, content: str) -> str:
    """Return what opens when its title is clicked."""
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def files_and_versions(
    inputs: Sequence[str], outputs: Sequence[str], versions: Mapping[str, str]
) -> str:
    """Return the table of files read and written, and that of versions."""
    files = [("read", name) for name in inputs] + [("wrote", name) for name in outputs]
    return _two_columns(files) + _two_columns(list(versions.items()))


def _two_columns(rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    cells = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td class=\"text\">{escape(value)}</td></tr>"
        for name, value in rows
    )
    return f'<div class="scroll"><table><tbody>{cells}</tbody></table></div>'
