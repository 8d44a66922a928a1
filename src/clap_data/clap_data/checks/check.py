"""Checks demonstrations, each by itself and all against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from clap_core.backends import PLANNERS, create
from clap_core.errors import ClapError
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.reach import Reach
from clap_core.robot.specification import arm_specification
from clap_core.task_types import GripperCommand, SubTask
from clap_data.bags.to_episode import Conversion
from clap_data.checks.agreement import check_agreement, whole_plan
from clap_data.checks.findings import DataFinding, FindingKind
from clap_data.checks.hand import changes, check_hand, core, is_swapped, of_plan
from clap_data.checks.listener import Listener
from clap_data.checks.shown import Shown, read_bag, read_episode
from clap_data.episodes.records import SUFFIX
from clap_data.takes import as_taken


@dataclass(frozen=True)
class CheckReport:
    """What was found.

    Attributes:
        demonstrations: each with its own findings, those against others included.
    """

    demonstrations: tuple[Shown, ...]

    @property
    def findings(self) -> tuple[DataFinding, ...]:
        """Of all."""
        return tuple(finding for one in self.demonstrations for finding in one.findings)

    def fields(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "demonstrations": [
                {
                    "file": str(one.file), "usable": one.is_usable, "robot": one.robot,
                    "instruction": one.instruction, "success": one.success,
                    "rates_hz": {t: round(rate, 2) for t, rate in one.rates_hz.items()},
                    "key_poses": [
                        {"at_s": at_s, "hand": action.gripper.name.lower(),
                         "base_xyz_m": action.base_T_tcp[:3, 3].round(4).tolist()}
                        for at_s, action in zip(one.at_s, one.actions, strict=True)
                    ],
                }
                for one in self.demonstrations
            ],
            "findings": [finding.fields() for finding in self.findings],
        }  # fmt: skip


def check_all(paths: Iterable[Path], conversion: Conversion, robot: str = "") -> CheckReport:
    """Check demonstrations of one task or several.

    Args:
        paths: episodes and bags.
        conversion: how bags would become episodes.
        robot: id of the arm that is to learn; that of most demonstrations if empty.

    Raises:
        ClapError: INVALID_REQUEST for an arm that is not known.
    """
    if robot:
        arm_specification(robot)
    shown = tuple(check_one(path, conversion) for path in paths)
    good = [one for one in shown if one.success is not False]
    _check_robots(good, robot)
    _check_sentences(good)
    return CheckReport(shown)


def check_one(path: Path, conversion: Conversion, listener: Listener | None = None) -> Shown:
    """Read a demonstration and check it by itself.

    Args:
        path: of the episode or bag.
        conversion: how a bag would become an episode.
        listener: that heard all of a bag while it was recorded; without, the bag is read.

    Raises:
        ClapError: INVALID_REQUEST if it is a take whose mark cannot be read.
    """
    if path.suffix == SUFFIX:
        shown = read_episode(path)
    else:
        shown = read_bag(path, as_taken(path, conversion), listener)
    if shown.start is not None:
        _check_hand(shown)
        _check_reach(shown)
    return shown


def _check_hand(shown: Shown) -> None:
    if any(one.kind in (FindingKind.INVERTED, FindingKind.NO_HAND) for one in shown.findings):
        return
    commands, planned = changes(shown.actions), _planned(shown)
    at_s = next(
        (
            at_s
            for at_s, action in zip(shown.at_s, shown.actions, strict=True)
            if action.gripper is not GripperCommand.KEEP
        ),
        None,
    )
    if is_swapped(commands, planned):
        verb = "closes" if commands[0] is GripperCommand.GRASP else "opens"
        reason = f"the hand {verb} first, and does the opposite of what '{shown.instruction}' needs"
        shown.findings.append(DataFinding(FindingKind.INVERTED, shown.file, reason, at_s))
        return
    try:
        check_hand(str(shown.file), shown.subtasks, shown.actions)
    except ClapError as error:
        shown.refused(error, FindingKind.NO_HAND)
        return
    if not commands:
        needed = GripperCommand.GRASP in planned
        reason = "the hand neither opens nor closes"
        reason += f", but '{shown.instruction}' needs it" if needed else ""
        shown.findings.append(
            DataFinding(FindingKind.NO_HAND, shown.file, reason, None, is_fatal=needed)
        )


def _planned(shown: Shown) -> list[GripperCommand]:
    """What the hand should do: as the sub-tasks say, where not the hand itself made them."""
    if shown.file.suffix == SUFFIX:
        return of_plan([part.subtask for part in shown.subtasks])
    try:
        return of_plan(create(PLANNERS, "baseline").plan(shown.instruction))
    except ClapError:  # words that it does not know
        return []


def _check_reach(shown: Shown) -> None:
    assert shown.start is not None
    if shown.robot and not any(one.kind is FindingKind.OTHER_ROBOT for one in shown.findings):
        refused = _reach(shown.robot).first_refused(shown.start, shown.actions)
        if refused is not None:
            number, error = refused
            worded = replace(
                DataFinding.of_error(
                    error, FindingKind.UNREACHABLE, shown.file, shown.at_s[number]
                ),
                reason=f"key pose {number}: {error.reason.rstrip('.')}",
            )
            shown.findings.append(worded)


def prepare(robot: str) -> None:
    """Load what checking needs, so that the first check takes no longer than the others."""
    _reach(robot)
    create(PLANNERS, "baseline")


@cache
def _reach(robot: str) -> Reach:
    return Reach(MotionPlanner(arm_specification(robot)))


def _check_robots(shown: Sequence[Shown], robot: str) -> None:
    counted = Counter(one.robot for one in shown if one.robot)
    wanted = robot or next((name for name, _ in counted.most_common(1)), "")
    for one in shown:
        if one.robot and one.robot != wanted:
            others = "is to learn" if robot else "the others show"
            reason = f"it is of the arm '{one.robot}', not of '{wanted}', which {others}"
            one.findings.append(DataFinding(FindingKind.OTHER_ROBOT, one.file, reason))


def _check_sentences(shown: Sequence[Shown]) -> None:
    """What most demonstrations of a sentence show is what the rest contradicts."""
    by_sentence: dict[str, list[Shown]] = {}
    for one in shown:
        if one.subtasks:
            for sentence in dict.fromkeys((one.instruction, *one.wordings)):
                by_sentence.setdefault(" ".join(sentence.casefold().split()), []).append(one)
    told: set[Path] = set()
    for sentence, group in by_sentence.items():
        model = _most_common(group)
        for one in group if sentence else ():
            if one.file in told or one is model:
                continue
            if finding := _contradiction(sentence, one, model):
                told.add(one.file)
                one.findings.append(finding)


def _most_common(group: Sequence[Shown]) -> Shown:
    def agreeing(model: Shown) -> int:
        return sum(_contradiction("", one, model) is None for one in group)

    return max(group, key=agreeing)


def _contradiction(sentence: str, one: Shown, model: Shown) -> DataFinding | None:
    try:
        check_agreement(sentence, str(one.file), _plan(one), str(model.file), _plan(model))
    except ClapError as error:
        return DataFinding.of_error(error, FindingKind.CONTRADICTION, one.file)
    mine, theirs = _hand(one), _hand(model)
    if mine == theirs:
        return None
    reason = f"'{sentence}': the hand {_told(mine)} here, but {_told(theirs)} in {model.file}"
    return DataFinding(FindingKind.CONTRADICTION, one.file, reason, None, is_fatal=False)


def _plan(shown: Shown) -> tuple[SubTask, ...]:
    return whole_plan([part.subtask for part in shown.subtasks])


def _hand(shown: Shown) -> list[GripperCommand]:
    """Its changes; whether it opens in the end makes no difference."""
    found = core(changes(shown.actions))
    return found[:-1] if found and found[-1] is GripperCommand.OPEN else found


def _told(commands: Sequence[GripperCommand]) -> str:
    words = {GripperCommand.GRASP: "closes", GripperCommand.OPEN: "opens"}
    return ", ".join(words[command] for command in commands) or "does not close"
