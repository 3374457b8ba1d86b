"""What ``--version`` and ``doctor`` say about the build and this processor."""

from __future__ import annotations

import os

from map_sharpening._core import __version__, build_info
from map_sharpening.errors import ParameterError


def build_facts() -> dict[str, str]:
    """Return facts about the core, by the names that are printed.

    Raises
    ------
    ParameterError
        If the environment asks for an instruction set that can't be used.
    """
    try:
        build = build_info()
    except ValueError as error:
        raise ParameterError(str(error)) from None
    return {
        "Build": f"{source_text(build.commit)}, {build.build_type}, {build.compiler}",
        "SIMD": build.simd,
        "Threads": threads_text(build.openmp, build.threads),
        "FFT": build.fft,
    }


def version_text() -> str:
    """Return what ``--version`` prints: a line for scripts, then the build."""
    facts = [f"  {name:<7}  {text}" for name, text in build_facts().items()]
    return "\n".join([f"map_sharpening {__version__}", *facts])


def source_text(commit: str) -> str:
    """Say what was built: a commit, as the core tells it, with or without later changes."""
    if not commit:
        return "from source without git"
    clean = commit.removesuffix("-dirty")
    return f"commit {clean}" if clean == commit else f"commit {clean} with changes"


def threads_text(openmp: int, default: int) -> str:
    """Say how many threads a run takes, and by which OpenMP: year and month of its standard."""
    if openmp == 0:
        return "1: built without OpenMP"
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    wanted = "" if count == default else f", of {count or 'an unknown number of'} processors"
    return f"{default}{wanted}; OpenMP of {openmp // 100}-{openmp % 100:02}"
