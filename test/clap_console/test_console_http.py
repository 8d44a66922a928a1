"""The page's server over real sockets: what it takes, what it refuses, and in which words."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

pytest.importorskip("uvicorn", reason="./clap setup installs it")

from served_page import DEADLINE_S, ServedPage, served

from clap_console.web.guard import Guard
from clap_console.web.server import listening
from clap_core.errors import ClapError, ErrorCode

pytestmark = pytest.mark.timeout(60)
SCRIPT = "<script>document.title='run'</script><img src=x onerror=alert(1)>"


@pytest.fixture
def page() -> Iterator[ServedPage]:
    with served() as made:
        yield made


def test_a_sentence_is_said(page: ServedPage) -> None:
    reply = page.say("  pick up the red mug ")
    assert (reply.status, reply.json) == (202, {"goal": "abc"})
    assert page.stack.said == ["pick up the red mug"]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [("x" * 10_000, "10000 characters"), ("x" * 50_000, "16384 bytes"), ("", "no sentence")],
)
def test_a_sentence_that_cannot_be_is_refused_in_words(
    page: ServedPage, sentence: str, words: str
) -> None:
    reply = page.say(sentence)
    assert reply.status == 422 and words in reply.json["message"]
    assert page.stack.said == []


@pytest.mark.parametrize("body", ["", "{", "[1]", '"pick up"', "[" * 5000, b"\xff\xfe"])
def test_a_request_that_is_no_json_object_is_refused(page: ServedPage, body: str | bytes) -> None:
    reply = page.ask("POST", "/api/say", body)
    assert reply.status == 422 and "JSON object" in reply.json["message"]


def test_a_script_is_passed_on_as_text_and_no_page_may_run_one(page: ServedPage) -> None:
    assert page.say(SCRIPT).status == 202
    assert page.stack.said == [SCRIPT]
    page.feed.put("task", {"text": SCRIPT})
    assert next(page.news()) == ("task", {"text": SCRIPT})
    for path in ("/", "/console.js", "/api/suggestions"):
        policy = page.ask("GET", path).headers["content-security-policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy


def test_the_pages_own_code_never_writes_html(page: ServedPage) -> None:
    for name in ("console", "task", "health", "cameras", "commands", "scene", "news", "worker"):
        code = page.ask("GET", f"/{name}.js")
        assert code.status == 200 and code.headers["content-type"].startswith("text/javascript")
        for way in (b"innerHTML", b"outerHTML", b"insertAdjacent", b"document.write", b"eval("):
            assert way not in code.body


def test_a_real_robot_moves_only_after_a_confirmation(page: ServedPage) -> None:
    page.stack.is_real = True
    reply = page.say("pick up the red mug")
    assert reply.status == 409 and reply.json["confirm"] is True
    for not_quite in ("true", 1, None):
        assert page.say("pick up the red mug", confirmed=not_quite).status == 409
    assert page.stack.said == []
    assert page.say("pick up the red mug", confirmed=True).status == 202
    assert page.stack.said == ["pick up the red mug"]


def test_a_stop_needs_no_body_and_no_confirmation(page: ServedPage) -> None:
    page.stack.is_real = True
    for body in (None, "", "{not json", "x" * 100_000):
        reply = page.ask("POST", "/api/stop", body)
        assert reply.status == 200 and reply.json["stopped"][0]["code"] == "CANCELED"
    assert page.stack.stops == 4


def test_a_stop_does_not_wait_for_what_is_slow(page: ServedPage) -> None:
    page.stack.is_slow = True
    waiting = [
        threading.Thread(target=page.ask, args=("GET", path))
        for path in ["/api/camera/front", "/api/suggestions"] * 20
    ]
    for thread in waiting:
        thread.start()
    assert page.ask("POST", "/api/stop").status == 200
    assert any(thread.is_alive() for thread in waiting)
    page.stack.let_go.set()
    for thread in waiting:
        thread.join(DEADLINE_S)


@pytest.mark.parametrize(
    ("code", "status"),
    [(ErrorCode.NODE_UNAVAILABLE, 503), (ErrorCode.BUSY, 409), (ErrorCode.TIMEOUT, 504)],
)
def test_what_the_stack_refuses_comes_with_its_cure(
    page: ServedPage, code: ErrorCode, status: int
) -> None:
    page.stack.refusal = ClapError(code, "no stack is running", "Start one")
    for reply in (page.say("pick up the red mug"), page.ask("POST", "/api/stop")):
        assert reply.status == status
        assert reply.json == {"code": code.name, "message": "no stack is running. Start one."}


def test_a_command_by_a_link_or_a_forged_form_does_nothing(page: ServedPage) -> None:
    assert page.ask("GET", "/api/stop").status == 405
    assert page.ask("GET", "/api/say?instruction=x").status == 405
    body = '{"instruction": "pick up the red mug"}'
    assert page.ask("POST", "/api/say", body, Origin="http://evil.example").status == 403
    assert page.ask("POST", "/api/say", body, Host="evil.example").status == 421
    assert page.ask("GET", "/", Host="evil.example").status == 421
    assert page.stack.said == [] and page.stack.stops == 0


def test_a_picture_is_sent_once_and_says_where_the_keypoint_is(page: ServedPage) -> None:
    reply = page.ask("GET", "/api/camera/front")
    assert (reply.status, reply.body) == (200, b"\xff\xd8")
    assert (reply.headers["x-mark"], reply.headers["x-size"]) == ("1.2,2.0", "64,48")
    again = page.ask("GET", f"/api/camera/front?have={reply.headers['x-stamp']}")
    assert (again.status, again.body) == (204, b"")
    assert page.ask("GET", "/api/camera/left").status == 204
    assert page.ask("GET", "/api/camera/..%2f..%2fetc").status == 404
    cloud = page.ask("GET", "/api/cloud")
    assert (cloud.headers["x-points"], len(cloud.body)) == ("1", 15)


def test_ten_pages_hear_the_same_and_are_forgotten_when_they_close(page: ServedPage) -> None:
    page.feed.put("task", {"n": 0})
    pages = [page.news() for _ in range(10)]
    assert [next(one) for one in pages] == [("task", {"n": 0})] * 10
    assert page.feed.watchers == 10
    page.feed.put("task", {"n": 1})
    assert [next(one) for one in pages] == [("task", {"n": 1})] * 10
    for one in pages:
        one.close()  # type: ignore[attr-defined]
    deadline = threading.Event()
    for _ in range(int(DEADLINE_S / 0.1)):
        if page.feed.watchers == 0:
            break
        deadline.wait(0.1)
    assert page.feed.watchers == 0
    assert page.stack.stops == 0, "closing a page stops nothing"


def test_over_the_network_nothing_is_told_or_done_without_the_token() -> None:
    with served(Guard("secret", is_local=False)) as page:
        for method, path in (
            ("GET", "/"), ("GET", "/console.js"), ("GET", "/api/events"), ("GET", "/api/cloud"),
            ("POST", "/api/say"), ("POST", "/api/stop"), ("GET", "/?token=wrong"),
        ):  # fmt: skip
            reply = page.ask(method, path, '{"instruction": "x"}' if method == "POST" else None)
            assert reply.status == 401 and b"token" in reply.body, path
        assert page.stack.said == [] and page.stack.stops == 0
        entry = page.ask("GET", "/?token=secret")
        assert (entry.status, entry.headers["location"]) == (303, "/")
        cookie = entry.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie
        told = cookie.partition(";")[0]
        assert page.ask("GET", "/", Cookie=told).status == 200
        assert page.ask("POST", "/api/stop", Cookie=told).status == 200
        assert page.ask("POST", "/api/stop", Authorization="Bearer secret").status == 200
        forged = page.ask("POST", "/api/stop", Cookie=told, Origin="http://evil.example")
        assert forged.status == 403 and page.stack.stops == 2


def test_a_port_that_is_taken_is_named_with_the_cure(page: ServedPage) -> None:
    with pytest.raises(ClapError, match=f"port {page.port}.*--port"):
        listening("127.0.0.1", page.port)
    with pytest.raises(ClapError, match=r"port 99999.*--port"):
        listening("127.0.0.1", 99999)
