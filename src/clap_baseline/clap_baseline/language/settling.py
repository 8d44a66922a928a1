"""Commands settled: "it" and "the other" replaced by what they stand for, and all remembered."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.inflection import singular
from clap_baseline.language.mentions import Mentions
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import not_understood
from clap_baseline.language.verbs import Verb
from clap_core.directions import AXES
from clap_core.task_types import Relation

_ROUND = (*AXES, Relation.NEXT_TO)
"""Where a thing stands about another one."""


def resolved(
    name: ObjectPhrase,
    mentions: Mentions,
    apart_from: tuple[str, ...] = (),
    only_opens: bool = False,
) -> ObjectPhrase:
    """What a name stands for: itself, unless it is a pronoun.

    Raises:
        ClapError: NOT_UNDERSTOOD when nothing that was named can be meant.
    """
    if name.recalled or name.said == "itself":
        return name
    if not name.is_pronoun:
        return mentions.same_thing(name, apart_from) or name
    return mentions.resolve(name, apart_from, only_opens)


def settled(command: SpokenCommand, mentions: Mentions) -> SpokenCommand:
    """A command without pronouns; `mentions` has its things as those named last.

    Raises:
        ClapError: NOT_UNDERSTOOD for a word that stands for nothing.
    """
    only_opens = command.verb in (Verb.OPEN, Verb.CLOSE, Verb.PULL)
    listed = tuple(one for name in command.objects for one in mentions.listed(name))
    objects = tuple(resolved(name, mentions, only_opens=only_opens) for name in listed)
    reference = command.reference
    if command.verb is Verb.UNPACK and command.source is None and mentions.opened is not None:
        command = replace(command, source=mentions.opened)
    known = None if reference is None or reference.is_pronoun else reference
    objects = tuple(_other(name, known, mentions) for name in objects)
    for name in objects:
        mentions.add(name)
        if command.verb is Verb.OPEN:
            mentions.opened = name
    if reference is not None:
        apart = tuple(name.text for name in objects)
        about = _same_middle(command, mentions) if reference.said == "it" else None
        if about is not None and about.text not in apart:
            reference = replace(about, part=reference.part or about.part, recalled=True)
        reference = resolved(reference, mentions, apart)
        if reference.said == "itself" and objects:
            reference = objects[0]
        reference = _other(reference, None, mentions)
        mentions.add(reference)
        for name in objects:
            mentions.add(name)
    return replace(command, objects=objects, reference=reference)


def _same_middle(command: SpokenCommand, mentions: Mentions) -> ObjectPhrase | None:
    """What two things are put about: "the lemon behind the kettle and the lime in front of it"."""
    before = mentions.previous
    is_round = command.relation in _ROUND and command.verb is not Verb.PUSH
    if before is None or not is_round or before.relation not in (*_ROUND, Relation.IN):
        return None
    return before.reference


def _other(name: ObjectPhrase, reference: ObjectPhrase | None, mentions: Mentions) -> ObjectPhrase:
    """ "The other cups" in "put the other cups into the red cup" are not the red one."""
    if name.quantifier != "other" or name.other_than:
        return name
    other_than = mentions.other_than(name)
    if not other_than and reference is not None:
        other_than = reference.text if singular(reference.noun) == singular(name.noun) else ""
    if not other_than:
        raise not_understood(
            f"'other {name.name}' does not say other than which: name that one first, or say "
            "its colour or where it is"
        )
    return replace(name, other_than=other_than)
