"""What the processes of a test run share; imported before the core is loaded, which reads it."""

from __future__ import annotations

import functools
import os
import pickle
import sys
from dataclasses import replace

# Modules are compiled once, not by each of the many processes that tests start.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Workers of pytest-xdist share the processors; threads that wait for each other cost time.
# tests/run.sh gives each two: with one no race between threads could show.
if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
    workers = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))


def remember_densities() -> None:
    """Compute the density of the same atoms on the same grid once; each caller gets a copy.

    Tests of many files look at one molecule, and its density takes a tenth of their time.
    """
    from map_sharpening.molecule import model_density, model_map
    from map_sharpening.simulation import simulate

    compute = model_density.density_coefficients
    known = {}

    @functools.wraps(compute)
    def remembered(atoms, *where, **chosen):
        key = pickle.dumps((replace(atoms, name=""), where, chosen))
        if key not in known:
            known[key] = compute(atoms, *where, **chosen)
        return known[key].copy()

    model_map.density_coefficients = simulate.density_coefficients = remembered


def wait_for_no_disk() -> None:
    """Flush no file to its disk: those of tests need outlive no power cut."""
    os.fsync = _require_open


def _require_open(descriptor: int) -> None:
    os.fstat(descriptor)
