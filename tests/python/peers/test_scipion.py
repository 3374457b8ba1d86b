"""The protocol for Scipion runs in a project of Scipion itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import mrcfile
import numpy as np
import pytest
from half_map_files import RESOLUTION, VOXEL_SIZE
from host_command import command_on_path
from host_python import HostPython

from map_sharpening import sharpen_half_maps
from map_sharpening.simulation.simulate import SimulatedHalfMaps

PLUGIN = Path(__file__).parents[3] / "packaging" / "scipion"
HOST = HostPython("scipion-em", "pwem", "MAP_SHARPENING_SCIPION_PYTHON")

pytestmark = [pytest.mark.peer, pytest.mark.slow, HOST.needed]

DRIVER = """
import json, os, sys
import pyworkflow
pyworkflow.Config.setDomain("pwem")
from pwem.protocols import ProtImportVolumes
from pyworkflow.project import Manager
from map_sharpening_scipion.protocols import ProtMapSharpening
half_1, half_2, step, given = *sys.argv[1:4], json.loads(sys.argv[4])
project = Manager().createProject("test")
os.chdir(project.getPath())
halves = dict(setHalfMaps=True, half1map=half_1, half2map=half_2) if half_2 else {}
read = project.newProtocol(
    ProtImportVolumes, filesPath=half_1, samplingRate=float(step), **halves
)
project.launchProtocol(read, wait=True)
made = project.newProtocol(ProtMapSharpening, inputVolume=read.outputVolume, **given)
refused = made.validate()
if not refused:
    project.launchProtocol(made, wait=True)
print("FOUND" + json.dumps({
    "refused": refused,
    "status": made.getStatus(),
    "folder": os.path.abspath(made.getWorkingDir()),
    "summary": made.summary(),
    "outputs": {
        name: [
            type(output).__name__,
            os.path.abspath(output.getFileName()),
            output.getSamplingRate(),
            output.getOrigin().getShifts(),
            len(output.getHalfMaps(asList=True)),
        ]
        for name, output in made.iterOutputAttributes()
    },
    "origin": read.outputVolume.getOrigin().getShifts(),
}))
"""


def run(folder: Path, halves: tuple[Path, Path | str], **given: float | str) -> dict[str, Any]:
    """Import half maps and sharpen them, in a project of Scipion."""
    config = folder / "home" / "config" / "hosts.conf"
    config.parent.mkdir(parents=True)
    config.write_text(
        "[localhost]\nPARALLEL_COMMAND = mpirun -np %_(JOB_NODES)d %_(COMMAND)s\n", "ascii"
    )
    programs = [str(command_on_path(folder)), str(Path(HOST.path).parent), os.environ["PATH"]]
    return HOST.found_by(
        ["-c", DRIVER, *map(str, halves), str(VOXEL_SIZE[0]), json.dumps(given)],
        folder,
        {
            "PATH": os.pathsep.join(programs),
            "PYTHONPATH": str(PLUGIN),
            "SCIPION_DOMAIN": "pwem",
            "SCIPION_HOME": str(folder / "home"),
            "SCIPION_USER_DATA": str(folder / "data"),
        },
    )


def logs(found: dict[str, Any]) -> str:
    folder = Path(found["folder"]) / "logs"
    return "\n".join((folder / f"run.std{name}").read_text() for name in ("out", "err"))


def test_half_maps_become_outputs(
    half_files: tuple[Path, Path], simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    found = run(tmp_path, half_files, resolution=RESOLUTION, otherParameters="report=False")
    assert found["status"] == "finished", logs(found)
    assert "Exception" not in logs(found)
    kinds = {name: output[0] for name, output in found["outputs"].items()}
    assert kinds == {
        "sharpenedVolume": "Volume",
        "mask": "VolumeMask",
        "localResolution": "Volume",
    }
    for _, _, step, origin, _ in found["outputs"].values():
        assert step == VOXEL_SIZE[0]
        assert origin == found["origin"]
    assert found["outputs"]["sharpenedVolume"][4] == 2
    expected = sharpen_half_maps(simulated.half_1, simulated.half_2, resolution=RESOLUTION)
    assert expected.mask is not None
    for name, values in (
        ("sharpenedVolume", expected.sharpened.values),
        ("mask", expected.mask.values),
    ):
        written = mrcfile.read(found["outputs"][name][1])
        np.testing.assert_allclose(written, values, atol=1e-4)
    assert any(line.startswith("Resolution at FSC = 0.143") for line in found["summary"])


def test_a_volume_without_half_maps_is_refused(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    found = run(tmp_path, (half_files[0], ""))
    (told,) = found["refused"]
    assert "has no half maps; import it with its half maps" in told
    assert not found["outputs"]


def test_a_refused_run_fails_the_protocol(half_files: tuple[Path, Path], tmp_path: Path) -> None:
    found = run(tmp_path, half_files, resolution=-1.0)
    assert found["status"] == "failed"
    assert "resolution" in logs(found)
    assert not found["outputs"]
