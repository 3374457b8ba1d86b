"""Ours and cctbx's figures agree where both define the same quantity.

The stored figures were measured by cctbx (`bench/peer_figures.py`) on half maps that are
simulated again here. The definitions coincide because

- shells have equal width in s from 0 to 1 / d_min, chosen so that no term is near an edge, where
  cctbx and we would round differently: the numbers of terms are equal, not close;
- d_min is coarser than the Nyquist limit of every axis, so cctbx, which drops the Nyquist
  planes of even axes, and we, who keep them, use the same terms;
- F(000) is left out by both;
- of two Friedel mates cctbx has one term; we count the two as one;
- cctbx's coefficients are V/N times the plain sum over the grid, V the cell's volume and N
  its number of points, so only rms amplitudes need a factor;
- the maps are not masked, tapered or corrected first, and no baseline is taken off the
  correlation; C_ref is sqrt(2c / (1 + c)) of it, 0 where c is below 0;
- the overall B is that of the mean of the half maps, from a likelihood with one optimum.
  cctbx's search for it stops 0.01 to 0.1 Å² short.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from host_python import python_with_cctbx

import map_sharpening
from map_sharpening import HalfMapResult, _core
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.simulation.simulate import SimulatedHalfMaps

sys.path.insert(0, str(Path(__file__).parents[3]))  # bench/ is not part of the package

from bench.reference_figures.peer_figures import (
    CASES,
    STORED,
    Case,
    fingerprint,
    half_maps,
    measure_with_peer,
    with_other_noise,
)

CURVE_TOLERANCE = 1e-3
B_TOLERANCE = 0.1  # Å²


@dataclass(frozen=True)
class Measured:
    """Our figures of a pair of half maps, by the core's functions."""

    n_terms: FloatArray
    fsc: FloatArray
    c_ref: FloatArray
    rms_amplitude: FloatArray  #: on cctbx's scale
    overall_b: FloatArray  #: Å²


def measure(maps: SimulatedHalfMaps, n_shells: int) -> Measured:
    shape, box = maps.half_1.values.shape, maps.half_1.box
    f_1 = _core.forward_transform(maps.half_1.values)
    f_2 = _core.forward_transform(maps.half_2.values)
    mean = (f_1 + f_2) / 2
    shells = (shape, box.parameters(), 1 / (maps.d_min * n_shells), n_shells)
    of_halves = _core.power_sums(f_1, f_2, *shells)
    of_mean = _core.power_sums(mean, mean, *shells)
    positive = np.maximum(of_halves.fsc, 0)
    return Measured(
        n_terms=of_halves.n_terms,
        fsc=of_halves.fsc,
        c_ref=np.sqrt(2 * positive / (1 + positive)),
        rms_amplitude=np.sqrt(of_mean.auto_1 / of_mean.n_terms) * volume_per_point(maps),
        overall_b=np.array(_core.fit_wilson_b(mean, *shells[:2], maps.d_min).b),
    )


def volume_per_point(maps: SimulatedHalfMaps) -> float:
    return float(np.prod(maps.half_1.voxel_size))


def sharpen_whole_box(maps: SimulatedHalfMaps, n_shells: int) -> HalfMapResult:
    """Sharpen without mask or taper, which cctbx's figures don't have either."""
    return map_sharpening.sharpen_half_maps(
        maps.half_1,
        maps.half_2,
        resolution=maps.resolution,
        mask=False,
        wrapping=True,
        n_bins=n_shells,
        sharpen_all_maps=False,
    )


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture(scope="module")
def maps(case: Case) -> SimulatedHalfMaps:
    return half_maps(case)


@pytest.fixture(scope="module")
def ours(case: Case, maps: SimulatedHalfMaps) -> Measured:
    return measure(maps, case.n_shells)


@pytest.fixture(scope="module")
def result(case: Case, maps: SimulatedHalfMaps) -> HalfMapResult:
    return sharpen_whole_box(maps, case.n_shells)


@pytest.fixture(scope="module")
def stored(case: Case) -> dict[str, Any]:
    return json.loads(STORED.read_text(encoding="utf-8"))[case.name]


@pytest.fixture(scope="module")
def peer(stored: dict[str, Any]) -> dict[str, Any]:
    return stored["figures"]


