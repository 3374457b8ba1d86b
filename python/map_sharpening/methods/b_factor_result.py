"""What B-factor sharpening finds: the map, all trials and their scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from map_sharpening.map_data import MapData

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """How detailed and connected a map is; NaN where regions were not looked at."""

    adjusted_sa: float  #: sa_ratio - region_weight * normalized_regions
    kurtosis: float  #: 3 for Gaussian noise
    sa_ratio: float  #: surface over volume of the regions looked at
    normalized_regions: float  #: regions per voxel of the volume aimed at
    n_regions: int
    level: float  #: contour level, units of a map of SD 1
    level_in_sd: float  #: (level - mean) / SD


@dataclass(frozen=True)
class Trial:
    """One map that was made and scored."""

    method: str
    b_sharpen: float  #: Å², applied; positive sharpens. NaN: no single B factor
    b_iso: float  #: Å², nominal: what the map has less what was applied
    scores: Scores
    resolution_dependent_b: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class RegionWeight:
    """The weight of the number of regions, and how it came about."""

    value: float
    how: str  #: given, delta_ratio, initial_ratio, or the fixed value and why
    lower_bound: float  #: NaN unless measured
    upper_bound: float


@dataclass(frozen=True)
class WilsonPlot:
    """ln of the mean squared amplitude by shell."""

    s_squared: FloatArray  #: 1/Å²
    ln_before: FloatArray
    ln_after: FloatArray


@dataclass(frozen=True)
class BFactorResult:
    """All that a run of `sharpen_by_b_factor` found."""

    sharpened: MapData  #: mean 0, SD 1 (times output_scale_factor)
    chosen: Trial
    trials: tuple[Trial, ...]  #: in the order in which they were made
    unsharpened: Scores  #: of the map as it is, cut at d_min
    b_iso_before: float  #: Å², Wilson fit of the map given, terms to the resolution
    b_cart: tuple[float, float, float, float, float, float]  #: Å², the whole tensor
    b_iso_nominal: float  #: Å²: b_iso_before - b_sharpen
    b_iso_measured: float  #: Å², Wilson fit of the sharpened map, terms to the resolution;
    #: differs from the nominal one where d_cut is coarser than the resolution
    d_cut: float  #: Å
    d_min: float  #: Å, finest term kept
    resolution: float  #: Å
    solvent_fraction: float | None  #: None: not needed
    solvent_how: str
    region_weight: RegionWeight | None  #: None: not needed
    signal_to_noise: float  #: of the scan's scores; NaN without a scan
    contour_level: float  #: in units of the sharpened map
    wilson_plot: WilsonPlot
    warnings: tuple[str, ...]
