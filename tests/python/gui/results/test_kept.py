"""What is kept for browsers: bounded, made once, and not lost to another browser."""

from __future__ import annotations

import gc
import os
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

import numpy as np
from finished_runs import SHAPE, finished_run

from map_sharpening.gui.results import quick
from map_sharpening.gui.results.found import Found
from map_sharpening.gui.results.views import Views
from map_sharpening.gui.viewing.view import Kept
from map_sharpening.io.web.served_folder import ServedFolder
from map_sharpening.maps.map_data import MapData


def test_what_was_used_last_stays_up_to_the_size() -> None:
    kept, made = Kept(10), []

    def get(key: str, size: int) -> str:
        return kept.get((key,), lambda: made.append(key) or key, lambda _: size)

    for key in ("a", "b", "a", "c", "a"):
        get(key, 4)  # b goes when c comes: a was used since
    assert made == ["a", "b", "c"]
    assert kept.n_bytes == 8
    get("large", 99)
    assert kept.n_bytes == 99
    get("a", 4)
    assert kept.n_bytes == 4


def test_what_several_ask_for_at_once_is_made_once() -> None:
    kept, made = Kept(10), []
    together = threading.Barrier(4)

    def ask(_: int) -> str:
        together.wait(10)
        return kept.get(("a",), lambda: made.append(1) or "it", len)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == ["it"] * 4
    assert made == [1]


def test_whole_maps_are_read_for_one_thing_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        finished_run(tmp_path, name)
    views = Views(ServedFolder(tmp_path))
    real, reading, together = Found.map, threading.Semaphore(1), threading.Barrier(4)

    def read(found: Found, what: str) -> MapData:
        assert reading.acquire(blocking=False), "another one is read"
        time.sleep(0.05)
        reading.release()
        return real(found, "sharpened")

    monkeypatch.setattr(Found, "map", read)
    asked = (
        lambda: views.view("one", "sharpened"),
        lambda: views.sliced("one", "mask"),
        lambda: views.difference_view("one", "two"),
        lambda: quick.at(views, "one", 20.0, 4.0),
    )

    def ask(number: int) -> object:
        together.wait()
        return asked[number]()

    with ThreadPoolExecutor(4) as pool:
        assert all(found is not None for found in pool.map(ask, range(4)))


def test_what_could_not_be_made_is_tried_again() -> None:
    kept = Kept(10)
    with pytest.raises(ZeroDivisionError):
        kept.get(("a",), lambda: 1 / 0, lambda _: 1)
    assert kept.get(("a",), lambda: 2.0, lambda _: 1) == 2.0


@pytest.fixture
def opened(tmp_path, monkeypatch) -> list[str]:
    """What was opened, of a run called one."""
    opened = []
    whole = Found.map
    monkeypatch.setattr(Found, "map", lambda self, what: opened.append(what) or whole(self, what))
    finished_run(tmp_path, "one")
    return opened


def test_slices_of_one_map_open_it_once(tmp_path, opened) -> None:
    views = Views(ServedFolder(tmp_path), 0)  # as if it were large
    grey = {views.sliced("one", "sharpened").grey for _ in range(5)}
    assert opened == ["sharpened"]
    assert len(grey) == 1
    views.sliced("one", "mask")
    views.sliced("one", "sharpened")  # one large map at a time stays open
    assert opened == ["sharpened", "mask", "sharpened"]
    os.utime(tmp_path / "one" / "results.json", ns=(1, 1))
    views.sliced("one", "sharpened")
    assert opened[3:] == ["sharpened"]


def test_the_mask_is_read_once_for_the_part_that_all_views_of_a_run_show(tmp_path, opened) -> None:
    views = Views(ServedFolder(tmp_path), shown_whole=0)
    assert views.view("one", "sharpened").is_part
    assert opened == ["sharpened", "mask"]
    assert views.view("one", "mask").is_part
    assert opened[2:] == ["mask"]
    os.utime(tmp_path / "one" / "results.json", ns=(1, 1))
    views.view("one", "mask")
    assert opened[3:] == ["mask", "mask"]


def test_two_small_maps_stay_open_for_slices_side_by_side(tmp_path, opened) -> None:
    most = 2 * int(np.prod(SHAPE)) * 4
    views = Views(ServedFolder(tmp_path), most)
    for _ in range(3):
        for what in ("sharpened", "mask"):
            views.sliced("one", what)
    assert opened == ["sharpened", "mask"]
    finished_run(tmp_path, "two")
    views.sliced("two", "sharpened")
    views.sliced("one", "mask")
    assert opened[2:] == ["sharpened", "mask"]


@pytest.mark.parametrize("ask", ["view", "difference", "quick look", "slices"])
def test_a_map_that_is_open_for_slices_goes_before_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: str
) -> None:
    for name in ("one", "two"):
        finished_run(tmp_path, name)
    views = Views(ServedFolder(tmp_path), 0)  # as if they were large
    open_map = weakref.ref(views.sliced("one", "sharpened"))
    real, are_open = Found.map, []

    def read(found: Found, what: str) -> MapData:
        gc.collect()
        are_open.append(open_map() is not None)
        return real(found, "sharpened")  # these runs have no other

    monkeypatch.setattr(Found, "map", read)
    {
        "view": lambda: views.view("one", "sharpened"),
        "difference": lambda: views.difference("one", "two"),
        "quick look": lambda: quick.at(views, "one", 20.0, 4.0),
        "slices": lambda: views.sliced("two", "sharpened"),
    }[ask]()
    assert are_open
    assert not any(are_open)
