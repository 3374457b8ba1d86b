"""Real maps, models and sequences, in the folder that MAP_SHARPENING_DATA names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

#: The folder; without one, tests that use it are skipped.
DATA = Path(os.environ.get("MAP_SHARPENING_DATA", ""))
needs_data = pytest.mark.skipif(
    not os.environ.get("MAP_SHARPENING_DATA"),
    reason="real data are found by MAP_SHARPENING_DATA, which is not set",
)
