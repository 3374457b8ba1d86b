"""Arguments of the core as plain descriptions, and the values that they describe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

FILLS = (
    "noise",
    "blob",
    "zeros",
    "ones",
    "negative",
    "nan",
    "inf",
    "huge",
    "tiny",
    "one nan",
    "places",
)
LAYOUTS = ("plain", "unaligned", "strided", "reversed", "fortran", "read-only", "broadcast")


@dataclass(frozen=True)
class Array:
    """An array of numbers."""

    dtype: str
    shape: tuple[int, ...]
    fill: str = "noise"
    layout: str = "plain"
    seed: int = 0

    def build(self, _core: Any) -> Any:
        values = _filled(self.shape, self.fill, self.seed)
        dtype = np.dtype(self.dtype)
        if dtype.kind == "c":
            values = values + 1j * _filled(self.shape, self.fill, self.seed + 1)
        elif dtype.kind in "iub":
            values = np.nan_to_num(np.clip(values, -100, 100))
        with np.errstate(all="ignore"):
            return _laid_out(values.astype(dtype), self.layout)


def _filled(shape: tuple[int, ...], fill: str, seed: int) -> Any:
    values = np.random.default_rng(seed).normal(size=shape)
    if fill == "blob":
        axes = np.meshgrid(*(np.linspace(-3, 3, n) for n in shape), indexing="ij")
        values = 0.02 * values + np.exp(-sum((axis**2 for axis in axes), np.zeros(shape)))
    elif fill == "one nan":
        if values.size:
            values.flat[values.size // 2] = np.nan
    elif fill == "places":
        values = np.arange(values.size, dtype=float).reshape(shape)
    elif fill != "noise":
        constant = {
            "zeros": 0.0, "ones": 1.0, "nan": np.nan, "inf": np.inf, "huge": 3e38, "tiny": 1e-45,
        }  # fmt: skip
        values = -abs(values) if fill == "negative" else np.full(shape, constant[fill])
    return values


def _laid_out(values: Any, layout: str) -> Any:
    if layout == "unaligned":
        room = np.zeros(values.nbytes + 1, dtype=np.uint8)
        result = room[1:].view(values.dtype).reshape(values.shape)
        result[...] = values
        return result
    if layout == "strided" and values.ndim:
        return np.repeat(values, 2, axis=-1)[..., ::2]
    if layout == "reversed" and values.ndim:
        return values[::-1]
    if layout == "fortran":
        return np.asfortranarray(values)
    if layout == "broadcast" and values.ndim and values.size:
        return np.broadcast_to(values[:1], values.shape)
    if layout == "read-only":
        values.setflags(write=False)
    return values


@dataclass(frozen=True)
class Made:
    """What a call of the core gives: an object of one of its classes, say."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    then: dict[str, Any] = field(default_factory=dict)  #: attributes set afterwards
    item: int | None = None  #: which of several values it is

    def build(self, core: Any) -> Any:
        target = core
        for part in self.name.split("."):
            target = getattr(target, part)
        if self.name.split(".")[0] in ENUMS:
            return target
        made = target(**{name: built(value, core) for name, value in self.arguments.items()})
        for name, value in self.then.items():
            setattr(made, name, built(value, core))
        return made if self.item is None else made[self.item]


@dataclass(frozen=True)
class Callback:
    """A function that the core calls."""

    does: str  #: "nothing", "raise", or "give" a value
    value: Any = None

    def build(self, core: Any) -> Any:
        def called(*given: Any, **_: Any) -> Any:
            if self.does == "raise":
                raise CallbackError("from the caller")
            if self.value == Array("as asked", ()):
                shape, dtype = given
                return np.zeros(shape, dtype)
            return built(self.value, core)

        return called


class CallbackError(Exception):
    """What a caller's own function raises."""


ENUMS = {
    "IdealCurve": ("protein", "nucleic_acid", "beta_galactosidase"),
    "MaskChoice": ("automatic", "given", "whole_box"),
    "LevelRule": ("exact", "bisection"),
    "RegionWeightRule": ("by_difference", "by_ratio"),
}


def built(value: Any, core: Any) -> Any:
    """Return what a description stands for; anything else stands for itself."""
    if isinstance(value, (Array, Made, Callback)):
        return value.build(core)
    if isinstance(value, list):
        return [built(item, core) for item in value]
    return value


@dataclass(frozen=True)
class Call:
    """A call of a function, or of a method of an object, of the core."""

    name: str
    arguments: dict[str, Any]
    of: Made | None = None  #: object whose method it is

    def run(self, core: Any) -> Any:
        target = core if self.of is None else self.of.build(core)
        arguments = {name: built(value, core) for name, value in self.arguments.items()}
        return getattr(target, self.name)(**arguments)
