"""What a B-factor run reads: a map or map coefficients, and all that may help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gemmi
import numpy as np
import numpy.typing as npt

from map_sharpening.atoms import Atoms
from map_sharpening.composition import Chain
from map_sharpening.crystal import atoms_of_cell, cartesian_operators
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.grids import require_resolution_on_grid, require_same_grid
from map_sharpening.io.map_coefficients import CoefficientInfo, read_map_coefficients
from map_sharpening.io.maps import labels_say
from map_sharpening.io.models import read_atoms
from map_sharpening.io.ncs import read_ncs
from map_sharpening.io.sequences import read_sequences
from map_sharpening.jobs.inputs import MapReader, half_map_files
from map_sharpening.map_data import MapData
from map_sharpening.ncs import NcsGroup
from map_sharpening.parameters import nominal_resolution, thread_count
from map_sharpening.phil import Values

FloatArray = npt.NDArray[np.float64]

_LARGEST_SPACE_GROUP = 230
#: Finer than the data by more than this share of it is a mistake.
_RESOLUTION_GRACE = 1e-3


@dataclass(frozen=True)
class BFactorInputs:
    """All inputs of a run, opened and checked against each other."""

    full_map: MapData | None  #: None: the mean of the half maps
    half_maps: tuple[MapData, MapData] | None
    external_map: MapData | None
    model: Atoms | None
    chains: tuple[Chain, ...] | None
    ncs: tuple[NcsGroup, ...]
    coefficients: CoefficientInfo | None  #: where the full map was summed from them
    space_group: gemmi.SpaceGroup | None  #: of a crystal whose whole cell the map holds
    files: tuple[tuple[str, Path], ...]  #: heading and file, in the order of reading
    resolution: float  #: Å
    is_crystal: bool
    wrapping: bool

    @property
    def source(self) -> MapData:
        """The map that is sharpened, or the first half map."""
        if self.full_map is not None:
            return self.full_map
        assert self.half_maps is not None, "checked when the inputs were read"
        return self.half_maps[0]

    @property
    def fills_cell(self) -> bool:
        """Whether the map holds each grid point of its unit cell once."""
        return _fills_cell(self.source)

    @property
    def asymmetric_units(self) -> int:
        """How many times the map holds the molecule that a sequence file describes."""
        return 1 if self.space_group is None else len(self.space_group.operations())

    @property
    def rotations(self) -> FloatArray:
        """The rotations of the crystal's symmetry on Cartesian axes, shape (n, 3, 3)."""
        if self.space_group is None:
            return np.eye(3)[None]
        return cartesian_operators(self.space_group, self.source.position.cell)[0]


def read_inputs(params: Values, notes: list[str], warnings: list[str]) -> BFactorInputs:
    """Open and check all inputs of a B-factor run.

    Raises
    ------
    MapSharpeningError
        If a file can't be used, or two contradict each other.
    """
    files = params.input_files
    opened = MapReader(params, warnings)
    read: list[tuple[str, Path]] = []

    half_maps = None
    if files.map_model.half_map:
        first, second = half_map_files(files.map_model.half_map, notes)
        half_maps = (opened(first), opened(second))
        read += [("Half maps", first), ("", second)]
    full_map, coefficients = _full_map(params, opened, read, notes)
    if full_map is None and half_maps is None:
        raise ParameterError(
            "no map was given; give a map and its resolution, such as map_sharpening map.mrc "
            "resolution=3.1, or map coefficients, such as map_sharpening coeffs.mtz"
        )
    source = half_maps[0] if full_map is None and half_maps is not None else full_map
    assert source is not None
    for given in _maps_of_the_data(full_map, half_maps):
        require_same_grid(source, given)
        _refuse_sharpened(given, params)
    external_map = None
    if files.external_map_file is not None:
        external_map = opened(Path(files.external_map_file))
        require_same_grid(source, external_map)
        read.append(("External map", Path(files.external_map_file)))
    is_crystal = _is_crystal(params, source, coefficients)
    space_group = None
    if is_crystal and _fills_cell(source):
        space_group = _space_group(source, coefficients)
    model = None
    if files.map_model.model is not None:
        model = read_atoms(files.map_model.model)
        if space_group is not None:
            model = atoms_of_cell(model, space_group, source.position.cell)
        read.append(("Model", Path(files.map_model.model)))
    chains = None
    if files.seq_file is not None:
        found, told = read_sequences(files.seq_file)
        chains = tuple(found)
        notes += told
        read.append(("Sequences", Path(files.seq_file)))
    ncs: tuple[NcsGroup, ...] = ()
    if files.ncs_file is not None:
        groups, told = read_ncs(files.ncs_file)
        ncs = tuple(groups)
        notes += told
        read.append(("Symmetry", Path(files.ncs_file)))

    wrapping = _wrapping(params, source, is_crystal, notes)
    resolution = _resolution(params, source, coefficients, wrapping)
    return BFactorInputs(
        full_map=full_map,
        half_maps=half_maps,
        external_map=external_map,
        model=model,
        chains=chains,
        ncs=ncs,
        coefficients=coefficients,
        space_group=space_group,
        files=tuple(read),
        resolution=resolution,
        is_crystal=is_crystal,
        wrapping=wrapping,
    )


