"""Coot's own reader, from the package coot-headless-api, finds in the outputs what they hold.

The package has no get_cell and no auto_read_mtz that return something to Python: the cell is taken
from the map that Coot writes again, and columns are given by name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gemmi
import mrcfile
import numpy as np
import numpy.typing as npt
import pytest
from half_map_files import RESOLUTION, SHAPE, VOXEL_SIZE, write_mrc
from host_python import HostPython
from scipy.ndimage import map_coordinates

import map_sharpening
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.simulate import SimulatedHalfMaps

COOT = HostPython("coot-headless-api", "coot_headless_api", "MAP_SHARPENING_COOT_PYTHON")

pytestmark = [pytest.mark.slow, COOT.needed]

START = (7, -4, 11)  #: NSTART, x y z
MAPS = ("sharpened_map.ccp4", "mask.mrc", "local_resolution_map.mrc")

DRIVER = """
import json, sys
import coot_headless_api
asked = json.loads(sys.argv[1])
coot = coot_headless_api.molecules_container_t(False)
found = {}
for name in asked["maps"]:
    found[name] = number = coot.read_ccp4_map(name, False)
    coot.write_map(number, "coot_" + name)
number = coot.read_mtz(asked["coefficients"], "FWT", "PHWT", "", False, False)
found[asked["coefficients"]] = number
model = coot.read_coordinates(asked["model"])
sharpened = found[asked["maps"][0]]
centre = coot.get_molecule_centre(model)
level = coot.get_map_contours_mesh(sharpened, *asked["centre"], asked["radius"], asked["level"])
print("FOUND" + json.dumps({
    "density": {
        name: [coot.get_density_at_position(number, *place) for place in asked["places"][name]]
        for name, number in found.items()
    },
    "rmsd": {name: coot.get_map_rmsd_approx(number) for name, number in found.items()},
    "centre": [centre.x(), centre.y(), centre.z()],
    "atoms": coot.get_number_of_atoms(model),
    "at_atoms": coot.get_mean_and_variance_of_density_for_non_water_atoms(model, sharpened),
    "surface": [list(vertex.pos) for vertex in level.vertices],
}))
"""


def write_model(path: Path, positions: npt.NDArray[np.float64]) -> None:
    """Write atoms at positions, x y z in Å."""
    lines = [
        f"ATOM  {i:5}  CA  ALA A{i:4}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00 20.00           C"
        for i, (x, y, z) in enumerate(positions, 1)
    ]
    path.write_text("\n".join([*lines, "END", ""]), encoding="ascii")


@pytest.fixture(scope="module")
def folder(simulated: SimulatedHalfMaps, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the outputs for half maps that don't begin at the origin, and a model."""
    place = tmp_path_factory.mktemp("coot")
    halves = [
        write_mrc(place / f"half{i}.mrc", half.values, start=START)
        for i, half in enumerate((simulated.half_1, simulated.half_2), 1)
    ]
    map_sharpening.run(
        half_map=[str(path) for path in halves],
        resolution=RESOLUTION,
        output_directory=str(place / "out"),
    )
    middle = [(n / 2 + s) * d for n, s, d in zip(SHAPE[::-1], START, VOXEL_SIZE, strict=True)]
    write_model(place / "out/model.pdb", demo_atoms().centred_at(tuple(middle)).positions[::9])
    return place / "out"


def values_of(path: Path) -> npt.NDArray[np.float32]:
    """Return the values of a file, read by mrcfile."""
    with mrcfile.open(path) as mrc:
        return np.array(mrc.data, dtype=np.float32)


@pytest.fixture(scope="module")
def points() -> npt.NDArray[np.int64]:
    """Return grid points away from the faces of the box, x y z."""
    return np.random.default_rng(0).integers(3, SHAPE[0] - 3, (300, 3))


@pytest.fixture(scope="module")
def coot(folder: Path, points: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return what Coot finds in the outputs."""
    placed = ((points + np.array(START)) * VOXEL_SIZE[0]).tolist()
    coefficients = "sharpened_map_coeffs.mtz"
    asked = {
        "maps": MAPS,
        "coefficients": coefficients,
        "model": "model.pdb",
        "places": {
            **dict.fromkeys(MAPS, placed),
            # coefficients say nothing about where a map begins: that of Coot begins at the origin
            coefficients: (points * VOXEL_SIZE[0]).tolist(),
        },
        "centre": [(SHAPE[0] / 2 + start) * VOXEL_SIZE[0] for start in START],
        "radius": 30.0,
        "level": contour_level(folder),
    }
    return COOT.found_by(["-c", DRIVER, json.dumps(asked)], folder)


def contour_level(folder: Path) -> float:
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return float(results["result"]["contour_level"])


@pytest.mark.parametrize("name", MAPS)
def test_a_map_lies_where_it_should(
    name: str, folder: Path, points: npt.NDArray[np.int64], coot: dict[str, Any]
) -> None:
    x, y, z = points.T
    expected = values_of(folder / name)[z, y, x]
    assert np.ptp(expected) > 0.5
    np.testing.assert_allclose(coot["density"][name], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", MAPS)
def test_cell_and_rmsd_are_those_of_the_file(
    name: str, folder: Path, coot: dict[str, Any]
) -> None:
    again = gemmi.read_ccp4_map(str(folder / f"coot_{name}"))
    edge = SHAPE[0] * VOXEL_SIZE[0]
    assert again.grid.unit_cell.parameters == pytest.approx((edge, edge, edge, 90, 90, 90))
    assert again.grid.shape == SHAPE
    assert coot["rmsd"][name] == pytest.approx(float(values_of(folder / name).std()), rel=1e-4)


def test_coefficients_give_the_map(
    folder: Path, points: npt.NDArray[np.int64], coot: dict[str, Any]
) -> None:
    x, y, z = points.T
    expected = values_of(folder / "sharpened_map.ccp4")[z, y, x]
    found = np.array(coot["density"]["sharpened_map_coeffs.mtz"])
    # Coot interpolates: its grid for coefficients is another one
    assert np.corrcoef(found, expected)[0, 1] > 0.999
    assert found.std() == pytest.approx(float(expected.std()), rel=0.03)
    assert coot["rmsd"]["sharpened_map_coeffs.mtz"] == pytest.approx(1.0, rel=0.01)


def test_the_model_is_in_the_density(folder: Path, coot: dict[str, Any]) -> None:
    cas = gemmi.read_pdb(str(folder / "model.pdb"))[0].all()
    atoms = np.array([cra.atom.pos.tolist() for cra in cas])
    assert coot["atoms"] == len(atoms)
    assert coot["centre"] == pytest.approx(atoms.mean(axis=0).tolist(), abs=0.01)
    grid = atoms / VOXEL_SIZE[0] - np.array(START)
    values = values_of(folder / "sharpened_map.ccp4")
    linear, spline = (
        map_coordinates(values, grid[:, ::-1].T, order=order, mode="grid-wrap").mean()
        for order in (1, 3)
    )
    # Coot interpolates by cubic polynomials of the four nearest points.
    assert 2 < linear < coot["at_atoms"][0] < spline  # in standard deviations of the map


def test_the_contour_is_at_its_level(folder: Path, coot: dict[str, Any]) -> None:
    surface = np.array(coot["surface"])
    assert len(surface) > 1000
    grid = surface / VOXEL_SIZE[0] - np.array(START)
    values = values_of(folder / "sharpened_map.ccp4")
    found = map_coordinates(values, grid[:, ::-1].T, order=1, mode="grid-wrap")
    np.testing.assert_allclose(found, contour_level(folder), atol=2e-3)
