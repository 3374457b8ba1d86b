"""The kinds of files, as the program recognises them, and what the inputs screen says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.files.facts import look_at
from map_sharpening.gui.state import RESOLUTION, Draft, Role, State
from map_sharpening.io.half_pairs import partner_of
from map_sharpening.io.maps import read_map
from map_sharpening.methods.half_maps.resolution import resolution_of_half_maps
from map_sharpening.runs.positional_maps import map_roles


def recognise(state: State, draft: Draft, names: Sequence[str]) -> list[str]:
    """Add files to a draft, each with its role; return messages for the user."""
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
    """Take a file out of a draft; return messages about the others."""
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
    except (MapSharpeningError, OSError):  # the check of the whole draft reports it
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


@lru_cache(maxsize=8)
def _agreement(one: Path, changed_1: int, two: Path, changed_2: int) -> float:
    first, second = (read_map(path, allow_extract_unique=True)[0] for path in (one, two))
    return resolution_of_half_maps(first, second).resolution
