"""Slurm's commands, played by scripts."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
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


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """What puts commands in front of the PATH; jobs that a test leaves end with it."""

    def put(**commands: str) -> None:
        for name, text in commands.items():
            command = tmp_path / name
            in_folder = text.format(folder=tmp_path) if "{folder}" in text else text
            command.write_text(in_folder)
            command.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        helpers = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, helpers)))

    yield put
    numbers = tmp_path / "job_numbers"
    for number in numbers.read_text().split() if numbers.exists() else []:
        with suppress(ProcessLookupError):
            os.killpg(int(number), signal.SIGKILL)
