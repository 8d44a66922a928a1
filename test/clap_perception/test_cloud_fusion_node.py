"""The cloud_fusion node over DDS: the cloud, and what happens when a camera fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
import rclpy
from camera_rig import CameraRig, spin_until
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.qos import ReliabilityPolicy
from sensor_msgs.msg import CameraInfo

from clap_core.camera.rectification import Rectification
from clap_core.camera.tabletop import look_at
from clap_core.fusion import CloudFuser, FusionConfig
from clap_perception.cloud_fusion.config import CloudFusionConfig
from clap_perception.cloud_fusion.node import CloudFusionNode

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR

SOME_CLOUDS = 3


@dataclass
class Bench:
    """The node under test and the cameras, in one executor."""

    node: CloudFusionNode
    rig: CameraRig
    executor: SingleThreadedExecutor

    def wait(self, condition: Callable[[], bool]) -> None:
        spin_until(self.executor, condition)

    def start(self) -> None:
        self.node.trigger_configure()
        self.node.trigger_activate()

    def stop(self) -> None:
        if self.node.is_active:
            self.node.trigger_deactivate()
            self.node.trigger_cleanup()
        defaults = CloudFusionConfig()
        self.node.set_parameters(
            [
                Parameter("min_cameras", value=defaults.min_cameras),
                Parameter("sync_tolerance_s", value=defaults.sync_tolerance_s),
                Parameter("start_timeout_s", value=defaults.start_timeout_s),
            ]
        )

    def wait_for_clouds(self, count: int = SOME_CLOUDS) -> None:
        """Wait for clouds that are fused from now on."""
        wanted = len(self.rig.fused) + count
        self.wait(lambda: len(self.rig.fused) >= wanted)

    def wait_until_well(self) -> None:
        self.wait(lambda: self.rig.says(OK, "SUCCESS"))
        self.wait_for_clouds()


@pytest.fixture(scope="module")
def shared() -> Iterator[Bench]:
    """One node for all tests: each shows that it works again after what the last one did."""
    rclpy.init()
    node, rig, executor = CloudFusionNode(), CameraRig(), SingleThreadedExecutor()
    executor.add_node(node)
    executor.add_node(rig)
    yield Bench(node, rig, executor)
    node.release()
    executor.shutdown()
    node.destroy_node()
    rig.destroy_node()
    rclpy.shutdown()


@pytest.fixture
def bench(shared: Bench) -> Iterator[Bench]:
    """The node, not configured yet, with default parameters."""
    shared.rig.reset()
    yield shared
    shared.stop()


@pytest.fixture
def running(bench: Bench) -> Bench:
    bench.rig.publish_poses()
    bench.start()
    bench.wait_until_well()
    return bench


def test_the_cloud_is_that_of_the_images(running: Bench) -> None:
    rig = running.rig
    running.wait(lambda: len(rig.clouds["best-effort"]) >= SOME_CLOUDS)
    expected = CloudFuser(FusionConfig()).fuse(list(rig.views.values()))
    for clouds in rig.clouds.values():
        cloud = clouds[-1]
        # The pose went through a quaternion: not the same bytes, but the same points.
        assert abs(len(cloud) - len(expected)) < 0.01 * len(expected)
        assert cloud.frame == "base"
        assert cloud.stamp_ns in rig.stamps
    assert np.abs(cloud.rgb.astype(int).mean(0) - expected.rgb.astype(int).mean(0)).max() < 1.0
    assert np.abs(cloud.xyz.mean(0) - expected.xyz.mean(0)).max() < 0.001
    stamps = [cloud.stamp_ns for cloud in rig.fused]
    assert stamps == sorted(set(stamps))


def test_depth_in_metres_with_infinity_out_of_range_gives_the_same_cloud(running: Bench) -> None:
    """As Gazebo's cameras send it: 32FC1, -inf below the range and inf beyond it."""
    rig = running.rig
    for name, view in rig.views.items():
        metres = view.depth.astype(np.float32)
        if view.depth.dtype == np.uint16:
            metres *= np.float32(0.001)
        metres[:40], metres[40:60] = np.inf, -np.inf
        rig.views[name] = replace(view, depth=metres)
    running.wait_for_clouds()
    cloud = rig.fused[-1]
    for name, view in rig.views.items():
        zero = np.where(np.isfinite(view.depth), view.depth, 0.0).astype(np.float32)
        rig.views[name] = replace(view, depth=zero)
    expected = CloudFuser(FusionConfig()).fuse(list(rig.views.values()))
    assert len(cloud) > 100 and np.isfinite(cloud.xyz).all()
    assert abs(len(cloud) - len(expected)) < 0.01 * len(expected)
    assert running.rig.says(OK, "SUCCESS")


