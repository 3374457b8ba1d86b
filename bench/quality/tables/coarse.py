"""The table of coarse pairs: near the atoms, a row for each case."""

from __future__ import annotations

from collections.abc import Sequence

from bench.quality.cases import Case
from bench.quality.programs.program import Program
from bench.quality.tables.half_maps import Results

_ABOUT = (
    "Made by `python -m bench.quality --method coarse`; do not edit. Half maps of 8 to 34 Å "
    "(`bench/quality/coarse_cases.py`), simulated with stationary noise or reconstructed by "
    "RELION from simulated particles. Each entry is the correlation near the atoms with the "
    "same atoms with B = 0, to d_min; one map is the mean of the half maps. RELION is given the "
    "mask that our program made by itself."
)


def markdown(cases: Sequence[Case], programs: Sequence[Program], results: Results) -> str:
    """Return the table as Markdown: the mean over the cases last."""
    lines = ["# Quality: coarse half maps", "", _ABOUT, ""]
    lines += ["| case | " + " | ".join(p.title for p in programs) + " |"]
    lines += ["|---" * (1 + len(programs)) + "|"]
    for case in cases:
        entries = [_entry(_near(results, case, program)) for program in programs]
        lines.append(f"| {case.name}, {case.resolution:g} Å | " + " | ".join(entries) + " |")
    means = []
    for program in programs:
        values = [_near(results, case, program) for case in cases]
        known = [value for value in values if value is not None]
        means.append(_entry(sum(known) / len(known) if len(known) == len(values) else None))
    lines.append("| mean | " + " | ".join(means) + " |")
    return "\n".join([*lines, ""])


def _near(results: Results, case: Case, program: Program) -> float | None:
    found = results[case.name][program.name].correlations
    return None if found is None else found.near_atoms


def _entry(value: float | None) -> str:
    return "not run" if value is None else f"{value:.3f}"
