"""The planner `shown`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, Field

from clap_core.backends import PLANNERS, Planner, create
from clap_core.plan_schema import check_plan
from clap_core.task_types import Action, SubTask
from clap_learning.installed_models import installed_model
from clap_learning.shown_plans.handling import Handling, load_handling, worked_out
from clap_learning.shown_plans.plans import load_plans
from clap_learning.shown_plans.templates import Template, fill
from clap_learning.skills.folder import load_skills

DEFAULT_PLANS = "plans-gembench"
"""The plans that come with the stack."""

_THEN = re.compile(r"[\s,;.]*\b(?:and\s+)?then\b\s*|[;.]\s+", re.IGNORECASE)
"""Between parts of a sentence that are done one after the other."""
_POLITE = re.compile(r"^\W*((please|now|first|finally)\W+)+|\W+please\W*$", re.IGNORECASE)
"""What says nothing of what is to be done, at either end of a sentence."""


class ShownPlannerSettings(BaseModel, frozen=True, extra="forbid"):
    """Which plans, and who plans everything else."""

    plans: str = Field(
        "",
        description="folder of plans, as ./clap train plans writes it; empty for those that come "
        "with the stack",
    )
    otherwise: str = Field(
        "learned", description="planner of the sentences that nobody demonstrated"
    )
    skills: str = Field(
        "", description="folder of skills, as ./clap teach writes them; empty for none"
    )
    handling: str = Field(
        "",
        description="file that says how things are opened and closed, step by step; empty for what "
        "comes with the stack (clap_learning/shown_plans/handling.yaml)",
    )


def without_coming_near(plan: Sequence[SubTask]) -> tuple[SubTask, ...]:
    """A plan less the approaches to what is grasped next: a demonstrated grasp begins with one."""
    following = [*plan[1:], None]
    return tuple(
        step
        for step, after in zip(plan, following, strict=True)
        if not (
            step.action is Action.APPROACH
            and after is not None
            and (after.action, after.object) == (Action.GRASP, step.object)
        )
    )


class ShownPlanner(Planner):
    """Plans a demonstrated sentence as it was shown, in other colours and orders too.

    Which of two drawers, or which colour, is taken over from the sentence; all other words must
    be those that were said. A sentence that is worded in any other way is another planner's, and
    how things are opened and closed in its plan is told by what is known of them.

    Args:
        settings: which plans.
        otherwise: the other planner; None to make it from the settings.
    """

    settings_type = ShownPlannerSettings

    def __init__(self, settings: ShownPlannerSettings, otherwise: Planner | None = None) -> None:
        self._settings = settings
        self._otherwise: Planner = otherwise or create(PLANNERS, settings.otherwise)
        self._templates: tuple[Template, ...] | None = None
        self._taught: tuple[Template, ...] = ()
        self._known: tuple[Handling, ...] = ()

    def warm_up(self) -> None:
        """See `Backend`: read the plans."""
        if self._templates is None:
            folder = Path(self._settings.plans or installed_model(DEFAULT_PLANS)).expanduser()
            handling = self._settings.handling
            self._known = load_handling(Path(handling).expanduser() if handling else None)
            skills = load_skills(self._settings.skills)
            taught = [template for skill in skills for template in skill.plans]
            self._taught = tuple(taught)
            self._templates = (*taught, *load_plans(folder))
            self._otherwise.warm_up()

    def close(self) -> None:
        """See `Backend`."""
        self._otherwise.close()

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        """Decompose an instruction.

        Raises:
            ClapError: of the other planner; INVALID_REQUEST for plans that cannot be read.
        """
        self.warm_up()
        assert self._templates is not None
        shown = _filled(self._templates, instruction)
        if shown is not None:
            self.planned_by = "what was demonstrated"
            return shown
        parts = [part for part in _THEN.split(instruction) if part.strip()]
        if len(parts) > 1 and any(map(self._is_taught, parts)):
            # Skills are combined with each other and with everything else, one after the other.
            makers: dict[str, None] = {}
            steps: list[SubTask] = []
            for part in parts:
                steps += self.plan(part)
                makers[self.planned_by] = None
            self.planned_by = " and ".join(makers)
            return check_plan(instruction, steps)
        plan = without_coming_near(self._otherwise.plan(instruction))
        self.planned_by = self._otherwise.planned_by
        return worked_out(plan, self._known)

    def _is_taught(self, sentence: str) -> bool:
        return _filled(self._taught, sentence) is not None


def _filled(templates: Iterable[Template], sentence: str) -> tuple[SubTask, ...] | None:
    """The plan of the first template that a sentence fits, with or without polite words."""
    for said in dict.fromkeys((sentence, _POLITE.sub("", sentence))):
        for template in templates:
            plan = fill(template, said)
            if plan is not None:
                return plan
    return None
