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

#: Libraries of every run, by the names they are installed by.
_LIBRARIES = ("contourpy", "gemmi", "matplotlib", "mrcfile", "numpy", "pillow", "rich")
_VIEWERS = {
    "ChimeraX": ("chimerax", "ChimeraX", "ucsf-chimerax"),
    "Coot": ("coot", "coot-1"),
    "PyMOL": ("pymol",),
}
_SUBMITTING = ("sbatch", "qsub", "bsub", "condor_submit")
_EXTRAS = {
    "Workers": ("cluster", ("dask", "distributed", "dask_jobqueue", "cryptography")),
    "Browser": ("gui", ("nicegui", "molstar_cli")),
}
_LEAST_MEMORY = 500_000_000  #: of a run on small maps
_LEAST_DISK = 100_000_000

State = Literal["ok", "problem", "not there"]


@dataclass(frozen=True)
class Finding:
    """What was found about one part of the installation."""

    state: State  #: "not there": it can be done without
    part: str
    text: str


def examine() -> Iterator[Finding]:
    """Yield what is found about each part, needed ones first."""
    yield _core()
    yield from _build()
    yield _memory()
    yield _libraries()
    yield _folder("Here", Path.cwd())
    yield _folder("Temporary", Path(tempfile.gettempdir()))
    yield _viewers()
    yield _queue()
    for part, (extra, modules) in _EXTRAS.items():
        yield _extra(part, extra, modules)
    yield _pdf()


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


def _core() -> Finding:
    import numpy as np

    map_ = np.random.default_rng(7).normal(size=(12, 10, 14)).astype(np.float32)
    try:
        terms = forward_transform(map_)
    except ValueError as error:  # an instruction set that isn't there was asked for
        return Finding("problem", "Core", str(error))
    is_right = np.allclose(terms, np.fft.rfftn(map_), atol=1e-3)
    if is_right and np.allclose(inverse_transform(terms, 14), map_, atol=1e-4):
        return Finding("ok", "Core", "its Fourier transforms are right")
    return Finding(
        "problem",
        "Core",
        "its Fourier transforms are wrong; install it again: pip install --force-reinstall "
        "map-sharpening",
    )


def _build() -> Iterator[Finding]:
    """Yield the facts of ``--version``; nothing if the core can't be used, which others report."""
    with contextlib.suppress(ParameterError):
        for part, text in build_facts().items():
            yield Finding("ok", part, text)


def _memory() -> Finding:
    free = available_bytes()
    if free is None:
        return Finding("ok", "Memory", "this system doesn't say how much is free")
    text = f"{free / 1e9:.1f} GB available"
    if free >= _LEAST_MEMORY:
        return Finding("ok", "Memory", text)
    return Finding("problem", "Memory", f"{text}; a run on small maps takes 0.5 GB: free some")


def _libraries() -> Finding:
    found, missing = [], []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        names = " ".join(missing)
        return Finding(
            "problem", "Libraries", f"not installed: {names}; install with pip install {names}"
        )
    return Finding("ok", "Libraries", ", ".join(found))


def _folder(part: str, folder: Path) -> Finding:
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding(
            "problem",
            part,
            f"{folder} can't be written to; run elsewhere, or give output_directory",
        )
    free = shutil.disk_usage(folder).free
    text = f"{folder} can be written to, {free / 1e9:.1f} GB free"
    if free >= _LEAST_DISK:
        return Finding("ok", part, text)
    return Finding("problem", part, f"{text}; free some, as maps need more")


def _viewers() -> Finding:
    found = {
        name: path
        for name, commands in _VIEWERS.items()
        if (path := next(filter(None, map(shutil.which, commands)), None)) is not None
    }
    if not found:
        return Finding(
            "not there",
            "Viewers",
            f"none of {', '.join(_VIEWERS)} is on PATH; the scripts of a run open its maps where "
            "there is one",
        )
    return Finding("ok", "Viewers", ", ".join(f"{name} {path}" for name, path in found.items()))


def _queue() -> Finding:
    found = [command for command in _SUBMITTING if shutil.which(command) is not None]
    if found:
        return Finding("ok", "Queue", f"{', '.join(found)}, for queue_run_command")
    return Finding(
        "not there", "Queue", f"none of {', '.join(_SUBMITTING)} is on PATH; runs are done here"
    )


def _extra(part: str, extra: str, modules: tuple[str, ...]) -> Finding:
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if not missing:
        return Finding("ok", part, f"the libraries of the extra [{extra}] are installed")
    return Finding(
        "not there",
        part,
        f"without {', '.join(missing)}; install with pip install 'map-sharpening[{extra}]'",
    )


def _pdf() -> Finding:
    """Return whether a report can be printed; loading the library shows whether Pango is there."""
    from map_sharpening.presenting.printed import pdf_library

    try:
        pdf_library()
    except ResultsError as error:
        return Finding("not there", "Report as PDF", str(error))
    return Finding("ok", "Report as PDF", f"weasyprint {metadata.version('weasyprint')}")
