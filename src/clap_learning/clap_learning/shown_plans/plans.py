"""The plans that demonstrations showed: one readable file, held against its checksum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from clap_core.errors import ClapError, ErrorCode
from clap_core.plan_schema import check_plan
from clap_core.task_types import SubTask
from clap_data.checks.agreement import whole_plan
from clap_data.episodes import EpisodeRecord
from clap_learning.checksums import verify_sums, write_sums
from clap_learning.shown_plans.templates import Template, tells_all, template_of

PLANS_FILE = "plans.json"
_CURE = "Fetch the folder again (git checkout), or run `./clap train plans`"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _PlanRecord(_Record):
    say: tuple[str, ...]
    steps: tuple[SubTask, ...]


class _PlansRecord(_Record):
    format: Literal["clap-plans"] = "clap-plans"
    version: Literal[1] = 1
    episodes: int
    plans: tuple[_PlanRecord, ...]


def shown_plan(record: EpisodeRecord) -> tuple[SubTask, ...]:
    """The sub-tasks of an episode; a handle that is held in the end is let go."""
    return whole_plan([step.subtask for step in record.subtasks])


def templates_of(
    records: Iterable[EpisodeRecord],
    holds: Callable[[str, tuple[SubTask, ...]], bool] = tells_all,
) -> tuple[Template, ...]:
    """What demonstrations say of sentences; where two differ, what was shown more often.

    Args:
        records: of episodes.
        holds: whether a plan holds wherever the sentence is said.
    """
    counted: Counter[Template] = Counter()
    for record in records:
        plan = shown_plan(record)
        for sentence in dict.fromkeys((*record.wordings, record.instruction)):
            template = template_of(sentence, plan) if plan and holds(sentence, plan) else None
            if template is not None:
                counted[template] += 1
    chosen: dict[str, Template] = {}
    for template, _ in counted.most_common():
        chosen.setdefault(template.say, template)
    return tuple(chosen[say] for say in sorted(chosen))


def save_plans(folder: Path, templates: Iterable[Template], episodes: int) -> Path:
    """Write templates, those of one plan together, and the checksum.

    Args:
        folder: made if it is not there.
        templates: of demonstrations.
        episodes: how many they are of.

    Returns:
        The path of the file.
    """
    together: dict[tuple[SubTask, ...], list[str]] = {}
    for template in templates:
        together.setdefault(template.plan, []).append(template.say)
    plans = tuple(_PlanRecord(say=tuple(say), steps=plan) for plan, say in together.items())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PLANS_FILE
    record = _PlansRecord(episodes=episodes, plans=plans)
    path.write_text(record.model_dump_json(indent=1, exclude_defaults=True) + "\n")
    write_sums(folder, [PLANS_FILE])
    return path


def load_plans(folder: Path) -> tuple[Template, ...]:
    """The templates of a folder.

    Raises:
        ClapError: INVALID_REQUEST if there are none, or they are not what the checksum says.
    """
    verify_sums(folder, _CURE)
    try:
        record = _PlansRecord.model_validate_json((folder / PLANS_FILE).read_text())
        return tuple(
            Template(say, check_plan(say, plan.steps)) for plan in record.plans for say in plan.say
        )
    except (OSError, ValidationError, ClapError) as error:
        reason = " ".join(str(error).split())
        raise ClapError(
            ErrorCode.INVALID_REQUEST, f"{folder / PLANS_FILE} holds no plans: {reason}", _CURE
        ) from error
