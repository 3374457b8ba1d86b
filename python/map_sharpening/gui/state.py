"""What the screens show and change, without any browser."""

from __future__ import annotations

import datetime
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from map_sharpening.errors import ClusterError, MapSharpeningError
from map_sharpening.io.readable import text_of_file
from map_sharpening.io.web import run_records
from map_sharpening.io.web.run_records import RunRecord
from map_sharpening.io.web.served_folder import ServedFolder
from map_sharpening.parameters.kind_of_run import settle
from map_sharpening.parameters.reading import master, read_words, short_name, word_for_file
from map_sharpening.phil import Definition, Fetched, diff
from map_sharpening.phil.types import ChoiceType
from map_sharpening.runs.queue.ending import (
    JOB_PROGRESS,
    end_job,
    exit_of_job,
    is_being_submitted,
    job_of,
)

Role = Literal[
    "half map", "full map", "mask", "model", "coefficients", "sequence", "symmetry", "external map"
]

#: The parameter that takes a file of a role.
PARAMETER_OF_ROLE: Mapping[Role, str] = {
    "half map": "input_files.map_model.half_map",
    "full map": "input_files.map_model.full_map",
    "mask": "sharpening.mask",
    "model": "input_files.map_model.model",
    "coefficients": "input_files.mtz_in",
    "sequence": "input_files.seq_file",
    "symmetry": "input_files.ncs_file",
    "external map": "input_files.external_map_file",
}
OUTPUT_FOLDER = "output.output_directory"
RESOLUTION = "crystal_info.resolution"
_SCHEMA = "map_sharpening results "  #: of results; a number follows

_SUBMIT, _WAIT = "control.queue_run_command", "control.wait_for_job"

#: Number, size and time of change of some files; None: it isn't there.
_FileStates = tuple[tuple[int, int, int] | None, ...]

RunStage = Literal["waiting", "running", "done", "failed", "cancelled", "died"]


@dataclass(frozen=True)
class InputFile:
    """A file that a run is to read, and what is known of it."""

    name: str  #: from the root, as the command gives it
    role: Role | None  #: None: unknown, not used
    facts: tuple[tuple[str, str], ...] = ()  #: heading and value: box, voxel, position ...
    warnings: tuple[str, ...] = ()
    error: str = ""  #: why it can't be used
    roles: tuple[Role, ...] = ()  #: that it may have
    is_chosen: bool = False  #: its role was chosen by hand


@dataclass
class Draft:
    """A run as it is being prepared, in one browser."""

    inputs: list[InputFile] = field(default_factory=list)
    #: what was typed, by path of the parameter; nothing of those left at their defaults
    values: dict[str, str] = field(default_factory=dict)
    resolution_source: str = ""  #: where a proposed resolution comes from; empty: it was typed

    def copy(self) -> Draft:
        """Return a draft that changes by itself."""
        return Draft(list(self.inputs), dict(self.values), self.resolution_source)

    def words(self, *, with_folder: bool = False) -> list[str]:
        """Return the words of the command line; the output folder's only if wanted."""
        words = []
        for file in self.inputs:
            if file.role is not None:
                # A file may be called False.
                is_value = file.name.lower() in {"none", "auto", "true", "false"}
                name = f"./{file.name}" if is_value else file.name
                words.append(word_for_file(short_name(PARAMETER_OF_ROLE[file.role]), name))
        for path, text in self.values.items():
            if path != OUTPUT_FOLDER or with_folder:
                words += [f"{short_name(path)}={part}" for part in _repeats(path, text)]
        if _SUBMIT in self.values and _WAIT not in self.values:
            words.append(f"{short_name(_WAIT)}=True")  # or it would look finished when submitted
        return words

    def fetched(self) -> Fetched:
        """Return the parameters, merged with the defaults.

        Raises
        ------
        ParameterError
            If one can't be used.
        """
        return read_words(self.words(with_folder=True))

    def command(self, output_folder: str | None = None) -> str:
        """Return the command that does the same at the shell, in the root folder."""
        words = self.words()
        if output_folder is not None:
            words.append(word_for_file("output_directory", output_folder))
        return shlex.join(["map_sharpening", *words])

    def parameter_file(self) -> str:
        """Return the text of a parameter file that does the same.

        Raises
        ------
        ParameterError
            If a parameter can't be used.
        """
        # A default that was given counts in a command alone: what follows from it, in a file too.
        settled, _ = settle(self.fetched())
        return diff(settled)


