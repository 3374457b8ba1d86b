"""Whether a model lies where it fits its map best."""

from __future__ import annotations

import gemmi
import numpy as np

from map_sharpening import _core
from map_sharpening.maps.arrays import Coefficients
from map_sharpening.maps.comparison import change_between
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.offset import offset_between

#: Offset that a warning is about: in parts of the resolution, in voxels, and in standard errors,
#: for neighbouring terms aren't independent. Models that fit lie within 0.07 of the resolution.
_OF_RESOLUTION, _VOXELS, _ERRORS = 0.15, 0.4, 8


def cautions_of_place(
    map_data: MapData, coefficients: Coefficients, name: str, resolution: float, threads: int
) -> list[str]:
    """Return a warning if a model would fit a map better a little further.

    Parameters
    ----------
    coefficients : ndarray, shape (nz, ny, nx // 2 + 1)
        Of the model, on the map's grid.
    """
    made = _map_of_model(map_data, coefficients, name, threads)
    # Of several copies one may lie where the map is best.
    offset = offset_between(map_data, made, threads, begins_in_place=True)
    if offset is None:
        return []
    voxels = np.array(offset.voxels)
    shares = voxels / np.array(map_data.values.shape[::-1])
    cell = gemmi.UnitCell(*map_data.box.parameters())
    distances = np.array(cell.orth.mat.tolist()) @ shares
    is_sure = np.abs(voxels) > np.maximum(_VOXELS, _ERRORS * np.array(offset.errors))
    distance = float(np.linalg.norm(distances))
    if not is_sure.any() or distance < _OF_RESOLUTION * resolution:
        return []
    x, y, z = (np.round(-distances, 1) + 0.0).tolist()  # no -0.0
    return [
        f"{name} lies {distance:.1f} Å from where it fits {map_data.name} best, which costs "
        f"agreement: move it by {x:.1f}, {y:.1f}, {z:.1f} Å (x, y, z), or fit it in a viewer"
    ]


def cause_of_misfit(
    map_data: MapData, coefficients: Coefficients, name: str, resolution: float, threads: int
) -> str | None:
    """Name what keeps a model from fitting a map: the other hand, other axes or contrast.

    Parameters are those of `cautions_of_place`, which tells a shift alone in Å.
    """
    change = change_between(
        _map_of_model(map_data, coefficients, name, threads), map_data, resolution
    )
    if change is None or change.is_shift_alone:
        return None
    return (
        f"compared with {name}, {map_data.name} {change}: undo that in one of them, or take the "
        "map as the reconstruction made it"
    )


def _map_of_model(like: MapData, coefficients: Coefficients, name: str, threads: int) -> MapData:
    nx = like.values.shape[2]
    return like.with_values(_core.inverse_transform(coefficients, nx, threads), name)
