"""What a sentence can mean, by the network: the most probable goals that the words can write."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from clap_learning.parser.embeddings import WordEmbeddings
from clap_learning.parser.goals import Goal
from clap_learning.parser.network import PointerParser, batch_of
from clap_learning.parser.symbols import END, START, SYMBOLS, copied, may_follow, read, words_of

BEAMS = 4
_START, _END = SYMBOLS.index(START), SYMBOLS.index(END)


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
    network: PointerParser, embeddings: WordEmbeddings, sentence: str, beams: int = BEAMS
) -> tuple[Reading, ...]:
    """Beam search over what may follow what.

    Args:
        network: trained.
        embeddings: of words.
        sentence: at least one word and at most as many as the network reads.
        beams: meanings that are followed side by side.

    Returns:
        The most probable first; none for a sentence that is empty or too long.
    """
    words = words_of(sentence)
    if not 0 < len(words) <= network.config.longest:
        return ()
    different = copied(words)
    place = {word: index for index, word in enumerate(different)}
    vectors = [embeddings.of(word) for word in words]
    places = [place[word] for word in words]
    first = batch_of([vectors], [places], [[_START]])
    memory = network.read(first.words, first.is_word)
    open_, closed = [(0.0, [])], []  # type: list[tuple[float, list[int]]], list[tuple[float, list[int]]]
    for _ in range(network.config.longest - 1):
        batch = batch_of(
            [vectors] * len(open_), [places] * len(open_), [[_START, *said] for _, said in open_]
        )
        logits = network.write(memory.expand(len(open_), -1, -1), batch)[:, -1]
        following = []
        for (total, said), row in zip(open_, logits.tolist(), strict=True):
            following += [
                (total + row[symbol], [*said, symbol])
                for symbol in may_follow(said, len(different))
            ]
        following.sort(key=lambda one: -one[0])
        closed += [one for one in following[:beams] if one[1][-1] == _END]
        open_ = [one for one in following[:beams] if one[1][-1] != _END]
        if not open_ or (len(closed) >= beams and closed[0][0] > open_[0][0]):
            break
    closed.sort(key=lambda one: -one[0])
    return tuple(Reading(read(said, words), math.exp(total)) for total, said in closed[:beams])
