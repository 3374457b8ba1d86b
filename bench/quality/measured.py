"""Measure the maps that programs made of a case against its true model."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.quality.case_files import CaseFiles, read_map, write_text
from bench.quality.case_model import write_case_model
from bench.quality.measures.all_measures import TrueModel
from bench.quality.measures.measures_json import with_nan, with_null
from bench.quality.programs.program import Program, Tools
from bench.quality.programs.run_command import require_map, run_command
from bench.quality.scores import kept_map

_PEER_SCRIPT = Path(__file__).parent / "programs" / "cctbx" / "measures_script.py"
Measured = dict[str, float]


def measured(files: CaseFiles, programs: Sequence[Program], tools: Tools) -> dict[str, Measured]:
    """Return the measures of each program's map that is kept, by the program's name.

    Those of cctbx are among them if there is an interpreter that has it. What was measured
    already is taken from the cache while the map and the model stay the same.
    """
    found: dict[str, Measured] = {}
    model: TrueModel | None = None
    model_file = write_case_model(files)
    for program in programs:
        map_file = kept_map(program, files)
        if not map_file.is_file():
            continue
        map_data = read_map(map_file)
        ours = map_file.with_suffix(".measures.json")
        if not _is_newer(ours, map_file, model_file):
            if model is None:
                model = TrueModel(model_file, map_data, files.case.resolution)
            made = with_null(model.measures(map_data))
            write_text(ours, json.dumps(made, indent=1, allow_nan=False))
        values: Measured = with_nan(json.loads(ours.read_text(encoding="utf-8")))
        if tools.peer_python is not None:
            theirs = map_file.with_suffix(".cctbx.json")
            if not _is_newer(theirs, map_file, model_file):
                write_text(theirs, _by_cctbx(tools.peer_python, map_file, model_file, files))
            values |= json.loads(theirs.read_text(encoding="utf-8"))
        found[program.name] = values
    return found


def _by_cctbx(python: str, map_file: Path, model: Path, files: CaseFiles) -> str:
    with tempfile.TemporaryDirectory(prefix="quality-") as folder:
        output = Path(folder) / "measures.json"
        resolution = str(files.case.resolution)
        words = [python, _PEER_SCRIPT, map_file.resolve(), model.resolve(), resolution, output]
        require_map(output, "cctbx", run_command(words, Path(folder), "cctbx"))
        return output.read_text(encoding="utf-8")


def _is_newer(file: Path, *others: Path) -> bool:
    if not file.is_file():
        return False
    return all(file.stat().st_mtime_ns > other.stat().st_mtime_ns for other in others)
