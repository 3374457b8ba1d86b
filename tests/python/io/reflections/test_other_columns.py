"""Columns that look like a map's coefficients and aren't, and values that stand for none."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from reflection_files import crystal, rich_file, write_fwt

from map_sharpening.errors import MapFileError, ParameterError
from map_sharpening.io.map_coefficients import read_map_coefficients

NOT_A_MAP = [
    "FP:F SIGFP:Q FOM:W DELFWT:F DELPHWT:P",
    "DELFWT:F DELPHWT:P",
    "ANOM:F PHANOM:P",
    "FISO:F PHISO:P",
    "FISO:F SIGFISO:Q PHIISO:P",
    "WDF:F PHIFMODEL:P",
    "F_early-late:F PHI_early-late:P",
    "F_light-dark:F PHI_light-dark:P",
    "FoFo:F PHFoFo:P",
    "FoFo:F SIGFoFo:Q PHIC:P",
    "mFoDFc:F PHImFoDFc:P",
    "FOFC:F PHFOFC:P",
    "FOFCWT_1:F PHFOFCWT_1:P",
    "polder:F PHIpolder:P",
    "FLLG:F PHLLG:P",
    "FLLGANOM:F PHLLGANOM:P",
    "F_ano:F PHI_ano:P",
    "FAN:F PHAN:P",
    "FDELWT:F PHDELWT:P",
    "KFOFOWT:F PHIKFOFOWT:P",
    "diff.F_phi.F:F diff.F_phi.phi:P",
    "FWT_diff:F PHWT_diff:P",
    "FWT_anom:F PHWT_anom:P",
    "F_isomorphous:F PHI_isomorphous:P",
    "F(+):F PHI(+):P",
    "COMPOSITE_F:F COMPOSITE_PHI:P",
    "FH:F PHIH:P",
    "ABC:F XYZ:P",
]


@pytest.mark.parametrize("columns", NOT_A_MAP)
def test_what_is_no_map_is_never_taken(tmp_path: Path, columns: str) -> None:
    path = rich_file(tmp_path / "a.mtz", columns)
    with pytest.raises(ParameterError, match=r"a\.mtz has .*; name them by map_coeff_labels"):
        read_map_coefficients(path)


@pytest.mark.parametrize("columns", NOT_A_MAP[3:10])
def test_it_is_taken_by_its_labels(tmp_path: Path, columns: str) -> None:
    labels = tuple(item.split(":")[0] for item in columns.split() if item[-1] in "FP")[-2:]
    path = rich_file(tmp_path / "a.mtz", columns)
    assert read_map_coefficients(path, labels)[1].labels == labels


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        ("ANOM:F PHANOM:P FWT:F PHWT:P", ("FWT", "PHWT")),
        ("mFoDFc:F PHImFoDFc:P 2mFoDFc:F PHI2mFoDFc:P", ("2mFoDFc", "PHI2mFoDFc")),
        ("mFo-DFc:F PHImFo-DFc:P 2mFo-DFc:F PHI2mFo-DFc:P", ("2mFo-DFc", "PHI2mFo-DFc")),
        ("FEM:F PHIFEM:P", ("FEM", "PHIFEM")),
        ("WDF:F PHIWDF:P FTOXD3:F SIGFTOXD3:Q PHIB:P FOM:W", ("FTOXD3", "PHIB", "FOM")),
        ("F-obs-filtered:F SIGF-obs-filtered:Q PHIF-model:P", ("F-obs-filtered", "PHIF-model")),
        ("F-model:F PHIF-model:P", ("F-model", "PHIF-model")),
        ("DANO:F PHI:P F:F SIGF:Q FOM:W", ("F", "PHI", "FOM")),
    ],
)
def test_the_map_beside_it_is_chosen(
    tmp_path: Path, columns: str, chosen: tuple[str, ...]
) -> None:
    assert read_map_coefficients(rich_file(tmp_path / "a.mtz", columns))[1].labels == chosen


# Missing numbers


@pytest.mark.parametrize("flag", [-999.0, -99999.0, 1e35, -1e35, -999.9, -1.0])
@pytest.mark.parametrize("is_in_phases", [True, False])
def test_numbers_that_stand_for_none_are_dropped_and_told(
    tmp_path: Path, flag: float, is_in_phases: bool
) -> None:
    made = crystal()
    is_missing = np.arange(len(made.indices)) % 10 == 3
    phase_flag = flag if is_in_phases else 0.0
    amplitudes = np.where(is_missing, flag, made.amplitude)
    phases = np.where(is_missing, phase_flag, made.phase)
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=amplitudes, PHWT=phases)
    right = rich_file(
        tmp_path / "b.mtz", "FWT:F PHWT:P", FWT=np.where(is_missing, np.nan, made.amplitude)
    )
    map_data, info, _ = read_map_coefficients(path)
    np.testing.assert_allclose(map_data.values, read_map_coefficients(right)[0].values, atol=1e-6)
    (warning,) = info.warnings
    assert f"a.mtz: {is_missing.sum()} of {len(is_missing)} reflections have values" in warning


def test_ordinary_coefficients_are_all_kept(tmp_path: Path) -> None:
    made = crystal()
    signed = made.amplitude * np.where(np.arange(len(made.phase)) % 2, -1, 1)
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=signed)
    info = read_map_coefficients(path)[1]
    assert info.n_reflections == len(made.indices)
    assert info.warnings == ()


# Damaged headers


def headed(path: Path, old: bytes, new: bytes) -> Path:
    raw = write_fwt(path).read_bytes()
    assert raw.count(old) >= 1
    assert len(old) == len(new)
    path.write_bytes(raw.replace(old, new))
    return path


def test_labels_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = headed(tmp_path / "a.mtz", b"COLUMN FWT ", b"COLUMN F\xffT ")
    with pytest.raises(MapFileError, match=r"not UTF-8 \(F\\xffT\); rename the column"):
        read_map_coefficients(path)


def test_number_of_reflections_beyond_the_file_is_refused(tmp_path: Path) -> None:
    path = write_fwt(tmp_path / "a.mtz")
    raw = path.read_bytes()
    at = raw.index(b"NCOL")
    n_columns, _, n_batches = raw[at + 4 : at + 80].split()
    record = b"NCOL %8d %12d %8d" % (int(n_columns), 999_999_999, int(n_batches))
    path.write_bytes(raw[:at] + record.ljust(80) + raw[at + 80 :])
    with pytest.raises(MapFileError, match="claims 999999999 reflections with 5 columns"):
        read_map_coefficients(path)


def test_headers_that_lie_elsewhere_are_refused(tmp_path: Path) -> None:
    path = write_fwt(tmp_path / "a.mtz")
    raw = path.read_bytes()
    for place, message in ((7, "before its data"), (100_000_000, "no headers at byte")):
        path.write_bytes(raw[:4] + struct.pack("<i", place) + raw[8:])
        with pytest.raises(MapFileError, match=message):
            read_map_coefficients(path)


def test_a_cell_far_too_large_for_its_reflections_is_refused(tmp_path: Path) -> None:
    path = headed(tmp_path / "a.mtz", b"   15.0000   17", b" 29000.000   17")
    with pytest.raises(MapFileError, match="the cell or the indices are damaged"):
        read_map_coefficients(path)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ("FWT:F PHWT:P FOM:W", "FWT is weighted already by its label, and FOM"),
        ("FC:F PHIC:P FOM:W", "FC is calculated from a model by its label, and FOM"),
        ("FP:F PHIB:P FOM:W", None),
    ],
)
def test_a_weight_that_is_one_too_many_is_told(
    columns: str, told: str | None, tmp_path: Path
) -> None:
    path = rich_file(tmp_path / "a.mtz", columns)
    labels = ",".join(column.partition(":")[0] for column in columns.split())
    warnings = read_map_coefficients(path, labels)[1].warnings
    assert len(warnings) == (told is not None)
    assert told is None or f"a.mtz: {told} weights it all the same; leave FOM" in warnings[0]
