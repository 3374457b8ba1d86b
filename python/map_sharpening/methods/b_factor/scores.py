"""How a trial map is scored."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

from map_sharpening import _core

#: Marks a number that is highest for the best map, so that a search may maximise it.
_TARGET = {"is_target": True}
#: Fields that have another name in the core.
_CORE_NAMES = {"adjusted_sa": "adjusted_surface_area", "sa_ratio": "surface_ratio"}


@dataclass(frozen=True)
class Scores:
    """How detailed and connected a map is; NaN: not measured."""

    #: sa_ratio - region_weight * normalized_regions.
    adjusted_sa: float = field(default=math.nan, metadata=_TARGET)
    #: 3 for Gaussian noise.
    kurtosis: float = field(default=math.nan, metadata=_TARGET)
    #: Of the density in the molecule; 0 for noise.
    skewness: float = field(default=math.nan, metadata=_TARGET)
    sa_ratio: float = math.nan  #: surface over volume of the regions counted
    normalized_regions: float = math.nan  #: regions per voxel of the volume aimed at
    n_regions: int = 0
    level: float = math.nan  #: contour level, units of a map of SD 1
    level_in_sd: float = math.nan  #: (level - mean) / SD

    @classmethod
    def from_core(cls, score: _core.MapScore, region_weight: float) -> Scores:
        """Return the scores of a map from those without a weight of regions."""
        values = {
            name: getattr(score, _CORE_NAMES.get(name, name))
            for name in (of_score.name for of_score in fields(cls))
        }
        if math.isfinite(score.adjusted_surface_area):  # NaN or -inf without regions
            values["adjusted_sa"] -= region_weight * score.normalized_regions
        return cls(**values)


#: The default first.
TARGETS = tuple(
    sorted(
        (of_score.name for of_score in fields(Scores) if "is_target" in of_score.metadata),
        key=lambda name: name != _core.DEFAULT_SCORE_TARGET,
    )
)
