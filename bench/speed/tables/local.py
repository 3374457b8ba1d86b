"""The tables of local sharpening and local resolution, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.speed.inputs import RESOLUTION, VOXEL_SIZE
from bench.speed.measurements import BoxResults, Measured, Ratio, over
from bench.speed.programs.local import (
    DEFAULT_SAMPLING,
    WORKERS,
    points_by_default,
)
from bench.speed.tables.half_maps import (
    facts_table,
    ratio_table,
    result_row,
    threads_text,
)

_ABOUT = (
    "Made by `python bench/speed/run.py --method local`; do not edit. Simulated half maps of "
    f"haemoglobin, one copy or more, {RESOLUTION:g} Å, voxel size {VOXEL_SIZE:g} Å (1.25 Å in the "
    "box of 64). Local sharpening of the mean of two half maps in memory, one map out, the "
    "global part included; local resolution inside the automatic mask, which it makes; all "
    "programs are run in turn on the same files, {repetitions} times each (slow ones once); times "
    "are medians. One FFT pair is a transform of the map there and back, in place, of all "
    "columns. Workers are processes of one thread each that have started; their time is that of "
    "the local filter, with the maps written for them and what they made read again. The peer, "
    "cctbx, has its default boxes and one process. RELION's local resolution takes a time for "
    "each point; in boxes of 256 and more fewer points are measured than by default, "
    f"{DEFAULT_SAMPLING:g} Å apart, and the time of those is reckoned from them. Peak memory is "
    "that of the process after one call, files mapped into it included; that of a run by workers "
    "is of the process that they work for."
)


def markdown(
    facts: Mapping[str, str], all_results: Sequence[BoxResults], threads: int, repetitions: int
) -> str:
    """Return the report."""
    lines = ["# Speed and memory of local sharpening and local resolution", ""]
    lines += [_ABOUT.format(repetitions=repetitions), "", *facts_table(facts), ""]
    for results in all_results:
        lines += [f"## {results.box}³", "", *_times(results, threads), ""]
        lines += [*ratio_table(ratios(results, threads)), ""]
    return "\n".join(lines)


def ratios(results: BoxResults, threads: int) -> list[Ratio]:
    """Return the ratios that the project sets itself goals for, and others for orientation."""
    one, local = results.get("local_1"), results.get(f"local_{threads}")
    whole, relion = results.get(f"global_{threads}"), results.get("relion")
    is_large = results.box == 256
    found = [
        Ratio(
            "peer's local anisotropic call / ours",
            over(results.get("peer_anisotropic").seconds("sharpening"), _call(local)),
            at_least=200 if results.box == 64 else None,
        ),
        Ratio(
            "peer's local isotropic call / ours",
            over(results.get("peer").seconds("sharpening"), local.seconds("isotropic")),
        ),
        Ratio(
            "ours, anisotropic / one FFT pair",
            over(_call(local), whole.seconds("fft pair")),
            at_most=40 if is_large else None,
        ),
        Ratio("ours, local / global", over(_call(local), _call(whole))),
        Ratio(
            "RELION's local resolution at its default / ours",
            over(_relion_default(relion, results.box), local.seconds("local resolution")),
            at_least=1 if is_large else None,
        ),
        Ratio("a point of RELION's / one of ours", over(_point(relion), _our_point(local))),
        Ratio("gain by threads", over(_call(one), _call(local))),
        Ratio(
            f"gain by {WORKERS[-1]} workers, over {WORKERS[0]}",
            over(*(results.get(f"workers_{n}").seconds("filter") for n in WORKERS)),
        ),
        Ratio("peak memory, local / global", over(local.peak(), whole.peak()), at_most=1.5),
    ]
    return [ratio for ratio in found if ratio.value is not None or ratio.at_least is not None]


def _call(measured: Measured) -> float | None:
    return measured.seconds("sharpening")


def _point(relion: Measured) -> float | None:
    return over(relion.seconds(), relion.seconds("points"))


def _our_point(local: Measured) -> float | None:
    return over(local.seconds("local resolution"), local.seconds("points of local resolution"))


def _relion_default(relion: Measured, box: int) -> float | None:
    """Return the seconds that RELION would take at its default, by the time of a point."""
    point, points = _point(relion), relion.seconds("points")
    return None if point is None or points is None else point * points_by_default(points, box)


def _times(results: BoxResults, threads: int) -> list[str]:
    local, whole = results.get(f"local_{threads}"), results.get(f"global_{threads}")
    relion = results.get("relion")
    in_words = threads_text(threads)
    rows = [
        result_row(f"local, anisotropic, {in_words}", local, "sharpening"),
        result_row("local, isotropic", local, "isotropic", whole=False),
        result_row("global, anisotropic", whole, "sharpening"),
        result_row("one FFT pair", whole, "fft pair", whole=False),
        result_row("local resolution", local, "local resolution", whole=False),
    ]
    if threads != 1:
        one = results.get("local_1")
        rows += [
            result_row("local, anisotropic, 1 thread", one, "sharpening"),
            result_row("local resolution, 1 thread", one, "local resolution", whole=False),
        ]
    for n in WORKERS:
        title = f"local filter by {n} worker" + ("" if n == 1 else "s")
        rows.append(result_row(title, results.get(f"workers_{n}"), "filter"))
    for title, name in (
        ("peer's local call, anisotropic", "peer_anisotropic"),
        ("peer's local call, isotropic", "peer"),
    ):
        if name in results.measured:
            rows.append(result_row(title, results.get(name), "sharpening"))
    points = relion.seconds("points")
    told = "" if points is None else f", {points:.0f} points"
    rows.append(result_row(f"relion_postprocess --locres{told}", relion))
    our_points = local.seconds("points of local resolution")
    return [
        "| | seconds | repetitions | peak memory, MB | correlation with the truth near atoms |",
        "|---|---|---|---|---|",
        *rows,
        f"| mean of the half maps | | | | {results.plain_mean:.3f} |",
        *([] if our_points is None else ["", f"Ours measured {our_points:.0f} points."]),
    ]
