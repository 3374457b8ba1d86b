"""The table: four correlations per map, and the share of the way to the local bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields

from bench.quality.cases import Case
from bench.quality.programs.program import Program
from bench.quality.scores import Score
from map_sharpening.simulation.quality import TruthCorrelations

NUMBERS = tuple(field.name for field in fields(TruthCorrelations))
START, GOAL = "mean", "best_local"  #: programs that the share is measured between

HEADINGS = {
    "box": "box",
    "near_atoms": "near atoms",
    "box_band": "box, 10 Å to d_min",
    "near_atoms_band": "near atoms, 10 Å to d_min",
}

_LEAST_DISTANCE = 0.01  #: from mean to bound, of which a share means something
Results = Mapping[str, Mapping[str, Score]]  #: by case name, then by program name


def share_won(score: Score, scores: Mapping[str, Score], number: str) -> float | None:
    """Return how much of the distance from the plain mean to the local bound a map won.

    None where the bound is not clearly above the mean, as the best filter in windows of one size
    may be at places where the signal of many windows is near that of the whole map.
    """
    ends = [scores[name].correlations if name in scores else None for name in (START, GOAL)]
    start, goal = ends
    if score.correlations is None or start is None or goal is None:
        return None
    if getattr(start, number) is None:  # too coarse for a band
        return None
    low, high = float(getattr(start, number)), float(getattr(goal, number))
    if high - low < _LEAST_DISTANCE:
        return None
    return (float(getattr(score.correlations, number)) - low) / (high - low)


_ABOUT = (
    "Made by `python -m bench.quality`; do not edit. Simulated half maps "
    "(`bench/quality/cases.py`); the truth is the same atoms with B = 0, to d_min. "
    "Each entry is the correlation with the truth and, in brackets, the share of the "
    "distance from the plain mean to the best local filter. RELION and Servalcat are given "
    "the mask that our program made by itself; Servalcat applies it to its map, which "
    "helps it in the box, and stops at the nominal resolution. The bounds know the "
    "truth: one radial filter is the best for the whole box, one for the points near "
    "atoms, both over all resolutions."
)


def markdown(cases: Sequence[Case], programs: Sequence[Program], results: Results) -> str:
    """Return the tables as Markdown: the mean over the cases first, then each case."""
    title = "# Quality: correlation with the truth"
    return "\n".join([title, "", _ABOUT, "", *tables(cases, programs, results)])


def tables(cases: Sequence[Case], programs: Sequence[Program], results: Results) -> list[str]:
    """Return the lines of the tables: the mean over the cases first, then each case."""
    lines = []
    complete = [
        program
        for program in programs
        if all(results[case.name][program.name].correlations is not None for case in cases)
    ]
    if len(cases) > 1:
        lines += [f"## Mean of {len(cases)} cases", "", *_header()]
        lines += [_mean_row(program, cases, results) for program in complete] + [""]
    for case in cases:
        lines += [f"## {case.name}", "", _description(case), "", *_header()]
        scores = results[case.name]
        lines += [_row(program, scores[program.name], scores) for program in programs] + [""]
    return lines


def as_json(
    cases: Sequence[Case], programs: Sequence[Program], results: Results
) -> dict[str, object]:
    """Return everything in the tables of any suite, unrounded."""
    return {
        case.name: {
            "case": asdict(case),
            "maps": {
                program.name: _json_entry(results[case.name][program.name], results[case.name])
                for program in programs
            },
        }
        for case in cases
    }


def _json_entry(score: Score, scores: Mapping[str, Score]) -> dict[str, object]:
    if score.correlations is None:
        failed = {"has_failed": True} if score.has_failed else {}
        return {"why_missing": score.why_missing, **failed}
    entry: dict[str, object] = {"correlations": asdict(score.correlations)}
    if START in scores and GOAL in scores:
        entry["share_won"] = {number: share_won(score, scores, number) for number in NUMBERS}
    return {**entry, "seconds": score.seconds}


def _header() -> list[str]:
    return [
        "| map | " + " | ".join(HEADINGS[number] for number in NUMBERS) + " |",
        "|---" * (1 + len(NUMBERS)) + "|",
    ]


def _description(case: Case) -> str:
    directions = "anisotropic" if case.is_anisotropic else "isotropic"
    text = (
        f"{case.model.split('/')[-1].split('.')[0]}, {case.resolution} Å, box of {case.box} at "
        f"{case.voxel_size} Å, B from {case.b_core:g} to {case.b_rim:g} Å², {directions}"
    )
    part = case.part
    if part is not None:
        text += (
            f"; {100 * part.share:.0f} % of the atoms, at one end, with B {part.more_b:g} Å² "
            f"higher and occupancy {part.occupancy:g}"
        )
    particles = case.particles
    if particles is not None:
        text += f"; from {particles.number} particles, {particles.angular_error:g}° and "
        text += f"{particles.shift_error:g} Å of error"
        text += f", {100 * particles.preferred:.0f} % in one view" if particles.preferred else ""
        text += ", with a belt" if particles.belt else ""
        text += f", half of them turned by {particles.turn:g}°" if particles.turn else ""
    return f"{text}."


def _row(program: Program, score: Score, scores: Mapping[str, Score]) -> str:
    if score.correlations is None:
        return f"| {program.title} | not run: {score.why_missing} " + "| " * len(NUMBERS)
    entries = []
    for number in NUMBERS:
        share = share_won(score, scores, number)
        entries.append(_entry(float(getattr(score.correlations, number)), share))
    return f"| {program.title} | " + " | ".join(entries) + " |"


def _mean_row(program: Program, cases: Sequence[Case], results: Results) -> str:
    entries = []
    for number in NUMBERS:
        values = []
        shares = []
        for case in cases:
            scores = results[case.name]
            values.append(float(getattr(scores[program.name].correlations, number)))
            shares.append(share_won(scores[program.name], scores, number))
        known = [share for share in shares if share is not None]
        mean_share = sum(known) / len(known) if len(known) == len(shares) else None
        entries.append(_entry(sum(values) / len(values), mean_share))
    return f"| {program.title} | " + " | ".join(entries) + " |"


def _entry(value: float, share: float | None) -> str:
    return f"{value:.3f}" if share is None else f"{value:.3f} ({share:.2f})"
