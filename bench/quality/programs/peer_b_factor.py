"""cctbx's B-factor sharpening of one full map, run in an interpreter that has cctbx."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench.quality.case_files import CaseFiles, read_map, write_map
from bench.quality.errors import ProgramMissingError
from bench.quality.programs.program import Program, Tools
from bench.quality.programs.run_command import require_map, run_command
from map_sharpening.maps.map_data import MapData

_SCRIPT = Path(__file__).parent / "cctbx" / "peer_b_factor_script.py"


def _sharpen(files: CaseFiles, tools: Tools, scratch: Path, *, whole: bool) -> MapData:
    """Run the script in the other interpreter and read its map."""
    if tools.peer_python is None:
        raise ProgramMissingError("no Python with cctbx; give --peer-python")
    full_map, output = scratch / "full_map.mrc", scratch / "peer.mrc"
    write_map(full_map, files.mean())
    command: list[str | Path] = [
        *(tools.peer_python, _SCRIPT, full_map.name, output.name, str(files.case.resolution)),
        *(["--whole"] if whole else []),
    ]
    text = run_command(command, scratch, "the peer")
    require_map(output, "the peer", text)
    return read_map(output)


def _program(name: str, title: str, *, whole: bool) -> Program:
    make_map = partial(_sharpen, whole=whole)
    return Program(name, title, make_map, {"whole": whole}, is_slow=True)


PROGRAMS = (
    _program("peer_b_factor", "cctbx, default: scored in a box", whole=False),
    _program("peer_b_factor_whole", "cctbx, scored on the whole map", whole=True),
)
