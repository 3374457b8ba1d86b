"""The command line: words in, a run, lines for the user out.

What a run needs is loaded once it is clear that there is one, so that help comes at once.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from importlib import import_module
from types import FrameType
from typing import Any, NoReturn, TextIO

from map_sharpening.cli.arguments import CITATIONS, argument_parser, require_known_options
from map_sharpening.errors import MapSharpeningError, MapSharpeningWarning, ParameterError
from map_sharpening.sdk import get_cmake_dir

__all__ = ["main"]

_EXIT_USER_ERROR = 2
_EXIT_INTERRUPTED = 130
_EXIT_BROKEN_PIPE = 141
_BLAS_THREADS = "OPENBLAS_NUM_THREADS"


@contextlib.contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """Let warnings of this package be read as those of a run are."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def show_line(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, MapSharpeningWarning):
                print(f"map_sharpening: warning: {message}", file=sys.stderr)
            else:
                show(message, category, filename, lineno, file, line)

        warnings.showwarning = show_line
        yield


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after the program's name. Without them those of this process, which is then
        expected to end with the program.
    """
    status = _main(sys.argv[1:] if argv is None else list(argv))
    if argv is None:
        # All goes away with the process: to look through it for garbage takes as long as to load
        # NumPy.
        gc.freeze()
    return status


@_warnings_as_lines()
def _main(arguments: list[str]) -> int:
    _print_any_character()
    if not arguments:
        argument_parser().print_help(sys.stderr)
        return _EXIT_USER_ERROR
    try:
        try:
            _require_no_blank(arguments)
            _require_working_folder()
            return _follow(arguments)
        finally:
            # Flush here, where a closed pipe is no error, and not when Python ends.
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has gone; without this Python complains again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _EXIT_BROKEN_PIPE
    except (MapSharpeningError, OSError) as error:
        print(f"map_sharpening: {' '.join(str(error).split())}", file=sys.stderr)
        return _EXIT_USER_ERROR
    except KeyboardInterrupt as interrupt:
        what = str(interrupt) or "unfinished outputs were not kept"
        print(f"map_sharpening: interrupted; {what}", file=sys.stderr)
        return _EXIT_INTERRUPTED


def _follow(arguments: list[str]) -> int:
    """Do what the words say; return the exit status."""
    match arguments:
        case ["gui", *words]:
            _load_libraries()
            from map_sharpening.gui.command import main as serve_gui

            return serve_gui(words, partial(print, flush=True))
        case ["deposit", *words]:
            from map_sharpening.cli.deposit import deposit

            with _termination_as_interrupt():
                print(deposit(words), end="")
        case ["report", *words]:
            from map_sharpening.cli.report import report

            with _termination_as_interrupt():
                print(report(words), end="")
        case ["relion-external", *words]:
            from map_sharpening.cli.relion import relion_external

            with _termination_as_interrupt():
                relion_external(words)
        case ["doctor"]:
            return _doctor()
        case ["completion", *words] if not {"-h", "--help"} & set(words):
            from map_sharpening.cli.completion import completion

            print(completion(words), end="")
        case _:
            _tell_or_run(arguments)
    return 0


def _tell_or_run(arguments: list[str]) -> None:
    """Do what an option asks for, or the run that the words describe."""
    require_known_options(arguments)
    options = argument_parser().parse_intermixed_args(arguments)
    if options.version:
        from map_sharpening.cli.build import version_text

        print(version_text())
    elif options.citations:
        print(CITATIONS, end="")
    elif options.cmake_dir:
        print(get_cmake_dir())
    else:
        with _termination_as_interrupt():
            with _without_search_for_garbage():
                from map_sharpening.cli.command import follow

            follow(options)


def _require_no_blank(arguments: Sequence[str]) -> None:
    """Raise ParameterError if a word is empty, which as a path would be the working folder."""
    for word in arguments:
        if not word.strip():
            raise ParameterError(
                f'an empty word ("{word}") was given; expected a file, a folder, an option or '
                "name=value; check quotes, and that variables of the shell have values"
            )


def _require_working_folder() -> None:
    """Raise ParameterError if the folder that names are relative to is gone."""
    try:
        os.getcwd()  # noqa: PTH109 (pathlib takes a while to load)
    except OSError as error:
        raise ParameterError(
            f"the working folder can't be found ({error.strerror}), as when it was removed or its "
            "disk is gone; go to another one, such as by cd"
        ) from error


def _print_any_character() -> None:
    """Let a terminal without Å show a question mark, and not end a finished run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _doctor() -> int:
    from map_sharpening.cli.doctor import examine, lines

    findings = list(examine())
    print("\n".join(lines(findings)))
    return _EXIT_USER_ERROR if any(f.state == "problem" for f in findings) else 0


def _load_libraries() -> None:
    """Load what every run needs, and let interrupts wait meanwhile.

    One that comes while gemmi is being loaded would abort the process, and others would seem to
    be libraries that can't be loaded.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        return
    before = signal.pthread_sigmask(
        signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    )
    try:
        with _without_search_for_garbage(), _one_thread_of_linear_algebra():
            import_module("map_sharpening.io.maps")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _without_search_for_garbage() -> Iterator[None]:
    """Spare Python the search for garbage, as where modules are loaded and none is left behind."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextlib.contextmanager
def _one_thread_of_linear_algebra() -> Iterator[None]:
    """Let OpenBLAS, which reads this when NumPy is loaded, start none of the threads it has.

    The program uses it for small matrices only. The environment is put back for other programs.
    """
    if _BLAS_THREADS in os.environ:
        yield
        return
    os.environ[_BLAS_THREADS] = "1"
    try:
        yield
    finally:
        del os.environ[_BLAS_THREADS]


@contextlib.contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let signals that end a program clean up as Ctrl-C does, once libraries are loaded.

    Queues and the GUI send SIGTERM, and a terminal that is closed sends SIGHUP, often twice: a
    second one doesn't disturb the cleaning up. One that is ignored, as by nohup, stays ignored.
    """
    before: dict[int, Any] = {}

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        for taken in before:
            signal.signal(taken, signal.SIG_IGN)
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    try:
        for number in (getattr(signal, name) for name in names):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, interrupt)
    except ValueError:  # not the main thread: signals are the caller's business
        yield
        return
    try:
        _load_libraries()
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
