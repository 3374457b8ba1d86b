"""Maps summed from the coefficients of MTZ files."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import gemmi
import numpy as np
import pytest
from reflection_files import CELLS, Crystal, crystal, fwt, mtz_with, rich_file, write_fwt

from map_sharpening.errors import (
    MapFileError,
    MapSharpeningError,
    MapValueError,
    MemoryLimitError,
)
from map_sharpening.io import map_coefficients
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.maps import read_map, write_map

# The map


@pytest.mark.parametrize("space_group", CELLS)
def test_the_map_is_that_of_gemmi(tmp_path: Path, space_group: str) -> None:
    path = write_fwt(tmp_path / "a.mtz", space_group)
    values = read_map_coefficients(path)[0].values
    grid = gemmi.read_mtz_file(str(path)).transform_f_phi_to_map(
        "FWT", "PHWT", exact_size=list(values.shape[::-1])
    )
    expected = np.asarray(grid.array).transpose(2, 1, 0)
    np.testing.assert_allclose(values, expected, atol=1e-5 * expected.std())


@pytest.mark.parametrize("space_group", CELLS)
def test_the_map_is_the_same_at_symmetry_mates(tmp_path: Path, space_group: str) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz", space_group))
    size = np.array(map_data.values.shape[::-1])
    points = np.random.default_rng(2).integers(0, size, (40, 3))
    for operator in gemmi.SpaceGroup(space_group).operations():
        moved = np.array([operator.apply_to_xyz(list(p / size)) for p in points]) * size
        x, y, z = np.round(moved).astype(int).T % size[:, None]
        np.testing.assert_allclose(moved, np.round(moved), atol=1e-6)
        np.testing.assert_allclose(
            map_data.values[z, y, x],
            map_data.values[points[:, 2], points[:, 1], points[:, 0]],
            atol=1e-5 * map_data.values.std(),
        )


@pytest.mark.parametrize("space_group", CELLS)
def test_steps_of_the_grid_are_at_most_a_quarter_of_d_min(
    tmp_path: Path, space_group: str
) -> None:
    map_data, info, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz", space_group))
    assert max(map_data.voxel_size) <= info.d_min / 4 * (1 + 1e-5)


@pytest.mark.parametrize("space_group", CELLS)
def test_sides_of_the_grid_are_even_products_of_2_3_and_5(
    tmp_path: Path, space_group: str
) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz", space_group))
    assert all(side % 2 == 0 and 30**20 % side == 0 for side in map_data.values.shape)


def test_the_map_fills_its_cell_from_the_corner(tmp_path: Path) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz"))
    assert map_data.position.start == (0, 0, 0)
    assert map_data.position.sampling == map_data.values.shape[::-1]
    assert map_data.position.cell.parameters() == CELLS["P 21 21 21"]
    assert map_data.values.dtype == np.float32


def test_the_mean_is_zero_even_with_a_term_f000(tmp_path: Path) -> None:
    indices = np.array([[0, 0, 0], [1, 1, 1], [2, 0, 4]], dtype=np.int32)
    columns = {"FWT": ("F", [1000.0, 3.0, 2.0]), "PHWT": ("P", [0.0, 40.0, 0.0])}
    mtz_with(columns, indices).write_to_file(str(tmp_path / "a.mtz"))
    map_data, _, _ = read_map_coefficients(tmp_path / "a.mtz")
    assert abs(map_data.values.mean(dtype=float)) < 1e-6 * map_data.values.std()


def test_a_single_pair_gives_a_wave_on_the_absolute_scale(tmp_path: Path) -> None:
    indices = np.array([[2, -1, 1]], dtype=np.int32)
    columns = {"FWT": ("F", [7.0]), "PHWT": ("P", [35.0])}
    mtz_with(columns, indices, "P 1").write_to_file(str(tmp_path / "a.mtz"))
    values = read_map_coefficients(tmp_path / "a.mtz")[0].values
    z, y, x = np.meshgrid(*(np.arange(n) / n for n in values.shape), indexing="ij")
    volume = gemmi.UnitCell(*CELLS["P 1"]).volume
    expected = 2 / volume * 7 * np.cos(2 * np.pi * (2 * x - y + z) - np.radians(35))
    np.testing.assert_allclose(values, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("space_group", "number"), [("P 21 21 21", 19), ("I 1 2 1", 4005), ("R 3 :R", 1146)]
)
def test_the_space_group_is_kept_with_its_setting(
    tmp_path: Path, space_group: str, number: int
) -> None:
    map_data, info, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz", space_group))
    assert map_data.position.space_group == number
    assert gemmi.SpaceGroup(info.space_group) == gemmi.SpaceGroup(space_group)


def test_a_written_map_keeps_the_space_group(tmp_path: Path) -> None:
    map_data, _, _ = read_map_coefficients(write_fwt(tmp_path / "a.mtz", "I 1 2 1"))
    write_map(tmp_path / "a.ccp4", map_data)
    again, _ = read_map(tmp_path / "a.ccp4")
    assert again.position.space_group == 4005


def test_a_compressed_file_gives_the_same_map(tmp_path: Path) -> None:
    path = write_fwt(tmp_path / "a.mtz")
    (tmp_path / "b.mtz.gz").write_bytes(gzip.compress(path.read_bytes()))
    one, other = (read_map_coefficients(tmp_path / name)[0] for name in ("a.mtz", "b.mtz.gz"))
    np.testing.assert_array_equal(one.values, other.values)


def test_any_number_of_threads_gives_the_same_bytes(tmp_path: Path) -> None:
    path = write_fwt(tmp_path / "a.mtz")
    maps = [read_map_coefficients(path, threads=threads)[0] for threads in (1, 2, 3)]
    assert len({map_data.values.tobytes() for map_data in maps}) == 1


def test_mates_that_are_listed_too_change_nothing(tmp_path: Path) -> None:
    path, made = write_fwt(tmp_path / "a.mtz"), crystal()
    columns = {
        "FWT": ("F", np.tile(made.amplitude, 2)),
        "PHWT": ("P", np.concatenate([made.phase, -made.phase])),
    }
    twice = mtz_with(columns, np.concatenate([made.indices, -made.indices]))
    twice.write_to_file(str(tmp_path / "b.mtz"))
    one = read_map_coefficients(path)[0]
    other, info, notes = read_map_coefficients(tmp_path / "b.mtz")
    np.testing.assert_allclose(other.values, one.values, atol=1e-5 * one.values.std())
    assert info.n_reflections == 2 * len(made.indices)
    assert any("equivalent ones were averaged" in note for note in notes)


def test_forbidden_reflections_are_left_out(tmp_path: Path) -> None:
    path, made = write_fwt(tmp_path / "a.mtz"), crystal()
    columns = {
        "FWT": ("F", np.append(made.amplitude, 1e4)),
        "PHWT": ("P", np.append(made.phase, 0.0)),
    }
    wrong = mtz_with(columns, np.append(made.indices, [[3, 0, 0]], axis=0))
    wrong.write_to_file(str(tmp_path / "b.mtz"))
    other, _, notes = read_map_coefficients(tmp_path / "b.mtz")
    np.testing.assert_array_equal(other.values, read_map_coefficients(path)[0].values)
    assert any(
        "1 of 91 reflections that its space group P 21 21 21 forbids are left out" in note
        for note in notes
    )


# Information


def test_resolution_and_number_are_of_the_reflections_used(tmp_path: Path) -> None:
    made = crystal()
    spacing = gemmi.UnitCell(*CELLS["P 21 21 21"]).calculate_d_array(made.indices)
    amplitude = np.where(spacing < 4.0, np.nan, made.amplitude)
    columns = {"FWT": ("F", amplitude), "PHWT": ("P", made.phase)}
    mtz_with(columns, made.indices).write_to_file(str(tmp_path / "a.mtz"))
    _, info, notes = read_map_coefficients(tmp_path / "a.mtz")
    kept = spacing[spacing >= 4.0]
    assert info.n_reflections == len(kept)
    assert (info.d_min, info.d_max) == pytest.approx((kept.min(), kept.max()))
    assert any(f"{len(spacing) - len(kept)} of {len(spacing)}" in note for note in notes)


@pytest.mark.parametrize("space_group", CELLS)
def test_a_full_set_is_complete(tmp_path: Path, space_group: str) -> None:
    _, info, notes = read_map_coefficients(write_fwt(tmp_path / "a.mtz", space_group))
    assert info.completeness == pytest.approx(1.0)
    assert len(notes) == 1


def test_a_gap_is_told_as_completeness(tmp_path: Path) -> None:
    made = crystal()
    keep = np.arange(len(made.indices)) % 2 == 1
    keep[-1] = True
    half = Crystal(made.indices[keep], made.amplitude[keep], made.phase[keep])
    mtz_with(fwt(half), half.indices).write_to_file(str(tmp_path / "a.mtz"))
    _, info, notes = read_map_coefficients(tmp_path / "a.mtz")
    assert info.completeness == pytest.approx(0.5, abs=0.1)
    assert any("the missing ones count as 0" in note for note in notes)


# Files that can't be used


def test_a_file_without_phases_is_refused(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "FP:F SIGFP:Q")
    with pytest.raises(MapFileError, match=r"no column with a phase \(type P\), it has FP, SIGFP"):
        read_map_coefficients(path)


def test_a_file_without_amplitudes_is_refused(tmp_path: Path) -> None:
    path = rich_file(tmp_path / "a.mtz", "PHIB:P")
    with pytest.raises(MapFileError, match=r"no column with an amplitude \(type F\)"):
        read_map_coefficients(path)


def test_a_file_without_values_is_refused(tmp_path: Path) -> None:
    n = len(crystal().indices)
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=np.full(n, np.nan))
    with pytest.raises(MapFileError, match="no reflection with values in FWT, PHWT; name other"):
        read_map_coefficients(path)


def test_a_file_without_reflections_is_refused(tmp_path: Path) -> None:
    empty = mtz_with({"FWT": ("F", []), "PHWT": ("P", [])}, np.zeros((0, 3), np.int32))
    empty.write_to_file(str(tmp_path / "a.mtz"))
    with pytest.raises(MapFileError, match=r"a\.mtz"):
        read_map_coefficients(tmp_path / "a.mtz")


def test_infinite_values_are_refused(tmp_path: Path) -> None:
    amplitude = crystal().amplitude.copy()
    amplitude[3] = np.inf
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=amplitude)
    with pytest.raises(MapValueError, match="1 infinite values in FWT, PHWT; repair"):
        read_map_coefficients(path)


def test_zeros_alone_are_refused(tmp_path: Path) -> None:
    n = len(crystal().indices)
    path = rich_file(tmp_path / "a.mtz", "FWT:F PHWT:P", FWT=np.zeros(n))
    with pytest.raises(MapValueError, match="only zeros as amplitudes in FWT"):
        read_map_coefficients(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MapFileError, match=r"none\.mtz not found"):
        read_map_coefficients(tmp_path / "none.mtz")


@pytest.mark.parametrize("content", [b"", b"MTZ ", b"not reflections\n" * 40, b"\x1f\x8bxx"])
@pytest.mark.parametrize("name", ["a.mtz", "a.mtz.gz"])
def test_a_file_that_is_no_mtz_is_refused(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(
        MapFileError, match=r"can't be read as an MTZ file( \(|: ).*; give a whole"
    ):
        read_map_coefficients(tmp_path / name)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = write_fwt(tmp_path / "a.mtz")
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(MapFileError, match="can't be read as an MTZ file"):
        read_map_coefficients(path)


def test_a_damaged_file_never_gives_more_than_a_known_error(tmp_path: Path) -> None:
    whole = write_fwt(tmp_path / "a.mtz").read_bytes()
    rng = np.random.default_rng(7)
    for _ in range(60):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 8):
            damaged[place] = rng.integers(256)
        (tmp_path / "b.mtz").write_bytes(damaged)
        with contextlib.suppress(MapSharpeningError):
            map_data, _, _ = read_map_coefficients(tmp_path / "b.mtz")
            assert np.isfinite(map_data.values).all()


def test_a_map_beyond_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_fwt(tmp_path / "a.mtz")
    monkeypatch.setattr(map_coefficients, "available_bytes", lambda: 1000)
    with pytest.raises(MemoryLimitError, match=r"memory for a map of \d+ x \d+ x \d+ points"):
        read_map_coefficients(path)


def test_an_impossible_index_is_refused(tmp_path: Path) -> None:
    columns = {"FWT": ("F", [3.0]), "PHWT": ("P", [40.0])}
    mtz = mtz_with(columns, np.array([[900_000, 1, 1]], dtype=np.int32))
    mtz.write_to_file(str(tmp_path / "a.mtz"))
    with pytest.raises(MapFileError, match=r"more than there can be; restore the file"):
        read_map_coefficients(tmp_path / "a.mtz")
