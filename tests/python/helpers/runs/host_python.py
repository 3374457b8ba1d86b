"""The Python of a program that hosts us, which needs not be the one that runs the tests."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class HostPython:
    """A Python that has a distribution: that of the tests, unless a variable names another."""

    distribution: str
    module: str  #: of the distribution
    variable: str

    @property
    def path(self) -> str:
        """Return the Python."""
        return os.environ.get(self.variable, sys.executable)

    @property
    def needed(self) -> pytest.MarkDecorator:
        """Return a mark that skips tests where the distribution isn't installed, or won't load."""
        reason = self._why_not()
        return pytest.mark.skipif(reason is not None, reason=reason or "")

    def _why_not(self) -> str | None:
        """Return why the distribution can't be used, if so."""
        if not self._is_installed():
            return (
                f"{self.distribution} is not installed; {self.variable} can name a Python that "
                "has it"
            )
        loads = self._run(f"import {self.module}")
        if loads.returncode == 0:
            return None
        told = loads.stderr.strip().splitlines() or [f"exit status {loads.returncode}"]
        return f"{self.distribution} of {self.path} can't be loaded: {told[-1]}"

    def _is_installed(self) -> bool:
        if self.path == sys.executable:  # which needs not be started for this
            return any(importlib.metadata.distributions(name=self.distribution))
        has = f"import importlib.metadata as m; m.version({self.distribution!r})"
        return self._run(has).returncode == 0

    def _run(self, program: str) -> subprocess.CompletedProcess[str]:
        words = [self.path, "-c", program]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    def found_by(
        self, words: Sequence[str], folder: Path, more: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return what a program prints after FOUND; `more`: variables of its environment."""
        done = subprocess.run(
            [self.path, *words],
            cwd=folder,
            env={**os.environ, **(more or {})},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert "FOUND" in done.stdout, f"{done.stdout}\n{done.stderr}"
        found: dict[str, Any] = json.loads(done.stdout.split("FOUND", 1)[1].splitlines()[0])
        return found


def python_with_cctbx(module: str) -> str:
    """Return the Python that can import a module of cctbx; without one the test is skipped."""
    variable = "MAP_SHARPENING_PEER_PYTHON"
    path = os.environ.get(variable)
    if not path:
        pytest.skip(f"{variable} does not name a Python interpreter with cctbx")
    done = subprocess.run([path, "-c", f"import {module}"], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"{path}, named by {variable}, can't import cctbx")
    return path
