"""Real maps and their models: B-factor sharpening brings the one nearer to the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import gemmi
import numpy as np
import numpy.typing as npt
import pytest
import scipy.fft
from real_data import DATA, needs_data

from map_sharpening import sharpen_by_b_factor
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.maps import read_map
from map_sharpening.io.models import read_atoms
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.shared.soft_masks import atom_mask
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.crystal import atoms_of_cell
from map_sharpening.molecule.model_map import model_coefficients

pytestmark = needs_data
FloatMap = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Fit:
    """A model at rest (B = 0) on a map's grid, to compare maps with near its atoms."""

    density: FloatMap
    near: npt.NDArray[np.bool_]
    d_min: float
    voxel_size: tuple[float, float, float]

    @classmethod
    def of(cls, map_data: MapData, atoms: Atoms, d_min: float, *, wrapping: bool) -> Fit:
        coefficients = model_coefficients(
            map_data, atoms, b_iso=0.0, d_min=d_min, periodic=wrapping
        )
        density = scipy.fft.irfftn(coefficients, s=map_data.values.shape)
        near = atom_mask(map_data, atoms, 3.0, 0.0, periodic=wrapping) > 0.5
        return cls(density.astype(np.float32), near, d_min, map_data.voxel_size)

    def correlation(self, values: FloatMap) -> float:
        return float(np.corrcoef(values[self.near], self.density[self.near])[0, 1])


def shell_correlation(one: FloatMap, other: FloatMap, mask: FloatMap, step: float) -> list[float]:
    """Return the Fourier shell correlation of two masked cubic maps, 20 shells to Nyquist."""
    a, b = (scipy.fft.rfftn(values * mask) for values in (one, other))
    n = one.shape[0]
    k = [np.fft.fftfreq(n, step), np.fft.fftfreq(n, step), np.fft.rfftfreq(n, step)]
    s = np.sqrt(k[0][:, None, None] ** 2 + k[1][None, :, None] ** 2 + k[2][None, None, :] ** 2)
    shell = np.minimum((s * 2 * step * 20).astype(int), 20)
    sums = [
        np.bincount(shell.ravel(), np.real(x * np.conj(y)).ravel(), 21)[:20]
        for x, y in ((a, b), (a, a), (b, b))
    ]
    return list(sums[0] / np.sqrt(sums[1] * sums[2]))


# EMD-3488, with two models of it

RESOLUTION = 3.2
VARIANTS = ("deposited", "blurred by 100", "with noise")


@lru_cache
def deposited() -> MapData:
    return read_map(DATA / "em" / "emd_3488.mrc")[0]


@lru_cache
def variant(name: str) -> MapData:
    given = deposited()
    nz, ny, nx = given.values.shape
    s_squared = (
        np.fft.fftfreq(nz, given.voxel_size[2])[:, None, None] ** 2
        + np.fft.fftfreq(ny, given.voxel_size[1])[None, :, None] ** 2
        + np.fft.rfftfreq(nx, given.voxel_size[0])[None, None, :] ** 2
    )
    values = given.values
    if name != "deposited":
        blurred = scipy.fft.rfftn(values) * np.exp(-100 * s_squared / 4)
        values = scipy.fft.irfftn(blurred, s=values.shape).astype(np.float32)
    if name == "with noise":
        noise = np.random.default_rng(5).normal(size=values.shape).astype(np.float32)
        values = values + np.float32(0.05 * values.std()) * noise
    return given.with_values(values)


@lru_cache
def sharpened(name: str) -> MapData:
    return sharpen_by_b_factor(variant(name), resolution=RESOLUTION).sharpened


@lru_cache
def fit(model: str) -> Fit:
    atoms = read_atoms(DATA / "em" / model)
    return Fit.of(deposited(), atoms, 0.833 * RESOLUTION, wrapping=False)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "gain"), [("5me2.pdb", 0.015), ("5ni1_updated.cif", 0.03)])
@pytest.mark.parametrize("name", VARIANTS[1:])
def test_map_that_was_blurred_fits_its_model_better(name: str, gain: float, model: str) -> None:
    before = fit(model).correlation(variant(name).values)
    assert fit(model).correlation(sharpened(name).values) > before + gain


@pytest.mark.slow
@pytest.mark.parametrize("model", ["5me2.pdb", "5ni1_updated.cif"])
def test_map_that_its_authors_sharpened_fits_its_model_no_worse(model: str) -> None:
    before = fit(model).correlation(variant("deposited").values)
    assert fit(model).correlation(sharpened("deposited").values) > before - 0.002


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_better_model_fits_the_sharpened_map_better(name: str) -> None:
    values = sharpened(name).values
    better, other = (fit(model).correlation(values) for model in ("5ni1_updated.cif", "5me2.pdb"))
    assert better > other


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_shell_correlation_with_the_model_is_kept(name: str) -> None:
    of = fit("5ni1_updated.cif")
    atoms = read_atoms(DATA / "em" / "5ni1_updated.cif")
    mask = atom_mask(deposited(), atoms, 3.0, 2.0)
    before, after = (
        shell_correlation(given.values, of.density, mask, 1.05)[2:12]
        for given in (variant(name), sharpened(name))
    )
    assert min(np.subtract(after, before)) > -0.03


# Crystals

CRYSTALS = {
    "1cbs_map.mtz": "1cbs.cif.gz",
    "5a3h_sigmaa.mtz": "5a3h.pdb",
    "5wkd_phases.mtz.gz": "5wkd.pdb",
    "moorhen-tutorial-map-number-1.mtz": "moorhen-tutorial-structure-number-1.ent",
    "moorhen-tutorial-map-number-4.mtz": "moorhen-tutorial-structure-number-4.ent",
    "rnasa-1.8-all_refmac1.mtz": "tutorial-modern.pdb",
}
# The density compared with is that which electrons see, a little smoother than that of X-rays;
# of the smallest cell, 367 reflections, more is lost.
LARGEST_LOSS = {"5wkd_phases.mtz.gz": 0.015}


@pytest.mark.slow
@pytest.mark.parametrize("coefficients", CRYSTALS)
def test_crystal_map_fits_its_model_no_worse(coefficients: str) -> None:
    map_data, info, _ = read_map_coefficients(DATA / "xtal" / coefficients)
    group = gemmi.SpaceGroup(info.space_group)
    atoms = read_atoms(DATA / "xtal" / CRYSTALS[coefficients])
    whole = atoms_of_cell(atoms, group, map_data.position.cell)
    of = Fit.of(map_data, whole, info.d_min, wrapping=True)
    found = sharpen_by_b_factor(map_data, resolution=info.d_min, wrapping=True)
    before = of.correlation(map_data.values)
    assert of.correlation(found.sharpened.values) > before - LARGEST_LOSS.get(coefficients, 0.005)
