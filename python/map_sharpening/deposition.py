"""What the EMDB asks for from one run, in one folder, with a list of what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from map_sharpening.errors import MapSharpeningError, ResultsError
from map_sharpening.io.maps import read_map
from map_sharpening.io.readable import copy_file
from map_sharpening.io.staging import StagedOutputs, write_binary_file, write_text_file
from map_sharpening.io.viewers import PALETTE
from map_sharpening.io.web.run_folder import FoundFile, RunFolder, read_report, read_run_folder
from map_sharpening.maps.grids import require_same_grid
from map_sharpening.maps.map_data import FloatMap, MapData
from map_sharpening.parameters.reading import output_names, values_of_run
from map_sharpening.report.results_json import SCHEMA
from map_sharpening.report.views.map_picture import PICTURE_SIZE, map_picture

_LIST = "checklist.txt"
#: Extensions that the EMDB takes; files compressed otherwise must be unpacked first.
_PACKED = (".gz", ".bz2")
_PICTURE = "picture.png"


@dataclass(frozen=True)
class DepositedFile:
    """A file that is copied as it is."""

    name: str  #: in the folder for the deposition
    source: Path
    what: str  #: in the words of the EMDB
    note: str = ""


@dataclass
class Deposition:
    """What a run has for the EMDB, what is missing, and what was checked."""

    run: RunFolder
    picture: bytes | None = None  #: of the map, as PNG
    picture_note: str = ""
    files: list[DepositedFile] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)  #: what should be put right first

    def text(self) -> str:
        """Return the list, for a person."""
        blocks = [
            ("Files", [*(_line(file) for file in self.files), *self._picture_lines()]),
            ("Missing", self.missing or ["nothing"]),
            ("Look at these before you deposit", self.doubts or ["nothing"]),
            ("Checked", self.checks),
        ]
        shown = [
            f"{title}\n{'-' * len(title)}\n" + "\n".join(f"  {line}" for line in lines)
            for title, lines in blocks
        ]
        return f"For the EMDB, from {self.run.folder}\n\n" + "\n\n".join(shown) + "\n"

    def _picture_lines(self) -> list[str]:
        if self.picture is None:
            return []
        size = f"{PICTURE_SIZE} x {PICTURE_SIZE} pixels"
        return [f"{_PICTURE:<24}picture of the map, {size}; {self.picture_note}"]


def plan_deposition(folder: Path, half_maps: Sequence[Path] = ()) -> Deposition:
    """Find what a folder of results has for the EMDB, and check it.

    Parameters
    ----------
    half_maps : sequence of Path
        The two half maps, if not those that results.json names.

    Raises
    ------
    ResultsError
        If there are no results, or no sharpened map among them.
    """
    run = read_run_folder(folder, SCHEMA, Path)
    found = Deposition(run)
    primary = _output(run, "sharpened_map")
    problem = _why_not(primary)
    if problem:
        raise ResultsError(f"{folder} has no primary map to deposit: {problem}; run it again")
    try:
        level = float(run.result["contour_level"])
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsError(
            f"{folder / 'results.json'} has no contour level that is a number; run it again"
        ) from error
    source = read_map(primary.path)[0]
    note = f"recommended contour level {level:.3g}"
    found.files.append(_named("primary_map", primary.path, "primary map", note))
    found.checks.append(f"primary map: {_grid(source)}")
    if source.position.is_of_crystal:
        found.doubts.append(
            f"the map is of a crystal, with space group number {source.position.space_group}: the "
            "EMDB takes maps of electron microscopy; deposit the structure factors and the model "
            "of a crystal in the PDB"
        )
    _add_half_maps(found, source, half_maps)
    _add_mask(found, source)
    _add_fsc(found)
    modified = _output(run, "modified_map")
    if not _is_borne_out(run):
        found.checks.append(
            "density modification: the half maps do not support it, so its map is left out"
        )
    elif modified.is_there and not _why_not(modified):
        text = "additional map, density modified: never the primary one"
        found.files.append(_named("additional_map_1", modified.path, text))
    _add_picture(found, source, level)
    return found


def write_deposition(
    found: Deposition, folder: Path, *, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write all files, the picture and the list into a folder, or nothing.

    Inputs stay as they are.

    Raises
    ------
    OutputError
        If a file can't be read or written, or is there already.
    """
    inputs = [file.source for file in found.files]
    with StagedOutputs(inputs=inputs, overwrite=overwrite) as staged:
        sizes = {folder / file.name: file.source.stat().st_size for file in found.files}
        made = {folder / _LIST: len(found.text().encode()) + 1}
        if found.picture is not None:
            made[folder / _PICTURE] = len(found.picture)
        staged.reserve({**sizes, **made})
        for file in found.files:
            copy_file(file.source, staged.temporary_path(folder / file.name))
        if found.picture is not None:
            write_binary_file(staged.temporary_path(folder / _PICTURE), found.picture)
        write_text_file(staged.temporary_path(folder / _LIST), found.text())
        return tuple(staged.commit())


