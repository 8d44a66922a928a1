"""A plan in the making: commands in, sub-tasks out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clap_baseline.knowledge import knowledge
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import not_understood
from clap_baseline.language.verbs import Verb
from clap_baseline.planning.bounds import check_bounds
from clap_baseline.planning.carrying import Carrying
from clap_baseline.planning.expansion import several
from clap_baseline.planning.hand_work import HandWork, head_of
from clap_baseline.planning.mechanisms import Mechanisms
from clap_baseline.planning.refusals import only_pressed
from clap_core.task_types import Action, Relation, SubTask

_TAKES = (Verb.BRING, Verb.PICK, Verb.PLACE)
_HANDLES = frozenset({"handle", "knob", "latch"})


class Draft:
    """Collects the sub-tasks of one command after the other."""

    def __init__(self) -> None:
        self._hand = hand = HandWork()
        self._mechanisms = mechanisms = Mechanisms(hand)
        self._carrying = carrying = Carrying(hand, mechanisms)
        self._add_by_verb: dict[Verb, Callable[[SpokenCommand], None]] = {
            Verb.PICK: carrying.pick,
            Verb.LIFT: carrying.lift,
            Verb.BRING: carrying.bring,
            Verb.PLACE: carrying.place,
            Verb.STACK: carrying.stack,
            Verb.DROP: carrying.drop,
            Verb.UNPACK: carrying.unpack,
            Verb.RELEASE: hand.release,
            Verb.PUSH: mechanisms.push,
            Verb.PULL: mechanisms.pull,
            Verb.PRESS: mechanisms.press,
            Verb.HIT: mechanisms.hit,
            Verb.SWITCH: mechanisms.turn,
            Verb.TURN: mechanisms.turn,
            Verb.SCREW: mechanisms.screw,
            Verb.LIGHT: mechanisms.light,
            Verb.FIT: self._fit,
            Verb.OPEN: mechanisms.open,
            Verb.CLOSE: mechanisms.close,
            Verb.APPROACH: lambda command: hand.each(command, Action.APPROACH),
        }

    def add(self, command: SpokenCommand, following: tuple[SpokenCommand, ...] = ()) -> None:
        """Append one command's sub-tasks.

        Args:
            command: what is asked for.
            following: the commands behind it.

        Raises:
            ClapError: NOT_UNDERSTOOD or IMPOSSIBLE.
        """
        many = len(command.objects) > 1 and command.relation is Relation.NONE
        one_by_one = many and command.source is None
        carried_on = following and (command.relation is Relation.TOWARDS or one_by_one)
        if carried_on and command.verb in _TAKES and _places(following[0], command.objects):
            return
        if command.verb is Verb.PLACE and command.reference is None and following:
            if _places(following[0], command.objects):
                return
            if any(_stands_on(later, command.objects) for later in following):
                command = replace(command, verb=Verb.RELEASE)
                if self._hand.held is None:
                    self._carrying.pick(command)
        if _touched_first(command, following):
            return
        if command.verb is Verb.TURN and following and _turns_to_open(command, following[0]):
            return
        command = self._checked(_lid_shut(command))
        if command.times > 1 and command.verb not in (Verb.PRESS, Verb.PUSH, Verb.HIT):
            raise only_pressed(command.times)
        self._add_by_verb[command.verb](command)

    def _fit(self, command: SpokenCommand) -> None:
        """Fit: what has a thread is screwed in, all else is placed."""
        screws = all(name.head in knowledge().screws_into for name in command.objects)
        if screws and command.relation is Relation.TOWARDS:
            command = replace(command, relation=Relation.IN)
        (self._mechanisms.screw if screws else self._carrying.place)(command)

    def finish(self) -> tuple[SubTask, ...]:
        """The plan, without lifts that a move makes needless."""
        following = [*self._hand.subtasks, None][1:]
        return tuple(
            subtask
            for subtask, after in zip(self._hand.subtasks, following, strict=True)
            if not (
                subtask.relation is Relation.UP
                and not subtask.reference
                and after is not None
                and after.action is Action.MOVE
            )
        )

    def _checked(self, command: SpokenCommand) -> SpokenCommand:
        """With several things told apart, and nothing that the arm keeps away from."""
        check_bounds(command)
        if command.on_each_other or command.verb is Verb.STACK:
            objects = command.objects
        else:
            objects = tuple(one for name in command.objects for one in several(name))
        reference = command.reference
        if reference is not None:
            if reference.count is not None or len(several(reference)) > 1:
                raise not_understood(f"name one {reference.name} to place things at")
            reference = self._hand.recalled(reference)
        return replace(
            command, objects=tuple(map(self._hand.recalled, objects)), reference=reference
        )


def _places(command: SpokenCommand, objects: tuple[ObjectPhrase, ...]) -> bool:
    """Whether a command says where the objects of the one before go."""
    return command.reference is not None and command.objects == tuple(
        replace(name, recalled=True) for name in objects
    )


def _stands_on(command: SpokenCommand, objects: tuple[ObjectPhrase, ...]) -> bool:
    reference = command.reference
    return reference is not None and [reference.text] == [name.text for name in objects]


def _lid_shut(command: SpokenCommand) -> SpokenCommand:
    """ "Lower the lid of the grill": a lid that goes down is closed."""
    lids = knowledge().lids
    goes_down = command.verb in (Verb.PLACE, Verb.RELEASE) and command.reference is None
    all_lids = all(n.noun in lids or n.part.split()[-1:] == ["lid"] for n in command.objects)
    if (
        goes_down
        and command.objects
        and all_lids
        and not any(n.noun == "lid" for n in command.objects)
    ):
        return replace(command, verb=Verb.CLOSE)
    return command


def _touched_first(command: SpokenCommand, following: tuple[SpokenCommand, ...]) -> bool:
    """ "Take the button and press it": there is nothing to take."""
    takes = command.verb in (Verb.PICK, Verb.BRING, Verb.APPROACH)
    presses = bool(following) and following[0].verb in (Verb.PRESS, Verb.PUSH)
    same = presses and [n.text for n in following[0].objects] == [n.text for n in command.objects]
    return takes and same and all(n.head in knowledge().buttons for n in command.objects)


def _turns_to_open(command: SpokenCommand, following: SpokenCommand) -> bool:
    """ "Turn the handle and push the door open": turning is part of opening."""
    return following.verb in (Verb.OPEN, Verb.CLOSE) and all(
        head_of(name) in _HANDLES or name.part in _HANDLES for name in command.objects
    )
