"""What a sentence can mean, by the network: the most probable goals that the words can write."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from clap_learning.parser.goals import Goal
from clap_learning.parser.network import PointerParser, batch_of
from clap_learning.parser.symbols import END, START, SYMBOLS, copied, may_follow, read, words_of
from clap_learning.parser.word_states import WordStates

BEAMS = 4
_START, _END = SYMBOLS.index(START), SYMBOLS.index(END)

_LEAST = math.log(0.02)
"""What is less probable than this, beside the most probable, is not followed."""
_SETTLED = math.log(0.5)
"""From here on no other reading can be more probable."""

_Writing = tuple[float, list[int]]
"""Logarithm of its probability, and its symbols."""


@dataclass(frozen=True)
class Reading:
    """One meaning.

    Attributes:
        goals: what is wanted; None that it is nothing for the arm to do.
        probability: that this is what the sentence means.
    """

    goals: tuple[Goal, ...] | None
    probability: float


@torch.no_grad()
def readings(
    network: PointerParser, states: WordStates, sentence: str, beams: int = BEAMS
) -> tuple[Reading, ...]:
    """Beam search over what may follow what.

    Args:
        network: trained.
        states: of words.
        sentence: at least one word and at most as many as the network reads.
        beams: meanings that are followed side by side.

    Returns:
        The most probable first, alone if it is more probable than all others together; none for a
        sentence that is empty or too long.
    """
    words = words_of(sentence)
    if not 0 < len(words) <= network.config.longest:
        return ()
    different = copied(words)
    place = {word: index for index, word in enumerate(different)}
    vectors = states.of([words])[0]
    places = [place[word] for word in words]
    first = batch_of([vectors], [places], [[_START]])
    memory = network.read(first.words, first.is_word)
    begun: list[_Writing] = [(0.0, [])]
    ended: list[_Writing] = []
    for _ in range(network.config.longest - 1):
        batch = batch_of(
            [vectors] * len(begun), [places] * len(begun), [[_START, *said] for _, said in begun]
        )
        logits = network.write(memory.expand(len(begun), -1, -1), batch)[:, -1]
        following: list[_Writing] = []
        for (total, said), row in zip(begun, logits.tolist(), strict=True):
            following += [
                (total + row[symbol], [*said, symbol])
                for symbol in may_follow(said, len(different))
            ]
        following.sort(key=_unlikely)
        least = following[0][0] + _LEAST
        following = [one for one in following[:beams] if one[0] > least]
        ended += [one for one in following if one[1][-1] == _END]
        begun = [one for one in following if one[1][-1] != _END]
        ended.sort(key=_unlikely)
        # What is written only becomes less probable.
        if not begun or (ended and ended[0][0] > max(begun[0][0], _SETTLED)):
            break
    found = [Reading(read(said, words), math.exp(total)) for total, said in ended[:beams]]
    return tuple(one for one in found if _makes_sense(one))


def _makes_sense(reading: Reading) -> bool:
    """Nothing is put next to itself."""
    return all(goal.thing != goal.reference for goal in reading.goals or ())


def _unlikely(writing: _Writing) -> float:
    return -writing[0]
