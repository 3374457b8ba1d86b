"""The folder of a run: results.json, the files that are there, the deposition as zip."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from map_sharpening.errors import ParameterError, ResultsError
from map_sharpening.io.readable import text_of_file

#: Text of a log that is read at most; longer ones lose their middle.
_LONGEST_LOG = 2_000_000


@dataclass(frozen=True)
class FoundFile:
    """A file that a run says it wrote or read."""

    name: str  #: as results.json has it
    path: Path
    size: int | None  #: bytes; None: it can't be opened
    problem: str = ""  #: why
    #: Where scripts of the run look for it: links are followed, but not one that is the file
    #: itself. None: nowhere in the folder that is served.
    place: Path | None = None

    @property
    def is_there(self) -> bool:
        """Whether the file can be opened."""
        return self.size is not None


@dataclass(frozen=True)
class RunFolder:
    """A folder of results that was read."""

    folder: Path
    values: dict[str, Any]  #: results.json
    outputs: tuple[FoundFile, ...]
    inputs: tuple[FoundFile, ...]

    @property
    def kind(self) -> str:
        """Of the run: half maps, model or b-factor."""
        return str(self.values["kind"])

    @property
    def result(self) -> dict[str, Any]:
        """The results, depending on the kind of run."""
        found: dict[str, Any] = self.values["result"]
        return found

    def output(self, name: str) -> FoundFile | None:
        """Return the output of a name, wherever it was written, if it is there."""
        found = (file for file in self.outputs if Path(file.name).name == name)
        return next((file for file in found if file.is_there), None)


def read_run_folder(
    folder: Path, expected_schema: str, resolve: Callable[[str], Path]
) -> RunFolder:
    """Read results.json of a folder, and look which of its files are there.

    Parameters
    ----------
    resolve : function of a name
        Returns a file of that name, from the folder that is served, or raises ParameterError.

    Raises
    ------
    ResultsError
        If there is none, or it is no results.json of this program.
    """
    file = folder / "results.json"
    try:
        values = json.loads(text_of_file(file))
    except FileNotFoundError:
        raise ResultsError(
            f"{folder} has no results.json: the run has not ended, or it failed; look into its log"
        ) from None
    except (OSError, ValueError) as error:
        raise ResultsError(
            f"{file} can't be read ({' '.join(str(error).split())}); run it again"
        ) from error
    schema = values.get("schema") if isinstance(values, dict) else None
    if schema != expected_schema:
        raise ResultsError(
            f"{file} has schema {schema!r}; expected {expected_schema!r}; "
            "run it again with this version"
        )
    require(
        file,
        {
            "kind, a word": isinstance(values.get("kind"), str),
            "inputs, a list of names": is_list_of(str, values.get("inputs")),
            "outputs, a list of names": is_list_of(str, values.get("outputs")),
        },
    )
    outputs: list[str] = values["outputs"]
    return RunFolder(
        folder,
        values,
        tuple(_found(folder, name, _places_of_output(name, outputs), resolve) for name in outputs),
        tuple(
            _found(folder, name, _places_of_input(name, outputs), resolve)
            for name in values["inputs"]
        ),
    )


def _places_of_output(name: str, outputs: Sequence[str]) -> list[str | Path]:
    """Return where an output may be, the likeliest first: as text, or as path from the folder.

    Names are from where the run was started, but a folder may have been moved since, and another
    run may have written files of these names: beside results.json are its own.
    """
    bare, beside = Path(Path(name).name), _from_results(name, outputs)
    if beside is None:
        return [Path(name), name, bare]
    if ".." in beside.parts:
        return [Path(name), name, beside, bare]
    return [beside, bare]


def _places_of_input(name: str, outputs: Sequence[str]) -> list[str | Path]:
    beside = _from_results(name, outputs)
    return [name, *([] if beside is None else [beside]), Path(name)]


def _from_results(name: str, outputs: Sequence[str]) -> Path | None:
    """Return the path to a file from the folder of results.json; None: it isn't known."""
    own = next((output for output in outputs if Path(output).name == "results.json"), None)
    if own is None or Path(own).is_absolute() != Path(name).is_absolute():
        return None
    return Path(os.path.relpath(name, Path(own).parent))


def require(file: Path, has: Mapping[str, bool]) -> None:
    """Check that results.json has what is needed of it, each thing said in words.

    Raises
    ------
    ResultsError
        If something is lacking.
    """
    lacking = "; ".join(what for what, is_there in has.items() if not is_there)
    if lacking:
        raise ResultsError(f"{file} lacks what it should have: {lacking}; run it again")


def is_list_of(kind: type, value: object) -> bool:
    """Whether a value of results.json is a list, all of one kind."""
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)


def read_report(file: FoundFile) -> str:
    """Return the text of a report.

    Raises
    ------
    ResultsError
        If it can't be read.
    """
    try:
        return text_of_file(file.path)
    except OSError as error:
        raise ResultsError(f"{file.path} can't be read ({error.strerror})") from error


def read_log(file: FoundFile) -> str:
    """Return the text of a log; the middle of a very long one is left out, with a note.

    Raises
    ------
    ResultsError
        If it can't be read.
    """
    text = read_report(file)
    if len(text) <= _LONGEST_LOG:
        return text
    half = _LONGEST_LOG // 2
    return f"{text[:half]}\n... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"


def deposition_files(run: RunFolder, outputs: Sequence[FoundFile | None]) -> list[FoundFile]:
    """Return what the EMDB asks for: those of some outputs that are there, half maps as given."""
    inputs = run.inputs if run.kind == "half maps" else ()
    return [file for file in (*outputs, *inputs) if file is not None and file.is_there]


def zip_of(files: Sequence[FoundFile], place: BinaryIO) -> None:
    """Write files as a zip, each by its bare name, numbered where two are the same.

    Maps are kept as they are: they hardly get smaller.

    Raises
    ------
    ResultsError
        If one can't be read.
    """
    used: set[str] = set()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
        for file in files:
            name, number = file.path.name, 1
            while name in used:
                number += 1
                name = f"{file.path.stem}_{number}{file.path.suffix}"
            used.add(name)
            try:
                archive.write(file.path, name)
            except OSError as error:
                raise ResultsError(f"{file.path} can't be read ({error.strerror})") from error


def _found(
    folder: Path, name: str, places: Sequence[str | Path], resolve: Callable[[str], Path]
) -> FoundFile:
    problem = ""
    for place in places:
        each = place if isinstance(place, str) else str(folder / place)
        try:
            path = resolve(each)
            if path.is_file():
                return FoundFile(
                    name, path, path.stat().st_size, place=_place_of(Path(each), path, resolve)
                )
        except (ParameterError, OSError) as error:
            problem = problem or str(error)
    return FoundFile(name, folder / name, None, problem or f"{name} is not a file")


def _place_of(given: Path, path: Path, resolve: Callable[[str], Path]) -> Path | None:
    if given.name == path.name:
        return path
    try:
        return resolve(str(given.parent)) / given.name
    except ParameterError:
        return None
