"""Models that don't fit, maps on any grid, and what is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from model_case import Case
from real_data import DATA, needs_data

from map_sharpening import _core
from map_sharpening.errors import (
    GridMismatchError,
    MapValueError,
    ModelFileError,
    ParameterError,
)
from map_sharpening.maps.map_data import FloatMap, MapData, MapPosition, UnitCell
from map_sharpening.methods.model.sharpen import sharpen_by_model
from map_sharpening.methods.shared.soft_masks import atom_mask
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.model_map import model_coefficients
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import simulate_half_maps

# Guards


def powers_beyond(values: npt.NDArray[np.float32], d_min: float, voxel: float) -> float:
    power = np.abs(np.fft.rfftn(values)) ** 2
    axes = [np.fft.fftfreq(n, voxel) for n in values.shape[:2]]
    s_squared = (
        axes[0][:, None, None] ** 2
        + axes[1][None, :, None] ** 2
        + np.fft.rfftfreq(values.shape[2], voxel)[None, None, :] ** 2
    )
    return float(power[s_squared > 1.001 / d_min**2].max() / power.max())


def test_model_fitted_to_noise_raises_nothing_beyond_d_min(case: Case) -> None:
    # Atoms at the highest peaks of the map, noise and all.
    values = case.mean.values
    peaks = np.argsort(values, axis=None)[-1500:]
    z, y, x = np.unravel_index(peaks, values.shape)
    positions = np.stack([x, y, z], axis=1) * 1.5
    fitted = Atoms(positions.astype(np.float64), np.full(1500, "C"), np.ones(1500), "fitted")
    found = case.sharpened(atoms=fitted, half_maps=(case.maps.half_1, case.maps.half_2))
    for sharpened in (found.sharpened, found.sharpened_half_1, found.sharpened_half_2):
        assert sharpened is not None
        assert powers_beyond(sharpened.values, found.d_min, 1.5) < 1e-9


@pytest.mark.slow
def test_a_mask_elsewhere_than_the_atoms_is_named(case: Case) -> None:
    near = atom_mask(case.mean, case.atoms, 5.0, 3.0)
    inverted = case.mean.with_values(1 - near, "inverted.mrc")
    try:
        told = " ".join(case.sharpened(mask=inverted).warnings)
    except MapValueError as error:
        told = str(error)
    assert re.search(r"inverted.mrc covers \d+% of the region round the atoms", told)
    sound = case.sharpened(mask=case.mean.with_values(near, "mask.mrc"))
    assert not any("covers" in text for text in sound.warnings)


def test_model_that_does_not_fit_is_refused(case: Case) -> None:
    generator = np.random.default_rng(0)
    noise = case.mean.with_values(generator.standard_normal((56, 56, 56), dtype=np.float32))
    names = f"{noise.name} and {case.atoms.name}: "
    with pytest.raises(MapValueError, match=f"^{re.escape(names)}the model does not fit the map"):
        case.sharpened(source=noise)


def test_model_elsewhere_is_refused(case: Case) -> None:
    elsewhere = replace(case.atoms, positions=case.atoms.positions + 500.0)
    with pytest.raises(ModelFileError, match=r"none of its .* atoms in the box"):
        case.sharpened(atoms=elsewhere)


def test_model_without_atoms_is_refused(case: Case) -> None:
    with pytest.raises(ModelFileError, match="holds no atoms"):
        case.sharpened(atoms=case.atoms.selected(np.zeros(len(case.atoms), bool)))


@pytest.mark.slow
def test_atoms_outside_of_the_box_are_told(case: Case) -> None:
    far = case.atoms.selected(np.arange(len(case.atoms)) < len(case.atoms) // 10)
    both = Atoms(
        np.concatenate([case.atoms.positions, far.positions + 300.0]),
        np.concatenate([case.atoms.elements, far.elements]),
        np.concatenate([case.atoms.occupancies, far.occupancies]),
    )
    found = case.sharpened(atoms=both)
    assert found.n_atoms_in_box == len(case.atoms)
    assert any(f"{len(far)} of the {len(both)} atoms" in said for said in found.warnings)


def test_a_model_that_explains_little_is_told(case: Case) -> None:
    every = np.arange(len(case.atoms))
    for kept, is_told in ((every // 40 % 12 == 0, True), (every >= 0, False)):
        part = case.atoms.selected(kept)
        result = sharpen_by_model(case.mean, part, resolution=case.maps.resolution)
        told = [text for text in result.warnings if "of the signal round it" in text]
        assert (len(told) == 1) == (result.fraction_complete < 0.6) == is_told
        assert all(f"explains {result.fraction_complete:.0%}" in text for text in told)


@pytest.mark.slow
@needs_data
def test_a_real_whole_model_that_lies_beside_its_density_is_not_said_to_be_a_part() -> None:
    files = [DATA / "em" / name for name in ("3j9sA.mrc", "3j9sA_af2_docked.pdb")]
    found = sharpen_by_model(*files, resolution=2.6)
    (told,) = (text for text in found.warnings if "of the signal round it" in text)
    assert "may lack much of the molecule, or lie beside its density" in told
    assert "refined against the map, or sharpen without the model" in told


@pytest.mark.slow
def test_a_model_of_large_errors_is_told(case: Case) -> None:
    rng = np.random.default_rng(3)
    for error, is_told in ((1.8, True), (0.2, False)):
        moved = case.atoms.positions + rng.normal(0, error, case.atoms.positions.shape)
        result = sharpen_by_model(
            case.mean, replace(case.atoms, positions=moved), resolution=case.maps.resolution
        )
        assert result.resolution_05 is not None
        told = [text for text in result.warnings if "Å only (correlation 0.5)" in text]
        is_far = result.resolution_05 > 2 * case.maps.resolution
        assert (len(told) == 1) == is_far == is_told
        assert all(f"agree to {result.resolution_05:.3g} Å only" in text for text in told)


def test_constant_map_is_refused(case: Case) -> None:
    flat = case.mean.with_values(np.ones((56, 56, 56), np.float32), "flat map")
    with pytest.raises(MapValueError):
        case.sharpened(source=flat)


def test_mask_with_other_values_than_0_to_1_is_refused(case: Case) -> None:
    density = case.mean.with_values(case.mean.values * np.float32(1e3), "density")
    with pytest.raises(MapValueError, match="a mask has values 0"):
        case.sharpened(mask=density)


def test_half_maps_on_another_grid_are_refused(case: Case) -> None:
    small = MapData.from_array(np.random.default_rng(1).normal(size=(40, 40, 40)), 1.5)
    with pytest.raises(GridMismatchError):
        case.sharpened(half_maps=(small, small))


@pytest.mark.parametrize(
    "wrong",
    [
        {"rmsd": -0.1},
        {"rmsd_resolution_factor": -1.0},
        {"fraction_complete": 1.5},
        {"n_bins": 2},
        {"k_sol": -0.1},
        {"b_sol": math.nan},
        {"mask_atoms_atom_radius": -3.0},
        {"output_scale_factor": 0.0},
        {"output_scale_factor": 1e13},
        {"threads": -1},
    ],
)
def test_option_out_of_range_is_refused(case: Case, wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(ParameterError, match=name):
        case.sharpened(**wrong)


# Any grid

SHAPES = {"odd": (45, 39, 51), "even": (46, 40, 50)}
TRICLINIC = UnitCell(66.0, 54.0, 60.0, 82.0, 104.0, 96.0)


def ball(n: int = 400) -> Atoms:
    """Return atoms strewn over a ball round (25, 28, 30) Å, of a protein's elements."""
    generator = np.random.default_rng(8)
    steps = generator.normal(size=(n, 3))
    steps *= 12 * generator.random((n, 1)) ** (1 / 3) / np.linalg.norm(steps, axis=1)[:, None]
    elements = generator.choice(["C", "C", "N", "O"], n)
    return Atoms(steps + np.array([25.0, 28.0, 30.0]), elements, np.ones(n), "ball")


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize(
    "cell", [UnitCell(66.0, 54.0, 60.0), TRICLINIC], ids=["orthogonal", "triclinic"]
)
def test_map_on_any_grid_comes_nearer_to_the_model(
    shape: tuple[int, int, int], cell: UnitCell
) -> None:
    nz, ny, nx = shape
    empty = MapData(
        np.zeros(shape, np.float32), MapPosition(cell, (nx, ny, nz), start=(-3, 5, 2)), "empty"
    )
    place = np.array(empty.position.first_point)
    atoms = replace(ball(), positions=ball().positions + place)
    signal = _core.inverse_transform(model_coefficients(empty, atoms, b_iso=120.0), nx)
    noise = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    source = empty.with_values(signal + np.float32(0.3 * signal.std()) * noise, "map")
    found = sharpen_by_model(source, atoms, resolution=4.0, rmsd=0.0)
    truth = _core.inverse_transform(
        model_coefficients(empty, atoms, b_iso=0.0, d_min=found.d_min), nx
    )
    near = atom_mask(empty, atoms, 3.0, 0.0) > 0.5
    before, after = (
        np.corrcoef(values[near], truth[near])[0, 1]
        for values in (source.values, found.sharpened.values)
    )
    assert after > before + 0.05


