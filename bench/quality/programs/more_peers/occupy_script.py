"""Run OccuPy's command without its window; run by an interpreter that has OccuPy."""

from __future__ import annotations

import sys
from types import ModuleType


def main() -> None:
    """Pass all arguments on to OccuPy."""
    # The command imports the module of its window, which asks for Qt and a display, and uses
    # nothing of it here.
    import occupy_lib

    window = ModuleType("occupy_lib.occupy_gui")
    sys.modules[window.__name__] = window
    occupy_lib.occupy_gui = window
    from occupy_lib.occupy import app

    app()


if __name__ == "__main__":
    main()
