"""The encoder node over DDS: with weights, with wrong ones, and with bad clouds."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rclpy
import torch
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Point
from lifecycle_msgs.msg import State
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.time import Time
from scene_source import SceneSource, block_on_table, call, spin_until

from clap_core.errors import ErrorCode
from clap_core.point_cloud import PointCloud
from clap_learning.clar.backend import ClarSettings
from clap_learning.clar.config import EncoderConfig
from clap_learning.clar.encoder import ClarEncoder
from clap_learning.clar.inference import DEFAULT_ENGINE
from clap_learning.clar.tokenizer import CloudTokenizer
from clap_learning.clar.weights import save_encoder, write_sums
from clap_msgs import msg
from clap_msgs.msg import Keypoint
from clap_msgs.srv import EncodeCloud
from clap_perception.encoder.node import TOKENS_QOS, EncoderNode
from clap_perception.encoder.token_maker import LATENCY_EDGES_MS
from clap_perception.keypoint.node import LATCHED
from clap_ros import clouds, token_messages

CONFIG = EncoderConfig(
    name="mini", points=256, patches=8, patch_points=16, width=24, depth=2, heads=2
)
BLOCK = Point(x=0.5, y=0.1, z=0.02)
TABLE = Point(x=0.4, y=-0.1, z=0.0)
NOWHERE = Point(x=-3.0, y=0.0, z=0.5)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(5)
    folder = tmp_path_factory.mktemp("models") / "mini"
    save_encoder(folder, ClarEncoder(CONFIG), {})
    return folder


class Bench:
    """The node under test, its surroundings, clients and a subscriber, in one executor."""

    def __init__(self) -> None:
        self.node, self.source = EncoderNode(), SceneSource()
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.executor.add_node(self.source)
        self.encoder = self.source.create_client(EncodeCloud, "/encoder/encode")
        self.found = self.source.create_publisher(Keypoint, "/keypoint/keypoint", LATCHED)
        self.heard: list[msg.CloudTokens] = []
        self.health: dict[str, str] = {}
        self.seen_ns = 0
        self.source.create_subscription(DiagnosticArray, "/diagnostics", self._on_health, 10)

    def set(self, **values: object) -> None:
        for name, value in values.items():
            result = self.node.set_parameters([Parameter(f"clar.{name}", value=value)])
            assert result[0].successful, result[0].reason

    def configure(self, folder: Path | str, engine: str = "torch") -> bool:
        self.set(weights=str(folder), engine=engine)
        return self.node.trigger_configure() == TransitionCallbackReturn.SUCCESS

    def start(self, folder: Path | str) -> None:
        assert self.configure(folder)
        self.node.trigger_activate()
        spin_until(self.executor, lambda: self.source._clouds.get_subscription_count() > 0)
        spin_until(self.executor, lambda: self.found.get_subscription_count() > 0)

    def show(self, cloud: PointCloud) -> int:
        """Publish a cloud, which the requests after it wait for; returns its stamp."""
        self.seen_ns = self.source.publish_cloud(cloud)
        return self.seen_ns

    def listen(self) -> None:
        self.source.create_subscription(
            msg.CloudTokens, "/encoder/tokens", self.heard.append, TOKENS_QOS
        )
        spin_until(self.executor, lambda: self.node.count_subscribers("/encoder/tokens") > 0)
        spin_until(self.executor, lambda: self.node._tokens.get_subscription_count() > 0)

    def encode(self, *keypoints: Point, **more: object) -> EncodeCloud.Response:
        not_before = Time(nanoseconds=self.seen_ns).to_msg()
        fields = {"not_before": not_before, "frame_id": "base", "keypoints": list(keypoints)} | more
        return call(self.executor, self.encoder, EncodeCloud.Request(**fields))

    def find(self, point: Point, stamp_ns: int) -> None:
        """Publish a keypoint, as found in the cloud of a stamp."""
        keypoint = Keypoint(label="red block", point=point)
        keypoint.header.frame_id = "base"
        keypoint.header.stamp = Time(nanoseconds=stamp_ns).to_msg()
        self.found.publish(keypoint)

    def figure(self, name: str) -> object:
        return self.node.health_values()[name]

    def _on_health(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == "encoder":
                self.health = {value.key: value.value for value in status.values}
                self.health["message"] = status.message


@pytest.fixture
def bench() -> Iterator[Bench]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # threads only wait for each other on so small a model
    rclpy.init()
    bench = Bench()
    yield bench
    torch.set_num_threads(threads)
    bench.node.release()
    bench.executor.shutdown()
    bench.node.destroy_node()
    bench.source.destroy_node()
    rclpy.shutdown()


def failure(response: EncodeCloud.Response) -> tuple[ErrorCode, str]:
    assert not response.tokens
    return ErrorCode(response.error_code), response.error_msg


def test_keypoints_become_tokens_in_one_answer_and_on_the_topic(
    bench: Bench, weights: Path
) -> None:
    bench.start(weights)
    bench.listen()
    stamp_ns = bench.show(block_on_table())
    response = bench.encode(BLOCK, TABLE, half_edge_m=0.1)
    assert (response.error_code, response.error_msg) == (ErrorCode.SUCCESS, "")
    scene = dataclasses.replace(block_on_table(), stamp_ns=stamp_ns)
    keypoints = np.array([[0.5, 0.1, 0.02], [0.4, -0.1, 0.0]])
    wanted = CloudTokenizer.load(weights, "torch").tokens(scene, keypoints, 0.1)
    for message, right in zip(response.tokens, wanted, strict=True):
        got = token_messages.from_message(message)
        np.testing.assert_allclose(got.features, right.features, atol=1e-4)
        np.testing.assert_array_equal(got.centers, right.centers)
        np.testing.assert_array_equal(got.keypoint, right.keypoint)
        assert (got.frame, got.stamp_ns) == ("base", stamp_ns)
        assert (got.points, got.half_edge_m) == (right.points, 0.1)
        assert (got.model, got.weights_sha256) == ("mini", right.weights_sha256)
        assert got.engine == "torch" and got.latency_s > 0
    spin_until(bench.executor, lambda: len(bench.heard) == 2)
    assert bench.heard == list(response.tokens)


def test_the_tokens_of_a_keypoint_are_published_to_who_listens(bench: Bench, weights: Path) -> None:
    bench.start(weights)
    stamp_ns = bench.show(block_on_table())
    bench.find(BLOCK, stamp_ns)
    assert bench.encode(TABLE).error_code == ErrorCode.SUCCESS
    assert bench.figure("tokens.crops") == 1
    bench.listen()
    bench.find(BLOCK, stamp_ns)
    spin_until(bench.executor, lambda: len(bench.heard) == 1)
    assert bench.heard[0].keypoint == BLOCK
    assert bench.heard[0].half_edge_m == 0.2
    assert Time.from_msg(bench.heard[0].header.stamp).nanoseconds == stamp_ns


def test_what_was_encoded_is_remembered_by_cloud_place_and_size(
    bench: Bench, weights: Path
) -> None:
    bench.start(weights)
    bench.listen()
    stamp_ns = bench.show(block_on_table())
    bench.find(BLOCK, stamp_ns)
    spin_until(bench.executor, lambda: len(bench.heard) == 1)

    (again, other) = bench.encode(BLOCK, TABLE, stamp=Time(nanoseconds=stamp_ns).to_msg()).tokens
    assert again == bench.heard[0] and other.keypoint == TABLE
    assert (bench.figure("tokens.crops"), bench.figure("tokens.remembered")) == (2, 1)
    bench.encode(BLOCK, half_edge_m=0.1)
    assert bench.figure("tokens.crops") == 3
    # A simulation that was reset gives another cloud the same stamp.
    bench.source.publish_cloud(block_on_table().select(np.arange(1000)), stamp_ns)
    spin_until(bench.executor, lambda: bench.figure("clouds_received") == 2)
    bench.encode(TABLE)
    assert bench.figure("tokens.crops") == 4


def test_a_cloud_is_encoded_by_its_stamp_while_it_is_kept(bench: Bench, weights: Path) -> None:
    bench.start(weights)
    first_ns = bench.show(block_on_table())
    bench.show(block_on_table())
    spin_until(bench.executor, lambda: bench.figure("clouds_received") == 2)

    (tokens,) = bench.encode(BLOCK, stamp=Time(nanoseconds=first_ns).to_msg()).tokens
    assert Time.from_msg(tokens.header.stamp).nanoseconds == first_ns
    code, message = failure(bench.encode(BLOCK, stamp=Time(nanoseconds=first_ns - 1).to_msg()))
    assert code is ErrorCode.CLOUD_STALE and "not among the last" in message


def test_a_keypoint_that_cannot_be_encoded_is_counted(bench: Bench, weights: Path) -> None:
    bench.set(half_edge_m=0.02)  # cameras see no point inside the block
    bench.start(weights)
    bench.listen()
    stamp_ns = bench.show(block_on_table())
    bench.find(Point(x=0.5, y=0.1, z=0.0225), stamp_ns)
    spin_until(bench.executor, lambda: bench.figure("tokens.failed") == 1)
    assert str(bench.figure("tokens.last_error")).startswith("CLOUD_EMPTY")
    bench.find(Point(x=0.5, y=0.1, z=0.0), stamp_ns)
    spin_until(bench.executor, lambda: len(bench.heard) == 1)


def test_diagnostics_have_the_histograms(bench: Bench, weights: Path) -> None:
    bench.start(weights)
    bench.show(block_on_table())
    bench.encode(BLOCK, TABLE)
    bench.encode(NOWHERE)
    spin_until(bench.executor, lambda: bench.health.get("tokens.failed") == "1")
    health = bench.health
    assert (health["tokens.batches"], health["tokens.crops"]) == ("1", "2")
    buckets = dict(pair.rsplit(":", 1) for pair in health["tokens.latency_ms"].split())
    assert list(buckets) == [*(f"<={e:g}" for e in LATENCY_EDGES_MS), f">{LATENCY_EDGES_MS[-1]:g}"]
    assert sum(map(int, buckets.values())) == 1
    assert float(health["tokens.latency_ms.p50"]) > 0
    assert float(health["tokens.latency_ms.p95"]) > 0
    assert float(health["tokens.crop_points.p50"]) > 100
    assert health["tokens.model"].startswith("mini ")
    assert "-3.000" in health["tokens.last_error"]


def damaged(value: float) -> PointCloud:
    scene = block_on_table()
    xyz = scene.xyz.copy()
    xyz[5, 2] = value
    return PointCloud(xyz, scene.rgb)


def test_bad_clouds_and_requests_are_named_and_the_node_goes_on(
    bench: Bench, weights: Path
) -> None:
    bench.start(weights)
    scene = block_on_table()
    for cloud, words, code in (
        (scene.select(np.arange(10)), "10 points", ErrorCode.CLOUD_EMPTY),
        (scene.select(np.arange(0)), "no points", ErrorCode.CLOUD_EMPTY),
        (damaged(np.nan), "not finite", ErrorCode.INVALID_REQUEST),
        (damaged(np.inf), "not finite", ErrorCode.INVALID_REQUEST),
        (PointCloud(scene.xyz, scene.rgb, "camera"), "'camera'", ErrorCode.INVALID_REQUEST),
    ):
        bench.show(cloud)
        got, message = failure(bench.encode(BLOCK))
        assert got is code and words in message, message
        assert words in str(bench.figure("tokens.last_error"))
    bench.show(scene)
    nan = Point(x=float("nan"), y=0.0, z=0.0)
    for points, more, words, code in (
        ((BLOCK, NOWHERE), {}, "keypoint 1 (-3.000", ErrorCode.CLOUD_EMPTY),
        ((nan,), {}, "keypoint 0", ErrorCode.INVALID_REQUEST),
        ((), {}, "0 keypoints", ErrorCode.INVALID_REQUEST),
        ((BLOCK,) * 65, {}, "65 keypoints", ErrorCode.INVALID_REQUEST),
        ((BLOCK,), {"frame_id": "world"}, "'world', not in 'base'", ErrorCode.INVALID_REQUEST),
        ((BLOCK,), {"half_edge_m": -1.0}, "half edge", ErrorCode.INVALID_REQUEST),
        ((BLOCK,), {"half_edge_m": 1.1}, "half edge", ErrorCode.INVALID_REQUEST),
        ((BLOCK,), {"half_edge_m": float("nan")}, "half edge", ErrorCode.INVALID_REQUEST),
    ):
        got, message = failure(bench.encode(*points, **more))
        assert got is code and words in message, message
    assert bench.encode(BLOCK).error_code == ErrorCode.SUCCESS


def test_points_that_were_not_measured_are_left_out(bench: Bench, weights: Path) -> None:
    bench.start(weights)
    message = clouds.to_message(
        dataclasses.replace(damaged(np.nan), stamp_ns=bench.source.now_ns())
    )
    message.is_dense = False
    bench.source._clouds.publish(message)
    assert bench.encode(BLOCK, not_before=message.header.stamp).error_code == ErrorCode.SUCCESS


def test_without_a_backend_it_says_that_it_does_not_encode(bench: Bench, weights: Path) -> None:
    assert bench.configure(weights)
    bench.node.trigger_cleanup()
    bench.node.set_parameters([Parameter("backend", value="")])
    bench.start("")
    bench.show(block_on_table())
    code, message = failure(bench.encode(BLOCK))
    assert code is ErrorCode.NODE_UNAVAILABLE and "clap.encoders" in message
    assert not any(key.startswith("tokens.") for key in bench.node.health_values())


def test_without_weights_it_stays_unconfigured(bench: Bench) -> None:
    assert not bench.configure("")
    spin_until(bench.executor, lambda: "clar.weights" in bench.health.get("message", ""))


def test_the_default_engine_is_the_one_that_ships() -> None:
    assert ClarSettings().engine == DEFAULT_ENGINE


def test_pytorch_is_not_loaded_before_weights_are() -> None:
    program = """
