"""Bad input is refused in one line, and leaves nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from command_line import Call, FloatMap, Said, finished, in_python, listing
from half_map_files import VOXEL_SIZE, write_mrc
from model_files import write_model

from map_sharpening.errors import ParameterError
from map_sharpening.runs.given.words import merged_words
from map_sharpening.simulation.simulate import SimulatedHalfMaps

is_root = hasattr(os, "geteuid") and os.geteuid() == 0


# Bad input

Words = list[str]
Half = FloatMap


@dataclass(frozen=True)
class Bench:
    """A folder with two good half maps, for a case to spoil something in."""

    folder: Path
    half_1: FloatMap
    half_2: FloatMap

    def write(self, name: str, values: FloatMap | None = None, **header: object) -> str:
        made = self.half_2 if values is None else values
        write_mrc(self.folder / name, made.astype(np.float32), **header)  # type: ignore[arg-type]
        return name

    def text(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return name

    def mask(self, values: FloatMap, **header: object) -> Words:
        name = self.write("mask.mrc", values, **header)
        return ["half1.mrc", "half2.mrc", f"mask={name}", "resolution=4"]

    @property
    def ball(self) -> FloatMap:
        z, y, x = np.ogrid[-28:28, -28:28, -28:28]
        made: FloatMap = (z**2 + y**2 + x**2 < 400).astype(np.float32)
        return made


GOOD = ["half1.mrc", "half2.mrc", "resolution=4"]


def with_half(name: str) -> Words:
    return ["half1.mrc", name, "resolution=4"]


def truncated(bench: Bench) -> Words:
    path = bench.folder / bench.write("short.mrc")
    path.write_bytes(path.read_bytes()[:-100])
    return with_half("short.mrc")


def truncated_gzip(bench: Bench) -> Words:
    path = bench.folder / bench.write("short.mrc.gz")
    path.write_bytes(path.read_bytes()[:-1000])
    return with_half("short.mrc.gz")


def not_finite(bench: Bench, value: float) -> Words:
    spoilt = bench.half_2.copy()
    spoilt[3, 4, 5] = value
    return with_half(bench.write("spoilt.mrc", spoilt))


def image_stack(bench: Bench) -> Words:
    return with_half(bench.write("stack.mrc", space_group=0, sampling=(56, 56, 1)))


def linked(bench: Bench) -> Words:
    (bench.folder / "link.mrc").symlink_to("half1.mrc")
    return with_half("link.mrc")


def folder_for_a_map(bench: Bench) -> Words:
    (bench.folder / "maps.mrc").mkdir()
    return with_half("maps.mrc")


def folder_by_keyword(bench: Bench) -> Words:
    (bench.folder / "maps.mrc").mkdir()
    return ["half_map=half1.mrc", "half_map=maps.mrc", "resolution=4"]


def alone(bench: Bench) -> Words:
    return [bench.write("half1_alone.mrc"), "resolution=4"]


def four_maps(bench: Bench) -> Words:
    names = [bench.write(f"map_{letter}.mrc") for letter in "wxyz"]
    return [*names, "resolution=4"]


def output_exists(bench: Bench) -> Words:
    bench.text("fsc.csv", "precious")
    return [*GOOD, "overwrite=False"]


def output_folder_is_a_file(bench: Bench) -> Words:
    bench.text("out", "a file")
    return [*GOOD, "output_directory=out"]


def mask_of_another_box(bench: Bench) -> Words:
    return bench.mask(bench.ball[:50])


def mask_elsewhere(bench: Bench) -> Words:
    return bench.mask(bench.ball, start=(5, 0, 0))


def given_model(bench: Bench) -> Words:
    return [*GOOD, bench.text("model.pdb", "ATOM      1  CA  ALA A   1       0.0 0.0 0.0\n")]


def given_coefficients(bench: Bench) -> Words:
    return ["resolution=4", bench.text("data.mtz", "MTZ " + 200 * " ")]


Case = tuple[Callable[[Bench], Words], list[str]]


#: How the input is spoilt, and what the one line must say.
BAD: dict[str, Case] = {
    "missing_file": (lambda b: with_half("no_such.mrc"), ["no_such.mrc", "check"]),
    "missing_file_by_keyword": (
        lambda b: ["half_map=half1.mrc", "half_map=no_such.mrc", "resolution=4"],
        ["no_such.mrc does not exist", "check"],
    ),
    "truncated": (truncated, ["short.mrc is truncated", "703388", "703488"]),
    "truncated_gzip": (truncated_gzip, ["short.mrc.gz", "again"]),
    "empty_file": (lambda b: with_half(b.text("empty.mrc", "")), ["empty.mrc", "0 bytes"]),
    "text_file": (
        lambda b: with_half(b.text("notes.mrc", "not a map, only words\n")),
        ["notes.mrc is not a CCP4/MRC map"],
    ),
    "web_page": (
        lambda b: with_half(b.text("page.mrc", "<!DOCTYPE html>" + 2000 * " ")),
        ["page.mrc is a web page"],
    ),
    "git_lfs_pointer": (
        lambda b: with_half(b.text("lfs.mrc", "version https://git-lfs.github.com/spec/v1\n")),
        ["lfs.mrc is a Git LFS pointer", "git lfs pull"],
    ),
    "folder": (folder_for_a_map, ["maps.mrc is a folder"]),
    "folder_by_keyword": (folder_by_keyword, ["maps.mrc is a folder"]),
    "nan": (
        lambda b: not_finite(b, np.nan),
        ["spoilt.mrc has NaN or infinity at 1 of 175616 points", "x 5, y 4, z 3"],
    ),
    "infinity": (
        lambda b: not_finite(b, np.inf),
        ["spoilt.mrc has NaN or infinity at 1 of 175616 points"],
    ),
    "image_stack": (image_stack, ["stack.mrc is a stack of 56 images", "reconstruction"]),
    "constant": (
        lambda b: with_half(b.write("flat.mrc", np.full_like(b.half_1, 3.5))),
        ["flat.mrc has the same value 3.5"],
    ),
    "all_zero": (
        lambda b: with_half(b.write("zero.mrc", np.zeros_like(b.half_1))),
        ["zero.mrc has the same value 0"],
    ),
    "zero_cell": (
        lambda b: with_half(b.write("cell.mrc", voxel_size=(0, 0, 0))),
        ["cell.mrc gives no voxel size", "crystal_info.voxel_size"],
    ),
    "extract_unique": (
        lambda b: with_half(b.write("unique.mrc", labels=["extract_unique"])),
        ["unique.mrc is labelled extract_unique", "whole map"],
    ),
    "other_shape": (
        lambda b: with_half(b.write("other.mrc", b.half_2[:50])),
        ["other.mrc has shape (z, y, x) (50, 56, 56), but half1.mrc has (56, 56, 56)"],
    ),
    "other_cell": (
        lambda b: with_half(b.write("other.mrc", voxel_size=(1.5, 1.5, 1.6))),
        ["other.mrc has cell", "89.6", "half1.mrc has", "84"],
    ),
    "other_origin": (
        lambda b: with_half(b.write("other.mrc", origin=(10, 0, 0))),
        [
            "other.mrc lies at (10, 0, 0) Å (ORIGIN",
            "half1.mrc at (0, 0, 0) Å",
            "map_origin=nstart",
        ],
    ),
    "other_start": (
        lambda b: with_half(b.write("other.mrc", start=(0, 0, 7))),
        ["other.mrc lies at (0, 0, 10.5) Å (NSTART (0, 0, 7)), but half1.mrc at (0, 0, 0) Å"],
    ),
    "same_file_twice": (lambda b: with_half("half1.mrc"), ["half1.mrc", "same file"]),
    "link_to_the_same_file": (linked, ["half1.mrc and link.mrc are the same file"]),
    "equal_copies": (
        lambda b: with_half(b.write("copy.mrc", b.half_1)),
        ["half1.mrc and copy.mrc hold the same values", "two independent half maps"],
    ),
    "scaled_copies": (
        lambda b: with_half(b.write("scaled.mrc", 3 * b.half_1)),
        ["half1.mrc and scaled.mrc", "not independent"],
    ),
    "shifted_and_scaled_copies": (
        lambda b: with_half(b.write("scaled.mrc", 0.5 * b.half_1 + 1)),
        ["half1.mrc and scaled.mrc", "not independent"],
    ),
    "inverted_half": (
        lambda b: with_half(b.write("inverted.mrc", -b.half_2)),
        ["half1.mrc and inverted.mrc", "halves of one reconstruction"],
    ),
    "one_without_partner": (alone, ["half1_alone.mrc is the only half map", "both"]),
    "four_maps": (four_maps, ["4 maps were given", "two half maps"]),
    "three_half_maps": (
        lambda b: [*(f"half_map=half{n}.mrc" for n in (1, 2, 1)), "resolution=4"],
        ["3 half maps were given", "expected 2"],
    ),
    "no_half_maps": (lambda b: ["resolution=4"], ["no half maps were given"]),
    "neither_maps_nor_resolution": (lambda b: ["nproc=1"], ["no half maps were given"]),
    "no_resolution": (
        lambda b: GOOD[:2],
        ["resolution is missing", "resolution=3.1", "resolution=Auto"],
    ),
    "option_of_other_programs": (
        lambda b: [*GOOD[:2], "--resolution", "4"],
        ["no option --resolution", "such as resolution=4;"],
    ),
    "short_option": (
        lambda b: [*GOOD, "-o", "results"],
        ["no option -o", "such as output_directory=results (Folder for all outputs"],
    ),
    "option_with_value": (lambda b: [*GOOD, "--local-sharpen=True"], ["local_sharpen=True"]),
    "negative_resolution": (lambda b: [*GOOD[:2], "resolution=-3"], ["resolution", "-3"]),
    "zero_resolution": (lambda b: [*GOOD[:2], "resolution=0"], ["resolution", "0"]),
    "nan_resolution": (lambda b: [*GOOD[:2], "resolution=nan"], ["resolution", "nan"]),
    "resolution_in_words": (lambda b: [*GOOD[:2], "resolution=high"], ["resolution", "high"]),
    "too_fine_resolution": (
        lambda b: [*GOOD[:2], "resolution=2.5"],
        ["resolution is 2.5", "Nyquist limit of half1.mrc (3.000", "resolution >= 3"],
    ),
    "too_coarse_resolution": (
        lambda b: [*GOOD[:2], "resolution=22"],
        ["resolution is 22", "half1.mrc", "21.0"],
    ),
    "too_few_bins": (lambda b: [*GOOD, "n_bins=1"], ["n_bins", "1"]),
    "no_threads": (lambda b: [*GOOD, "nproc=0"], ["nproc", "0"]),
    "unknown_keyword": (lambda b: [*GOOD, "sharpness=5"], ["sharpness"]),
    "empty_word": (lambda b: [*GOOD, ""], ['an empty word ("") was given', "name=value"]),
    "blank_word": (lambda b: [*GOOD, " "], ['an empty word (" ") was given', "of the shell"]),
    "empty_folder": (lambda b: ["report", ""], ['an empty word ("") was given', "a folder"]),
    "unknown_word": (lambda b: [*GOOD, "quickly"], ["quickly is neither a file nor name=value"]),
    "slip_in_a_command": (
        lambda b: ["depositt", "results"],
        ["depositt is neither a file nor name=value", "did you mean the command deposit?"],
    ),
    "command_among_files": (lambda b: [*GOOD, "deposit"], ["deposit is a command", "first word"]),
    "more_than_doctor": (lambda b: ["doctor", "half1.mrc"], ["doctor is a command", "only one"]),
    "unknown_choice": (lambda b: [*GOOD, "ideal_curve=lipid"], ["ideal_curve", "lipid"]),
    "broken_parameter_file": (
        lambda b: [*GOOD, b.text("run.eff", "output {\n  overwrite = True\n")],
        ["run.eff"],
    ),
    "output_is_an_input": (
        lambda b: [*GOOD, "sharpened_map_file=half2.mrc"],
        ["half2.mrc is to be written but is also an input"],
    ),
    "output_is_the_mask_given": (
        lambda b: [*b.mask(b.ball), "sharpened_map_file=mask.mrc", "mask_file=other.mrc"],
        ["mask.mrc is to be written but is also an input"],
    ),
    "parameters_over_a_half_map": (
        lambda b: [*GOOD, "--write-all", "half2.mrc"],
        ["half2.mrc is to be written but is also an input"],
    ),
    "parameters_to_no_folder": (
        lambda b: [*GOOD, "--write-all", "nowhere/run.eff"],
        ["nowhere does not exist"],
    ),
    "demo_over_other_maps": (
        lambda b: ["demo", "output_directory=."],
        ["half1.mrc exists and is not a map of the demonstration"],
    ),
    "resolution_without_its_name": (
        lambda b: [*GOOD[:2], "3.1"],
        ["3.1 is neither a file nor name=value", "resolution=3.1, without spaces"],
    ),
    "no_dashes": (lambda b: ["help"], ["help is neither a file", "did you mean --help?"]),
    "option_of_relion": (lambda b: ["-i", "half1.mrc"], ["such as half_map=half1.mrc"]),
    "two_outputs_with_one_name": (
        lambda b: [*GOOD, "mask_file=same.mrc", "sharpened_map_file=same.mrc"],
        ["same.mrc", "its own name"],
    ),
    "output_exists": (output_exists, ["fsc.csv exists", "overwrite=True"]),
    "output_folder_is_a_file": (output_folder_is_a_file, ["out", "folder"]),
    "mask_missing": (lambda b: [*GOOD, "mask=no_mask.mrc"], ["no_mask.mrc does not exist"]),
    "mask_of_another_box": (mask_of_another_box, ["mask.mrc has shape", "half1.mrc"]),
    "mask_elsewhere": (
        mask_elsewhere,
        ["mask.mrc lies at (7.5, 0, 0) Å (NSTART (5, 0, 0))", "mask_at_map"],
    ),
    "mask_above_1": (
        lambda b: b.mask(7 * b.ball),
        ["mask.mrc has values from 0 to 7", "0 (outside) to 1 (inside)"],
    ),
    "mask_below_0": (lambda b: b.mask(b.ball - 0.5), ["mask.mrc has values from -0.5 to 0.5"]),
    "mask_all_zero": (lambda b: b.mask(0 * b.ball), ["mask.mrc has the same value 0"]),
    "half_map_as_full_map_of_another_box": (
        lambda b: [*GOOD, "full_map=" + b.write("full.mrc", b.half_2[:, :50])],
        ["full.mrc has shape"],
    ),
    "windows_given_twice": (
        lambda b: [*GOOD, "local_sharpen=True", "box_size_grid_units=10", "n_boxes=3"],
        ["n_boxes", "box_size_grid_units"],
    ),
    "b_sharpen_in_shells": (
        lambda b: [*GOOD, "b_sharpen=50"],
        ["b_sharpen = 50", "give sharpening_method=b-factor"],
    ),
    "model_for_viewers": (given_model, ["model.pdb"]),
    "coefficients_cut_off": (given_coefficients, ["data.mtz", "MTZ"]),
}


@pytest.fixture
def bench(halves: tuple[str, str], simulated: SimulatedHalfMaps, tmp_path: Path) -> Bench:
    return Bench(tmp_path, simulated.half_1.values, simulated.half_2.values)


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_line_and_leaves_nothing(
    call: Call, bench: Bench, case: str
) -> None:
    spoil, expected = BAD[case]
    words = spoil(bench)
    before = listing(bench.folder)
    said = call(*words, "report=False", "--quiet")
    assert (said.status, said.out) == (2, "")
    assert len(said.error_lines) == 1
    assert [part for part in expected if part not in said.err] == []
    assert listing(bench.folder) == before


def test_voxel_size_given_mends_a_zero_cell(call: Call, bench: Bench) -> None:
    names = [
        bench.write(f"zero_cell_{half}.mrc", values, voxel_size=(0, 0, 0))
        for half, values in (("a", bench.half_1), ("b", bench.half_2))
    ]
    step = f"crystal_info.voxel_size={VOXEL_SIZE[0]}"
    said = call(*names, "resolution=4", step, "report=False", "--quiet")
    assert said == Said(0, "", "")


@pytest.mark.skipif(is_root, reason="root may read any file")
def test_file_without_the_right_to_read_is_refused(call: Call, bench: Bench) -> None:
    (bench.folder / "half2.mrc").chmod(0)
    said = call(*GOOD)
    assert said.status == 2
    assert "chmod +r" in said.err


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs the rights of Unix")
@pytest.mark.parametrize("name", ["half1.mrc", "b=1.mrc"])
def test_a_file_in_a_folder_that_may_not_be_entered_is_told_so(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / name).touch()
    folder.chmod(0)
    before = os.geteuid()
    try:
        if is_root:
            os.seteuid(65534)  # root may enter any folder
        with pytest.raises(ParameterError, match="can't be examined: Permission denied; expected"):
            merged_words([f"{folder}/{name}"], overwrite=False)
    finally:
        os.seteuid(before)
        folder.chmod(0o700)


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (["a.pdb", "b.pdb"], r"a\.pdb and b\.pdb are two files of one kind \(models\); give one"),
        (["a.pdb", "model=b.pdb"], r"model is b\.pdb, and a\.pdb was given beside it; give one"),
        (["model=b.pdb", "a.pdb"], r"model is b\.pdb, and a\.pdb was given beside it; give one"),
        (["a.pdb", "a.pdb", "model=a.pdb"], None),
        (["run.eff", "a.pdb"], None),  # what is given after a file of parameters replaces its own
    ],
)
def test_no_second_file_replaces_the_first_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Words, refused: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.pdb", "b.pdb"):
        write_model(tmp_path / name)
    (tmp_path / "run.eff").write_text("input_files.map_model.model = b.pdb\n")
    if refused is None:
        fetched = merged_words(words, overwrite=False)
        assert fetched.values["input_files.map_model.model"] == "a.pdb"
    else:
        with pytest.raises(ParameterError, match=refused):
            merged_words(words, overwrite=False)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_a_link_to_itself_is_told_so(tmp_path: Path) -> None:
    link = tmp_path / "a=b.mrc"
    link.symlink_to(link)
    with pytest.raises(ParameterError, match="can't be examined: Too many levels"):
        merged_words([str(link)], overwrite=False)


@pytest.mark.skipif(is_root, reason="root may write to any folder")
def test_folder_without_the_right_to_write_is_refused(call: Call, bench: Bench) -> None:
    bench.folder.chmod(0o555)
    said = call(*GOOD)
    bench.folder.chmod(0o755)
    assert said.status == 2
    assert "can't be written to" in said.err


@pytest.mark.skipif(
    not Path("/proc/self/statm").is_file(), reason="needs /proc, where not even root can write"
)
@pytest.mark.parametrize("folder", ["/proc", "/proc/no_such_folder"])
def test_folder_where_nobody_can_write_is_refused(call: Call, bench: Bench, folder: str) -> None:
    said = call(*GOOD, f"output_directory={folder}", "--quiet")
    assert said.status == 2
    assert len(said.error_lines) == 1
    assert folder in said.err


def test_too_little_memory_is_told_before_any_work(
    call: Call, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = listing(bench.folder)
    monkeypatch.setattr(
        sys.modules["map_sharpening.runs.inputs"], "available_bytes", lambda: 12_000_000
    )
    said = call(*GOOD, "--quiet")
    assert said.status == 2
    assert len(said.error_lines) == 1
    assert "half1.mrc has 175,616 voxels" in said.err
    assert listing(bench.folder) == before


def limited(limit: str, words: Sequence[str]) -> Said:
    """Call the program in a process that has little of something."""
    return finished(
        in_python(
            "import pathlib, resource, map_sharpening.cli as c, map_sharpening.runs.half_maps\n"
            "pages = int(pathlib.Path('/proc/self/statm').read_text().split()[0])\n"
            f"limit = {limit}\n"
            "resource.setrlimit(limit[0], (limit[1], limit[1]))\n"
            "raise SystemExit(c.main())",
            *words,
        )
    )


needs_linux = pytest.mark.skipif(
    not Path("/proc/self/statm").is_file(), reason="needs Linux to limit a process"
)


@needs_linux
def test_process_short_of_address_space_is_told_before_any_work(bench: Bench) -> None:
    before = listing(bench.folder)
    limit = "(resource.RLIMIT_AS, pages * resource.getpagesize() + 100_000_000)"
    said = limited(limit, [*GOOD, "--quiet"])
    assert said.status == 2
    assert len(said.error_lines) == 1
    assert "GB of memory" in said.err
    assert listing(bench.folder) == before


@pytest.mark.slow
@needs_linux
@pytest.mark.parametrize("size", [2_000, 200_000])
def test_full_disk_is_told_and_leaves_nothing(bench: Bench, size: int) -> None:
    before = listing(bench.folder)
    said = limited(f"(resource.RLIMIT_FSIZE, {size})", [*GOOD, "report=False", "--quiet"])
    assert said.status == 2
    assert len(said.error_lines) == 1
    assert "can't be written" in said.err
    assert listing(bench.folder) == before
