"""Measures of a map against a true model: values known for densities of known shape."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))  # bench/ is not part of the package

from bench.quality.measures.connectivity import at_molecular_volume
from bench.quality.measures.map_model_fsc import map_model_fsc
from bench.quality.measures.model_atoms import ModelAtoms, read_model_atoms
from bench.quality.measures.q_score import RADII, q_points, q_scores
from map_sharpening.maps.map_data import MapData

VOXEL = 0.5  # Å
BOX = 48


def gaussians(places: np.ndarray, sigma: float, heights: np.ndarray | float = 1.0) -> MapData:
    """Return a map of Gaussians at places (x, y, z, Å)."""
    axis = np.arange(BOX) * VOXEL
    values = np.zeros((BOX, BOX, BOX))
    for place, height in zip(places, np.broadcast_to(heights, len(places)), strict=True):
        along = [np.exp(-((axis - x) ** 2) / (2 * sigma**2)) for x in place]
        values += height * along[2][:, None, None] * along[1][:, None] * along[0]
    return MapData.from_array(values.astype(np.float32), VOXEL)


def filtered(values: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Return a map whose terms are multiplied by factors, shape of `inverse_spacing`."""
    terms = np.fft.rfftn(values) * factors
    return np.fft.irfftn(terms, s=values.shape, axes=(0, 1, 2)).astype(np.float32)


def inverse_spacing() -> np.ndarray:
    """Return 1/d of each term of a half transform, 1/Å."""
    both, half = np.fft.fftfreq(BOX, VOXEL), np.fft.rfftfreq(BOX, VOXEL)
    return np.sqrt(both[:, None, None] ** 2 + both[:, None] ** 2 + half**2)


def chain(n: int, volume: float) -> ModelAtoms:
    """Return n atoms in a row along x, 1.5 Å apart, each linked to the next."""
    positions = np.full((n, 3), 12.0)
    positions[:, 0] = 3 + 1.5 * np.arange(n)
    return ModelAtoms(
        positions=positions,
        b_factors=np.arange(n, dtype=float),
        is_backbone=np.arange(n) % 2 == 0,
        is_side_chain=np.arange(n) % 2 == 1,
        residues=np.arange(n) // 2,
        links=tuple((i, i + 1) for i in range(n - 1)),
        volume=volume,
    )


@pytest.mark.parametrize("sigma", [0.4, 0.6, 1.0])
def test_q_is_one_for_the_gaussian_that_it_compares_with(sigma: float) -> None:
    places = np.array([[12.0, 12.0, 12.0]])
    points = q_points(places)
    assert points.used.all()
    radii = np.linalg.norm(points.offsets[0], axis=2)
    assert radii == pytest.approx(np.broadcast_to(RADII[:, None], radii.shape), abs=1e-6)
    score = q_scores(gaussians(places, sigma), points, sigma)[0]
    assert score > (0.98 if sigma == 0.4 else 0.995)  # the grid of 0.5 Å is coarse


def test_q_does_not_see_scale_and_offset_but_sign() -> None:
    places = np.array([[12.0, 12.0, 12.0], [13.5, 12.0, 12.0]])
    points = q_points(places)
    map_data = gaussians(places, 0.7)
    scores = q_scores(map_data, points)
    scaled = map_data.with_values(map_data.values * np.float32(3) - np.float32(7))
    assert q_scores(scaled, points) == pytest.approx(scores, abs=1e-4)
    assert q_scores(scaled.with_values(-scaled.values), points) == pytest.approx(-scores, abs=1e-4)


def test_q_points_lie_nearer_to_their_atom_than_to_any_other() -> None:
    places = np.random.default_rng(1).uniform(8, 14, (40, 3))
    points = q_points(places)
    for i, place in enumerate(places):
        tried = place + points.offsets[i][points.used[i]]
        distances = np.linalg.norm(tried[:, None] - places[None], axis=2)
        assert (distances.argmin(axis=1) == i).all()
    # A sphere of 0.1 Å is free around atoms farther apart than 0.2 Å.
    nearest = np.sort(np.linalg.norm(places[:, None] - places[None], axis=2), axis=1)[:, 1]
    assert points.used[nearest > 0.2, 1].all()


