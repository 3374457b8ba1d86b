"""The kinds of the maps that a command line names without a keyword."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from map_sharpening.errors import ParameterError
from map_sharpening.io.half_pairs import is_named_as_half_map, partner_of
from map_sharpening.io.maps import read_map
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.mask_like import MaskLikeness, mask_likeness


@dataclass(frozen=True)
class MapRoles:
    """Some maps by their kind, in the order given."""

    half_maps: tuple[Path, ...] = ()
    full_map: Path | None = None
    mask: Path | None = None
    notes: tuple[str, ...] = ()


def map_roles(
    maps: Sequence[Path], voxel_size: Sequence[float] | None = None, *, are_all: bool = True
) -> MapRoles:
    """Distinguish half maps, full map and mask.

    Two maps that are each other's partner by name are half maps. What a map besides them is,
    and maps without such names are recognised by their values: a mask is a mask, two other maps
    are half maps, and one is a full map unless it is named as a half map.

    Parameters
    ----------
    voxel_size : floats, optional
        In place of the files' own, which may be missing.
    are_all : bool
        Whether no other map was given by name.

    Raises
    ------
    ParameterError
        If they can't be distinguished, or there are too many.
    MapSharpeningError
        If one can't be read.
    """
    _require_once(maps)
    halves = [path for path in maps if partner_of(path) in [p for p in maps if p != path]]
    if len(halves) != 2:
        halves = []
    others = [path for path in maps if path not in halves]
    is_alone = len(maps) == 1 and are_all
    kinds: Mapping[Path, MaskLikeness] = {
        # A single map is judged when it is read as the map to sharpen.
        path: "density" if is_alone else mask_likeness(_read(path, voxel_size))
        for path in others
    }
    unclear = [path for path, kind in kinds.items() if kind == "unclear"]
    if unclear:
        raise ParameterError(
            f"{_names(unclear)} may be a mask or a map: its values range from 0 to 1, and many "
            "are at both ends; say which it is with mask= or full_map="
        )
    masks = [path for path, kind in kinds.items() if kind == "mask"]
    density = [path for path in others if path not in masks]
    if len(masks) > 1:
        raise ParameterError(
            f"{len(masks)} of the maps have the values of a mask ({_names(masks)}); expected one "
            "at most; leave the others out"
        )
    notes = tuple(f"{path} has the values of a mask and is used as mask={path}" for path in masks)
    if not halves:
        if len(density) == 2 or (len(density) == 1 and is_named_as_half_map(density[0])):
            halves, density = density, []
        elif len(density) == 3:
            _require_values(density, voxel_size)
            raise ParameterError(
                f"three maps were given ({_names(density)}), and their names don't show which is "
                "the full map; give half_map=, half_map= and full_map="
            )
    if len(density) > 1:
        _require_values(density, voxel_size)
        raise ParameterError(
            f"{len(maps)} maps were given; expected two half maps, and at most one full map and "
            "one mask"
        )
    return MapRoles(
        half_maps=tuple(halves),
        full_map=density[0] if density else None,
        mask=masks[0] if masks else None,
        notes=notes,
    )


def _require_once(maps: Sequence[Path]) -> None:
    """Raise ParameterError if one of three or more files is given twice.

    Two that are one file are refused as half maps are.
    """
    if len(maps) < 3:
        return
    seen: dict[Path, Path] = {}
    for path in maps:
        first = seen.setdefault(path.resolve(), path)
        if first is not path:
            shown = str(path) if first == path else f"{first} and {path}"
            raise ParameterError(
                f"{shown}: one file was given twice; give two half maps, and at most one full map "
                "and one mask"
            )


def _read(path: Path, voxel_size: Sequence[float] | None) -> MapData:
    # Warnings come, and all values are checked, when the run reads it.
    return read_map(
        path, voxel_size=voxel_size, allow_extract_unique=True, are_values_checked=False
    )[0]


def _require_values(paths: Sequence[Path], voxel_size: Sequence[float] | None) -> None:
    """Raise MapValueError if a map may have passed for density because it has NaN."""
    for path in paths:
        read_map(path, voxel_size=voxel_size, allow_extract_unique=True, allow_constant=True)


def _names(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths))
