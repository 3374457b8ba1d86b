"""Parts of a report that are drawn at the same time."""

from __future__ import annotations

import threading

import pytest
from half_map_results import make_map, make_result

from map_sharpening.report import RunFacts
from map_sharpening.report.html import html_report
from map_sharpening.report.views.aside import drawn_aside


def fail() -> str:
    raise ValueError("nothing to draw")


@pytest.mark.parametrize(("threads", "is_aside"), [(1, False), (2, True), (0, True)])
def test_one_thread_draws_all_if_there_may_be_no_other(threads: int, is_aside: bool) -> None:
    with drawn_aside(threads, threading.get_ident) as drawn:
        pass
    assert (drawn() != threading.get_ident()) == is_aside


@pytest.mark.parametrize("threads", [1, 2])
def test_what_cannot_be_drawn_fails(threads: int) -> None:
    with pytest.raises(ValueError, match="nothing to draw"), drawn_aside(threads, fail) as drawn:
        drawn()


def test_the_page_is_the_same_for_any_number_of_threads() -> None:
    one, two = (
        html_report(
            make_result(),
            RunFacts(version="1"),
            before=make_map(noise=1.0),
            parameters_text="",
            versions={},
            threads=threads,
        )
        for threads in (1, 2)
    )
    assert one == two
