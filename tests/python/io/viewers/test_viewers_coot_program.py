"""Coot itself, in a window, runs the scripts of every kind of run, in folders that were moved."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alpha_carbons import alpha_carbons

from map_sharpening.io.maps import write_map
from map_sharpening.io.viewers import ViewerFiles, coot_script
from map_sharpening.maps.map_data import MapData

_COOT, _DISPLAY = (shutil.which(name) for name in ("coot", "xvfb-run"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        _COOT is None, reason="Coot is not installed (Debian 13: apt install coot)"
    ),
    pytest.mark.skipif(_DISPLAY is None, reason="xvfb-run is not installed"),
]

SHARPENED = "out#1 'q' é.ccp4"
MAPS = ("a b.mrc", "b;c.mrc", "local.mrc", "mod'1.ccp4", SHARPENED)
MODEL = "model '1'.pdb"
PLAIN = ViewerFiles(SHARPENED, 3.0)
ONE_MAP = replace(PLAIN, input_maps=MAPS[:1], input_level=3.1)
HALF_MAPS = replace(
    PLAIN,
    input_maps=MAPS[:2],
    local_resolution=MAPS[2],
    local_resolution_range=(2.0, 4.0),
    model=MODEL,
    modified=MAPS[3],
    modified_level=2.5,
)
#: Of each kind of run: its files, the models that Coot shows, and the levels of the maps that it
#: shows, and of those that it has open besides.
KINDS: dict[str, tuple[ViewerFiles, list[str], list[float], list[float]]] = {
    "no input": (PLAIN, [], [3.0], []),
    "one map": (ONE_MAP, [], [3.0], [3.1]),
    "half maps": (HALF_MAPS, [MODEL], [3.0], [2.5]),
}

REPORT = """
import coot, json, traceback
script, place = {script!r}, {place!r}
found = {{"models": [], "shown": [], "hidden": []}}
try:
    with open(script.encode(), "rb") as file:  # Coot's Python may know no letters but ASCII
        text = file.read()
    exec(compile(text, "open_in_coot.py", "exec"), {{**globals(), "__file__": script}})
    for number in range(coot.graphics_n_molecules()):
        if coot.is_valid_model_molecule(number):
            found["models"].append(coot.molecule_name(number))
        elif coot.is_valid_map_molecule(number):
            level = round(coot.get_contour_level_absolute(number), 4)
            found["shown" if coot.map_is_displayed(number) else "hidden"].append(level)
except BaseException:
    found["problem"] = traceback.format_exc()
with open(place, "w") as file:
    json.dump(found, file)
coot.coot_no_state_real_exit(0)
"""


def seen_in_coot(script: Path, folder: Path) -> dict[str, Any]:
    """Return what Coot has open once it has run a script."""
    place, report = folder / "found.json", folder / "report.py"
    report.write_text(REPORT.format(script=str(script), place=str(place)), encoding="utf-8")
    assert _COOT is not None
    assert _DISPLAY is not None
    done = subprocess.run(
        [_DISPLAY, "-a", _COOT, "--script", str(report)],
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert place.exists(), done.stdout + done.stderr
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_coot_opens_all_files_and_shows_the_sharpened_map_alone(kind: str, tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    values = np.zeros((24, 24, 24), np.float32)
    values[8:16, 8:16, 8:16] = 2
    for name in MAPS:
        write_map(before / name, MapData.from_array(values + 2, 1.5))
    alpha_carbons((12, 12, 12)).write_pdb(str(before / MODEL))
    files, models, shown, hidden = KINDS[kind]
    (before / "open_in_coot.py").write_text(coot_script(files), encoding="utf-8")
    moved = before.rename(tmp_path / "after 'x' ö")
    found = seen_in_coot(moved / "open_in_coot.py", tmp_path)
    assert "problem" not in found, found["problem"]
    assert [Path(name).name for name in found["models"]] == models
    assert found["shown"] == shown
    assert set(hidden) <= set(found["hidden"])
