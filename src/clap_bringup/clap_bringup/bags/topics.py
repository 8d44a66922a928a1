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


def placed(topic: str, namespace: str) -> str:
    """An absolute name or pattern in a namespace; one that is there already stays as it is.

    Args:
        topic: as ``/joint_states``.
        namespace: as ``left`` or ``/left``; empty or ``/`` for none.
    """
    prefix = f"/{namespace.strip('/')}".rstrip("/")
    return topic if f"{topic}/".startswith(f"{prefix}/") else f"{prefix}{topic}"


def patterns_in(namespace: str, patterns: Sequence[str]) -> list[str]:
    """Absolute patterns that choose within a namespace; all of it where there are none.

    Args:
        namespace: see `placed`; without one, the patterns are as they were.
        patterns: as `split_patterns` makes them.
    """
    if not namespace.strip("/"):
        return list(patterns)
    # One that begins with * means any name, there as well.
    absolute = [p if p.startswith("/") else f"/{p}" for p in patterns or ["*"]]
    return [placed(pattern, namespace) for pattern in absolute]


def split_patterns(words: Sequence[str]) -> list[str]:
    """Patterns from a command line, separated by blanks or commas, each made absolute."""
    names = [name for word in words for name in word.split(",") if name]
    return [name if name.startswith(("/", "*")) else f"/{name}" for name in names]
