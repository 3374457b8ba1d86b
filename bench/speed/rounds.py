"""Run every program in turn on one box, all of them once before any of them again."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.speed.answers import Answers
from bench.speed.inputs import Input
from bench.speed.measurements import BoxResults, Measured
from bench.speed.processes import ProgramFailedError
from bench.speed.programs.half_maps import Program, Timed

_QUICK_SECONDS = 20.0  #: a slow program that takes less is repeated like the others


def time_box(
    maps: Input,
    programs: Sequence[Program],
    why_missing: dict[str, str],
    *,
    repetitions: int,
    largest_for_slow: int,
) -> BoxResults:
    """Time programs on a box and check their maps; `why_missing` names others that aren't there.

    Slow programs are left out on boxes above `largest_for_slow`.
    """
    answers = Answers(maps)
    measured = {program.name: Measured() for program in programs}
    measured |= {name: Measured(why_missing=why) for name, why in why_missing.items()}
    for repetition in range(repetitions):
        for program in programs:
            kept = measured[program.name]
            if program.is_slow and maps.box > largest_for_slow:
                kept.why_missing = f"a box above {largest_for_slow}³ (--peer-largest)"
                continue
            taken = kept.seconds()
            if program.is_slow and taken is not None and taken > _QUICK_SECONDS:
                continue
            if kept.has_failed:
                continue
            try:
                timed = _run(program, maps)
                correlation = answers.check(program.name, timed.answer)
            except ProgramFailedError as error:
                print(f"{maps.box}³ {program.name} failed: {error}", file=sys.stderr)
                measured[program.name] = Measured(why_missing=str(error), has_failed=True)
                continue
            kept.add(timed, correlation)
            seconds = timed.process.seconds
            print(f"{maps.box}³ {repetition + 1} {program.name:12} {seconds:8.2f} s", flush=True)
    return BoxResults(maps.box, answers.plain_mean, measured)


def _run(program: Program, maps: Input) -> Timed:
    # Beside the maps, so that all programs write to the disk that they read from.
    with tempfile.TemporaryDirectory(prefix=f"{program.name}-", dir=maps.folder) as folder:
        return program.run(maps, Path(folder))
