"""What opens, closes, is pressed, pushed or screwed."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.knowledge import knowledge
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.mentions import opens
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import not_understood
from clap_baseline.language.verbs import Verb
from clap_baseline.planning.hand_work import HandWork, head_of, is_hand
from clap_baseline.planning.refusals import impossible, no_tool, only_pressed
from clap_baseline.planning.wording import reference_text
from clap_core.task_types import Action, Relation, SubTask

_FURNITURE = frozenset({"cabinet", "dresser", "desk", "cupboard"})


class Mechanisms:
    """Adds the sub-tasks that work on a thing where it stands. Raises ClapError where none can.

    Args:
        hand: does the work.
    """

    def __init__(self, hand: HandWork) -> None:
        self._hand = hand

    def push(self, command: SpokenCommand) -> None:
        """Push: buttons are pressed, a drawer pushed into its cabinet is closed."""
        first = command.objects[0]
        reference = command.reference
        into = command.relation is Relation.IN and reference is not None
        if into and opens(first) and reference is not None and reference.head in _FURNITURE:
            self.close(replace(command, relation=Relation.NONE, reference=None))
        elif reference is None and all(
            head_of(name) in knowledge().buttons for name in command.objects
        ):
            self.press(command)
        else:
            if command.times > 1:
                raise only_pressed(command.times)
            tool = command.tool
            if (
                tool is None
                and self._hand.held is not None
                and self._hand.held.head in knowledge().tools
            ):
                tool = self._hand.held
            if tool is not None and tool.head not in knowledge().tools:
                raise no_tool(tool)
            if tool is not None:
                self._hand.hold(self._hand.recalled(tool))
                if self._hand.subtasks[-1].relation is Relation.UP:
                    self._hand.subtasks.pop()
                self._hand.held_is_tool = True
            self._hand.each(command, Action.PUSH)

    def pull(self, command: SpokenCommand) -> None:
        """Pull: only what opens."""
        if command.tool is not None and command.tool.head in knowledge().tools:
            self.push(command)
            return
        if any(not opens(name) for name in command.objects):
            raise impossible(
                f"the robot cannot pull the {command.objects[0].text}",
                "Pull drawers and doors only; push other things towards where they should go",
            )
        self.open(command)

    def press(self, command: SpokenCommand) -> None:
        """Press, as often as was said."""
        if command.tool is not None:
            raise no_tool(command.tool)
        for name in command.objects:
            if name.recalled and head_of(name) not in knowledge().buttons:
                raise not_understood(f"the {name.text} is nothing that is pressed or turned on")
        for _ in range(command.times):
            self._hand.each(command, Action.PRESS)

    def hit(self, command: SpokenCommand) -> None:
        """Hit: buttons only."""
        if any(head_of(name) not in knowledge().buttons for name in command.objects):
            raise impossible(
                f"to hit the {command.objects[0].text} would not be safe",
                "Buttons are pressed; other things are pushed",
            )
        self.press(command)

    def turn(self, command: SpokenCommand) -> None:
        """Turn: switches only."""
        if all(head_of(name) == "switch" for name in command.objects):
            self.press(command)
            return
        raise impossible(
            f"the robot cannot turn the {command.objects[0].text}",
            "Say 'turn on' or 'turn off' for what has a switch to press",
        )

    def screw(self, command: SpokenCommand) -> None:
        """Put a lid or bulb where it belongs, turn it, let go."""
        name = command.objects[0]
        if name.head in knowledge().screw_lid and name.part in ("", "lid"):
            self.close(replace(command, objects=(replace(name, part=""),)))
            return
        last = self._hand.subtasks[-1] if self._hand.subtasks else None
        if self._hand.subtasks[-2:-1] == [_turn_step(name)]:
            return
        if last is not None and last.action is Action.RELEASE and last.object == name.text:
            self._hand.subtasks.insert(-1, _turn_step(name))
            return
        relation, reference = command.relation, command.reference
        if reference is None:
            into = knowledge().screws_into.get(name.head)
            if into is None:
                raise not_understood(f"what to screw the {name.text} into was not said")
            relation, reference = Relation.IN, ObjectPhrase((into,))
        self._hand.put(name, relation, reference)
        self._hand.subtasks.insert(-1, _turn_step(name))

    def light(self, command: SpokenCommand) -> None:
        """Light up: by a switch, or with a bulb to screw in."""
        if command.tool is None:
            self.press(command)
            return
        self.screw(
            replace(
                command,
                objects=(command.tool,),
                relation=Relation.IN,
                reference=command.objects[0],
                tool=None,
            )
        )

    def open(self, command: SpokenCommand) -> None:
        """Open; the hand itself lets go."""
        if is_hand(command.objects[0]):
            self._hand.release(replace(command, objects=()))
            return
        if command.tool is not None:
            raise no_tool(command.tool)
        for name in command.objects:
            if name.state == "open":
                raise not_understood(f"to open the open {name.text} is nothing to do")
            self._hand.fold_hand_work(name)
        shut = tuple(n for n in command.objects if reference_text(n) not in self._hand.opened)
        self._hand.opened.update(map(reference_text, shut))
        self._hand.each(replace(command, objects=shut), Action.OPEN)
        self._hand.drop_repeated()

    def close(self, command: SpokenCommand) -> None:
        """Close; a jar gets its lid screwed on."""
        if is_hand(command.objects[0]):
            raise not_understood("the hand only closes around something: name what to pick up")
        for name in command.objects:
            self._hand.fold_hand_work(name)
            self._hand.opened.discard(reference_text(name))
        if command.objects[0].head in knowledge().screw_lid:
            lid = command.tool or ObjectPhrase(("lid",))
            for name in command.objects:
                self.screw(SpokenCommand(Verb.SCREW, (lid,), Relation.ON, name))
            return
        if command.tool is not None and command.tool.head not in knowledge().lids:
            raise no_tool(command.tool)
        self._hand.each(replace(command, tool=None), Action.CLOSE)


def _turn_step(name: ObjectPhrase) -> SubTask:
    return SubTask(Action.TURN, f"turn the {name.text} clockwise until it is tight", name.text)