def test_diagnostics_tell_rates_and_ages(running: Bench) -> None:
    wanted = {"error_msg", "rate_hz", "age_ms.p95", "work_ms.p50", "points", "sets_dropped"}
    wanted |= {f"{name}.{what}" for name in running.rig.views for what in ("rate_hz", "latency_ms")}
    running.wait(lambda: wanted <= {value.key for value in running.rig.health.values})


def test_a_camera_that_stops_is_named_and_left_out_until_it_is_back(running: Bench) -> None:
    rig = running.rig
    all_points = len(rig.fused[-1])
    rig.silent = {"left"}
    running.wait(lambda: rig.says(WARN, "CAMERA_STALE", "'left'", "sends nothing"))
    running.wait_for_clouds()
    assert len(rig.fused[-1]) < all_points
    rig.silent = set()
    running.wait_until_well()
    assert len(rig.fused[-1]) == all_points


def test_all_cameras_silent_is_an_error_until_they_are_back(running: Bench) -> None:
    rig = running.rig
    rig.silent = set(rig.views)
    running.wait(lambda: rig.says(ERROR, "CAMERA_STALE", "'front'"))
    all_points, before = len(rig.fused[-1]), len(rig.fused)
    rig.silent = set()
    running.wait_until_well()
    # The first camera that is back waits for the others.
    assert all(len(cloud) == all_points for cloud in rig.fused[before:])


def test_before_the_first_images_silence_is_no_error_but_later_it_is(bench: Bench) -> None:
    rig = bench.rig
    bench.node.set_parameters([Parameter("start_timeout_s", value=4.0)])
    rig.silent = set(rig.views)
    began = bench.node.get_clock().now()
    bench.start()
    waited = False

    def is_error() -> bool:
        nonlocal waited
        waited = waited or rig.says(WARN, "CAMERA_STALE", "first images", "'front'")
        return rig.says(ERROR, "CAMERA_STALE", "'front'", "sends nothing")

    bench.wait(is_error)
    assert waited
    assert (bench.node.get_clock().now() - began).nanoseconds >= 4.0e9
    rig.silent = set()
    rig.publish_poses()
    bench.wait_until_well()


def test_one_image_of_each_camera_is_enough_for_a_cloud(running: Bench) -> None:
    rig = running.rig
    rig.clockwork.cancel()
    running.wait(lambda: rig.fused[-1].stamp_ns == rig.stamps[-1])
    all_points, before = len(rig.fused[-1]), len(rig.fused)
    running.node.trigger_deactivate()
    running.wait(lambda: not rig.is_heard())
    running.node.trigger_activate()
    running.wait(rig.is_heard)
    rig.publish_all()
    running.wait(lambda: len(rig.fused) > before)
    assert len(rig.fused[-1]) == all_points


def test_a_camera_without_depth_topic_is_told_apart(running: Bench) -> None:
    rig = running.rig
    rig.silent_depth = {"right"}
    topic = "/camera/right/aligned_depth_to_color/image_raw"
    running.wait(lambda: rig.says(WARN, "CAMERA_STALE", "'right'", topic))
    assert "/camera/right/color" not in rig.health.message
    rig.silent_depth = set()
    running.wait_until_well()


