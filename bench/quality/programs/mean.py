"""The plain mean of the half maps: where every program starts."""

from __future__ import annotations

from pathlib import Path

from bench.quality.case_files import CaseFiles
from bench.quality.programs.program import Program, Tools
from map_sharpening.maps.map_data import MapData


def _mean(files: CaseFiles, tools: Tools, scratch: Path) -> MapData:
    """Return the mean of the half maps."""
    return files.mean()


PROGRAMS = (Program("mean", "Mean of the halves", _mean),)
