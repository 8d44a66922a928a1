"""Who may speak to the page's server.

The page moves a robot, so that a stranger's web page in the same browser must not be able to: it
could send requests to this computer (a forged origin), or have its own name lead here (DNS
rebinding). Both show in what a browser says of a request. Over the network a token is asked for.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

LOCALHOST = "localhost"
_READING = ("GET", "HEAD")


@dataclass(frozen=True)
class Refusal:
    """Why a request is not served."""

    status: HTTPStatus
    text: str


@dataclass(frozen=True)
class Guard:
    """The rules for one server.

    Attributes:
        token: what must be shown; empty where the server is reached from this computer alone.
        is_local: whether it listens on the loopback alone.
        names: of this computer, by which browsers may call it.
    """

    token: str = ""
    is_local: bool = True
    names: frozenset[str] = field(
        default_factory=lambda: frozenset({socket.gethostname().lower(), socket.getfqdn().lower()})
    )

    def refusal(self, method: str, headers: Mapping[str, str], cookie_name: str) -> Refusal | None:
        """Why a request is not served; None if it is.

        Args:
            method: of HTTP.
            headers: with names in lower case.
            cookie_name: of the token's cookie.
        """
        return (
            self._of_host(headers.get("host", ""))
            or _of_origin(method, headers)
            or self._of_token(headers, cookie_name)
        )

    def is_token(self, offered: str) -> bool:
        """Whether this is the token; takes as long for any wrong one."""
        return bool(self.token) and hmac.compare_digest(offered.encode(), self.token.encode())

    def _of_host(self, host: str) -> Refusal | None:
        name = _host_name(host)
        if name == LOCALHOST or is_loopback(name):
            return None
        if not self.is_local and (_is_address(name) or name in self.names):
            return None
        return Refusal(
            HTTPStatus.MISDIRECTED_REQUEST,
            f"This server is not called '{name[:80]}'. Open it by the address that ./clap console "
            "has printed.",
        )

    def _of_token(self, headers: Mapping[str, str], cookie_name: str) -> Refusal | None:
        if not self.token:
            return None
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        offered = bearer if scheme.lower() == "bearer" else _cookie(headers, cookie_name)
        if self.is_token(offered):
            return None
        return Refusal(
            HTTPStatus.UNAUTHORIZED,
            "The token is missing or wrong. Open the whole address that ./clap console has "
            "printed, with its token; a new start makes a new one.",
        )


def is_loopback(host: str) -> bool:
    """Whether a host is this computer, seen from this computer alone."""
    try:
        return host == LOCALHOST or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _of_origin(method: str, headers: Mapping[str, str]) -> Refusal | None:
    """A page of somebody else must not act through a browser, nor show what is seen here."""
    origin, host = headers.get("origin"), headers.get("host", "").lower()
    own = (f"http://{host}", f"https://{host}")  # the latter behind a proxy
    if origin is not None and origin.lower() not in own:
        return Refusal(
            HTTPStatus.FORBIDDEN, f"A page of {origin[:80]} may not speak to this server."
        )
    site = headers.get("sec-fetch-site", "none")
    is_visit = method in _READING and headers.get("sec-fetch-mode") == "navigate"
    if site in ("none", "same-origin") or is_visit:
        return None
    return Refusal(HTTPStatus.FORBIDDEN, "A page of another site may not speak to this server.")


def _host_name(host: str) -> str:
    """``[::1]:8080`` is ``::1``; empty for what is no host."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _cookie(headers: Mapping[str, str], name: str) -> str:
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""
