"""map_sharpening deposit: what the EMDB asks for, in one folder."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from map_sharpening.errors import OutputError, ParameterError

_DESCRIPTION = """\
Collect what the EMDB asks for from a folder of results: the sharpened map, the half maps as they
were given, mask, FSC and a picture of the map. A list says what is missing and what was checked.
"""


def deposit(arguments: Sequence[str]) -> str:
    """Collect what the words ask for; return the list.

    Raises
    ------
    MapSharpeningError
        If a word or a file can't be used; nothing is written then.
    """
    parser = argparse.ArgumentParser(
        prog="map_sharpening deposit", description=_DESCRIPTION, allow_abbrev=False
    )
    add = parser.add_argument
    add("folder", nargs="?", default=".", help="of the results (default: this one)")
    add(
        "words",
        nargs="*",
        metavar="NAME=VALUE",
        help="half_map=FILE, twice, where results.json doesn't lead to them; output_directory="
        "FOLDER (default: deposition in the folder of the results)",
    )
    add("--overwrite", action="store_true", help="replace files that are there")
    options = parser.parse_intermixed_args(list(arguments))
    words = [options.folder, *options.words]
    folders = [word for word in words if "=" not in word]
    if len(folders) > 2 or (len(folders) == 2 and folders[0] != "."):
        raise ParameterError(f"{' '.join(folders)} are several folders; expected one")
    folder = Path(folders[-1] if folders else ".")
    half_maps, place = _named_values([word for word in words if "=" in word])

    from map_sharpening.deposition import plan_deposition, write_deposition

    found = plan_deposition(folder, half_maps)
    output = place or _usual_place(folder)
    written = write_deposition(found, output, overwrite=options.overwrite)
    return f"{found.text()}\nWrote {len(written)} files to {output}\n"


def _usual_place(folder: Path) -> Path:
    """Return the folder to write to if none is given, unless a link leads it elsewhere."""
    place = folder / "deposition"
    if place.is_symlink():
        raise OutputError(
            f"{place} is a link to {place.readlink()}, which is not followed; expected a folder "
            "or nothing; remove it, or give output_directory=FOLDER"
        )
    return place


def _named_values(words: Sequence[str]) -> tuple[list[Path], Path | None]:
    half_maps: list[Path] = []
    place = None
    for word in words:
        name, _, value = word.partition("=")
        if name == "half_map" and value:
            half_maps.append(Path(value))
        elif name == "output_directory" and value:
            place = Path(value)
        else:
            raise ParameterError(
                f"{word} can't be used with deposit; expected half_map=FILE or "
                "output_directory=FOLDER"
            )
    if len(half_maps) not in (0, 2):
        raise ParameterError(f"half_map is given {len(half_maps)} times; expected two half maps")
    return half_maps, place
