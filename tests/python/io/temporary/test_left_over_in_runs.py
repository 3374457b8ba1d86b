"""What a killed run left goes with the next run, which says so at once and in its result."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from map_sharpening import cli
from map_sharpening.errors import MapSharpeningError, MapSharpeningWarning
from map_sharpening.methods.half_maps.result import HalfMapResult
from map_sharpening.run import run
from map_sharpening.runs.half_maps import HalfMapPlan

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are asked the POSIX way")

_OWNER = "from map_sharpening.io.temporary.owner import owner; print(owner())"


@pytest.fixture
def name() -> str:
    """Return the name of a hidden file of a process that has ended."""
    words = [sys.executable, "-c", _OWNER]
    gone = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    return f".sharpened_map.{gone}.0123456789abcdef.part.mrc"


@pytest.fixture
def out(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / name).touch()
    return folder


def words(half_files: tuple[Path, Path], out: Path) -> list[str]:
    halves = [f"half_map={path}" for path in half_files]
    return [*halves, "resolution=4", f"output_directory={out}", "report=False", "nproc=1"]


def test_it_is_told_at_once_and_in_the_result(
    half_files: tuple[Path, Path], out: Path, name: str
) -> None:
    with pytest.warns(MapSharpeningWarning, match=r"held 1 hidden file .*: removed$") as warned:
        outcome = run(words(half_files, out))
    assert not (out / name).exists()
    assert outcome.told_at_once == (str(warned[0].message),)
    assert outcome.result.warnings.count(str(warned[0].message)) == 1


def test_a_run_that_fails_has_told_it(
    half_files: tuple[Path, Path], out: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> HalfMapResult:
        raise OSError("a disk has gone")

    monkeypatch.setattr(HalfMapPlan, "sharpen", fail)
    with (
        pytest.warns(MapSharpeningWarning, match=f"held 1 hidden file .{name}"),
        pytest.raises(OSError, match="a disk has gone"),
    ):
        run(words(half_files, out))
    assert list(out.iterdir()) == []


def test_a_run_that_is_refused_leaves_it(
    half_files: tuple[Path, Path], out: Path, name: str
) -> None:
    (out / "log.txt").touch()
    with pytest.raises(MapSharpeningError, match=r"log\.txt exists"):
        run([*words(half_files, out), "overwrite=False"])
    assert {path.name for path in out.iterdir()} == {name, "log.txt"}


@pytest.mark.slow
def test_it_stays_if_it_is_an_input(half_files: tuple[Path, Path], out: Path, name: str) -> None:
    shutil.copyfile(half_files[0], out / name)
    outcome = run(words((out / name, half_files[1]), out))
    assert (out / name).read_bytes() == half_files[0].read_bytes()
    assert outcome.told_at_once == ()


@pytest.mark.slow
@pytest.mark.filterwarnings("default::map_sharpening.errors.MapSharpeningWarning")
def test_the_command_line_says_it_once(
    half_files: tuple[Path, Path], out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*words(half_files, out), "--progress", "json"]) == 0
    told = capsys.readouterr().err
    assert told.count("held 1 hidden file") == 1
    warnings = json.loads((out / "results.json").read_text("utf-8"))["warnings"]
    assert sum("held 1 hidden file" in text for text in warnings) == 1
