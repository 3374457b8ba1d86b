"""The jobs for the CCP-EM Pipeliner run in a project of the real pipeliner."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from blob_maps import RESOLUTION, STEP, blob_centres, blob_halves
from half_map_files import write_mrc
from host_command import command_on_path
from host_python import HostPython

TOP = Path(__file__).parents[3]
PLUGIN = TOP / "packaging" / "ccpem_pipeliner"
HOST = HostPython("ccpem-pipeliner", "pipeliner", "MAP_SHARPENING_PIPELINER_PYTHON")

pytestmark = [
    pytest.mark.peer,
    pytest.mark.slow,
    HOST.needed,
]

DRIVER = """
import json, sys
from pipeliner.api.manage_project import PipelinerProject
from pipeliner.project_graph import ProjectGraph
project = PipelinerProject(make_new_project=True)
job = project.run_job(json.loads(sys.argv[1]), run_in_foreground=True)
status = project.wait_for_job_to_finish(job, timeout=200)
with ProjectGraph(name=project.pipeline_name) as graph:
    nodes = {node.name: node.type for node in graph.node_list}
print("FOUND" + json.dumps({
    "status": status,
    "folder": job.output_dir,
    "nodes": nodes,
    "shown": [[shown.dobj_type, shown.title] for shown in job.create_results_display()],
    "metadata": job.gather_metadata(),
    "onedep": job.get_additional_onedep_files(),
}))
"""
QUICK = "report=False local_resolution_map=False"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with the plugin, and with the command on its path."""
    place = tmp_path_factory.mktemp("plugin")
    shutil.copytree(PLUGIN, place / "source")
    words = ["install", "--quiet", "--no-deps", "--target"]
    subprocess.run(
        [HOST.path, "-m", "pip", *words, str(place / "site"), str(place / "source")], check=True
    )
    path = os.pathsep.join([str(command_on_path(place)), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(place / "site")}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    halves = blob_halves()
    for i, values in enumerate(halves, 1):
        write_mrc(tmp_path / f"half{i}.mrc", values, (STEP,) * 3)
    write_mrc(tmp_path / "map.mrc", (halves[0] + halves[1]) / 2, (STEP,) * 3)
    atoms = [
        f"ATOM  {i:5}  CA  ALA A{i:4}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00 20.00           C"
        for i, (z, y, x) in enumerate(blob_centres() * STEP, 1)
    ]
    (tmp_path / "model.pdb").write_text("\n".join([*atoms, "END", ""]))
    return tmp_path


def run(job: dict[str, Any], project: Path, environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [HOST.path, "-c", DRIVER, json.dumps(job)],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    logs = [path.read_text() for path in project.glob("MapSharpening/job*/run.err")]
    assert "FOUND" in done.stdout, f"{done.stdout}\n{done.stderr}\n{logs}"
    found: dict[str, Any] = json.loads(done.stdout.split("FOUND", 1)[1].splitlines()[0])
    return found


CASES = {
    "half_maps": {
        "half_map_1": "half1.mrc",
        "half_map_2": "half2.mrc",
        "other_parameters": QUICK,
    },
    "one_map": {"full_map": "map.mrc", "resolution": RESOLUTION, "other_parameters": "b_iso=0"},
    "model": {
        "full_map": "map.mrc",
        "model": "model.pdb",
        "resolution": RESOLUTION,
        "other_parameters": "report=False",
    },
}


@pytest.mark.parametrize("kind", CASES)
def test_a_job_of_each_kind_runs(kind: str, project: Path, environment: dict[str, str]) -> None:
    label = f"map_sharpening.postprocess.{kind}"
    found = run({"_rlnJobTypeLabel": label, **CASES[kind]}, project, environment)
    assert found["status"] == "Succeeded"
    folder = found["folder"]
    assert (project / folder / "PIPELINER_JOB_EXIT_SUCCESS").is_file()
    assert found["nodes"][f"{folder}sharpened_map.mrc"].startswith("DensityMap.mrc")
    kinds = [kind_shown for kind_shown, _ in found["shown"]]
    assert "table" in kinds
    assert "pending" not in kinds
    assert ("graph" in kinds) == (kind != "one_map")
    assert ("html" in kinds) == (kind == "one_map")
    assert found["metadata"]["contour_level"] != 0
    has_mask = f"{folder}mask.mrc" in found["nodes"]
    assert has_mask == (kind != "one_map")
    assert found["onedep"] == ({f"{folder}fsc.xml": "Half-map FSC"} if kind == "half_maps" else {})
