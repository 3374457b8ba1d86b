"""A run's results as the screen needs them: which file is what, and its maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from map_sharpening.errors import MapSharpeningError, ResultsError
from map_sharpening.gui.files.reading import let_go
from map_sharpening.io.map_coefficients import read_map_coefficients
from map_sharpening.io.maps import is_map_file, read_map
from map_sharpening.io.models import read_atoms
from map_sharpening.io.web.run_folder import (
    FoundFile,
    RunFolder,
    deposition_files,
    is_list_of,
    read_run_folder,
    require,
)
from map_sharpening.io.web.served_folder import ServedFolder
from map_sharpening.maps.checks.plausible import check_values
from map_sharpening.maps.grids import mean_of_half_maps
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.view import (
    Box,
    box_of_mask,
    box_of_points,
    is_whole_cell,
    section,
)
from map_sharpening.parameters.reading import output_names, values_of_run
from map_sharpening.phil import Values
from map_sharpening.report.results_json import SCHEMA
from map_sharpening.runs.inputs import MapReader

#: By the names of the programs that run them.
_SCRIPTS = {
    "ChimeraX": "open_in_chimerax.cxc",
    "Coot": "open_in_coot.py",
    "PyMOL": "open_in_pymol.pml",
}
#: Files of a run that are not requested by their name, by kind.
_FIXED_NAMES = {
    "report": "report.html",
    "log": "log.txt",
    "FSC for the EMDB": "fsc.xml",
    "parameters": "used_parameters.eff",
    **_SCRIPTS,
}
#: What begins the paths of parameters by which files are named and read.
_OF_FILES = (
    "output.",
    "b_factor_sharpening_output_files.",
    "crystal_info.",
    "control.ignore_map_labels",
)
#: Outputs that the scripts may open.
_IN_VIEWERS = (
    "sharpened",
    "coefficients",
    "density modified",
    "support of modification",
    "local resolution",
    "local B",
)
#: Maps whose values can be shown as colours.
COLOURINGS = ("local resolution", "local B", "support of modification")
_MODEL_ENDINGS = (".pdb", ".cif", ".ent", ".mmcif", ".mmjson")
_PACKED = (".gz", ".bz2", ".xz")
#: Å shown round the mask of a map that is too large to be shown whole, and round a model.
_MARGIN = 6.0
#: Maps with more grid points are shown where the molecule is.
SHOWN_WHOLE = 160**3


@dataclass(frozen=True)
class Found:
    """Results that were read."""

    run: RunFolder

    @cached_property
    def _params(self) -> Values:
        """The run's parameters, of those by which files are named and read."""
        return values_of_run(self.run.values["parameters"], *_OF_FILES)

    @cached_property
    def _names(self) -> dict[str, str]:
        """Names of the outputs that have their own parameters."""
        names = output_names(self._params)
        return {
            "sharpened": names.sharpened_map.name,
            "coefficients": names.sharpened_map_coeffs.name,
            "local resolution": names.local_resolution_map.name,
            "mask": names.mask.name,
            "density modified": names.modified_map.name,
            "support of modification": names.modification_support.name,
            "local B": names.local_b_map.name,
            **_FIXED_NAMES,
        }

    def file(self, what: str) -> FoundFile | None:
        """Return the output that is, say, "sharpened" or "mask", if it is there."""
        name = self._names.get(what)
        return None if name is None else self.run.output(name)

    @cached_property
    def model(self) -> FoundFile | None:
        """The model that was given, if it is there."""
        for file in self.run.inputs:
            name = file.name.lower()
            for ending in _PACKED:
                name = name.removesuffix(ending)
            if file.is_there and name.endswith(_MODEL_ENDINGS):
                return file
        return None

    @property
    def contour_level(self) -> float:
        """Recommended for the sharpened map."""
        return float(self.run.result["contour_level"])

    def map(self, what: str) -> MapData:
        """Return a map: "before", or an output, such as "sharpened" or "mask".

        Raises
        ------
        MapSharpeningError
            If there is none, or it can't be read.
        """
        if what == "before":
            return self._before()
        file = self.file(what)
        if file is None:
            raise ResultsError(f"{self.run.folder} has no {what} map that can be opened")
        is_density = what in ("sharpened", "density modified")
        # Errors alone: what is doubtful in a map was told by the run that made it.
        found = read_map(file.path, are_values_checked=False)[0]
        check_values(found, allow_constant=not is_density)
        let_go(found)
        return found

    def has(self, what: str) -> bool:
        """Whether there is such a map; of "before" whether its files can be opened."""
        if what != "before":
            return self.file(what) is not None
        return bool(self._given_maps()) or self._given_coefficients() is not None

    def _given_maps(self) -> list[Path]:
        # Half maps come first among the inputs, then the full map or its substitute.
        given = self.run.values["parameters"]
        of_map_model = "input_files.map_model."
        has_halves = self.run.kind == "half maps" or bool(given.get(of_map_model + "half_map"))
        is_with_full = given.get(of_map_model + "full_map") is not None
        first, n = (2, 1) if has_halves and is_with_full else (0, 2 if has_halves else 1)
        files = self.run.inputs[first : first + n]
        are_maps = len(files) == n and all(f.is_there and is_map_file(f.path) for f in files)
        return [file.path for file in files] if are_maps else []

    def _given_coefficients(self) -> Path | None:
        is_crystal = self.run.kind != "half maps"
        for file in self.run.inputs:
            if is_crystal and file.is_there and file.path.suffix == ".mtz":
                return file.path
        return None

    def _before(self) -> MapData:
        maps = self._given_maps()
        if maps:
            open_map = MapReader(self._params, [])  # the run has reported its warnings
            read = []
            for path in maps:
                read.append(open_map(path))
                let_go(read[-1])
            if len(read) == 1:
                return read[0]
            return mean_of_half_maps(read[0], read[1], lambda: let_go(*read))
        mtz = self._given_coefficients()
        if mtz is not None:
            labels = self.run.values["parameters"].get("input_files.map_coeff_labels")
            return read_map_coefficients(mtz, labels)[0]
        missing = ", ".join(file.problem or file.name for file in self.run.inputs)
        raise ResultsError(f"the map before sharpening can't be opened: {missing}")

    def shown_box(self, like: MapData, shown_whole: int = SHOWN_WHOLE) -> Box | None:
        """Return what of the maps is shown; None: all.

        Of a crystal it is what lies round the model, in whichever cell that is; of maps with more
        than `shown_whole` grid points, where the mask is.
        """
        if self.model is not None and is_whole_cell(like):
            return box_of_points(like, read_atoms(self.model.path).positions, _MARGIN)
        mask = self.mask_of(like) if like.values.size > shown_whole else None
        if mask is None:
            return None
        box = box_of_mask(mask, _MARGIN)
        let_go(mask)
        return box

    @property
    def part_in_words(self) -> str:
        """What of the maps is shown, where that is not all."""
        is_round_model = self.model is not None and self._is_of_crystal
        return "the part round the model" if is_round_model else "the part in the mask"

    def mask_of(self, like: MapData) -> MapData | None:
        """Return the mask, if there is one on the grid of a map."""
        if self.file("mask") is None:
            return None
        mask = self.map("mask")
        return mask if mask.values.shape == like.values.shape else None

    def colour_limits(self, what: str) -> tuple[float, float]:
        """Return the values, low and high, between which one of `COLOURINGS` has its colours.

        Raises
        ------
        ResultsError
            If the run has none.
        """
        result = self.run.result
        if what == "local resolution" and result.get("local_resolution"):
            statistics = result["local_resolution"]["statistics"]
            if statistics["best_angstrom"] < statistics["worst_angstrom"]:
                low, high = statistics["palette_range_angstrom"]
                return float(low), float(high)
        if what == "local B" and result.get("local"):
            low, high = (
                result["local"][f"b_sharpen_{end}_angstrom_squared"] for end in ("min", "max")
            )
            if low is not None and low < high:
                return float(low), float(high)
        if what == "support of modification" and result.get("modification"):
            support = result["modification"].get("support")
            if support:
                low, high = support["support_range"]
                return float(low), float(high)
        raise ResultsError(f"{self.run.folder} has no {what} to colour by")

    @property
    def colourings(self) -> list[str]:
        """What the map can be coloured by, of `COLOURINGS`."""
        found = []
        for what in COLOURINGS:
            try:
                self.colour_limits(what)
            except ResultsError:
                continue
            if self.has(what):
                found.append(what)
        return found

    @property
    def _is_of_crystal(self) -> bool:
        """Whether the sharpened map is; False if it can't be opened."""
        return self._grid is not None and self._grid[1]

    @cached_property
    def _grid(self) -> tuple[tuple[int, ...], bool] | None:
        """Shape (z, y, x) of the sharpened map, and whether it is of a crystal."""
        file = self.file("sharpened")
        if file is None:
            return None
        try:
            # A page waits for this: the values of a large map needn't be read.
            map_data = read_map(file.path, are_values_checked=False)[0]
        except MapSharpeningError:  # it is said where the map is shown
            return None
        return map_data.values.shape, map_data.position.is_of_crystal

    def section_in_words(self, axis: str, share: float) -> str:
        """Return which section of the sharpened map lies at a share of its edge; maybe nothing."""
        if self._grid is None:
            return ""
        index, n = section(self._grid[0], axis, share)
        return f"section {index + 1} of {n}"

    def deposition(self) -> list[FoundFile]:
        """Return what the EMDB asks for; nothing of a crystal."""
        if self._is_of_crystal:
            return []
        wanted = [self.file(what) for what in ("sharpened", "mask", "FSC for the EMDB")]
        return deposition_files(self.run, wanted)

    def for_viewers(self) -> list[FoundFile]:
        """Return what viewers need: their scripts, the maps that these open, and the inputs.

        Some of them may not be there.
        """
        names = {self._names[what] for what in (*_SCRIPTS, *_IN_VIEWERS)}
        outputs = [file for file in self.run.outputs if Path(file.name).name in names]
        return [*outputs, *self.run.inputs]


def read_found(folder: ServedFolder, path: Path) -> Found:
    """Read the results in a folder.

    Raises
    ------
    ResultsError
        If there are none, or they can't be used.
    """
    try:
        found = Found(read_run_folder(path, SCHEMA, folder.resolve))
        require(path / "results.json", _what_it_has(found.run.values))
        found.file("sharpened")
    except ResultsError:
        raise
    except MapSharpeningError as error:
        raise ResultsError(f"{path / 'results.json'} names impossible outputs: {error}") from error
    return found


def _what_it_has(values: Mapping[str, Any]) -> dict[str, bool]:
    """Return whether results.json has what every run has, by what that is in words."""
    result = values.get("result")
    facts: Any = values.get("facts")
    return {
        "parameters, by name": isinstance(values.get("parameters"), dict),
        "notes, a list of texts": is_list_of(str, values.get("notes")),
        "warnings, a list of texts": is_list_of(str, values.get("warnings")),
        "facts, a list with name, value and note": is_list_of(dict, facts)
        and all({"name", "value", "note"} <= set(fact) for fact in facts),
        "result, with a contour_level": isinstance(result, dict)
        and isinstance(result.get("contour_level"), (int, float)),
    }
