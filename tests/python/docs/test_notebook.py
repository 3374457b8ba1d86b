"""The tutorial notebook runs from its first cell to its last, and shows what it ends in."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[3] / "docs" / "tutorial.ipynb"


def cells() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return found


def value_of(source: str, names: dict[str, Any]) -> Any:
    """Run a cell; return the value of its last line, as notebooks show it."""
    tree = ast.parse(source)
    last = tree.body[-1]
    if not isinstance(last, ast.Expr):
        exec(compile(tree, str(NOTEBOOK), "exec"), names)
        return None
    tree.body.pop()
    exec(compile(tree, str(NOTEBOOK), "exec"), names)
    return eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names)


def test_no_output_is_kept() -> None:
    assert all(not cell["outputs"] for cell in cells() if cell["cell_type"] == "code")


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Takes long to load; the fast suite does without.
    import matplotlib
    from matplotlib import pyplot

    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    values = [
        value_of("".join(cell["source"]), names) for cell in cells() if cell["cell_type"] == "code"
    ]
    shown = [value for value in values if hasattr(value, "_repr_html_")]
    assert [type(value).__name__ for value in shown] == ["MapData", "HalfMapResult"]
    assert all(value._repr_html_().count("<svg") == 3 for value in shown)
    assert names["result"].warnings == names["found"].warnings == ()
    assert 2.5 < values[-1] < 8
    assert (tmp_path / "report.html").stat().st_size > 100_000
    assert (tmp_path / "sharpened" / "results.json").is_file()
    pyplot.close("all")
