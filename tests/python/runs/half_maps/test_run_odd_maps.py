"""Half maps that are odd but valid, or at least understood."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from examples import of_fast_suite
from half_map_files import write_mrc
from half_map_run import (
    MAPS,
    Finished,
    FloatMap,
    correlation,
    is_valid_map,
    run_placed,
    words,
)
from written import values_of

from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.run import RunOutcome, run
from map_sharpening.simulation.demo import demo_half_maps
from map_sharpening.simulation.simulate import SimulatedHalfMaps

# Odd but valid, or at least understood


def run_arrays(
    folder: Path, one: npt.ArrayLike, other: npt.ArrayLike, step: float, *more: str
) -> RunOutcome:
    halves = [
        write_mrc(folder / f"half{number}.mrc", np.asarray(half, np.float32), (step,) * 3)
        for number, half in enumerate((one, other), start=1)
    ]
    return run([*words(halves, folder / "out"), *more])


def is_sound(outcome: RunOutcome) -> bool:
    values = outcome.result.sharpened.values
    return bool(np.isfinite(values).all()) and float(values.std()) == pytest.approx(1, abs=1e-3)


def noise(side: int, seed: int) -> FloatMap:
    made: FloatMap = np.random.default_rng(seed).normal(size=(side,) * 3).astype(np.float32)
    return made


@pytest.mark.parametrize("side", [24, 40])
def test_pure_noise_is_told_to_hold_no_signal(tmp_path: Path, side: int) -> None:
    with pytest.raises(MapValueError, match="check that they are halves of one reconstruction"):
        run_arrays(tmp_path, noise(side, 1), noise(side, 2), 1.5)


def test_pure_noise_is_no_pair_without_a_mask_either(tmp_path: Path) -> None:
    with pytest.raises(MapValueError, match="agree no more than unrelated maps do"):
        run_arrays(tmp_path, noise(40, 1), noise(40, 2), 1.5, "mask=False")


def test_half_maps_filtered_together_are_told_so(
    simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    both = low_passed(simulated.half_1.values)
    with pytest.raises(MapValueError, match="not independent"):
        run_arrays(tmp_path, both, both + 1e-5 * low_passed(simulated.half_2.values), 1.5)


@pytest.mark.parametrize("d", of_fast_suite([None, 5.0], 5.0))
def test_the_end_of_grid_or_data_is_told_once(tmp_path: Path, d: float | None) -> None:
    pair = demo_half_maps(shape=(40, 40, 40), voxel_size=2.1, resolution=4.3)
    clean = pair.noise_free.values
    halves = [clean + 0.3 * (half.values - clean) for half in (pair.half_1, pair.half_2)]
    if d is not None:
        squares = sum(np.square(g) for g in np.ix_(*3 * [np.fft.fftfreq(40, 2.1)]))
        halves = [np.fft.ifftn(np.fft.fftn(v) * (squares < 1 / d**2)).real for v in halves]
    result = run_arrays(tmp_path, *halves, 2.1, "resolution=4.3").result
    assert isinstance(result, HalfMapResult)
    assert result.local_resolution is not None
    at_limit = result.local_resolution.warnings
    assert any("at the fine limit" in text for text in at_limit)
    assert not any("at the fine limit" in text for text in result.warnings)
    end = "Nyquist limit: the voxel size limits" if d is None else "were low-pass filtered"
    assert sum(end in text for text in result.warnings) == 1


def low_passed(values: FloatMap) -> FloatMap:
    s = [np.fft.fftfreq(n, 1.5) for n in values.shape]
    s_squared = s[0][:, None, None] ** 2 + s[1][:, None] ** 2 + s[2] ** 2
    filtered = np.fft.ifftn(np.fft.fftn(values) * np.exp(-200 * s_squared)).real
    made: FloatMap = filtered.astype(np.float32)
    return made


@pytest.fixture
def zero_outside(simulated: SimulatedHalfMaps, tmp_path: Path) -> RunOutcome:
    near = simulated.near_atoms
    return run_arrays(
        tmp_path, simulated.half_1.values * near, simulated.half_2.values * near, 1.5
    )


@pytest.mark.slow
def test_maps_masked_with_zeros_outside_are_sharpened(zero_outside: RunOutcome) -> None:
    assert is_sound(zero_outside)


def test_contour_level_of_maps_with_zeros_outside_is_above_them(
    zero_outside: RunOutcome,
) -> None:
    assert zero_outside.result.contour_level >= 0.5


@pytest.mark.slow
def test_box_of_prime_sides_is_sharpened(odd_halves: SimulatedHalfMaps, tmp_path: Path) -> None:
    halves = (odd_halves.half_1, odd_halves.half_2)
    placed = run_placed(tmp_path, halves, {})
    sharpened = values_of(placed.folder / "sharpened_map.ccp4")
    near, truth = odd_halves.near_atoms, odd_halves.truth.values
    before = correlation(odd_halves.mean.values[near], truth[near])
    assert correlation(sharpened[near], truth[near]) > before


def test_tiny_map_is_sharpened(simulated: SimulatedHalfMaps, tmp_path: Path) -> None:
    middle = (slice(20, 36),) * 3
    outcome = run_arrays(
        tmp_path, simulated.half_1.values[middle], simulated.half_2.values[middle], 1.5
    )
    assert is_sound(outcome)


@pytest.mark.parametrize("resolution", [10.5, 40.0, 1e4])
def test_resolution_must_be_finer_than_a_quarter_of_the_box(
    simulated: SimulatedHalfMaps, tmp_path: Path, resolution: float
) -> None:
    quarter = (slice(8, 36),) * 3
    with pytest.raises(ParameterError, match=r"coarser than the 10\.5 Å|quarter of its"):
        run_arrays(
            tmp_path,
            simulated.half_1.values[quarter],
            simulated.half_2.values[quarter],
            1.5,
            f"resolution={resolution + 0.01}",
        )


def test_coarse_map_of_a_large_particle_is_sharpened(
    simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    outcome = run_arrays(
        tmp_path, simulated.half_1.values, simulated.half_2.values, 5.0, "resolution=20"
    )
    assert is_sound(outcome)
    assert outcome.result.guinier.d_low == pytest.approx(50.0)


def test_guinier_fit_starts_at_10_angstrom_at_usual_resolutions(finished: Finished) -> None:
    assert finished.outcome.result.guinier.d_low == pytest.approx(10.0)


def test_guinier_range_given_must_be_coarser_than_the_resolution(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match="guinier_d_low is 3"):
        run(words(half_files, tmp_path, "guinier_d_low=3"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "word",
    [
        pytest.param("n_bins=4", marks=pytest.mark.slow),
        pytest.param("n_bins=1000", marks=pytest.mark.slow),
        "randomise_phases_beyond=0.5",
        pytest.param("randomise_phases_beyond=1000", marks=pytest.mark.slow),
        "guinier_d_low=1e9",
        pytest.param("guinier_d_low=4.0001", marks=pytest.mark.slow),
        pytest.param("output_scale_factor=1e-6", marks=pytest.mark.slow),
        "output_scale_factor=1e12",
        pytest.param("ideal_curve=nucleic_acid", marks=pytest.mark.slow),
        "ideal_curve=beta_galactosidase",
        "anisotropic_sharpen=False",
        "nproc=64",
    ],
)
def test_unusual_values_give_finite_maps(
    half_files: tuple[Path, Path], tmp_path: Path, word: str
) -> None:
    run(words(half_files, tmp_path, word, f"report={'n_bins' in word}"))
    assert all(is_valid_map(tmp_path / name) for name in MAPS)


def test_scale_factor_beyond_32_bit_numbers_is_refused(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(
        ParameterError, match=r"output_scale_factor is .1e39.; expected a number from"
    ):
        run(words(half_files, tmp_path, "output_scale_factor=1e39"))


@pytest.mark.parametrize(
    ("factor", "shift"),
    [pytest.param(1e12, 0.0, marks=pytest.mark.slow), (1e-12, 0.0), (1.0, 8.0)],
)
def test_scale_and_zero_of_the_input_do_not_matter(
    simulated: SimulatedHalfMaps,
    finished: Finished,
    tmp_path: Path,
    factor: float,
    shift: float,
) -> None:
    outcome = run_arrays(
        tmp_path,
        factor * (simulated.half_1.values + np.float32(shift)),
        factor * (simulated.half_2.values + np.float32(shift)),
        1.5,
    )
    expected = values_of(finished.folder / "sharpened_map.ccp4")
    np.testing.assert_allclose(outcome.result.sharpened.values, expected, atol=2e-3)
