"""Find the other half map by the name of one, and see whether two maps are such a pair."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import FloatMap, MapData

#: half1, half_1, half01, half-map-1, halfmap1, half_map_A, halfB, apoHalfMapA; not within other
#: words
_HALF = re.compile(
    r"(?P<stem>(?:(?<![a-z])|(?-i:(?=Half)))half[ _.-]?(?:map)?[ _.-]?0?)"
    r"(?P<mark>[12ab])(?![a-z0-9])",
    re.IGNORECASE,
)
#: Names that may be one of a pair, or no half map at all.
_PERHAPS = (
    # map_EVN and map_ODD, even and odd, mapEven
    re.compile(
        r"(?P<stem>(?:(?<![a-z])|(?-i:(?<=[a-z])(?=[EO]))))(?P<mark>even|evn|odd)(?![a-z])",
        re.IGNORECASE,
    ),
    # map_h1, h-1, hm1, map1, vol_2, set1, subset_2 and split1
    re.compile(
        r"(?P<stem>(?<![a-z0-9])hm?[_-]?|"
        r"(?<![a-z])(?:map|vol|volume|rec|set|subset|split)[_-]?0?)"
        r"(?P<mark>[12])(?![a-z0-9])",
        re.IGNORECASE,
    ),
    # HalfOne and half_map_two
    re.compile(r"(?P<stem>half[ _.-]?(?:map)?[ _.-]?)(?P<mark>one|two)(?![a-z])", re.IGNORECASE),
    # first_half and SecondHalf
    re.compile(
        r"(?P<stem>(?<![a-z])|(?-i:(?<=[a-z])(?=[FS])))(?P<mark>first|second)(?=[ _.-]?half)",
        re.IGNORECASE,
    ),
    # x_A.mrc, and ref_A_3.mrc as STOPGAP writes
    re.compile(
        r"(?P<stem>(?<=[^._-])[_.-])(?P<mark>[ab])(?=(?:[_.-](?:it|iter|ite)?[_.-]?\d+)?(?:\.|$))",
        re.IGNORECASE,
    ),
)
#: half0 and half1, halfmap_0 and halfset-1, of programs that count from 0
_HALF_FROM_0 = re.compile(
    r"(?P<stem>(?:(?<![a-z])|(?-i:(?=Half)))half[ _.-]?(?:map|set)?[ _.-]?)"
    r"(?P<mark>[01])(?![a-z0-9])",
    re.IGNORECASE,
)
_OTHER_WORD = {
    "even": ("odd",),
    "evn": ("odd",),
    "odd": ("even", "evn"),
    "one": ("two",),
    "two": ("one",),
    "first": ("second",),
    "second": ("first",),
}
#: A 1 or 2 that is no part of another number.
_LONE_NUMBER = re.compile(r"(?<![0-9.])[12](?![0-9])")
#: Points along an edge of the box in the middle of two maps that are compared, and of a block
#: whose mean is what is coarse.
_MIDDLE, _BLOCK = 128, 4
#: Least correlation of what is coarse in half maps, how much less fine detail correlates, and
#: the largest ratio of standard deviations.
_COMMON, _LESS_IN_FINE, _SAME_SD = 0.5, 0.05, 1.25
_OTHER = {"1": "2", "2": "1", "A": "B", "B": "A", "a": "b", "b": "a"}


def partner_of(path: str | os.PathLike[str]) -> Path | None:
    """Return the other half map of a pair, if a file of that name exists; the first need not.

    Names are those of RELION (`run_half1_class001_unfil.mrc`), EMDB
    (`emd_1234_half_map_1.map.gz`), cryoSPARC (`J12_volume_map_half_A.mrc`), AreTomo and EMAN2
    (`x_EVN.mrc`, `x_even.mrc`), STOPGAP (`ref_A_3.mrc`), and their like, such as `x_h1.mrc`,
    `map1.mrc`, `subset1.mrc`, `HalfOne.mrc` or `x_A.mrc`.
    When the file's own name has no mark, the name of its folder is tried (`half1/map.mrc`).
    """
    half = Path(path)
    candidates = [*_candidates(half)] or [*_perhaps(half)]
    candidates.extend(_counted_from_0(half))
    for candidate in candidates:
        if _is_file(candidate) and not (half.exists() and candidate.samefile(half)):
            return candidate
    return None


def possible_partners(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield files that may be the other half map, by names that say no more than that.

    Of `x_1.mrc`, `run2.mrc`, `a/map.mrc` and `1/map.mrc` those with the other of 1 and 2, or
    of a and b, at one place: the maps have to show if they are a pair.
    """
    given = Path(path)
    folder = given.absolute().parent
    others = [given.with_name(name) for name in _with_other_number(given.name)]
    names_of_folders = [*_with_other_number(folder.name)]
    if folder.name in ("a", "b", "A", "B"):
        names_of_folders.append(_OTHER[folder.name])
    if given.parent.name == folder.name:
        folder = given.parent  # as the user wrote it
    others += [folder.with_name(name) / given.name for name in names_of_folders]
    for other in others:
        if _is_file(other) and not other.samefile(given):
            yield other


