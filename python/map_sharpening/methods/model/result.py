"""What sharpening by a model finds: maps, curves, tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.shown import Reported
from map_sharpening.methods.model.options import ModelOptions
from map_sharpening.methods.shared.direction import AnisotropySummary, DirectionalScale, Tensor
from map_sharpening.methods.shared.option_groups import GIVEN
from map_sharpening.methods.shared.windows import LocalFilter


@dataclass(frozen=True)
class ModelShellTable:
    """One value per resolution shell of equal width in s, to d_min; NaN where it is empty."""

    s: FloatArray  #: middle of the shell, 1/Å
    d: FloatArray  #: 1 / s, Å
    n_terms: npt.NDArray[np.int64]  #: Fourier terms, Friedel mates counted once
    correlation: FloatArray  #: of the masked map with the model
    smooth_correlation: FloatArray  #: the same without its scatter
    expected_correlation: FloatArray  #: that of a perfect map with this model
    accuracy: FloatArray  #: smooth / expected: correlation with the noise-free map, 0 to 1
    rms_amplitude: FloatArray  #: of the map, per unit mask power
    signal_power: FloatArray
    noise_power: FloatArray
    ideal: FloatArray  #: rms amplitude of the model with B = 0, arbitrary scale
    scale: FloatArray  #: radial mean of the factors applied, on the output's scale


@dataclass(frozen=True, repr=False)
class ModelResult(Reported):
    """All that a run of `sharpen_by_model` found."""

    kind: ClassVar[Literal["model"]] = "model"
    sharpened: MapData  #: mean 0, SD 1 (times output_scale_factor)
    sharpened_half_1: MapData | None  #: by the same factors; None where not asked for
    sharpened_half_2: MapData | None
    source_name: str  #: of the map that was sharpened
    mask: MapData | None  #: soft mask 0..1 of the statistics, round the atoms; None: whole box
    mask_fraction: float  #: mean of the mask: share of the box
    shells: ModelShellTable
    resolution: float  #: Å, nominal
    d_min: float  #: Å, finest term kept
    resolution_05: float | None  #: Å, correlation with the model falls below 0.5; None: never
    b_sharpen: float | None  #: Å², fall-off of the signal; positive sharpens; None: too few shells
    rmsd: float  #: Å, error of the model, as used
    fraction_complete: float  #: share of the molecule in the model, as used
    k_sol: float  #: Å⁻²; 0: no bulk solvent
    b_sol: float  #: Å²
    n_atoms: int  #: of the model, those left out on reading too
    n_atoms_in_box: int
    signal_b: Tensor | None  #: traceless B of the signal's amplitudes; None: isotropic
    noise_b: Tensor | None
    directional_scale: DirectionalScale
    contour_level: float  #: recommended, in units of the sharpened map
    options: ModelOptions  #: as used
    warnings: tuple[str, ...]
    seconds: dict[str, float]  #: time by stage
    local_filter: LocalFilter | None = None  #: None for a global run
    #: None for anisotropic=False, and if too few shells determine the directions
    anisotropy: AnisotropySummary | None = None
    resolution_how: str = GIVEN  #: or where it was found
