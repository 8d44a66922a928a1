"""Skills on the disk: one folder each, written whole or not at all."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from clap_core.errors import ClapError, ErrorCode
from clap_learning.policy.memory import Memory, load_memory, save_memory
from clap_learning.shown_plans.plans import load_plans, save_plans
from clap_learning.shown_plans.templates import Template
from clap_learning.skills.trial import StepReport

SKILL_FILE = "skill.json"
_PLANS, _MEMORY = "plans", "memory"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class SkillRecord(BaseModel):
    """What a skill says of itself.

    Attributes:
        name: of its folder.
        say: sentences that it obeys, as they were said.
        variations: tasks of the suite that its demonstrations are of, if they are.
        episodes: how many demonstrations it was taught with.
        steps: what trying each demonstration on the others showed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["clap-skill"] = "clap-skill"
    version: Literal[1] = 1
    name: str
    say: tuple[str, ...]
    variations: tuple[str, ...]
    episodes: int
    steps: tuple[StepReport, ...] = ()


@dataclass(frozen=True)
class Skill:
    """A skill, as a stack uses it.

    Attributes:
        record: what it says of itself.
        plans: how its sentences are taken apart.
        memory: its demonstrations.
    """

    record: SkillRecord
    plans: tuple[Template, ...]
    memory: Memory


def check_name(name: str) -> str:
    """The name, if a skill may have it.

    Raises:
        ClapError: INVALID_REQUEST, with what a name is made of.
    """
    if not _NAME.fullmatch(name):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"a skill cannot be called '{name}'",
            "Take small letters, digits, - and _, such as lift_seat",
        )
    return name


def save_skill(root: Path, skill: Skill) -> Path:
    """Write a skill; one of the same name is replaced once the new one is whole.

    Args:
        root: folder of skills, made if it is not there.
        skill: to write.

    Returns:
        Its folder.
    """
    root.mkdir(parents=True, exist_ok=True)
    folder = root / check_name(skill.record.name)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=root))
    try:
        fresh.chmod(0o755)
        save_plans(fresh / _PLANS, skill.plans, skill.record.episodes)
        (fresh / _MEMORY).mkdir()
        save_memory(fresh / _MEMORY, skill.memory, skill.record.episodes)
        (fresh / SKILL_FILE).write_text(skill.record.model_dump_json(indent=1) + "\n")
        _replace(folder, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def skill_names(root: Path) -> tuple[str, ...]:
    """Names of the skills in a folder, in order; none where there is no folder."""
    found = root.glob(f"*/{SKILL_FILE}")
    return tuple(sorted(path.parent.name for path in found if path.parent.name[0] != "."))


def read_record(root: Path, name: str) -> SkillRecord:
    """What a skill says of itself.

    Raises:
        ClapError: INVALID_REQUEST if there is none of that name, or it is damaged.
    """
    path = root / check_name(name) / SKILL_FILE
    try:
        return SkillRecord.model_validate_json(path.read_text())
    except FileNotFoundError as error:
        names = ", ".join(skill_names(root))
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"there is no skill '{name}' in {root}",
            f"Choose one of: {names}" if names else "Teach it: ./clap teach",
        ) from error
    except (OSError, ValidationError) as error:
        reason = " ".join(str(error).split())
        raise ClapError(
            ErrorCode.INVALID_REQUEST, f"the skill {path.parent} is damaged: {reason}", _cure(name)
        ) from error


def load_skill(root: Path, name: str) -> Skill:
    """A skill.

    Raises:
        ClapError: INVALID_REQUEST if there is none of that name, or it is damaged.
    """
    record = read_record(root, name)
    folder = root / name
    try:
        return Skill(record, load_plans(folder / _PLANS), load_memory(folder / _MEMORY))
    except ClapError as error:
        raise ClapError(
            error.code, f"the skill {folder} is damaged: {error.reason}", _cure(name)
        ) from error


def load_skills(root: str) -> tuple[Skill, ...]:
    """All skills of a folder; none for an empty name, or where there is no folder.

    Raises:
        ClapError: INVALID_REQUEST if one is damaged.
    """
    folder = Path(root).expanduser()
    return tuple(load_skill(folder, name) for name in skill_names(folder)) if root else ()


def remove_skill(root: Path, name: str) -> None:
    """Delete a skill, damaged or not.

    Raises:
        ClapError: INVALID_REQUEST if there is none of that name.
    """
    folder = root / check_name(name)
    if not (folder / SKILL_FILE).exists():
        read_record(root, name)
    shutil.rmtree(folder)


def with_skills(memory: Memory, skills: Iterable[Skill]) -> Memory:
    """A memory with the demonstrations of skills, which come first."""
    memories: Sequence[Memory] = [*(skill.memory for skill in skills), memory]
    return Memory(
        tuple(one for each in memories for one in each.demonstrations),
        tuple(rule for each in memories for rule in each.rules),
    )


def _replace(folder: Path, fresh: Path) -> None:
    """Put a new folder in the place of an old one."""
    old = fresh.with_name(f"{fresh.name}.old")
    if folder.exists():
        folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _cure(name: str) -> str:
    return f"Teach it again (./clap teach {name} ...), or ./clap skills remove {name}"
