"""Local B factors: identities, memory, symmetry copies, and maps nearer to the truth."""

from __future__ import annotations

import weakref
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from random_maps import THREAD_COUNTS, TRICLINIC, UNEQUAL_ODD, correlation, on_grid
from real_data import DATA, needs_data

from map_sharpening import _core
from map_sharpening.errors import ParameterError
from map_sharpening.io.models import read_atoms
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.map_data import FloatMap, MapData, UnitCell
from map_sharpening.methods.b_factor.result import LocalBFactor
from map_sharpening.methods.b_factor.tiles import (
    LocalOptions,
    sharpen_locally,
    without_local_anisotropy,
)
from map_sharpening.molecule.ncs import NcsGroup
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import SimulatedHalfMaps, simulate_half_maps

D_MIN = 3.1  #: Å
B_SHARPEN = (-80.0, -40.0, 0.0, 40.0, 80.0)
SMALL = LocalOptions(box_size=(20, 18, 22), target_n_overlap=9)


# Maps


def atoms_in(shape: tuple[int, int, int], cell: UnitCell, seed: int = 1) -> MapData:
    """Return Gaussian atoms, wider on one side of x than on the other, and a little noise."""
    rng = np.random.default_rng(seed)
    axes = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    values = 0.0005 * rng.standard_normal(shape)
    for _ in range(70):
        centre = [n * rng.uniform(0.25, 0.75) for n in shape]
        width = 1.5 + 1.5 * centre[2] / shape[2]
        squared = sum((axis - place) ** 2 for axis, place in zip(axes, centre, strict=True))
        values += np.exp(-squared / width**2) / width**3
    return on_grid(values.astype(np.float32), cell, "atoms")


@cache
def sample(name: str = "odd") -> MapData:
    return atoms_in(*{"odd": UNEQUAL_ODD, "triclinic": TRICLINIC}[name])


def coefficients_of(source: MapData) -> npt.NDArray[np.complex64]:
    return _core.forward_transform(source.values)


def trials(b_sharpen: tuple[float, ...] = B_SHARPEN) -> list[_core.LocalTrial]:
    return [_core.LocalTrial(b, _core.b_iso_factors(b)) for b in b_sharpen]


def sharpened_whole(source: MapData, b_sharpen: float) -> FloatMap:
    return _core.make_sharpened_map(
        coefficients_of(source),
        source.values.shape,
        source.box.parameters(),
        D_MIN,
        _core.b_iso_factors(b_sharpen),
    )


def sharpened(
    source: MapData,
    some_trials: list[_core.LocalTrial] | None = None,
    threads: int = 0,
    **wanted: object,
) -> tuple[FloatMap, LocalBFactor]:
    arguments: dict[str, object] = {"centre": 0.0, "options": SMALL} | wanted
    return sharpen_locally(
        source,
        coefficients_of(source),
        FourierGrid.to_d_min(source, D_MIN, threads),
        some_trials or trials(),
        **arguments,
    )


# Identities


def test_one_tile_as_large_as_the_map_gives_the_choice_of_the_whole():
    options = LocalOptions(box_size=(99, 99, 99))
    values, local = sharpened(sample(), centre=40.0, options=options)
    np.testing.assert_allclose(local.b_sharpen_of_tiles, [40.0], atol=1e-6)
    np.testing.assert_allclose(values, sharpened_whole(sample(), 40.0), atol=1e-5)


def test_a_single_trial_gives_that_map():
    values, _ = sharpened(sample(), trials((55.0,)), centre=55.0)
    np.testing.assert_allclose(values, sharpened_whole(sample(), 55.0), atol=1e-5)


@pytest.mark.parametrize("name", ["odd", "triclinic"])
@pytest.mark.parametrize("wrapping", [False, True])
def test_the_map_is_the_linear_blend_of_the_trials_that_enclose_b(name, wrapping):
    source = sample(name)
    values, local = sharpened(source, options=replace(SMALL, periodic=wrapping))
    b_map = local.b_sharpen.values
    assert b_map.max() - b_map.min() > 4
    expected = np.zeros(values.shape)
    for index, b_sharpen in enumerate(B_SHARPEN):
        hat = np.interp(b_map, B_SHARPEN, np.eye(len(B_SHARPEN))[index])
        expected += hat * _core.make_trial_map(
            coefficients_of(source),
            values.shape,
            source.box.parameters(),
            D_MIN,
            _core.b_iso_factors(b_sharpen),
        )
    expected = (expected - expected.mean()) / expected.std()
    np.testing.assert_allclose(values, expected, atol=2e-5)


