"""What one clause asks for."""

from __future__ import annotations

from dataclasses import dataclass

from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.verbs import Verb
from clap_core.task_types import Relation


@dataclass(frozen=True)
class SpokenCommand:
    """A verb with its objects and where they go; pronouns are resolved.

    Attributes:
        verb: what is done.
        objects: to what.
        relation: where to.
        reference: what the relation refers to.
        source: what it is taken out of, where that was said.
        tool: with what.
        times: how often.
        on_each_other: the objects go onto each other.
        tower: the objects go onto each other from the first, at the bottom, to the last.
    """

    verb: Verb
    objects: tuple[ObjectPhrase, ...] = ()
    relation: Relation = Relation.NONE
    reference: ObjectPhrase | None = None
    source: ObjectPhrase | None = None
    tool: ObjectPhrase | None = None
    times: int = 1
    on_each_other: bool = False
    tower: bool = False
