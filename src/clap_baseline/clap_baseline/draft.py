"""A plan in the making: commands in, sub-tasks out, for a hand that holds one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clap_baseline.expansion import several
from clap_baseline.knowledge import knowledge
from clap_baseline.language.command import Command
from clap_baseline.language.mentions import opens
from clap_baseline.language.phrases import ObjectPhrase
from clap_baseline.language.small_words import NOT_THINGS, OUT_OF_REACH, PEOPLE
from clap_baseline.language.text import not_understood
from clap_baseline.language.verbs import Verb
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

_PUSHED_TO = (Relation.NONE, Relation.TOWARDS, Relation.NEXT_TO, Relation.ON, Relation.IN)
"""What is pushed onto a target is pushed towards it; no side of it can be chosen."""

_PRESSED = frozenset({"button", "switch", "doorbell", "buzzer"})
_HANDLES = frozenset({"handle", "knob", "latch"})
_FURNITURE = frozenset({"cabinet", "dresser", "desk", "cupboard"})


class Draft:
    """The sub-tasks so far, what the hand holds, what stands open."""

    def __init__(self) -> None:
        self._subtasks: list[SubTask] = []
        self._held: ObjectPhrase | None = None
        self._held_is_tool = False
        self._opened: set[str] = set()
        self._put_down: set[str] = set()
        self._add_by_verb: dict[Verb, Callable[[Command], None]] = {
            Verb.PICK: self._pick,
            Verb.LIFT: self._lift,
            Verb.BRING: self._bring,
            Verb.PLACE: self._place,
            Verb.STACK: self._stack,
            Verb.PUSH: self._push,
            Verb.PULL: self._pull,
            Verb.PRESS: self._press,
            Verb.SWITCH: self._turn,
            Verb.TURN: self._turn,
            Verb.SCREW: self._screw,
            Verb.LIGHT: self._light,
            Verb.OPEN: self._open,
            Verb.CLOSE: self._close,
            Verb.RELEASE: self._release,
            Verb.DROP: self._drop,
            Verb.UNPACK: self._unpack,
            Verb.HIT: self._hit,
            Verb.APPROACH: lambda command: self._each(command, Action.APPROACH),
        }

    def add(self, command: Command, following: tuple[Command, ...] = ()) -> None:
        """Append one command's sub-tasks.

        Args:
            command: what is asked for.
            following: the commands behind it.

        Raises:
            ClapError: NOT_UNDERSTOOD or IMPOSSIBLE.
        """
        if command.verb is Verb.PLACE and command.reference is None and following:
            if _places(following[0], command.objects):
                return
            if any(_stands_on(later, command.objects) for later in following):
                command = replace(command, verb=Verb.RELEASE)
                if self._held is None:
                    self._pick(command)
        if command.verb is Verb.TURN and following and _turns_to_open(command, following[0]):
            return
        command = self._checked(command)
        if command.times > 1 and command.verb not in (Verb.PRESS, Verb.PUSH, Verb.HIT):
            raise _only_pressed(command.times)
        self._add_by_verb[command.verb](command)

    def finish(self) -> tuple[SubTask, ...]:
        """The plan, without lifts that a move makes needless."""
        following = [*self._subtasks, None][1:]
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

    def _checked(self, command: Command) -> Command:
        """With several things told apart, and nothing that the arm keeps away from."""
        named = [*command.objects, *filter(None, (command.reference, command.tool))]
        for name in named:
            for word in (name.head, name.whole):
                if word in PEOPLE or (word in OUT_OF_REACH and command.verb is not Verb.LIFT):
                    raise ClapError(
                        ErrorCode.IMPOSSIBLE,
                        f"the arm keeps away from '{word}'",
                        "Name something that stands on the table",
                    )
                if word in NOT_THINGS:
                    raise ClapError(
                        ErrorCode.IMPOSSIBLE,
                        f"'{word}' is nothing that a hand can hold or push",
                        "Name something that stands on the table",
                    )
        if command.on_each_other or command.verb is Verb.STACK:
            objects = command.objects
        else:
            objects = tuple(one for name in command.objects for one in several(name))
        reference = command.reference
        if reference is not None:
            if reference.count is not None or len(several(reference)) > 1:
                raise not_understood(f"name one {reference.name} to place things at")
            reference = self._recalled(reference)
        return replace(command, objects=tuple(map(self._recalled, objects)), reference=reference)

    def _recalled(self, name: ObjectPhrase) -> ObjectPhrase:
        """What "it" means may have been moved: then its name may fit another thing."""
        gone = name.recalled and name.is_fleeting and name.text in self._put_down
        return replace(name, put_down=True) if gone else name

    # verbs

    def _pick(self, command: Command) -> None:
        if command.tool is not None:
            raise _no_tool(command.tool)
        held = self._held
        is_held = held is not None and [name.text for name in command.objects] == [held.text]
        if command.relation is Relation.TOWARDS and is_held:
            self._carry(Relation.UP, command.reference)
            return
        if command.relation is not Relation.NONE:
            raise not_understood(
                f"which {command.objects[0].text} is meant cannot be told by what it stands at: "
                "say its colour, or left, right, nearest, farthest, large or small"
            )
        self._open_source(command)
        if command.source is not None and len(command.objects) > 1:
            for name in command.objects:
                self._put(name, Relation.NEXT_TO, command.source)
            return
        for name in command.objects:
            self._hold(name)
            self._carry(Relation.UP)

    def _unpack(self, command: Command) -> None:
        source = command.source
        if source is None:
            kept = [knowledge().kept_in.get(name.noun) for name in command.objects]
            if len(set(kept)) != 1 or kept[0] is None:
                raise not_understood(
                    f"what to take the {command.objects[0].text} out of was not said"
                )
            source = ObjectPhrase((kept[0],))
        self._pick(replace(command, source=source))

    def _open_source(self, command: Command) -> None:
        source = command.source
        if source is not None and source.head in knowledge().open_first.out_of:
            self._open_once(source)

    def _lift(self, command: Command) -> None:
        first = command.objects[0]
        part = first.part.split()[-1:]
        if first.noun in knowledge().lids or (part and part[0] in knowledge().lids):
            self._open(command)
            return
        if command.reference is not None and command.reference.head == "air":
            command = replace(command, relation=Relation.NONE, reference=None)
        if command.relation not in (Relation.NONE, Relation.TOWARDS, Relation.IN):
            self._place(command)
            return
        for name in command.objects:
            self._hold(name)
            self._carry(Relation.UP, command.reference)

    def _bring(self, command: Command) -> None:
        if command.relation is Relation.NONE:
            self._pick(command)
        else:
            self._place(command)

    def _place(self, command: Command) -> None:
        if command.on_each_other:
            self._stack(command)
            return
        if command.tool is not None:
            raise _no_tool(command.tool)
        if _is_hand(command.objects[0]):
            raise not_understood("where the hand itself goes follows from what it handles")
        if command.reference is None:
            held = self._held
            if held is not None and [name.text for name in command.objects] == [held.text]:
                self._release(command)
                return
            raise not_understood(
                f"where to put the {command.objects[0].text} was not said, e.g. 'next to the plate'"
            )
        relation = command.relation
        if relation is Relation.TOWARDS:
            relation = Relation.NEXT_TO
        self._open_source(command)
        for name in command.objects:
            self._put(name, relation, command.reference)

    def _stack(self, command: Command) -> None:
        below = command.reference
        names = [self._recalled(name) for name in command.objects]
        if (
            len(names) == 1
            and names[0].quantifier != "other"
            and (names[0].count is not None or below is None)
        ):
            pair = _pair(names[0])
            if below is not None:
                self._put(pair[0], Relation.ON, below)
                below = self._recalled(replace(pair[0], recalled=True))
                self._put(pair[1], Relation.ON, below)
                return
            below, names = pair[1], [pair[0]]
        elif command.tower:
            below, names = (names[0], names[1:]) if below is None else (below, names)
        elif below is None:
            below = names.pop()
        if not command.tower:
            names = [one for name in names for one in several(name)]
        same_place = len(names) > 1 and not command.tower and _nests(command)
        for name in names:
            self._put(name, Relation.ON, below)
            below = below if same_place else name

    def _push(self, command: Command) -> None:
        first = command.objects[0]
        reference = command.reference
        into = command.relation is Relation.IN and reference is not None
        if into and opens(first) and reference is not None and reference.head in _FURNITURE:
            self._close(replace(command, relation=Relation.NONE, reference=None))
        elif reference is None and all(
            _head(name) in knowledge().buttons for name in command.objects
        ):
            self._press(command)
        else:
            if command.times > 1:
                raise _only_pressed(command.times)
            tool = command.tool
            if tool is None and self._held is not None and self._held.head in knowledge().tools:
                tool = self._held
            if tool is not None and tool.head not in knowledge().tools:
                raise _no_tool(tool)
            if tool is not None:
                self._hold(self._recalled(tool))
                if self._subtasks[-1].relation is Relation.UP:
                    self._subtasks.pop()
                self._held_is_tool = True
            self._each(command, Action.PUSH)

    def _pull(self, command: Command) -> None:
        if any(not opens(name) for name in command.objects):
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"the robot cannot pull the {command.objects[0].text}",
                "Pull drawers and doors only; push other things towards where they should go",
            )
        self._each(command, Action.OPEN)

    def _press(self, command: Command) -> None:
        if command.tool is not None:
            raise _no_tool(command.tool)
        for name in command.objects:
            if name.recalled and _head(name) not in knowledge().buttons:
                raise not_understood(f"the {name.text} is nothing that is pressed or turned on")
        for _ in range(command.times):
            self._each(command, Action.PRESS)

    def _hit(self, command: Command) -> None:
        if any(_head(name) not in knowledge().buttons for name in command.objects):
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"to hit the {command.objects[0].text} would not be safe",
                "Buttons are pressed; other things are pushed",
            )
        self._press(command)

    def _turn(self, command: Command) -> None:
        if all(_head(name) == "switch" for name in command.objects):
            self._press(command)
            return
        raise ClapError(
            ErrorCode.IMPOSSIBLE,
            f"the robot cannot turn the {command.objects[0].text}",
            "Say 'turn on' or 'turn off' for what has a switch to press",
        )

    def _screw(self, command: Command) -> None:
        """Put a lid or bulb where it belongs, turn it, let go."""
        name = command.objects[0]
        last = self._subtasks[-1] if self._subtasks else None
        if last is not None and last.action is Action.RELEASE and last.object == name.text:
            self._subtasks.insert(-1, _turn_step(name))
            return
        relation, reference = command.relation, command.reference
        if reference is None:
            into = knowledge().screws_into.get(name.head)
            if into is None:
                raise not_understood(f"what to screw the {name.text} into was not said")
            relation, reference = Relation.IN, ObjectPhrase((into,))
        self._put(name, relation, reference)
        self._subtasks.insert(-1, _turn_step(name))

    def _light(self, command: Command) -> None:
        if command.tool is None:
            self._press(command)
            return
        self._screw(
            replace(
                command,
                objects=(command.tool,),
                relation=Relation.IN,
                reference=command.objects[0],
                tool=None,
            )
        )

    def _open(self, command: Command) -> None:
        if _is_hand(command.objects[0]):
            self._release(replace(command, objects=()))
            return
        if command.tool is not None:
            raise _no_tool(command.tool)
        for name in command.objects:
            if name.state == "open":
                raise not_understood(f"to open the open {name.text} is nothing to do")
            self._fold_hand_work(name)
            self._opened.add(_reference(name))
        self._each(command, Action.OPEN)
        self._drop_repeated()

    def _close(self, command: Command) -> None:
        if _is_hand(command.objects[0]):
            raise not_understood("the hand only closes around something: name what to pick up")
        for name in command.objects:
            self._fold_hand_work(name)
            self._opened.discard(_reference(name))
        if command.objects[0].head in knowledge().screw_lid:
            lid = command.tool or ObjectPhrase(("lid",))
            for name in command.objects:
                self._screw(Command(Verb.SCREW, (lid,), Relation.ON, name))
            return
        if command.tool is not None and command.tool.head not in knowledge().lids:
            raise _no_tool(command.tool)
        self._each(replace(command, tool=None), Action.CLOSE)

    def _release(self, command: Command) -> None:
        if len(command.objects) > 1:
            raise not_understood("the hand holds one thing at a time: name one to put down")
        name = command.objects[0] if command.objects else self._held
        if name is not None and self._held is None and name.part in knowledge().lids:
            self._each(command, Action.CLOSE)
            return
        if name is not None and self._held is not None and name.text != self._held.text:
            raise self._hand_is_full(f"put down the {name.text}")
        text = f"release {_the_held(name)}" if name else "open the hand"
        self._append(Action.RELEASE, text, name)
        self._let_go(name)

    def _drop(self, command: Command) -> None:
        if command.reference is None:
            self._release(command)
        else:
            self._place(command)

    def _each(self, command: Command, action: Action) -> None:
        """Sub-tasks that act on each object with an empty hand (or the tool in it)."""
        known = _PUSHED_TO if action is Action.PUSH else (Relation.NONE,)
        if command.relation not in known:
            raise not_understood(
                f"'{RELATION_WORDS[command.relation]}' means nothing to '{action.value}'"
            )
        for name in command.objects:
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

    def _put(self, name: ObjectPhrase, relation: Relation, reference: ObjectPhrase) -> None:
        self._refuse_itself(name, reference)
        kind = (reference.part or reference.head).split()[-1]
        if relation is Relation.IN and kind in knowledge().open_first.into:
            self._open_once(reference)
        self._hold(name)
        self._carry(relation, reference)
        self._append(Action.RELEASE, f"release {_the_held(name)}", name, relation, reference)
        self._let_go(name)

    def _let_go(self, name: ObjectPhrase | None) -> None:
        if name is not None:
            self._put_down.add(replace(name, put_down=False).text)
        self._held = None
        self._held_is_tool = False

    def _open_once(self, name: ObjectPhrase) -> None:
        """Open what this plan has not opened yet, before anything for it is in the hand."""
        if _reference(name) in self._opened:
            return
        self._opened.add(_reference(name))
        step = SubTask(Action.OPEN, f"open {_the(_whole(name))}", name.text, name.part)
        at = len(self._subtasks)
        if self._held is not None:
            held = self._held.text
            at = max(
                index
                for index, earlier in enumerate(self._subtasks)
                if earlier.action is Action.APPROACH and earlier.object == held
            )
        self._subtasks.insert(at, step)

    def _hold(self, name: ObjectPhrase) -> None:
        """Approach and grasp, unless it is in the hand already."""
        if self._held is not None:
            if self._held.text == name.text:
                self._hold_by(name)
                return
            raise self._hand_is_full(f"grasp the {name.text}")
        if name.part and name.head in knowledge().tools:
            name = replace(name, part=knowledge().tools[name.head])
        if name.head in _PRESSED or _is_hand(name):
            raise ClapError(
                ErrorCode.IMPOSSIBLE,
                f"the {name.text} is nothing to hold",
                "Buttons can only be pressed",
            )
        by = f" by the {name.part}" if name.part else ""
        self._append(Action.APPROACH, f"approach {_the(name.text)}", name)
        self._append(Action.GRASP, f"grasp {_the(name.text)}{by}", name)
        self._held = name

    def _hold_by(self, name: ObjectPhrase) -> None:
        """A part that is said after the grasp: "pick up the mug, holding it by the handle"."""
        held = self._held
        if held is None or not name.part or name.part == held.part or held.part:
            return
        self._held = replace(held, part=name.part)
        for at, step in enumerate(self._subtasks):
            if step.object == held.text and not step.part:
                by = f" by the {name.part}" if step.action is Action.GRASP else ""
                self._subtasks[at] = replace(step, part=name.part, text=step.text + by)

    def _carry(self, relation: Relation, reference: ObjectPhrase | None = None) -> None:
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

    def _fold_hand_work(self, name: ObjectPhrase) -> None:
        """To hold a handle first is part of opening and closing."""
        held = self._held
        if held is None or not held.part or held.text != name.text:
            return
        while self._subtasks and self._subtasks[-1].object == held.text:
            self._subtasks.pop()
        self._held = None

    def _drop_repeated(self) -> None:
        """ "Unlatch the door and open it" opens it once."""
        if len(self._subtasks) > 1 and self._subtasks[-1] == self._subtasks[-2]:
            self._subtasks.pop()

    def _append(
        self,
        action: Action,
        text: str,
        name: ObjectPhrase | None,
        relation: Relation = Relation.NONE,
        reference: ObjectPhrase | None = None,
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

    def _refuse_itself(self, name: ObjectPhrase, reference: ObjectPhrase) -> None:
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


def _places(command: Command, objects: tuple[ObjectPhrase, ...]) -> bool:
    """Whether a command says where the objects of the one before go."""
    return command.reference is not None and command.objects == tuple(
        replace(name, recalled=True) for name in objects
    )


def _stands_on(command: Command, objects: tuple[ObjectPhrase, ...]) -> bool:
    reference = command.reference
    return reference is not None and [reference.text] == [name.text for name in objects]


def _turns_to_open(command: Command, following: Command) -> bool:
    """ "Turn the handle and push the door open": turning is part of opening."""
    return following.verb in (Verb.OPEN, Verb.CLOSE) and all(
        _head(name) in _HANDLES or name.part in _HANDLES for name in command.objects
    )


def _nests(command: Command) -> bool:
    """Whether all go to the same place: cups into a cup."""
    return command.reference is not None and command.objects[0].quantifier in ("other", "both")


def _turn_step(name: ObjectPhrase) -> SubTask:
    return SubTask(Action.TURN, f"turn the {name.text} clockwise until it is tight", name.text)


def _is_hand(name: ObjectPhrase) -> bool:
    return _head(name) in knowledge().hands


def _no_tool(tool: ObjectPhrase) -> ClapError:
    return ClapError(
        ErrorCode.IMPOSSIBLE,
        f"nothing can be done with the {tool.text} here",
        "Say it without the tool",
    )


def _only_pressed(times: int) -> ClapError:
    return ClapError(
        ErrorCode.IMPOSSIBLE,
        f"only pressing can be done {times} times",
        "Say each step by itself",
    )


def _head(name: ObjectPhrase) -> str:
    return name.part.split()[-1] if name.part else name.head


def _reference(name: ObjectPhrase) -> str:
    return f"{name.part} of {name.text}" if name.part else name.text


def _whole(name: ObjectPhrase) -> str:
    """With its part: "top drawer of the cabinet"."""
    return f"{name.part} of the {name.text}" if name.part else name.text


def _the(text: str) -> str:
    return text if text.startswith("any ") else f"the {text}"


def _the_held(name: ObjectPhrase) -> str:
    """Once it is in the hand, "any gray block" is a certain one."""
    return f"the {name.text.removeprefix('any ')}"
