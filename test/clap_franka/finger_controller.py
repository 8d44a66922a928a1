"""A joint trajectory controller of finger joint 1, over ROS, and the finger that it moves in time.

It behaves as joint_trajectory_controller does: a new goal ends the running one, a cancelled one
leaves the finger where it is, and after its end the finger goes on for the last point.
"""

from __future__ import annotations

import math
import threading
import time
from typing import Any

import rclpy
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.task import Future
from sensor_msgs.msg import JointState

from control_msgs.action import FollowJointTrajectory

PERIOD_S = 0.005
DEADLINE_S = 20.0


class FingerController:
    """Serves ``<arm_id>_hand_controller`` and ``joint_states`` in a namespace.

    Attributes:
        finger_m: where the finger is.
        object_m: width of what is between the pads.
        behaviour: refuse | follow | late (accepts once `answers` is set) | abort | miss (aborts at
            the end where the finger is not there, as for a goal tolerance).
        tells: "fingers", "nan" or "nothing": what is on ``joint_states``.
    """

    def __init__(self, arm_id: str = "fr3", namespace: str = "") -> None:
        self.finger_m = 0.04
        self.object_m = 0.0
        self.behaviour = "follow"
        self.tells = "fingers"
        self.answers = threading.Event()
        self.asked = threading.Event()
        self.joints: list[list[str]] = []
        self._names = [f"{arm_id}_joint1", f"{arm_id}_finger_joint1", f"{arm_id}_finger_joint2"]
        self._plan = (0.0, 0.04, 0.0, 0.04)
        self._running: tuple[Any, Future] | None = None
        self._executing = 0
        self._lock = threading.RLock()
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = Node("controllers", namespace=namespace or None, context=self.context)
        self._executor = MultiThreadedExecutor(4, context=self.context)
        self._executor.add_node(self.node)
        group = ReentrantCallbackGroup()
        self._publisher = self.node.create_publisher(JointState, "joint_states", 10)
        self._server: ActionServer | None = None
        self._action = f"{arm_id}_hand_controller/follow_joint_trajectory"
        self._group = group
        self.serve()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=body) for body in (self._spin, self._live)]
        for thread in self._threads:
            thread.start()

    def _spin(self) -> None:
        while not self._ended.is_set():
            self._executor.spin_once(timeout_sec=0.05)

    def _live(self) -> None:
        """The finger moves and is told of, whatever the action's callbacks wait for."""
        while not self._ended.wait(PERIOD_S):
            self._tick()

    def serve(self) -> None:
        """Offer the action."""
        if self._server is None:
            self._server = ActionServer(
                self.node,
                FollowJointTrajectory,
                self._action,
                execute_callback=self._execute,
                goal_callback=self._on_goal,
                cancel_callback=self._on_cancel,
                callback_group=self._group,
            )

    def unload(self) -> None:
        """Take it back."""
        if self._server is not None:
            self._server.destroy()
            self._server = None

    def close(self) -> None:
        self.answers.set()
        with self._lock:
            self._end("abort")
        end = time.monotonic() + DEADLINE_S
        while self._executing and time.monotonic() < end:
            time.sleep(PERIOD_S)
        self._ended.set()
        for thread in self._threads:
            thread.join(DEADLINE_S)
        self._executor.shutdown()
        self.unload()
        self.node.destroy_node()
        rclpy.shutdown(context=self.context)

    def _on_goal(self, request: Any) -> GoalResponse:
        self.joints.append(list(request.trajectory.joint_names))
        self.asked.set()
        if self.behaviour == "late":
            self.answers.wait(DEADLINE_S)
        return GoalResponse.REJECT if self.behaviour == "refuse" else GoalResponse.ACCEPT

    def _on_cancel(self, _: Any) -> CancelResponse:
        with self._lock:
            now = time.monotonic()
            self._plan = (now, self.finger_m, now, self.finger_m)
        return CancelResponse.ACCEPT

    async def _execute(self, handle: Any) -> FollowJointTrajectory.Result:
        done: Future = Future()
        self._executing += 1
        with self._lock:
            self._end("abort")
            self._running = (handle, done)
            (point,) = handle.request.trajectory.points
            seconds = point.time_from_start.sec + 1e-9 * point.time_from_start.nanosec
            now = time.monotonic()
            self._plan = (now, self.finger_m, now + seconds, point.positions[0])
        how = await done
        result = FollowJointTrajectory.Result()
        if how == "cancel":
            handle.canceled()
        elif how == "succeed":
            handle.succeed()
        else:
            result.error_code = (
                result.GOAL_TOLERANCE_VIOLATED if how == "miss" else result.INVALID_GOAL
            )
            result.error_string = how
            handle.abort()
        self._executing -= 1
        return result

    def _end(self, how: str) -> None:
        running, self._running = self._running, None
        if running is not None:
            running[1].set_result(how)

    def _tick(self) -> None:
        now = time.monotonic()
        with self._lock:
            begin, start, end, target = self._plan
            share = 1.0 if now >= end else (now - begin) / (end - begin)
            wanted = start + share * (target - start)
            # The finger is dragged after the plan, no faster than a finger can.
            self.finger_m += max(-0.002, min(0.002, wanted - self.finger_m))
            self.finger_m = max(self.finger_m, 0.5 * self.object_m, 0.0)
            if self._running is not None:
                self._look_at_the_goal(now >= end, abs(self.finger_m - target) < 1e-4)
            finger = self.finger_m
        if self.tells != "nothing":
            message = JointState(name=self._names)
            message.header.stamp = self.node.get_clock().now().to_msg()
            position = math.nan if self.tells == "nan" else finger
            message.position = [0.1, position, position]
            self._publisher.publish(message)

    def _look_at_the_goal(self, over: bool, there: bool) -> None:
        assert self._running is not None
        if self._running[0].is_cancel_requested:
            self._end("cancel")
        elif self.behaviour == "abort":
            self._end("abort")
        elif over:
            self._end("miss" if self.behaviour == "miss" and not there else "succeed")
