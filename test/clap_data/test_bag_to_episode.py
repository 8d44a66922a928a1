"""From episodes to bags and back, from a recorded run, and from bags that lack something."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mug_demonstration import INSTRUCTION, PLAN, STEPS, copy, demonstration
from rclpy.serialization import deserialize_message, serialize_message
from rosbags.rosbag2 import Reader, StoragePlugin, Writer
from sensor_msgs.msg import CameraInfo, JointState

from clap_core.camera.rectification import Rectification
from clap_core.errors import ClapError
from clap_core.task_types import Action
from clap_data.bags import from_episode
from clap_data.bags.from_episode import write_bag
from clap_data.bags.robot_log import read_robot_log
from clap_data.bags.to_episode import Conversion, convert
from clap_data.episodes import (
    EpisodeFile,
    Look,
    write_episode,
)

DEMO_BAG = Path(__file__).parents[1] / "data" / "demo_bag"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("original") / "mug.episode"
    write_episode(path, *demonstration())
    return path


@pytest.fixture(scope="module")
def bag(original: Path) -> Path:
    folder = original.parent / "bag"
    with EpisodeFile(original) as episode:
        write_bag(episode, folder)
    return folder


def as_recorded_by_a_person(bag: Path, target: Path) -> Path:
    return copy(bag, target, lambda topic: not topic.startswith(("/task_", "/keypoint")))


def test_an_episode_survives_the_way_through_a_bag(
    original: Path, bag: Path, tmp_path: Path
) -> None:
    convert(bag, tmp_path / "back.episode", Conversion())
    with EpisodeFile(original) as before, EpisodeFile(tmp_path / "back.episode") as after:
        assert after.record.instruction == INSTRUCTION
        assert [subtask.subtask for subtask in after.record.subtasks] == [item for item, _ in PLAN]
        for ours, theirs in zip(before.record.subtasks, after.record.subtasks, strict=True):
            assert theirs.key_poses == ours.key_poses
            assert theirs.keypoint_m == pytest.approx(ours.keypoint_m, abs=1e-9)
        cameras = [camera.name for camera in before.record.cameras]
        pairs = zip(before.looks(), after.looks(cameras), strict=True)
        for number, (ours, theirs) in enumerate(pairs):
            check_look(ours, theirs, number)


def test_a_d405_s_colour_topic_and_lens(bag: Path, original: Path, tmp_path: Path) -> None:
    d = [-0.3, 0.1, 0.001, -0.002, 0.0]

    def as_d405(topic: str, data: bytes) -> tuple[str, bytes]:
        if topic.startswith("/camera/front/") and topic.endswith("/camera_info") and data:
            message = deserialize_message(data, CameraInfo)
            message.d = d
            data = serialize_message(message)
        return topic.replace("front/color/image_raw", "front/color/image_rect_raw"), data

    d405 = copy(bag, tmp_path / "d405", lambda topic: True, change=as_d405)
    convert(d405, tmp_path / "back.episode", Conversion(cameras=("front", "left")))
    with EpisodeFile(original) as before, EpisodeFile(tmp_path / "back.episode") as after:
        cameras = ["front", "left"]
        for ours, theirs in zip(before.looks(cameras), after.looks(cameras), strict=True):
            front, left = ours.views
            lens = Rectification(front.intrinsics, "plumb_bob", d)
            assert (theirs.views[0].rgb != front.rgb).any()
            for expected, found in zip((lens.apply(front), left), theirs.views, strict=True):
                np.testing.assert_array_equal(found.rgb, expected.rgb)
                np.testing.assert_array_equal(found.depth, expected.depth)


def check_look(ours: Look, theirs: Look, number: int) -> None:
    assert theirs.joints_rad == pytest.approx(ours.joints_rad, abs=2e-3)
    assert theirs.gripper_width_m == pytest.approx(ours.gripper_width_m, abs=1e-6)
    for a, b in zip(ours.views, theirs.views, strict=True):
        assert np.array_equal(a.rgb, b.rgb), (number, a.name)
        assert np.array_equal(a.depth, b.depth), (number, a.name)
        assert b.base_T_camera == pytest.approx(a.base_T_camera, abs=1e-6)
        assert b.intrinsics == a.intrinsics
    if ours.action is None:
        assert theirs.action is None
        return
    assert theirs.action is not None
    assert theirs.action.base_T_tcp == pytest.approx(ours.action.base_T_tcp, abs=2e-3)
    for name in ("motion", "gripper", "text"):
        assert getattr(theirs.action, name) == getattr(ours.action, name), number


def test_a_persons_demonstration_is_divided_by_the_plan_of_its_instruction(
    bag: Path, tmp_path: Path
) -> None:
    person = as_recorded_by_a_person(bag, tmp_path / "person")
    record = convert(person, tmp_path / "x.episode", Conversion(instruction=INSTRUCTION))
    assert [(item.action, item.key_poses) for item in record.subtasks] == [
        (Action.APPROACH, (0, 1)),
        (Action.GRASP, (1, 2)),
        (Action.MOVE, (2, 4)),
        (Action.RELEASE, (4, 6)),
    ]
    # Where the hand closed, and where it opened.
    assert record.subtasks[1].keypoint_m == pytest.approx(STEPS[1][0], abs=2e-3)
    assert record.subtasks[3].keypoint_m == pytest.approx(STEPS[4][0], abs=2e-3)


def test_words_that_the_planner_does_not_know_leave_the_hand_to_divide(
    bag: Path, tmp_path: Path
) -> None:
    person = as_recorded_by_a_person(bag, tmp_path / "person")
    record = convert(person, tmp_path / "x.episode", Conversion(instruction="tidy up a bit"))
    assert [(item.action, item.key_poses) for item in record.subtasks] == [
        (Action.GRASP, (0, 2)),
        (Action.RELEASE, (2, 6)),
    ]
    assert record.subtasks[0].text == "tidy up a bit (part 1 of 2)"


def test_a_given_plan_must_fit_what_the_hand_did(bag: Path, tmp_path: Path) -> None:
    person = as_recorded_by_a_person(bag, tmp_path / "person")
    right = Conversion(instruction="x", subtasks=tuple(item for item, _ in PLAN))
    record = convert(person, tmp_path / "x.episode", right)
    assert [item.text for item in record.subtasks] == [item.text for item, _ in PLAN]
    wrong = Conversion(instruction="x", subtasks=(PLAN[0][0], PLAN[1][0]))
    with pytest.raises(ClapError, match="shows a grasp, a release in 6 key poses"):
        convert(person, tmp_path / "y.episode", wrong)
    with pytest.raises(ClapError, match="--instruction"):
        convert(person, tmp_path / "y.episode", Conversion())
    assert not (tmp_path / "y.episode").exists()


@pytest.mark.parametrize(
    ("without", "cameras", "parts"),
    [
        ("/joint_states", (), ["/joint_states with the arm's"]),
        ("/tf", (), ["/tf and /tf_static"]),
        ("/camera", (), ["/camera/NAME/color/image_raw"]),
        ("/camera/front/aligned_depth_to_color", ("front",), ["/camera/front/"]),
        ("/", (), ["/joint_states", "/tf", "/camera/NAME"]),
    ],
)
def test_missing_topics_are_named_with_the_cure(
    bag: Path, tmp_path: Path, without: str, cameras: tuple[str, ...], parts: list[str]
) -> None:
    def wanted(topic: str) -> bool:
        is_hand = topic == "/franka_gripper/joint_states" and without == "/joint_states"
        return topic.startswith("/task_planner") or not (topic.startswith(without) or is_hand)

    poor = copy(bag, tmp_path / "poor", wanted)
    with pytest.raises(ClapError) as caught:
        convert(poor, tmp_path / "x.episode", Conversion(cameras=cameras))
    assert str(poor) in caught.value.reason
    assert all(part in caught.value.reason for part in parts)
    assert "clap record" in caught.value.cure
    assert "/task_planner/plan_result" in caught.value.seen
    assert not (tmp_path / "x.episode").exists()


def test_a_camera_without_depth_is_left_out_unless_asked_for(bag: Path, tmp_path: Path) -> None:
    poor = copy(bag, tmp_path / "poor", lambda topic: "front/aligned" not in topic)
    record = convert(poor, tmp_path / "x.episode", Conversion())
    assert {camera.name for camera in record.cameras} == {"left", "wrist"}
    record = convert(poor, tmp_path / "x.episode", Conversion(cameras=("wrist",)))
    assert [camera.name for camera in record.cameras] == ["wrist"]


def test_a_camera_without_a_pose_is_named(bag: Path, tmp_path: Path) -> None:
    poor = copy(bag, tmp_path / "poor", lambda topic: topic != "/tf_static")
    with pytest.raises(ClapError, match="where the camera front is"):
        convert(poor, tmp_path / "x.episode", Conversion())


def test_a_bag_is_never_overwritten_and_never_half_written(
    original: Path, bag: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EpisodeFile(original) as episode:
        with pytest.raises(ClapError, match="exists already"):
            write_bag(episode, bag)

        def fail(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(from_episode._EpisodeBag, "_write_images", fail)
        with pytest.raises(ClapError, match="No space left"):
            write_bag(episode, tmp_path / "full")
    assert not list(tmp_path.iterdir())


# A run of the stack itself, recorded at 30 Hz in the simulation: seven actions, of which the
# last lowering and the opening of the hand are one key pose.
DEMO_ACTIONS = (
    ("joint", "open", "above the handle, open"),
    ("linear", "grasp", "down to the red mug, grasp it (handle)"),
    ("linear", "keep", "lift it"),
    ("joint", "keep", "carry the red mug to next to the plate"),
    ("linear", "open", "let the red mug go"),
    ("linear", "keep", "up"),
)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of three moments only the bag has images, so any image must do."""
    path = tmp_path_factory.mktemp("recorded") / "demo.episode"
    convert(DEMO_BAG, path, Conversion(cameras=("front",), image_gap_s=5.0))
    return path


