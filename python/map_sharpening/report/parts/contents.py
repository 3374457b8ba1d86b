"""The contents of log and HTML report, defined once: the two only set them differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gemmi
import numpy as np
import numpy.typing as npt

from map_sharpening.maps.arrays import FloatArray
from map_sharpening.maps.map_data import MapData
from map_sharpening.methods.half_maps.result import ShellTable
from map_sharpening.methods.shared.option_groups import GIVEN
from map_sharpening.report.parts.wording import number, significant

if TYPE_CHECKING:
    from map_sharpening.methods.model.result import ModelShellTable


@dataclass(frozen=True)
class Fact:
    """One of the main results."""

    name: str
    value: str  #: with its unit
    note: str = ""  #: what explains it


@dataclass(frozen=True)
class TensorRow:
    """A tensor in Å², order XX, YY, ZZ, XY, XZ, YZ."""

    title: str
    values: Sequence[float]
    errors: Sequence[float] = ()  #: standard errors, if they are known
    legend: str = ""  #: what a positive number means
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Directions:
    """What depends on direction."""

    title: str
    text: str
    rows: Sequence[TensorRow] = ()
    decimals: int = 1


@dataclass(frozen=True)
class Column:
    """A column of a table, its cells as they are printed."""

    name: str
    cells: Sequence[str]
    unit: str = ""  #: or a few words on what the numbers are
    short: str = ""  #: its heading in the log, which leaves out columns without one


@dataclass(frozen=True)
class Table:
    """A long table; the log shows those that have columns for it."""

    title: str
    columns: Sequence[Column]
    legend: str = ""  #: explains the short headings
    kind: str = "shells"  #: or "trials": how it looks
    file: str = ""  #: has all rows where the log leaves some out; none: it shows all
    marked: int | None = None  #: row to point at

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return len(self.columns[0].cells)


@dataclass(frozen=True)
class Contents:
    """Everything in a log or report except the pictures."""

    title: str
    facts: Sequence[Fact]
    directions: Directions
    tables: Sequence[Table]


NOT_ANALYSED = Directions(
    "Anisotropy", "Not analysed: one scale factor per shell for all directions."
)


def resolution_fact(resolution: float, how: str, note: str = "") -> Fact:
    """Return the nominal resolution (Å): that given, or that found and where."""
    value = f"{resolution:.2f} Å"
    if how == GIVEN:
        return Fact("Resolution given", value, note)
    return Fact("Resolution found", value, f"{how}; {note}" if note else how)


def contour_fact(level: float, note: str = "") -> Fact:
    """Return the contour level recommended."""
    return Fact("Contour level", f"{level:.4g}", f"in units of the sharpened map{note}")


def mask_fact(mask: MapData | None, fraction: float, note: str = "") -> Fact:
    """Return how large the mask is, and how much protein would fill it."""
    if mask is None:
        return Fact("Mask", "none", "statistics of the whole box")
    volume, mass = mask_size(mask, fraction)
    size = f"{_size(volume)} nm³, the volume of {_size(mass)} kDa of protein"
    return Fact("Mask", f"{100 * fraction:.1f} % of the box", f"{size}; {note}" if note else size)


def mask_size(mask: MapData, fraction: float) -> tuple[float, float]:
    """Return the volume of a mask in Å³, and the mass of protein that would fill it in Da."""
    from map_sharpening.molecule.composition import PROTEIN_VOLUME_PER_DALTON

    volume = fraction * gemmi.UnitCell(*mask.box.parameters()).volume
    return volume, volume / PROTEIN_VOLUME_PER_DALTON


def _size(value: float) -> str:
    return number(value / 1000, 0 if value >= 10_000 else 1)


def shells_table(
    shells: ShellTable | ModelShellTable, correlations: Sequence[Column], legend: str, file: str
) -> Table:
    """Return all shells of a run by shells.

    Parameters
    ----------
    correlations : sequence of Column
        Those that the kind of run has.
    legend : str
        Explains the short headings of the correlations, and of what the amplitude is.
    file : str
        Has all shells too.
    """
    columns = [
        decimal_column("s", shells.s, 4, unit="Å⁻¹"),
        decimal_column("d", shells.d, 2, "d, Å", "Å"),
        whole_column("terms", shells.n_terms, "terms"),
        *correlations,
        significant_column("rms amplitude", shells.rms_amplitude, "amplitude"),
        significant_column("signal power", shells.signal_power),
        significant_column("noise power", shells.noise_power),
        significant_column("ideal amplitude", shells.ideal, "ideal"),
        significant_column("scale factor", shells.scale, "scale"),
    ]
    terms = "terms: Fourier terms, Friedel mates counted once."
    return Table(
        "Shells",
        columns,
        f"{terms} {legend} scale: mean factor applied. -: empty shell.",
        file=file,
    )


def whole_column(name: str, values: npt.NDArray[np.int64], short: str = "") -> Column:
    """Return a column of counts."""
    return Column(name, [str(int(value)) for value in values], short=short)


def decimal_column(
    name: str, values: FloatArray, decimals: int = 3, short: str = "", unit: str = ""
) -> Column:
    """Return a column of numbers with fixed decimals."""
    return Column(name, [number(float(value), decimals) for value in values], unit, short)


def significant_column(name: str, values: FloatArray, short: str = "") -> Column:
    """Return a column of numbers of any size."""
    return Column(name, [significant(float(value), 4) for value in values], short=short)
