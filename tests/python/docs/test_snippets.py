"""Every snippet of README.md and docs/ runs: Python, shell, CMake and C++.

A block that can't run here has a comment `<!-- not run: reason -->` in the line before it; those
marked `<!-- command N -->` are run by .ci/run.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gemmi
import numpy as np
import pytest

import map_sharpening
from map_sharpening.cli import main
from map_sharpening.simulation.demo import demo_atoms, demo_half_maps

TOP = Path(__file__).parents[3]
VOXEL_SIZE = 1.5
SHAPE = (56, 56, 56)

OF_QUEUES = ("queue_run_command=", "multiprocessing=")
SCRATCH = "/fast/disk"  #: a folder of the test stands for it

#: What the snippets of C++ take for granted, as "your arrays".
CPP_BEFORE = """
#include <map_sharpening/array_view.hpp>
#include <random>
#include <vector>
using map_sharpening::View3;
int main() {
  const std::size_t nz = 40, ny = 40, nx = 40;
  const map_sharpening::UnitCell cell{60, 60, 60};
  std::vector<float> half_1(nz * ny * nx), half_2(half_1), mask(half_1), sharpened(half_1);
  std::mt19937_64 generator(1);
  std::normal_distribution<float> normal;
  for (std::size_t i = 0; i < half_1.size(); ++i) {
    const auto x = i % nx, y = i / nx % ny, z = i / nx / ny;
    const bool inside = x > 12 && x < 28 && y > 12 && y < 28 && z > 12 && z < 28;
    const float signal = inside ? 10 * normal(generator) : 0;
    half_1[i] = signal + normal(generator);
    half_2[i] = signal + normal(generator);
  }
"""


@dataclass(frozen=True)
class Snippet:
    page: str
    line: int
    language: str
    text: str
    marker: str  #: the comment before it

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    return [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]


def snippets(page: str, text: str) -> Iterator[Snippet]:
    lines = text.splitlines()
    begin = None
    for number, line in enumerate(lines):
        if begin is None and line.startswith("```"):
            begin = number
        elif begin is not None and line.startswith("```"):
            body = "\n".join(lines[begin + 1 : number])
            comment = re.fullmatch("<!-- (.*) -->", lines[begin - 1]) if begin else None
            marker = comment[1] if comment else ""
            yield Snippet(page, begin + 1, lines[begin][3:].strip(), body, marker)
            begin = None


def found(*languages: str) -> list[Snippet]:
    return [
        snippet
        for path in pages()
        for snippet in snippets(str(path.relative_to(TOP)), path.read_text(encoding="utf-8"))
        if snippet.language in languages and not is_excused(snippet)
    ]


def is_excused(snippet: Snippet) -> bool:
    return re.match(r"not run: \w|command \d", snippet.marker) is not None


def commands(text: str) -> list[str]:
    """Return the commands of a shell block; a backslash at a line's end joins lines."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def shell_cases(*, is_run: bool = False) -> list[object]:
    """Return the words of each command, those that need a queue only if none is run."""
    cases = {}
    for snippet in found("sh"):
        for command in commands(snippet.text):
            words = shlex.split(command, comments=True)
            needs_queue = any(word.startswith(OF_QUEUES) for word in words)
            if not (is_run and (needs_queue or "--dry-run" in words)):
                cases.setdefault(tuple(words), f"{snippet.name} {' '.join(words[1:])}")
    # It makes its maps also where nothing is run.
    slow = {("map_sharpening", "demo"): pytest.mark.slow}
    return [
        pytest.param(list(words), id=name, marks=slow.get(words, ()))
        for words, name in cases.items()
    ]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with small files of all names that the snippets use."""
    folder = tmp_path_factory.mktemp("data")
    maps = demo_half_maps(shape=SHAPE, voxel_size=VOXEL_SIZE, resolution=3.1)
    save = map_sharpening.save_map
    demo = folder / "map_sharpening_demo"
    demo.mkdir()
    for number, half in enumerate((maps.half_1, maps.half_2), 1):
        save(folder / f"half{number}.mrc", half)
        save(folder / f"run_half{number}_class001_unfil.mrc", half)
        save(demo / f"half{number}.mrc", half)
    save(folder / "map.mrc", maps.mean)
    save(folder / "external.mrc", maps.half_1)
    write_model(folder)
    (folder / "sequence.fasta").write_text(f">chain\n{'ALANGLY' * 82}\n", encoding="ascii")
    run = {"full_map": str(folder / "map.mrc"), "resolution": 3.1, "b_sharpen": 0}
    once = {"sharpening_method": "b-factor", "output_directory": str(folder / "once")}
    map_sharpening.run({**run, **once})
    shutil.copy(folder / "once" / "sharpened_map_coeffs.mtz", folder / "coefficients.mtz")
    write_amplitudes(folder / "once" / "sharpened_map_coeffs.mtz", folder / "data.mtz")
    halves = {"half_map": [str(folder / "half1.mrc"), str(folder / "half2.mrc")]}
    first = {"output_directory": str(folder / "first"), "resolution": 3.1}
    outcome = map_sharpening.run({**halves, **first})
    shutil.copy(folder / "first" / "mask.mrc", folder / "mask.mrc")
    assert outcome.result.sharpened.values.shape == SHAPE
    return folder


def write_model(folder: Path) -> None:
    """Write the demo's atoms where its maps have them, as PDB and mmCIF."""
    middle = SHAPE[0] * VOXEL_SIZE / 2
    atoms = demo_atoms().centred_at((middle, middle, middle))
    chain = gemmi.Chain("A")
    for i, (element, place) in enumerate(zip(atoms.elements, atoms.positions, strict=True)):
        atom = gemmi.Atom()
        atom.name, atom.element = str(element), gemmi.Element(str(element))
        atom.pos, atom.b_iso = gemmi.Position(*place), 50.0
        residue = gemmi.Residue()
        residue.name, residue.seqid = "ALA", gemmi.SeqId(str(i + 1))
        residue.add_atom(atom)
        chain.add_residue(residue)
    model = gemmi.Model("1")
    model.add_chain(chain)
    structure = gemmi.Structure()
    edge = SHAPE[0] * VOXEL_SIZE
    structure.cell = gemmi.UnitCell(edge, edge, edge, 90, 90, 90)
    structure.add_model(model)
    structure.setup_entities()
    structure.write_pdb(str(folder / "model.pdb"))
    structure.make_mmcif_document().write_file(str(folder / "model.cif"))


def write_amplitudes(source: Path, path: Path) -> None:
    mtz = gemmi.read_mtz_file(str(source))
    for column, label in (("FWT", "FP"), ("PHWT", "PHIB")):
        mtz.column_with_label(column).label = label
    values = np.array(mtz.array)
    amplitudes = values[:, mtz.column_labels().index("FP")]
    mtz.add_column("SIGFP", "Q")
    mtz.add_column("FOM", "W")
    mtz.set_data(np.column_stack([values, 0.1 * amplitudes, np.full_like(amplitudes, 0.5)]))
    mtz.write_to_file(str(path))


@pytest.fixture
def folder(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder of its own, with links to the files that snippets read."""
    for path in data.iterdir():
        if path.is_file():
            (tmp_path / path.name).symlink_to(path)
    shutil.copytree(data / "map_sharpening_demo", tmp_path / "map_sharpening_demo")
    (tmp_path / "first").mkdir()
    shutil.copy(data / "first" / "used_parameters.eff", tmp_path / "first")
    shutil.copy(data / "first" / "results.json", tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "sbatch").write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    (programs / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def arguments(words: list[str], folder: Path) -> list[str]:
    if words[1:] == ["demo"]:  # it replaces no maps but its own
        shutil.rmtree(folder / "map_sharpening_demo")
    return [with_scratch(word, folder) for word in words[1:]]


def with_scratch(text: str, folder: Path) -> str:
    disk = folder / "disk"
    disk.mkdir(exist_ok=True)
    return text.replace(SCRATCH, str(disk))


@pytest.mark.parametrize("words", shell_cases())
def test_command_is_understood(
    words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words[0] == "map_sharpening", "give the block a comment <!-- not run: reason -->"
    status = main([*arguments(words, folder), "--dry-run"])
    assert status == 0, capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("words", shell_cases(is_run=True))
def test_command_works(words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(arguments(words, folder))
    assert status == 0, capsys.readouterr().err
    assert list(folder.rglob("sharpened_map.ccp4"))


@pytest.mark.slow
@pytest.mark.parametrize("snippet", found("python"), ids=lambda snippet: snippet.name)
def test_python_runs(snippet: Snippet, folder: Path) -> None:
    code = compile(with_scratch(snippet.text, folder), snippet.name, "exec")
    exec(code, {"__name__": "snippet"})


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the C++ library from the build that MAP_SHARPENING_BUILD names."""
    build = os.environ.get("MAP_SHARPENING_BUILD")
    if not build or shutil.which("cmake") is None:
        pytest.skip("MAP_SHARPENING_BUILD names no folder of a build, or there is no cmake")
    prefix = tmp_path_factory.mktemp("library")
    run("cmake", "--install", build, "--component", "cpp", "--prefix", str(prefix))
    return prefix


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize("snippet", found("cpp"), ids=lambda snippet: snippet.name)
def test_cpp_compiles_and_runs(snippet: Snippet, library: Path, tmp_path: Path) -> None:
    (cmake,) = found("cmake")
    includes = [line for line in snippet.text.splitlines() if line.startswith("#include")]
    body = snippet.text.replace("\n".join(includes), "")
    program = "\n".join([*includes, CPP_BEFORE, body, "}"])
    (tmp_path / "main.cpp").write_text(program, encoding="utf-8")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.21)\nproject(snippet LANGUAGES CXX)\n"
        + cmake.text.replace("target_link", "add_executable(your_program main.cpp)\ntarget_link"),
        encoding="utf-8",
    )
    build = tmp_path / "build"
    run("cmake", "-S", str(tmp_path), "-B", str(build), f"-DCMAKE_PREFIX_PATH={library}")
    run("cmake", "--build", str(build))
    run(str(build / "your_program"))


def test_every_block_has_a_known_language() -> None:
    """One that nobody runs must say that it is text."""
    languages = {
        snippet.language
        for path in pages()
        for snippet in snippets(path.name, path.read_text(encoding="utf-8"))
    }
    assert languages <= {"sh", "python", "cpp", "cmake", "text"}


def test_a_block_without_a_reason_is_run() -> None:
    text = "<!-- not run: -->\n```sh\nfirst\n```\n\n<!-- not run: slow -->\n```sh\nsecond\n```\n"
    first, second = snippets("page", text)
    assert not is_excused(first)
    assert is_excused(second)
    assert (second.line, second.text) == (7, "second")


def test_commands_of_continued_lines() -> None:
    assert commands("a b \\\n  c\n\nd") == ["a b    c", "d"]


@pytest.mark.skipif(sys.platform == "win32", reason="paths are compared with slashes")
def test_links_of_the_readme_exist() -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (TOP / "README.md").read_text(encoding="utf-8"))
    assert len(links) > 10
    assert [link for link in links if not (TOP / link).exists()] == []
