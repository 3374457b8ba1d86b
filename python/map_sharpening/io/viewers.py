"""Text of the scripts that open a run's files in ChimeraX, Coot and PyMOL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import NamedTuple

import numpy as np

from map_sharpening.errors import OutputError


class _Colour(NamedTuple):
    code: str  #: #rrggbb
    chimerax: str
    pymol: str

    def rgb(self) -> tuple[float, float, float]:
        red, green, blue = (int(self.code[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return red, green, blue


# Blue is good, red is poor: the order that users of local-resolution maps expect.
_PALETTE = (
    _Colour("#0000ff", "blue", "blue"),
    _Colour("#00ffff", "cyan", "cyan"),
    _Colour("#00cc00", "lime", "green"),
    _Colour("#ffdd00", "gold", "yellow"),
    _Colour("#ff0000", "red", "red"),
)
_N_COOT_COLOURS = 20  # Coot colours by steps
_SIGMA_LEVEL = 3.0
_COOT_START = """\
# -*- coding: utf-8 -*-
# Coot 0.9 has these functions as globals, Coot 1 in the module coot.
try:
    import coot
except ImportError:
    coot = None


def coot_function(name):
    if coot is not None and hasattr(coot, "read_pdb"):
        return getattr(coot, name)
    return globals()[name]

