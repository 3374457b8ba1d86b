"""Text of the scripts that open a run's files in ChimeraX, Coot and PyMOL."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import NamedTuple

import numpy as np

from map_sharpening.errors import OutputError


class _Colour(NamedTuple):
    code: str  #: #rrggbb
    pymol: str

    def rgb(self) -> tuple[float, float, float]:
        red, green, blue = (int(self.code[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return red, green, blue


# Blue is good, red is poor: the order that users of local-resolution maps expect.
_PALETTE = (
    _Colour("#0000ff", "blue"),
    _Colour("#00ffff", "cyan"),
    _Colour("#00cc00", "green"),
    _Colour("#ffdd00", "yellow"),
    _Colour("#ff0000", "red"),
)
#: The same as #rrggbb, the best first.
PALETTE = tuple(colour.code for colour in _PALETTE)
#: Of the map of density modification, which is opened but not shown.
_MODIFIED = _Colour("#ff9900", "orange")
_N_COOT_COLOURS = 20  # Coot colours by steps
_CRYSTAL_MARGIN = 3  #: Å round the model in which PyMOL shows the map of a crystal
_OVER_MODEL = 0.4  #: transparency of a surface in PyMOL, so that the model in it is seen
_SIGMA_LEVEL = 3.0
_COOT_START = """\
# -*- coding: utf-8 -*-
# Coot 0.9 has these functions as globals, Coot 1 in the module coot.
import os

try:
    import coot
except ImportError:
    coot = None


def coot_function(name):
    if coot is not None and hasattr(coot, "read_pdb"):
        return getattr(coot, name)
    return globals()[name]


try:
    here = os.path.dirname(os.path.abspath(__file__))
except NameError:
    here = os.getcwd()

"""
#: The columns of map coefficients, as they are written.
_COLUMNS = ("FWT", "PHWT")


@dataclass(frozen=True)
class ViewerFiles:
    """The files of one run that a viewer should open, and the levels to show them at.

    Paths are as seen from the folder of the scripts, with slashes, or full; None means that the
    run has no such file.
    """

    sharpened: str
    contour_level: float  #: of `sharpened`, in units of that map
    #: What was given: one map, or two of which the mean is shown.
    input_maps: tuple[str, ...] = ()
    #: Coefficients given in place of maps: file, amplitude, phase and perhaps weight; for Coot.
    input_coefficients: tuple[str, ...] = ()
    input_level: float | None = None  #: None: 3 standard deviations, on the side of contour_level
    local_resolution: str | None = None
    local_resolution_range: tuple[float, float] | None = None  #: best and worst, Å
    local_b: str | None = None  #: B factors applied, Å²
    local_b_range: tuple[float, float] | None = None  #: smallest and largest
    model: str | None = None
    #: Of a crystal: coefficients of `sharpened`, from which viewers fill the whole crystal.
    coefficients: str | None = None
    modified: str | None = None  #: of density modification
    modified_level: float | None = None  #: of `modified`, in units of that map
    modification_support: str | None = None  #: what colours `modified`
    support_range: tuple[float, float] | None = None  #: poorest and best
    #: Of the molecule: x, y, z in Å where NSTART alone, by which Coot goes, places the map.
    middle: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        for name in ("contour_level", "input_level", "modified_level"):
            level = getattr(self, name)
            if level is not None and not np.isfinite(level):
                raise OutputError(f"{name} is {level}; expected a finite number")
        if self.modified is not None and self.modified_level is None:
            raise OutputError("modified has no modified_level; expected its contour level")
        if len(self.input_maps) > 2:
            raise OutputError(f"input_maps holds {len(self.input_maps)} maps; expected at most 2")
        for name, least, ends in (
            ("local_resolution", 0.0, "the best and the worst local resolution in Å"),
            ("local_b", -np.inf, "the smallest and the largest B in Å²"),
            ("support", -np.inf, "the poorest and the best support"),
        ):
            limits = getattr(self, f"{name}_range")
            is_range = limits is not None and least < limits[0] < limits[1] < np.inf
            path = self.modification_support if name == "support" else getattr(self, name)
            if path is not None and not is_range:
                raise OutputError(f"{name}_range is {limits}; expected {ends}, the first smaller")

    @property
    def input_sigmas(self) -> float:
        """Level of the input map in its standard deviations, if it has no recommended one."""
        return _SIGMA_LEVEL if self.contour_level >= 0 else -_SIGMA_LEVEL

    @property
    def colouring(self) -> _Colouring | None:
        """The quantity that colours the surface, blue the lowest; None: none."""
        if self.local_resolution is not None and self.local_resolution_range is not None:
            return _Colouring(
                self.local_resolution, "local_resolution", "A", self.local_resolution_range
            )
        if self.local_b is not None and self.local_b_range is not None:
            return _Colouring(self.local_b, "local_b", "A^2", self.local_b_range)
        return None

    @property
    def support(self) -> _Colouring | None:
        """What colours the modified map, blue where it is best supported."""
        path, limits = self.modification_support, self.support_range
        if self.modified is None or path is None or limits is None:
            return None
        return _Colouring(path, "modification_support", "", limits, is_good_high=True)


class _Colouring(NamedTuple):
    path: str
    name: str
    unit: str
    limits: tuple[float, float]
    is_good_high: bool = False  #: blue, the best colour, is for high values

    def steps(self) -> list[float]:
        """Return five values, evenly spaced."""
        return [float(value) for value in np.linspace(*self.limits, len(_PALETTE))]

    def texts(self, digits: int) -> list[str]:
        """Return these values with so many digits, or as many more as tell them apart."""
        texts = [f"{step:.{digits}g}" for step in self.steps()]
        is_enough = len(set(texts)) == len(texts) or digits > 8
        return texts if is_enough else self.texts(digits + 1)

    def chimerax_palette(self) -> str:
        """Return values and colours as ChimeraX takes them."""
        colours = (colour.code for colour in (_PALETTE[::-1] if self.is_good_high else _PALETTE))
        pairs = zip(self.texts(3), colours, strict=True)
        return ":".join(f"{step},{code}" for step, code in pairs)

    def pymol_ramp(self, surface: str) -> list[str]:
        """Return commands that colour a surface of PyMOL's by a map of this name."""
        palette = _PALETTE[::-1] if self.is_good_high else _PALETTE
        values = ", ".join(self.texts(4))
        colours = ", ".join(colour.pymol for colour in palette)
        return [
            f"ramp_new {self.name}_ramp, {self.name}, [{values}], [{colours}]",
            f"set {surface.rpartition('_')[2]}_color, {self.name}_ramp, {surface}",
        ]


