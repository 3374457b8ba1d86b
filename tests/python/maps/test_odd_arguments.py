"""What callers in Python give by mistake is named, with what was expected."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from blob_maps import RESOLUTION, STEP, blob_halves
from examples import of_fast_suite
from half_map_files import write_mrc

import map_sharpening
from map_sharpening import MapData
from map_sharpening.methods.half_maps.options import HalfMapOptions
from map_sharpening.run import plan_run

Values = npt.NDArray[np.float32]
Change = Callable[[Values], Any]


@pytest.fixture(scope="module")
def halves() -> tuple[Values, Values]:
    first, second = blob_halves()
    return first, second


@pytest.fixture(scope="module")
def expected(halves: tuple[Values, Values]) -> Values:
    return sharpened(*halves)


@pytest.fixture(scope="module")
def files(halves: tuple[Values, Values], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("halves")
    return [
        write_mrc(folder / f"a_half{i}.mrc", values, (STEP,) * 3)
        for i, values in enumerate(halves, 1)
    ]


def sharpened(first: Any, second: Any, **keywords: Any) -> Values:
    given = {"resolution": RESOLUTION, "voxel_size": STEP, **keywords}
    return map_sharpening.sharpen_half_maps(first, second, **given).sharpened.values


def read_only(values: Values) -> Values:
    copy = values.copy()
    copy.setflags(write=False)
    return copy


def with_one(value: float) -> Change:
    def changed(values: Values) -> Values:
        copy = values.copy()
        copy[3, 4, 5] = value
        return copy

    return changed


@pytest.mark.parametrize(
    "change",
    [
        read_only,
        np.asfortranarray,
        lambda values: values.astype(">f8"),
        lambda values: np.repeat(values, 2, axis=2)[..., ::2],
        lambda values: values[::-1][::-1],
        np.ma.array,
        lambda values: values.tolist(),
        lambda values: np.ndarray(values.shape, "f4", buffer=b"x" + values.tobytes(), offset=1),
    ],
    ids=["read-only", "fortran", "big-endian", "strided", "reversed", "masked", "list", "odd"],
)
def test_arrays_of_any_kind_give_the_same(
    change: Change, halves: tuple[Values, Values], expected: Values
) -> None:
    np.testing.assert_array_equal(sharpened(*map(change, halves)), expected)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda _: None, "half_2 is None; expected a map"),
        (lambda _: io.BytesIO(b""), "half_2 is <_io.BytesIO .* of type BytesIO; expected a map"),
        (lambda values: iter([values]), "half_2 is .* of type list_iterator; expected a map"),
        (lambda _: 3, "half_2 is 3 of type int; expected a map"),
        (lambda values: values[:0], r"half_2 has shape \(0, .*expected grid points along each"),
        (lambda _: [[[1, 2], [3]]], "half_2 is not an array: its rows differ in length"),
        (with_one(np.nan), "half_2 has NaN or infinity at 1 of .* expected finite"),
        (with_one(-np.inf), "half_2 has NaN or infinity at 1 of .* expected finite"),
        (lambda values: values * 0 + 2, "half_2 has the same value 2 at all"),
        (lambda values: values > 0, "half_2 holds True and False, as a mask does; expected dens"),
        (lambda values: values.astype("f8") * 1e-60, "half_2 has values up to .* multiply it by"),
    ],
)
def test_what_is_no_map_is_refused_by_name(
    change: Change, told: str, halves: tuple[Values, Values]
) -> None:
    with pytest.raises((map_sharpening.MapSharpeningError, ValueError), match=f"^{told}"):
        sharpened(halves[0], change(halves[1]))


@pytest.mark.parametrize("factor", [1e16, 1e20, 1e37, 1e-17, 1e-36, 1e-43])
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda one, two, **k: map_sharpening.sharpen_half_maps(one, two, **k), "half_1"),
        (lambda one, _, **k: map_sharpening.sharpen_by_b_factor(one, **k), "full_map"),
        (lambda one, two, **k: map_sharpening.local_resolution(one, two, **k), "half_1"),
        (
            lambda one, two, **k: map_sharpening.sharpen_by_external_map(one, two, **k),
            "full_map",
        ),
    ],
    ids=["half maps", "one map", "local resolution", "external"],
)
def test_values_whose_squares_have_no_numbers_are_refused(
    call: Callable[..., object], name: str, factor: float, halves: tuple[Values, Values]
) -> None:
    what = "divide" if factor > 1 else "multiply"
    told = rf"^{name} has values up to .* expected density of 1e-15 to 1e\+14, .* {what} the map "
    with pytest.raises(map_sharpening.MapSharpeningError, match=told):
        call(*(values * np.float32(factor) for values in halves), resolution=4.0, voxel_size=1.5)


@pytest.mark.parametrize("factor", of_fast_suite([1e12, 1e-13], 1e-13))
def test_large_and_small_values_change_nothing(
    factor: float, halves: tuple[Values, Values]
) -> None:
    mean = (halves[0] + halves[1]) / 2
    as_it_is, scaled = (
        map_sharpening.sharpen_by_b_factor(
            np.float32(f) * mean, resolution=4.0, voxel_size=1.5
        ).sharpened.values
        for f in (1, factor)
    )
    np.testing.assert_allclose(scaled, as_it_is, atol=1e-3)


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({"resolution": "4.2"}, r"resolution is '4\.2'; expected the map's nominal resolution"),
        ({"resolution": np.array([4.2])}, r"resolution is array\(\[4\.2\]\); expected"),
        ({"resolution": 4.2j}, "resolution is 4.2j; expected"),
        ({"voxel_size": True}, "voxel_size is True; expected one number or x, y, z in Å"),
        ({"progress": 3}, "progress is 3; expected a function"),
        ({"anisotropic": "no"}, "anisotropic is no; expected True or False"),
        ({"wrapping": [1]}, r"wrapping is \[1\]; expected True or False"),
        ({"mask": 1}, "mask is 1 of type int; expected a map"),
        ({"mask": "none.mrc"}, r"mask is 'none\.mrc'; expected 'auto', False, a file that is"),
    ],
)
def test_keywords_of_other_kinds_are_refused_by_name(
    keywords: dict[str, Any], told: str, halves: tuple[Values, Values]
) -> None:
    with pytest.raises((map_sharpening.MapSharpeningError, ValueError), match=f"^{told}"):
        sharpened(*halves, **keywords)


def test_options_are_of_their_class(halves: tuple[Values, Values]) -> None:
    maps = [MapData.from_array(values, STEP) for values in halves]
    with pytest.raises(
        map_sharpening.MapSharpeningError,
        match=r"options is \{'resolution': 4\}; expected HalfMapOptions",
    ):
        map_sharpening.sharpen_half_maps(*maps, {"resolution": 4})  # type: ignore[arg-type]
    made = map_sharpening.sharpen_half_maps(*maps, HalfMapOptions(RESOLUTION))
    assert made.resolution == RESOLUTION


@pytest.mark.parametrize("model", [None, 3.5, np.zeros((2, 3))])
@pytest.mark.parametrize("function", ["sharpen_by_model", "sharpen_by_b_factor"])
def test_models_are_atoms(model: Any, function: str, halves: tuple[Values, Values]) -> None:
    if model is None and function == "sharpen_by_b_factor":
        model = 3
    with pytest.raises(map_sharpening.MapSharpeningError, match=r"(?s)^model is .*expected Atoms"):
        getattr(map_sharpening, function)(
            MapData.from_array(halves[0], STEP), model=model, resolution=RESOLUTION
        )


@pytest.mark.parametrize("kind", [str, Path, os.fsencode])
@pytest.mark.parametrize(
    ("function", "keywords"),
    [("sharpen_by_model", {}), ("sharpen_by_b_factor", {"methods": ["model_sharpening"]})],
)
def test_a_model_may_be_a_path(
    kind: Callable[[Path], Any],
    function: str,
    keywords: dict[str, Any],
    tmp_path: Path,
) -> None:
    places = np.random.default_rng(0).normal(18.0, 4.0, (80, 3)).round(3)
    path = tmp_path / "model.pdb"
    path.write_text(
        "".join(
            f"HETATM{n:5d}  C   GLY A{n:4d}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00 20.00           C\n"
            for n, (x, y, z) in enumerate(places, start=1)
        )
        + "HETATM   81  O   HOH A  81       0.000   0.000   0.000  1.00 20.00           O\n"
    )
    atoms = map_sharpening.read_atoms(path)
    maps = map_sharpening.simulate_half_maps(
        atoms, shape=(24, 24, 24), voxel_size=1.5, resolution=RESOLUTION
    )
    source = maps.half_1
    sharpen = getattr(map_sharpening, function)
    of_atoms = sharpen(source, model=atoms, resolution=RESOLUTION, **keywords)
    of_path = sharpen(source, model=kind(path), resolution=RESOLUTION, **keywords)
    np.testing.assert_array_equal(of_path.sharpened.values, of_atoms.sharpened.values)
    assert of_path.warnings == (*atoms.warnings, *of_atoms.warnings)


def test_a_model_that_is_not_there_is_named(halves: tuple[Values, Values], tmp_path: Path) -> None:
    source = MapData.from_array(halves[0], STEP)
    with pytest.raises(FileNotFoundError, match=r"none\.pdb"):
        map_sharpening.sharpen_by_model(source, tmp_path / "none.pdb", resolution=RESOLUTION)


def test_paths_may_be_bytes(files: list[Path], expected: Values, tmp_path: Path) -> None:
    names = [os.fsencode(path) for path in files]
    np.testing.assert_array_equal(sharpened(*names), expected)
    made = map_sharpening.load_map(names[0])  # type: ignore[arg-type]
    out = tmp_path / "b.mrc"
    map_sharpening.save_map(os.fsencode(out), made)  # type: ignore[arg-type]
    np.testing.assert_array_equal(map_sharpening.load_map(out).values, made.values)


def test_only_maps_are_saved(halves: tuple[Values, Values], tmp_path: Path) -> None:
    path = tmp_path / "a.mrc"
    for given in ((path, halves[0]), (MapData.from_array(halves[0], STEP), path)):
        with pytest.raises(map_sharpening.MapSharpeningError, match="expected MapData, after the"):
            map_sharpening.save_map(*given)  # type: ignore[arg-type]
    assert not path.exists()


def test_pairs_may_come_one_after_the_other(halves: tuple[Values, Values]) -> None:
    maps = [MapData.from_array(values, STEP, name=f"half {i}") for i, values in enumerate(halves)]
    given = {"resolution": RESOLUTION, "b_sharpen": 30.0}
    expected = map_sharpening.sharpen_by_b_factor(half_maps=maps, **given)
    found = map_sharpening.sharpen_by_b_factor(half_maps=iter(maps), **given)
    np.testing.assert_array_equal(found.sharpened.values, expected.sharpened.values)
    for wrong in (3, "a.mrc", b"a.mrc"):
        with pytest.raises(
            map_sharpening.MapSharpeningError, match=f"half_maps is {wrong!r}; expected two"
        ):
            map_sharpening.sharpen_by_b_factor(half_maps=wrong, **given)


@pytest.mark.parametrize("given", [None, 3, True, [1, 2], "", np.zeros(3), object()])
@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (map_sharpening.load_map, "path is .*; expected the path of a map"),
        (map_sharpening.read_map, "path is .*; expected the path of a map"),
        (map_sharpening.read_atoms, "path is .*; expected the path of a model"),
        (map_sharpening.ScratchFolder, "scratch_directory is .*; expected the path of a folder"),
    ],
)
def test_what_is_no_path_is_refused(
    function: Callable[[Any], Any], expected: str, given: Any
) -> None:
    with pytest.raises(map_sharpening.MapSharpeningError, match=f"^{expected}: text or a pathlib"):
        function(given)


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (
            lambda path: map_sharpening.read_map(path, voxel_size={}),
            r"voxel_size is \{\}; expected",
        ),
        (lambda path: map_sharpening.read_map(path, voxel_size=True), "voxel_size is True; exp"),
        (lambda path: map_sharpening.read_map(path, placed_by="model"), "placed_by is 'model'; e"),
        (lambda path: map_sharpening.load_map(path).with_values(None), "values for [^ ]+ have"),
        (lambda path: map_sharpening.load_map(path).fractional(3), "vector is 3; expected x, y"),
        (
            lambda path: MapData([1], map_sharpening.load_map(path).position),
            "values of map are of",
        ),
        (
            lambda _: MapData(np.zeros((4, 4, 4), np.float32), None),
            "position of map is of type No",
        ),
        (
            lambda _: map_sharpening.save_map(None, None),
            "map_data is of type NoneType; expected M",
        ),
    ],
)
def test_arguments_of_maps_are_refused_by_name(
    function: Callable[[Path], Any], told: str, files: list[Path]
) -> None:
    with pytest.raises((map_sharpening.MapSharpeningError, ValueError), match=f"^{told}"):
        function(files[0])


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({"half_maps": True}, "half_maps is True; expected two maps"),
        ({"ncs": 3}, "ncs holds 3 of type int; expected a sequence of NcsGroup"),
        ({"ncs": [None]}, "ncs holds None of type NoneType; expected a sequence of NcsGroup"),
        ({"chains": "A"}, "chains holds 'A' of type str; expected a sequence of Chain"),
        ({"symmetry": {"a": 1}}, "symmetry is {'a': 1}; expected rotations"),
        ({"trial_maps": "a"}, "trial_maps is 'a'; expected a function, or None"),
        ({"wrapping": "no"}, "wrapping is no; expected True or False"),
        ({"wrapping": np.zeros(2)}, r"wrapping is \[0. 0.\]; expected True or False"),
    ],
)
def test_arguments_of_one_map_are_refused_by_name(
    keywords: dict[str, Any], told: str, halves: tuple[Values, Values]
) -> None:
    source = MapData.from_array(halves[0], STEP)
    with pytest.raises(map_sharpening.MapSharpeningError, match=f"^{told}"):
        map_sharpening.sharpen_by_b_factor(source, resolution=RESOLUTION, **keywords)


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({"atoms": "a.pdb"}, "atoms is 'a.pdb'; expected Atoms"),
        ({"shape": 24}, "shape is 24; expected three whole numbers"),
        ({"shape": np.array([24.0, 24, 24])}, "shape is array.*; expected three whole numbers"),
        ({"shape": (24.0, 24, 24)}, r"shape is \(24.0, 24, 24\); expected three whole numbers"),
        ({"resolution": "3"}, "resolution is '3'; expected a number"),
        ({"b_core": None}, "b_core is None; expected a number"),
        ({"seed": 1.5}, "seed is 1.5; expected a whole number"),
    ],
)
def test_arguments_of_simulated_maps_are_refused_by_name(
    keywords: dict[str, Any], told: str
) -> None:
    atoms = map_sharpening.Atoms(np.zeros((1, 3)), np.array(["C"]), np.ones(1), "atom", None)
    given = {"atoms": atoms, "shape": (24, 24, 24), "voxel_size": 1.0, "resolution": 3.0}
    with pytest.raises(map_sharpening.MapSharpeningError, match=f"^{told}"):
        map_sharpening.simulate_half_maps(**{**given, **keywords})


# Runs


def test_files_of_runs_may_be_named_in_any_way(files: list[Path]) -> None:
    words = [b"half_map=" + os.fsencode(path) for path in files]
    for parameters in (
        {"half_map": (path for path in files), "resolution": RESOLUTION},
        {"half_map": [os.fsencode(path) for path in files], "resolution": RESOLUTION},
        iter([*words, f"resolution={RESOLUTION}"]),
    ):
        assert set(files) <= set(plan_run(parameters).input_files)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        (None, "parameters is None; expected names with values, or a list of words"),
        (3, "parameters is 3; expected names"),
        ("half_map=a.mrc resolution=3", "parameters is 'half_map=a.mrc resolution=3'; expected"),
        (["resolution=3", 4], "a word is 4 of type int; expected text"),
        ({"half_map": np.zeros((2, 2, 2))}, "half_map is an array or a map; expected the name of"),
    ],
)
def test_parameters_of_other_kinds_are_refused(parameters: Any, told: str) -> None:
    with pytest.raises(map_sharpening.MapSharpeningError, match=f"^{told}"):
        plan_run(parameters)


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({"resolution": True}, "resolution is True; expected the map's nominal resolution"),
        ({"threads": 2**40}, "threads is 1099511627776; expected .* at most 1024"),
        ({"threads": True}, "threads is True; expected"),
        ({"n_bins": 10**9}, "n_bins is 1000000000; expected 4 to 1000 shells"),
    ],
)
def test_options_of_no_meaning_are_refused_by_name(
    keywords: dict[str, Any], told: str, halves: tuple[Values, Values]
) -> None:
    with pytest.raises(map_sharpening.MapSharpeningError, match=f"^{told}"):
        sharpened(*halves, **keywords)


@pytest.mark.slow
def test_the_largest_numbers_that_are_accepted_are_taken(
    halves: tuple[Values, Values], expected: Values
) -> None:
    np.testing.assert_array_equal(sharpened(*halves, threads=1024), expected)
    assert np.isfinite(sharpened(*halves, n_bins=1000)).all()


def test_values_that_are_no_real_numbers_make_no_map(halves: tuple[Values, Values]) -> None:
    given = MapData.from_array(halves[0], STEP, name="one")
    for error in (ValueError, map_sharpening.MapSharpeningError):
        with pytest.raises(error, match="values for one are of type complex64; expected real"):
            given.with_values(halves[0] + 0j)


def test_a_path_with_a_null_character_is_refused() -> None:
    with pytest.raises(map_sharpening.MapSharpeningError, match="with a null character"):
        map_sharpening.read_map("a\0b.mrc")
