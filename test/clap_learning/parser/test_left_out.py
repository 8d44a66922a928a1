"""What a sentence says must come back in its goals."""

import pytest

from clap_learning.parser.goals import Goal
from clap_learning.parser.left_out import left_out


@pytest.mark.parametrize(
    ("sentence", "line"),
    [
        ("could you just pop the red mug beside the plate, ta", "put red mug next_to plate"),
        ("a quick thing: get the mug that is red off the table", "pick red mug"),
        ("have a go at lifting the mug", "pick mug"),
    ],
)
def test_nothing_is_left_out(sentence: str, line: str) -> None:
    assert left_out([Goal.of(line)], sentence) == ""


@pytest.mark.parametrize(
    ("sentence", "line", "word"),
    [
        ("don't pick up the mug", "pick mug", "don't"),
        ("put the mug 30 cm from the plate", "put mug next_to plate", "30"),
        ("grab the burgundy mug", "pick mug", "burgundy"),
        ("put the mug on the very small plate", "put mug on plate", "very"),
        ("pull the drawer halfway open", "open drawer", "halfway"),
        ("put the mug upside down on the plate", "put mug on plate", "upside"),
        ("pick up the mug without its spoon", "pick mug", "without"),
        ("press the button every hour", "press button", "every"),
    ],
)
def test_what_is_left_out_is_named(sentence: str, line: str, word: str) -> None:
    assert left_out([Goal.of(line)], sentence) == word
