"""The words of a run of every kind, to try keywords in each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
from examples import is_fast_suite
from half_map_files import RESOLUTION, VOXEL_SIZE, write_mrc
from model_files import write_model

from map_sharpening.io.reflections import write_map_coefficients
from map_sharpening.maps.grids import as_map
from map_sharpening.parameters.use import Kind
from map_sharpening.simulation.simulate import SimulatedHalfMaps

#: Kind and words by name.
Runs = Mapping[str, tuple[Kind, list[str]]]
#: Of all runs.
NAMES = (
    "half maps",
    "half maps, local",
    "half maps, modified",
    "model",
    "model, local",
    "model, half maps",
    "one map",
    "given",
    "curve",
    "regions",
    "box",
    "box by density",
    "one map, local",
    "half maps, b-factor",
    "model, b-factor",
    "external map",
    "coefficients",
    "coefficients, model",
)


#: One for each function that plans, globally and locally.
IN_FAST_SUITE = (
    "half maps",
    "half maps, local",
    "model",
    "model, local",
    "coefficients",
    "one map",
    "one map, local",
)


def runs_to_try(runs: Runs, kinds: Collection[Kind]) -> list[list[str]]:
    """Return the words of all runs of these kinds; in the fast suite of the last of each kind."""
    if is_fast_suite():
        return [words for kind, words in dict(runs.values()).items() if kind in kinds]
    return [words for kind, words in runs.values() if kind in kinds]


def runs_of_all_kinds(
    folder: Path, half_files: tuple[Path, Path], simulated: SimulatedHalfMaps, *, every: int = 1
) -> Runs:
    """Return the runs that `NAMES` lists, with one in `every` of the model's atoms.

    The crystal is small where the model is.
    """
    values = np.ascontiguousarray(simulated.half_1.values)
    full = f"full_map={write_mrc(folder / 'full.mrc', values)}"
    model = f"model={write_model(folder / 'model.cif', every=every)}"
    halves = [f"half_map={path}" for path in half_files]
    cell = values if every == 1 else np.ascontiguousarray(values[:24, :24, :24])
    write_map_coefficients(folder / "a.mtz", as_map(cell, VOXEL_SIZE, "full"), RESOLUTION)
    crystal = f"mtz_in={folder / 'a.mtz'}"
    runs: Runs = {
        "half maps": ("shells", halves),
        "half maps, local": ("shells", [*halves, "local_sharpen=True"]),
        "half maps, modified": ("shells", [*halves, "density_modification=True"]),
        "model": ("model", [full, model]),
        "model, local": ("model", [full, model, "local_sharpen=True"]),
        "model, half maps": ("model", [*halves, model, "model_sharpen=True"]),
        "one map": ("b-factor", [full]),
        "given": ("b-factor", [full, "b_sharpen=30"]),
        "curve": ("b-factor", [full, "resolution_dependent_b=0.2 0.1 -0.5"]),
        "regions": ("b-factor", [full, "residual_target=adjusted_sa"]),
        "box": ("b-factor", [full, "box_in_auto_sharpen=True", "box_size=20 20 20"]),
        "box by density": ("b-factor", [full, "density_select_in_auto_sharpen=True"]),
        "one map, local": ("b-factor", [full, "local_sharpening=True", "box_size=25 25 25"]),
        "half maps, b-factor": ("b-factor", [*halves, "sharpening_method=b-factor"]),
        "model, b-factor": ("b-factor", [full, model, "sharpening_method=b-factor"]),
        "external map": ("b-factor", [full, f"external_map_file={half_files[1]}"]),
        "coefficients": ("b-factor", [crystal]),
        "coefficients, model": ("model", [crystal, model]),
    }
    assert tuple(runs) == NAMES
    return runs
