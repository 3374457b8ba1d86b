"""Run programs one at a time and keep what they took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_MEASURE = Path(__file__).with_name("measure.py")


class ProgramFailedError(Exception):
    """A program ended with an error, or its answer is wrong."""


@dataclass(frozen=True)
class ProcessRun:
    """One run of one program as a process."""

    seconds: float  #: wall time from start to end of the process
    cpu_seconds: float  #: of all its threads
    peak_bytes: int  #: largest resident memory
    output: str  #: what it printed


def run_process(command: Sequence[str | Path], folder: Path) -> ProcessRun:
    """Run a command in a folder.

    Raises
    ------
    ProgramFailedError
        If the command ends with an error; the message holds the end of its output.
    """
    measured_file, log = folder / "measured.json", folder / "output.txt"
    words = [str(word) for word in command]
    # An installed package has its bytecode; one in a work tree writes it in the first run.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(
        [sys.executable, "-S", str(_MEASURE), str(measured_file), str(log), *words],
        cwd=folder,
        env=environment,
        check=True,
    )
    measured = json.loads(measured_file.read_text(encoding="utf-8"))
    output = log.read_text(encoding="utf-8", errors="replace")
    if measured["exit_code"] != 0:
        end = " | ".join(line.strip() for line in output.strip().splitlines()[-3:])
        raise ProgramFailedError(f"{words[0]} ended with code {measured['exit_code']}: {end}")
    return ProcessRun(measured["seconds"], measured["cpu_seconds"], measured["peak_bytes"], output)
