"""The tables of reconstructed pairs: all methods and programs on the same maps."""

from __future__ import annotations

from collections.abc import Sequence

from bench.quality.cases import Case
from bench.quality.programs.program import Program
from bench.quality.tables import half_maps as table
from bench.quality.tables.half_maps import Results

_ABOUT = (
    "Made by `python -m bench.quality --method reconstructed`; do not edit. Half maps that RELION "
    "reconstructs from simulated particles with errors of alignment "
    "(`bench/quality/reconstruction.py`): their noise rises towards the corners of the box and "
    "depends on the views, and the solvent has contrast. The truth is the same atoms with B = 0, "
    "to d_min. Entries are as in the table of half maps; programs for one map are given the mean "
    "of the half maps. Defaults were chosen by the cases at even places and by other suites."
)


def markdown(cases: Sequence[Case], programs: Sequence[Program], results: Results) -> str:
    """Return the tables as Markdown: the mean over the cases first, then each case."""
    title = "# Quality: reconstructed half maps"
    return "\n".join([title, "", _ABOUT, "", *table.tables(cases, programs, results)])
