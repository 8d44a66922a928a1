"""A vision-language model that was tuned on one look finds its place over ROS, from cameras on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rclpy
import torch
from camera_rig import HEIGHT, WIDTH, CameraRig
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from scene_source import SceneSource, call, spin_until
from sensor_msgs.msg import Image

from clap_core.errors import ErrorCode
from clap_learning.vlm.training import QwenTrainingConfig, tune
from clap_msgs import msg
from clap_msgs.srv import FindKeypoint
from clap_perception.cloud_fusion.node import CloudFusionNode
from clap_perception.keypoint.node import LATCHED, KeypointNode

VLM_TESTS = Path(__file__).resolve().parents[1] / "clap_learning" / "vlm"
GRASP = msg.SubTask(action="grasp", text="grasp the red ball", object="red ball")
LIFT = msg.SubTask(action="move", text="lift the red ball", object="red ball", relation="up")


@pytest.fixture
def adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a tiny random model; one thread, as other tests' may run beside it."""
    monkeypatch.syspath_prepend(str(VLM_TESTS))
    from tabletop_episode import write_tabletop
    from tiny_qwen import save_tiny_qwen

    model = save_tiny_qwen(tmp_path / "model")
    episodes = write_tabletop(tmp_path / "episodes", steps=1, size=(WIDTH, HEIGHT))
    config = QwenTrainingConfig(
        model=str(model),
        precision="float32",
        steps=150,
        batch=1,
        accumulate=1,
        learning_rate=0.01,
        warm_up=5,
        dropout=0.0,
        absent_share=0.0,
        checkpointing=False,
        workers=0,
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    tune(config, episodes, tmp_path / "out")
    torch.set_num_threads(threads)
    return tmp_path / "out"


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


@pytest.mark.slow
def test_the_keypoint_node_serves_a_tuned_model(
    adapter: Path, executor: SingleThreadedExecutor
) -> None:
    rig, source = CameraRig(), SceneSource()
    fusion, node = CloudFusionNode(), KeypointNode()
    for each in (rig, source, fusion, node):
        executor.add_node(each)
    node.set_parameters([Parameter("backend", value="qwen")])
    node.trigger_configure()
    assert not node.is_active  # it has no model yet, and says so
    given = {"qwen.adapter": str(adapter), "qwen.max_answer_tokens": 200}
    (*told,) = node.set_parameters([Parameter(name, value=value) for name, value in given.items()])
    assert all(result.successful for result in told)
    for each in (fusion, node):
        each.trigger_configure()
        each.trigger_activate()
        assert each.is_active
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
    point = found.keypoint.point
    np.testing.assert_allclose([point.x, point.y, point.z], [0.5, 0.0, 0.0], atol=0.02)
    assert list(found.seen) == ["red ball"] and 0.0 <= found.absent <= 1.0
    spin_until(executor, lambda: bool(heat))
    assert (heat[-1].width, heat[-1].height) == (WIDTH, HEIGHT)

    source.publish_hand()
    lifted = call(executor, client, FindKeypoint.Request(subtask=LIFT))
    assert lifted.error_code == ErrorCode.SUCCESS and lifted.keypoint.point.z > 0.1