def _line(file: DepositedFile) -> str:
    note = f"; {file.note}" if file.note else ""
    return f"{file.name:<24}{file.what} ({file.source}){note}"


def _named(stem: str, source: Path, what: str, note: str = "") -> DepositedFile:
    packed = "".join(source.suffixes[-1:]) if source.suffix in _PACKED else ""
    inner = Path(source.name.removesuffix(packed)).suffix if packed else source.suffix
    ending = inner if inner in (".mrc", ".ccp4", ".map") else ".mrc"
    return DepositedFile(f"{stem}{ending}{packed}", source, what, note)


def _output(run: RunFolder, field_name: str) -> FoundFile:
    scopes = ("output.", "b_factor_sharpening_output_files.")
    names = output_names(values_of_run(run.values["parameters"], *scopes))
    name = getattr(names, field_name).name
    return run.output(name) or FoundFile(name, run.folder / name, None, f"{name} is not there")


def _why_not(file: FoundFile) -> str:
    """Return why a file can't be copied; nothing if it can."""
    if not file.is_there:
        return file.problem or f"{file.name} is not there"
    if file.path.is_symlink():
        return f"{file.path} is a link to {file.path.readlink()}, which is not followed"
    return ""


def _add_half_maps(found: Deposition, primary: MapData, given: Sequence[Path]) -> None:
    remedy = "give them as half_map=FILE half_map=FILE"
    files = list(_given_files(given)) if given else _half_maps_of(found.run)
    problems = [problem for problem in map(_why_not, files) if problem]
    if len(files) != 2 or problems:
        why = "; ".join(problems) or f"{len(files)} are known"
        found.missing.append(f"two half maps as they were reconstructed: {why}; {remedy}")
        return
    maps, named = [], []
    for number, file in enumerate(files, start=1):
        name = f"half map {number}, {file.path.name}"
        try:
            map_data = read_map(file.path)[0]
            require_same_grid(primary, map_data)
        except MapSharpeningError as error:
            found.missing.append(f"{name}: can't be used: {error}; {remedy}")
            return
        if file.path.suffix == ".xz":
            found.missing.append(f"{name}: the EMDB takes no .xz; unpack it, and {remedy}")
            return
        maps.append(map_data)
        if "map_is_sharpened" in map_data.position.labels:
            found.doubts.append(
                f"{name} is labelled as sharpened; the EMDB wants half maps as reconstructed, "
                "not filtered, masked or sharpened"
            )
        named.append(_named(f"half_map_{number}", file.path, f"half map {number}"))
    found.files += named
    if np.array_equal(maps[0].values, maps[1].values):
        found.doubts.append("the half maps are one and the same map; give the other half")
    found.checks.append("half maps: lie on the grid of the primary map; compared with each other")
    for text in found.run.values["warnings"]:
        if any(word in text for word in ("sharpened", "filtered", "masked")):
            found.doubts.append(f"a warning of the run: {text}")


def _given_files(paths: Sequence[Path]) -> Iterator[FoundFile]:
    for path in paths:
        is_file = path.is_file()
        size = path.stat().st_size if is_file else None
        yield FoundFile(str(path), path, size, "" if is_file else f"{path} is not a file")


def _is_borne_out(run: RunFolder) -> bool:
    """Return whether density was modified, as far as the run says."""
    modification = run.result.get("modification")
    return not isinstance(modification, dict) or bool(modification.get("is_borne_out", True))


