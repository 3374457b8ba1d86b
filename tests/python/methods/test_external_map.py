"""Scaling to an external map: identities, tensors, guards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from map_sharpening import _core
from map_sharpening.errors import GridMismatchError, MapValueError, ParameterError
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.methods.external_map import ExternalMapResult, sharpen_by_external_map
from map_sharpening.simulation.simulate import SimulatedHalfMaps

SHAPE = (36, 41, 44)
TRICLINIC = UnitCell(52.0, 48.0, 43.0, 82.0, 104.0, 96.0)
TENSOR = (-20.0, 5.0, 15.0, 4.0, -6.0, 8.0)
RESOLUTION = 3.6


def noise(seed: int = 0) -> MapData:
    generator = np.random.default_rng(seed)
    nz, ny, nx = SHAPE
    values = generator.standard_normal(SHAPE, dtype=np.float32)
    return MapData(values, MapPosition(TRICLINIC, (nx, ny, nz)), f"noise {seed}")


def filtered(source: MapData, b_factor: float, tensor: npt.ArrayLike = (0.0,) * 6) -> MapData:
    """Return a map times exp(-b s² / 4 - s B s / 4)."""
    b = [float(v) for v in np.asarray(tensor) + np.array([b_factor] * 3 + [0.0] * 3)]
    factors = _core.ScaleFactors(1.0, [1.0, 1.0], gain_b=b)
    nz, ny, nx = source.values.shape
    cell = source.box.parameters()
    transformed = _core.forward_transform(np.ascontiguousarray(source.values))
    made, _ = _core.apply_scale_factors(transformed, (nz, ny, nx), cell, 10.0, factors)
    return source.with_values(_core.inverse_transform(made, nx), "filtered")


def scaled(full_map: MapData, external: MapData, **options: Any) -> ExternalMapResult:
    options.setdefault("resolution", RESOLUTION)
    options.setdefault("wrapping", True)
    return sharpen_by_external_map(full_map, external, **options)


def test_map_against_itself_is_not_scaled() -> None:
    source = filtered(noise(), 60.0)
    shells = scaled(source, source).shells
    np.testing.assert_allclose(shells.scale / shells.scale[0], 1.0, rtol=1e-3)
    np.testing.assert_allclose(shells.correlation, 1.0, rtol=1e-5)


def test_blurred_map_is_restored_in_every_direction() -> None:
    sharp = noise()
    found = scaled(filtered(sharp, 80.0, TENSOR), sharp)
    expected = scaled(sharp, sharp).sharpened.values
    correlation = np.corrcoef(found.sharpened.values.ravel(), expected.ravel())[0, 1]
    assert correlation > 0.998


def test_tensor_of_the_factors_is_that_of_the_difference() -> None:
    found = scaled(filtered(noise(), 80.0, TENSOR), noise())
    assert found.relative_b is not None
    np.testing.assert_allclose(found.relative_b.values, -np.array(TENSOR), atol=2.0)


def test_power_by_shell_becomes_the_external_maps() -> None:
    external = filtered(noise(1), 30.0, TENSOR)
    found = scaled(filtered(noise(), 90.0), external)
    after = scaled(found.sharpened, external).shells
    ratio = (after.rms_external / after.rms_amplitude)[3:]
    np.testing.assert_allclose(ratio / ratio.mean(), 1.0, atol=0.08)


def test_isotropic_run_has_no_tensor() -> None:
    found = scaled(filtered(noise(), 80.0, TENSOR), noise(), anisotropic=False)
    assert found.relative_b is None


def test_direction_counts() -> None:
    sharp = noise()
    source, expected = filtered(sharp, 80.0, TENSOR), scaled(sharp, sharp).sharpened.values

    def likeness(found: ExternalMapResult) -> float:
        return float(np.corrcoef(found.sharpened.values.ravel(), expected.ravel())[0, 1])

    assert likeness(scaled(source, sharp)) > likeness(scaled(source, sharp, anisotropic=False))


@pytest.mark.parametrize("factors", [(100.0, 1.0), (1e-4, 1.0), (1.0, 1e-4)])
def test_scale_of_neither_map_counts(factors: tuple[float, float]) -> None:
    source, external = filtered(noise(), 80.0, TENSOR), noise(1)
    other = [
        found.with_values(found.values * np.float32(factor))
        for found, factor in zip((source, external), factors, strict=True)
    ]
    np.testing.assert_allclose(
        scaled(*other).sharpened.values, scaled(source, external).sharpened.values, atol=1e-3
    )


def test_what_the_tensor_does_to_the_power_of_a_shell_is_not_done_twice() -> None:
    external = filtered(noise(), 30.0, 4 * np.array(TENSOR))
    found = scaled(filtered(noise(), 30.0), external)
    after = scaled(found.sharpened, external, anisotropic=False).shells
    ratio = (after.rms_external / after.rms_amplitude)[5:]
    np.testing.assert_allclose(ratio / ratio.mean(), 1.0, atol=0.06)


def test_map_has_mean_0_and_the_standard_deviation_asked_for() -> None:
    values = scaled(noise(), noise(1), output_scale_factor=3.0).sharpened.values
    assert values.mean(dtype=np.float64) == pytest.approx(0.0, abs=1e-5)
    assert values.std(dtype=np.float64) == pytest.approx(3.0, rel=1e-4)


def test_number_of_shells_is_that_asked_for() -> None:
    assert len(scaled(noise(), noise(1), n_bins=7).shells.s) == 7


def test_mask_says_where_the_power_is_measured() -> None:
    source, external = filtered(noise(), 60.0), noise()
    half = np.zeros(SHAPE, np.float32)
    half[:18] = 1
    other = external.with_values(np.where(half > 0, external.values, np.float32(0)))
    other = other.with_values(other.values + 5 * filtered(noise(2), 400.0).values * (1 - half))
    by_mask = scaled(source, other, mask=source.with_values(half, "mask")).shells.scale
    whole = scaled(source, other).shells.scale
    assert by_mask[-1] / by_mask[3] > 1.2 * whole[-1] / whole[3]


def test_result_does_not_depend_on_the_number_of_threads() -> None:
    one, three = (
        scaled(noise(), noise(1), threads=threads, wrapping=False).sharpened.values
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(one, three)


def test_blurred_molecule_comes_nearer_to_the_sharp_one(simulated: SimulatedHalfMaps) -> None:
    source, truth, near = simulated.noise_free, simulated.truth, simulated.near_atoms
    found = sharpen_by_external_map(source, truth, resolution=simulated.resolution)
    before, after = (
        np.corrcoef(values[near], truth.values[near])[0, 1]
        for values in (source.values, found.sharpened.values)
    )
    assert found.warnings == ()
    assert after > before + 0.05


def test_another_molecule_is_told() -> None:
    assert "does not look like the map" in scaled(noise(), noise(1)).warnings[0]


def test_external_map_on_another_grid_is_refused() -> None:
    other = replace(noise(), position=replace(noise().position, start=(1, 0, 0)))
    with pytest.raises(GridMismatchError, match=r"lies at .*NSTART"):
        scaled(noise(), other)


def test_constant_external_map_is_refused() -> None:
    flat = noise().with_values(np.zeros(SHAPE, np.float32), "flat map")
    with pytest.raises(MapValueError, match="flat map has the same value 0 at all"):
        scaled(noise(), flat)


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_bins": 0},
        {"output_scale_factor": 0.0},
        {"output_scale_factor": 1e13},
        {"resolution": 0.5},
    ],
)
def test_parameter_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ParameterError, match=name):
        scaled(noise(), noise(1), **wrong)
