"""Gazebo's launch file and configuration: every name of others is the one that they have, and what
one part says the next one hears. What is Gazebo's and ros2_control's own was read from the sources
of ros_gz, gz_ros2_control, ros2_control (jazzy) and franka_description; nothing of it runs here."""

from __future__ import annotations

import argparse
from pathlib import Path
from xml.etree import ElementTree

import gazebo_install
import numpy as np
import pytest
import yaml
from ament_index_python.packages import PackageNotFoundError, get_package_prefix
from gazebo_install import LAUNCH_FILE, PROGRAMS, ROOT, WORLD, Seen, see
from test_launch_files import NODE_MODULES, declared_by

from clap_bringup.camera_extrinsics.config import read_poses
from clap_core.camera.realsense import LINK_T_OPTICAL, color_frame, link_frame
from clap_core.geometry.transforms import quaternion_xyzw
from clap_core.robot.names import franka_names
from clap_core.robot.specification import HOME
from clap_franka.trajectory_hand.config import TrajectoryHandConfig
from clap_launch import LaunchError, resolve
from clap_launch.arguments import describe
from clap_manipulation.franka_executor.config import ExecutorConfig
from clap_perception.cloud_fusion.config import CloudFusionConfig
from clap_sim.gazebo.cameras import STAND_CAMERAS, camera_topic
from clap_sim.gazebo.export import ROOM, WORLD_FILE, add_arguments
from clap_sim.gazebo.sdf import WORLD_NAME

FOLDER = ROOT / "config/gazebo"
BRIDGE = yaml.safe_load((FOLDER / "bridge.yaml").read_text())
CONTROLLERS = yaml.safe_load((FOLDER / "controllers.yaml").read_text())
XACRO = ElementTree.parse(FOLDER / "franka.urdf.xacro").getroot()
XACRO_NS = "{http://www.ros.org/wiki/xacro}"
ARMS = ("fr3", "fer")
INTERFACES = ("position", "effort")

BRIDGE_KEYS = {
    "ros_topic_name", "gz_topic_name", "ros_type_name", "gz_type_name", "direction", "lazy",
    "subscriber_queue", "publisher_queue", "frame_id",
}  # fmt: skip
BRIDGED_TYPES = {
    "rosgraph_msgs/msg/Clock": "gz.msgs.Clock",
    "sensor_msgs/msg/Image": "gz.msgs.Image",
    "sensor_msgs/msg/CameraInfo": "gz.msgs.CameraInfo",
}
SPAWNER_OPTIONS = {
    "--controller-manager", "--controller-manager-timeout", "--service-call-timeout",
    "--switch-timeout", "--param-file",
}  # fmt: skip
CREATE_OPTIONS = {"-world", "-topic", "-name"}
GZ_SIM_ARGUMENTS = {"gz_args", "gz_version", "debugger", "on_exit_shutdown"}
STATIC_TRANSFORM_OPTIONS = {"--frame-id", "--child-frame-id", "--qx", "--qy", "--qz", "--qw"}


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seen:
    gazebo_install.install(tmp_path, monkeypatch)
    return see(monkeypatch)


def options(words: list[str]) -> dict[str, str]:
    """What follows each word with a dash."""
    return {
        word: following
        for word, following in zip(words, [*words[1:], ""], strict=True)
        if word.startswith("-") and not word.lstrip("-")[:1].isdigit()
    }


def section(name: str) -> dict[str, object]:
    found: dict[str, object] = CONTROLLERS[f"/**/{name}"]["ros__parameters"]
    return found


def test_the_bridge_has_only_keys_types_and_directions_that_it_knows() -> None:
    for entry in BRIDGE:
        assert entry.keys() <= BRIDGE_KEYS
        assert BRIDGED_TYPES[entry["ros_type_name"]] == entry["gz_type_name"]
        assert entry["direction"] == "GZ_TO_ROS"
        assert not entry["ros_topic_name"].startswith("/"), "it is below the bridge's namespace"
    assert len({entry["ros_topic_name"] for entry in BRIDGE}) == len(BRIDGE)


