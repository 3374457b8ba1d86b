"""The server ends when it is interrupted, and says nothing that isn't so."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

import uvicorn

from map_sharpening.cli import main


def test_an_interrupted_server_ends_in_peace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
        for each in sockets:
            each.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(uvicorn.Server, "run", interrupted)
    monkeypatch.chdir(tmp_path)
    assert main(["gui", str(tmp_path), "--no-browser"]) == 0
    assert "interrupted" not in capfd.readouterr().err
