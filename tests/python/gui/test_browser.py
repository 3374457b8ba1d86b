"""From two files to a finished run in a real browser, with all that may go away meanwhile."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager, suppress
from urllib.error import HTTPError

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")
sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS = 300

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, which is not installed"),
]


class Server:
    """The program, as a user starts it."""

    def __init__(self, root):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "map_sharpening", "gui", "--no-browser"],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.address = self.process.stdout.readline().split()[1]
        self.home = self.address.partition("/?")[0]

    def kill(self):
        self.process.kill()
        self.process.communicate()


@contextmanager
def served(root):
    server = Server(root)
    try:
        yield server
    finally:
        with suppress(ProcessLookupError):
            server.process.send_signal(signal.SIGTERM)
        server.process.communicate(timeout=60)


@pytest.fixture(scope="module")
def chromium():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def page_of(chromium, server, **looks):
    """Open the page; nothing outside may be asked for, and nothing complain."""
    wrong = []
    context = chromium.new_context(**looks)
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    page.on(
        "request", lambda asked: wrong.append(asked.url) if is_outside(asked, server) else None
    )
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(server.address)
    yield page
    context.close()
    assert wrong == []


def is_outside(asked, server):
    return not asked.url.startswith(
        (server.home, server.home.replace("http", "ws"), "data:", "blob:")
    )


def pick(page, name="half1.mrc"):
    page.locator(".entry", has_text=name).click()
    page.locator(".plan").wait_for()


def start(page):
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator(".run-card.running").first.wait_for()


def test_two_clicks_lead_from_files_to_a_result(half_map_files, chromium):
    root = half_map_files[0].parent
    with served(root) as server, page_of(chromium, server) as page:
        pick(page)
        page.locator(".slice svg").nth(5).wait_for()
        assert "Proposed" in page.locator(".proposal").inner_text()
        start(page)
        page.get_by_role("tab", name="Results", selected=True).wait_for()
        assert (root / "sharpened_1" / "results.json").is_file()
        assert "token" not in page.url


def test_a_run_outlives_browser_and_server_and_is_cancelled_after_both(half_map_files, chromium):
    root = half_map_files[0].parent
    with served(root) as server:
        with page_of(chromium, server) as page:
            pick(page)
            # Long enough for all that follows.
            page.get_by_role("tab", name="Parameters").click()
            page.get_by_role("switch", name="Local sharpening").first.click()
            page.locator(".command", has_text="local_sharpen=True").wait_for()
            start(page)
        with page_of(chromium, server) as page:  # opened again: the draft is still there
            page.locator(".command", has_text="local_sharpen=True").wait_for()
        server.kill()
    folder = root / "sharpened_1"
    with served(root) as server, page_of(chromium, server) as page:
        page.get_by_role("tab", name="Runs").click()
        card = page.locator(".run-card")
        card.wait_for()
        cancel = card.get_by_role("button", name="Cancel")
        if cancel.count():
            cancel.click()
        page.locator(".run-card.cancelled, .run-card.done").wait_for()
    if "cancelled" in (folder / "run.json").read_text():
        assert not (folder / "sharpened_map.ccp4").exists()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_its_width_and_the_scheme(half_map_files, chromium, width, scheme):
    size = {"width": width, "height": 844}
    with (
        served(half_map_files[0].parent) as server,
        page_of(chromium, server, viewport=size, color_scheme=scheme) as page,
    ):
        pick(page)
        for name in ("Inputs", "Parameters", "Runs", "History"):
            page.get_by_role("tab", name=name).click()
            page.get_by_role("tab", name=name, selected=True).wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        is_dark = sum(int(part) for part in paper.strip("rgb()").split(",")) < 200
        assert is_dark is (scheme == "dark")


def test_files_are_served_to_who_has_the_token_only(half_map_files, tmp_path):
    root = half_map_files[0].parent
    (tmp_path / "secret.mrc").write_text("secret")
    (root / "leak.mrc").symlink_to(tmp_path / "secret.mrc")
    with served(root) as server:
        token = server.address.partition("token=")[2]
        port = server.home.rpartition(":")[2]
        cookie = {"Cookie": f"map_sharpening_{port}={token}"}

        def status(path, headers):
            asked = urllib.request.Request(server.home + path, headers=headers)
            try:
                with urllib.request.urlopen(asked) as answer:
                    return answer.status
            except HTTPError as error:
                return error.code

        assert status("/files/half1.mrc", cookie) == 200
        assert status("/files/half1.mrc", {}) == 403
        for path in ("leak.mrc", "../secret.mrc", "%2e%2e/secret.mrc", "%2Fetc%2Fpasswd", "no"):
            assert status(f"/files/{path}", cookie) == 404, path
        for path in ("/", "/_nicegui/3.18.0/static/nicegui.js", "/openapi.json"):
            assert status(path, {}) == 403, path
        assert status("/_nicegui_ws/socket.io/?EIO=4&transport=polling", {}) == 403
