"""The kinds of files, as the program recognises them, and what the inputs screen says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.files.apart import Apart, NoLongerAskedError
from map_sharpening.gui.files.facts import look_at
from map_sharpening.gui.state import RESOLUTION, Draft, Role, State
from map_sharpening.gui.viewing.view import Kept
from map_sharpening.io.half_pairs import partner_of
from map_sharpening.runs.given.positional_maps import map_roles


def recognise(state: State, draft: Draft, names: Sequence[str]) -> list[str]:
    """Add files to a draft, each with its role; return messages for the user."""
    messages = []
    for name in names:
        try:
            path = state.folder.resolve(name)
            if path.is_dir():
                messages.append(f"{name} is a folder; choose the files inside it")
                continue
            plain = state.folder.name_of(path)
            if all(file.name != plain for file in draft.inputs):
                draft.inputs.append(look_at(path, plain))
        except (MapSharpeningError, OSError) as error:
            messages.append(str(error))
    messages += settle_roles(state, draft)
    state.keep(draft)
    return messages


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
    """Take a file out of a draft; return messages about the others.

    With the last map, the resolution goes too: it was that of another molecule.
    """
    had_map = _has_map(draft)
    draft.inputs = [file for file in draft.inputs if file.name != name]
    if had_map and not _has_map(draft):
        draft.values.pop(RESOLUTION, None)
        draft.resolution_source = ""
    messages = settle_roles(state, draft)
    state.keep(draft)
    return messages


def _has_map(draft: Draft) -> bool:
    return any(file.role in ("half map", "full map", "coefficients") for file in draft.inputs)


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


def halves_to_propose_by(draft: Draft) -> tuple[str, ...]:
    """Return the names of the two half maps by which a resolution is proposed; none: it isn't."""
    halves = tuple(file.name for file in draft.inputs if file.role == "half map")
    is_typed = RESOLUTION in draft.values and not draft.resolution_source
    return () if is_typed or len(halves) != 2 else halves


def propose_resolution(state: State, draft: Draft, apart: Apart) -> str:
    """Put where the half maps' FSC falls to 0.143 into a draft; return why there is none.

    It is what resolution=Auto finds. A draft that has a resolution keeps it, unless that was
    proposed for other files.

    Raises
    ------
    NoLongerAskedError
        If the question was withdrawn meanwhile.
    """
    halves = halves_to_propose_by(draft)
    proposed, problem = None, ""
    if halves:
        try:
            proposed = _agreement(apart, [state.folder.root / name for name in halves])
        except NoLongerAskedError:
            raise
        except (MapSharpeningError, OSError) as error:
            problem = f"No resolution is proposed: {error}"
        if halves_to_propose_by(draft) != halves:  # it changed meanwhile
            raise NoLongerAskedError("the files or the resolution changed")
    if proposed is not None:
        draft.values[RESOLUTION] = f"{proposed:.2f}"
        draft.resolution_source = (
            f"Proposed: the half maps agree to {proposed:.2f} Å (corrected FSC 0.143, in the "
            "automatic mask). If you know a better value, enter it."
        )
    elif draft.resolution_source:
        draft.values.pop(RESOLUTION, None)
        draft.resolution_source = ""
    state.keep(draft)
    return problem


_KEPT = Kept(8)  # resolutions that were found; all browsers share them


def _agreement(apart: Apart, paths: Sequence[Path]) -> float:
    """Return the resolution in Å to which two half maps agree."""
    names = [str(path) for path in paths]
    key = (*names, *(str(path.stat().st_mtime_ns) for path in paths))
    return _KEPT.get(key, lambda: float(apart.ask("resolution", *names)), lambda _: 1)
