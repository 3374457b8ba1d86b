"""What the processes of a test run share; imported before the core is loaded, which reads it."""

from __future__ import annotations

import os
import sys

# Modules are compiled once, not by each of the many processes that tests start.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Workers of pytest-xdist share the processors; threads that wait for each other cost time.
# tests/run.sh gives each two: with one no race between threads could show.
if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
    workers = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))


def wait_for_no_disk() -> None:
    """Flush no file to its disk: those of tests need outlive no power cut."""
    os.fsync = _require_open


def _require_open(descriptor: int) -> None:
    os.fstat(descriptor)
