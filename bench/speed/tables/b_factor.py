"""The tables of B-factor sharpening, for people (Markdown) and for programs (JSON)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.speed.inputs import RESOLUTION, VOXEL_SIZE
from bench.speed.measurements import BoxResults, Ratio, over
from bench.speed.tables.half_maps import (
    facts_table,
    ratio_table,
    result_row,
    threads_text,
)

_ABOUT = (
    "Made by `python bench/speed/run.py --method b-factor`; do not edit. The mean of the "
    f"simulated half maps of haemoglobin, one copy or more, {RESOLUTION:g} Å, voxel size "
    f"{VOXEL_SIZE:g} Å (1.25 Å in the box of 64). Default search: 21 trials of the B factor. All "
    "programs are run in turn on the same file, {repetitions} times each (slow ones once); times "
    "are medians. Ours scores the whole map. The peer, cctbx, scores a box by default or, with "
    "density_select_in_auto_sharpen=False, the whole map; it uses one process, its default. The "
    "scan is the transform of the map and the trials with all scores; the 22 FFTs are those it "
    "makes, to the same limit of resolution, in place. Peak memory is the largest resident "
    "memory of the process, files mapped into it included."
)


def markdown(
    facts: Mapping[str, str], all_results: Sequence[BoxResults], threads: int, repetitions: int
) -> str:
    """Return the report."""
    lines = ["# Speed and memory of B-factor sharpening", ""]
    lines += [_ABOUT.format(repetitions=repetitions), "", *facts_table(facts), ""]
    for results in all_results:
        lines += [f"## {results.box}³", "", *_times(results, threads), ""]
        lines += [*ratio_table(ratios(results, threads)), ""]
        lines += [*_stages(results, threads), ""]
    return "\n".join(lines)


def ratios(results: BoxResults, threads: int) -> list[Ratio]:
    """Return the ratios that the project sets itself goals for, and others for orientation."""
    ours, command = results.get(f"numerical_{threads}"), results.get(f"command_{threads}")
    box, whole = results.get("peer_box"), results.get("peer_whole")
    call = ours.seconds("sharpening")
    whole_call, box_call = whole.seconds("sharpening"), box.seconds("sharpening")
    is_goal_box, is_scan_box = results.box == 160, results.box == 256
    return [
        Ratio(
            "peer's whole-map call / our numerical part",
            over(whole_call, call),
            at_least=100 if is_goal_box else None,
        ),
        Ratio(
            "peer's default call / our numerical part",
            over(box_call, call),
            at_least=50 if is_goal_box else None,
        ),
        Ratio(
            "our scan / the 22 FFTs that it makes",
            over(ours.seconds("scan"), ours.seconds("ffts")),
            at_most=3 if is_scan_box else None,
        ),
        Ratio("peer's default process / our command", over(box.seconds(), command.seconds())),
        Ratio("our command's peak memory / the peer's", over(command.peak(), box.peak())),
    ]


def _times(results: BoxResults, threads: int) -> list[str]:
    one, many = results.get("numerical_1"), results.get(f"numerical_{threads}")
    rows = [
        result_row(f"numerical part, {threads_text(threads)}", many, "sharpening"),
        result_row("the same, first call in a process", many, "first_call", whole=False),
        result_row("its scan of 21 trials", many, "scan", whole=False),
        result_row("the 22 FFTs of the scan", many, "ffts", whole=False),
    ]
    if threads != 1:
        rows += [
            result_row("numerical part, 1 thread", one, "sharpening"),
            result_row("its scan, 1 thread", one, "scan", whole=False),
            result_row("the 22 FFTs, 1 thread", one, "ffts", whole=False),
        ]
    rows += [
        result_row(title, results.get(name), "sharpening", whole=False)
        for title, name in (
            ("peer's sharpening call, scored in a box", "peer_box"),
            ("peer's sharpening call, scored on the whole map", "peer_whole"),
        )
    ]
    rows.append(
        result_row(f"whole command, {threads_text(threads)}", results.get(f"command_{threads}"))
    )
    if threads != 1:
        rows.append(result_row("whole command, 1 thread", results.get("command_1")))
    rows.append(result_row("peer's process, scored in a box", results.get("peer_box")))
    rows.append(result_row("peer's process, scored on the whole map", results.get("peer_whole")))
    return [
        "| | seconds | repetitions | peak memory, MB | correlation with the truth near atoms |",
        "|---|---|---|---|---|",
        *rows,
        f"| the map given | | | | {results.plain_mean:.3f} |",
    ]


def _stages(results: BoxResults, threads: int) -> list[str]:
    calls = results.get(f"numerical_{threads}").calls
    names = [name for name in calls if name.startswith("stage ")]
    if not names:
        return []
    columns = [name.removeprefix("stage ") for name in names]
    measured = results.get(f"numerical_{threads}")
    seconds = [f"{measured.seconds(name):.3f}" for name in names]
    return [
        "| stage of the numerical part | " + " | ".join(columns) + " |",
        "|---" * (1 + len(names)) + "|",
        "| seconds | " + " | ".join(seconds) + " |",
    ]
