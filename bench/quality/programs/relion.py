"""RELION's post-processing with automatic B factor, inside our mask or the atoms' own."""

from __future__ import annotations

import re
from pathlib import Path

from bench.quality.case_files import CaseFiles, read_map
from bench.quality.errors import ProgramFailedError, ProgramMissingError
from bench.quality.programs.our_mask import write_our_mask
from bench.quality.programs.program import Program, Tools
from bench.quality.programs.run_command import require_map, run_command
from map_sharpening.maps.map_data import MapData

_B_FACTOR = re.compile(r"_rlnBfactorUsedForSharpening\s+(\S+)")


def sharpen_in_our_mask(files: CaseFiles, tools: Tools, scratch: Path) -> MapData:
    """Run relion_postprocess in our mask and read the map it sharpened over the whole box."""
    return _sharpen(files, tools, scratch, write_our_mask(files, scratch))


def _sharpen_in_atom_mask(files: CaseFiles, tools: Tools, scratch: Path) -> MapData:
    return _sharpen(files, tools, scratch, files.soft_mask.resolve())


def _sharpen(files: CaseFiles, tools: Tools, scratch: Path, mask: Path) -> MapData:
    """Run relion_postprocess and read the map it sharpened over the whole box."""
    _postprocess(files, tools, scratch, mask)
    return read_map(scratch / "relion.mrc")


def _filter_locally(files: CaseFiles, tools: Tools, scratch: Path) -> MapData:
    """Find the B factor, then filter by local resolution with it, as RELION's users do."""
    mask = files.soft_mask.resolve()
    _postprocess(files, tools, scratch, mask)
    found = _B_FACTOR.search((scratch / "relion.star").read_text(encoding="utf-8"))
    if found is None:
        raise ProgramFailedError("relion.star does not tell the B factor of sharpening")
    b_factor = ("--adhoc_bfac", found.group(1))
    text = _run(files, tools, scratch, mask, ("--locres", *b_factor))
    output = scratch / "relion_locres_filtered.mrc"
    require_map(output, "relion_postprocess --locres", text)
    return read_map(output)


def _postprocess(files: CaseFiles, tools: Tools, scratch: Path, mask: Path) -> None:
    text = _run(files, tools, scratch, mask, ("--auto_bfac", "--autob_lowres", "10"))
    require_map(scratch / "relion.mrc", "relion_postprocess", text)


def _run(
    files: CaseFiles, tools: Tools, scratch: Path, mask: Path, choices: tuple[str, ...]
) -> str:
    if tools.relion is None:
        raise ProgramMissingError("no relion_postprocess; install relion or give --relion")
    return run_command(
        [
            tools.relion,
            *("--i", files.half_1.resolve()),
            *("--i2", files.half_2.resolve()),
            *("--mask", mask),
            *("--angpix", str(files.case.voxel_size)),
            *choices,
            *("--o", "./relion"),
        ],
        scratch,
        "relion_postprocess",
    )


PROGRAMS = (
    Program("relion", "RELION postprocess, our mask", sharpen_in_our_mask, is_cached=False),
    Program(
        "relion_atom_mask",
        "RELION postprocess, mask from the true atoms",
        _sharpen_in_atom_mask,
        {"autob_lowres": 10},
    ),
)
LOCAL_PROGRAMS = (
    Program(
        "relion_local",
        "RELION local resolution filter, mask from the true atoms",
        _filter_locally,
        {"autob_lowres": 10, "sampling": 25},
        is_slow=True,
    ),
)
