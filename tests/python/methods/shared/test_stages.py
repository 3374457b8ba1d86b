"""Stages of a run: what is told, and how long each took."""

from __future__ import annotations

import time

import pytest

from map_sharpening.methods.shared.stages import Stages


def test_stages_have_the_time_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 12.0, 17.0, 18.5])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    told = []
    stages = Stages(lambda stage, done: told.append((stage, done)))
    stages.tell("read", 0.0)
    stages.tell("search", 0.25)
    stages.tell("search", 0.5)
    stages.tell("read", 0.75)
    assert stages.finished() == {"read": 3.5, "search": 5.0}
    assert told == [
        ("read", 0.0),
        ("search", 0.25),
        ("search", 0.5),
        ("read", 0.75),
        ("done", 1.0),
    ]


def test_nobody_need_ask() -> None:
    stages = Stages(None)
    stages.tell("read", 0.0)
    assert list(stages.finished()) == ["read"]
