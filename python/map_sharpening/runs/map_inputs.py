"""The maps that a run on one map reads, how they repeat, and a model in their place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import gemmi
import numpy as np

from map_sharpening.errors import MapSharpeningError, ModelFileError, ParameterError
from map_sharpening.io.crystals.checks import agreement_with_symmetry, doubt_of_crystal_map
from map_sharpening.io.half_pairs import agree_as_halves, partner_of, possible_partners
from map_sharpening.io.map_coefficients import CoefficientInfo, read_map_coefficients
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_model
from map_sharpening.maps.grids import (
    require_other_values,
    require_resolution_on_grid,
    require_same_grid,
)
from map_sharpening.maps.map_data import MapData, UnitCell, labels_say, map_start_in_angstrom
from map_sharpening.methods.shared.option_groups import GIVEN
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.coverage import caution_of_coverage
from map_sharpening.molecule.crystal import atoms_of_cell, atoms_of_part
from map_sharpening.molecule.place import place_by_model
from map_sharpening.parameters.reading import given_resolution, nominal_resolution, thread_count
from map_sharpening.phil import AutoType, Fetched, Values
from map_sharpening.runs.inputs import (
    MapReader,
    agreed_resolution,
    half_map_files,
    with_second_half,
)

#: Finer than the data by more than this share of it is a mistake.
_RESOLUTION_GRACE = 1e-3
_WHERE_DATA_END = "where the coefficients end"  #: how their resolution is found
_AS_MATES = 0.8  #: correlation of points that are equal by symmetry, at least
#: Cells that differ by less are the same: share of an edge, and degrees.
_EDGE_TOLERANCE, _ANGLE_TOLERANCE = 0.01, 1.0


@dataclass(frozen=True)
class MapInputs:
    """The map that is sharpened, and the half maps if there are any."""

    full_map: MapData | None  #: None: the mean of the half maps
    half_maps: tuple[MapData, MapData] | None
    coefficients: CoefficientInfo | None  #: where the full map was summed from them
    space_group: gemmi.SpaceGroup | None  #: of a crystal whose whole cell the map holds
    files: tuple[tuple[str, Path], ...]  #: heading and file, in the order of reading
    resolution: float  #: Å
    resolution_how: str  #: given, or where it was found
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
    def shown_files(self) -> tuple[Path, ...]:
        """The maps that viewers show as the input: the full map, or both half maps."""
        full = dict(self.files).get("Full map")
        if full is not None:
            return (full,)
        headings = [heading for heading, _ in self.files]
        if self.half_maps is None or "Half maps" not in headings:
            return ()
        first = headings.index("Half maps")
        return tuple(path for _, path in self.files[first : first + 2])

    @property
    def all(self) -> Iterator[MapData]:
        """The full map and the half maps, as far as given."""
        if self.full_map is not None:
            yield self.full_map
        if self.half_maps is not None:
            yield from self.half_maps

    @property
    def is_whole_crystal_cell(self) -> bool:
        """Whether the map holds each grid point of a crystal's unit cell once."""
        return self.is_crystal and _fills_cell(self.source)


