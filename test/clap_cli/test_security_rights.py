"""Who may do what, and that nobody may do more."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from clap_cli.security.rights import Rights, in_dds
from clap_cli.security.table import rights
from clap_launch import resolve

ROOT = Path(__file__).parents[2]
CAMERAS = ("front", "left", "right", "wrist")
TABLE = rights("fr3", CAMERAS)
DDS = {name: in_dds(name, its, "") for name, its in TABLE.items()}
PEOPLE = {"observer", "operator", "calibration"}
LAUNCHES = {
    "sim": ({"record": "true"}, {"computer": "thinking"}),
    "robot": ({"driver": "fci", "start_cameras": "true", "camera_driver": "pyrealsense2"},),
    "replay": ({"bag": "some/bag"},),
}


def who_may_publish(topic: str) -> set[str]:
    return {n for n, its in DDS.items() if any(fnmatchcase(topic, e) for e in its.publish)}


def who_may_subscribe(topic: str) -> set[str]:
    return {n for n, its in DDS.items() if any(fnmatchcase(topic, e) for e in its.subscribe)}


@pytest.mark.parametrize("name", LAUNCHES)
def test_each_node_of_the_launch_files_has_its_enclave_and_its_rights(name: str) -> None:
    for arguments in LAUNCHES[name]:
        for space in ("", "left"):
            given = {**arguments, "namespace": space}
            for process in resolve(ROOT / f"launch/{name}.launch.yaml", given).processes:
                words = list(process.command)
                enclave = words[words.index("--enclave") + 1]
                assert process.node is not None
                prefix = f"/{space}" if space else ""
                assert enclave == f"{prefix}/{process.node.name}"
                assert process.node.name in TABLE


@pytest.mark.parametrize("value", ["true", "false"])
def test_the_launch_asks_for_security_from_all_or_from_none(value: str) -> None:
    given = {"security": value, "keystore": "/my/keys"}
    for process in resolve(ROOT / "launch/sim.launch.yaml", given).processes:
        environment = process.environment
        assert environment["ROS_SECURITY_ENABLE"] == value
        assert environment["ROS_SECURITY_STRATEGY"] == "Enforce"
        assert environment["ROS_SECURITY_KEYSTORE"] == "/my/keys"


def test_rights_become_the_topics_of_dds() -> None:
    its = in_dds(
        "me",
        Rights(
            publishes=("told",),
            subscribes=("heard", "*"),
            serves=("me/serve",),
            calls=("you/serve",),
            acts=("me/act",),
            commands=("you/act",),
            stops=("he/act",),
            is_managed=True,
        ),
        "/left",
    )
    assert {
        "ros_discovery_info", "rt/rosout", "rt/parameter_events", "rt/left/told",
        "rr/left/me/serveReply", "rq/left/you/serveRequest",
        "rr/left/me/act/_action/send_goalReply", "rt/left/me/act/_action/feedback",
        "rt/left/me/act/_action/status", "rq/left/you/act/_action/send_goalRequest",
        "rq/left/you/act/_action/get_resultRequest", "rq/left/you/act/_action/cancel_goalRequest",
        "rq/left/he/act/_action/cancel_goalRequest", "rr/left/me/get_parametersReply",
        "rr/left/me/change_stateReply", "rt/left/me/transition_event",
    } <= its.publish  # fmt: skip
    assert "rq/left/he/act/_action/send_goalRequest" not in its.publish
    assert {
        "ros_discovery_info", "rt/left/heard", "rt/left/*", "rq/left/me/serveRequest",
        "rr/left/you/serveReply", "rt/left/you/act/_action/feedback",
        "rq/left/me/act/_action/cancel_goalRequest",
    } <= its.subscribe  # fmt: skip


def test_only_the_executor_moves_the_arm_and_calibration_where_a_person_gives_it_its_key() -> None:
    goal = "rq/fr3_arm_controller/follow_joint_trajectory/_action/send_goalRequest"
    assert who_may_publish(goal) == {"franka_executor", "calibration"}
    assert who_may_publish(goal.replace("send_goal", "cancel_goal")) == {
        "franka_executor", "calibration", "lifecycle_manager",
    }  # fmt: skip
    assert who_may_publish("rq/franka_executor/execute/_action/send_goalRequest") == {
        "task_executive"
    }
    assert who_may_publish("rq/task_executive/execute_task/_action/send_goalRequest") == {
        "operator"
    }


def test_nobody_forges_clouds_states_or_another_node_s_answers() -> None:
    """The player plays all of a bag back: it has a launch of its own, without an arm."""
    assert who_may_publish("rt/scene/points") == {"cloud_fusion", "player"}
    assert who_may_publish("rt/joint_states") == {"simulation", "fci_driver", "player"}
    assert who_may_publish("rr/policy/predictReply") == {"policy"}
    assert who_may_publish("rq/franka_executor/change_stateRequest") == {"lifecycle_manager"}
    assert who_may_publish("rq/franka_executor/set_parametersRequest") == set()


def test_the_thinking_computer_hears_no_pictures_and_who_looks_says_nothing() -> None:
    hears = who_may_subscribe("rt/camera/front/color/image_raw")
    assert hears == {"cloud_fusion", "recorder", "rviz", *PEOPLE}
    said = {topic for topic in DDS["observer"].publish if topic.startswith(("rt", "rq"))}
    assert said == {
        "rt/rosout", "rt/parameter_events", "rq/lifecycle_manager/is_activeRequest",
        "rq/thinking_manager/is_activeRequest",
    }  # fmt: skip
