"""The files that runs of every kind write, and how."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from map_sharpening._core import __version__
from map_sharpening.errors import ParameterError
from map_sharpening.io import viewers
from map_sharpening.io.reflections import (
    coefficients_file_size,
    write_crystal_coefficients,
    write_map_coefficients,
)
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.view import middle_above
from map_sharpening.parameters.reading import OutputNames, ShellOutputNames, setting
from map_sharpening.phil import Fetched
from map_sharpening.runs.wanted_output import (
    Finished,
    Result,
    WantedOutput,
    Writer,
    map_output,
    text_output,
)

if TYPE_CHECKING:
    from map_sharpening.methods.half_maps.result import HalfMapResult
    from map_sharpening.methods.model.result import ModelResult
    from map_sharpening.runs.map_inputs import MapInputs

#: Results with half maps and a mask.
Halves = TypeVar("Halves", bound="HalfMapResult | ModelResult")

HALF_MAP_LABEL = "SHARPENED HALF MAP - NOT FOR DEPOSITION"
#: What outputs are, and how names of such files end.
_CCP4 = ("a CCP4 map", (".ccp4", ".mrc", ".map"))
_MTZ = ("an MTZ file", (".mtz",))
_VIEWER_SCRIPTS = {
    "open_in_chimerax.cxc": viewers.chimerax_script,
    "open_in_coot.py": viewers.coot_script,
    "open_in_pymol.pml": viewers.pymol_script,
}


def half_map_outputs(
    names: ShellOutputNames, like: MapData, labels: Callable[[Halves], Sequence[str]]
) -> tuple[WantedOutput[Halves], WantedOutput[Halves]]:
    """Return the sharpened half maps."""

    def labels_of_half(result: Halves) -> list[str]:
        return [*labels(result), HALF_MAP_LABEL]

    return (
        map_output(names.sharpened_map_1, like, lambda r: r.sharpened_half_1, labels_of_half),
        map_output(names.sharpened_map_2, like, lambda r: r.sharpened_half_2, labels_of_half),
    )


def mask_output(path: Path, like: MapData) -> WantedOutput[Halves]:
    """Return the mask of the statistics."""
    label = f"map_sharpening {__version__} mask of the statistics"
    return map_output(path, like, lambda result: result.mask, lambda _: [label])


def coefficients_output(
    path: Path,
    like: MapData,
    finest: float,
    *,
    maps: MapInputs | None = None,
    largest: float | None = None,
    threads: int = 0,
) -> WantedOutput[Result]:
    """Return the coefficients of a sharpened map, of a crystal in its space group.

    Parameters
    ----------
    finest : float
        Å, finest term that there can be.
    maps : MapInputs, optional
        What was read, if it may be a crystal.
    largest : float, optional
        Amplitude to which all are scaled down.
    """
    info = None if maps is None else maps.coefficients

    def writer(finished: Finished[Result]) -> Writer:
        sharpened, d_min = finished.result.sharpened, finished.result.d_min
        # Beyond the data there is nothing but zeros.
        finest = d_min if info is None else max(d_min, info.d_min)
        if maps is None or not maps.is_whole_crystal_cell:
            return lambda place: write_map_coefficients(
                place, sharpened, finest, largest=largest, threads=threads
            )
        return lambda place: write_crystal_coefficients(
            place,
            sharpened,
            finest,
            space_group=None if info is None else info.space_group,
            largest=largest,
            threads=threads,
        )

    size = coefficients_file_size(like, finest)
    return WantedOutput(path, size, writer, is_slow=True)


def one_map_views(
    maps: MapInputs, names: OutputNames, contour_level: float, *, model: Path | None
) -> viewers.ViewerFiles:
    """Return what viewers are to show of a run on what `MapInputs` holds."""
    folder = names.directory
    coefficients = None
    if maps.is_whole_crystal_cell:
        coefficients = path_from(folder, names.sharpened_map_coeffs)
    return viewers.ViewerFiles(
        sharpened=path_from(folder, names.sharpened_map),
        contour_level=contour_level,
        input_maps=tuple(path_from(folder, path) for path in maps.shown_files),
        input_coefficients=_shown_coefficients(maps, folder),
        model=None if model is None else path_from(folder, model),
        coefficients=coefficients,
    )


def _shown_coefficients(maps: MapInputs, folder: Path) -> tuple[str, ...]:
    """Return the file that was given, if Coot reads such, and its columns."""
    path = dict(maps.files).get("Coefficients")
    if maps.coefficients is None or path is None or path.suffix.lower() != ".mtz":
        return ()
    return (path_from(folder, path), *maps.coefficients.labels)


def viewer_outputs(
    folder: Path, views: Callable[[Result], viewers.ViewerFiles]
) -> list[WantedOutput[Result]]:
    """Return the scripts that open a run's files in viewers."""

    def text_of(script: Callable[[viewers.ViewerFiles], str]) -> Callable[[Finished[Result]], str]:
        return lambda finished: script(with_middle(views(finished.result), finished.result))

    def with_middle(files: viewers.ViewerFiles, result: Result) -> viewers.ViewerFiles:
        start = result.sharpened.position.start_in_angstrom
        x, y, z = middle_above(result.sharpened, files.contour_level)
        return replace(files, middle=(start[0] + x, start[1] + y, start[2] + z))

    return [
        text_output(folder / name, text_of(script)) for name, script in _VIEWER_SCRIPTS.items()
    ]


