"""Who is let in: each request, and each websocket, is looked at before anything else."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Names under which a browser on this machine, or at the end of a tunnel, finds it.
LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
#: Bytes of a request that brings no file.
_LARGEST_REQUEST = 1_000_000
_UPLOADS = "/_nicegui/client/"
#: Nothing is loaded from elsewhere, and the page can't be shown in a frame.
_POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'none'; "
    "base-uri 'self'; form-action 'self'; object-src 'none'"
)
#: What a page of the folder's may do: nothing but look as it was written.
FILE_POLICY = (
    "sandbox allow-downloads; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)


def report_policy() -> str:
    """Return what a report may do: as other pages of the folder's, but for one script.

    It is that of reports which this version writes, known by its hash. Whatever else a file by
    the name of a report holds is not run, and what runs has no origin: no cookie, no request.
    """
    # It loads the reports: the first page needn't wait for them.
    from map_sharpening.report.parts.page import source_of
    from map_sharpening.report.views.viewer import viewer_script

    sandboxed = FILE_POLICY.replace("sandbox", "sandbox allow-scripts", 1)
    return f"{sandboxed}; script-src {source_of(viewer_script())}"


class Guard:
    """Lets only those in who know the token, by the right name, from a page of our own.

    Parameters
    ----------
    app : ASGI application
        What is guarded, static files and websockets too.
    token : str
        In the address at the first visit, ``?token=...``; then in a cookie.
    port : int
        Names the cookie: those of all ports of a machine are one jar.
    names : collection of str
        Names of this machine that a Host header may have.
    upload_limit : int
        Bytes of a file that may be sent.
    is_encrypted : bool
        Whether browsers reach it by https.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        token: str,
        port: int,
        names: Collection[str] = LOCAL_NAMES,
        upload_limit: int,
        is_encrypted: bool = False,
    ) -> None:
        self.app = app  #: NiceGUI looks for it by this name
        self._token = token
        self._cookie = f"map_sharpening_{port}"
        self._names = frozenset(name.lower() for name in names)
        self._upload_limit = upload_limit
        self._is_encrypted = is_encrypted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        answer = self._refusal(scope)
        if answer is None:
            await self.app(scope, self._counted(scope, receive), _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await answer(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        """Return what is answered in place of the page; None: it may have it."""
        asked = HTTPConnection(scope)
        headers = asked.headers
        host = headers.get("host", "")
        if _name_in(host) not in self._names:
            return _no(HTTPStatus.MISDIRECTED_REQUEST, "This server is not known by that name.")
        origin = headers.get("origin")
        is_foreign = origin is not None and urlsplit(origin).netloc.lower() != host.lower()
        if is_foreign or headers.get("sec-fetch-site") == "cross-site":
            return _no(HTTPStatus.FORBIDDEN, "Requests of other pages are not answered.")
        if scope["type"] == "http" and self._is_right(asked.query_params.get("token", "")):
            return self._enter(asked)
        if not self._is_right(asked.cookies.get(self._cookie, "")):
            return _no(
                HTTPStatus.FORBIDDEN,
                "This address needs its token: open the whole address that "
                "`map_sharpening gui` printed, with ?token=...",
            )
        size = headers.get("content-length", "0")
        if not size.isdecimal() or int(size) > self._limit(scope):
            return _no(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The file is too large.")
        return None

    def _is_right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(errors="replace"), self._token.encode())

    def _enter(self, asked: HTTPConnection) -> Response:
        """Put the token into a cookie and take it out of the address."""
        rest = urlencode([pair for pair in asked.query_params.multi_items() if pair[0] != "token"])
        # One slash: //evil.org would be another machine.
        path = "/" + asked["path"].lstrip("/\\")
        answer = RedirectResponse(path + (f"?{rest}" if rest else ""), HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            self._cookie,
            self._token,
            httponly=True,
            samesite="strict",
            secure=self._is_encrypted,
            path="/",
        )
        answer.headers["cache-control"] = "no-store"
        return answer

    def _limit(self, scope: Scope) -> int:
        return self._upload_limit if scope["path"].startswith(_UPLOADS) else _LARGEST_REQUEST

    def _counted(self, scope: Scope, receive: Receive) -> Receive:
        """Return the request's body, which ends as if broken off where it grows too large."""
        if scope["type"] != "http":
            return receive
        limit, size = self._limit(scope), 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            return {"type": "http.disconnect"} if size > limit else message

        return counted


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            added = [pair for pair in _HEADERS if pair[0] not in present]
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return sending


def _no(status: HTTPStatus, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status, headers={"cache-control": "no-store"})


def _name_in(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
