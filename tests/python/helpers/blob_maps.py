"""Two half maps of a ball of blobs, small and quick to sharpen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

STEP = 1.5  #: Å
RESOLUTION = 4.0
SIDE = 48


def blob_centres() -> npt.NDArray[np.float64]:
    """Return z, y, x in grid points of 150 places within 11 grid points of the middle."""
    rng = np.random.default_rng(3)
    directions = rng.normal(size=(150, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return np.asarray(SIDE / 2 + 11 * directions * np.cbrt(rng.random((150, 1))))


def blob_halves(noise: float = 0.1) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return Gaussian blobs at `blob_centres`, with noise."""
    rng, centres = np.random.default_rng(4), blob_centres()
    axis = np.arange(SIDE)
    along = np.exp(-0.5 * ((axis[None, None, :] - centres[:, :, None]) / 1.1) ** 2)
    molecule = np.einsum("nz,ny,nx->zyx", along[:, 0], along[:, 1], along[:, 2])
    first, second = (
        (molecule + noise * rng.normal(size=molecule.shape)).astype(np.float32) for _ in range(2)
    )
    return first, second