def test_a_recorded_run_has_the_key_poses_that_were_executed(recorded: Path) -> None:
    with EpisodeFile(recorded) as episode:
        record = episode.record
    poses = [look.key_pose for look in record.looks if look.key_pose is not None]
    assert tuple((pose.motion, pose.gripper, pose.text) for pose in poses) == DEMO_ACTIONS
    assert poses[0].width_m == pytest.approx(0.05, abs=1e-3)  # opened only so far
    assert [(item.action, item.key_poses) for item in record.subtasks] == [
        (Action.APPROACH, (0, 1)),
        (Action.GRASP, (1, 3)),
        (Action.MOVE, (3, 4)),
        (Action.RELEASE, (4, 6)),
    ]
    grasped, keypoint = poses[1].base_T_tcp, record.subtasks[1].keypoint_m
    assert keypoint is not None
    assert [grasped[axis][3] for axis in range(3)] == pytest.approx(keypoint, abs=0.02)


WITHOUT_ROS = """
import os, sys
from pathlib import Path

class NoRos:
    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top in ("rclpy", "ament_index_python", "builtin_interfaces") or top.endswith("_msgs"):
            raise ImportError(f"{name} is of ROS")

sys.meta_path.insert(0, NoRos())
del os.environ["AMENT_PREFIX_PATH"]
from clap_core.errors import ClapError
from clap_data.bags.from_episode import write_bag
from clap_data.bags.to_episode import Conversion, convert
from clap_data.episodes import EpisodeFile

bag, folder = map(Path, sys.argv[1:])
convert(bag, folder / "x.episode", Conversion(cameras=("front",), image_gap_s=5.0))
try:
    write_bag(EpisodeFile(folder / "x.episode"), folder / "bag")
except ClapError as error:
    print(error.message)
"""


