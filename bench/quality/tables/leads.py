"""How far our maps are ahead of other programs' maps, and the cases in which they are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.quality.cases import Case
from bench.quality.scores import Score
from bench.quality.tables.half_maps import HEADINGS, NUMBERS, Results

NEAR = ("near_atoms", "near_atoms_band")


@dataclass(frozen=True)
class Rival:
    """The maps that one of ours is compared with in every case: with the best of them."""

    title: str
    names: tuple[str, ...]
    numbers: tuple[str, ...] = NUMBERS
    ours: str = "ours_local"


def leads(cases: Sequence[Case], results: Results, rivals: Sequence[Rival]) -> list[str]:
    """Return the table of leads as Markdown, then each case that ours is not ahead in."""
    rows, behind = [], []
    for rival in rivals:
        cells = []
        for number in NUMBERS:
            found = {case.name: _lead(results[case.name], rival, number) for case in cases}
            known = {name: lead for name, lead in found.items() if lead is not None}
            if number not in rival.numbers or not known:
                cells.append("")
                continue
            ahead = f"{sum(lead > 0 for lead in known.values())} of {len(known)}"
            mean = sum(known.values()) / len(known)
            cells.append(f"{ahead}, {min(known.values()):+.4f}, {mean:+.4f}")
            behind += [
                f"- {rival.title}, {HEADINGS[number]}: {name}, {lead:+.4f}"
                for name, lead in known.items()
                if lead <= 0
            ]
        if any(cells):
            rows.append(f"| {rival.title} | " + " | ".join(cells) + " |")
    if not rows:
        return []
    told = ["Not ahead:", "", *behind, ""] if behind else []
    return [
        "Ours against the best of each: cases in which it is ahead, the smallest lead, the mean "
        "lead.",
        "",
        "| | " + " | ".join(HEADINGS[number] for number in NUMBERS) + " |",
        "|---" * (1 + len(NUMBERS)) + "|",
        *rows,
        "",
        *told,
    ]


def _lead(scores: Mapping[str, Score], rival: Rival, number: str) -> float | None:
    ours = _value(scores.get(rival.ours), number)
    others = [_value(scores.get(name), number) for name in rival.names]
    known = [value for value in others if value is not None]
    return None if ours is None or not known else ours - max(known)


def _value(score: Score | None, number: str) -> float | None:
    if score is None or score.correlations is None:
        return None
    value = getattr(score.correlations, number)
    return None if value is None else float(value)
