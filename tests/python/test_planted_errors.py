"""The list of planted errors: it speaks of the code and the tests as they are."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests/ is not part of the package

from tests.mutation.results import Results

CHECKOUT = Path(__file__).parents[2]
HEADER = "path,column,old,new,source,fate,equivalent because\n"


def test_lines_and_tests_of_the_list_are_there() -> None:
    assert Results(CHECKOUT / "tests" / "mutation" / "planted.csv").untrue(CHECKOUT) == []


def test_a_row_that_is_not_so_is_named(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text("def twice(x):\n    return 2 * x\n")
    tests = tmp_path / "tests" / "python"
    tests.mkdir(parents=True)
    (tests / "test_code.py").write_text("def test_twice(x): ...\n")
    table = tmp_path / "planted.csv"
    table.write_text(
        HEADER
        + "code.py,9,*,/,return 2 * x,test_code.py::test_twice[1],\n"
        + "code.py,9,+,-,return 2 + x,lives,\n"
        + "gone.py,9,+,-,return 2 + x,lives,\n"
        + "code.py,8,*,+,return 2 * x,lives,\n"
        + "code.py,9,*,-,return 2 * x,test_code.py::test_thrice,\n"
        + "code.py,9,*,//,return 2 * x,test_gone.py::test_twice,\n"
    )
    assert Results(table).untrue(tmp_path) == [
        "code.py: + -> -  in  return 2 + x: no such line",
        "gone.py: + -> -  in  return 2 + x: no such line",
        "code.py: * -> +  in  return 2 * x: column 8 is another",
        "code.py: * -> -  in  return 2 * x: no such test as test_code.py::test_thrice",
        "code.py: * -> //  in  return 2 * x: no such test as test_gone.py::test_twice",
    ]
