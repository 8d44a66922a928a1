"""The baseline planner: a grammar gives commands, and a hand that holds one thing does the rest.

What the names in its sub-tasks mean beyond the user's words:

* ``any gray block``: whichever of several that fit ("stack 2 gray blocks", "any block").
* ``other gray block``: one that is not the first of the pair.
* a compartment follows its furniture: ``bottom shelf of safe``.

Left, right, in front and behind are the robot's own, see `clap_core.task_types.Relation`.
"to" alone means next to for what is carried and towards for what is pushed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clap_baseline.grammar import Command, Name, not_understood, parse, singular
from clap_baseline.vocabulary import BUTTONS, HANDS, OPENABLE, SELECTORS, Verb
from clap_core.backends import Planner
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, Relation, SubTask

RELATION_WORDS: dict[Relation, str] = {
    Relation.NEXT_TO: "next to",
    Relation.LEFT_OF: "to the left of",
    Relation.RIGHT_OF: "to the right of",
    Relation.IN_FRONT_OF: "in front of",
    Relation.BEHIND: "behind",
    Relation.ON: "onto",
    Relation.IN: "into",
    Relation.UP: "up to",
    Relation.TOWARDS: "towards",
}


_PUSHED_TO = (
    Relation.NONE,
    Relation.TOWARDS,
    Relation.NEXT_TO,
    Relation.ON,
    Relation.IN,
)
"""What is pushed onto a target is pushed towards it; no side of it can be chosen."""


class GrammarPlanner(Planner):
    """Plans by grammar."""

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        """Decompose an instruction.

        Raises:
            ClapError: EMPTY_INSTRUCTION, NOT_UNDERSTOOD or IMPOSSIBLE.
        """
        draft = _Draft()
        for command in parse(instruction):
            draft.add(command)
        return draft.finish()


class _Draft:
    """A plan in the making: the sub-tasks so far, what the hand holds, what was mentioned."""

    def __init__(self) -> None:
        self._subtasks: list[SubTask] = []
        self._held: Name | None = None
        self._held_is_tool = False
        self._mentioned: list[Name] = []
        self._add_by_verb: dict[Verb, Callable[[Command], None]] = {
            Verb.PICK: self._pick,
            Verb.LIFT: self._lift,
            Verb.BRING: self._bring,
            Verb.PLACE: self._place,
            Verb.STACK: self._stack,
            Verb.PUSH: self._push,
            Verb.PULL: self._pull,
            Verb.PRESS: lambda command: self._each(command, Action.PRESS),
            Verb.SWITCH: self._switch,
            Verb.OPEN: self._open,
            Verb.CLOSE: self._close,
            Verb.RELEASE: self._release,
            Verb.APPROACH: lambda command: self._each(command, Action.APPROACH),
            Verb.USE: self._use,
        }

    def add(self, command: Command) -> None:
        """Append one command's sub-tasks."""
        opens = command.verb in (Verb.OPEN, Verb.CLOSE, Verb.PULL)
        objects = tuple(self._resolve(name, only_opens=opens) for name in command.objects)
        for name in objects:
            self._mention(name)
        reference = command.reference
        if reference is not None:
            reference = self._resolve(reference, apart_from=objects)
            if reference.count is not None:
                raise not_understood(f"name one {reference.text} to place things at")
        self._add_by_verb[command.verb](replace(command, objects=objects, reference=reference))
        if reference is not None:
            self._mention(reference)
            for name in objects:
                self._mention(name)

    def finish(self) -> tuple[SubTask, ...]:
        """The plan, without lifts that a move makes needless."""
        following = [*self._subtasks[1:], None]
        return tuple(
            subtask
            for subtask, after in zip(self._subtasks, following, strict=True)
            if not (
                subtask.relation is Relation.UP
                and not subtask.reference
                and after is not None
                and after.action is Action.MOVE
            )
        )

    # verbs

    def _pick(self, command: Command) -> None:
        if command.relation is not Relation.NONE:
            raise not_understood(
                f"which {command.objects[0].text} is meant cannot be told by what it stands at: "
                "say its colour, or left, right, nearest, farthest, big or small"
            )
        for name in command.objects:
            self._hold(_single(name))
            self._carry(Relation.UP)

    def _lift(self, command: Command) -> None:
        if command.relation not in (Relation.NONE, Relation.TOWARDS):
            self._place(command)
            return
        for name in command.objects:
            self._hold(_single(name))
            self._carry(Relation.UP, command.reference)

    def _bring(self, command: Command) -> None:
        if command.relation is Relation.NONE:
            self._pick(command)
        else:
            self._place(command)

    def _place(self, command: Command) -> None:
        if command.reference is None:
            if self._held is not None and [name.text for name in command.objects] == [
                self._held.text
            ]:
                self._release(command)
                return
            raise not_understood(
                f"where to put the {command.objects[0].text} was not said, e.g. 'next to the plate'"
            )
        relation = command.relation
        if relation is Relation.TOWARDS:
            relation = Relation.NEXT_TO
        for name in command.objects:
            self._put(_single(name), relation, command.reference)

    def _stack(self, command: Command) -> None:
        below = command.reference
        names = list(command.objects)
        if below is None and len(names) > 1:
            below = names.pop()
        if below is None:
            below, names = _pair(names[0])
        for name in names:
            self._put(_single(name), Relation.ON, below)
            below = name

    def _push(self, command: Command) -> None:
        if command.reference is None and all(_head(name) in BUTTONS for name in command.objects):
            self._each(command, Action.PRESS)
        else:
            self._each(command, Action.PUSH)

    def _pull(self, command: Command) -> None:
        if any(_head(name) not in OPENABLE for name in command.objects):
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"the robot cannot pull the {command.objects[0].text}",
                "Pull drawers and doors only; push other things towards where they should go",
            )
        self._each(command, Action.OPEN)

    def _switch(self, command: Command) -> None:
        raise ClapError(
            ErrorCode.IMPOSSIBLE,
            f"the robot cannot turn the {command.objects[0].text}",
            "Say 'turn on' or 'turn off' for what has a switch to press",
        )

    def _open(self, command: Command) -> None:
        if _head(command.objects[0]) in HANDS:
            self._release(replace(command, objects=()))
        else:
            self._each(command, Action.OPEN)

    def _close(self, command: Command) -> None:
        if _head(command.objects[0]) in HANDS:
            raise not_understood("the hand only closes around something: name what to pick up")
        self._each(command, Action.CLOSE)

    def _use(self, command: Command) -> None:
        self._hold(_single(command.objects[0]))
        self._held_is_tool = True

    def _release(self, command: Command) -> None:
        if len(command.objects) > 1:
            raise not_understood("the hand holds one thing at a time: name one to put down")
        name = command.objects[0] if command.objects else self._held
        if name is not None and self._held is not None and name.text != self._held.text:
            raise self._hand_is_full(f"put down the {name.text}")
        text = f"release {_the_held(name)}" if name else "open the hand"
        self._append(Action.RELEASE, text, name)
        self._held = None
        self._held_is_tool = False

    def _each(self, command: Command, action: Action) -> None:
        """Sub-tasks that act on each object with an empty hand (or the tool in it)."""
        known = _PUSHED_TO if action is Action.PUSH else (Relation.NONE,)
        if command.relation not in known:
            raise not_understood(
                f"'{RELATION_WORDS[command.relation]}' means nothing to '{action.value}'"
            )
        for name in command.objects:
            _single(name)
            if self._held is not None and not self._held_is_tool:
                raise self._hand_is_full(f"{action.value} the {name.text}")
            text = f"{action.value} {_the(_whole(name))}"
            if command.reference is None:
                self._append(action, text, name)
                continue
            self._refuse_itself(name, command.reference)
            text += f" towards {_the(_whole(command.reference))}"
            self._append(action, text, name, Relation.TOWARDS, command.reference)

    # building blocks

    def _put(self, name: Name, relation: Relation, reference: Name) -> None:
        self._refuse_itself(name, reference)
        self._hold(name)
        self._carry(relation, reference)
        self._append(Action.RELEASE, f"release {_the_held(name)}", name, relation, reference)
        self._held = None

    def _hold(self, name: Name) -> None:
        """Approach and grasp, unless it is in the hand already."""
        if self._held is not None:
            if self._held.text == name.text:
                return
            raise self._hand_is_full(f"grasp the {name.text}")
        by = f" by the {name.part}" if name.part else ""
        self._append(Action.APPROACH, f"approach {_the(name.text)}", name)
        self._append(Action.GRASP, f"grasp {_the(name.text)}{by}", name)
        self._held = name

    def _carry(self, relation: Relation, reference: Name | None = None) -> None:
        """Move what is held."""
        name = self._held
        assert name is not None
        if relation is Relation.UP:
            text = f"lift {_the_held(name)}"
            text += f" up to {_the(_whole(reference))}" if reference else ""
        else:
            assert reference is not None
            text = f"move {_the_held(name)} {RELATION_WORDS[relation]} {_the(_whole(reference))}"
        self._append(Action.MOVE, text, name, relation, reference)

    def _append(
        self,
        action: Action,
        text: str,
        name: Name | None,
        relation: Relation = Relation.NONE,
        reference: Name | None = None,
    ) -> None:
        self._subtasks.append(
            SubTask(
                action,
                text,
                name.text if name else "",
                name.part if name else "",
                relation,
                _reference(reference) if reference else "",
            )
        )

    def _resolve(
        self, name: Name, apart_from: tuple[Name, ...] = (), only_opens: bool = False
    ) -> Name:
        """A pronoun becomes what is held, else what was named last and can be meant."""
        if not name.is_pronoun:
            _refuse_vague(name)
            return name
        candidates = list(reversed(self._mentioned))
        if self._held is not None:
            candidates.insert(0, self._held)
        taken = {other.text for other in apart_from}
        for candidate in candidates:
            if only_opens and _head(candidate) not in OPENABLE:
                continue
            if candidate.text not in taken:
                return replace(candidate, part=name.part or candidate.part)
        kind = " that opens or closes" if only_opens else ""
        raise not_understood(f"nothing{kind} was named before that '{name.word}' could mean")

    def _mention(self, name: Name) -> None:
        self._mentioned.append(name)

    def _refuse_itself(self, name: Name, reference: Name) -> None:
        if name.text == reference.text:
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"the {name.text} cannot go where it is itself",
                f"Name another thing, or say 'the other {name.text}'",
            )

    def _hand_is_full(self, wish: str) -> ClapError:
        assert self._held is not None
        return ClapError(
            ErrorCode.IMPOSSIBLE,
            f"the hand cannot {wish} while it holds the {self._held.text}",
            f"Say first where to put the {self._held.text}",
        )


