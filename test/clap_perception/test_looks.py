"""What a backend sees over ROS: pictures and tokens of its own look, when it asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import rclpy
from camera_rig import CameraRig
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.time import Time
from scene_source import SceneSource, block_on_table, call, spin_until
from sensor_msgs.msg import Image

from clap_core.backends import KeypointAnswer, KeypointFinder, Observation, Policy, Scene, registry
from clap_core.camera import CameraView
from clap_core.camera.image_message import to_array
from clap_core.cloud_tokens import CloudTokens
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import ActionChunk, SubTask
from clap_core.task_types import Keypoint as Found
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.weights import save_encoder
from clap_msgs import msg
from clap_msgs.srv import FindKeypoint, GetViews, PredictAction
from clap_perception.cloud_fusion.node import CloudFusionNode
from clap_perception.encoder.node import EncoderNode
from clap_perception.keypoint.node import LATCHED, KeypointNode
from clap_perception.policy.node import PolicyNode

GRASP = msg.SubTask(action="grasp", text="grasp the red block", object="red block")
TINY = EncoderConfig(
    name="mini", points=256, patches=8, patch_points=16, width=24, depth=2, heads=2
)
HEAT = 0.25


class Looker(KeypointFinder):
    """Finds blocks anywhere, and nothing else; warm wherever it looked."""

    looks: ClassVar[list[tuple[CameraView, ...]]] = []
    closed: ClassVar[int] = 0

    def find(self, subtask: SubTask, scene: Scene) -> KeypointAnswer:
        self.looks.append(scene.views)
        spot = Found("block", np.array([0.5, 0.1, 0.02]), stamp_ns=scene.cloud.stamp_ns)
        heat = {v.name: np.full(v.depth.shape, HEAT, np.float32) for v in scene.views}
        if "block" in subtask.object:
            return KeypointAnswer(spot, absent=0.1, candidates=(spot,), heatmaps=heat)
        refusal = ClapError(ErrorCode.OBJECT_NOT_FOUND, "there is none", "show one")
        return KeypointAnswer(None, refusal, absent=0.9, candidates=(spot,), heatmaps=heat)

    def close(self) -> None:
        type(self).closed += 1


class Reader(Policy):
    """Holds still; reads tokens."""

    read: ClassVar[list[CloudTokens]] = []

    def act(self, observation: Observation) -> ActionChunk:
        self.read.append(observation.tokens)
        return ActionChunk((), None, done=True)


@pytest.fixture(autouse=True)
def backends(monkeypatch: pytest.MonkeyPatch) -> None:
    real = registry.entry_points
    made_up = {"clap.keypoint_finders": "Looker", "clap.policies": "Reader"}

    def offered(group: str) -> list[EntryPoint]:
        own = [EntryPoint("made_up", f"{__name__}:{name}", of) for of, name in made_up.items()]
        return [*real(group=group), *(point for point in own if point.group == group)]

    monkeypatch.setattr(registry, "entry_points", offered)
    Looker.looks, Looker.closed, Reader.read = [], 0, []


@pytest.fixture
def executor() -> Iterator[SingleThreadedExecutor]:
    rclpy.init()
    executor = SingleThreadedExecutor()
    yield executor
    nodes: list[Node] = executor.get_nodes()
    for node in nodes:
        if hasattr(node, "release"):
            node.release()
    executor.shutdown()
    for node in nodes:
        node.destroy_node()
    rclpy.shutdown()


def start(executor: SingleThreadedExecutor, node: Node, **parameters: object) -> None:
    executor.add_node(node)
    for name, value in parameters.items():
        (result,) = node.set_parameters([Parameter(name.replace("__", "."), value=value)])
        assert result.successful, result.reason
    node.trigger_configure()
    node.trigger_activate()
    assert node.is_active


def test_a_finder_sees_the_pictures_of_its_cloud_and_shows_where_it_looked(
    executor: SingleThreadedExecutor,
) -> None:
    rig, source, node = CameraRig(), SceneSource(), KeypointNode()
    executor.add_node(rig)
    executor.add_node(source)
    start(executor, CloudFusionNode())
    start(executor, node, backend="made_up")
    heat: list[Image] = []
    source.create_subscription(Image, "/keypoint/heatmap/front", heat.append, LATCHED)
    client = source.create_client(FindKeypoint, "/keypoint/find")
    spin_until(executor, source.is_heard)
    rig.publish_poses()
    source.publish_hand()
    spin_until(executor, lambda: bool(rig.fused))
    source.publish_hand()

    found = call(executor, client, FindKeypoint.Request(subtask=GRASP))

    assert (found.error_code, found.error_msg) == (ErrorCode.SUCCESS, "")
    (seen,) = Looker.looks
    stamp_ns = Time.from_msg(found.keypoint.header.stamp).nanoseconds
    assert {view.name for view in seen} == set(rig.views)
    for view in seen:
        shown = rig.views[view.name]
        np.testing.assert_array_equal(view.rgb, shown.rgb)
        np.testing.assert_array_equal(view.depth, shown.depth)
        np.testing.assert_allclose(view.base_T_camera, shown.base_T_camera, atol=1e-9)
        assert (view.intrinsics, view.stamp_ns) == (shown.intrinsics, stamp_ns)
    spin_until(executor, lambda: bool(heat))
    assert (to_array(heat[-1]) == np.float32(HEAT)).all()
    assert heat[-1].header.frame_id == "front_color_optical_frame"
    missing = call(
        executor, client, FindKeypoint.Request(subtask=msg.SubTask(action="grasp", object="duck"))
    )
    assert missing.error_code == ErrorCode.OBJECT_NOT_FOUND
    assert missing.absent == pytest.approx(0.9)
    assert [each.label for each in missing.candidates] == ["block"]
    node.trigger_deactivate()
    node.trigger_cleanup()
    assert Looker.closed == 1


def test_pictures_are_kept_for_some_clouds_only(executor: SingleThreadedExecutor) -> None:
    rig = CameraRig()
    executor.add_node(rig)
    start(executor, CloudFusionNode(), kept_looks=2)
    client = rig.create_client(GetViews, "/cloud_fusion/views")
    rig.publish_poses()
    spin_until(executor, lambda: len(rig.fused) > 3)
    rig.clockwork.cancel()

    def views(stamp_ns: int) -> GetViews.Response:
        request = GetViews.Request(stamp=Time(nanoseconds=stamp_ns).to_msg())
        return call(executor, client, request)

    gone = views(rig.fused[0].stamp_ns)
    assert gone.error_code == ErrorCode.CAMERA_STALE and "kept_looks" in gone.error_msg
    assert len(views(rig.fused[-1].stamp_ns).views) == 3


def test_a_policy_gets_the_tokens_of_its_own_look(
    executor: SingleThreadedExecutor, tmp_path: Path
) -> None:
    save_encoder(tmp_path / "mini", ClarEncoder(TINY), {})
    source, encoder = SceneSource(), EncoderNode()
    executor.add_node(source)
    start(executor, encoder, clar__weights=str(tmp_path / "mini"), clar__engine="torch")
    start(executor, PolicyNode(), backend="made_up")
    client = source.create_client(PredictAction, "/policy/predict")
    spin_until(executor, source.is_heard)
    spin_until(executor, lambda: source._clouds.get_subscription_count() == 2)
    source.publish_hand()
    stamp_ns = source.publish_cloud(block_on_table())
    keypoint = msg.Keypoint(label="red block")
    keypoint.header.frame_id = "base"
    keypoint.point.x, keypoint.point.y, keypoint.point.z = 0.5, 0.1, 0.02

    request = PredictAction.Request(subtask=GRASP, keypoint=keypoint)
    for _ in range(2):
        answer = call(executor, client, request)
        assert (answer.error_code, answer.error_msg) == (ErrorCode.SUCCESS, "")

    first, second = Reader.read
    assert (first.stamp_ns, first.keypoint.tolist()) == (stamp_ns, [0.5, 0.1, 0.02])
    np.testing.assert_array_equal(first.features, second.features)
    figures = encoder.health_values()
    assert (figures["tokens.batches"], figures["tokens.remembered"]) == (1, 1)
    assert figures["device"] == "cpu"
    encoder.trigger_deactivate()
    refused = call(executor, client, request)
    assert refused.error_code == ErrorCode.NODE_UNAVAILABLE
    assert "/encoder is not active" in refused.error_msg
