"""What a program in the comparison is: a name, and a function from half maps to a map."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.quality.case_files import CaseFiles
from map_sharpening.maps.map_data import MapData


@dataclass(frozen=True)
class Tools:
    """Where the other programs are; None where they aren't."""

    peer_python: str | None  #: a Python interpreter that can import iotbx
    relion: str | None  #: relion_postprocess
    servalcat: str | None
    emda: str | None
    occupy_python: str | None  #: a Python interpreter that can import occupy_lib


@dataclass(frozen=True)
class Program:
    """One column of the comparison."""

    name: str  #: short, for --only and file names
    title: str  #: for the table
    make_map: Callable[[CaseFiles, Tools, Path], MapData]  #: the path is an empty folder to use
    settings: Mapping[str, object] = field(default_factory=dict)  #: all that changes its map
    is_cached: bool = True
    is_slow: bool = False  #: takes a while; run after all others

    @property
    def key(self) -> str:
        """Return a name that changes with the settings."""
        text = json.dumps(self.settings, sort_keys=True, default=str)
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
