"""``map_sharpening doctor``: whether this installation can do its work, in words."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from map_sharpening._core import __version__, forward_transform, inverse_transform
from map_sharpening.cli.build import build_facts
from map_sharpening.errors import ParameterError, ResultsError
from map_sharpening.io.memory import available_bytes
from map_sharpening.io.web.viewer_programs import PROGRAMS

#: Libraries of every run, by the names they are installed by.
_LIBRARIES = ("contourpy", "gemmi", "matplotlib", "mrcfile", "numpy", "pillow", "rich")
_SUBMITTING = ("sbatch", "qsub", "bsub", "condor_submit")
_EXTRAS = {
    "Workers": ("cluster", ("dask", "distributed", "dask_jobqueue", "cryptography")),
    "Browser": ("gui", ("nicegui", "molstar_cli")),
}
_LEAST_MEMORY = 500_000_000  #: of a run on small maps
_LEAST_DISK = 100_000_000

State = Literal["ok", "problem", "not there"]
_Answer = tuple[State, str]  #: with what there is to say


@dataclass(frozen=True)
class Finding:
    """What was found about one part of the installation."""

    part: str
    state: State  #: "not there": it can be done without
    text: str


def examine() -> Iterator[Finding]:
    """Yield what is found about each part, needed ones first."""
    yield Finding("Core", *_core())
    # Others report that the core can't be used.
    with contextlib.suppress(ParameterError):
        for part, text in build_facts().items():
            yield Finding(part, "ok", text)
    yield Finding("Memory", *_memory())
    yield Finding("Libraries", *_libraries())
    yield Finding("Here", *_folder(Path.cwd()))
    yield Finding("Temporary", *_folder(Path(tempfile.gettempdir())))
    yield Finding("Viewers", *_viewers())
    yield Finding("Queue", *_queue())
    for part, (extra, modules) in _EXTRAS.items():
        yield Finding(part, *_extra(extra, modules))
    yield Finding("Report as PDF", *_pdf())


def lines(findings: list[Finding]) -> list[str]:
    """Return what to print: a heading, a line for each finding, and what it comes to."""
    heading = (
        f"map_sharpening {__version__}, {Path(__file__).parents[1]}",
        f"Python {sys.version.split()[0]}, {sys.executable}",
        "",
    )
    width = max(len(finding.part) for finding in findings)
    found = [f"{f.state:<9}  {f.part:<{width}}  {f.text}" for f in findings]
    n_problems = sum(finding.state == "problem" for finding in findings)
    end = (
        "Ready to sharpen; try it: map_sharpening demo"
        if n_problems == 0
        else f"{n_problems} problem{'s' if n_problems > 1 else ''} to fix before a run"
    )
    return [*heading, *found, "", end]


def _core() -> _Answer:
    import numpy as np

    map_ = np.random.default_rng(7).normal(size=(12, 10, 14)).astype(np.float32)
    try:
        terms = forward_transform(map_)
    except ValueError as error:  # an instruction set that isn't there was asked for
        return "problem", str(error)
    is_right = np.allclose(terms, np.fft.rfftn(map_), atol=1e-3)
    if is_right and np.allclose(inverse_transform(terms, 14), map_, atol=1e-4):
        return "ok", "its Fourier transforms are right"
    again = "pip install --force-reinstall map-sharpening"
    return "problem", f"its Fourier transforms are wrong; install it again: {again}"


def _memory() -> _Answer:
    free = available_bytes()
    if free is None:
        return "ok", "this system doesn't say how much is free"
    text = f"{free / 1e9:.1f} GB available"
    if free >= _LEAST_MEMORY:
        return "ok", text
    return "problem", f"{text}; a run on small maps takes 0.5 GB: free some"


def _libraries() -> _Answer:
    found, missing = [], []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        names = " ".join(missing)
        return "problem", f"not installed: {names}; install with pip install {names}"
    return "ok", ", ".join(found)


def _folder(folder: Path) -> _Answer:
    if not os.access(folder, os.W_OK | os.X_OK):
        return "problem", f"{folder} can't be written to; run elsewhere, or give output_directory"
    free = shutil.disk_usage(folder).free
    text = f"{folder} can be written to, {free / 1e9:.1f} GB free"
    if free >= _LEAST_DISK:
        return "ok", text
    return "problem", f"{text}; free some, as maps need more"


def _viewers() -> _Answer:
    programs = {program.name: program.installed() for program in PROGRAMS}
    found = [f"{name} {path}" for name, path in sorted(programs.items()) if path is not None]
    if not found:
        names = ", ".join(sorted(programs))
        use = "the scripts of a run open its maps where there is one"
        return "not there", f"none of {names} is on PATH; {use}"
    return "ok", ", ".join(found)


def _queue() -> _Answer:
    found = [command for command in _SUBMITTING if shutil.which(command) is not None]
    if found:
        return "ok", f"{', '.join(found)}, for queue_run_command"
    return "not there", f"none of {', '.join(_SUBMITTING)} is on PATH; runs are done here"


def _extra(extra: str, modules: tuple[str, ...]) -> _Answer:
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if not missing:
        return "ok", f"the libraries of the extra [{extra}] are installed"
    names = ", ".join(missing)
    return "not there", f"without {names}; install with pip install 'map-sharpening[{extra}]'"


def _pdf() -> _Answer:
    """Return whether a report can be printed; loading the library shows whether Pango is there."""
    from map_sharpening.presenting.printed import pdf_library

    try:
        pdf_library()
    except ResultsError as error:
        return "not there", str(error)
    return "ok", f"weasyprint {metadata.version('weasyprint')}"
