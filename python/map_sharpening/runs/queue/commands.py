"""Calling commands of a queueing system."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence


def said_by(
    words: Sequence[str], longest: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Call a command that is given no input, for some seconds at most; return what it says.

    Raises
    ------
    OSError
        If it can't be started.
    subprocess.TimeoutExpired
        If it takes longer.
    """
    return subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=longest,
    )
