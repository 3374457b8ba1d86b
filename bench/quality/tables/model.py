"""The tables of sharpening by a model: one row a model, one column a program."""

from __future__ import annotations

from collections.abc import Sequence

from bench.quality.cases import Case
from bench.quality.model_files import MODEL_ERRORS, ModelError
from bench.quality.programs.program import Program
from bench.quality.scores import Score
from bench.quality.tables.half_maps import HEADINGS, NUMBERS, Results

START = "mean"  #: the program that needs no model
_GLOBAL_PEERS = ("peer_model", "peer_model_isotropic")
#: Ours, and the better of which maps of cctbx it is compared with.
_COMPARED = {
    "Global, near the atoms by default": ("ours_model", _GLOBAL_PEERS),
    "Global, statistics of the whole box (mask=False)": ("ours_model_whole", _GLOBAL_PEERS),
    "Local": ("ours_model_local", (*_GLOBAL_PEERS, "peer_model_local")),
}
_COLUMNS = {
    "ours_model_isotropic": "isotropic",
    "ours_model": "anisotropic",
    "ours_model_halves": "with half maps",
    "ours_model_whole": "mask=False",
    "ours_model_local": "local",
    "peer_model_isotropic": "cctbx, isotropic",
    "peer_model": "cctbx, anisotropic",
    "peer_model_local": "cctbx, local isotropic",
}
_ABOUT = (
    "Made by `python -m bench.quality --method model`; do not edit. The mean of the half maps "
    "of a simulated case (`bench/quality/cases.py`) is sharpened by a model: the true atoms "
    "with the B factors of the simulation, displaced at random by an rms distance, and only the "
    "first of them where the share is below 100 %. Entries are correlations with the truth, the "
    "same atoms with B = 0 to d_min. No program is told the distance or the share."
)


def markdown(cases: Sequence[Case], programs: Sequence[Program], results: Results) -> str:
    """Return the tables as Markdown, one for each number."""
    names = {program.name for program in programs}
    columns = [kind for kind in _COLUMNS if any(_name(kind, e) in names for e in MODEL_ERRORS)]
    lines = ["# Quality of sharpening by a model: correlation with the truth", "", _ABOUT, ""]
    lines += _verdict(cases, results)
    for number in NUMBERS:
        headings = ["case", "rmsd, Å", "atoms", "mean of the halves"]
        headings += [_COLUMNS[kind] for kind in columns]
        lines += [f"## {HEADINGS[number]}", ""]
        lines += ["| " + " | ".join(headings) + " |", "|---" * len(headings) + "|"]
        for case in cases:
            scores = results[case.name]
            for error in MODEL_ERRORS:
                cells = [case.name, f"{error.rmsd:g}", f"{100 * error.share:.0f} %"]
                cells.append(_entry(scores.get(START), number))
                cells += [_entry(scores.get(_name(kind, error)), number) for kind in columns]
                lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def _name(kind: str, error: ModelError) -> str:
    return f"{kind}_{error.name}"


def _verdict(cases: Sequence[Case], results: Results) -> list[str]:
    """Return how far each kind of ours is ahead of cctbx's better map, by number."""
    lines = [
        "How far ours are ahead of the better of cctbx's maps of their kind, local ones also of "
        "its global ones. Statistics are taken round the atoms, where the map is to be read: what "
        "is best there for a global map lets more noise through elsewhere in the box; mask=False "
        "takes them from all of it. A local map can be good at both.",
        "",
    ]
    for title, (ours, peers) in _COMPARED.items():
        rows = []
        for number in NUMBERS:
            leads = [
                _value(scores.get(_name(ours, error)), number)
                - max(_value(scores.get(_name(kind, error)), number) for kind in peers)
                for scores in (results[case.name] for case in cases)
                for error in MODEL_ERRORS
            ]
            known = [lead for lead in leads if lead == lead]  # not NaN
            if known:
                ahead = f"{sum(lead > 0 for lead in known)} of {len(known)}"
                mean = sum(known) / len(known)
                rows.append(f"| {HEADINGS[number]} | {ahead} | {min(known):.4f} | {mean:.4f} |")
        if rows:
            lines += [f"| {title} | ahead in | smallest lead | mean lead |", "|---|---|---|---|"]
            lines += [*rows, ""]
    return lines if len(lines) > 2 else []


def _value(score: Score | None, number: str) -> float:
    if score is None or score.correlations is None:
        return float("nan")
    return float(getattr(score.correlations, number))


def _entry(score: Score | None, number: str) -> str:
    value = _value(score, number)
    return f"{value:.3f}" if value == value else "not run"
