"""The tables of local sharpening: how far ours is ahead, then every map of every case."""

from __future__ import annotations

from collections.abc import Sequence

from bench.quality.cases import Case
from bench.quality.programs.program import Program
from bench.quality.scores import Score
from bench.quality.tables import half_maps as table
from bench.quality.tables.half_maps import HEADINGS, NUMBERS, Results

_OURS = "ours_local"
#: What ours is compared with in every case, and in which numbers.
_RIVALS = {
    "cctbx, global": (("peer_isotropic", "peer"), NUMBERS),
    "cctbx, local": (("peer_local_27", "peer_local"), NUMBERS),
    "RELION, global and local": (("relion", "relion_local"), NUMBERS),
    "EMDA best map": (("emda", "emda_anisotropic"), NUMBERS),
    "RELION, then OccuPy": (("occupy",), NUMBERS),
    "map_sharpening, global": (("ours",), ("near_atoms", "near_atoms_band")),
}
_ABOUT = (
    "Made by `python -m bench.quality --method local`; do not edit. Simulated half maps "
    "(`bench/quality/cases.py`), the last cases with places of one map that differ much; the "
    "truth is the same atoms with B = 0, to d_min. Each entry is the correlation with the truth "
    "and, in brackets, the share of the distance from the plain mean to a local filter that "
    "knows the truth: windows of 24 voxels, half overlapping, each with the best factor for "
    "each of its shells. Ours has larger windows, up to 3 times the resolution between their "
    "centres, and factors that depend on direction, and can come out above it."
)


def markdown(cases: Sequence[Case], programs: Sequence[Program], results: Results) -> str:
    """Return the tables as Markdown."""
    title = "# Quality of local sharpening: correlation with the truth"
    lines = [title, "", _ABOUT, "", *_leads(cases, results), *_times(cases, programs, results)]
    return "\n".join([*lines, *table.tables(cases, programs, results)])


def _leads(cases: Sequence[Case], results: Results) -> list[str]:
    """Return how far ours, local and anisotropic, is ahead of the best of each rival's maps."""
    rows = []
    for title, (names, numbers) in _RIVALS.items():
        cells = []
        for number in NUMBERS:
            leads = [_lead(results[case.name], names, number) for case in cases]
            known = [lead for lead in leads if lead is not None]
            if number not in numbers or not known:
                cells.append("")
                continue
            ahead = f"{sum(lead > 0 for lead in known)} of {len(known)}"
            mean = sum(known) / len(known)
            cells.append(f"{ahead}, {min(known):+.4f}, {mean:+.4f}")
        if any(cells):
            rows.append(f"| {title} | " + " | ".join(cells) + " |")
    if not rows:
        return []
    return [
        "Ours, local and anisotropic, against the better of each: cases in which it is ahead, "
        "the smallest lead, the mean lead.",
        "",
        "| | " + " | ".join(HEADINGS[number] for number in NUMBERS) + " |",
        "|---" * (1 + len(NUMBERS)) + "|",
        *rows,
        "",
    ]


def _lead(scores: dict[str, Score], names: Sequence[str], number: str) -> float | None:
    ours = _value(scores.get(_OURS), number)
    others = [_value(scores.get(name), number) for name in names]
    known = [value for value in others if value is not None]
    return None if ours is None or not known else ours - max(known)


def _value(score: Score | None, number: str) -> float | None:
    if score is None or score.correlations is None:
        return None
    return float(getattr(score.correlations, number))


def _times(cases: Sequence[Case], programs: Sequence[Program], results: Results) -> list[str]:
    """Return the longest time of each program that takes a while, with other load."""
    rows = []
    for program in programs:
        found = [results[case.name].get(program.name) for case in cases]
        seconds = [score.seconds for score in found if score is not None and score.seconds > 0]
        if seconds and program.name != table.GOAL:
            rows.append(f"| {program.title} | {min(seconds):.1f} | {max(seconds):.1f} |")
    heading = "Seconds a case, reading and writing included, on a machine that did other work too:"
    return [heading, "", "| map | least | most |", "|---|---|---|", *rows, ""]