def read_map_inputs(params: Values, notes: list[str], warnings: list[str]) -> MapInputs:
    """Open the maps of a run on one map and check them against each other.

    Raises
    ------
    MapSharpeningError
        If a file can't be used, or two contradict each other.
    """
    opened = MapReader(params, warnings)
    read: list[tuple[str, Path]] = []
    half_maps = None
    given_halves = params.input_files.map_model.half_map
    if given_halves:
        first, second = half_map_files(given_halves, notes)
        half_maps = (opened.density(first), opened.density(second))
        read += [("Half maps", first), ("", second)]
    full_map, coefficients = _full_map(params, opened, read, notes, warnings)
    if full_map is not None:
        source = full_map
    elif half_maps is not None:
        source = half_maps[0]
    else:
        raise ParameterError(
            "no map was given; give a map and its resolution, such as map_sharpening map.mrc "
            "resolution=3.1, or map coefficients, such as map_sharpening coeffs.mtz"
        )
    for half in half_maps or ():
        require_same_grid(source, half)
    if half_maps is not None:
        require_other_values(*half_maps)
    is_crystal = _is_crystal(params, source, coefficients, warnings)
    wrapping = _wrapping(params, source, is_crystal, notes, warnings)
    if half_maps is not None and isinstance(given_resolution(params), AutoType):
        resolution, how = _agreed_resolution(params, half_maps, wrapping, notes, warnings)
    else:
        resolution, how = _resolution(params, source, coefficients, wrapping)
    inputs = MapInputs(
        full_map=full_map,
        half_maps=half_maps,
        coefficients=coefficients,
        space_group=(
            _space_group(source, coefficients) if is_crystal and _fills_cell(source) else None
        ),
        files=tuple(read),
        resolution=resolution,
        resolution_how=how,
        is_crystal=is_crystal,
        wrapping=wrapping,
    )
    if is_crystal and full_map is not None and coefficients is None:
        doubt = doubt_of_crystal_map(full_map, inputs.resolution)
        warnings += [] if doubt is None else [doubt]
    return inputs


def read_placed_model(
    path: Path, maps: MapInputs, params: Values, warnings: list[str]
) -> tuple[Atoms, MapInputs]:
    """Read a model of the maps; of a crystal, all atoms of its cell, or of the part there is.

    What the reading left out or guessed goes to `warnings`. Maps that their files put at two
    places are moved to where the model fits.

    Raises
    ------
    FileNotFoundError, ModelFileError
        If the file can't be used, or states another cell than the map's.
    """
    atoms, cell = read_model(path)
    warnings += atoms.warnings
    if cell is not None and not params.control.ignore_symmetry_conflicts:
        _require_cell_of_map(path.name, cell, maps.source)
    if maps.space_group is not None:
        atoms = atoms_of_cell(atoms, maps.space_group, maps.source.position.cell)
    else:
        maps = _where_the_model_fits(maps, atoms, warnings)
        group = _fitting_space_group(maps.source) if maps.is_crystal else None
        atoms = atoms if group is None else atoms_of_part(atoms, group, maps.source)
    doubt = caution_of_coverage(maps.source, atoms, maps.resolution, periodic=maps.wrapping)
    warnings += [] if doubt is None else [doubt]
    return atoms, maps


def _where_the_model_fits(maps: MapInputs, atoms: Atoms, warnings: list[str]) -> MapInputs:
    source, warning = place_by_model(maps.source, atoms, periodic=maps.wrapping)
    if warning is None:
        return maps
    # Warnings about the position from before the model was read.
    for each in maps.all:
        outdated = map_start_in_angstrom(each)[1]
        warnings[:] = [one for one in warnings if one not in outdated]
    warnings.append(warning)
    placed_by = source.position.placed_by

    def placed(map_data: MapData) -> MapData:
        return replace(map_data, position=replace(map_data.position, placed_by=placed_by))

    halves = maps.half_maps
    return replace(
        maps,
        full_map=None if maps.full_map is None else placed(maps.full_map),
        half_maps=None if halves is None else (placed(halves[0]), placed(halves[1])),
    )


def _require_cell_of_map(name: str, cell: UnitCell, source: MapData) -> None:
    # A box cut out of a map may have got its own cell; the model keeps either.
    if any(_is_same_cell(cell, other) for other in (source.position.cell, source.box)):
        return
    raise ModelFileError(
        f"{name} states the cell {_plain(cell)} (CRYST1, Å and degrees), but {source.name} has "
        f"{_plain(source.position.cell)}; give the model of this map, or "
        "ignore_symmetry_conflicts=True if it fits the map all the same"
    )


def _is_same_cell(one: UnitCell, other: UnitCell) -> bool:
    a, b = np.array(one.parameters()), np.array(other.parameters())
    same_edges = np.allclose(a[:3], b[:3], rtol=_EDGE_TOLERANCE, atol=0)
    return bool(same_edges and np.allclose(a[3:], b[3:], rtol=0, atol=_ANGLE_TOLERANCE))