def test_trial_maps_agree_at_low_resolution():
    place = (coefficients_of(sample()), sample().values.shape, sample().box.parameters(), D_MIN)
    low = [
        np.fft.rfftn(_core.make_trial_map(*place, _core.b_iso_factors(b)))[0, 0, 1]
        for b in (-200.0, 200.0)
    ]
    assert abs(low[0] / low[1]) == pytest.approx(1, abs=0.04)


def test_b_stays_within_the_trials():
    _, local = sharpened(sample(), trials((-5.0, 0.0, 5.0)))
    assert -5 <= local.b_sharpen_of_tiles.min() < local.b_sharpen_of_tiles.max() <= 5


def test_wider_atoms_are_sharpened_more():
    _, local = sharpened(sample())
    x, b = local.centres[:, 0], local.b_sharpen_of_tiles
    middle = sample().box.a / 2
    assert b[x > middle].mean() > b[x < middle].mean() + 5


def test_the_larger_the_smoothing_radius_the_less_b_varies():
    spread = [
        np.ptp(
            sharpened(sample(), options=replace(SMALL, smoothing_radius=r))[1].b_sharpen_of_tiles
        )
        for r in (5.0, 60.0)
    ]
    assert spread[0] > 2 * spread[1]


def test_the_usual_smoothing_radius_is_two_thirds_of_the_distance_between_tiles():
    source = on_grid(sample().values[:44, :44, :44], UnitCell(44, 44, 44), "cube")
    options = LocalOptions(box_size=(24, 24, 24), target_n_overlap=4)
    _, local = sharpened(source, options=options)
    assert local.smoothing_radius == pytest.approx(2 / 3 * 20)


@pytest.mark.slow
@pytest.mark.parametrize("wrapping", [False, True])
def test_any_number_of_threads_gives_the_same_bytes(wrapping):
    options = replace(SMALL, periodic=wrapping)
    molecule = sample().values > 0.05
    first, *others = (
        sharpened(sample(), options=options, molecule=molecule, threads=n) for n in THREAD_COUNTS
    )
    for values, local in others:
        assert values.tobytes() == first[0].tobytes()
        assert local.b_sharpen.values.tobytes() == first[1].b_sharpen.values.tobytes()


def test_a_periodic_map_moved_by_a_tile_has_its_b_moved():
    source = on_grid(
        np.ascontiguousarray(sample().values[:40, :40, :40]), UnitCell(44, 44, 44), ""
    )
    moved = source.with_values(np.ascontiguousarray(np.roll(source.values, (20, 10), (0, 2))))
    options = LocalOptions(box_size=(20, 20, 20), target_n_overlap=10, periodic=True)
    _, here = sharpened(source, options=options)
    _, there = sharpened(moved, options=options)
    np.testing.assert_allclose(
        there.b_sharpen.values, np.roll(here.b_sharpen.values, (20, 10), (0, 2)), atol=0.02
    )


# The molecule


def test_tiles_without_molecule_have_the_b_of_the_map_or_of_their_neighbours():
    molecule = np.zeros(sample().values.shape, dtype=bool)
    molecule[:20, :18, :20] = True
    options = replace(SMALL, smoothing_radius=1.0)
    _, local = sharpened(sample(), options=options, molecule=molecule)
    far = np.linalg.norm(local.centres - local.centres[0], axis=1) > 30
    np.testing.assert_allclose(local.b_sharpen_of_tiles[far], 0, atol=1e-9)


# Symmetry


