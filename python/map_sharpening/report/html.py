"""The HTML report: one file that needs no network, no script and no other file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from html import escape

import numpy as np

from map_sharpening.map_data import MapData
from map_sharpening.methods.half_map_result import HalfMapResult, ShellTable, Tensor
from map_sharpening.report.plots import (
    anisotropy_plot,
    fsc_plot,
    guinier_plot,
    power_plot,
    scale_plot,
)
from map_sharpening.report.slice_pictures import slice_pictures
from map_sharpening.report.slices import CentralSlices, central_slices
from map_sharpening.report.wording import (
    OVERALL_U,
    TENSOR_HEADINGS,
    TENSORS,
    guinier_quality,
    number,
    principal_spread,
    resolution_reached,
    stages_and_total,
    tensor_of,
)

_SHELL_HEADINGS = {
    "s": "s, Å⁻¹",
    "d": "d, Å",
    "n_terms": "terms",
    "fsc_unmasked": "FSC unmasked",
    "fsc_masked": "FSC masked",
    "fsc_randomised": "FSC randomised",
    "fsc_corrected": "FSC corrected",
    "c_ref": "C_ref",
    "rms_amplitude": "rms amplitude",
    "signal_power": "signal power",
    "noise_power": "noise power",
    "ideal": "ideal amplitude",
    "scale": "scale factor",
}
_FIXED_DECIMALS = {
    "s": 4,
    "d": 2,
    "fsc_unmasked": 3,
    "fsc_masked": 3,
    "fsc_randomised": 3,
    "fsc_corrected": 3,
    "c_ref": 3,
}

_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #f3f5f7; color: #1f2429; line-height: 1.5;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial,
  "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 48px; }
header { margin-bottom: 18px; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 4px; font-weight: 650; }
h2 { font-size: 1.15rem; margin: 0 0 10px; font-weight: 650; }
h3 { font-size: 1rem; margin: 0 0 2px; font-weight: 600; }
p { margin: 0 0 10px; }
section > p:last-child { margin: 8px 0 0; }
.quiet { color: #59636c; font-size: 0.92rem; overflow-wrap: anywhere; }
section, details { background: #fff; border: 1px solid #dfe4e8; border-radius: 10px;
  padding: 18px 20px; margin: 0 0 18px; }
.warnings { border-color: #e0b54a; background: #fff8e6; }
.warnings ul { margin: 0; padding-left: 1.2em; overflow-wrap: anywhere; }
.tiles { display: grid; gap: 12px; margin: 0 0 18px;
  grid-template-columns: repeat(auto-fit, minmax(168px, 1fr)); }
.tile { background: #fff; border: 1px solid #dfe4e8; border-radius: 10px; padding: 12px 16px; }
.tile dt { color: #59636c; font-size: 0.85rem; }
.tile dd { margin: 0; }
.tile .value { font-size: 1.45rem; font-weight: 650; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
.tile .value.words { font-size: 1.05rem; padding: 5px 0 4px; }
.tile .hint { color: #59636c; font-size: 0.82rem; line-height: 1.35; }
dl { margin: 0; }
.two { display: grid; gap: 18px; margin: 0 0 18px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); }
.two > section { margin: 0; }
svg.plot { display: block; width: 100%; height: auto; }
svg.plot text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
  Arial, "DejaVu Sans", sans-serif !important; }
.wide { max-width: 780px; margin: 6px auto 0; }
.slices { display: grid; gap: 16px; grid-template-columns: repeat(3, 1fr); }
.slices h3 { text-align: center; }
.pair { display: grid; gap: 8px; }
figure { margin: 0; }
figcaption { color: #59636c; font-size: 0.85rem; text-align: center; margin-top: 2px; }
svg.slice { display: block; width: 100%; height: auto; border-radius: 4px; background: #000; }
svg.slice .outline { fill: none; stroke: #e69f00; stroke-width: 1.5px;
  vector-effect: non-scaling-stroke; }
svg.slice .bar { fill: #fff; stroke: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
th, td { padding: 4px 10px; text-align: right; border-bottom: 1px solid #e8ecef; }
th { font-weight: 600; color: #3d454c; vertical-align: bottom; }
tbody th { text-align: left; }
td { white-space: nowrap; }
td .error { color: #59636c; font-size: 0.82em; }
td.text { text-align: left; white-space: normal; }
.tensors { width: 100%; }
.tensors tbody th { min-width: 15em; }
.tensors tbody th span { display: block; font-weight: 400; color: #59636c; font-size: 0.88em; }
.shells { font-size: 0.82rem; }
summary { font-size: 1.05rem; font-weight: 650; cursor: pointer; }
details > *:not(summary) { margin-top: 12px; }
pre { margin: 0; overflow-x: auto; font-size: 0.82rem; line-height: 1.45; background: #f6f8fa;
  padding: 12px 14px; border-radius: 6px; }
.stages td:nth-child(3) { width: 50%; min-width: 120px; }
.share { height: 10px; border-radius: 3px; background: #0072b2; min-width: 1px;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.stages { width: 100%; max-width: 640px; }
@media (max-width: 700px) {
  main { padding: 16px 10px 32px; }
  section, details { padding: 14px 12px; }
  .tiles { grid-template-columns: repeat(2, 1fr); gap: 8px; }
  .tile { padding: 10px 12px; }
  .slices { grid-template-columns: 1fr; }
  .pair { grid-template-columns: 1fr 1fr; }
}
@media print {
  @page { margin: 14mm; }
  body { background: #fff; font-size: 11pt; }
  main { max-width: none; padding: 0; }
  section, details, .tile { border-color: #c5ccd2; }
  section, .tile, figure, tr { break-inside: avoid; }
  .two { grid-template-columns: 1fr 1fr; gap: 10px; }
  details::details-content { content-visibility: visible; display: block; }
  .scroll { overflow: visible; }
  .shells { font-size: 6.5pt; }
  .shells th, .shells td { padding: 1px 3px; }
  pre { white-space: pre-wrap; }
}
"""


