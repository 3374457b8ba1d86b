"""Sharpen cryo-EM and crystallographic maps.

Examples
--------
>>> import map_sharpening
>>> result = map_sharpening.sharpen_half_maps("half1.mrc", "half2.mrc", resolution=3.1)
>>> map_sharpening.save_map("sharpened.mrc", result.sharpened)
>>> map_sharpening.run(half_map=["half1.mrc", "half2.mrc"], resolution=3.1)
"""

from map_sharpening import _openmp as _openmp  # first: it says how the core's threads wait

# isort: split
import importlib
from typing import TYPE_CHECKING, Any

from map_sharpening import outer
from map_sharpening._core import __version__
from map_sharpening.errors import MapSharpeningError, MapSharpeningWarning
from map_sharpening.run import RunOutcome, run
from map_sharpening.sdk import get_cmake_dir

if TYPE_CHECKING:
    from map_sharpening.io.maps import load_map, read_map, save_map
    from map_sharpening.io.models import read_atoms
    from map_sharpening.io.ncs import read_ncs
    from map_sharpening.io.scratch import ScratchFolder
    from map_sharpening.maps.map_data import MapData, MapPosition, UnitCell
    from map_sharpening.methods.b_factor.options import BFactorOptions
    from map_sharpening.methods.b_factor.result import BFactorResult
    from map_sharpening.methods.b_factor.sharpen import sharpen_by_b_factor
    from map_sharpening.methods.external_map import ExternalMapResult, sharpen_by_external_map
    from map_sharpening.methods.half_maps.density_modification import DensityModification
    from map_sharpening.methods.half_maps.options import HalfMapOptions
    from map_sharpening.methods.half_maps.resolution import (
        AgreedResolution,
        resolution_of_half_maps,
    )
    from map_sharpening.methods.half_maps.result import HalfMapResult
    from map_sharpening.methods.half_maps.sharpen import modify_density, sharpen_half_maps
    from map_sharpening.methods.local_resolution.measure import local_resolution
    from map_sharpening.methods.local_resolution.options import LocalResolutionOptions
    from map_sharpening.methods.local_resolution.result import LocalResolutionResult
    from map_sharpening.methods.model.options import ModelOptions
    from map_sharpening.methods.model.result import ModelResult
    from map_sharpening.methods.model.sharpen import sharpen_by_model
    from map_sharpening.molecule.atoms import Atoms
    from map_sharpening.molecule.ncs import NcsGroup
    from map_sharpening.simulation.simulate import SimulatedHalfMaps, simulate_half_maps

__all__ = [
    "AgreedResolution",
    "Atoms",
    "BFactorOptions",
    "BFactorResult",
    "DensityModification",
    "ExternalMapResult",
    "HalfMapOptions",
    "HalfMapResult",
    "LocalResolutionOptions",
    "LocalResolutionResult",
    "MapData",
    "MapPosition",
    "MapSharpeningError",
    "MapSharpeningWarning",
    "ModelOptions",
    "ModelResult",
    "NcsGroup",
    "RunOutcome",
    "ScratchFolder",
    "SimulatedHalfMaps",
    "UnitCell",
    "__version__",
    "get_cmake_dir",
    "load_map",
    "local_resolution",
    "modify_density",
    "read_atoms",
    "read_map",
    "read_ncs",
    "resolution_of_half_maps",
    "run",
    "save_map",
    "sharpen_by_b_factor",
    "sharpen_by_external_map",
    "sharpen_by_model",
    "sharpen_half_maps",
    "simulate_half_maps",
]

#: Where names are found that are loaded when they are first used, as they need other libraries.
_HOMES = {
    "AgreedResolution": "methods.half_maps.resolution",
    "Atoms": "molecule.atoms",
    "BFactorOptions": "methods.b_factor.options",
    "BFactorResult": "methods.b_factor.result",
    "DensityModification": "methods.half_maps.density_modification",
    "ExternalMapResult": "methods.external_map",
    "HalfMapOptions": "methods.half_maps.options",
    "HalfMapResult": "methods.half_maps.result",
    "LocalResolutionOptions": "methods.local_resolution.options",
    "LocalResolutionResult": "methods.local_resolution.result",
    "MapData": "maps.map_data",
    "MapPosition": "maps.map_data",
    "ModelOptions": "methods.model.options",
    "ModelResult": "methods.model.result",
    "NcsGroup": "molecule.ncs",
    "ScratchFolder": "io.scratch",
    "SimulatedHalfMaps": "simulation.simulate",
    "UnitCell": "maps.map_data",
    "load_map": "io.maps",
    "local_resolution": "methods.local_resolution.measure",
    "modify_density": "methods.half_maps.sharpen",
    "read_atoms": "io.models",
    "read_map": "io.maps",
    "read_ncs": "io.ncs",
    "resolution_of_half_maps": "methods.half_maps.resolution",
    "save_map": "io.maps",
    "sharpen_by_b_factor": "methods.b_factor.sharpen",
    "sharpen_by_external_map": "methods.external_map",
    "sharpen_by_model": "methods.model.sharpen",
    "sharpen_half_maps": "methods.half_maps.sharpen",
    "simulate_half_maps": "simulation.simulate",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


outer.register(
    {
        "html_of_map": "map_sharpening.presenting.notebook",
        "html_of_result": "map_sharpening.presenting.notebook",
        "map_of": "map_sharpening.presenting.others",
        "plots_of": "map_sharpening.presenting.plots",
        "read_atoms": "map_sharpening.io.models",
        "report": "map_sharpening.presenting.files",
        "save_map": "map_sharpening.io.maps",
        "save_result": "map_sharpening.presenting.files",
        "summary": "map_sharpening.presenting.files",
        "to_gemmi": "map_sharpening.presenting.others",
        "to_mrcfile": "map_sharpening.presenting.others",
    }
)


def __dir__() -> list[str]:
    return sorted(__all__)
