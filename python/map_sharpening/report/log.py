"""The text log of a run: one screen of results, then the tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

import numpy as np

from map_sharpening.report.contents import AnyResult, contents_of
from map_sharpening.report.parts.contents import Fact, Table, TensorRow
from map_sharpening.report.parts.wording import TENSOR_HEADINGS, number, stages_and_total

_WIDTH = 98
_MAX_SHELL_ROWS = 40


def log_text(result: AnyResult, *, outputs: Sequence[str] = (), tables: bool = True) -> str:
    """Return what a microscopist reads after a run.

    Parameters
    ----------
    tables : bool
        Add warnings, directions, the long table, of shells or of trials, and the times; without
        them `ending_text` follows.
    """
    contents, warnings = contents_of(result), result.warnings
    count = str(len(warnings)) if warnings else "none"
    lines = _lines_of_facts(contents.facts)
    if tables:
        lines.append(("Warnings", count))
    lines += [*zip(("Wrote", *[""] * len(outputs)), outputs, strict=False)]
    blocks = [_block(contents.title, _two_columns(lines))]
    if tables:
        if warnings:
            blocks.append(_block("Warnings", _marked(warnings)))
        directions = contents.directions
        tensors = [line for row in directions.rows for line in _tensor(row, directions.decimals)]
        blocks.append(_block(directions.title, [*_wrapped(directions.text), *tensors]))
        shown = [table for table in contents.tables if any(c.short for c in table.columns)]
        blocks += [_block(table.title, _table(table)) for table in shown]
        if result.seconds:
            stages, total = stages_and_total(result.seconds)
            times = [(stage, f"{value:8.2f} s") for stage, value in stages.items()]
            blocks.append(_block("Time", _two_columns([*times, ("total", f"{total:8.2f} s")])))
    return "\n\n".join(blocks) + "\n"


def facts_text(title: str, facts: Sequence[Fact]) -> str:
    """Return facts under their title."""
    return _block(title, _two_columns(_lines_of_facts(facts))) + "\n"


def ending_text(result: AnyResult, seconds: float, *, outputs: Sequence[str] = ()) -> str:
    """Return the last lines on a screen: what matters most, and where the rest is."""
    facts = contents_of(result).facts
    first = next((fact for fact in facts if fact.name.startswith("Resolution")), facts[0])
    rest = [name for name in outputs if name.endswith(("report.html", "log.txt"))]
    count = str(len(result.warnings)) if result.warnings else "none"
    head = [*_fact_lines(first, _WIDTH - 4 - len(first.name)), ("Warnings", count)]
    tail = [
        *zip(("Details in", *[""] * len(rest)), rest, strict=False),
        ("Time", f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"),
    ]
    shown = _two_columns([*head, *tail])
    warnings = _marked(result.warnings)
    return "\n".join([*shown[: len(head)], *warnings, *shown[len(head) :]]) + "\n"


def _marked(warnings: Sequence[str]) -> list[str]:
    return [line for warning in warnings for line in _wrapped(warning, "  ! ", "    ")]


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


def _lines_of_facts(facts: Sequence[Fact]) -> list[tuple[str, str]]:
    room = _WIDTH - 4 - max(len(fact.name) for fact in facts)
    return [line for fact in facts for line in _fact_lines(fact, room)]


def _fact_lines(fact: Fact, width: int) -> list[tuple[str, str]]:
    """Return a fact and its note, on separate lines if it is long."""
    together = f"{fact.value} ({fact.note})" if fact.note else fact.value
    if len(together) <= width:
        return [(fact.name, together)]
    return [(fact.name, fact.value), *(("", line) for line in textwrap.wrap(fact.note, width))]


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
