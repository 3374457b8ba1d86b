"""The server ends when it is interrupted, and says nothing that isn't so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

# In a process of its own: an application that has started can't be set up again.
_PROGRAM = """
import uvicorn
from map_sharpening.cli import main

def interrupted(server, sockets):
    raise KeyboardInterrupt

uvicorn.Server.run = interrupted
raise SystemExit(main(["gui", ".", "--no-browser"]))
"""


@pytest.mark.slow
def test_an_interrupted_server_ends_in_peace(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", _PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    assert "interrupted" not in said.stderr
