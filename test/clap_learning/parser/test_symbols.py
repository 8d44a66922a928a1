"""Goals as symbols of the network and words of the sentence."""

import random

import pytest

from clap_learning.parser.goals import Goal
from clap_learning.parser.symbols import (
    END,
    MOST_GOALS,
    REFUSE,
    SYMBOLS,
    copied,
    may_follow,
    read,
    symbols_of,
    words_of,
)

SENTENCE = (
    "Open the top drawer, put the red mug in it; then drag the cube to the bell with a stick!"
)
GOALS = tuple(
    Goal.of(line)
    for line in (
        "open top drawer",
        "put red mug in top drawer",
        "drag cube towards bell with stick",
    )
)


def test_words() -> None:
    assert words_of("Shut the fridge's door — PLEASE, it’s t-shirt no. 3!") == (
        "shut", "the", "fridge", "'s", "door", "—", "please", ",", "it", "'s", "t-shirt", "no", ".",
        "3", "!",
    )  # fmt: skip


def test_goals_are_written_and_read() -> None:
    words = words_of(SENTENCE)
    symbols = symbols_of(GOALS, words)
    assert symbols is not None and SYMBOLS[symbols[-1]] == END
    assert read(symbols, words) == GOALS


def test_a_refusal() -> None:
    words = words_of(SENTENCE)
    symbols = symbols_of(None, words)
    assert [SYMBOLS[one] for one in symbols or ()] == [REFUSE, END]
    assert read(symbols or (), words) is None


def test_what_was_not_said_cannot_be_written() -> None:
    assert symbols_of([Goal.of("pick blue mug")], words_of("pick up the red mug")) is None


@pytest.mark.parametrize("goals", [GOALS, None])
def test_what_is_written_may_follow(goals: tuple[Goal, ...] | None) -> None:
    words = words_of(SENTENCE)
    symbols = symbols_of(goals, words)
    assert symbols is not None
    for step, symbol in enumerate(symbols):
        assert symbol in may_follow(symbols[:step], len(copied(words)))


@pytest.mark.parametrize("seed", range(200))
def test_whatever_may_follow_ends_in_goals(seed: int) -> None:
    words = words_of(SENTENCE)
    rng = random.Random(seed)
    symbols: list[int] = []
    while not symbols or SYMBOLS[symbols[-1] : symbols[-1] + 1] != (END,):
        choices = may_follow(symbols, len(copied(words)))
        # Ends soon enough to be waited for.
        choices = choices if rng.random() < 0.7 else choices[-2:]
        symbols.append(rng.choice(choices))
        assert len(symbols) < 400
    goals = read(symbols, words)
    assert goals is None or 0 < len(goals) <= MOST_GOALS
    assert symbols_of(goals, words) == symbols
