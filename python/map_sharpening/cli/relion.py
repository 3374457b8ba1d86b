"""map_sharpening relion-external: a run as an External job of RELION."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from map_sharpening.cli.arguments import argument_parser
from map_sharpening.errors import MapSharpeningError, OutputError, ParameterError

_HELP = """\
usage: map_sharpening relion-external --o FOLDER --in_3dref MAP [--in_mask MASK] [--j N] [--NAME VALUE]

For RELION's job type External: give 'map_sharpening relion-external' as the executable, and a half
map as the 3D reference; its partner is found by its name. A map of 3D auto-refine stands for its
two half maps. Each parameter is one of map_sharpening, such as resolution 3.1; without a
resolution, it is found from the half maps.
"""  # noqa: E501
#: Names of the outputs that RELION may use next, as it reads no .ccp4: parameter, type of the
#: node in RELION 3.1, and from 4 on.
_NODES = {
    "sharpened_map.mrc": ("sharpened_map_file", 11, "DensityMap.mrc.map_sharpening"),
    "mask.mrc": ("mask_file", 7, "Mask3D.mrc.map_sharpening"),
    "local_resolution_map.mrc": (
        "local_resolution_map_file",
        12,
        "Image3D.mrc.map_sharpening.localresmap",
    ),
    "postprocess.star": (None, 14, "ProcessData.star.relion.postprocess"),
}
_UNUSED = {"in_movies", "in_mics", "in_parts", "in_coords"}
#: A map of 3D auto-refine, whose half maps lie beside it.
_REFINED = re.compile(r"(?P<start>.*)_class(?P<number>\d{3})\.mrc")


def relion_external(arguments: Sequence[str]) -> None:
    """Do what RELION asks for, and leave the marks that it looks for.

    Raises
    ------
    MapSharpeningError
        If an argument or a file can't be used; the job is marked as failed.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_HELP, end="")
        return
    given = _options(arguments)
    folder_name = " ".join(given.pop("o", []))
    if not folder_name:
        raise ParameterError(
            "--o is not given; expected the folder of the job, as RELION gives it"
        )

    from map_sharpening.io.hosts.relion_marks import OutputNode, clear_marks, mark_ending

    folder = Path(folder_name)
    try:
        clear_marks(folder)
        words = [*_words(given), f"output.output_directory={folder}"]
        words += [f"output.{name}={file}" for file, (name, _, _) in _NODES.items() if name]
        print("map_sharpening", *words, flush=True)

        from map_sharpening.cli.command import follow

        outcome = follow(argument_parser().parse_intermixed_args(words))
        made = set() if outcome is None else {path.name for path in outcome.files}
        nodes = [
            OutputNode(f"{folder.as_posix()}/{file}", number, label)
            for file, (_, number, label) in _NODES.items()
            if file in made
        ]
    except BaseException as failure:
        has_message = isinstance(failure, (MapSharpeningError, OSError))
        try:
            mark_ending(folder, "ABORTED" if isinstance(failure, KeyboardInterrupt) else "FAILURE")
        except OutputError as error:
            if has_message and not isinstance(failure, BrokenPipeError):
                raise OutputError(f"{failure}; nor can the job be marked so: {error}") from failure
            # How the program ends is up to what ended it.
            print(f"map_sharpening: the job can't be marked as ended: {error}", file=sys.stderr)
        raise
    mark_ending(folder, "SUCCESS", nodes)


def _options(arguments: Sequence[str]) -> dict[str, list[str]]:
    """Return options with their values; those that RELION gives are written in any case."""
    found: dict[str, list[str]] = {}
    name = None
    for word in arguments:
        if word.startswith("--"):
            name = word[2:].lower() if word.lower().startswith("--in_") else word[2:]
            if not name or name in found:
                raise ParameterError(f"{word} is given twice or has no name; give it once")
            found[name] = []
        elif name is None:
            raise ParameterError(f"{word} follows no option; expected --name value")
        else:
            found[name].append(word)
    return found


def _words(given: dict[str, list[str]]) -> list[str]:
    """Return the words of the command line that mean the same."""
    words = []
    for name, values in given.items():
        value = " ".join(values)
        if name in _UNUSED:
            raise ParameterError(
                f"--{name} is {value}, which is not used; expected a half map as the 3D reference"
                " (--in_3dref)"
            )
        if name == "in_3dref":
            words += _maps(value)
        elif name == "in_mask":
            words.append(f"sharpening.mask={value}")
        elif name == "j":
            words.append(f"control.nproc={value}")
        else:
            words.append(f"{name}={value or 'True'}")
    if not any(name.rpartition(".")[2] == "resolution" for name in given):
        words.append("resolution=Auto")
    return words


def _maps(name: str) -> list[str]:
    path = Path(name)
    refined = _REFINED.fullmatch(path.name)
    if refined is None:
        return [name]
    start, number = refined["start"], refined["number"]
    halves = [path.with_name(f"{start}_half{i}_class{number}_unfil.mrc") for i in (1, 2)]
    if not all(half.is_file() for half in halves):
        return [name]
    return [str(half) for half in halves]
