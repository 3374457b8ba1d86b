"""Density modification with symmetry: what copies tell of each other, and where they don't."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from examples import of_fast_suite
from half_map_toy import (
    CENTRE,
    D_MIN,
    EDGE,
    POINTS,
    SIDE,
    VOXEL,
    averaged,
    correlation,
    error,
    map_of,
    moved,
    options,
    ring,
    toy,
    unit_noise,
)

from map_sharpening import (
    HalfMapResult,
    _core,
    modify_density,
    read_ncs,
    sharpen_half_maps,
)
from map_sharpening.maps.map_data import FloatMap
from map_sharpening.methods.half_maps.density_modification import modified_density
from map_sharpening.methods.half_maps.symmetry import (
    operators_from,
)


def halves_of(result: HalfMapResult) -> tuple[FloatMap, FloatMap]:
    assert result.sharpened_half_1 is not None
    assert result.sharpened_half_2 is not None
    return result.sharpened_half_1.values, result.sharpened_half_2.values


Averaged = tuple[FloatMap, FloatMap, _core.SymmetryFindings]


@cache
def averaged_toy(copies: int = 3) -> Averaged:
    """Return what tests only read."""
    made = toy(copies)
    return averaged(made.half_1, made.half_2, made.mask, made.group)


@cache
def averaged_elsewhere() -> Averaged:
    """Return the same of a group about an axis of another place."""
    made = toy(3)
    far = ring(3, CENTRE + np.array([9, 4, 0]))
    return averaged(made.half_1, made.half_2, made.mask, far)


@pytest.mark.parametrize("copies", of_fast_suite([2, 3, 4], 3))
def test_copies_that_are_alike_are_averaged(copies: int) -> None:
    made = toy(copies)
    first, second, found = averaged_toy(copies)
    inside = made.mask > 0.5
    before = correlation(made.mean, made.truth, inside)
    after = correlation((first + second) / 2, made.truth, inside)
    # What is left of the noise's power, had the copies been averaged outright.
    best = 1 / np.sqrt(1 + (1 / before**2 - 1) / copies)
    assert found.is_borne_out
    assert after > before + 0.7 * (best - before)
    assert np.mean(found.correlation_after) > np.mean(found.correlation_before)
    assert np.abs(found.own[8:]).max() < 0.4
    assert found.kept_share > 0.8


@pytest.mark.slow
def test_the_rest_of_the_modification_gains_as_well() -> None:
    made = toy(3)
    halves = map_of(made.half_1), map_of(made.half_2)
    mean = map_of(made.mean)
    shared = {"resolution": 3.5, "d_min": D_MIN}
    plain = modified_density(mean, *halves, made.mask, **shared)
    with_copies = modified_density(mean, *halves, made.mask, **shared, ncs=[made.group])
    inside = made.mask > 0.5
    values = [m.values for m in (mean, plain.modified, with_copies.modified)]
    sharpened, modified, symmetric = (correlation(v, made.truth, inside) for v in values)
    assert sharpened + 0.01 < modified < symmetric - 0.02
    assert with_copies.symmetry is not None
    assert with_copies.symmetry.copies == 3
    assert with_copies.is_borne_out
    np.testing.assert_allclose(
        with_copies.contribution.values, with_copies.modified.values - mean.values, atol=1e-4
    )
    before = with_copies.shells.correlation_before
    np.testing.assert_array_equal(before, with_copies.symmetry.correlation_before)
    assert with_copies.contribution_share > plain.contribution_share


@pytest.mark.slow
def test_a_copy_that_lacks_a_part_keeps_its_gap() -> None:
    made = toy(3, lacks=True)
    first, second, found = averaged(made.half_1, made.half_2, made.mask, made.group)
    mean = (first + second) / 2
    assert found.is_borne_out
    assert error(made, mean, made.mask > 0.5) < 0.93 * error(made, made.mean, made.mask > 0.5)
    # Averaged outright, two thirds of the part would be put there.
    assert error(made, mean, made.lost) < 1.1 * error(made, made.mean, made.lost)


@pytest.mark.parametrize(
    ("degrees", "shift"),
    [
        pytest.param(0, (0.5, -0.4, 0), marks=pytest.mark.slow),
        pytest.param(2, (0, 0, 0), marks=pytest.mark.slow),
        (-3, (1, 1.5, 0)),
    ],
)
@pytest.mark.slow
def test_a_group_that_is_a_little_off_is_fitted(
    degrees: float, shift: tuple[float, float, float]
) -> None:
    made = toy(3)
    right, _, as_it_is = averaged_toy()
    given = moved(made.group, degrees, shift)
    first, _, found = averaged(made.half_1, made.half_2, made.mask, given)
    inside = made.mask > 0.5
    assert as_it_is.turn < 0.2
    assert found.turn == pytest.approx(abs(degrees), abs=0.2)
    assert (first - right)[inside].std() < 0.02 * right[inside].std()
    assert found.copies == pytest.approx(as_it_is.copies, abs=0.05)


@pytest.mark.slow
def test_a_group_that_had_to_be_turned_far_is_warned_of() -> None:
    made = toy(4)
    like = map_of(made.half_1)
    given = moved(made.group, 1.5, (0.4, 0.6, 0))
    _, _, found = averaged(made.half_1, made.half_2, made.mask, given)
    assert found.turn == pytest.approx(1.5, abs=0.2)
    halves = (like, map_of(made.half_2))
    used = modified_density(
        map_of(made.mean), *halves, made.mask, resolution=3.5, d_min=D_MIN, ncs=[given]
    )
    assert used.symmetry is not None
    assert used.symmetry.turned_by == pytest.approx(found.turn, abs=1e-6)
    assert any("only after its axes are turned by 1.5°" in text for text in used.warnings)


@pytest.mark.slow
def test_a_group_of_another_place_stays_as_it_is() -> None:
    _, _, found = averaged_elsewhere()
    assert (found.turn, found.shift) == (0, 0)


@pytest.mark.slow
def test_false_symmetry_changes_nothing() -> None:
    made = toy(3)
    fivefold = averaged(made.half_1, made.half_2, made.mask, ring(5))
    for first, second, found in (fivefold, averaged_elsewhere()):
        change = (first + second) / 2 - made.mean
        inside = made.mask > 0.5
        assert change[inside].std() < 0.03 * made.mean[inside].std()
        assert np.count_nonzero(found.copies) <= 2


@pytest.mark.slow
def test_symmetry_that_the_halves_have_already_changes_nothing() -> None:
    # An axis through grid points, and a twofold: copies are values of other points.
    made = toy(2)
    group = ring(2, [VOXEL * SIDE / 2, VOXEL * SIDE / 2, 0])
    turned = [
        (h + np.roll(h[:, ::-1, ::-1], 1, axis=(1, 2))) / 2 for h in (made.half_1, made.half_2)
    ]
    first, _, found = averaged(*turned, made.mask, group)
    inside = made.mask > 0.5
    assert (first - turned[0])[inside].std() < 0.02 * turned[0][inside].std()
    assert np.count_nonzero(found.copies) <= 2


@pytest.mark.slow
def test_noise_alone_is_left_as_it_is() -> None:
    random = np.random.default_rng(5)
    made = toy(3)
    halves = unit_noise(random), unit_noise(random)
    first, second, found = averaged(*halves, made.mask, made.group)
    mean = (halves[0] + halves[1]) / 2
    assert ((first + second) / 2 - mean).std() < 0.02 * mean.std()
    assert np.count_nonzero(found.copies) <= 2


@pytest.mark.slow
def test_a_feature_of_one_half_is_passed_on_by_its_share_only() -> None:
    made = toy(3)
    feature = toy(3, seed=9).truth * (POINTS[0] > CENTRE[0] + 3)  # in one copy and a bit
    planted = made.half_1 + feature
    plain = averaged_toy()
    with_feature = averaged(planted, made.half_2, made.mask, made.group)
    change = (with_feature[0] + with_feature[1] - plain[0] - plain[1]) / 2
    inside = made.mask > 0.5
    share = (change * feature)[inside].sum() / (feature**2)[inside].sum()
    # Half of it is in the mean; averaging must not make it more.
    assert 0 < share < 0.5


def test_copies_outside_the_box_are_not_counted() -> None:
    made = toy(2)
    beyond = ring(2, [EDGE * 0.98, 10.0, 0.0])
    first, second, found = averaged(made.half_1, made.half_2, made.mask, beyond)
    assert np.isfinite(first).all()
    assert np.isfinite(second).all()
    assert np.count_nonzero(found.copies) <= 2


@pytest.mark.slow
def test_the_halves_may_be_swapped_and_scaled() -> None:
    made = toy(3)
    one = averaged_toy()
    other = averaged(made.half_2, made.half_1, made.mask, made.group)
    np.testing.assert_allclose(one[0], other[1], atol=1e-4)
    factor = np.float32(-64)
    scaled = averaged(factor * made.half_1, factor * made.half_2, made.mask, made.group)
    np.testing.assert_allclose(scaled[0], factor * one[0], atol=2e-3 * 64)


@pytest.mark.slow
def test_any_number_of_threads_gives_the_same_bytes() -> None:
    made = toy(3)
    one = averaged(made.half_1, made.half_2, made.mask, made.group, threads=1)
    three = averaged(made.half_1, made.half_2, made.mask, made.group, threads=3)
    assert one[0].tobytes() == three[0].tobytes()
    assert one[1].tobytes() == three[1].tobytes()


def test_operators_hold_where_the_map_lies() -> None:
    group, first = ring(4), np.array([7, -3, 2.5])
    rows = np.array(operators_from(group, (7, -3, 2.5))).reshape(4, 3, 4)
    point = np.array([3.0, 2.0, 5.0])  # from the first
    np.testing.assert_allclose(
        rows[:, :, :3] @ point + rows[:, :, 3] + first, group.copies_of([first + point])[:, 0]
    )


@pytest.mark.slow
def test_copies_are_found_in_an_oblique_cell_as_well() -> None:
    # Half a turn about z is the same on the grid, and elsewhere in space.
    made = toy(2)
    gamma = np.radians(110)
    centre = [CENTRE[0] + CENTRE[1] * np.cos(gamma), CENTRE[1] * np.sin(gamma), 0]
    found = _core.average_copies(
        made.half_1.copy(),
        made.half_2.copy(),
        made.mask,
        (EDGE, EDGE, EDGE, 90.0, 90.0, 110.0),
        operators_from(ring(2, centre), (0, 0, 0)),
        options(),
    )
    assert found.turn < 0.3
    assert np.mean(found.copies[8:]) > 0.3


def test_the_core_refuses_one_operator_and_such_that_are_not_finite() -> None:
    made = toy(2)
    cell = map_of(made.half_1).box.parameters()
    identity = [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    with pytest.raises(ValueError, match="operators are 1; expected at least 2"):
        _core.average_copies(made.half_1, made.half_2, made.mask, cell, [identity], options())
    broken = [identity, [np.nan, *identity[1:]]]
    with pytest.raises(ValueError, match="an operator is not finite"):
        _core.average_copies(made.half_1, made.half_2, made.mask, cell, broken, options())
    with pytest.raises(ValueError, match="centres are 1 of 2 copies"):
        _core.average_copies(
            made.half_1, made.half_2, made.mask, cell, [identity] * 2, options(), [(0, 0, 0)]
        )
    with pytest.raises(ValueError, match="a centre is not finite"):
        _core.average_copies(
            made.half_1,
            made.half_2,
            made.mask,
            cell,
            [identity] * 2,
            options(),
            [(0, 0, 0), (0, np.nan, 0)],
        )


def test_without_density_modification_it_is_said_that_symmetry_has_no_effect() -> None:
    made = toy(2)
    # Not even that there are two groups matters.
    result = sharpen_half_maps(
        made.half_1, made.half_2, voxel_size=VOXEL, resolution=3.5, ncs=[made.group, ring(3)]
    )
    assert any("ncs has no effect" in text for text in result.warnings)


def test_one_copy_is_told() -> None:
    made = toy(2)
    result = sharpen_half_maps(
        made.half_1,
        made.half_2,
        voxel_size=VOXEL,
        resolution=3.5,
        density_modification=True,
        ncs=[ring(1)],
    )
    assert any("one copy only" in text for text in result.warnings)
    assert result.modification is not None
    assert result.modification.symmetry is None


@pytest.mark.slow
def test_a_whole_run_of_half_maps_uses_it() -> None:
    made = toy(3)
    shared = {
        "voxel_size": VOXEL,
        "resolution": 3.6,
        "density_modification": True,
        "mask": map_of(made.mask),
    }
    plain = sharpen_half_maps(made.half_1, made.half_2, **shared)
    with_copies = sharpen_half_maps(made.half_1, made.half_2, **shared, ncs=[made.group])
    inside = made.mask > 0.5
    assert plain.modification is not None
    assert with_copies.modification is not None
    gain = [
        correlation(r.modification.modified.values, made.truth, inside)
        for r in (plain, with_copies)
    ]
    assert gain[1] > gain[0] + 0.01
    np.testing.assert_array_equal(plain.sharpened.values, with_copies.sharpened.values)
    # They are averaged in their own memory, for a while.
    for one, other in zip(halves_of(plain), halves_of(with_copies), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_half_maps_that_are_read_only_are_not_written_to() -> None:
    made = toy(3)
    for half in (made.half_1, made.half_2):
        half.flags.writeable = False
    halves = map_of(made.half_1), map_of(made.half_2)
    used = modified_density(
        map_of(made.mean), *halves, made.mask, resolution=3.5, d_min=D_MIN, ncs=[made.group]
    )
    assert used.symmetry is not None
    assert used.symmetry.is_borne_out


@pytest.mark.slow
def test_arrays_of_the_callers_give_the_same_bytes() -> None:
    made = toy(3)
    shapes = []

    def new_array(shape: tuple[int, int, int], dtype: npt.DTypeLike) -> npt.NDArray[np.generic]:
        shapes.append(shape)
        return np.full(shape, 7, dtype)

    halves = map_of(made.half_1), map_of(made.half_2)
    shared = {"resolution": 3.5, "d_min": D_MIN, "ncs": [made.group]}
    plain = modified_density(map_of(made.mean), *halves, made.mask, **shared)
    given = modified_density(map_of(made.mean), *halves, made.mask, **shared, new_array=new_array)
    np.testing.assert_array_equal(plain.modified.values, given.modified.values)
    half_complex = (SIDE, SIDE, SIDE // 2 + 1)
    # For the copies, the modification and its support.
    assert shapes.count(half_complex) == 7 + 3 + 2


@pytest.mark.slow
def test_symmetry_of_a_file_is_used(tmp_path: Path) -> None:
    made = toy(3)
    lines = ["new_ncs_group"]
    for rotation, translation in zip(made.group.rotations, made.group.translations, strict=True):
        # Files say how each copy is brought to the first.
        lines.append("new_operator")
        lines += ["rota_matrix " + " ".join(f"{v:.6f}" for v in row) for row in rotation.T]
        back = -rotation.T @ translation
        lines.append("tran_orth " + " ".join(f"{v:.4f}" for v in back))
    path = tmp_path / "c3.ncs_spec"
    path.write_text("\n".join(lines), encoding="ascii")
    groups, notes = read_ncs(path)
    found = modify_density(
        made.half_1,
        made.half_2,
        voxel_size=VOXEL,
        resolution=3.6,
        mask=map_of(made.mask),
        ncs=groups,
    )
    assert notes == []
    assert found.symmetry is not None
    assert found.symmetry.copies == 3
    assert found.symmetry.is_borne_out
