"""Store what cctbx finds of maps that it sharpens, for tests/python/test_peer_b_factor.py.

By hand, from the top folder of the repository, with an interpreter that has cctbx-base:

    MAP_SHARPENING_DATA=/path/to/maps \
        python -m bench.reference_figures.peer_b_factor_figures --peer-python /path/to/python

cctbx sharpens each map as a whole by its method b_iso, with the solvent content given.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.reference_figures.b_factor_reference import RESOLUTION, SPACING, reference_map
from bench.reference_figures.peer_figures import figures_by, fingerprint_of, write_figures
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.maps import read_map
from map_sharpening.maps.map_data import MapData
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import NoiseColour, simulate_half_maps

_SCRIPT = Path(__file__).with_name("peer_b_factor_script.py")
STORED = Path(__file__).parents[2] / "tests" / "data" / "peer_b_factor.json"
DATA_VARIABLE = "MAP_SHARPENING_DATA"


@dataclass(frozen=True)
class Case:
    """All that decides a map and how it's sharpened."""

    name: str
    source: str  #: "reference", "reference box", "simulated" or a file of MAP_SHARPENING_DATA
    resolution: float  #: Å
    solvent_content: float
    seed: int = 0  #: of a simulated map

    @property
    def is_file(self) -> bool:
        """Whether the map is there only where real data are."""
        return "/" in self.source

    @property
    def is_crystal(self) -> bool:
        """Whether the map is summed from map coefficients."""
        return ".mtz" in self.source


CASES = (
    Case("reference_solvent_85", "reference", RESOLUTION, 0.85),
    Case("reference_solvent_95", "reference", RESOLUTION, 0.95),
    Case("reference_box", "reference box", RESOLUTION, 0.845635),
    Case("simulated", "simulated", 3.5, 0.83, seed=21),
    Case("emd_3488", "em/emd_3488.mrc", 3.2, 0.85),
    Case("crystal_1cbs", "xtal/1cbs_map.mtz", 2.3, 0.4),
    Case("crystal_5wkd", "xtal/5wkd_phases.mtz.gz", 2.3, 0.2),
)


def map_of(case: Case) -> MapData:
    """Return the map of a case; one of a crystal is that of the whole cell."""
    if case.source == "reference":
        return reference_map()
    if case.source == "reference box":
        box = np.ascontiguousarray(reference_map().values[17:41, 10:35, 16:37])
        return MapData.from_array(box, SPACING, name="reference box")
    if case.source == "simulated":
        return _simulated(case)
    path = Path(os.environ[DATA_VARIABLE]) / case.source
    if case.is_crystal:
        return read_map_coefficients(path)[0]
    return read_map(path)[0]


def _simulated(case: Case) -> MapData:
    maps = simulate_half_maps(
        demo_atoms(),
        (72, 64, 60),
        (1.25, 1.2, 1.1),
        case.resolution,
        b_core=50.0,
        b_rim=180.0,
        signal_b=(-12.0, -8.0, 20.0, 4.0, -6.0, 3.0),
        noise_colour=NoiseColour(b_factor=40.0, white_floor=0.2),
        seed=case.seed,
    )
    return maps.mean


def with_other_noise(case: Case) -> Case:
    """Return a simulated case with noise and so with figures that nobody has stored."""
    return replace(case, seed=case.seed + 1000)


def measure_with_peer(peer_python: str, case: Case, map_data: MapData) -> dict[str, Any]:
    """Return what cctbx finds; see peer_b_factor_script.py.

    Raises
    ------
    subprocess.CalledProcessError
        If the interpreter can't run cctbx.
    """
    words = (repr(case.resolution), repr(case.solvent_content))
    return figures_by([peer_python, str(_SCRIPT)], {"map.mrc": map_data}, words)


def main() -> None:
    """Measure all cases and write the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.reference_figures.peer_b_factor_figures"
    )
    parser.add_argument("--peer-python", required=True, help="Python interpreter with cctbx")
    parser.add_argument("--output", type=Path, default=STORED, help="default: %(default)s")
    arguments = parser.parse_args()
    stored = {}
    for case in CASES:
        map_data = map_of(case)
        stored[case.name] = {
            "figures": measure_with_peer(arguments.peer_python, case, map_data),
            "fingerprint": fingerprint_of(map_data),
        }
        print(f"measured {case.name}", flush=True)
    write_figures(arguments.output, stored)


if __name__ == "__main__":
    main()
