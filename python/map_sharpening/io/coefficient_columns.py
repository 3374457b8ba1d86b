"""Which columns of an MTZ file hold the coefficients of a map."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import gemmi

from map_sharpening.errors import MapFileError, ParameterError

_AMPLITUDE, _PHASE, _WEIGHT, _SIGMA = "F", "P", "W", "Q"
_MEANING = {_AMPLITUDE: "an amplitude", _PHASE: "a phase", _SIGMA: "a sigma", _WEIGHT: "a weight"}

_STEMS = (("FWT", "PHWT"), ("FWT", "PHIFWT"), ("2FOFCWT", "PH2FOFCWT"), ("FDM", "PHIDM"))
#: Patterns of the labels of amplitudes, best first, and the labels of their phases.
_KNOWN_PAIRS = (
    *(
        (stem + suffix, phase_stem + same_suffix)
        for stem, phase_stem in _STEMS
        for suffix, same_suffix in (("", ""), (r"([_.\-].*|\d+)", r"\1"))
    ),
    (r"(.*)\.F_phi\.F", r"\1.F_phi.phi"),
)

#: Parts of the labels of difference, anomalous, isomorphous and composite maps.
_DIFFERENCE = re.compile(
    r"DELF|DELPH|PHI?F?DEL|DELTA|DIFF|DANO|ANO|ISOM|DISO|_ISO|^FISO|^PHI?ISO|POLDER|LLG|OMIT|COMPOS|EARLY|MINUS"
    r"|FO[-_]?FO|(?<![2-9M])(?<![2-9])M?FO[-_]?D?FC|GRAD"
    r"|^[WKQ]?DF|^PH[IAS]*_?[WKQ]?DF|^(?:F|PHI?)(?:AN|H)(?![A-Z])|^PHAN"
    r"|(?<![A-Z])LATE|[(\[][+-][)\]]$|[+-]$"
    # one set minus another: F_light-dark
    r"|^(?!.*[2-9]M?FO-)(?:(?!F-|PHIF-|PH-)[A-Z0-9_.]{3,})-(?!FILTERED|OBS|MODEL|CALC)[A-Z]{2,}",
    re.IGNORECASE,
)
_MODEL = re.compile(r"(?:FC(?:ALC)?|F-model|FMODEL|PHIC(?:ALC)?|PHIF)(?![A-Z])", re.IGNORECASE)

#: Measured amplitudes, with a sigma of any name, and phases that go with them.
_MEASURED = re.compile(r"F(?:P|O|O?BS|NAT|MEAN|[-_]?OBS.*|P?[_.].*)?", re.IGNORECASE)
_PHASES_OF_MEASURED = re.compile(
    r"(?:PH|PHI|PHASE|PHS|PHI?B|PHI?M|PHI?BEST|PHI?COMB|PHI?FOM|PHI?ECALC|PHI?C|PHI?CALC|PHIF"
    r"|PHI?F?[-_]?MODEL)(?:\d*|[_.].*)",
    re.IGNORECASE,
)
_PHASE_WORDS = ("PH", "PHI", "PHIF", "PHF", "PHASE", "P")
#: Files of one map whose labels, F and PHI, don't say which: CCP4i2's DIFFPHIOUT.mtz.
_FILE_OF_DIFFERENCE = re.compile(r"(?:DIF+|ANOM)_?F?PHI|(?<![A-Z])DIFF?_?MAP", re.IGNORECASE)
_LABELS_OF_ANY_MAP = {("F", "PHI"), ("F", "PHIF"), ("F", "PH"), ("F", "PHASE")}
#: Labels of amplitudes and phases in columns of a type that says nothing of them.
_LABEL_OF = {
    _AMPLITUDE: re.compile(r"F(?:WT|P|O|OBS)?|2?FOFCWT", re.IGNORECASE),
    _PHASE: re.compile(r"PHI?[A-Z0-9]*|PHASE", re.IGNORECASE),
    _WEIGHT: re.compile(r"FOM[A-Z0-9_]*|PHI?_?FOM|WEIGHT", re.IGNORECASE),
}
_OF_ANY_KIND = "RIFW"  #: real numbers, integers
#: What files without amplitudes or phases hold, by the type of a column; the first that is there.
_HELD = (
    ("B", "measurements before they are merged, without phases"),
    ("JK", "intensities, without phases"),
    ("GL", "amplitudes of Friedel mates apart, as anomalous differences need them"),
    (
        "A",
        "probabilities of phases (Hendrickson-Lattman), of which CCP4's chltofom makes phases "
        "and weights",
    ),
    ("F", "amplitudes without phases"),
    ("P", "phases without amplitudes"),
    ("D", "neither amplitudes nor phases"),
    ("I", "flags, without amplitudes and phases"),
)


@dataclass(frozen=True)
class CoefficientColumns:
    """The columns of one set of map coefficients."""

    amplitude: gemmi.Mtz.Column
    phase: gemmi.Mtz.Column
    weight: gemmi.Mtz.Column | None = None
    are_observed: bool = False  #: measured amplitudes, which can't have a sign

    def columns(self) -> tuple[gemmi.Mtz.Column, ...]:
        """Return amplitude, phase and, if any, weight."""
        return tuple(c for c in (self.amplitude, self.phase, self.weight) if c is not None)

    def labels(self) -> tuple[str, ...]:
        """Return the labels of amplitude, phase and, if any, weight."""
        return tuple(column.label for column in self.columns())


def choose_columns(
    mtz: gemmi.Mtz, name: str, labels: str | Sequence[str] | None = None
) -> tuple[CoefficientColumns, list[str]]:
    """Return the columns to make a map from, and notes of one line each.

    Without labels these are tried in turn: FWT with PHWT or PHIFWT, 2FOFCWT with PH2FOFCWT,
    FDM with PHIDM, a pair that ends in .F_phi.F and .F_phi.phi, each also with a suffix such
    as _1; an amplitude with its phase next to it; a measured amplitude, a phase and, if there
    is one, a weight anywhere; calculated coefficients such as FC with PHIC. A phase belongs to
    an amplitude if their labels say so (FMAP with PHIMAP). Coefficients of difference,
    anomalous, isomorphous and composite maps are never taken without their labels. An amplitude
    that isn't known to be weighted is weighted where a weight follows its phase.

    Parameters
    ----------
    mtz : gemmi.Mtz
        The file's content.
    name : str
        What messages call the file.
    labels : str or sequence of str, optional
        As in `map_sharpening.io.map_coefficients.read_map_coefficients`.

    Raises
    ------
    MapFileError
        If the file has no amplitudes or no phases.
    ParameterError
        If a label is unknown or ambiguous, the labels don't make up one amplitude and its
        phase, or without labels several choices are equally good.
    """
    for kind in (_AMPLITUDE, _PHASE):
        if not _of_type(mtz, kind):
            raise MapFileError(
                f"{name} has no column with {_MEANING[kind]} (type {kind}), it has"
                f" {_listed(mtz)}{_held(mtz, kind)} give a file with map coefficients, such as "
                "refinement writes"
            )
    wanted = _split(labels)
    if wanted:
        return _named(mtz, name, wanted)
    if labels is not None:
        raise ParameterError(
            f"map_coeff_labels is empty; expected labels such as FWT,PHWT out of {_listed(mtz)};"
            " name some or leave it out"
        )
    return _automatic(mtz, name)


def _split(labels: str | Sequence[str] | None) -> list[str]:
    if labels is None:
        return []
    text = labels if isinstance(labels, str) else " ".join(labels)
    # As CCP4 writes both columns of a dataset: /*/native/[FWT,PHWT]
    text = re.sub(
        r"(\S*/)\[([^\]]*)\]",
        lambda match: " ".join(match[1] + label for label in re.split(r"[\s,]+", match[2])),
        text,
    )
    return [label for label in re.split(r"[\s,]+", text) if label]


def _of_type(mtz: gemmi.Mtz, kind: str) -> list[gemmi.Mtz.Column]:
    return [column for column in mtz.columns if column.type == kind]


def _listed(mtz: gemmi.Mtz) -> str:
    return ", ".join(column.label for column in mtz.columns if column.type != "H") or "none"


def _held(mtz: gemmi.Mtz, missing: str) -> str:
    """Say what a file without amplitudes or phases holds instead, if that is known."""
    pattern = _LABEL_OF[missing]
    for column in mtz.columns:
        if column.type in _OF_ANY_KIND and pattern.fullmatch(column.label):
            return (
                f"; {column.label} is named as {_MEANING[missing]}, but has type {column.type};"
                f" set its type to {missing} in the file, if it is one, or"
            )
    types = {column.type for column in mtz.columns}
    held = next((what for kinds, what in _HELD if types & set(kinds)), None)
    return ";" if held is None else f": {held};"


def _named(mtz: gemmi.Mtz, name: str, labels: list[str]) -> tuple[CoefficientColumns, list[str]]:
    notes: list[str] = []
    by_type: dict[str, list[gemmi.Mtz.Column]] = {kind: [] for kind in _MEANING}
    for label in labels:
        column = _column_named(mtz, name, label)
        if column.label != label:
            notes.append(f"{name}: map_coeff_labels {label} is the column {column.label}")
        if column.type not in by_type:
            raise ParameterError(
                f"column {column.label} of {name} has the type {column.type}; map_coeff_labels"
                " takes amplitudes (F), sigmas (Q), phases (P) and weights (W); leave it out"
            )
        by_type[column.type].append(column)
    for kind, columns in by_type.items():
        fewest = 1 if kind in (_AMPLITUDE, _PHASE) else 0
        if not fewest <= len(columns) <= 1:
            what = ", ".join(column.label for column in columns) or "none"
            choice = ", ".join(column.label for column in _of_type(mtz, kind))
            raise ParameterError(
                f"map_coeff_labels {' '.join(labels)} names {len(columns)} columns with"
                f" {_MEANING[kind]} ({what}); expected {'one' if fewest else 'one at most'}; the"
                f" file has {choice}"
            )
    weight = by_type[_WEIGHT][0] if by_type[_WEIGHT] else None
    observed = weight is not None or bool(by_type[_SIGMA])
    chosen = CoefficientColumns(by_type[_AMPLITUDE][0], by_type[_PHASE][0], weight, observed)
    return chosen, notes


def _column_named(mtz: gemmi.Mtz, name: str, label: str) -> gemmi.Mtz.Column:
    """Return the column of that label, or else the only one whose label starts so.

    The name of its dataset may go before it: native/FWT, or /crystal/native/FWT as in CCP4.
    """
    columns = [column for column in mtz.columns if column.type != "H"]
    exact = [column for column in columns if column.label == label]
    fitting = exact or [column for column in columns if column.label.startswith(label)]
    *_, dataset, of_dataset = ("", *label.strip("/").split("/"))
    if not fitting and dataset:
        columns = [c for c in columns if dataset in ("*", mtz.dataset(c.dataset_id).dataset_name)]
        fitting = [column for column in columns if column.label == of_dataset]
    if not fitting:
        raise ParameterError(
            f"{name} has no column {label}, it has {_listed(mtz)}; give map_coeff_labels out of"
            " these"
        )
    if len(fitting) > 1:
        these = [_with_dataset(mtz, column) for column in fitting]
        are_different = len(set(these)) == len(these)
        raise ParameterError(
            f"map_coeff_labels {label} fits {len(fitting)} columns of {name}: {', '.join(these)};"
            " give one in full" + ("" if are_different else ", after renaming all but one")
        )
    return fitting[0]


def _with_dataset(mtz: gemmi.Mtz, column: gemmi.Mtz.Column) -> str:
    return f"{mtz.dataset(column.dataset_id).dataset_name}/{column.label}"


def _automatic(mtz: gemmi.Mtz, name: str) -> tuple[CoefficientColumns, list[str]]:
    for candidates in _ranks(mtz):
        if len(candidates) > 1:
            sets = [",".join(candidate.labels()) for candidate in candidates]
            if len(set(sets)) < len(sets):
                sets = [
                    ",".join(_with_dataset(mtz, column) for column in candidate.columns())
                    for candidate in candidates
                ]
            these = "; ".join(sets)
            raise ParameterError(
                f"{name} has {len(candidates)} sets of map coefficients of equal rank: {these};"
                " choose one by map_coeff_labels"
                + (", after renaming all others" if len(set(sets)) < len(sets) else "")
            )
        if candidates:
            chosen = candidates[0]
            if chosen.labels()[:2] in _LABELS_OF_ANY_MAP and _FILE_OF_DIFFERENCE.search(name):
                raise ParameterError(
                    f"{name} is named as a file of a difference or anomalous map, and its labels "
                    f"{', '.join(chosen.labels())} don't say that it isn't one; give the "
                    f"coefficients of the map, or map_coeff_labels={','.join(chosen.labels())} if "
                    "these are meant"
                )
            notes = [f"{name}: map coefficients {', '.join(chosen.labels())} chosen"]
            if _MODEL.match(chosen.amplitude.label):
                notes.append(
                    f"{name}: {chosen.amplitude.label} looks calculated from a model; to use"
                    " another amplitude give map_coeff_labels"
                )
            return chosen, notes
    amplitudes = _of_type(mtz, _AMPLITUDE)
    if not all(_is_difference(column) or _MODEL.match(column.label) for column in amplitudes):
        raise ParameterError(
            f"{name} has no amplitude and phase whose labels show that they are a map's, among"
            f" {_listed(mtz)}; name them by map_coeff_labels"
        )
    raise ParameterError(
        f"{name} has coefficients of difference or anomalous maps only, among {_listed(mtz)};"
        " name them by"
        " map_coeff_labels if one of these is meant"
    )


def is_measured(mtz: gemmi.Mtz, chosen: CoefficientColumns) -> bool:
    """Whether amplitudes are measured: by what goes with them, their label, or their sigma."""
    return chosen.are_observed or _is_measured(mtz, chosen.amplitude)


def cautions_of_columns(mtz: gemmi.Mtz, chosen: CoefficientColumns, name: str) -> list[str]:
    """Return warnings of weights that aren't used or are too many, and of another's phase."""
    cautions = []
    amplitude, phase = chosen.amplitude, chosen.phase
    own = [
        pair.phase
        for pattern, label in _KNOWN_PAIRS
        for pair in _known_pairs(mtz, pattern, label)
        if pair.amplitude.idx == amplitude.idx
    ]
    if amplitude.label.upper() != "F":
        own += [other for other in _of_type(mtz, _PHASE) if _are_named_alike(amplitude, other)]
    if own and phase.idx not in {other.idx for other in own}:
        cautions.append(
            f"{name}: {phase.label} is not the phase of {amplitude.label}, which by its label is "
            f"{own[0].label}: a map of both is of neither; check map_coeff_labels"
        )
    is_weighted = any(re.fullmatch(pattern, amplitude.label) for pattern, _ in _KNOWN_PAIRS)
    if chosen.weight is not None and (is_weighted or _MODEL.match(amplitude.label)):
        what = "weighted already" if is_weighted else "calculated from a model"
        cautions.append(
            f"{name}: {amplitude.label} is {what} by its label, and {chosen.weight.label} "
            f"weights it all the same; leave {chosen.weight.label} out of map_coeff_labels"
        )
    unused = [
        column
        for column in mtz.columns
        if column.type not in (_WEIGHT, "H") and _LABEL_OF[_WEIGHT].fullmatch(column.label)
    ]
    if unused and chosen.weight is None and _MEASURED.fullmatch(amplitude.label):
        cautions.append(
            f"{name}: {unused[0].label}, by its label a weight, has the type {unused[0].type} and "
            f"isn't used; set its type to {_WEIGHT} in the file if amplitudes are to be weighted"
        )
    return cautions


def _ranks(mtz: gemmi.Mtz) -> Iterator[list[CoefficientColumns]]:
    """Yield lists of candidates, each list of one rank, best first."""
    for pattern, phase_label in _KNOWN_PAIRS:
        yield list(_known_pairs(mtz, pattern, phase_label))
    neighbours = list(_neighbours(mtz))
    yield [pair for pair in neighbours if not _MODEL.match(pair.amplitude.label)]
    yield _anywhere(mtz)
    yield neighbours


def _known_pairs(mtz: gemmi.Mtz, pattern: str, phase_label: str) -> Iterator[CoefficientColumns]:
    for amplitude in _of_type(mtz, _AMPLITUDE):
        match = re.fullmatch(pattern, amplitude.label)
        label = None if match is None else match.expand(phase_label)
        phases = [column for column in _of_type(mtz, _PHASE) if column.label == label]
        own = [column for column in phases if column.dataset_id == amplitude.dataset_id]
        for phase in own or phases:
            if not (_is_difference(amplitude) or _is_difference(phase)):
                yield CoefficientColumns(amplitude, phase)


def _neighbours(mtz: gemmi.Mtz) -> Iterator[CoefficientColumns]:
    columns = list(mtz.columns)
    for place, amplitude in enumerate(columns[:-1]):
        phase = columns[place + 1]
        if (amplitude.type, phase.type) != (_AMPLITUDE, _PHASE):
            continue
        if any(map(_is_difference, (amplitude, phase))) or not _are_partners(amplitude, phase):
            continue
        following = columns[place + 2 : place + 3]
        weight = next((column for column in following if column.type == _WEIGHT), None)
        yield CoefficientColumns(amplitude, phase, weight, weight is not None)


def _anywhere(mtz: gemmi.Mtz) -> list[CoefficientColumns]:
    """Return all pairs of a measured amplitude and a phase, with the weight if there is one.

    If some are of one dataset, as those of the native crystal, only these.
    """
    pairs = list(_across_datasets(mtz))
    return [pair for pair in pairs if len({c.dataset_id for c in pair.columns()}) == 1] or pairs


def _across_datasets(mtz: gemmi.Mtz) -> Iterator[CoefficientColumns]:
    weights: list[gemmi.Mtz.Column | None] = list(_of_type(mtz, _WEIGHT)) or [None]
    amplitudes = [column for column in _of_type(mtz, _AMPLITUDE) if _is_measured(mtz, column)]
    for amplitude, phase, weight in itertools.product(amplitudes, _of_type(mtz, _PHASE), weights):
        fits = _PHASES_OF_MEASURED.fullmatch(phase.label) or _are_partners(amplitude, phase)
        if fits and not _is_difference(phase):
            yield CoefficientColumns(amplitude, phase, weight, are_observed=True)


def _are_partners(amplitude: gemmi.Mtz.Column, phase: gemmi.Mtz.Column) -> bool:
    """Whether labels say that both belong together: FMAP and PHIMAP, FEM and PHIFEM."""
    one, other = amplitude.label.upper(), phase.label.upper()
    if _MEASURED.fullmatch(one) and _PHASES_OF_MEASURED.fullmatch(other):
        return True
    return _are_named_alike(amplitude, phase)


def _are_named_alike(amplitude: gemmi.Mtz.Column, phase: gemmi.Mtz.Column) -> bool:
    """Whether a phase has the label of an amplitude, with a word for phases in it."""
    one, other = amplitude.label.upper(), phase.label.upper()
    places = [match.start() for match in re.finditer("F", one)]
    named = {word + one for word in _PHASE_WORDS}
    named |= {one[:at] + word + one[at + 1 :] for at in places for word in _PHASE_WORDS}
    named |= {"PH" + one[:at] + one[at + 1 :] for at in places}  # PHDELWT of DELFWT
    return other.replace("PHI_", "PHI") in {label.replace("PHI_", "PHI") for label in named}


def _is_measured(mtz: gemmi.Mtz, column: gemmi.Mtz.Column) -> bool:
    """Whether an amplitude is measured: by its label, or the sigma that follows."""
    if _MODEL.match(column.label) or _is_difference(column):
        return False
    following = list(mtz.columns)[column.idx + 1 : column.idx + 2]
    has_sigma = any(after.type == _SIGMA for after in following)
    return has_sigma or _MEASURED.fullmatch(column.label) is not None


def _is_difference(column: gemmi.Mtz.Column) -> bool:
    return _DIFFERENCE.search(column.label) is not None
