"""`map_sharpening doctor` tells in words whether the installation can do its work."""

from __future__ import annotations

import os
import shutil
import sys
import types
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from command_line import Call

from map_sharpening.cli import doctor


def state_of(part: str) -> tuple[str, str]:
    (finding,) = (f for f in doctor.examine() if f.part == part)
    return finding.state, finding.text


@pytest.mark.slow
def test_a_whole_installation_is_ready(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call("doctor")
    assert (said.status, said.err) == (0, "")
    assert said.out.endswith("Ready to sharpen; try it: map_sharpening demo\n")
    for text in ("Core", "Threads", "Memory", f"{tmp_path} can be written to", "numpy "):
        assert text in said.out
    assert list(tmp_path.iterdir()) == []


def test_a_core_that_computes_wrongly_is_a_problem(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "forward_transform", lambda map_: np.zeros((12, 10, 8), "c8"))
    said = call("doctor")
    assert said.status == 2
    assert "its Fourier transforms are wrong; install it again" in said.out
    assert said.out.endswith("1 problem to fix before a run\n")


def test_little_memory_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "available_bytes", lambda: 40_000_000)
    state, text = state_of("Memory")
    assert state == "problem"
    assert text.startswith("0.0 GB available; ")


def test_memory_that_is_not_told_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "available_bytes", lambda: None)
    assert state_of("Memory")[0] == "ok"


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "gemmi":
            raise metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(metadata, "version", version)
    assert state_of("Libraries") == (
        "problem",
        "not installed: gemmi; install with pip install gemmi",
    )


def test_a_folder_that_is_not_ours_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda folder, mode: False)
    state, text = state_of("Here")
    assert state == "problem"
    assert str(Path.cwd()) in text


def test_a_full_disk_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(".")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: full)
    assert state_of("Temporary")[0] == "problem"


def test_programs_on_path_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert state_of("Viewers")[0] == state_of("Queue")[0] == "not there"
    for name in ("coot", "sbatch"):
        (tmp_path / name).touch(mode=0o755)
    assert state_of("Viewers") == ("ok", f"Coot {tmp_path / 'coot'}")
    assert state_of("Queue") == ("ok", "sbatch, for queue_run_command")


@pytest.mark.parametrize(("part", "extra"), [("Workers", "cluster"), ("Browser", "gui")])
def test_a_missing_extra_is_told_and_no_problem(
    part: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
    state, text = state_of(part)
    assert state == "not there"
    assert text.endswith(f"pip install 'map-sharpening[{extra}]'")


def test_a_pdf_library_that_cannot_be_loaded_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pango(name: str) -> None:
        raise OSError("cannot load library 'libpango-1.0-0'")

    broken = types.ModuleType("weasyprint")
    broken.__getattr__ = no_pango  # type: ignore[method-assign]
    monkeypatch.setitem(sys.modules, "weasyprint", broken)
    state, text = state_of("Report as PDF")
    assert state == "not there"
    assert "needs the library Pango of the system, which can't be loaded (cannot load" in text


def test_a_pdf_library_that_is_there_is_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, urls = types.ModuleType("weasyprint"), types.ModuleType("weasyprint.urls")
    whole.HTML = urls.URLFetcher = None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "weasyprint", whole)
    monkeypatch.setitem(sys.modules, "weasyprint.urls", urls)
    version = metadata.version
    monkeypatch.setattr(
        metadata, "version", lambda name: "68.1" if name == "weasyprint" else version(name)
    )
    assert state_of("Report as PDF") == ("ok", "weasyprint 68.1")