@pytest.mark.parametrize("half", ["half_1", "half_2"])
def test_the_half_maps_are_still_those_that_cctbx_measured(
    maps: SimulatedHalfMaps, stored: dict[str, Any], half: str
) -> None:
    *expected, expected_sd = stored["fingerprint"][half]
    *values, sd = fingerprint(maps)[half]
    assert sd == pytest.approx(expected_sd, rel=1e-4), (
        "the simulation has changed; run bench/peer_figures.py again"
    )
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-4 * expected_sd)


def test_shells_hold_the_same_number_of_terms(ours: Measured, peer: dict[str, Any]) -> None:
    np.testing.assert_array_equal(ours.n_terms, peer["n_terms"])


def test_fsc_equals_the_correlation_of_cctbx(ours: Measured, peer: dict[str, Any]) -> None:
    np.testing.assert_allclose(ours.fsc, peer["fsc"], rtol=0, atol=CURVE_TOLERANCE)


def test_c_ref_equals_that_of_cctbx(ours: Measured, peer: dict[str, Any]) -> None:
    np.testing.assert_allclose(ours.c_ref, peer["c_ref"], rtol=0, atol=CURVE_TOLERANCE)


def test_rms_amplitude_equals_that_of_cctbx(ours: Measured, peer: dict[str, Any]) -> None:
    np.testing.assert_allclose(ours.rms_amplitude, peer["rms_amplitude"], rtol=CURVE_TOLERANCE)


def test_overall_b_equals_that_of_cctbx(ours: Measured, peer: dict[str, Any]) -> None:
    np.testing.assert_allclose(ours.overall_b, peer["overall_b"], rtol=0, atol=B_TOLERANCE)


def test_the_table_of_a_run_holds_the_fsc_of_cctbx(
    case: Case, result: HalfMapResult, peer: dict[str, Any]
) -> None:
    fsc = result.shells.fsc_unmasked[: case.n_shells]
    np.testing.assert_allclose(fsc, peer["fsc"], rtol=0, atol=CURVE_TOLERANCE)


def test_the_table_of_a_run_holds_the_c_ref_of_cctbx(
    case: Case, result: HalfMapResult, peer: dict[str, Any]
) -> None:
    c_ref = result.shells.c_ref[: case.n_shells]
    np.testing.assert_allclose(c_ref, peer["c_ref"], rtol=0, atol=CURVE_TOLERANCE)


def test_the_table_of_a_run_holds_the_rms_amplitudes_of_cctbx(
    case: Case, maps: SimulatedHalfMaps, result: HalfMapResult, peer: dict[str, Any]
) -> None:
    rms = result.shells.rms_amplitude[: case.n_shells] * volume_per_point(maps)
    np.testing.assert_allclose(rms, peer["rms_amplitude"], rtol=CURVE_TOLERANCE)


def test_a_run_reports_the_overall_b_of_cctbx(result: HalfMapResult, peer: dict[str, Any]) -> None:
    assert result.anisotropy is not None
    left_in = 10 * result.d_min * np.array([1, 1, 1, 0, 0, 0])
    overall_b = np.array(result.anisotropy.overall_u.values) * 8 * np.pi**2 + left_in
    np.testing.assert_allclose(overall_b, peer["overall_b"], rtol=0, atol=B_TOLERANCE)


@pytest.mark.peer
def test_cctbx_run_now_agrees_on_other_noise(case: Case) -> None:
    peer_python = python_with_cctbx("iotbx.map_manager")
    maps = half_maps(with_other_noise(case))
    peer = measure_with_peer(peer_python, maps, case.n_shells)
    ours = measure(maps, case.n_shells)
    np.testing.assert_array_equal(ours.n_terms, peer["n_terms"])
    np.testing.assert_allclose(ours.fsc, peer["fsc"], rtol=0, atol=CURVE_TOLERANCE)
    np.testing.assert_allclose(ours.c_ref, peer["c_ref"], rtol=0, atol=CURVE_TOLERANCE)
    np.testing.assert_allclose(ours.rms_amplitude, peer["rms_amplitude"], rtol=CURVE_TOLERANCE)
    np.testing.assert_allclose(ours.overall_b, peer["overall_b"], rtol=0, atol=B_TOLERANCE)
