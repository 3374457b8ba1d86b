"""Names that two outputs would share: those of outputs that are written count, and no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from map_sharpening.errors import OutputError, ParameterError
from map_sharpening.io.maps import write_map
from map_sharpening.maps.map_data import MapData
from map_sharpening.run import plan_run, require_outputs

LOCAL = ("local_sharpening=True", "write_sharpened_maps=True")


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return two maps of a common blob and noise of their own."""
    folder = tmp_path_factory.mktemp("maps")
    x = np.linspace(-1, 1, 32)
    blob = np.exp(-20 * (x**2 + x[:, None] ** 2 + x[:, None, None] ** 2))
    rng = np.random.default_rng(3)
    paths = (folder / "one.mrc", folder / "two.mrc")
    for path in paths:
        write_map(path, MapData.from_array(blob + 0.01 * rng.normal(size=blob.shape), 1.5))
    return paths


def full(maps: tuple[Path, Path], folder: Path, *words: str) -> list[str]:
    return [f"full_map={maps[0]}", "resolution=4", f"output_directory={folder}", *words]


def halves(maps: tuple[Path, Path], folder: Path, *words: str) -> list[str]:
    given = [f"half_map={path}" for path in maps]
    return [*given, "resolution=4", f"output_directory={folder}", *words]


@pytest.mark.parametrize(
    "name", ["sharpened_map_file=local_trial_01.mrc", "local_b_map_file=local_trial_19.mrc"]
)
@pytest.mark.parametrize("use", ["write_sharpened_maps=True", "read_sharpened_maps=True"])
def test_no_other_output_may_be_a_numbered_trial_map(
    maps: tuple[Path, Path], tmp_path: Path, name: str, use: str
) -> None:
    file_name = name.partition("=")[2]
    with pytest.raises(ParameterError, match=rf"{file_name} would be an output and one of the"):
        plan_run(full(maps, tmp_path, "local_sharpening=True", use, f"output.{name}"))


@pytest.mark.parametrize(
    "names",
    [
        ("sharpened_map_file=local_trial.mrc",),  # none of the trial maps has this name
        ("sharpened_map_file=other_01.mrc",),
        ("sharpened_map_file=there/local_trial_01.mrc",),
        ("sharpened_map_file=a_01.ccp4", "local_trial_map_file=a.mrc"),
    ],
)
def test_names_beside_those_of_trial_maps_are_free(
    maps: tuple[Path, Path], tmp_path: Path, names: tuple[str, ...]
) -> None:
    plan_run(full(maps, tmp_path, *LOCAL, *(f"output.{name}" for name in names)))


