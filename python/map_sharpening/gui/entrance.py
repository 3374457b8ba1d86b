"""The way in: a socket that listens, the address with its token, and the browser.

Done before the libraries of the page are loaded: a browser starts, and waits, meanwhile.
"""

from __future__ import annotations

import secrets
import socket
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass

from map_sharpening.errors import ParameterError
from map_sharpening.gui.options import Options, has_display, tunnel_command

_FIRST_PORT, _N_PORTS = 8765, 100


@dataclass(frozen=True)
class Entrance:
    """Where the page is, and the secret that leads there."""

    listening: socket.socket
    token: str

    @property
    def port(self) -> int:
        """The port that listens."""
        return int(self.listening.getsockname()[1])


def open_entrance(options: Options, say: Callable[[str], None]) -> Entrance:
    """Listen, say where, and open the browser where there is one.

    Raises
    ------
    ParameterError
        If the port can't be used.
    """
    entrance = Entrance(_listen(options), secrets.token_urlsafe(24))
    scheme = "http" if options.certificate is None else "https"
    name = "127.0.0.1" if options.is_local else options.host
    place = f"[{name}]" if ":" in name else name
    address = f"{scheme}://{place}:{entrance.port}/?token={entrance.token}"
    opens = options.opens_browser and has_display()
    say(f"Page         {address}")
    if not opens and options.is_local:
        say(f"Elsewhere    {tunnel_command(entrance.port)}   then open the page there")
    if opens:
        webbrowser.open_new_tab(address)
    return entrance


def _listen(options: Options) -> socket.socket:
    """Return a socket at the port that was asked for, or at one that is free."""
    ports = [options.port] if options.port else range(_FIRST_PORT, _FIRST_PORT + _N_PORTS)
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    reason = ""
    for port in ports:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((options.host, port))
            listening.listen()  # so that a browser that is early waits, and isn't refused
        except OSError as error:
            listening.close()
            reason = str(error.strerror)
            continue
        return listening
    raise ParameterError(
        f"port {ports[0]} of {options.host} can't be used: {reason}; give another one by --port"
    )
