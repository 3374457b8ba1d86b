"""Parts of a report drawn at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

_Drawn = TypeVar("_Drawn")
_Asked = ParamSpec("_Asked")


@contextmanager
def drawn_aside(
    threads: int, draw: Callable[_Asked, _Drawn], *args: _Asked.args, **keywords: _Asked.kwargs
) -> Iterator[Callable[[], _Drawn]]:
    """Draw something in a thread of its own, and provide what waits for it and returns it.

    Most of the time goes into numbers and packing, where several threads can work at once.

    Parameters
    ----------
    threads : int
        1: it is drawn first, in this thread.
    draw : callable
        Draws it, called with what follows.
    """
    if threads == 1:
        drawn = draw(*args, **keywords)
        yield lambda: drawn
        return
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield pool.submit(draw, *args, **keywords).result
