"""The mask that our program makes by itself, as a file for programs that want one."""

from __future__ import annotations

from pathlib import Path

import map_sharpening
from bench.quality.case_files import CaseFiles, read_map
from map_sharpening.io.maps import write_map


def write_our_mask(files: CaseFiles, scratch: Path) -> Path:
    """Write the automatic mask of a case's half maps to a folder; return its path."""
    result = map_sharpening.sharpen_half_maps(
        read_map(files.half_1),
        read_map(files.half_2),
        resolution=files.case.resolution,
        sharpen_all_maps=False,
    )
    assert result.mask is not None, "an automatic mask was asked for"
    path = scratch.resolve() / "our_mask.mrc"
    write_map(path, result.mask)
    return path
