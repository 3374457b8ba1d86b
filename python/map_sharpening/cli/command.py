"""The command itself: a run, its plan or its parameters, and lines about it on the screen."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from map_sharpening.cli.arguments import what_else_was_meant
from map_sharpening.errors import ParameterError
from map_sharpening.io.staging import WRITTEN, StagedOutputs, write_text_file
from map_sharpening.parameters import reading as parameters
from map_sharpening.parameters.kind_of_run import settle
from map_sharpening.phil import Fetched, diff, show, write_all
from map_sharpening.progress import JsonLinesProgress, Progress, SilentProgress, TerminalProgress
from map_sharpening.run import AnyPlan, RunOutcome, execute, plan_run, require_outputs
from map_sharpening.runs.given.words import merged_words


def follow(options: argparse.Namespace) -> RunOutcome | None:
    """Do what words and options ask for; return the outcome if a run was done."""
    words: list[str] = options.words
    if options.show_defaults is not None:
        print(show(parameters.master(), level=options.show_defaults, attributes=1), end="")
        return None
    if words[:1] == ["demo"]:
        _demo(words[1:], options)
        return None
    fetched = merged_words(words, overwrite=options.overwrite, unknown=what_else_was_meant)
    if options.write_all is not None:
        _write_parameters(Path(options.write_all), fetched)
        return None
    if options.diff_params:
        print(diff(fetched), end="")
        return None
    return _sharpen(fetched, options)


def _sharpen(fetched: Fetched, options: argparse.Namespace) -> RunOutcome | None:
    is_silent = options.quiet or options.progress == "json"
    plan = plan_run(fetched)
    if not options.quiet and is_silent:
        _warn(plan.warnings)
    if not is_silent:
        print(plan.text(), end="\n\n", flush=True)
    command = plan.params.control.queue_run_command
    if options.dry_run:
        require_outputs(plan)
        if command is not None:
            from map_sharpening.runs.queue.submission import require_submitter

            require_submitter(command)
        if not is_silent:
            print("Would write  " + "\n             ".join(map(str, plan.outputs)))
        return None
    if command is not None:
        _submit(plan, options, is_silent=is_silent)
        return None
    date = datetime.datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    with _progress(options) as progress:
        outcome = execute(plan, progress=progress, date=date)
    with _if_interrupted(WRITTEN):
        if not options.quiet and is_silent:
            shown = {*plan.warnings, *outcome.told_at_once}
            _warn([text for text in outcome.result.warnings if text not in shown])
        if not is_silent:
            is_verbose = fetched.extract().control.verbose
            print(f"{outcome.log}\n{outcome.ending}" if is_verbose else outcome.summary, end="")
    return outcome


@contextlib.contextmanager
def _if_interrupted(what: str) -> Iterator[None]:
    """Let an interrupt say what is true of the outputs."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt(what) from interrupt


def _submit(plan: AnyPlan, options: argparse.Namespace, *, is_silent: bool) -> None:
    """Let a queueing system do the run, and wait for it if that is wanted."""
    from map_sharpening.runs.queue.submission import submit, wait_for

    job = submit(plan)
    with _if_interrupted(job.goes_on):
        if not is_silent:
            lines = (("Submitted", job.answer), ("Progress", job.progress), ("Errors", job.log))
            print("\n".join(f"{heading:<13}{text}" for heading, text in lines), flush=True)
        if not plan.params.control.wait_for_job:
            return
        with _progress(options) as progress:
            wait_for(job, progress)
    with _if_interrupted(WRITTEN):
        if not is_silent:
            print(f"{'Done':<13}{plan.outputs[-1]}")


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        print(f"map_sharpening: warning: {warning}", file=sys.stderr)


def _demo(words: Sequence[str], options: argparse.Namespace) -> None:
    # Its simulation loads libraries that no other run needs.
    from map_sharpening.simulation import demo

    folder = Path("map_sharpening_demo")
    extra = []
    for word in words:
        name, is_value, value = word.partition("=")
        if not is_value:
            raise ParameterError(
                f"{word} can't be used with demo; expected name=value, such as "
                "output_directory=my_demo"
            )
        if name in {"output_directory", "output.output_directory"}:
            folder = Path(value)
        else:
            extra.append(word)
    is_silent = options.quiet or options.progress == "json"
    if not is_silent:
        print(f"Simulating half maps of haemoglobin (PDB 5NI1) in {folder}", flush=True)
    maps = demo.write_demo_files(folder)
    outcome = _sharpen(merged_words([*demo.demo_words(folder), *extra], overwrite=True), options)
    if outcome is not None and not is_silent:
        print("\n" + demo.comparison(maps, outcome.result.sharpened))


def _write_parameters(path: Path, fetched: Fetched) -> None:
    settled, _ = settle(fetched)
    given = settled.extract().input_files.map_model
    maps = [*given.half_map, *([given.full_map] if given.full_map else [])]
    with StagedOutputs(inputs=maps, overwrite=True, make_folders=False) as staged:
        write_text_file(staged.temporary_path(path), write_all(settled))


@contextlib.contextmanager
def _progress(options: argparse.Namespace) -> Iterator[Progress]:
    if options.progress == "json":
        yield JsonLinesProgress(sys.stdout)
    elif options.quiet or options.progress == "none" or not sys.stderr.isatty():
        yield SilentProgress()  # the library of the bars takes a while to load
    else:
        from rich.console import Console

        with TerminalProgress(Console(stderr=True)) as bars:
            yield bars
