"""The trial maps of local sharpening as files: written by one run, read by a later one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from map_sharpening._core import __version__
from map_sharpening.errors import MapFileError, MapValueError
from map_sharpening.io.maps import read_map, write_map
from map_sharpening.maps.grids import require_same_grid
from map_sharpening.maps.map_data import FloatMap, MapData

_LABEL = "local trial map, not for deposition, b_sharpen="


def trial_map_file(name: Path, index: int) -> Path:
    """Return the name of a trial map, counted from 0, from the name without number."""
    return name.with_name(f"{name.stem}_{index + 1:02d}{name.suffix}")


class TrialMapWriter:
    """Writes each trial map when it is first made, where a run stages its outputs."""

    def __init__(
        self, source: MapData, name: Path, temporary_path: Callable[[Path], Path]
    ) -> None:
        self._source = source
        self._name = name
        self._temporary_path = temporary_path
        self._written: set[int] = set()

    def __call__(self, index: int, b_sharpen: float, make: Callable[[], FloatMap]) -> FloatMap:
        """Return the trial map."""
        values = make()
        if index not in self._written:
            self._written.add(index)
            label = f"map_sharpening {__version__} {_LABEL}{b_sharpen:.3f}"
            place = self._temporary_path(trial_map_file(self._name, index))
            write_map(place, self._source.with_values(values), labels_added=[label])
        return values


def require_trial_map(path: Path) -> None:
    """Check that a trial map is there.

    Raises
    ------
    MapFileError
        If it isn't.
    """
    if not path.is_file():
        raise MapFileError(
            f"{path} does not exist; write the trial maps first, by a run with "
            "write_sharpened_maps=True and the same parameters"
        )


class TrialMapReader:
    """Reads the trial maps that an earlier run wrote."""

    def __init__(self, source: MapData, name: Path) -> None:
        self._source = source
        self._name = name

    def __call__(self, index: int, b_sharpen: float, make: Callable[[], FloatMap]) -> FloatMap:
        """Return the map of the file.

        Raises
        ------
        MapFileError
            If it isn't there.
        MapValueError
            If it is a map of another B factor.
        GridMismatchError
            If it is on another grid.
        """
        path = trial_map_file(self._name, index)
        require_trial_map(path)
        found, _ = read_map(path)
        require_same_grid(self._source, found)
        expected = f"{_LABEL}{b_sharpen:.3f}"
        if not any(label.strip().endswith(expected) for label in found.position.labels):
            raise MapValueError(
                f"{path} is not the trial map of b_sharpen {b_sharpen:.3f} Å²: it was written by "
                "a run with other parameters or another map; write the trial maps anew"
            )
        return found.values
