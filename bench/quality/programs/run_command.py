"""Run another program in a folder of its own, and keep what it says."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.quality.errors import ProgramFailedError


def run_command(command: Sequence[str | Path], folder: Path, program: str) -> str:
    """Run a command in a folder and return its output.

    Raises
    ------
    ProgramFailedError
        If the command ends with an error; the message holds the end of its output.
    """
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    (folder / "output.txt").write_text(done.stdout, encoding="utf-8")
    if done.returncode != 0:
        raise ProgramFailedError(
            f"{program} ended with code {done.returncode}: {_end_of(done.stdout)}"
        )
    return done.stdout


def require_map(path: Path, program: str, output: str) -> None:
    """Raise ProgramFailedError if a program left no map."""
    if not path.is_file():
        raise ProgramFailedError(f"{program} wrote no {path.name}: {_end_of(output)}")


def _end_of(output: str) -> str:
    """Return the last lines of a program's output as one line."""
    return " | ".join(line.strip() for line in output.strip().splitlines()[-3:])
