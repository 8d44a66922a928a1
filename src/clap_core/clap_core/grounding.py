"""Before anything moves: is all there that the plan names, and is the hand free for it?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Action, HeldObject, Keypoint, Relation, SubTask


def is_in_hand(name: str, held: HeldObject | None) -> bool:
    """Whether the hand holds what a plan calls `name`."""
    return held is not None and held.name.casefold() == name.casefold()


def check_hand(plan: Iterable[SubTask], held: HeldObject | None) -> None:
    """Check that the hand can do a plan with what an earlier task left in it.

    Raises:
        ClapError: IMPOSSIBLE, naming what is held and how to be rid of it.
    """
    in_hand = held.name if held else ""
    left_over = held is not None
    for subtask in plan:
        opens_hand = subtask.action is Action.RELEASE and not subtask.object
        if left_over and held is not None and not held.is_known and not opens_hand:
            raise _hand_is_not_known(subtask)
        if subtask.action is Action.GRASP:
            if in_hand and in_hand.casefold() != subtask.object.casefold():
                raise _hand_is_full(subtask, in_hand)
            in_hand, left_over = subtask.object, False
        elif subtask.action is Action.RELEASE:
            # Without a name it means "open the hand", which is always possible.
            if subtask.object and in_hand.casefold() != subtask.object.casefold():
                raise _hand_is_empty(subtask) if not in_hand else _hand_is_full(subtask, in_hand)
            in_hand, left_over = "", False
        elif subtask.action is Action.MOVE:
            if not in_hand:
                raise _hand_is_empty(subtask)
            left_over = False
        elif subtask.action is not Action.APPROACH and left_over:
            raise _hand_is_full(subtask, in_hand)


def ground(
    plan: Iterable[SubTask],
    held: HeldObject | None,
    find: Callable[[SubTask], Keypoint],
) -> None:
    """Look for everything that a plan names, except what the hand holds.

    What is not seen yet is forgiven behind an ``open`` sub-task: it may be inside. A place that the
    plan itself makes first, as by setting down the lowest block of a tower, is not looked for.

    Args:
        plan: the sub-tasks.
        held: what is in the hand.
        find: finds where a sub-task happens.

    Raises:
        ClapError: of `find`, e.g. OBJECT_NOT_FOUND or AMBIGUOUS with what was seen.
    """
    asked: set[tuple[str, ...]] = set()
    moved: set[str] = set()
    opened = False
    for subtask in plan:
        for query in _queries(subtask):
            name = query.reference if query.action is Action.MOVE else query.object
            kind = "hold" if query.action in (Action.APPROACH, Action.GRASP) else query.action.value
            key = (kind, name, query.part)
            is_made_first = query.action is Action.MOVE and name in moved
            if key in asked or is_made_first or is_in_hand(name, held):
                continue
            asked.add(key)
            try:
                find(query)
            except ClapError as error:
                if error.code is not ErrorCode.OBJECT_NOT_FOUND or not opened:
                    raise
        opened = opened or subtask.action is Action.OPEN
        if subtask.action is Action.MOVE:
            moved.add(subtask.object)


def search_step(name: str) -> SubTask:
    """The sub-task that asks where a thing is that something else is moved towards."""
    return SubTask(Action.APPROACH, f"look for the {name}", object=name)


def _queries(subtask: SubTask) -> Iterator[SubTask]:
    """What to look for, before the plan starts, on behalf of one sub-task."""
    if subtask.action is Action.RELEASE:
        return
    if subtask.action is Action.MOVE:
        if subtask.reference:
            yield subtask
        return
    yield subtask
    if subtask.relation is Relation.TOWARDS:
        yield search_step(subtask.reference)


def _hand_is_full(subtask: SubTask, in_hand: str) -> ClapError:
    return ClapError(
        ErrorCode.IMPOSSIBLE,
        f"cannot {subtask.text}: the hand holds the {in_hand} from an earlier instruction",
        f"Say first where to put the {in_hand}, or 'let go'",
    )


def _hand_is_not_known(subtask: SubTask) -> ClapError:
    return ClapError(
        ErrorCode.IMPOSSIBLE,
        f"cannot {subtask.text}: the fingers are neither closed nor fully open and may hold "
        "something that nobody remembers",
        "Say 'let go' (the hand is lowered until it touches something, then it opens), or empty "
        "the hand and open it fully yourself",
    )


def _hand_is_empty(subtask: SubTask) -> ClapError:
    return ClapError(
        ErrorCode.IMPOSSIBLE,
        f"cannot {subtask.text}: nothing is in the hand",
        f"Say 'pick up the {subtask.object}' first",
    )
