"""Parameters of the node, and what its camera monitor says."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from clap_core.errors import ErrorCode
from clap_perception.cloud_fusion.camera_monitor import NS_PER_S, CameraMonitor
from clap_perception.cloud_fusion.config import CloudFusionConfig

TOPICS = ("/color", "/depth", "/info")


@pytest.mark.parametrize(
    "values",
    [{"cameras": ()}, {"cameras": ("a", "a")}, {"cameras": ("",)}, {"min_cameras": 4}],
)
def test_cameras_must_make_sense(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CloudFusionConfig.model_validate(values)


def test_every_parameter_is_described() -> None:
    for field in CloudFusionConfig.model_fields.values():
        assert field.description


def test_a_monitor_tells_what_is_missing() -> None:
    monitor = CameraMonitor("front", TOPICS, 0.5, now_ns=NS_PER_S)
    assert monitor.fault(NS_PER_S) is None, "it may still be starting"
    now_ns = 2 * NS_PER_S
    monitor.hear("/color", now_ns)
    fault = monitor.fault(now_ns)
    assert fault is not None
    assert fault.code is ErrorCode.CAMERA_STALE
    assert "'front' sends nothing on /depth, /info." in fault.message
    for topic in TOPICS:
        monitor.hear(topic, now_ns)
    fault = monitor.fault(now_ns)
    assert fault is not None
    assert "stamps do not match" in fault.message


def test_a_monitor_measures_rate_and_latency_until_the_camera_stops() -> None:
    monitor = CameraMonitor("front", TOPICS, 0.5, now_ns=0)
    for frame in range(10):
        monitor.note_frame(frame * NS_PER_S // 10, frame * NS_PER_S // 10 - 30_000_000)
    figures = monitor.figures(NS_PER_S)
    assert figures["front.rate_hz"] == pytest.approx(10.0)
    assert figures["front.latency_ms"] == pytest.approx(30.0)
    assert monitor.is_live(NS_PER_S)
    assert not monitor.is_live(2 * NS_PER_S)
    assert monitor.figures(2 * NS_PER_S)["front.rate_hz"] == 0.0


def test_after_a_jump_back_of_the_clock_a_camera_must_deliver_again() -> None:
    monitor = CameraMonitor("front", TOPICS, 0.5, now_ns=100 * NS_PER_S)
    monitor.note_frame(100 * NS_PER_S, 100 * NS_PER_S)
    assert not monitor.is_live(1 * NS_PER_S)
    monitor.note_frame(1 * NS_PER_S, 1 * NS_PER_S)
    assert monitor.is_live(1 * NS_PER_S)
