"""map_sharpening by shells with a model; never cached, for it is what changes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import map_sharpening
from bench.quality.case_files import CaseFiles, read_map
from bench.quality.model_files import MODEL_ERRORS, ModelError, given_model
from bench.quality.programs.program import Program, Tools
from map_sharpening.maps.map_data import MapData


def _sharpen(
    files: CaseFiles,
    tools: Tools,
    scratch: Path,
    *,
    error: ModelError,
    anisotropic: bool,
    with_halves: bool = False,
    whole_box: bool = False,
    local: bool = False,
) -> MapData:
    halves = (read_map(files.half_1), read_map(files.half_2)) if with_halves else None
    result = map_sharpening.sharpen_by_model(
        None if with_halves else files.mean(),
        given_model(files, error),
        half_maps=halves,
        resolution=files.case.resolution,
        mask=False if whole_box else None,
        anisotropic=anisotropic,
        sharpen_half_maps=False,
        local_sharpen=local,
    )
    return result.sharpened


def _programs(name: str, title: str, **choices: bool) -> list[Program]:
    return [
        Program(
            f"{name}_{error.name}",
            title,
            partial(_sharpen, error=error, **choices),
            is_cached=False,
        )
        for error in MODEL_ERRORS
    ]


PROGRAMS = (
    *_programs("ours_model_isotropic", "isotropic", anisotropic=False),
    *_programs("ours_model", "anisotropic", anisotropic=True),
    *_programs("ours_model_halves", "and half maps", anisotropic=True, with_halves=True),
    *_programs("ours_model_whole", "mask=False", anisotropic=True, whole_box=True),
    *_programs("ours_model_local", "local", anisotropic=True, local=True),
)
