"""Who may do what: one entry for each node of the launch files, and for the people beside them.

It is written down and not copied from a running graph, so that a node that begins to speak to
others is seen here. A test holds it against the graph of the running stack, in both directions.
"""

from __future__ import annotations

from clap_cli.security.rights import ANYTHING, Rights
from clap_core.robot.names import trajectory_action

TRANSFORMS = ("tf", "tf_static")
FINGERS = ("joint_states", "franka_gripper/joint_states")
SCENE = ("clock", "scene/points")
RECOVERY = "action_server/error_recovery"
STATE = "franka_robot_state_broadcaster"
ROBOT_HALF = ("cloud_fusion", "franka_executor", "task_executive")
PROGRAMS = "clap_*"
"""Names of the nodes that `./clap` makes for a person."""
THINKING_HALF = ("task_planner", "keypoint", "encoder", "policy")


def rights(arm_id: str, cameras: tuple[str, ...]) -> dict[str, Rights]:
    """The rights by node.

    Args:
        arm_id: fr3, fer or panda.
        cameras: names of all that there are.
    """
    trajectory = trajectory_action(arm_id, "")
    return {
        **_thinkers(cameras),
        **_movers(trajectory, cameras),
        **_managers(trajectory),
        **_drivers(trajectory, cameras),
        **_people(trajectory),
    }


def _thinkers(cameras: tuple[str, ...]) -> dict[str, Rights]:
    heatmaps = tuple(f"keypoint/heatmap/{camera}" for camera in cameras)
    return {
        "task_planner": Rights(
            publishes=("diagnostics", "task_planner/plan_result"),
            subscribes=("clock",),
            serves=("task_planner/plan",),
            is_managed=True,
        ),
        "keypoint": Rights(
            publishes=("diagnostics", "keypoint/keypoint", "keypoint/markers", *heatmaps),
            subscribes=(*SCENE, *TRANSFORMS, *FINGERS),
            serves=("keypoint/find",),
            calls=("cloud_fusion/views",),
            is_managed=True,
        ),
        "encoder": Rights(
            publishes=("diagnostics", "encoder/tokens"),
            subscribes=(*SCENE, "keypoint/keypoint"),
            serves=("encoder/encode",),
            is_managed=True,
        ),
        "policy": Rights(
            publishes=("diagnostics",),
            subscribes=(*SCENE, *TRANSFORMS, *FINGERS),
            serves=("policy/predict",),
            calls=("cloud_fusion/views", "encoder/encode"),
            is_managed=True,
        ),
    }


def _movers(trajectory: str, cameras: tuple[str, ...]) -> dict[str, Rights]:
    pictures = ("color/image_raw", "color/image_rect_raw")
    aligned = ("aligned_depth_to_color/image_raw", "aligned_depth_to_color/camera_info")
    return {
        "cloud_fusion": Rights(
            publishes=("diagnostics", "scene/points"),
            subscribes=(
                "clock",
                *TRANSFORMS,
                *(
                    f"camera/{camera}/{name}"
                    for camera in cameras
                    for name in (*pictures, *aligned)
                ),
            ),
            serves=("cloud_fusion/views",),
            is_managed=True,
        ),
        "franka_executor": Rights(
            publishes=("diagnostics",),
            subscribes=("clock", *FINGERS, f"{STATE}/robot_state"),
            serves=("franka_executor/recover",),
            calls=("franka_gripper/stop",),
            acts=("franka_executor/execute",),
            commands=(trajectory, "franka_gripper/move", "franka_gripper/grasp", RECOVERY),
            is_managed=True,
        ),
        "task_executive": Rights(
            publishes=("diagnostics",),
            subscribes=("clock", *FINGERS),
            calls=("task_planner/plan", "keypoint/find", "policy/predict"),
            acts=("task_executive/execute_task",),
            commands=("franka_executor/execute", RECOVERY),
            is_managed=True,
        ),
    }


