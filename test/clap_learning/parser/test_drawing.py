"""Sentences that the parser learns from."""

import random
import re
from pathlib import Path

import pytest
import yaml

from clap_learning.parser.drawing import Drawn, SentenceDrawer
from clap_learning.parser.symbols import copied, may_follow, symbols_of, words_of
from clap_learning.parser.wordings import wordings

COUNT = 1500
SENTENCES = Path(__file__).parents[2] / "data/language"


@pytest.fixture(scope="module")
def drawn() -> list[Drawn]:
    drawer = SentenceDrawer(wordings(), random.Random(3))
    return [drawer.draw() for _ in range(COUNT)]


def test_the_same_choices_give_the_same_sentences(drawn: list[Drawn]) -> None:
    drawer = SentenceDrawer(wordings(), random.Random(3))
    assert [drawer.draw() for _ in range(20)] == drawn[:20]


def test_no_sentence_to_learn_from_is_one_to_be_measured_with() -> None:
    def plain(sentence: str) -> str:
        return re.sub(r"[^a-z0-9 ]", "", sentence.lower()).strip()

    measured = {
        plain(said["text"] if isinstance(said, dict) else said)
        for file in SENTENCES.rglob("*.yaml")
        for group in yaml.safe_load(file.read_text(encoding="utf-8")).get("groups", ())
        for said in group["say"]
    }
    learned = wordings()
    whole = [*learned.refused, *(each for group in learned.shared.values() for each in group.say)]

    assert len(measured) > 1000
    assert [sentence for sentence in whole if plain(sentence) in measured - {""}] == []


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
