"""The tables of reconstructed pairs: all methods and programs on the same maps."""

from __future__ import annotations

from collections.abc import Sequence

from bench.quality.cases import Case
from bench.quality.programs.program import Program
from bench.quality.tables import half_maps as table
from bench.quality.tables.half_maps import Results
from bench.quality.tables.leads import NEAR, Rival, leads

_RELION_IN_OUR_MASK = ("relion",)
_CCTBX_GLOBAL, _CCTBX_LOCAL = ("peer_isotropic", "peer"), ("peer_local_27", "peer_local")
_CCTBX_ONE_MAP = ("peer_b_factor", "peer_b_factor_whole")
_RIVALS = (
    Rival("local, cctbx global", _CCTBX_GLOBAL),
    Rival("local, cctbx local", _CCTBX_LOCAL),
    Rival("local, RELION in our mask", _RELION_IN_OUR_MASK),
    Rival("local, RELION in the atoms' mask", ("relion_atom_mask", "relion_local")),
    Rival("local, Servalcat", ("servalcat",)),
    Rival("local, EMDA best map", ("emda", "emda_anisotropic")),
    Rival("local, RELION then OccuPy", ("occupy",)),
    Rival("density modified, our local map", ("ours_local",), ours="ours_modified"),
    Rival("global, cctbx global", _CCTBX_GLOBAL, NEAR, ours="ours"),
    Rival("global, RELION in our mask", _RELION_IN_OUR_MASK, NEAR, ours="ours"),
    Rival("global, RELION in the atoms' mask", ("relion_atom_mask",), NEAR, ours="ours"),
    Rival("one map, its input", ("mean",), NEAR, ours="ours_b_factor"),
    Rival("one map, cctbx one map", _CCTBX_ONE_MAP, NEAR, ours="ours_b_factor"),
)

_ABOUT = (
    "Made by `python -m bench.quality --method reconstructed`; do not edit. Half maps that RELION "
    "reconstructs from simulated particles with errors of alignment "
    "(`bench/quality/reconstruction.py`): their noise rises towards the corners of the box and "
    "depends on the views, and the solvent has contrast. The truth is the same atoms with B = 0, "
    "to d_min. Entries are as in the table of half maps; programs for one map are given the mean "
    "of the half maps. Defaults were chosen by the cases at even places and by other suites, "
    "except that how a signal lost in noise goes on was found on channel_8A."
)


def markdown(cases: Sequence[Case], programs: Sequence[Program], results: Results) -> str:
    """Return the tables as Markdown: the mean over the cases first, then each case."""
    title = "# Quality: reconstructed half maps"
    ahead = leads(cases, results, _RIVALS)
    return "\n".join([title, "", _ABOUT, "", *ahead, *table.tables(cases, programs, results)])
