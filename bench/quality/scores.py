"""Run a program on a case and score its map; slow programs are run once and remembered."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.quality.case_files import CaseFiles, read_map, write_map, write_text
from bench.quality.errors import ProgramFailedError, ProgramMissingError
from bench.quality.programs.program import Program, Tools
from map_sharpening.errors import MapSharpeningError
from map_sharpening.simulation.quality import TruthCorrelations, correlations


@dataclass(frozen=True)
class Score:
    """What one program reached on one case, or why it has no map."""

    correlations: TruthCorrelations | None
    seconds: float  #: wall time when it was run, other load included
    why_missing: str = ""
    has_failed: bool = False  #: it is installed, but stopped with an error or made no map


def kept_map(program: Program, files: CaseFiles) -> Path:
    """Return where a program's map of a case is kept, once it was scored."""
    return files.folder / "results" / f"{program.key}.mrc"


def score(program: Program, files: CaseFiles, tools: Tools) -> Score:
    """Return a program's score on a case, from the cache if it is there."""
    kept = kept_map(program, files).with_suffix(".json")
    if program.is_cached and kept.is_file():
        found = json.loads(kept.read_text(encoding="utf-8"))
        return Score(TruthCorrelations(**found["correlations"]), found["seconds"])
    start = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory(prefix="quality-") as scratch:
            made = program.make_map(files, tools, Path(scratch))
    except ProgramMissingError as error:
        return Score(None, 0.0, str(error))
    except (ProgramFailedError, MapSharpeningError) as error:
        return Score(None, 0.0, str(error), has_failed=True)
    seconds = time.perf_counter() - start
    found_correlations = correlations(made, read_map(files.truth), files.near_atoms(), files.d_min)
    kept.parent.mkdir(exist_ok=True)
    write_map(kept.with_suffix(".mrc"), made)
    record = {"correlations": asdict(found_correlations), "seconds": seconds}
    write_text(kept, json.dumps(record, indent=1))
    return Score(found_correlations, seconds)
