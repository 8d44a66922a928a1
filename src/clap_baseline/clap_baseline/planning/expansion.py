"""Several things in one name: "both mugs", "two blocks", "both shoes"."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.knowledge import knowledge
from clap_baseline.language.inflection import is_plural, singular
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import any_number, not_understood


def several(name: ObjectPhrase) -> tuple[ObjectPhrase, ...]:
    """The things that a name stands for, each with a name of its own.

    * "both mugs" are the ``first of 2 mug`` and the ``second of 2 mug``: whoever finds them
      checks that there are two;
    * "the other (two) cups" likewise: the two that are not the one named;
    * "two blocks" are ``any block`` and ``block other than any block``;
    * groups are known by the names of what belongs to them.

    Raises:
        ClapError: NOT_UNDERSTOOD when their number is not known.
    """
    group = knowledge().members_of(singular(name.noun))
    said_so = is_plural(name.head) or name.quantifier in ("all", "both")
    if group and said_so and not name.part and name.count in (None, len(group)):
        return tuple(_member(name, member) for member in group)
    if name.quantifier == "all":
        raise any_number(name.said)
    plural = name.count is None and is_plural(name.head)
    if name.quantifier == "other" and (name.count == 2 or plural):
        one = replace(name, words=_singular(name), quantifier="", count=None, of_count=2)
        return replace(one, ordinal="first"), replace(one, ordinal="second")
    if name.quantifier == "both" and name.count == 2:
        one = replace(name, quantifier="", count=None, of_count=2)
        return replace(one, ordinal="first"), replace(one, ordinal="second")
    if name.count == 2 and not (name.choices or name.ordinal):
        first = replace(name, quantifier="any", count=None)
        return first, replace(name, quantifier="", count=None, other_than=first.text)
    if name.count is not None:
        raise not_understood(
            f"{name.count} of '{name.text}' cannot be told apart: name them one by one"
        )
    if plural and not name.recalled:
        raise any_number(name.text)
    return (name,)


def _member(name: ObjectPhrase, member: str) -> ObjectPhrase:
    words = tuple(member.split())
    choices = tuple(word for word in words if word in ("left", "right"))
    return replace(
        name,
        words=words[len(choices) :],
        choices=choices,
        quantifier="",
        count=None,
        recalled=False,
    )


def _singular(name: ObjectPhrase) -> tuple[str, ...]:
    return (*name.words[:-1], singular(name.head))
