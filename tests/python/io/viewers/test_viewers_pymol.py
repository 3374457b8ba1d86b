"""PyMOL itself runs the scripts of every kind of run, in folders that were moved."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import gemmi
import numpy as np
import pytest
from alpha_carbons import alpha_carbons
from matplotlib.image import imread

from map_sharpening.io.maps import write_map
from map_sharpening.io.viewers import ViewerFiles, pymol_script
from map_sharpening.maps.map_data import MapData

# Debian's starts the python3 on PATH, which must be Debian's too.
_PATH = "/usr/bin:/usr/local/bin:/bin"
_PYMOL = shutil.which("pymol", path=_PATH)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        _PYMOL is None, reason="PyMOL is not installed (Debian: apt install pymol)"
    ),
]

SHARPENED = "out#1 'q' \"d\" é;.ccp4"
MAPS = ("a b.mrc", "b;c.mrc", "local.mrc", "b ü.mrc", "mod'1.ccp4", SHARPENED)
MODEL = "model '1'.pdb"
PLAIN = ViewerFiles(SHARPENED, 3.0)
ONE_MAP = replace(PLAIN, input_maps=MAPS[:1], input_level=3.1)
HALF_MAPS = replace(
    PLAIN,
    input_maps=MAPS[:2],
    local_resolution=MAPS[2],
    local_resolution_range=(2.0, 4.0),
    model=MODEL,
    modified=MAPS[4],
    modified_level=2.5,
)
LOCAL_B = replace(ONE_MAP, local_b=MAPS[3], local_b_range=(-20.0, 40.0))
CRYSTAL = replace(ONE_MAP, coefficients="c.mtz", model=MODEL)
OBJECTS = {
    "half maps": (
        HALF_MAPS,
        "input_map sharpened local_resolution input_model modified modified_surface "
        "sharpened_surface local_resolution_ramp",
    ),
    "one map": (ONE_MAP, "input_map sharpened input_surface sharpened_surface"),
    "local B": (
        LOCAL_B,
        "input_map sharpened local_b input_surface sharpened_surface local_b_ramp",
    ),
    "crystal": (
        CRYSTAL,
        "input_map sharpened input_model input_surface sharpened_mesh",
    ),
    "no input": (PLAIN, "sharpened sharpened_surface"),
}


@pytest.mark.parametrize("kind", OBJECTS)
def test_pymol_makes_all_objects(kind: str, tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    values = np.zeros((24, 24, 24), np.float32)
    values[8:16, 8:16, 8:16] = 2
    for name in MAPS:
        write_map(before / name, MapData.from_array(values + 2, 1.5))
    alpha_carbons((12, 12, 12)).write_pdb(str(before / MODEL))
    files, names = OBJECTS[kind]
    expected = names.split()
    (before / "open.pml").write_text(pymol_script(files), encoding="utf-8")
    moved = before.rename(tmp_path / "after 'x' ö")
    picture = tmp_path / "picture.png"
    assert _PYMOL is not None
    shown = "print(cmd.get_names(enabled_only=1)); print(cmd.get_names())"
    drawn = f"disable input_model; png {picture}, width=120, height=120, ray=1"
    done = subprocess.run(
        [_PYMOL, "-cq", str(moved / "open.pml"), "-d", f"{shown}; {drawn}"],
        cwd=tmp_path,
        env={**os.environ, "PATH": _PATH},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    told = done.stdout + done.stderr
    assert "Error" not in told, told
    assert str(expected) in told, told
    for hidden in {"input_surface", "modified_surface"} & set(expected):
        enabled = next(line for line in told.splitlines() if line.startswith("["))
        assert hidden not in enabled
    # The surface is in the middle of the picture, on black.
    assert (imread(picture)[40:80, 40:80, :3].max(axis=2) > 0.1).mean() > 0.03


def test_the_map_of_a_crystal_goes_on_round_a_model_outside_its_cell(tmp_path: Path) -> None:
    values = np.zeros((24, 24, 24), np.float32)
    values[8:16, 8:16, 8:16] = 2
    cell = MapData.from_array(values, 1.5)
    position = replace(cell.position, space_group=19)
    write_map(tmp_path / "out.ccp4", replace(cell, position=position))
    structure = alpha_carbons((12, 12, 12))
    for chain in structure[0]:
        for residue in chain:
            residue[0].pos = gemmi.Position(36 + 12, 18, 18)  # at a ball of the next cell
    structure.write_pdb(str(tmp_path / MODEL))
    files = ViewerFiles("out.ccp4", 1.0, coefficients="c.mtz", model=MODEL)
    (tmp_path / "open.pml").write_text(pymol_script(files), encoding="utf-8")
    picture = tmp_path / "picture.png"
    assert _PYMOL is not None
    look = "disable input_model; zoom input_model, 9; turn y, 50"
    drawn = f"{look}; png {picture}, width=120, height=120, ray=1"
    subprocess.run(
        [_PYMOL, "-cq", str(tmp_path / "open.pml"), "-d", drawn],
        env={**os.environ, "PATH": _PATH},
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert (imread(picture)[..., :3].max(axis=2) > 0.1).mean() > 0.003
