"""The robot's own hand, which is no tool: "press it with your finger"."""

from __future__ import annotations

from clap_baseline.knowledge import knowledge
from clap_baseline.language.phrases import ObjectPhrase


def is_own_hand(name: ObjectPhrase) -> bool:
    """Whether a tool is the robot's one hand; not "your left hand" or "both hands"."""
    plain = not (name.choices or name.count or name.quantifier or name.part)
    return plain and len(name.words) == 1 and name.head in knowledge().hands
