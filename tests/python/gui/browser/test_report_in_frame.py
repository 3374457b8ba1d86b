"""The report in the page of results: its viewer works, and nothing else in it does."""

from __future__ import annotations

import pytest
from finished_runs import finished_run
from in_chromium import keep_picture, open_tab, page_of, served


def picture(report):
    return report.locator("#viewer canvas").evaluate("it => it.toDataURL()")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_viewer_of_the_report_works_in_its_frame(finished, chromium, scheme):
    with page_of(chromium, finished, color_scheme=scheme) as page:
        open_tab(page, "Results")
        page.get_by_text("Report", exact=True).click()
        report = page.frame_locator("iframe.report")
        report.locator('#viewer[data-state="ready"]').wait_for()
        # Browsers draw no frames of a page that is out of sight.
        page.locator("iframe.report").evaluate("it => it.scrollIntoView()")
        slider = report.get_by_label("Section along z")
        slider.scroll_into_view_if_needed()
        first = picture(report)
        slider.focus()
        page.keyboard.press("ArrowRight")
        second = picture(report)
        assert second != first
        report.get_by_role("button", name="Swap").click()
        assert picture(report) not in (first, second)
        report.locator("#viewer canvas").hover(position={"x": 40, "y": 40})
        one = report.locator("#viewer dl").inner_text()
        report.locator("#viewer canvas").hover(position={"x": 90, "y": 60})
        assert report.locator("#viewer dl").inner_text() != one
        keep_picture(page, scheme)


HOSTILE = """<!DOCTYPE html><title>report</title><p>before</p>
<script>document.title = "run"; document.querySelector("p").textContent = "run";</script>
<p id="last" onclick="this.textContent = 'run'">last</p>"""


@pytest.mark.parametrize("is_framed", [True, False])
def test_a_report_that_was_tampered_with_runs_nothing(tmp_path, chromium, is_framed):
    finished_run(tmp_path, "one", files={"report.html": HOSTILE})
    with served(tmp_path) as server:
        context = chromium.new_context()
        page = context.new_page()
        said = []
        page.on("console", lambda each: said.append(each.text))
        page.goto(server.address)
        if is_framed:
            open_tab(page, "Results")
            page.get_by_text("Report", exact=True).click()
            report = page.frame_locator("iframe.report")
        else:
            page.goto(f"{server.home}/files/one/report.html")
            report = page
        report.locator("#last").click()
        assert report.locator("p").all_inner_texts() == ["before", "last"]
        assert any("Content Security Policy" in text for text in said)
        context.close()


def test_a_report_of_its_own_page_has_its_viewer_too(finished, chromium):
    with page_of(chromium, finished) as page:
        open_tab(page, "Results")
        address = page.get_by_role("link", name="report.html", exact=True).get_attribute("href")
        page.goto(f"{finished.home}{address}")
        page.locator('#viewer[data-state="ready"]').wait_for()
