"""What a B-factor run reads: a map or map coefficients, and everything that may help."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from map_sharpening.errors import MapValueError
from map_sharpening.io.sequences import read_sequences
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.grids import require_another_map, require_same_grid
from map_sharpening.maps.map_data import MapData, labels_say
from map_sharpening.maps.mask_like import mask_likeness
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.composition import Chain
from map_sharpening.molecule.crystal import cartesian_operators
from map_sharpening.molecule.ncs import NcsGroup, number_of_copies
from map_sharpening.molecule.place import caution_of_model
from map_sharpening.phil import Values
from map_sharpening.runs.inputs import MapReader, cautions_of_labels, read_symmetry
from map_sharpening.runs.map_inputs import MapInputs, read_map_inputs, read_placed_model

_NCS_COPIES = "b_factor_sharpening_crystal_info.ncs_copies"


@dataclass(frozen=True)
class BFactorInputs:
    """All inputs of a run, opened and checked against each other."""

    maps: MapInputs
    external_map: MapData | None
    model: Atoms | None
    chains: tuple[Chain, ...] | None
    ncs: tuple[NcsGroup, ...]
    files: tuple[tuple[str, Path], ...]  #: heading and file, in the order of reading

    @property
    def asymmetric_units(self) -> int:
        """How many times the map holds the molecule that a sequence file describes."""
        group = self.maps.space_group
        return 1 if group is None else len(group.operations())

    @property
    def rotations(self) -> FloatArray:
        """The rotations of the crystal's symmetry on Cartesian axes, shape (n, 3, 3)."""
        group = self.maps.space_group
        if group is None:
            return np.eye(3)[None]
        return cartesian_operators(group, self.maps.source.position.cell)[0]


def read_inputs(params: Values, notes: list[str], warnings: list[str]) -> BFactorInputs:
    """Open and check all inputs of a B-factor run.

    Raises
    ------
    MapSharpeningError
        If a file can't be used, or two contradict each other.
    """
    files = params.input_files
    maps = read_map_inputs(params, notes, warnings)
    for given in maps.all:
        _refuse_sharpened(given, params)
    read = list(maps.files)
    external_map = None
    if files.external_map_file is not None:
        external_map = _external_map(Path(files.external_map_file), maps, params, warnings)
        read.append(("External map", Path(files.external_map_file)))
    if external_map is None or not labels_say(external_map, "extract_unique"):
        warnings += cautions_of_labels(params, maps.all, ("extract_unique", "map_is_sharpened"))
    model = None
    if files.map_model.model is not None:
        model, maps = read_placed_model(Path(files.map_model.model), maps, params, warnings)
        caution = caution_of_model(maps.source, model, maps.resolution, periodic=maps.wrapping)
        warnings += [] if caution is None else [caution]
        read.append(("Model", Path(files.map_model.model)))
    chains = None
    if files.seq_file is not None:
        found, about_sequences = read_sequences(files.seq_file)
        chains = tuple(found)
        notes += about_sequences
        read.append(("Sequences", Path(files.seq_file)))
    ncs: tuple[NcsGroup, ...] = ()
    if files.ncs_file is not None:
        ncs = read_symmetry(
            Path(files.ncs_file),
            maps.source,
            notes,
            warnings,
            periodic=maps.wrapping or maps.is_crystal,
        )
        warnings += _caution_of_copies(params[_NCS_COPIES], ncs, files.ncs_file)
        read.append(("Symmetry", Path(files.ncs_file)))
    return BFactorInputs(
        maps=maps,
        external_map=external_map,
        model=model,
        chains=chains,
        ncs=ncs,
        files=tuple(read),
    )


def _external_map(path: Path, maps: MapInputs, params: Values, warnings: list[str]) -> MapData:
    external_map = MapReader(params, warnings)(path)
    if mask_likeness(external_map) == "mask":
        raise MapValueError(
            f"{external_map.name}, the external map, has the values of a mask; expected "
            "density; give a map whose fall-off is as it should be"
        )
    require_same_grid(maps.source, external_map)
    if maps.full_map is not None:
        require_another_map(maps.full_map, external_map)
    return external_map


def _caution_of_copies(stated: int | None, ncs: tuple[NcsGroup, ...], ncs_file: str) -> list[str]:
    found_copies = number_of_copies(ncs)
    if stated is None or stated == found_copies:
        return []
    return [
        f"ncs_copies is {stated}, but {ncs_file} describes {found_copies} copies: "
        f"the solvent content is worked out with {stated}; leave ncs_copies out to use "
        "those of the file"
    ]


def _refuse_sharpened(given: MapData, params: Values) -> None:
    if labels_say(given, "map_is_sharpened") and not params.control.ignore_map_labels:
        raise MapValueError(
            f"{given.name} is labelled map_is_sharpened: its fall-off was changed already; give "
            "the map before sharpening, or ignore_map_labels=True to sharpen it again"
        )
