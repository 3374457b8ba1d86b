"""map_sharpening itself, run from Python; never cached, for it is what changes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import map_sharpening
from bench.quality.case_files import CaseFiles, read_map
from bench.quality.programs.program import Program, Tools
from map_sharpening.maps.map_data import MapData


def _sharpen(
    files: CaseFiles,
    tools: Tools,
    scratch: Path,
    *,
    anisotropic: bool,
    masked: bool,
    local: bool = False,
    modified: bool = False,
    stated: bool = True,
) -> MapData:
    """Sharpen with the statistics from inside the automatic mask, or from the whole box.

    To the resolution stated, or to that which the half maps agree to, as `resolution=Auto` does.
    """
    halves = read_map(files.half_1), read_map(files.half_2)
    agreed = None if stated else map_sharpening.resolution_of_half_maps(*halves)
    result = map_sharpening.sharpen_half_maps(
        *halves,
        resolution=files.case.resolution if agreed is None else agreed.resolution,
        anisotropic=anisotropic,
        mask="auto" if masked else False,
        local_sharpen=local,
        density_modification=modified,
    )
    return result.sharpened if result.modification is None else result.modification.modified


PROGRAMS = (
    Program(
        "ours_isotropic",
        "map_sharpening, isotropic",
        partial(_sharpen, anisotropic=False, masked=True),
        is_cached=False,
    ),
    Program(
        "ours",
        "map_sharpening, anisotropic",
        partial(_sharpen, anisotropic=True, masked=True),
        is_cached=False,
    ),
    Program(
        "ours_unmasked",
        "map_sharpening, anisotropic, mask=False",
        partial(_sharpen, anisotropic=True, masked=False),
        is_cached=False,
    ),
)
LOCAL_PROGRAMS = (
    Program(
        "ours_modified",
        "map_sharpening, local, density modified",
        partial(_sharpen, anisotropic=True, masked=True, local=True, modified=True),
        is_cached=False,
    ),
    Program(
        "ours_local_isotropic",
        "map_sharpening, local, isotropic",
        partial(_sharpen, anisotropic=False, masked=True, local=True),
        is_cached=False,
    ),
    Program(
        "ours_local",
        "map_sharpening, local, anisotropic",
        partial(_sharpen, anisotropic=True, masked=True, local=True),
        is_cached=False,
    ),
    Program(
        "ours_local_auto",
        "map_sharpening, local, resolution=Auto",
        partial(_sharpen, anisotropic=True, masked=True, local=True, stated=False),
        is_cached=False,
    ),
)
