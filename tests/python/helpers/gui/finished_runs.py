"""Runs as they stand in a folder once they are done, made without running them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from map_sharpening.io.maps import save_map
from map_sharpening.io.web import run_records
from map_sharpening.maps.map_data import MapData
from map_sharpening.report.results_json import SCHEMA

SHAPE = (12, 12, 12)


def blob() -> np.ndarray:
    """A ball in the middle of a box."""
    z, y, x = np.indices(SHAPE) - 5.5
    return np.exp(-(x**2 + y**2 + z**2) / 8).astype(np.float32)


def finished_run(
    root: Path,
    name: str,
    values: np.ndarray | None = None,
    *,
    words: tuple[str, ...] = (),
    voxel_size: float = 1.5,
    files: dict[str, str] | None = None,
    **more: Any,
) -> Path:
    """Write a run with its sharpened map, mask and results.json; return its folder."""
    folder = root / name
    folder.mkdir()
    values = blob() if values is None else values
    save_map(folder / "sharpened_map.ccp4", MapData.from_array(values, voxel_size))
    inside = (blob() > 0.3).astype(np.float32)
    save_map(folder / "mask.mrc", MapData.from_array(inside, voxel_size))
    for file, text in (files or {}).items():
        (folder / file).write_text(text)
    told = {
        "schema": SCHEMA,
        "kind": "half maps",
        "inputs": ["half1.mrc", "half2.mrc"],
        "outputs": ["sharpened_map.ccp4", "mask.mrc", *(files or {})],
        "parameters": {},
        "facts": [{"name": "Resolution", "value": "3.1 Å", "note": ""}],
        "notes": [],
        "warnings": [],
        "result": {"contour_level": 0.4, "resolution_angstrom": 4.0},
        **more,
    }
    (folder / "results.json").write_text(json.dumps(told))
    words = ("half_map=half1.mrc", "half_map=half2.mrc", "resolution=4", *words)
    run_records.write_record(folder, run_records.RunRecord(words, stage="started"))
    (folder / run_records.PROGRESS).write_text('{"exit":0}\n')
    (folder / run_records.LOG).write_text("")
    return folder
