"""The tables of B-factor sharpening: each program's loss against the best B, goals reached."""

from __future__ import annotations

from collections.abc import Sequence

from bench.quality.cases import CASES, Case
from bench.quality.programs.program import Program
from bench.quality.scores import Score
from bench.quality.tables.half_maps import HEADINGS, NUMBERS, Results

BEST = "best_b"  #: the program that others' losses are measured from
_LOSS_OF = "near_atoms"
_OURS, _PEER = "ours_b_factor", "peer_b_factor"
_LARGEST_LOSS = 0.01  #: of ours, mean over the cases
_LEAD = 0.03  #: over the peer, mean over the cases

_ABOUT = (
    "Made by `python -m bench.quality --method b-factor`; do not edit. One full map each, the "
    "mean of the half maps of a simulated case (`bench/quality/cases.py`); the truth is the "
    "same atoms with B = 0, to d_min. Entries are correlations with the truth. The loss is the "
    "distance from the best B, the highest correlation near the atoms that our function "
    "reaches at any b_iso from -100 to 300 Å², in steps of 10. RELION, given the half maps and "
    "the mask that our program makes from them, knows more than the others. Correlations are "
    "taken to d_min, 0.833 of the nominal resolution."
)


def markdown(cases: Sequence[Case], programs: Sequence[Program], results: Results) -> str:
    """Return the tables as Markdown, one group of cases after the other."""
    lines = ["# Quality of B-factor sharpening: correlation with the truth", "", _ABOUT, ""]
    for title, group in _groups(cases):
        lines += [f"## {title}", ""]
        compared = [
            results[case.name].get(name, _NOTHING) for case in group for name in (_OURS, _PEER)
        ]
        if all(score.correlations is not None for score in compared):
            lines += [*_goals(group, results), ""]
        for number in NUMBERS:
            lines += [f"### {HEADINGS[number]}", "", *_header(group, number)]
            lines += [_row(program, group, results, number) for program in programs]
            lines.append("")
    return "\n".join(lines)


_NOTHING = Score(None, 0.0, "not run")


def _groups(cases: Sequence[Case]) -> list[tuple[str, list[Case]]]:
    chosen_by = [case for case in cases if case in CASES]
    others = [case for case in cases if case not in CASES]
    groups = [
        ("The cases of the half-map benchmark", chosen_by),
        ("Cases that no default was chosen by", others),
    ]
    return [(title, group) for title, group in groups if group]


def _goals(cases: Sequence[Case], results: Results) -> list[str]:
    ours, peer, best = (
        [_value(results[case.name][name], _LOSS_OF) for case in cases]
        for name in (_OURS, _PEER, BEST)
    )
    lead = [a - b for a, b in zip(ours, peer, strict=True)]
    loss = _mean(best) - _mean(ours)
    verdicts = [
        ("mean loss of our default", loss, f"at most {_LARGEST_LOSS}", loss <= _LARGEST_LOSS),
        (
            "mean lead of our default over the peer's",
            _mean(lead),
            f"at least {_LEAD}",
            _mean(lead) >= _LEAD,
        ),
        ("smallest lead in any case", min(lead), "at least 0", min(lead) >= 0),
    ]
    rows = [
        f"| {name} | {value:.4f} | {goal} | {'yes' if reached else 'no'} |"
        for name, value, goal, reached in verdicts
    ]
    return ["| near the atoms | | goal | reached |", "|---|---|---|---|", *rows]


def _header(cases: Sequence[Case], number: str) -> list[str]:
    columns = ["map", *(f"{case.name}, {case.resolution:g} Å" for case in cases), "mean"]
    columns += ["mean loss", "largest loss"] if number == _LOSS_OF else []
    return ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]


def _row(program: Program, cases: Sequence[Case], results: Results, number: str) -> str:
    scores = [results[case.name][program.name] for case in cases]
    missing = next((score for score in scores if score.correlations is None), None)
    if missing is not None:
        n_empty = len(_header(cases, number)[0].split(" | ")) - 2
        return f"| {program.title} | not run: {missing.why_missing} |" + " |" * n_empty
    values = [_value(score, number) for score in scores]
    entries = [*values, _mean(values)]
    if number == _LOSS_OF:
        best = [_value(results[case.name][BEST], number) for case in cases]
        losses = [high - value for high, value in zip(best, values, strict=True)]
        entries += [_mean(losses), max(losses)]
    return f"| {program.title} | " + " | ".join(f"{entry:.3f}" for entry in entries) + " |"


def _value(score: Score, number: str) -> float:
    assert score.correlations is not None, "only complete rows are looked at"
    return float(getattr(score.correlations, number))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
