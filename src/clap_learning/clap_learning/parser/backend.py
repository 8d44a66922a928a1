"""The planner `learned`: a network says what a sentence asks for, the grammar plans it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, Field

from clap_core.backends import PLANNERS, Planner, create
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import Relation, SubTask
from clap_learning.installed_models import installed_model
from clap_learning.parser.config import STORED_PARSER
from clap_learning.parser.goals import Goal, sentence_of
from clap_learning.parser.inference import ParserInference, loaded_inference
from clap_learning.parser.left_out import left_out
from clap_learning.parser.reading import Reading, readings
from clap_learning.parser.steps import steps_of
from clap_learning.parser.word_states import WordStates

DEFAULT_WEIGHTS = "parser"
"""The network that comes with the stack."""

_ALSO_PROBABLE = 0.2
"""Probability from which on the second reading is told, too."""


_READ_ANYWAY = (ErrorCode.NOT_UNDERSTOOD, ErrorCode.IMPOSSIBLE)
"""Refusals of the other planner that a reading may mend. What it says of the goals themselves, as
that the arm keeps away from a thing, stands."""


class LearnedPlannerSettings(BaseModel, frozen=True, extra="forbid"):
    """Which network, how sure it must be, and who plans."""

    weights: str = Field(
        "",
        description="folder of the network, as ./clap train parser writes it; empty for the one "
        "that comes with the stack",
    )
    otherwise: str = Field(
        "baseline", description="planner of what the network does not read, and of its goals"
    )
    min_probability: float = Field(
        0.8,
        description="probability from which on the network's reading is planned where the other "
        "planner has none; less, and the person is asked what is meant",
        gt=0.0,
        le=1.0,
    )
    outweighs_from: float = Field(
        0.95,
        description="probability from which on the network's reading counts against the other "
        "planner's plan, or against its refusal",
        gt=0.0,
        le=1.0,
    )


class LearnedPlanner(Planner):
    """Understands wordings that no grammar foresees.

    The network writes goals with the words of the sentence; they are said again in plain words to
    the other planner, which makes the steps. So whatever the network writes is a plan within the
    stack's vocabulary, and nothing is named that was not said.

    Args:
        settings: which network.
        otherwise: the other planner; None to make it from the settings.
    """

    settings_type = LearnedPlannerSettings

    def __init__(self, settings: LearnedPlannerSettings, otherwise: Planner | None = None) -> None:
        self._settings = settings
        self._otherwise: Planner = otherwise or create(PLANNERS, settings.otherwise)
        self._network: ParserInference | None = None
        self._states: WordStates | None = None

    def warm_up(self) -> None:
        """See `Backend`: load the weights, and the language model that the words go through."""
        if self._network is not None:
            return
        folder = Path(self._settings.weights or installed_model(DEFAULT_WEIGHTS)).expanduser()
        network, _ = STORED_PARSER.load(folder, loaded_inference)
        self._states = WordStates()
        self._network = network
        self._otherwise.warm_up()

    def close(self) -> None:
        """See `Backend`."""
        self._network = self._states = None
        self._otherwise.close()

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        """Decompose an instruction.

        Raises:
            ClapError: of the other planner. Where neither is sure: NOT_UNDERSTOOD with what could
                be meant, AMBIGUOUS if that is one of two things.
        """
        self.warm_up()
        found = self._readings(instruction)
        goals = found[0].goals if found else None
        if goals is not None and left_out(goals, instruction):
            goals = None
        probability = found[0].probability if goals is not None else 0.0
        outweighs = probability >= self._settings.outweighs_from
        try:
            told = self._otherwise.plan(instruction)
        except ClapError as error:
            if goals is None or error.code not in _READ_ANYWAY:
                raise
            if error.code is not ErrorCode.NOT_UNDERSTOOD:
                if not outweighs:
                    raise
            elif probability < self._settings.min_probability:
                raise _asked_back(instruction, found) from error
            return self._plan_of(goals)
        if goals is None or not outweighs or _says_more_than_goals(told):
            self.planned_by = self._otherwise.planned_by
            return told
        return self._plan_of(goals)

    def _plan_of(self, goals: Sequence[Goal]) -> tuple[SubTask, ...]:
        """The other planner's for the goals in plain words, since it knows what has to be open
        first and what the arm keeps away from; ours where it takes a name for something else."""
        self.planned_by = "the parser"
        try:
            plan = self._otherwise.plan(sentence_of(goals))
        except ClapError as error:
            if error.code not in (ErrorCode.NOT_UNDERSTOOD, ErrorCode.AMBIGUOUS):
                raise
            return steps_of(goals)
        return steps_of(goals) if _mixes_names(plan, goals) else plan

    def _readings(self, instruction: str) -> Sequence[Reading]:
        assert self._network is not None and self._states is not None
        return readings(self._network, self._states, instruction)


_OTHERS = re.compile(r"\b(any|other than|put down before|of \d+)\b")
"""What the other planner writes into names and goals cannot say."""


def _says_more_than_goals(plan: Sequence[SubTask]) -> bool:
    """Whether a plan has what goals cannot say: parts, one of several, how far up."""
    return any(
        step.part
        or _OTHERS.search(f"{step.object} {step.reference}")
        or (step.relation is Relation.UP and step.reference)
        for step in plan
    )


def _mixes_names(plan: Sequence[SubTask], goals: Sequence[Goal]) -> bool:
    """Whether a plan calls a thing by words of two of the goals' names: "the apple and the orange"
    are no orange apple."""
    named = [
        set(name.split()) for goal in goals for name in (goal.thing, goal.reference, goal.tool)
    ]
    every = set().union(*named)
    told = [set(name.split()) for step in plan for name in (step.object, step.reference)]
    return any(one <= every and not any(one <= name for name in named) for one in told)


def _asked_back(instruction: str, found: Sequence[Reading]) -> ClapError:
    possible = [one for one in found[:2] if one.goals is not None]
    meant = [f"'{sentence_of(one.goals)}'" for one in possible if one.goals is not None]
    two = len(possible) == 2 and possible[1].probability >= _ALSO_PROBABLE
    return ClapError(
        ErrorCode.AMBIGUOUS if two else ErrorCode.NOT_UNDERSTOOD,
        f"'{instruction}' is not understood for sure; it could mean "
        f"{' or '.join(meant[: 1 + two])}",
        "Say it in other words, or say what is meant like that",
    )