def test_map_that_was_cut_off_keeps_finite_factors(case: Case) -> None:
    whole = _core.forward_transform(case.mean.values)
    cut, _ = _core.apply_scale_factors(
        whole, (56, 56, 56), case.mean.box.parameters(), 1 / 4.5, _core.b_iso_factors(0.0)
    )
    source = case.mean.with_values(_core.inverse_transform(cut, 56), "cut map")
    found = case.sharpened(source=source)
    assert np.isfinite(found.sharpened.values).all()
    assert case.near_the_atoms(found.sharpened) > case.near_the_atoms(source)


# Place


@pytest.mark.parametrize(
    ("shift", "told"),
    [
        pytest.param((0.0, 0.0, 0.0), None, marks=pytest.mark.slow),
        ((0.2, 0.0, 0.1), None),
        ((0.0, -1.5, 1.0), "lies 1.7 Å"),
    ],
)
def test_a_model_that_lies_elsewhere_is_told_with_how_far_to_move_it(
    case: Case, shift: tuple[float, float, float], told: str | None
) -> None:
    moved = replace(case.atoms, positions=case.atoms.positions + np.array(shift))
    result = sharpen_by_model(case.mean, moved, resolution=case.maps.resolution)
    warnings = [warning for warning in result.warnings if "from where it fits" in warning]
    assert len(warnings) == (told is not None)
    if told is not None:
        assert told in warnings[0]
        words = re.search(r"move it by (\S+), (\S+), (\S+) Å", warnings[0])
        assert words is not None
        moves = [float(number) for number in words.groups()]
        np.testing.assert_allclose(moves, -np.array(shift), atol=0.15)


