"""Help, version and the bare package come at once: what a run needs is loaded by the run."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import map_sharpening

# Libraries that take long to load, and rooms of the package that need them.
LATE = {
    "gemmi",
    "matplotlib",
    "mrcfile",
    "numpy",
    "PIL",
    "rich",
    "map_sharpening.io",
    "map_sharpening.maps",
    "map_sharpening.methods",
    "map_sharpening.phil",
    "map_sharpening.report",
    "map_sharpening.runs",
}


def loaded_by(statement: str) -> set[str]:
    """Return the modules that Python has after a statement, in a process of its own."""
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        f"{statement}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("word", ["--help", "--version", "--citations"])
def test_words_about_the_program_load_no_library_of_a_run(word: str) -> None:
    call = f"import sys; sys.argv[1:] = [{word!r}]; import map_sharpening.cli as c\n"
    loaded = loaded_by(f"{call}sys.exit(c.main())")
    assert "map_sharpening.cli" in loaded
    assert not loaded & LATE


def test_the_package_loads_no_library_before_it_is_used() -> None:
    assert not loaded_by("import map_sharpening") & LATE


def test_what_is_used_is_loaded() -> None:
    loaded = loaded_by("from map_sharpening import MapData")
    assert {"numpy", "map_sharpening.maps"} <= loaded
    assert not loaded & {"matplotlib", "rich", "map_sharpening.runs"}


@pytest.mark.slow
def test_a_run_without_a_report_draws_nothing(half_files: tuple[Path, Path]) -> None:
    halves = [str(path) for path in half_files]
    plan = f"plan_run([*{[f'half_map={half}' for half in halves]!r}, 'resolution=4'])"
    loaded = loaded_by(f"from map_sharpening.run import plan_run\n{plan}")
    assert "map_sharpening.runs.half_maps" in loaded
    assert not loaded & {"matplotlib", "rich", "map_sharpening.runs.b_factor"}


@pytest.mark.slow
def test_a_report_is_drawn_without_matplotlib(
    half_files: tuple[Path, Path], tmp_path: Path
) -> None:
    halves = [str(path) for path in half_files]
    out = tmp_path / "out"
    words = [*(f"half_map={half}" for half in halves), "resolution=4", f"output_directory={out}"]
    loaded = loaded_by(f"import map_sharpening\nmap_sharpening.run({words!r})")
    assert (out / "report.html").stat().st_size > 10_000
    assert "map_sharpening.report.html" in loaded
    assert not loaded & {"matplotlib", "rich", "numpy.ma"}
    # Nothing of other kinds of run, and nothing that knows networks.
    assert not loaded & {
        "map_sharpening.io.map_coefficients",
        "map_sharpening.methods.b_factor",
        "map_sharpening.methods.model",
        "map_sharpening.report.b_factor",
        "map_sharpening.report.model",
        "http.client",
        "urllib.request",
    }


def test_dir_lists_the_public_names_alone() -> None:
    assert dir(map_sharpening) == sorted(map_sharpening.__all__)


def test_every_public_name_can_be_had() -> None:
    for name in map_sharpening.__all__:
        assert getattr(map_sharpening, name) is not None
    with pytest.raises(AttributeError, match="'map_sharpening' has no attribute 'sharpen'"):
        _ = map_sharpening.sharpen


def test_run_is_the_function_whatever_was_imported_before() -> None:
    check = "import map_sharpening.cli.command, map_sharpening as m; assert callable(m.run)"
    assert "map_sharpening.run" in loaded_by(check)


def test_type_checkers_see_each_name_where_it_is_loaded_from() -> None:
    tree = ast.parse(Path(map_sharpening.__file__).read_text(encoding="utf-8"))
    (checked,) = (node for node in tree.body if isinstance(node, ast.If))
    told = {
        alias.name: (node.module or "").removeprefix("map_sharpening.")
        for node in checked.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == map_sharpening._HOMES


def test_options_that_public_functions_take_are_public() -> None:
    taken = set()
    for name in map_sharpening.__all__:
        function = getattr(map_sharpening, name)
        if inspect.isfunction(function) and "options" in inspect.signature(function).parameters:
            annotation = inspect.signature(function).parameters["options"].annotation
            taken.add(annotation.split(" | ")[0])
    assert len(taken) == 4
    assert taken <= set(map_sharpening.__all__)
