"""What a map shows at the contour that encloses the molecule's volume."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.ndimage

from bench.quality.measures.model_atoms import ModelAtoms
from bench.quality.measures.sampling import values_at
from map_sharpening.maps.map_data import MapData

_STEP = 0.25  #: Å between the points looked at along a bond


@dataclass(frozen=True)
class Contoured:
    """What lies inside the contour."""

    contour: float  #: the level that as much of the box exceeds as the molecule fills
    breaks_per_100: float  #: links of neighbouring residues whose main chain leaves the contour
    side_chains_enclosed: float  #: share of side chains of which every atom lies inside
    side_chain_atoms_enclosed: float  #: share of the atoms of side chains
    blobs_off_model: int  #: connected pieces that hold no point within 3 Å of an atom
    volume_off_model: float  #: share of the volume inside that lies farther than 3 Å from atoms


def at_molecular_volume(
    map_data: MapData, atoms: ModelAtoms, near_atoms: npt.NDArray[np.bool_]
) -> Contoured:
    """Contour a map at the molecule's volume and look at its chains and side chains."""
    values = map_data.values
    n_inside = round(atoms.volume / math.prod(map_data.voxel_size))
    n_inside = min(max(n_inside, 1), values.size)
    contour = float(np.partition(values, values.size - n_inside, axis=None)[-n_inside])
    is_inside = values >= contour
    pieces, n_pieces = scipy.ndimage.label(is_inside)
    on_model = np.unique(pieces[near_atoms & is_inside])
    at_atoms = values_at(map_data, atoms.positions) >= contour
    side = atoms.is_side_chain
    n_of_side = np.bincount(atoms.residues[side])
    n_enclosed = np.bincount(atoms.residues[side], at_atoms[side], len(n_of_side))
    has_side = n_of_side > 0
    return Contoured(
        contour=contour,
        breaks_per_100=_breaks_per_100(map_data, atoms, contour),
        side_chains_enclosed=_share(n_enclosed[has_side] == n_of_side[has_side]),
        side_chain_atoms_enclosed=_share(at_atoms[side]),
        blobs_off_model=int(n_pieces - len(on_model)),
        volume_off_model=float(np.mean(~near_atoms[is_inside])),
    )


def _breaks_per_100(map_data: MapData, atoms: ModelAtoms, contour: float) -> float:
    """Return how many links of a hundred have a point below the contour; NaN without links."""
    if not atoms.links:
        return math.nan
    first = np.concatenate([link[:-1] for link in atoms.links])
    second = np.concatenate([link[1:] for link in atoms.links])
    link_of = np.repeat(np.arange(len(atoms.links)), [len(link) - 1 for link in atoms.links])
    starts, ends = atoms.positions[first], atoms.positions[second]
    longest = float(np.linalg.norm(ends - starts, axis=1).max())
    along = np.linspace(0, 1, 1 + math.ceil(longest / _STEP))[None, :, None]
    lowest = values_at(map_data, starts[:, None] + along * (ends - starts)[:, None]).min(axis=1)
    broken = np.bincount(link_of, lowest < contour) > 0
    return 100 * float(broken.mean())


def _share(which: npt.NDArray[np.bool_]) -> float:
    return float(which.mean()) if len(which) else math.nan
