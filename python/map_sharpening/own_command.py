"""How this program starts itself again, as a separate process."""

from __future__ import annotations

import sys

#: What ``python -m`` and ``-c`` put first is the folder where a command is given: a file there
#: that is called as a module that is needed, be it uploaded or downloaded, would be executed.
_START = (
    "import sys; sys.path[:] = [p for p in sys.path if p]; "
    "from map_sharpening.cli import main; raise SystemExit(main())"
)


def own_command() -> list[str]:
    """Return the words that start this program; nothing is imported from the folder it is in."""
    return [sys.executable, "-c", _START]
