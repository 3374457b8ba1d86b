"""RELION's post-processing with automatic B factor, inside our mask or the atoms' own."""

from __future__ import annotations

from pathlib import Path

from bench.quality.case_files import CaseFiles, read_map
from bench.quality.our_mask import write_our_mask
from bench.quality.program import Program, ProgramMissingError, Tools
from bench.quality.run_command import require_map, run_command
from map_sharpening.map_data import MapData


def _sharpen_in_our_mask(files: CaseFiles, tools: Tools, scratch: Path) -> MapData:
    return _sharpen(files, tools, scratch, write_our_mask(files, scratch))


def _sharpen_in_atom_mask(files: CaseFiles, tools: Tools, scratch: Path) -> MapData:
    return _sharpen(files, tools, scratch, files.soft_mask.resolve())


def _sharpen(files: CaseFiles, tools: Tools, scratch: Path, mask: Path) -> MapData:
    """Run relion_postprocess and read the map it sharpened over the whole box."""
    if tools.relion is None:
        raise ProgramMissingError("no relion_postprocess; install relion or give --relion")
    text = run_command(
        [
            tools.relion,
            *("--i", files.half_1.resolve()),
            *("--i2", files.half_2.resolve()),
            *("--mask", mask),
            *("--angpix", str(files.case.voxel_size)),
            *("--auto_bfac", "--autob_lowres", "10"),
            *("--o", "./relion"),
        ],
        scratch,
        "relion_postprocess",
    )
    output = scratch / "relion.mrc"
    require_map(output, "relion_postprocess", text)
    return read_map(output)


PROGRAMS = (
    Program("relion", "RELION postprocess, our mask", _sharpen_in_our_mask, is_cached=False),
    Program(
        "relion_atom_mask",
        "RELION postprocess, mask from the true atoms",
        _sharpen_in_atom_mask,
        {"autob_lowres": 10},
    ),
)
