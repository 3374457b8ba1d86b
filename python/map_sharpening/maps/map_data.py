"""MapData: values on a grid, the box they fill, and where the box lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import gemmi
import numpy as np
import numpy.typing as npt

FloatMap = npt.NDArray[np.float32]
#: Which words of a file say where its map lies; auto: NSTART unless it is zero.
PlacedBy = Literal["auto", "nstart", "origin"]
#: Makes an array, of a shape and dtype.
NewArray = Callable[[tuple[int, int, int], npt.DTypeLike], npt.NDArray[Any]]


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
    """Where a map lies: what its file says beside the values, kept bit for bit.

    All triples are in the order x, y, z, whatever the axis order of the file was.
    """

    cell: UnitCell  #: unit cell of the file, which a sub-map does not fill
    sampling: tuple[int, int, int]  #: MX, MY, MZ: grid points along the whole cell
    start: tuple[int, int, int] = (0, 0, 0)  #: NSTART, grid points
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)  #: ORIGIN words, Å
    space_group: int = 1  #: ISPG as read
    labels: tuple[str, ...] = ()
    placed_by: PlacedBy = "auto"

    @property
    def start_in_angstrom(self) -> tuple[float, float, float]:
        """Return where NSTART puts the first grid point, Cartesian x, y, z in Å."""
        pairs = zip(self.start, self.sampling, strict=True)
        fractional = gemmi.Fractional(*(start / count for start, count in pairs))
        place = gemmi.UnitCell(*self.cell.parameters()).orthogonalize(fractional)
        return (place.x, place.y, place.z)

    @property
    def first_point(self) -> tuple[float, float, float]:
        """Return where the first grid point lies, Cartesian x, y, z in Å.

        By what `placed_by` says; "auto": NSTART counts if it is not zero, else ORIGIN.
        """
        is_by_start = any(self.start) if self.placed_by == "auto" else self.placed_by == "nstart"
        return self.start_in_angstrom if is_by_start else self.origin

    @property
    def other_point(self) -> tuple[float, float, float]:
        """Return where it would lie by the other of NSTART and ORIGIN."""
        here, by_start = self.first_point, self.start_in_angstrom
        return self.origin if here == by_start else by_start


@dataclass(frozen=True)
class MapData:
    """A map: float32 values of shape (z, y, x), x fastest, and its position.

    `values` may be a read-only memory map; nothing in this package writes to it.
    """

    values: FloatMap
    position: MapPosition
    name: str = "map"  #: what messages call it, usually the file's name
    extended_header: bytes = field(default=b"", repr=False)
    extended_type: bytes = b""  #: EXTTYP, four characters

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
            Grid spacing in Å, one number or x, y, z.
        name : str
            What messages call the map.

        Raises
        ------
        ValueError
            If the values are no real numbers, some are masked out, or the shape or the voxel
            size can't be that of a map.
        """
        array = _as_floats(values, name)
        if array.ndim != 3:
            raise ValueError(f"{name} has {array.ndim} dimensions; a map has 3 (z, y, x)")
        step = (voxel_size,) * 3 if isinstance(voxel_size, (int, float)) else voxel_size
        if len(step) != 3 or not all(np.isfinite(v) and v > 0 for v in step):
            raise ValueError(
                f"voxel_size is {voxel_size}; expected one number or x, y, z in Å, above 0"
            )
        nz, ny, nx = array.shape
        cell = UnitCell(float(step[0]) * nx, float(step[1]) * ny, float(step[2]) * nz)
        return cls(array, MapPosition(cell, (nx, ny, nz)), name)

    @property
    def box(self) -> UnitCell:
        """Return the cell that the grid present fills, taken as a P1 cell of its own."""
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
        shares = cell.fractionalize(gemmi.Position(*np.asarray(vector, dtype=np.float64)))
        return np.array([shares.x, shares.y, shares.z])

    @property
    def nyquist(self) -> float:
        """Return the finest resolution in Å that the coarsest axis can hold."""
        return 2.0 * max(self.voxel_size)

    def with_values(self, values: FloatMap, name: str | None = None) -> MapData:
        """Return a map in the same place with other values."""
        if values.shape != self.values.shape:
            raise ValueError(
                f"values have shape {values.shape}, {self.name} has {self.values.shape}"
            )
        return replace(self, values=values, name=self.name if name is None else name)

    def at_origin(self) -> MapData:
        """Return the same map with its first grid point at the origin."""
        moved = replace(self.position, start=(0, 0, 0), origin=(0.0, 0.0, 0.0))
        return replace(self, position=moved)


def _as_floats(values: npt.ArrayLike, name: str) -> FloatMap:
    """Return an array as float32 in C order; nothing of it is dropped unsaid."""
    given = np.asanyarray(values)
    if given.dtype.kind not in "biuf":
        what = "complex numbers, as of a Fourier transform" if given.dtype.kind == "c" else ""
        raise ValueError(
            f"{name} holds {what or f'values of type {given.dtype}'}; expected real numbers; "
            f"give {'its real-space map' if what else 'an array of numbers'}"
        )
    n_masked = 0
    if isinstance(given, np.ma.MaskedArray):
        n_masked = int(np.count_nonzero(given.mask))
    if n_masked:
        raise ValueError(
            f"{name} has {n_masked} values that are masked out; expected a value at each grid "
            "point; fill them, as by .filled(0)"
        )
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(given, dtype=np.float32)
    if given.dtype.itemsize > array.dtype.itemsize and given.dtype.kind == "f":
        n_lost = np.count_nonzero(np.isinf(array)) - np.count_nonzero(np.isinf(given))
        if n_lost:
            raise ValueError(
                f"{name} has {n_lost} values beyond {np.finfo(np.float32).max:.3g}, which float32 "
                "can't hold; divide it by a number first"
            )
    return array
