"""MTZ files with coefficients that obey a space group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import gemmi
import numpy as np
import numpy.typing as npt

CELLS = {
    "P 1": (13.0, 15.0, 17.0, 80.0, 100.0, 115.0),
    "P 1 21 1": (13.0, 15.0, 17.0, 90.0, 108.0, 90.0),
    "I 1 2 1": (23.0, 15.0, 17.0, 90.0, 99.0, 90.0),
    "P 21 21 21": (13.0, 15.0, 17.0, 90.0, 90.0, 90.0),
    "C 2 2 21": (16.0, 18.0, 20.0, 90.0, 90.0, 90.0),
    "P 41 21 2": (14.0, 14.0, 19.0, 90.0, 90.0, 90.0),
    "P 31 2 1": (15.0, 15.0, 19.0, 90.0, 90.0, 120.0),
    "P 61": (15.0, 15.0, 19.0, 90.0, 90.0, 120.0),
    "R 3 :H": (20.0, 20.0, 17.0, 90.0, 90.0, 120.0),
    "R 3 :R": (14.0, 14.0, 14.0, 75.0, 75.0, 75.0),
    "I 41 3 2": (22.0, 22.0, 22.0, 90.0, 90.0, 90.0),
    "F 2 3": (22.0, 22.0, 22.0, 90.0, 90.0, 90.0),
}
D_MIN = 3.0


def mtz_with(
    columns: Mapping[str, tuple[str, npt.ArrayLike]],
    indices: npt.NDArray[np.int32],
    space_group: str = "P 21 21 21",
) -> gemmi.Mtz:
    mtz = gemmi.Mtz(with_base=True)
    mtz.spacegroup = gemmi.SpaceGroup(space_group)
    mtz.set_cell_for_all(gemmi.UnitCell(*CELLS[space_group]))
    mtz.add_dataset("crystal").cell = mtz.cell
    for label, (kind, _) in columns.items():
        mtz.add_column(label, kind)
    mtz.set_data(
        np.column_stack([indices, *(np.asarray(v) for _, v in columns.values())]).astype("f4")
    )
    return mtz


@dataclass(frozen=True)
class Crystal:
    """Random coefficients that obey a space group."""

    indices: npt.NDArray[np.int32]
    amplitude: npt.NDArray[np.float64]
    phase: npt.NDArray[np.float64]


def crystal(space_group: str = "P 21 21 21", seed: int = 1) -> Crystal:
    cell, group = gemmi.UnitCell(*CELLS[space_group]), gemmi.SpaceGroup(space_group)
    listed = gemmi.make_miller_array(cell, group, D_MIN, 0.0, True).astype(np.int32)
    operations = group.operations()
    listed = listed[~operations.systematic_absences(listed) & (listed != 0).any(axis=1)]
    rng = np.random.default_rng(seed)
    sites = rng.random((6, 3))
    f = np.zeros(len(listed), dtype=complex)
    for operator in operations:
        moved = np.array([operator.apply_to_xyz(list(site)) for site in sites])
        f += np.exp(2j * np.pi * (listed @ moved.T)).sum(axis=1)
    return Crystal(listed, np.abs(f), np.degrees(np.angle(f)))


def fwt(crystal: Crystal) -> dict[str, tuple[str, npt.ArrayLike]]:
    return {"FWT": ("F", crystal.amplitude), "PHWT": ("P", crystal.phase)}


def write_fwt(path: Path, space_group: str = "P 21 21 21") -> Path:
    made = crystal(space_group)
    mtz_with(fwt(made), made.indices, space_group).write_to_file(str(path))
    return path


def rich_file(path: Path, columns: str, **values: npt.ArrayLike) -> Path:
    """Write columns given as "FP:F SIGFP:Q"; all amplitudes differ by a factor."""
    made = crystal()
    content: dict[str, tuple[str, npt.ArrayLike]] = {}
    for number, item in enumerate(columns.split(), 1):
        label, kind = item.split(":")
        usual = {
            "F": made.amplitude * number,
            "P": made.phase,
            "W": np.full(len(made.phase), 0.5),
        }
        content[label] = (kind, values.get(label, usual.get(kind, np.ones(len(made.phase)))))
    mtz_with(content, made.indices).write_to_file(str(path))
    return path
