"""The simulated cases: which molecule, which box, how it falls off, how it is noisy."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening.molecule.atoms import Atoms
from map_sharpening.simulation.simulate import ISOTROPIC, WHITE, BTensor, NoiseColour

SIMULATION = 2  #: raise this when the simulation of a case changes, so that nothing old is used


@dataclass(frozen=True)
class Part:
    """The atoms at one end of a molecule, along x, which differ from the others."""

    share: float  #: of the atoms
    more_b: float = 0.0  #: Å², added to the B factors that they would have
    occupancy: float = 1.0

    def holds(self, atoms: Atoms) -> npt.NDArray[np.bool_]:
        """Return which atoms belong to it."""
        x = atoms.positions[:, 0]
        chosen: npt.NDArray[np.bool_] = x >= np.quantile(x, 1 - self.share)
        return chosen


@dataclass(frozen=True)
class Particles:
    """What a pair of half maps is reconstructed from, in place of atoms plus stationary noise."""

    number: int
    signal_to_noise: float  #: variance of a projection over that of the noise of an image
    angular_error: float = 1.0  #: degrees, standard deviation, of each half its own
    shift_error: float = 0.4  #: Å, likewise
    preferred: float = 0.0  #: share of particles seen within about 20 degrees of one direction
    belt: bool = False  #: detergent round the middle of the longest axis
    turn: float = 0.0  #: degrees by which the upper third is turned in half of the particles


@dataclass(frozen=True)
class Case:
    """All that decides a simulated pair of half maps."""

    name: str
    model: str  #: file below the folder of test data
    resolution: float  #: Å
    voxel_size: float  #: Å
    box: int  #: grid points along each axis
    b_core: float  #: Å²
    b_rim: float  #: Å²
    signal_b: BTensor = ISOTROPIC
    noise_b: BTensor = ISOTROPIC
    noise_colour: NoiseColour = WHITE
    assembly: str | None = None
    part: Part | None = None
    particles: Particles | None = None
    seed: int = 0

    @property
    def key(self) -> str:
        """Return a name that changes with anything that changes the maps."""
        text = json.dumps([SIMULATION, asdict(self)], sort_keys=True)
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    @property
    def is_anisotropic(self) -> bool:
        """Whether signal or noise depends on direction."""
        return self.signal_b != ISOTROPIC or self.noise_b != ISOTROPIC


CASES = (
    # Small and flexible in a wide box: most of the box is noise. Models are PDB entries.
    Case(
        name="haemoglobin",
        model="em/5ni1_updated.cif",
        resolution=3.0,
        voxel_size=1.1,
        box=96,
        b_core=50.0,
        b_rim=180.0,
        signal_b=(-12.0, -8.0, 20.0, 4.0, -6.0, 3.0),
        noise_b=(6.0, 4.0, -10.0, 0.0, 3.0, 0.0),
        noise_colour=NoiseColour(b_factor=40.0, white_floor=0.2),
        seed=101,
    ),
    # Tetrameric membrane channel.
    Case(
        name="channel",
        model="models/7l2i.cif.gz",
        resolution=3.4,
        voxel_size=1.2,
        box=128,
        b_core=70.0,
        b_rim=250.0,
        seed=102,
    ),
    # RNA only.
    Case(
        name="ribozyme",
        model="models/7yc8.cif.gz",
        resolution=4.1,
        voxel_size=1.4,
        box=112,
        b_core=90.0,
        b_rim=300.0,
        noise_colour=NoiseColour(b_factor=50.0, white_floor=0.3),
        seed=103,
    ),
    # Hollow shell: the B factor rises little, for every atom is far from the centre.
    Case(
        name="apoferritin",
        model="models/7a4m.cif.gz",
        assembly="1",
        resolution=2.5,
        voxel_size=1.0,
        box=144,
        b_core=20.0,
        b_rim=90.0,
        noise_colour=NoiseColour(b_factor=30.0, white_floor=0.5),
        seed=104,
    ),
    # Flat hexamer with preferred orientation: signal and noise weaker along z.
    Case(
        name="hexamer",
        model="models/8uv2.cif.gz",
        resolution=3.2,
        voxel_size=1.2,
        box=160,
        b_core=40.0,
        b_rim=200.0,
        signal_b=(-20.0, -15.0, 35.0, 0.0, 5.0, 8.0),
        noise_b=(-8.0, -8.0, 16.0, 0.0, 0.0, 4.0),
        noise_colour=NoiseColour(b_factor=40.0, white_floor=0.2),
        seed=105,
    ),
    # Large and tight in its box, strongly anisotropic signal, white noise.
    Case(
        name="galactosidase",
        model="em/8bk7.cif.gz",
        resolution=2.7,
        voxel_size=1.05,
        box=192,
        b_core=40.0,
        b_rim=160.0,
        signal_b=(25.0, -20.0, -5.0, 10.0, 0.0, -5.0),
        seed=106,
    ),
    # Low resolution; much flexibility.
    Case(
        name="haemoglobin_5A",
        model="em/5ni1_updated.cif",
        resolution=5.0,
        voxel_size=1.5,
        box=96,
        b_core=150.0,
        b_rim=400.0,
        noise_colour=NoiseColour(b_factor=80.0, white_floor=0.1),
        seed=107,
    ),
)

# Windows matter most: places of one map differ much.
LOCAL = (
    # Rigid core, flexible rim, in a box with room.
    Case(
        name="core_and_rim",
        model="em/5ni1_updated.cif",
        resolution=3.3,
        voxel_size=1.25,
        box=96,
        b_core=40.0,
        b_rim=250.0,
        signal_b=(-10.0, -6.0, 16.0, 3.0, -5.0, 2.0),
        seed=301,
    ),
    # One end moves, the rest is rigid.
    Case(
        name="flexible_domain",
        model="models/7l2i.cif.gz",
        resolution=3.2,
        voxel_size=1.3,
        box=112,
        b_core=50.0,
        b_rim=90.0,
        part=Part(share=0.25, more_b=180.0),
        noise_colour=NoiseColour(b_factor=40.0, white_floor=0.2),
        seed=302,
    ),
    # Part of the particles lacks one half of the complex.
    Case(
        name="low_occupancy",
        model="em/5ni1_updated.cif",
        resolution=3.0,
        voxel_size=1.2,
        box=96,
        b_core=50.0,
        b_rim=110.0,
        part=Part(share=0.5, occupancy=0.4),
        noise_colour=NoiseColour(b_factor=30.0, white_floor=0.4),
        seed=303,
    ),
)

# One full map each, their mean: other molecules, boxes, resolutions and noise than above. No
# default of the program was chosen by them.
VALIDATION = (
    Case(
        name="hexamer_coarse",
        model="models/8uv2.cif.gz",
        resolution=3.8,
        voxel_size=1.5,
        box=120,
        b_core=100.0,
        b_rim=300.0,
        seed=201,
    ),
    # One small chain at high resolution.
    Case(
        name="ferritin_chain",
        model="models/7a4m.cif.gz",
        resolution=2.2,
        voxel_size=0.9,
        box=80,
        b_core=15.0,
        b_rim=60.0,
        noise_colour=NoiseColour(b_factor=30.0, white_floor=0.5),
        seed=202,
    ),
    Case(
        name="ribozyme_fine",
        model="models/7yc8.cif.gz",
        resolution=3.0,
        voxel_size=1.2,
        box=128,
        b_core=40.0,
        b_rim=150.0,
        signal_b=(-12.0, -8.0, 20.0, 4.0, -6.0, 3.0),
        noise_colour=NoiseColour(b_factor=40.0, white_floor=0.2),
        seed=203,
    ),
    Case(
        name="channel_6A",
        model="models/7l2i.cif.gz",
        resolution=6.0,
        voxel_size=1.8,
        box=84,
        b_core=250.0,
        b_rim=500.0,
        noise_colour=NoiseColour(b_factor=80.0, white_floor=0.1),
        seed=204,
    ),
    Case(
        name="galactosidase_coarse",
        model="em/8bk7.cif.gz",
        resolution=3.6,
        voxel_size=1.5,
        box=128,
        b_core=120.0,
        b_rim=250.0,
        noise_colour=NoiseColour(b_factor=50.0, white_floor=0.3),
        seed=205,
    ),
    Case(
        name="haemoglobin_wide",
        model="em/5ni1_updated.cif",
        resolution=2.5,
        voxel_size=1.0,
        box=144,
        b_core=30.0,
        b_rim=100.0,
        seed=206,
    ),
    Case(
        name="haemoglobin_4A",
        model="em/5ni1_updated.cif",
        resolution=4.0,
        voxel_size=1.3,
        box=72,
        b_core=90.0,
        b_rim=300.0,
        noise_colour=NoiseColour(b_factor=60.0, white_floor=0.2),
        seed=207,
    ),
)

# Reconstructed from particles: noise rises outwards and depends on views and transfer function,
# solvent with contrast, belts, preferred views, two conformers. Defaults are chosen by the cases
# at even places (and those above), and checked on the others.
RECONSTRUCTED = (
    Case(
        name="haemoglobin_particles",
        model="em/5ni1_updated.cif",
        resolution=3.4,
        voxel_size=1.2,
        box=112,
        b_core=40.0,
        b_rim=120.0,
        particles=Particles(6000, 0.05),
        seed=401,
    ),
    Case(
        name="channel_belt",
        model="models/7l2i.cif.gz",
        resolution=3.6,
        voxel_size=1.3,
        box=128,
        b_core=40.0,
        b_rim=140.0,
        particles=Particles(6000, 0.05, belt=True),
        seed=402,
    ),
    Case(
        name="ribozyme_preferred",
        model="models/7yc8.cif.gz",
        resolution=4.2,
        voxel_size=1.5,
        box=112,
        b_core=60.0,
        b_rim=160.0,
        particles=Particles(6000, 0.05, preferred=0.6),
        seed=403,
    ),
    Case(
        name="ferritin_chain_particles",
        model="models/7a4m.cif.gz",
        resolution=4.0,
        voxel_size=1.2,
        box=96,
        b_core=40.0,
        b_rim=100.0,
        particles=Particles(8000, 0.03),
        seed=404,
    ),
    Case(
        name="spike_domain",
        model="em/6vyb_Ndom.pdb",
        resolution=5.0,
        voxel_size=1.6,
        box=96,
        b_core=80.0,
        b_rim=200.0,
        particles=Particles(6000, 0.03, angular_error=2.0, shift_error=0.8),
        seed=405,
    ),
    Case(
        name="hexamer_turned",
        model="models/8uv2.cif.gz",
        resolution=4.0,
        voxel_size=1.5,
        box=144,
        b_core=50.0,
        b_rim=150.0,
        particles=Particles(5000, 0.05, turn=8.0),
        seed=406,
    ),
    Case(
        name="capsid_protein",
        model="em/3j9sA_af2_docked.pdb",
        resolution=3.2,
        voxel_size=1.1,
        box=128,
        b_core=30.0,
        b_rim=100.0,
        particles=Particles(8000, 0.04, preferred=0.3),
        seed=407,
    ),
    Case(
        name="channel_8A",
        model="models/7l2i.cif.gz",
        resolution=8.0,
        voxel_size=2.2,
        box=96,
        b_core=200.0,
        b_rim=400.0,
        particles=Particles(3000, 0.05, angular_error=3.0, shift_error=1.5, belt=True),
        seed=408,
    ),
    Case(
        name="haemoglobin_fine",
        model="em/5ni1_updated.cif",
        resolution=2.8,
        voxel_size=1.0,
        box=128,
        b_core=30.0,
        b_rim=80.0,
        particles=Particles(10000, 0.06, angular_error=0.6, shift_error=0.25),
        seed=409,
    ),
    Case(
        name="galactosidase_tight",
        model="em/8bk7.cif.gz",
        resolution=3.8,
        voxel_size=1.5,
        box=144,
        b_core=50.0,
        b_rim=120.0,
        particles=Particles(5000, 0.05),
        seed=410,
    ),
)
