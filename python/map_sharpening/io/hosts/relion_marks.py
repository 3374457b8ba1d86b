"""What RELION looks for in the folder of an External job: how it ended, and its outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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
    """Remove the marks of an earlier run of the job, so that they aren't taken for this one's."""
    for name in (*map(_mark, _ENDINGS), _NODES):
        (folder / name).unlink(missing_ok=True)


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
