"""From two files to a finished run in a real browser, with all that may go away meanwhile."""

from __future__ import annotations

import json
import os
import signal

from in_chromium import MILLISECONDS, open_tab, page_of, pick, served, start
from test_maps_in_3d import drawn, hues


def record_of(folder):
    return json.loads((folder / "run.json").read_text())


def group_of(folder):
    return record_of(folder)["group"]


def wait_until(page, is_so):
    """Wait for something that the page doesn't show."""
    for _ in range(MILLISECONDS // 5):
        if is_so():
            return
        page.wait_for_timeout(5)
    raise AssertionError("it didn't happen")


def start_and_hold(page, folder):
    """Start a run and stop it where it is, so that it can't end by itself.

    It may end sooner than the page shows it, so it's stopped at its first words.
    """
    page.get_by_role("button", name="Run", exact=True).click()
    progress = folder / "run.progress"
    # The group is 0 before there is one, and 0 is the test's own for killpg.
    wait_until(
        page, lambda: progress.exists() and progress.stat().st_size > 0 and group_of(folder) > 1
    )
    os.killpg(group_of(folder), signal.SIGSTOP)
    page.locator(".run-card.running").wait_for()


# What a user does, counted by the page itself.
COUNT = """() => {
  window.counted = { clicks: 0, typed: "" };
  addEventListener("click", () => { counted.clicks += 1; }, true);
  addEventListener("input", (event) => { counted.typed += event.data ?? ""; }, true);
}"""


def test_two_clicks_and_the_resolution_lead_from_files_to_a_coloured_map(half_map_files, chromium):
    root = half_map_files[0].parent
    with served(root) as server, page_of(chromium, server) as page:
        page.evaluate(COUNT)
        pick(page)
        page.locator(".slice svg").nth(5).wait_for()
        assert "Proposed" in page.locator(".proposal").inner_text()
        page.get_by_label("Resolution in Å").press("ControlOrMeta+a")
        page.keyboard.type("4.1")
        page.locator(".command", has_text="resolution=4.1").wait_for()
        start(page)
        page.get_by_role("tab", name="Results", selected=True).wait_for()
        assert hues(drawn(page))[6:8].sum() < 0.9  # in one colour it is blue
        assert page.evaluate("counted") == {"clicks": 2, "typed": "4.1"}
        assert (root / "sharpened_1" / "results.json").is_file()
        assert "token" not in page.url
        with page.expect_download() as downloaded:
            page.get_by_role("link", name="sharpened_map.ccp4", exact=True).click()
        file = root / "sharpened_1" / "sharpened_map.ccp4"
        assert downloaded.value.path().read_bytes() == file.read_bytes()


def test_a_run_outlives_browser_and_server_and_is_cancelled_after_both(half_map_files, chromium):
    root = half_map_files[0].parent
    folder = root / "sharpened_1"
    with served(root) as server:
        with page_of(chromium, server) as page:
            pick(page)
            open_tab(page, "Parameters")
            page.get_by_role("switch", name="Local sharpening").first.click()
            page.locator(".command", has_text="local_sharpen=True").wait_for()
            start_and_hold(page, folder)
        with page_of(chromium, server) as page:  # opened again: the draft is still there
            page.locator(".command", has_text="local_sharpen=True").wait_for()
        server.kill()
    with served(root) as server, page_of(chromium, server) as page:
        open_tab(page, "Runs")
        page.locator(".run-card.running").get_by_role("button", name="Cancel").click()
        # Not before the server has heard of it: the run could end by itself.
        wait_until(page, lambda: record_of(folder)["stage"] == "cancelled")
        os.killpg(group_of(folder), signal.SIGCONT)
        page.locator(".run-card.cancelled").wait_for()
    assert not (folder / "sharpened_map.ccp4").exists()
    assert not list(folder.glob(".*"))


def test_runs_wait_for_each_other_and_a_dead_one_is_told(half_map_files, chromium):
    root = half_map_files[0].parent
    with served(root) as server, page_of(chromium, server) as page:
        pick(page)
        start_and_hold(page, root / "sharpened_1")
        open_tab(page, "Inputs")
        page.get_by_role("button", name="Run", exact=True).click()
        waiting = page.locator(".run-card.waiting")
        waiting.wait_for()
        waiting.get_by_role("button", name="Cancel").click()
        page.locator(".run-card.cancelled").wait_for()
        os.killpg(group_of(root / "sharpened_1"), signal.SIGKILL)
        dead = page.locator(".run-card.died")
        dead.wait_for()
        assert "killed" in dead.locator(".state").inner_text()
        open_tab(page, "Results")
        page.get_by_text("No results", exact=True).wait_for()


def test_two_files_that_are_dropped_together_are_there_once_each(
    half_map_files, tmp_path, chromium
):
    empty = tmp_path / "empty"
    empty.mkdir()
    with served(empty) as server, page_of(chromium, server) as page:
        page.get_by_text("This folder is empty.").wait_for()
        page.locator(".drop input[type=file]").set_input_files(list(map(str, half_map_files)))
        page.locator(".proposal", has_text="Proposed").wait_for()
        assert sorted(page.locator(".filename").all_inner_texts()) == ["half1.mrc", "half2.mrc"]
    for file in half_map_files:
        assert (empty / file.name).read_bytes() == file.read_bytes()


def test_a_page_whose_server_is_gone_says_what_to_do(half_map_files, chromium):
    with served(half_map_files[0].parent) as server:
        page = chromium.new_page()
        page.set_default_timeout(MILLISECONDS)
        received = []
        page.on(
            "websocket", lambda socket: socket.on("framereceived", lambda f: received.append(f))
        )
        page.goto(server.address)
        page.get_by_text("Choose files first.").wait_for()  # so that it was connected
        # A tunnel that hangs is noticed in a minute, though nothing ends the connection.
        greeting = json.loads(received[0].removeprefix("0"))
        assert greeting["pingInterval"] + greeting["pingTimeout"] == 60_000
        server.kill()
        page.locator("#popup", has_text="start it again and open the address").wait_for()
        page.context.close()


def test_a_wrong_file_and_a_wrong_value_are_told_where_they_stand(half_map_files, chromium):
    root = half_map_files[0].parent
    name = "<img src=x onerror=alert(1)>.mrc"
    (root / name).write_text("no map at all")
    with served(root) as server, page_of(chromium, server) as page:
        page.locator(".entry", has_text=name).click()
        page.locator(".file .problem").wait_for()
        page.get_by_role("button", name="Run", exact=True, disabled=True).wait_for()
        page.get_by_role("button", name="Leave this file out").click()
        page.locator(".file").wait_for(state="detached")
        pick(page)
        page.get_by_label("Resolution in Å").fill("three")
        page.locator(".verdict .problem", has_text="three").wait_for()
        page.get_by_role("button", name="Run", exact=True, disabled=True).wait_for()


def test_back_forward_and_a_reload_lead_where_one_was(half_map_files, chromium):
    with served(half_map_files[0].parent) as server, page_of(chromium, server) as page:

        def is_at(name):
            page.get_by_role("tab", name=name, selected=True).wait_for()

        for name in ("Parameters", "History", "Results"):
            open_tab(page, name)
        page.go_back()
        is_at("History")
        page.get_by_text("No runs in this folder yet.").wait_for()
        page.go_back()
        is_at("Parameters")
        page.go_back()
        is_at("Inputs")
        page.go_forward()
        is_at("Parameters")
        page.get_by_text("What matters first").wait_for()
        page.reload()
        is_at("Parameters")
        page.go_back()
        is_at("Inputs")


def test_a_map_that_has_gone_leaves_no_view_that_waits_for_it(half_map_files, chromium):
    root = half_map_files[0].parent
    with served(root, "half1.mrc") as server, page_of(chromium, server) as page:
        page.locator(".slice svg").nth(2).wait_for()
        (root / "half1.mrc").unlink()
        page.get_by_role("button", name="Show in 3-D").click()
        page.locator(".map-view-text", has_text="There is nothing to show.").wait_for()
        page.get_by_text("half1.mrc can't be opened: No such file or directory").first.wait_for()


def test_the_command_is_copied_and_where_that_is_forbidden_it_is_told(half_map_files, chromium):
    leave = ["clipboard-read", "clipboard-write"]
    root = half_map_files[0].parent
    with served(root) as server, page_of(chromium, server, permissions=leave) as page:
        pick(page)
        button = page.get_by_role("button", name="Copy command")
        said = page.get_by_text("Copied", exact=True)
        command = page.locator(".side .command")
        button.click()
        said.wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == command.inner_text()
        said.wait_for(state="detached")
        # As on an unencrypted page of another machine, where browsers know no clipboard.
        page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        page.get_by_label("Resolution in Å").fill("4.4")
        page.locator(".command", has_text="resolution=4.4").wait_for()
        button.click()
        said.wait_for()
        page.get_by_label("File name, from this folder").press("ControlOrMeta+v")
        pasted = page.get_by_label("File name, from this folder").input_value()
        assert pasted == command.inner_text()
        page.evaluate("document.execCommand = () => false")
        button.click()
        page.get_by_text("This browser doesn't let the page copy.").wait_for()
