"""A folder with two half maps, where the interface works."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def _no_hidden_garbage() -> Iterator[None]:
    """What pages left behind is collected, and complains, at the end."""
    yield
    if "visits" in sys.modules:  # which needs the extra [gui]
        sys.modules["visits"].collect_all()


@pytest.fixture
def half_map_files(half_files, tmp_path) -> tuple[Path, Path]:
    """Copies of the half maps that may be written beside."""
    folder = tmp_path / "work"
    folder.mkdir()
    one, two = (Path(shutil.copy(file, folder / Path(file).name)) for file in half_files[:2])
    return one, two


@pytest.fixture
def state(half_map_files, monkeypatch):
    from map_sharpening.gui.state import State

    root = half_map_files[0].parent
    monkeypatch.chdir(root)
    return State(root)
