"""Imports go one way, only `io` opens files, only `cli` prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from map_sharpening import outer

pytestmark = pytest.mark.xdist_group("layers")  # one process reads all modules, and once
PACKAGE = Path(__file__).parents[2] / "python" / "map_sharpening"

# A module imports from lower layers and from its own package, never upwards or sideways.
LAYERS = (
    {"errors", "_core"},
    {"_openmp", "outer", "own_command", "sdk"},
    {"maps", "phil", "progress"},
    {"molecule", "parameters"},
    {"methods"},
    {"io", "report"},
    {"workers", "simulation"},
    {"runs"},
    {"run", "presenting", "deposition"},
    {"gui"},
    {"cli"},
    {"__init__", "__main__"},
)
LAYER_OF = {unit: i for i, layer in enumerate(LAYERS) for unit in layer}

# Calls that open, write or remove a file, by the name that is called.
FILE_CALLS = {
    "open",
    "fdopen",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "touch",
    "unlink",
    "rename",
    "mkdir",
    "makedirs",
    "rmtree",
    "mkstemp",
    "mkdtemp",
    "NamedTemporaryFile",
    "TemporaryDirectory",
    "load",
    "loadtxt",
    "genfromtxt",
    "save",
    "savez",
    "savetxt",
    "memmap",
    "fromfile",
    "tofile",
    "mmap",
    "read_structure",
    "read_mtz_file",
    "read_ccp4_map",
    "write_to_file",
    "write_ccp4_map",
}
# Where such a name is right: (module, called name) and why.
ALLOWED = {
    ("parameters.reading", "read_text"): "package data, by importlib.resources",
    ("cli.__init__", "open"): "the null device, when the reader of a pipe has gone",
    ("gui.results.routes", "read_bytes"): "package data, by importlib.resources",
    ("report.parts.page", "read_text"): "package data, by importlib.resources",
    ("report.parts.slice_pictures", "save"): "a picture in memory",
    ("report.views.viewer", "read_text"): "package data, by importlib.resources",
}


def modules(package: Path = PACKAGE) -> list[Path]:
    return sorted(package.rglob("*.py"))


def name_of(path: Path, package: Path = PACKAGE) -> str:
    """Return a dotted name below the package: io.maps, cli, report.__init__."""
    return ".".join(path.relative_to(package).with_suffix("").parts)


def unit_of(path: Path, package: Path = PACKAGE) -> str:
    return path.relative_to(package).parts[0].removesuffix(".py")


@cache
def imports_and_calls(path: Path) -> list[ast.Import | ast.ImportFrom | ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    looked_for = ast.Import, ast.ImportFrom, ast.Call
    return [node for node in ast.walk(tree) if isinstance(node, looked_for)]


def imported_units(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each module of the package that is imported, anywhere in a file, and its line."""
    for node in imports_and_calls(path):
        if isinstance(node, ast.Import):
            for alias in node.names:
                parts = alias.name.split(".")
                if parts[0] == "map_sharpening":
                    yield (parts[1] if len(parts) > 1 else "__init__"), node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno} imports relatively"
            parts = (node.module or "").split(".")
            if parts[0] != "map_sharpening":
                continue
            if len(parts) > 1:
                yield parts[1], node.lineno
                continue
            for alias in node.names:
                yield (alias.name if alias.name in LAYER_OF else "__init__"), node.lineno


def calls(path: Path) -> Iterator[tuple[str, str, int]]:
    """Yield what is called as (owner, name, line); the owner of a bare name is empty."""
    for node in imports_and_calls(path):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            yield "", node.func.id, node.lineno
        elif isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func.value), node.func.attr, node.lineno


def file_calls(package: Path = PACKAGE) -> list[tuple[str, str, int]]:
    """Return (module, called name, line) of each file call outside io."""
    return [
        (name_of(path, package), name, line)
        for path in modules(package)
        if unit_of(path, package) != "io"
        for _, name, line in calls(path)
        if name in FILE_CALLS
    ]


def test_every_module_is_in_a_layer():
    assert {unit_of(path) for path in modules()} <= set(LAYER_OF), "give it a place in LAYERS"


