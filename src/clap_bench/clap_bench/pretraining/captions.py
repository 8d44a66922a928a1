"""What is on the table, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from clap_sim.world.objects import ObjectModel

NUMBERS = ("no", "a", "two", "three", "four", "five", "six", "seven", "eight")

_FRAMES = (
    "{things} on a table",
    "a table with {things}",
    "a robot's view of {things}",
    "{things} in front of a robot arm",
)

_ADJECTIVES = {"wood": "wooden"}


def caption(models: Sequence[ObjectModel], rng: np.random.Generator) -> str:
    """A sentence that names the objects by colour and noun, in random order and words."""
    counts = Counter(label(model) for model in models)
    phrases = [_counted(words, counts[words]) for words in counts]
    phrases = [phrases[k] for k in rng.permutation(len(phrases))]
    if len(phrases) < 2:
        things = "".join(phrases)
    else:
        things = f"{', '.join(phrases[:-1])} and {phrases[-1]}"
    return _FRAMES[rng.integers(len(_FRAMES))].format(things=things)


def label(model: ObjectModel) -> str:
    """Colour and noun, as a person says them."""
    return f"{_ADJECTIVES.get(model.colour, model.colour)} {model.nouns[0]}"


def _counted(words: str, count: int) -> str:
    if count == 1:
        return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
    many = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return f"{many} {words}{'es' if words.endswith(('x', 's')) else 's'}"
