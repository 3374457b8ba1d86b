"""What B-factor sharpening finds: the map, all trials and their scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar, Literal

import numpy as np

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.shown import Reported
from map_sharpening.methods.b_factor.options import BFactorOptions
from map_sharpening.methods.b_factor.scores import Scores
from map_sharpening.methods.b_factor.signal_share import SignalShare
from map_sharpening.methods.shared.option_groups import GIVEN
from map_sharpening.methods.shared.shell_scaling import ShellScale


@dataclass(frozen=True)
class Trial:
    """One map that was made and scored."""

    method: str
    b_sharpen: float  #: Å², applied; positive sharpens. NaN: no single B factor
    b_iso: float  #: Å², nominal: that of the map minus what was applied
    scores: Scores
    resolution_dependent_b: tuple[float, float, float] | None = None
    d_cut: float | None = None  #: Å; None: no cut
    b_blur_hires: float | None = None  #: Å², beyond d_cut
    shell_scale: ShellScale | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """What distinguishes it from other trials, apart from its scores."""
        # NaN differs from itself, its text does not.
        b_sharpen, curve = str(self.b_sharpen), self.resolution_dependent_b
        return (self.method, b_sharpen, curve, self.d_cut, self.b_blur_hires)


@dataclass(frozen=True)
class RegionWeight:
    """The weight of the number of regions, and where it comes from."""

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
class WorkingVolume:
    """The part of the map that trials are scored in; the map's own B is of the whole map."""

    kind: str  #: whole map, density box, cut-out box, box of the model
    first: tuple[int, int, int]  #: grid point x, y, z of its corner, from the map's first
    last: tuple[int, int, int]  #: of the opposite corner, included
    share: float  #: of the map's voxels
    how: str  #: why this volume, one line


@dataclass(frozen=True)
class LocalBFactor:
    """What local B-factor sharpening found: a B for each place."""

    b_sharpen: MapData  #: Å² applied at each voxel, besides what the whole map got
    centres: FloatArray  #: of the tiles, shape (n, 3), x y z, Å, in the map's frame
    b_sharpen_of_tiles: FloatArray  #: Å², shape (n,)
    smoothing_radius: float  #: Å

    @property
    def varies(self) -> bool:
        """Whether B varies, as it does unless one trial map was selected for all places."""
        return bool(np.ptp(self.b_sharpen.values) > 0)

    @property
    def extremes(self) -> tuple[float, float, float] | None:
        """The lowest, the highest and the mean B in Å²; None where nothing is known."""
        values = self.b_sharpen.values
        known = values[np.isfinite(values)].astype(np.float64)
        return (known.min(), known.max(), known.mean()) if known.size else None


@dataclass(frozen=True, repr=False)
class BFactorResult(Reported):
    """All that a run of `sharpen_by_b_factor` found."""

    kind: ClassVar[Literal["b-factor"]] = "b-factor"
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
    resolution: float  #: Å, nominal
    solvent_fraction: float | None  #: None: not needed
    solvent_how: str
    region_weight: RegionWeight | None  #: None: not needed
    signal_to_noise: float  #: of the scan's scores; NaN without a scan
    contour_level: float  #: in units of the sharpened map
    wilson_plot: WilsonPlot
    options: BFactorOptions  #: as used
    volume: WorkingVolume  #: what was scored
    local: LocalBFactor | None  #: None: one B for the whole map
    warnings: tuple[str, ...]
    seconds: dict[str, float]  #: time by stage
    signal_share: SignalShare | None = None  #: by which terms were weighted; None: they were not
    unweighted: str = ""  #: why they were not, if that was considered
    #: Whether the map seems filtered, masked or sharpened before; None: not looked at.
    was_treated: bool | None = None
    #: Å², of a map that was treated: fall-off relative to an ideal one, without which its score is
    #: not trusted.
    b_of_fall_off: float | None = None
    is_anisotropy_removed: bool = True  #: by what was applied; a map left as it is keeps it
    resolution_how: str = GIVEN  #: or where it was found

    @property
    def why_not_local(self) -> str:
        """Why B is the same everywhere though it was to vary; empty: it varies, or was not to."""
        if self.local is not None or not self.options.local.local_sharpening:
            return ""
        is_left = self.chosen.method == "no_sharpening"
        return "the map is left as it is" if is_left else "the map's scale is no B factor"

    @property
    def chosen_trial(self) -> Trial | None:
        """The chosen one of the trials, which may have been scored again; None: none of them."""
        itself = (trial for trial in self.trials if trial is self.chosen)
        alike = (trial for trial in self.trials if trial.identity == self.chosen.identity)
        return next(chain(itself, alike), None)

    @property
    def chosen_place(self) -> int | None:
        """The index of the chosen trial among all; None if it is not one of them."""
        chosen = self.chosen_trial
        return next((i for i, trial in enumerate(self.trials) if trial is chosen), None)

    @property
    def trials_by_method(self) -> dict[str, list[Trial]]:
        """The trials of each method, both in the order in which they were made."""
        groups: dict[str, list[Trial]] = {}
        for trial in self.trials:
            groups.setdefault(trial.method, []).append(trial)
        return groups

    def score_of(self, scores: Scores) -> float:
        """Return the score that trials were compared by; NaN if it was not found."""
        value: float = getattr(scores, self.options.score.residual_target)
        return value

    def best_of(self, trials: Sequence[Trial]) -> Trial:
        """Return the chosen trial if it is among these, else the one that scores highest."""
        chosen = self.chosen_trial

        def rank(trial: Trial) -> tuple[bool, float]:
            score = self.score_of(trial.scores)
            return trial is chosen, -math.inf if math.isnan(score) else score

        return max(trials, key=rank)
