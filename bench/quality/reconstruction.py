"""Half maps as a reconstruction program makes them: particles with errors, by RELION's own tools.

    atoms -> specimen(s)            potential less its solvent, a belt, a turned domain
          -> projections            relion_project: views, defocus
          -> particles              white noise of a given strength
          -> two halves             relion_reconstruct, each half with its own errors of alignment

Noise of such maps depends on the microscope's transfer function and on the views, rises towards
the corners of the box, and resolution falls off outwards.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import mrcfile
import numpy as np
import numpy.typing as npt

from bench.quality.cases import Case, Particles
from bench.quality.errors import ProgramMissingError
from bench.quality.programs.run_command import require_map, run_command
from map_sharpening import _core
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.model_density import density_coefficients
from map_sharpening.molecule.model_map import points_near_atoms
from map_sharpening.simulation.simulate import reciprocal_axes

Floats = npt.NDArray[np.float64]

_SOLVENT_RADIUS = 2.6  #: Å around atoms where there is no solvent
_SOLVENT_EDGE_B = 80.0  #: Å², softens that boundary
_SOLVENT_SHARE = 0.6  #: of the molecule's mean potential, as vitreous ice to protein
_BELT_SHARE = 0.25  #: of the molecule's mean potential, above ice
_BELT_B = 600.0  #: Å²
_BELT_REACH = 16.0  #: Å outwards from the molecule
_BELT_HALF_HEIGHT = 15.0  #: Å
_PREFERRED_SPREAD = 20.0  #: degrees
_DEFOCUS = (8_000.0, 25_000.0)  #: Å
_ASTIGMATISM = 200.0  #: Å
_N_FOR_POWER = 20  #: projections by which the strength of the noise is set

_STAR_HEAD = """\
data_optics

loop_
_rlnOpticsGroupName #1
_rlnOpticsGroup #2
_rlnVoltage #3
_rlnSphericalAberration #4
_rlnAmplitudeContrast #5
_rlnImagePixelSize #6
_rlnImageSize #7
_rlnImageDimensionality #8
group 1 300 2.7 0.1 {voxel_size} {box} 2

data_particles