def test_the_bridge_carries_what_cloud_fusion_listens_to_from_where_the_world_says_it() -> None:
    config = CloudFusionConfig()
    carried = {
        (entry["ros_topic_name"], entry["gz_topic_name"], entry.get("frame_id")) for entry in BRIDGE
    }
    wanted = {("clock", "/clock", None)}
    for mount in STAND_CAMERAS:
        below = f"/{camera_topic(mount.name)}"
        for topic, channel in (
            (config.color_topic, "image"),
            (config.depth_topic, "depth_image"),
            (config.camera_info_topic, "camera_info"),
            ("camera/{camera}/color/camera_info", "camera_info"),
        ):
            name = topic.replace("{camera}", mount.name)
            wanted.add((name, f"{below}/{channel}", color_frame(mount.name)))
    assert carried == wanted
    assert config.cameras == tuple(mount.name for mount in STAND_CAMERAS)


@pytest.mark.parametrize("arm_id", ARMS)
def test_the_arm_has_the_controller_that_the_executor_calls_with_franka_ros2s_gains(
    arm_id: str,
) -> None:
    names = franka_names(arm_id)
    assert ExecutorConfig(arm_id=arm_id).trajectory_action.startswith(f"{names.controller}/")
    arm = section(names.controller)
    assert arm["type"] == "joint_trajectory_controller/JointTrajectoryController"
    assert arm["joints"] == list(names.arm_joints)
    assert arm["command_interfaces"] == ["effort"]
    assert arm["state_interfaces"] == ["position", "velocity"]
    stiffness, damping = (600, 600, 600, 600, 250, 150, 50), (30, 30, 30, 30, 10, 10, 5)
    assert arm["gains"] == {
        joint: {"p": p, "d": d, "i": 0, "i_clamp": 1}
        for joint, p, d in zip(names.arm_joints, stiffness, damping, strict=True)
    }


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("arm_id", ARMS)
def test_the_hand_has_a_controller_of_finger_joint_1_for_each_interface(
    arm_id: str, interface: str
) -> None:
    hand = section(f"{arm_id}_hand_{interface}_controller")
    finger = franka_names(arm_id).finger_joints[0]
    assert hand["type"] == "joint_trajectory_controller/JointTrajectoryController"
    assert (hand["joints"], hand["command_interfaces"]) == ([finger], [interface])
    assert hand["state_interfaces"] == ["position", "velocity"]
    assert "constraints" not in hand, "a goal that is aborted would end the grip"
    gains = hand.get("gains")
    assert (gains is None) if interface == "position" else (list(gains) == [finger])  # type: ignore[call-overload]


def test_the_file_of_controllers_is_one_that_the_spawner_and_ros_can_read() -> None:
    """The spawner refuses one without a `type` in the controller's own section."""
    assert all(name.startswith("/**/") for name in CONTROLLERS)
    for name, values in CONTROLLERS.items():
        assert values.keys() == {"ros__parameters"}
        if name != "/**/controller_manager":
            assert "/" in values["ros__parameters"]["type"], name
    assert section("controller_manager")["update_rate"] == 1000
    broadcaster = section("joint_state_broadcaster")
    assert broadcaster["type"] == "joint_state_broadcaster/JointStateBroadcaster"
    text = (FOLDER / "controllers.yaml").read_text()
    assert "&" not in text and "*fr3" not in text, "ROS's parameter files know no anchors"


def test_each_joint_of_the_xacro_has_one_command_interface() -> None:
    driven = {
        joint.get("name"): (joint.get("command"), float(str(joint.get("start"))))
        for joint in XACRO.iter(f"{XACRO_NS}driven_joint")
    }
    arm = {f"${{id}}_joint{i}": ("effort", pytest.approx(HOME[i - 1])) for i in range(1, 8)}
    assert driven == {**arm, "${id}_finger_joint1": ("$(arg hand_interface)", 0.04)}
    macro = next(XACRO.iter(f"{XACRO_NS}macro"))
    assert [c.get("name") for c in macro.iter("command_interface")] == ["${command}"]
    assert [s.get("name") for s in macro.iter("state_interface")] == [
        "position", "velocity", "effort",
    ]  # fmt: skip
    passive = XACRO.findall("ros2_control/joint")
    assert [joint.get("name") for joint in passive] == ["${id}_finger_joint2"]
    assert passive[0].find("command_interface") is None, "a joint that mimics must not have one"


