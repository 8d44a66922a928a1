"""Nouns for names that are colours alone: "press green and then black"."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.inflection import singular
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import not_understood
from clap_baseline.language.verbs import Verb

_KINDS: dict[Verb, str] = {Verb.PRESS: "button", Verb.STACK: "block"}
"""What an order is about where no noun is said at all."""


_ALSO_THINGS = frozenset({"orange", "lime", "olive", "rose", "plum", "violet"})
"""Colours that are the names of things: "pick up the orange"."""


def with_nouns(commands: tuple[SpokenCommand, ...]) -> tuple[SpokenCommand, ...]:
    """Commands in which every thing has a noun.

    Raises:
        ClapError: NOT_UNDERSTOOD for a colour of which no noun is known for certain.
    """
    kinds = {verb: _kind(verb, commands) for verb in {command.verb for command in commands}}
    return tuple(_completed(command, kinds[command.verb]) for command in commands)


def _kind(verb: Verb, commands: tuple[SpokenCommand, ...]) -> str:
    """The one noun of what is done with a verb; "" where there are several."""
    nouns = {
        singular(name.noun)
        for command in commands
        if command.verb is verb
        for name in command.objects
        if name.words and not name.lacks_noun
    }
    return nouns.pop() if len(nouns) == 1 else "" if nouns else _KINDS.get(verb, "")


def _completed(command: SpokenCommand, kind: str) -> SpokenCommand:
    reference = command.reference
    if reference is not None and reference.lacks_noun:
        reference = _named(reference, kind if command.verb is Verb.STACK else "")
    objects = tuple(_named(name, kind) if name.lacks_noun else name for name in command.objects)
    return replace(command, objects=objects, reference=reference)


def _named(name: ObjectPhrase, kind: str) -> ObjectPhrase:
    if not kind and len(name.words) == 1 and name.head in _ALSO_THINGS and name.said == "the":
        return name
    if not kind:
        raise not_understood(f"'{name.name}' lacks the name of a thing")
    return name.with_noun(kind)
