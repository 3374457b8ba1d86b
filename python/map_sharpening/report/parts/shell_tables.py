"""Tables of an HTML report that runs by shells share: tensors, all shells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from html import escape

import numpy as np

from map_sharpening.methods.half_maps.result import ShellTable
from map_sharpening.methods.model.result import ModelShellTable
from map_sharpening.methods.shared.direction import Tensor
from map_sharpening.report.parts.page import details, table
from map_sharpening.report.parts.wording import TENSOR_HEADINGS, number, significant

_HEADINGS = {
    "s": "s, Å⁻¹",
    "d": "d, Å",
    "n_terms": "terms",
    "fsc_unmasked": "FSC unmasked",
    "fsc_masked": "FSC masked",
    "fsc_randomised": "FSC randomised",
    "fsc_corrected": "FSC corrected",
    "c_ref": "C_ref",
    "correlation": "correlation",
    "smooth_correlation": "smooth correlation",
    "expected_correlation": "expected correlation",
    "accuracy": "accuracy",
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
    "correlation": 3,
    "smooth_correlation": 3,
    "expected_correlation": 3,
    "accuracy": 3,
}


#: What stands in place of the tensors.
NO_ANISOTROPY = (
    "<section><h2>Anisotropy</h2><p>Not analysed: one scale factor per shell for all "
    "directions.</p></section>"
)


def tensor_table(rows: Sequence[tuple[str, str, Tensor]], decimals: int) -> str:
    """Return tensors with standard errors as a table.

    Parameters
    ----------
    rows : sequence of (str, str, Tensor)
        Title, what it means, and the tensor.
    decimals : int
        Of all numbers.
    """
    headings = "".join(f"<th scope='col'>{name}</th>" for name in TENSOR_HEADINGS)
    body = "".join(
        f"<tr><th scope='row'>{escape(title)}<span>{escape(legend)}</span></th>"
        f"{_tensor_cells(tensor, decimals)}</tr>"
        for title, legend, tensor in rows
    )
    return (
        f'<div class="scroll"><table class="tensors"><thead><tr><th></th>{headings}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def shell_details(shells: ShellTable | ModelShellTable) -> str:
    """Return all columns of all shells as a table that opens at a click."""
    names = [field.name for field in fields(shells)]
    columns = [_shell_cells(name, np.asarray(getattr(shells, name))) for name in names]
    cells = list(zip(*columns, strict=True))
    headings = [_HEADINGS[name] for name in names]
    return details(f"All {shells.s.size} shells", table(headings, cells, "shells"))


def _tensor_cells(tensor: Tensor, decimals: int) -> str:
    return "".join(
        f'<td>{number(value, decimals)}<br><span class="error">± {number(error, decimals)}'
        "</span></td>"
        for value, error in zip(tensor.values, tensor.standard_errors, strict=True)
    )


def _shell_cells(
    name: str, values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]
) -> list[str]:
    if name == "n_terms":
        return [str(int(value)) for value in values.tolist()]
    decimals = _FIXED_DECIMALS.get(name)
    numbers = [float(value) for value in values.tolist()]
    if decimals is not None:
        return [number(value, decimals, "–") for value in numbers]
    return [significant(value, 4, "–") for value in numbers]
