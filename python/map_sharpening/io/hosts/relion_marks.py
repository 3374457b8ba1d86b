"""What RELION looks for in the folder of an External job: how it ended, and its outputs."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from map_sharpening.errors import OutputError
from map_sharpening.io.staging import StagedOutputs, write_text_file

Ending = Literal["SUCCESS", "FAILURE", "ABORTED"]
_ENDINGS: tuple[Ending, ...] = ("SUCCESS", "FAILURE", "ABORTED")
_NODES = "RELION_OUTPUT_NODES.star"


@dataclass(frozen=True)
class OutputNode:
    """A file that RELION may give to other jobs."""

    name: str  #: as seen from the project's folder
    number: int  #: its type in RELION 3.1
    label: str  #: its type in RELION 4 and later


def clear_marks(folder: Path) -> None:
    """Remove the marks of an earlier run of the job, so that they aren't taken for this one's.

    Raises
    ------
    OutputError
        If one can't be removed, such as a folder, which would say to RELION that the job has
        ended; or if the job's folder is no folder.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(
            f"{folder} is not a folder; expected the folder of the job (--o), as RELION gives it"
        )
    for name in (*map(_mark, _ENDINGS), _NODES):
        path = folder / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            is_folder = path.is_dir() and not path.is_symlink()
            reason = "it is a folder" if is_folder else os.strerror(error.errno or errno.EIO)
            raise OutputError(
                f"{path} can't be removed: {reason}; expected nothing or a file at this name, at "
                "which RELION looks for how the job ended; remove it, and start the job again"
            ) from error


def mark_ending(folder: Path, ending: Ending, nodes: Sequence[OutputNode] = ()) -> None:
    """Tell RELION which outputs there are, then how the job ended.

    Raises
    ------
    OutputError
        If the folder can't be written to.
    """
    if nodes:
        with StagedOutputs(overwrite=True) as staged:
            write_text_file(staged.temporary_path(folder / _NODES), _star(nodes))
    with StagedOutputs(overwrite=True) as staged:
        write_text_file(staged.temporary_path(folder / _mark(ending)), "")


def _mark(ending: Ending) -> str:
    return f"RELION_JOB_EXIT_{ending}"


def _star(nodes: Sequence[OutputNode]) -> str:
    lines = [
        "",
        "# version 30001",
        "",
        "data_output_nodes",
        "",
        "loop_",
        "_rlnPipeLineNodeName #1",
        "_rlnPipeLineNodeType #2",
        "_rlnPipeLineNodeTypeLabel #3",
        *(f"{node.name} {node.number} {node.label}" for node in nodes),
        "",
        "",
    ]
    return "\n".join(lines)
