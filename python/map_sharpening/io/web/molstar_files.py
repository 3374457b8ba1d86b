"""Mol* from the package molstar-cli: where its files are, checked by their hashes."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

from map_sharpening.errors import ResultsError

#: Of Mol* 5.11.0.
SHA256 = {
    "molstar.js": "7fad5561c74bc900930fb57d6ab028d1aafdda82223a901bf932b1098e84f1f3",
    "molstar.css": "5b68ceb6d3642549b4e9b2c071e58e41b98a5350ae269180587b39da86925d55",
}
_REMEDY = 'install what map_sharpening was tested with: pip install "molstar-cli==0.0.1"'


@cache
def molstar_file(name: str) -> Path:
    """Return where a file of Mol* is.

    Raises
    ------
    ResultsError
        If it is not installed, or is another than the one this program was tested with.
    """
    try:
        path = Path(str(files("molstar_cli"))) / "static" / "molstar" / name
    except ModuleNotFoundError:
        raise ResultsError(f"Mol*, which shows maps in 3-D, is missing; {_REMEDY}") from None
    return checked(path, SHA256[name])


def checked(path: Path, expected: str) -> Path:
    """Return a file after checking its contents."""
    if not path.is_file():
        raise ResultsError(f"{path} is missing; {_REMEDY}")
    with path.open("rb") as stream:
        found = hashlib.sha256(stream.read()).hexdigest()
    if found != expected:
        raise ResultsError(
            f"{path} has the SHA-256 {found[:12]}...; expected {expected[:12]}...; {_REMEDY}"
        )
    return path
