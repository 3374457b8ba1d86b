"""All measures of one map: what is the same for every map of a model is made once."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.quality.case_files import MASK_RADIUS, soft_mask
from bench.quality.measures.connectivity import at_molecular_volume
from bench.quality.measures.map_model_fsc import map_model_fsc
from bench.quality.measures.model_atoms import ModelAtoms, read_model_atoms
from bench.quality.measures.q_score import q_points, q_scores
from map_sharpening import _core
from map_sharpening.io.models import read_atoms
from map_sharpening.maps.map_data import MapData
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.molecule.model_density import density_coefficients
from map_sharpening.molecule.model_map import points_near_atoms
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import D_MIN_RATIO, NEAR_RADIUS

SIGMAS = (0.4, 0.6)  #: Å, of the atom that Q-scores compare with


class TrueModel:
    """A true model on the grid of its maps, with all that the measures take from it."""

    def __init__(self, path: Path, grid: MapData, resolution: float) -> None:
        place = np.asarray(grid.position.first_point)
        self.resolution = resolution
        self.d_min = max(grid.nyquist, D_MIN_RATIO * resolution)
        scattering = read_atoms(path)
        scattering = replace(scattering, positions=scattering.positions - place)
        self.atoms: ModelAtoms = read_model_atoms(path, place)
        coefficients = density_coefficients(scattering, 0.0, grid.values.shape, grid.box)
        density = _core.inverse_transform(coefficients, grid.values.shape[2])
        self.density = grid.with_values(density, "true model")
        self.near_atoms = points_near_atoms(scattering, grid.shape, grid.box, NEAR_RADIUS)
        solid = points_near_atoms(scattering, grid.shape, grid.box, MASK_RADIUS)
        self.mask = soft_mask(solid, max(grid.voxel_size))
        weakest = _plain(self.atoms, self.atoms.is_weakest)
        self.near_weakest = points_near_atoms(weakest, grid.shape, grid.box, NEAR_RADIUS)
        self.q_points = q_points(self.atoms.positions)

    def measures(self, map_data: MapData) -> dict[str, float]:
        """Return all measures of a map on this grid, by name."""
        found: dict[str, float] = {}
        for where, mask in (("box", None), ("mask", self.mask)):
            fsc = map_model_fsc(map_data, self.density, self.resolution, mask)
            found |= {f"fsc_{where}_{name}": value for name, value in asdict(fsc).items()}
        for sigma in SIGMAS:
            found |= self._q(map_data, sigma)
        found |= asdict(at_molecular_volume(map_data, self.atoms, self.near_atoms))
        for where, near in (("near", self.near_atoms), ("near_weakest", self.near_weakest)):
            both = correlations(map_data, self.density, near, self.d_min)
            found[f"correlation_{where}"] = both.near_atoms
        return found

    def _q(self, map_data: MapData, sigma: float) -> dict[str, float]:
        scores = q_scores(map_data, self.q_points, sigma)
        atoms = self.atoms
        parts = {
            "": np.ones(len(atoms), bool),
            "_backbone": atoms.is_backbone,
            "_side_chains": atoms.is_side_chain,
            "_others": ~(atoms.is_backbone | atoms.is_side_chain),
            "_weakest": atoms.is_weakest,
        }
        scored = np.isfinite(scores)
        name = f"q_{sigma:g}"
        return {
            f"{name}{part}": float(scores[those & scored].mean())
            if (those & scored).any()
            else math.nan
            for part, those in parts.items()
        }


def _plain(atoms: ModelAtoms, which: npt.NDArray[np.bool_]) -> Atoms:
    """Return some of the atoms where only their places count."""
    places = atoms.positions[which]
    return Atoms(places, np.full(len(places), "C"), np.ones(len(places)))
