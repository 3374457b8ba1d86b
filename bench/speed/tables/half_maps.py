"""The tables, for people (Markdown) and for programs (JSON)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from bench.speed.inputs import RESOLUTION, VOXEL_SIZE
from bench.speed.measurements import BoxResults, Measured, Ratio, ratios
from bench.speed.programs.half_maps import STAGE

_ABOUT = (
    "Made by `python bench/speed/run.py`; do not edit. Simulated half maps of haemoglobin, one "
    f"copy or more, {RESOLUTION:g} Å, voxel size {VOXEL_SIZE:g} Å. Global anisotropic sharpening; "
    "all programs are run in turn on the same files, {repetitions} times each (slow ones once); "
    "times are medians. Ours makes three sharpened maps, a mask, map coefficients and a report, "
    "all flushed to the disk. The peer, cctbx, scales the full map only and uses one process, "
    "its default; RELION, given our mask, makes the full map and its masked copy. Peak memory is "
    "the largest resident memory of the process, files mapped into it included."
)


def markdown(
    facts: Mapping[str, str], all_results: Sequence[BoxResults], threads: int, repetitions: int
) -> str:
    """Return the report."""
    lines = ["# Speed and memory", "", _ABOUT.format(repetitions=repetitions), ""]
    lines += [*facts_table(facts), ""]
    for results in all_results:
        lines += [f"## {results.box}³", "", *_times(results, threads), ""]
        lines += [*ratio_table(ratios(results, threads)), ""]
        lines += [*_stages(results, threads), ""]
    lines += ["## Scaling of the numerical part", "", *_scaling(all_results, threads), ""]
    return "\n".join(lines)


def as_json(
    facts: Mapping[str, str], found: Sequence[tuple[BoxResults, Sequence[Ratio]]]
) -> dict[str, Any]:
    """Return every repetition on each box, unrounded, and the ratios."""
    return {
        "machine": dict(facts),
        "boxes": {str(results.box): _box_as_json(results, ratios) for results, ratios in found},
    }


def _box_as_json(results: BoxResults, found: Sequence[Ratio]) -> dict[str, Any]:
    return {
        "plain_mean_correlation": results.plain_mean,
        "programs": {name: m.as_json() for name, m in results.measured.items()},
        "ratios": {ratio.name: ratio.value for ratio in found},
    }


def facts_table(facts: Mapping[str, str]) -> list[str]:
    """Return what the timings were made on."""
    return ["| | |", "|---|---|"] + [f"| {name} | {fact} |" for name, fact in facts.items()]


def _times(results: BoxResults, threads: int) -> list[str]:
    one, many = results.get("numerical_1"), results.get(f"numerical_{threads}")
    rows = [
        result_row(f"numerical part, {threads_text(threads)}", many, "sharpening"),
        result_row("the same, first call in a process", many, "first_call", whole=False),
        result_row("the 5 FFTs that nobody can spare", many, "five_ffts", whole=False),
        result_row("the 11 FFTs of a run", many, "all_ffts", whole=False),
    ]
    if threads != 1:
        rows.append(result_row("numerical part, 1 thread", one, "sharpening"))
    rows.append(
        result_row("peer's sharpening call", results.get("peer"), "sharpening", whole=False)
    )
    command = results.get(f"command_{threads}")
    rows.append(result_row(f"whole command, {threads_text(threads)}", command))
    if threads != 1:
        rows.append(result_row("whole command, 1 thread", results.get("command_1")))
    default = results.get(f"default_{threads}")
    title = f"whole command as people run it, with local resolution, {threads_text(threads)}"
    rows.append(result_row(title, default))
    rows.append(result_row("relion_postprocess", results.get("relion")))
    rows.append(result_row("peer's whole process", results.get("peer")))
    return [
        "| | seconds | repetitions | peak memory, MB | correlation with the truth near atoms |",
        "|---|---|---|---|---|",
        *rows,
        f"| mean of the half maps | | | | {results.plain_mean:.3f} |",
    ]


def _stages(results: BoxResults, threads: int) -> list[str]:
    """Return where the time of the command goes, as its report says, and the rest of it."""
    default = results.get(f"default_{threads}")
    whole = default.seconds()
    if whole is None:
        return []
    stages = {name: default.seconds(name) or 0.0 for name in default.calls}
    # The mean and the median of few runs differ: no stage is less than nothing.
    rest = max(whole - sum(stages.values()), 0.0)
    parts = {name.removeprefix(STAGE): seconds for name, seconds in stages.items()}
    parts["report and files"] = rest
    return [
        "| where the time goes, with local resolution | seconds | share |",
        "|---|---|---|",
        *(f"| {name} | {s:.3f} | {s / whole:.0%} |" for name, s in parts.items()),
        f"| all, by the clock | {whole:.3f} | |",
        f"| all, of all processors | {median(default.cpu_seconds):.3f} | |",
    ]


def result_row(
    title: str, measured: Measured, call: str | None = None, *, whole: bool = True
) -> str:
    """Return the row of a program, or of a part of it; `whole` with memory and answer."""
    seconds, peak = measured.seconds(call), measured.peak()
    if seconds is None or peak is None:
        return f"| {title} | no result: {measured.why_missing} | | | |"
    n = len(measured.process_seconds if call is None else measured.calls[call])
    rest = f"{peak / 1e6:.0f} | {measured.correlation:.3f}" if whole else "|"
    return f"| {title} | {seconds:.3f} | {n} | {rest} |"


def ratio_table(found: Sequence[Ratio]) -> list[str]:
    """Return the ratios, their goals and whether they are reached."""
    lines = ["| ratio | | goal | reached |", "|---|---|---|---|"]
    for ratio in found:
        value = "not measured" if ratio.value is None else f"{ratio.value:.3g}"
        lines.append(f"| {ratio.name} | {value} | {_goal(ratio)} | {_verdict(ratio)} |")
    return lines


def _goal(ratio: Ratio) -> str:
    if ratio.at_least is not None:
        return f"at least {ratio.at_least:g}"
    return "" if ratio.at_most is None else f"at most {ratio.at_most:g}"


def _verdict(ratio: Ratio) -> str:
    if ratio.value is None or (ratio.at_least is None and ratio.at_most is None):
        return ""
    reached = (ratio.at_least is None or ratio.value >= ratio.at_least) and (
        ratio.at_most is None or ratio.value <= ratio.at_most
    )
    return "yes" if reached else "no"


def _scaling(all_results: Sequence[BoxResults], threads: int) -> list[str]:
    lines = [
        f"| box | seconds, 1 thread | seconds, {threads_text(threads)} | gain | ns per voxel |",
        "|---|---|---|---|---|",
    ]
    for results in all_results:
        one = results.get("numerical_1").seconds("sharpening")
        many = results.get(f"numerical_{threads}").seconds("sharpening")
        if one is None or many is None:
            lines.append(f"| {results.box}³ | not measured | | | |")
            continue
        per_voxel = many / results.box**3 * 1e9
        lines.append(
            f"| {results.box}³ | {one:.3f} | {many:.3f} | {one / many:.2f} | {per_voxel:.0f} |"
        )
    return lines


def threads_text(n: int) -> str:
    """Return how many threads, in words."""
    return f"{n} thread" + ("" if n == 1 else "s")
