"""Messages are read and written without ROS as rclpy reads and writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message, serialize_message
from rosbags.interfaces import Connection, MessageDefinition, MessageDefinitionFormat
from sensor_msgs.msg import Image, JointState

from clap_bringup.bags.message_classes import message_class
from clap_core.camera.image_message import image_fields, to_array
from clap_core.errors import ClapError
from clap_core.geometry import tool_down
from clap_core.task_types import (
    Action,
    GripperCommand,
    KeyAction,
    Keypoint,
    Motion,
    Relation,
    SubTask,
)
from clap_data.bags.messages import MessageReader, MessageWriter
from clap_data.bags.reading import open_bag
from clap_data.bags.stack_messages import (
    FEEDBACK_TYPE,
    IMAGE_TYPE,
    JOINT_STATE_TYPE,
    header_fields,
    key_action_fields,
    keypoint_fields,
    subtask_fields,
)
from clap_ros.task_messages import (
    key_action_from_message,
    keypoint_from_message,
)

DEMO_BAG = Path(__file__).parents[1] / "data" / "demo_bag"
NOWHERE = MessageDefinition(MessageDefinitionFormat.NONE, "")
SUBTASK = SubTask(Action.MOVE, "to the plate", "mug", "", Relation.NEXT_TO, "plate")


def connection(type_name: str, definition: MessageDefinition = NOWHERE) -> Connection:
    return Connection(0, "/topic", type_name, definition, "", 1, None, None)  # type: ignore[arg-type]


def check_equal(ours: Any, rclpys: Any, where: str) -> None:
    """All fields of a message of rclpy's are in ours."""
    if hasattr(rclpys, "get_fields_and_field_types"):
        for name in rclpys.get_fields_and_field_types():
            check_equal(getattr(ours, name), getattr(rclpys, name), f"{where}.{name}")
    elif isinstance(rclpys, list) and rclpys and not isinstance(rclpys[0], str | float | int):
        for number, (one, other) in enumerate(zip(ours, rclpys, strict=True)):
            check_equal(one, other, f"{where}[{number}]")
    elif hasattr(rclpys, "__len__") and not isinstance(rclpys, str):
        assert np.array_equal(ours, rclpys), where
    else:
        assert ours == rclpys, where


def test_a_recording_reads_as_rclpy_reads_it() -> None:
    reader = MessageReader()
    read: dict[str, int] = {}
    with open_bag(DEMO_BAG) as bag:
        for item, _, data in bag.messages():
            if read.setdefault(item.msgtype, 0) < 20:
                rclpys = deserialize_message(data, message_class(item.msgtype))
                check_equal(reader.read(item, data), rclpys, item.topic)
                read[item.msgtype] += 1
    assert {FEEDBACK_TYPE, IMAGE_TYPE, JOINT_STATE_TYPE, "clap_msgs/msg/Keypoint"} <= read.keys()


def test_the_bytes_that_rclpy_leaves_over_are_passed_over() -> None:
    """Joint states without velocities and efforts, as the stack's own."""
    message = JointState(name=["a", "bc"], position=[1.0, 2.0])
    data = serialize_message(message) + bytes(8)
    assert list(MessageReader().read(connection(JOINT_STATE_TYPE), data).position) == [1.0, 2.0]


def test_rclpy_reads_what_is_written() -> None:
    action = KeyAction(
        tool_down((0.4, 0.1, 0.2), 0.3), Motion.JOINT, GripperCommand.OPEN, 0.05, 1.0, 0.5, "up"
    )
    writer = MessageWriter()
    writer.definition(FEEDBACK_TYPE)
    fields = {
        "stage": "acting",
        "index": 2,
        "subtask": subtask_fields(SUBTASK),
        "keypoint": keypoint_fields("mug", (0.1, 0.2, 0.3), "base", 1_500_000_000),
        "action": key_action_fields(action),
    }
    data = bytes(writer.write(FEEDBACK_TYPE, {"feedback": fields}))
    said = deserialize_message(data, message_class(FEEDBACK_TYPE)).feedback
    assert (said.stage, said.index, said.count, said.text) == ("acting", 2, 0, "")
    assert SubTask.of_message(said.subtask) == SUBTASK
    keypoint = keypoint_from_message(said.keypoint)
    expected = Keypoint("mug", np.array([0.1, 0.2, 0.3]), stamp_ns=1_500_000_000)
    assert (keypoint.label, keypoint.stamp_ns) == (expected.label, expected.stamp_ns)
    assert keypoint.point == pytest.approx(expected.point)
    assert said.keypoint.header.frame_id == "base"
    back = key_action_from_message(said.action)
    assert back.base_T_tcp == pytest.approx(action.base_T_tcp)
    assert (back.motion, back.gripper, back.width_m, back.text) == (
        Motion.JOINT, GripperCommand.OPEN, 0.05, "up",
    )  # fmt: skip


def test_an_image_that_is_written_has_its_pixels() -> None:
    pixels = np.arange(24, dtype=np.uint16).reshape(4, 6)
    fields = {"header": header_fields(3, "eye"), **image_fields(pixels, "16UC1")}
    data = bytes(MessageWriter().write(IMAGE_TYPE, fields))
    rclpys = deserialize_message(data, Image)
    assert (rclpys.header.frame_id, rclpys.header.stamp.nanosec) == ("eye", 3)
    for message in (rclpys, MessageReader().read(connection(IMAGE_TYPE), data)):
        assert np.array_equal(to_array(message), pixels)


def test_a_misspelt_field_is_an_error_of_the_code() -> None:
    with pytest.raises(KeyError, match="positions"):
        MessageWriter().write(JOINT_STATE_TYPE, {"positions": [1.0]})


def test_a_type_that_only_the_bag_knows_is_read_by_its_definition() -> None:
    own = MessageDefinition(MessageDefinitionFormat.MSG, "float64 mass\nstring name\n")
    data = b"\0\1\0\0" + np.float64(2.5).tobytes() + np.uint32(3).tobytes() + b"ab\0"
    message = MessageReader().read(connection("lab_msgs/msg/Load", own), data)
    assert (message.mass, message.name) == (2.5, "ab")
    with pytest.raises(ClapError, match="lab_msgs/msg/Load of /topic is defined neither"):
        MessageReader().read(connection("lab_msgs/msg/Load"), data)
    broken = MessageDefinition(MessageDefinitionFormat.MSG, "float64[ mass")
    with pytest.raises(ClapError, match="/topic"):
        MessageReader().read(connection("lab_msgs/msg/Load", broken), data)


@settings(deadline=None)
@given(keep=st.integers(0, 59), junk=st.binary(max_size=40))
def test_bytes_that_are_no_message_are_refused_by_topic(keep: int, junk: bytes) -> None:
    whole = serialize_message(JointState(name=["joint"], position=[1.0]))
    try:
        message = MessageReader().read(connection(JOINT_STATE_TYPE), whole[:keep] + junk)
    except ClapError as error:
        assert "/topic" in error.reason
    else:
        assert isinstance(message.name, list)
