"""The blocks that all logs are made of: headings, facts, warnings, tables, times."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening.methods.shared.direction import Tensor
from map_sharpening.report.parts.wording import (
    TENSOR_HEADINGS,
    number,
    significant,
    stages_and_total,
)

LOG_WIDTH = 98
_EXPLANATION_WIDTH = 72  #: beside the labels
_MAX_SHELL_ROWS = 40


@dataclass(frozen=True)
class LogParts:
    """What differs between the logs of different kinds of run."""

    title: str
    facts: Sequence[tuple[str, str]]  #: label and value, one line each
    anisotropy: str
    table: Callable[[], str]  #: the long one, of shells or trials


def heading(text: str) -> str:
    """Return a line and its underline."""
    return f"{text}\n{'-' * len(text)}"


def facts_block(
    title: str,
    rows: Sequence[tuple[str, str]],
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
) -> str:
    """Return a title and one line per fact; at the end the files read and written."""
    rows = [
        *rows,
        *(("Read" if i == 0 else "", name) for i, name in enumerate(inputs)),
        *(("Wrote" if i == 0 else "", name) for i, name in enumerate(outputs)),
    ]
    width = max(len(label) for label, _ in rows) + 2
    lines = [f"  {label:<{width}}{value}".rstrip() for label, value in rows]
    return "\n".join([heading(title), *lines])


def wrapped(text: str) -> list[str]:
    """Return the lines of a legend."""
    return textwrap.wrap(text, LOG_WIDTH, initial_indent="  ", subsequent_indent="  ")


def explained(label: str, value: str, explanation: str) -> list[tuple[str, str]]:
    """Return a fact and what explains it, on lines of its own if it is long."""
    together = f"{value} ({explanation})"
    if len(together) <= _EXPLANATION_WIDTH:
        return [(label, together)]
    lines = textwrap.wrap(explanation, _EXPLANATION_WIDTH)
    return [(label, value), *(("", line) for line in lines)]


def count_of_warnings(warnings: Sequence[str]) -> str:
    """Return how many there are, or none."""
    return str(len(warnings)) if warnings else "none"


def warnings_block(warnings: Sequence[str]) -> str:
    """Return all warnings, wrapped."""
    lines = [
        textwrap.fill(
            warning,
            LOG_WIDTH,
            initial_indent="  ! ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for warning in warnings
    ]
    return "\n".join([heading("Warnings"), *lines])


def table_lines(columns: Sequence[tuple[str, Sequence[str]]], *, left: int = 0) -> list[str]:
    """Return the lines of a table; the first `left` columns are set to the left."""
    widths = [max(len(title), *map(len, cells)) for title, cells in columns]
    rows = [
        [title for title, _ in columns],
        *zip(*(cells for _, cells in columns), strict=True),
    ]
    return [
        "  "
        + "  ".join(
            f"{cell:<{width}}" if i < left else f"{cell:>{width}}"
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def tensor_lines(tensor: Tensor, decimals: int) -> list[str]:
    """Return a tensor under its headings, over its standard errors."""

    def row(cells: Sequence[str]) -> str:
        return "(" + ", ".join(f"{cell:>7}" for cell in cells) + ")"

    return [
        "     " + row(TENSOR_HEADINGS),
        "     " + row([number(value, decimals) for value in tensor.values]),
        "  +- " + row([number(value, decimals) for value in tensor.standard_errors]),
    ]


def thinned(n_shells: int) -> npt.NDArray[np.intp]:
    """Return indices of at most 40 shells, evenly spaced, the first and the last among them."""
    shown = min(n_shells, _MAX_SHELL_ROWS)
    return np.round(np.linspace(0, n_shells - 1, shown)).astype(np.intp)


def shells_shown(n_shown: int, n_shells: int, file_name: str) -> str:
    """Return how many shells a table shows, and which file has all."""
    if n_shown == n_shells:
        return f"  All {n_shells} shells."
    return f"  {n_shown} of {n_shells} shells; {file_name} has all."


def decimal_cells(values: npt.NDArray[np.float64]) -> list[str]:
    """Return the cells of a column of numbers of about 1."""
    return [number(float(value), 3) for value in values]


def significant_cells(values: npt.NDArray[np.float64]) -> list[str]:
    """Return the cells of a column of numbers of any size."""
    return [significant(float(value), 3) for value in values]


def timing_block(seconds: Mapping[str, float]) -> str:
    """Return the time of each stage and of all."""
    stages, total = stages_and_total(seconds)
    width = max(len(stage) for stage in [*stages, "total"]) + 2
    lines = [f"  {stage:<{width}}{value:8.2f} s" for stage, value in stages.items()]
    lines.append(f"  {'total':<{width}}{total:8.2f} s")
    return "\n".join([heading("Time"), *lines])