def html_report(
    result: HalfMapResult,
    *,
    input_mean: MapData | CentralSlices | None,
    parameters_text: str,
    versions: Mapping[str, str],
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    title: str = "Sharpening of two half maps",
    date: str | None = None,
) -> str:
    """Return the report as the text of one HTML file.

    The same arguments give the same bytes: no clock is read.

    Parameters
    ----------
    result : HalfMapResult
        What the run found.
    input_mean : MapData, CentralSlices or None
        The mean of the half maps, for the slices before sharpening; only slices are copied.
    parameters_text : str
        All parameters used, as the parameter file has them.
    versions : mapping of str to str
        Versions of the program and its libraries.
    inputs, outputs : sequence of str
        Names of the files read and written.
    title : str
        Heading of the page.
    date : str or None
        When the run was made, printed as given.
    """
    warnings = _warnings(result.warnings)
    body = [
        _header(title, inputs, date),
        warnings,
        _tiles(result),
        '<div class="two">',
        _plot_section(
            "Fourier shell correlation",
            fsc_plot(result),
            "Corrected: masked FSC without the correlation that the mask itself makes."
            if result.mask is not None
            else "Statistics of the whole box: there is no mask to correct for.",
        ),
        _plot_section(
            "Guinier plot",
            guinier_plot(result),
            f"B of isotropic sharpening: {guinier_quality(result)}.",
        ),
        "</div>",
        _slice_section(result, input_mean),
        '<div class="two">',
        _plot_section(
            "Scale factors",
            scale_plot(result),
            "Factors applied along single directions; the vertical line is the resolution given.",
        ),
        _plot_section(
            "Signal and noise",
            power_plot(result),
            "A term is kept as far as its signal stands above its noise.",
        ),
        "</div>",
        _anisotropy_section(result),
        _timing(result),
        _shell_details(result.shells),
        _details("Parameters used", f"<pre>{escape(parameters_text)}</pre>"),
        _details("Files and versions", _files(inputs, outputs) + _versions(versions)),
    ]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            "style-src 'unsafe-inline'; img-src data:\">",
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            *[part for part in body if part],
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _header(title: str, inputs: Sequence[str], date: str | None) -> str:
    facts = " · ".join(escape(text) for text in (*inputs, *([date] if date else [])))
    return f'<header><h1>{escape(title)}</h1><p class="quiet">{facts}</p></header>'


def _warnings(warnings: Sequence[str]) -> str:
    if not warnings:
        return ""
    items = "".join(f"<li>{escape(text)}</li>" for text in warnings)
    heading = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
    return f'<section class="warnings" role="alert"><h2>{heading}</h2><ul>{items}</ul></section>'


def _tiles(result: HalfMapResult) -> str:
    fit = result.guinier
    tiles = [
        (
            "Resolution, FSC 0.143",
            resolution_reached(result, 0.143),
            f"given: {result.resolution:.2f} Å",
        ),
        ("Resolution, FSC 0.5", resolution_reached(result, 0.5), f"kept to {result.d_min:.2f} Å"),
        (
            "B of isotropic sharpening",
            f"{number(fit.b_sharpen, 1)} Å²",
            "poor fit, don't rely on it" if fit.is_poor else "positive sharpens; good fit",
        ),
        (
            "Mask",
            "none" if result.mask is None else f"{100 * result.mask_fraction:.1f} %",
            "statistics of the whole box" if result.mask is None else "of the box",
        ),
        ("Contour level", f"{result.contour_level:.4g}", "in units of the sharpened map"),
    ]
    cells = []
    for name, value, hint in tiles:
        kind = "value" if len(value) <= 11 else "value words"
        cells.append(
            f'<dl class="tile"><dt>{escape(name)}</dt><dd><div class="{kind}">{escape(value)}'
            f'</div><div class="hint">{escape(hint)}</div></dd></dl>'
        )
    return f'<div class="tiles">{"".join(cells)}</div>'


def _plot_section(title: str, svg: str, caption: str) -> str:
    return (
        f'<section><h2>{escape(title)}</h2>{svg}<p class="quiet">{escape(caption)}</p></section>'
    )


