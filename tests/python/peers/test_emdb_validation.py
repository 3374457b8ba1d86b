"""The EMDB's own validation program reads fsc.xml."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from half_map_files import RESOLUTION
from host_python import HostPython

from map_sharpening import sharpen_half_maps
from map_sharpening.io.curves import fsc_xml
from map_sharpening.simulation.simulate import SimulatedHalfMaps

HOST = HostPython("va", "va.validationanalysis", "MAP_SHARPENING_EMDB_PYTHON")
#: As its command calls it for an entry without half maps: they aren't needed to read the file.
PROGRAM = """
import json
from va.validationanalysis import ValidationAnalysis

entry = ValidationAnalysis.__new__(ValidationAnalysis)
entry.hmodd = entry.hmeven = None
entry.workdir, entry.mapname, entry.fscfile = "./", "map", "fsc.xml"
entry.readfsc()
with open("map_loadfsc.json", encoding="utf-8") as file:
    print("FOUND" + json.dumps(json.load(file)["load_fsc"]))
"""

pytestmark = [pytest.mark.peer, pytest.mark.slow, HOST.needed]


@pytest.mark.parametrize("mask", ["auto", False])
def test_it_finds_the_curve_and_the_resolution(
    simulated: SimulatedHalfMaps, tmp_path: Path, mask: Literal["auto", False]
) -> None:
    result = sharpen_half_maps(
        simulated.half_1, simulated.half_2, resolution=RESOLUTION, mask=mask
    )
    (tmp_path / "fsc.xml").write_text(fsc_xml(result), encoding="utf-8")
    found = HOST.found_by(["-c", PROGRAM], tmp_path)
    assert "err" not in found
    shells = result.shells
    has_terms = np.isfinite(shells.fsc_corrected)
    assert found["curves"]["fscx"] == pytest.approx(shells.s[has_terms], abs=1e-4)
    assert found["curves"]["fscy"][1:] == pytest.approx(
        shells.fsc_corrected[has_terms][1:], abs=1e-4
    )
    s = found["intersections"]["0.143"]["x"]
    assert 1 / s == pytest.approx(result.resolution_0143, rel=0.01)
