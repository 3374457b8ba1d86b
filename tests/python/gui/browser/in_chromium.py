"""The program as a user starts it, and its page in Chromium."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
#: Drawn by the processor, alike on each machine; nothing of its own is asked for.
ARGUMENTS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Where the page shows the run that is planned, and the maps of one that was done.
PANEL_OF_RUN, PANEL_OF_MAPS = ".panel.side", ".panel:has(.map-view)"
MILLISECONDS = 300_000  #: that a step may take at most; the machine may be busy


class Server:
    """``map_sharpening gui`` in a folder."""

    def __init__(self, root: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "map_sharpening", "gui", "--no-browser", *words],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Page "):
                break
        else:
            raise AssertionError(self.process.communicate())
        self.address = self.said[-1].split()[1]
        self.home = self.address.partition("/?")[0]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def served(root: Path, *words: str) -> Iterator[Server]:
    server = Server(root, *words)
    try:
        yield server
    finally:
        with suppress(ProcessLookupError):
            server.process.send_signal(signal.SIGTERM)
        server.process.communicate(timeout=60)


@contextmanager
def page_of(chromium: Any, server: Server, **looks: Any) -> Iterator[Any]:
    """Open the page; nothing outside may be asked for, and nothing complain."""
    wrong = []
    context = chromium.new_context(**looks)
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    page.on(
        "request", lambda asked: wrong.append(asked.url) if _is_outside(asked, server) else None
    )
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(server.address)
    yield page
    keep_picture(page)
    context.close()
    assert wrong == []


def _is_outside(asked: Any, server: Server) -> bool:
    own = (server.home, server.home.replace("http", "ws"), "data:", "blob:")
    return not asked.url.startswith(own)


def keep_picture(page: Any, name: str = "") -> None:
    """Keep a picture of the page to look at, where MAP_SHARPENING_PICTURES names a folder."""
    folder = os.environ.get("MAP_SHARPENING_PICTURES")
    if folder:
        test = os.environ["PYTEST_CURRENT_TEST"].rpartition("::")[2].partition(" ")[0]
        page.screenshot(path=Path(folder) / f"{test}{name and '-'}{name}.png", full_page=True)


def open_tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()
    page.get_by_role("tab", name=name, selected=True).wait_for()


def pick(page: Any, name: str = "half1.mrc") -> None:
    page.locator(".entry", has_text=name).click()
    page.locator(".plan", has_text="Grid").wait_for()  # the resolution has been found


def words_of(page: Any, panel: str) -> list[str]:
    """Return the lines that a panel shows, but for those with figures."""
    lines = page.locator(panel).first.inner_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not re.search(r"\d", line)]


def start(page: Any) -> None:
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator(".run-card.running, .run-card.waiting").first.wait_for()
