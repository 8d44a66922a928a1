"""The same sub-task as others would say it: what is learned must not hang on one author's words.

Words only: nothing here knows what stands in any scene.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace

from clap_core.task_types import Action, Relation, SubTask

OTHER_NAMES: tuple[tuple[str, ...], ...] = (
    ("cup", "mug"),
    ("block", "cube"),
    ("light bulb", "bulb"),
    ("fridge door", "fridge", "refrigerator"),
    ("microwave door", "microwave"),
    ("money", "banknotes", "cash"),
    ("laptop lid", "laptop", "laptop screen"),
    ("stick", "rod"),
    ("crackers box", "box of crackers", "crackers"),
    ("soup can", "can of soup", "soup tin"),
    ("lamp", "socket of lamp"),
)
"""Names of the same thing, of what the training tasks have."""

_VERBS: dict[Action, tuple[str, ...]] = {
    Action.APPROACH: ("approach", "move behind", "reach for", "look for"),
    Action.GRASP: ("grasp", "pick up", "take", "grab", "take hold of"),
    Action.MOVE: ("move", "put", "place", "bring"),
    Action.PUSH: ("push", "slide", "shove"),
    Action.PRESS: ("press", "push", "press on"),
    Action.OPEN: ("open", "pull open", "swing open"),
    Action.CLOSE: ("close", "shut", "push shut"),
    Action.TURN: ("turn",),
    Action.RELEASE: ("release",),
}

_PLACES: dict[Relation, tuple[str, ...]] = {
    Relation.ON: ("onto", "on", "on top of"),
    Relation.IN: ("into", "in", "inside"),
    Relation.UP: ("up to", "to"),
    Relation.NEXT_TO: ("next to", "beside"),
    Relation.TOWARDS: ("towards", "onto", "to"),
    Relation.BEHIND: ("behind",),
    Relation.IN_FRONT_OF: ("in front of",),
    Relation.LEFT_OF: ("to the left of",),
    Relation.RIGHT_OF: ("to the right of",),
}

_OWN_TEXT = 0.25
_NO_TEXT = 0.2
_OTHER_NAME = 0.5
_COMES_NEAR = 0.4
_NO_PART = 0.5


def phrasings(subtask: SubTask, count: int, chance: random.Random) -> tuple[SubTask, ...]:
    """The sub-task, and others that mean it.

    Args:
        subtask: as its author says it.
        count: how many, its own words included.
        chance: draws them.
    """
    return (subtask, *(_other(subtask, chance) for _ in range(count - 1)))


def _other(subtask: SubTask, chance: random.Random) -> SubTask:
    action, part = subtask.action, subtask.part
    if action is Action.GRASP and chance.random() < _COMES_NEAR:
        action = Action.APPROACH
    works_it = action in (Action.OPEN, Action.CLOSE) or part == "grip"
    if works_it and chance.random() < _NO_PART:
        part = ""
    said = replace(
        subtask,
        action=action,
        part=part,
        object=_renamed(subtask.object, chance),
        reference=_renamed(subtask.reference, chance),
    )
    draw = chance.random()
    if draw < _OWN_TEXT:
        return said
    return replace(said, text="" if draw < _OWN_TEXT + _NO_TEXT else _text(said, chance))


def _renamed(name: str, chance: random.Random) -> str:
    for names in OTHER_NAMES:
        known = next((one for one in names if re.search(rf"\b{one}\b", name)), None)
        if known is not None and chance.random() < _OTHER_NAME:
            name = re.sub(rf"\b{known}\b", chance.choice(names), name, count=1)
    return name


def _text(subtask: SubTask, chance: random.Random) -> str:
    thing = f"{subtask.part} of the {subtask.object}" if subtask.part else subtask.object
    text = f"{chance.choice(_VERBS[subtask.action])} the {thing}"
    if subtask.reference:
        text += f" {chance.choice(_PLACES.get(subtask.relation, ('to',)))} the {subtask.reference}"
    return text
