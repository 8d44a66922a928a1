"""What is picked up, put down and stacked."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.knowledge import knowledge
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import not_understood
from clap_baseline.planning.expansion import several
from clap_baseline.planning.hand_work import HandWork, is_hand
from clap_baseline.planning.mechanisms import Mechanisms
from clap_baseline.planning.refusals import no_tool
from clap_core.task_types import Relation

_PAIR = 2


class Carrying:
    """Adds the sub-tasks that take a thing elsewhere. Raises ClapError where none can.

    Args:
        hand: does the work.
        mechanisms: opens what is lifted by its lid.
    """

    def __init__(self, hand: HandWork, mechanisms: Mechanisms) -> None:
        self._hand = hand
        self._mechanisms = mechanisms

    def pick(self, command: SpokenCommand) -> None:
        """Pick up; several things out of a box are put beside it."""
        if command.tool is not None:
            raise no_tool(command.tool)
        if all(name.noun in knowledge().hinged for name in command.objects):
            self._mechanisms.open(command)
            return
        held = self._hand.held
        is_held = held is not None and [name.text for name in command.objects] == [held.text]
        if command.relation is Relation.TOWARDS and is_held:
            self._hand.carry(Relation.UP, command.reference)
            return
        if command.relation is not Relation.NONE:
            raise not_understood(
                f"which {command.objects[0].text} is meant cannot be told by what it stands at: "
                "say its colour, or left, right, nearest, farthest, large or small"
            )
        self._open_source(command)
        if command.source is not None and len(command.objects) > 1:
            for name in command.objects:
                self._hand.put(name, Relation.NEXT_TO, command.source)
            return
        for name in command.objects:
            self._hand.hold(name)
            self._hand.carry(Relation.UP)

    def unpack(self, command: SpokenCommand) -> None:
        """Take out of where things of this kind are kept."""
        source = command.source
        if source is None:
            kept = [knowledge().kept_in.get(name.noun) for name in command.objects]
            if len(set(kept)) != 1 or kept[0] is None:
                raise not_understood(
                    f"what to take the {command.objects[0].text} out of was not said"
                )
            source = ObjectPhrase((kept[0],))
        self.pick(replace(command, source=source))

    def _open_source(self, command: SpokenCommand) -> None:
        source = command.source
        if source is not None and source.head in knowledge().open_first.out_of:
            self._hand.open_once(source)

    def lift(self, command: SpokenCommand) -> None:
        """Lift; a lid that is lifted is opened."""
        first = command.objects[0]
        part = first.part.split()[-1:]
        if first.noun in knowledge().lids or (part and part[0] in knowledge().lids):
            self._mechanisms.open(command)
            return
        if command.reference is not None and command.reference.head == "air":
            command = replace(command, relation=Relation.NONE, reference=None)
        if command.relation not in (Relation.NONE, Relation.TOWARDS, Relation.IN):
            self.place(command)
            return
        for name in command.objects:
            self._hand.hold(name)
            self._hand.carry(Relation.UP, command.reference)

    def bring(self, command: SpokenCommand) -> None:
        """Bring: to a place, or just into the hand."""
        if command.relation is Relation.NONE:
            self.pick(command)
        else:
            self.place(command)

    def place(self, command: SpokenCommand) -> None:
        """Put somewhere."""
        if command.on_each_other:
            self.stack(command)
            return
        if command.tool is not None:
            if command.tool.head in knowledge().tools and command.relation is Relation.TOWARDS:
                self._mechanisms.push(command)
                return
            raise no_tool(command.tool)
        if is_hand(command.objects[0]):
            raise not_understood("where the hand itself goes follows from what it handles")
        if command.reference is None and command.objects[0].head in knowledge().lids:
            self._mechanisms.close(command)
            return
        if command.reference is None:
            held = self._hand.held
            if held is not None and [name.text for name in command.objects] == [held.text]:
                self._hand.release(command)
                return
            raise not_understood(
                f"where to put the {command.objects[0].text} was not said, e.g. 'next to the plate'"
            )
        relation = command.relation
        if relation is Relation.TOWARDS:
            relation = Relation.NEXT_TO
        self._open_source(command)
        for name in command.objects:
            self._hand.put(name, relation, command.reference)

    def stack(self, command: SpokenCommand) -> None:
        """Put onto each other, or one after the other onto what was named."""
        below = command.reference
        names = [self._hand.recalled(name) for name in command.objects]
        if (
            len(names) == 1
            and names[0].quantifier != "other"
            and (names[0].count is not None or below is None)
        ):
            pair = _pair(names[0])
            if below is not None:
                self._hand.put(pair[0], Relation.ON, below)
                below = self._hand.recalled(replace(pair[0], recalled=True))
                self._hand.put(pair[1], Relation.ON, below)
                return
            below, names = pair[1], [pair[0]]
        elif command.tower:
            below, names = (names[0], names[1:]) if below is None else (below, names)
        elif below is None:
            if len(names) > _PAIR:
                raise not_understood(
                    f"which of {', '.join(name.text for name in names)} goes on which was not "
                    "said: add 'from bottom to top'"
                )
            below = names.pop()
        if not command.tower:
            names = [one for name in names for one in several(name)]
        same_place = len(names) > 1 and not command.tower and _nests(command)
        for name in names:
            self._hand.put(name, Relation.ON, below)
            below = below if same_place else name

    def drop(self, command: SpokenCommand) -> None:
        """Let go, or put where it was said to be dropped."""
        if command.reference is None:
            self._hand.release(command)
        else:
            self.place(command)


def _pair(name: ObjectPhrase) -> tuple[ObjectPhrase, ObjectPhrase]:
    """Tell "2 gray blocks" apart: the one to stack, and the one to be stacked on."""
    if name.count is None:
        raise not_understood(
            f"what to stack the {name.text} on was not said, e.g. 'on the blue block'"
        )
    if name.count != 2:
        raise not_understood(
            f"only two things of one name can be stacked, not {name.count}: tell them apart by "
            "colour"
        )
    one, other = several(name)
    return one, other


def _nests(command: SpokenCommand) -> bool:
    """Whether all go to the same place: cups into a cup."""
    return command.reference is not None and command.objects[0].quantifier in ("other", "both")
