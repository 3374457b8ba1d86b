"""The table of measures against the true model: means over the cases, then each case."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from bench.quality.cases import Case
from bench.quality.programs.program import Program

#: What a measure is called in the table, and how many digits it has there.
COLUMNS = {
    "fsc_box_resolution": ("FSC 0.5, box, Å", 2),
    "fsc_mask_resolution": ("FSC 0.5, mask, Å", 2),
    "fsc_box_at_resolution": ("FSC at the resolution, box", 3),
    "fsc_mask_at_resolution": ("mask", 3),
    "fsc_box_integrated": ("mean FSC, box", 3),
    "fsc_mask_integrated": ("mask", 3),
    "q_0.4": ("Q, 0.4 Å", 3),
    "q_0.6": ("Q, 0.6 Å", 3),
    "q_0.6_backbone": ("backbone", 3),
    "q_0.6_side_chains": ("side chains", 3),
    "q_0.6_weakest": ("weakest fifth", 3),
    "correlation_near": ("correlation near atoms", 3),
    "correlation_near_weakest": ("weakest fifth", 3),
    "breaks_per_100": ("breaks per 100 residues", 2),
    "side_chains_enclosed": ("side chains enclosed", 3),
    "blobs_off_model": ("blobs off the model", 0),
    "volume_off_model": ("volume off the model", 3),
    "emringer": ("EMRinger (cctbx)", 2),
    "cc_mask": ("CC_mask (cctbx)", 3),
    "cc_peaks": ("CC_peaks (cctbx)", 3),
}
_ABOUT = (
    "Made by `python -m bench.quality ... --measures`; do not edit. Maps against the true model, "
    "as practitioners judge them; the README of `bench/quality` has the definitions. Blobs, "
    "breaks and side chains are looked at where the contour encloses the molecule's volume. A "
    "mean over the cases counts those in which the measure is defined (EMRinger: proteins only)."
)

Found = Mapping[str, Mapping[str, Mapping[str, float]]]  #: by case, by program, by measure


def markdown(cases: Sequence[Case], programs: Sequence[Program], found: Found) -> str:
    """Return the tables as Markdown: the mean over the cases first, then each case."""
    lines = ["# Quality: measures against the true model", "", _ABOUT, ""]
    if len(cases) > 1:
        everywhere = [p for p in programs if all(p.name in found[case.name] for case in cases)]
        rows = [(p, _mean([found[case.name][p.name] for case in cases])) for p in everywhere]
        lines += [f"## Mean of {len(cases)} cases", "", *_table(rows)]
    for case in cases:
        made = found[case.name]
        rows = [(program, made[program.name]) for program in programs if program.name in made]
        lines += [f"## {case.name}", "", *_table(rows)]
    return "\n".join(lines)


def _table(rows: Sequence[tuple[Program, Mapping[str, float]]]) -> list[str]:
    used = [name for name in COLUMNS if any(name in values for _, values in rows)]
    lines = [
        "| map | " + " | ".join(COLUMNS[name][0] for name in used) + " |",
        "|---" * (1 + len(used)) + "|",
    ]
    for program, values in rows:
        entries = [_entry(values.get(name, math.nan), COLUMNS[name][1]) for name in used]
        lines.append(f"| {program.title} | " + " | ".join(entries) + " |")
    return [*lines, ""]


def _entry(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else ""


def _mean(cases: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each measure over the cases in which it is defined."""
    means = {}
    for name in COLUMNS:
        known = [values[name] for values in cases if math.isfinite(values.get(name, math.nan))]
        if known:
            means[name] = sum(known) / len(known)
    return means
