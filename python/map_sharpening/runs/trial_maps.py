"""The trial maps of local sharpening as files: written by one run, read by a later one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from map_sharpening._core import __version__
from map_sharpening.errors import MapFileError, MapValueError
from map_sharpening.io.maps import read_map, write_map
from map_sharpening.maps.grids import require_same_grid
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.methods.b_factor.tiles import TrialMapSource

_LABEL = "local trial map, not for deposition, b_sharpen="


def trial_map_file(name: Path, index: int) -> Path:
    """Return the name of a trial map, counted from 0, from the name without number."""
    return name.with_name(f"{name.stem}_{index + 1:02d}{name.suffix}")


def written_trial_maps(
    source: MapData, name: Path, temporary_path: Callable[[Path], Path]
) -> TrialMapSource:
    """Return what writes each trial map when it is first made, where a run stages its outputs."""
    written: set[int] = set()

    def made(index: int, b_sharpen: float, make: Callable[[], FloatMap]) -> FloatMap:
        values = make()
        if index not in written:
            written.add(index)
            label = f"map_sharpening {__version__} {_LABEL}{b_sharpen:.3f}"
            place = temporary_path(trial_map_file(name, index))
            write_map(place, source.with_values(values), labels_added=[label])
        return values

    return made


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


def stored_trial_maps(source: MapData, name: Path) -> TrialMapSource:
    """Return what reads the trial maps that an earlier run wrote.

    What it raises: MapFileError, if one isn't there; MapValueError, if it is a map of another B
    factor; GridMismatchError, if it is on another grid.
    """

    def found(index: int, b_sharpen: float, make: Callable[[], FloatMap]) -> FloatMap:
        path = trial_map_file(name, index)
        require_trial_map(path)
        stored, _ = read_map(path)
        require_same_grid(source, stored)
        expected = f"{_LABEL}{b_sharpen:.3f}"
        if not any(label.strip().endswith(expected) for label in stored.position.labels):
            raise MapValueError(
                f"{path} is not the trial map of b_sharpen {b_sharpen:.3f} Å²: it was written by "
                "a run with other parameters or another map; write the trial maps anew"
            )
        return stored.values

    return found