@pytest.mark.slow
def test_a_model_that_is_refused_is_told_where_it_would_fit(case: Case) -> None:
    moved = replace(case.atoms, positions=case.atoms.positions + np.array([12.0, 0.0, 0.0]))
    with pytest.raises(MapValueError, match=r"does not fit the map.* move it by -1[12]\.\d, "):
        sharpen_by_model(case.mean, moved, resolution=case.maps.resolution)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda values: values[::-1], r"is mirrored along z \(which makes the other hand\): undo"),
        # By the twofold axis of the molecule these are the same.
        pytest.param(
            lambda values: values[:, :, ::-1],
            r"is mirrored along [xy] \(which makes the other hand",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda values: -values[:, ::-1],
            "and has the opposite contrast: undo",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda values: values.transpose(2, 1, 0),
            r"has its axes in the order z y x \(which makes the other hand\): undo",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_map_of_the_other_hand_than_its_model_is_told_to_be_that(
    case: Case, change: Callable[[FloatMap], FloatMap], told: str
) -> None:
    changed = case.mean.with_values(np.ascontiguousarray(change(case.mean.values)))
    try:
        result = sharpen_by_model(changed, case.atoms, resolution=case.maps.resolution)
    except MapValueError as error:
        said = str(error)
    else:
        said = "; ".join(result.warnings)
        assert "map and model agree poorly" in said
    assert re.search(told, said)
    assert "move it by" not in said


@pytest.mark.slow
def test_a_model_of_one_of_several_copies_that_are_stacked_lies_well_where_it_is() -> None:
    # The inner part of haemoglobin, four times along z as in a filament, whose ends move more.
    whole = demo_atoms().centred_at((0.0, 0.0, 0.0))
    inner = whole.selected(np.linalg.norm(whole.positions, axis=1) < 17)
    heights = 24.0 * (np.arange(4) - 1.5)
    copies = [inner.centred_at((50.4, 50.4, 67.2 + height)) for height in heights]
    stack = Atoms(
        np.concatenate([copy.positions for copy in copies]),
        np.tile(inner.elements, 4),
        np.tile(inner.occupancies, 4),
        "stack",
    )
    maps = simulate_half_maps(stack, (96, 72, 72), 1.4, 4.0, b_core=80, b_rim=200, seed=2)
    for copy, moved in ((copies[0], 0.0), (copies[1], 0.0), (copies[3], 1.5)):
        placed = replace(copy, positions=copy.positions + np.array([moved, 0.0, 0.0]))
        warnings = sharpen_by_model(maps.mean, placed, resolution=4.0).warnings
        told = [warning for warning in warnings if "from where it fits" in warning]
        assert len(told) == (moved != 0)
        assert all("lies 1.5 Å from" in warning for warning in told)
