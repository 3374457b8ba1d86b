"""map_sharpening by a B factor, one full map; never cached, for it is what changes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import map_sharpening
from bench.quality.case_files import CaseFiles, read_map
from bench.quality.programs.program import Program, Tools
from map_sharpening import _core
from map_sharpening.maps.map_data import MapData

_B_ISO = range(-100, 301, 10)  #: Å², what the best is looked for among


def _sharpen(files: CaseFiles, tools: Tools, scratch: Path, **choices: Any) -> MapData:
    result = map_sharpening.sharpen_by_b_factor(
        files.mean(), resolution=files.case.resolution, **choices
    )
    return result.sharpened


def _best(files: CaseFiles, tools: Tools, scratch: Path) -> MapData:
    """Sharpen to each fall-off; keep the map closest to the truth near the atoms."""
    full_map = files.mean()
    resolution, shape = files.case.resolution, full_map.values.shape
    place = (shape, full_map.box.parameters())
    d_min = max(full_map.nyquist, 0.833 * resolution)
    coefficients = _core.forward_transform(full_map.values)
    b = _core.fit_wilson_b(coefficients, *place, resolution).b
    near = files.near_atoms()
    truth = read_map(files.truth).values[near]
    best, highest = full_map, -np.inf
    for b_iso in _B_ISO:
        trial = _core.BFactorTrial(b_sharpen=float(np.mean(b[:3])) - b_iso, d_cut=resolution)
        factors = _core.b_iso_to_d_cut_factors(trial, d_min, b)
        values = _core.make_sharpened_map(coefficients, *place, d_min, factors)
        correlation = float(np.corrcoef(values[near], truth)[0, 1])
        if correlation > highest:
            best, highest = full_map.with_values(values, f"b_iso {b_iso} Å²"), correlation
    return best


def _program(name: str, title: str, **choices: Any) -> Program:
    make_map = partial(_sharpen, **choices)
    return Program(name, f"map_sharpening, {title}", make_map, is_cached=False)


PROGRAMS = (
    _program("no_sharpening", "no sharpening: the map as it is", methods=["no_sharpening"]),
    _program("ours_b_factor", "default"),
    _program(
        "ours_adjusted_sa",
        "target adjusted_sa",
        residual_target="adjusted_sa",
        sharpening_target="adjusted_sa",
    ),
    _program(
        "ours_kurtosis",
        "target kurtosis",
        residual_target="kurtosis",
        sharpening_target="kurtosis",
    ),
    _program("ours_target_b_iso", "target_b_iso_to_d_cut", methods=["target_b_iso_to_d_cut"]),
    _program("ours_pseudo_likelihood", "pseudo_likelihood", pseudo_likelihood=True),
    Program("best_b", "Best B (knows the truth)", _best, is_cached=False),
)
