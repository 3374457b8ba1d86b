"""Facts about a file that can be shown at once, depending on its kind."""

from __future__ import annotations

from pathlib import Path

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.files.reading import READING
from map_sharpening.gui.files.shown import read_given_map
from map_sharpening.gui.state import InputFile, Role
from map_sharpening.io.map_coefficients import CoefficientInfo
from map_sharpening.io.models import read_atoms
from map_sharpening.io.ncs import read_ncs
from map_sharpening.io.recognise import FileKind, kind_of_file
from map_sharpening.io.sequences import read_sequences
from map_sharpening.maps.map_data import MapData, map_start_in_angstrom
from map_sharpening.molecule.ncs import number_of_copies

ROLES_OF_KIND: dict[FileKind, tuple[Role, ...]] = {
    "map": ("half map", "full map", "mask", "external map"),
    "model": ("model", "symmetry"),
    "reflections": ("coefficients",),
    "sequence": ("sequence",),
    "symmetry": ("symmetry",),
}

Facts = tuple[tuple[str, str], ...]


def look_at(path: Path, name: str) -> InputFile:
    """Return the kind of a file, and facts about it."""
    try:
        kind = kind_of_file(path)
        roles = ROLES_OF_KIND.get(kind, ())
        if kind == "parameters":
            return InputFile(
                name, None, error="neither a map nor a model, coefficients or a sequence"
            )
        facts, warnings = _facts(path, kind)
        role: Role = "full map" if kind == "map" else roles[0]
        return InputFile(name, role, facts, tuple(warnings), roles=roles)
    except (MapSharpeningError, OSError) as error:
        return InputFile(name, None, error=str(error))


def _facts(path: Path, kind: FileKind) -> tuple[Facts, list[str]]:
    if kind == "reflections":
        return _of_coefficients(path)
    if kind == "model":
        atoms = read_atoms(path)
        size = " × ".join(f"{edge:.0f}" for edge in atoms.extent)
        return (("Atoms", f"{len(atoms)}"), ("Extent", f"{size} Å")), list(atoms.warnings)
    if kind == "sequence":
        chains, _ = read_sequences(path)
        n_residues = sum(chain.copies * len(chain.residues) for chain in chains)
        n_chains = sum(chain.copies for chain in chains)
        return (("Chains", f"{n_chains}"), ("Residues", f"{n_residues}")), []
    if kind == "symmetry":
        groups, _ = read_ncs(path)
        return (("Copies", f"{number_of_copies(groups)}"),), []
    with READING:
        map_data, warnings, _ = read_given_map(path)
        return _of_map(map_data), [*warnings, *map_start_in_angstrom(map_data)[1]]


def _of_coefficients(path: Path) -> tuple[Facts, list[str]]:
    try:
        with READING:
            map_data, warnings, info = read_given_map(path)
    except MapSharpeningError as error:  # columns may be named among the parameters
        return (), [str(error)]
    assert isinstance(info, CoefficientInfo), "it was read from coefficients"
    facts = (
        ("Columns", ", ".join(info.labels)),
        ("Resolution", f"{info.d_max:.4g} to {info.d_min:.4g} Å"),
        ("Space group", info.space_group),
        ("Complete", f"{100 * info.completeness:.0f} %"),
    )
    return (*facts, *_of_map(map_data)), warnings


def _of_map(map_data: MapData) -> Facts:
    nz, ny, nx = map_data.values.shape
    step, values = map_data.voxel_size, map_data.values
    place = ", ".join(f"{part:.4g}" for part in map_data.position.first_point)
    return (
        ("Box", f"{nx} × {ny} × {nz}"),
        ("Voxel", " × ".join(f"{size:.4g}" for size in step) + " Å"),
        ("First point", f"{place} Å"),
        ("Values", f"{float(values.min()):.4g} to {float(values.max()):.4g}"),
    )
