"""The tables of local sharpening: how far ours is ahead, then every map of every case."""

from __future__ import annotations

from collections.abc import Sequence

from bench.quality.cases import Case
from bench.quality.programs.program import Program
from bench.quality.tables import half_maps as table
from bench.quality.tables.half_maps import Results
from bench.quality.tables.leads import NEAR, Rival, leads

_RIVALS = (
    Rival("local, cctbx global", ("peer_isotropic", "peer")),
    Rival("local, cctbx local", ("peer_local_27", "peer_local")),
    Rival("local, RELION global and local", ("relion", "relion_local")),
    Rival("local, EMDA best map", ("emda", "emda_anisotropic")),
    Rival("local, RELION then OccuPy", ("occupy",)),
    Rival("local, our global map", ("ours",), NEAR),
    Rival("density modified, our local map", ("ours_local",), ours="ours_modified"),
)
_ABOUT = (
    "Made by `python -m bench.quality --method local`; do not edit. Simulated half maps "
    "(`bench/quality/cases.py`), the last cases with places of one map that differ much; the "
    "truth is the same atoms with B = 0, to d_min. Each entry is the correlation with the truth "
    "and, in brackets, the share of the distance from the plain mean to a local filter that "
    "knows the truth: windows of 24 voxels, half overlapping, each with the best factor for "
    "each of its shells. Ours has windows four times the resolution wide and factors that "
    "depend on direction, and can come out above it."
)


def markdown(cases: Sequence[Case], programs: Sequence[Program], results: Results) -> str:
    """Return the tables as Markdown."""
    title = "# Quality of local sharpening: correlation with the truth"
    lines = [
        title,
        "",
        _ABOUT,
        "",
        *leads(cases, results, _RIVALS),
        *_times(cases, programs, results),
    ]
    return "\n".join([*lines, *table.tables(cases, programs, results)])


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
