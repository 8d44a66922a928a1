"""The hand's own work, step by step: what it holds, opens and lets go."""

from __future__ import annotations

from dataclasses import replace

from clap_baseline.knowledge import knowledge
from clap_baseline.language.command import SpokenCommand
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.text import not_understood
from clap_baseline.planning.refusals import hand_is_full, impossible
from clap_baseline.planning.wording import (
    RELATION_WORDS,
    reference_text,
    the,
    the_held,
    the_whole,
)
from clap_core.task_types import Action, Relation, SubTask

_PUSHED_TO = (Relation.NONE, Relation.TOWARDS, Relation.NEXT_TO, Relation.ON, Relation.IN)
"""What is pushed onto a target is pushed towards it; no side of it can be chosen."""

_PRESSED = frozenset({"button", "switch", "doorbell", "buzzer"})


class HandWork:
    """The sub-tasks so far, and the state of things after them.

    Attributes:
        subtasks: in order.
        held: what the hand holds.
        held_is_tool: whether that is to push other things with.
        opened: what this plan has opened, as `reference_text`.
    """

    def __init__(self) -> None:
        self.subtasks: list[SubTask] = []
        self.held: ObjectPhrase | None = None
        self.held_is_tool = False
        self.opened: set[str] = set()
        self._put_down: set[str] = set()
        self._stands_on: dict[str, str] = {}

    def append(
        self,
        action: Action,
        text: str,
        name: ObjectPhrase | None,
        relation: Relation = Relation.NONE,
        reference: ObjectPhrase | None = None,
    ) -> None:
        """Add one sub-task."""
        self.subtasks.append(
            SubTask(
                action,
                text,
                name.text if name else "",
                name.part if name else "",
                relation,
                reference_text(reference) if reference else "",
            )
        )

    def each(self, command: SpokenCommand, action: Action) -> None:
        """Sub-tasks that act on each object with an empty hand (or the tool in it)."""
        known = _PUSHED_TO if action is Action.PUSH else (Relation.NONE,)
        if command.relation not in known:
            raise not_understood(
                f"'{RELATION_WORDS[command.relation]}' means nothing to '{action.value}'"
            )
        if action is not Action.PUSH:
            self._put_tool_down()
        for name in command.objects:
            if self.held is not None and not self.held_is_tool:
                raise hand_is_full(f"{action.value} the {name.text}", self.held)
            text = f"{action.value} {the_whole(name)}"
            if command.reference is None:
                self.append(action, text, name)
                continue
            self._refuse_itself(name, command.reference)
            text += f" towards {the_whole(command.reference)}"
            self.append(action, text, name, Relation.TOWARDS, command.reference)

    def put(self, name: ObjectPhrase, relation: Relation, reference: ObjectPhrase) -> None:
        """Pick up, carry somewhere, let go."""
        self._refuse_itself(name, reference)
        if self._stands_on.get(reference.text) == name.text:
            raise impossible(
                f"the {name.text} cannot go onto the {reference.text}, which stands on it by then",
                f"Say first where else to put the {reference.text}",
            )
        self._stands_on[name.text] = reference.text if relation is Relation.ON else ""
        kind = (reference.part or reference.head).split()[-1]
        if relation is Relation.IN and kind in knowledge().open_first.into:
            self.open_once(reference)
        self.hold(name)
        self.carry(relation, reference)
        self.append(Action.RELEASE, f"release {the_held(name)}", name, relation, reference)
        self._let_go(name)

    def hold(self, name: ObjectPhrase) -> None:
        """Approach and grasp, unless it is in the hand already."""
        if self.held is not None:
            if self.held.text == name.text:
                self._hold_by(name)
                return
            if not self.held_is_tool:
                raise hand_is_full(f"grasp the {name.text}", self.held)
            self._put_tool_down()
        if name.part and name.head in knowledge().tools:
            name = replace(name, part=knowledge().tools[name.head])
        if name.head in _PRESSED or is_hand(name):
            raise impossible(
                f"the {name.text} is nothing to hold",
                "Buttons can only be pressed",
            )
        by = f" by the {name.part}" if name.part else ""
        self.append(Action.APPROACH, f"approach {the(name.text)}", name)
        self.append(Action.GRASP, f"grasp {the(name.text)}{by}", name)
        self.held = name

    def _hold_by(self, name: ObjectPhrase) -> None:
        """A part that is said after the grasp: "pick up the mug, holding it by the handle"."""
        held = self.held
        if held is None or not name.part or name.part == held.part or held.part:
            return
        self.held = replace(held, part=name.part)
        for at, step in enumerate(self.subtasks):
            if step.object == held.text and not step.part:
                by = f" by the {name.part}" if step.action is Action.GRASP else ""
                self.subtasks[at] = replace(step, part=name.part, text=step.text + by)

    def carry(self, relation: Relation, reference: ObjectPhrase | None = None) -> None:
        """Move what is held."""
        name = self.held
        assert name is not None
        if relation is Relation.UP:
            text = f"lift {the_held(name)}"
            text += f" up to {the_whole(reference)}" if reference else ""
        else:
            assert reference is not None
            text = f"move {the_held(name)} {RELATION_WORDS[relation]} {the_whole(reference)}"
        self.append(Action.MOVE, text, name, relation, reference)

    def open_once(self, name: ObjectPhrase) -> None:
        """Open what this plan has not opened yet, before anything for it is in the hand."""
        if reference_text(name) in self.opened:
            return
        self.opened.add(reference_text(name))
        step = SubTask(Action.OPEN, f"open {the_whole(name)}", name.text, name.part)
        at = len(self.subtasks)
        if self.held is not None:
            held = self.held.text
            at = max(
                index
                for index, earlier in enumerate(self.subtasks)
                if earlier.action is Action.APPROACH and earlier.object == held
            )
        self.subtasks.insert(at, step)

    def recalled(self, name: ObjectPhrase) -> ObjectPhrase:
        """What "it" means may have been moved: then its name may fit another thing."""
        gone = name.recalled and name.is_fleeting and name.text in self._put_down
        return replace(name, put_down=True) if gone else name

    def release(self, command: SpokenCommand) -> None:
        """Let go of what is held; a lid that stands open is put down, which closes it."""
        if len(command.objects) > 1:
            raise not_understood("the hand holds one thing at a time: name one to put down")
        name = command.objects[0] if command.objects else self.held
        if name is not None and self.held is None and name.part in knowledge().lids:
            self.each(command, Action.CLOSE)
            return
        if name is not None and self.held is not None and name.text != self.held.text:
            raise hand_is_full(f"put down the {name.text}", self.held)
        last = self.subtasks[-1] if self.subtasks else None
        let_go = last is not None and last.action is Action.RELEASE and self.held is None
        if let_go and last is not None and (name is None or last.object in _texts(name)):
            return
        text = f"release {the_held(name)}" if name else "open the hand"
        self.append(Action.RELEASE, text, name)
        self._let_go(name)

    def _put_tool_down(self) -> None:
        """Where it is: it has done its work, and the hand is needed."""
        if self.held is not None and self.held_is_tool:
            self.append(Action.RELEASE, f"release {the_held(self.held)}", self.held)
            self._let_go(self.held)

    def _let_go(self, name: ObjectPhrase | None) -> None:
        if name is not None:
            self._put_down.add(replace(name, put_down=False).text)
        self.held = None
        self.held_is_tool = False

    def fold_hand_work(self, name: ObjectPhrase) -> None:
        """To hold a handle first is part of opening and closing."""
        held = self.held
        if held is None or not held.part or held.text != name.text:
            return
        while self.subtasks and self.subtasks[-1].object == held.text:
            self.subtasks.pop()
        self.held = None

    def drop_repeated(self) -> None:
        """ "Unlatch the door and open it" opens it once."""
        if len(self.subtasks) > 1 and self.subtasks[-1] == self.subtasks[-2]:
            self.subtasks.pop()

    def _refuse_itself(self, name: ObjectPhrase, reference: ObjectPhrase) -> None:
        if name.text == reference.text:
            raise impossible(
                f"the {name.text} cannot go where it is itself",
                f"Name another thing, or say 'the other {name.text}'",
            )


def _texts(name: ObjectPhrase) -> tuple[str, str]:
    """Of a thing, before and after it was put down."""
    return name.text, replace(name, put_down=False).text


def is_hand(name: ObjectPhrase) -> bool:
    """Whether the robot's own hand is meant."""
    return head_of(name) in knowledge().hands


def head_of(name: ObjectPhrase) -> str:
    """The noun of what is handled: of its part, where one was named."""
    return name.part.split()[-1] if name.part else name.head
