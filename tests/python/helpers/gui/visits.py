"""The page as a simulated browser shows it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

from nicegui import Client, ui
from nicegui.testing.user import User
from nicegui.testing.user_simulation import user_simulation

from map_sharpening.gui.pages import show
from map_sharpening.gui.shell import Shell
from map_sharpening.gui.state import State

#: What is done on a page.
Steps = Callable[[User], Awaitable[None]]


def visit(
    state: State, steps: Steps, before: Callable[[Shell], None] = lambda shell: None
) -> Shell:
    """Open the page, change what it shows, and take steps; return the shell."""
    shells: list[Shell] = []

    def build() -> None:
        shells.append(show(state))
        before(shells[-1])

    visit_built(build, steps)
    return shells[0]


def visit_built(build: Callable[[], None], steps: Steps) -> None:
    """Open a page that is built by a function, and take steps."""
    # NiceGUI collects garbage twice a page; what is in use already needn't be searched.
    gc.collect()
    gc.freeze()

    async def visited() -> None:
        async with user_simulation(build) as user:
            await user.open("/")
            await steps(user)
            # A loop that is cancelled just when something is to be sent goes on (before Python
            # 3.12), and NiceGUI waits for it for 2 s.
            for client in Client.instances.values():
                client.outbox.stop()

    asyncio.run(visited())


def collect_all() -> None:
    """Collect garbage among what was set apart too, so that no leak stays hidden."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()  # the libraries again


def open_tab(user: User, name: str) -> None:
    """Open a screen."""
    tabs = next(iter(user.find(kind=ui.tabs).elements))
    with user:
        tabs.set_value(name)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; it fails after 5 s."""
    for _ in range(500):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never was so")
