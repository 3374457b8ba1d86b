"""Find the other half map by the name of one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

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
_OTHER = {"1": "2", "2": "1", "A": "B", "B": "A", "a": "b", "b": "a"}


def partner_of(path: str | os.PathLike[str]) -> Path | None:
    """Return the other half map of a pair, if a file of that name exists.

    Names are those of RELION (`run_half1_class001_unfil.mrc`), EMDB
    (`emd_1234_half_map_1.map.gz`), cryoSPARC (`J12_volume_map_half_A.mrc`), AreTomo and EMAN2
    (`x_EVN.mrc`, `x_even.mrc`), STOPGAP (`ref_A_3.mrc`), and their like, such as `x_h1.mrc`,
    `map1.mrc`, `subset1.mrc`, `HalfOne.mrc` or `x_A.mrc`.
    When the file's own name has no mark, the name of its folder is tried (`half1/map.mrc`).

    Parameters
    ----------
    path : path-like
        One half map; it need not exist.
    """
    half = Path(path)
    candidates = [*_candidates(half)] or [*_perhaps(half)]
    candidates.extend(_counted_from_0(half))
    for candidate in candidates:
        if _is_file(candidate) and not (half.exists() and candidate.samefile(half)):
            return candidate
    return None


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