def test_the_xacro_names_gz_ros2_controls_plugins_and_franka_descriptions_robots() -> None:
    (hardware,) = XACRO.findall("ros2_control/hardware/plugin")
    assert hardware.text == "gz_ros2_control/GazeboSimSystem"
    (system,) = XACRO.findall("gazebo/plugin")
    assert system.get("filename") == "gz_ros2_control-system"
    assert system.get("name") == "gz_ros2_control::GazeboSimROS2ControlPlugin"
    (parameters,) = system.findall("parameters")
    assert parameters.text == "$(arg controllers)"
    (ros,) = system.iter("ros")
    assert [(e.tag, e.text) for e in ros] == [
        ("namespace", "${ns}"),
        ("remapping", "/clock:=${ns}/clock"),
        ("remapping", "/diagnostics:=${ns}/diagnostics"),
    ]
    (included,) = XACRO.iter(f"{XACRO_NS}include")
    robot = "robots/$(arg robot_type)/$(arg robot_type).urdf.xacro"
    assert included.get("filename") == f"$(find franka_description)/{robot}"
    weightless = {e.get("link") for e in XACRO.iter(f"{XACRO_NS}weightless")}
    assert weightless == {
        *(f"${{id}}_link{i}" for i in range(1, 8)), "${id}_leftfinger", "${id}_rightfinger",
    }  # fmt: skip


@pytest.mark.parametrize("namespace", ["", "/left"])
@pytest.mark.parametrize("arm_id", ARMS)
def test_the_real_xacro_makes_a_robot_of_it(arm_id: str, namespace: str) -> None:
    xacro = pytest.importorskip("xacro", reason="it comes with a ROS install")
    try:
        get_package_prefix("franka_description")
    except PackageNotFoundError:
        pytest.skip("franka_description is not installed")
    arguments = {"robot_type": arm_id, "namespace": namespace, "hand_interface": "effort"}
    made = xacro.process_file(
        str(FOLDER / "franka.urdf.xacro"), mappings={**arguments, "controllers": "/c.yaml"}
    )
    robot = ElementTree.fromstring(made.toxml())
    names = franka_names(arm_id)
    commanded = {
        joint.get("name"): [c.get("name") for c in joint.iter("command_interface")]
        for joint in robot.findall("ros2_control/joint")
    }
    effort = {joint: ["effort"] for joint in (*names.arm_joints, names.finger_joints[0])}
    assert commanded == {**effort, names.finger_joints[1]: []}
    assert commanded.keys() <= {joint.get("name") for joint in robot.findall("joint")}
    (mimic,) = robot.findall(f"joint[@name='{names.finger_joints[1]}']/mimic")
    assert mimic.get("joint") == names.finger_joints[0]
    links = {link.get("name") for link in robot.findall("link")}
    children = {child.get("link") for child in robot.findall("joint/child")}
    assert links - children == {"world"}, "Gazebo fixes a robot that begins at world"
    weightless = {
        g.get("reference") for g in robot.findall("gazebo") if g.find("gravity") is not None
    }
    assert len(weightless) == 9 and weightless <= links
    (plugin,) = [p for p in robot.iter("plugin") if p.get("filename")]
    assert plugin.findtext("parameters") == "/c.yaml"
    assert plugin.findtext("ros/namespace", "") == namespace


@pytest.mark.parametrize("arm_id", ARMS)
@pytest.mark.parametrize("interface", INTERFACES)
def test_the_robot_is_made_with_arguments_that_the_xacro_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arm_id: str, interface: str
) -> None:
    gazebo_install.install(tmp_path, monkeypatch)
    seen = see(monkeypatch, arm_id=arm_id, hand_interface=interface, namespace="left")
    (xacro,) = [words for words in seen.commands if words[0] == "xacro"]
    assert Path(xacro[1]).resolve() == (FOLDER / "franka.urdf.xacro").resolve()
    given = dict(word.split(":=") for word in xacro[2:])
    assert given.keys() <= {arg.get("name") for arg in XACRO.iter(f"{XACRO_NS}arg")}
    assert (given["robot_type"], given["hand_interface"]) == (arm_id, interface)
    assert given["namespace"] == "/left"
    assert Path(given["controllers"]).resolve() == (FOLDER / "controllers.yaml").resolve()
    defaults = {arg.get("name"): arg.get("default") for arg in XACRO.iter(f"{XACRO_NS}arg")}
    fixed = {name: defaults[name] for name in ("gazebo", "hand", "ee_id")}
    assert fixed == {"gazebo": "true", "hand": "true", "ee_id": "franka_hand"}
    publisher = seen.parameters("robot_state_publisher")
    assert publisher == {"use_sim_time": True, "robot_description": "<robot/>"}


