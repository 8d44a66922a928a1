"""What the arm does not touch, carry or put anything on, whatever is said."""

from __future__ import annotations

from clap_baseline.knowledge import knowledge
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.mentions import opens
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.small_words import NOT_NAMED, NOT_THINGS, OUT_OF_REACH
from clap_baseline.language.text import not_understood
from clap_baseline.language.verbs import Verb
from clap_baseline.planning.hand_work import is_hand
from clap_baseline.planning.refusals import ON_THE_TABLE, impossible

_IN_PLACE = (Verb.PRESS, Verb.HIT, Verb.SWITCH, Verb.OPEN, Verb.CLOSE, Verb.PULL, Verb.LIGHT,
             Verb.APPROACH, Verb.SCREW)  # fmt: skip
"""What is done with a thing where it stays; all else moves it."""

_CARRIES = (Verb.PLACE, Verb.DROP, Verb.STACK, Verb.FIT)
_HANGS = ("drawer", "door")
"""What is opened and closed where it hangs."""


def check_bounds(command: SpokenCommand) -> None:
    """Check everything that a command names.

    Raises:
        ClapError: IMPOSSIBLE, naming what the arm keeps away from or cannot move; NOT_UNDERSTOOD
            where nothing is named.
    """
    places = (command.reference,) if command.reference is not None else ()
    for name in (*command.objects, *places, *filter(None, (command.tool,))):
        _check_touched(name, command.verb)
    for name in command.objects:
        if command.verb not in _IN_PLACE and name.noun in knowledge().fixed:
            raise impossible(f"the {name.text} stays where it is", ON_THE_TABLE)
        if command.verb in (Verb.OPEN, Verb.CLOSE) and not (_can_open(name) or is_hand(name)):
            raise impossible(
                f"the {name.text} is nothing that is known to open or close",
                "Name a drawer, door, lid or the like; a lab adds its own to `opens` of "
                "clap_baseline/knowledge.yaml",
            )
        if command.verb in _CARRIES and name.head in _HANGS and not name.part:
            raise impossible(f"the {name.text} is carried nowhere", ON_THE_TABLE)
    for place in places:
        if is_hand(place):
            raise impossible(f"nothing is put at the {place.text}", ON_THE_TABLE)


def _check_touched(name: ObjectPhrase, verb: Verb) -> None:
    if name.text in NOT_NAMED:
        raise not_understood(f"'{name.text}' does not say which thing: name it")
    for word in (name.head, name.whole):
        if word in OUT_OF_REACH and verb is not Verb.LIFT:
            raise impossible(f"the arm keeps away from '{word}'", ON_THE_TABLE)
        if word in NOT_THINGS:
            raise impossible(f"'{word}' is nothing that a hand can hold or push", ON_THE_TABLE)
    of_what = name.noun.split(" of ")[0]
    for kept in (name.noun, name.head, name.whole, of_what, f"{name.noun} {name.part}", name.part):
        if kept in knowledge().keep_away:
            raise impossible(f"the arm keeps away from '{kept}'", ON_THE_TABLE)


def _can_open(name: ObjectPhrase) -> bool:
    last = name.part.split()[-1:]
    return opens(name) or (bool(last) and last[0] in knowledge().opens) or name.recalled
