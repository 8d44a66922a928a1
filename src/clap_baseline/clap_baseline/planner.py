"""The baseline planner: a grammar gives commands, and a hand that holds one thing does the rest.

What the names in its sub-tasks say beyond nouns, parts and attributes:

* ``left mug``, ``near block``, ``large bowl``, ``second mug from left``: which one of those seen.
* ``any gray block``: whichever of several that fit.
* ``mug other than left mug``: one that is not the other one.
* ``first of 2 mug``, ``second of 2 mug``: both, where two are seen.
* ``left mug put down before``: the one that this plan has moved meanwhile.

Left, right, in front and behind are the robot's own, see `clap_core.task_types.Relation`.
"to" alone means next to for what is carried and towards for what is pushed.
"""

from __future__ import annotations

from clap_baseline.language.sentence_parser import parse
from clap_baseline.planning.draft import Draft
from clap_core.backends import Planner
from clap_core.task_types import SubTask


class GrammarPlanner(Planner):
    """Plans by grammar."""

    planned_by = "the grammar"

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        """Decompose an instruction.

        Raises:
            ClapError: EMPTY_INSTRUCTION, NOT_UNDERSTOOD or IMPOSSIBLE.
        """
        draft = Draft()
        commands = parse(instruction)
        for index, command in enumerate(commands):
            draft.add(command, commands[index + 1 :])
        return draft.finish()