def test_copies_by_symmetry_have_the_same_b():
    turn = np.diag([-1.0, -1.0, 1.0])
    # Grid points 0 ... 43 in steps of 1 Å: tiles and their copies lie on each other.
    group = NcsGroup(np.stack([np.eye(3), turn]), np.array([[0, 0, 0], [43.0, 43.0, 0]]))
    source = on_grid(
        np.ascontiguousarray(sample().values[:44, :44, :44]), UnitCell(44, 44, 44), ""
    )
    options = LocalOptions(box_size=(20, 20, 20), target_n_overlap=10, smoothing_radius=8.0)
    _, with_copies = sharpened(source, ncs=[group], options=options)
    _, without = sharpened(source, options=options)

    def asymmetry(local: LocalBFactor) -> float:
        counts = _core.make_tiles((44, 44, 44), options.tiles).counts
        b = local.b_sharpen_of_tiles.reshape(counts)
        return float(np.abs(b - b[:, ::-1, ::-1]).max())

    assert asymmetry(without) > 3
    assert asymmetry(with_copies) < 1e-6


def test_symmetry_is_that_of_the_frame_of_the_map():
    turn = np.diag([-1.0, -1.0, 1.0])
    source = sample()
    start = (12, -7, 30)
    step = np.array(source.voxel_size)
    moved = replace(source, position=replace(source.position, start=start))
    here = NcsGroup(np.stack([np.eye(3), turn]), np.array([[0, 0, 0], [60.0, 55.0, 0]]))
    shift = step * start
    there = replace(here, translations=here.translations + shift - here.rotations @ shift)
    _, expected = sharpened(source, ncs=[here])
    _, found = sharpened(moved, ncs=[there])
    np.testing.assert_allclose(found.b_sharpen_of_tiles, expected.b_sharpen_of_tiles, atol=1e-6)
    np.testing.assert_allclose(found.centres, expected.centres + shift, atol=1e-6)


def test_places_in_any_copy_have_the_copies_of_the_first():
    # Three copies in a row: not a closed group, so the copy that a place is in matters.
    shifts = np.array([[0.0, 0, 0], [20.0, 0, 0], [40.0, 0, 0]])
    centres = shifts + np.array([10.0, 22.0, 22.0])
    group = NcsGroup(np.stack([np.eye(3)] * 3), shifts, centres=centres)
    source = on_grid(
        np.tile(sample().values[:44, :44, :20], (1, 1, 3)).copy(), UnitCell(60, 44, 44), ""
    )
    options = LocalOptions(box_size=(20, 44, 44), target_n_overlap=0, smoothing_radius=4.0)
    _, local = sharpened(source, ncs=[group], options=options)
    np.testing.assert_allclose(local.b_sharpen_of_tiles, local.b_sharpen_of_tiles[0], atol=1e-6)


# Trial maps of the caller


def test_one_trial_map_is_held_at_a_time():
    alive: list[weakref.ref[object]] = []
    most = 0

    def count(_index, _b_sharpen, make):
        nonlocal most
        made = make()
        alive.append(weakref.ref(made))
        most = max(most, sum(ref() is not None for ref in alive))
        return made

    sharpened(sample(), trial_maps=count)
    assert len(alive) > len(B_SHARPEN)
    assert most == 1


def test_trial_maps_kept_from_an_earlier_run_give_the_same_bytes():
    kept: dict[int, FloatMap] = {}

    def keep(index, b_sharpen, make):
        assert b_sharpen == B_SHARPEN[index]
        kept[index] = make().copy()
        return kept[index]

    expected, _ = sharpened(sample(), trial_maps=keep)
    found, _ = sharpened(sample(), trial_maps=lambda index, _b, _make: kept[index])
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("select", [1, 4])
def test_a_selected_trial_map_is_used_alone(select):
    values, local = sharpened(sample(), options=replace(SMALL, select=select))
    np.testing.assert_allclose(values, sharpened_whole(sample(), B_SHARPEN[select - 1]), atol=1e-5)
    assert np.all(local.b_sharpen.values == B_SHARPEN[select - 1])


# Input that does not fit


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"box_size": (30, 0, 30)}, "box_size is"),
        ({"target_n_overlap": 30}, "target_n_overlap is 30"),
        ({"target_n_overlap": -1}, "target_n_overlap is -1"),
        ({"smoothing_radius": 0.0}, "smoothing_radius is 0"),
    ],
)
def test_an_option_out_of_range_is_refused(wrong, message):
    with pytest.raises(ParameterError, match=message):
        LocalOptions(**wrong)


