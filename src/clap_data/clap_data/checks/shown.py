"""A demonstration as the checks see it, of an episode or of a bag."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from clap_core.errors import ClapError
from clap_core.geometry.transforms import Transform
from clap_core.robot.specification import arm_specification
from clap_core.task_types import KeyAction
from clap_data.bags.key_frames import find_rests
from clap_data.bags.logged_images import LoggedImages
from clap_data.bags.robot_log import RobotLog
from clap_data.bags.stack_messages import NS_PER_S
from clap_data.bags.to_episode import Conversion, Outline, outline
from clap_data.checks.depth import depth_problem
from clap_data.checks.findings import DataFinding, FindingKind
from clap_data.checks.hand import changes, is_swapped, of_plan
from clap_data.checks.listener import Listener
from clap_data.episodes import EpisodeFile, SubTaskRecord

_EXPLAINING = (FindingKind.STAMPS, FindingKind.UNITS, FindingKind.OTHER_ROBOT)
"""What a recording that cannot be read is better told by."""

_UNSAID = "what is shown"
"""Stands for a sentence that nobody gave."""

_LIMIT_TOLERANCE_RAD = 0.1
_LARGEST_WIDTH_M = 0.2


@dataclass
class Shown:
    """A demonstration.

    Attributes:
        file: episode or bag.
        findings: what was wrong while reading it.
        robot: id of the arm; empty where it could not be read.
        instruction: what was said; empty where nobody knows.
        wordings: other ways to say it.
        start: [4, 4] base_T_tcp at the beginning; None where it could not be read.
        actions: the key poses.
        subtasks: in their order.
        at_s: of each key pose, seconds after the beginning.
        rates_hz: by topic.
        success: whether it is a good one; None if nobody judged.
    """

    file: Path
    findings: list[DataFinding] = field(default_factory=list)
    robot: str = ""
    instruction: str = ""
    wordings: tuple[str, ...] = ()
    start: Transform | None = None
    actions: tuple[KeyAction, ...] = ()
    subtasks: tuple[SubTaskRecord, ...] = ()
    at_s: tuple[float, ...] = ()
    rates_hz: dict[str, float] = field(default_factory=dict)
    success: bool | None = None

    @property
    def is_usable(self) -> bool:
        """Whether it can be taught with."""
        return not any(finding.is_fatal for finding in self.findings)

    def refused(self, error: ClapError, kind: FindingKind, at_s: float | None = None) -> None:
        """Note that something refused it."""
        self.findings.append(DataFinding.of_error(error, kind, self.file, at_s))


def read_episode(path: Path) -> Shown:
    """An episode and what is wrong with its numbers; one look's depth of each camera is read."""
    shown = Shown(path)
    try:
        with EpisodeFile(path) as episode:
            episode.check()
            record = episode.record
            first = episode.look(0)
    except ClapError as error:
        shown.refused(error, FindingKind.UNREADABLE)
        return shown
    shown.robot, shown.success = record.robot, record.success
    shown.instruction, shown.wordings = record.instruction, record.wordings
    shown.start, shown.actions, shown.subtasks = first.base_T_tcp, record.actions, record.subtasks
    stamps = [look.stamp_ns for look in record.looks]
    shown.at_s = tuple((stamp - stamps[0]) / NS_PER_S for stamp in stamps[1:])
    for number, step_ns in enumerate(np.diff(stamps)):
        if step_ns < 0:
            reason = (
                f"look {number + 1} is stamped {-step_ns / NS_PER_S:.2f} s before look {number}"
            )
            shown.findings.append(DataFinding(FindingKind.STAMPS, path, reason, shown.at_s[number]))
    for view in first.views:
        if problem := depth_problem(view.depth):
            reason = f"the depth of the camera {view.name} {problem}"
            shown.findings.append(DataFinding(FindingKind.UNITS, path, reason))
    _check_joints(shown, [look.joints_rad for look in record.looks])
    widest_m = max(abs(look.gripper_width_m) for look in record.looks)
    if widest_m > _LARGEST_WIDTH_M:
        reason = f"the hand is {widest_m:.1f} wide, as in mm"
        shown.findings.append(DataFinding(FindingKind.UNITS, path, reason))
    return shown


