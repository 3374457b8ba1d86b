"""A page of HTML, taken apart for tests."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

from half_map_results import make_map

from map_sharpening.report import RunFacts
from map_sharpening.report.contents import AnyResult
from map_sharpening.report.html import html_report

BEFORE = make_map(noise=1.0)


def render(result: AnyResult, *, before=BEFORE, **facts) -> str:
    """Return the page of a result, with facts of its run."""
    return html_report(
        result,
        RunFacts(version="0.1", **facts),
        before=before,
        parameters_text="resolution = 3.2  # <given>\n",
        versions={"map_sharpening": "0.1", "numpy": "2"},
    )


class Page(HTMLParser):
    """What a page's tags say: identifiers, links, text, and whether all tags close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.identifiers: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in {"meta", "br", "wbr", "input", "img"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.identifiers.append(value)
            if name in {"href", "xlink:href", "src"}:
                self.links.append(value)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        if not {"script", "style", "template"} & set(self.open):
            self.texts.append(data)


def require_nothing_from_elsewhere(text: str) -> None:
    """Fail if a page asks the network for anything."""
    assert {link[:5] for link in Page(text).links if not link.startswith("#")} == {"data:"}
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []


def require_own_script_only(text: str) -> None:
    """Fail if a page lets any script run but its only one."""
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == text.count("<script") == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', text)
    assert policy is not None
    assert policy[1] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{digest}'"
    )


def require_links_that_lead_somewhere(text: str) -> None:
    """Fail if two parts of a page have one name, or a link leads to none."""
    page = Page(text)
    assert len(page.identifiers) == len(set(page.identifiers))
    inner = {link[1:] for link in page.links if link.startswith("#")}
    inner |= set(re.findall(r"url\(#([^)]*)\)", text))
    assert inner <= set(page.identifiers)


def require_no_nan(page: Page) -> None:
    """Fail if a number is missing without a word."""
    assert not any(re.search(r"\bnan\b", text, re.IGNORECASE) for text in page.texts)