def test_too_few_cameras_give_no_cloud(bench: Bench) -> None:
    bench.node.set_parameters([Parameter("min_cameras", value=3)])
    rig = bench.rig
    rig.publish_poses()
    bench.start()
    bench.wait_until_well()
    rig.silent = {"left"}
    bench.wait(lambda: rig.says(ERROR, "CAMERA_STALE", "'left'"))
    before = len(rig.fused)
    rig.silent = {"left", "front"}
    heard = len(rig.stamps)
    bench.wait(lambda: len(rig.stamps) > heard + SOME_CLOUDS)
    assert len(rig.fused) == before
    rig.silent = set()
    bench.wait_until_well()


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_depth_of_zero_or_nan_leaves_a_camera_out(running: Bench, dtype: type) -> None:
    rig = running.rig
    good = dict(rig.views)
    blind = np.full(good["left"].depth.shape, 0 if dtype is np.uint16 else np.nan, dtype)
    rig.views["left"] = replace(good["left"], depth=blind)
    running.wait(lambda: rig.says(WARN, "DEPTH_INVALID", "'left'"))
    running.wait_for_clouds()
    rig.views.update({name: replace(view, depth=blind) for name, view in good.items()})
    running.wait(lambda: rig.says(ERROR, "DEPTH_INVALID"))
    rig.views.update(good)
    running.wait_until_well()


def test_a_missing_transform_is_named_until_it_comes(bench: Bench) -> None:
    bench.rig.publish_poses("front", "right")
    bench.start()
    bench.wait(
        lambda: bench.rig.says(WARN, "TRANSFORM_UNAVAILABLE", "'left'", "left_color_optical_frame")
    )
    heard = len(bench.rig.stamps)
    bench.wait_for_clouds(8)
    # It is not waited for: waiting 0.2 s each time would take 4 frames a cloud.
    assert len(bench.rig.stamps) - heard < 2.5 * 8
    bench.rig.publish_poses("left")
    bench.wait_until_well()


def test_a_stale_transform_is_named_until_it_moves_on(bench: Bench) -> None:
    rig = bench.rig
    rig.publish_poses("front", "right")
    rig.moving = {"left"}
    bench.start()
    bench.wait_until_well()
    rig.moving = set()
    bench.wait(lambda: rig.says(WARN, "TRANSFORM_UNAVAILABLE", "'left'", "too old"))
    rig.moving = {"left"}
    bench.wait_until_well()


def test_a_cloud_without_points_is_published_and_said(running: Bench) -> None:
    rig = running.rig
    good = dict(rig.views)
    away = look_at((3.0, 0.0, 1.0), (5.0, 0.0, 0.0))
    rig.views.update({n: replace(view, base_T_camera=away) for n, view in good.items()})
    rig.publish_poses()
    running.wait(lambda: rig.says(ERROR, "CLOUD_EMPTY", "front, left, right"))
    running.wait_for_clouds(1)
    assert len(rig.fused[-1]) == 0
    rig.views.update(good)
    rig.publish_poses()
    running.wait_until_well()


def test_a_d405_is_fused_and_its_lens_counts(running: Bench) -> None:
    """Its colour has a topic name of its own, and coefficients that are not zero."""
    rig = running.rig
    view, d = rig.views["front"], [-0.3, 0.1, 0.001, -0.002, 0.0]
    plain = CloudFuser(FusionConfig()).fuse(list(rig.views.values()))
    rectified = Rectification(view.intrinsics, "plumb_bob", d).apply(view)
    expected = CloudFuser(FusionConfig()).fuse([rectified, rig.views["left"], rig.views["right"]])
    assert abs(len(plain) - len(expected)) > 0.03 * len(plain)
    rig.d405 = {"front"}
    rig.infos["front"].d = d
    running.wait_for_clouds()
    running.wait(lambda: abs(len(rig.fused[-1]) - len(expected)) < 0.01 * len(expected))
    running.wait_until_well()
    rig.infos["front"].d = [0.0] * 5
    running.wait(lambda: abs(len(rig.fused[-1]) - len(plain)) < 0.01 * len(plain))


