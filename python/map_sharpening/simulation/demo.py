"""A pair of half maps to try the program on: haemoglobin, simulated from package data."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from map_sharpening.errors import MapSharpeningError, OutputError
from map_sharpening.io.maps import map_file_size, read_map, write_map
from map_sharpening.io.models import read_atoms
from map_sharpening.io.staging import StagedOutputs
from map_sharpening.maps.map_data import MapData, labels_say
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import NoiseColour, SimulatedHalfMaps, simulate_half_maps

_MODEL = "haemoglobin_5ni1.cif.gz"
_RESOLUTION = 3.0  #: Å
_LABEL = "map_sharpening demo, simulated"


def demo_atoms() -> Atoms:
    """Return the atoms of human haemoglobin, PDB entry 5NI1, without hydrogens and waters."""
    with as_file(files("map_sharpening.simulation") / "data" / _MODEL) as path:
        return read_atoms(path)


def demo_half_maps(
    *,
    shape: tuple[int, int, int] = (112, 112, 112),
    voxel_size: float = 1.0,
    resolution: float = _RESOLUTION,
    seed: int = 0,
    threads: int = 0,
) -> SimulatedHalfMaps:
    """Simulate haemoglobin half maps: flexible at the rim, weaker along z, noisy everywhere.

    Parameters
    ----------
    shape : (int, int, int)
        Grid points along z, y, x.
    voxel_size : float
        Grid spacing in Å.
    resolution : float
        Nominal resolution in Å, where the Fourier shell correlation of the whole box
        is 0.143.
    seed : int
        The same seed gives the same maps.
    threads : int
        0 means all processors.
    """
    return simulate_half_maps(
        demo_atoms(),
        shape,
        voxel_size,
        resolution,
        b_core=50.0,
        b_rim=180.0,
        signal_b=(-10.0, -10.0, 20.0, 0.0, 0.0, 0.0),
        noise_b=(4.0, 4.0, -8.0, 0.0, 0.0, 0.0),
        noise_colour=NoiseColour(b_factor=40.0, white_floor=0.2),
        seed=seed,
        threads=threads,
    )


def write_demo_files(folder: Path) -> SimulatedHalfMaps:
    """Simulate the half maps and write half1.mrc, half2.mrc and truth.mrc to a folder.

    Raises
    ------
    OutputError
        If they can't be written, or would replace maps that are not from here.
    """
    names = [folder / name for name in ("half1.mrc", "half2.mrc", "truth.mrc")]
    for path in names:
        if path.exists() and not _is_from_here(path):
            raise OutputError(
                f"{path} exists and is not a map of the demonstration; give another "
                "output_directory"
            )
    maps = demo_half_maps()
    outputs = dict(zip(names, (maps.half_1, maps.half_2, maps.truth), strict=True))
    with StagedOutputs(overwrite=True) as staged:
        staged.reserve({path: map_file_size(values) for path, values in outputs.items()})
        for path, values in outputs.items():
            write_map(staged.temporary_path(path), values, labels_added=[_LABEL])
    return maps


def _is_from_here(path: Path) -> bool:
    try:
        map_data, _ = read_map(path)
    except MapSharpeningError:
        return False
    return labels_say(map_data, _LABEL)


def demo_words(folder: Path) -> list[str]:
    """Return the words of the command line that sharpen what `write_demo_files` wrote."""
    return [
        str(folder / "half1.mrc"),
        str(folder / "half2.mrc"),
        f"resolution={_RESOLUTION:g}",
        f"output.output_directory={folder}",
    ]


def comparison(maps: SimulatedHalfMaps, sharpened: MapData) -> str:
    """Return a small table: correlation with the truth before and after sharpening."""
    before = correlations(maps.mean, maps.truth, maps.near_atoms, maps.d_min)
    after = correlations(sharpened, maps.truth, maps.near_atoms, maps.d_min)
    rows = [
        ("near the atoms", before.near_atoms, after.near_atoms),
        ("near the atoms, 10 Å to the limit", before.near_atoms_band, after.near_atoms_band),
        ("whole box", before.box, after.box),
    ]
    lines = [f"{'Correlation with the truth':36}{'mean of halves':>16}{'sharpened':>12}"]
    lines += [f"  {where:34}{mean:16.3f}{sharp:12.3f}" for where, mean, sharp in rows]
    lines.append("  The default suits the molecule; mask=False suits the whole box.")
    return "\n".join(lines)
