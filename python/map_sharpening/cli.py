"""The command line: words in, a run, lines for the user out."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from rich.console import Console

from map_sharpening._core import __version__
from map_sharpening.errors import MapSharpeningError, ParameterError
from map_sharpening.io.recognise import FileKind, kind_of_file, read_parameter_file
from map_sharpening.io.staging import StagedOutputs, write_text_file
from map_sharpening.parameters import reading as parameters
from map_sharpening.parameters.data_manager import managed_files
from map_sharpening.parameters.kind_of_run import settle
from map_sharpening.phil import Fetched, ParameterText, diff, show, write_all
from map_sharpening.progress import (
    JsonLinesProgress,
    Progress,
    SilentProgress,
    TerminalProgress,
)
from map_sharpening.run import AnyPlan, RunOutcome, execute, plan_run
from map_sharpening.runs.positional_maps import MapRoles, map_roles
from map_sharpening.runs.queue.submission import submit, wait_for

_HALF_MAP = "input_files.map_model.half_map"
_FULL_MAP = "input_files.map_model.full_map"
_MASK = "sharpening.mask"
_PARAMETER_OF_KIND: dict[FileKind, str] = {
    "reflections": "input_files.mtz_in",
    "model": "input_files.map_model.model",
    "sequence": "input_files.seq_file",
    "symmetry": "input_files.ncs_file",
}

_DESCRIPTION = """\
Sharpen cryo-EM and crystallographic maps.

  map_sharpening half1.mrc half2.mrc resolution=3.1     two half maps, all else by default
  map_sharpening half1.mrc resolution=3.1               the partner is found by its name
  map_sharpening half1.mrc half2.mrc mask.mrc resolution=3.1
                                                        a mask is known by its values
  map_sharpening map.mrc resolution=3.1                 a single map: by a B factor
  map_sharpening map.mrc model.pdb model_sharpen=True resolution=3.1
                                                        by shells, with a model
  map_sharpening coefficients.mtz                       map coefficients of a crystal
  map_sharpening run.eff nproc=8                        a parameter file, then changes to it
  map_sharpening demo                                   try it on simulated half maps
  map_sharpening gui                                    all of it in a browser
"""
_EPILOGUE = """\
Words are files, recognised by their content, and parameters as name=value; a name may be
shortened as long as it is clear. All parameters: map_sharpening --show-defaults.
Exit status: 0 done, 1 a bug, 2 an input or parameter that can't be used.
"""
_CITATIONS = """\
Half-map error model and anisotropic sharpening:
  Terwilliger, T. C., Sobolev, O. V., Afonine, P. V., Adams, P. D. & Read, R. J. (2020).
  Acta Cryst. D76.
Fourier shell correlation, its 0.143 threshold and C_ref:
  Rosenthal, P. B. & Henderson, R. (2003). J. Mol. Biol. 333, 721-745.
Phase randomisation:
  Chen, S., McMullan, G., Faruqi, A. R., Murshudov, G. N., Short, J. M., Scheres, S. H. W. &
  Henderson, R. (2013). Ultramicroscopy 135, 24-35.
Map sharpening:
  Terwilliger, T. C., Sobolev, O. V., Afonine, P. V. & Adams, P. D. (2018).
  Acta Cryst. D74, 545-559.
