"""Makes a skill of demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from clap_core.errors import ClapError, ErrorCode
from clap_core.fusion import CloudFuser, FusionConfig
from clap_core.task_types import SubTask
from clap_data.checks.agreement import check_agreement
from clap_data.checks.hand import check_hand
from clap_data.episodes import EpisodeFile, EpisodeRecord
from clap_learning.policy.demonstration import single_steps
from clap_learning.policy.making import learned_rules
from clap_learning.policy.memory import Memory
from clap_learning.shown_plans.plans import shown_plan, templates_of
from clap_learning.shown_plans.templates import Template, plain
from clap_learning.skills.folder import Skill, SkillRecord
from clap_learning.skills.trial import Taught, cross_validated


@dataclass(frozen=True, eq=False)
class Lesson:
    """What was made of demonstrations.

    Attributes:
        skill: to be saved.
        taught: the demonstrations, for advice.
        left_out: names of failed ones.
    """

    skill: Skill
    taught: tuple[Taught, ...]
    left_out: tuple[str, ...]


def teach(
    name: str,
    episodes: Iterable[EpisodeFile],
    report: Callable[[str, int], None] = lambda what, done: None,
) -> Lesson:
    """Make a skill.

    Args:
        name: of the skill.
        episodes: demonstrations of one task.
        report: told ``read`` or ``tried``, and of how many.

    Raises:
        ClapError: INVALID_REQUEST if there is nothing to learn from, or demonstrations contradict
            themselves or each other.
    """
    fuser = CloudFuser(FusionConfig())
    records: list[EpisodeRecord] = []
    taught: list[Taught] = []
    left_out: list[str] = []
    for episode in episodes:
        if episode.record.success is False:
            left_out.append(episode.path.stem)
            continue
        check_hand(str(episode.path), episode.record.subtasks, episode.record.actions)
        records.append(episode.record)
        taught.append(_taught(episode, fuser))
        report("read", len(taught))
    shown = tuple(step for one in taught for step in one.steps)
    if not shown:
        raise _refused(
            "no demonstration has steps that tell where they happen"
            + (f"; {len(left_out)} failed" if left_out else ""),
            "Give episodes with sub-tasks (./clap data info EPISODE shows them), such as those of "
            "`./clap data from-bag --subtasks`",
        )
    plans = _plans(records, [one.name for one in taught])
    record = SkillRecord(
        name=name,
        say=tuple(dict.fromkeys(said for one in records for said in _said(one))),
        variations=tuple(dict.fromkeys(one.variation for one in records if one.variation)),
        episodes=len(records),
        steps=cross_validated(taught, lambda tried: report("tried", tried)),
    )
    memory = Memory(shown, learned_rules(shown))
    return Lesson(Skill(record, plans, memory), tuple(taught), tuple(left_out))


def check_sentences(skill: Skill, others: Sequence[Skill]) -> None:
    """Check that none of the other skills obeys the same sentence.

    Raises:
        ClapError: INVALID_REQUEST, naming the skill and the sentence.
    """
    said = {template.say for template in skill.plans}
    for other in others:
        both = sorted(said & {template.say for template in other.plans})
        if both:
            raise _refused(
                f"the skill '{other.record.name}' obeys '{both[0]}' already",
                f"Teach it under that name, or remove it: ./clap skills remove {other.record.name}",
            )


def _taught(episode: EpisodeFile, fuser: CloudFuser) -> Taught:
    """The episode's steps, each with the cloud of its first look."""
    record = episode.record
    steps = single_steps(episode, fuser)
    looks = (
        episode.look(record.subtasks[number].key_poses[0], record.fixed_cameras) for number in steps
    )
    clouds = tuple(fuser.fuse(list(look.views)) for look in looks)
    return Taught(episode.path.stem, tuple(steps.values()), clouds)


def _plans(records: Sequence[EpisodeRecord], names: Sequence[str]) -> tuple[Template, ...]:
    """How the sentences are taken apart, which must be alike in all demonstrations."""
    said: dict[str, tuple[str, tuple[SubTask, ...]]] = {}
    for record, name in zip(records, names, strict=True):
        plan = shown_plan(record)
        for sentence in _said(record):
            other, before = said.setdefault(plain(sentence), (name, plan))
            check_agreement(sentence, name, plan, other, before)
    # What the sentence does not say, such as which shoe is first, is as it always was.
    templates = templates_of(records, lambda sentence, plan: True)
    if not templates:
        raise _refused(
            f"'{records[0].instruction}' says one word of two things that its steps tell apart",
            "Say it in other words: give --instruction to `./clap data from-bag`",
        )
    return templates


def _said(record: EpisodeRecord) -> tuple[str, ...]:
    """All wordings of a demonstration, that which was said first."""
    return tuple(dict.fromkeys((record.instruction, *record.wordings)))


def _refused(reason: str, cure: str) -> ClapError:
    return ClapError(ErrorCode.INVALID_REQUEST, reason, cure)