def stem_of_folder(fetched: Fetched) -> str:
    """Return what a run's folder is called, without its number."""
    named: str | None = fetched.extract().output.output_directory
    stem = Path(named or "").name
    return "sharpened" if stem in ("", "..") else stem


def _repeats(path: str, text: str) -> list[str]:
    """Return the values of a parameter that may be given several times: one a line."""
    if not master().definitions[path].is_multiple:
        return [text]
    return [line.strip() for line in text.splitlines() if line.strip()]


def text_of(definition: Definition, value: Any) -> str:
    """Return a value as a user would type it into the form."""
    if definition.is_multiple:
        return "\n".join(definition.write(part) for part in value or ())
    if isinstance(definition.type, ChoiceType):
        if not definition.type.is_multiple:
            return str(value)
        if value:  # without those that are not chosen
            return "+".join(value)
    return definition.write(value)


@dataclass(frozen=True)
class Run:
    """A run of the folder, as it is now; `State.run` looks again."""

    folder: Path
    name: str  #: from the root
    record: RunRecord
    stage: RunStage
    exit_status: int | None = None
    progress: tuple[dict[str, Any], ...] = ()  #: its lines, as `JsonLinesProgress` writes them

    @property
    def label(self) -> str:
        """What it is called beside other runs."""
        title, name = self.record.title.strip(), self.shown_name
        return f"{title} ({name})" if title else name

    @property
    def shown_name(self) -> str:
        """The name of its folder; the folder that is served has none from itself."""
        return "this folder" if self.name == "." else self.name

    @property
    def command(self) -> str:
        """The command that was given."""
        return shlex.join(["map_sharpening", *self.record.words])

    @property
    def job(self) -> str | None:
        """What a queueing system answered when the run was submitted; None: it has no job."""
        try:
            found = job_of(self.folder)
        except ClusterError as error:
            return str(error)
        if found is None:
            return None
        return found.answer or f"{found.command[0]} has not answered yet"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.stage not in ("waiting", "running")

    def log(self) -> str:
        """Return warnings and errors so far."""
        return run_records.text_so_far(self.folder / run_records.LOG)


