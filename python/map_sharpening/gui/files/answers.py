"""What the process answers that `Apart` starts: questions that take several maps of memory."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.form import plan_in_words
from map_sharpening.gui.results.comparison import agreement_by_shells
from map_sharpening.gui.results.views import Views
from map_sharpening.io.maps import read_map
from map_sharpening.io.web.served_folder import ServedFolder
from map_sharpening.methods.half_maps.resolution import resolution_of_half_maps


def agreed_resolution(names: Sequence[str]) -> float:
    """Return the resolution in Å to which two half maps agree."""
    first, second = (read_map(Path(name), allow_extract_unique=True)[0] for name in names)
    return resolution_of_half_maps(first, second).resolution


def agreement_of_runs(words: Sequence[str]) -> tuple[list[float], list[float | None]]:
    """Return shells, and how the maps of two runs correlate in them: root folder, two runs."""
    root, run, other = words
    return agreement_by_shells(Views(ServedFolder(Path(root))), run, other)


_ANSWERS: Mapping[str, Callable[[Sequence[str]], Any]] = {
    "resolution": agreed_resolution,
    "plan": plan_in_words,
    "agreement": agreement_of_runs,
}


def main() -> int:
    """Answer the question among the words of this process as JSON; return the exit status."""
    threading.Thread(target=_end_with_the_asker, daemon=True).start()
    question, *words = sys.argv[1:]
    try:
        answer = {"answer": _ANSWERS[question](words)}
    except MemoryError:
        answer = {"error": "this machine has not enough memory for it"}
    except (MapSharpeningError, OSError) as error:
        answer = {"error": " ".join(str(error).split())}
    left = json.dumps(answer).encode()
    while left:
        left = left[os.write(1, left) :]
    return 0


def _end_with_the_asker() -> None:
    """End this process when the other end of its standard input is closed."""
    os.read(0, 1)  # not through sys.stdin, whose lock would be held at the end
    os._exit(1)