def test_a_recording_becomes_an_episode_without_ros(recorded: Path, tmp_path: Path) -> None:
    """The other way needs the definitions of this stack's messages, and says so."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ROS, DEMO_BAG, tmp_path], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.episode").read_bytes() == recorded.read_bytes()
    assert "clap_msgs" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["x.episode"]


def test_a_key_frame_without_images_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClapError) as caught:
        convert(DEMO_BAG, tmp_path / "x.episode", Conversion())
    assert "has no /camera/front/color/image_raw of the key frame" in caught.value.reason
    assert "--image-gap" in caught.value.cure


def test_a_recorded_run_survives_the_way_through_a_bag(recorded: Path, tmp_path: Path) -> None:
    with EpisodeFile(recorded) as episode:
        write_bag(episode, tmp_path / "bag")
        before = episode.record
    after = convert(tmp_path / "bag", tmp_path / "back.episode", Conversion())
    assert after.subtasks == before.subtasks
    for ours, theirs in zip(before.looks[:-1], after.looks[:-1], strict=True):
        assert theirs.key_pose is not None and ours.key_pose is not None
        assert theirs.key_pose.text == ours.key_pose.text
        assert theirs.key_pose.gripper == ours.key_pose.gripper
        assert np.array(theirs.key_pose.base_T_tcp) == pytest.approx(
            np.array(ours.key_pose.base_T_tcp), abs=3e-3
        )


def test_the_hand_may_be_on_a_topic_of_its_own(bag: Path, tmp_path: Path) -> None:
    """As where no node joins the driver's topics; and other rates and delays are not mixed."""
    both = read_robot_log(bag)
    apart = tmp_path / "apart"
    with Reader(bag) as reader:
        arm = [c for c in reader.connections if c.topic == "/joint_states"]
        messages = [
            (stamp, deserialize_message(data, JointState))
            for _, stamp, data in reader.messages(arm)
        ]
    for _, message in messages:
        message.name, message.position = message.name[:7], message.position[:7]
    more = {"/franka/joint_states": messages}
    log = read_robot_log(copy(bag, apart, lambda topic: topic != "/joint_states", more))
    assert np.array_equal(log.joints_rad, both.joints_rad)
    assert log.width_m == pytest.approx(both.width_m)


