"""The comparisons: sharpening by half maps, and of one full map by a B factor or a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.quality.cases import CASES, LOCAL, RECONSTRUCTED, VALIDATION, Case
from bench.quality.coarse_cases import COARSE
from bench.quality.programs import bounds, mean, peer, peer_b_factor, peer_model, relion, servalcat
from bench.quality.programs.more_peers import emda, occupy
from bench.quality.programs.program import Program
from bench.quality.tables import b_factor as b_factor_table
from bench.quality.tables import coarse as coarse_table
from bench.quality.tables import half_maps as table
from bench.quality.tables import local as local_table
from bench.quality.tables import model as model_table
from bench.quality.tables import reconstructed as reconstructed_table
from bench.quality.tables.half_maps import Results


@dataclass(frozen=True)
class Suite:
    """Which programs are run on which cases, and what becomes of their scores."""

    cases: tuple[Case, ...]
    programs: Callable[[], tuple[Program, ...]]
    always_run: tuple[str, ...]  #: programs that the table compares others with
    markdown: Callable[[Sequence[Case], Sequence[Program], Results], str]
    file_stem: str  #: of the tables

    @property
    def measures_stem(self) -> str:
        """Return the stem of the tables of measures against the true models."""
        return self.file_stem.removesuffix("results") + "measures"

    def chosen_programs(self, only: list[str] | None, *, with_compared: bool) -> list[Program]:
        """Return those asked for by name, with those always run if wanted; else all."""
        if only is None:
            return list(self.programs())
        wanted = {*only, *self.always_run} if with_compared else {*only}
        return [program for program in self.programs() if program.name in wanted]


def _half_map_programs() -> tuple[Program, ...]:
    # Importing our own package in full is put off until its programs are wanted.
    from bench.quality.programs import ours

    return (
        *mean.PROGRAMS,
        *ours.PROGRAMS,
        *peer.PROGRAMS,
        *relion.PROGRAMS,
        *servalcat.PROGRAMS,
        *bounds.PROGRAMS,
    )


def _local_programs() -> tuple[Program, ...]:
    from bench.quality.programs import ours

    in_our_mask = tuple(program for program in relion.PROGRAMS if program.name == "relion")
    return (
        *mean.PROGRAMS,
        *(program for program in ours.PROGRAMS if program.name == "ours"),
        *ours.LOCAL_PROGRAMS,
        *peer.PROGRAMS,
        *peer.LOCAL_PROGRAMS,
        *in_our_mask,
        *relion.LOCAL_PROGRAMS,
        *emda.PROGRAMS,
        *occupy.PROGRAMS,
        *(program for program in bounds.PROGRAMS if program.name == table.GOAL),
    )


def _b_factor_programs() -> tuple[Program, ...]:
    from bench.quality.programs import ours_b_factor

    in_our_mask = tuple(program for program in relion.PROGRAMS if program.name == "relion")
    return (*mean.PROGRAMS, *ours_b_factor.PROGRAMS, *peer_b_factor.PROGRAMS, *in_our_mask)


def _model_programs() -> tuple[Program, ...]:
    from bench.quality.programs import ours_model

    return (*mean.PROGRAMS, *ours_model.PROGRAMS, *peer_model.PROGRAMS)


def _coarse_programs() -> tuple[Program, ...]:
    from bench.quality.programs import ours, ours_b_factor

    wanted = {"mean", "ours", "ours_local", "ours_b_factor", "relion", "best_radial_near"}
    groups = (
        mean.PROGRAMS,
        ours.PROGRAMS,
        ours.LOCAL_PROGRAMS,
        ours_b_factor.PROGRAMS,
        relion.PROGRAMS,
        bounds.PROGRAMS,
    )
    return tuple(program for group in groups for program in group if program.name in wanted)


def _all_programs() -> tuple[Program, ...]:
    """Return all that make a map of half maps, of their mean, or by a model."""
    groups = (_half_map_programs(), _local_programs(), _b_factor_programs())
    by_name = {program.name: program for group in groups for program in group}
    return tuple(by_name.values())


_LARGEST_BOX = 128  #: grid points; of cases with models, for there are many of these

SUITES = {
    "half-maps": Suite(
        CASES,
        _half_map_programs,
        (table.START, table.GOAL),
        table.markdown,
        "results",
    ),
    "local": Suite(
        (*CASES, *LOCAL),
        _local_programs,
        (table.START, table.GOAL),
        local_table.markdown,
        "local_results",
    ),
    "b-factor": Suite(
        (*CASES, *VALIDATION),
        _b_factor_programs,
        (b_factor_table.BEST,),
        b_factor_table.markdown,
        "b_factor_results",
    ),
    "model": Suite(
        tuple(case for case in CASES if case.box <= _LARGEST_BOX),
        _model_programs,
        (model_table.START,),
        model_table.markdown,
        "model_results",
    ),
    "reconstructed": Suite(
        RECONSTRUCTED,
        _all_programs,
        (table.START, table.GOAL, b_factor_table.BEST),
        reconstructed_table.markdown,
        "reconstructed_results",
    ),
    "coarse": Suite(
        COARSE,
        _coarse_programs,
        (table.START,),
        coarse_table.markdown,
        "coarse_results",
    ),
}
