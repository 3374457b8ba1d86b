"""Arguments of the core: such as fit a map, and now and then one that is hostile."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.core_values import ENUMS, FILLS, LAYOUTS, Array, Callback, Made

DTYPES = ("float32", "float64", "complex64", "complex128", "int64", "int32", "bool", "float16")
FLOATS = (
    math.nan, math.inf, -math.inf, 0.0, -0.0, -1.0, 1e-320, 1e-30, 1e-9, 1e-3, 0.5, 1.0, 100.0,
    1e6,
    1e19, 1e30, 1e308, -1e308,
)  # fmt: skip
INTEGERS = (
    -1, 0, 1, 2, 3, 7, 100, 1000, 65536, 2**31 - 1, 2**31, 2**32, 2**40, 2**62, 2**63 - 1, 2**63,
    2**64 - 1, 2**64, -(2**31), -(2**63),
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """A map that the arguments of one call are of."""

    shape: tuple[int, int, int]
    cell: tuple[float, float, float, float, float, float]
    d_min: float
    n: int  #: shells, say
    has_halves: bool
    hostility: int  #: about one argument in so many is hostile

    @property
    def half_complex(self) -> tuple[int, int, int]:
        return (*self.shape[:2], self.shape[2] // 2 + 1)


Draw = Callable[[Any], Any]
Argument = Callable[[Draw, World], Any]


@st.composite
def worlds(draw: Draw, *, needs_room: bool) -> World:
    if needs_room and draw(st.integers(0, 4)):
        shape = draw(st.sampled_from(((12, 12, 12), (16, 15, 14), (20, 20, 20))))
    else:
        sizes = st.sampled_from((1, 2, 3, 4, 5, 6, 8, 9, 12, 16))
        shape = draw(st.tuples(sizes, sizes, sizes))
    spacing = draw(st.sampled_from((1.0, 1.0, 0.3, 2.5)))
    angles = draw(st.sampled_from(((90.0, 90.0, 90.0),) * 3 + ((80.0, 95.0, 110.0),)))
    z, y, x = shape
    cell = (x * spacing, y * spacing, z * spacing, *angles)
    d_min = spacing * draw(st.sampled_from((2.0, 2.5, 3.0, 6.0)))
    n = draw(st.integers(1, 12))
    return World(shape, cell, d_min, n, draw(st.booleans()), draw(st.sampled_from((6, 25, 1000))))


def is_hostile(draw: Draw, world: World) -> bool:
    return bool(draw(st.integers(1, world.hostility)) == 1)


def hostile(*kinds: st.SearchStrategy[Any]) -> Callable[[Argument], Argument]:
    def around(usual: Argument) -> Argument:
        def argument(draw: Draw, world: World) -> Any:
            if is_hostile(draw, world):
                return draw(st.one_of(*kinds))
            return usual(draw, world)

        return argument

    return around


floats = st.one_of(st.sampled_from(FLOATS), st.floats())
integers = st.sampled_from(INTEGERS)


def number(*usual: float) -> Argument:
    return hostile(floats)(lambda draw, _: draw(st.sampled_from(usual)))


def count(*usual: int) -> Argument:
    return hostile(integers)(lambda draw, _: draw(st.sampled_from(usual)))


def spacing_of(*shares: float) -> Argument:
    return hostile(floats)(lambda draw, world: world.d_min * draw(st.sampled_from(shares)))


def numbers(*lengths: int) -> Argument:
    def usual(draw: Draw, _: World) -> Any:
        return [1.0 + 0.1 * i for i in range(draw(st.sampled_from(lengths)))]

    return hostile(st.lists(floats, max_size=8), st.just([1.0] * 1000))(usual)


def maybe(argument: Argument) -> Argument:
    return lambda draw, world: argument(draw, world) if draw(st.booleans()) else None


def if_halves(argument: Argument) -> Argument:
    return lambda draw, world: (
        argument(draw, world) if world.has_halves != is_hostile(draw, world) else None
    )


def listed(argument: Argument, most: int) -> Argument:
    def several(draw: Draw, world: World) -> Any:
        least = 0 if is_hostile(draw, world) else 1
        return [argument(draw, world) for _ in range(draw(st.integers(least, most)))]

    return several


def switch(draw: Draw, _: World) -> Any:
    return draw(st.booleans())


def array(dtype: str, shape_of: Callable[[Draw, World], tuple[int, ...]], *fills: str) -> Argument:
    def argument(draw: Draw, world: World) -> Any:
        fill = draw(st.sampled_from(fills or ("noise", "blob")))
        usual = Array(dtype, shape_of(draw, world), fill, seed=draw(st.integers(0, 3)))
        if not is_hostile(draw, world):
            return usual
        kind = draw(st.sampled_from(("fill", "layout", "shape", "dtype", "rank")))
        if kind == "fill":
            return replace(usual, fill=draw(st.sampled_from([*FILLS])))
        if kind == "layout":
            return replace(usual, layout=draw(st.sampled_from(LAYOUTS)))
        if kind == "dtype":
            return replace(usual, dtype=draw(st.sampled_from(DTYPES)))
        if kind == "rank":
            return replace(usual, shape=draw(st.sampled_from(((), (0,), (5,), (2, 2), (2,) * 4))))
        change = st.sampled_from((-1, 1, 2, -100))
        return replace(usual, shape=tuple(max(n + draw(change), 0) for n in usual.shape))

    return argument


def of_map(draw: Draw, world: World) -> tuple[int, ...]:
    return world.shape


def either(*arguments: Argument) -> Argument:
    return lambda draw, world: draw(st.sampled_from(arguments))(draw, world)


def enum(name: str) -> Argument:
    return lambda draw, _: Made(f"{name}.{draw(st.sampled_from(ENUMS[name]))}")


def made(name: str, then: dict[str, Argument] | None = None, **arguments: Argument) -> Argument:
    def argument(draw: Draw, world: World) -> Any:
        given = {key: make(draw, world) for key, make in arguments.items() if draw(st.booleans())}
        return Made(name, given, _some(draw, world, then or {}))

    return argument


def _some(draw: Draw, world: World, arguments: dict[str, Argument]) -> dict[str, Any]:
    return {key: make(draw, world) for key, make in arguments.items() if draw(st.booleans())}


def required(name: str, **arguments: Argument) -> Argument:
    return lambda draw, world: Made(
        name, {key: make(draw, world) for key, make in arguments.items()}
    )


@hostile(st.tuples(integers, integers, integers), st.just((1 << 12,) * 3), st.just((65536, 1, 1)))
def shape(draw: Draw, world: World) -> Any:
    return world.shape


@hostile(
    st.tuples(*(floats,) * 6),
    st.tuples(*(st.floats(1e-6, 1e9),) * 3, *(st.floats(0.001, 179.9),) * 3),
)
def cell(draw: Draw, world: World) -> Any:
    return world.cell


@hostile(st.tuples(st.tuples(*(integers,) * 3), st.tuples(*(integers,) * 3)))
def box(draw: Draw, world: World) -> Any:
    first = tuple(draw(st.integers(0, n - 1)) for n in world.shape)
    return first, tuple(draw(st.integers(f, n)) for f, n in zip(first, world.shape, strict=True))


threads = hostile(st.sampled_from((-1, -(2**31), 64, 2**31 - 1, 2**31, 2**63)))(
    lambda draw, _: draw(st.sampled_from((1, 1, 2, 0)))
)
real_map = array("float32", of_map)
mask = array("float32", of_map, "ones", "blob", "zeros", "noise")
some_mask = maybe(mask)
coefficients = array("complex64", lambda _, world: world.half_complex)
any_coefficients = either(coefficients, array("complex128", lambda _, world: world.half_complex))
d_min = spacing_of(1.0, 1.0, 1.2, 3.0)
s_max = hostile(floats)(lambda draw, world: 1 / world.d_min)
shell_width = hostile(floats)(lambda _, world: 1 / world.d_min / world.n)
n_shells = hostile(integers)(lambda _, world: world.n)
by_shell = hostile(st.lists(floats, max_size=8), st.just([1.0] * 1000))(
    lambda _, world: [1.0 + 0.1 * i for i in range(world.n + 1)]
)
tensor = hostile(st.tuples(*(floats,) * 6))(
    lambda draw, _: draw(st.sampled_from(((0.0,) * 6, (10.0, -5.0, 3.0, 1.0, 0.0, 2.0))))
)
place = hostile(st.tuples(floats, floats, floats))(
    lambda draw, world: tuple(draw(st.floats(0, edge)) for edge in world.cell[2::-1])
)
factors = required(
    "ScaleFactors", step=shell_width, gain=by_shell, ratio=either(by_shell, numbers(0)),
    gain_b=tensor, ratio_b=tensor,
)  # fmt: skip
score_options = made(
    "ScoreOptions", solvent_fraction=maybe(number(0.3, 0.5, 0.9)),
    fraction_occupied=number(0.1, 0.2, 1.0), sa_percent=number(10.0, 30.0, 100.0),
    max_regions_to_test=count(1, 5, 30), region_weight=number(1.0, 40.0),
    periodic=switch, level_rule=enum("LevelRule"),
    box=maybe(box),
)  # fmt: skip
b_factor_trial = required(
    "BFactorTrial", b_sharpen=number(-100.0, 0.0, 50.0, 300.0), d_cut=d_min,
    b_blur_hires=maybe(number(0.0, 200.0)), k_sharpen=number(0.0, 10.0, 100.0),
)  # fmt: skip
edges = hostile(st.tuples(*(integers,) * 3))(
    lambda draw, _: tuple(draw(st.integers(3, 16)) for _ in range(3))
)
tile_options = required("TileOptions", edges=edges, overlap=count(0, 1, 2), periodic=switch)


def local_b_options(draw: Draw, world: World) -> Any:
    usual = {"tiles": tile_options(draw, world)}
    more = {
        "centre": number(-50.0, 0.0, 100.0), "selected": maybe(count(0, 1)),
        "smoothing_radius": maybe(number(0.1, 5.0, 50.0)),
        "places": listed(listed(place, 3), 12), "threads": threads,
    }  # fmt: skip
    return Made("LocalBFactorOptions", usual | _some(draw, world, more))


def local_trials(draw: Draw, world: World) -> Any:
    b_sharpen = (number(-50.0), number(0.0), number(100.0))[: draw(st.integers(1, 3))]
    return [
        Made("LocalTrial", {"b_sharpen": b(draw, world), "factors": factors(draw, world)})
        for b in b_sharpen
    ]


local_options = made(
    "LocalOptions",
    {"core_points": maybe(count(2, 3, 4)), "n_windows": maybe(count(1, 8, 100)),
     "n_shells": count(2, 5, 20), "periodic": switch},
)  # fmt: skip
sharpened_power = required(
    "SharpenedPower", shell_width=shell_width, ideal=by_shell, factors=factors,
    s_max=s_max,
)  # fmt: skip
mask_options = made(
    "MolecularMaskOptions",
    {"resolution": d_min, "smoothing": number(1.0, 5.0), "level": number(0.1, 0.5)},
)
window = hostile(floats)(lambda draw, world: 0.7 * min(world.cell[:3]))


def resolution_options(draw: Draw, world: World) -> Any:
    more = {
        "d_min": maybe(d_min), "periodic": switch, "step": maybe(spacing_of(0.5, 1.0, 2.0)),
        "threads": threads, "threshold": number(0.143, 0.5),
    }  # fmt: skip
    then = {"window": window(draw, world), **_some(draw, world, more)}
    return Made("LocalResolutionOptions", {}, then)


def half_map_options(draw: Draw, world: World) -> Any:
    usual = {
        "resolution": spacing_of(1.0, 1.1)(draw, world),
        "mask": enum("MaskChoice")(draw, world),
    }
    more = {
        "anisotropic": switch, "guinier_d_low": maybe(spacing_of(2.0, 4.0)),
        "ideal": maybe(enum("IdealCurve")), "local": switch, "n_shells": maybe(n_shells),
        "output_scale": number(1.0, 10.0), "periodic": switch,
        "randomise_beyond": maybe(spacing_of(2.0, 3.0)), "seed": count(1, 2),
        "threads": threads, "windows": local_options,
    }  # fmt: skip
    return Made("HalfMapOptions", {}, {**usual, **_some(draw, world, more)})


def modification_options(draw: Draw, world: World) -> Any:
    more = {
        "n_shells": n_shells, "noise_share": number(0.5, 1.0), "seed": count(1, 2),
        "threads": threads,
    }  # fmt: skip
    usual = {"d_min": d_min(draw, world)}
    return Made("ModificationOptions", {}, {**usual, **_some(draw, world, more)})


_IDENTITY = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]


@hostile(st.lists(st.lists(floats, min_size=12, max_size=12), max_size=4))
def symmetry_operators(draw: Draw, world: World) -> Any:
    """Return the identity and half a turn about an axis along z, perhaps through the middle."""
    _, ny, nx = world.shape
    x, y = float(nx - draw(st.integers(0, 1))), float(ny - draw(st.integers(0, 1)))
    return [_IDENTITY, [-1.0, 0.0, 0.0, x, 0.0, -1.0, 0.0, y, 0.0, 0.0, 1.0, 0.0]]


def map_score(draw: Draw, _: World) -> Any:
    options = Made("ScoreOptions", {"solvent_fraction": draw(st.sampled_from((None, 0.5)))})
    scored = Array("float32", (6, 6, 6), draw(st.sampled_from(("noise", "blob"))))
    return Made("score_map", {"map": scored, "options": options})


any_answer = st.one_of(
    st.none(), floats, st.just(Array("float32", (2, 2, 2))), st.just(Array("float64", (0,)))
)


def callback(*answers: Argument) -> Argument:
    """A function of the caller that gives what fits, nothing, something else, or raises."""

    def argument(draw: Draw, world: World) -> Any:
        if is_hostile(draw, world):
            return draw(
                st.one_of(
                    st.just(Callback("raise")),
                    any_answer.map(lambda value: Callback("give", value)),
                )
            )
        if not answers or draw(st.booleans()):
            return None
        return Callback("give", either(*answers)(draw, world))

    return argument


progress = callback(lambda draw, world: None)
spheres = st.sampled_from((8, 27, 27, 64, 1000))
layers = count(0, 0, 1, 2)
