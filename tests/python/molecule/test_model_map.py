"""A model's coefficients and masks on any grid, cell and place."""

from __future__ import annotations

from dataclasses import replace

import gemmi
import numpy as np
import numpy.typing as npt
import pytest
from direct_sum import direct_sum
from real_data import DATA, needs_data

from map_sharpening import _core
from map_sharpening.errors import ModelFileError, ParameterError
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_atoms
from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
from map_sharpening.methods.shared.soft_masks import atom_mask, gaussian_smoothed, half_map_mask
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.crystal import atoms_of_cell
from map_sharpening.molecule.model_density import power_without_structure
from map_sharpening.molecule.model_map import (
    atoms_in_box,
    model_coefficients,
)

SHAPE = (21, 24, 27)  # odd, even, odd
ORTHOGONAL = UnitCell(32.0, 30.0, 26.0)
TRICLINIC = UnitCell(32.0, 30.0, 28.0, 80.0, 105.0, 95.0)
D_MIN = 3.2


def empty_map(cell: UnitCell = ORTHOGONAL, **position: object) -> MapData:
    nz, ny, nx = SHAPE
    place = MapPosition(cell, (nx, ny, nz), **position)  # type: ignore[arg-type]
    return MapData(np.zeros(SHAPE, np.float32), place, "empty map")


def some_atoms() -> Atoms:
    generator = np.random.default_rng(3)
    elements = np.array(["C", "N", "O", "S", "P", "Fe", "C", "O"])
    return Atoms(
        generator.uniform(8, 18, (8, 3)),
        elements,
        generator.uniform(0.4, 1.0, 8),
        "some atoms",
        generator.uniform(0, 120, 8),
    )


def moved(atoms: Atoms, by: npt.ArrayLike) -> Atoms:
    return replace(atoms, positions=atoms.positions + np.asarray(by))


