"""Loads the core so that its threads sleep while they wait for each other.

OpenMP's threads spin by default. Where other programs keep the processors busy, a spinning thread
takes the time that the one it waits for needs: a search of B factors took twice as long with two
threads as with one. The library reads this setting once, when it is loaded; afterwards the
environment is put back, for other programs that this one starts.
"""

from __future__ import annotations

import importlib
import os

_POLICY = "OMP_WAIT_POLICY"

if _POLICY in os.environ:
    importlib.import_module("map_sharpening._core")
else:
    os.environ[_POLICY] = "passive"
    try:
        importlib.import_module("map_sharpening._core")
    finally:
        del os.environ[_POLICY]
