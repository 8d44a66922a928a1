"""How sub-tasks name things and places."""

from __future__ import annotations

from clap_baseline.language.phrases import ObjectPhrase
from clap_core.task_types import Relation

RELATION_WORDS: dict[Relation, str] = {
    Relation.NEXT_TO: "next to",
    Relation.LEFT_OF: "to the left of",
    Relation.RIGHT_OF: "to the right of",
    Relation.IN_FRONT_OF: "in front of",
    Relation.BEHIND: "behind",
    Relation.ON: "onto",
    Relation.IN: "into",
    Relation.UP: "up to",
    Relation.TOWARDS: "towards",
}


def the(text: str) -> str:
    """A name with its article."""
    return text if text.startswith("any ") else f"the {text}"


def the_held(name: ObjectPhrase) -> str:
    """Once it is in the hand, "any gray block" is a certain one."""
    return f"the {name.text.removeprefix('any ')}"


def the_whole(name: ObjectPhrase) -> str:
    """With its part: "the top drawer of the cabinet"."""
    return the(f"{name.part} of the {name.text}" if name.part else name.text)


def reference_text(name: ObjectPhrase) -> str:
    """What a sub-task's `reference` says: "top drawer of cabinet"."""
    return f"{name.part} of {name.text}" if name.part else name.text
