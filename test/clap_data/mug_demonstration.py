"""Something is fetched and put down: an episode, and bags of it with something changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import serialize_message
from rosbags.interfaces import ConnectionExtRosbag2
from rosbags.rosbag2 import Reader, StoragePlugin, Writer
from sensor_msgs.msg import JointState

from clap_core.camera.tabletop import views
from clap_core.geometry import tool_down
from clap_core.robot.planner import MotionPlanner
from clap_core.robot.specification import HOME, arm_specification
from clap_core.task_types import Action, GripperCommand, KeyAction, Motion, Relation, SubTask
from clap_data.bags.definitions import Definitions
from clap_data.episodes import Header, Look, SubTaskRecord

INSTRUCTION = "put the red mug on the plate"
OPEN, GRASP, KEEP = GripperCommand.OPEN, GripperCommand.GRASP, GripperCommand.KEEP
JOINT, LINEAR = Motion.JOINT, Motion.LINEAR

STEPS = (
    # position, motion, gripper, width afterwards, text
    ((0.45, -0.10, 0.20), JOINT, KEEP, 0.08, "above the mug"),
    ((0.45, -0.10, 0.08), LINEAR, GRASP, 0.04, "grasp the mug"),
    ((0.45, -0.10, 0.25), LINEAR, KEEP, 0.04, "lift it"),
    ((0.55, 0.25, 0.15), JOINT, KEEP, 0.04, "over the plate"),
    ((0.55, 0.25, 0.09), LINEAR, OPEN, 0.08, "let it go"),
    ((0.55, 0.25, 0.20), LINEAR, KEEP, 0.08, "rise"),
)

PLAN = (
    (SubTask(Action.APPROACH, "approach the mug", "mug"), (0, 1)),
    (SubTask(Action.GRASP, "grasp the mug", "mug"), (1, 3)),
    (SubTask(Action.MOVE, "move it on the plate", "mug", "", Relation.ON, "plate"), (3, 4)),
    (SubTask(Action.RELEASE, "release the mug", "mug"), (4, 6)),
)


def demonstration() -> tuple[Header, list[Look]]:
    """Something is fetched and put down, seen by two fixed cameras and one on the hand."""
    planner = MotionPlanner(arm_specification("fr3"))
    kinematics = planner.kinematics
    joints: NDArray[np.float64] = np.array(HOME)
    width_m = 0.08
    looks = []
    for number in range(len(STEPS) + 1):
        front, left, wrist = views(number, 48, 32)
        hand = kinematics.forward(joints) @ kinematics.tcp_T_hand
        wrist = replace(wrist, name="wrist", base_T_camera=hand @ front.base_T_camera)
        action = None
        if number < len(STEPS):
            position, motion, gripper, width_after_m, text = STEPS[number]
            action = KeyAction(tool_down(position, 0.2), motion, gripper, text=text)
        looks.append(
            Look((front, left, wrist), joints, kinematics.forward(joints), width_m, 0, action)
        )
        if action is not None:
            joints, width_m = planner.solve(action.base_T_tcp, joints, joints), width_after_m
    subtasks = tuple(
        SubTaskRecord.of(subtask, np.array([0.4, 0.1, 0.01 * end]), (start, end))
        for subtask, (start, end) in PLAN
    )
    return Header(source="test", instruction=INSTRUCTION, subtasks=subtasks), looks


def copy(
    source: Path,
    target: Path,
    wanted: Callable[[str], bool],
    more: dict[str, list[tuple[int, JointState]]] | None = None,
    change: Callable[[str, bytes], tuple[str, bytes]] = lambda topic, data: (topic, data),
) -> Path:
    """A bag with some of its topics only, some of them changed, and some more."""
    with (
        Reader(source) as reader,
        Writer(target, version=9, storage_plugin=StoragePlugin.MCAP) as writer,
    ):
        chosen = [c for c in reader.connections if wanted(c.topic)]
        copies = {}
        for c in chosen:
            assert isinstance(c.ext, ConnectionExtRosbag2)
            copies[c.id] = writer.add_connection(
                change(c.topic, b"")[0], c.msgtype, msgdef=c.msgdef.data, rihs01=c.digest,
                offered_qos_profiles=c.ext.offered_qos_profiles,
            )  # fmt: skip
        for c, stamp, data in reader.messages(chosen):
            writer.write(copies[c.id], stamp, change(c.topic, data)[1])
        for topic, messages in (more or {}).items():
            text, digest = Definitions().get("sensor_msgs/msg/JointState")
            added = writer.add_connection(
                topic, "sensor_msgs/msg/JointState", msgdef=text, rihs01=digest
            )
            for stamp, message in messages:
                writer.write(added, stamp, serialize_message(message))
    return target
