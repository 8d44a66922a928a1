"""Sentences that the parser learns from."""

import random
import re

import pytest

from clap_learning.parser.drawing import Drawn, SentenceDrawer
from clap_learning.parser.symbols import copied, may_follow, symbols_of, words_of
from clap_learning.parser.wordings import wordings

COUNT = 1500


@pytest.fixture(scope="module")
def drawn() -> list[Drawn]:
    drawer = SentenceDrawer(wordings(), random.Random(3))
    return [drawer.draw() for _ in range(COUNT)]


def test_the_same_choices_give_the_same_sentences(drawn: list[Drawn]) -> None:
    drawer = SentenceDrawer(wordings(), random.Random(3))
    assert [drawer.draw() for _ in range(20)] == drawn[:20]


def test_no_slot_is_left(drawn: list[Drawn]) -> None:
    assert not [one.sentence for one in drawn if re.search(r"[{}]", one.sentence)]


def test_goals_name_what_is_said(drawn: list[Drawn]) -> None:
    """But for a few plurals: "the red and the blue buttons"."""
    unsaid = [one for one in drawn if symbols_of(one.goals, words_of(one.sentence)) is None]
    assert len(unsaid) < 0.01 * COUNT


def test_the_network_may_write_what_it_learns(drawn: list[Drawn]) -> None:
    for one in drawn:
        words = words_of(one.sentence)
        symbols = symbols_of(one.goals, words)
        for step, symbol in enumerate(symbols or []):
            assert symbol in may_follow((symbols or [])[:step], len(copied(words))), one


def test_every_kind_of_goal_and_refusals_occur(drawn: list[Drawn]) -> None:
    kinds = {goal.kind for one in drawn for goal in one.goals or ()}
    assert kinds == {
        "pick", "put", "press", "open", "close", "push", "drag", "screw", "release"
    }  # fmt: skip
    refused = sum(one.goals is None for one in drawn)
    assert 0.08 < refused / COUNT < 0.2
    assert any(len(one.goals or ()) > 2 for one in drawn)


def test_an_order_may_say_it_of_what_was_named_before(drawn: list[Drawn]) -> None:
    again = [
        one
        for one in drawn
        if re.search(r"\bit\b", one.sentence)
        and len(one.goals or ()) == 2
        and len({goal.thing for goal in one.goals or ()}) == 1
    ]
    assert again
