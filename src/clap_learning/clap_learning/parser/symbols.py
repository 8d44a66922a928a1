"""Goals as the network writes them: symbols of its own, and words copied from the sentence.

A symbol below `len(SYMBOLS)` is one of `SYMBOLS`; from there on it is a word of the sentence, in
the order in which the words first occur. So nothing can be named that was not said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from clap_core.task_types import Relation
from clap_learning.parser.goals import KINDS, PLACES, WHERE, WITH_TOOL, Goal

START, END, NEXT, REFUSE, WITH = "<start>", "<end>", ";", "<refuse>", "with"
_RELATIONS = (*PLACES, Relation.TOWARDS)
SYMBOLS: tuple[str, ...] = (
    START,
    END,
    NEXT,
    REFUSE,
    WITH,
    *KINDS,
    *(relation.value for relation in _RELATIONS),
)
_INDEX = {symbol: index for index, symbol in enumerate(SYMBOLS)}
LONGEST_NAME = 10
"""Words of a name."""
MOST_GOALS = 8

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")


def words_of(sentence: str) -> tuple[str, ...]:
    """Words and punctuation of a sentence, in lower case, compatibility forms resolved."""
    text = unicodedata.normalize("NFKC", sentence).casefold().replace("’", "'")
    found = []
    for word in _WORD.findall(text):
        stem, mark, rest = word.partition("'")
        # "the fridge's door": the name is "fridge".
        found += [stem, mark + rest] if mark and rest in ("s", "") else [word]
    return tuple(word for word in found if word)


def copied(words: Sequence[str]) -> tuple[str, ...]:
    """The different words, in the order of `words`: what symbols from `len(SYMBOLS)` on mean."""
    return tuple(dict.fromkeys(words))


def symbols_of(goals: Iterable[Goal] | None, words: Sequence[str]) -> list[int] | None:
    """The symbols of goals, the end included; of None, those of a refusal.

    Returns:
        None if a goal names what is not among the words, or says a word twice in a name.
    """
    if goals is None:
        return [_INDEX[REFUSE], _INDEX[END]]
    place = {word: len(SYMBOLS) + index for index, word in enumerate(copied(words))}
    symbols: list[int] = []
    for goal in goals:
        if symbols:
            symbols.append(_INDEX[NEXT])
        symbols.append(_INDEX[goal.kind])
        parts = [goal.thing]
        if goal.reference:
            parts += [goal.relation.value, goal.reference]
        if goal.tool:
            parts += [WITH, goal.tool]
        for number, part in enumerate(parts):
            if number % 2:
                symbols.append(_INDEX[part])
                continue
            name = words_of(part)
            if len(set(name)) < len(name):
                return None
            for word in name:
                if word not in place:
                    return None
                symbols.append(place[word])
    return [*symbols, _INDEX[END]]


def read(symbols: Sequence[int], words: Sequence[str]) -> tuple[Goal, ...] | None:
    """The goals that symbols write; None for a refusal.

    Raises:
        ValueError: they are no goals.
    """
    names = [*SYMBOLS, *copied(words)]
    said = [names[symbol] for symbol in symbols if symbol != _INDEX[END]]
    if said == [REFUSE]:
        return None
    goals: list[Goal] = []
    line: list[tuple[bool, str]] = []
    for symbol, text in zip([*symbols[: len(said)], _INDEX[NEXT]], [*said, NEXT], strict=True):
        if symbol == _INDEX[NEXT]:
            goals.append(_goal(line))
            line = []
        else:
            line.append((symbol < len(SYMBOLS), text))
    return tuple(goals)


def may_follow(symbols: Sequence[int], count: int) -> list[int]:
    """What may be written next.

    Args:
        symbols: written so far.
        count: of different words in the sentence.
    """
    words = list(range(len(SYMBOLS), len(SYMBOLS) + count))
    if not symbols:
        return [_INDEX[kind] for kind in KINDS] + [_INDEX[REFUSE]]
    last = symbols[-1]
    if last == _INDEX[REFUSE]:
        return [_INDEX[END]]
    if last == _INDEX[NEXT]:
        return [_INDEX[kind] for kind in KINDS]
    if last < len(SYMBOLS):
        return words
    begin = max(
        (i for i, one in enumerate(symbols) if SYMBOLS[one : one + 1] == (NEXT,)), default=-1
    )
    goal = symbols[begin + 1 :]
    kind = SYMBOLS[goal[0]]
    own = [one for one in goal[1:] if one < len(SYMBOLS)]
    name = len(goal) - 1 - max(i for i, one in enumerate(goal) if one < len(SYMBOLS))
    more = [word for word in words if word not in goal[-name:]] if name < LONGEST_NAME else []
    if not own and kind in WHERE:
        return more + [_INDEX[relation.value] for relation in WHERE[kind]]
    if kind == WITH_TOOL and len(own) == 1:
        return [*more, _INDEX[WITH]]
    several = sum(one == _INDEX[NEXT] for one in symbols) + 1
    return more + [_INDEX[END]] + ([_INDEX[NEXT]] if several < MOST_GOALS else [])


def _goal(line: Sequence[tuple[bool, str]]) -> Goal:
    parts: list[list[str]] = [[]]
    own: list[str] = []
    for is_own, text in line:
        if is_own:
            own.append(text)
            parts.append([])
        else:
            parts[-1].append(text)
    if not own or own[0] not in KINDS or parts[0]:
        raise ValueError("a goal begins with what is to be done")
    names = [" ".join(part) for part in parts[1:]] + ["", ""]
    relation = Relation(own[1]) if len(own) > 1 else Relation.NONE
    return Goal(own[0], names[0], relation, names[1], names[2])
