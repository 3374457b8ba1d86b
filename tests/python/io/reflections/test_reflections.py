"""Map coefficients as MTZ: summed up again, they give the map."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import gemmi
import numpy as np
import numpy.typing as npt
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from real_data import DATA, needs_data

from map_sharpening import _core
from map_sharpening.errors import OutputError, ParameterError
from map_sharpening.io.maps import read_map
from map_sharpening.io.reflections import coefficients_file_size, write_map_coefficients
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell


def random_map(
    shape: tuple[int, int, int] = (12, 10, 14),
    cell: UnitCell | None = None,
) -> MapData:
    values = np.random.default_rng(3).normal(size=shape).astype(np.float32)
    nz, ny, nx = shape
    return MapData(
        values, MapPosition(cell or UnitCell(1.1 * nx, 1.2 * ny, 1.3 * nz), (nx, ny, nz))
    )


def s_squared_of_all_terms(map_data: MapData) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Return 1/d² of every term of the full transform, and which are on a Nyquist plane."""
    indices = [np.fft.fftfreq(n, 1 / n) for n in map_data.values.shape]
    z, y, x = np.meshgrid(*indices, indexing="ij")
    hkl = np.stack([x, y, z], axis=-1).reshape(-1, 3).astype(np.int32)
    cell = gemmi.UnitCell(*map_data.box.parameters())
    on_nyquist = np.zeros(z.shape, dtype=bool)
    for axis, n in enumerate(map_data.values.shape):
        if n % 2 == 0:
            on_nyquist |= np.abs((z, y, x)[axis]) == n // 2
    return cell.calculate_1_d2_array(hkl).reshape(z.shape), on_nyquist


def band_limited(map_data: MapData, d_min: float) -> FloatArray:
    """Return the map from the terms that a file to d_min holds, by the full transform."""
    s_squared, on_nyquist = s_squared_of_all_terms(map_data)
    transform = np.fft.fftn(map_data.values.astype(np.float64))
    transform[(s_squared > (1 + 1e-6) / d_min**2) | on_nyquist | (s_squared == 0)] = 0
    return np.asarray(np.fft.ifftn(transform).real, dtype=np.float64)


def summed(path: Path, shape: tuple[int, ...]) -> FloatArray:
    """Return the map that gemmi makes of a file; its grids need an even number of sections."""
    grid = gemmi.read_mtz_file(str(path)).transform_f_phi_to_map(
        "FWT", "PHWT", exact_size=list(reversed(shape))
    )
    return np.asarray(grid.array.transpose(2, 1, 0), dtype=np.float64)


def summed_by_numpy(path: Path, shape: tuple[int, ...]) -> FloatArray:
    """Return ``1 / V sum F exp(-2 pi i h.x)``, over both mates of each pair."""
    mtz = gemmi.read_mtz_file(str(path))
    h, k, l = mtz.array[:, :3].astype(int).T  # noqa: E741
    coefficients = mtz.array[:, 3] * np.exp(1j * np.radians(mtz.array[:, 4]))
    full = np.zeros(shape, dtype=complex)
    full[l, k, h] = coefficients
    full[-l, -k, -h] = np.conj(coefficients)
    return np.asarray(np.fft.fftn(full).real / mtz.cell.volume, dtype=np.float64)


@examples(25)
@given(shape=st.tuples(*[st.integers(5, 13)] * 3), d_min=st.floats(2.3, 5.0))
def test_coefficients_give_the_map_back(
    tmp_path_factory: pytest.TempPathFactory, shape: tuple[int, int, int], d_min: float
) -> None:
    path = tmp_path_factory.mktemp("mtz") / "a.mtz"
    map_data = random_map(shape)
    write_map_coefficients(path, map_data, d_min)
    result = summed_by_numpy(path, shape)
    np.testing.assert_allclose(result, band_limited(map_data, d_min), atol=2e-5)


@pytest.mark.parametrize("shape", [(12, 10, 14), (12, 9, 13)])
def test_gemmi_gives_the_map_back(tmp_path: Path, shape: tuple[int, int, int]) -> None:
    write_map_coefficients(tmp_path / "a.mtz", random_map(shape), 2.7)
    result = summed(tmp_path / "a.mtz", shape)
    np.testing.assert_allclose(result, band_limited(random_map(shape), 2.7), atol=2e-5)


def test_a_skewed_cell_gives_the_map_back(tmp_path: Path) -> None:
    map_data = random_map(cell=UnitCell(17.0, 13.0, 15.0, 80.0, 100.0, 115.0))
    write_map_coefficients(tmp_path / "a.mtz", map_data, 2.8)
    result = summed(tmp_path / "a.mtz", map_data.values.shape)
    np.testing.assert_allclose(result, band_limited(map_data, 2.8), atol=2e-5)


def test_a_sub_map_is_a_box_of_its_own(tmp_path: Path) -> None:
    position = MapPosition(UnitCell(60.0, 50.0, 40.0), (60, 50, 40), start=(5, 6, 7))
    map_data = replace(random_map(), position=position)
    write_map_coefficients(tmp_path / "a.mtz", map_data, 3.0)
    assert gemmi.read_mtz_file(str(tmp_path / "a.mtz")).cell.parameters == pytest.approx(
        (14.0, 10.0, 12.0, 90.0, 90.0, 90.0)
    )
    result = summed(tmp_path / "a.mtz", map_data.values.shape)
    np.testing.assert_allclose(result, band_limited(map_data, 3.0), atol=2e-5)