"""
_EXIT_USER_ERROR = 2
_EXIT_INTERRUPTED = 130
_EXIT_BROKEN_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    _print_any_character()
    if not arguments:
        _parser().print_help(sys.stderr)
        return _EXIT_USER_ERROR
    try:
        try:
            if arguments[0] == "gui":
                from map_sharpening.gui.command import main as serve_gui

                return serve_gui(arguments[1:], partial(print, flush=True))
            options = _parser().parse_intermixed_args(arguments)
            with _termination_as_interrupt():
                return _run(options)
        finally:
            # Here, where a reader that has gone is no error, and not when Python ends.
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has gone, `head` perhaps; without this Python complains again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _EXIT_BROKEN_PIPE
    except (MapSharpeningError, OSError) as error:
        print(f"map_sharpening: {' '.join(str(error).split())}", file=sys.stderr)
        return _EXIT_USER_ERROR
    except KeyboardInterrupt:
        print("map_sharpening: interrupted; no sharpened map was written", file=sys.stderr)
        return _EXIT_INTERRUPTED


def _print_any_character() -> None:
    """Let a terminal without Å show a question mark, and not end a finished run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="map_sharpening",
        description=_DESCRIPTION,
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("words", nargs="*", metavar="FILE|NAME=VALUE", help="half maps, parameter files, values")
    add(
        "--show-defaults",
        "--show_defaults",
        nargs="?",
        const=0,
        type=int,
        metavar="LEVEL",
        help="print all parameters up to an expert level (default 0; 3 shows all) and stop",
    )
    add("--write-all", "--write_all", metavar="FILE", help="write all parameters and stop")
    add(
        "--diff-params",
        "--diff_params",
        action="store_true",
        help="print the parameters that differ from the defaults and stop",
    )
    add("--dry-run", "--dry_run", action="store_true", help="check inputs, tell the plan, stop")
    add("--quiet", action="store_true", help="print nothing but errors")
    add("--overwrite", action="store_true", help="replace outputs that exist (the default)")
    add(
        "--progress",
        choices=("auto", "json", "none"),
        default="auto",
        help="bars on a terminal (auto), one JSON object a line on standard output, or none",
    )
    add("--citations", action="store_true", help="print what to cite and stop")
    add("--version", action="version", version=f"map_sharpening {__version__}")
    return parser


def _run(options: argparse.Namespace) -> int:
    words: list[str] = options.words
    if options.citations:
        print(_CITATIONS, end="")
        return 0
    if options.show_defaults is not None:
        print(show(parameters.master(), level=options.show_defaults, attributes=1), end="")
        return 0
    if words[:1] == ["demo"]:
        return _demo(words[1:], options)
    fetched = _fetch(words, overwrite=options.overwrite)
    if options.write_all is not None:
        _write_parameters(Path(options.write_all), fetched)
        return 0
    if options.diff_params:
        print(diff(fetched), end="")
        return 0
    _sharpen(fetched, options)
    return 0


def _sharpen(fetched: Fetched, options: argparse.Namespace) -> RunOutcome | None:
    is_silent = options.quiet or options.progress == "json"
    plan = plan_run(fetched)
    if not options.quiet and is_silent:
        _warn(plan.warnings)
    if not is_silent:
        print(plan.text(), end="\n\n", flush=True)
    if options.dry_run:
        if not is_silent:
            print("Would write  " + "\n             ".join(map(str, plan.outputs)))
        return None
    if plan.params.control.queue_run_command is not None:
        _submit(plan, options, is_silent=is_silent)
        return None
    date = datetime.datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    with _progress(options) as progress:
        outcome = execute(plan, progress=progress, date=date)
    if not options.quiet and is_silent:
        _warn([text for text in outcome.result.warnings if text not in plan.warnings])
    if not is_silent:
        is_verbose = fetched.extract().control.verbose
        print(f"{outcome.log}\n{outcome.ending}" if is_verbose else outcome.summary, end="")
    return outcome


def _submit(plan: AnyPlan, options: argparse.Namespace, *, is_silent: bool) -> None:
    """Let a queueing system do the run, and wait for it if that is wanted."""
    job = submit(plan)
    if not is_silent:
        lines = (("Submitted", job.answer), ("Progress", job.progress), ("Errors", job.log))
        print("\n".join(f"{heading:<13}{text}" for heading, text in lines), flush=True)
    if plan.params.control.wait_for_job:
        with _progress(options) as progress:
            wait_for(job, progress)
        if not is_silent:
            print(f"{'Done':<13}{plan.outputs[-1]}")


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        print(f"map_sharpening: warning: {warning}", file=sys.stderr)


def _demo(words: Sequence[str], options: argparse.Namespace) -> int:
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
    outcome = _sharpen(_fetch([*demo.demo_words(folder), *extra], overwrite=True), options)
    if outcome is not None and not is_silent:
        print("\n" + demo.comparison(maps, outcome.result.sharpened))
    return 0


