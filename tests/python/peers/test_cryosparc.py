"""The external job of CryoSPARC, by cryosparc-tools itself and a stand-in for its server."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
import pytest
from half_map_files import RESOLUTION
from host_command import command_on_path
from host_python import HostPython

from map_sharpening import sharpen_half_maps
from map_sharpening.simulation.simulate import SimulatedHalfMaps

TOP = Path(__file__).parents[3]
PLAYED = TOP / "tests" / "python" / "helpers" / "runs" / "played_cryosparc.py"
HOST = HostPython("cryosparc-tools", "cryosparc.tools", "MAP_SHARPENING_CRYOSPARC_PYTHON")
SLOTS = "map,map_sharp,map_half_A,map_half_B,mask_refine"

pytestmark = [pytest.mark.peer, pytest.mark.slow, HOST.needed]


@pytest.fixture
def project(half_files: tuple[Path, Path], tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "J42").mkdir(parents=True)
    for path, letter in zip(half_files, "AB", strict=True):
        shutil.copy(path, folder / "J42" / f"map_half_{letter}.mrc")
    return folder


def run(project: Path, *words: str, slots: str = SLOTS) -> dict[str, Any]:
    path = os.pathsep.join([str(command_on_path(project.parent)), os.environ["PATH"]])
    plugin = str(TOP / "packaging" / "cryosparc")
    return HOST.found_by(
        [str(PLAYED), str(project), plugin, slots, *words], project, {"PATH": path}
    )


def test_half_maps_of_a_refinement_become_outputs(
    project: Path, simulated: SimulatedHalfMaps
) -> None:
    found = run(project, f"resolution={RESOLUTION}", "nproc=1")
    assert found["error"] == ""
    assert found["status"] == "completed"
    kind = "a kind of map"
    assert found["slots"] == {
        "volume": [["map_sharp", kind]],
        "mask": [["mask", kind]],
        "local_resolution": [["map", kind]],
    }
    assert found["passthrough"] == "refined"
    saved = found["saved"]
    assert saved["volume"]["uid"] == saved["input"]["uid"]
    assert saved["volume"]["map_sharp/shape"] == [[56, 56, 56]]
    assert saved["volume"]["map_sharp/psize_A"] == [1.5]
    expected = sharpen_half_maps(simulated.half_1, simulated.half_2, resolution=RESOLUTION)
    assert expected.mask is not None
    for output, slot, values in (
        ("volume", "map_sharp", expected.sharpened.values),
        ("mask", "mask", expected.mask.values),
    ):
        (path,) = saved[output][f"{slot}/path"]
        np.testing.assert_allclose(mrcfile.read(project / path), values, atol=1e-4)
    (local,) = saved["local_resolution"]["map/path"]
    assert RESOLUTION / 2 < mrcfile.read(project / local).min() < 2 * RESOLUTION
    assert (project / "J43" / "report.html").is_file()


def test_a_refused_run_fails_the_job(project: Path) -> None:
    found = run(project, "resolution=-1")
    assert "exited with status 2" in found["error"]
    assert found["status"] == "failed"
    assert any("resolution" in line and "-1" in line for line in found["log"][3:])
    assert set(found["saved"]) == {"input"}


def test_a_job_without_half_maps_is_refused_before_anything_is_made(project: Path) -> None:
    found = run(project, slots="map,map_sharp")
    assert found["error"] == (
        "output volume of J42 has map, map_sharp; expected map_half_A and map_half_B; give a "
        "refinement and its output of volumes"
    )
    assert found["status"] is None
