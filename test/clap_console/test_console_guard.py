"""Who may speak to the page's server: hosts, origins, tokens."""

from __future__ import annotations

from http import HTTPStatus

import pytest

pytest.importorskip("starlette", reason="./clap setup installs it")

from clap_console.web.guard import Guard
from clap_console.web.server import address, guard_for

LOCAL = Guard()
OPEN = Guard("secret", is_local=False, names=frozenset({"lab-pc", "lab-pc.example.org"}))


def status(guard: Guard, method: str = "GET", **headers: str) -> HTTPStatus | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    refused = guard.refusal(method, named, "tokens")
    return None if refused is None else refused.status


@pytest.mark.parametrize("host", ["127.0.0.1:8470", "localhost:9000", "[::1]:8470", "127.0.0.1"])
def test_this_computers_own_pages_are_served(host: str) -> None:
    assert status(LOCAL, host=host) is None
    assert status(LOCAL, "POST", host=host, origin=f"http://{host}") is None


@pytest.mark.parametrize(
    "host", ["evil.example:8470", "10.0.0.7:8470", "localhost.evil.example", "", "[::1", "a b"]
)
def test_a_foreign_name_that_leads_here_is_refused(host: str) -> None:
    """DNS rebinding: the browser believes to speak to evil.example."""
    assert status(LOCAL, host=host) is HTTPStatus.MISDIRECTED_REQUEST
    assert status(LOCAL, "POST", host=host, origin=f"http://{host}") is not None


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://[::1", "", "x"]
)
def test_a_forged_origin_commands_nothing_and_reads_nothing(origin: str) -> None:
    for method in ("POST", "GET"):
        refused = status(LOCAL, method, host="127.0.0.1:8470", origin=origin)
        assert refused is HTTPStatus.FORBIDDEN


def test_a_page_of_another_site_may_link_here_and_no_more() -> None:
    own = {"host": "127.0.0.1:8470", "sec_fetch_site": "cross-site"}
    assert status(LOCAL, "GET", **own, sec_fetch_mode="navigate") is None
    assert status(LOCAL, "POST", **own, sec_fetch_mode="navigate") is HTTPStatus.FORBIDDEN
    assert status(LOCAL, "GET", **own, sec_fetch_mode="no-cors") is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("host", ["10.0.0.7:8470", "lab-pc:8470", "LAB-PC.example.org:8470"])
def test_over_the_network_a_token_is_asked_for(host: str) -> None:
    assert status(OPEN, host=host) is HTTPStatus.UNAUTHORIZED
    for wrong in ("", "Secret", "secret ", "sécret"):
        assert status(OPEN, host=host, authorization=f"Bearer x{wrong}") is not None
        assert status(OPEN, host=host, cookie=f"tokens=x{wrong}") is not None
    assert status(OPEN, host=host, authorization="Bearer secret") is None
    assert status(OPEN, host=host, cookie="other=1; tokens=secret") is None


def test_over_the_network_names_of_others_are_refused_with_the_token_too() -> None:
    refused = status(OPEN, host="evil.example", cookie="tokens=secret")
    assert refused is HTTPStatus.MISDIRECTED_REQUEST


def test_only_the_loopback_goes_without_a_token_and_each_start_has_another() -> None:
    for host in ("127.0.0.1", "localhost", "::1", "127.1.2.3"):
        assert guard_for(host) == Guard()
    for host in ("0.0.0.0", "::", "10.0.0.7", "lab-pc"):
        guard = guard_for(host)
        assert len(guard.token) >= 32 and not guard.is_local
        assert guard.token != guard_for(host).token
        assert guard.token in address(host, 1, guard)
    assert address("127.0.0.1", 8470, LOCAL) == "http://127.0.0.1:8470/"
    assert address("::1", 8470, LOCAL) == "http://[::1]:8470/"