def _half_maps_of(run: RunFolder) -> list[FoundFile]:
    # Half maps come first among the inputs.
    parameters: dict[str, Any] = run.values["parameters"]
    has_halves = run.kind == "half maps" or parameters.get("input_files.map_model.half_map")
    return list(run.inputs[:2]) if has_halves else []


def _add_picture(found: Deposition, primary: MapData, level: float) -> None:
    """Draw the contour surface inside the mask, coloured by local resolution if there is one."""
    what = f"a picture of the map, {PICTURE_SIZE} x {PICTURE_SIZE} pixels"
    box = primary.box
    if (box.alpha, box.beta, box.gamma) != (90, 90, 90):
        found.missing.append(f"{what}: the map's axes are not at right angles; save one by hand")
        return
    mask = None
    if found.run.result.get("has_mask"):
        mask, _ = _map_beside(found.run, "mask", primary)  # why not is said with the mask
    local, problem = _map_beside(found.run, "local_resolution_map", primary)
    picture = map_picture(
        primary.values, primary.voxel_size, level, mask=mask, local=local, palette=PALETTE
    )
    if picture is None:
        found.missing.append(
            f"{what}: the map is nowhere above its contour level, {level:.3g}; check the map"
        )
        return
    note = f"no local resolution to colour it by: {problem}"
    if picture.limits is not None:
        low, high = picture.limits
        ends = f"blue {low:.2f} Å to red {high:.2f} Å" if low < high else f"{low:.2f} Å all over"
        note = f"coloured by local resolution, {ends}"
    found.picture = picture.png
    found.picture_note = f"the surface at {level:.3g}, seen along z, {note}"


def _map_beside(run: RunFolder, name: str, primary: MapData) -> tuple[FloatMap | None, str]:
    """Read a map of the run on the grid of the primary one, or say why there is none to use."""
    file = _output(run, name)
    problem = _why_not(file)
    if problem:
        return None, problem
    try:
        map_data = read_map(file.path, allow_constant=True)[0]
        require_same_grid(primary, map_data)
    except MapSharpeningError as error:
        return None, str(error)
    return map_data.values, ""


def _add_mask(found: Deposition, primary: MapData) -> None:
    mask = _output(found.run, "mask")
    if not found.run.result.get("has_mask"):
        return
    problem = _why_not(mask)
    if problem:
        found.missing.append(f"the mask of the FSC: {problem}; give the mask that you used")
        return
    try:
        require_same_grid(primary, read_map(mask.path, allow_constant=True)[0])
    except MapSharpeningError as error:
        found.missing.append(f"the mask of the FSC: it can't be used: {error}")
        return
    found.files.append(_named("mask", mask.path, "mask, as an additional file"))
    found.checks.append("mask: lies on the grid of the primary map")


def _add_fsc(found: Deposition) -> None:
    file = found.run.output("fsc.xml")
    if file is None or _why_not(file):
        why = "there is none" if file is None else _why_not(file)
        found.missing.append(f"the FSC as XML: {why}; it comes with a run on two half maps")
        return
    try:
        n_points = _points_of_fsc(read_report(file))
    except (ElementTree.ParseError, ValueError) as error:
        found.missing.append(f"the FSC as XML: {file.path} is damaged ({error}); run it again")
        return
    found.files.append(DepositedFile("fsc.xml", file.path, "FSC curve"))
    found.checks.append(f"FSC: {n_points} points, resolution increasing")


def _points_of_fsc(text: str) -> int:
    """Return the number of points of an FSC; ValueError if it isn't in the EMDB's form."""
    root = ElementTree.fromstring(text)
    points = [
        (float(point.findtext("x", "")), float(point.findtext("y", "")))
        for point in root.findall("coordinate")
    ]
    places = [x for x, _ in points]
    is_sound = root.tag == "fsc" and len(points) > 1 and len(points) == len(list(root))
    if not is_sound or any(b <= a for a, b in pairwise(places)):
        raise ValueError("expected fsc with coordinates x, growing, and y")
    if not all(-1.0001 <= y <= 1.0001 for _, y in points):
        raise ValueError("expected correlations from -1 to 1")
    return len(points)


def _grid(map_data: MapData) -> str:
    nz, ny, nx = map_data.shape
    steps = " x ".join(f"{step:.4g}" for step in map_data.voxel_size)
    return f"{nx} x {ny} x {nz} voxels of {steps} Å"
