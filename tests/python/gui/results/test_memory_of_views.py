"""What is read of maps for browsers doesn't stay in memory."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from examples import of_fast_suite

pytest.importorskip("nicegui", reason="needs the extra [gui]")

from finished_runs import finished_run

from map_sharpening.gui.files.reading import let_go
from map_sharpening.gui.results import found, quick
from map_sharpening.gui.results.routes import _slice
from map_sharpening.gui.results.views import Views
from map_sharpening.io.maps import read_map, save_map
from map_sharpening.io.web.served_folder import ServedFolder
from map_sharpening.maps.map_data import MapData
from map_sharpening.runs import inputs

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="/proc tells what is in memory"
)
N = 64


def kilobytes_of_files(folder: Path) -> dict[str, int]:
    """Return what of the files in a folder this process has open, and has in memory."""
    found: dict[str, int] = {}
    name = None
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        words = line.split()
        if not words[0].endswith(":"):
            name = words[-1] if str(folder) in line else None
        elif name is not None and words[0] == "Rss:":
            found[name] = found.get(name, 0) + int(words[1])
    return found


def density(seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(N, N, N)).astype(np.float32)
    values[20:40, 20:40, 20:40] += 5
    return values


@pytest.fixture
def views(tmp_path: Path) -> Views:
    """Two runs on half maps, one of them with a map of density modification."""
    for n in (1, 2):
        save_map(tmp_path / f"half{n}.mrc", MapData.from_array(density(n), 1.5))
    outputs = ["sharpened_map.ccp4", "modified_map.ccp4"]
    for name in ("one", "two"):
        folder = finished_run(tmp_path, name, density(3), outputs=outputs)
        save_map(folder / "modified_map.ccp4", MapData.from_array(density(4), 1.5))
    return Views(ServedFolder(tmp_path))


def test_pages_of_a_file_are_let_go_and_come_again(tmp_path: Path) -> None:
    save_map(tmp_path / "a.mrc", MapData.from_array(density(1), 1.5))
    map_data, _ = read_map(tmp_path / "a.mrc")
    plain = MapData.from_array(density(1), 1.5)
    assert kilobytes_of_files(tmp_path)[str(tmp_path / "a.mrc")] >= map_data.values.nbytes / 1024
    let_go(map_data, plain)
    assert kilobytes_of_files(tmp_path) == {str(tmp_path / "a.mrc"): 0}
    np.testing.assert_array_equal(map_data.values, plain.values)


ASKED: dict[str, Callable[[Views], object]] = {
    "sharpened": lambda views: views.view("one", "sharpened"),
    "before": lambda views: views.view("one", "before"),
    "density modified": lambda views: views.view("one", "density modified"),
    "difference": lambda views: views.difference_view("one", "two"),
    "slice": lambda views: _slice(views, "one", "sharpened", "x", 0.5, ""),
    "quick look": lambda views: quick.at(views, "one", 20.0, 4.0),
}


@pytest.mark.parametrize("what", of_fast_suite(ASKED, "before", "slice"))
def test_one_map_of_those_in_files_is_in_memory_at_a_time(
    views: Views, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []

    def read(*words: Any, **named: Any) -> Any:
        held.append(sum(kilobytes_of_files(views.folder.root).values()))
        return read_map(*words, **named)

    for module in (found, inputs):
        monkeypatch.setattr(module, "read_map", read)
    views.sliced("two", "sharpened").plane("x", 0.5)  # which stays open
    made = ASKED[what](views)
    assert made is not None
    assert len(held) > 1
    assert set(held) == {0}
    assert sum(kilobytes_of_files(views.folder.root).values()) == 0