def _refuse_vague(name: Name) -> None:
    *adjectives, noun = name.text.split()
    if noun in SELECTORS:
        raise not_understood(f"'{name.text}' lacks the name of a thing")
    if "other" in adjectives and name.count is None and singular(noun) != noun:
        raise not_understood(f"'{name.text}' could be any number of things: name them one by one")


def _single(name: Name) -> Name:
    if name.count is not None:
        raise not_understood(
            f"{name.count} of '{name.text}' can only be stacked: for the rest name each one"
        )
    return name


def _pair(name: Name) -> tuple[Name, list[Name]]:
    """Tell "2 gray blocks" apart: the one to stack on, and the one to be stacked."""
    if name.count is None:
        raise not_understood(
            f"what to stack the {name.text} on was not said, e.g. 'on the blue block'"
        )
    if name.count != 2:
        raise not_understood(
            f"only two things of one name can be stacked, not {name.count}: tell them apart by "
            "colour"
        )
    noun = name.text.removeprefix("any ")
    return (
        replace(name, text=f"other {noun}", count=None),
        [replace(name, text=f"any {noun}", count=None)],
    )


def _head(name: Name) -> str:
    """The noun that says what kind of thing it is."""
    return name.text.split(" of ")[0].split()[-1]


def _reference(name: Name) -> str:
    return f"{name.part} of {name.text}" if name.part else name.text


def _whole(name: Name) -> str:
    """With its part: "top drawer of the cabinet"."""
    return f"{name.part} of the {name.text}" if name.part else name.text


def _the(text: str) -> str:
    return text if text.startswith("any ") else f"the {text}"


def _the_held(name: Name) -> str:
    """Once it is in the hand, "any gray block" is a certain one."""
    return f"the {name.text.removeprefix('any ')}"
