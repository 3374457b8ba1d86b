"""Where the C++ library is, told by the command and by Python."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import Call

import map_sharpening
from map_sharpening import sdk
from map_sharpening.errors import MapSharpeningError

CONSUMER = Path(__file__).parents[2] / "consume"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a package that has no C++ library yet."""
    monkeypatch.setattr(sdk, "__file__", str(tmp_path / "map_sharpening" / "sdk.py"))
    return tmp_path / "map_sharpening"


def test_the_folder_of_the_cmake_files_is_told(call: Call, package: Path) -> None:
    folder = package / "cpp" / "lib" / "cmake" / "map_sharpening"
    folder.mkdir(parents=True)
    (folder / "map_sharpeningConfig.cmake").touch()
    assert map_sharpening.get_cmake_dir() == str(folder)
    said = call("--cmake-dir")
    assert (said.status, said.out, said.err) == (0, f"{folder}\n", "")


def test_a_package_without_the_library_says_so(call: Call, package: Path) -> None:
    said = call("--cmake-dir")
    assert (said.status, said.out) == (2, "")
    assert f"{package / 'cpp'}" in said.err
    assert "pip install map-sharpening" in said.err


@pytest.mark.slow
def test_an_outside_project_links_the_installed_library(tmp_path: Path) -> None:
    try:
        folder = map_sharpening.get_cmake_dir()
    except MapSharpeningError:
        pytest.skip("the package is used from its source, without the C++ library")
    cmake = shutil.which("cmake")
    if cmake is None:
        pytest.skip("cmake is not on this machine")
    if not any(shutil.which(compiler) for compiler in ("c++", "g++", "clang++", "cl")):
        pytest.skip("no C++ compiler is on this machine")
    build = tmp_path / "build"
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    for words in (
        ["-S", str(CONSUMER), "-B", str(build), f"-Dmap_sharpening_DIR={folder}", *generator],
        ["--build", str(build), "--config", "Release"],
    ):
        made = subprocess.run([cmake, *words], capture_output=True, text=True)
        assert made.returncode == 0, made.stdout + made.stderr
    program = next(
        path for path in build.rglob("consumer*") if path.name in {"consumer", "consumer.exe"}
    )
    ran = subprocess.run([program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"map_sharpening {map_sharpening.__version__}: correlation" in ran.stdout