def test_the_world_is_made_by_our_own_program_with_arguments_that_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gazebo_install.install(tmp_path, monkeypatch)
    seen = see(monkeypatch, scene="drawer", seed="7", camera_rate="5.0", world_dir="here")
    *_, program = (words for words in seen.commands if words[0] != "xacro")
    assert program[0].endswith("lib/clap_sim/gazebo_world")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    args = parser.parse_args(program[1:])
    assert (args.scene, args.seed, args.camera_rate, args.out) == ("drawer", 7, 5.0, Path("here"))


@pytest.mark.parametrize(("gui", "how"), [("true", "-r"), ("false", "-r -s --headless-rendering")])
def test_gazebo_runs_the_world_and_finds_its_models_the_meshes_and_the_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gui: str, how: str
) -> None:
    monkeypatch.setenv("GZ_SIM_RESOURCE_PATH", "/mine")
    monkeypatch.delenv("GZ_SIM_SYSTEM_PLUGIN_PATH", raising=False)
    gazebo_install.install(tmp_path, monkeypatch)
    seen = see(monkeypatch, gui=gui)
    (file, arguments), *more = seen.included
    assert not more and file == f"{tmp_path}/share/ros_gz_sim/launch/gz_sim.launch.py"
    assert arguments.keys() <= GZ_SIM_ARGUMENTS
    assert arguments["gz_args"] == f"{how} {WORLD}/{WORLD_FILE}"
    assert arguments["on_exit_shutdown"] == "true"
    resources = seen.environment["GZ_SIM_RESOURCE_PATH"].split(":")
    # Meshes are named package://franka_description/..., which Gazebo looks for below each.
    assert resources == [f"{WORLD}/models", f"{tmp_path}/share", "/mine"]
    assert seen.environment["GZ_SIM_SYSTEM_PLUGIN_PATH"] == f"{tmp_path}/lib"
    assert "GZ_PARTITION" not in seen.environment or not seen.environment["GZ_PARTITION"]


def test_the_robot_is_put_into_the_world_from_its_description(seen: Seen) -> None:
    given = options(seen.words("create_robot"))
    assert given.keys() == CREATE_OPTIONS
    assert given == {"-world": WORLD_NAME, "-topic": "/robot_description", "-name": "fr3"}


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("arm_id", ARMS)
def test_the_spawner_starts_controllers_that_the_file_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arm_id: str, interface: str
) -> None:
    gazebo_install.install(tmp_path, monkeypatch)
    seen = see(monkeypatch, arm_id=arm_id, hand_interface=interface)
    words = seen.words("spawner")
    given = options(words)
    assert given.keys() == SPAWNER_OPTIONS
    controllers = words[: next(i for i, word in enumerate(words) if word.startswith("--"))]
    hand = f"{arm_id}_hand_{interface}_controller"
    assert controllers == ["joint_state_broadcaster", franka_names(arm_id).controller, hand]
    assert all(f"/**/{name}" in CONTROLLERS for name in controllers)
    assert Path(given["--param-file"]).resolve() == (FOLDER / "controllers.yaml").resolve()
    parameters = seen.parameters("trajectory_hand")
    assert parameters["controller"] == hand and parameters["arm_id"] == arm_id
    # It presses with 20 N more than without, at 1 N per mm.
    assert parameters["fingers.overshoot"] == (0.04 if interface == "effort" else 0.0)
    config = TrajectoryHandConfig(arm_id=arm_id, controller=hand)
    assert config.trajectory_action == f"{hand}/follow_joint_trajectory"


def test_the_bridge_gets_its_file_and_ends_the_launch_with_it(seen: Seen) -> None:
    file = Path(seen.parameters("gazebo_bridge")["config_file"])
    assert file.resolve() == (FOLDER / "bridge.yaml").resolve()
    (process,) = [
        p for p in seen.description.processes if p.node and p.node.name == "gazebo_bridge"
    ]
    assert process.required


def test_frames_lead_from_the_robots_base_to_each_cameras_optical_frame(seen: Seen) -> None:
    """Gazebo publishes none of them."""
    base = options(seen.words("base_frame"))
    assert base == {"--frame-id": "world", "--child-frame-id": "base"}
    poses = read_poses(Path(seen.parameters("camera_extrinsics")["file"]), "fr3")
    x, y, z, w = quaternion_xyzw(LINK_T_OPTICAL)
    for mount in STAND_CAMERAS:
        given = options(seen.words(f"{mount.name}_optical_frame"))
        assert given.keys() == STATIC_TRANSFORM_OPTIONS
        turned = np.array([float(given[f"--q{axis}"]) for axis in "xyzw"])
        np.testing.assert_allclose(abs(turned @ [x, y, z, w]), 1.0)
        assert poses[mount.name].child_frame == given["--frame-id"] == link_frame(mount.name)
        assert given["--child-frame-id"] == color_frame(mount.name)
        assert poses[mount.name].parent_frame == "fr3_link0"


