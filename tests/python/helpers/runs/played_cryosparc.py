"""A stand-in for a CryoSPARC server; run by a Python that has cryosparc-tools, not imported.

Usage: played_cryosparc.py FOLDER PLUGIN SLOTS WORD...
FOLDER has the project, with half maps in J42; the script prints what the server then knows.
"""

from __future__ import annotations

import ast
import json
import sys
import types
from datetime import datetime, timezone
from pathlib import Path

import cryosparc.api
from cryosparc.dataset import Dataset
from cryosparc.models.event import TextEvent
from cryosparc.models.job import Job
from cryosparc.models.job_spec import Connection, Input, JobSpec, Output, OutputSlot
from cryosparc.models.resource import ResourceSpec
from cryosparc.stream import Stream
from cryosparc.tools import CryoSPARC

FOLDER, PLUGIN, SLOTS, WORDS = Path(sys.argv[1]), sys.argv[2], sys.argv[3].split(","), sys.argv[4:]
KIND = "a kind of map"  #: the plugin is to take it from the refinement
FIELDS = [("path", "O"), ("shape", "3u4"), ("psize_A", "f4")]
log: list[str] = []


def job(uid: str, kind: str, outputs: dict[str, Output]) -> Job:
    spec = JobSpec(type=kind, ui_tile_width=1, ui_tile_height=1, resource_spec=ResourceSpec())
    spec.outputs.root.update(outputs)
    now = datetime.now(timezone.utc)
    numbers = {"uid_num": int(uid[1:]), "project_uid_num": 3, "status_num": 0}
    return Job(
        uid=uid,
        project_uid="P3",
        spec=spec,
        job_dir=uid,
        job_dir_size_last_updated=now,
        build_errors=[],
        **numbers,
    )


slots = [OutputSlot(name=name, dtype=KIND) for name in SLOTS]
jobs = {
    "J42": job(
        "J42", "homo_refine_new", {"volume": Output(type="volume", title="Volume", slots=slots)}
    )
}
saved: dict[str, Dataset] = {}


class Jobs:
    """Calls of the server about jobs."""

    def find_one(self, project_uid, job_uid, /):
        return jobs[job_uid]

    def create(self, project_uid, workspace_uid, /, *, type, title, description):  # noqa: A002
        assert (project_uid, workspace_uid) == ("P3", "W1")
        return jobs.setdefault("J43", job("J43", type, {}))

    def add_external_input(self, project_uid, job_uid, input_name, /, body):
        fields = body.model_dump(include={"type", "title", "slots"})
        jobs[job_uid].spec.inputs.root[input_name] = Input(**fields)
        return jobs[job_uid]

    def add_external_output(self, project_uid, job_uid, output_name, /, body):
        fields = body.model_dump(include={"type", "title", "slots", "passthrough"})
        jobs[job_uid].spec.outputs.root[output_name] = Output(**fields)
        return jobs[job_uid]

    def connect(self, project_uid, job_uid, input_name, /, *, source_output_name, source_job_uid):
        into = jobs[job_uid].spec.inputs.root[input_name]
        kind = jobs[source_job_uid].spec.outputs.root[source_output_name].type
        made = Connection(job_uid=source_job_uid, output=source_output_name, type=kind)
        into.connections.append(made)
        return jobs[job_uid]

    def load_input(self, project_uid, job_uid, input_name, /, *, slots):
        (source,) = jobs[job_uid].spec.inputs.root[input_name].connections
        assert (source.job_uid, source.output) == ("J42", "volume")
        found = Dataset.allocate(
            1, [(f"{name}/{field}", kind) for name in slots for field, kind in FIELDS]
        )
        for name in slots:
            found[f"{name}/path"] = f">J42/{name}.mrc"
            found[f"{name}/shape"] = (56, 56, 56)
            found[f"{name}/psize_A"] = 1.5
        saved["input"] = found
        return found

    def get_output_fields(self, project_uid, job_uid, output_name, /, dtype_params):
        named = jobs[job_uid].spec.outputs.root[output_name].slots
        return [(f"{slot.name}/{field}", kind) for slot in named for field, kind in FIELDS]

    def save_output(self, project_uid, job_uid, output_name, /, dataset, *, version):
        saved[output_name] = dataset
        return jobs[job_uid]

    def mark_running(self, project_uid, job_uid, /, *, status):
        jobs[job_uid].status = status
        return jobs[job_uid]

    def mark_completed(self, project_uid, job_uid, /):
        jobs[job_uid].status = "completed"
        return jobs[job_uid]

    def mark_failed(self, project_uid, job_uid, /, *, error):
        jobs[job_uid].status = "failed"
        return jobs[job_uid]

    def add_event_log(self, project_uid, job_uid, /, text, *, type):  # noqa: A002
        log.append(text)
        return TextEvent(project_uid=project_uid, job_uid=job_uid, text=text, type=type)


class Projects:
    """Calls of the server about projects."""

    def find_one(self, project_uid, /):
        return types.SimpleNamespace(uid=project_uid)

    def download_file(self, project_uid, /, *, path):
        return Stream.load(FOLDER / path)

    def upload_file(self, project_uid, /, stream, *, overwrite, path):
        (FOLDER / path).parent.mkdir(exist_ok=True)
        stream.save(FOLDER / path)
        return path


def published() -> dict[tuple[str, str], set[str]]:
    """Return the names of the arguments of each call that cryosparc-tools publishes."""
    tree = ast.parse(Path(cryosparc.api.__file__).with_suffix(".pyi").read_text())
    return {
        (group.name, call.name): {
            given.arg for given in (*call.args.posonlyargs, *call.args.args, *call.args.kwonlyargs)
        }
        for group in tree.body
        if isinstance(group, ast.ClassDef)
        for call in group.body
        if isinstance(call, ast.FunctionDef)
    }


for played, group in ((Jobs, "JobsAPI"), (Projects, "ProjectsAPI")):
    for name, call in vars(played).items():
        if not name.startswith("_"):
            code = call.__code__
            ours = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
            assert ours <= published()[group, name], (name, ours, published()[group, name])

session = CryoSPARC.__new__(CryoSPARC)
session.api = types.SimpleNamespace(jobs=Jobs(), projects=Projects())
sys.path.insert(0, PLUGIN)
from map_sharpening_cryosparc import sharpen  # noqa: E402

error = ""
try:
    sharpen(session, "P3", "W1", "J42", WORDS)
except (ValueError, RuntimeError) as problem:
    error = str(problem)
made = jobs.get("J43")
print(
    "FOUND"
    + json.dumps(
        {
            "error": error,
            "log": log,
            "status": made and made.status,
            "slots": made
            and {
                name: [[slot.name, slot.dtype] for slot in output.slots]
                for name, output in made.spec.outputs.root.items()
            },
            "passthrough": made and made.spec.outputs.root["volume"].passthrough,
            "saved": {
                name: {field: dataset[field].tolist() for field in dataset.fields()}
                for name, dataset in saved.items()
            },
        }
    )
)
