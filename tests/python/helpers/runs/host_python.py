"""The Python of a program that hosts us, which needs not be the one that runs the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class HostPython:
    """A Python that has a distribution: that of the tests, unless a variable names another."""

    distribution: str
    variable: str

    @property
    def path(self) -> str:
        """Return the Python."""
        return os.environ.get(self.variable, sys.executable)

    @property
    def needed(self) -> pytest.MarkDecorator:
        """Return a mark that skips tests where the distribution isn't installed."""
        has = f"import importlib.metadata as m; m.version({self.distribution!r})"
        done = subprocess.run([self.path, "-c", has], capture_output=True, check=False)
        return pytest.mark.skipif(
            done.returncode != 0,
            reason=f"{self.distribution} is not installed; {self.variable} can name a Python that "
            "has it",
        )
