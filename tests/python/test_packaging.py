"""The recipes in packaging/ say what pyproject.toml and CMake say."""

from __future__ import annotations

import re
from pathlib import Path

TOP = Path(__file__).parents[2]


def text_of(name: str) -> str:
    return (TOP / name).read_text(encoding="utf-8")


def block(text: str, start: str, end: str) -> str:
    return text.partition(start)[2].partition(end)[0]


def test_conda_needs_what_pip_needs() -> None:
    recipe = text_of("packaging/conda/recipe.yaml")
    listed = re.findall(r"    - ([\w-]+) (>=\S+)", block(recipe, "\n  run:\n", "\ntests:"))
    wanted = re.findall(
        r'"([\w-]+)(>=[\d.]+)"', block(text_of("pyproject.toml"), "\ndepend", "\n]")
    )
    assert ("numpy", ">=1.24") in wanted
    assert [(name.removesuffix("-base"), least) for name, least in listed] == wanted
    build = block(text_of("pyproject.toml"), "\nrequires", "]")
    for name, least in re.findall(r'"([\w-]+)(>=[\d.]+)"', build):
        assert f"    - {name} {least}\n" in recipe


def test_versions_are_those_of_the_program() -> None:
    version = text_of("VERSION").strip()
    assert f'version: "{version}"' in text_of("packaging/conda/recipe.yaml")
    assert f'version("{version}")' in text_of("packaging/spack/package.py")


def test_pocketfft_is_one_commit_everywhere() -> None:
    (commit,) = re.findall(r"GIT_TAG (\w{40})", text_of("cpp/cmake/FindPocketFFT.cmake"))
    assert f'commit="{commit}"' in text_of("packaging/spack/package.py")
