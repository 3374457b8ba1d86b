"""The half maps that every program is timed on: simulated once, kept in the cache."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.quality.case_files import read_map, write_map, write_text
from map_sharpening.maps.map_data import MapData
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import NoiseColour, simulate_half_maps

SIMULATION = 1  #: raise this when the recipe changes, so that nothing old is used
VOXEL_SIZE = 1.05  #: Å; larger in boxes that the molecule would not fit in
_SHORTEST_EDGE = 80.0  #: Å
RESOLUTION = 3.0  #: Å
_PITCH = 72.0  #: Å between copies of haemoglobin, which then just touch
_BOX_PER_COPY = 128  #: grid points for each copy along an axis: half of the box stays solvent


@dataclass(frozen=True)
class Input:
    """Half maps on disk and the truth beside them."""

    box: int  #: grid points along each axis
    voxel_size: float  #: Å
    folder: Path
    d_min: float  #: Å, finest term of the truth

    @property
    def full_map(self) -> Path:
        """Return the path of the mean of the half maps, which is written if it isn't there."""
        path = self.folder / "full_map.mrc"
        if not path.is_file():
            write_map(path, self.mean())
        return path

    @property
    def half_1(self) -> Path:
        """Return the path of the first half map."""
        return self.folder / "half_map_1.mrc"

    @property
    def half_2(self) -> Path:
        """Return the path of the second half map."""
        return self.folder / "half_map_2.mrc"

    def truth(self) -> MapData:
        """Read the map of the same atoms with B = 0."""
        return read_map(self.folder / "truth.mrc")

    def mean(self) -> MapData:
        """Read the half maps and return their mean."""
        half_1, half_2 = read_map(self.half_1), read_map(self.half_2)
        return half_1.with_values((half_1.values + half_2.values) / np.float32(2), "mean")

    def near_atoms(self) -> npt.NDArray[np.bool_]:
        """Read which points lie within 3 Å of an atom."""
        mask: npt.NDArray[np.bool_] = np.load(self.folder / "near_atoms.npy")
        return mask


def input_maps(box: int, cache: Path) -> Input:
    """Return the half maps of a box, simulating them if the cache doesn't hold them."""
    folder = cache / f"box_{box}_v{SIMULATION}"
    description = folder / "input.json"
    if not description.is_file():
        _simulate(box, folder)
    known = json.loads(description.read_text(encoding="utf-8"))
    return Input(box, known["voxel_size"], folder, known["d_min"])


def _simulate(box: int, folder: Path) -> None:
    """Write all maps of a box; the description comes last and marks them complete."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    voxel_size = max(VOXEL_SIZE, _SHORTEST_EDGE / box)
    atoms = tiled(demo_atoms(), max(1, box // _BOX_PER_COPY))
    noise_colour = NoiseColour(b_factor=40.0, white_floor=0.2)
    simulated = simulate_half_maps(
        atoms,
        (box, box, box),
        voxel_size,
        RESOLUTION,
        b_core=50.0,
        b_rim=180.0,
        signal_b=(-12.0, -8.0, 20.0, 4.0, -6.0, 3.0),
        noise_b=(6.0, 4.0, -10.0, 0.0, 3.0, 0.0),
        noise_colour=noise_colour,
        seed=box,
    )
    write_map(folder / "half_map_1.mrc", simulated.half_1)
    write_map(folder / "half_map_2.mrc", simulated.half_2)
    write_map(folder / "truth.mrc", simulated.truth)
    np.save(folder / "near_atoms.npy", simulated.near_atoms)
    description = {
        "box": box,
        "voxel_size": voxel_size,
        "resolution": RESOLUTION,
        "n_atoms": len(atoms),
        "d_min": simulated.d_min,
        "noise_colour": asdict(noise_colour),
    }
    write_text(folder / "input.json", json.dumps(description, indent=1))


def tiled(atoms: Atoms, n: int) -> Atoms:
    """Return n copies of a molecule along each axis."""
    steps = np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    positions = (atoms.positions[None, :, :] + _PITCH * steps[:, None, :]).reshape(-1, 3)
    copies = len(steps)
    return Atoms(
        positions,
        np.tile(atoms.elements, copies),
        np.tile(atoms.occupancies, copies),
        f"{copies} x {atoms.name}",
    )