class State:
    """All that one server shows: the folder, its runs, and the last draft."""

    def __init__(self, root: Path, *, upload_limit: int = 8_000_000_000) -> None:
        self.folder = ServedFolder(root)
        self.upload_limit = upload_limit
        self.draft = Draft()
        self.n_at_once = 1
        #: runs that are over, and what is none, by folder, with the state of the files that say so
        self._over: dict[Path, tuple[_FileStates, Run | None]] = {}

    def new_draft(self) -> Draft:
        """Return a draft for a new browser, which continues where the last one was."""
        return self.draft.copy()

    def keep(self, draft: Draft) -> None:
        """Remember a draft for the next browser that comes in."""
        self.draft = draft.copy()

    def runs(self) -> list[Run]:
        """Return the runs of the folder, the newest first."""
        root = self.folder.root
        folders = [root, *run_records.run_folders(root)]
        for folder in set(self._over).difference(folders):
            self._over.pop(folder, None)
        runs = [run for run in map(self._look, folders) if run is not None]
        return sorted(runs, key=lambda run: (run.record.made, run.name), reverse=True)

    def run(self, name: str) -> Run | None:
        """Return a run by its name, as it is now."""
        return self._look(self.folder.resolve(name))

    def add_run(self, draft: Draft, *, title: str = "") -> Run:
        """Put a run at the end of the queue, and start it if it is its turn.

        Raises
        ------
        ParameterError
            If a parameter can't be used.
        OutputError
            If its folder can't be made or written; then nothing of it stays.
        """
        stem = stem_of_folder(draft.fetched())
        now = datetime.datetime.now().astimezone().isoformat(timespec="milliseconds")

        def record(folder: Path) -> RunRecord:
            words = (*draft.words(), word_for_file("output_directory", folder.name))
            return RunRecord(words, title=title, made=now)

        folder = run_records.new_run(self.folder.root, stem, record)
        self.start_next()
        run = self._look(folder)
        assert run is not None, "its record was just written"
        return run

    def start_next(self) -> list[Run]:
        """Start runs that wait, as many as may run at once; return all runs, the newest first.

        Raises
        ------
        OutputError
            If one can't be started.
        """
        runs = self.runs()
        n_free = self.n_at_once - sum(run.stage == "running" for run in runs)
        waiting = [run for run in reversed(runs) if run.stage == "waiting"][: max(0, n_free)]
        for run in waiting:
            run_records.start(run.folder, self.folder.root)
        seen = (self._look(run.folder) if run in waiting else run for run in runs)
        return [run for run in seen if run is not None]

    def cancel(self, run: Run, *, at_once: bool = False) -> None:
        """End a run and its job, or take it from the queue.

        Raises
        ------
        ClusterError
            If its job can't be ended.
        """
        if not at_once and is_being_submitted(run.folder):
            end_job(run.folder)  # it says why not: ended now, nobody would know the job
        run_records.cancel(run.folder, at_once=at_once)
        end_job(run.folder)

    def annotate(self, run: Run, *, title: str | None = None, notes: str | None = None) -> None:
        """Change a run's title or notes."""
        record = run_records.read_record(run.folder) or run.record
        changes = {"title": title, "notes": notes}
        kept = {name: text for name, text in changes.items() if text is not None}
        run_records.write_record(run.folder, replace(record, **kept))  # type: ignore[arg-type]

    def url_of(self, path: Path) -> str:
        """Return where the browser finds a file of the folder."""
        return f"/files/{quote(self.folder.name_of(path))}"

    def _look(self, folder: Path) -> Run | None:
        """Return the run of a folder; one that is over is read again only if its files change."""
        states = _file_states(folder)
        kept = self._over.get(folder)
        if kept is not None and kept[0] == states:
            return kept[1]
        record = run_records.read_record(folder)
        if record is None or record.stage == "ended" or folder == self.folder.root:
            run = self._at_shell(folder, record)
            self._over[folder] = (states, run)
            return run
        # Ask first whether it is alive, so that its last lines are read.
        is_alive = record.stage != "waiting" and run_records.is_alive(folder)
        progress = run_records.progress_so_far(folder)
        ends = [line["exit"] for line in progress if isinstance(line.get("exit"), int)]
        status: int | None = ends[-1] if ends else None
        if status is None and not is_alive and record.stage != "waiting":
            status = exit_of_job(folder)  # it may have gone on when what waited for it was killed
        run = Run(
            folder,
            self.folder.name_of(folder),
            record,
            _stage(record, status, is_alive=is_alive),
            status,
            tuple(progress),
        )
        if run.is_over and not is_alive:
            self._over[folder] = (states, run)
        return run

    def _at_shell(self, folder: Path, record: RunRecord | None) -> Run | None:
        """Return a run that was done without the interface, as its results tell."""
        name = self.folder.name_of(folder)
        try:
            found = json.loads(text_of_file(self.folder.resolve(f"{name}/{run_records.RESULTS}")))
            if not found["schema"].startswith(_SCHEMA):
                return None
            words = _words_of(found["parameters"])
            made = datetime.datetime.fromisoformat(found["date"]).astimezone()
        except (MapSharpeningError, OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        record = record or RunRecord(())
        record = replace(record, words=words, stage="ended", made=made.isoformat())
        return Run(folder, name, record, "done", 0)


def _words_of(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words of a command line that give parameters, by path, as results have them."""
    words = []
    for path, value in parameters.items():
        definition = master().definitions[path]
        texts = text_of(definition, value).splitlines() or ["None"]
        words += [f"{short_name(path)}={text}" for text in texts]
    return tuple(words)


def _file_states(folder: Path) -> _FileStates:
    """Return what changes when one of the files does that say how far a run is."""
    return tuple(
        _file_state(folder / name)
        for name in (run_records.RECORD, run_records.PROGRESS, JOB_PROGRESS, run_records.RESULTS)
    )


def _file_state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None  # as reading it will find too
    return found.st_ino, found.st_size, found.st_mtime_ns


def _stage(record: RunRecord, status: int | None, *, is_alive: bool) -> RunStage:
    if record.stage == "waiting":
        return "waiting"
    if is_alive and status is None:
        return "running"
    if status == 0:
        return "done"
    if record.stage == "cancelled":
        return "cancelled"
    return "died" if status is None else "failed"
