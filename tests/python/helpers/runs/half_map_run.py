"""Runs of half-map sharpening as a user starts them, and how to read what they write."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gemmi
import mrcfile
import numpy as np
import numpy.typing as npt
from half_map_files import RESOLUTION, write_mrc
from written import OF_EVERY_RUN, FloatMap

from map_sharpening.maps.map_data import MapData
from map_sharpening.run import RunOutcome, run

HALF_LABEL = "SHARPENED HALF MAP - NOT FOR DEPOSITION"
MAPS = (
    "sharpened_map.ccp4",
    "sharpened_map_1.ccp4",
    "sharpened_map_2.ccp4",
    "local_resolution_map.mrc",
    "mask.mrc",
)
ALL_OUTPUTS = {*OF_EVERY_RUN, *MAPS, "postprocess.star", "fsc.xml", "fsc.csv"}


def words(halves: Sequence[Path], folder: Path, *more: str) -> list[str]:
    return [
        *(f"half_map={path}" for path in halves),
        f"resolution={RESOLUTION}",
        f"output_directory={folder}",
        "report=False",
        *more,
    ]


def correlation(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    return float(np.corrcoef(np.ravel(one), np.ravel(other))[0, 1])


def is_valid_map(path: Path) -> bool:
    said = io.StringIO()
    is_valid = mrcfile.validate(path, print_file=said)
    assert is_valid, said.getvalue()
    return bool(is_valid)


@dataclass(frozen=True)
class Finished:
    """A run with everything switched on."""

    folder: Path
    outcome: RunOutcome


def map_of_coefficients(path: Path, shape: tuple[int, ...]) -> FloatMap:
    mtz = gemmi.read_mtz_file(str(path))
    # not half_l: with it gemmi takes only even sides
    grid = mtz.get_f_phi_on_grid("FWT", "PHWT", list(reversed(shape)), half_l=False)
    back: FloatMap = np.array(gemmi.transform_f_phi_grid_to_map(grid).array).T
    return back


Header = dict[str, Any]
PLACED: dict[str, Header] = {
    "nstart": {"start": (-28, 5, 12)},
    "origin": {"origin": (12.5, -30.25, 101.0)},
    "nstart_and_origin": {"start": (-28, 5, 12), "origin": (12.5, -30.25, 101.0)},
    "axes_3_2_1_gz": {"axes": (3, 2, 1), "start": (4, -5, 6), "suffix": ".map.gz"},
    "axes_2_3_1": {"axes": (2, 3, 1), "start": (4, -5, 6)},
    "big_endian": {"byte_order": ">", "start": (7, 8, 9)},
    "relion": {"space_group": 0, "version": 0},
    "sub_map": {"sampling": (100, 90, 80), "start": (10, 20, 30)},
    "labels": {"labels": ("first of the microscope", "second line")},
}


@dataclass(frozen=True)
class Placed:
    given: Path
    header: Header
    folder: Path
    values: tuple[FloatMap, FloatMap]

    def expected(self, key: str, standard: Sequence[float]) -> list[float]:
        return [float(value) for value in self.header.get(key, standard)]


def run_placed(folder: Path, halves: tuple[MapData, MapData], header: Header) -> Placed:
    rest = {key: value for key, value in header.items() if key != "suffix"}
    suffix = header.get("suffix", ".mrc")
    given = [
        write_mrc(folder / f"map_half{number}{suffix}", half.values, half.voxel_size, **rest)
        for number, half in enumerate(halves, start=1)
    ]
    run(words(given, folder / "out"))
    return Placed(given[0], rest, folder / "out", (halves[0].values, halves[1].values))
