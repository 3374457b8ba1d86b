"""How good B-factor sharpened maps are: simulated and deposited ones."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import gemmi
import numpy as np
import numpy.typing as npt
import pytest
from b_factor_maps import (
    D_MIN,
    blurred,
    filtered,
    made,
    s_of,
    s_squared_of,
)
from random_maps import correlation
from real_data import DATA, needs_data

from bench.quality.reconstruction import specimen
from map_sharpening import sharpen_by_b_factor, sharpen_half_maps
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_atoms
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.b_factor.search.closeness import Closeness
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.simulation.demo import demo_half_maps
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import (
    SimulatedHalfMaps,
    b_factors_by_distance,
    simulate_half_maps,
)

pytestmark = pytest.mark.slow


# How good the map is


@pytest.fixture(scope="module")
def demo() -> SimulatedHalfMaps:
    return demo_half_maps()


def near_the_atoms(maps: SimulatedHalfMaps, sharpened: MapData) -> float:
    return correlations(sharpened, maps.truth, maps.near_atoms, maps.d_min).near_atoms


@pytest.fixture(scope="module")
def by_default(demo: SimulatedHalfMaps) -> float:
    return near_the_atoms(demo, sharpen_by_b_factor(demo.mean, resolution=3.0).sharpened)


def test_the_default_choice_is_as_good_as_the_best_b_near_the_atoms(
    demo: SimulatedHalfMaps, by_default: float
) -> None:
    best = max(
        near_the_atoms(
            demo,
            made(demo.mean, resolution=3.0, b_iso=float(b), target="kurtosis").sharpened,
        )
        for b in range(-40, 81, 20)
    )
    assert by_default > best - 0.01


def test_the_default_choice_is_better_than_the_map_given(
    demo: SimulatedHalfMaps, by_default: float
) -> None:
    assert by_default > near_the_atoms(demo, demo.mean) + 0.05


# A deposited map


def atoms_on_grid_of(source: MapData, atoms: Atoms, spread: float) -> MapData:
    """Return the density of atoms with B = 0, terms to the limit of 2.7 Å and a little more."""
    density = gemmi.DensityCalculatorE()
    density.grid.set_unit_cell(gemmi.UnitCell(*source.box.parameters()))
    nz, ny, nx = source.values.shape
    density.grid.set_size(nx, ny, nz)
    density.blur = spread
    density.cutoff = 1e-6
    density.initialize_grid()
    atom = gemmi.Atom()
    atom.b_iso = 0.0
    for position, element, occupancy in zip(
        atoms.positions, atoms.elements, atoms.occupancies, strict=True
    ):
        atom.pos = gemmi.Position(*position)
        atom.element = gemmi.Element(str(element))
        atom.occ = float(occupancy)
        density.add_atom_density_to_grid(atom)
    values = source.with_values(np.ascontiguousarray(density.grid.array.T), "model")
    s_squared = s_squared_of(source)
    return filtered(values, np.where(s_squared < 1 / 2.6**2, np.exp(spread * s_squared / 4), 0))


class Deposited:
    """EMD-3488, the density of 5NI1 with B = 0, and the points near its atoms."""

    def __init__(self) -> None:
        folder = DATA / "em"
        self.map, _ = read_map(folder / "emd_3488.mrc")
        atoms = read_atoms(folder / "5ni1_updated.cif")
        self.model = atoms_on_grid_of(self.map, atoms, 80.0)
        near = gemmi.FloatGrid(*self.map.values.shape[::-1])
        near.set_unit_cell(gemmi.UnitCell(*self.map.box.parameters()))
        for position in atoms.positions:
            near.set_points_around(gemmi.Position(*position), 3.0, 1.0)
        self.near = np.ascontiguousarray(near.array.T) > 0.5

    def fit(self, of_map: MapData) -> float:
        return correlations(of_map, self.model, self.near, D_MIN).near_atoms


@pytest.fixture(scope="module")
def deposited() -> Deposited:
    return Deposited()


@pytest.fixture(scope="module")
def blurred_deposit(deposited: Deposited) -> MapData:
    return blurred(deposited.map, 100.0)


@pytest.fixture(scope="module")
def restored(blurred_deposit: MapData) -> MapData:
    return made(blurred_deposit, solvent_content=None).sharpened


@pytest.fixture(scope="module")
def sharpened_deposit(deposited: Deposited) -> MapData:
    return made(deposited.map, solvent_content=None).sharpened


@needs_data
def test_a_deposited_map_that_was_blurred_fits_its_model_better(
    deposited: Deposited, blurred_deposit: MapData, restored: MapData
) -> None:
    assert deposited.fit(restored) > deposited.fit(blurred_deposit) + 0.03


@needs_data
def test_target_kurtosis_also_improves_the_fit_of_a_blurred_map(
    deposited: Deposited, blurred_deposit: MapData
) -> None:
    found = made(blurred_deposit, target="kurtosis")
    assert deposited.fit(found.sharpened) > deposited.fit(blurred_deposit) + 0.03


@needs_data
def test_a_deposited_map_fits_its_model_no_worse(
    deposited: Deposited, sharpened_deposit: MapData
) -> None:
    # Its authors sharpened it: there is next to nothing to gain.
    assert deposited.fit(sharpened_deposit) > deposited.fit(deposited.map) - 0.002


@needs_data
def test_a_blur_before_hardly_changes_what_becomes_of_a_deposited_map(
    sharpened_deposit: MapData, restored: MapData
) -> None:
    assert correlation(sharpened_deposit.values, restored.values) > 0.99


# Matter without detail


@cache
def with_belt(resolution: float, voxel_size: float) -> tuple[SimulatedHalfMaps, MapData]:
    """Return a simulated molecule, and its map with ice and a belt of detergent round it."""
    atoms = read_atoms(DATA / "em" / "5ni1_updated.cif")
    b_core, b_rim, n = 60.0, 150.0, 60
    pair = simulate_half_maps(
        atoms, (n, n, n), voxel_size, resolution, b_core=b_core, b_rim=b_rim, seed=3, threads=1
    )
    centred = atoms.centred_at(np.full(3, n * voxel_size / 2))
    centred = replace(centred, b_factors=b_factors_by_distance(centred, b_core, b_rim))
    noise = pair.mean.values - pair.noise_free.values
    return pair, pair.mean.with_values(specimen(centred, pair.mean, belt=True) + noise)


def cut_and_sharpened(source: MapData, resolution: float, b: float) -> MapData:
    s_squared = s_squared_of(source)
    factor = np.exp(b * s_squared / 4)
    return filtered(source, factor / (1 + np.exp((np.sqrt(s_squared) - 1 / resolution) / 0.005)))


@needs_data
def test_a_belt_does_not_decide_how_a_map_as_reconstructed_is_sharpened() -> None:
    pair, given = with_belt(5.0, 1.6)
    result = sharpen_by_b_factor(given, resolution=5.0)
    share = result.signal_share
    assert share is not None
    assert share.b_of_signal is not None
    summit = max(result.trials, key=lambda trial: trial.scores.skewness)
    assert summit.b_sharpen < 0 < share.b_of_signal
    assert result.chosen.b_sharpen == share.b_of_signal
    assert result.chosen.scores.skewness < result.unsharpened.skewness
    assert "may be that of matter without detail" in " ".join(result.summary().split())
    mean = (summit.b_sharpen + share.b_of_signal) / 2
    misled = sharpen_by_b_factor(given, resolution=5.0, b_sharpen=mean, pseudo_likelihood=True)
    reached = near_the_atoms(pair, result.sharpened)
    assert reached > near_the_atoms(pair, given) + 0.01
    assert reached > near_the_atoms(pair, misled.sharpened) + 0.04


@needs_data
def test_bounds_of_the_search_hold_where_a_belt_is_scored() -> None:
    _, given = with_belt(5.0, 1.6)
    free = sharpen_by_b_factor(given, resolution=5.0)
    bound = free.b_iso_before  # no sharpening
    result = sharpen_by_b_factor(given, resolution=5.0, search_b_min=bound)
    assert free.chosen.b_iso < bound - 50
    assert result.chosen.b_iso >= bound


@needs_data
@pytest.mark.parametrize("b", [0.0, 50.0])
def test_a_treated_map_is_not_blurred_for_its_belt(b: float) -> None:
    pair, raw = with_belt(4.5, 1.5)
    given = cut_and_sharpened(raw, 4.5, b)
    result = sharpen_by_b_factor(given, resolution=4.5)
    best = sharpen_by_b_factor(given, resolution=4.5, require_improvement=False)
    assert result.b_of_fall_off is not None
    assert best.chosen.b_sharpen < 0 < result.b_of_fall_off
    assert result.chosen.method == "no_sharpening"
    assert any("its fall-off contradicts the best score" in text for text in result.warnings)
    harm = near_the_atoms(pair, given) - near_the_atoms(pair, best.sharpened)
    assert harm > 0.05


@needs_data
def test_a_treated_map_is_blurred_no_more_than_its_fall_off_bears_out() -> None:
    pair, raw = with_belt(4.5, 1.5)
    given = cut_and_sharpened(raw, 4.5, 150.0)
    result = sharpen_by_b_factor(given, resolution=4.5)
    best = sharpen_by_b_factor(given, resolution=4.5, require_improvement=False)
    assert result.b_of_fall_off is not None
    assert best.chosen.b_sharpen < result.b_of_fall_off < 0
    assert result.chosen.b_sharpen == pytest.approx(result.b_of_fall_off)
    assert "that of the map's fall-off" in " ".join(result.summary().split())
    reached = near_the_atoms(pair, result.sharpened)
    assert reached > near_the_atoms(pair, best.sharpened) + 0.05


@needs_data
def test_where_fall_off_and_score_hardly_differ_only_what_is_too_fine_is_blurred() -> None:
    atoms = read_atoms(DATA / "em" / "5ni1_updated.cif")
    pair = simulate_half_maps(
        atoms, (64, 64, 64), 1.3, 4.0, b_core=60.0, b_rim=150.0, seed=3, threads=1
    )
    s_squared = s_squared_of(pair.mean)
    factor = np.exp(90 * s_squared / 4) / (1 + np.exp((np.sqrt(s_squared) - 1 / 3.4) / 0.02))
    given = filtered(pair.mean, factor)
    result = sharpen_by_b_factor(given, resolution=4.0)
    best = sharpen_by_b_factor(given, resolution=4.0, require_improvement=False)
    assert result.b_of_fall_off is not None
    assert result.b_of_fall_off < 0 < best.chosen.b_sharpen
    assert (result.chosen.method, result.chosen.b_sharpen) == ("b_iso_to_d_cut", 0)
    assert "have opposite signs" in " ".join(result.summary().split())
    (warning,) = (text for text in result.warnings if "in case of doubt" in text)
    assert "only loses what lies beyond its resolution" in warning
    assert near_the_atoms(pair, result.sharpened) > near_the_atoms(pair, given) + 0.01


@needs_data
def test_a_map_that_was_weighted_by_its_fsc_is_not_weighted_again() -> None:
    pair, raw = with_belt(6.5, 2.0)
    given = filtered(raw, fsc_weights(pair) * np.exp(120 * s_squared_of(raw) / 4))
    result = sharpen_by_b_factor(given, resolution=6.5)
    assert result.was_treated
    assert "doesn't vary smoothly with resolution" in result.unweighted
    assert result.chosen.b_sharpen == 0  # only what lies beyond the resolution is lost:
    truth = pair.truth.values[pair.near_atoms]
    before, after = (
        np.corrcoef(found.values[pair.near_atoms], truth)[0, 1]
        for found in (given, result.sharpened)
    )
    assert before < 0.5  # noise
    assert after > 0.88
    weighted = sharpen_by_b_factor(given, resolution=6.5, pseudo_likelihood=True)
    share = weighted.signal_share
    assert share is not None
    assert share.noise_at_end > 0.15  # by which alone it passed for a map as reconstructed
    harm = near_the_atoms(pair, given) - near_the_atoms(pair, weighted.sharpened)
    assert harm > 0.015


def fsc_weights(pair: SimulatedHalfMaps) -> npt.NDArray[np.float64]:
    """Return the square root of 2 FSC / (1 + FSC) of two half maps, by term."""
    one, two = (np.fft.rfftn(half.values) for half in (pair.half_1, pair.half_2))
    width = 1 / (pair.mean.values.shape[0] * pair.mean.voxel_size[0])
    shell = np.rint(np.sqrt(s_squared_of(pair.mean)) / width).astype(int)

    def sums(terms: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.bincount(shell.ravel(), terms.ravel())

    powers = sums(np.abs(one) ** 2) * sums(np.abs(two) ** 2)
    fsc = np.clip(sums((one * two.conj()).real) / np.sqrt(powers), 0.02, 1)
    weights: npt.NDArray[np.float64] = np.sqrt(2 * fsc / (1 + fsc))[shell]
    return weights


@cache
def fluid() -> SimulatedHalfMaps:
    atoms = read_atoms(DATA / "em" / "5ni1_updated.cif")
    return simulate_half_maps(
        atoms, (60, 60, 60), 1.4, 4.0, b_core=80.0, b_rim=200.0, seed=3, threads=1
    )


def even_to(last: float, source: MapData) -> MapData:
    """Bring the terms of a map to the same power at each resolution, and cut them off (Å)."""
    s = np.sqrt(s_squared_of(source))
    shell = np.rint(s * source.values.shape[0] * source.voxel_size[0]).astype(int)
    power = np.abs(np.fft.rfftn(source.values)) ** 2
    mean = np.bincount(shell.ravel(), power.ravel()) / np.bincount(shell.ravel())
    return filtered(source, 1 / np.sqrt(mean)[shell] / (1 + np.exp((s - 1 / last) / 0.008)))


@needs_data
def test_a_treated_map_that_signal_and_noise_say_would_lose_is_left_as_it_is() -> None:
    pair = fluid()
    given = even_to(4.0, pair.mean)
    result = sharpen_by_b_factor(given, resolution=4.0)
    best = sharpen_by_b_factor(given, resolution=4.0, require_improvement=False)
    assert best.chosen.b_sharpen > 40
    assert result.chosen.method == "no_sharpening"
    assert any("by its signal and noise it would lose" in text for text in result.warnings)
    assert near_the_atoms(pair, best.sharpened) < near_the_atoms(pair, given)


@needs_data
def test_a_masked_map_with_an_even_spectrum_is_left_as_it_is() -> None:
    pair = fluid()
    mask = sharpen_half_maps(pair.half_1, pair.half_2, resolution=4.0).mask
    assert mask is not None
    even = even_to(3.6, pair.mean)
    given = even.with_values(np.ascontiguousarray(even.values * mask.values))
    result = sharpen_by_b_factor(given, resolution=4.0)
    best = sharpen_by_b_factor(given, resolution=4.0, require_improvement=False)
    assert result.b_of_fall_off is not None
    assert best.chosen.b_sharpen > 1.25 * result.b_of_fall_off > 0
    assert result.chosen.method == "no_sharpening"
    assert any("as may be for its noise, which isn't known" in text for text in result.warnings)
    assert near_the_atoms(pair, best.sharpened) < near_the_atoms(pair, given) - 0.015


@needs_data
def test_a_score_of_noise_does_not_decide_how_a_tight_cut_out_is_sharpened() -> None:
    atoms = read_atoms(DATA / "em" / "6vyb_Ndom.pdb")
    pair = simulate_half_maps(
        atoms, (60, 60, 60), 1.4, 4.0, b_core=60.0, b_rim=150.0, seed=3, threads=1
    )
    sharp = filtered(pair.mean, np.exp(160 * s_squared_of(pair.mean) / 4)).values
    near = pair.near_atoms
    places = [(p.min() - 3, p.max() + 4) for p in np.nonzero(near)]
    cut = tuple(slice(int(low), int(high - (high - low) % 2)) for low, high in places)
    given = MapData.from_array(np.ascontiguousarray(sharp[cut]), 1.4)
    result = sharpen_by_b_factor(given, resolution=4.0)
    assert result.signal_share is not None
    b_of_signal = result.signal_share.b_of_signal
    assert b_of_signal is not None
    best = max(result.trials, key=lambda trial: trial.scores.skewness)
    assert best.b_sharpen > b_of_signal + 8 * 16  # squared resolutions
    assert result.chosen.b_sharpen == b_of_signal
    truth = pair.truth.values[cut][near[cut]]
    assert correlation(given.values[near[cut]], truth) < 0.1
    assert correlation(result.sharpened.values[near[cut]], truth) > 0.7


@needs_data
def test_a_wedge_of_missing_terms_is_not_taken_for_a_fall_off() -> None:
    pair, _ = with_belt(5.0, 1.6)
    x, _, z = s_of(pair.mean)
    is_seen = np.abs(z) <= np.tan(np.radians(60)) * np.abs(x) + 0.01
    given = filtered(pair.mean, is_seen.astype(np.float64))
    result = sharpen_by_b_factor(given, resolution=5.0)
    assert not result.is_anisotropy_removed
    reached = near_the_atoms(pair, result.sharpened)
    assert reached > near_the_atoms(pair, given)
    taken_off = sharpen_by_b_factor(given, resolution=5.0, wrapping=True)  # as of a crystal
    assert taken_off.is_anisotropy_removed
    assert reached > near_the_atoms(pair, taken_off.sharpened) + 0.02


def _a_tenth(_: float) -> float:
    return 0.1


@pytest.mark.parametrize("options", [{}, {"local_sharpening": True}], ids=str)
def test_a_treated_map_keeps_what_lies_beyond_d_cut_if_that_is_expected_nearer(
    simulated: SimulatedHalfMaps, monkeypatch: pytest.MonkeyPatch, options: dict[str, bool]
) -> None:
    given = filtered(simulated.mean, np.exp(-60 * s_squared_of(simulated.mean) / 4))
    for module in ("choose", "treated"):
        place = f"map_sharpening.methods.b_factor.search.{module}.share_alike"
        monkeypatch.setattr(place, _a_tenth)
    monkeypatch.setattr(Closeness, "is_higher_with", lambda *_: False)
    with_cut = sharpen_by_b_factor(given, resolution=4.0, threads=1, **options)
    assert with_cut.was_treated
    assert with_cut.chosen.d_cut == 4.0
    monkeypatch.setattr(Closeness, "is_higher_with", lambda *_: True)
    plain = sharpen_by_b_factor(given, resolution=4.0, threads=1, **options)
    assert plain.chosen.d_cut is None
    assert plain.chosen.b_iso == pytest.approx(with_cut.chosen.b_iso)
    beyond = s_squared_of(simulated.mean) > 1 / 3.7**2

    def power(source: MapData) -> float:
        return float(np.mean(np.abs(np.fft.rfftn(source.values)[beyond]) ** 2))

    assert power(plain.sharpened) > 2 * power(with_cut.sharpened)


def test_a_treated_map_that_would_be_less_skewed_is_cut_all_the_same(
    simulated: SimulatedHalfMaps, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = filtered(simulated.mean, np.exp(-60 * s_squared_of(simulated.mean) / 4))
    monkeypatch.setattr(Closeness, "is_higher_with", lambda *_: True)
    assert sharpen_by_b_factor(given, resolution=4.0, threads=1).chosen.d_cut == 4.0