def test_trial_maps_through_a_link_to_the_folder_are_the_same(
    maps: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    names = ("sharpened_map_file=link/t_01.mrc", "local_trial_map_file=real/t.mrc")
    with pytest.raises(ParameterError, match="one of the trial maps"):
        plan_run(full(maps, tmp_path, *LOCAL, *(f"output.{name}" for name in names)))
    names = ("sharpened_map_file=link/t.mrc", "local_b_map_file=real/t.mrc")
    with pytest.raises(ParameterError, match="two outputs would be written"):
        plan_run(full(maps, tmp_path, *LOCAL, *(f"output.{name}" for name in names)))


@pytest.mark.parametrize(
    "names",
    [
        ("local_b_map_file=sharpened_map.ccp4",),
        ("local_trial_map_file=sharpened_map.ccp4",),
        ("local_b_map_file=a.mrc", "local_trial_map_file=a.mrc"),
    ],
)
def test_a_name_of_what_is_not_written_is_warned_of_alone(
    maps: tuple[Path, Path], tmp_path: Path, names: tuple[str, ...]
) -> None:
    plan = plan_run(full(maps, tmp_path, *(f"output.{name}" for name in names)))
    told = "\n".join(plan.warnings)
    for name in names:
        assert f"output.{name.replace('=', ' = ')} has no effect in this run" in told


def test_nor_does_it_in_runs_of_half_maps(maps: tuple[Path, Path], tmp_path: Path) -> None:
    names = ("sharpened_map_file_1=x.mrc", "sharpened_map_file=x.mrc")
    words = halves(maps, tmp_path, *(f"output.{name}" for name in names))
    assert plan_run([*words, "sharpen_all_maps=False"]).warnings != ()
    given = r"output\.sharpened_map_file = x\.mrc and output\.sharpened_map_file_1 = x\.mrc"
    with pytest.raises(ParameterError, match=f"{given}.*; give each output its own name"):
        plan_run(words)


@pytest.mark.parametrize(
    "names",
    [("sharpened_map_file_1=x.mrc", "sharpened_map_file_2=./x.mrc"), ("mask_file=mask/../x.mrc",)],
)
def test_other_spellings_of_one_name_are_found(
    maps: tuple[Path, Path], tmp_path: Path, names: tuple[str, ...]
) -> None:
    words = ["output.sharpened_map_file=x.mrc", *(f"output.{name}" for name in names)]
    with pytest.raises(ParameterError, match="two outputs would be written"):
        plan_run(halves(maps, tmp_path, *words))


def test_a_further_output_of_a_b_factor_run_has_a_name_of_its_own(
    maps: tuple[Path, Path], tmp_path: Path
) -> None:
    names = ("shifted_map_file=x.mrc", "shifted_sharpened_map_file=x.mrc")
    with pytest.raises(ParameterError, match=r"shifted_map_file = x\.mrc and .*its own name"):
        plan_run(full(maps, tmp_path, *names))


@pytest.mark.parametrize(
    ("name", "is_told"), [("m.ccp4", True), ("m.map", True), ("m.MRC", False), ("m.mrc", False)]
)
def test_a_mask_that_relion_would_not_read_is_told(
    maps: tuple[Path, Path], tmp_path: Path, name: str, is_told: bool
) -> None:
    warnings = plan_run(halves(maps, tmp_path, f"mask_file={name}")).warnings
    assert any(f"{name} is the mask in postprocess.star" in text for text in warnings) == is_told


@pytest.mark.parametrize("run", [full, halves])
@pytest.mark.parametrize(
    ("word", "told"),
    [
        (
            "sharpened_map_file=a.mrc.gz",
            "a.mrc.gz is a CCP4 map, but its name ends in .gz: programs that go by the ending "
            "can't read it; give a name that ends in .ccp4 or .mrc or .map",
        ),
        ("sharpened_map_file=a", "a is a CCP4 map, but its name has no ending: "),
        ("sharpened_map_file=a.mtz", "a.mtz is a CCP4 map, but its name ends in .mtz: "),
        ("sharpened_map_coeffs_file=a.ccp4", "a.ccp4 is an MTZ file, but its name ends in .ccp4"),
        ("sharpened_map_file=a.MAP", None),
        ("sharpened_map_coeffs_file=there/a.MTZ", None),
    ],
)
def test_endings_of_other_formats_are_told(
    maps: tuple[Path, Path],
    tmp_path: Path,
    run: Callable[..., list[str]],
    word: str,
    told: str | None,
) -> None:
    found = [text for text in plan_run(run(maps, tmp_path, word)).warnings if "its name" in text]
    assert len(found) == (0 if told is None else 1)
    assert told is None or found[0].startswith(told)


def test_names_that_no_script_can_hold_are_refused_before_any_work(
    maps: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match=r"'a\\nb.ccp4' can't be written in a ChimeraX script"):
        plan_run(full(maps, tmp_path, "sharpened_map_file=a\nb.ccp4"))
    given = tmp_path / "a\nb.mrc"
    given.write_bytes(maps[0].read_bytes())
    with pytest.raises(OutputError, match=r"'a\\nb.mrc' can't be written in a ChimeraX script"):
        plan_run([f"full_map={given}", "resolution=4", f"output_directory={tmp_path}"])


@pytest.mark.parametrize("name", [".", "..", "sub/"])
def test_folders_are_no_names_of_files(maps: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    with pytest.raises(ParameterError, match=f'sharpened_map_file is "{name}"; expected the name'):
        plan_run(full(maps, tmp_path, f"sharpened_map_file={name}"))


def test_a_folder_that_is_a_link_to_itself_is_refused(
    maps: tuple[Path, Path], tmp_path: Path
) -> None:
    for name, target in (("one", "two"), ("two", "one")):
        (tmp_path / name).symlink_to(tmp_path / target)
    plan = plan_run(full(maps, tmp_path / "one"))
    with pytest.raises(OutputError, match=r"one is a link to .*two, which does not exist"):
        require_outputs(plan)
