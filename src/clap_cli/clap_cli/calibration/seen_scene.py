"""Looks of all cameras at one scene: of the running stack, of a bag, or of a file of scenes."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import PointCloud2

from clap_cli.stack import Client
from clap_core.camera import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_data.bags.scene_log import SceneSampling
from clap_data.bags.to_scenes import convert
from clap_data.scenes import SUFFIX, SceneShard, shard_paths
from clap_msgs.srv import GetViews
from clap_ros import view_messages
from clap_ros.calls import call_service, raise_reported
from clap_ros.names import full_name

CLOUD_TOPIC = "scene/points"
VIEWS_SERVICE = "cloud_fusion/views"
TIMEOUT_S = 10.0
_QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)

Views = tuple[CameraView, ...]


def of_stack(count: int, namespace: str = "") -> list[Views]:
    """What the running stack's cameras see, one look a cloud.

    Args:
        count: of looks.
        namespace: of the stack.

    Raises:
        ClapError: NODE_UNAVAILABLE or CLOUD_STALE where no stack fuses clouds.
    """
    looks: list[Views] = []
    with Client("clap_calibrate_check", namespace=namespace) as client:
        newest: list[PointCloud2] = []
        came = threading.Event()

        def hear(cloud: PointCloud2) -> None:
            newest[:] = [cloud]
            came.set()

        client.node.create_subscription(PointCloud2, CLOUD_TOPIC, hear, _QOS)
        service = client.node.create_client(GetViews, VIEWS_SERVICE)
        for _ in range(count):
            if not came.wait(TIMEOUT_S):
                raise ClapError(
                    ErrorCode.CLOUD_STALE,
                    f"no cloud comes on {full_name(client.node, CLOUD_TOPIC)} within "
                    f"{TIMEOUT_S:.0f} s",
                    "Start the stack (./clap launch robot), or name a recording with --bag or "
                    "--scenes; ./clap doctor tells what is wrong with a running one",
                )
            came.clear()
            request = GetViews.Request(stamp=newest[0].header.stamp)
            answer = call_service(service, request, TIMEOUT_S)
            raise_reported(answer)
            looks.append(tuple(map(view_messages.from_message, answer.views)))
    return looks


def of_bag(bag: Path, count: int) -> list[Views]:
    """Moments of a recording.

    Raises:
        ClapError: INVALID_REQUEST where it lacks what is needed.
    """
    with tempfile.TemporaryDirectory() as folder:
        convert(bag, Path(folder), SceneSampling(limit=count))
        return of_scenes(Path(folder), count)


def of_scenes(path: Path, count: int) -> list[Views]:
    """The first scenes of a file, or of a folder of such files.

    Raises:
        ClapError: INVALID_REQUEST where there are none.
    """
    paths = (path,) if path.suffix == SUFFIX else shard_paths(path)
    return list(islice(_unpacked(paths), count))


def _unpacked(paths: tuple[Path, ...]) -> Iterator[Views]:
    for path in paths:
        with SceneShard(path) as shard:
            for packed in shard:
                yield packed.unpack().views