def chimerax_script(files: ViewerFiles) -> str:
    """Return the text of open_in_chimerax.cxc.

    ChimeraX changes to the folder of a script that it runs.

    Raises
    ------
    OutputError
        If a path can't be quoted in ChimeraX's command language.
    """
    lines: list[str] = []
    hidden: list[str] = []
    colouring = files.colouring
    if len(files.input_maps) == 2:
        lines += [
            f"open {chimerax_path(path)} id {number} name half_{number - 4}"
            for number, path in enumerate(files.input_maps, 5)
        ]
        lines += ["volume add #5,6 scaleFactors 0.5,0.5 modelId 1", "rename #1 input"]
        hidden += ["1", "5", "6"]
    elif files.input_maps:
        lines.append(f"open {chimerax_path(files.input_maps[0])} id 1 name input")
        hidden.append("1")
    lines.append(f"open {chimerax_path(files.sharpened)} id 2 name sharpened")
    if colouring is not None:
        lines.append(f"open {chimerax_path(colouring.path)} id 3 name {colouring.name}")
        hidden.append("3")
    if files.model is not None:
        lines.append(f"open {chimerax_path(files.model)} id 4")
    if files.modified is not None:
        lines.append(f"open {chimerax_path(files.modified)} id 7 name modified")
        hidden.append("7")
    if files.support is not None:
        lines.append(f"open {chimerax_path(files.support.path)} id 8 name {files.support.name}")
        hidden.append("8")
    if files.input_maps:
        level = (
            f"sdLevel {files.input_sigmas:g}"
            if files.input_level is None
            else f"level {files.input_level:.6g}"
        )
        lines.append(f"volume #1 style surface {level} step 1 color #b0b0b080")
    lines.append(f"volume #2 style surface level {files.contour_level:.6g} step 1")
    if files.modified is not None:
        level = f"level {files.modified_level:.6g}"
        lines.append(f"volume #7 style surface {level} step 1 color {_MODIFIED.code}")
    if files.support is not None:
        lines.append(f"color sample #7 map #8 palette {files.support.chimerax_palette()}")
    if hidden:
        lines.append(f"hide #{','.join(hidden)} models")
    if colouring is not None:
        pairs = zip(colouring.texts(3), _PALETTE, strict=True)
        key = " ".join(f"{colour.code}:{step}" for step, colour in pairs)
        lines += [f"color sample #2 map #3 palette {colouring.chimerax_palette()}", f"key {key}"]
    lines.append("view")
    return "\n".join([*lines, ""])