def notes_on_moved(source: MapData, moved: Sequence[Path]) -> list[str]:
    """Return a line on the outputs that hold the map moved to the origin, if it isn't there."""
    if source.position.is_at_origin or not moved:
        return []
    names, verb = " and ".join(path.name for path in moved), "hold" if moved[1:] else "holds"
    return [
        f"{names} {verb} the map with its first grid point at 0 0 0; the other maps lie where "
        f"{source.name} lies"
    ]


def map_labels(what: str, *, wrapping: bool, is_sharpened: bool = True) -> list[str]:
    """Return the labels of a sharpened map: what made it, and Phenix's own words."""
    return [
        f"map_sharpening {__version__} {what}",
        *(["map_is_sharpened"] if is_sharpened else []),
        "wrapping_outside_cell" if wrapping else "no_wrapping_outside_cell",
    ]


def path_from(folder: Path, path: Path) -> str:
    """Return a file's path as seen from a folder, so that both can be moved together.

    Links are followed, except one that is the file itself. On another drive it is a full path.
    """
    # Not by Path.resolve, which takes a link to itself for a bug.
    place = Path(os.path.realpath(path.parent)) / path.name
    try:
        return Path(os.path.relpath(place, os.path.realpath(folder))).as_posix()
    except ValueError:
        return place.as_posix()


def is_same_place(one: Path | None, other: Path) -> bool:
    """Whether two names, if there is a first one, lead to the same file."""
    return one is not None and os.path.realpath(one) == os.path.realpath(other)


def cautions_of_names(names: OutputNames, *, with_star: bool = False) -> list[str]:
    """Return a warning for each output whose name ends as files of another format do.

    For RELION, which a postprocess.star leads to the mask, .mrc alone is the ending of maps.
    """
    found = []
    for each in fields(names):
        path = getattr(names, each.name)
        if not isinstance(path, Path) or each.name == "directory":
            continue
        what, endings = _CCP4 if each.name != "sharpened_map_coeffs" else _MTZ
        if path.suffix.lower() not in endings:
            ending = f"its name ends in {path.suffix}" if path.suffix else "its name has no ending"
            found.append(
                f"{path.name} is {what}, but {ending}: programs that go by the ending can't read "
                f"it; give a name that ends in {' or '.join(endings)}"
            )
        elif with_star and each.name == "mask" and path.suffix.lower() != ".mrc":
            found.append(
                f"{path.name} is the mask in postprocess.star, but RELION takes a name that ends "
                f"in {path.suffix} for a SPIDER file; give a name that ends in .mrc"
            )
    return found


def require_different(outputs: Sequence[Path], fetched: Fetched, numbered: Path | None) -> None:
    """Refuse a name that two outputs would have, given to both or fixed as that of log.txt.

    Parameters
    ----------
    numbered : path, optional
        Name of files that each have their number before the ending.

    Raises
    ------
    ParameterError
        With the place that two outputs would share.
    """
    places = [(os.path.realpath(path.parent), path.name) for path in outputs]
    for path, place in zip(outputs, places, strict=True):
        if places.count(place) > 1:
            parameters = _parameters_that_name(path, fetched)
            given = f" ({' and '.join(parameters)})" if parameters else ""
            raise ParameterError(
                f"two outputs would be written to {path}{given}; give each output its own name"
            )
        if numbered is not None and is_numbered_name(path, numbered):
            raise ParameterError(
                f"{path} would be an output and one of the trial maps, whose names are those of "
                f"local_trial_map_file with a number; give one of them another name"
            )


def require_names_for_viewers(folder: Path, files: Sequence[Path]) -> None:
    """Refuse names that no viewer's script can hold, before any work is done.

    Parameters
    ----------
    folder : path
        Of the scripts, from where they name files.
    files : sequence of path
        Inputs and outputs.

    Raises
    ------
    OutputError
        With the first of those names.
    """
    for path in files:
        viewers.chimerax_path(path_from(folder, path))


def is_numbered_name(path: Path, name: Path) -> bool:
    """Whether a path is a name with a number before its ending."""
    pattern = rf"{re.escape(name.stem)}_\d+{re.escape(name.suffix)}"
    same_folder = os.path.realpath(path.parent) == os.path.realpath(name.parent)
    return same_folder and re.fullmatch(pattern, path.name) is not None


def _parameters_that_name(path: Path, fetched: Fetched) -> list[str]:
    """Return the parameters that give an output's name, with the name."""
    return [
        setting(definition, fetched.values[parameter])
        for parameter, definition in fetched.master.definitions.items()
        if "new_file" in definition.style.split()
        and fetched.values[parameter] != definition.default
        and Path(fetched.values[parameter] or "").name == path.name
    ]


def versions() -> dict[str, str]:
    """Return the versions of the program and of the libraries that a report is made with."""
    # They name them themselves: to read what installers noted takes longer.
    import contourpy
    import gemmi
    import mrcfile
    import numpy as np
    import PIL

    libraries = {
        "numpy": np,
        "gemmi": gemmi,
        "mrcfile": mrcfile,
        "contourpy": contourpy,
        "pillow": PIL,
    }
    return {
        "map_sharpening": __version__,
        "Python": platform.python_version(),
        **{name: library.__version__ for name, library in libraries.items()},
    }
