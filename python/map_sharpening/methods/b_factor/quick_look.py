"""A quick look at a part of a map with another B and resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.arrays import Coefficients, FloatArray
from map_sharpening.maps.fourier_grid import FourierGrid
from map_sharpening.maps.grids import contiguous, finest_spacing, require_resolution_on_grid
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.maps.view import Box, cropped

#: Grid points along an edge of the part at most: its transform takes less than 100 ms.
_SIDE = 128
_BLOCK = 8  #: grid points along an edge of the blocks by which the part is chosen
_EDGE = 6  #: grid points over which a part that was cut out fades
_LARGEST_LN_FACTOR = 70.0  #: limit of single precision


@dataclass(frozen=True)
class QuickLook:
    """A part of a map, of which sharpened copies are made quickly.

    Quick looks are made of the middle of the molecule, and scaled to a standard deviation
    of 1; the map of a run with the method b_iso differs in scale alone, away from the edge.
    """

    whole: MapData  #: the grid of the whole map; its values are not kept
    box: Box  #: of the part in the map
    part: MapData
    _coefficients: Coefficients

    @classmethod
    def of(cls, map_data: MapData, side: int = _SIDE) -> QuickLook:
        """Return the part of a map that varies most, at most so many points along an edge.

        Raises
        ------
        MapValueError
            If the map has one value everywhere.
        """
        box = box_of_most(map_data, side)
        part = cropped(map_data, box)
        values = contiguous(part) - np.float32(part.values.mean())
        if not values.any():
            raise MapValueError(f"{map_data.name} has one value everywhere; nothing can be seen")
        for axis, n in enumerate(map_data.values.shape):
            if part.values.shape[axis] < n:
                window = _fading(part.values.shape[axis])
                values *= np.expand_dims(window, [i for i in range(3) if i != axis])
        # One zero represents all values: what is kept must not grow with the map.
        grid = map_data.with_values(np.broadcast_to(np.float32(0), map_data.values.shape))
        return cls(grid, box, part, _core.forward_transform(values))

    @property
    def n_bytes(self) -> int:
        """The memory that it takes."""
        return self.part.values.nbytes + self._coefficients.nbytes

    def at(self, b_sharpen: float, resolution: float) -> MapData:
        """Return the part, sharpened by a B in Å² and cut at a resolution in Å.

        Raises
        ------
        ParameterError
            If the grid can't hold the resolution, or the B is out of range.
        """
        grid, scaled, sd = self._scaled(b_sharpen, resolution)
        values = grid.map_of(scaled)
        values /= np.float32(sd)
        return self.part.with_values(values, f"{self.whole.name}, B {b_sharpen:g} Å²")

    def central_sections(self, b_sharpen: float, resolution: float) -> dict[str, FloatMap]:
        """Return the central sections of that map by the axis they are normal to.

        They are made without the map, in a fraction of its time. Rows and columns are as in
        the map: z and y, z and x, y and x.

        Raises
        ------
        ParameterError
            As `at`.
        """
        _, scaled, sd = self._scaled(b_sharpen, resolution)
        nz, ny, nx = self.part.values.shape
        # Sums along the axis: what is left are the coefficients of the section.
        half = _central_phases(nx, scaled.shape[2])
        half[1 : (nx + 1) // 2] *= 2  # terms whose mates are not kept
        of_x = _sums_along_x(scaled, half)
        of_y = _sums_along("k,zkx->zx", scaled, _central_phases(ny, ny))
        of_z = _sums_along("k,kyx->yx", scaled, _central_phases(nz, nz))
        sections = {
            "x": np.fft.ifft2(of_x, norm="forward").real,
            "y": np.fft.irfft2(of_y, (nz, nx), norm="forward"),
            "z": np.fft.irfft2(of_z, (ny, nx), norm="forward"),
        }
        scale = 1 / (sd * self.part.values.size)  # the size: as the inverse transform does
        return {axis: (scale * values).astype(np.float32) for axis, values in sections.items()}

    def _scaled(
        self, b_sharpen: float, resolution: float
    ) -> tuple[FourierGrid, Coefficients, float]:
        """Return the grid, the scaled terms and the standard deviation of their map, or 1."""
        coarsest = coarsest_look(self.whole)
        if not resolution <= coarsest:
            raise ParameterError(
                f"resolution is {resolution:g} Å; {self.whole.name} shows nothing beyond "
                f"{coarsest:.1f} Å, half its longest edge"
            )
        require_resolution_on_grid(self.whole, resolution, periodic=True)
        d_min = finest_spacing(self.whole, resolution)
        largest = largest_b(d_min)
        if not abs(b_sharpen) <= largest:
            raise ParameterError(
                f"b_sharpen is {b_sharpen:g} Å²; at {resolution:g} Å expected "
                f"{-largest:.0f} to {largest:.0f}"
            )
        grid = FourierGrid.to_d_min(self.part, d_min)
        scaled, variance = grid.scaled(self._coefficients, _core.b_iso_factors(b_sharpen))
        return grid, scaled, float(np.sqrt(variance)) if variance > 0 else 1.0


def _central_phases(n: int, n_terms: int) -> Coefficients:
    """Return by what the first terms along an axis count in its central section."""
    # The middle is at half the edge, or a half point before it: whole numbers keep it exact.
    turns = np.arange(n_terms) * (n // 2) % n / n
    phases = np.where(turns == 0.5, -1, np.exp(2j * np.pi * turns))
    return np.asarray(phases, dtype=np.complex64)


def _sums_along(sums: str, terms: Coefficients, phases: Coefficients) -> Coefficients:
    """Return the sums of terms times phases along z or y, as einsum writes them.

    Real numbers are several times as quick as complex ones, and so is one thread where others
    are busy.
    """
    numbers = terms.view(np.float32)
    found: Coefficients = np.einsum(sums, phases.real.copy(), numbers).view(np.complex64)
    if phases.imag.any():
        found += 1j * np.einsum(sums, phases.imag.copy(), numbers).view(np.complex64)
    return found


def _sums_along_x(terms: Coefficients, phases: Coefficients) -> Coefficients:
    """Return the sums of terms times phases along x."""
    numbers = terms.view(np.float32)  # real and imaginary parts in turn
    found = np.empty(terms.shape[:2], np.complex64)
    found.real = np.einsum("zyk,k->zy", numbers, phases.conj().view(np.float32))
    found.imag = np.einsum("zyk,k->zy", numbers, (1j * phases.conj()).view(np.float32))
    return found


def coarsest_look(map_data: MapData) -> float:
    """Return the coarsest resolution in Å of a quick look: half the longest edge of the map."""
    return max(map_data.box.a, map_data.box.b, map_data.box.c) / 2


def largest_b(d_min: float) -> float:
    """Return the largest B in Å², by its size, of a quick look with terms to d_min in Å."""
    return _LARGEST_LN_FACTOR * 4 * d_min**2


def box_of_most(map_data: MapData, side: int) -> Box:
    """Return the box of a map, some points along an edge at most, in which it varies most."""
    values = contiguous(map_data)
    mean = _core.map_statistics(values).mean
    n_blocks = [n // _BLOCK for n in values.shape]
    if all(n <= side for n in values.shape) or min(n_blocks) == 0:
        return (0, 0, 0), _triple(values.shape)
    blocks = np.zeros(n_blocks)
    end_y, end_x = (n * _BLOCK for n in n_blocks[1:])
    for z in range(n_blocks[0] * _BLOCK):  # plane by plane: never a copy of the whole map
        squares = (values[z, :end_y, :end_x] - np.float32(mean)) ** 2
        shape = (n_blocks[1], _BLOCK, n_blocks[2], _BLOCK)
        blocks[z // _BLOCK] += squares.reshape(shape).sum(axis=(1, 3), dtype=np.float64)
    width = [min(n, side // _BLOCK) for n in n_blocks]
    sums = blocks
    for axis, n in enumerate(width):
        sums = _sums_of_neighbours(sums, n, axis)
    at = np.unravel_index(int(np.argmax(sums)), sums.shape)
    first, end = [], []
    for place, n in zip(at, values.shape, strict=True):
        start = 0 if n <= side else int(place) * _BLOCK
        first.append(start)
        end.append(min(n, start + side))
    return _triple(first), _triple(end)


def _sums_of_neighbours(values: FloatArray, n: int, axis: int) -> FloatArray:
    windows = np.lib.stride_tricks.sliding_window_view(values, n, axis)
    sums: FloatArray = windows.sum(axis=-1)
    return sums


def _fading(n: int) -> FloatMap:
    """Return a window of 1 that falls to 0 at both ends."""
    from_end = np.minimum(np.arange(n), np.arange(n)[::-1])
    shares: npt.NDArray[np.float64] = np.clip(from_end / min(_EDGE, max(1, n // 4)), 0, 1)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * shares), dtype=np.float32)


def _triple(numbers: Sequence[int]) -> tuple[int, int, int]:
    z, y, x = numbers
    return int(z), int(y), int(x)