def _managers(trajectory: str) -> dict[str, Rights]:
    def manager(
        own: str,
        other: str,
        nodes: tuple[str, ...],
        calls: tuple[str, ...] = (),
        stops: tuple[str, ...] = (),
    ) -> Rights:
        return Rights(
            publishes=("diagnostics",),
            subscribes=("clock",),
            serves=tuple(f"{own}/{name}" for name in ("is_active", "half_is_active", "manage")),
            calls=(
                f"{other}/half_is_active",
                *(f"{node}/{name}" for node in nodes for name in ("get_state", "change_state")),
                *calls,
            ),
            stops=stops,
        )

    return {
        # On one computer it looks after the thinking half as well.
        "lifecycle_manager": manager(
            "lifecycle_manager",
            "thinking_manager",
            (*ROBOT_HALF, *THINKING_HALF),
            calls=("franka_executor/get_parameters",),
            stops=(trajectory,),
        ),
        "thinking_manager": manager("thinking_manager", "lifecycle_manager", THINKING_HALF),
    }


def _drivers(trajectory: str, cameras: tuple[str, ...]) -> dict[str, Rights]:
    streams = tuple(
        f"camera/{camera}/{stream}/{kind}"
        for camera in cameras
        for stream, image in (
            ("color", "image_raw"),
            ("depth", "image_rect_raw"),
            ("aligned_depth_to_color", "image_raw"),
        )
        for kind in (image, "camera_info")
    )
    points = tuple(f"camera/{camera}/depth/color/points" for camera in cameras)
    arm = Rights(
        publishes=(
            "franka/joint_states",
            *FINGERS,
            "robot_description",
            *TRANSFORMS,
            *(
                f"{STATE}/{name}"
                for name in (
                    "robot_state",
                    "current_pose",
                    "last_desired_pose",
                    "desired_end_effector_twist",
                    "measured_joint_states",
                    "desired_joint_states",
                    "external_joint_torques",
                    "external_wrench_in_base_frame",
                    "external_wrench_in_stiffness_frame",
                )
            ),
        ),
        serves=(
            "franka_gripper/stop",
            *(
                f"service_server/set_{name}"
                for name in (
                    "joint_stiffness",
                    "cartesian_stiffness",
                    "tcp_frame",
                    "stiffness_frame",
                    "force_torque_collision_behavior",
                    "full_collision_behavior",
                    "load",
                )
            ),
        ),
        acts=(
            trajectory,
            RECOVERY,
            *(f"franka_gripper/{name}" for name in ("homing", "move", "grasp", "gripper_action")),
        ),
    )
    return {
        "simulation": Rights(
            publishes=(
                *arm.publishes,
                "clock",
                "diagnostics",
                *streams,
                *points,
                "simulation/spectator/image_raw",
            ),
            subscribes=("clock",),
            serves=(*arm.serves, "simulation/check_relation", "simulation/reset"),
            acts=arm.acts,
        ),
        "fci_driver": Rights(
            publishes=(*arm.publishes, "diagnostics"), serves=arm.serves, acts=arm.acts
        ),
        "realsense": Rights(publishes=("diagnostics", "tf_static", *streams, *points)),
        "camera_extrinsics": Rights(publishes=("tf_static",)),
    }


def _people(trajectory: str) -> dict[str, Rights]:
    """What a person starts, to look or to command."""
    looks = Rights(
        subscribes=(ANYTHING,),
        calls=("lifecycle_manager/is_active", "thinking_manager/is_active"),
        node=PROGRAMS,
    )
    return {
        "observer": looks,
        "recorder": Rights(subscribes=looks.subscribes),
        "player": Rights(
            publishes=(ANYTHING,), subscribes=("clock",), calls=("lifecycle_manager/is_active",)
        ),
        "rviz": Rights(
            publishes=("clicked_point", "goal_pose", "initialpose"), subscribes=looks.subscribes
        ),
        "operator": Rights(
            subscribes=looks.subscribes,
            calls=(*looks.calls, "franka_executor/recover", "keypoint/find"),
            commands=("task_executive/execute_task", "franka_gripper/homing"),
            node=PROGRAMS,
        ),
        "calibration": Rights(
            subscribes=looks.subscribes,
            calls=looks.calls,
            commands=(trajectory,),
            node=PROGRAMS,
        ),
    }