def _with_other_number(name: str) -> Iterator[str]:
    for match in _LONE_NUMBER.finditer(name):
        yield name[: match.start()] + _OTHER[match.group()] + name[match.end() :]


def agree_as_halves(one: MapData, other: MapData) -> bool:
    """Whether two maps agree in what is coarse and differ in noise, as half maps do.

    Only a box in the middle is looked at. Maps on different grids, of different scale or
    fall-off, and copies don't.
    """
    if one.values.shape != other.values.shape or not np.allclose(
        one.voxel_size, other.voxel_size, rtol=1e-3
    ):
        return False
    middles = [_middle(each.values) for each in (one, other)]
    if min(middles[0].shape) < 4 * _BLOCK:
        return False
    coarse = _correlation_and_ratio(*map(_blocks, middles))
    fine = _correlation_and_ratio(*map(_steps, middles))
    are_alike = all(1 / _SAME_SD < ratio < _SAME_SD for _, ratio in (coarse, fine))
    return are_alike and coarse[0] > _COMMON and fine[0] < coarse[0] - _LESS_IN_FINE


def _middle(values: FloatMap) -> FloatArray:
    parts = []
    for n in values.shape:
        size = min(n, _MIDDLE) // _BLOCK * _BLOCK
        parts.append(slice((n - size) // 2, (n - size) // 2 + size))
    return values[tuple(parts)].astype(np.float64)


def _blocks(values: FloatArray) -> FloatArray:
    """Return the means of blocks: what is coarse."""
    nz, ny, nx = (n // _BLOCK for n in values.shape)
    means: FloatArray = values.reshape(nz, _BLOCK, ny, _BLOCK, nx, _BLOCK).mean(axis=(1, 3, 5))
    return means


def _steps(values: FloatArray) -> FloatArray:
    """Return how points differ from the mean of their neighbours along x: what is fine."""
    steps: FloatArray = values[..., 1:-1] - (values[..., 2:] + values[..., :-2]) / 2
    return steps


def _correlation_and_ratio(one: FloatArray, other: FloatArray) -> tuple[float, float]:
    one, other = one - one.mean(), other - other.mean()
    of_one, of_other = float(np.vdot(one, one)), float(np.vdot(other, other))
    if not (math.isfinite(of_one * of_other) and of_one * of_other > 0):
        return 0.0, 0.0
    return float(np.vdot(one, other)) / math.sqrt(of_one * of_other), math.sqrt(of_other / of_one)


def is_named_as_half_map(path: str | os.PathLike[str]) -> bool:
    """Whether the name of a file, or of its folder, is that of one of a pair of half maps."""
    return any(True for _ in _candidates(Path(path)))


def _candidates(path: Path) -> Iterator[Path]:
    marked = False
    for name in _renamed(path.name):
        marked = True
        yield path.with_name(name)
    if not marked:
        for folder in _renamed(path.parent.name):
            yield path.parent.with_name(folder) / path.name


def _perhaps(path: Path) -> Iterator[Path]:
    """Yield names that the other may have where a name is not clearly that of a half map."""
    for pattern in _PERHAPS:
        for match in pattern.finditer(path.name):
            mark = match["mark"]
            others = _OTHER_WORD.get(mark.lower()) or (_OTHER[mark],)
            for other in others:
                name = path.name[: match.start("mark")] + _in_case_of(mark, other)
                yield path.with_name(name + path.name[match.end("mark") :])


def _counted_from_0(path: Path) -> Iterator[Path]:
    for match in _HALF_FROM_0.finditer(path.name):
        other = "1" if match["mark"] == "0" else "0"
        yield path.with_name(path.name[: match.start("mark")] + other + path.name[match.end() :])


def _in_case_of(mark: str, other: str) -> str:
    if mark.isupper():
        return other.upper()
    return other.capitalize() if mark[0].isupper() else other


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # no file can have a name that the system refuses
        return False


def _renamed(name: str) -> Iterator[str]:
    """Yield the name with all its marks changed, as RELION does, then with the last alone."""
    marks = list(_HALF.finditer(name))
    if not marks:
        return
    if len({match["mark"] for match in marks}) == 1:
        yield _HALF.sub(lambda match: match["stem"] + _OTHER[match["mark"]], name)
    if len(marks) > 1:
        at = marks[-1].start("mark")
        yield name[:at] + _OTHER[name[at]] + name[at + 1 :]
