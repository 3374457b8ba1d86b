"""Finding the other half map by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from map_sharpening.io.half_pairs import (
    agree_as_halves,
    is_named_as_half_map,
    partner_of,
    possible_partners,
)
from map_sharpening.maps.map_data import MapData
from map_sharpening.simulation.simulate import SimulatedHalfMaps

PAIRS = [
    ("half1.mrc", "half2.mrc"),
    ("half_1.mrc", "half_2.mrc"),
    ("half-map-1.map", "half-map-2.map"),
    ("halfmap1.ccp4", "halfmap2.ccp4"),
    ("Half1.mrc", "Half2.mrc"),
    ("HALF_A.MRC", "HALF_B.MRC"),
    ("emd_11638_half_map_1.map.gz", "emd_11638_half_map_2.map.gz"),  # EMDB
    ("run_half1_class001_unfil.mrc", "run_half2_class001_unfil.mrc"),  # RELION
    ("run_it025_half1_class001.mrc", "run_it025_half2_class001.mrc"),
    ("cryosparc_P1_J12_005_volume_map_half_A.mrc", "cryosparc_P1_J12_005_volume_map_half_B.mrc"),
    ("J12_half_map_A.mrc", "J12_half_map_B.mrc"),
    ("x_half_a.mrc", "x_half_b.mrc"),
    ("apoHalfMapA.mrc", "apoHalfMapB.mrc"),
    ("runHalf1.mrc", "runHalf2.mrc"),
    ("x_half01.mrc", "x_half02.mrc"),
    *(
        PERHAPS := [
            ("tomo_EVN.mrc", "tomo_ODD.mrc"),  # AreTomo
            ("threed_05_even.mrc", "threed_05_odd.mrc"),  # EMAN2
            ("Even_map.mrc", "Odd_map.mrc"),
            ("evn.map", "odd.map"),
            ("x_h1.mrc", "x_h2.mrc"),
            ("H1.mrc", "H2.mrc"),
            ("map1.mrc", "map2.mrc"),  # cisTEM
            ("Map_1.mrc", "Map_2.mrc"),
            ("vol1_filtered.mrc", "vol2_filtered.mrc"),
            ("apo_A.mrc", "apo_B.mrc"),
            ("ref_A_3.mrc", "ref_B_3.mrc"),  # STOPGAP
            ("ref_a_it012.mrc", "ref_b_it012.mrc"),
            ("MapHalfOne.mrc", "MapHalfTwo.mrc"),
            ("half_map_one.mrc", "half_map_two.mrc"),
            ("Refine_subset1.mrc", "Refine_subset2.mrc"),
            ("set_01.mrc", "set_02.mrc"),
            ("apo_h-1.mrc", "apo_h-2.mrc"),
            ("apo-a.map.gz", "apo-b.map.gz"),
            ("mapEven.mrc", "mapOdd.mrc"),
            ("hm1.mrc", "hm2.mrc"),
            ("split_1.mrc", "split_2.mrc"),
            ("first_half.mrc", "second_half.mrc"),
            ("apoFirstHalf.mrc", "apoSecondHalf.mrc"),
        ]
    ),
    ("tomo_half0.mrc", "tomo_half1.mrc"),  # counted from 0
    ("halfmap_0.mrc", "halfmap_1.mrc"),
    ("half-set-0.mrc", "half-set-1.mrc"),
]
NOT_MARKED = [
    "seven.mrc",
    "oddity.mrc",
    "ch1.mrc",
    "map12.mrc",
    "a.mrc",
    "chain_ab.mrc",
    "map.mrc",
    "half.mrc",
    "half12.mrc",
    "half3.mrc",
    "halfback.mrc",
    "half012.mrc",
    "half_onefold.mrc",
    "asset1.mrc",
    "chain_A_refined.mrc",
    "dataset_10.mrc",
    "behalf_1.mrc",
    "Evening.mrc",
    "chm1.mrc",
    "first.mrc",
]


def test_each_half_finds_the_other_if_that_is_there(tmp_path: Path) -> None:
    for number, names in enumerate(PAIRS):
        folder = tmp_path / f"{number:02d}"
        folder.mkdir()
        one, other = folder / names[0], folder / names[1]
        one.touch()
        assert partner_of(one) is None, names
        other.touch()
        assert (partner_of(one), partner_of(other)) == (other, one)


def test_other_names_have_no_partner(tmp_path: Path) -> None:
    for number, name in enumerate(NOT_MARKED):
        folder = tmp_path / f"x{number:02d}y"
        folder.mkdir()
        for digit in "123ab":
            (folder / name.replace("1", digit)).touch()
        assert partner_of(folder / name) is None, name


def test_halves_are_counted_from_1_where_both_may_be_meant(tmp_path: Path) -> None:
    for name in ("half0.mrc", "half1.mrc", "half2.mrc"):
        (tmp_path / name).touch()
    assert partner_of(tmp_path / "half1.mrc") == tmp_path / "half2.mrc"
    assert partner_of(tmp_path / "half2.mrc") == tmp_path / "half1.mrc"


def test_all_marks_change_before_the_last_alone(tmp_path: Path) -> None:
    for name in ("half1_half1.mrc", "half2_half2.mrc", "half1_half2.mrc"):
        (tmp_path / name).touch()
    assert partner_of(tmp_path / "half1_half1.mrc") == tmp_path / "half2_half2.mrc"


def test_the_last_mark_changes_alone_where_that_file_exists(tmp_path: Path) -> None:
    (tmp_path / "half1_half2.mrc").touch()
    assert partner_of(tmp_path / "half1_half1.mrc") == tmp_path / "half1_half2.mrc"


def test_the_folder_may_carry_the_mark(tmp_path: Path) -> None:
    for folder in ("half1", "half2"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "map.mrc").touch()
    assert partner_of(tmp_path / "half1" / "map.mrc") == tmp_path / "half2" / "map.mrc"


def test_a_marked_name_stays_in_its_folder(tmp_path: Path) -> None:
    for folder in ("half1", "half2"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "half1.mrc").touch()
    assert partner_of(tmp_path / "half1" / "half1.mrc") is None


def test_a_link_to_itself_is_no_partner(tmp_path: Path) -> None:
    (tmp_path / "half1.mrc").touch()
    (tmp_path / "half2.mrc").symlink_to(tmp_path / "half1.mrc")
    assert partner_of(tmp_path / "half1.mrc") is None


def test_a_folder_is_no_partner(tmp_path: Path) -> None:
    (tmp_path / "half2.mrc").mkdir()
    assert partner_of(tmp_path / "half1.mrc") is None


def test_a_relative_name_gives_a_relative_partner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half2.mrc").touch()
    monkeypatch.chdir(tmp_path)
    assert partner_of("half1.mrc") == Path("half2.mrc")


@pytest.mark.parametrize(
    ("name", "is_half"),
    [
        ("run_half1.mrc", True),
        ("half_2/map.mrc", True),
        ("map.mrc", False),
        ("behalf1.mrc", False),
    ],
)
def test_name_of_a_half_map_is_known(name: str, is_half: bool) -> None:
    assert is_named_as_half_map(name) is is_half


@pytest.mark.parametrize(("one", "other"), PERHAPS)
def test_names_that_may_be_others_are_no_half_maps_by_themselves(one: str, other: str) -> None:
    assert not is_named_as_half_map(one)
    assert not is_named_as_half_map(other)


@pytest.mark.parametrize("start", ["half1_", "map1_", "even_", "x"])
def test_names_that_the_system_refuses_have_no_partner(start: str) -> None:
    assert partner_of(start + 5000 * "x" + ".mrc") is None
    assert partner_of("/".join([start] * 3000)) is None


# By what the maps hold


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("x_1.mrc", ["x_2.mrc"]),
        ("run2.mrc", ["run1.mrc"]),
        ("2.mrc", ["1.mrc"]),
        ("a/map.mrc", ["b/map.mrc"]),
        ("B/map.mrc", ["A/map.mrc"]),
        ("class1/map.mrc", ["class2/map.mrc"]),
        ("t1_r2.mrc", ["t2_r2.mrc", "t1_r1.mrc"]),
        ("x_12.mrc", []),
        ("v0.1.mrc", []),
        ("map.mrc", []),
        ("c/map.mrc", []),
    ],
)
def test_names_that_differ_by_a_number_may_be_partners(
    tmp_path: Path, name: str, others: list[str]
) -> None:
    made = [name, *others, "x_22.mrc", "v0.2.mrc", "d/map.mrc", "e/a/map.mrc"]
    for each in made:
        (tmp_path / each).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / each).touch()
    assert list(possible_partners(tmp_path / name)) == [tmp_path / other for other in others]


def test_the_folder_that_one_is_in_may_have_a_partner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "map.mrc").touch()
    monkeypatch.chdir(tmp_path / "b")
    assert list(possible_partners("map.mrc")) == [tmp_path / "a" / "map.mrc"]


def test_maps_that_agree_as_halves_are_told_from_others(simulated: SimulatedHalfMaps) -> None:
    one, two = simulated.half_1, simulated.half_2
    mean = one.with_values((one.values + two.values) / 2)
    noise = np.random.default_rng(3).normal(size=one.shape).astype(np.float32)
    finer = MapData.from_array(two.values, 1.2)
    assert agree_as_halves(one, two)
    for other in (
        one,
        mean,
        one.with_values(noise * one.values.std()),
        two.with_values(3 * two.values),
        two.with_values(-two.values),
        two.with_values(np.full_like(two.values, np.nan)),
        two.with_values(np.zeros_like(two.values)),
        MapData.from_array(two.values[:-1], 1.5),
        finer,
    ):
        assert not agree_as_halves(one, other)
