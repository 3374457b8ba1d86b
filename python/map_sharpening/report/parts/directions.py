"""Results by direction: the tensors that the documented program prints."""

from __future__ import annotations

import numpy as np

from map_sharpening.methods.shared.direction import AnisotropySummary, principal_spread
from map_sharpening.report.parts.contents import NOT_ANALYSED, Directions, TensorRow
from map_sharpening.report.parts.wording import number

#: Field of `AnisotropySummary`, title, what a positive number means, explanation; in the order
#: of the program's documentation.
_TENSORS = (
    (
        "overall_u",
        "Overall U removed from the map",
        "amplitudes fall off along this direction",
        "Everything below is what remains after its removal. Three similar numbers followed by "
        "three small ones: nearly isotropic.",
    ),
    (
        "fall_off",
        "Estimated anisotropic fall-off of the data relative to ideal",
        "amplitudes fall off more along this direction",
        "The map's signal compared with the ideal map, which is the same in all directions.",
    ),
    (
        "data",
        "Anisotropy of the data",
        "amplitudes fall off more along this direction",
        "The same fall-off less its mean over all directions.",
    ),
    (
        "uncertainties",
        "Anisotropy of the uncertainties",
        "uncertainties decrease more along this direction",
        "The errors of the amplitudes, from {source}.",
    ),
    (
        "scale_factors",
        "Anisotropy of the scale factors",
        "scale factors increase more along this direction",
        "What was applied: weak directions are raised where their signal is sound.",
    ),
)


def directions_of(anisotropy: AnisotropySummary | None, source_of_errors: str) -> Directions:
    """Return the tensors with what they mean."""
    if anisotropy is None:
        return NOT_ANALYSED
    rows = []
    for field, title, positive, note in _TENSORS:
        tensor = getattr(anisotropy, field)
        notes = [note.format(source=source_of_errors)]
        if field == "overall_u":
            spread = principal_spread(tensor.values)
            notes.append(
                f"Largest minus smallest principal value: {number(spread, 3)} Å² "
                f"(B {number(8 * np.pi**2 * spread, 1)} Å²)."
            )
        legend = f"positive: {positive}"
        rows.append(TensorRow(title, tensor.values, tensor.standard_errors, legend, notes))
    text = "All values are U in Å² with their standard errors (B = 8 π² U)."
    return Directions("Anisotropy", text, rows, decimals=3)