def test_a_trial_that_does_not_exist_cannot_be_selected():
    with pytest.raises(
        ParameterError, match="select_sharpened_map is 6; expected a number from 1 to 5"
    ):
        sharpened(sample(), options=replace(SMALL, select=6))


# Quality


@cache
def simulated(b_core: float, b_rim: float) -> SimulatedHalfMaps:
    atoms = read_atoms(DATA / "em" / "5ni1_updated.cif")
    return simulate_half_maps(atoms, (80, 80, 80), 1.1, 3.2, b_core=b_core, b_rim=b_rim, threads=1)


def near_atoms(case: SimulatedHalfMaps, values: FloatMap) -> float:
    made = case.mean.with_values(values)
    return correlations(made, case.truth, case.near_atoms, case.d_min).near_atoms


def local_and_global(case: SimulatedHalfMaps, b_sharpen: float) -> tuple[float, float]:
    source = case.mean

    def factors(b: float) -> _core.ScaleFactors:
        return _core.b_iso_to_d_cut_factors(
            _core.BFactorTrial(b_sharpen=b, d_cut=case.resolution), case.d_min
        )

    coefficients = coefficients_of(source)
    whole = _core.make_sharpened_map(
        coefficients, source.values.shape, source.box.parameters(), case.d_min, factors(b_sharpen)
    )
    values, _ = sharpen_locally(
        source,
        coefficients,
        FourierGrid.to_d_min(source, case.d_min),
        [_core.LocalTrial(b, factors(b)) for b in sorted({*range(-100, 201, 20), b_sharpen})],
        centre=b_sharpen,
        molecule=case.near_atoms,
        options=LocalOptions(),
    )
    return near_atoms(case, values), near_atoms(case, whole)


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("b_sharpen", [65.0, pytest.param(90.0, marks=pytest.mark.slow)])
def test_where_b_varies_local_b_factors_come_nearer_to_the_truth(b_sharpen):
    local, of_whole = local_and_global(simulated(40.0, 250.0), b_sharpen)
    assert local > of_whole + 0.002


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("b_sharpen", [60.0, 110.0])
def test_where_b_is_constant_local_b_factors_change_nothing(b_sharpen):
    local, of_whole = local_and_global(simulated(110.0, 110.0), b_sharpen)
    assert local == pytest.approx(of_whole, abs=0.002)


# Local anisotropy


@pytest.mark.slow
def test_anisotropy_that_differs_from_place_to_place_is_taken_off():
    rng = np.random.default_rng(5)
    shape = (48, 48, 72)
    axes = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    blurred, truth = np.zeros(shape), np.zeros(shape)
    for _ in range(160):
        centre = [rng.uniform(8, n - 8) for n in shape]
        squares = [(axis - place) ** 2 for axis, place in zip(axes, centre, strict=True)]
        along_x = centre[2] < shape[2] / 2
        widths = (3.0, 3.0, 6.0) if along_x else (3.0, 6.0, 3.0)
        blurred += np.exp(-sum(q / w for q, w in zip(squares, widths, strict=True)))
        truth += np.exp(-sum(squares) / 4.0)
    source = on_grid(blurred.astype(np.float32), UnitCell(72, 48, 48), "blurred")
    changed = without_local_anisotropy(
        coefficients_of(source),
        FourierGrid.to_d_min(source, 2.5),
        _core.b_iso_factors(0.0),
        options=LocalOptions(box_size=(24, 24, 24), target_n_overlap=8),
    )
    after = _core.inverse_transform(changed.copy(), shape[2])
    assert 1 - correlation(after, truth) < 0.8 * (1 - correlation(source.values, truth))


def test_a_map_with_one_tile_has_no_local_anisotropy():
    before = coefficients_of(sample())
    after = without_local_anisotropy(
        before,
        FourierGrid.to_d_min(sample(), D_MIN),
        _core.b_iso_factors(0.0),
        options=LocalOptions((99, 99, 99)),
    )
    kept = np.abs(after) > 1e-3 * np.abs(after).max()
    np.testing.assert_allclose(after[kept], before[kept], rtol=1e-2)
