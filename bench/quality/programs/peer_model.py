"""cctbx's sharpening of one map by a model, run in an interpreter that has cctbx."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench.quality.case_files import CaseFiles, read_map, write_map
from bench.quality.errors import ProgramMissingError
from bench.quality.model_files import MODEL_ERRORS, ModelError, given_model, write_model
from bench.quality.programs.program import Program, Tools
from bench.quality.programs.run_command import require_map, run_command
from map_sharpening.maps.map_data import MapData

_SCRIPT = Path(__file__).parent / "cctbx" / "peer_model_script.py"


def _sharpen(
    files: CaseFiles,
    tools: Tools,
    scratch: Path,
    *,
    error: ModelError,
    anisotropic: bool,
    local: bool,
) -> MapData:
    """Run the script in the other interpreter and read its map."""
    if tools.peer_python is None:
        raise ProgramMissingError("no Python with cctbx; give --peer-python")
    full_map, model, output = (scratch / name for name in ("full.mrc", "model.cif", "peer.mrc"))
    write_map(full_map, files.mean())
    write_model(model, given_model(files, error))
    command: list[str | Path] = [tools.peer_python, _SCRIPT, full_map, model, output]
    command += [str(files.case.resolution), *(["--anisotropic"] if anisotropic else [])]
    command += ["--local"] if local else []
    text = run_command(command, scratch, "the peer")
    require_map(output, "the peer", text)
    return read_map(output)


def _programs(
    name: str, title: str, *, anisotropic: bool = False, local: bool = False
) -> list[Program]:
    choices = {"anisotropic": anisotropic, "local": local}
    return [
        Program(
            f"{name}_{error.name}",
            title,
            partial(_sharpen, error=error, **choices),
            {"rmsd": error.rmsd, "share": error.share, **choices},
            is_slow=True,
        )
        for error in MODEL_ERRORS
    ]


PROGRAMS = (
    *_programs("peer_model_isotropic", "cctbx, isotropic"),
    *_programs("peer_model", "cctbx, anisotropic", anisotropic=True),
    *_programs("peer_model_local", "cctbx, local isotropic", local=True),
)
