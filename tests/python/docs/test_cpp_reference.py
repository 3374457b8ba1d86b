"""The C++ reference that mkdocs makes from the headers."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

TOP = Path(__file__).parents[3]

HEADER = """\
// What it is for.
#pragma once

#include <vector>

namespace map_sharpening {

/// A thing with *stars* and a < b.
///
///     formula
struct Thing {
  double a = 0;  ///< Å

  int size() const { return 1; }
};

/// Twice a thing.
/// @param thing  to be
///               doubled.
/// @throws std::invalid_argument if it is empty.
template <class Real>
Thing twice(const Thing& thing);

/// One.
int one();
/// Two.
int two();

}  // namespace map_sharpening
"""


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hooks", TOP / "docs" / "hooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_header_becomes_a_section(hooks: ModuleType) -> None:
    page = "\n\n".join(hooks.header_page("thing.hpp", HEADER))
    assert page.startswith("## thing.hpp\n\nWhat it is for.\n\n### Thing")
    assert "A thing with \\*stars\\* and a &lt; b.\n\n    formula" in page
    assert "```cpp\nstruct Thing {\n  double a = 0;  ///< Å\n\n  int size()" in page
    assert "### twice\n\nTwice a thing.\n\n- `thing`: to be\n  doubled.\n" in page
    assert "- throws `std::invalid_argument` if it is empty." in page
    assert "```cpp\n/// One.\nint one();\n/// Two.\nint two();\n```" in page


def test_every_header_and_every_struct_is_there(hooks: ModuleType) -> None:
    page = hooks.cpp_reference()
    for path in (TOP / "cpp" / "include" / "map_sharpening").glob("*.hpp"):
        assert f"\n## {path.name}\n" in page
        for name in re.findall(r"^(?:struct|enum class) (\w+) {", path.read_text("utf-8"), re.M):
            assert re.search(rf"\b(struct|enum class) {name} {{", page)


def test_a_header_without_comment_is_refused(hooks: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"odd\.hpp can't be shown; expected a comment"):
        list(hooks.header_page("odd.hpp", "namespace map_sharpening {\n}\n"))