def in_namespaces(source: Path, target: Path, *namespaces: str) -> Path:
    """What as many arms, each in a namespace, would have recorded."""
    with (
        Reader(source) as reader,
        Writer(target, version=9, storage_plugin=StoragePlugin.MCAP) as writer,
    ):
        added = {
            (c.id, space): writer.add_connection(
                f"{space}{c.topic}", c.msgtype, msgdef=c.msgdef.data, rihs01=c.digest
            )
            for c in reader.connections
            for space in namespaces
        }
        for c, stamp, data in reader.messages():
            for space in namespaces:
                writer.write(added[c.id, space], stamp, data)
    return target


def test_an_arm_in_a_namespace_has_the_episode_of_one_without(bag: Path, tmp_path: Path) -> None:
    moved = in_namespaces(bag, tmp_path / "moved", "/left")
    convert(bag, tmp_path / "plain.episode", Conversion())
    convert(moved, tmp_path / "left.episode", Conversion())
    with (
        EpisodeFile(tmp_path / "plain.episode") as plain,
        EpisodeFile(tmp_path / "left.episode") as left,
    ):
        assert left.record.subtasks == plain.record.subtasks
        cameras = [camera.name for camera in plain.record.cameras]
        assert [camera.name for camera in left.record.cameras] == cameras
        for ours, theirs in zip(plain.looks(cameras), left.looks(cameras), strict=True):
            assert np.array_equal(ours.views[0].depth, theirs.views[0].depth)


def test_of_several_arms_none_is_guessed(bag: Path, tmp_path: Path) -> None:
    both = in_namespaces(bag, tmp_path / "both", "/left", "/right")
    with pytest.raises(ClapError, match=r"/left, /right.*record --namespace /left"):
        convert(both, tmp_path / "no.episode", Conversion())
