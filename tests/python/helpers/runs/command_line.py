"""The program called in this process or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

FloatMap = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Said:
    """What a call of the program said."""

    status: int
    out: str
    err: str

    @property
    def error_lines(self) -> list[str]:
        return self.err.splitlines()


Call = Callable[..., Said]


def listing(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def in_python(
    code: str, *arguments: str | Path, environment: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
    )


def program(*arguments: str | Path, environment: dict[str, str] | None = None) -> Said:
    """Call the program in a process of its own."""
    code = "import map_sharpening.cli as c; raise SystemExit(c.main())"
    return finished(in_python(code, *arguments, environment=environment))


def finished(process: subprocess.Popen[str]) -> Said:
    out, err = process.communicate(timeout=120)
    return Said(process.returncode, out, err)