def test_imports_go_downwards_only():
    upwards = [
        f"{name_of(path)}:{line} imports {other}"
        for path in modules()
        for other, line in imported_units(path)
        if other != unit_of(path) and LAYER_OF.get(other, len(LAYERS)) >= LAYER_OF[unit_of(path)]
    ]
    assert upwards == []


def test_the_walk_sees_the_imports():
    seen = {other for path in modules() for other, _ in imported_units(path)}
    assert {"_core", "errors", "io", "maps", "methods", "run"} <= seen


def imported_modules() -> dict[str, set[str]]:
    """Return for each module those that it names in an import, for type checking alone too."""
    names = {name_of(path).removesuffix(".__init__") for path in modules()}
    graph: dict[str, set[str]] = {}
    for path in modules():
        own = name_of(path).removesuffix(".__init__")
        found = set()
        for node in imports_and_calls(path):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(
                "map_sharpening"
            ):
                continue
            origin = (node.module or "").removeprefix("map_sharpening").removeprefix(".")
            for alias in node.names:
                below = f"{origin}.{alias.name}".removeprefix(".")
                found.add(below if below in names else origin)
        graph[own] = (found & names) - {own}
    return graph


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    """Return the modules of one circle of imports in their order, or nothing."""
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> list[str]:
        if module in path:
            return path[path.index(module) :]
        if module in done:
            return []
        for other in sorted(graph[module]):
            found = walk(other, [*path, module])
            if found:
                return found
        done.add(module)
        return []

    return next((found for module in sorted(graph) if (found := walk(module, []))), [])


def test_no_modules_import_each_other_in_a_circle():
    assert not circle_in(imported_modules())


def test_a_circle_would_be_found():
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c"]


def test_only_io_opens_files():
    stray = [call for call in file_calls() if call[:2] not in ALLOWED]
    assert not stray


@pytest.mark.parametrize(
    "statement",
    [
        "open(name)",
        "Path(name).open('w')",
        "os.fdopen(3)",
        "io.open(name)",
        "np.load(name, mmap_mode='r')",
        "values.tofile(name)",
        "gemmi.read_structure(name)",
        "shutil.rmtree(name)",
    ],
)
def test_a_file_call_is_seen_everywhere_but_in_io(tmp_path: Path, statement: str) -> None:
    places = ("io/maps.py", "methods/deep/down.py", "maps/io.py", "input_output.py", "run.py")
    for place in places:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(f"def work(name):\n    return {statement}\n")
    assert {module for module, _, _ in file_calls(tmp_path)} == {
        "methods.deep.down",
        "maps.io",
        "input_output",
        "run",
    }


def test_io_is_the_room_that_opens_files() -> None:
    opening = {
        name_of(path)
        for path in modules()
        if unit_of(path) == "io" and any(name in FILE_CALLS for _, name, _ in calls(path))
    }
    assert {"io.maps", "io.readable", "io.staging"} <= opening


@pytest.mark.parametrize(
    "statement",
    [
        "import map_sharpening.io.maps",
        "from map_sharpening import io",
        "from map_sharpening.io import maps",
        "from map_sharpening.io.maps import read_map",
        "def work():\n    from map_sharpening.io.maps import read_map\n    return read_map",
    ],
)
def test_an_import_of_io_is_seen_however_it_is_written(tmp_path: Path, statement: str) -> None:
    (tmp_path / "module.py").write_text(statement + "\n")
    assert [unit for unit, _ in imported_units(tmp_path / "module.py")] == ["io"]


def test_what_inner_packages_ask_of_outer_ones_is_registered_and_there() -> None:
    used = {
        name
        for path in modules()
        for owner, name, _ in calls(path)
        if owner == "outer" and unit_of(path) != "__init__"
    }
    assert {"map_of", "read_atoms", "report", "summary"} <= used
    assert all(callable(getattr(outer, name)) for name in used)


def test_methods_do_not_see_io() -> None:
    assert LAYER_OF["io"] > LAYER_OF["methods"]


def test_every_exception_to_that_is_still_needed():
    assert set(ALLOWED) == {call[:2] for call in file_calls()}


def test_only_the_command_line_prints():
    printing = [
        f"{name_of(path)}:{line}"
        for path in modules()
        if unit_of(path) != "cli"
        for owner, name, line in calls(path)
        if (owner, name) == ("", "print") or owner in ("sys.stdout", "sys.stderr")
    ]
    assert not printing
