"""The section of the report that shows the map as a surface and section by section."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from map_sharpening.errors import GridMismatchError
from map_sharpening.maps.map_data import MapData
from map_sharpening.report.contents import AnyResult
from map_sharpening.report.parts.figures import VIRIDIS
from map_sharpening.report.parts.wording import number, significant
from map_sharpening.report.views.aside import drawn_aside
from map_sharpening.report.views.map_picture import PICTURE_SIZE, map_picture
from map_sharpening.report.views.viewer import viewer_section

_PALETTE = tuple(f"#{code:06x}" for code in VIRIDIS)


def views_of_map(
    result: AnyResult, before: Sequence[MapData], advice: str, threads: int = 0
) -> list[str]:
    """Return the sharpened map as HTML: section by section, and as a surface above the advice.

    Parameters
    ----------
    before : sequence of MapData
        The map before sharpening, the two half maps whose mean it was, or none.
    advice : str
        HTML that shares a column with the surface.
    threads : int
        1: one after the other, not both at once.

    Raises
    ------
    GridMismatchError
        If the maps differ in shape.
    """
    for each in before:
        if each.shape != result.sharpened.shape:
            raise GridMismatchError(
                f"{each.name}, the map before sharpening, has shape {each.shape}, but the "
                f"sharpened map has {result.sharpened.shape}; give the map that was sharpened"
            )
    mask = None if result.kind == "b-factor" else result.mask
    found = result.local_resolution if result.kind == "half maps" else None
    changed = result.modification if result.kind == "half maps" else None
    local = None
    # One sphere gives one value, which is no picture.
    if found is not None and found.n_windows > 1:
        local = (found.map, found.statistics.palette_range)
    with drawn_aside(
        threads,
        viewer_section,
        before,
        result.sharpened,
        mask=mask,
        local=local,
        modified=None if changed is None else changed.modified,
    ) as viewer:
        surface = _surface_section(result, mask, local)
    return [
        '<div class="two views">',
        viewer(),
        f'<div class="column">{surface}{advice}</div>',
        "</div>",
    ]


def _surface_section(
    result: AnyResult, mask: MapData | None, local: tuple[MapData, tuple[float, float]] | None
) -> str:
    """Return the picture of the surface, or nothing of a map that has none."""
    sharpened, level = result.sharpened, result.contour_level
    if not sharpened.box.is_orthogonal:
        return ""
    picture = map_picture(
        sharpened.values,
        sharpened.voxel_size,
        level,
        mask=None if mask is None else mask.values,
        local=None if local is None else local[0].values,
        palette=_PALETTE,
        limits=None if local is None else local[1],
        finer=1,
        is_clear=True,
    )
    if picture is None:
        return ""
    address = f"data:image/png;base64,{base64.b64encode(picture.png).decode('ascii')}"
    where = "" if mask is None else " inside the mask"
    at = f"The surface of the sharpened map{where} at its contour level, {significant(level, 3)}"
    key = ""
    if picture.limits is not None:
        at += ", coloured by local resolution"
        low, high = (number(end, 2) for end in picture.limits)
        colours = ", ".join(_PALETTE[:: max(len(_PALETTE) // 10, 1)])
        key = (
            f'<div class="key"><span>{low} Å</span><span class="strip" '
            f'style="background:linear-gradient(90deg,{colours})"></span><span>{high} Å</span>'
            "</div>"
        )
    return (
        f'<section class="surface"><h2>Surface</h2><img src="{address}" width="{PICTURE_SIZE}" '
        f'height="{PICTURE_SIZE}" alt="{at}">{key}<p class="quiet">{at}; x to the right, y up, '
        "seen from the end of z.</p></section>"
    )