def _slice_section(result: HalfMapResult, input_mean: MapData | CentralSlices | None) -> str:
    mask = None if result.mask is None else central_slices(result.mask)
    rows: list[tuple[str, dict[str, str]]] = []
    if input_mean is not None:
        before = (
            input_mean if isinstance(input_mean, CentralSlices) else central_slices(input_mean)
        )
        rows.append(("before: mean of the half maps", slice_pictures(before, mask, "before")))
    after = slice_pictures(central_slices(result.sharpened), mask, "sharpened")
    rows.append(("sharpened", after))
    plane = {"x": "y right, z up", "y": "x right, z up", "z": "x right, y up"}
    pairs = []
    for axis in "xyz":
        figures = "".join(
            f"<figure>{pictures[axis]}<figcaption>{escape(name)}</figcaption></figure>"
            for name, pictures in rows
        )
        pairs.append(
            f'<div><h3>normal to {axis} <span class="quiet">({plane[axis]})</span></h3>'
            f'<div class="pair">{figures}</div></div>'
        )
    outline = " Orange: outline of the mask." if mask is not None else ""
    return (
        f'<section><h2>Central slices</h2><div class="slices">{"".join(pairs)}</div>'
        '<p class="quiet">White is dense. Each map runs from its own 1st to its own 99.7th '
        f"percentile.{outline}</p></section>"
    )


def _anisotropy_section(result: HalfMapResult) -> str:
    summary = result.anisotropy
    if summary is None:
        return (
            "<section><h2>Anisotropy</h2><p>Not analysed: one scale factor per shell for all "
            "directions.</p></section>"
        )
    rows = []
    for wording in (OVERALL_U, *TENSORS):
        tensor = tensor_of(summary, wording)
        rows.append(
            f"<tr><th scope='row'>{escape(wording.title)}<span>{escape(wording.legend)}</span>"
            f"</th>{_tensor_cells(tensor)}</tr>"
        )
    headings = "".join(f"<th scope='col'>{name}</th>" for name in TENSOR_HEADINGS)
    spread = principal_spread(summary.overall_u)
    return (
        "<section><h2>Anisotropy</h2>"
        "<p>U in Å² with standard errors (B = 8π²U). All rows after the first hold after the "
        f"removal of the overall U, whose largest and smallest principal values differ by "
        f"{number(spread, 3)} Å² (B: {number(8 * np.pi**2 * spread, 1)} Å²).</p>"
        f'<div class="scroll"><table class="tensors"><thead><tr><th></th>{headings}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
        f'<div class="wide">{anisotropy_plot(result)}</div>'
        f'<p class="quiet">Relative size by direction at {result.resolution:.2f} Å, in the planes '
        "XY, XZ and YZ. On the grey circle a direction is as strong as the mean of all; outside "
        "it is stronger, inside weaker.</p></section>"
    )


def _tensor_cells(tensor: Tensor) -> str:
    return "".join(
        f'<td>{number(value, 3)}<br><span class="error">± {number(error, 3)}</span></td>'
        for value, error in zip(tensor.values, tensor.standard_errors, strict=True)
    )


def _shell_details(shells: ShellTable) -> str:
    names = [field.name for field in fields(shells)]
    headings = "".join(f"<th scope='col'>{escape(_SHELL_HEADINGS[name])}</th>" for name in names)
    columns = [_shell_cells(name, np.asarray(getattr(shells, name))) for name in names]
    rows = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
        for row in zip(*columns, strict=True)
    )
    table = (
        f'<div class="scroll"><table class="shells"><thead><tr>{headings}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    return _details(f"All {shells.s.size} shells", table)


def _shell_cells(
    name: str, values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]
) -> list[str]:
    if name == "n_terms":
        return [str(int(value)) for value in values.tolist()]
    decimals = _FIXED_DECIMALS.get(name)
    numbers = [float(value) for value in values.tolist()]
    if decimals is not None:
        return [number(value, decimals, "–") for value in numbers]
    return [f"{value:.4g}" if np.isfinite(value) else "–" for value in numbers]


def _timing(result: HalfMapResult) -> str:
    if not result.seconds:
        return ""
    stages, total = stages_and_total(result)
    longest = max(*stages.values(), 1e-9)
    rows = "".join(
        f"<tr><th scope='row'>{escape(stage)}</th><td>{value:.2f} s</td><td>"
        f'<div class="share" style="width:{100 * value / longest:.1f}%"></div></td></tr>'
        for stage, value in stages.items()
    )
    return (
        f'<section><h2>Time</h2><div class="scroll"><table class="stages"><tbody>{rows}'
        f"<tr><th scope='row'>total</th><td>{total:.2f} s</td><td></td></tr>"
        "</tbody></table></div></section>"
    )


def _files(inputs: Sequence[str], outputs: Sequence[str]) -> str:
    rows = [("read", name) for name in inputs] + [("wrote", name) for name in outputs]
    return _two_columns(rows)


def _versions(versions: Mapping[str, str]) -> str:
    return _two_columns(list(versions.items()))


def _two_columns(rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    cells = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td class=\"text\">{escape(value)}</td></tr>"
        for name, value in rows
    )
    return f'<div class="scroll"><table><tbody>{cells}</tbody></table></div>'


def _details(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{content}</details>"