@pytest.mark.parametrize("d_min", [2.7, 3.5, 6.0])
def test_number_of_reflections_is_that_of_the_friedel_pairs(tmp_path: Path, d_min: float) -> None:
    map_data = random_map()
    s_squared, on_nyquist = s_squared_of_all_terms(map_data)
    within = (s_squared <= (1 + 1e-6) / d_min**2) & ~on_nyquist & (s_squared > 0)
    count = write_map_coefficients(tmp_path / "a.mtz", map_data, d_min)
    assert count == np.count_nonzero(within) // 2
    assert gemmi.read_mtz_file(str(tmp_path / "a.mtz")).nreflections == count


def test_a_single_wave_has_its_amplitude_and_phase(tmp_path: Path) -> None:
    z, y, x = np.meshgrid(
        np.arange(12) / 12, np.arange(10) / 10, np.arange(14) / 14, indexing="ij"
    )
    phase = math.radians(40.0)
    values = 2.0 * np.cos(2 * np.pi * (2 * x - y + 3 * z) - phase)
    map_data = MapData.from_array(values, 1.0)
    write_map_coefficients(tmp_path / "a.mtz", map_data, 2.5)
    mtz = gemmi.read_mtz_file(str(tmp_path / "a.mtz"))
    row = mtz.array[np.argmax(mtz.array[:, 3])]
    # rho = 2/V sum |F| cos(2 pi h.x - phi) over one of each pair
    np.testing.assert_allclose(row, [2, -1, 3, 14 * 10 * 12, 40.0], rtol=1e-4)


def test_reflections_are_sorted_and_in_the_asymmetric_unit(tmp_path: Path) -> None:
    write_map_coefficients(tmp_path / "a.mtz", random_map(), 2.7)
    mtz = gemmi.read_mtz_file(str(tmp_path / "a.mtz"))
    indices = [tuple(row) for row in mtz.make_miller_array()]
    unit = gemmi.ReciprocalAsu(mtz.spacegroup)
    assert all(unit.is_in(hkl) for hkl in indices)
    assert indices == sorted(set(indices))


def test_file_is_laid_out_for_automatic_opening(tmp_path: Path) -> None:
    write_map_coefficients(tmp_path / "a.mtz", random_map(), 3.0)
    mtz = gemmi.read_mtz_file(str(tmp_path / "a.mtz"))
    assert [(column.label, column.type) for column in mtz.columns] == [
        ("H", "H"),
        ("K", "H"),
        ("L", "H"),
        ("FWT", "F"),
        ("PHWT", "P"),
    ]
    assert [column.dataset_id for column in mtz.columns] == [0, 0, 0, 1, 1]
    assert [dataset.dataset_name for dataset in mtz.datasets] == ["HKL_base", "map"]
    assert mtz.spacegroup.hm == "P 1"
    assert mtz.resolution_high() >= 3.0


def test_the_file_is_no_larger_than_announced(tmp_path: Path) -> None:
    write_map_coefficients(tmp_path / "a.mtz", random_map(), 2.7)
    size = (tmp_path / "a.mtz").stat().st_size
    assert 0.3 * coefficients_file_size(random_map(), 2.7) < size
    assert size <= coefficients_file_size(random_map(), 2.7)


def test_any_number_of_threads_writes_the_same_bytes(tmp_path: Path) -> None:
    for threads in (0, 1, 3):
        write_map_coefficients(tmp_path / f"{threads}.mtz", random_map(), 2.7, threads=threads)
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


@pytest.mark.parametrize("d_min", [0.0, -1.0, math.nan, math.inf])
def test_d_min_must_be_a_resolution(tmp_path: Path, d_min: float) -> None:
    with pytest.raises(ParameterError, match="expected a resolution in Å, above 0"):
        write_map_coefficients(tmp_path / "a.mtz", random_map(), d_min)


def test_no_reflections_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"d_min is 100.0 Å, coarser than all .* 15\.6 Å"):
        write_map_coefficients(tmp_path / "a.mtz", random_map(), 100.0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_told() -> None:
    with pytest.raises(OutputError, match="full can't be written"):
        write_map_coefficients("/dev/full", random_map(), 3.0)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.mtz can't be written .*none"):
        write_map_coefficients(tmp_path / "none" / "a.mtz", random_map(), 3.0)


@needs_data
def test_a_real_map_comes_back(tmp_path: Path) -> None:
    map_data, _ = read_map(DATA / "em" / "emd_3488.mrc")
    write_map_coefficients(tmp_path / "a.mtz", map_data, 3.2)
    result = summed(tmp_path / "a.mtz", map_data.values.shape).ravel()
    assert np.corrcoef(result, band_limited(map_data, 3.2).ravel())[0, 1] > 0.999999


@pytest.mark.parametrize("d_min", [0.9, 2.0, 3.1, 7.0])
@pytest.mark.parametrize(
    ("shape", "cell"),
    [
        ((12, 10, 14), UnitCell(15, 12, 13)),
        ((9, 16, 7), UnitCell(11, 17, 9, 65, 112, 100)),
        ((16, 5, 6), UnitCell(8, 6, 7, 40, 50, 60)),
        ((1, 8, 9), UnitCell(9, 8, 1)),
        ((2, 3, 1), UnitCell(3, 3, 3)),
    ],
)
def test_as_many_terms_are_counted_as_lie_within_the_sphere(
    shape: tuple[int, int, int], cell: UnitCell, d_min: float
) -> None:
    source = random_map(shape, cell)
    s_squared, on_nyquist = s_squared_of_all_terms(source)
    is_within = (s_squared <= (1 + 1e-6) / d_min**2) & ~on_nyquist & (s_squared > 0)
    parameters = source.box.parameters()
    count = _core.count_reflections(shape, parameters, d_min)
    assert count == np.count_nonzero(is_within) // 2  # of each pair of mates one
    assert len(_core.list_reflections(source.values, parameters, d_min)) == count
