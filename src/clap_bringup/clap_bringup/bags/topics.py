"""Chooses topics by name or pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class TopicFilter:
    """Which topics are wanted.

    Args:
        include: names or patterns with ``*``; everything where empty.
        exclude: names or patterns that are left out all the same.
        hidden: whether topics with a part that starts with ``_`` are wanted, such as the feedback
            of actions; one that is included by its exact name is always wanted.
    """

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    hidden: bool = False

    def wants(self, topic: str) -> bool:
        """Whether a topic is wanted."""
        if topic in self.include:
            return True
        if not self.hidden and any(part.startswith("_") for part in topic.split("/")):
            return False
        if any(fnmatchcase(topic, pattern) for pattern in self.exclude):
            return False
        return not self.include or any(fnmatchcase(topic, pattern) for pattern in self.include)


def split_patterns(words: Sequence[str]) -> list[str]:
    """Patterns from a command line, separated by blanks or commas, each made absolute."""
    names = [name for word in words for name in word.split(",") if name]
    return [name if name.startswith(("/", "*")) else f"/{name}" for name in names]