def read_bag(path: Path, conversion: Conversion, listener: Listener | None = None) -> Shown:
    """A bag's demonstration, and what is wrong with the recording.

    Args:
        path: folder or file of the bag.
        conversion: how it would become an episode; without an instruction it is found out.
        listener: that heard all of it while it was recorded; without, the bag is read.
    """
    listener = listener or Listener(path, conversion.cameras).reading()
    streams = listener.streams
    shown = Shown(path, instruction=conversion.instruction, success=conversion.success)
    try:
        log = listener.log(conversion.cameras)
    except ClapError as error:
        shown.findings += streams.findings()
        if not any(one.is_fatal and one.kind in _EXPLAINING for one in shown.findings):
            shown.refused(error, FindingKind.UNREADABLE)
        return shown
    finally:
        shown.rates_hz = {stream.topic: stream.rate_hz for stream in streams.all}
    shown.findings += streams.findings()
    shown.robot = log.arm.arm_id
    shown.instruction = conversion.instruction or log.instruction
    _check_rests(shown, log, conversion)
    try:
        found = _outline(shown, log, conversion)
    except ClapError as error:
        shown.refused(error, FindingKind.UNREADABLE)
        return shown
    begin_ns = int(log.arm_ns[0])
    shown.start, shown.actions, shown.subtasks = found.base_T_tcp, found.actions, found.subtasks
    shown.at_s = tuple((frame.arrival_ns - begin_ns) / NS_PER_S for frame in found.frames[1:])
    _check_images(shown, log, found, conversion)
    return shown


def _outline(shown: Shown, log: RobotLog, conversion: Conversion) -> Outline:
    """The key poses, also where the given plan does not fit them, which is noted."""
    given = replace(conversion, instruction=shown.instruction or _UNSAID)
    try:
        return outline(shown.file, log, given)
    except ClapError as error:
        if not given.subtasks:
            raise
        found = outline(shown.file, log, replace(given, subtasks=()))
        commands, planned = changes(found.actions), of_plan(given.subtasks)
        shown.refused(
            error, FindingKind.INVERTED if is_swapped(commands, planned) else FindingKind.NO_HAND
        )
        return found


def _check_rests(shown: Shown, log: RobotLog, conversion: Conversion) -> None:
    first_ns, last_ns = int(log.arm_ns[0]), int(log.arm_ns[-1])
    moved = np.ptp(log.joints_rad, axis=0).max() > conversion.key_frames.min_turn_rad
    rests = find_rests(log.arm_ns, log.joints_rad, conversion.key_frames)
    if moved and not any(rest.start_ns > first_ns and rest.end_ns < last_ns for rest in rests):
        reason = f"the arm never rests between its start and its end, {_s(last_ns - first_ns)} on"
        shown.findings.append(DataFinding(FindingKind.NO_REST, shown.file, reason))


def _check_images(shown: Shown, log: RobotLog, found: Outline, conversion: Conversion) -> None:
    try:
        LoggedImages(
            shown.file, log, found.frames, conversion.base_frame,
            round(conversion.image_gap_s * NS_PER_S),
        ).check_poses()  # fmt: skip
    except ClapError as error:
        shown.refused(error, FindingKind.NO_IMAGE)


def _check_joints(shown: Shown, joints_rad: list[tuple[float, ...]]) -> None:
    try:
        arm = arm_specification(shown.robot)
    except ClapError as error:
        shown.refused(error, FindingKind.OTHER_ROBOT)
        return
    low = np.array(arm.position_min) - _LIMIT_TOLERANCE_RAD
    high = np.array(arm.position_max) + _LIMIT_TOLERANCE_RAD
    for number, joints in enumerate(joints_rad):
        values = np.array(joints)
        for index in np.flatnonzero((values < low) | (values > high)):
            in_range = (np.radians(values) >= low) & (np.radians(values) <= high)
            degrees = bool(np.abs(values).max() > 2.0 * np.pi and in_range.all())
            reason = (
                f"joint {index + 1} is at {values[index]:.2f} at look {number}, outside the range "
                f"of the {shown.robot}" + (", as in degrees" if degrees else "")
            )
            kind = FindingKind.UNITS if degrees else FindingKind.OTHER_ROBOT
            at_s = shown.at_s[number - 1] if number else 0.0
            shown.findings.append(DataFinding(kind, shown.file, reason, at_s))
            return


def _s(span_ns: int) -> str:
    return f"{span_ns / NS_PER_S:.1f} s"