"""


@dataclass(frozen=True)
class ViewerFiles:
    """The files of one run that a viewer should open, and the levels to show them at.

    All paths are absolute; None means that the run has no such file.
    """

    sharpened: PurePath
    contour_level: float  #: of `sharpened`, in units of that map
    input_map: PurePath | None = None
    input_level: float | None = None  #: None: 3 standard deviations, on the side of contour_level
    local_resolution: PurePath | None = None
    local_resolution_range: tuple[float, float] | None = None  #: best and worst, Å
    model: PurePath | None = None

    def __post_init__(self) -> None:
        for name in ("sharpened", "input_map", "local_resolution", "model"):
            path = getattr(self, name)
            if path is not None and not path.is_absolute():
                raise OutputError(
                    f"{name} is {str(path)!r}, a relative path, but a viewer may start in any "
                    "folder; give an absolute path"
                )
        for name in ("contour_level", "input_level"):
            level = getattr(self, name)
            if level is not None and not np.isfinite(level):
                raise OutputError(f"{name} is {level}; expected a finite number")
        if self.local_resolution is not None:
            limits = self.local_resolution_range
            if limits is None or not 0 < limits[0] < limits[1] < np.inf:
                raise OutputError(
                    f"local_resolution_range is {limits}; expected the best and the worst local "
                    "resolution in Å, the first smaller"
                )

    @property
    def input_sigmas(self) -> float:
        """Level of the input map in its standard deviations, where it has none of its own."""
        return _SIGMA_LEVEL if self.contour_level >= 0 else -_SIGMA_LEVEL

    def colour_steps(self) -> list[float]:
        """Return five local resolutions in Å, evenly spaced; empty without such a map."""
        if self.local_resolution is None or self.local_resolution_range is None:
            return []
        low, high = self.local_resolution_range
        return [float(value) for value in np.linspace(low, high, len(_PALETTE))]


def chimerax_script(files: ViewerFiles) -> str:
    """Return the text of open_in_chimerax.cxc.

    Raises
    ------
    OutputError
        If a path can't be quoted in ChimeraX's command language.
    """
    lines: list[str] = []
    hidden: list[str] = []
    if files.input_map is not None:
        lines.append(f"open {_chimerax_path(files.input_map)} id 1 name input")
        hidden.append("1")
    lines.append(f"open {_chimerax_path(files.sharpened)} id 2 name sharpened")
    if files.local_resolution is not None:
        lines.append(f"open {_chimerax_path(files.local_resolution)} id 3 name local_resolution")
        hidden.append("3")
    if files.model is not None:
        lines.append(f"open {_chimerax_path(files.model)} id 4")
    if files.input_map is not None:
        level = (
            f"sdLevel {files.input_sigmas:g}"
            if files.input_level is None
            else f"level {files.input_level:.6g}"
        )
        lines.append(f"volume #1 style surface {level} step 1 color #b0b0b080")
    lines.append(f"volume #2 style surface level {files.contour_level:.6g} step 1")
    if hidden:
        lines.append(f"hide #{','.join(hidden)} models")
    steps = files.colour_steps()
    if steps:
        pairs = list(zip(steps, _PALETTE, strict=True))
        palette = ":".join(f"{step:.3g},{colour.code}" for step, colour in pairs)
        key = " ".join(f"{colour.chimerax}:{step:.3g}" for step, colour in pairs)
        lines += [f"color sample #2 map #3 palette {palette}", f"key {key}"]
    lines.append("view")
    return "\n".join([*lines, ""])


def coot_script(files: ViewerFiles) -> str:
    """Return the text of open_in_coot.py, which Coot 0.9 and Coot 1 both run."""
    lines = [_COOT_START]
    if files.model is not None:
        lines.append(f'model = coot_function("read_pdb")({str(files.model)!r})')
    if files.input_map is not None:
        lines.append(f"input_map = {_coot_map(files.input_map)}")
        if files.input_level is None:
            lines.append(
                f'coot_function("set_contour_level_in_sigma")(input_map, {files.input_sigmas!r})'
            )
        else:
            lines.append(
                'coot_function("set_contour_level_absolute")'
                f"(input_map, {float(files.input_level)!r})"
            )
        lines.append('coot_function("set_map_displayed")(input_map, 0)')
    lines += [
        f"sharpened = {_coot_map(files.sharpened)}",
        f'coot_function("set_contour_level_absolute")(sharpened, {float(files.contour_level)!r})',
    ]
    steps = files.colour_steps()
    if files.local_resolution is not None:
        start, step, colours = _coot_colours(steps)
        lines += [
            f"local_resolution = {_coot_map(files.local_resolution)}",
            'coot_function("set_map_displayed")(local_resolution, 0)',
            f"# Blue: {steps[0]:.3g} A, red: {steps[-1]:.3g} A; Coot 1 alone can do this.",
            'if coot is not None and hasattr(coot, "colour_map_by_other_map_py"):',
            f"    colours = {colours}",
            "    coot.colour_map_by_other_map_py(",
            f"        sharpened, local_resolution, {start!r}, {step!r}, colours",
            "    )",
        ]
    return "\n".join([*lines, ""])


def pymol_script(files: ViewerFiles) -> str:
    """Return the text of open_in_pymol.pml.

    Files are loaded by PyMOL's Python function, since its command language has no way to
    escape every character that a path may hold.
    """
    lines = [
        "# Without this PyMOL rescales maps, and contour levels lose their meaning.",
        "set normalize_ccp4_maps, off",
    ]
    if files.input_map is not None:
        lines.append(_pymol_load(files.input_map, "input_map", is_map=True))
    lines.append(_pymol_load(files.sharpened, "sharpened", is_map=True))
    if files.local_resolution is not None:
        lines.append(_pymol_load(files.local_resolution, "local_resolution", is_map=True))
    if files.model is not None:
        lines.append(_pymol_load(files.model, "model", is_map=False))
    if files.input_map is not None and files.input_level is not None:
        lines += [
            f"isosurface input_surface, input_map, {files.input_level:.6g}",
            "disable input_surface",
        ]
    lines.append(f"isosurface sharpened_surface, sharpened, {files.contour_level:.6g}")
    steps = files.colour_steps()
    if steps:
        values = ", ".join(f"{step:.4g}" for step in steps)
        colours = ", ".join(colour.pymol for colour in _PALETTE)
        lines += [
            f"ramp_new local_resolution_ramp, local_resolution, [{values}], [{colours}]",
            "set surface_color, local_resolution_ramp, sharpened_surface",
        ]
    lines.append("zoom sharpened_surface")
    return "\n".join([*lines, ""])


def _chimerax_path(path: PurePath) -> str:
    # ChimeraX reads no escapes in paths: a quoted one ends at its quote mark before a blank.
    text = str(path)
    if not re.search(r"[\r\n\f\v\0]", text):
        for quote in "\"'":
            if not re.search(quote + r"(\s|$)", text):
                return f"{quote}{text}{quote}"
    raise OutputError(
        f"the path {text!r} can't be written in a ChimeraX script; expected one without line "
        "breaks or quotes before blanks: rename the file or folder"
    )


def _coot_map(path: PurePath) -> str:
    not_a_difference_map = 0
    return f'coot_function("handle_read_ccp4_map")({str(path)!r}, {not_a_difference_map})'


def _coot_colours(steps: list[float]) -> tuple[float, float, list[list[float]]]:
    # First value, width and colours of Coot's steps; each has the colour of its middle.
    edges = np.linspace(steps[0], steps[-1], _N_COOT_COLOURS + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    rgb = np.array([colour.rgb() for colour in _PALETTE])
    channels = [np.interp(middles, steps, rgb[:, i]) for i in range(3)]
    colours = np.round(np.stack(channels, axis=1), 3).tolist()
    return round(steps[0], 4), round(float(edges[1] - edges[0]), 4), colours


def _pymol_load(path: PurePath, name: str, *, is_map: bool) -> str:
    # `/` makes the rest of the line Python, but PyMOL looks for commands and comments first.
    text = ascii(str(path)).replace(";", "\\x3b").replace("#", "\\x23")
    file_format = ', format="ccp4"' if is_map else ""
    return f'/cmd.load({text}, "{name}"{file_format})'
