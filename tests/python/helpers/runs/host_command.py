"""Our command, for programs that look for it on their path."""

from __future__ import annotations

import sys
from pathlib import Path

import map_sharpening

#: Where the tests have the package from, for the Python of a host may not see it.
_PACKAGES = Path(map_sharpening.__file__).parents[1]


def command_on_path(folder: Path) -> Path:
    """Make `map_sharpening` in a folder, started by the Python of the tests; return the folder."""
    command = folder / "bin" / "map_sharpening"
    command.parent.mkdir(exist_ok=True)
    command.write_text(
        f"#!/bin/sh\nPYTHONPATH='{_PACKAGES}' exec '{sys.executable}' -m map_sharpening \"$@\"\n"
    )
    command.chmod(0o755)
    return command.parent
