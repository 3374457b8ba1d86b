"""What a dry run looks at besides the inputs: it ends as the run would, and changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from map_sharpening.cli import main


@pytest.fixture
def words(half_files: tuple[Path, Path], tmp_path: Path) -> list[str]:
    out = f"output.output_directory={tmp_path / 'out'}"
    return [*(str(path) for path in half_files), "resolution=4", out]


def listing(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def refusal(capsys: pytest.CaptureFixture[str], words: list[str], folder: Path) -> str:
    """Return the last line of a dry run that is refused and leaves everything as it is."""
    before = listing(folder)
    assert main([*words, "--dry-run"]) == 2
    assert listing(folder) == before
    return capsys.readouterr().err.splitlines()[-1]


def test_outputs_that_may_not_be_replaced(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "log.txt").write_text("old")
    assert "log.txt exists" in refusal(capsys, [*words, "overwrite=False"], tmp_path)
    assert main([*words, "--dry-run"]) == 0


def test_outputs_that_are_inputs_or_folders(
    words: list[str],
    half_files: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = refusal(capsys, [*words, f"sharpened_map_file={half_files[0]}"], tmp_path)
    assert "is to be written but is also an input" in said
    (tmp_path / "out" / "mask.mrc").mkdir(parents=True)
    assert "mask.mrc is to be written but is a folder" in refusal(capsys, words, tmp_path)


@pytest.mark.parametrize("at", ["out", "out/below"])
def test_folders_that_are_files(
    at: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("a file")
    out = f"output.output_directory={tmp_path / at}"
    assert "out is not a folder" in refusal(capsys, [*words[:-1], out], tmp_path)


def test_a_folder_that_is_to_be_made_is_not_made(words: list[str], tmp_path: Path) -> None:
    out = f"output.output_directory={tmp_path / 'a' / 'b'}"
    assert main([*words[:-1], out, "--dry-run"]) == 0
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("no_such_submitter --now", "no_such_submitter can't be started"),
        ("''", 'queue_run_command is empty (""); expected text'),
    ],
)
def test_a_submit_command_that_is_not_there(
    command: str,
    said: str,
    words: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert said in refusal(capsys, [*words, f"queue_run_command={command}"], tmp_path)
    assert main([*words, "queue_run_command=sh", "--dry-run"]) == 0


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("read_sharpened_maps=True", "local_trial_01.mrc does not exist; write the trial maps"),
        ("select_sharpened_map=23", "select_sharpened_map is 23; expected a number from 1 to 22"),
    ],
)
def test_trial_maps_that_are_not_there(
    word: str,
    said: str,
    words: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    one_map = [f"full_map={words[0]}", *words[2:], "local_sharpening=True", word]
    assert said in refusal(capsys, one_map, tmp_path)


def test_names_that_the_system_does_not_take(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "x" * 300
    said = refusal(capsys, [*words, f"output.sharpened_map_file={long}.mrc"], tmp_path)
    assert (
        "can't be an output: File name too long; expected a name that the system accepts" in said
    )
    said = refusal(capsys, [*words, long], tmp_path)
    assert f"{'x' * 40}... (300 characters) can't be a file: File name too long; expected" in said
    assert main([*words, f"job_title={long}", "--dry-run"]) == 0


def test_inputs_that_are_no_files(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe.mrc"
    os.mkfifo(pipe)
    assert "is a pipe or device" in refusal(capsys, [*words, str(pipe)], tmp_path)
    for name in ("model", "mask"):
        said = refusal(capsys, [*words, f"{name}={pipe}"], tmp_path)
        assert "pipe" in said
        assert "expected a" in said


@pytest.mark.parametrize("method", ["shells", "b-factor"])
def test_half_maps_of_the_same_values(
    method: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.mrc"
    copy.write_bytes(Path(words[0]).read_bytes())
    twice = [words[0], str(copy), *words[2:], f"sharpening_method={method}"]
    said = refusal(capsys, twice, tmp_path)
    assert said.endswith(
        "copy.mrc hold the same values; expected two independent half maps; give the two maps "
        "that were reconstructed separately"
    )