def _full_map(
    params: Values, opened: MapReader, read: list[tuple[str, Path]], notes: list[str]
) -> tuple[MapData | None, CoefficientInfo | None]:
    files = params.input_files
    full, mtz = files.map_model.full_map, files.mtz_in
    if full is not None and mtz is not None:
        raise ParameterError(
            f"full_map is {full} and mtz_in {mtz}: two maps to sharpen; give one of them"
        )
    if mtz is None:
        if files.map_coeff_labels is not None:
            raise ParameterError(
                f"map_coeff_labels is {' '.join(files.map_coeff_labels)}, but there is no MTZ "
                "file; give mtz_in too, or leave the labels out"
            )
        if full is None:
            return None, None
        read.append(("Full map", Path(full)))
        return opened(Path(full)), None
    labels = files.map_coeff_labels
    map_data, info, told = read_map_coefficients(
        mtz, None if labels is None else " ".join(labels), threads=thread_count(params)
    )
    notes += told
    read.append(("Coefficients", Path(mtz)))
    notes.append(f"{Path(mtz).name}: columns {','.join(info.labels)} to {info.d_min:.2f} Å")
    return map_data, info


def _maps_of_the_data(
    full_map: MapData | None, half_maps: tuple[MapData, MapData] | None
) -> Iterator[MapData]:
    if full_map is not None:
        yield full_map
    if half_maps is not None:
        yield from half_maps


def _refuse_sharpened(given: MapData, params: Values) -> None:
    if labels_say(given, "map_is_sharpened") and not params.control.ignore_map_labels:
        raise MapValueError(
            f"{given.name} is labelled map_is_sharpened: its fall-off was changed already; give "
            "the map before sharpening, or ignore_map_labels=True to sharpen it again"
        )


def _resolution(
    params: Values, source: MapData, coefficients: CoefficientInfo | None, wrapping: bool
) -> float:
    resolution = nominal_resolution(params)
    if coefficients is not None:
        if resolution is None:
            return coefficients.d_min
        if resolution < coefficients.d_min * (1 - _RESOLUTION_GRACE):
            raise ParameterError(
                f"resolution is {resolution:g} Å, but {source.name} has coefficients to "
                f"{coefficients.d_min:.2f} Å only; give that or a coarser one, or leave it out"
            )
        return resolution
    if resolution is None:
        raise ParameterError(
            "resolution is missing; give the map's nominal resolution in Å, such as resolution=3.1"
        )
    require_resolution_on_grid(source, resolution, periodic=wrapping)
    return resolution


def _is_crystal(params: Values, source: MapData, coefficients: CoefficientInfo | None) -> bool:
    given: bool | None = params.b_factor_sharpening_crystal_info.is_crystal
    if given is not None:
        return given
    return coefficients is not None or 1 < source.position.space_group <= _LARGEST_SPACE_GROUP


def _wrapping(params: Values, source: MapData, is_crystal: bool, notes: list[str]) -> bool:
    given: bool | None = params.crystal_info.wrapping
    if given and not _fills_cell(source):
        nz, ny, nx = source.values.shape
        mx, my, mz = source.position.sampling
        raise ParameterError(
            f"wrapping is True, but {source.name} has {nx} x {ny} x {nz} points of a cell of "
            f"{mx} x {my} x {mz}, so that it does not repeat; give a map of the whole cell, or "
            "wrapping=False"
        )
    if given is not None:
        return given
    if labels_say(source, "no_wrapping_outside_cell"):
        return False
    says_so = is_crystal or labels_say(source, "wrapping_outside_cell")
    if says_so and not _fills_cell(source):
        notes.append(f"{source.name} is part of a cell only: it is not taken to repeat")
        return False
    return says_so


def _fills_cell(source: MapData) -> bool:
    nz, ny, nx = source.values.shape
    return source.position.sampling == (nx, ny, nz)


def _space_group(source: MapData, coefficients: CoefficientInfo | None) -> gemmi.SpaceGroup | None:
    if coefficients is not None:
        return gemmi.SpaceGroup(coefficients.space_group)
    return gemmi.find_spacegroup_by_number(source.position.space_group)
