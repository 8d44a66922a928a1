"""Looks at the running nodes: who is there, what comes, how old it is."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Collection
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, JointState, PointCloud2
from std_srvs.srv import Trigger

from clap_cli.doctor.seen import Diagnosis, RunningStack, Topic
from clap_cli.stack import IS_ACTIVE, Client
from clap_cli.stack_choice import choose, normal
from clap_core.camera.realsense import color_frame
from clap_core.errors import ClapError, ErrorCode
from clap_ros.calls import call_service
from clap_ros.diagnostics import PERIOD_S
from clap_ros.stamps import NS_PER_S, stamp_ns
from clap_ros.transforms import TransformBuffer
from franka_msgs.msg import FrankaRobotState
from tf2_msgs.msg import TFMessage

NAME = "clap_doctor"
DISCOVERY_S = 3.0
"""How long to look for nodes; once some are seen, more are waited for as long as new ones come."""
SETTLE_S = 2.0
ANSWER_S = 2.0
BASE_FRAME = "base"

_QOS = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
_POLL_S = 0.1
_CAMERA = re.compile(r"/camera/(\w+)/color/camera_info")
_OF_A_STACK = ("lifecycle_manager", "thinking_manager", "task_executive", "simulation")
"""Nodes that a stack is known by."""
_MODES = {
    getattr(FrankaRobotState, f"ROBOT_MODE_{name}"): name.lower().replace("_", " ")
    for name in (
        "OTHER", "IDLE", "MOVE", "GUIDING", "REFLEX", "USER_STOPPED", "AUTOMATIC_ERROR_RECOVERY",
    )
}  # fmt: skip


def stack(seconds: float, namespace: str | None = None) -> RunningStack:
    """What runs in ROS.

    Args:
        seconds: how long to listen, if anything runs.
        namespace: of the stack that is meant; None if there is but one.

    Raises:
        ClapError: NODE_UNAVAILABLE for a namespace without nodes where there are others;
            INVALID_REQUEST where several stacks run and none was named.
    """
    with Client(NAME) as client:
        wanted = None if namespace is None else normal(namespace)
        nodes = _nodes(client.node, wanted)
        if not nodes:
            return RunningStack(())
        stacks = {_parent(name) for name in nodes if name.rpartition("/")[2] in _OF_A_STACK}
        space = wanted or (choose(stacks, None) if stacks else "/")
        nodes = _belonging(nodes, space, stacks)
        if not nodes:
            raise ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"no node is running in the namespace {space}",
                f"Name another one with --namespace; stacks run in: {', '.join(stacks) or 'none'}",
            )
        listener = _Listener(client.node, space, stacks)
        transforms = TransformBuffer(client.node, namespace=space)
        time.sleep(max(seconds, 2 * PERIOD_S))
        lost = {}
        for camera in listener.cameras:
            try:
                transforms.lookup(BASE_FRAME, color_frame(camera))
            except ClapError as error:
                lost[camera] = error.message
        return listener.stack(nodes, lost, _missing(client.node, space))


class _Listener:
    """Counts what comes on the topics of a namespace that have a publisher now."""

    def __init__(self, node: Node, namespace: str, stacks: Collection[str]) -> None:
        self._namespace = namespace
        prefix = namespace.rstrip("/")
        self._began = time.monotonic()
        self._clock_ns: int | None = None
        self._counts: dict[str, int] = {}
        self._ages_s: dict[str, float] = {}
        self._lock = threading.Lock()
        self._state: FrankaRobotState | None = None
        self._diagnoses: dict[str, Diagnosis] = {}
        self.cameras: list[str] = []
        self.is_simulated = node.count_publishers(f"{prefix}/clock") > 0
        if self.is_simulated:
            node.create_subscription(Clock, f"{prefix}/clock", self._on_clock, _QOS)
        node.create_subscription(
            DiagnosticArray, f"{prefix}/diagnostics", self._on_diagnostics, 100
        )
        known: dict[str, Any] = {
            "/tf": TFMessage,
            "/joint_states": JointState,
            "/franka_gripper/joint_states": JointState,
            "/scene/points": PointCloud2,
        }
        offered = dict(node.get_topic_names_and_types())
        for name in _belonging(sorted(offered), namespace, stacks):
            own = name.removeprefix(prefix)
            kind = known.get(own)
            if camera := _CAMERA.fullmatch(own):
                kind = CameraInfo
            elif "franka_msgs/msg/FrankaRobotState" in offered[name]:
                kind = FrankaRobotState
            if kind is None or node.count_publishers(name) == 0:
                continue
            if camera:
                self.cameras.append(camera[1])
            self._counts[name] = 0
            node.create_subscription(kind, name, self._counter(name), _QOS)

    def stack(
        self, nodes: tuple[str, ...], lost: dict[str, str], active: str | None
    ) -> RunningStack:
        """What was heard so far."""
        seconds = time.monotonic() - self._began
        with self._lock:
            topics = {
                name: Topic(count, count / seconds, self._ages_s.get(name, float("nan")))
                for name, count in self._counts.items()
            }
            state = self._state
            return RunningStack(
                nodes=nodes,
                namespace=self._namespace,
                is_simulated=self.is_simulated,
                seconds=seconds,
                topics=topics,
                cameras=tuple(self.cameras),
                lost_frames=lost,
                active=active,
                robot_mode=None if state is None else _MODES.get(state.robot_mode, "other"),
                robot_errors=() if state is None else _errors(state),
                success_rate=1.0 if state is None else state.control_command_success_rate,
                diagnoses=dict(self._diagnoses),
            )

    def _counter(self, name: str) -> Any:
        def count(message: Any) -> None:
            with self._lock:
                self._counts[name] += 1
                if isinstance(message, FrankaRobotState):
                    self._state = message
                now_ns = self._clock_ns if self.is_simulated else time.time_ns()
                for header in _headers(message):
                    if now_ns is None or stamp_ns(header.stamp) == 0:
                        continue
                    age_s = (now_ns - stamp_ns(header.stamp)) / NS_PER_S
                    # A clock that is off shows in all of them, a delay in some.
                    if abs(age_s) < abs(self._ages_s.get(name, float("inf"))):
                        self._ages_s[name] = age_s

        return count

    def _on_clock(self, message: Clock) -> None:
        self._clock_ns = stamp_ns(message.clock)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        with self._lock:
            for status in message.status:
                level = status.level[0] if isinstance(status.level, bytes) else int(status.level)
                self._diagnoses[status.name] = Diagnosis(level, status.message)


def _headers(message: Any) -> list[Any]:
    if isinstance(message, TFMessage):
        return [transform.header for transform in message.transforms]
    return [message.header]


def _errors(state: FrankaRobotState) -> tuple[str, ...]:
    for errors in (state.current_errors, state.last_motion_errors):
        names = [name for name in errors.get_fields_and_field_types() if getattr(errors, name)]
        if names:
            return tuple(names)
    return ()


def _nodes(node: Node, wanted: str | None) -> tuple[str, ...]:
    """Full names of the others, once no more come and, if it can be had, one of a namespace."""
    changed = time.monotonic()
    found: set[str] = set()

    def is_settled() -> bool:
        inside = f"{(wanted or '/').rstrip('/')}/"
        is_there = any(name.startswith(inside) for name in found)
        return time.monotonic() >= changed + (SETTLE_S if is_there else DISCOVERY_S)

    while not is_settled():
        now = {
            f"{space.rstrip('/')}/{name}"
            for name, space in node.get_node_names_and_namespaces()
            if name != NAME and not name.startswith("_")
        }
        if now - found:
            found, changed = found | now, time.monotonic()
        time.sleep(_POLL_S)
    return tuple(sorted(found))


def _parent(name: str) -> str:
    """The namespace of a node's full name."""
    return name.rpartition("/")[0] or "/"


def _belonging(names: Collection[str], namespace: str, stacks: Collection[str]) -> tuple[str, ...]:
    """The names in a namespace; those of other stacks below it are not its own."""
    deeper = tuple(
        f"{one}/" for one in stacks if one != namespace and f"{one}/".startswith(_below(namespace))
    )
    return tuple(
        name for name in names if name.startswith(_below(namespace)) and not name.startswith(deeper)
    )


def _below(namespace: str) -> str:
    return f"{namespace.rstrip('/')}/"


def _missing(node: Node, namespace: str) -> str | None:
    """What the lifecycle manager says is not active; empty if all is, None without an answer."""
    client = node.create_client(Trigger, f"{_below(namespace)}{IS_ACTIVE}")
    try:
        answer = call_service(client, Trigger.Request(), ANSWER_S)
    except ClapError:
        return None
    return "" if answer.success else str(answer.message)
