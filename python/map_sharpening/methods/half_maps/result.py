"""What half-map sharpening finds: maps, curves, tensors; the report is made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from map_sharpening import _core
from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.shown import Reported
from map_sharpening.methods.local_resolution.result import LocalResolutionResult
from map_sharpening.methods.shared.direction import AnisotropySummary, DirectionalScale
from map_sharpening.methods.shared.option_groups import D_MIN_RATIO, GIVEN
from map_sharpening.methods.shared.windows import LocalFilter

if TYPE_CHECKING:
    from map_sharpening.methods.half_maps.density_modification import DensityModification
    from map_sharpening.methods.half_maps.modification_support import ModificationSupport


@dataclass(frozen=True)
class ShellTable:
    """One value per resolution shell of equal width in s; NaN where a shell is empty."""

    s: FloatArray  #: middle of the shell, 1/Å
    d: FloatArray  #: 1 / s, Å
    n_terms: npt.NDArray[np.int64]  #: Fourier terms, Friedel mates counted once
    fsc_unmasked: FloatArray
    fsc_masked: FloatArray
    fsc_randomised: (
        FloatArray  #: masked, phases randomised; equals fsc_masked before randomised_from
    )
    fsc_corrected: FloatArray
    c_ref: FloatArray  #: sqrt(2 FSC / (1 + FSC)) of fsc_corrected
    rms_amplitude: FloatArray  #: of the mean of the halves, masked, per unit mask power
    signal_power: FloatArray  #: fitted smooth curve S
    noise_power: FloatArray  #: fitted smooth curve N (of the mean of the halves)
    ideal: FloatArray  #: rms amplitude of the ideal map, arbitrary scale
    scale: FloatArray  #: radial mean of the factors applied, on the output's scale


@dataclass(frozen=True)
class GuinierFit:
    """Straight line through ln(amplitude) against s²: the B of an isotropic sharpening."""

    b_sharpen: float  #: Å², positive sharpens (RELION prints the negative)
    slope: float  #: of ln(amplitude) against 1/d²; -b_sharpen / 4
    intercept: float
    correlation: float
    d_low: float  #: coarse end of the fit range, Å
    d_high: float  #: fine end, Å
    is_poor: bool  #: the line describes the curve badly; don't trust b_sharpen
    s_squared: FloatArray  #: abscissae of the plot, 1/Å²
    ln_original: FloatArray  #: ln rms amplitude of the mean of the halves
    ln_weighted: FloatArray  #: the same times c_ref
    ln_sharpened: FloatArray  #: ln rms amplitude of the sharpened map


@dataclass(frozen=True, repr=False)
class HalfMapResult(Reported):
    """All that a run of `sharpen_half_maps` found; the report is made from it."""

    kind: ClassVar[Literal["half maps"]] = "half maps"
    sharpened: MapData  #: mean 0, SD 1 (times output_scale_factor)
    sharpened_half_1: MapData | None
    sharpened_half_2: MapData | None
    mask: MapData | None  #: soft mask 0..1 of the statistics; None for mask=False
    mask_fraction: float  #: mean of the mask: share of the box
    shells: ShellTable
    resolution: float  #: Å, nominal
    d_min: float  #: Å, finest term kept
    resolution_0143: float | None  #: Å, corrected FSC falls below 0.143; None: never
    resolution_05: float | None
    randomised_from: float | None  #: Å; None without a mask
    anisotropy: AnisotropySummary | None  #: None: not wanted, d_min > 5.5 Å, or few shells
    guinier: GuinierFit
    ideal_curve: str  #: that amplitudes were compared with
    b_applied: float  #: Å², fall-off of the signal relative to ideal, which was taken off
    b_applied_error: float  #: Å², its standard error
    directional_scale: DirectionalScale  #: of the global filter
    contour_level: float  #: recommended, in units of the sharpened map
    warnings: tuple[str, ...]
    seconds: dict[str, float]  #: time by stage
    local_resolution: LocalResolutionResult | None = None  #: if it was asked for
    local_filter: LocalFilter | None = None  #: None for a global run
    modification: DensityModification | None = None  #: if it was asked for
    half_2_scale: float = 1.0  #: values of half map 2 over those of 1; it was divided by this
    data_end: float | None = None  #: Å, the half maps hold nothing beyond; None: they do
    #: Factors of halves with an uneven spectrum while they were masked; None: none.
    flattening: _core.ScaleFactors | None = None
    resolution_how: str = GIVEN  #: or where it was found

    @property
    def modification_support(self) -> ModificationSupport | None:
        """What one half map confirms of what was added to the other; None: nothing was."""
        return None if self.modification is None else self.modification.support

    @property
    def reaches_further(self) -> bool:
        """Whether finer terms are kept than the resolution given asks for."""
        return self.d_min < D_MIN_RATIO * self.resolution