@pytest.mark.parametrize("d405", [set(), {"left"}])
@pytest.mark.parametrize("reliability", [ReliabilityPolicy.RELIABLE, ReliabilityPolicy.BEST_EFFORT])
def test_each_topic_of_a_camera_is_heard_whatever_its_driver_offers(
    running: Bench, reliability: ReliabilityPolicy, d405: set[str]
) -> None:
    """As with ``depth_qos:=SENSOR_DATA`` and the like of realsense-ros, also while it runs."""
    rig = running.rig
    rig.d405 = d405
    rig.advertise(reliability)
    running.wait(rig.is_heard)
    rig.fused.clear()
    running.wait_until_well()
    # Once best-effort, a subscription stays so: it hears reliable publishers as well.
    rig.advertise(ReliabilityPolicy.RELIABLE)
    running.wait(rig.is_heard)
    running.wait_until_well()


def test_an_unknown_lens_leaves_a_camera_out(running: Bench) -> None:
    rig = running.rig
    info = rig.infos["front"]
    info.d, info.distortion_model = [0.1, 0.2], "of_my_own"
    running.wait(lambda: rig.says(WARN, "INVALID_REQUEST", "'front'", "of_my_own"))
    running.wait_for_clouds()
    info.distortion_model = "plumb_bob"
    info.d = [0.0] * 5
    running.wait_until_well()


def test_a_camera_that_is_not_calibrated_is_left_out(running: Bench) -> None:
    rig = running.rig
    good = rig.infos["front"]
    rig.infos["front"] = CameraInfo(width=160, height=120)
    running.wait(lambda: rig.says(WARN, "INVALID_REQUEST", "'front'", "calibrated"))
    running.wait_for_clouds()
    rig.infos["front"] = good
    running.wait_until_well()


def test_images_that_do_not_fit_their_camera_info_are_left_out(running: Bench) -> None:
    rig = running.rig
    good = rig.infos["front"]
    other = CameraInfo(width=640, height=480, k=good.k, d=good.d)
    rig.infos["front"] = other
    running.wait(lambda: rig.says(WARN, "INVALID_REQUEST", "'front'", "(480, 640)"))
    rig.infos["front"] = good
    running.wait_until_well()


@pytest.mark.parametrize(("delay_s", "word"), [(5.0, "old"), (-5.0, "in the future")])
def test_images_of_another_time_are_not_fused(running: Bench, delay_s: float, word: str) -> None:
    rig = running.rig
    rig.delay_s = dict.fromkeys(rig.views, delay_s)
    running.wait(lambda: rig.says(ERROR, "CAMERA_STALE", word, "clocks"))
    rig.delay_s = dict.fromkeys(rig.views, 0.0)
    running.wait_until_well()


@pytest.mark.parametrize("delay_s", [7200.0, -7200.0])
def test_a_camera_hours_off_is_named_and_the_others_go_on(running: Bench, delay_s: float) -> None:
    rig = running.rig
    all_points = len(rig.fused[-1])
    rig.delay_s["left"] = delay_s
    running.wait(lambda: rig.says(WARN, "CAMERA_STALE", "without 'left'", "7200", "clocks"))
    running.wait_for_clouds()
    assert len(rig.fused[-1]) < all_points
    rig.delay_s["left"] = 0.0
    running.wait_until_well()
    assert len(rig.fused[-1]) == all_points


