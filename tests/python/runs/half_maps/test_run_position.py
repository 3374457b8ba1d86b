"""Outputs lie where the half maps lie, whatever their headers say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gemmi
import mrcfile
import numpy as np
import pytest
from half_map_run import (
    MAPS,
    Finished,
    Placed,
    correlation,
    is_valid_map,
    map_of_coefficients,
)
from written import labels_of, values_of

from map_sharpening.simulation.simulate import SimulatedHalfMaps


def written_header(path: Path) -> np.recarray[Any, Any]:
    with mrcfile.open(path, header_only=True) as opened:
        header: np.recarray[Any, Any] = opened.header.copy()
    return header


def written_headers(placed: Placed) -> list[np.recarray[Any, Any]]:
    return [written_header(placed.folder / name) for name in MAPS]


def test_outputs_keep_nstart(placed: Placed) -> None:
    for header in written_headers(placed):
        found = [float(header[f"n{axis}start"]) for axis in "xyz"]
        assert found == placed.expected("start", (0, 0, 0))


def test_outputs_keep_the_origin(placed: Placed) -> None:
    for header in written_headers(placed):
        found = [float(header["origin"][axis]) for axis in "xyz"]
        assert found == placed.expected("origin", (0, 0, 0))


def test_outputs_keep_the_sampling_of_the_cell(placed: Placed) -> None:
    size = placed.values[0].shape[::-1]
    for header in written_headers(placed):
        found = [float(header[f"m{axis}"]) for axis in "xyz"]
        assert found == placed.expected("sampling", size)


def test_outputs_keep_the_cell(placed: Placed) -> None:
    with mrcfile.open(placed.given, header_only=True) as opened:
        cell = opened.header.cella.item()
    assert all(header.cella.item() == cell for header in written_headers(placed))


def test_outputs_are_volumes(placed: Placed) -> None:
    assert {int(header["ispg"]) for header in written_headers(placed)} == {1}


def test_outputs_have_axes_1_2_3(placed: Placed) -> None:
    orders = {
        tuple(int(header[f"map{axis}"]) for axis in "crs") for header in written_headers(placed)
    }
    assert orders == {(1, 2, 3)}


def test_outputs_keep_the_labels(placed: Placed) -> None:
    given = list(placed.header.get("labels", ()))
    for name in MAPS:
        assert labels_of(placed.folder / name)[: len(given)] == given


def test_outputs_pass_the_validator_wherever_they_lie(placed: Placed) -> None:
    assert all(is_valid_map(placed.folder / name) for name in MAPS)


def coot_place(path: Path) -> list[float]:
    """Where gemmi and Coot put the first grid point, as fractions of the cell: NSTART."""
    read = gemmi.read_ccp4_map(str(path))
    read.setup(float("nan"), gemmi.MapSetup.ReorderOnly)
    return [read.header_i32(5 + axis) / read.header_i32(8 + axis) for axis in range(3)]


def chimerax_place(path: Path) -> list[float]:
    """Where ChimeraX and Mol* put the first grid point, in Å: ORIGIN if set, else NSTART."""
    with mrcfile.open(path, header_only=True) as opened:
        header = opened.header.copy()
    origin = [float(header["origin"][axis]) for axis in "xyz"]
    if any(origin):
        return origin
    along = {
        int(header[f"map{c}"]): int(header[f"n{s}start"])
        for c, s in zip("crs", "xyz", strict=True)
    }
    return [
        along[number] * float(header["cella"][axis]) / int(header[f"m{axis}"])
        for number, axis in enumerate("xyz", start=1)
    ]


@pytest.mark.parametrize("place_in", [coot_place, chimerax_place])
def test_viewers_place_input_and_output_alike(
    placed: Placed, place_in: Callable[[Path], list[float]]
) -> None:
    assert place_in(placed.folder / "sharpened_map.ccp4") == place_in(placed.given)


def test_place_and_layout_of_the_file_do_not_change_the_density(
    placed: Placed, finished: Finished, simulated: SimulatedHalfMaps
) -> None:
    sharpened = values_of(placed.folder / "sharpened_map.ccp4")
    if sharpened.shape == simulated.truth.values.shape:
        expected = values_of(finished.folder / "sharpened_map.ccp4")
        np.testing.assert_array_equal(sharpened, expected)
    else:
        assert correlation(sharpened, placed.values[0] + placed.values[1]) > 0.6


def test_coefficients_start_at_the_first_grid_point(placed: Placed) -> None:
    sharpened = values_of(placed.folder / "sharpened_map.ccp4")
    back = map_of_coefficients(placed.folder / "sharpened_map_coeffs.mtz", sharpened.shape)
    assert correlation(back, sharpened) > 0.9999


def test_coefficients_have_the_cell_of_the_box(placed: Placed) -> None:
    cell = gemmi.read_mtz_file(str(placed.folder / "sharpened_map_coeffs.mtz")).cell
    with mrcfile.open(placed.given, header_only=True) as opened:
        voxel = opened.voxel_size.item()
    size = placed.values[0].shape[::-1]
    edges = [step * count for step, count in zip(voxel, size, strict=True)]
    assert [cell.a, cell.b, cell.c] == pytest.approx(edges, rel=1e-5)


def test_log_tells_that_coefficients_are_moved(placed: Placed) -> None:
    is_moved = any(placed.header.get("start", ())) or any(placed.header.get("origin", ()))
    log = (placed.folder / "log.txt").read_text(encoding="utf-8")
    assert ("first grid point at 0 0 0" in log) == is_moved
