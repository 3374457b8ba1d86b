"""Time the graphical interface in Chromium: `python bench/interface/run.py`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
_TOP = _HERE.parents[1]
sys.path.insert(0, str(_TOP))  # so that it can be started as a file, from anywhere

from playwright.sync_api import sync_playwright  # noqa: E402

from bench.interface.measured import Measured, markdown  # noqa: E402
from bench.interface.steps import (  # noqa: E402
    NoPageError,
    Visit,
    result_after_run,
    slider_steps,
    usable_page,
)
from bench.speed.inputs import input_maps  # noqa: E402
from bench.speed.machine import load  # noqa: E402

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_STEPS = {"page": usable_page, "result": result_after_run, "quick": slider_steps}
#: Drawn by the processor, as where there is no graphics card.
_ARGUMENTS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
)


def main() -> int:
    """Take each step as often as was asked for, and write the table."""
    arguments = _parser().parse_args()
    path = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if path is None:
        print(f"none of {', '.join(_CHROMIUM)} is on PATH: install one", file=sys.stderr)
        return 2
    maps = input_maps(arguments.box, arguments.cache.resolve())
    facts = {"load before": load(), "half maps": f"{arguments.box}^3"}
    measured = Measured()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for n, half in enumerate((maps.half_1, maps.half_2), 1):
            os.link(half, folder / f"half{n}.mrc") if _same_disk(half, folder) else shutil.copy(
                half, folder / f"half{n}.mrc"
            )
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            _measure(browser, folder, arguments, measured)
        except NoPageError as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            browser.close()
    text = markdown({**facts, "load after": load()}, measured)
    print(text)
    if arguments.out is not None:
        arguments.out.write_text(text, encoding="utf-8")
        as_json = json.dumps(measured.values, indent=1) + "\n"
        arguments.out.with_suffix(".json").write_text(as_json, encoding="utf-8")
    return 0


def _measure(
    browser: Any, folder: Path, arguments: argparse.Namespace, measured: Measured
) -> None:
    @contextmanager
    def visit() -> Iterator[Visit]:
        with Visit.of(browser, folder) as made:
            yield made

    def repeated(step: Callable[[Visit, Measured], None], what: str) -> None:
        for _ in range(arguments.repetitions):
            print(what, "...", file=sys.stderr, flush=True)
            with visit() as made:
                step(made, measured)

    if "quick" in arguments.steps and "result" not in arguments.steps:
        print("the run that quick looks at ...", file=sys.stderr, flush=True)
        with visit() as made:
            result_after_run(made, Measured())  # not told: nobody asked for its figures
    for name, step in _STEPS.items():
        if name in arguments.steps:
            repeated(step, name)


def _same_disk(file: Path, folder: Path) -> bool:
    return file.stat().st_dev == folder.stat().st_dev


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--box", type=int, default=256, help="grid points of the half maps' edges")
    parser.add_argument("--steps", nargs="+", choices=_STEPS, default=list(_STEPS))
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=_TOP / ".cache" / "speed")
    parser.add_argument("--out", type=Path, help="a file for the table, such as results.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
