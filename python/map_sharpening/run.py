"""A whole run: parameters in, files out. The one place that knows both ends.

Each function loads what it needs itself: the package has this module in it from the start, and a
run of one kind needs nothing of the others.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from map_sharpening._core import __version__, give_back_memory
from map_sharpening.errors import MapSharpeningWarning, ParameterError

if TYPE_CHECKING:
    from pathlib import Path

    from map_sharpening.io.staging import StagedOutputs
    from map_sharpening.phil import Fetched
    from map_sharpening.progress import Progress
    from map_sharpening.report.contents import AnyResult
    from map_sharpening.runs.b_factor import BFactorPlan
    from map_sharpening.runs.half_maps import HalfMapPlan
    from map_sharpening.runs.model import ModelPlan
    from map_sharpening.runs.plan import Plan
    from map_sharpening.runs.wanted_output import Writer

AnyPlan: TypeAlias = "HalfMapPlan | ModelPlan | BFactorPlan"


@dataclass(frozen=True, repr=False)
class RunOutcome:
    """What a run found and wrote."""

    result: AnyResult
    files: tuple[Path, ...]
    summary: str = field(repr=False)  #: the main results, for the screen
    log: str = field(repr=False)  #: all of it, as in log.txt
    ending: str = field(repr=False)  #: the summary's last lines
    told_at_once: tuple[str, ...] = field(default=(), repr=False)  #: of the result's warnings

    def __repr__(self) -> str:
        return f"RunOutcome({self.result!r}, {len(self.files)} files)"

    def _repr_html_(self) -> str:
        return self.result._repr_html_()


def run(
    parameters: Fetched | Mapping[str, Any] | Sequence[str] = (),
    *unnamed: object,
    progress: Progress | None = None,
    date: str | None = None,
    **named: Any,
) -> RunOutcome:
    """Read maps, sharpen them, write all outputs.

    Parameters
    ----------
    parameters : Fetched, mapping, or sequence of str
        The program's parameters: merged ones, names with values
        (``{"half_map": ["a.mrc", "b.mrc"], "resolution": 3.1}``), or words as on the command
        line, files among them (``["a.mrc", "b.mrc", "resolution=3.1"]``, ``["run.eff"]``). Or
        none of them, and keywords.
    *unnamed
        Refused, with a word on how to name files.
    progress : Progress, optional
        Receives the progress of the run.
    date : str, optional
        Printed in the report as given; no clock is read.
    **named
        The program's parameters as keywords:
        ``run(half_map=["a.mrc", "b.mrc"], resolution=3.1)``.

    Returns
    -------
    RunOutcome

    Raises
    ------
    MapSharpeningError
        If an input, parameter or output can't be used; nothing is written then.
    """
    if unnamed or isinstance(parameters, (str, os.PathLike)):
        files = ", ".join(f"{given!s:.60}" for given in (parameters, *unnamed))
        raise ParameterError(
            f"{files} given without a name; expected names with values, such as "
            'run(half_map=["half1.mrc", "half2.mrc"], resolution=3.1) or run(full_map="map.mrc", '
            'resolution=3.1), or a list of words, such as run(["run.eff", "nproc=8"])'
        )
    if named and len(parameters if isinstance(parameters, (Mapping, Sequence)) else [parameters]):
        raise ParameterError(
            f"{', '.join(named)} given as keywords beside other parameters; expected one of both; "
            "put all into the mapping, or give all as keywords"
        )
    plan = plan_run(named or parameters)
    command = plan.params.control.queue_run_command
    if command is not None:
        raise ParameterError(
            f"queue_run_command is {command}, but this function runs here and returns the result; "
            "leave it out, or call runs.queue.submission.submit(plan_run(parameters))"
        )
    return execute(plan, progress=progress, date=date)


def plan_run(parameters: Fetched | Mapping[str, Any] | Sequence[str]) -> AnyPlan:
    """Open and check all inputs and name all outputs of a run.

    Raises
    ------
    MapSharpeningError
        As `run`.
    """
    from map_sharpening.parameters.data_manager import without_use
    from map_sharpening.parameters.kind_of_run import kind_of_run, require_available, settle

    given = _fetched(parameters)
    fetched, settled = settle(given)
    cautions = [*given.replaced, *require_available(fetched), *without_use(given)]
    # Which of two parameters a short name meant is said only on request.
    is_verbose = fetched.extract().control.verbose
    notes = [*given.notes, *(given.warnings if is_verbose else ()), *settled]
    kind = kind_of_run(fetched)
    if kind == "b-factor":
        from map_sharpening.runs.b_factor import plan_b_factor

        return plan_b_factor(fetched, notes, cautions)
    if kind == "model":
        from map_sharpening.runs.model import plan_model

        return plan_model(fetched, notes, cautions)
    from map_sharpening.runs.half_maps import plan_half_maps

    return plan_half_maps(fetched, notes, cautions)


def execute(
    plan: Plan[Any], *, progress: Progress | None = None, date: str | None = None
) -> RunOutcome:
    """Carry out a plan: sharpen, then write all outputs or none.

    Warns
    -----
    MapSharpeningWarning
        Of what killed runs had left in the folders of the outputs, which is removed before any
        work if nothing else needs it; the result's warnings say so too.
    """
    from map_sharpening.io.staging import StagedOutputs
    from map_sharpening.io.temporary.left_over import clear_left_over
    from map_sharpening.methods.shared.option_groups import GIVEN
    from map_sharpening.parameters.reading import thread_count
    from map_sharpening.progress import SilentProgress
    from map_sharpening.runs.plan import distinct
    from map_sharpening.runs.wanted_output import Finished

    begun = time.perf_counter()
    progress = SilentProgress() if progress is None else progress
    params = plan.params
    folders = [path.parent for path in plan.outputs]
    with StagedOutputs(inputs=plan.input_files, overwrite=params.output.overwrite) as staged:
        # Before any work, so that a full disk costs no time.
        staged.reserve(plan.sizes(), plan.work_sizes())
        # Not before: a run that is refused changes nothing.
        cleared = clear_left_over([*folders, *plan.work_sizes()], kept=plan.input_files)
        for text in cleared:
            # At once, as a run that fails has no result to tell it with.
            warnings.warn(text, MapSharpeningWarning, stacklevel=2)
        result = plan.sharpen(progress, staged.temporary_path)
        # What sharpening took is not kept beside what the report takes.
        give_back_memory()
        is_given = plan.resolution_how == GIVEN
        result = replace(
            result,
            resolution_how=result.resolution_how if is_given else plan.resolution_how,
            warnings=distinct((*plan.warnings, *cleared, *result.warnings)),
        )
        found = plan.log(result, tables=True)
        log = f"map_sharpening {__version__}\n\n{plan.text()}\n\n{found}"
        # Writing waits for the disk and for the report's plots: worth two threads.
        n_threads = min(2, thread_count(params) or os.cpu_count() or 1)
        _write(plan.writers(Finished(result, log, date)), staged, n_threads, progress)
        files = tuple(staged.commit())
    ending = plan.ending(result, time.perf_counter() - begun)
    summary = f"{plan.log(result, tables=False)}\n{ending}"
    return RunOutcome(result, files, summary, log, ending, tuple(cleared))


def _write(
    writers: Mapping[Path, Writer], staged: StagedOutputs, n_threads: int, progress: Progress
) -> None:
    """Write all outputs to temporary files."""
    from concurrent.futures import ThreadPoolExecutor

    def finish(write: Writer, temporary: Path) -> None:
        write(temporary)
        # Not all of them at the end, where nothing else could be done meanwhile.
        staged.flush(temporary)

    progress.stage("write", 0, len(writers))
    with ThreadPoolExecutor(max_workers=n_threads) as pool:
        running = {
            path: pool.submit(finish, write, staged.temporary_path(path))
            for path, write in writers.items()
        }
        for done, (path, task) in enumerate(running.items(), start=1):
            task.result()
            progress.stage("write", done, len(writers), path.name)


def require_outputs(plan: Plan[Any]) -> None:
    """Check that the outputs of a plan can be written, without changing anything.

    Raises
    ------
    OutputError
        As `run`.
    """
    from map_sharpening.io.staging import StagedOutputs

    overwrite = plan.params.output.overwrite
    outputs = StagedOutputs(inputs=plan.input_files, overwrite=overwrite, is_trial=True)
    outputs.reserve(plan.sizes(), plan.work_sizes())


def _words(given: Iterable[str]) -> list[str]:
    """Return words of a command line, paths among them as they would be written there."""
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise ParameterError(
            f"parameters is {given!r:.60}; expected names with values, or a list of words such as "
            '["a.mrc", "b.mrc", "resolution=3.1"]'
        )
    words = list(given)
    for word in words:
        if not isinstance(word, (str, bytes, os.PathLike)):
            raise ParameterError(
                f"a word is {word!r:.60} of type {type(word).__name__}; expected text, such as "
                '"resolution=3.1", or a path'
            )
    return [word if isinstance(word, str) else os.fsdecode(word) for word in words]


def _fetched(parameters: Fetched | Mapping[str, Any] | Sequence[str]) -> Fetched:
    from map_sharpening.parameters.reading import read_words, word_for_file, word_for_values
    from map_sharpening.phil import Fetched

    if isinstance(parameters, Fetched):
        return parameters
    if not isinstance(parameters, Mapping):
        from map_sharpening.runs.given.words import merged_words

        return merged_words(_words(parameters), words_from="parameters")
    words = []
    for name, value in parameters.items():
        several = isinstance(value, (list, tuple, Iterator)) and name.endswith("half_map")
        for given in value if several else [value]:
            is_row = getattr(given, "ndim", None) == 1 and hasattr(given, "tolist")
            item = given.tolist() if is_row else given  # numbers
            if hasattr(item, "__array__") and getattr(item, "ndim", None):
                raise ParameterError(
                    f"{name} is an array or a map; expected the name of a file; for maps in "
                    "memory there are functions such as map_sharpening.sharpen_half_maps"
                )
            if isinstance(item, (bytes, os.PathLike)):
                words.append(word_for_file(name, os.fsdecode(item)))
            elif isinstance(item, (list, tuple)):
                words.append(word_for_values(name, item))
            else:
                words.append(f"{name}={item}")
    return read_words(words, words_from="parameters")
