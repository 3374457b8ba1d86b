"""Fast and wrong is no result: what every program's map must hold."""

from __future__ import annotations

import numpy as np

from bench.speed.inputs import Input
from bench.speed.processes import ProgramFailedError
from map_sharpening.maps.map_data import MapData
from map_sharpening.simulation.quality import correlations

SAME_MAP = 0.99999  #: our maps, by whatever way they were made
_OTHERS_SHARE = 0.9  #: of the plain mean's correlation that every program must reach


class Answers:
    """Checks the maps that programs made of one pair of half maps."""

    def __init__(self, maps: Input) -> None:
        self._maps = maps
        self._truth, self._near_atoms = maps.truth(), maps.near_atoms()
        self._plain_mean = self._near(maps.mean())
        self._ours: dict[str, MapData] = {}  # a global map in a comparison of local ones differs

    @property
    def plain_mean(self) -> float:
        """Return the correlation with the truth of the mean of the half maps."""
        return self._plain_mean

    def check(self, name: str, made: MapData) -> float:
        """Return the map's correlation with the truth near the atoms.

        Raises
        ------
        ProgramFailedError
            If the map is not what this program should make.
        """
        near = self._near(made)
        is_ours = name.startswith(("numerical", "command", "local", "global", "workers"))
        needed = self._plain_mean * (1.0 if is_ours else _OTHERS_SHARE)
        if not near > needed:
            raise ProgramFailedError(
                f"the map of {name} correlates with the truth by {near:.4f}; "
                f"expected above {needed:.4f}"
            )
        kind = "global" if name.startswith("global") else "ours"
        if is_ours and kind not in self._ours:
            self._ours[kind] = made
        elif is_ours:
            first = self._ours[kind].values
            same = float(np.corrcoef(made.values.ravel(), first.ravel())[0, 1])
            if not same > SAME_MAP:
                raise ProgramFailedError(
                    f"the map of {name} correlates with our first one by {same:.6f}; "
                    f"expected above {SAME_MAP}"
                )
        return near

    def _near(self, made: MapData) -> float:
        return correlations(made, self._truth, self._near_atoms, self._maps.d_min).near_atoms
