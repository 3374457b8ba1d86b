"""``map_sharpening gui``: what begins it, without the libraries that it needs."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence

from map_sharpening.errors import ParameterError
from map_sharpening.gui.entrance import open_entrance
from map_sharpening.gui.options import read_options

_NEEDED = ("nicegui", "molstar_cli")


def main(words: Sequence[str], say: Callable[[str], None]) -> int:
    """Serve the interface that words after ``gui`` ask for until it is interrupted.

    Raises
    ------
    ParameterError
        If an option can't be used, or the extra [gui] is missing.
    """
    options = read_options(words)
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ParameterError(
            f"the graphical interface needs {' and '.join(missing)}, which "
            f"{'is' if len(missing) == 1 else 'are'} not installed; install with "
            "pip install 'map-sharpening[gui]'"
        )
    entrance = open_entrance(options, say)
    # It loads libraries that no other run needs.
    from map_sharpening.gui.server import serve

    return serve(options, entrance, say)
