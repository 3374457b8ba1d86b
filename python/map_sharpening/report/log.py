"""The text log of a run: one screen of results, then the tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

import numpy as np

from map_sharpening.report.contents import AnyResult, contents_of
from map_sharpening.report.parts.contents import Directions, Fact, Table, TensorRow
from map_sharpening.report.parts.wording import TENSOR_HEADINGS, number, stages_and_total

_WIDTH = 98
_MAX_SHELL_ROWS = 40


def log_text(result: AnyResult, *, outputs: Sequence[str] = (), tables: bool = True) -> str:
    """Return what a microscopist reads after a run.

    Parameters
    ----------
    result : HalfMapResult, ModelResult or BFactorResult
        What the run found.
    outputs : sequence of str
        Names of the files written.
    tables : bool
        Add the long table, of shells or of trials, and the times.
    """
    contents, warnings = contents_of(result), result.warnings
    count = str(len(warnings)) if warnings else "none"
    room = _WIDTH - 4 - max(len(fact.name) for fact in contents.facts)
    lines = [line for fact in contents.facts for line in _fact_lines(fact, room)]
    lines += [("Warnings", count), *zip(("Wrote", *[""] * len(outputs)), outputs, strict=False)]
    blocks = [_block(contents.title, _two_columns(lines))]
    if warnings:
        told = [_wrapped(warning, "  ! ", "    ") for warning in warnings]
        blocks.append(_block("Warnings", [line for lines in told for line in lines]))
    blocks.append(_block(contents.directions.title, _directions(contents.directions)))
    if tables:
        shown = [table for table in contents.tables if any(c.short for c in table.columns)]
        blocks += [_block(table.title, _table(table)) for table in shown]
        if result.seconds:
            stages, total = stages_and_total(result.seconds)
            times = [(stage, f"{value:8.2f} s") for stage, value in stages.items()]
            blocks.append(_block("Time", _two_columns([*times, ("total", f"{total:8.2f} s")])))
    return "\n\n".join(blocks) + "\n"


def _block(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, "-" * len(title), *lines])


def _wrapped(text: str, first: str = "  ", later: str = "  ") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _two_columns(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(name) for name, _ in rows) + 2
    return [f"  {name:<{width}}{value}".rstrip() for name, value in rows]


def _fact_lines(fact: Fact, width: int) -> list[tuple[str, str]]:
    """Return a fact and its note, on lines of its own if it is long."""
    together = f"{fact.value} ({fact.note})" if fact.note else fact.value
    if len(together) <= width:
        return [(fact.name, together)]
    return [(fact.name, fact.value), *(("", line) for line in textwrap.wrap(fact.note, width))]


def _directions(directions: Directions) -> list[str]:
    rows = [line for row in directions.rows for line in _tensor(row, directions.decimals)]
    return [*_wrapped(directions.text), *rows]


def _tensor(row: TensorRow, decimals: int) -> Iterator[str]:
    """Yield a tensor under its headings, over its standard errors."""

    def cells(values: Sequence[float]) -> list[str]:
        return [number(value, decimals) for value in values]

    yield ""
    yield from (f"  {text}" for text in (row.title, row.legend and f"({row.legend})") if text)
    lines = {"": TENSOR_HEADINGS, " ": cells(row.values), "+-": cells(row.errors)}
    for sign, texts in lines.items():
        if texts:
            yield f"  {sign:<2} ({', '.join(f'{text:>7}' for text in texts)})"
    for note in row.notes:
        yield from _wrapped(note, "  >> ", "  >> ")


def _table(table: Table) -> list[str]:
    columns = [column for column in table.columns if column.short]
    n_shown = min(table.n_rows, _MAX_SHELL_ROWS) if table.file else table.n_rows
    # Evenly spaced, the first and the last among them.
    shown = np.round(np.linspace(0, table.n_rows - 1, n_shown)).astype(int)
    widths = [max(len(text) for text in (c.short, *(c.cells[i] for i in shown))) for c in columns]
    rows = [(None, [c.short for c in columns])]
    rows += [(i, [c.cells[i] for c in columns]) for i in shown]
    what = table.title.lower()
    head = []
    if table.file:
        few = f"{n_shown} of {table.n_rows} {what}; {table.file} has all."
        head = [f"  All {n_shown} {what}." if n_shown == table.n_rows else f"  {few}"]
    lines = [*head, *_wrapped(table.legend), ""]
    for i, cells in rows:
        # Names are set to the left.
        texts = [
            f"{cell:<{width}}" if column.name == "method" else f"{cell:>{width}}"
            for column, cell, width in zip(columns, cells, widths, strict=True)
        ]
        mark = "> " if i is not None and i == table.marked else "  "
        lines.append((mark + "  ".join(texts)).rstrip())
    return lines
