"""What a sentence can mean, by the network: the most probable goals that the words can write."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clap_learning.parser.goals import Goal
from clap_learning.parser.inference import ParserInference, Written
from clap_learning.parser.symbols import END, START, SYMBOLS, copied, may_follow, read, words_of
from clap_learning.parser.word_states import WordStates

BEAMS = 4
_START, _END = SYMBOLS.index(START), SYMBOLS.index(END)

_LEAST = math.log(0.02)
"""What is less probable than this, beside the most probable, is not followed."""
_SETTLED = math.log(0.5)
"""From here on no other reading can be more probable."""

_Writing = tuple[float, list[int], int]
"""Logarithm of its probability, its symbols, and which of the readings before goes on so."""


@dataclass(frozen=True)
class Reading:
    """One meaning.

    Attributes:
        goals: what is wanted; None that it is nothing for the arm to do.
        probability: that this is what the sentence means.
    """

    goals: tuple[Goal, ...] | None
    probability: float


def readings(
    network: ParserInference, states: WordStates, sentence: str, beams: int = BEAMS
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
    sentence_read = network.read(states.of([words])[0], [place[word] for word in words])
    begun: list[_Writing] = [(0.0, [_START], 0)]
    ended: list[_Writing] = []
    written: Written | None = None
    for step in range(network.config.longest - 1):
        logits, written = network.write(
            sentence_read, [said[-1] for _, said, _ in begun], step, written
        )
        following: list[_Writing] = []
        for row, ((total, said, _), logit) in enumerate(zip(begun, logits.tolist(), strict=True)):
            following += [
                (total + logit[symbol], [*said, symbol], row)
                for symbol in may_follow(said[1:], len(different))
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
        rows = [row for _, _, row in begun]
        written = tuple((keys[rows], values[rows]) for keys, values in written)
    found = [Reading(read(said[1:], words), math.exp(total)) for total, said, _ in ended[:beams]]
    return tuple(one for one in found if _makes_sense(one))


def _makes_sense(reading: Reading) -> bool:
    """Nothing is put next to itself."""
    return all(goal.thing != goal.reference for goal in reading.goals or ())


def _unlikely(writing: _Writing) -> float:
    return -writing[0]
