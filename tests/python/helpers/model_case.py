"""Simulated half maps and the atoms in them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.model.result import ModelResult
from map_sharpening.methods.model.sharpen import sharpen_by_model
from map_sharpening.molecule.atoms import Atoms
from map_sharpening.simulation.demo import demo_atoms
from map_sharpening.simulation.quality import correlations
from map_sharpening.simulation.simulate import SimulatedHalfMaps

SIGNAL_B = (-12.0, -6.0, 18.0, 4.0, -3.0, 5.0)


class Case:
    """Simulated half maps and the atoms where they lie in the box."""

    def __init__(self, maps: SimulatedHalfMaps) -> None:
        self.maps, self.mean = maps, maps.mean
        box = self.mean.box
        self.atoms = demo_atoms().centred_at((box.a / 2, box.b / 2, box.c / 2))

    def sharpened(self, **options: Any) -> ModelResult:
        source = options.pop("source", self.mean)
        atoms = options.pop("atoms", self.atoms)
        options.setdefault("threads", 1)
        return sharpen_by_model(source, atoms, resolution=self.maps.resolution, **options)

    def near_the_atoms(self, found: MapData) -> float:
        maps = self.maps
        return correlations(found, maps.truth, maps.near_atoms, maps.d_min).near_atoms

    def displaced(self, rmsd: float) -> Atoms:
        generator = np.random.default_rng(5)
        step = generator.normal(size=self.atoms.positions.shape) * rmsd / math.sqrt(3)
        return replace(self.atoms, positions=self.atoms.positions + step)
