"""What files are, by the program's own recognition, and what the inputs screen says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.state import RESOLUTION, Draft, InputFile, Role, State
from map_sharpening.io.half_pairs import partner_of
from map_sharpening.io.maps import read_map
from map_sharpening.io.recognise import FileKind, kind_of_file
from map_sharpening.maps.map_data import MapData, map_start_in_angstrom
from map_sharpening.methods.half_maps.resolution import resolution_of_half_maps
from map_sharpening.report.parts.slices import central_slices
from map_sharpening.runs.positional_maps import map_roles

ROLES_OF_KIND: dict[FileKind, tuple[Role, ...]] = {
    "map": ("half map", "full map", "mask", "external map"),
    "model": ("model", "symmetry"),
    "reflections": ("coefficients",),
    "sequence": ("sequence",),
    "symmetry": ("symmetry",),
}


def recognise(state: State, draft: Draft, names: Sequence[str]) -> list[str]:
    """Add files to a draft, each with its role; return what there is to tell."""
    told = []
    for name in names:
        try:
            path = state.folder.resolve(name)
            if path.is_dir():
                told.append(f"{name} is a folder; choose the files inside it")
                continue
            plain = state.folder.name_of(path)
            if all(file.name != plain for file in draft.inputs):
                draft.inputs.append(look_at(path, plain))
        except (MapSharpeningError, OSError) as error:
            told.append(str(error))
    told += settle_roles(state, draft)
    state.keep(draft)
    return told


def look_at(path: Path, name: str) -> InputFile:
    """Return what a file is, and what can be said of it."""
    try:
        kind = kind_of_file(path)
        roles = ROLES_OF_KIND.get(kind, ())
        if kind == "parameters":
            return InputFile(
                name, None, error="neither a map nor a model, coefficients or a sequence"
            )
        if kind != "map":
            return InputFile(name, roles[0], roles=roles)
        map_data, warnings = read_map(path, allow_extract_unique=True, allow_constant=True)
        warnings = [*warnings, *map_start_in_angstrom(map_data)[1]]
        return InputFile(name, "full map", _facts(map_data), tuple(warnings), roles=roles)
    except (MapSharpeningError, OSError) as error:
        return InputFile(name, None, error=str(error))


def settle_roles(state: State, draft: Draft) -> list[str]:
    """Tell the maps from each other as a command line does; those chosen by hand stay."""
    maps = {
        state.folder.root / file.name: file
        for file in draft.inputs
        if "half map" in file.roles and not file.is_chosen
    }
    if not maps:
        return []
    are_all = len(maps) == sum("half map" in file.roles for file in draft.inputs)
    try:
        found = map_roles(list(maps), are_all=are_all)
    except MapSharpeningError as error:
        return [str(error)]
    role_of: dict[Path, Role] = dict.fromkeys(found.half_maps, "half map")
    if found.full_map is not None:
        role_of[found.full_map] = "full map"
    if found.mask is not None:
        role_of[found.mask] = "mask"
    for path, role in role_of.items():
        place = draft.inputs.index(maps[path])
        draft.inputs[place] = replace(maps[path], role=role)
    return []


def set_role(state: State, draft: Draft, name: str, role: Role | None) -> None:
    """Give a file another role; None: it is left out."""
    draft.inputs = [
        replace(file, role=role, is_chosen=True) if file.name == name else file
        for file in draft.inputs
    ]
    state.keep(draft)


def remove(state: State, draft: Draft, name: str) -> list[str]:
    """Take a file out of a draft; return what there is to tell of the others."""
    draft.inputs = [file for file in draft.inputs if file.name != name]
    told = settle_roles(state, draft)
    state.keep(draft)
    return told


def proposed_partner(state: State, draft: Draft) -> str | None:
    """Return the other half map where one is chosen and the other lies in the folder too."""
    halves = [file.name for file in draft.inputs if file.role == "half map"]
    if len(halves) != 1:
        return None
    partner = partner_of(state.folder.root / halves[0])
    if partner is None:
        return None
    try:
        name = state.folder.name_of(state.folder.resolve(str(partner)))
    except MapSharpeningError:  # outside of what is served
        return None
    return None if any(file.name == name for file in draft.inputs) else name


def proposed_resolution(state: State, draft: Draft) -> float | None:
    """Return where the FSC of the two half maps falls to 0.143, as resolution=Auto does."""
    halves = [file.name for file in draft.inputs if file.role == "half map"]
    if len(halves) != 2:
        return None
    one, two = (state.folder.root / name for name in halves)
    return _agreement(one, one.stat().st_mtime_ns, two, two.stat().st_mtime_ns)


def propose_resolution(state: State, draft: Draft) -> None:
    """Put the proposed resolution into a draft that has none, or an older proposal."""
    if RESOLUTION in draft.values and not draft.resolution_source:
        return
    try:
        proposed = proposed_resolution(state, draft)
    except (MapSharpeningError, OSError):  # told by the check of the whole
        proposed = None
    if proposed is None:
        if draft.resolution_source:
            draft.values.pop(RESOLUTION, None)
            draft.resolution_source = ""
    else:
        draft.values[RESOLUTION] = f"{proposed:.2f}"
        draft.resolution_source = (
            f"Proposed: the half maps agree to {proposed:.2f} Å (corrected FSC 0.143, in the "
            "automatic mask). Give your own if you know it."
        )
    state.keep(draft)


def pictures(path: Path, name: str) -> dict[str, str]:
    """Return the central slices of a map as SVG, by axis."""
    return _pictures(path, path.stat().st_mtime_ns, name)


@lru_cache(maxsize=32)
def _pictures(path: Path, changed: int, name: str) -> dict[str, str]:
    # It loads the library that draws: the page needn't wait for it.
    from map_sharpening.report.parts.slice_pictures import slice_pictures

    map_data, _ = read_map(path, allow_extract_unique=True, allow_constant=True)
    return slice_pictures(central_slices(map_data), None, name)


@lru_cache(maxsize=8)
def _agreement(one: Path, changed_1: int, two: Path, changed_2: int) -> float:
    first, second = (read_map(path, allow_extract_unique=True)[0] for path in (one, two))
    return resolution_of_half_maps(first, second).resolution


def _facts(map_data: MapData) -> tuple[tuple[str, str], ...]:
    nz, ny, nx = map_data.values.shape
    step, values = map_data.voxel_size, map_data.values
    place = ", ".join(f"{part:.4g}" for part in map_data.position.first_point)
    return (
        ("Box", f"{nx} × {ny} × {nz}"),
        ("Voxel", " × ".join(f"{size:.4g}" for size in step) + " Å"),
        ("First point", f"{place} Å"),
        ("Values", f"{float(values.min()):.4g} to {float(values.max()):.4g}"),
    )