def _fetch(words: Sequence[str], *, overwrite: bool) -> Fetched:
    """Tell files from parameters and merge all."""
    maps: list[Path] = []
    files: list[ParameterText] = []
    values: list[str] = []
    for word in words:
        path = Path(word)
        if "=" in word and not path.exists():
            values.append(word)
            continue
        if path.is_dir():
            raise ParameterError(
                f"{word} is a folder; expected a file or name=value; give the files inside it, or "
                f"output_directory={word} to write there"
            )
        if not path.is_file():
            raise ParameterError(
                f"{word} is neither a file nor name=value; check the file's name, or give a "
                "parameter such as resolution=3.1"
            )
        kind = kind_of_file(path)
        if kind == "map":
            maps.append(path)
        elif kind == "parameters":
            files.append(read_parameter_file(path))
        else:
            values.append(parameters.word_for_file(_PARAMETER_OF_KIND[kind], word))
    if overwrite:
        values.append("output.overwrite=True")
    fetched = parameters.read_words(values, files=files)
    if fetched.foreign:
        managed_maps, managed_words = _managed(fetched, maps)
        maps += managed_maps
        values += managed_words
        fetched = parameters.read_words(values, files=files)
    if not maps:
        return fetched
    roles = _roles(maps, fetched)
    fetched = parameters.read_words([*values, *_words_for_maps(roles)], files=files)
    return replace(fetched, notes=(*fetched.notes, *roles.notes))


def _managed(fetched: Fetched, maps: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """Tell what the files in a parameter file's data_manager are: maps, and words for others."""
    others: dict[str, str] = {}
    found = []
    for file in managed_files(fetched, given=maps):
        path = Path(file.name)
        if not path.is_file():
            raise ParameterError(f"{file.where} is {file.name}; there is no such file")
        kind = kind_of_file(path)
        if kind == "map":
            found.append(path)
            continue
        if kind == "parameters":
            raise ParameterError(
                f"{file.where} is {file.name}; expected a map, model, MTZ, sequence or symmetry "
                "file"
            )
        keyword = _PARAMETER_OF_KIND[kind]
        named = others.get(keyword, fetched.values[keyword])
        if named is not None:
            raise ParameterError(
                f"{file.where} is {file.name}, and {keyword} {named}; give one of them"
            )
        others[keyword] = file.name
    words = [parameters.word_for_file(keyword, name) for keyword, name in others.items()]
    return found, words


def _roles(maps: Sequence[Path], fetched: Fetched) -> MapRoles:
    """Tell what the maps without a name are, beside those that were named."""
    params = fetched.extract()
    named = params.input_files.map_model
    are_all = not (named.half_map or named.full_map or params.input_files.mtz_in)
    roles = map_roles(maps, parameters.voxel_size(params), are_all=are_all)
    given = parameters.mask_choice(params)
    if roles.mask is not None and isinstance(given, str):
        raise ParameterError(
            f"mask is {given}, and {roles.mask} has the values of a mask too; give one of them"
        )
    if roles.full_map is not None and named.full_map is not None:
        raise ParameterError(
            f"full_map is {named.full_map}, and {roles.full_map} was given beside it; give "
            "one of them, or say what the other is, such as half_map= or mask="
        )
    return roles


def _words_for_maps(roles: MapRoles) -> Iterator[str]:
    for half in roles.half_maps:
        yield parameters.word_for_file(_HALF_MAP, str(half))
    for keyword, path in ((_FULL_MAP, roles.full_map), (_MASK, roles.mask)):
        if path is not None:
            # A file may be called False.
            is_value = str(path).lower() in {"none", "auto", "true", "false"}
            yield parameters.word_for_file(keyword, f"./{path}" if is_value else str(path))


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
    elif options.quiet or options.progress == "none":
        yield SilentProgress()
    else:
        with TerminalProgress(Console(stderr=True)) as bars:
            yield bars


@contextlib.contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM, which queues and the GUI send, clean up as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread: signals are the caller's business
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())
