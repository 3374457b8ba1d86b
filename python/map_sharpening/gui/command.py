"""``map_sharpening gui``: what begins it, without the libraries that it needs."""

from __future__ import annotations

import gc
import importlib.util
from collections.abc import Callable, Sequence

from map_sharpening.errors import ParameterError
from map_sharpening.gui.entrance import Entrance, open_entrance
from map_sharpening.gui.options import Options, read_options

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
    return _loaded()(options, entrance, say)


def _loaded() -> Callable[[Options, Entrance, Callable[[str], None]], int]:
    """Return `serve`, with libraries that no other run needs.

    What they make stays to the end, so it isn't searched for rubbish again and again.
    """
    gc.disable()
    try:
        from map_sharpening.gui.server import serve

        gc.freeze()
    finally:
        gc.enable()
    return serve
