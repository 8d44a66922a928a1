"""Demonstrations with one thing wrong are told by its kind; good ones are left in peace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mug_demonstration import INSTRUCTION, copy, demonstration
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import Image, JointState

from clap_core.geometry import tool_down
from clap_core.task_types import Action, GripperCommand, KeyAction, SubTask
from clap_data.bags.from_episode import write_bag
from clap_data.bags.to_episode import Conversion
from clap_data.checks.check import check_all, check_one
from clap_data.checks.depth import depth_problem
from clap_data.checks.findings import DataFinding, FindingKind
from clap_data.episodes import EpisodeFile, Header, Look, SubTaskRecord, write_episode

NS_PER_S = 1_000_000_000
SAYING = Conversion(instruction=INSTRUCTION)
WIDE_M = 0.08


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checked")
    write_episode(folder / "mug.episode", *demonstration())
    with EpisodeFile(folder / "mug.episode") as episode:
        write_bag(episode, folder / "whole")
    return copy(
        folder / "whole",
        folder / "person",
        lambda topic: not topic.startswith(("/task_", "/keypoint", "/franka_gripper")),
    )


def changed(
    bag: Path,
    target: Path,
    joints: Callable[[JointState], None] = lambda message: None,
    image: Callable[[str, Image], None] = lambda topic, message: None,
) -> Path:
    def change(topic: str, data: bytes) -> tuple[str, bytes]:
        if data and topic == "/joint_states":
            message = deserialize_message(data, JointState)
            joints(message)
            return topic, serialize_message(message)
        if data and topic.endswith("/image_raw"):
            picture = deserialize_message(data, Image)
            image(topic, picture)
            return topic, serialize_message(picture)
        return topic, data

    return copy(bag, target, lambda topic: True, change=change)


def fatal(path: Path, conversion: Conversion = SAYING) -> dict[FindingKind, DataFinding]:
    found = check_one(path, conversion).findings
    return {finding.kind: finding for finding in found if finding.is_fatal}


def shift(message: JointState | Image, by_s: float) -> None:
    stamp = message.header.stamp
    total = stamp.sec * NS_PER_S + stamp.nanosec + round(by_s * NS_PER_S)
    stamp.sec, stamp.nanosec = divmod(total, NS_PER_S)


def set_joints(message: JointState, arm: Iterable[float], fingers: Iterable[float]) -> None:
    message.position = [float(value) for value in (*arm, *fingers)]


def time_s(message: JointState) -> float:
    return float(message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec)


def test_a_good_recording_has_its_key_frames_and_nothing_fatal(bag: Path) -> None:
    shown = check_one(bag, SAYING)
    assert not [finding.line for finding in shown.findings if finding.is_fatal]
    assert len(shown.actions) == 6 and list(shown.at_s) == sorted(shown.at_s)
    assert shown.rates_hz["/joint_states"] == pytest.approx(30.0, abs=1.0)


def test_joints_in_degrees(bag: Path, tmp_path: Path) -> None:
    def in_degrees(message: JointState) -> None:
        set_joints(message, np.degrees(message.position[:7]), message.position[7:])

    found = fatal(changed(bag, tmp_path / "bag", in_degrees))
    assert found.keys() == {FindingKind.UNITS}
    assert "as in degrees" in found[FindingKind.UNITS].reason


def test_fingers_in_millimetres(bag: Path, tmp_path: Path) -> None:
    def in_mm(message: JointState) -> None:
        set_joints(message, message.position[:7], 1000.0 * np.array(message.position[7:]))

    assert "as in mm" in fatal(changed(bag, tmp_path / "bag", in_mm))[FindingKind.UNITS].reason


def test_a_silence_of_the_joints_is_told_with_its_moment(bag: Path, tmp_path: Path) -> None:
    # The second half comes 3 s later, by its stamps.
    begin_s: list[float] = []

    def later(message: JointState) -> None:
        begin_s.append(time_s(message))
        if time_s(message) - begin_s[0] > 2.0:
            shift(message, 3.0)

    gap = fatal(changed(bag, tmp_path / "bag", later))[FindingKind.GAP]
    assert "/joint_states is silent for 3.0" in gap.reason
    assert gap.at_s == pytest.approx(2.0, abs=0.05)


def test_stamps_that_go_back(bag: Path, tmp_path: Path) -> None:
    begin_s: list[float] = []

    def back(message: JointState) -> None:
        begin_s.append(time_s(message))
        if time_s(message) - begin_s[0] > 2.0:
            shift(message, -1.0)

    found = fatal(changed(bag, tmp_path / "bag", back))
    assert FindingKind.UNREADABLE not in found
    assert "go back by 0.9" in found[FindingKind.STAMPS].reason
    assert found[FindingKind.STAMPS].at_s == pytest.approx(2.0, abs=0.05)


def test_a_camera_with_a_clock_of_its_own(bag: Path, tmp_path: Path) -> None:
    def ahead(topic: str, message: Image) -> None:
        if "/left/" in topic:
            shift(message, 0.7)

    skews = [
        finding
        for finding in check_one(changed(bag, tmp_path / "bag", image=ahead), SAYING).findings
        if finding.kind is FindingKind.SKEW
    ]
    assert [finding.is_fatal for finding in skews] == [True, True]  # colour and depth
    assert all("/left/" in finding.reason and "0.70 s after" in finding.reason for finding in skews)


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.full((4, 4), 900, np.uint16), ""),
        (np.full((4, 4), 0.9, np.float32), ""),
        (np.full((4, 4), 1, np.uint16), "in metres"),
        (np.full((4, 4), 900.0, np.float32), "in millimetres"),
        (np.zeros((4, 4), np.uint16), ""),
        (np.full((4, 4), np.nan, np.float32), ""),
    ],
)
def test_depth_in_a_wrong_unit(pixels: np.ndarray, expected: str) -> None:
    problem = depth_problem(pixels)
    assert expected in problem and bool(problem) == bool(expected)


def test_a_recording_whose_depth_is_in_metres(bag: Path, tmp_path: Path) -> None:
    def metres(topic: str, message: Image) -> None:
        if "/front/aligned" in topic:
            pixels = np.frombuffer(bytes(message.data), np.uint16)
            message.data = (pixels // 1000).astype(np.uint16).tobytes()

    found = fatal(changed(bag, tmp_path / "bag", image=metres))
    assert "/camera/front/aligned_depth" in found[FindingKind.UNITS].reason


def test_a_hand_that_opens_when_it_should_close(bag: Path, tmp_path: Path) -> None:
    def inverted(message: JointState) -> None:
        set_joints(message, message.position[:7], 0.5 * WIDE_M - np.array(message.position[7:]))

    path = changed(bag, tmp_path / "bag", inverted)
    assert "the hand opens first" in fatal(path)[FindingKind.INVERTED].reason
    plan = (SubTask(Action.GRASP, "take it", "mug"), SubTask(Action.RELEASE, "let go", "mug"))
    unknown = Conversion(instruction="tidy up a bit", subtasks=plan)
    assert FindingKind.INVERTED in fatal(path, unknown)


def test_a_hand_that_never_moves(bag: Path, tmp_path: Path) -> None:
    def still(message: JointState) -> None:
        set_joints(message, message.position[:7], [0.5 * WIDE_M] * 2)

    path = changed(bag, tmp_path / "bag", still)
    assert INSTRUCTION in fatal(path)[FindingKind.NO_HAND].reason
    pushing = check_one(path, Conversion(instruction="push the button")).findings
    assert [one.is_fatal for one in pushing if one.kind is FindingKind.NO_HAND] == [False]


def test_an_arm_that_never_stops(bag: Path, tmp_path: Path) -> None:
    count = [0]

    def moving(message: JointState) -> None:
        message.position[6] = 0.5 * np.sin(0.05 * count[0])
        count[0] += 1

    assert (
        "never rests" in fatal(changed(bag, tmp_path / "bag", moving))[FindingKind.NO_REST].reason
    )


def test_a_recording_of_an_arm_that_nobody_knows(bag: Path, tmp_path: Path) -> None:
    def renamed(message: JointState) -> None:
        message.name = [name.replace("fr3", "iiwa") for name in message.name]

    found = fatal(changed(bag, tmp_path / "bag", renamed))
    assert found.keys() == {FindingKind.OTHER_ROBOT}
    assert "iiwa_joint1" in found[FindingKind.OTHER_ROBOT].reason


def episode(path: Path, change: Callable[[Header, list[Look]], tuple[Header, list[Look]]]) -> Path:
    write_episode(path, *change(*demonstration()))
    return path


def test_an_episode_of_another_arm_among_others(tmp_path: Path) -> None:
    paths = [
        episode(tmp_path / f"{number}.episode", lambda header, looks, robot=robot: (
            header.model_copy(update={"robot": robot}), looks))
        for number, robot in enumerate(("fr3", "fer", "fr3"))
    ]  # fmt: skip
    report = check_all(paths, Conversion())
    wrong = [one for one in report.findings if one.kind is FindingKind.OTHER_ROBOT]
    assert [one.file for one in wrong] == [paths[1]]
    assert [one.is_usable for one in check_all(paths, Conversion(), "fer").demonstrations] == [
        False, True, False,
    ]  # fmt: skip


def test_a_key_pose_that_is_out_of_reach_is_named(tmp_path: Path) -> None:
    def far(header: Header, looks: list[Look]) -> tuple[Header, list[Look]]:
        looks[3] = replace(looks[3], action=KeyAction(tool_down((1.2, 0.0, 0.3))))
        return header, looks

    found = fatal(episode(tmp_path / "far.episode", far))
    assert found.keys() == {FindingKind.UNREACHABLE}
    assert found[FindingKind.UNREACHABLE].reason.startswith("key pose 3: ")


def test_the_odd_one_out_of_three_is_the_one_that_contradicts(tmp_path: Path) -> None:
    def other_way(header: Header, looks: list[Look]) -> tuple[Header, list[Look]]:
        first = header.subtasks[0]
        pushed = SubTaskRecord.of(
            SubTask(Action.PUSH, "push the mug", "mug"), np.zeros(3), first.key_poses
        )
        return header.model_copy(update={"subtasks": (pushed, *header.subtasks[1:])}), looks

    paths = [episode(tmp_path / "0.episode", other_way)]
    paths += [
        episode(tmp_path / f"{number}.episode", lambda header, looks: (header, looks))
        for number in (1, 2)
    ]
    found = check_all(paths, Conversion()).findings
    assert [(one.kind, one.file) for one in found] == [(FindingKind.CONTRADICTION, paths[0])]
    assert "done in two ways" in found[0].reason


def test_hands_in_another_order_are_doubtful(tmp_path: Path) -> None:
    def opens_between(header: Header, looks: list[Look]) -> tuple[Header, list[Look]]:
        for number, gripper in ((2, GripperCommand.OPEN), (3, GripperCommand.GRASP)):
            action = looks[number].action
            assert action is not None
            looks[number] = replace(looks[number], action=replace(action, gripper=gripper))
        return header, looks

    paths = [
        episode(tmp_path / "0.episode", lambda header, looks: (header, looks)),
        episode(tmp_path / "1.episode", opens_between),
    ]
    found = check_all(paths, Conversion()).findings
    assert [(one.kind, one.file, one.is_fatal) for one in found] == [
        (FindingKind.CONTRADICTION, paths[1], False)
    ]


def test_a_damaged_episode_does_not_hide_the_others(tmp_path: Path) -> None:
    good = episode(tmp_path / "0.episode", lambda header, looks: (header, looks))
    bad = tmp_path / "1.episode"
    bad.write_bytes(good.read_bytes()[:3000])
    report = check_all([bad, good], Conversion())
    assert [one.is_usable for one in report.demonstrations] == [False, True]
    assert [one.kind for one in report.findings] == [FindingKind.UNREADABLE]
