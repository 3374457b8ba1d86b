"""The reference manual of the parameters, made from their definitions."""

from __future__ import annotations

from map_sharpening.parameters.reading import master
from map_sharpening.parameters.use import NAME_OF_KIND, uses
from map_sharpening.phil import Definition

_INTRODUCTION = """\
# Parameters

This page is made from the program's definitions by `map_sharpening.parameters.manual`.

Give a parameter on the command line as `name=value`, or in a parameter file as `name = value`
inside its scope. On the command line any part of the name that is clear will do (a note says
which parameter it was taken as), and the last of two words for one parameter counts:
`resolution=3.1` means `crystal_info.resolution=3.1`.

The level says how often a parameter is needed: 0 in most runs, 3 hardly ever. A parameter
marked *ignored* is accepted but not used. *Only in* names the kinds of run that use a parameter,
where not all do; *takes effect with* names what else must be given for it to have an effect.
None means the default, unless the meaning says otherwise; this includes all switches that are
True or False by default.
"""


def parameters_markdown() -> str:
    """Return the reference of all parameters as Markdown, a table for each scope."""
    parts = [_INTRODUCTION]
    for scope, inside in master().groups():
        heading = f"`{scope.path}`" if scope.path else "Top level"
        parts.append(_table(heading, scope.help, inside))
    return "\n".join(parts)


def _table(heading: str, text: str, definitions: list[Definition]) -> str:
    lines = [f"## {heading}", ""]
    if text:
        lines += [_cell(text), ""]
    lines += ["| keyword | default | value | level | meaning |", "|---|---|---|---|---|"]
    lines += [_row(definition) for definition in definitions]
    return "".join(f"{line}\n" for line in lines)


def _row(definition: Definition) -> str:
    default = definition.write(None if definition.is_multiple else definition.default)
    kind = definition.description() + (", repeatable" if definition.is_multiple else "")
    limits = definition.attributes.get("limits")
    if limits is not None:
        kind += f"; {limits}"
    cells = (
        f"`{definition.name}`",
        f"`{default}`",
        _cell(kind),
        str(definition.expert_level),
        _cell(definition.help) + _where_it_counts(definition),
    )
    return f"| {' | '.join(cells)} |"


def _where_it_counts(definition: Definition) -> str:
    use = uses()[definition.path]
    if use.is_ignored:
        return " *Ignored.*"
    kinds = [name for kind, name in NAME_OF_KIND.items() if kind in use.runs]
    text = "" if len(kinds) == len(NAME_OF_KIND) else f" *Only in {' and '.join(kinds)}.*"
    if use.effect:
        text += f" *Takes effect with* {use.effect_in_words}."
    return text


def _cell(text: str) -> str:
    escaped = text
    for character in ("\\", "|", "*", "_", "<", ">"):
        escaped = escaped.replace(character, f"\\{character}")
    return escaped
