"""The files of a case in the cache: made once, read by every program."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import mrcfile
import numpy as np
import numpy.typing as npt
import scipy.ndimage

from bench.quality.case_atoms import case_atoms
from bench.quality.cases import Case
from bench.quality.reconstruction import reconstructed_half_maps
from map_sharpening.maps.map_data import MapData
from map_sharpening.molecule.model_map import points_near_atoms
from map_sharpening.simulation.simulate import simulate_half_maps

MASK_RADIUS = 6.0  #: Å around atoms where the soft mask is 1
MASK_EDGE = 6.0  #: Å, width of its raised-cosine edge


@dataclass(frozen=True)
class CaseFiles:
    """Where the maps of a case are, and how to read them."""

    case: Case
    folder: Path
    d_min: float  #: Å, finest term of the truth
    model: Path  #: of the true atoms, as deposited

    @property
    def half_1(self) -> Path:
        """Return the path of the first half map."""
        return self.folder / "half_1.mrc"

    @property
    def half_2(self) -> Path:
        """Return the path of the second half map."""
        return self.folder / "half_2.mrc"

    @property
    def truth(self) -> Path:
        """Return the path of the true map."""
        return self.folder / "truth.mrc"

    @property
    def soft_mask(self) -> Path:
        """Return the path of the soft molecular mask that other programs are given."""
        return self.folder / "soft_mask.mrc"

    def near_atoms(self) -> npt.NDArray[np.bool_]:
        """Read which points lie within 3 Å of an atom."""
        mask: npt.NDArray[np.bool_] = np.load(self.folder / "near_atoms.npy")
        return mask

    def mean(self) -> MapData:
        """Read the half maps and return their mean."""
        half_1, half_2 = read_map(self.half_1), read_map(self.half_2)
        return half_1.with_values((half_1.values + half_2.values) / np.float32(2), "mean")


def case_files(case: Case, data: Path, cache: Path) -> CaseFiles:
    """Return the files of a case, simulating it if the cache doesn't hold it."""
    folder = cache / case.key
    description = folder / "case.json"
    if not description.is_file():
        _simulate(case, data, folder)
    d_min = json.loads(description.read_text(encoding="utf-8"))["d_min"]
    return CaseFiles(case, folder, d_min, data / case.model)


def _simulate(case: Case, data: Path, folder: Path) -> None:
    """Write all maps of a case; its description comes last and marks it complete."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    atoms = case_atoms(case, data / case.model)
    simulated = simulate_half_maps(
        atoms,
        (case.box, case.box, case.box),
        case.voxel_size,
        case.resolution,
        b_factors=atoms.b_factors,
        signal_b=case.signal_b,
        noise_b=case.noise_b,
        noise_colour=case.noise_colour,
        seed=case.seed,
    )
    halves = simulated.half_1, simulated.half_2
    if case.particles is not None:
        halves = reconstructed_half_maps(case, atoms)
    write_map(folder / "half_1.mrc", halves[0])
    write_map(folder / "half_2.mrc", halves[1])
    write_map(folder / "truth.mrc", simulated.truth)
    write_map(folder / "noise_free.mrc", simulated.noise_free)
    solid = points_near_atoms(atoms, simulated.truth.shape, simulated.truth.box, MASK_RADIUS)
    write_map(
        folder / "soft_mask.mrc", simulated.truth.with_values(soft_mask(solid, case.voxel_size))
    )
    np.save(folder / "near_atoms.npy", simulated.near_atoms)
    description = {
        "case": asdict(case),
        "n_atoms": len(atoms),
        "d_min": simulated.d_min,
        "noise_level": simulated.noise_level,
        "near_atoms_fraction": float(simulated.near_atoms.mean()),
    }
    write_text(folder / "case.json", json.dumps(description, indent=1))


def soft_mask(solid: npt.NDArray[np.bool_], voxel_size: float) -> npt.NDArray[np.float32]:
    """Add a raised-cosine edge to a solid mask."""
    distance = scipy.ndimage.distance_transform_edt(~solid) * voxel_size
    edge = 0.5 + 0.5 * np.cos(np.pi * np.minimum(distance / MASK_EDGE, 1.0))
    soft: npt.NDArray[np.float32] = edge.astype(np.float32)
    return soft


def read_map(path: Path) -> MapData:
    """Read a map that fills its cell and starts at its corner, in any order of axes."""
    with mrcfile.open(path) as mrc:
        voxel = mrc.voxel_size
        header = mrc.header
        axis_of = {int(header.maps): 0, int(header.mapr): 1, int(header.mapc): 2}
        values = mrc.data.transpose(axis_of[3], axis_of[2], axis_of[1])
        return MapData.from_array(
            values, (float(voxel.x), float(voxel.y), float(voxel.z)), name=path.name
        )


def write_map(path: Path, map_data: MapData) -> None:
    """Write a map whole or not at all."""
    partial = path.with_suffix(".partial")
    with mrcfile.new(partial, map_data.values, overwrite=True) as mrc:
        mrc.voxel_size = map_data.voxel_size
    partial.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
