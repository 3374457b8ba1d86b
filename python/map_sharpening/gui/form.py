"""The parameters as a form: fields, what each counts for, presets, and a check of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from map_sharpening.errors import MapSharpeningError
from map_sharpening.gui.files.apart import Apart, NoLongerAskedError
from map_sharpening.gui.files.reading import READING
from map_sharpening.gui.state import (
    OUTPUT_FOLDER,
    PARAMETER_OF_ROLE,
    RESOLUTION,
    Draft,
    stem_of_folder,
    text_of,
)
from map_sharpening.parameters.data_manager import managed_files
from map_sharpening.parameters.kind_of_run import kind_of_run, settle
from map_sharpening.parameters.reading import master, read_words
from map_sharpening.parameters.use import NAME_OF_KIND, uses
from map_sharpening.phil import Fetched, ParameterText
from map_sharpening.phil.types import BoolType, ChoiceType
from map_sharpening.run import plan_run

FieldKind = Literal["switch", "choice", "text", "lines"]

#: What matters first.
MAIN = (
    RESOLUTION,
    "sharpening.sharpening_method",
    "sharpening.local_sharpen",
    "sharpening.local_resolution_map",
    "sharpening.model_sharpen",
    "sharpening.anisotropic_sharpen",
    "sharpening.sharpen_all_maps",
    "b_factor_sharpening.map_modification.b_sharpen",
    OUTPUT_FOLDER,
    "control.nproc",
)
#: Files, which the screen Inputs chooses; a mask may also be given as False.
FILES = frozenset(PARAMETER_OF_ROLE.values()) - {"sharpening.mask"}
_TITLE = "job_title"
#: Where it differs from the command line.
_HELP = {
    OUTPUT_FOLDER: "Name of the folder that this run makes in the folder that is served; it gets "
    "a number, as in sharpened_1."
}


@dataclass(frozen=True)
class Preset:
    """Values for a purpose; those not named are left at their defaults."""

    name: str
    purpose: str
    values: Mapping[str, str]


PRESETS = (
    Preset(
        "Best map for building",
        "Each part of the map is sharpened according to its own signal.",
        {"sharpening.local_sharpen": "True"},
    ),
    Preset(
        "Building, density modified (experimental)",
        "The best map for building, and beside it one that density modification has changed: "
        "phases and weak parts come nearer to the truth, but single atoms may lose shape, in "
        "coarse maps and nucleic acids most. Look at both.",
        {"sharpening.local_sharpen": "True", "sharpening.density_modification": "True"},
    ),
    Preset(
        "Whole box, quiet",
        "The whole map is sharpened alike; signal and noise are measured in the whole box.",
        {"sharpening.mask": "False"},
    ),
    Preset(
        "Deposit",
        "The whole map is sharpened alike. Mask, FSC curve (fsc.xml) and local resolution are "
        "written, but no sharpened half maps, which must not be deposited.",
        {"sharpening.sharpen_all_maps": "False"},
    ),
    Preset(
        "Tomography average",
        "The whole map is sharpened alike, by factors that depend on direction, as the signal of "
        "an average does.",
        {"sharpening.anisotropic_sharpen": "True", "sharpening.sharpen_all_maps": "False"},
    ),
    Preset(
        "Crystal",
        "Map coefficients, or the map of a unit cell, are sharpened by a B factor.",
        {
            "sharpening.sharpening_method": "b-factor",
            "b_factor_sharpening_crystal_info.is_crystal": "True",
        },
    ),
)
#: What presets leave as it was typed.
_KEPT = (RESOLUTION, _TITLE, OUTPUT_FOLDER, "control.nproc")


@dataclass(frozen=True)
class Field:
    """One parameter as a form shows it."""

    path: str
    label: str
    kind: FieldKind
    help: str
    default: str  #: as a user would write it
    expected: str  #: what may be given
    options: tuple[str, ...] = ()  #: of a choice
    level: int = 0


@dataclass(frozen=True)
class Group:
    """The fields of one scope."""

    path: str
    label: str
    help: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Check:
    """What the program would say of a draft before it does anything."""

    lines: tuple[tuple[str, str], ...] = ()  #: heading and text
    warnings: tuple[str, ...] = ()
    error: str = ""  #: why it can't run


def field_of(path: str) -> Field:
    """Return the field of a parameter."""
    definition = master().definitions[path]
    options: tuple[str, ...] = ()
    kind: FieldKind = "lines" if definition.is_multiple else "text"
    if isinstance(definition.type, BoolType):
        kind, options = "choice", ("True", "False")
        if not definition.is_optional or definition.default in (True, False):
            kind = "switch"
        else:
            options = ("None", *options)
    elif isinstance(definition.type, ChoiceType) and not definition.type.is_multiple:
        kind, options = "choice", definition.type.alternatives
    return Field(
        path,
        definition.short_caption or definition.name.replace("_", " ").capitalize(),
        kind,
        _HELP.get(path, definition.help),
        text_of(definition, definition.default),
        definition.description(),
        options,
        definition.expert_level,
    )


def groups() -> Iterator[Group]:
    """Yield all parameters but files, scope by scope, those that no run looks at left out."""
    for scope, inside in master().groups():
        fields = tuple(
            field_of(item.path)
            for item in inside
            if item.path not in FILES and not uses()[item.path].is_ignored
        )
        if fields:
            yield Group(scope.path, scope.short_caption or "General", scope.help, fields)


def matches(field: Field, text: str) -> bool:
    """Whether a field's name, label or help has all words of a search."""
    words = text.lower().replace("_", " ").split()
    inside = f"{field.path} {field.label} {field.help}".lower().replace("_", " ")
    return all(word in inside for word in words)


