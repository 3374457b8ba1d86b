"""What is looked for is found at once: no folder or file of the sources is crowded.

`parameters/master.phil` may be longer than code: it is the one definition of every parameter,
which others read as one file, and a keyword in it is found by its name.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

TOP = Path(__file__).parents[2]
#: Where code is, and where pages and pictures are.
ROOMS = ("python", "cpp", "tests", "bench", "docs")
CODE = {".py", ".cpp", ".hpp"}
FILES = CODE | {".md", ".phil", ".pyi", ".png", ".txt", ".json", ".csv"}
MOST_FILES, MOST_LINES = 14, 500
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
