"""Slurm's commands, played by scripts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Runs the job's script in the background, as a group of processes with the job's number.
SBATCH = """\
#!/bin/sh
cp "$1" {folder}/job.$$
setsid bash {folder}/job.$$ > {folder}/job.$$.out 2>&1 < /dev/null &
echo $! >> {folder}/job_numbers
echo "Submitted batch job $!"
"""
SCANCEL = """\
#!/bin/sh
kill -TERM "-$1"
(sleep 2; kill -KILL "-$1") > /dev/null 2>&1 &
"""


def play(monkeypatch: pytest.MonkeyPatch, folder: Path, **commands: str) -> None:
    """Put commands in front of the PATH."""
    for name, text in commands.items():
        command = folder / name
        command.write_text(text.format(folder=folder) if "{folder}" in text else text)
        command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    helpers = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, helpers)))
