"""Two runs compared: what was asked of each, and what each found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from map_sharpening.gui.files.apart import Apart
from map_sharpening.gui.history import NOTHING, account_of, differing
from map_sharpening.gui.results.plots import Chart, comparison_chart
from map_sharpening.gui.results.views import Views
from map_sharpening.gui.state import Run
from map_sharpening.maps.comparison import compare_by_shells

#: The finest spacing compared, as a share of the better of the two resolutions.
_BEYOND = 0.9


@dataclass(frozen=True)
class Row:
    """One line of a table: a name, and a value of each run."""

    name: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        """Whether the values do."""
        return self.first != self.second


def parameter_rows(first: Run, second: Run) -> list[Row]:
    """Return the parameters in which two runs differ."""
    one, two = account_of(first), account_of(second)
    names = dict.fromkeys(name for name, _ in (*one.inputs, *two.inputs))
    files = [
        Row(n, dict(one.inputs).get(n, NOTHING), dict(two.inputs).get(n, NOTHING)) for n in names
    ]
    found = differing({first.name: one, second.name: two})
    values = [
        Row(name, text, other)
        for (name, text), (_, other) in zip(found[first.name], found[second.name], strict=True)
    ]
    return [row for row in (*files, *values) if row.differs]


def figure_rows(first: dict[str, Any], second: dict[str, Any]) -> list[Row]:
    """Return the figures of two results.json, and how many warnings each has."""
    one, two = (
        {fact["name"]: fact["value"] for fact in each["facts"]} for each in (first, second)
    )
    rows = [Row(name, one.get(name, NOTHING), two.get(name, NOTHING)) for name in {**one, **two}]
    n_one, n_two = (str(len(each["warnings"])) for each in (first, second))
    return [*rows, Row("Warnings", n_one, n_two)]


def agreement(views: Views, run: str, other: str, apart: Apart) -> tuple[float, Chart | None]:
    """Return how far the sharpened maps of two runs correlate: altogether, and by resolution.

    Raises
    ------
    MapSharpeningError
        If a map is missing, or they lie on different grids.
    """
    correlation = views.difference(run, other).correlation
    s, by_shell = apart.ask("agreement", str(views.folder.root), run, other)
    return correlation, comparison_chart(s, by_shell)


def agreement_by_shells(
    views: Views, run: str, other: str
) -> tuple[list[float], list[float | None]]:
    """Return 1/d of shells in 1/Å, and how the sharpened maps of two runs correlate in them.

    Where a map has nothing but rounding errors, as beyond the reflections of a crystal, there
    is no correlation.

    Raises
    ------
    MapSharpeningError
        As `agreement`.
    """
    found = [views.found(each) for each in (run, other)]
    first, second = (each.map("sharpened") for each in found)
    # Beyond it one map has nothing, or both.
    finest = min(float(each.run.result["resolution_angstrom"]) for each in found)
    shells = compare_by_shells(first, second, max(first.nyquist, _BEYOND * finest))
    known = [
        float(value) if is_known else None
        for value, is_known in zip(shells.correlation, shells.has_data, strict=True)
    ]
    return shells.s.tolist(), known