loop_
_rlnImageName #1
_rlnAngleRot #2
_rlnAngleTilt #3
_rlnAnglePsi #4
_rlnOriginXAngst #5
_rlnOriginYAngst #6
_rlnDefocusU #7
_rlnDefocusV #8
_rlnDefocusAngle #9
_rlnOpticsGroup #10
"""


@dataclass(frozen=True)
class _Views:
    """One row a particle: rot, tilt, psi in degrees, x, y in Å, defocus u, v in Å, its angle."""

    rows: Floats
    conformer: npt.NDArray[np.int64]
    half: npt.NDArray[np.int64]

    def misaligned(self, particles: Particles, random: np.random.Generator) -> _Views:
        """Return what a refinement would have found: angles and shifts with errors."""
        rows = self.rows.copy()
        rows[:, :3] += random.normal(0, particles.angular_error, (len(rows), 3))
        rows[:, 3:5] += random.normal(0, particles.shift_error, (len(rows), 2))
        return replace(self, rows=rows)


def reconstructed_half_maps(case: Case, atoms: Atoms) -> tuple[MapData, MapData]:
    """Return both half maps of a case; the same case gives the same maps.

    Raises
    ------
    ProgramMissingError
        If RELION is not on PATH.
    """
    particles = case.particles
    if particles is None:
        raise ValueError(f"{case.name} has no particles to reconstruct from")
    for program in ("relion_project", "relion_reconstruct"):
        if shutil.which(program) is None:
            raise ProgramMissingError(f"{program} is not on PATH")
    grid = MapData.from_array(
        np.zeros((case.box,) * 3, np.float32), case.voxel_size, name="reconstruction"
    )
    random = np.random.default_rng(case.seed)
    specimens = [specimen(atoms, grid, belt=particles.belt)]
    if particles.turn:
        turned = with_turned_end(atoms, particles.turn)
        specimens.append(specimen(turned, grid, belt=particles.belt))
    views = _random_views(particles, len(specimens), random)
    with tempfile.TemporaryDirectory(prefix="reconstruction-") as name:
        folder = Path(name)
        _make_particles(case, specimens, views, folder, random)
        halves = [
            _reconstructed(case, views.misaligned(particles, random), half, folder)
            for half in (0, 1)
        ]
    half_1, half_2 = (grid.with_values(values, "half map") for values in halves)
    return half_1, half_2


def specimen(atoms: Atoms, grid: MapData, *, belt: bool) -> FloatMap:
    """Return the potential of atoms in ice, which has no contrast of its own."""
    shape = grid.values.shape
    terms = density_coefficients(atoms, atoms.b_factors, shape, grid.box, d_min=grid.nyquist)
    potential = _core.inverse_transform(terms, shape[2])
    molecule = _blurred(
        points_near_atoms(atoms, grid.shape, grid.box, _SOLVENT_RADIUS), grid, _SOLVENT_EDGE_B
    )
    inside = float(potential[molecule > 0.7].mean())
    made = potential - np.float32(_SOLVENT_SHARE * inside) * molecule
    if belt:
        ring = _blurred(_belt_points(atoms, grid), grid, _BELT_B)
        made += np.float32(_BELT_SHARE * inside) * ring * np.clip(1 - molecule, 0, 1)
    return np.ascontiguousarray(made, np.float32)


def with_turned_end(atoms: Atoms, degrees: float) -> Atoms:
    """Return atoms whose upper third along z is turned about an axis along x at its lower end."""
    positions = atoms.positions.copy()
    hinge = np.array([*positions[:, :2].mean(axis=0), np.percentile(positions[:, 2], 66)])
    above = positions[:, 2] > hinge[2]
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
    positions[above] = (positions[above] - hinge) @ turn.T + hinge
    return replace(atoms, positions=positions)


def _belt_points(atoms: Atoms, grid: MapData) -> npt.NDArray[np.bool_]:
    """Return the points of a ring round the middle of the molecule, as detergent lies."""
    centre = atoms.positions.mean(axis=0)
    z, y, x = (
        (np.arange(n) * step)[at] - middle
        for n, step, middle, at in zip(
            grid.values.shape,
            reversed(grid.voxel_size),
            reversed(centre),
            np.ix_(*(np.arange(n) for n in grid.values.shape)),
            strict=True,
        )
    )
    off_axis = np.hypot(*(atoms.positions - centre)[:, :2].T)
    near_middle = np.abs(atoms.positions[:, 2] - centre[2]) < _BELT_HALF_HEIGHT
    radius = float(np.percentile(off_axis[near_middle], 90))
    outwards = np.hypot(x, y) - radius
    half_height = _BELT_HALF_HEIGHT * (1 - 0.35 * np.clip(outwards / _BELT_REACH, 0, 1))
    ring: npt.NDArray[np.bool_] = (
        (outwards > -2) & (outwards < _BELT_REACH) & (np.abs(z) < half_height)
    )
    return ring


def _blurred(points: npt.NDArray[np.bool_], grid: MapData, b: float) -> FloatMap:
    s_x, s_y, s_z = reciprocal_axes(grid)
    terms = _core.forward_transform(points.astype(np.float32))
    terms *= np.exp(-b * (s_x**2 + s_y**2 + s_z**2) / 4).astype(np.float32)
    blurred: FloatMap = _core.inverse_transform(terms, points.shape[2])
    return blurred


def _random_views(particles: Particles, n_conformers: int, random: np.random.Generator) -> _Views:
    n = particles.number
    tilt = np.degrees(np.arccos(random.uniform(-1, 1, n)))
    is_preferred = random.random(n) < particles.preferred
    tilt[is_preferred] = np.abs(random.normal(0, _PREFERRED_SPREAD, int(is_preferred.sum()))) % 180
    defocus = random.uniform(*_DEFOCUS, n)
    columns = (
        random.uniform(0, 360, n),
        tilt,
        random.uniform(0, 360, n),
        np.zeros(n),
        np.zeros(n),
        defocus,
        defocus + _ASTIGMATISM,
        random.uniform(0, 180, n),
    )
    return _Views(np.stack(columns, axis=1), random.integers(0, n_conformers, n), np.arange(n) % 2)


def _make_particles(
    case: Case,
    specimens: Sequence[FloatMap],
    views: _Views,
    folder: Path,
    random: np.random.Generator,
) -> None:
    """Write one stack of images for each conformer, in the order of its particles."""
    assert case.particles is not None
    sigma = 0.0
    for conformer, values in enumerate(specimens):
        reference = f"specimen{conformer}.mrc"
        with mrcfile.new(folder / reference, values) as mrc:
            mrc.voxel_size = case.voxel_size
        rows = views.rows[views.conformer == conformer]
        if conformer == 0:
            plain = _projections(case, reference, rows[:_N_FOR_POWER], folder, transfer=False)
            power = float(np.mean([image.var() for image in plain]))
            sigma = math.sqrt(power / case.particles.signal_to_noise)
        images = _projections(case, reference, rows, folder, transfer=True)
        for image in images:
            image += random.normal(0, sigma, image.shape).astype(np.float32)
        with mrcfile.new(folder / f"particles{conformer}.mrcs", images) as mrc:
            mrc.set_image_stack()
            mrc.voxel_size = case.voxel_size


def _projections(
    case: Case, reference: str, rows: Floats, folder: Path, *, transfer: bool
) -> FloatMap:
    names = [f"{i:06d}@none.mrcs" for i in range(1, len(rows) + 1)]
    _write_star(folder / "views.star", case, names, rows)
    command = ["relion_project", "--i", reference, "--ang", "views.star", "--o", "projected"]
    command += ["--angpix", str(case.voxel_size), *(["--ctf"] if transfer else [])]
    output = run_command(command, folder, "relion_project")
    stack = folder / "projected.mrcs"
    require_map(stack, "relion_project", output)
    images: FloatMap = np.array(mrcfile.read(stack), np.float32)
    stack.unlink()
    return images


def _reconstructed(case: Case, views: _Views, half: int, folder: Path) -> FloatMap:
    place = np.zeros(len(views.rows), np.int64)
    for conformer in np.unique(views.conformer):
        chosen = views.conformer == conformer
        place[chosen] = np.arange(1, int(chosen.sum()) + 1)
    mine = np.flatnonzero(views.half == half)
    names = [f"{place[i]:06d}@particles{views.conformer[i]}.mrcs" for i in mine]
    _write_star(folder / "half.star", case, names, views.rows[mine])
    command = ["relion_reconstruct", "--i", "half.star", "--o", "half.mrc", "--ctf"]
    command += ["--angpix", str(case.voxel_size), "--pad", "2"]
    output = run_command(command, folder, "relion_reconstruct")
    require_map(folder / "half.mrc", "relion_reconstruct", output)
    values: FloatMap = np.array(mrcfile.read(folder / "half.mrc"), np.float32)
    (folder / "half.mrc").unlink()
    return values


def _write_star(path: Path, case: Case, names: Sequence[str], rows: Floats) -> None:
    head = _STAR_HEAD.format(voxel_size=case.voxel_size, box=case.box)
    lines = [
        f"{name} {' '.join(f'{value:.4f}' for value in row)} 1"
        for name, row in zip(names, rows, strict=True)
    ]
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
