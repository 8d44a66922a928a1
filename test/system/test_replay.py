"""A recorded demo, replayed: the same plan, clouds and keypoints as in the live run."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from recorded_demo import BAG, SENSORS, Moment, RecordedDemo, read, stamp_ns
from sensor_msgs.msg import PointCloud2
from std_srvs.srv import Trigger

from clap_bringup.bags import PlaySettings, play
from clap_cli.stack import IS_ACTIVE, Client
from clap_core.errors import ClapError
from clap_launch import Console, Launch
from clap_msgs.msg import Keypoint, SubTask
from clap_msgs.srv import FindKeypoint, PlanTask
from clap_ros.calls import call_service

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

START_TIMEOUT_S = 60.0
TIMEOUT_S = 20.0
TOLERANCE_M = 1e-9

IMAGES = tuple(
    f"/camera/{camera}/{image}/image_raw"
    for camera in ("front", "left", "right")
    for image in ("color", "aligned_depth_to_color")
)
"""What the clouds are fused from: heard from the first message on, however busy the machine is."""


class Replay:
    """The nodes that see and plan, without a robot; hears the clouds that they make."""

    def __init__(self, client: Client) -> None:
        self.clouds: list[PointCloud2] = []
        self._changed = threading.Condition()
        self._plan = client.node.create_client(PlanTask, "/task_planner/plan")
        self._find = client.node.create_client(FindKeypoint, "/keypoint/find")
        client.node.create_subscription(PointCloud2, "/scene/points", self._on_cloud, 10)

    def plan(self, instruction: str) -> list[SubTask]:
        answer = call_service(self._plan, PlanTask.Request(instruction=instruction), TIMEOUT_S)
        assert answer.error_code == 0, answer.error_msg
        return list(answer.subtasks)

    def play(self, moment: Moment) -> list[PointCloud2]:
        """Replay the sensors around a moment; the clouds up to that of its images."""
        self.clouds.clear()
        play(
            BAG,
            PlaySettings(
                topics=SENSORS,
                clock=True,
                wait_for=("/tf", *IMAGES),
                start_offset_s=moment.start_offset_s,
                duration_s=moment.duration_s,
            ),
        )
        with self._changed:
            came = self._changed.wait_for(
                lambda: any(stamp_ns(cloud) >= moment.stamp_ns for cloud in self.clouds), TIMEOUT_S
            )
        assert came, f"no cloud of {moment.stamp_ns}; there were {len(self.clouds)} others"
        return list(self.clouds)

    def find(self, subtask: SubTask, keypoint: Keypoint) -> Keypoint:
        request = FindKeypoint.Request(subtask=subtask, not_before=keypoint.header.stamp)
        answer = call_service(self._find, request, TIMEOUT_S)
        assert answer.error_code == 0, answer.error_msg
        return answer.keypoint

    def _on_cloud(self, cloud: PointCloud2) -> None:
        with self._changed:
            self.clouds.append(cloud)
            self._changed.notify_all()


def wait_until_active(client: Client, launch: Launch, log: Path) -> None:
    is_active = client.node.create_client(Trigger, IS_ACTIVE)
    deadline = time.monotonic() + START_TIMEOUT_S
    reason = "it never answered"
    while time.monotonic() < deadline and launch.running:
        try:
            answer = call_service(is_active, Trigger.Request(), TIMEOUT_S)
        except ClapError as error:
            reason = error.reason
            continue
        if answer.success:
            return
        reason = answer.message
        launch.wait(0.1)
    pytest.fail(f"the nodes did not become active: {reason}\n{log.read_text()}")


def content(cloud: PointCloud2) -> dict[str, object]:
    """All of a cloud, with its points' bytes as a digest that can be printed.

    The serialised message would not do: the padding in it is random.
    """
    fields = {name: getattr(cloud, name) for name in cloud.get_fields_and_field_types()}
    return fields | {"data": hashlib.sha256(cloud.data).hexdigest()}


@pytest.fixture(scope="module")
def demo() -> RecordedDemo:
    return read()


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    log = tmp_path_factory.mktemp("replay") / "replay.log"
    with log.open("w") as stream:
        consoles: list[Console] = []
        launch = Launch(
            "nodes",
            {
                "use_sim_time": True,
                "manipulation": False,
                "managed_nodes": "[cloud_fusion, task_planner, keypoint]",
            },
            on_event=lambda event: consoles[0].print(event),
        )
        consoles.append(Console(launch.description, stream, colour=False))
        with launch:
            client = Client("replay_test")
            try:
                wait_until_active(client, launch, log)
                yield Replay(client)
            finally:
                client.close()


def test_the_bag_shows_the_whole_task(demo: RecordedDemo) -> None:
    assert len(demo.moments) >= 3
    asked = {subtask.action for moment in demo.moments for subtask, _ in moment.found}
    assert {"approach", "move", "release"} <= asked


def test_the_plan_is_that_of_the_live_run(replay: Replay, demo: RecordedDemo) -> None:
    assert replay.plan(demo.plan.instruction) == list(demo.plan.subtasks)


def test_clouds_and_keypoints_are_those_of_the_live_run(replay: Replay, demo: RecordedDemo) -> None:
    for moment in demo.moments:
        clouds = replay.play(moment)
        assert len(clouds) == 1, "a cloud of a part of the cameras came first"
        assert content(clouds[0]) == content(moment.cloud)
        for subtask, live in moment.found:
            again = replay.find(subtask, live)
            assert again.label == live.label, subtask.text
            assert again.header == live.header
            assert again.confidence == live.confidence
            for what in ("point", "size"):
                there, here = getattr(live, what), getattr(again, what)
                assert [here.x, here.y, here.z] == pytest.approx(
                    [there.x, there.y, there.z], rel=0.0, abs=TOLERANCE_M
                ), f"{what} of {live.label}"
