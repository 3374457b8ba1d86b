"""The tab key in real shells."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import Call

from map_sharpening.cli.completion import completion, keywords
from map_sharpening.parameters.reading import read_words

# The program is a function that says what words it was given.
SETUP = "map_sharpening() { printf '<%s>' \"$@\"; echo; }\n"


def typed(shell: list[str], script: str, lines: list[str], folder: Path) -> str:
    """Return what an interactive shell shows when lines are typed, tabs included."""
    (folder / "setup").write_text(script + "\n" + SETUP)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe(shell[0], shell, os.environ | {"TERM": "dumb", "PS1": "$ "})
    keys = "".join(f"{line}\n" for line in [". ./setup", *lines, "exit"])
    os.write(terminal, keys.encode())
    shown = b""
    while True:
        try:
            more = os.read(terminal, 4096)
        except OSError:  # how Linux tells that the shell has ended
            break
        if not more:
            break
        shown += more
    os.waitpid(child, 0)
    os.close(terminal)
    return shown.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "half map 1.mrc").touch()
    (tmp_path / "model.pdb").touch()
    return tmp_path


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not on this machine")
def test_bash_completes_names_choices_files_and_options(folder: Path) -> None:
    lines = [
        "map_sharpening sharpening_me\tb\t",
        "map_sharpening anisotropic_s\tF\t",
        "map_sharpening half_map=half\t",
        "map_sharpening model.\t nproc\t4",
        "map_sharpening --write\tx.eff",
        "map_sharpening --progress j\t",
        "map_sharpening completion f\t",
        "map_sharpening doc\t",
    ]
    shown = typed(["bash", "--norc", "--noprofile", "-i"], completion(["bash"]), lines, folder)
    for words in (
        "<sharpening_method=b-factor>",
        "<anisotropic_sharpen=False>",
        "<half_map=half map 1.mrc>",
        "<model.pdb><nproc=4>",
        "<--write-all><x.eff>",
        "<--progress><json>",
        "<completion><fish>",
        "<doctor>",
    ):
        assert f"\n{words}" in shown, shown


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not on this machine")
def test_zsh_completes_names_choices_and_files(folder: Path) -> None:
    script = "autoload -U compinit; compinit -D -u\n" + completion(["zsh"])
    lines = [
        "map_sharpening sharpening_me\tb\t",
        "map_sharpening half_map=half\t",
        "map_sharpening --progress j\t",
    ]
    shown = typed(["zsh", "-f", "-i"], script, lines, folder)
    for words in (
        "<sharpening_method=b-factor>",
        "<half_map=half map 1.mrc>",
        "<--progress><json>",
    ):
        assert f"\n{words}" in shown, shown


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not on this machine")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("map_sharpening resol", "resolution=\tResolution"),
        ("map_sharpening sharpening_method=b", "sharpening_method=b-factor\tMethod"),
        ("map_sharpening model=mod", "model=model.pdb"),
        ("map_sharpening --progress j", "json"),
        ("map_sharpening completion z", "zsh"),
    ],
)
def test_fish_completes(line: str, expected: str, folder: Path) -> None:
    (folder / "setup").write_text(completion(["fish"]))
    words = ["fish", "--no-config", "-c", f"source ./setup; complete -C '{line}'"]
    said = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    assert any(each.startswith(expected) for each in said.stdout.splitlines()), said.stdout


def test_each_name_means_its_parameter() -> None:
    names = [keyword.name for keyword in keywords()]
    assert {"half_map", "resolution", "mask", "nproc", "output_directory"} <= set(names)
    assert len(names) == len(set(names))
    for keyword in keywords():
        for value in keyword.values:
            (path,) = read_words([f"{keyword.name}={value}"]).explicitly_set
            assert path.endswith(f".{keyword.name}") or path == keyword.name


def test_another_shell_is_refused(call: Call) -> None:
    said = call("completion", "tcsh")
    assert (said.status, said.out) == (2, "")
    assert "the shell to complete for is tcsh; expected one of bash, zsh, fish" in said.err


@pytest.mark.parametrize("words", [("--help",), ("-h",), ("bash", "--help")])
def test_help_is_that_of_the_program(call: Call, words: tuple[str, ...]) -> None:
    said = call("completion", *words)
    assert (said.status, said.err) == (0, "")
    assert "map_sharpening completion bash" in said.out
