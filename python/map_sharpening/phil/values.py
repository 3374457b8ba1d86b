"""Values: typed parameters by name, read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn


class Values:
    """Typed values of one scope: ``values.crystal_info.resolution``.

    Items may also be taken by dotted name, ``values["crystal_info.resolution"]``. Iteration
    gives the names of the scope's own members.
    """

    __slots__ = ("_members", "_path")

    _members: dict[str, Any]
    _path: str

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        """Make a scope from values by full name; `path` is where the scope itself lies."""
        members: dict[str, Any] = {}
        inner: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            head, dot, tail = name.partition(".")
            if dot:
                inner.setdefault(head, {})[tail] = value
                members.setdefault(head, None)  # keeps the order of first appearance
            else:
                members[head] = value
        for head, content in inner.items():
            members[head] = Values(content, f"{path}.{head}" if path else head)
        object.__setattr__(self, "_members", members)
        object.__setattr__(self, "_path", path)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._members:
            place = self._path or "the parameters"
            raise AttributeError(f"{place} has no member {name!r}")
        return self._members[name]

    def __getitem__(self, path: str) -> Any:
        value: Any = self
        for name in path.split("."):
            if not isinstance(value, Values) or name not in value._members:
                raise KeyError(path)
            value = value._members[name]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, path: object) -> bool:
        try:
            self[str(path)]
        except KeyError:
            return False
        return True

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"parameters are read only; {name!r} can't be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"parameters are read only; {name!r} can't be deleted")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Values):
            return NotImplemented
        return self._members == other._members

    def __hash__(self) -> int:
        return hash(tuple(self._members.items()))

    def __reduce__(self) -> tuple[type[Values], tuple[dict[str, Any], str]]:
        return (Values, (self.flat(), self._path))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self._members.items())
        return f"Values({inside})"

    def flat(self) -> dict[str, Any]:
        """Return all values below this scope by dotted name."""
        found: dict[str, Any] = {}
        for name, value in self._members.items():
            if isinstance(value, Values):
                found.update({f"{name}.{tail}": item for tail, item in value.flat().items()})
            else:
                found[name] = value
        return found
