"""The deterministic map that cases of B-factor sharpening are worked out on."""

from __future__ import annotations

from functools import cache

import numpy as np

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import MapData

N_POINTS = 48  #: along each axis
SPACING = 1.2  #: Å
RESOLUTION = 3.2  #: Å; many terms of the cell lie at this limit exactly
N_ATOMS = 240
B_ATOMS = 100.0  #: Å²
STEP = 1.5  #: Å
LARGEST_RADIUS = 14.0  #: Å
NOISE_LEVEL = 0.3  #: in standard deviations of the density


def pseudo_random(seed: int, count: int) -> FloatArray:
    """Return numbers from 0 to 1 by the generator x -> 1664525 x + 1013904223 mod 2^32."""
    values = np.empty(count)
    x = seed
    for i in range(count):
        x = (1664525 * x + 1013904223) % 2**32
        values[i] = x / 2**32
    return values


def reference_atoms() -> FloatArray:
    """Return positions, Å, x, y, z, of a random walk that is turned back at a radius."""
    centre = N_POINTS * SPACING / 2
    u = pseudo_random(12345, 2 * N_ATOMS)
    position = np.full(3, centre)
    atoms = []
    for cosine, angle in zip(2 * u[::2] - 1, 2 * np.pi * u[1::2], strict=True):
        sine = np.sqrt(1 - cosine**2)
        step = STEP * np.array([sine * np.cos(angle), sine * np.sin(angle), cosine])
        inside = np.linalg.norm(position + step - centre) <= LARGEST_RADIUS
        position = position + step if inside else position - step
        atoms.append(position)
    return np.array(atoms)


@cache
def reference_map() -> MapData:
    """Return Gaussian atoms in a periodic cubic box and white noise."""
    variance = 0.25 + B_ATOMS / (8 * np.pi**2)
    edge = N_POINTS * SPACING
    grid = SPACING * np.arange(N_POINTS)
    density = np.zeros((N_POINTS,) * 3)
    for atom in reference_atoms():
        off = grid[:, None] - atom
        off -= edge * np.round(off / edge)
        x, y, z = np.exp(-(off**2) / (2 * variance)).T
        density += x[:, None, None] * y[None, :, None] * z[None, None, :]
    noise = pseudo_random(98765, N_POINTS**3).reshape(density.shape) - 0.5
    density += NOISE_LEVEL * density.std() * noise / noise.std()
    # The noise runs along z first; maps are held (z, y, x).
    values = np.ascontiguousarray(density.transpose(2, 1, 0).astype(np.float32))
    return MapData.from_array(values, SPACING, name="reference")
