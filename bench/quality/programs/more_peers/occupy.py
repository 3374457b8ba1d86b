"""OccuPy's amplification of weak parts, of RELION's sharpened map: it doesn't sharpen itself."""

from __future__ import annotations

from pathlib import Path

from bench.quality.case_files import CaseFiles, read_map, write_map
from bench.quality.errors import ProgramMissingError
from bench.quality.programs.program import Program, Tools
from bench.quality.programs.relion import sharpen_in_our_mask
from bench.quality.programs.run_command import require_map, run_command
from map_sharpening.maps.map_data import MapData

_SCRIPT = Path(__file__).parent / "occupy_script.py"
_GAMMA = 2.0  #: the output is the map at full occupancy times its local scale to 1/gamma


def _amplify(files: CaseFiles, tools: Tools, scratch: Path) -> MapData:
    """Sharpen by RELION, run OccuPy on that, and read the map it amplified."""
    if tools.occupy_python is None:
        raise ProgramMissingError("no Python with OccuPy; give --occupy-python")
    sharpened = scratch / "sharpened.mrc"
    write_map(sharpened, sharpen_in_our_mask(files, tools, scratch))
    text = run_command(
        [
            *(tools.occupy_python, _SCRIPT),
            *("--input-map", sharpened.name),
            *("--amplify", str(_GAMMA)),
            "--no-chimerax",
        ],
        scratch,
        "OccuPy",
    )
    output = scratch / f"ampl_{_GAMMA:.1f}_{sharpened.name}"
    require_map(output, "OccuPy", text)
    return read_map(output)


PROGRAMS = (
    Program(
        "occupy",
        "RELION postprocess, our mask, then OccuPy",
        _amplify,
        {"amplify": _GAMMA},
        is_cached=False,
    ),
)
