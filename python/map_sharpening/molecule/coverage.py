"""Whether a model covers all of the molecule that a map shows."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.model_map import atoms_from_first_point, points_near_atoms

#: Share of a model's atoms in the map at which the density is lower than what counts as strong.
_STRONG = 0.85
#: Å from an atom, and resolutions more, within which density is the model's; Å, steps of the
#: grid on which that is marked.
_NEAR, _NEAR_IN_RESOLUTIONS, _STEP = 2.0, 0.6, 2.0
#: Share of strong density away from a model above which it isn't whole. Of 24 maps, from
#: reconstructions, deposits and crystals, with their models it is at most .01, .11 of a noisy map
#: and of a cut-out with parts of its neighbours, .21 of a segmented map with a docked prediction;
#: with the first half of the residues .39 to .70, with one chain of four .66.
_MUCH = 0.3
#: Points as far below the middle of the map's values as strong ones are above it, for one strong
#: one, from which on noise alone may be as strong.
_AS_NOISE = 0.25
_FEWEST_ATOMS = 100
_BLOCK = 0.5  #: resolutions, edge of the blocks whose means are looked at, for less noise


def caution_of_coverage(
    map_data: MapData, atoms: Atoms, resolution: float, *, periodic: bool = False
) -> str | None:
    """Return a warning if much of a map's strongest density is away from a model's atoms.

    Parameters
    ----------
    atoms : Atoms
        In the map's frame; of a crystal, all that lie in the map.
    resolution : float
        Å.
    periodic : bool
        Whether the map repeats.
    """
    step = max(1, int(_BLOCK * resolution / max(map_data.voxel_size)))
    values = _blocks(map_data.values, step)
    size = np.array(map_data.values.shape[::-1])
    to_fractional = np.stack([map_data.fractional(axis) for axis in np.eye(3)], axis=1)
    shares = (atoms.positions - np.array(map_data.position.first_point)) @ to_fractional.T
    points = np.floor(((np.mod(shares, 1) if periodic else shares) * size + 0.5) / step)
    are_inside = np.all((points >= 0) & (points < values.shape[::-1]), axis=1)
    if np.count_nonzero(are_inside) < _FEWEST_ATOMS:
        return None
    x, y, z = points[are_inside].astype(np.intp).T
    level = float(np.quantile(values[z, y, x], _STRONG))
    middle = float(np.median(values))
    is_near = _near(map_data, atoms, step, resolution, values.shape)
    n_strong, n_away, n_low = (
        np.count_nonzero(those)
        for those in (
            values > level,
            (values > level) & ~is_near,
            (values < 2 * middle - level) & ~is_near,
        )
    )
    if level <= middle or n_low >= _AS_NOISE * n_strong:
        return None
    away = (n_away - n_low) / (n_strong - n_low)
    if away < _MUCH:
        return None
    return (
        f"{atoms.name} covers {1 - away:.0%} of the strongest density of {map_data.name}: it may "
        "be a part of the molecule, or lie in another place; give the whole model that was "
        "refined against this map"
    )


def _blocks(values: FloatMap, step: int) -> FloatMap:
    """Return the means of blocks of `step` points along each edge; what is left over is not in."""
    nz, ny, nx = (n // step for n in values.shape)
    whole = values[: nz * step, : ny * step, : nx * step]
    blocks = whole.reshape(nz, step, ny, step, nx, step)
    means: FloatMap = blocks.mean(axis=(1, 3, 5), dtype=np.float32)
    return means


def _near(
    map_data: MapData, atoms: Atoms, step: int, resolution: float, shape: tuple[int, ...]
) -> npt.NDArray[np.bool_]:
    """Whether the middles of blocks, `shape` of them, lie near an atom, on a coarser grid."""
    box = map_data.box
    nz, ny, nx = coarse = tuple(math.ceil(edge / _STEP) for edge in (box.c, box.b, box.a))
    placed = atoms_from_first_point(atoms, map_data)
    near = points_near_atoms(placed, (nz, ny, nx), box, _NEAR + _NEAR_IN_RESOLUTIONS * resolution)
    places = (
        np.rint((np.arange(n) * step + (step - 1) / 2) * (size / whole)).astype(np.intp) % size
        for n, size, whole in zip(shape, coarse, map_data.values.shape, strict=True)
    )
    return near[np.ix_(*places)]
