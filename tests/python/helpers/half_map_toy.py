"""A small truth and two noisy half maps of it; copies of atoms, and what averaging them gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from map_sharpening import MapData, _core
from map_sharpening.maps.map_data import FloatMap
from map_sharpening.methods.half_maps.symmetry import centres_from, operators_from
from map_sharpening.molecule.ncs import NcsGroup

SIDE = 48
VOXEL = 1.2
D_MIN = 3.0
EDGE = SIDE * VOXEL
CENTRE = np.array([28.3, 29.1, 27.2])  #: Å, between grid points
AXES = [np.fft.fftfreq(SIDE, VOXEL)] * 2 + [np.fft.rfftfreq(SIDE, VOXEL)]
S = np.sqrt(AXES[0][:, None, None] ** 2 + AXES[1][None, :, None] ** 2 + AXES[2] ** 2)
POINTS = np.indices((SIDE,) * 3)[::-1] * VOXEL  #: x, y, z


@dataclass(frozen=True)
class HalfMapToy:
    truth: FloatMap
    mask: FloatMap
    half_1: FloatMap
    half_2: FloatMap

    @property
    def mean(self) -> FloatMap:
        return (self.half_1 + self.half_2) / 2


def ring(copies: int, centre: npt.ArrayLike = CENTRE) -> NcsGroup:
    """Return a point group about an axis along z."""
    turns = []
    for angle in 2 * np.pi * np.arange(copies) / copies:
        c, s = np.cos(angle), np.sin(angle)
        turns.append([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    rotations = np.array(turns)
    return NcsGroup(rotations, np.asarray(centre) - rotations @ np.asarray(centre))


def limited(values: FloatMap) -> FloatMap:
    terms = np.fft.rfftn(values)
    terms[(S > 1 / D_MIN) | (S == 0)] = 0
    return np.fft.irfftn(terms, (SIDE,) * 3, axes=(0, 1, 2)).astype(np.float32)


def density_of(atoms: npt.NDArray[np.float64]) -> FloatMap:
    """Return Gaussians at places in Å without terms beyond d_min."""
    phases = [np.exp(-2j * np.pi * np.outer(atoms[:, 2 - i], AXES[i])) for i in range(3)]
    terms = np.einsum("az,ay,ax->zyx", *phases, optimize=True) * np.exp(-8 * S**2)
    total = np.fft.irfftn(terms, (SIDE,) * 3, axes=(0, 1, 2))
    return limited(total.astype(np.float32))


@dataclass(frozen=True)
class Toy(HalfMapToy):
    group: NcsGroup
    lost: npt.NDArray[np.bool_]  #: around the atoms that the first copy lacks


def toy(copies: int = 3, *, seed: int = 1, lacks: bool = False) -> Toy:
    """Return copies of atoms about an axis; the first may lack those of one ball.

    It is made once; the arrays are each caller's own.
    """
    made = _toy(copies, seed, lacks)
    names = ("truth", "mask", "half_1", "half_2", "lost")
    return replace(made, **{name: getattr(made, name).copy() for name in names})


@cache
def _toy(copies: int, seed: int, lacks: bool) -> Toy:
    random = np.random.default_rng(seed)
    group = ring(copies)
    angle = random.uniform(0.1, 2 * np.pi / copies - 0.1, 260)
    radius = 19 * np.sqrt(random.uniform(0.05, 1, 260))
    height = random.uniform(-13, 13, 260)
    first = CENTRE + np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)
    middle = CENTRE + 12 * np.array([np.cos(np.pi / copies), np.sin(np.pi / copies), 0])
    is_lost = np.linalg.norm(first - middle, axis=1) < 6
    every = group.copies_of(first)
    atoms = every.reshape(-1, 3)
    if lacks:
        atoms = np.concatenate([first[~is_lost], every[1:].reshape(-1, 3)])
    lost = np.linalg.norm(POINTS - middle[:, None, None, None], axis=0) < 5
    offset = POINTS - CENTRE[:, None, None, None]
    distance = np.maximum(np.hypot(offset[0], offset[1]) - 21, np.abs(offset[2]) - 15)
    mask = np.clip(1 - distance / 4, 0, 1).astype(np.float32)
    truth = density_of(atoms)
    truth /= truth[mask > 0.5].std()
    halves = [truth + unit_noise(random) for _ in range(2)]
    return Toy(truth, mask, *halves, group, lost)


def unit_noise(random: np.random.Generator) -> FloatMap:
    noise = limited(random.normal(size=(SIDE,) * 3).astype(np.float32))
    return noise / noise.std()


def map_of(values: FloatMap, origin: tuple[float, float, float] = (0, 0, 0)) -> MapData:
    made = MapData.from_array(values, VOXEL)
    position = replace(made.position, placed_by="origin", origin=origin)
    return replace(made, position=position)


def options(**chosen: float) -> _core.ModificationOptions:
    return _core.ModificationOptions(d_min=D_MIN, **chosen)


def averaged(
    half_1: FloatMap, half_2: FloatMap, mask: FloatMap, group: NcsGroup, **chosen: float
) -> tuple[FloatMap, FloatMap, _core.SymmetryFindings]:
    first, second = half_1.copy(), half_2.copy()
    found = _core.average_copies(
        first,
        second,
        mask,
        map_of(half_1).box.parameters(),
        operators_from(group, (0, 0, 0)),
        options(**chosen),
        centres_from(group, (0, 0, 0)),
    )
    return first, second, found


def correlation(a: FloatMap, b: FloatMap, where: npt.NDArray[np.bool_]) -> float:
    return float(np.corrcoef(a[where], b[where])[0, 1])


def error(made: Toy, found: FloatMap, where: npt.NDArray[np.bool_]) -> float:
    """Return the rms error of a map that is put on the scale of the truth inside the mask."""
    inside = made.mask > 0.5
    scale = (found * made.truth)[inside].sum() / (found**2)[inside].sum()
    return float(np.sqrt(((scale * found - made.truth)[where] ** 2).mean()))


def moved(group: NcsGroup, degrees: float, shift: tuple[float, float, float]) -> NcsGroup:
    """Return a group whose axes are turned about x at the centre, and shifted in Å."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    back = turn.T
    to = CENTRE + np.array(shift) - turn @ CENTRE
    rotations = turn @ group.rotations @ back
    translations = (turn @ group.translations.T).T + to - rotations @ to
    centres = None if group.centres is None else group.centres @ turn.T + to
    return NcsGroup(rotations, translations, centres=centres)
