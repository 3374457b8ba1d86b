"""How far one map lies from another of the same molecule, is turned, and is magnified."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import MapData

#: Voxels that make one, along each axis, at least; and points along an edge that are enough.
_BLOCK, _SIDE = 2, 64
_STEPS, _SETTLED = 8, 1e-3
#: Correlation above which terms count no more: noise that both maps share may make it.
_HIGHEST = 0.99
#: Of squared correlations over all terms, what chance doesn't reach wherever a map is tried, not
#: even in boxes in which one of ten terms is independent.
_LEAST_EVIDENCE = 300
#: Standard errors by which a map is larger or smaller for that to be looked at closely, and by
#: how much it may be.
_OTHER_SIZE, _MOST_SIZE = 6, 1.25


@dataclass(frozen=True)
class Offset:
    """How far a map lies from another, in voxels along x, y, z."""

    voxels: tuple[float, float, float]
    errors: tuple[float, float, float]  #: standard errors, as of terms that are independent


def offset_between(
    first: MapData, other: MapData, threads: int = 0, *, begins_in_place: bool = False
) -> Offset | None:
    """Return how far a map lies from another of the same molecule.

    Parameters
    ----------
    first, other : MapData
        On the same grid.
    begins_in_place : bool
        As of `CoarsePair.offset`.

    Returns
    -------
    Offset or None
        None if the maps have nothing in common, or are too small to tell.
    """
    pair = CoarsePair.of(first, other)
    return None if pair is None else pair.offset(threads, begins_in_place=begins_in_place)


@dataclass(frozen=True)
class Distortion:
    """How far a map is turned and magnified relative to another."""

    degrees: float
    error: float  #: standard error, degrees, as of terms that are independent
    reach: float  #: Å from the middle, where half of the signal is farther away
    magnification: float  #: 1 where both have one size
    magnification_error: float  #: standard error, likewise

    @property
    def arc(self) -> float:
        """How far the turn moves the signal, in Å."""
        return math.radians(self.degrees) * self.reach

    @property
    def stretch(self) -> float:
        """How far the magnification moves the signal, in Å."""
        return abs(self.magnification - 1) * self.reach


@dataclass(frozen=True)
class CoarsePair:
    """Two maps of averages over cubes of voxels, which are compared in little time."""

    one: FloatArray
    two: FloatArray
    block: int  #: voxels along an edge of a cube
    voxel_size: tuple[float, float, float]  #: Å, of the maps themselves, x, y, z

    @classmethod
    def of(cls, first: MapData, other: MapData, side: int = _SIDE) -> CoarsePair | None:
        """Average two maps on the same grid to `side` points along an edge at most.

        A slope of the background is taken off, which says nothing of where a molecule is. None if
        they are too small for any.
        """
        block = max(_BLOCK, math.ceil(max(first.values.shape) / side))
        if min(first.values.shape) < 4 * block:
            return None
        one, two = (_without_slope(_averaged(each.values, block)) for each in (first, other))
        return cls(one, two, block, first.voxel_size)

    def offset(self, threads: int = 0, *, begins_in_place: bool = False) -> Offset | None:
        """Return how far the second map lies from the first.

        A shift turns the phase of each term by an angle that grows evenly with its indices, so
        all terms that agree tell it together.

        Parameters
        ----------
        begins_in_place : bool
            Whether to begin where the maps lie, and to look for the best place only if that leads
            nowhere: for a map that holds copies of what is in the other, each of which fits.

        Returns
        -------
        Offset or None
            None if the maps have nothing in common.
        """
        found = _offset(self.one, self.two, threads, begins_in_place=begins_in_place)
        if found is None:
            return None
        (z, y, x), errors = (self.block * part for part in found)
        error_z, error_y, error_x = (float(error) for error in errors)
        return Offset((float(x), float(y), float(z)), (error_x, error_y, error_z))

    def distortion(
        self, threads: int = 0, offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ) -> Distortion | None:
        """Return how far the second map is turned and magnified relative to the first.

        Where it is turned, the two halves of the box along an axis lie at different offsets
        across it; where it is magnified, along it.

        Parameters
        ----------
        offset : (float, float, float)
            How far the second map lies from the first, voxels along x, y, z.

        Returns
        -------
        Distortion or None
            None if a half of the box has too little in common to tell.
        """
        shift = np.array(offset[::-1]) / self.block
        found = _undone(self, 1.0, shift)._distortion(threads)
        if found is None:
            return None
        if abs(found.magnification - 1) < _OTHER_SIZE * found.magnification_error:
            return found
        size = self._size(found, shift, threads)
        return replace(found, magnification=1.0 if size is None else size)

    def _size(self, found: Distortion, shift: FloatArray, threads: int) -> float | None:
        """Return how much larger the second map is, None if no size undoes the difference.

        What agrees best lies nearer to the middle than what is strongest, and what is magnified
        from elsewhere is shifted as well, so that the first answer is too small.
        """
        size, left = 1.0, found
        for _ in range(_STEPS):
            size *= left.magnification
            if not 1 / _MOST_SIZE < size < _MOST_SIZE:
                return None
            undone = _undone(self, size, shift)
            moved = _offset(undone.one, undone.two, threads, begins_in_place=True)
            if moved is None:
                return None
            shift = shift + size * moved[0]
            next_left = _undone(self, size, shift)._distortion(threads)
            if next_left is None:
                return None
            left = next_left
            if abs(left.magnification - 1) < left.magnification_error:
                return size
        return None

    def _distortion(self, threads: int) -> Distortion | None:
        steps = self.block * np.array(self.voxel_size[::-1])
        apart, errors, distances = [], [], []
        for axis in range(3):
            n = self.one.shape[axis]
            found = []
            for part in (slice(0, n // 2), slice(n - n // 2, n)):
                where = tuple(part if each == axis else slice(None) for each in range(3))
                one, two = (np.ascontiguousarray(each[where]) for each in (self.one, self.two))
                found.append(_offset(one, two, threads, begins_in_place=True))
            lower, upper = found
            if lower is None or upper is None:
                return None
            apart.append((upper[0] - lower[0]) * steps)
            errors.append(np.hypot(upper[1], lower[1]) * steps)
            distances.append(_distance_of_halves(self, axis) * steps[axis])
        turns, turn_errors = [], []
        for i, j in ((1, 2), (2, 0), (0, 1)):
            both = distances[i] + distances[j]
            turns.append((apart[i][j] - apart[j][i]) / both)
            turn_errors.append(math.hypot(errors[i][j], errors[j][i]) / both)
        return Distortion(
            degrees=math.degrees(math.hypot(*turns)),
            error=math.degrees(max(turn_errors)),
            reach=sum(distances) / 6,
            magnification=1 + sum(apart[i][i] for i in range(3)) / sum(distances),
            magnification_error=math.hypot(*(errors[i][i] for i in range(3))) / sum(distances),
        )


def _undone(pair: CoarsePair, size: float, shift: FloatArray) -> CoarsePair:
    """Return a pair of which the second is made smaller, and moved back, by its Fourier terms.

    `shift` is in points along z, y, x.
    """
    if size == 1 and not shift.any():
        return pair
    values = pair.two
    for axis, n in enumerate(values.shape):
        # Where each point comes from, and the weights there of all points (Dirichlet's kernel).
        places = (np.arange(n) - (n - 1) / 2) * size + (n - 1) / 2 + shift[axis]
        apart = 2 * np.pi / n * (places[:, None] - np.arange(n))
        weights = np.ones((n, n))
        for h in range(1, (n - 1) // 2 + 1):
            weights += 2 * np.cos(h * apart)
        values = np.moveaxis(np.tensordot(weights / n, values, axes=(1, axis)), 0, axis)
    return replace(pair, two=np.ascontiguousarray(values))


def _distance_of_halves(pair: CoarsePair, axis: int) -> float:
    """Return how far what is common in the halves of a box lies apart along an axis, in points."""
    others = tuple(each for each in range(3) if each != axis)
    common = (pair.one - pair.one.mean()) * (pair.two - pair.two.mean())
    profile = np.maximum(common.sum(axis=others), 0)
    n = len(profile)
    places = np.arange(n, dtype=np.float64)
    middles = []
    for part in (slice(0, n // 2), slice(n - n // 2, n)):
        weight = float(profile[part].sum())
        whole = float(places[part].mean())
        middles.append(float(profile[part] @ places[part]) / weight if weight > 0 else whole)
    return max(middles[1] - middles[0], 1.0)


def _offset(
    one: FloatArray, two: FloatArray, threads: int, *, begins_in_place: bool
) -> tuple[FloatArray, FloatArray] | None:
    """Return the offset of two arrays, in points z first, and its standard errors."""
    shape = one.shape
    product, other_terms = (_core.forward_transform(each, threads) for each in (one, two))
    h = [*map(np.fft.fftfreq, shape[:2]), np.fft.rfftfreq(shape[2])]
    squared = np.square(h[0])[:, None, None] + (np.square(h[1])[:, None] + np.square(h[2]))
    # Their mean says nothing of where maps are.
    is_used = (squared > 0) & (squared < 0.25)
    which = np.nonzero(is_used)
    shell = np.rint(np.sqrt(squared[is_used]) * min(shape)).astype(np.intp)
    n_terms = np.bincount(shell)
    terms, terms_of_other = product[is_used], other_terms[is_used]
    power = np.sqrt(
        np.bincount(shell, terms.real**2 + terms.imag**2)
        * np.bincount(shell, terms_of_other.real**2 + terms_of_other.imag**2)
    )
    terms = terms.conj() * terms_of_other
    angles = np.stack([2 * np.pi * part[at] for part, at in zip(h, which, strict=True)])
    found = None
    if begins_in_place:
        found = _refined(terms, angles, shell, n_terms, power, np.zeros(3))
    if found is None:
        product[...] = 0
        product[is_used] = terms
        start = _best_place(product, shape, threads)
        found = _refined(terms, angles, shell, n_terms, power, start)
    return found


def _best_place(
    product: npt.NDArray[np.complex128], shape: tuple[int, ...], threads: int
) -> FloatArray:
    """Return the offset in whole points, z first, at which two maps correlate best."""
    correlation = _core.inverse_transform(product, shape[2], threads)
    at = np.unravel_index(int(np.argmax(correlation)), shape)
    start = [place if place <= n // 2 else place - n for place, n in zip(at, shape, strict=True)]
    return np.array(start, float)


def _averaged(values: npt.NDArray[np.float32], block: int) -> FloatArray:
    """Return sums over cubes of voxels, without the voxels that are left over at the ends."""
    values = np.asarray(values)  # views of files take their time
    nz, ny, nx = (n // block for n in values.shape)
    sums = np.empty((nz, ny, nx))
    for z in range(nz):
        # Parts of an array are added sooner than sums are taken along a short axis.
        part = values[z * block : (z + 1) * block, : ny * block, : nx * block]
        plane = reduce(np.add, part)
        rows = reduce(np.add, (plane[start::block] for start in range(block)))
        sums[z] = reduce(np.add, (rows[:, start::block] for start in range(block)))
    return sums


def _without_slope(values: FloatArray) -> FloatArray:
    """Subtract the plane through values that fits them best, from them themselves."""
    for axis, n in enumerate(values.shape):
        places = np.arange(n) - (n - 1) / 2
        means = values.mean(axis=tuple(each for each in range(3) if each != axis))
        slope = float(np.sum(places * means) / np.sum(places**2))
        values -= (slope * places).reshape([n if each == axis else 1 for each in range(3)])
    return values


def _refined(
    product: npt.NDArray[np.complex128],
    angles: FloatArray,
    shell: npt.NDArray[np.intp],
    n_terms: npt.NDArray[np.intp],
    power: FloatArray,
    offset: FloatArray,
) -> tuple[FloatArray, FloatArray] | None:
    """Return the offset, in points, at which phases differ least, and its standard errors.

    Terms count by how sure their phases are, which the correlation of their shell tells once
    the offset is undone.
    """
    for _ in range(_STEPS):
        turned = product
        if offset.any():
            turned = product * np.exp(1j * np.einsum("i,ij->j", offset, angles))
        agreement = np.bincount(shell, turned.real) / np.where(power > 0, power, 1)
        # Shells that may agree by chance.
        agreement[agreement < 2 / np.sqrt(np.maximum(n_terms, 1))] = 0
        agreement = np.minimum(agreement, _HIGHEST)
        weight = agreement / (1 - agreement**2)
        per_term = np.where(power > 0, n_terms / np.where(power > 0, power, 1), 0)
        slope = -np.einsum("ij,j->i", angles, (weight * per_term)[shell] * turned.imag)
        curvature = np.einsum("ik,jk,k->ij", angles, angles, (weight * agreement)[shell])
        inverse = _inverse(curvature)
        if inverse is None:
            return None
        if (n_terms * agreement**2).sum() < _LEAST_EVIDENCE:
            return None
        errors = np.sqrt(np.diag(inverse) / 2)
        step = np.einsum("ij,j->i", inverse, slope)
        offset = offset + step
        if np.abs(step).max() < _SETTLED:
            break
    return offset, errors


def _inverse(matrix: FloatArray) -> FloatArray | None:
    """Return the inverse of a symmetric 3 x 3 matrix, None if it has none.

    By its cofactors: libraries of linear algebra take tens of megabytes for themselves, which
    large maps may not leave.
    """
    a, b, c = matrix
    cofactors = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)])
    determinant = float((a * cofactors[0]).sum())
    if not determinant > 1e-12 * math.prod(np.diag(matrix)):
        return None
    return cofactors / determinant