def coot_script(files: ViewerFiles) -> str:
    """Return the text of open_in_coot.py, which Coot 0.9 and Coot 1 both run."""
    lines = [_COOT_START]
    if files.model is not None:
        lines.append(f'model = coot_function("read_pdb")({_in_python(files.model)})')
    lines += _coot_input(files)
    if files.coefficients is None:
        lines.append(f"sharpened = {_coot_map(files.sharpened)}")
    else:
        lines += [
            "# The coefficients fill the crystal, the map is one cell or less of it.",
            f"sharpened = {_coot_crystal(files.coefficients, *_COLUMNS)}",
        ]
    lines.append(_coot_level("sharpened", files.contour_level))
    if files.modified is not None and files.modified_level is not None:
        lines += [
            f"modified = {_coot_map(files.modified)}",
            _coot_level("modified", files.modified_level),
            _coot_hidden("modified"),
        ]
    if files.support is not None:
        lines += _coot_colouring(files.support, "modified")
    if files.colouring is not None:
        lines += _coot_colouring(files.colouring, "sharpened")
    if files.model is None and files.middle is not None:
        x, y, z = (round(part, 2) for part in files.middle)
        lines += [
            "# Coot begins where a model is, or else at 0 0 0.",
            f'coot_function("set_rotation_centre")({x!r}, {y!r}, {z!r})',
        ]
    return "\n".join([*lines, ""])


def _coot_input(files: ViewerFiles) -> list[str]:
    """Return the lines that open the map given, or the mean of two, and hide it."""
    lines: list[str] = []
    if len(files.input_maps) == 2:
        lines += [
            f"halves = [{_coot_map(files.input_maps[0])}, {_coot_map(files.input_maps[1])}]",
            'input_map = coot_function("average_map_py")([[half, 1.0] for half in halves])',
            "for half in halves:",
            '    coot_function("close_molecule")(half)',
        ]
    elif files.input_maps:
        lines.append(f"input_map = {_coot_map(files.input_maps[0])}")
    elif files.input_coefficients:
        lines.append(f"input_map = {_coot_crystal(*files.input_coefficients)}")
    else:
        return lines
    level, unit = files.input_level, "absolute"
    if level is None:
        level, unit = files.input_sigmas, "in_sigma"
    return [*lines, _coot_level("input_map", level, unit), _coot_hidden("input_map")]


def pymol_script(files: ViewerFiles) -> str:
    """Return the text of open_in_pymol.pml.

    Files are loaded by PyMOL's Python function, since its command language has no way to
    escape every character that a path may hold.
    """
    lines = [
        "# Without this PyMOL rescales maps, and contour levels lose their meaning.",
        "set normalize_ccp4_maps, off",
        "/import os",
        "/here = os.path.dirname(os.path.abspath(__script__))",
    ]
    lines += _pymol_input(files)
    lines.append(_pymol_load(files.sharpened, "sharpened", is_map=True))
    colouring = files.colouring
    if colouring is not None:
        lines.append(_pymol_load(colouring.path, colouring.name, is_map=True))
    if files.model is not None:
        lines.append(_pymol_load(files.model, "input_model", is_map=False))
    if files.modified is not None:
        lines += [
            _pymol_load(files.modified, "modified", is_map=True),
            f"isosurface modified_surface, modified, {files.modified_level:.6g}",
            f"color {_MODIFIED.pymol}, modified_surface",
            "disable modified_surface",
        ]
    if files.support is not None:
        lines += [
            _pymol_load(files.support.path, files.support.name, is_map=True),
            *files.support.pymol_ramp("modified_surface"),
            f"disable {files.support.name}_ramp",
        ]
    if files.input_maps and files.input_level is not None:
        lines += [
            f"isosurface input_surface, input_map, {files.input_level:.6g}",
            "disable input_surface",
        ]
    shown = "sharpened_surface"
    level = f"sharpened, {files.contour_level:.6g}"
    if files.coefficients is not None and files.model is not None:
        shown = "sharpened_mesh"
        lines += [
            "# Only Incentive PyMOL makes maps of coefficients. Round a model this one, which is",
            "# a cell of the crystal, goes on by symmetry, as a mesh alone does.",
            "set map_auto_expand_sym, on",
            f"isomesh {shown}, {level}, input_model, {_CRYSTAL_MARGIN}, 1, {_CRYSTAL_MARGIN}",
        ]
    else:
        lines.append(f"isosurface {shown}, {level}")
        if files.model is not None:
            lines.append(f"set transparency, {_OVER_MODEL}, {shown}")
    if colouring is not None:
        lines += colouring.pymol_ramp(shown)
    lines.append(f"zoom {shown}")
    return "\n".join([*lines, ""])


