"""The last lines on a screen: resolution, warnings with their texts, where the rest is, time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from half_map_results import make_result

from map_sharpening.report import ending_text, log_text

OUTPUTS = ("out/sharpened_map.ccp4", "out/report.html", "out/log.txt")


def test_it_ends_with_what_matters() -> None:
    result = replace(make_result(), warnings=("first " * 30, "second"))
    lines = ending_text(result, 12.34, outputs=OUTPUTS).splitlines()
    assert lines[0].split() == ["Resolution", "at", "FSC", "=", "0.143", *lines[0].split()[5:]]
    assert lines[1].split() == ["Warnings", "2"]
    assert lines[2].startswith("  ! first")
    assert "  ! second" in lines
    assert [line.split()[-1] for line in lines[-3:-1]] == ["out/report.html", "out/log.txt"]
    assert lines[-1].split() == ["Time", "12.3", "s"]
    assert max(map(len, lines)) <= 98


def test_without_warnings_and_report_it_is_short() -> None:
    result = replace(make_result(), warnings=())
    lines = ending_text(result, 600.0, outputs=("out/log.txt",)).splitlines()
    assert [line.split()[0] for line in lines] == ["Resolution", "Warnings", "Details", "Time"]
    assert lines[1].split() == ["Warnings", "none"]
    assert lines[-1].split() == ["Time", "10.0", "min"]


def test_tensors_are_for_who_asks_for_tables() -> None:
    result = make_result()
    assert "Anisotropy" in log_text(result)
    assert "Anisotropy" not in log_text(result, tables=False)


@pytest.mark.parametrize(
    ("given", "reached", "said"),
    [
        (3.0, 2.48, "agree to 2.48 Å: try resolution=2.5"),
        (3.0, 3.52, "agree only to 3.52 Å: try resolution=3.5"),
        (20.0, 14.6, "agree to 14.60 Å: try resolution=15"),
        (3.0, 2.8, None),
        (3.0, None, None),
    ],
)
def test_a_resolution_that_the_half_maps_do_not_bear_out_is_noted(given, reached, said) -> None:
    result = replace(make_result(), resolution=given, resolution_0143=reached)
    text = " ".join(log_text(result).split())
    assert ("try resolution=" in text) == (said is not None)
    assert said is None or said in text


def test_a_resolution_that_was_found_in_another_mask_is_not_contradicted() -> None:
    found = replace(make_result(), resolution=58.5, resolution_0143=52.12, resolution_how="here")
    text = " ".join(log_text(found).split())
    assert "here; in the mask of this run they agree to 52.12 Å: try resolution=52" in text
