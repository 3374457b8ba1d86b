"""Pages that mkdocs makes when it builds: the C++ reference from the headers, the changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[1]
HEADERS = TOP / "cpp/include/map_sharpening"

_OPENING = "namespace map_sharpening {"
_NAME = re.compile(r"\b(?:struct|class|enum class) (\w+)|(\w+) *(?:\(|=|\{|;)")
_TAG = re.compile(r"@(param|returns?|throws) *(.*)")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that have no file in docs/."""
    from mkdocs.structure.files import File

    pages = {"programmers/cpp_reference.md": cpp_reference(), "changes.md": changes()}
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def changes() -> str:
    """Return the list of changes."""
    return (TOP / "CHANGELOG.md").read_text(encoding="utf-8")


def cpp_reference() -> str:
    """Return the reference of the C++ library, a section for each public header."""
    parts = [
        "# C++ reference",
        "Everything in the public headers, which this page is made from. All names are in the "
        "namespace `map_sharpening`. Arrays are (z, y, x), lengths are in Å, and B factors in "
        "Å². See [C++](cpp.md) for how to use the library.",
    ]
    for path in sorted(HEADERS.glob("*.hpp")):
        parts += header_page(path.name, path.read_text(encoding="utf-8"))
    return "\n\n".join(parts) + "\n"


def header_page(name: str, text: str) -> Iterator[str]:
    """Yield the blocks of a header's section: its purpose, then each declaration.

    Raises
    ------
    ValueError
        If the header doesn't begin with a comment, or has no namespace.
    """
    lines = text.splitlines()
    if _OPENING not in lines or not lines[0].startswith("//"):
        raise ValueError(
            f"{name} can't be shown; expected a comment in its first lines and a line '{_OPENING}'"
        )
    begin = lines.index(_OPENING)
    yield f"## {name}"
    purpose = [line for line in lines[:begin] if line.startswith("//")]
    yield _prose(line.removeprefix("//") for line in purpose)
    for paragraph in _paragraphs(lines[begin + 1 :]):
        yield from _declaration(paragraph)


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    """Yield what stands between empty lines, but for those inside of braces."""
    depth = 0
    paragraph: list[str] = []
    for line in lines:
        if line.startswith("}  // namespace"):
            break
        code = line.split("//")[0]
        depth += code.count("{") - code.count("}")
        if line or depth:
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _declaration(paragraph: list[str]) -> Iterator[str]:
    """Yield name, comment and code; several declarations keep their comments beside them."""
    first = next((i for i, line in enumerate(paragraph) if not line.startswith("//")), None)
    if first is None:
        yield _prose(re.sub("^///?", "", line) for line in paragraph)
        return
    comment, code = paragraph[:first], paragraph[first:]
    if any(line.startswith("///") for line in code):
        comment, code = [], paragraph
    yield f"### {_name_of(paragraph[first:])}"
    if comment:
        yield _prose(re.sub("^///?", "", line) for line in comment)
    yield "\n".join(["```cpp", *code, "```"])


def _name_of(code: list[str]) -> str:
    """Return the name that a declaration declares.

    Raises
    ------
    ValueError
        If there is none.
    """
    text = "\n".join(line.split("//")[0] for line in code)
    found = _NAME.search(re.sub(r"template <[^>]*>|extern template", "", text))
    if found is None:
        raise ValueError(f"this declares nothing that can be named: {text}")
    return found[1] or found[2]


def _prose(lines: Iterator[str] | list[str]) -> str:
    """Return comment text as Markdown: tags become a list, `<` stays a character."""
    out: list[str] = []
    in_list = False
    for line in lines:
        text = line[1:] if line.startswith(" ") else line
        tag = _TAG.match(text)
        if tag and not in_list:
            out.append("")
        in_list = bool(tag) or (in_list and text.startswith(" "))
        if tag:
            out.append(_item(tag[1], tag[2]))
        elif in_list:
            out.append("  " + _escaped(text.strip()))
        elif text.startswith("    "):
            out.append(text)
        else:
            out.append(_escaped(text))
    return "\n".join(out).strip("\n")


def _item(tag: str, text: str) -> str:
    """Return the first line of a tag; names of parameters and exceptions are code."""
    if tag == "param":
        name, _, rest = text.partition("  ")
        return f"- `{name}`: {_escaped(rest.strip())}"
    if tag == "throws":
        name, _, rest = text.partition(" ")
        return f"- throws `{name}` {_escaped(rest.strip())}"
    return f"- returns {_escaped(text.strip())}"


def _escaped(text: str) -> str:
    """Escape what Markdown would take for markup, except inside of backticks."""
    parts = text.split("`")
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"([*_\[\]])", r"\\\1", parts[i]).replace("<", "&lt;")
    return "`".join(parts)
