"""A plan says what was said: no thing more, no word of a name less."""

from __future__ import annotations

import pytest

from clap_learning.planner.wording import step_text, what_was_left_out, what_was_not_said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("red mug", "Put the RED mugs away"),
        ("any gray block", "stack two gray blocks"),
        ("other gray block", "stack two gray blocks"),
        ("bottom shelf of the safe", "take it from the safe's bottom shelf"),
        ("strawberry", "the strawberries"),
        ("knife", "put the knives down"),
        ("box", "close the boxes"),
    ],
)
def test_words_that_were_said(name: str, said: str) -> None:
    assert what_was_not_said(name, said) == ""


@pytest.mark.parametrize(
    ("name", "said", "what"),
    [
        ("cup", "grasp the mug", "'cup'"),
        ("blue mug", "grasp the mug", "'blue'"),
        ("it", "grasp it", "does not name"),
        ("the other", "grasp the other", "does not name"),
        ("", "grasp the mug", "does not name"),
        ("mսg", "grasp the mug", "nobody said"),
    ],
)
def test_words_that_were_not(name: str, said: str, what: str) -> None:
    assert what in what_was_not_said(name, said)


PLAN = ["grasp", "red mug", "move", "red mug", "next_to", "plate"]


@pytest.mark.parametrize(
    "said",
    [
        "put the red mug next to the plate",
        "Please take the red mug and move it next to the plate, thanks!",
        "the red mug: could you put it next to the plate?",
        "would you put my red mug down next to the plates please",
    ],
)
def test_nothing_is_left_out(said: str) -> None:
    assert what_was_left_out(PLAN, said) == ""


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("put the small red mug next to the plate", "small"),
        ("put the red mug next to the plate, not the blue one", "not"),
        ("don't put the red mug next to the plate", "don"),
        ("slowly put the red mug next to the plate", "slowly"),
        ("put the red mug 30 cm next to the plate", "30"),
        ("put the red mug next to the plate twice", "twice"),
        ("put the red mug next to the plate and the knife into the drawer", "knife"),
        ("put the red mug left of the plate", ""),
        ("put the red mug between the plates", "between"),
    ],
)
def test_what_is_left_out_is_found(said: str, word: str) -> None:
    told = [*PLAN, "left_of"] if word == "" else PLAN
    assert what_was_left_out(told, said) == word


@pytest.mark.parametrize(
    ("slots", "text"),
    [
        (("grasp", "red mug", "handle", "", ""), "grasp the red mug by the handle"),
        (("open", "cabinet", "top drawer", "", ""), "open the top drawer of the cabinet"),
        (("move", "any block", "", "left_of", "jar"), "move any block to the left of the jar"),
        (("move", "mug", "", "in", "box"), "move the mug into the box"),
        (("move", "mug", "", "up", ""), "lift the mug"),
        (("push", "block", "", "towards", "pad"), "push the block towards the pad"),
        (("release", "", "", "", ""), "open the hand"),
    ],
)
def test_steps_read_as_the_grammars_do(slots: tuple[str, ...], text: str) -> None:
    fields = ("action", "object", "part", "relation", "reference")
    assert step_text(dict(zip(fields, slots, strict=True))) == text
