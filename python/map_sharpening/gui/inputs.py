"""What files are, by the program's own recognition, and what the inputs screen says of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.state import Draft, InputFile, Role, State
from map_sharpening.io.half_pairs import is_named_as_half_map, partner_of
from map_sharpening.io.maps import map_start_in_angstrom, read_map
from map_sharpening.io.recognise import FileKind, kind_of_file
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.mask_like import mask_likeness

ROLES_OF_KIND: dict[FileKind, tuple[Role, ...]] = {
    "map": ("half map", "full map", "mask", "external map"),
    "model": ("model", "symmetry"),
    "reflections": ("coefficients",),
    "sequence": ("sequence",),
    "symmetry": ("symmetry",),
}


def recognise(state: State, draft: Draft, names: Sequence[str]) -> list[str]:
    """Add files to a draft, each with its role; return what there is to tell of those left out."""
    told = []
    for name in names:
        try:
            path = state.folder.resolve(name)
            plain = state.folder.name_of(path)
            if any(file.name == plain for file in draft.inputs):
                continue
            if path.is_dir():
                told.append(f"{name} is a folder; choose the files inside it")
                continue
            draft.inputs.append(look_at(path, plain))
        except (MapSharpeningError, OSError) as error:
            told.append(str(error))
    state.keep(draft)
    return told


def look_at(path: Path, name: str) -> InputFile:
    """Return what a file is, and what can be said of it."""
    try:
        kind = kind_of_file(path)
        if kind != "map":
            roles = ROLES_OF_KIND.get(kind, ())
            return InputFile(name, roles[0] if roles else None)
        map_data, warnings = read_map(path, allow_extract_unique=True, allow_constant=True)
        warnings = [*warnings, *map_start_in_angstrom(map_data)[1]]
        return InputFile(name, _role(path, map_data), _facts(map_data), tuple(warnings))
    except (MapSharpeningError, OSError) as error:
        return InputFile(name, None, error=str(error))


def _role(path: Path, map_data: MapData) -> Role:
    if is_named_as_half_map(path) or partner_of(path) is not None:
        return "half map"
    return "mask" if mask_likeness(map_data) == "mask" else "full map"


def _facts(map_data: MapData) -> tuple[tuple[str, str], ...]:
    nz, ny, nx = map_data.values.shape
    step = map_data.voxel_size
    values = map_data.values
    return (
        ("Box", f"{nx} × {ny} × {nz}"),
        ("Voxel", " × ".join(f"{size:.4g}" for size in step) + " Å"),
        (
            "First point",
            ", ".join(f"{place:.4g}" for place in map_data.position.first_point) + " Å",
        ),
        ("Values", f"{float(values.min()):.4g} to {float(values.max()):.4g}"),
    )
