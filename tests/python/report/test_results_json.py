"""results.json: its keys are those of its documentation, its numbers have units, it is strict."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from b_factor_results import make_local_result, make_scan_result
from half_map_results import make_result as make_half_map_result
from model_results import make_model_result

from map_sharpening.report import RunFacts, result_values, results_text
from map_sharpening.report.parts.plain_values import MAPS, UNITS, name_with_unit
from map_sharpening.report.results_json import SCHEMA, AnyResult

#: What only runs on larger or noisier maps find.
LARGE_RUNS = ("| `local_filter`", "| `local_resolution`", "| `modification`", "| `signal_share`")
PAGE = Path(__file__).parents[3] / "docs" / "results_json.md"
FACTS = RunFacts(
    version="1.2.3",
    date=None,
    inputs=("half é1.mrc", "b.mrc"),
    outputs=("sharpened_map.ccp4",),
    parameters={"crystal_info.resolution": 3.0, "input.files": ["a", Path("b")], "x": None},
    notes=("a note",),
)
#: By the names of options and parameters, which have pages of their own.
NOT_LISTED = {"options", "parameters", "percentiles_angstrom", "seconds", "shell_scale"}
#: Numbers without a unit: shares, correlations, counts, relative powers, logarithms, map units.
NO_UNIT = re.compile(
    r"fraction|share|correlation|fsc|c_ref|accuracy|n_|ln_|power|rms_amplitude|ideal|scale|gain"
    r"|ratio|score|level|weight|skewness|kurtosis|adjusted_sa|regions|slope|intercept|threshold"
    r"|signal_to_noise|names|directions|histogram|value|standard_errors|resolution_dependent_b"
    r"|lower_bound|upper_bound|cut$|cc_|overlap|percent|eps|solvent_content|factor|buffer$|min$"
    r"|size|copies|units|iterations|map$|threads|n_bins|boxes|first|last|core|centres|seconds|how"
    r"|kind|method|target"
)


def make(kind: str) -> AnyResult:
    return {
        "half maps": make_half_map_result,
        "model": make_model_result,
        "b-factor": make_scan_result,
        "local b-factor": make_local_result,
    }[kind]()


KINDS = ("half maps", "model", "b-factor", "local b-factor")


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            if key not in NOT_LISTED:
                yield from keys(part)
    elif isinstance(value, list):
        for part in value:
            yield from keys(part)


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_documented(kind: str) -> None:
    documented = set(re.findall(r"`(\w+)`", PAGE.read_text("utf-8")))
    written = json.loads(results_text(make(kind), FACTS))
    assert set(keys(written)) - documented == set()


def test_every_key_documented_is_written() -> None:
    text = PAGE.read_text("utf-8")
    tables = "\n".join(line for line in text.splitlines() if line.startswith("| `"))
    documented = set(re.findall(r"`(\w+)`", tables)) - {"ModelOptions", "BFactorOptions", "model"}
    written: set[str] = set()
    for kind in KINDS:
        written.update(keys(json.loads(results_text(make(kind), FACTS))))
    # Found by runs that are larger than these results.
    of_large_runs = set(
        re.findall(
            r"`(\w+)`",
            "".join(line for line in tables.splitlines() if line.startswith(LARGE_RUNS)),
        )
    )
    assert documented - written - of_large_runs == set()


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_strict_json_that_comes_back(kind: str) -> None:
    def refused(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    result = make(kind)
    found = json.loads(results_text(result, FACTS), parse_constant=refused)
    assert found["schema"] == SCHEMA
    assert found["result"] == json.loads(json.dumps(result_values(result)))


def test_it_says_what_went_in_and_came_out() -> None:
    result = replace(make_half_map_result(), warnings=("of the result",))
    found = json.loads(results_text(result, FACTS))
    assert found["inputs"] == ["half é1.mrc", "b.mrc"]
    assert found["outputs"] == ["sharpened_map.ccp4"]
    assert found["warnings"] == ["of the result"]
    assert found["parameters"] == {
        "crystal_info.resolution": 3.0,
        "input.files": ["a", "b"],
        "x": None,
    }


def dataclasses_in(value: Any) -> Iterator[Any]:
    if is_dataclass(value) and not isinstance(value, type):
        yield value
        for of_value in fields(value):
            yield from dataclasses_in(getattr(value, of_value.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from dataclasses_in(part)


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_has_a_unit_in_its_key_or_none_at_all(kind: str) -> None:
    unknown = set()
    for part in dataclasses_in(make(kind)):
        if type(part).__module__.startswith("map_sharpening.maps"):
            continue
        for of_part in fields(part):
            value = getattr(part, of_part.name)
            is_number = isinstance(value, (float, np.ndarray)) and not isinstance(value, bool)
            if not is_number or of_part.name in MAPS:
                continue
            if name_with_unit(of_part.name) == of_part.name and not NO_UNIT.search(of_part.name):
                unknown.add(of_part.name)
    assert unknown == set()


def test_no_name_has_two_units() -> None:
    names = [name for group in UNITS.values() for name in group]
    assert len(names) == len(set(names))
