"""Words for a run by a model that the log and the HTML report share."""

from __future__ import annotations

import math

import numpy as np

from map_sharpening.methods.model.result import ModelResult
from map_sharpening.methods.shared.direction import Tensor
from map_sharpening.report.parts.wording import number, principal_values

ACCURACY = (
    "Accuracy: the correlation over that of a perfect map with a model of this error and "
    "completeness, at most what the noise of half maps or solvent allows. Its square is the "
    "share of the map's power that is signal."
)
FALL_OFF = "fall-off of the signal's amplitudes; positive sharpens"


def agreement(result: ModelResult) -> str:
    """Return in words the resolution to which map and model agree."""
    if result.resolution_05 is not None:
        return f"{result.resolution_05:.2f} Å"
    curve = result.shells.smooth_correlation
    known = curve[np.isfinite(curve)]
    if not known.size or known.max() < 0.5:
        return "nowhere"
    return f"all, to {result.d_min:.2f} Å"


def model_error(result: ModelResult) -> tuple[str, str]:
    """Return the error of the model, and where it is from."""
    options = result.options
    assumed = options.rmsd_resolution_factor * options.resolution
    if options.rmsd is not None:
        how = "given"
    elif math.isclose(result.rmsd, assumed):
        how = f"assumed, {options.rmsd_resolution_factor:g} times the resolution"
    else:
        how = "rms, as the half maps tell"
    return f"{result.rmsd:.2f} Å", how


def completeness(result: ModelResult) -> tuple[str, str]:
    """Return the share of the molecule in the model, and where it is from."""
    is_given = result.options.fraction_complete is not None
    how = "given" if is_given else "from the highest correlation"
    return f"{100 * result.fraction_complete:.0f} %", how


def fall_off(result: ModelResult) -> str:
    """Return the B factor of the signal."""
    if result.b_sharpen is None:
        return "not known: too few shells"
    return f"{number(result.b_sharpen, 1)} Å²"


def bulk_solvent(result: ModelResult) -> tuple[str, str]:
    """Return what of bulk solvent was put beside the model for the comparison."""
    is_given = result.options.k_sol is not None
    if result.k_sol == 0:
        return "none", "as given" if is_given else "it would not raise the correlation"
    how = "as given" if is_given else "fitted"
    return f"k {result.k_sol:.2f}, B {result.b_sol:.0f}", f"Å⁻² and Å², {how}"


def mask_description(result: ModelResult) -> str:
    """Return in words where the statistics were taken."""
    if result.mask is None:
        return "none: statistics of the whole box"
    return f"{100 * result.mask_fraction:.1f} % of the box"


def atoms_in_map(result: ModelResult) -> str:
    """Return how many of the atoms lie in the map."""
    if result.n_atoms_in_box == result.n_atoms:
        return f"all {result.n_atoms} in the map"
    return f"{result.n_atoms_in_box} of {result.n_atoms} in the map"


def tensors(result: ModelResult) -> list[tuple[str, str, Tensor]]:
    """Return title, legend and tensor of what depends on direction; empty for isotropic runs."""
    found = []
    if result.signal_b is not None:
        legend = "positive: the signal falls off more along this direction"
        found.append(("Anisotropy of the signal", legend, result.signal_b))
    if result.noise_b is not None:
        legend = "positive: the noise falls off more along this direction"
        found.append(("Anisotropy of the noise", legend, result.noise_b))
    return found


def spread(tensor: Tensor) -> str:
    """Return how far the largest and smallest principal values of a B are apart."""
    low, _, high = principal_values(tensor.values)
    return f"{number(high - low, 1)} Å²"
