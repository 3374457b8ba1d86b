"""cctbx's half-map sharpening, run in an interpreter that has cctbx."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench.quality.case_files import CaseFiles, read_map
from bench.quality.errors import ProgramMissingError
from bench.quality.programs.program import Program, Tools
from bench.quality.programs.run_command import require_map, run_command
from map_sharpening.maps.map_data import MapData

_SCRIPT = Path(__file__).parent / "cctbx" / "peer_script.py"


def _sharpen(
    files: CaseFiles,
    tools: Tools,
    scratch: Path,
    *,
    anisotropic: bool,
    local: bool,
    n_boxes: int | None,
) -> MapData:
    """Run the script in the other interpreter and read its map."""
    if tools.peer_python is None:
        raise ProgramMissingError("no Python with cctbx; give --peer-python")
    output = scratch / "peer.mrc"
    command: list[str | Path] = [
        tools.peer_python,
        _SCRIPT,
        files.half_1.resolve(),
        files.half_2.resolve(),
        output,
        str(files.case.resolution),
    ]
    command += ["--anisotropic"] if anisotropic else []
    command += ["--local"] if local else []
    command += ["--n-boxes", str(n_boxes)] if n_boxes is not None else []
    text = run_command(command, scratch, "the peer")
    require_map(output, "the peer", text)
    return read_map(output)


def _program(
    name: str, title: str, *, anisotropic: bool, local: bool = False, n_boxes: int | None = None
) -> Program:
    settings = {"anisotropic": anisotropic, "local": local, "n_boxes": n_boxes}
    make_map = partial(_sharpen, anisotropic=anisotropic, local=local, n_boxes=n_boxes)
    return Program(name, title, make_map, settings, is_slow=True)


PROGRAMS = (
    _program("peer_isotropic", "cctbx, isotropic", anisotropic=False),
    _program("peer", "cctbx, anisotropic", anisotropic=True),
)
LOCAL_PROGRAMS = (
    _program(
        "peer_local_27",
        "cctbx, local isotropic, 27 boxes",
        anisotropic=False,
        local=True,
        n_boxes=27,
    ),
    _program("peer_local", "cctbx, local isotropic", anisotropic=False, local=True),
)
