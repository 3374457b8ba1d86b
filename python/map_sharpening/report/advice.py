"""What to do next with a run's maps: which one to build in, which files to deposit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING

from map_sharpening.report.contents import AnyResult
from map_sharpening.report.parts.wording import number, significant

if TYPE_CHECKING:
    from map_sharpening.methods.b_factor.result import BFactorResult
    from map_sharpening.methods.half_maps.result import HalfMapResult
    from map_sharpening.methods.model.result import ModelResult

#: What files are called where there is none to link to.
_WORDS = {
    "sharpened_map": "the sharpened map",
    "modified_map": "the modified map",
    "mask": "the mask",
    "fsc": "the FSC curve",
}
#: Files that a text may be about.
ROLES = tuple(_WORDS)
#: Worst local resolution over the best from which one contour level can't suit all of a map.
_UNEVEN = 1.5
#: Å; no chain can be traced in coarser maps, but models can be fitted.
_COARSEST_TO_BUILD_IN = 6.0


def advice_section(result: AnyResult, links: Mapping[str, str]) -> str:
    """Return advice as HTML, with links, which are HTML by the roles of files."""

    def linked(found: re.Match[str]) -> str:
        return links.get(found[1], _WORDS[found[1]])

    texts = (re.sub(r"`(.*?)`", r"<code>\1</code>", escape(text)) for text in advice_on(result))
    items = "".join(f"<li>{re.sub(r'{(.*?)}', linked, text)}</li>" for text in texts)
    every = '<p class="quiet"><a href="#files">All files of this run</a></p>' if links else ""
    return f'<section class="next"><h2>What next</h2><ul>{items}</ul>{every}</section>'


def advice_on(result: AnyResult) -> list[str]:
    """Return advice as sentences, in which {mask} and the like stand for files."""
    if result.kind == "half maps":
        return list(_on_half_maps(result))
    return list(_with_model(result) if result.kind == "model" else _on_one_map(result))


def _on_half_maps(result: HalfMapResult) -> Iterator[str]:
    at = f"{{sharpened_map}}, contoured at {significant(result.contour_level, 3)}"
    changed = result.modification
    is_modified = changed is not None and changed.is_borne_out
    if changed is not None and is_modified:
        level = significant(changed.contour_level, 3)
        yield (
            f"{_use(result)} {{modified_map}}, contoured at {level}, and look at doubtful places "
            f"in {at}."
        )
    else:
        yield f"{_use(result)} {at}."
    if result.local_resolution is not None and result.local_filter is None:
        found = result.local_resolution.statistics
        if found.worst > _UNEVEN * found.best:
            yield (
                f"The local resolution goes from {number(found.best, 1)} to "
                f"{number(found.worst, 1)} Å: lower the contour level where it is poor, or try "
                "local_sharpen=True."
            )
    never = ", never against {modified_map}" if is_modified else ""
    yield (
        "Refine against the half maps as they were given where the program takes them, otherwise "
        f"against {{sharpened_map}}{never}."
    )
    also = [" and {fsc}", ", {mask} and {fsc}"][result.mask is not None]
    added = " {modified_map} can only be an additional map." if is_modified else ""
    yield (
        "For the EMDB: {sharpened_map} as the primary map, both half maps as they were given"
        f"{also}. `map_sharpening deposit` in this folder collects them and draws the picture "
        f"that the EMDB asks for. The sharpened half maps are not for deposition.{added}"
    )


def _with_model(result: ModelResult) -> Iterator[str]:
    yield (
        f"{_use(result)} {{sharpened_map}}, contoured at {significant(result.contour_level, 3)}. "
        "The model says how strong the map is at each resolution, not what it shows; still, check "
        "new features in a map that was sharpened without it."
    )
    yield from _without_half_maps()


def _on_one_map(result: BFactorResult) -> Iterator[str]:
    level = significant(result.contour_level, 3)
    if result.chosen.method == "no_sharpening" and result.local is None:
        yield (
            f"No trial was better than the map as it was given: {_use(result).lower()} that, or "
            f"{{sharpened_map}}, which is the same on another scale, contoured at {level}."
        )
    else:
        yield f"{_use(result)} {{sharpened_map}}, contoured at {level}."
    if not result.sharpened.position.is_of_crystal:
        yield from _without_half_maps()


def _use(result: AnyResult) -> str:
    """Return what to do with a map, which is named next."""
    return "Build in" if result.resolution <= _COARSEST_TO_BUILD_IN else "Fit models into"


def _without_half_maps() -> Iterator[str]:
    yield (
        "If you have the half maps, sharpen with them: they show how much of the map is noise at "
        "each resolution, which a single map doesn't."
    )
    yield (
        "For the EMDB: {sharpened_map} as the primary map, and both half maps as they were "
        "reconstructed. `map_sharpening deposit half_map=... half_map=...` in this folder "
        "collects them and draws the picture that the EMDB asks for."
    )
