"""How this program starts itself again, as a separate process."""

from __future__ import annotations

import sys

#: ``python -m`` and ``-c`` put the working folder first: a file there
#: with the name of a module that is needed, perhaps a downloaded one, would be executed.
_START = (
    "import sys; sys.path[:] = [p for p in sys.path if p]; "
    "from map_sharpening.{} import main; raise SystemExit(main())"
)


def own_command(module: str = "cli") -> list[str]:
    """Return the words that start this program; nothing is imported from the folder it is in.

    Parameters
    ----------
    module : str
        Of the package, whose function ``main`` is called.
    """
    return [sys.executable, "-c", _START.format(module)]
