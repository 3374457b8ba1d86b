"""Models that cover a part of the molecule that a map shows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from map_sharpening.maps.map_data import MapData
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.coverage import caution_of_coverage

STEP, N_ATOMS = 1.5, 2400
SHAPE = (40, 44, 48)


def atoms_at(positions: npt.NDArray[np.float64]) -> Atoms:
    n = len(positions)
    return Atoms(positions, np.full(n, "C"), np.ones(n), "ball.pdb")


def ball(noise: float) -> tuple[MapData, npt.NDArray[np.float64]]:
    """Return atoms in a ball of 23 Å, in order of x, and a map of them, blurred."""
    rng = np.random.default_rng(1)
    points = rng.normal(size=(N_ATOMS, 3))
    points *= (23 * rng.random(N_ATOMS) ** (1 / 3) / np.linalg.norm(points, axis=1))[:, None]
    points = points[np.argsort(points[:, 0])] + np.array(SHAPE[::-1]) * STEP / 2
    values = np.zeros(SHAPE)
    x, y, z = np.rint(points / STEP).astype(int).T
    np.add.at(values, (z, y, x), 1.0)
    values = ndimage.gaussian_filter(values, 1.0)
    values += noise * values.max() * rng.normal(size=SHAPE)
    return MapData.from_array(values, STEP, name="map.mrc"), points


@pytest.mark.parametrize(
    ("share", "noise", "covered"),
    [
        (1, 0, None),
        (0.9, 0, None),
        (0.5, 0, 0.5),
        (0.25, 0, 0.25),
        (0.5, 0.1, 0.5),
        (0.5, 2, None),
    ],
)
@pytest.mark.parametrize("shift", [0, 20])
def test_a_part_of_the_molecule_is_told(
    share: float, noise: float, covered: float | None, shift: int
) -> None:
    density, points = ball(noise)
    if shift:  # across a face of a map that repeats
        density = density.with_values(np.roll(density.values, shift, axis=2))
        points = points + np.array([shift * STEP, 0, 0])
    atoms = atoms_at(points[: round(share * N_ATOMS)])
    told = caution_of_coverage(density, atoms, 4.0, periodic=shift > 0)
    if covered is None:
        assert told is None
        return
    assert told is not None
    first, _, rest = told.partition("% of the strongest density of map.mrc: it may be a part of")
    assert rest
    assert float(first.removeprefix("ball.pdb covers ")) / 100 == pytest.approx(covered, abs=0.15)
