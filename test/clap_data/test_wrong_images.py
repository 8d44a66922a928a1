"""Cameras of recordings: missing stamps, calibrations that come late or are bad."""

from __future__ import annotations

import pytest
from sensor_msgs.msg import CameraInfo

from clap_data.bags.camera_log import COLOR, DEPTH, CameraLog
from clap_data.bags.scene_log import SceneLog, SceneSampling, find_moments
from clap_data.bags.stack_messages import NS_PER_S

START_NS = 1_760_000_000 * NS_PER_S
K = [60.0, 0.0, 31.5, 0.0, 60.0, 23.5, 0.0, 0.0, 1.0]


def info(k: list[float], d: list[float]) -> CameraInfo:
    return CameraInfo(width=64, height=48, k=k, d=d, distortion_model="plumb_bob")


def camera(stamps_ns: list[int]) -> CameraLog:
    log = CameraLog("front")
    for stamp_ns in stamps_ns:
        log.note_image(COLOR, "/camera/front/color/image_raw", stamp_ns)
        log.note_image(DEPTH, "/camera/front/aligned_depth_to_color/image_raw", stamp_ns)
    return log


def test_zeros_of_a_starting_driver_are_passed_over() -> None:
    log = CameraLog("front")
    log.note_info(info([0.0] * 9, []))
    assert log.rectification is None and log.problem is None
    log.note_info(info(K, [0.0] * 5))
    assert log.rectification is not None and log.rectification.intrinsics.fx == 60.0


def test_a_distorted_camera_is_used_and_one_of_an_unknown_lens_is_a_problem() -> None:
    log = CameraLog("front")
    unknown = info(K, [-0.3, 0.1, 0.0, 0.0, 0.0])
    unknown.distortion_model = "of_my_own"
    log.note_info(unknown)
    assert log.rectification is None
    assert log.problem is not None and "of_my_own" in log.problem.message
    log.note_info(info(K, [-0.3, 0.1, 0.0, 0.0, 0.0]))
    assert log.rectification is not None and log.rectification.is_needed
    assert log.problem is None


def test_an_image_without_a_stamp_is_left_out() -> None:
    log = camera([0, START_NS])
    assert log.stamps_ns == {COLOR: [START_NS], DEPTH: [START_NS]}


def test_a_rectified_colour_topic_keeps_its_name() -> None:
    log = camera([START_NS])
    log.note_image(COLOR, "/camera/front/color/image_rect_raw", START_NS)
    assert log.topic(COLOR) == "/camera/front/color/image_rect_raw"
    assert log.topic(DEPTH) == "/camera/front/aligned_depth_to_color/image_raw"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("wrong_ns", [1, START_NS + 10**6 * NS_PER_S])
def test_one_wrong_stamp_does_not_stretch_the_search_over_years(wrong_ns: int) -> None:
    stamps = [START_NS + tick * NS_PER_S // 10 for tick in range(51)]
    log = SceneLog(cameras={"front": camera(sorted([*stamps, wrong_ns]))})
    moments = find_moments(log, SceneSampling())
    near = [m for m in moments if abs(m.stamps_ns["front"][0] - START_NS) < 10 * NS_PER_S]
    assert len(near) in (5, 6)
    assert len(moments) == len(near) + 1
