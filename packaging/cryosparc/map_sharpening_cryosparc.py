"""map_sharpening as an external job of CryoSPARC: from half maps to a sharpened map."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cryosparc.controllers.job import ExternalJobController
from cryosparc.dataset import Dataset
from cryosparc.tools import CryoSPARC

_HALVES = ("map_half_A", "map_half_B")
_INPUT = "refined"
_MAP, _MASK, _LOCAL = "sharpened_map.mrc", "mask.mrc", "local_resolution_map.mrc"


def sharpen(
    cryosparc: CryoSPARC,
    project_uid: str,
    workspace_uid: str,
    source_uid: str,
    words: Sequence[str] = (),
    *,
    output: str = "volume",
) -> str:
    """Sharpen the half maps of a refinement in a new external job, and return its uid.

    Parameters
    ----------
    cryosparc : CryoSPARC
        A session.
    project_uid, workspace_uid : str
        Where the job is made, such as P3 and W1.
    source_uid, output : str
        The refinement, such as J42, and the output of it that has the half maps.
    words : sequence of str
        Of map_sharpening's command line, such as resolution=3.1.

    Raises
    ------
    ValueError
        If the output has no half maps.
    RuntimeError
        If map_sharpening ends with an error, which is in the job's log.
    """
    project = cryosparc.find_project(project_uid)
    source = project.find_job(source_uid)
    given = source.outputs[output].slots if output in source.outputs else []
    kinds = {slot.name: slot.dtype for slot in given}
    if not set(_HALVES) <= set(kinds):
        raise ValueError(
            f"output {output} of {source_uid} has {', '.join(kinds) or 'nothing'}; expected "
            f"{' and '.join(_HALVES)}; give a refinement and its output of volumes"
        )
    job = project.create_external_job(workspace_uid, title="map_sharpening")
    halves = [{"name": name, "dtype": kinds[name], "required": True} for name in _HALVES]
    job.connect(_INPUT, source_uid, output, slots=halves)
    sharpened = {"name": "map_sharp", "dtype": kinds[_HALVES[0]]}
    job.add_output("volume", "volume", [sharpened], passthrough=_INPUT, title="Sharpened map")
    with job.run(), TemporaryDirectory() as folder:
        volume = job.load_input(_INPUT, slots=list(_HALVES))
        files = []
        for name in _HALVES:
            files.append(f"{folder}/{name}.mrc")
            project.download_file(str(volume[f"{name}/path"][0]).removeprefix(">"), files[-1])
        results = Path(folder) / "results"
        places = [f"output.output_directory={results}", f"output.sharpened_map_file={_MAP}"]
        halves_of_run = [f"half_map={file}" for file in files]
        job.subprocess(
            ["map_sharpening", *halves_of_run, *words, *places, "--progress", "none"], cwd=folder
        )
        for path in sorted(results.iterdir()):
            job.upload(path.name, path)
        _save(job, "volume", "map_sharp", _MAP, volume, volume)
        if (results / _MASK).is_file() and "mask_refine" in kinds:
            mask = {"name": "mask", "dtype": kinds["mask_refine"]}
            job.add_output("mask", "mask", [mask], title="Mask of the statistics")
            _save(job, "mask", "mask", _MASK, volume, 1)
        if (results / _LOCAL).is_file():
            local = {"name": "map", "dtype": kinds[_HALVES[0]]}
            job.add_output("volume", "local_resolution", [local], title="Local resolution (Å)")
            _save(job, "local_resolution", "map", _LOCAL, volume, 1)
    return job.uid


def _save(
    job: ExternalJobController,
    output: str,
    slot: str,
    name: str,
    volume: Dataset,
    rows: Dataset | int,
) -> None:
    """Save a file of the job as an output on the grid of the half maps."""
    saved = job.alloc_output(output, rows)
    saved[f"{slot}/path"] = f"{job.uid}/{name}"
    for field in ("shape", "psize_A"):
        saved[f"{slot}/{field}"] = volume[f"{_HALVES[0]}/{field}"][0]
    job.save_output(output, saved)


def main() -> None:
    """Run as a command; the session is that of `python -m cryosparc.tools login`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", help="such as P3")
    parser.add_argument("workspace", help="such as W1")
    parser.add_argument("job", help="a refinement, such as J42")
    parser.add_argument("words", nargs="*", help="for map_sharpening, such as resolution=3.1")
    parser.add_argument("--output", default="volume", help="output of the job (default: volume)")
    given = parser.parse_args()
    where = (given.project, given.workspace, given.job)
    print(sharpen(CryoSPARC(), *where, given.words, output=given.output))


if __name__ == "__main__":
    main()
