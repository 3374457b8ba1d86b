"""map_sharpening report: the report of a run as PDF, and its FSC as a picture."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

_DESCRIPTION = """\
Write report.pdf, and fsc.png of a run on half maps, into a folder of results, from its report.html
and results.json. The PDF needs the extra [pdf]: pip install 'map-sharpening[pdf]'.
"""


def report(arguments: Sequence[str]) -> str:
    """Write what the words ask for; return a line about each file.

    Raises
    ------
    MapSharpeningError
        If something is missing or can't be written; nothing is written then.
    """
    parser = argparse.ArgumentParser(
        prog="map_sharpening report", description=_DESCRIPTION, allow_abbrev=False
    )
    add = parser.add_argument
    add("folder", nargs="?", default=".", type=Path, help="of the results (default: this one)")
    add("--pdf", action="store_true", help="only report.pdf")
    add("--png", action="store_true", help="only fsc.png")
    add("--overwrite", action="store_true", help="replace files that are there")
    options = parser.parse_args(list(arguments))

    from map_sharpening.presenting.printed import FSC, PDF, print_report

    wanted = [name for name, is_on in ((PDF, options.pdf), (FSC, options.png)) if is_on]
    written = print_report(options.folder, wanted, overwrite=options.overwrite)
    return "".join(f"Wrote {path}\n" for path in written)