def _pymol_input(files: ViewerFiles) -> list[str]:
    if len(files.input_maps) == 2:
        return [
            *(
                _pymol_load(path, f"half_{number}", is_map=True)
                for number, path in enumerate(files.input_maps, 1)
            ),
            "map_set input_map, average, half_1 half_2",
            "delete half_1 half_2",
        ]
    return [_pymol_load(path, "input_map", is_map=True) for path in files.input_maps]


def chimerax_path(path: str) -> str:
    """Return a path as ChimeraX' commands take it.

    Raises
    ------
    OutputError
        If it can't be quoted in ChimeraX's command language.
    """
    # ChimeraX reads no escapes in paths: a quoted one ends at its quote mark before a blank.
    if len(f"{path}|".splitlines()) == 1 and "\0" not in path:
        # Before a colon ChimeraX looks for the name of a database.
        text = f"./{path}" if ":" in path and not path.startswith("/") else path
        text = path if PureWindowsPath(path).is_absolute() else text
        for quote in "\"'":
            if not re.search(quote + r"(\s|$)", text):
                return f"{quote}{text}{quote}"
    raise OutputError(
        f"the path {path!r} can't be written in a ChimeraX script; expected one without line "
        "breaks or quotes before blanks: rename the file or folder"
    )


def _in_python(path: str) -> str:
    """Return an expression for a path, from the script's folder if it isn't a full one."""
    return f"os.path.join(here, {path!a})"


def _coot_level(name: str, level: float, unit: str = "absolute") -> str:
    return f'coot_function("set_contour_level_{unit}")({name}, {float(level)!r})'


def _coot_hidden(name: str) -> str:
    return f'coot_function("set_map_displayed")({name}, 0)'


def _coot_map(path: str) -> str:
    not_a_difference_map = 0
    return f'coot_function("handle_read_ccp4_map")({_in_python(path)}, {not_a_difference_map})'


def _coot_crystal(path: str, amplitude: str, phase: str, weight: str = "") -> str:
    not_a_difference_map = 0
    labels = ", ".join(map(json.dumps, (amplitude, phase, weight)))
    return (
        f'coot_function("make_and_draw_map")({_in_python(path)}, {labels}, {int(bool(weight))}, '
        f"{not_a_difference_map})"
    )


def _coot_colouring(colouring: _Colouring, surface: str) -> list[str]:
    """Return lines that colour a map by another one."""
    steps, name, by = colouring.steps(), colouring.name, colouring.name
    best, poorest = (steps[-1], steps[0]) if colouring.is_good_high else (steps[0], steps[-1])
    words = f"# Blue: {best:.3g}, red: {poorest:.3g} {colouring.unit}".rstrip()
    lines = [
        f"{name} = {_coot_map(colouring.path)}",
        _coot_hidden(name),
        f"{words}; Coot 1 alone can do this.",
    ]
    is_known = 'if coot is not None and hasattr(coot, "colour_map_by_other_map_py"):'
    if colouring.is_good_high:
        lines.append(is_known)
        start = poorest
    else:
        by, start = "negative", -poorest
        lines += [
            "# It has a ramp of its own, from red up to blue, so it gets the values' negatives.",
            is_known,
            f"    {by} = coot.difference_map({name}, {name}, 2.0)",
            f"    coot.set_map_displayed({by}, 0)",
        ]
    width = (steps[-1] - steps[0]) / _N_COOT_COLOURS
    return [
        *lines,
        f"    colours = {_coot_colours()}",
        "    coot.colour_map_by_other_map_py(",
        f"        {surface}, {by}, {round(start, 4)!r}, {round(width, 4)!r}, colours",
        "    )",
    ]


def _coot_colours() -> list[list[float]]:
    """Return red, green and blue of Coot's steps, from red up; each has that of its middle."""
    middles = (np.arange(_N_COOT_COLOURS) + 0.5) / _N_COOT_COLOURS
    rgb = np.array([colour.rgb() for colour in _PALETTE[::-1]])
    places = np.linspace(0, 1, len(_PALETTE))
    channels = [np.interp(middles, places, rgb[:, i]) for i in range(3)]
    colours: list[list[float]] = np.round(np.stack(channels, axis=1), 3).tolist()
    return colours


def _pymol_load(path: str, name: str, *, is_map: bool) -> str:
    # `/` makes the rest of the line Python, but PyMOL looks for commands and comments first.
    text = _in_python(path).replace(";", "\\x3b").replace("#", "\\x23")
    file_format = ', format="ccp4"' if is_map else ""
    return f'/cmd.load({text}, "{name}"{file_format})'
