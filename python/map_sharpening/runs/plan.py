"""The plan of a run, checked before anything is computed or written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Generic

from map_sharpening._core import __version__
from map_sharpening.io.viewers import ViewerFiles
from map_sharpening.maps.map_data import MapData
from map_sharpening.parameters.reading import OutputNames, thread_count
from map_sharpening.phil import Fetched, Values, write_all
from map_sharpening.progress import Progress
from map_sharpening.report import RunFacts, ending_text, log_text, results_text
from map_sharpening.runs.outputs import (
    path_from,
    require_different,
    require_names_for_viewers,
    versions,
    viewer_outputs,
)
from map_sharpening.runs.wanted_output import Finished, Result, WantedOutput, Writer, text_output

if TYPE_CHECKING:
    from map_sharpening.runs.map_inputs import MapInputs

LARGEST_REPORT = 5_000_000  #: bytes
#: Headings of the inputs that viewers' scripts open.
_SHOWN_IN_VIEWERS = ("Half maps", "", "Full map", "Model")


@dataclass(frozen=True)
class Plan(ABC, Generic[Result]):
    """Inputs opened and checked, outputs named; nothing computed or written yet."""

    fetched: Fetched = field(repr=False)
    bytes_needed: int
    notes: tuple[str, ...]  #: what the user should know, one line each
    warnings: tuple[str, ...]
    names: OutputNames
    resolution_how: str  #: given, or where it was found

    def __post_init__(self) -> None:
        require_different(self.outputs, self.fetched, self.numbered_output)
        shown = [path for heading, path in self.input_lines if heading in _SHOWN_IN_VIEWERS]
        require_names_for_viewers(self.directory, [*shown, *self.outputs])

    @property
    def params(self) -> Values:
        """The program's parameters by name."""
        return self.fetched.extract()

    @property
    @abstractmethod
    def source(self) -> MapData:
        """The map that is sharpened, or the first of the two."""

    @property
    @abstractmethod
    def resolution(self) -> float:
        """Nominal resolution in Å."""

    @property
    def directory(self) -> Path:
        """Folder of the outputs."""
        return self.names.directory

    @property
    @abstractmethod
    def input_lines(self) -> tuple[tuple[str, Path], ...]:
        """All files that are read, with headings for a person."""

    @property
    def input_files(self) -> tuple[Path, ...]:
        """All files that are read."""
        return tuple(path for _, path in self.input_lines)

    @abstractmethod
    def own_outputs(self) -> Iterator[WantedOutput[Result]]:
        """Yield the maps and tables of this kind of run, in the order they are listed in."""

    @cached_property
    def wanted(self) -> tuple[WantedOutput[Result], ...]:
        """All outputs, in the order they are listed in."""
        folder, parameters_text = self.directory, write_all(self.fetched)
        report: WantedOutput[Result] = text_output(
            folder / "report.html",
            lambda finished: self._report(finished, parameters_text),
            size=LARGEST_REPORT,
            is_slow=True,
        )
        return (
            *self.own_outputs(),
            *((report,) if self.params.output.report else ()),
            *viewer_outputs(folder, self.views),
            text_output(folder / "used_parameters.eff", lambda _: parameters_text),
            text_output(
                folder / "results.json",
                lambda finished: results_text(finished.result, self._facts(finished)),
            ),
            text_output(folder / "log.txt", lambda finished: finished.log),
        )

    @property
    def outputs(self) -> tuple[Path, ...]:
        """The names of all outputs; log.txt comes last."""
        return tuple(output.path for output in self.wanted)

    @property
    def numbered_output(self) -> Path | None:
        """The name of files that each have their number before the ending, if there are any."""
        return None

    def sizes(self) -> dict[Path, int]:
        """Return the room that each output may take, in bytes."""
        return {output.path: output.size for output in self.wanted}

    def work_sizes(self) -> dict[Path, int]:
        """Return the room that files take while work is done, in bytes by folder."""
        return {}

    @abstractmethod
    def sharpen(self, progress: Progress, temporary_path: Callable[[Path], Path]) -> Result:
        """Do the work; files written meanwhile go where `temporary_path` says."""

    @abstractmethod
    def views(self, result: Result) -> ViewerFiles:
        """Return what viewers are to show."""

    @abstractmethod
    def before(self) -> MapData | tuple[MapData, MapData]:
        """Return the map before sharpening, or the two half maps whose mean it was."""

    def written(self, result: Result) -> list[str]:
        """Return the names of what is written."""
        return [str(output.path) for output in self.wanted if output.is_made(result)]

    def log(self, result: Result, *, tables: bool) -> str:
        """Return the results, for a person."""
        return log_text(result, outputs=self.written(result), tables=tables)

    def ending(self, result: Result, seconds: float) -> str:
        """Return the last lines on a screen."""
        return ending_text(result, seconds, outputs=self.written(result))

    def writers(self, finished: Finished[Result]) -> dict[Path, Writer]:
        """Return the writer of each output that is made; the slowest first."""
        made = [output for output in self.wanted if output.is_made(finished.result)]
        made.sort(key=lambda output: not output.is_slow)
        return {output.path: output.writer(finished) for output in made}

    def _report(self, finished: Finished[Result], parameters_text: str) -> str:
        # Only where a report is wanted, as its libraries take a while to load.
        from map_sharpening.report.advice import ROLES
        from map_sharpening.report.html import html_report

        named = {role: getattr(self.names, role, self.directory / "fsc.xml") for role in ROLES}
        return html_report(
            finished.result,
            self._facts(finished),
            before=self.before(),
            parameters_text=parameters_text,
            versions=versions(),
            places={str(path): path_from(self.directory, path) for path in self.outputs},
            roles={role: str(path) for role, path in named.items()},
            threads=thread_count(self.params),
        )

    def _facts(self, finished: Finished[Result]) -> RunFacts:
        return RunFacts(
            version=__version__,
            title=self.params.job_title,
            date=finished.date,
            inputs=tuple(str(path) for path in self.input_files),
            outputs=tuple(self.written(finished.result)),
            parameters=self.fetched.changed(),
            notes=self.notes,
        )

    def text(self) -> str:
        """Return what the run will do, for a person."""
        nz, ny, nx = self.source.values.shape
        title = self.params.job_title
        lines = [
            *((("Title", title),) if title else ()),
            *self.input_lines,
            (
                "Grid",
                f"{nx} x {ny} x {nz}, voxel "
                + " x ".join(f"{step:.4g}" for step in self.source.voxel_size)
                + " Å",
            ),
            ("Resolution", f"{self.resolution:.4g} Å"),
            ("Memory", f"{self.bytes_needed / 1e9:.2f} GB at most, besides the maps read"),
            *(("Note", note) for note in self.notes),
            *(("Warning", warning) for warning in self.warnings),
        ]
        return "\n".join(f"{heading:<13}{text}" for heading, text in lines)


@dataclass(frozen=True)
class OneMapPlan(Plan[Result]):
    """A plan for one map, or for the mean of two half maps in its place."""

    maps: MapInputs

    @property
    def source(self) -> MapData:
        """The map that is sharpened, or the first half map."""
        return self.maps.source

    @property
    def resolution(self) -> float:
        """Nominal resolution in Å."""
        return self.maps.resolution

    def before(self) -> MapData | tuple[MapData, MapData]:
        """Return the map, or the half maps."""
        if self.maps.full_map is None and self.maps.half_maps is not None:
            return self.maps.half_maps
        return self.source


def distinct(warnings: Sequence[str]) -> tuple[str, ...]:
    """Return each warning once, in the order of their first appearance."""
    return tuple(dict.fromkeys(warnings))
