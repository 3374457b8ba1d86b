"""The command line in a folder with two half maps."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command_line import Call, Said

from map_sharpening import cli


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the program in this process, with words as on the command line."""

    def called(*words: str | Path) -> Said:
        capsys.readouterr()
        try:
            status = cli.main([str(word) for word in words])
        except SystemExit as stop:  # argparse: --help, --version, unknown options
            status = stop.code if isinstance(stop.code, int) else 0
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return called


@pytest.fixture
def halves(
    half_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """Names of two half maps in the working folder, which holds nothing else."""
    for path in half_files:
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    return ("half1.mrc", "half2.mrc")
