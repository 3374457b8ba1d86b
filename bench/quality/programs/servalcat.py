"""Servalcat's normalised expected map, with statistics inside our mask."""

from __future__ import annotations

from pathlib import Path

from bench.quality.case_files import CaseFiles, read_map
from bench.quality.errors import ProgramMissingError
from bench.quality.programs.our_mask import write_our_mask
from bench.quality.programs.program import Program, Tools
from bench.quality.programs.run_command import require_map, run_command
from map_sharpening.maps.map_data import MapData


def _sharpen(files: CaseFiles, tools: Tools, scratch: Path) -> MapData:
    """Run `servalcat util nemap` and read its map."""
    if tools.servalcat is None:
        raise ProgramMissingError("no servalcat; install servalcat or give --servalcat")
    text = run_command(
        [
            tools.servalcat,
            *("util", "nemap"),
            *("--halfmaps", files.half_1.resolve(), files.half_2.resolve()),
            *("--resolution", str(files.case.resolution)),
            *("--mask", write_our_mask(files, scratch)),
            *("--output_prefix", "nemap"),
        ],
        scratch,
        "servalcat",
    )
    output = scratch / "nemap_normalized_fo.mrc"
    require_map(output, "servalcat", text)
    return read_map(output)


PROGRAMS = (Program("servalcat", "Servalcat nemap, our mask", _sharpen, is_cached=False),)
