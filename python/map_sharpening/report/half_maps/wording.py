"""Words for a half-map run that the log and the HTML report share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from map_sharpening.methods.half_maps.result import AnisotropySummary, HalfMapResult
from map_sharpening.methods.shared.direction import Tensor
from map_sharpening.report.parts.wording import number, principal_values


@dataclass(frozen=True)
class TensorWording:
    """How one tensor of `AnisotropySummary` is introduced."""

    field: str  #: name in AnisotropySummary
    title: str
    legend: str  #: what a positive number means
    note: str


OVERALL_U = TensorWording(
    "overall_u",
    "Overall U removed from the map",
    "positive: amplitudes fall off along this direction",
    "Everything below is what remains after its removal. Three similar numbers followed by "
    "three small ones: nearly isotropic.",
)

#: In the order of the program's documentation. The legends state the signs of `HalfMapResult`.
TENSORS = (
    TensorWording(
        "fall_off",
        "Estimated anisotropic fall-off of the data relative to ideal",
        "positive: amplitudes fall off more along this direction",
        "The map's signal compared with the ideal map, which is the same in all directions.",
    ),
    TensorWording(
        "data",
        "Anisotropy of the data",
        "positive: amplitudes fall off more along this direction",
        "The measured amplitudes compared with their own mean over all directions.",
    ),
    TensorWording(
        "uncertainties",
        "Anisotropy of the uncertainties",
        "positive: uncertainties decrease more along this direction",
        "The errors of the amplitudes, from the differences of the half maps.",
    ),
    TensorWording(
        "scale_factors",
        "Anisotropy of the scale factors",
        "positive: scale factors increase more along this direction",
        "What was applied: weak directions are raised where their signal is sound.",
    ),
)


def tensor_of(summary: AnisotropySummary, wording: TensorWording) -> Tensor:
    """Return the tensor that `wording` introduces."""
    tensor: Tensor = getattr(summary, wording.field)
    return tensor


def principal_spread(tensor: Tensor) -> float:
    """Return the largest minus the smallest principal value of a tensor, in its own units."""
    principal = principal_values(tensor.values)
    return principal[-1] - principal[0]


def resolution_reached(result: HalfMapResult, threshold: float) -> str:
    """Return the resolution at an FSC threshold of 0.143 or 0.5, in words if there's none."""
    value = result.resolution_0143 if threshold == 0.143 else result.resolution_05
    if value is not None:
        return f"{value:.2f} Å"
    known = np.isfinite(result.shells.fsc_corrected) & np.isfinite(result.shells.d)
    if not known.any():
        return "not known: no FSC"
    return f"no crossing down to {float(result.shells.d[known].min()):.2f} Å"


def guinier_quality(result: HalfMapResult) -> str:
    """Return the quality of the Guinier fit in words."""
    fit = result.guinier
    verdict = "poor fit, don't rely on it" if fit.is_poor else "good fit"
    return (
        f"{verdict}; correlation {number(fit.correlation, 3)}, "
        f"{number(fit.d_low, 1)} to {number(fit.d_high, 2)} Å"
    )


def mask_description(result: HalfMapResult) -> str:
    """Return in words where the statistics were taken."""
    if result.mask is None:
        return "none: statistics of the whole box"
    share = f"{100 * result.mask_fraction:.1f} % of the box"
    if result.randomised_from is None:
        return share
    return f"{share}; phases randomised beyond {result.randomised_from:.2f} Å"