def value_of(draft: Draft, path: str) -> str:
    """Return what a field shows."""
    return draft.values.get(path, field_of(path).default)


def chosen(draft: Draft) -> dict[str, str]:
    """Return the values that the program chooses itself for a draft's files, by path."""
    try:
        fetched = draft.fetched()
        settled, _ = settle(fetched)
    except MapSharpeningError:  # the check reports it
        return {}
    definitions = master().definitions
    return {
        path: text_of(definitions[path], value)
        for path, value in settled.values.items()
        if value != fetched.values[path] and path not in draft.values
    }


def set_value(draft: Draft, path: str, text: str) -> None:
    """Put what was typed into a draft; `problem_of` says whether it can be used.

    Nothing takes the parameter out of the command, and so does the default, unless the program
    would choose another value by itself.
    """
    text = text.strip()
    draft.values.pop(path, None)
    if text and (text != field_of(path).default or path in chosen(draft)):
        draft.values[path] = text
    if path == RESOLUTION:
        draft.resolution_source = ""


def problem_of(draft: Draft, path: str) -> str:
    """Return why the value of one parameter can't be used, or nothing."""
    if path not in draft.values:
        return ""
    alone = Draft(values={path: draft.values[path]})
    try:
        read_words(alone.words(with_folder=True))
    except MapSharpeningError as error:
        return str(error).partition(": ")[2] or str(error)
    return ""


def apply_preset(draft: Draft, preset: Preset) -> None:
    """Give a draft the values of a preset; all others but a few go back to their defaults."""
    kept = {path: draft.values[path] for path in _KEPT if path in draft.values}
    draft.values = {**kept, **preset.values}


def take(draft: Draft, text: ParameterText) -> list[str]:
    """Take a parameter file's values into a draft; return the files that it names.

    Raises
    ------
    ParameterError
        If it can't be read.
    """
    fetched = read_words(files=[text])
    managed = [file.name for file in managed_files(fetched)]
    draft.values, named = texts_and_files(fetched.changed())
    draft.resolution_source = ""
    return managed + named


def texts_and_files(values: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Return values, by path, as a user would type them; and the files, which are chosen."""
    definitions = master().definitions
    texts: dict[str, str] = {}
    files: list[str] = []
    for path, value in values.items():
        if path in FILES:
            files += value if isinstance(value, tuple) else [value]
        else:
            texts[path] = text_of(definitions[path], value)
    return texts, files


def without_effect(fetched: Fetched) -> dict[str, str]:
    """Return the parameters that would have no effect if they were given, and why, by path."""
    try:
        settled, _ = settle(fetched)
    except MapSharpeningError:  # the check reports it
        settled = fetched
    kind = kind_of_run(settled)
    found = {}
    for path, use in uses().items():
        if use.is_ignored:
            found[path] = "No effect: this parameter is accepted but not used."
        elif kind not in use.runs:
            where = " and ".join(name for k, name in NAME_OF_KIND.items() if k in use.runs)
            found[path] = f"No effect in {NAME_OF_KIND[kind]}, only in {where}."
        elif remedy := use.remedy(settled.values):
            found[path] = f"No effect in this run; to make it count, {remedy}."
    return found


def check(draft: Draft, apart: Apart) -> Check:
    """Return what the program says about a draft: the same plan as --dry-run.

    Raises
    ------
    NoLongerAskedError
        If the question was withdrawn meanwhile.
    """
    words = draft.words(with_folder=True)
    try:
        if finds_resolution(draft):
            found = apart.ask("plan", *words)
        else:
            apart.end()  # what it was to answer is no longer of use
            found = plan_in_words(words)
    except NoLongerAskedError:
        raise
    except (MapSharpeningError, OSError) as error:
        return Check(error=" ".join(str(error).split()))
    warnings = [*found["warnings"], *_about_folder(draft)]
    pairs = ((line[:13].strip(), line[13:].strip()) for line in found["text"].splitlines())
    lines = tuple(pair for pair in pairs if pair[0] != "Warning")
    return Check(lines, tuple(warnings))


def _about_folder(draft: Draft) -> list[str]:
    """Return a warning that says where the run is made if it isn't the folder that was given."""
    fetched = draft.fetched()
    given: str | None = fetched.extract().output.output_directory
    stem = stem_of_folder(fetched)
    if not given or given.rstrip("/") == stem:
        return []
    return [
        f"output_directory={given}: from here, runs are made in the folder that is served; this "
        f"one will be in {stem}_1, or with the next free number"
    ]


def plan_in_words(words: Sequence[str]) -> dict[str, Any]:
    """Return what the program would do with some words, and its warnings."""
    with READING:
        plan = plan_run(read_words(words))
        return {"text": plan.text(), "warnings": list(plan.warnings)}


def finds_resolution(draft: Draft) -> bool:
    """Whether planning a draft's run finds the resolution, which takes its time and memory."""
    return draft.values.get(RESOLUTION, "").strip().lower() == "auto"
