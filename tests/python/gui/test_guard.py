"""Who is let in, and who is not."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("nicegui", reason="needs the extra [gui]")

import httpx
from starlette.responses import PlainTextResponse

from map_sharpening.gui.safety import Guard

TOKEN, PORT = "a-secret", 8765
HOME = f"http://127.0.0.1:{PORT}"
COOKIE = {"cookie": f"map_sharpening_{PORT}={TOKEN}"}


async def hello(scope, receive, send):
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        await PlainTextResponse("hello")(scope, receive, send)
    else:
        await send({"type": "websocket.accept"})


def guard(**changes):
    return Guard(hello, **({"token": TOKEN, "port": PORT, "upload_limit": 5_000_000} | changes))


def ask(path="/", headers=None, *, method="GET", app=None, **given):
    async def asked():
        transport = httpx.ASGITransport(app or guard())
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            return await client.request(method, path, headers=headers, **given)

    return asyncio.run(asked())


def test_a_token_in_the_address_becomes_a_cookie_and_leaves_the_address():
    answer = ask(f"/?token={TOKEN}&run=a%20b")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?run=a+b")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"map_sharpening_{PORT}={TOKEN};")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert "Secure" in ask(f"/?token={TOKEN}", app=guard(is_encrypted=True)).headers["set-cookie"]
    assert ask("/", COOKIE).text == "hello"


@pytest.mark.parametrize("path", ["//evil.org/x", "/\\evil.org"])
def test_the_way_in_leads_to_no_other_machine(path):
    answer = ask(f"{HOME}{path}?token={TOKEN}")
    assert answer.headers["location"].startswith("/evil.org")


@pytest.mark.parametrize("path", ["/", "/files/a.mrc", "/_nicegui/static/x.js", "/?token=wrong"])
@pytest.mark.parametrize(
    "headers", [{}, {"cookie": f"map_sharpening_{PORT}=wrong"}, {"cookie": "=;\x01;a"}]
)
def test_without_the_token_nothing_is_served(path, headers):
    answer = ask(path, headers)
    assert answer.status_code == 403
    assert "hello" not in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.org:8765"}, 421),
        ({"host": "127.0.0.1.evil.org"}, 421),
        ({"host": "[::1"}, 421),
        ({"host": "localhost:9000"}, 200),  # the end of a tunnel
        ({"host": "[::1]:8765"}, 200),
        ({"origin": "http://evil.org"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": HOME}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_other_names_and_other_pages_are_refused_even_with_the_cookie(headers, status):
    assert ask("/", COOKIE | headers).status_code == status


def open_websocket(headers, app=None):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/_nicegui_ws/socket.io/",
        "query_string": b"",
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
    }
    asyncio.run((app or guard())(scope, None, send))
    return sent[0]["type"]


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({"host": "127.0.0.1:8765"} | COOKIE, "websocket.accept"),
        ({"host": "127.0.0.1:8765", "origin": HOME} | COOKIE, "websocket.accept"),
        ({"host": "127.0.0.1:8765"}, "websocket.close"),
        ({"host": "127.0.0.1:8765", "origin": "http://evil.org"} | COOKIE, "websocket.close"),
        ({"host": "evil.org", "origin": "http://evil.org"} | COOKIE, "websocket.close"),
    ],
)
def test_websockets_are_let_in_alike(headers, answer):
    assert open_websocket(headers) == answer


def test_a_body_is_taken_up_to_its_limit_only():
    upload = "/_nicegui/client/1/upload/2"
    assert ask("/", COOKIE, method="POST", content=b"x" * 1_000_001).status_code == 413
    assert ask(upload, COOKIE, method="POST", content=b"x" * 4_000_000).status_code == 200
    assert ask(upload, COOKIE, method="POST", content=b"x" * 5_000_001).status_code == 413
    assert ask(upload, COOKIE | {"content-length": "-1"}, method="POST").status_code == 413


def test_a_body_that_says_no_size_is_cut_where_it_grows_too_large():
    received = []

    async def inner(scope, receive, send):
        while True:
            message = await receive()
            received.append(message["type"])
            if not message.get("more_body"):
                break
        await PlainTextResponse("read")(scope, receive, send)

    async def chunks():
        for _ in range(100):
            yield b"x" * 100_000

    ask("/", COOKIE, method="POST", content=chunks(), app=guard_of(inner))
    assert received[-1] == "http.disconnect"
    assert len(received) <= 12


def guard_of(app):
    return Guard(app, token=TOKEN, port=PORT, upload_limit=5_000_000)


def test_every_answer_forbids_frames_and_what_comes_from_elsewhere():
    for answer in (ask("/", COOKIE), ask("/")):
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
