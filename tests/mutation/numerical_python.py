"""Errors that can be planted in Python: operators, comparisons, numbers, names of functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Change = tuple[int, str, str]  #: start in the text, old, new

_OPERATORS = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Pow: ("**", "*"),
    ast.Mod: ("%", "+"),
    ast.BitAnd: ("&", "|"),
}
_COMPARISONS = {
    ast.Lt: ("<", ("<=", ">")),
    ast.LtE: ("<=", ("<", ">=")),
    ast.Gt: (">", (">=", "<")),
    ast.GtE: (">=", (">", "<=")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
}
_NAMES = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "floor": "ceil",
    "ceil": "floor",
    "sin": "cos",
    "cos": "sin",
    "any": "all",
    "all": "any",
    "argmax": "argmin",
    "argmin": "argmax",
    "cumsum": "asarray",
}


def changes(text: str) -> Iterator[Change]:
    """Yield every change of a file; messages and annotations are left as they are."""
    lines = text.splitlines(keepends=True)
    begins = [0]
    for line in lines:
        begins.append(begins[-1] + len(line))

    def place(line: int, column: int) -> int:
        # columns of ast count bytes
        return begins[line - 1] + len(lines[line - 1].encode()[:column].decode())

    def start(node: ast.expr) -> int:
        return place(node.lineno, node.col_offset)

    def end(node: ast.expr) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return place(node.end_lineno, node.end_col_offset)

    def between(left: ast.expr, right: ast.expr, old: str, new: str) -> Iterator[Change]:
        where = text.find(old, end(left), start(right))
        if where >= 0:
            yield where, old, new

    for node in _numerical(ast.parse(text)):
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            yield from between(node.left, node.right, *_OPERATORS[type(node.op)])
        elif isinstance(node, ast.AugAssign) and type(node.op) in _OPERATORS:
            old, new = _OPERATORS[type(node.op)]
            yield from between(node.target, node.value, f"{old}=", f"{new}=")
        elif isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
                if type(operator) in _COMPARISONS:
                    old, others = _COMPARISONS[type(operator)]
                    for new in others:
                        yield from between(left, right, old, new)
        elif isinstance(node, ast.BoolOp):
            old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield from between(left, right, old, new)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
            old = "-" if isinstance(node.op, ast.USub) else "not "
            yield start(node), old, ""
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield start(node), text[start(node) : end(node)], _other_number(node.value)
        elif isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
            if name in _NAMES:
                yield end(function) - len(name), name, _NAMES[name]


def _other_number(value: float) -> str:
    if isinstance(value, int):
        return str(value + 1)
    return repr(1.0 if value == 0 else 1.3 * value)


def _numerical(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a tree, but no message, annotation or decorator."""
    if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom)):
        return
    if isinstance(node, ast.BinOp) and _is_text(node):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _numerical(child)


def _is_text(node: ast.BinOp) -> bool:
    return any(
        isinstance(part, ast.JoinedStr)
        or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        for part in (node.left, node.right)
    )
