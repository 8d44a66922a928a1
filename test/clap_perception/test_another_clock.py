"""A node that thinks on a computer whose clock is not that of the clouds, in wall-clock time."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import rclpy
from ament_index_python.packages import get_package_prefix
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import ChangeState
from rclpy.executors import SingleThreadedExecutor
from rclpy.time import Time
from scene_source import SceneSource, block_on_table, call, spin_until

from clap_core.errors import ErrorCode
from clap_msgs.msg import SubTask
from clap_msgs.srv import FindKeypoint
from shifted_clock import build_clock, shifted

GRASP = SubTask(action="grasp", text="grasp the red block", object="red block")
CONFIGURE, ACTIVATE = 1, 3
PERIOD_S = 0.1


@dataclass
class Bench:
    """The node in a process with a clock of its own, and its surroundings in this one."""

    source: SceneSource
    executor: SingleThreadedExecutor
    figures: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._asks = self.source.create_client(FindKeypoint, "/keypoint/find")
        self._change = self.source.create_client(ChangeState, "/keypoint/change_state")
        self.source.create_subscription(DiagnosticArray, "/diagnostics", self._on_health, 10)

    def activate(self) -> None:
        for transition in (CONFIGURE, ACTIVATE):
            request = ChangeState.Request()
            request.transition.id = transition
            assert call(self.executor, self._change, request).success
        spin_until(self.executor, self.source.is_heard)
        self.source.create_timer(PERIOD_S, self._publish)

    def find(self, not_before_ns: int = 0) -> FindKeypoint.Response:
        request = FindKeypoint.Request(subtask=GRASP)
        request.not_before = Time(nanoseconds=not_before_ns).to_msg()
        return call(self.executor, self._asks, request)

    def _publish(self) -> None:
        self.source.publish_hand()
        self.source.publish_cloud(block_on_table())

    def _on_health(self, message: DiagnosticArray) -> None:
        for status in message.status:
            self.figures |= {value.key: value.value for value in status.values}


@pytest.fixture
def bench_with_clock(tmp_path: Path) -> Iterator[Callable[[float], Bench]]:
    started: list[subprocess.Popen[Any]] = []
    rclpy.init()
    source, executor = SceneSource(), SingleThreadedExecutor()
    executor.add_node(source)

    def start(shift_s: float) -> Bench:
        program = Path(get_package_prefix("clap_perception"), "lib/clap_perception/keypoint")
        words = ["--ros-args", "-p", "scene.cloud_timeout_s:=1.0"]
        environment = shifted(build_clock(tmp_path), shift_s)
        started.append(subprocess.Popen([str(program), *words], env=environment))
        bench = Bench(source, executor)
        bench.activate()
        return bench

    yield start
    for process in started:
        process.kill()
        process.wait()
    executor.shutdown()
    source.destroy_node()
    rclpy.shutdown()


@pytest.mark.parametrize("shift_s", [0.3, -0.3])
def test_a_third_of_a_second_does_not_matter(
    bench_with_clock: Callable[[float], Bench], shift_s: float
) -> None:
    bench = bench_with_clock(shift_s)
    response = bench.find()
    assert (response.error_code, response.error_msg) == (ErrorCode.SUCCESS, "")
    asked_ns = bench.source.now_ns()
    response = bench.find(asked_ns)
    assert (response.error_code, response.error_msg) == (ErrorCode.SUCCESS, "")
    assert Time.from_msg(response.keypoint.header.stamp).nanoseconds >= asked_ns

    def age_ms() -> float:
        return float(bench.figures.get("cloud_age_ms.p50", "nan"))

    # That its clock is another one: the clouds, a few milliseconds old, look so much older.
    spin_until(bench.executor, lambda: abs(age_ms() - 1e3 * shift_s) < 100.0)


@pytest.mark.parametrize(
    ("shift_s", "told"),
    [(-5.0, "s in the future, after"), (5.0, "the newest cloud on /scene/points is 5.")],
)
def test_five_seconds_are_told_with_what_to_do(
    bench_with_clock: Callable[[float], Bench], shift_s: float, told: str
) -> None:
    bench = bench_with_clock(shift_s)
    response = bench.find()
    assert response.error_code == ErrorCode.CLOUD_STALE
    assert told in response.error_msg
    assert "that the clocks of both agree" in response.error_msg
