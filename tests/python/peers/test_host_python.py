"""Tests in a program that hosts us are skipped, with the reason, where it can't be used."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from host_python import HostPython

VARIABLE = "MAP_SHARPENING_PLAYED_PYTHON"


def python_with(folder: Path, module_text: str | None) -> str:
    """Write a Python in which `played` is installed as one module, or isn't."""
    if module_text is not None:
        (folder / "played.py").write_text(module_text)
        (folder / "played-1.0.dist-info").mkdir()
        (folder / "played-1.0.dist-info" / "METADATA").write_text("Name: played\nVersion: 1.0\n")
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{folder}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return str(python)


@pytest.mark.parametrize(
    ("module_text", "told"),
    [
        ("", None),
        (None, f"played is not installed; {VARIABLE} can name a Python that has it"),
        ("import ctypes\nctypes.CDLL('libplayed.so')\n", "can't be loaded: OSError: libplayed.so"),
        ("import os\nos._exit(3)\n", "can't be loaded: exit status 3"),
    ],
)
def test_an_unusable_host_is_skipped_with_the_reason(
    module_text: str | None, told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, python_with(tmp_path, module_text))
    mark = HostPython("played", "played", VARIABLE).needed
    assert mark.args == (told is not None,)
    assert (told or "") in mark.kwargs["reason"]
