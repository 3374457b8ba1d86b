"""What a build says of its commit: cpp/cmake/commit.cmake, run as CMake runs it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "cpp/cmake/commit.cmake"

pytestmark = [
    pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")
    for name in ("cmake", "git")
]


def git(folder: Path, *words: str) -> str:
    person = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", *person, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "a.cpp").write_text("int a;\n")
    git(folder, "add", "a.cpp")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def written(source: Path) -> Path:
    header = source.parent / "commit.hpp"
    words = [f"-DSOURCE={source}", f"-DOUTPUT={header}", "-P", str(SCRIPT)]
    subprocess.run(["cmake", *words], check=True, capture_output=True)
    return header


def test_changes_since_the_commit_are_told(source: Path) -> None:
    commit = git(source, "rev-parse", "--short=10", "HEAD")
    (source / "untracked.txt").write_text("not built\n")
    assert written(source).read_text() == f'#define MAP_SHARPENING_COMMIT "{commit}"\n'
    (source / "a.cpp").write_text("int b;\n")
    assert written(source).read_text() == f'#define MAP_SHARPENING_COMMIT "{commit}-dirty"\n'
    git(source, "commit", "-q", "-a", "-m", "second")
    after = git(source, "rev-parse", "--short=10", "HEAD")
    assert written(source).read_text() == f'#define MAP_SHARPENING_COMMIT "{after}"\n'


def test_a_header_that_says_the_same_is_left_alone(source: Path) -> None:
    before = written(source).stat()
    after = written(source).stat()
    assert after.st_mtime_ns == before.st_mtime_ns


def test_source_without_git_has_no_commit(source: Path) -> None:
    shutil.rmtree(source / ".git")
    assert written(source).read_text() == '#define MAP_SHARPENING_COMMIT ""\n'
