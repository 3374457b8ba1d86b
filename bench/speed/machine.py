"""What the timings were made on and with."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import map_sharpening
from bench.speed.programs.half_maps import Tools
from map_sharpening import _core


def machine_facts(tools: Tools) -> dict[str, str]:
    """Return machine, compiler and versions, by their names for people."""
    facts = {
        "processor": f"{_processor()}, {os.cpu_count()} processors, {_vector_units()}",
        "memory": _memory(),
        "system": platform.platform(terse=True),
        "load before": load(),
        "map_sharpening": f"{map_sharpening.__version__}, core compiled with {_compiler()}",
        "Python": f"{platform.python_version()}, numpy {version('numpy')}",
    }
    if tools.relion is not None:
        facts["RELION"] = _first_line([tools.relion, "--version"]).removeprefix("RELION version: ")
    if tools.peer_python is not None:
        code = (
            "import platform; from importlib.metadata import version; "
            "print('cctbx-base', version('cctbx-base'), 'on Python', platform.python_version())"
        )
        facts["peer"] = _first_line([tools.peer_python, "-c", code])
    return facts


def load() -> str:
    """Return the machine's load averages: processes that wanted to run."""
    return ", ".join(f"{value:.2f}" for value in os.getloadavg()) + " (1, 5, 15 minutes)"


def _processor() -> str:
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _vector_units() -> str:
    flags = next((line for line in _lines("/proc/cpuinfo") if line.startswith("flags")), "")
    names = [name for name in ("avx2", "avx512f") if name in flags.split()]
    return "with " + " and ".join(names) if names else "vector units unknown"


def _memory() -> str:
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemTotal"):
            return f"{int(line.split()[1]) / 1024**2:.0f} GB"
    return "unknown"


def _compiler() -> str:
    """Return the compiler's name for itself, which it leaves in the library."""
    found = re.search(
        rb"(GCC: \([^)]*\) [\d.]+|clang version [\d.]+)", Path(_core.__file__).read_bytes()
    )
    return found[1].decode() if found else "an unknown compiler"


def _first_line(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0].strip() if lines else "unknown version"


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
