"""Starts the server, on this computer alone or, with a token, for the network."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from clap_console.page.feed import Feed
from clap_console.page.stack import Stack
from clap_console.web.app import make_app
from clap_console.web.front import TOKEN
from clap_console.web.guard import Guard, is_loopback
from clap_core.errors import ClapError, ErrorCode

END_WITHIN_S = 1
"""How long open pages may keep the server from ending, seconds."""


def guard_for(host: str) -> Guard:
    """The rules for a server that listens on an address: a token, unless it is the loopback."""
    if is_loopback(host):
        return Guard()
    return Guard(token=secrets.token_urlsafe(24), is_local=False)


def serve(stack: Stack, feed: Feed, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve until the process is asked to end.

    Args:
        stack: what the page asks and commands.
        feed: the page's news.
        host: address to listen on.
        port: 0 for any that is free.
        on_ready: called with the address to open.

    Raises:
        ClapError: INVALID_REQUEST where it cannot listen there.
    """
    guard = guard_for(host)
    with listening(host, port) as door:
        server = uvicorn.Server(config(make_app(stack, feed, guard)))
        on_ready(address(host, door.getsockname()[1], guard))
        server.run(sockets=[door])


def config(app: ASGIApp) -> uvicorn.Config:
    """How the server runs: no websockets, no log of requests (it would hold the token)."""
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=END_WITHIN_S,
    )


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        ClapError: INVALID_REQUEST, naming the address.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the page cannot be served on {host}, port {port}: {error}",
            "Name a free port with --port (0 takes any), and with --host an address of this "
            "computer",
        ) from error


def address(host: str, port: int, guard: Guard) -> str:
    """What to open in a browser."""
    name = host
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        name = socket.gethostname() if parsed.is_unspecified else host
        if parsed.version == 6 and not parsed.is_unspecified:
            name = f"[{host}]"
    query = f"?{TOKEN}={guard.token}" if guard.token else ""
    return f"http://{name}:{port}/{query}"
