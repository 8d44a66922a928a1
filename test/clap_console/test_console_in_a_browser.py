"""The page in a real browser, over a stack that is made up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="./clap setup installs it")

from served_page import ServedPage, served

from chromium import chromium
from clap_console.web.guard import Guard
from clap_core.errors import ClapError, ErrorCode

pytestmark = pytest.mark.timeout(180)
DEADLINE_MS = 30_000
SCRIPT = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
STACK = {
    "simulated": False,
    "held": SCRIPT,
    "planned_by": "",
    "wrong": {"level": "ok", "text": SCRIPT},
}
TASK = {
    "task": {
        "goal": "a", "instruction": SCRIPT, "state": "failed", "stage": "acting", "text": SCRIPT,
        "code": "GAVE_UP", "message": SCRIPT, "seconds": 1.0, "current": 0, "pose": None,
        "warning": "", "elapsed": None,
        "steps": [
            {"text": SCRIPT, "state": "failed", "note": SCRIPT, "why": SCRIPT, "attempts": 2,
             "seconds": 1.0, "elapsed": None,
             "point": {"label": SCRIPT, "xyz": [0.3, 0.0, 0.1], "confidence": 0.5}},
        ],
    },
    "past": [{"instruction": SCRIPT, "code": "X", "message": SCRIPT, "seconds": 1.0}] * 2,
}  # fmt: skip
HEALTH = [
    {"node": SCRIPT, "level": "error", "message": SCRIPT, "values": {SCRIPT: SCRIPT}},
    {"node": "policy", "level": "ok", "message": "active", "values": {"rate_hz": "9.9"},
     "cpu": 3.2, "mb": 200.4},
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as made:
        yield made


@pytest.fixture
def served_page() -> Iterator[ServedPage]:
    with served() as made:
        yield made


@pytest.fixture
def tab(browser: Any, served_page: ServedPage) -> Iterator[Any]:
    """An open page that has heard of a task and of nodes; it must not have raised anything."""
    page = served_page
    page.feed.put("task", TASK)
    page.feed.put("stack", STACK)
    page.feed.put("health", HEALTH)
    page.feed.put("cameras", ["left"])
    made = browser.new_context().new_page()
    made.set_default_timeout(DEADLINE_MS)
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    made.goto(f"http://127.0.0.1:{page.port}/")
    made.wait_for_selector("#steps li")
    yield made
    made.context.close()
    assert errors == []


def test_whatever_is_told_is_shown_as_text(tab: Any) -> None:
    tab.wait_for_selector("#health tr + tr")
    for place in ("#instruction", "#steps li", "#facts", "#wrong", "#health", "#past", "#state"):
        assert SCRIPT in tab.text_content(place), place
    assert tab.eval_on_selector_all("main script, main img[src='x']", "all => all.length") == 0
    assert tab.title() == "CLAP"
    row = tab.text_content("#health tr:nth-child(2)")
    assert "rate_hz 9.9" in row and "3 %" in row and "200 MB" in row


def test_a_real_robot_is_asked_for_twice(tab: Any, served_page: ServedPage) -> None:
    served_page.stack.is_real = True
    tab.fill("#sentence", "pick up the red mug")
    tab.press("#sentence", "Enter")
    tab.wait_for_selector("#confirm[open]")
    assert tab.text_content("#confirming") == "pick up the red mug"
    tab.click("#no")
    tab.wait_for_selector("#say:enabled")
    assert served_page.stack.said == []
    tab.click("#say")
    tab.click("#yes")
    tab.wait_for_selector("#say:enabled")
    assert tab.input_value("#sentence") == ""
    assert served_page.stack.said == ["pick up the red mug"]


def test_a_sentence_that_is_too_long_is_answered_and_kept(
    tab: Any, served_page: ServedPage
) -> None:
    tab.fill("#sentence", "x" * 10_000)
    tab.press("#sentence", "Enter")
    tab.wait_for_selector("#answer:visible")
    assert "10000 characters, more than 500" in tab.text_content("#answer")
    assert len(tab.input_value("#sentence")) == 10_000 and served_page.stack.said == []


@pytest.mark.parametrize(
    ("focus", "key", "stops"),
    [
        ("#sentence", "Space", 0),
        ("#sentence", "Escape", 1),
        ("#say", "Space", 1),
        ("#stop", "Space", 1),
        ("#doctor", "Escape", 1),
        ("body", "Space", 1),
    ],
)
def test_which_keys_stop(
    tab: Any, served_page: ServedPage, focus: str, key: str, stops: int
) -> None:
    if focus != "body":
        tab.focus(focus)
    with tab.expect_response("**/api/stop") if stops else tab.expect_event("request"):
        tab.keyboard.press(key)
        if not stops:
            tab.click("#doctor")
    assert served_page.stack.stops == stops and served_page.stack.said == []


def test_a_stop_that_cannot_arrive_is_sent_until_it_does(tab: Any, served_page: ServedPage) -> None:
    tab.context.set_offline(True)
    tab.click("#stop")
    tab.wait_for_selector("#stopping:visible")
    assert "press the user stop" in tab.text_content("#stopping")
    assert served_page.stack.stops == 0
    tab.context.set_offline(False)
    tab.wait_for_selector("#stopping", state="hidden")
    assert served_page.stack.stops == 1


def test_ten_tabs_share_a_connection_and_each_can_stop(tab: Any, served_page: ServedPage) -> None:
    """A browser has six connections to a server: news must not take those that a stop needs."""
    tabs = [tab.context.new_page() for _ in range(9)]
    for one in tabs:
        one.goto(tab.url)
        one.wait_for_selector("#steps li")
    assert served_page.feed.watchers == 1
    for number, one in enumerate([tab, *tabs], 1):
        with one.expect_response("**/api/stop"):
            one.click("#stop")
        assert served_page.stack.stops >= number


def test_a_stop_that_nobody_confirms_says_so(tab: Any, served_page: ServedPage) -> None:
    served_page.stack.refusal = ClapError(ErrorCode.TIMEOUT, "it did not confirm", "Look")
    tab.click("#stop")
    tab.wait_for_selector("#stopping:visible")
    assert "did not confirm" in tab.text_content("#stopping")
    assert "user stop" in tab.text_content("#stopping")


def test_suggestions_are_offered(tab: Any) -> None:
    tab.focus("#sentence")
    tab.wait_for_selector("#offers option", state="attached")
    assert tab.get_attribute("#offers option", "value") == "pick up the red mug"


def test_the_token_is_shown_once_and_then_hidden(browser: Any) -> None:
    with served(Guard("secret", is_local=False)) as page:
        tab = browser.new_context().new_page()
        refused = tab.goto(f"http://127.0.0.1:{page.port}/")
        assert refused.status == 401
        tab.goto(f"http://127.0.0.1:{page.port}/?token=secret")
        page.feed.put("stack", {**STACK, "wrong": {"level": "ok", "text": "all is well"}})
        tab.wait_for_selector("#wrong[data-level=ok]", timeout=DEADLINE_MS)
        assert "secret" not in tab.url
        with tab.expect_response("**/api/stop"):
            tab.click("#stop")
        assert page.stack.stops >= 1
        tab.context.close()
