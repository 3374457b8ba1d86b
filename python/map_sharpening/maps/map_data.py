"""MapData: values on a grid, the box they fill, and where the box lies."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeAlias, get_args

import gemmi
import numpy as np
import numpy.typing as npt

from map_sharpening import outer
from map_sharpening.errors import ArrayError, MapSharpeningWarning, ParameterError
from map_sharpening.maps.checks.signs import without_wraps

FloatMap = npt.NDArray[np.float32]
#: Which words of a file say where its map lies; auto: NSTART unless it is zero.
PlacedBy = Literal["auto", "nstart", "origin"]
#: How labels begin by which Chimera and ChimeraX turn the map that they show.
TURN_LABEL = "Chimera rotation:"
#: Makes an array, of a shape and dtype.
NewArray = Callable[[tuple[int, int, int], npt.DTypeLike], npt.NDArray[Any]]


#: What is taken as a map: these, and whatever has the interface of mrcfile's or gemmi's objects.
MapLike: TypeAlias = "MapData | npt.ArrayLike | os.PathLike[str] | Any"


class Statistics(Protocol):
    """Of a map's values, as the header of its file tells them."""

    @property
    def minimum(self) -> float:
        """The smallest one."""

    @property
    def maximum(self) -> float:
        """The largest one."""

    @property
    def mean(self) -> float:
        """Of all."""

    @property
    def standard_deviation(self) -> float:
        """About the mean."""


@dataclass(frozen=True)
class UnitCell:
    """Edges in Å and angles in degrees."""

    a: float
    b: float
    c: float
    alpha: float = 90.0
    beta: float = 90.0
    gamma: float = 90.0

    def parameters(self) -> tuple[float, float, float, float, float, float]:
        """Return (a, b, c, alpha, beta, gamma)."""
        return (self.a, self.b, self.c, self.alpha, self.beta, self.gamma)

    @property
    def is_orthogonal(self) -> bool:
        """Whether all three angles are 90 degrees."""
        return self.alpha == self.beta == self.gamma == 90.0


@dataclass(frozen=True)
class MapPosition:
    """Where a map lies: what its file has besides the values, kept bit for bit.

    All triples are in the order x, y, z, whatever the axis order of the file was.
    """

    cell: UnitCell  #: unit cell of the file, which a sub-map does not fill
    sampling: tuple[int, int, int]  #: MX, MY, MZ: grid points along the whole cell
    start: tuple[int, int, int] = (0, 0, 0)  #: NSTART, grid points
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)  #: ORIGIN words, Å
    space_group: int = 1  #: ISPG as read
    labels: tuple[str, ...] = ()
    placed_by: PlacedBy = "auto"

    def __post_init__(self) -> None:
        """Refuse another rule than those there are."""
        if not (isinstance(self.placed_by, str) and self.placed_by in get_args(PlacedBy)):
            rules = ", ".join(get_args(PlacedBy))
            raise ParameterError(f"placed_by is {self.placed_by!r:.60}; expected one of {rules}")

    @property
    def start_in_angstrom(self) -> tuple[float, float, float]:
        """Return where NSTART puts the first grid point, Cartesian x, y, z in Å."""
        pairs = zip(self.start, self.sampling, strict=True)
        fractional = gemmi.Fractional(*(start / count for start, count in pairs))
        place = gemmi.UnitCell(*self.cell.parameters()).orthogonalize(fractional)
        return (place.x, place.y, place.z)

    @property
    def is_of_crystal(self) -> bool:
        """Whether the space group is another one than maps of electron microscopy have."""
        return self.space_group not in (0, 1, 401)

    @property
    def is_at_origin(self) -> bool:
        """Whether both NSTART and ORIGIN put the first grid point at the origin."""
        return not any(self.start) and not any(self.origin)

    @property
    def is_placed_by_start(self) -> bool:
        """Whether, according to `placed_by`, NSTART says where the map lies, not ORIGIN."""
        return any(self.start) if self.placed_by == "auto" else self.placed_by == "nstart"

    @property
    def first_point(self) -> tuple[float, float, float]:
        """Return where the first grid point lies, Cartesian x, y, z in Å.

        According to `placed_by`; "auto": NSTART counts if it is not zero, else ORIGIN.
        """
        return self.start_in_angstrom if self.is_placed_by_start else self.origin

    @property
    def other_point(self) -> tuple[float, float, float]:
        """Return where it would lie by the other of NSTART and ORIGIN."""
        here, by_start = self.first_point, self.start_in_angstrom
        return self.origin if here == by_start else by_start


