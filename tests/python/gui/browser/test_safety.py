"""The server as a whole, from outside: who gets what, and by https."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import urllib.request
from urllib.error import HTTPError, URLError

import pytest
from in_chromium import open_tab, page_of, served

pytest.importorskip("nicegui", reason="needs the extra [gui]")


class Asked:
    """What a server answers to somebody with headers of their own."""

    def __init__(self, server, context=None):
        token = server.address.partition("token=")[2]
        port = server.home.rpartition(":")[2]
        self.cookie = {"Cookie": f"map_sharpening_{port}={token}"}
        self.server, self.context = server, context

    def status(self, path, headers):
        asked = urllib.request.Request(self.server.home + path, headers=headers)
        try:
            with urllib.request.urlopen(asked, context=self.context) as answer:
                return answer.status
        except HTTPError as error:
            return error.code


def test_files_are_served_to_who_has_the_token_only(half_map_files, tmp_path):
    root = half_map_files[0].parent
    (tmp_path / "secret.mrc").write_text("secret")
    (root / "leak.mrc").symlink_to(tmp_path / "secret.mrc")
    with served(root) as server:
        asked = Asked(server)
        assert asked.status("/files/half1.mrc", asked.cookie) == 200
        assert asked.status("/files/half1.mrc", {}) == 403
        for path in ("leak.mrc", "../secret.mrc", "%2e%2e/secret.mrc", "%2Fetc%2Fpasswd", "no"):
            assert asked.status(f"/files/{path}", asked.cookie) == 404, path
        for run in ("..", "%2Fetc", "leak.mrc", "no", "%00"):
            for kind in ("map?what=sharpened&", "model?", "deposition?"):
                assert asked.status(f"/results/{kind}run={run}", asked.cookie) == 404, (kind, run)
        for name in ("..%2F..%2Fstate.py", "viewer.js%00", "%2Fetc%2Fpasswd"):
            assert asked.status(f"/results/static/{name}", asked.cookie) == 404, name
        for path in ("/", "/_nicegui/3.18.0/static/nicegui.js", "/openapi.json"):
            assert asked.status(path, {}) == 403, path
        socket = "/_nicegui_ws/socket.io/?EIO=4&transport=polling"
        assert asked.status(socket, {}) == 403
        assert asked.status(socket, asked.cookie) == 200
        assert asked.status(socket, {**asked.cookie, "Origin": "http://evil.org"}) == 403
        assert server.process.stdout.readline().startswith("Elsewhere    ssh -N -L")


def certified(folder):
    """Return a certificate of this machine's own, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl, which is not installed")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return cert, key


def test_by_https_the_page_works_and_plain_http_gets_nothing(half_map_files, tmp_path, chromium):
    cert, key = certified(tmp_path)
    words = ["--host", "127.0.0.1", "--tls-cert", str(cert), "--tls-key", str(key)]
    with served(half_map_files[0].parent, *words) as server:
        assert server.home.startswith("https://")
        asked = Asked(server, ssl.create_default_context(cafile=str(cert)))
        assert asked.status("/files/half1.mrc", asked.cookie) == 200
        assert asked.status("/files/half1.mrc", {}) == 403
        with pytest.raises((URLError, ConnectionError)):
            urllib.request.urlopen(server.home.replace("https", "http"))
        with page_of(chromium, server, ignore_https_errors=True) as page:
            open_tab(page, "History")
            (cookie,) = page.context.cookies()
            assert cookie["secure"]
            assert cookie["httpOnly"]
