"""Log, HTML report and results.json say the same of a run, and leave nothing of it out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import numpy as np
import pytest
from b_factor_results import (
    make_given_result,
    make_local_result,
    make_scan_result,
    make_shell_result,
    make_unknown_result,
)
from examples import of_fast_suite
from half_map_results import make_plain_result, make_result
from html_page import Page
from model_results import make_empty_model_result, make_model_result

from map_sharpening.methods.shared.windows import LocalFilter
from map_sharpening.report import RunFacts, log_text, results_text
from map_sharpening.report.contents import AnyResult, contents_of
from map_sharpening.report.html import html_report
from map_sharpening.report.local.facts import local_filter_fact

RESULTS = {
    "half maps": make_result,
    "half maps, no mask": make_plain_result,
    "model": make_model_result,
    "model, empty": make_empty_model_result,
    "scan": make_scan_result,
    "given b": make_given_result,
    "by shell": make_shell_result,
    "local b": make_local_result,
    "unknown": make_unknown_result,
}
FACTS = RunFacts(
    version="1.2.3",
    title="second <try>",
    date="2031-05-06",
    inputs=("a<1>.mrc",),
    outputs=("sharpened_map.ccp4",),
    notes=("a.mrc & b.mrc: taken for half maps", "another note"),
)


@pytest.fixture(scope="module", params=of_fast_suite(RESULTS, "half maps", "local b"))
def result(request: pytest.FixtureRequest) -> AnyResult:
    return RESULTS[request.param]()


@pytest.fixture(scope="module")
def page(result: AnyResult) -> Page:
    text = html_report(result, FACTS, before=None, parameters_text="", versions={})
    return Page(text)


def without_breaks(text: str) -> str:
    return re.sub(r"\s*>>\s*|\s+", " ", text)


def test_every_fact_is_in_all_three(result: AnyResult, page: Page) -> None:
    log = without_breaks(log_text(result))
    found = json.loads(results_text(result, FACTS))["facts"]
    facts = contents_of(result).facts
    assert len(facts) >= 7
    assert [(fact.name, fact.value, fact.note) for fact in facts] == [
        (fact["name"], fact["value"], fact["note"]) for fact in found
    ]
    for fact in facts:
        assert f"{fact.name} {fact.value}" in log
        assert fact.note in log
        assert {fact.name, fact.value, *([fact.note] if fact.note else [])} <= set(page.texts)


def test_every_word_on_directions_is_in_log_and_page(result: AnyResult, page: Page) -> None:
    log, directions = without_breaks(log_text(result)), contents_of(result).directions
    words = [directions.title, directions.text]
    for row in directions.rows:
        words += [row.title, row.legend, *row.notes]
    for text in filter(None, words):
        assert text in log
        assert text in page.texts


def test_title_notes_and_warnings_are_in_the_page(result: AnyResult, page: Page) -> None:
    told = {"second <try>", *FACTS.notes, *result.warnings}
    assert told <= set(page.texts)
    assert contents_of(result).title in "".join(page.texts)


@pytest.mark.slow
def test_page_without_a_title_is_headed_by_what_was_done() -> None:
    result = make_scan_result()
    text = html_report(result, RunFacts(version="1"), before=None, parameters_text="", versions={})
    assert "<h1>B-factor sharpening of one map</h1>" in text
    assert 'class="notes"' not in text


def numbers(value: object) -> Iterator[float]:
    """Yield single numbers, those of short lists, and lengths of lists."""
    if isinstance(value, dict):
        for part in value.values():
            yield from numbers(part)
    elif isinstance(value, list):
        yield len(value)
        if len(value) <= 6:
            for part in value:
                yield from numbers(part)
    elif isinstance(value, (int, float)):
        yield value


def test_every_number_told_is_one_of_the_results(result: AnyResult) -> None:
    found = json.loads(results_text(result, FACTS))["result"]
    known = list(numbers(found))
    known += [100 * share for share in known if 0 < share < 1]
    sizes = (
        found.get(f"mask_{name}") for name in ("volume_angstrom_cubed", "protein_mass_dalton")
    )
    known += [size / 1000 for size in sizes if size]  # nm³ and kDa
    known += found["shells"]["d_angstrom"][-1:] if "shells" in found else []
    known += [len({trial["method"] for trial in found.get("trials", [])})]
    for fact in contents_of(result).facts:
        if fact.name == "Solvent":  # in the words of whoever found it
            continue
        text = f"{fact.value} {fact.note}"
        for number in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])", text.replace("0.5)", "")):
            decimals = len(number.partition(".")[2])
            assert any(
                f"{value:.{decimals}f}".lstrip("-") == number.lstrip("-") for value in known
            )


def test_fact_of_a_local_filter_has_its_windows_along_x_y_z() -> None:
    values = np.array([[[0.5, 1.25], [1.0, 0.75]]])
    centres = (np.zeros(1), np.zeros(2), np.zeros(2))
    fact = local_filter_fact(
        LocalFilter((2, 3, 4), centres, values, values, values, values, values), " inside"
    )
    assert fact.value == "gain 0.50 to 1.25"
    assert fact.note == "4 windows of 8 x 6 x 4 grid points inside"