@dataclass(frozen=True, repr=False, eq=False)
class MapData:
    """A map: float32 values of shape (z, y, x), x fastest, and its position.

    `values` may be a read-only memory map; nothing in this package writes to it. NumPy's
    functions take a map as the array of its values.
    """

    values: FloatMap
    position: MapPosition
    name: str = "map"  #: what messages call it, usually the file's name
    extended_header: bytes = field(default=b"", repr=False)
    extended_type: bytes = b""  #: EXTTYP, four characters
    #: Whether what is doubtful in it was told, as `load_map` does; functions tell it otherwise.
    is_looked_over: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what is no map at all; `from_array` makes one of other arrays."""
        if not (isinstance(self.values, np.ndarray) and self.values.ndim == 3):
            raise ParameterError(
                f"values of {self.name} are of type {type(self.values).__name__}; expected a "
                "float32 array of shape (z, y, x), as of MapData.from_array(values, voxel_size)"
            )
        if not isinstance(self.position, MapPosition):
            raise ParameterError(
                f"position of {self.name} is of type {type(self.position).__name__}; expected "
                "MapPosition; MapData.from_array(values, voxel_size) puts a map at the origin"
            )

    @classmethod
    def from_array(
        cls,
        values: npt.ArrayLike,
        voxel_size: float | tuple[float, float, float],
        *,
        name: str = "map",
    ) -> MapData:
        """Make a map with its corner at the origin from an array of shape (z, y, x).

        Parameters
        ----------
        values : array_like
            Density, shape (z, y, x); converted to float32, C order.
        voxel_size : float or (float, float, float)
            Grid spacing in Å, one number or x, y, z; mrcfile's `voxel_size` too.
        name : str
            What messages call the map.

        Raises
        ------
        ArrayError
            If the values are no real numbers, some are masked out, or the shape or the voxel
            size can't be that of a map.

        Warns
        -----
        MapSharpeningWarning
            If bytes with a sign are read as 0 to 255, as those of files are.
        """
        made, doubts = map_of_array(values, voxel_size, name)
        for text in doubts:
            warnings.warn(text, MapSharpeningWarning, stacklevel=2)
        return made

    @classmethod
    def from_mrcfile(cls, mrc: Any, *, name: str = "map") -> MapData:
        """Make a map of an object of mrcfile, with the place that its header says.

        Raises
        ------
        ParameterError
            If it isn't one.
        MapFileError
            If its header can't be that of a map.

        Warns
        -----
        MapSharpeningWarning
            For what is doubtful in it, one each.
        """
        return cls._of_other(mrc, "an open file of mrcfile", name)

    @classmethod
    def from_gemmi(cls, given: Any, *, name: str = "map") -> MapData:
        """Make a map of a gemmi.Ccp4Map, FloatGrid or Int8Grid.

        A grid has no position: it begins at the origin.

        Raises
        ------
        ParameterError
            If it isn't one.

        Warns
        -----
        MapSharpeningWarning
            For what is doubtful in it, one each.
        """
        return cls._of_other(given, "a map or grid of gemmi", name)

    @classmethod
    def _of_other(cls, given: Any, expected: str, name: str) -> MapData:
        found = outer.map_of(given, name, None)
        if found is None:
            raise ParameterError(f"{name} is of type {type(given).__name__}; expected {expected}")
        made: MapData = found[0]
        for text in found[1]:
            warnings.warn(text, MapSharpeningWarning, stacklevel=3)
        return made

    def to_mrcfile(self) -> Any:
        """Return the map as an object of mrcfile (`MrcInterpreter`), in memory."""
        return outer.to_mrcfile(self)

    def to_gemmi(self) -> Any:
        """Return the map as a gemmi.Ccp4Map, whose `grid` holds a copy of the values."""
        return outer.to_gemmi(self)

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        """Return the values, as NumPy asks for them; not a copy unless one is asked for."""
        wanted = self.values.dtype if dtype is None else np.dtype(dtype)
        if wanted != self.values.dtype:
            if copy is False:
                raise ValueError(f"values of {self.name} are float32; {wanted} needs a copy")
            return self.values.astype(wanted)
        return self.values.copy() if copy else self.values

    def __len__(self) -> int:
        """Return the number of sections along z."""
        return len(self.values)

    def __getitem__(self, index: Any) -> Any:
        """Return a value, a section or a block, as of the array: ``map[28]`` is a section."""
        return self.values[index]

    def __eq__(self, other: object) -> bool:
        """Whether another map has the same values in the same place, whatever its name."""
        if not isinstance(other, MapData):
            return NotImplemented
        is_same_place = self.position == other.position
        return is_same_place and np.array_equal(self.values, other.values)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return the numbers of grid points along z, y, x."""
        nz, ny, nx = self.values.shape
        return (nz, ny, nx)

    @property
    def ndim(self) -> int:
        """Return 3."""
        return self.values.ndim

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """Return the type of the values."""
        return self.values.dtype

    def __repr__(self) -> str:
        steps = " x ".join(f"{step:.4g}" for step in self.voxel_size)
        return f"MapData({self.name!r}, shape (z, y, x) {self.shape}, voxel {steps} Å)"

    def _repr_html_(self) -> str:
        html: str = outer.html_of_map(self)
        return html

    @property
    def box(self) -> UnitCell:
        """Return the cell that the grid present fills, taken as its own P1 cell."""
        cell, (mx, my, mz) = self.position.cell, self.position.sampling
        nz, ny, nx = self.values.shape
        return replace(cell, a=cell.a * nx / mx, b=cell.b * ny / my, c=cell.c * nz / mz)

    @property
    def voxel_size(self) -> tuple[float, float, float]:
        """Return the grid spacing along x, y, z in Å."""
        cell, (mx, my, mz) = self.position.cell, self.position.sampling
        return (cell.a / mx, cell.b / my, cell.c / mz)

    @property
    def volume(self) -> float:
        """Return the volume of the box in Å³."""
        return float(gemmi.UnitCell(*self.box.parameters()).volume)

    def fractional(self, vector: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return a Cartesian vector (x y z in Å) in shares of the edges of the box."""
        cell = gemmi.UnitCell(*self.box.parameters())
        try:
            x, y, z = np.asarray(vector, dtype=np.float64)
            place = gemmi.Position(x, y, z)
        except (TypeError, ValueError) as error:
            raise ParameterError(f"vector is {vector!r:.60}; expected x, y, z in Å") from error
        shares = cell.fractionalize(place)
        return np.array([shares.x, shares.y, shares.z])

    @property
    def nyquist(self) -> float:
        """Return the finest resolution in Å that the coarsest axis can hold."""
        return 2.0 * max(self.voxel_size)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the map as `save_map` does."""
        outer.save_map(path, self, overwrite=overwrite)

    def with_values(self, values: FloatMap, name: str | None = None) -> MapData:
        """Return a map in the same place with other values, real numbers of shape (z, y, x).

        They are looked over where the map is used.
        """
        if np.shape(values) != self.values.shape:
            raise ArrayError(
                f"values for {self.name} have shape {np.shape(values)}; expected its own, "
                f"{self.values.shape} (z, y, x)"
            )
        if np.asarray(values).dtype.kind not in "biuf":
            raise ArrayError(
                f"values for {self.name} are of type {np.asarray(values).dtype}; expected real "
                "numbers"
            )
        name = self.name if name is None else name
        return replace(self, values=values, name=name, is_looked_over=False)

    def at_origin(self) -> MapData:
        """Return the same map with its first grid point at the origin."""
        moved = replace(self.position, start=(0, 0, 0), origin=(0.0, 0.0, 0.0))
        return replace(self, position=moved)


def plain_voxel_size(voxel_size: Any) -> tuple[float, float, float]:
    """Return a grid spacing as three numbers, x, y, z.

    Raises
    ------
    ArrayError
        If it isn't one or three numbers above 0.
    """
    names = getattr(getattr(voxel_size, "dtype", None), "names", None)
    given = [voxel_size[name] for name in "xyz"] if names == ("x", "y", "z") else voxel_size
    try:
        steps = np.asarray(given, dtype=np.float64).reshape(-1).tolist()
        if np.asarray(given).dtype == np.bool_:
            steps = []
    except (TypeError, ValueError):
        steps = []
    steps = steps * 3 if len(steps) == 1 else steps
    if len(steps) != 3 or not all(math.isfinite(v) and v > 0 for v in steps):
        raise ArrayError(
            f"voxel_size is {voxel_size}; expected one number or x, y, z in Å, above 0"
        )
    return (steps[0], steps[1], steps[2])


def map_of_array(
    values: npt.ArrayLike, voxel_size: float | tuple[float, float, float], name: str
) -> tuple[MapData, list[str]]:
    """Do as `MapData.from_array` does; return its warnings."""
    array = _as_floats(values, name)
    if array.ndim != 3:
        raise ArrayError(f"{name} has {array.ndim} dimensions; a map has 3 (z, y, x)")
    if 0 in array.shape:
        raise ArrayError(
            f"{name} has shape {array.shape} (z, y, x); expected grid points along each axis"
        )
    step = plain_voxel_size(voxel_size)
    nz, ny, nx = array.shape
    cell = UnitCell(step[0] * nx, step[1] * ny, step[2] * nz)
    are_bytes = np.asanyarray(values).dtype == np.int8
    array, doubts = without_wraps(array, name) if are_bytes else (array, [])
    return MapData(array, MapPosition(cell, (nx, ny, nz)), name), doubts


def _as_floats(values: npt.ArrayLike, name: str) -> FloatMap:
    """Return an array as float32 in C order; nothing of it is dropped unsaid."""
    try:
        given = np.asanyarray(values)
    except ValueError as error:
        raise ArrayError(
            f"{name} is not an array: its rows differ in length; expected numbers of shape (z, y, "
            "x)"
        ) from error
    if given.dtype.kind not in "biuf":
        what = "complex numbers, as of a Fourier transform" if given.dtype.kind == "c" else ""
        raise ArrayError(
            f"{name} holds {what or f'values of type {given.dtype}'}; expected real numbers; "
            f"give {'its real-space map' if what else 'an array of numbers'}"
        )
    n_masked = 0
    if isinstance(given, np.ma.MaskedArray):
        n_masked = int(np.count_nonzero(given.mask))
    if n_masked:
        raise ArrayError(
            f"{name} is masked out at {n_masked} of {given.size} points; expected a value at "
            "each; fill them, as by .filled(0)"
        )
    with np.errstate(over="ignore"):
        # Aligned too, which numpy.frombuffer and records don't make.
        array = np.require(given, np.float32, ["C", "A", "E"])
    if given.dtype.itemsize > array.dtype.itemsize and given.dtype.kind == "f":
        n_lost = np.count_nonzero(np.isinf(array)) - np.count_nonzero(np.isinf(given))
        if n_lost:
            raise ArrayError(
                f"{name} is beyond {np.finfo(np.float32).max:.3g}, which float32 can't hold, at "
                f"{n_lost} of {given.size} points; divide it by a number first"
            )
        if given.any() and not array.any():
            raise ArrayError(
                f"{name} has values up to {np.abs(given).max():.3g} only, which float32 can't "
                "hold; multiply it by a number first"
            )
    return array


def labels_say(map_data: MapData, word: str) -> bool:
    """Whether one of the labels is exactly this word, in any case."""
    return any(label.strip().lower() == word.strip().lower() for label in map_data.position.labels)


def map_start_in_angstrom(map_data: MapData) -> tuple[tuple[float, float, float], list[str]]:
    """Return where the first grid point lies, for a model in the map's frame.

    By the rule of `MapPosition.first_point`.

    Returns
    -------
    (float, float, float), list of str
        Cartesian x, y, z in Å, and a warning if both are set to different places.
    """
    position = map_data.position
    start = position.first_point
    if not any(position.start) or position.placed_by != "auto":
        return start, []
    apart = max(abs(one - other) for one, other in zip(start, position.origin, strict=True))
    if not any(position.origin) or apart <= 0.1 * min(map_data.voxel_size):
        return start, []
    warning = (
        f"{map_data.name} is placed at {_place(start)} Å by NSTART and at"
        f" {_place(position.origin)} Å by ORIGIN; NSTART is used, but some viewers use ORIGIN;"
        " check that the model fits, or give map_origin"
    )
    return start, [warning]


def _place(numbers: Sequence[float]) -> str:
    return ", ".join(f"{number:.2f}" for number in numbers)
