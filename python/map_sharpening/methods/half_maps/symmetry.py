"""What symmetric copies of a molecule tell of each other, in two half maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from map_sharpening import _core
from map_sharpening.errors import ParameterError
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import FloatMap, MapData, NewArray
from map_sharpening.molecule.ncs import NcsGroup

#: Differences of elements of rotations, and Å of translations, of operators that are the same.
_SAME_ROTATION, _SAME_PLACE = 1e-3, 0.1
#: Degrees and Å by which a symmetry that was taken from the map, or a model in it, may be off.
_SMALL_TURN, _SMALL_SHIFT = 1.0, 1.0


@dataclass(frozen=True)
class SymmetryUse:
    """How far copies were averaged, by resolution shell of the modification."""

    copies: int
    own: FloatArray  #: factor of the sharpened map inside the mask; 1: as it was
    averaged: FloatArray  #: factor of the mean of all copies; 0: not confirmed
    #: Estimated correlation with the molecule's density, by the other half map; after: before
    #: copies are kept apart where they differ.
    correlation_before: FloatArray
    correlation_after: FloatArray
    kept_share: float  #: of the change, where copies are kept apart; mean in the mask
    turned_by: float  #: by which the point group's axes were turned to fit the map, degrees
    shifted_by: float  #: by which its centre in the mask was shifted, Å
    is_borne_out: bool  #: False: the other half map doesn't confirm that copies are alike


def require_one_group(groups: Sequence[NcsGroup], name: str = "ncs") -> NcsGroup:
    """Return the only group there is.

    Parameters
    ----------
    name : str, optional
        Of the file or argument that states the groups, for messages.

    Raises
    ------
    ParameterError
        If there are groups with different operators, or they make no closed group and it is not
        known where the copies are.
    """
    first = groups[0]
    for other in groups[1:]:
        if other.copies != first.copies or not (
            np.allclose(other.rotations, first.rotations, atol=_SAME_ROTATION)
            and np.allclose(other.translations, first.translations, atol=_SAME_PLACE)
        ):
            raise ParameterError(
                f"{name} has {len(groups)} groups with different operators, of"
                f" {' and '.join(str(group.copies) for group in groups)} copies; density"
                " modification needs one for the whole map: give one group, or leave it out"
            )
    if not first.is_closed and first.centres is None:
        raise ParameterError(
            f"the {first.copies} operators of {name} make no closed group, as those of a ring do,"
            " and nothing says where each copy is; give an ncs_spec file with center_orth for"
            " each copy, a model whose operators apply to its atoms, or a point group"
        )
    return first


def centres_from(group: NcsGroup, first_point: tuple[float, float, float]) -> list[list[float]]:
    """Return where copies are, if that decides which operators hold; counted from a point, Å."""
    if group.is_closed or group.centres is None:
        return []
    from_first: list[list[float]] = (group.centres - np.array(first_point)).tolist()
    return from_first


def operators_from(group: NcsGroup, first_point: tuple[float, float, float]) -> list[list[float]]:
    """Return operators between places that are counted from a point, as the core takes them."""
    first = np.array(first_point)
    return [
        np.column_stack([rotation, rotation @ first + translation - first]).ravel().tolist()
        for rotation, translation in zip(group.rotations, group.translations, strict=True)
    ]


@contextmanager
def averaged_over_copies(
    half_1: MapData,
    half_2: MapData,
    mask: FloatMap,
    group: NcsGroup,
    options: _core.ModificationOptions,
    new_array: NewArray | None = None,
) -> Iterator[SymmetryUse]:
    """Average two half maps over copies, as far as the other one confirms it, for a while.

    Afterwards they are as before: there is not the memory for two more maps.

    Parameters
    ----------
    half_1, half_2 : MapData
        Half maps sharpened by the same factors; their values are writable, in C order.
    mask : ndarray, shape (z, y, x), float32
        Around all copies, 0 to 1.
    group : NcsGroup
        At least two operators, Å.
    options : ModificationOptions
        Those of the density modification that follows.
    new_array : callable, optional
        As of `sharpen_half_maps`.
    """
    is_changed = mask > 0
    before = [half.values[is_changed] for half in (half_1, half_2)]
    try:
        found = _core.average_copies(
            half_1.values,
            half_2.values,
            mask,
            half_1.box.parameters(),
            operators_from(group, half_1.position.first_point),
            options,
            centres_from(group, half_1.position.first_point),
            new_array,
        )
        yield SymmetryUse(
            copies=group.copies,
            own=found.own,
            averaged=found.copies,
            correlation_before=found.correlation_before,
            correlation_after=found.correlation_after,
            kept_share=found.kept_share,
            turned_by=found.turn,
            shifted_by=found.shift,
            is_borne_out=found.is_borne_out,
        )
    finally:
        for half, values in zip((half_1, half_2), before, strict=True):
            half.values[is_changed] = values


def cautions_of_use(used: SymmetryUse) -> list[str]:
    """Return a warning if nothing was averaged, or the symmetry had to be moved far."""
    if used.is_borne_out:
        if used.turned_by <= _SMALL_TURN and used.shifted_by <= _SMALL_SHIFT:
            return []
        return [
            "the symmetry fits the map only after its axes are turned by "
            f"{used.turned_by:.1f}° and shifted by {used.shifted_by:.1f} Å, which was done; check "
            "that it is in the frame of the map"
        ]
    return [
        f"the symmetry changes nothing: in no resolution shell do its {used.copies} copies tell "
        "more of a half map than that itself; the reconstruction may have this symmetry already, "
        "or the operators may be of another frame than the map"
    ]
