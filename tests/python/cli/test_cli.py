"""The command line: what it prints, reads and writes."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from command_line import Call, Said, finished, in_python, listing, program
from half_map_files import write_mrc

from map_sharpening import __version__, _core
from map_sharpening.cli import build
from map_sharpening.simulation import demo
from map_sharpening.simulation.simulate import SimulatedHalfMaps

# Questions


def test_help_shows_an_example(call: Call) -> None:
    said = call("--help")
    assert (said.status, said.err) == (0, "")
    assert "map_sharpening half1.mrc half2.mrc resolution=3.1" in said.out


def test_nothing_at_all_is_answered_by_help(call: Call) -> None:
    said = call()
    assert (said.status, said.out) == (2, "")
    assert "map_sharpening half1.mrc half2.mrc resolution=3.1" in said.err


def test_version_is_told(call: Call) -> None:
    said = call("--version")
    first, *others = said.out.splitlines()
    assert (said.status, said.err) == (0, "")
    assert first == f"map_sharpening {__version__}"
    facts = dict(line.split(maxsplit=1) for line in others)
    assert list(facts) == ["Build", "SIMD", "Threads", "FFT"]
    assert _core.build_info().build_type in facts["Build"]
    assert facts["FFT"] == "pocketfft"


@pytest.mark.slow
def test_version_tells_which_instruction_set_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAP_SHARPENING_SIMD", "baseline")
    assert "  SIMD     baseline\n" in program("--version").out
    monkeypatch.setenv("MAP_SHARPENING_SIMD", "sse9")
    refused = program("--version")
    assert refused.status == 2
    assert refused.err == (
        "map_sharpening: MAP_SHARPENING_SIMD is sse9; expected baseline or avx2\n"
    )
    examined = program("doctor")
    assert examined.status == 2
    assert "problem    Core " in examined.out


def test_version_tells_of_changes_since_the_commit() -> None:
    assert build.source_text("2a91723d0c") == "commit 2a91723d0c"
    assert build.source_text("2a91723d0c-dirty") == "commit 2a91723d0c with changes"
    assert build.source_text("") == "from source without git"


def test_threads_without_openmp_are_said_to_be_one() -> None:
    assert build.threads_text(0, 1) == "1: built without OpenMP"
    assert build.threads_text(201511, 3000).startswith("3000, of ")
    assert build.threads_text(202011, 1).endswith("; OpenMP of 2020-11")


def test_citations_name_their_journals(call: Call) -> None:
    said = call("--citations")
    assert said.status == 0
    assert "Acta Cryst." in said.out


@pytest.mark.parametrize("spelling", ["--show-defaults", "--show_defaults"])
def test_defaults_are_shown_in_both_spellings(call: Call, spelling: str) -> None:
    said = call(spelling)
    assert said.status == 0
    assert "resolution = None" in said.out


def test_level_shows_more_of_the_defaults(call: Call) -> None:
    sizes = [len(call(f"--show-defaults={level}").out) for level in range(4)]
    assert sizes == sorted(set(sizes))


def test_unknown_option_is_refused(call: Call) -> None:
    said = call("--no-such-option")
    assert said.status == 2
    assert "--no-such-option" in said.err


def test_a_file_named_as_an_option_is_told_how_to_be_given(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-map.mrc").touch()
    said = call("-map.mrc")
    assert said.status == 2
    assert "give the file of this name as ./-map.mrc" in said.err


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="broken pipes are told otherwise elsewhere")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("word", ["--citations", "--help"])
def test_reader_that_goes_away_is_no_error(word: str, unbuffered: str) -> None:
    code = (
        "import os, sys, map_sharpening.cli as c\n"
        "reading, writing = os.pipe(); os.close(reading); os.dup2(writing, 1)\n"
        f"sys.exit(c.main(['{word}']))"
    )
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    said = finished(in_python(code, environment=environment))
    # argparse keeps to itself what happens while it writes.
    expected = 0 if (word, unbuffered) == ("--help", "1") else 141
    assert (said.status, said.err) == (expected, "")


def test_terminal_without_angstrom_signs_is_no_error(halves: tuple[str, str]) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    said = program(*halves, "resolution=4", "--dry-run", environment=environment)
    assert (said.status, said.err) == (0, "")
    assert "4 ?" in said.out


def test_symmetry_file_is_recognised_by_its_name(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "points.ncs_spec"
    path.write_text("new_ncs_group\n")
    assert f"ncs_file = {path}" in call(str(path), "--diff-params").out


# Parameters


@pytest.mark.slow
def test_all_parameters_written_run_as_they_are(
    call: Call, halves: tuple[str, str], tmp_path: Path
) -> None:
    words = (*halves, "resolution=4", "n_bins=20", "report=False")
    assert call(*words, "--write-all", "run.eff").status == 0
    assert set(listing(tmp_path)) == {*halves, "run.eff"}
    assert call("run.eff", "output_directory=from_file").status == 0
    assert call(*words, "output_directory=from_words").status == 0
    of_file, of_words = (tmp_path / name for name in ("from_file", "from_words"))
    name = "sharpened_map.ccp4"
    assert (of_file / name).read_bytes() == (of_words / name).read_bytes()


def test_changed_parameters_are_shown_alone(call: Call, halves: tuple[str, str]) -> None:
    said = call(*halves, "resolution=4", "--diff-params")
    assert said.status == 0
    assert "resolution = 4" in said.out
    assert "n_bins" not in said.out


def test_nothing_changed_shows_nothing(call: Call) -> None:
    assert call("--diff-params") == Said(0, "", "")


def test_later_words_win(call: Call) -> None:
    said = call("resolution=4", "resolution=5", "--diff-params")
    assert re.findall(r"resolution = (\S+)", said.out) == ["5"]


def test_words_win_over_a_parameter_file_before_or_after(call: Call, tmp_path: Path) -> None:
    given = tmp_path / "run.eff"
    given.write_text("crystal_info.resolution = 3\nsharpening.n_bins = 30\n")
    for words in ((given, "n_bins=40"), ("n_bins=40", given)):
        said = call(*words, "--diff-params")
        assert re.findall(r"(?:n_bins|resolution) = (\S+)", said.out) == ["40", "3"]


def test_later_parameter_file_wins(call: Call, tmp_path: Path) -> None:
    files = [tmp_path / "one.eff", tmp_path / "two.eff"]
    for number, path in enumerate(files, start=3):
        path.write_text(f"crystal_info.resolution = {number}\n")
    assert "resolution = 4" in call(*files, "--diff-params").out


def test_short_name_of_resolution_is_the_maps_resolution(call: Call) -> None:
    said = call("resolution=4", "--diff-params")
    assert said.out.split() == ["crystal_info", "{", "resolution", "=", "4", "}"]


def test_misspelt_parameter_is_answered_by_the_right_one(call: Call) -> None:
    said = call("resolutoin=4", "--diff-params")
    assert said.status == 2
    assert len(said.error_lines) == 1
    assert "resolution" in said.err.replace("resolutoin", "")


# Files


def test_partner_is_found_and_told(call: Call, halves: tuple[str, str]) -> None:
    said = call(halves[0], "resolution=4", "--dry-run")
    assert said.status == 0
    assert "half2.mrc was taken as the partner of half1.mrc" in said.out


def test_third_map_is_the_full_map(
    call: Call, halves: tuple[str, str], simulated: SimulatedHalfMaps, tmp_path: Path
) -> None:
    write_mrc(tmp_path / "postprocess.mrc", simulated.mean.values)
    said = call(halves[0], "postprocess.mrc", halves[1], "resolution=4", "--dry-run")
    assert re.search(r"Full map +postprocess\.mrc\n", said.out)


def test_three_maps_with_names_that_say_nothing_are_refused(
    call: Call, halves: tuple[str, str], tmp_path: Path
) -> None:
    for name in ("a.mrc", "b.mrc", "c.mrc"):
        shutil.copy(halves[0], name)
    said = call("a.mrc", "b.mrc", "c.mrc", "resolution=4", "--dry-run")
    assert said.status == 2
    assert "full_map=" in said.err


@pytest.mark.parametrize("name", ["with blank.mrc", "a=b.mrc", "semi;colon#.mrc", "[1].mrc"])
def test_half_map_may_have_any_name(call: Call, halves: tuple[str, str], name: str) -> None:
    shutil.copy(halves[0], name)
    said = call(name, halves[1], "resolution=4", "--dry-run")
    assert said.status == 0
    assert name in said.out


# Running


def test_run_prints_what_matters_and_not_the_tables(call: Call, halves: tuple[str, str]) -> None:
    said = call(*halves, "resolution=4", "report=False")
    assert (said.status, said.err) == (0, "")
    assert "Resolution at FSC = 0.143" in said.out
    assert "Shells" not in said.out


@pytest.mark.slow
def test_verbose_run_prints_the_tables(call: Call, halves: tuple[str, str]) -> None:
    said = call(*halves, "resolution=4", "report=False", "verbose=True")
    assert "Shells" in said.out


def test_dry_run_writes_nothing(call: Call, halves: tuple[str, str], tmp_path: Path) -> None:
    before = listing(tmp_path)
    said = call(*halves, "resolution=4", "output_directory=out", "--dry-run")
    assert said.status == 0
    assert "out/sharpened_map.ccp4" in said.out
    assert listing(tmp_path) == before


def test_quiet_run_prints_nothing(call: Call, halves: tuple[str, str], tmp_path: Path) -> None:
    assert call(*halves, "resolution=4", "report=False", "--quiet") == Said(0, "", "")
    assert (tmp_path / "sharpened_map.ccp4").is_file()


def test_quiet_run_still_tells_errors(call: Call) -> None:
    said = call("no_such.mrc", "resolution=4", "--quiet")
    assert said.status == 2
    assert "no_such.mrc" in said.err


def test_warning_is_printed_once(call: Call, halves: tuple[str, str]) -> None:
    said = call(*halves, "resolution=4", "voxel_size=1.6", "--dry-run")
    assert (said.out + said.err).count("half1.mrc gives a voxel size of 1.5") == 1


def test_outputs_are_replaced_by_default(
    call: Call, halves: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "log.txt").write_text("old")
    assert call(*halves, "resolution=4", "report=False").status == 0
    assert (tmp_path / "log.txt").read_text(encoding="utf-8") != "old"


@pytest.mark.slow
def test_overwrite_option_wins_over_the_parameter(
    call: Call, halves: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "log.txt").write_text("old")
    words = (*halves, "resolution=4", "report=False", "overwrite=False")
    assert call(*words).status == 2
    assert call(*words, "--overwrite").status == 0


def test_json_progress_is_json_and_ends_complete(call: Call, halves: tuple[str, str]) -> None:
    said = call(*halves, "resolution=4", "report=False", "--progress", "json")
    records = [json.loads(line) for line in said.out.splitlines()]
    done = {
        record["stage"]: (record["done"], record["total"])
        for record in records
        if "stage" in record
    }
    assert done["sharpen"] == (100, 100)
    assert done["write"][0] == done["write"][1]
    assert "stage" in records[-1]


def test_json_progress_brings_the_fsc(call: Call, halves: tuple[str, str]) -> None:
    said = call(*halves, "resolution=4", "report=False", "--progress", "json")
    curves = [record for line in said.out.splitlines() if "curve" in (record := json.loads(line))]
    assert [curve["curve"] for curve in curves] == ["fsc"]
    assert len(curves[0]["x"]) == len(curves[0]["y"]) > 10


@pytest.mark.slow
def test_json_progress_tells_warnings_on_standard_error(
    call: Call, halves: tuple[str, str]
) -> None:
    said = call(*halves, "resolution=4", "voxel_size=1.6", "report=False", "--progress=json")
    assert all(json.loads(line) for line in said.out.splitlines())
    assert "half1.mrc gives a voxel size" in said.err


@pytest.mark.slow
def test_demo_improves_the_correlation_with_the_truth(call: Call, tmp_path: Path) -> None:
    said = call("demo", f"output_directory={tmp_path / 'demo'}")
    rows = re.findall(r"^  (.+?) +(\d\.\d+) +(\d\.\d+)$", said.out, re.MULTILINE)
    assert said.status == 0
    assert len(rows) == 3
    near_atoms = [row for row in rows if row[0].startswith("near the atoms")]
    assert len(near_atoms) == 2
    assert all(float(after) > float(before) + 0.05 for _, before, after in near_atoms)
    assert {"half1.mrc", "half2.mrc", "truth.mrc", "report.html"} <= set(
        listing(tmp_path / "demo")
    )


def test_demo_replaces_its_own_maps(
    simulated: SimulatedHalfMaps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "demo_half_maps", lambda: simulated)
    (tmp_path / "other.mrc").write_text("a bystander")
    for _ in range(2):
        demo.write_demo_files(tmp_path)
    assert set(listing(tmp_path)) == {"half1.mrc", "half2.mrc", "truth.mrc", "other.mrc"}


def test_demo_takes_no_files(call: Call, halves: tuple[str, str], tmp_path: Path) -> None:
    said = call("demo", halves[0])
    assert said.status == 2
    assert set(listing(tmp_path)) == set(halves)


@pytest.mark.slow
def test_program_as_a_process_succeeds(halves: tuple[str, str], tmp_path: Path) -> None:
    said = program(*halves, "resolution=4")
    assert (said.status, said.err) == (0, "")
    assert (tmp_path / "report.html").is_file()
