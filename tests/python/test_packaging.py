"""The recipes in packaging/ say what pyproject.toml and CMake say."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from host_python import HostPython

TOP = Path(__file__).parents[2]
RATTLER = HostPython("py-rattler-build", "rattler_build", "MAP_SHARPENING_RATTLER_PYTHON")
RENDER = """
import json, sys
from rattler_build import JinjaConfig, PlatformConfig, RenderConfig, Stage0Recipe, VariantConfig
folder, platform = sys.argv[1:]
recipe = Stage0Recipe.from_file(folder + "/recipe.yaml")
config = PlatformConfig(target_platform=platform)
variants = VariantConfig.from_file_with_context(
    folder + "/variants.yaml", JinjaConfig(platform=config)
)
(made,) = recipe.render(variants, RenderConfig(platform=config))
print(json.dumps(made.recipe.to_dict()))
"""


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


def test_the_run_of_every_test_installs_every_extra_that_a_test_needs() -> None:
    (installed,) = re.findall(r'"\.\[([\w,-]+)\]"', text_of("tests/run.sh"))
    needed = {
        extra
        for path in (TOP / "tests" / "python").rglob("*.py")
        for extra in re.findall(r'"needs the extra \[([\w-]+)\]"', path.read_text("utf-8"))
    }
    assert {"pdf", "gui-test"} <= needed <= set(installed.split(","))


def test_versions_are_those_of_the_program() -> None:
    version = text_of("VERSION").strip()
    assert f'version: "{version}"' in text_of("packaging/conda/recipe.yaml")
    assert f'version("{version}")' in text_of("packaging/spack/package.py")


def test_pocketfft_is_one_commit_everywhere() -> None:
    (commit,) = re.findall(r"GIT_TAG (\w{40})", text_of("cpp/cmake/FindPocketFFT.cmake"))
    assert f'commit="{commit}"' in text_of("packaging/spack/package.py")


def test_apptainer_does_what_docker_does() -> None:
    docker = text_of("packaging/Dockerfile").replace("\\\n", " ")
    steps = re.findall(r"^RUN (.*)", docker, re.MULTILINE)
    of_docker = {command.strip() for step in steps for command in step.split("&&")}
    recipe = text_of("packaging/map_sharpening.def")
    posts = re.findall(r"^%post\n((?:[ ].*\n|\n)+)", recipe, re.MULTILINE)
    lines = {line.strip() for post in posts for line in post.splitlines()}
    of_apptainer = {line for line in lines if line and not line.startswith("#")}
    assert len(posts) == 2
    assert of_apptainer == of_docker
    images = re.findall(r"^FROM (\S+)", docker, re.MULTILINE)
    assert re.findall(r"^From: (\S+)", recipe, re.MULTILINE) == images


def test_apptainer_tests_where_it_can_write() -> None:
    tested = text_of("packaging/map_sharpening.def").partition("\n%test\n")[2].split()
    assert "cd /tmp map_sharpening doctor" in " ".join(tested)


def test_what_the_quick_start_makes_in_the_source_folder_goes_into_no_archive() -> None:
    (command,) = re.findall(r"<!-- command 1 -->\n```sh\n(.+)\n```", text_of("README.md"))
    assert "venv .venv " in command
    assert command.endswith("map_sharpening demo")
    assert 'Path("map_sharpening_demo")' in text_of("python/map_sharpening/cli/command.py")
    # scikit-build-core leaves out what Git ignores.
    ignored = text_of(".gitignore").splitlines()
    assert {".venv/", "/map_sharpening_demo/"} <= set(ignored)


def test_docker_is_given_all_that_the_build_reads() -> None:
    kept = {line[1:] for line in text_of("packaging/Dockerfile.dockerignore").splitlines()}
    texts = [text_of("CMakeLists.txt"), text_of("python/bindings/CMakeLists.txt")]
    read = set(re.findall(r"\b(?:licenses|docs)/[\w./]+", "\n".join(texts)))
    assert {"docs/map_sharpening.1", "licenses/pocketfft.txt"} <= read
    for name in {*read, "pyproject.toml", "README.md", "LICENSE", "VERSION", "cpp", "python"}:
        assert kept & {name, name.partition("/")[0]}, name


@RATTLER.needed
@pytest.mark.parametrize(
    ("platform", "compiler", "library", "has_openmp"),
    [
        ("linux-64", "gxx_linux-64", "sysroot_linux-64 2.28.*", False),
        ("linux-aarch64", "gxx_linux-aarch64", "sysroot_linux-aarch64 2.28.*", False),
        ("osx-arm64", "clangxx_osx-arm64", "macosx_deployment_target_osx-arm64 11.0.*", True),
        ("win-64", "vs2022_win-64", "vs_win-64 2022.*", False),
    ],
)
def test_rattler_build_understands_the_recipe(
    platform: str, compiler: str, library: str, has_openmp: bool
) -> None:
    folder = TOP / "packaging" / "conda"
    done = subprocess.run(
        [RATTLER.path, "-c", RENDER, str(folder), platform],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    needs = made["requirements"]
    assert needs["build"] == [compiler, library, "cmake >=3.21", "ninja"]
    assert "pybind11 >=2.13" in needs["host"]
    for kind in ("host", "run"):
        assert ("llvm-openmp" in needs[kind]) == has_openmp
    for name in made["about"]["license_file"]:
        assert (TOP / name).is_file()
