"""Store what cctbx measures on simulated half maps, for tests/python/test_peer_figures.py.

By hand, from the top folder of the repository, with an interpreter that has cctbx-base:

    python -m bench.reference_figures.peer_figures --peer-python /path/to/python
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from map_sharpening.io.maps import write_map
from map_sharpening.maps.map_data import MapData
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import (
    BTensor,
    NoiseColour,
    SimulatedHalfMaps,
    simulate_half_maps,
)

_SCRIPT = Path(__file__).with_name("peer_figures_script.py")
STORED = Path(__file__).parents[2] / "tests" / "data" / "peer_half_maps.json"

SIGNAL_B: BTensor = (-12.0, -8.0, 20.0, 4.0, -6.0, 3.0)
NOISE_B: BTensor = (6.0, 4.0, -10.0, 0.0, 3.0, 0.0)


@dataclass(frozen=True)
class Case:
    """All that decides a pair of half maps and the shells they are measured in."""

    name: str
    shape: tuple[int, int, int]  #: z, y, x
    voxel_size: tuple[float, float, float]  #: Å; x, y, z
    resolution: float  #: Å; with 0.833 of it coarser than the Nyquist limit of every axis
    n_shells: int  #: of equal width from s = 0 to 1 / d_min, no term within 1e-4 widths of an edge
    seed: int


CASES = (
    Case("unequal_spacing", (48, 54, 60), (1.25, 1.45, 1.35), 3.8, 24, seed=11),
    Case("cube", (64, 64, 64), (1.2, 1.2, 1.2), 3.2, 26, seed=12),
)


def half_maps(case: Case) -> SimulatedHalfMaps:
    """Simulate the half maps of a case: haemoglobin, anisotropic signal and noise."""
    return simulate_half_maps(
        demo_atoms(),
        case.shape,
        case.voxel_size,
        case.resolution,
        b_core=50.0,
        b_rim=180.0,
        signal_b=SIGNAL_B,
        noise_b=NOISE_B,
        noise_colour=NoiseColour(b_factor=40.0, white_floor=0.2),
        seed=case.seed,
    )


def fingerprint(maps: SimulatedHalfMaps) -> dict[str, list[float]]:
    """Return a few numbers that change if the simulation does: values on a diagonal, the SD."""
    return {"half_1": fingerprint_of(maps.half_1), "half_2": fingerprint_of(maps.half_2)}


def fingerprint_of(map_data: MapData) -> list[float]:
    """Return values on a diagonal of a map, and its SD."""
    n = min(map_data.values.shape)
    places = np.arange(0, n, n // 8)
    diagonal = map_data.values[places, places, places]
    return [float(v) for v in diagonal] + [float(map_data.values.std())]


def measure_with_peer(peer_python: str, maps: SimulatedHalfMaps, n_shells: int) -> dict[str, Any]:
    """Return cctbx's figures: n_terms, fsc, c_ref, rms_amplitude by shell, and overall_b.

    Raises
    ------
    subprocess.CalledProcessError
        If the interpreter can't run cctbx.
    """
    return figures_by(
        [peer_python, str(_SCRIPT)],
        {"half_1.mrc": maps.half_1, "half_2.mrc": maps.half_2},
        (repr(maps.d_min), str(n_shells)),
    )


def figures_by(
    script: Sequence[str], maps: Mapping[str, MapData], words: Sequence[str]
) -> dict[str, Any]:
    """Return what a script of the peer writes of maps, which it is given as files by name.

    Raises
    ------
    subprocess.CalledProcessError
        If the interpreter can't run cctbx.
    """
    with tempfile.TemporaryDirectory(prefix="peer-figures-") as scratch:
        folder = Path(scratch)
        for name, map_data in maps.items():
            write_map(folder / name, map_data)
        subprocess.run([*script, *maps, *words, "figures.json"], cwd=folder, check=True)
        figures: dict[str, Any] = json.loads((folder / "figures.json").read_text("utf-8"))
    return figures


def with_other_noise(case: Case) -> Case:
    """Return the case with noise and so with figures that nobody has stored."""
    return replace(case, seed=case.seed + 1000)


def write_figures(output: Path, stored: dict[str, Any]) -> None:
    """Write the figures as JSON, whole or not at all."""
    partial = output.with_suffix(".partial")
    partial.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    partial.replace(output)
    print(f"wrote {output}")


def main() -> None:
    """Measure all cases and write the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.reference_figures.peer_figures", description=__doc__
    )
    parser.add_argument("--peer-python", required=True, help="Python interpreter with cctbx")
    parser.add_argument("--output", type=Path, default=STORED, help="default: %(default)s")
    arguments = parser.parse_args()
    stored = {}
    for case in CASES:
        maps = half_maps(case)
        figures = measure_with_peer(arguments.peer_python, maps, case.n_shells)
        stored[case.name] = {"figures": figures, "fingerprint": fingerprint(maps)}
    write_figures(arguments.output, stored)


if __name__ == "__main__":
    main()
