"""A bug inside a method is told from a user's mistake: a traceback, and exit status 1."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from model_files import write_model

# Plants an error of numpy where the method calls a function, and runs the command line.
PROGRAM = """
import importlib, sys
import numpy as np
from map_sharpening import cli
module, name, *words = sys.argv[1:]
def broken(*args, **kwargs):
    return np.zeros(3) + np.zeros(4)
here = importlib.import_module("map_sharpening.methods." + module)
getattr(here, name)
setattr(here, name, broken)
raise SystemExit(cli.main(words))
"""


@dataclass(frozen=True)
class Planted:
    module: str
    name: str
    words: tuple[str, ...]


HALVES = ("half1.mrc", "half2.mrc", "resolution=4")
ONE = ("full_map=half1.mrc", "resolution=4")
BUGS = {
    "half maps": Planted("half_maps.sharpen", "contiguous", HALVES),
    "what half maps give": Planted("half_maps.from_core", "directional_scale", HALVES),
    "local resolution": Planted("local_resolution.measure", "contiguous", HALVES),
    "model": Planted(
        "model.sharpen", "model_result", (*ONE, "model=model.cif", "model_sharpen=True")
    ),
    "B factor": Planted("b_factor.spectrum", "contiguous", ONE),
    "external map": Planted(
        "shared.shell_scaling", "amplitude_ratio", (*ONE, "external_map_file=half2.mrc")
    ),
}


@pytest.mark.parametrize(
    "which",
    [
        which if which == "half maps" else pytest.param(which, marks=pytest.mark.slow)
        for which in BUGS
    ],
)
def test_an_error_of_numpy_is_a_bug(
    which: str, half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    write_model(tmp_path / "model.cif")
    for path in half_files:
        (tmp_path / path.name).symlink_to(path)
    bug = BUGS[which]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, bug.module, bug.name, *bug.words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" in done.stderr
    assert "ValueError: operands could not be broadcast together" in done.stderr
