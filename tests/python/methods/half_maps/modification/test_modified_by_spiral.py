"""Density modification with copies that make no point group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from half_map_toy import (
    CENTRE,
    D_MIN,
    POINTS,
    Toy,
    averaged,
    correlation,
    density_of,
    map_of,
    moved,
    ring,
    unit_noise,
)

from map_sharpening.errors import ParameterError
from map_sharpening.methods.half_maps.density_modification import modified_density
from map_sharpening.methods.half_maps.symmetry import require_one_group
from map_sharpening.molecule.ncs import NcsGroup


def spiral(angle: float, rise: float, copies: int) -> NcsGroup:
    """Return copies about an axis along z, each higher than the one before, and their centres."""
    turns = [ring(2).rotations[0]] * copies
    for k in range(copies):
        c, s = np.cos(np.radians(k * angle)), np.sin(np.radians(k * angle))
        turns[k] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    rotations = np.array(turns)
    translations = CENTRE - rotations @ CENTRE + np.outer(np.arange(copies), [0, 0, rise])
    group = NcsGroup(rotations, translations)
    first = CENTRE + np.array([11, 0, -rise * (copies - 1) / 2])
    return replace(group, centres=group.copies_of([first])[:, 0])


def toy_of(group: NcsGroup, noise: float = 1.0) -> Toy:
    """Return copies of a ball of atoms."""
    assert group.centres is not None
    random = np.random.default_rng(4)
    offset = random.normal(size=(140, 3))
    offset *= 9 * np.cbrt(random.uniform(size=(140, 1))) / np.linalg.norm(offset, axis=1)[:, None]
    truth = density_of(group.copies_of(group.centres[0] + offset).reshape(-1, 3))
    apart = [np.linalg.norm(POINTS - c[:, None, None, None], axis=0) for c in group.centres]
    mask = np.clip((14 - np.min(apart, axis=0)) / 4, 0, 1).astype(np.float32)
    truth /= truth[mask > 0.5].std()
    halves = [truth + noise * unit_noise(random) for _ in range(2)]
    return Toy(truth, mask, *halves, group, mask > 2)


@pytest.mark.parametrize(
    ("angle", "rise", "copies"), [pytest.param(80, 11, 3, marks=pytest.mark.slow), (100, 17, 2)]
)
def test_copies_of_a_spiral_are_averaged(angle: float, rise: float, copies: int) -> None:
    made = toy_of(spiral(angle, rise, copies))
    assert not made.group.is_closed
    inside = made.mask > 0.5

    def gain(group: NcsGroup) -> float:
        first, second, _ = averaged(made.half_1, made.half_2, made.mask, group, n_shells=8)
        before = correlation(made.mean, made.truth, inside)
        best = 1 / np.sqrt(1 + (1 / before**2 - 1) / copies)
        return (correlation((first + second) / 2, made.truth, inside) - before) / (best - before)

    # Where copies touch, a point of one may be taken for the other's.
    assert gain(made.group) > 0.4
    # Taken for a closed group, the operators lead from later copies to where there is none.
    assert gain(replace(made.group, centres=None)) < 0.2


@pytest.mark.slow
def test_a_spiral_that_is_a_little_off_is_fitted() -> None:
    made = toy_of(spiral(80, 11, 3))
    given = moved(made.group, 2, (0.5, -0.4, 0))
    _, _, found = averaged(made.half_1, made.half_2, made.mask, given)
    assert found.turn == pytest.approx(2, abs=0.3)
    assert found.is_borne_out


@pytest.mark.slow
def test_a_spiral_is_used_where_the_map_lies() -> None:
    made = toy_of(spiral(80, 11, 3))
    assert made.group.centres is not None
    by = np.array([7, -3, 2.5])
    there = replace(
        made.group,
        translations=made.group.translations + by - made.group.rotations @ by,
        centres=made.group.centres + by,
    )
    halves = [map_of(half, (7, -3, 2.5)) for half in (made.half_1, made.half_2)]
    used = modified_density(
        map_of(made.mean, (7, -3, 2.5)),
        *halves,
        made.mask,
        resolution=3.5,
        d_min=D_MIN,
        ncs=[there],
    )
    inside = made.mask > 0.5
    assert used.symmetry is not None
    assert used.symmetry.is_borne_out
    before = correlation(made.mean, made.truth, inside)
    assert correlation(used.modified.values, made.truth, inside) > before + 0.03


def test_groups_that_leave_open_what_holds_where_are_refused() -> None:
    with pytest.raises(ParameterError, match="nothing says where each copy is"):
        require_one_group([replace(spiral(80, 11, 3), centres=None)])
    assert require_one_group([spiral(80, 11, 3)]).copies == 3
    with pytest.raises(ParameterError, match="different operators, of 3 and 2 copies"):
        require_one_group([ring(3), ring(2)])
    assert require_one_group([ring(3), ring(3)]).copies == 3
