"""Things named again behind an order: "..., first the red one", "... and the bowl"."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.inflection import singular
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import not_understood
from clap_core.task_types import Relation


def refuse_two_places(
    previous: SpokenCommand, names: tuple[ObjectPhrase, ...], before: str
) -> None:
    """Refuse "put the mug on the plate and the bowl": one more place, or one more thing?

    Args:
        previous: the order before.
        names: what "and" is followed by.
        before: the word before "and".

    Raises:
        ClapError: NOT_UNDERSTOOD, naming both.
    """
    reference = previous.reference
    if reference is None or previous.relation is Relation.NONE or before in (",", ".", "then"):
        return
    kinds = {singular(thing.noun) for thing in previous.objects}
    if all(singular(name.noun) in kinds for name in names):
        return
    raise not_understood(
        f"'{reference.name} and the {names[0].name}' could be two places, or one thing more to "
        f"place: say where the {names[0].name} goes"
    )


def refuse_which(previous: SpokenCommand, name: ObjectPhrase) -> None:
    """Refuse "put the mug on the plate, the red one": which of the two is red?

    Raises:
        ClapError: NOT_UNDERSTOOD, naming both.
    """
    things = [thing.name for thing in (*previous.objects, previous.reference) if thing is not None]
    raise not_understood(
        f"'the {name.name}' behind a comma could say which {' or '.join(things)} is meant, or name "
        "one more thing: say it in one go"
    )


def of_one_kind(last: SpokenCommand, names: tuple[ObjectPhrase, ...]) -> bool:
    """Whether names are of the kind that an order before counted."""
    kind = singular(last.objects[0].noun)
    return all(name.lacks_noun or singular(name.noun) == kind for name in names)


def told_apart(last: SpokenCommand, names: tuple[ObjectPhrase, ...]) -> SpokenCommand:
    """The order before with its things one by one: "two buttons, first the red one, ...".

    Raises:
        ClapError: NOT_UNDERSTOOD where their number is another.
    """
    counted = last.objects[0]
    if counted.count not in (None, len(names)):
        raise not_understood(
            f"{counted.count} things were said with '{counted.name}', and {len(names)} named: "
            "name them one by one"
        )
    noun = singular(counted.noun)
    named = tuple(name.with_noun(noun) if name.lacks_noun else name for name in names)
    return replace(last, objects=named)
