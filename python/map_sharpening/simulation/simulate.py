"""Simulated half maps: the same atoms twice, independent noise, and the truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from numbers import Integral, Real

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.errors import ParameterError
from map_sharpening.maps.arrays import Coefficients, FloatArray
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.molecule.atoms import Atoms, require_atoms
from map_sharpening.molecule.model_density import density_coefficients
from map_sharpening.molecule.model_map import points_near_atoms

BTensor = tuple[float, float, float, float, float, float]

ISOTROPIC: BTensor = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
FSC_AT_RESOLUTION = 0.143  #: Rosenthal & Henderson (2003), J. Mol. Biol. 333, 721
D_MIN_RATIO = 0.833  #: finest terms kept go this far beyond the nominal resolution
NEAR_RADIUS = 3.0  #: Å, what counts as near an atom


@dataclass(frozen=True)
class NoiseColour:
    """How the power of the noise falls off with resolution, 1 at s = 0.

    A share `white_floor` is white; the amplitudes of the rest fall as exp(-b_factor s² / 4).
    """

    b_factor: float = 40.0  #: Å²
    white_floor: float = 0.2  #: share of the power at s = 0, from 0 to 1

    def __post_init__(self) -> None:
        if not (np.isfinite(self.b_factor) and self.b_factor >= 0):
            raise ParameterError(
                f"noise b_factor is {self.b_factor} Å²; give 0 (white noise) or more"
            )
        if not 0 <= self.white_floor <= 1:
            raise ParameterError(f"white_floor is {self.white_floor}; give a share from 0 to 1")

    def power(self, s_squared: npt.ArrayLike) -> FloatArray:
        """Return the relative power at s² (1/Å²)."""
        decay = np.exp(-self.b_factor * np.asarray(s_squared, dtype=np.float64) / 2)
        power: FloatArray = self.white_floor + (1 - self.white_floor) * decay
        return power


WHITE = NoiseColour(b_factor=0.0, white_floor=1.0)


@dataclass(frozen=True)
class SimulatedHalfMaps:
    """Two half maps and all that is known about them.

    Powers are those of the unscaled forward transform of the map (numpy's ``rfftn``).
    """

    half_1: MapData
    half_2: MapData
    noise_free: MapData  #: the signal in both halves
    truth: MapData  #: the same atoms with B = 0, terms to `d_min`
    near_atoms: npt.NDArray[np.bool_]  #: within 3 Å of an atom; shape (z, y, x)
    resolution: float  #: Å; the FSC of the whole box is 0.143 here
    d_min: float  #: Å, finest term of `truth`
    noise_level: float  #: noise power of one half per term, before colour and direction
    noise_colour: NoiseColour
    signal_b: BTensor  #: traceless, Å²; the signal's amplitudes hold exp(-s B s / 4)
    noise_b: BTensor  #: traceless, Å²; the noise's amplitudes likewise

    @property
    def mean(self) -> MapData:
        """Return the plain mean of the half maps."""
        values = (self.half_1.values + self.half_2.values) * np.float32(0.5)
        return self.half_1.with_values(values, "mean of the halves")

    def noise_power(self, s_x: FloatArray, s_y: FloatArray, s_z: FloatArray) -> FloatArray:
        """Return the expected noise power of one half at (s_x, s_y, s_z) in 1/Å.

        The noise power of the mean of the halves is half of it.
        """
        colour = self.noise_colour.power(s_x**2 + s_y**2 + s_z**2)
        form = quadratic_form(self.noise_b, s_x, s_y, s_z)
        power: FloatArray = self.noise_level * colour * np.exp(-form / 2)
        return power


def quadratic_form(
    tensor: BTensor, s_x: FloatArray, s_y: FloatArray, s_z: FloatArray
) -> FloatArray:
    """Return s B s for a tensor in the order XX, YY, ZZ, XY, XZ, YZ."""
    xx, yy, zz, xy, xz, yz = tensor
    form: FloatArray = xx * s_x**2 + yy * s_y**2 + zz * s_z**2
    cross: FloatArray = 2 * (xy * s_x * s_y + xz * s_x * s_z + yz * s_y * s_z)
    return form + cross


def simulate_half_maps(
    atoms: Atoms,
    shape: tuple[int, int, int],
    voxel_size: float | tuple[float, float, float],
    resolution: float,
    *,
    b_core: float = 60.0,
    b_rim: float = 200.0,
    b_factors: npt.ArrayLike | None = None,
    signal_b: BTensor = ISOTROPIC,
    noise_b: BTensor = ISOTROPIC,
    noise_colour: NoiseColour | None = None,
    seed: int = 0,
    threads: int = 0,
) -> SimulatedHalfMaps:
    """Simulate two half maps of a molecule in the middle of a box filled with noise.

    The B factor of an atom rises with the square of its distance from the molecule's
    centre, from `b_core` there to `b_rim` at the farthest atom, unless each is given its
    own. The noise is Gaussian, independent in each half, and so strong that the Fourier
    shell correlation of the whole box, taken as signal power / (signal power + noise power),
    is 0.143 at the nominal resolution.

    Parameters
    ----------
    atoms : Atoms
        Moved so that the middle of their extent is the middle of the box.
    shape : (int, int, int)
        Grid points along z, y, x.
    voxel_size : float or (float, float, float)
        Grid spacing in Å, one number or x, y, z.
    resolution : float
        Nominal resolution in Å.
    b_core, b_rim : float
        B factors in Å² in the centre and at the rim.
    b_factors : array_like, shape (n_atoms,), optional
        B factor in Å² of each atom, in place of `b_core` and `b_rim`.
    signal_b, noise_b : tuple of six floats
        Traceless tensors in Å², order XX, YY, ZZ, XY, XZ, YZ; amplitudes of the signal
        and of the noise are multiplied by exp(-s B s / 4).
    noise_colour : NoiseColour, optional
        Fall-off of the noise with resolution.
    seed : int
        The same seed gives the same maps for any number of threads.
    threads : int
        0 means all processors.

    Raises
    ------
    ParameterError
        If the molecule doesn't fit in the box, the resolution is finer than the grid can
        hold or coarser than the box, or a number is out of range.
    """
    _require_kinds(
        atoms, resolution=resolution, b_core=b_core, b_rim=b_rim, seed=seed, threads=threads
    )
    shape = _sides(shape)
    grid = MapData.from_array(np.zeros(shape, np.float32), voxel_size, name="simulated map")
    _require_sound(grid, resolution, b_core, b_rim, signal_b, noise_b, seed, threads)
    d_min = max(grid.nyquist, D_MIN_RATIO * resolution)
    centred = _centred_in(grid, atoms)
    if b_factors is None:
        b_of_atoms = b_factors_by_distance(centred, b_core, b_rim)
    else:
        b_of_atoms = _b_factors_given(b_factors, centred)
    s_x, s_y, s_z = reciprocal_axes(grid)
    s_squared = (s_x**2 + s_y**2 + s_z**2).astype(np.float32)

    sharp = density_coefficients(centred, 0.0, shape, grid.box, threads=threads)
    sharp[s_squared > 1 / d_min**2] = 0
    truth = _to_map(sharp, grid, "truth", threads)
    del sharp

    signal = density_coefficients(centred, b_of_atoms, shape, grid.box, threads=threads)
    signal *= np.exp(-quadratic_form(signal_b, s_x, s_y, s_z) / 4).astype(np.float32)
    colour = NoiseColour() if noise_colour is None else noise_colour
    noise_power = colour.power(s_squared) * np.exp(-quadratic_form(noise_b, s_x, s_y, s_z) / 2)
    noise_amplitude = np.sqrt(noise_power).astype(np.float32)
    del noise_power
    noise_level = _level_for_fsc(signal, noise_amplitude, s_squared, grid, resolution)
    noise_amplitude *= np.float32(np.sqrt(noise_level))

    streams = np.random.SeedSequence(seed).spawn(2)
    half_1, half_2 = (
        _to_map(
            signal + noise_amplitude * _white_noise(shape, stream, threads), grid, name, threads
        )
        for stream, name in zip(streams, ("half map 1", "half map 2"), strict=True)
    )
    return SimulatedHalfMaps(
        half_1=half_1,
        half_2=half_2,
        noise_free=_to_map(signal, grid, "noise-free map", threads),
        truth=truth,
        near_atoms=points_near_atoms(centred, shape, grid.box, NEAR_RADIUS),
        resolution=float(resolution),
        d_min=d_min,
        noise_level=noise_level,
        noise_colour=colour,
        signal_b=signal_b,
        noise_b=noise_b,
    )


def b_factors_by_distance(atoms: Atoms, b_core: float, b_rim: float) -> FloatArray:
    """Return B factors that rise with the square of the distance from the centre, in Å²."""
    relative_distance = atoms.distance_from_centre()
    relative_distance /= max(float(relative_distance.max()), 1e-6)
    b_factors: FloatArray = b_core + (b_rim - b_core) * relative_distance**2
    return b_factors


def reciprocal_axes(grid: MapData) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return s_x, s_y, s_z in 1/Å of a half-complex transform, ready to be broadcast."""
    nz, ny, nx = grid.values.shape
    dx, dy, dz = grid.voxel_size
    s_x = np.asarray(np.fft.rfftfreq(nx, dx), dtype=np.float64)[None, None, :]
    s_y = np.asarray(np.fft.fftfreq(ny, dy), dtype=np.float64)[None, :, None]
    s_z = np.asarray(np.fft.fftfreq(nz, dz), dtype=np.float64)[:, None, None]
    return s_x, s_y, s_z


def _sides(shape: object) -> tuple[int, int, int]:
    """Return a shape, of any iterable of three whole numbers."""
    sides = list(islice(shape, 4)) if isinstance(shape, Iterable) else []
    if len(sides) != 3 or not all(isinstance(n, Integral) and int(n) > 0 for n in sides):
        raise ParameterError(
            f"shape is {shape!r:.60}; expected three whole numbers above 0, along z, y, x"
        )
    nz, ny, nx = map(int, sides)
    return nz, ny, nx


def _require_kinds(atoms: object, **numbers: object) -> None:
    """Raise ParameterError for an argument of another kind."""
    require_atoms(atoms, "atoms")
    for name, value in numbers.items():
        kind = Integral if name in ("seed", "threads") else Real
        if not isinstance(value, kind):
            expected = "a whole number" if kind is Integral else "a number"
            raise ParameterError(f"{name} is {value!r:.60}; expected {expected}")


def _require_sound(
    grid: MapData,
    resolution: float,
    b_core: float,
    b_rim: float,
    signal_b: BTensor,
    noise_b: BTensor,
    seed: int,
    threads: int,
) -> None:
    """Raise ParameterError for a number out of range."""
    box = grid.box
    longest = min(box.a, box.b, box.c) / 4
    if not grid.nyquist <= resolution <= longest:
        raise ParameterError(
            f"resolution is {resolution} Å; this box holds {grid.nyquist:.4g} Å (twice the "
            f"coarsest spacing) to {longest:.4g} Å (a quarter of the shortest edge)"
        )
    for name, value in (("b_core", b_core), ("b_rim", b_rim)):
        if not (np.isfinite(value) and value >= 0):
            raise ParameterError(f"{name} is {value} Å²; give 0 or more")
    for name, tensor in (("signal_b", signal_b), ("noise_b", noise_b)):
        if len(tensor) != 6 or not np.isfinite(tensor).all():
            raise ParameterError(f"{name} is {tensor}; give six numbers, XX YY ZZ XY XZ YZ, in Å²")
        if abs(sum(tensor[:3])) > 1e-6 * max(1.0, *(abs(v) for v in tensor)):
            raise ParameterError(
                f"{name} is {tensor}, with trace {sum(tensor[:3]):g} Å²; its first three "
                "numbers must sum to 0"
            )
    if seed < 0:
        raise ParameterError(f"seed is {seed}; give 0 or more")
    if threads < 0:
        raise ParameterError(f"threads is {threads}; give 0 (all processors) or more")


def _b_factors_given(b_factors: npt.ArrayLike, atoms: Atoms) -> FloatArray:
    values = np.asarray(b_factors, dtype=np.float64)
    if values.shape != (len(atoms),):
        raise ParameterError(
            f"b_factors has shape {values.shape} for the {len(atoms)} atoms of {atoms.name}; "
            "expected one number of 0 or more for each, in Å²"
        )
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if wrong.size:
        raise ParameterError(
            f"b_factors holds {values[wrong[0]]:g} Å² for atom {wrong[0]} of {atoms.name} "
            "(counted from 0); give 0 or more"
        )
    return values


def _centred_in(grid: MapData, atoms: Atoms) -> Atoms:
    """Move atoms to the middle of the box, which must hold all points near them."""
    if len(atoms) == 0:
        raise ParameterError(f"{atoms.name} holds no atoms; give at least one")
    edges = np.array([grid.box.a, grid.box.b, grid.box.c])
    needed = atoms.extent + 2 * NEAR_RADIUS
    if (needed > edges).any():
        raise ParameterError(
            f"{atoms.name} needs {needed[0]:.1f} x {needed[1]:.1f} x {needed[2]:.1f} Å, the box "
            f"is {edges[0]:.1f} x {edges[1]:.1f} x {edges[2]:.1f} Å; give a larger shape or "
            "voxel_size"
        )
    return atoms.centred_at(edges / 2)


def _level_for_fsc(
    signal: Coefficients,
    noise_amplitude: FloatMap,
    s_squared: FloatMap,
    grid: MapData,
    resolution: float,
) -> float:
    """Noise level that makes S / (S + N) equal 0.143 in a thin shell at the resolution."""
    # Two of the widest reciprocal voxels either side: some hundred terms in the smallest box,
    # and narrow enough for the fall-off inside the shell not to matter.
    half_width = 2.0 / min(grid.box.a, grid.box.b, grid.box.c)
    s = np.sqrt(s_squared)
    shell = np.abs(s - 1 / resolution) < half_width
    signal_power = float(np.mean(np.abs(signal[shell]).astype(np.float64) ** 2))
    noise_power = float(np.mean(noise_amplitude[shell].astype(np.float64) ** 2))
    return signal_power / noise_power * (1 - FSC_AT_RESOLUTION) / FSC_AT_RESOLUTION


def _white_noise(
    shape: tuple[int, int, int], stream: np.random.SeedSequence, threads: int
) -> Coefficients:
    """Transform of real white noise; the expected power of each term is 1."""
    generator = np.random.Generator(np.random.Philox(stream))
    noise = generator.standard_normal(shape, dtype=np.float32)
    noise *= np.float32(1 / np.sqrt(noise.size))
    return _core.forward_transform(noise, threads)


def _to_map(coefficients: Coefficients, grid: MapData, name: str, threads: int) -> MapData:
    """Transform back onto the grid."""
    values = _core.inverse_transform(coefficients, grid.values.shape[2], threads)
    return replace(grid, values=values, name=name)
