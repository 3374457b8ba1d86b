"""EMDA's best map: normalised by shells or around each term, weighted by the FSC, in our mask."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench.quality.case_files import CaseFiles, read_map
from bench.quality.errors import ProgramMissingError
from bench.quality.programs.our_mask import write_our_mask
from bench.quality.programs.program import Program, Tools
from bench.quality.programs.run_command import require_map, run_command
from map_sharpening.maps.map_data import MapData

_SHELLS, _AROUND_EACH_TERM = "1", "2"  #: what EMDA's option --mod calls its two kinds of FSC


def _sharpen(files: CaseFiles, tools: Tools, scratch: Path, *, kind: str) -> MapData:
    """Run `emda bestmap` and read its map, which is zero outside the mask."""
    if tools.emda is None:
        raise ProgramMissingError("no emda; install emda or give --emda")
    output = scratch / "bestmap.mrc"
    text = run_command(
        [
            tools.emda,
            "bestmap",
            *("--h1", files.half_1.resolve()),
            *("--h2", files.half_2.resolve()),
            *("--msk", write_our_mask(files, scratch)),
            *("--mod", kind),
            *("--out", output.name),
        ],
        scratch,
        "emda",
    )
    require_map(output, "emda", text)
    return read_map(output)


PROGRAMS = (
    Program(
        "emda",
        "EMDA best map, by shells, our mask",
        partial(_sharpen, kind=_SHELLS),
        is_cached=False,
    ),
    Program(
        "emda_anisotropic",
        "EMDA best map, around each term, our mask",
        partial(_sharpen, kind=_AROUND_EACH_TERM),
        is_cached=False,
    ),
)
