"""The policy node over DDS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import rclpy
from geometry_msgs.msg import Point
from rclpy.client import Client
from rclpy.executors import SingleThreadedExecutor
from rclpy.time import Time
from scene_source import SceneSource, block_on_table, call, spin_until

from clap_baseline.policy import AnalyticPolicy
from clap_core.backends import Observation
from clap_core.errors import ErrorCode
from clap_core.task_types import ActionChunk
from clap_msgs.msg import HeldObject, KeyAction, Keypoint, SubTask
from clap_msgs.srv import PredictAction
from clap_perception.policy.node import PolicyNode

GRASP = SubTask(action="grasp", text="grasp the red block", object="red block")


@dataclass
class Bench:
    """The node under test, its surroundings and a client, in one executor."""

    node: PolicyNode
    source: SceneSource
    client: Client
    executor: SingleThreadedExecutor

    def predict(self, subtask: SubTask = GRASP, **more: object) -> PredictAction.Response:
        keypoint = Keypoint(label="red block", point=Point(x=0.5, y=0.1, z=0.045))
        keypoint.header.frame_id = "base"
        fields = {"keypoint": keypoint, **more}
        return call(self.executor, self.client, PredictAction.Request(subtask=subtask, **fields))


@pytest.fixture
def bench() -> Iterator[Bench]:
    rclpy.init()
    node, source, executor = PolicyNode(), SceneSource(), SingleThreadedExecutor()
    executor.add_node(node)
    executor.add_node(source)
    node.trigger_configure()
    node.trigger_activate()
    bench = Bench(node, source, source.create_client(PredictAction, "/policy/predict"), executor)
    spin_until(executor, source.is_heard)
    source.publish_hand()
    yield bench
    node.release()
    executor.shutdown()
    node.destroy_node()
    source.destroy_node()
    rclpy.shutdown()


def test_it_predicts_a_grasp(bench: Bench) -> None:
    stamp_ns = bench.source.publish_cloud(block_on_table())
    response = bench.predict()
    assert (response.error_code, response.error_msg) == (ErrorCode.SUCCESS, "")
    assert response.done
    assert response.header.frame_id == "base"
    assert Time.from_msg(response.header.stamp).nanoseconds == stamp_ns
    grasp = next(a for a in response.actions if a.gripper == KeyAction.GRIPPER_GRASP)
    position = grasp.target.position
    np.testing.assert_allclose([position.x, position.y], [0.5, 0.1], atol=0.003)
    assert grasp.force_n > 0 and 0 < grasp.width_m < 0.045
    assert response.held.name == "red block"
    assert response.held.tcp_above_bottom_m == pytest.approx(position.z, abs=0.003)


def test_what_is_held_comes_in_and_stays_on_failure(bench: Bench) -> None:
    bench.source.publish_cloud(block_on_table())
    held = HeldObject(name="mug", tcp_above_bottom_m=0.05, radius_m=0.04)
    response = bench.predict(held=held)
    assert response.error_code == ErrorCode.INVALID_REQUEST
    assert "mug" in response.error_msg
    assert response.held == held and not response.actions


def test_a_keypoint_in_another_frame_is_refused(bench: Bench) -> None:
    bench.source.publish_cloud(block_on_table())
    response = bench.predict(keypoint=Keypoint(label="red block"))
    assert response.error_code == ErrorCode.INVALID_REQUEST
    assert "frame ''" in response.error_msg


def test_where_a_push_leads_reaches_the_policy(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.source.publish_cloud(block_on_table())
    told: list[Observation] = []
    act = AnalyticPolicy.act

    def noted(policy: AnalyticPolicy, seen: Observation) -> ActionChunk:
        told.append(seen)
        return act(policy, seen)

    monkeypatch.setattr(AnalyticPolicy, "act", noted)
    target = Keypoint(label="target", point=Point(x=0.4, y=-0.2, z=0.01))
    target.header.frame_id = "base"
    bench.predict(onward=[target])
    bench.predict()
    onward = told[0].next_keypoint_m
    assert onward is not None
    np.testing.assert_allclose(onward, [0.4, -0.2, 0.01])
    assert told[1].next_keypoint_m is None


def test_where_it_leads_in_another_frame_is_refused(bench: Bench) -> None:
    bench.source.publish_cloud(block_on_table())
    response = bench.predict(onward=[Keypoint(label="target")])
    assert response.error_code == ErrorCode.INVALID_REQUEST
    assert "'target' is in frame ''" in response.error_msg


def test_a_keypoint_with_nothing_around_has_no_grasp(bench: Bench) -> None:
    bench.source.publish_cloud(block_on_table())
    keypoint = Keypoint(label="red block", point=Point(x=0.4, y=-0.2, z=0.04))
    keypoint.header.frame_id = "base"
    assert bench.predict(keypoint=keypoint).error_code == ErrorCode.NO_GRASP


def test_an_inactive_node_says_so(bench: Bench) -> None:
    bench.node.trigger_deactivate()
    assert bench.predict().error_code == ErrorCode.NODE_UNAVAILABLE