import sys, rclpy
from clap_perception.encoder.node import EncoderNode
rclpy.init()
EncoderNode()
sys.exit("torch" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0


def test_an_inactive_node_says_so(bench: Bench, weights: Path) -> None:
    assert bench.configure(weights)
    assert failure(bench.encode(BLOCK))[0] is ErrorCode.NODE_UNAVAILABLE


def spoil(folder: Path, what: str) -> None:
    if what == "missing":
        shutil.rmtree(folder)
    elif what == "checksum":
        data = bytearray((folder / "model.safetensors").read_bytes())
        data[-1] ^= 1
        (folder / "model.safetensors").write_bytes(data)
    else:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "depth": 3}))
        write_sums(folder)


@pytest.mark.parametrize("what", ["missing", "checksum", "config"])
def test_unusable_weights_leave_it_unconfigured_and_say_why(
    bench: Bench, weights: Path, tmp_path: Path, what: str
) -> None:
    folder = tmp_path / "spoilt"
    shutil.copytree(weights, folder)
    spoil(folder, what)
    assert not bench.configure(folder)
    assert bench.node._state_machine.current_state[0] == State.PRIMARY_STATE_UNCONFIGURED
    spin_until(bench.executor, lambda: "spoilt" in bench.health.get("message", ""))
    assert bench.health["error_code"] == "INVALID_REQUEST"
    bench.start(weights)
    bench.show(block_on_table())
    assert bench.encode(BLOCK).error_code == ErrorCode.SUCCESS


def test_an_engine_that_is_not_there_leaves_it_unconfigured(bench: Bench, weights: Path) -> None:
    assert not bench.configure(weights, "warp")
    spin_until(bench.executor, lambda: "warp" in bench.health.get("message", ""))
    assert bench.configure(weights)


def test_a_crop_without_size_is_no_parameter(bench: Bench) -> None:
    result = bench.node.set_parameters([Parameter("clar.half_edge_m", value=0.0)])
    assert not result[0].successful
