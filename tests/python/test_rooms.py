"""What is looked for is found at once: no folder, file or function of the sources is crowded.

`parameters/master.phil` may be longer than code: it is the one definition of every parameter,
which others read as one file, and a keyword in it is found by its name.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).parents[2]
#: Where code is, and where pages and pictures are.
ROOMS = ("python", "cpp", "tests", "bench", "docs")
CODE = {".py", ".cpp", ".hpp"}
FILES = CODE | {".md", ".phil", ".pyi", ".png", ".txt", ".json", ".csv"}
MOST_FILES, MOST_LINES, MOST_PARAMETERS = 14, 500, 15
WIDER = {"cpp/include/map_sharpening": 22, "python/map_sharpening/io": 22}


def sources(endings: set[str]) -> list[Path]:
    return [
        path.relative_to(TOP)
        for room in ROOMS
        for path in (TOP / room).rglob("*")
        if path.suffix in endings
    ]


def test_no_folder_has_too_many_files() -> None:
    counts = Counter(path.parent.as_posix() for path in sources(FILES))
    assert counts["python/map_sharpening/io"] > MOST_FILES
    crowded = {room: n for room, n in counts.items() if n > WIDER.get(room, MOST_FILES)}
    assert crowded == {}


def test_no_file_has_too_many_lines() -> None:
    lines = {path: len((TOP / path).read_text("utf-8").splitlines()) for path in sources(CODE)}
    assert max(lines.values()) > MOST_LINES / 2
    assert {path.as_posix(): n for path, n in lines.items() if n > MOST_LINES} == {}


def functions_in(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions of a module at any depth; only statements hold them."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for statement in getattr(node, block, ()):
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                yield statement
            yield from functions_in(statement)


def test_functions_are_found_wherever_they_are() -> None:
    text = """
class A:
    async def one(): pass
    if x:
        pass
    else:
        def two():
            for y in z:
                def three(): pass
try:
    pass
except E:
    def four(): pass
finally:
    def five(): pass
match x:
    case 1:
        with y:
            def six(): pass
"""
    found = [function.name for function in functions_in(ast.parse(text))]
    assert found == ["one", "two", "three", "five", "four", "six"]


def test_no_function_has_too_many_parameters() -> None:
    counts = {}
    for path in sources({".py"}):
        for function in functions_in(ast.parse((TOP / path).read_text("utf-8"))):
            arguments = function.args
            named = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
            counts[f"{path.as_posix()}:{function.lineno}"] = len(named)
    assert max(counts.values()) > MOST_PARAMETERS / 2
    assert {place: n for place, n in counts.items() if n > MOST_PARAMETERS} == {}