def reciprocal_vectors(cell: UnitCell) -> npt.NDArray[np.float64]:
    """Return s of all half-complex terms, shape (nz, ny, nx // 2 + 1, 3)."""
    nz, ny, nx = SHAPE
    indices = np.stack(
        np.broadcast_arrays(
            np.arange(nx // 2 + 1)[None, None, :],
            np.fft.fftfreq(ny, 1 / ny)[None, :, None],
            np.fft.fftfreq(nz, 1 / nz)[:, None, None],
        ),
        axis=-1,
    )
    to_fractional = np.array(gemmi.UnitCell(*cell.parameters()).frac.mat.tolist())
    vectors: npt.NDArray[np.float64] = indices @ to_fractional
    return vectors


def expected_coefficients(
    atoms: Atoms, b_factors: npt.ArrayLike, cell: UnitCell
) -> npt.NDArray[np.complex128]:
    """Return the coefficients of atoms, summed one by one."""
    s = reciprocal_vectors(cell)
    total = direct_sum(atoms, b_factors, (s[..., 0], s[..., 1], s[..., 2]))
    volume = gemmi.UnitCell(*cell.parameters()).volume
    summed: npt.NDArray[np.complex128] = total * np.prod(SHAPE) / volume
    return summed


def to_d_min(cell: UnitCell) -> npt.NDArray[np.bool_]:
    s_squared = np.sum(reciprocal_vectors(cell) ** 2, axis=-1)
    kept: npt.NDArray[np.bool_] = (s_squared > 0) & (s_squared < 1 / D_MIN**2)
    return kept


def relative_error(
    found: npt.NDArray[np.complex64], expected: npt.NDArray[np.complex128]
) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


# Coefficients


@pytest.mark.parametrize("cell", [ORTHOGONAL, TRICLINIC], ids=["orthogonal", "triclinic"])
@pytest.mark.parametrize("b_iso", [None, 0.0, 60.0])
def test_coefficients_are_the_direct_sum_over_the_atoms(
    cell: UnitCell, b_iso: float | None
) -> None:
    atoms = some_atoms()
    found = model_coefficients(empty_map(cell), atoms, b_iso=b_iso, d_min=D_MIN)
    own = atoms.b_factors if b_iso is None else b_iso
    assert own is not None
    kept = to_d_min(cell)
    assert relative_error(found[kept], expected_coefficients(atoms, own, cell)[kept]) < 2e-3


@pytest.mark.parametrize("cell", [ORTHOGONAL, TRICLINIC], ids=["orthogonal", "triclinic"])
def test_atoms_anywhere_have_the_power_without_structure(cell: UnitCell) -> None:
    generator = np.random.default_rng(8)
    n_atoms = 600
    axes = np.array(gemmi.UnitCell(*cell.parameters()).orth.mat)
    atoms = Atoms(
        generator.uniform(0, 1, (n_atoms, 3)) @ axes.T,
        generator.choice(np.array(["C", "N", "O", "S"]), n_atoms),
        generator.choice([0.5, 1.0], n_atoms),
        "atoms anywhere",
        np.zeros(n_atoms),
    )
    found = model_coefficients(empty_map(cell), atoms, b_iso=0.0, d_min=D_MIN, periodic=True)
    s = np.linalg.norm(reciprocal_vectors(cell), axis=-1)
    for low, high in ((0.1, 0.2), (0.2, 0.25), (0.25, 1 / D_MIN)):
        shell = (s > low) & (s < high)
        expected = power_without_structure(atoms, s[shell], SHAPE, cell).mean()
        assert np.mean(np.abs(found[shell]) ** 2) == pytest.approx(expected, rel=0.12)


def test_terms_beyond_d_min_are_left_out() -> None:
    found = model_coefficients(empty_map(), some_atoms(), b_iso=0.0, d_min=D_MIN)
    beyond = np.sum(reciprocal_vectors(ORTHOGONAL) ** 2, axis=-1) > 1.001 / D_MIN**2
    assert not found[beyond].any()


def test_mean_is_the_scattering_of_all_atoms() -> None:
    atoms = some_atoms()
    found = model_coefficients(empty_map(), atoms, b_iso=0.0)
    assert found[0, 0, 0] == pytest.approx(
        expected_coefficients(atoms, 0.0, ORTHOGONAL)[0, 0, 0], rel=1e-3
    )


@pytest.mark.parametrize(
    ("start", "origin", "place"),
    [
        ((9, -4, 7), (0.0, 0.0, 0.0), (9 * 32 / 27, -4 * 30 / 24, 7 * 26 / 21)),
        ((0, 0, 0), (5.5, -7.0, 120.0), (5.5, -7.0, 120.0)),
        ((9, -4, 7), (5.5, -7.0, 120.0), (9 * 32 / 27, -4 * 30 / 24, 7 * 26 / 21)),
    ],
    ids=["NSTART", "ORIGIN", "both"],
)
def test_model_lies_where_the_header_puts_the_map(
    start: tuple[int, int, int], origin: tuple[float, float, float], place: tuple[float, ...]
) -> None:
    at_zero = model_coefficients(empty_map(), some_atoms(), b_iso=0.0, d_min=D_MIN)
    elsewhere = model_coefficients(
        empty_map(start=start, origin=origin), moved(some_atoms(), place), b_iso=0.0, d_min=D_MIN
    )
    assert relative_error(elsewhere, at_zero.astype(complex)) < 1e-4


def test_atoms_outside_the_box_do_not_count() -> None:
    inside = some_atoms()
    outside = moved(inside, (32.0, 0.0, 0.0))
    both = Atoms(
        np.concatenate([inside.positions, outside.positions]),
        np.tile(inside.elements, 2),
        np.tile(inside.occupancies, 2),
        "both",
    )
    np.testing.assert_array_equal(
        model_coefficients(empty_map(), both, b_iso=0.0),
        model_coefficients(empty_map(), inside, b_iso=0.0),
    )


def test_atoms_of_a_crystal_count_wherever_they_are() -> None:
    inside = model_coefficients(empty_map(), some_atoms(), b_iso=0.0, periodic=True)
    outside = model_coefficients(
        empty_map(), moved(some_atoms(), (32.0, -30.0, 0.0)), b_iso=0.0, periodic=True
    )
    assert relative_error(outside, inside.astype(complex)) < 1e-4


def test_coefficients_do_not_depend_on_the_number_of_threads() -> None:
    one, three = (
        model_coefficients(empty_map(TRICLINIC), some_atoms(), threads=threads)
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(one, three)


def test_model_elsewhere_is_refused_with_both_places() -> None:
    with pytest.raises(ModelFileError, match=r"some atoms has none of its 8 atoms .* 500\.0"):
        atoms_in_box(some_atoms(), empty_map(origin=(500.0, 0.0, 0.0)))


def test_atoms_without_b_factors_need_one_for_all() -> None:
    with pytest.raises(ParameterError, match="some atoms has no B factors; give b_iso"):
        model_coefficients(empty_map(), replace(some_atoms(), b_factors=None))


# Masks


def distance_to(position: npt.ArrayLike, cell: UnitCell) -> npt.NDArray[np.float64]:
    z, y, x = np.meshgrid(*(np.arange(n) / n for n in SHAPE), indexing="ij")
    to_cartesian = np.array(gemmi.UnitCell(*cell.parameters()).orth.mat.tolist())
    points = np.stack([x, y, z], axis=-1) @ to_cartesian.T
    distance: npt.NDArray[np.float64] = np.linalg.norm(points - np.asarray(position), axis=-1)
    return distance


def one_atom(*position: float) -> Atoms:
    return Atoms(np.array([position]), np.array(["C"]), np.ones(1), "one atom")


@pytest.mark.parametrize("cell", [ORTHOGONAL, TRICLINIC], ids=["orthogonal", "triclinic"])
def test_sharp_mask_is_the_points_within_the_radius(cell: UnitCell) -> None:
    mask = atom_mask(empty_map(cell), one_atom(12.0, 14.0, 13.0), 5.0, 0.0)
    np.testing.assert_array_equal(mask, distance_to((12.0, 14.0, 13.0), cell) <= 5.0)


def test_soft_mask_falls_off_across_the_radius() -> None:
    mask = atom_mask(empty_map(), one_atom(12.0, 14.0, 13.0), 6.0, 1.5)
    distance = distance_to((12.0, 14.0, 13.0), ORTHOGONAL)
    assert mask[distance < 2].min() > 0.9
    assert 0.2 < mask[np.abs(distance - 6) < 0.5].mean() < 0.6
    assert mask[distance > 11].max() < 0.01


def test_mask_at_a_face_does_not_show_at_the_opposite_one() -> None:
    mask = atom_mask(empty_map(), one_atom(1.0, 14.0, 13.0), 4.0, 1.5)
    assert mask[:, :, 0].max() > 0.5
    assert mask[:, :, -3:].max() < 1e-6


def test_mask_of_a_crystal_goes_on_across_the_faces() -> None:
    mask = atom_mask(empty_map(), one_atom(1.0, 14.0, 13.0), 4.0, 0.0, periodic=True)
    assert mask[:, :, -1].max() == 1


def test_atom_just_outside_the_box_counts_for_points_inside() -> None:
    mask = atom_mask(empty_map(), one_atom(-2.0, 14.0, 13.0), 4.0, 0.0)
    assert mask[:, :, 0].max() == 1


def test_mask_is_placed_as_the_header_says() -> None:
    here = atom_mask(empty_map(), one_atom(12.0, 14.0, 13.0), 4.0, 1.0)
    there = atom_mask(empty_map(origin=(50.0, 0.0, -9.0)), one_atom(62.0, 14.0, 4.0), 4.0, 1.0)
    np.testing.assert_allclose(there, here, atol=1e-6)


def test_smoothing_keeps_the_sum() -> None:
    generator = np.random.default_rng(0)
    values = generator.random(SHAPE, dtype=np.float32)
    smoothed = gaussian_smoothed(values, TRICLINIC, 2.0)
    assert smoothed.mean() == pytest.approx(values.mean(), rel=1e-5)


def test_mask_from_the_local_variation_widens_with_the_buffer(simulated: object) -> None:
    halves = (simulated.half_1, simulated.half_2)  # type: ignore[attr-defined]
    narrow, wide = (
        half_map_mask(*halves, 4.0, wang_radius=6.0, buffer_radius=buffer) for buffer in (0.0, 8.0)
    )
    assert wide.mean() > 1.3 * narrow.mean()


@pytest.mark.parametrize("radii", [{}, {"wang_radius": 6.0}], ids=["agreement", "variation"])
def test_half_map_mask_holds_the_molecule(simulated: object, radii: dict[str, float]) -> None:
    halves = (simulated.half_1, simulated.half_2)  # type: ignore[attr-defined]
    mask = half_map_mask(*halves, 4.0, **radii)
    near = simulated.near_atoms  # type: ignore[attr-defined]
    assert mask[near].mean() > 0.9
    assert mask.mean() < 0.6


# Real data


def correlation(a: npt.NDArray[np.complex64], b: npt.NDArray[np.complex64]) -> float:
    return float(np.vdot(a, b).real / (np.linalg.norm(a) * np.linalg.norm(b)))


@pytest.mark.slow
@needs_data
def test_model_coefficients_agree_with_the_deposited_map() -> None:
    folder = DATA / "em"
    source, _ = read_map(folder / "emd_3488.mrc")
    atoms = read_atoms(folder / "5ni1_updated.cif")
    observed = _core.forward_transform(np.array(source.values))
    model = model_coefficients(source, atoms, d_min=3.2)
    observed[model == 0] = 0
    model[0, 0, 0] = observed[0, 0, 0] = 0
    assert correlation(observed, model) > 0.6


@needs_data
@pytest.mark.parametrize(
    ("map_name", "model_name"),
    [
        ("emd_21457_seg.mrc", "6vyb_Ndom.pdb"),
        ("emd_21457_seg_nstart.mrc", "6vyb_Ndom.pdb"),
        ("emd_21457_seg_orig0.mrc", "6vyb_Ndom_shifted.pdb"),
    ],
)
def test_model_lies_on_the_density_whatever_the_header(map_name: str, model_name: str) -> None:
    folder = DATA / "em"
    source, _ = read_map(folder / map_name)
    atoms = read_atoms(folder / model_name)
    observed = _core.forward_transform(np.array(source.values))
    model = model_coefficients(source, atoms, d_min=4.0)
    observed[model == 0] = 0
    model[0, 0, 0] = observed[0, 0, 0] = 0
    assert correlation(observed, model) > 0.4


@pytest.mark.slow
@needs_data
def test_model_of_a_crystal_agrees_with_its_map() -> None:
    folder = DATA / "xtal"
    source, info, _ = read_map_coefficients(folder / "1cbs_map.mtz")
    group = gemmi.SpaceGroup(info.space_group)
    atoms = atoms_of_cell(read_atoms(folder / "1cbs.cif.gz"), group, source.position.cell)
    observed = _core.forward_transform(np.array(source.values))
    model = model_coefficients(source, atoms, d_min=info.d_min, periodic=True)
    observed[model == 0] = 0
    model[0, 0, 0] = observed[0, 0, 0] = 0
    assert correlation(observed, model) > 0.65