@pytest.mark.parametrize("ahead_s", [0.3, 7200.0])
def test_a_camera_that_is_ahead_in_some_frames_stays_in_the_cloud(
    running: Bench, ahead_s: float
) -> None:
    rig = running.rig
    rig.ahead = {"left": ahead_s}
    if ahead_s > CloudFusionConfig().max_age_s:
        running.wait(lambda: rig.says(WARN, "CAMERA_STALE", "some images", "'left'", "future"))
    before, heard = len(rig.fused), len(rig.stamps)
    running.wait(lambda: len(rig.stamps) >= heard + 40)
    clouds = rig.fused[before:]
    assert len(clouds) >= 15
    rig.ahead = {}
    running.wait_until_well()
    assert all(len(cloud) == len(rig.fused[-1]) for cloud in clouds)


def test_cameras_that_do_not_match_in_time_are_said(bench: Bench) -> None:
    bench.node.set_parameters([Parameter("sync_tolerance_s", value=0.005)])
    rig = bench.rig
    rig.publish_poses()
    rig.delay_s["left"] = 0.025
    bench.start()
    bench.wait(lambda: rig.says(ERROR, "CAMERA_STALE", "not within 0.005 s of each other"))
    rig.delay_s["left"] = 0.0
    bench.wait_until_well()


def test_a_camera_that_is_late_is_waited_for(running: Bench) -> None:
    rig = running.rig
    rig.delay_s = {"front": 0.0, "left": 0.1, "right": 0.2}
    heard = len(rig.stamps)
    running.wait(lambda: len(rig.stamps) > heard + 10)
    running.wait_until_well()


def test_after_a_stall_only_the_newest_images_are_fused(running: Bench) -> None:
    rig = running.rig
    rig.clockwork.cancel()
    running.wait(lambda: rig.fused[-1].stamp_ns == rig.stamps[-1])
    before = len(rig.fused)
    dropped = running.node.health_values()["sets_dropped"]
    for _ in range(4):
        rig.publish_all()
    running.wait(lambda: rig.fused[-1].stamp_ns == rig.stamps[-1])
    assert len(rig.fused) == before + 1
    assert running.node.health_values()["sets_dropped"] != dropped


def test_inactive_means_no_clouds_and_active_again_means_clouds(running: Bench) -> None:
    rig = running.rig
    running.node.trigger_deactivate()
    running.wait(lambda: rig.says(WARN, "SUCCESS", "inactive"))
    before, heard = len(rig.fused), len(rig.stamps)
    running.wait(lambda: len(rig.stamps) > heard + SOME_CLOUDS)
    assert len(rig.fused) <= before + 1  # one may have been on its way
    running.node.trigger_activate()
    running.wait_until_well()
    running.node.trigger_deactivate()
    running.node.trigger_cleanup()
    running.start()
    running.wait_until_well()


def test_parameters_that_cannot_work_are_refused(bench: Bench) -> None:
    (result,) = bench.node.set_parameters([Parameter("cameras", value=["front", "front"])])
    assert not result.successful
    assert "distinct" in result.reason
    (result,) = bench.node.set_parameters([Parameter("min_cameras", value=4)])
    assert not result.successful
    assert bench.node.trigger_configure() == TransitionCallbackReturn.SUCCESS
    bench.node.trigger_cleanup()


def test_a_camera_that_was_moved_is_named_while_its_cloud_goes_on(bench: Bench) -> None:
    bench.node.set_parameters([Parameter("agreement_period_s", value=0.01)])
    rig = bench.rig
    rig.views["left"].base_T_camera[2, 3] += 0.03
    try:
        rig.publish_poses()
        bench.start()
        bench.wait(lambda: rig.says(WARN, "TRANSFORM_UNAVAILABLE", "'left'", "mm apart"))
        bench.wait_for_clouds()
        assert "front-left.apart_mm" in {value.key for value in rig.health.values}
    finally:
        rig.views["left"].base_T_camera[2, 3] -= 0.03
        bench.node.set_parameters([Parameter("agreement_period_s", value=10.0)])