def test_nothing_waits_for_a_state_that_gazebo_does_not_have() -> None:
    sections = yaml.safe_load((ROOT / "config/gazebo.yaml").read_text())
    executor = sections["/**/franka_executor"]["ros__parameters"]
    assert executor["supervision.require_robot_state"] is False


def test_every_parameter_is_one_of_its_node(seen: Seen) -> None:
    ours = {p.node.name for p in seen.description.processes if p.node}
    assert ours >= {"trajectory_hand", "camera_extrinsics", "franka_executor"}
    for name in ours & NODE_MODULES.keys():
        assert seen.parameters(str(name)).keys() <= declared_by(str(name)), name


def test_all_nodes_take_their_time_from_gazebo(seen: Seen) -> None:
    without = {"create_robot", "spawner", "gazebo_bridge", "camera_extrinsics", "base_frame"}
    for process in seen.description.processes:
        assert process.node is not None and process.node.name is not None
        name = process.node.name
        if name in without or name.endswith("_optical_frame"):
            continue
        assert seen.parameters(name)["use_sim_time"] is True, name


@pytest.mark.parametrize("given", ["left", "/left", "left/"])
def test_in_a_namespace_everything_is_below_it_and_another_simulation_is_not_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    gazebo_install.install(tmp_path, monkeypatch)
    seen = see(monkeypatch, namespace=given, rviz="true", record="true")
    for process in seen.description.processes:
        assert process.node is not None
        name = str(process.node.name)
        assert process.node.namespace == "/left", name
        for old, new in process.node.remaps:
            assert old in {"/clock", "/tf", "/tf_static", "/diagnostics"}
            assert new == f"/left{old}"
        if seen.parameters(name).get("use_sim_time"):
            assert ("/clock", "/left/clock") in process.node.remaps, name
        if "static_transform_publisher" in process.command[0]:
            assert ("/tf_static", "/left/tf_static") in process.node.remaps
        assert process.environment["GZ_PARTITION"] == "/left"
    publisher = dict(seen.node("robot_state_publisher").remaps)
    assert {"/tf", "/tf_static", "/clock"} == publisher.keys()
    assert options(seen.words("create_robot"))["-topic"] == "/left/robot_description"
    assert options(seen.words("spawner"))["--controller-manager"] == "controller_manager"
    assert seen.environment["GZ_PARTITION"] == "/left"


@pytest.mark.parametrize("package", sorted(PROGRAMS.keys() - {"rviz2"}))
def test_what_is_not_installed_is_named_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    gazebo_install.install(tmp_path, monkeypatch, without=package)
    with pytest.raises(LaunchError, match=f"package '{package}' is not in the ament index"):
        see(monkeypatch)
    entries = yaml.safe_load(LAUNCH_FILE.read_text())["launch"]
    kinds = [next(iter(entry)) for entry in entries]
    first = min(kinds.index(kind) for kind in ("node", "group"))
    programs = [i for i, e in enumerate(entries) if "$(command" in str(e.get("let", ""))]
    checks = [i for i, e in enumerate(entries) if "$(find-pkg" in str(e.get("let", ""))]
    assert checks and max(checks) < min(programs) < first


def test_our_runner_shows_the_arguments_without_any_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gazebo_install.install(tmp_path, monkeypatch, without="ros_gz_sim")
    shown = describe(LAUNCH_FILE)
    for name in ("scene", "world_dir", "gui", "hand_interface", "arm_id", "namespace"):
        assert f"'{name}':" in shown


def test_where_all_is_installed_our_runner_names_the_one_that_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gazebo_install.install(tmp_path, monkeypatch)
    with pytest.raises(LaunchError, match="ros2 launch"):
        resolve(LAUNCH_FILE)


def test_no_model_of_the_world_has_the_robots_name() -> None:
    """`create` would refuse it."""
    assert not {ROOM, *(f"camera_{mount.name}" for mount in STAND_CAMERAS)} & set(ARMS)
