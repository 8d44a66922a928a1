"""Nouns for names that are colours alone: "press green and then black"."""

from __future__ import annotations

from collections.abc import Sequence
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
    verbs = {command.verb for command in commands}
    complete = {verb: _complete(verb, commands) for verb in verbs}
    return tuple(
        _completed(command, complete[command.verb], _kind(command.verb, complete[command.verb]))
        for command in commands
    )


def _complete(verb: Verb, commands: tuple[SpokenCommand, ...]) -> tuple[ObjectPhrase, ...]:
    """Names with a noun, of what is done with a verb."""
    return tuple(
        name
        for command in commands
        if command.verb is verb
        for name in command.objects
        if name.words and not name.lacks_noun
    )


def _kind(verb: Verb, complete: Sequence[ObjectPhrase]) -> str:
    """The one noun of what is done with a verb; "" where there are several."""
    nouns = {singular(name.noun) for name in complete}
    return nouns.pop() if len(nouns) == 1 else "" if nouns else _KINDS.get(verb, "")


def _completed(
    command: SpokenCommand, complete: Sequence[ObjectPhrase], kind: str
) -> SpokenCommand:
    reference = command.reference
    if reference is not None and reference.lacks_noun:
        reference = _named(reference, kind if command.verb is Verb.STACK else "")
    objects = tuple(
        _named(name, kind) if name.lacks_noun and not _is_fruit(name, complete) else name
        for name in command.objects
    )
    return replace(command, objects=objects, reference=reference)


def _is_fruit(name: ObjectPhrase, beside: Sequence[ObjectPhrase]) -> bool:
    """Whether a colour names a thing: the orange in "the apple and the orange", but not in "the
    red mug and the orange", where colours tell things apart."""
    bare = bool(beside) and all(other.is_bare for other in beside)
    return bare and len(name.words) == 1 and name.head in _ALSO_THINGS


def _named(name: ObjectPhrase, kind: str) -> ObjectPhrase:
    if not kind and len(name.words) == 1 and name.head in _ALSO_THINGS and name.said == "the":
        return name
    if not kind:
        raise not_understood(f"'{name.name}' lacks the name of a thing")
    return name.with_noun(kind)