def _fitting_space_group(source: MapData) -> gemmi.SpaceGroup | None:
    """Return the space group that a map states; None: none, or its cell can't have it."""
    group = gemmi.find_spacegroup_by_number(source.position.space_group)
    cell = gemmi.UnitCell(*source.position.cell.parameters())
    return group if group is not None and cell.is_compatible_with_spacegroup(group) else None


def _plain(cell: UnitCell) -> str:
    return " ".join(f"{number:.6g}" for number in cell.parameters())


def _full_map(
    params: Values,
    opened: MapReader,
    read: list[tuple[str, Path]],
    notes: list[str],
    warnings: list[str],
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
        opened_map = opened.density(Path(full))
        if not files.map_model.half_map:
            warnings += _cautions_of_other_half(full, opened_map)
        return opened_map, None
    labels = files.map_coeff_labels
    map_data, info, choices = read_map_coefficients(
        mtz, None if labels is None else " ".join(labels), threads=thread_count(params)
    )
    notes += choices
    warnings += info.warnings
    read.append(("Coefficients", Path(mtz)))
    # Columns that were chosen have a note already.
    columns = "" if labels is None else f"columns {','.join(info.labels)}, "
    notes.append(f"{Path(mtz).name}: {columns}data to {info.d_min:.2f} Å")
    return map_data, info


def _cautions_of_other_half(path: str, map_data: MapData) -> list[str]:
    """Return a warning if a file is the other half map by its name, or by what it holds."""
    partner = partner_of(path)
    if partner is not None:
        return [
            f"{path} may be a half map, as {partner} is there; give both to sharpen by what they "
            "agree in"
        ]
    for other in possible_partners(path):
        try:
            candidate, _ = read_map(
                other,
                voxel_size=map_data.voxel_size,
                allow_extract_unique=True,
                are_values_checked=False,
            )
        except MapSharpeningError:
            continue  # it wasn't given, and is no map
        if agree_as_halves(map_data, candidate):
            return [
                f"{path} may be a half map: {other} agrees with it in what is coarse and differs "
                "in noise, as the other half would; if it is, give both to sharpen by what they "
                "agree in"
            ]
    return []


def _agreed_resolution(
    params: Values,
    halves: tuple[MapData, MapData],
    wrapping: bool,
    notes: list[str],
    warnings: list[str],
) -> tuple[float, str]:
    resolution, how = agreed_resolution(params, halves, notes, warnings, wrapping=wrapping)
    require_resolution_on_grid(halves[0], resolution, periodic=wrapping)
    return resolution, how


def with_what_was_found(fetched: Fetched, maps: MapInputs) -> Fetched:
    """Return the parameters with the second half map, and the resolution that both showed."""
    if maps.half_maps is None:
        return fetched
    fetched = with_second_half(fetched, maps.files[1][1])
    if not isinstance(given_resolution(fetched.extract()), AutoType):
        return fetched
    return fetched.with_values({"crystal_info.resolution": maps.resolution})


def _resolution(
    params: Values, source: MapData, coefficients: CoefficientInfo | None, wrapping: bool
) -> tuple[float, str]:
    """Return the resolution in Å, and how it came about."""
    if coefficients is not None and isinstance(given_resolution(params), AutoType):
        return coefficients.d_min, _WHERE_DATA_END
    resolution = nominal_resolution(params)
    if coefficients is not None:
        if resolution is None:
            return coefficients.d_min, _WHERE_DATA_END
        if resolution < coefficients.d_min * (1 - _RESOLUTION_GRACE):
            raise ParameterError(
                f"resolution is {resolution:g} Å, but {source.name} has coefficients to "
                f"{coefficients.d_min:.2f} Å only; give that or a coarser one, or leave it out"
            )
        return resolution, GIVEN
    if resolution is None:
        raise ParameterError(
            "resolution is missing; give the map's nominal resolution in Å, such as resolution=3.1"
        )
    require_resolution_on_grid(source, resolution, periodic=wrapping)
    return resolution, GIVEN


def _is_crystal(
    params: Values, source: MapData, coefficients: CoefficientInfo | None, warnings: list[str]
) -> bool:
    given: bool | None = params.b_factor_sharpening_crystal_info.is_crystal
    if given is False:
        return False
    if coefficients is not None:
        return True
    if given is None:
        group = gemmi.find_spacegroup_by_number(source.position.space_group)
        if group is None or group.number == 1:
            return False
    doubt = _doubt_of_space_group(source)
    if doubt is None:
        return True
    if given:
        raise ParameterError(
            f"is_crystal is True, but {doubt}; correct its header, or give is_crystal=False"
        )
    warnings.append(f"{doubt}: it is not taken as a crystal; correct its header")
    return False


def _doubt_of_space_group(source: MapData) -> str | None:
    """Say that a whole cell doesn't repeat as its space group says, if so."""
    group = _fitting_space_group(source)
    if group is None or not _fills_cell(source):
        return None
    agreement = agreement_with_symmetry(source, group)
    if agreement is None or agreement > _AS_MATES:
        return None
    return (
        f"{source.name} states the space group {group.xhm()} (ISPG {group.ccp4}), by which its "
        f"density does not repeat (correlation of mates {agreement:.2f})"
    )


def _wrapping(
    params: Values, source: MapData, is_crystal: bool, notes: list[str], warnings: list[str]
) -> bool:
    given: bool | None = params.crystal_info.wrapping
    if given and not _fills_cell(source):
        nz, ny, nx = source.values.shape
        mx, my, mz = source.position.sampling
        raise ParameterError(
            f"wrapping is True, but {source.name} has {nx} x {ny} x {nz} points of a cell of "
            f"{mx} x {my} x {mz}, so it does not repeat; give a map of the whole cell, or "
            "wrapping=False"
        )
    if given is False and is_crystal and _fills_cell(source):
        warnings.append(
            f"wrapping is False, but {source.name} is taken as the whole cell of a crystal, which "
            "repeats: it has no effect; to make it count, give is_crystal=False"
        )
        return True
    if given is not None:
        return given
    if labels_say(source, "no_wrapping_outside_cell"):
        return False
    says_so = is_crystal or labels_say(source, "wrapping_outside_cell")
    if says_so and not _fills_cell(source):
        warning = _caution_of_more_than_cell(source)
        if warning is None:
            notes.append(f"{source.name} holds no whole cell: it is not taken to repeat")
        else:
            warnings.append(warning)
        return False
    return says_so


def _caution_of_more_than_cell(source: MapData) -> str | None:
    """Return a warning of a map that has all of a cell and more, if it does.

    Maps round a model often go on beyond a cell along one axis, and lack a part along others.
    """
    size, cell = source.values.shape[::-1], source.position.sampling
    if any(n < m for n, m in zip(size, cell, strict=True)):
        return None
    shown, of_cell = (" x ".join(map(str, numbers)) for numbers in (size, cell))
    return (
        f"{source.name} holds {shown} points of a crystal whose cell has {of_cell}: what is "
        "beyond one cell comes twice, and the map is not taken to repeat; give one cell, such as "
        "CCP4's mapmask (XYZLIM CELL) cuts out"
    )


def _fills_cell(source: MapData) -> bool:
    nz, ny, nx = source.values.shape
    return source.position.sampling == (nx, ny, nz)


def _space_group(source: MapData, coefficients: CoefficientInfo | None) -> gemmi.SpaceGroup | None:
    if coefficients is not None:
        return gemmi.SpaceGroup(coefficients.space_group)
    group = gemmi.find_spacegroup_by_number(source.position.space_group)
    if group is not None and _fitting_space_group(source) is None:
        raise ParameterError(
            f"{source.name} states the space group {group.xhm()} (ISPG {group.ccp4}), which its "
            f"cell {_plain(source.position.cell)} can't have; give is_crystal=False if it is not "
            "a crystal, or correct its header"
        )
    return group
