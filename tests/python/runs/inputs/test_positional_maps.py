"""Maps that a command line gives without a name: what each is, by its values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from half_map_files import write_mrc
from scipy import ndimage

from map_sharpening import cli
from map_sharpening.errors import MapValueError, ParameterError
from map_sharpening.maps.map_data import MapData
from map_sharpening.maps.mask_like import mask_likeness
from map_sharpening.run import plan_run
from map_sharpening.runs.given.positional_maps import map_roles
from map_sharpening.runs.given.words import merged_words

FloatMap = npt.NDArray[np.float32]
SHAPE = (40, 44, 48)


def ball(radius: float) -> FloatMap:
    z, y, x = np.indices(SHAPE)
    from_centre = np.sqrt((z - 20) ** 2 + (y - 22) ** 2 + (x - 24) ** 2)
    return (from_centre < radius).astype(np.float32)


def soft(radius: float, edge: float) -> FloatMap:
    blurred: FloatMap = ndimage.gaussian_filter(ball(radius), edge)
    return blurred


def resampled() -> FloatMap:
    """Return a mask cut off in Fourier space, which rings beyond 0 and 1."""
    terms = np.fft.fftn(soft(14, 1))
    s = np.sqrt(sum(np.square(f) for f in np.meshgrid(*map(np.fft.fftfreq, SHAPE), indexing="ij")))
    values: FloatMap = np.fft.ifftn(np.where(s < 0.25, terms, 0)).real.astype(np.float32)
    assert values.min() < 0
    assert values.max() > 1
    return values


def density(seed: int = 3) -> FloatMap:
    noise = np.random.default_rng(seed).normal(size=SHAPE)
    values: FloatMap = ndimage.gaussian_filter(noise * (1 + 9 * ball(12)), 1).astype(np.float32)
    return values


def masked_density() -> FloatMap:
    values: FloatMap = density() * ball(14)
    values = np.clip(values, 0, None)
    return values / values.max()


MASKS = {
    "binary": ball(14),
    "soft": soft(14, 2),
    "small and soft": soft(9, 1),
    "overshoot": resampled(),
    "not quite 1": 0.95 * soft(14, 2),
    "binary, not quite 1": 0.9 * ball(14),
    "large overshoot": 1.25 * resampled() - 0.12,
    "nearly the whole box": 1 - ball(4),
    "with a floor": 0.3 + 0.7 * soft(14, 2),
    "bytes": 255 * ball(14),
    "signed bytes": ball(14) - 128,
    "everywhere": np.ones(SHAPE, np.float32),
}
DENSITIES = {
    "noise": density(),
    "masked and scaled to 1": masked_density(),
    "scaled to 1": density() / density().max(),
    "masked and scaled to less than 1": 0.9 * masked_density(),
    "scaled to less than 1": 0.9 * density() / density().max(),
    "masked, above 0 and scaled to 1": 0.3 + 0.7 * masked_density(),
    "scaled beyond 1": 1.1 * density() / density().max(),
    "binary noise outside": density() - 0.5 * ball(12),
    "local resolution": np.where(ball(14) > 0, 4 + 3 * np.random.default_rng(2).random(SHAPE), 20),
    "saturated bytes": np.clip(np.round(density() * 100), -128, 127),
}


@pytest.mark.parametrize("values", MASKS.values(), ids=MASKS.keys())
def test_masks_are_known_by_their_values(values: FloatMap) -> None:
    assert mask_likeness(MapData.from_array(values, 1.0)) == "mask"


@pytest.mark.parametrize("values", DENSITIES.values(), ids=DENSITIES.keys())
def test_density_is_no_mask(values: FloatMap) -> None:
    assert mask_likeness(MapData.from_array(values, 1.0)) == "density"


def test_few_points_inside_leave_it_unclear(tmp_path: Path) -> None:
    values = soft(9, 2.5)  # nearly all of it is edge
    assert mask_likeness(MapData.from_array(values, 1.0)) == "unclear"
    paths = saved(tmp_path, half1=density(), half2=density(4), other=values)
    with pytest.raises(ParameterError, match=r"other\.mrc may be a mask or a map.*mask= or"):
        map_roles(paths)


def saved(folder: Path, **maps: FloatMap) -> list[Path]:
    return [write_mrc(folder / f"{name}.mrc", values) for name, values in maps.items()]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (0, 2, 1)])
@pytest.mark.parametrize("names", [("half1", "half2"), ("x", "y")])
def test_a_mask_beside_two_maps_is_the_mask(
    tmp_path: Path, names: tuple[str, str], order: tuple[int, ...]
) -> None:
    maps = {names[0]: density(), names[1]: density(4), "region": ball(14)}
    paths = saved(tmp_path, **maps)
    roles = map_roles([paths[place] for place in order])
    assert set(roles.half_maps) == set(paths[:2])
    assert (roles.full_map, roles.mask) == (None, paths[2])
    assert "region.mrc has the values of a mask" in roles.notes[0]


def test_a_map_and_a_mask_are_no_half_maps(tmp_path: Path) -> None:
    first, mask = saved(tmp_path, map=density(), mask=soft(14, 2))
    roles = map_roles([mask, first])
    assert (roles.half_maps, roles.full_map, roles.mask) == ((), first, mask)


def test_one_half_map_and_a_mask_are_told_apart(tmp_path: Path) -> None:
    half_1, _, mask = saved(tmp_path, half1=density(), half2=density(4), mask=ball(14))
    roles = map_roles([mask, half_1])
    assert (roles.half_maps, roles.full_map, roles.mask) == ((half_1,), None, mask)


def test_halves_full_map_and_mask_are_told_apart(tmp_path: Path) -> None:
    paths = saved(tmp_path, mask=ball(14), full=density(), half1=density(), half2=density(4))
    roles = map_roles(paths)
    assert roles.half_maps == tuple(paths[2:])
    assert (roles.full_map, roles.mask) == (paths[1], paths[0])


@pytest.mark.parametrize("n_more", [0, 1])
def test_a_mask_with_nan_beside_other_maps_is_named(tmp_path: Path, n_more: int) -> None:
    region = ball(14)
    region[3, 4, 5] = np.nan
    more = {f"z{i}": density(5 + i) for i in range(n_more)}
    paths = saved(tmp_path, x=density(), y=density(4), region=region, **more)
    with pytest.raises(MapValueError, match=r"region\.mrc has NaN or infinity at 1 of"):
        map_roles(paths)


def test_two_masks_are_refused(tmp_path: Path) -> None:
    paths = saved(tmp_path, half1=density(), half2=density(4), a=ball(14), b=soft(14, 2))
    with pytest.raises(ParameterError, match=r"2 of the maps have the values of a mask.*a\.mrc"):
        map_roles(paths)


def run(*words: object) -> int:
    return cli.main([*map(str, words), "resolution=4", "--dry-run"])


def test_the_run_uses_the_mask_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = saved(tmp_path, half1=density(), half2=density(4), mask=ball(14))
    assert run(*paths) == 0
    told = capsys.readouterr().out.splitlines()
    assert f"Mask         {paths[2]}" in told
    assert not any(line.startswith("Full map") for line in told)
    assert (
        f"Note         {paths[2]} has the values of a mask and is used as mask={paths[2]}" in told
    )


def test_a_mask_beside_named_halves_is_the_mask(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half_1, half_2, mask = saved(tmp_path, p=density(), q=density(4), r=ball(14))
    assert run(f"half_map={half_1}", f"half_map={half_2}", mask) == 0
    assert f"Mask         {mask}" in capsys.readouterr().out.splitlines()


def test_two_masks_of_which_one_is_named_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    *halves, mask = saved(tmp_path, half1=density(), half2=density(4), mask=ball(14))
    assert run(*halves, mask, f"mask={mask}x") == 2
    assert "has the values of a mask too; give one of them" in capsys.readouterr().err


def test_two_full_maps_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = saved(tmp_path, first=density(), second=density())
    assert run(f"full_map={first}", second) == 2
    assert "full_map is" in capsys.readouterr().err


@pytest.mark.parametrize("role", ["full_map", "half_map"])
def test_a_mask_is_not_sharpened(tmp_path: Path, role: str) -> None:
    half_1, half_2, mask = saved(tmp_path, half1=density(), half2=density(4), mask=ball(14))
    words = [f"half_map={half_1}", f"half_map={half_2}", f"full_map={mask}"]
    if role == "half_map":
        words = [f"half_map={half_1}", f"half_map={mask}"]
    with pytest.raises(MapValueError, match=r"mask\.mrc has the values of a mask"):
        plan_run([*words, "resolution=4"])


def test_a_mask_alone_is_not_sharpened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (mask,) = saved(tmp_path, mask=soft(14, 2))
    assert run(mask) == 2
    assert f"give it as mask={mask}" in capsys.readouterr().err


# By name


def test_the_other_half_is_told_of_by_what_it_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = 4 * density()
    noise = np.random.default_rng(7).normal(size=(2, *SHAPE)).astype(np.float32)
    halves = {"run1": common + noise[0], "run2": common + noise[1], "run1_2": density(5)}
    first, second, _ = saved(tmp_path, **halves)
    assert run(first) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"{first} may be a half map: {second} agrees with it in what is coarse" in out
    Path(second).write_bytes(b"no map")
    assert run(first) == 0
    assert "may be a half map" not in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("one", "other"), [("t_EVN", "t_ODD"), ("x_h1", "x_h2"), ("map1", "map2"), ("p_A", "p_B")]
)
def test_what_may_be_a_half_map_is_told_of_its_partner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], one: str, other: str
) -> None:
    first, second = saved(tmp_path, **{one: density(), other: density(4)})
    assert run(first) == 0
    told = f"Warning      {first} may be a half map, as {second} is there; give both"
    assert told in capsys.readouterr().out
    assert run(first, second) == 0
    out = capsys.readouterr().out
    assert f"Half maps    {first}" in out
    assert "may be a half map" not in out


def test_of_such_a_half_map_named_as_one_the_partner_is_taken(tmp_path: Path) -> None:
    first, second = saved(tmp_path, t_EVN=density(), t_ODD=density(4))
    plan = plan_run([f"half_map={first}", "resolution=4"])
    assert plan.input_files == (first, second)


def test_such_a_pair_beside_a_full_map_is_known(tmp_path: Path) -> None:
    paths = saved(tmp_path, full=density(), t_ODD=density(4), t_EVN=density())
    roles = map_roles(paths)
    assert (roles.half_maps, roles.full_map) == (tuple(paths[1:]), paths[0])


@pytest.mark.parametrize("word", [5000 * "x", "half1_" + 300 * "x" + ".mrc", "mask=" + 300 * "y"])
def test_names_longer_than_the_system_allows_are_told_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    halves = saved(tmp_path, half1=density(), half2=density(4))
    assert run(*halves, word) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("map_sharpening: ")
    assert "Traceback" not in line


def test_a_file_given_twice_among_three_is_named(tmp_path: Path) -> None:
    one = write_mrc(tmp_path / "one.mrc", density(1))
    two = write_mrc(tmp_path / "two.mrc", density(2))
    (tmp_path / "deeper").mkdir()
    again = tmp_path / "deeper" / ".." / "one.mrc"
    with pytest.raises(
        ParameterError, match=r"one.mrc and .*/\.\./one.mrc: one file was given twice"
    ):
        map_roles([one, two, again])


def test_a_file_of_atoms_and_reflections_is_what_its_keyword_says(tmp_path: Path) -> None:
    both = tmp_path / "both.cif"
    both.write_text("data_a\nloop_\n_atom_site.id\n1\ndata_b\nloop_\n_refln.index_h\n1\n")
    told = f"both.cif holds atoms and reflections, .* mtz_in={both} for a map .*, or both"
    with pytest.raises(ParameterError, match=told):
        merged_words([str(both)])
    for other in (f"full_map={both}", f"half_map={both}"):
        (note,) = merged_words([str(both), other]).notes
        assert f"it is taken as a model; for a map of its coefficients give mtz_in={both}" in note
    fetched = merged_words([str(both), f"mtz_in={both}"])
    files = fetched.extract().input_files
    assert (files.mtz_in, files.map_model.model, fetched.notes) == (str(both), str(both), ())