def test_q_of_an_atom_at_the_edge_of_the_map_is_not_a_number() -> None:
    places = np.array([[1.0, 12.0, 12.0], [12.0, 12.0, 12.0]])
    scores = q_scores(gaussians(places, 0.6), q_points(places))
    assert np.isnan(scores[0])
    assert scores[1] > 0.99


def test_fsc_of_a_map_with_itself_is_one_and_a_filter_does_not_change_it() -> None:
    generator = np.random.default_rng(2)
    noise = MapData.from_array(generator.normal(size=(BOX, BOX, BOX)).astype(np.float32), VOXEL)
    blurred = filtered(noise.values, np.exp(-20 * inverse_spacing() ** 2 / 4))
    found = map_model_fsc(noise.with_values(blurred), noise, 2.0)
    assert found.at_resolution == pytest.approx(1, abs=5e-3)
    assert found.integrated == pytest.approx(1, abs=5e-3)
    assert found.resolution == pytest.approx(2 * VOXEL)


def test_fsc_falls_below_one_half_where_noise_begins() -> None:
    generator = np.random.default_rng(3)
    one, other = (generator.normal(size=(BOX, BOX, BOX)) for _ in range(2))
    is_kept = inverse_spacing() < 1 / 3.0
    mixed = filtered(one, is_kept) + filtered(other, ~is_kept)
    map_data = MapData.from_array(mixed, VOXEL)
    found = map_model_fsc(map_data, map_data.with_values(one.astype(np.float32)), 2.0)
    width = 1 / (BOX * VOXEL)
    assert 1 / found.resolution == pytest.approx(1 / 3.0, abs=width)
    assert found.at_resolution == pytest.approx(0, abs=0.15)
    assert found.integrated == pytest.approx(2 / 3, abs=0.05)


def test_a_gap_is_a_break_and_a_lone_peak_a_blob() -> None:
    atoms = chain(8, volume=8 * 4.0)
    whole = gaussians(atoms.positions, 0.7)
    near = np.zeros(whole.values.shape, bool)
    near[18:31, 18:31] = True  # within 3 Å of the row
    found = at_molecular_volume(whole, atoms, near)
    assert found.breaks_per_100 == 0
    assert found.side_chains_enclosed == 1
    assert found.blobs_off_model == 0

    heights = np.ones(8)
    heights[3] = 0.0  # a side chain's atom is missing, and with it both links
    places = np.vstack([atoms.positions, [[12.0, 4.0, 4.0]]])
    broken = at_molecular_volume(gaussians(places, 0.7, np.append(heights, 1.0)), atoms, near)
    assert broken.breaks_per_100 == pytest.approx(100 * 2 / 7)
    assert broken.side_chains_enclosed == pytest.approx(3 / 4)
    assert broken.side_chain_atoms_enclosed == pytest.approx(3 / 4)
    assert broken.blobs_off_model == 1
    assert broken.volume_off_model == pytest.approx(1 / 8, abs=0.05)


def test_residues_that_are_bonded_are_linked(tmp_path: Path) -> None:
    line = "ATOM  {:5d}  {:3s} {:3s} A{:4d}    {:8.3f}{:8.3f}{:8.3f}  1.00 20.00          {:>2s}"
    atoms = [
        ("N", "ALA", 1, 0.0), ("CA", "ALA", 1, 1.4), ("C", "ALA", 1, 2.9), ("CB", "ALA", 1, 1.5),
        ("N", "GLY", 2, 4.2), ("CA", "GLY", 2, 5.6), ("C", "GLY", 2, 7.1),
        ("N", "GLY", 9, 17.0), ("CA", "GLY", 9, 18.4), ("C", "GLY", 9, 19.9),
    ]  # fmt: skip
    text = "\n".join(
        line.format(i + 1, name, residue, number, x, 1.0 * (name == "CB"), 0.0, name[0])
        for i, (name, residue, number, x) in enumerate(atoms)
    )
    path = tmp_path / "model.pdb"
    path.write_text(text + "\nEND\n", encoding="ascii")
    found = read_model_atoms(path, (1.0, 0.0, 0.0))
    assert len(found.links) == 1  # residues 2 and 9 are far apart
    assert found.positions[list(found.links[0]), 0] == pytest.approx([0.4, 1.9, 3.2, 4.6])
    assert found.is_side_chain.sum() == 1
    heavy_mass = 7 * 12.011 + 3 * 14.007
    assert found.volume == pytest.approx(1.07 * heavy_mass * 1.21, rel=1e-3)
