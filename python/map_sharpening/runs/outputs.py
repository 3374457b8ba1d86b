"""The files that runs of every kind write, and how."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version as version_of
from pathlib import Path

from map_sharpening._core import __version__
from map_sharpening.errors import ParameterError
from map_sharpening.io import viewers
from map_sharpening.io.maps import map_file_size, write_map
from map_sharpening.io.reflections import write_crystal_coefficients, write_map_coefficients
from map_sharpening.io.staging import explain_write_error
from map_sharpening.maps.map_data import MapData
from map_sharpening.parameters.reading import OutputNames
from map_sharpening.phil import Values
from map_sharpening.runs.map_inputs import MapInputs

Writer = Callable[[Path], object]

#: Reports, tables and scripts: room asked for beside the maps.
_SMALL_FILE_BYTES = 2_000_000
_LIBRARIES = ("numpy", "gemmi", "mrcfile", "matplotlib")

_HALF_MAP_LABEL = "SHARPENED HALF MAP - NOT FOR DEPOSITION"
_VIEWER_SCRIPTS = ("open_in_chimerax.cxc", "open_in_coot.py", "open_in_pymol.pml")


def common_outputs(folder: Path, params: Values) -> tuple[Path, ...]:
    """Return the names of what every kind of run writes beside maps and tables."""
    return (
        *((folder / "report.html",) if params.output.report else ()),
        *(folder / name for name in _VIEWER_SCRIPTS),
        folder / "used_parameters.eff",
        folder / "log.txt",
    )


def map_writer(map_data: MapData, labels: Sequence[str]) -> Writer:
    """Return what writes a map with more labels."""
    return lambda path: write_map(path, map_data, labels_added=labels)


def half_map_writers(
    names: OutputNames, half_1: MapData | None, half_2: MapData | None, labels: Sequence[str]
) -> dict[Path, Writer]:
    """Return what writes the sharpened half maps, those that there are."""
    halves = ((names.sharpened_map_1, half_1), (names.sharpened_map_2, half_2))
    return {
        path: map_writer(half, [*labels, _HALF_MAP_LABEL])
        for path, half in halves
        if half is not None
    }


def mask_writer(mask: MapData) -> Writer:
    """Return what writes the mask of the statistics."""
    return map_writer(mask, [f"map_sharpening {__version__} mask of the statistics"])


def coefficients_writer(
    maps: MapInputs,
    sharpened: MapData,
    d_min: float,
    *,
    largest: float | None = None,
    threads: int = 0,
) -> Writer:
    """Return what writes the coefficients of a sharpened map, of a crystal in its space group."""
    info = maps.coefficients
    # Beyond the data there is nothing but zeros.
    finest = d_min if info is None else max(d_min, info.d_min)
    if not maps.is_whole_crystal_cell:
        return lambda path: write_map_coefficients(
            path, sharpened, finest, largest=largest, threads=threads
        )
    return lambda path: write_crystal_coefficients(
        path,
        sharpened,
        finest,
        space_group=None if info is None else info.space_group,
        largest=largest,
        threads=threads,
    )


def text_writer(make: Callable[[], str]) -> Writer:
    """Return what writes a text, made only then."""
    return lambda path: _write_text(path, make())


def viewer_writers(folder: Path, files: viewers.ViewerFiles) -> dict[Path, Writer]:
    """Return the writers of the scripts that open a run's files in viewers."""
    makers = (viewers.chimerax_script, viewers.coot_script, viewers.pymol_script)
    return {
        folder / name: text_writer(lambda make=make: make(files))  # type: ignore[misc]
        for name, make in zip(_VIEWER_SCRIPTS, makers, strict=True)
    }


def map_labels(what: str, *, wrapping: bool) -> list[str]:
    """Return the labels of a sharpened map: what made it, and Phenix's own words."""
    return [
        f"map_sharpening {__version__} {what}",
        "map_is_sharpened",
        "wrapping_outside_cell" if wrapping else "no_wrapping_outside_cell",
    ]


def sizes_of(
    outputs: Sequence[Path], maps: Iterable[Path], like: MapData, others: Mapping[Path, int]
) -> dict[Path, int]:
    """Return the room that each output may take: maps as large as `like`, small files, others."""
    are_maps = set(maps)
    of_map = map_file_size(like)
    sizes = {path: of_map if path in are_maps else _SMALL_FILE_BYTES for path in outputs}
    return sizes | {path: size for path, size in others.items() if path in sizes}


def is_same_place(one: Path | None, other: Path) -> bool:
    """Whether two names, if there is a first one, lead to the same file."""
    return one is not None and os.path.realpath(one) == os.path.realpath(other)


def require_different(outputs: Sequence[Path]) -> None:
    """Refuse a name that is also that of a file with a fixed name, such as log.txt.

    Raises
    ------
    ParameterError
        With the place that two outputs would share.
    """
    places = [os.path.normpath(path) for path in outputs]
    for path, place in zip(outputs, places, strict=True):
        if places.count(place) > 1:
            raise ParameterError(
                f"two outputs would be written to {path}; give the map, mask or coefficients "
                "another name in the scope output"
            )


def versions() -> dict[str, str]:
    """Return the versions of the program and its libraries."""
    return {
        "map_sharpening": __version__,
        "Python": platform.python_version(),
        **{name: version_of(name) for name in _LIBRARIES},
    }


def _write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise explain_write_error(path, error) from error
