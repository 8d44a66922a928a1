"""Whatever a publisher may legally send, what listens to cameras, clouds and frames lives, and is
right again with the next good message; also when the clock begins again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import TransformStamped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rclpy.clock import ROSClock
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, Image, JointState, PointCloud2, PointField
from std_msgs.msg import Header

from clap_core.camera import CameraIntrinsics, CameraView
from clap_core.errors import ClapError
from clap_core.frames import TransformError
from clap_core.fusion import CloudFuser, FusionConfig
from clap_core.point_cloud import PointCloud
from clap_core.robot.joint_track import FINGER_MAX_M
from clap_perception.cloud_fusion.camera_input import CameraInput, RgbdMessages
from clap_perception.cloud_fusion.config import CloudFusionConfig
from clap_perception.cloud_listener import CloudListener, CloudListenerConfig
from clap_perception.scene_listener import SceneListener, SceneListenerConfig
from clap_ros import clouds, images
from clap_ros.transforms import TransformBuffer
from ros_fuzz import messages
from tf2_msgs.msg import TFMessage

FUZZ = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NOW_NS = 1_760_000_000_000_000_000
SECOND = 1_000_000_000
FRAMES = ["base", "hand", "camera", "/base", "", "hand\n\x1b[31m"]
ENCODINGS = st.sampled_from(["rgb8", "bgr8", "mono8", "16UC1", "32FC1", "", "rgb16\x07"])
SIZES = st.sampled_from([0, 1, 8, 6, 640, 2**32 - 1])


class Quiet:
    """A node's clock and subscriptions, without DDS: what is sent is what callbacks are called
    with."""

    def __init__(self) -> None:
        self.clock = ROSClock()
        self.clock._set_ros_time_is_active(True)
        self.set_time(NOW_NS)
        self.callbacks: dict[str, Callable[[Any], None]] = {}  # by names relative to the root
        self.warnings: list[str] = []

    def get_namespace(self) -> str:
        return "/"

    def set_time(self, now_ns: int) -> None:
        self.clock.set_ros_time_override(Time(nanoseconds=now_ns, clock_type=self.clock.clock_type))

    def create_subscription(
        self, _type: type, topic: str, callback: Callable[[Any], None], *_: object, **__: object
    ) -> object:
        self.callbacks[topic.removeprefix("/")] = callback
        return object()

    def create_timer(self, *_: object, **__: object) -> Quiet:
        return self

    def reset(self) -> None:
        """Of a timer."""

    cancel = reset

    def get_clock(self) -> ROSClock:
        return self.clock

    def get_logger(self) -> Quiet:
        return self

    def warning(self, text: str, **_: object) -> None:
        self.warnings.append(text)

    def destroy_timer(self, _timer: object) -> None:
        """Nothing to do."""

    destroy_subscription = destroy_timer


@pytest.fixture(scope="module")
def fuser() -> CloudFuser:
    return CloudFuser(FusionConfig())


def stamped(stamp_ns: int = NOW_NS, frame: str = "camera") -> Header:
    return Header(frame_id=frame, stamp=Time(nanoseconds=stamp_ns).to_msg())


def headers() -> st.SearchStrategy[Header]:
    near = st.integers(-600_000_000, 600_000_000).map(lambda off_ns: stamped(NOW_NS + off_ns))
    return near | messages(Header)


def good_info() -> CameraInfo:
    message = images.intrinsics_to_message(CameraIntrinsics(8, 6, 8.0, 8.0, 3.5, 2.5))
    message.header = stamped()
    return message


INFOS = messages(CameraInfo) | messages(
    CameraInfo,
    width=SIZES,
    height=SIZES,
    k=st.just([8.0, 0.0, 3.5, 0.0, 8.0, 2.5, 0.0, 0.0, 1.0]),
    distortion_model=st.sampled_from(["plumb_bob", "equidistant", "rational_polynomial", "x", ""]),
    d=st.lists(st.floats(-1.0, 1.0) | st.floats(), max_size=15),
)
IMAGES = messages(Image, header=headers()) | messages(
    Image,
    header=headers(),
    encoding=ENCODINGS,
    width=SIZES,
    height=SIZES,
    step=st.sampled_from([0, 8, 16, 24, 32, 2**32 - 1]),
    data=st.sampled_from([0, 1, 95, 96, 144, 192]).map(bytes),
)
COLOR, DEPTH, INFO = (
    pattern.replace("{camera}", "front")
    for pattern in (
        CloudFusionConfig().color_topic,
        CloudFusionConfig().depth_topic,
        CloudFusionConfig().camera_info_topic,
    )
)


def camera(node: Quiet) -> tuple[CameraInput, list[RgbdMessages]]:
    frames: list[RgbdMessages] = []
    made = CameraInput(node, "front", CloudFusionConfig(), frames.append)  # type: ignore[arg-type]
    return made, frames


def look(node: Quiet, stamp_ns: int) -> None:
    """A good pair of images of a moment."""
    depth = np.full((6, 8), 700, np.uint16)
    node.callbacks[COLOR](
        images.to_message(np.zeros((6, 8, 3), np.uint8), "rgb8", stamped(stamp_ns))
    )
    node.callbacks[DEPTH](images.to_message(depth, "16UC1", stamped(stamp_ns)))


@FUZZ
@given(
    st.lists(
        st.tuples(st.just(INFO), INFOS | st.builds(good_info))
        | st.tuples(st.sampled_from([COLOR, DEPTH]), IMAGES),
        max_size=8,
    )
)
def test_no_image_or_camera_info_ends_the_fusion(
    fuser: CloudFuser, sent: list[tuple[str, Any]]
) -> None:
    node = Quiet()
    seen, frames = camera(node)
    for topic, message in sent:
        node.callbacks[topic](message)
    for frame in frames:
        try:
            assert isinstance(frame.view(np.eye(4)), CameraView)
            fuser.fuse_usable([frame.view(np.eye(4))])
        except ClapError as error:
            assert error.cure
    later_ns = NOW_NS + 2 * SECOND
    node.set_time(later_ns)
    fault = seen.fault(later_ns)
    assert fault is not None and fault.cure
    frames.clear()
    node.callbacks[INFO](good_info())
    look(node, later_ns)
    assert frames[-1].stamp_ns == later_ns  # an earlier pair may have waited for the intrinsics
    assert seen.fault(later_ns) is None
    assert frames[-1].view(np.eye(4)).depth.shape == (6, 8)


@pytest.mark.parametrize("back_ns", [1, SECOND // 3, 3600 * SECOND])
def test_a_camera_is_heard_when_the_clock_has_jumped_back(back_ns: int) -> None:
    node = Quiet()
    _, frames = camera(node)
    node.callbacks[INFO](good_info())
    look(node, NOW_NS)
    node.set_time(NOW_NS - back_ns)
    look(node, NOW_NS - back_ns)
    assert [frame.stamp_ns for frame in frames] == [NOW_NS, NOW_NS - back_ns]


FIELDS = st.lists(
    messages(
        PointField,
        name=st.sampled_from(["x", "y", "z", "rgb", "r", "g", "b", "?"]),
        offset=st.sampled_from([0, 4, 8, 12, 13, 2**32 - 1]),
    ),
    max_size=7,
)
SOUND_FIELDS = clouds.to_message(PointCloud(np.zeros((0, 3)), np.zeros((0, 3), np.uint8))).fields
CLOUDS = messages(PointCloud2, header=headers()) | messages(
    PointCloud2,
    header=headers(),
    fields=FIELDS | st.just(SOUND_FIELDS),
    width=SIZES,
    height=SIZES,
    point_step=st.sampled_from([0, 1, 12, 16, 2**31, 2**32 - 1]),
    row_step=st.sampled_from([0, 16, 128, 2**32 - 1]),
    data=st.sampled_from([0, 1, 16, 96, 128]).map(bytes),
)


def good_cloud(stamp_ns: int) -> PointCloud2:
    points = np.array([[0.5, 0.0, 0.1]], np.float32)
    return clouds.to_message(PointCloud(points, np.zeros((1, 3), np.uint8), "base", stamp_ns))


def newest(listener: CloudListener) -> PointCloud | None:
    """The newest cloud; None where it would have to be waited for."""
    asked = listener.newest(is_strict=True)
    try:
        asked.send(None)
    except StopIteration as ended:
        found: PointCloud = ended.value
        return found
    asked.close()
    return None


@FUZZ
@given(st.lists(CLOUDS, max_size=6))
def test_no_cloud_ends_who_listens_and_what_cannot_be_read_is_said(sent: list[PointCloud2]) -> None:
    node = Quiet()
    listener = CloudListener(node, CloudListenerConfig())  # type: ignore[arg-type]
    topic = CloudListenerConfig().cloud_topic
    for message in sent:
        node.callbacks[topic](message)
        try:
            found = newest(listener)
        except ClapError as error:
            assert error.cure
        else:
            assert found is None or len(found)
    assert listener.health_values()["clouds_received"] == len(sent)
    node.set_time(NOW_NS + 2 * SECOND)
    node.callbacks[topic](good_cloud(NOW_NS + 2 * SECOND))
    found = newest(listener)
    assert found is not None and found.stamp_ns == NOW_NS + 2 * SECOND


def test_a_cloud_of_the_future_is_refused_and_said() -> None:
    node = Quiet()
    listener = CloudListener(node, CloudListenerConfig())  # type: ignore[arg-type]
    node.callbacks[CloudListenerConfig().cloud_topic](good_cloud(NOW_NS + 3600 * SECOND))
    assert newest(listener) is None
    values = listener.health_values()
    assert values["clouds_refused"] == 1
    assert "3600.00 s in the future" in str(values["last_cloud_refusal"])


@pytest.mark.parametrize("back_ns", [SECOND // 3, 3600 * SECOND])
def test_a_cloud_of_before_the_clock_jumped_back_is_not_new(back_ns: int) -> None:
    node = Quiet()
    listener = CloudListener(node, CloudListenerConfig())  # type: ignore[arg-type]
    topic = CloudListenerConfig().cloud_topic
    node.callbacks[topic](good_cloud(NOW_NS))
    assert newest(listener) is not None
    node.set_time(NOW_NS - back_ns)
    assert newest(listener) is None
    node.callbacks[topic](good_cloud(NOW_NS - back_ns))
    assert newest(listener) is not None


TRANSFORMS = messages(
    TFMessage,
    transforms=st.lists(
        messages(TransformStamped)
        | messages(
            TransformStamped,
            header=st.sampled_from(FRAMES).map(lambda frame: stamped(frame=frame)),
            child_frame_id=st.sampled_from(FRAMES),
        ),
        max_size=4,
    ),
)


def good_transform(stamp_ns: int, parent: str = "base", child: str = "camera") -> TFMessage:
    return TFMessage(
        transforms=[TransformStamped(header=stamped(stamp_ns, parent), child_frame_id=child)]
    )


@FUZZ
@given(st.lists(st.tuples(st.sampled_from(["tf", "tf_static"]), TRANSFORMS), max_size=6))
def test_no_transform_ends_who_listens_or_is_believed(sent: list[tuple[str, TFMessage]]) -> None:
    node = Quiet()
    buffer = TransformBuffer(node)  # type: ignore[arg-type]
    waited = buffer.wait_for("base", "camera", NOW_NS, timeout_s=60.0)
    for topic, message in sent:
        node.callbacks[topic](message)
        try:
            pose = buffer.lookup("base", "camera")
        except TransformError as error:
            assert error.cure
        else:
            assert np.isfinite(pose).all()
            np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-6)
    assert not waited.done() or waited.exception() is not None or waited.result().shape == (4, 4)
    # Under names that nothing before has used.
    node.callbacks["tf"](good_transform(NOW_NS, "table", "lamp"))
    np.testing.assert_allclose(buffer.lookup("table", "lamp", NOW_NS), np.eye(4))


def test_frames_are_known_again_when_the_clock_has_jumped_back() -> None:
    node = Quiet()
    buffer = TransformBuffer(node)  # type: ignore[arg-type]
    node.callbacks["tf"](good_transform(NOW_NS))
    node.set_time(NOW_NS - 3600 * SECOND)
    with pytest.raises(TransformError):
        buffer.lookup("base", "camera")
    node.callbacks["tf"](good_transform(NOW_NS - 3600 * SECOND))
    buffer.lookup("base", "camera", NOW_NS - 3600 * SECOND)


class QuietWithServices(Quiet):
    """It may also ask."""

    def create_client(self, *_: object, **__: object) -> object:
        return object()


FINGERS = ["fr3_finger_joint1", "fr3_finger_joint2"]
JOINT_STATES = messages(JointState) | messages(
    JointState,
    name=st.sampled_from([FINGERS, FINGERS[::-1], FINGERS[:1], FINGERS + FINGERS[:1]]),
    position=st.lists(st.floats() | st.floats(-0.01, 0.08), max_size=4),
)


@FUZZ
@given(st.lists(st.tuples(st.booleans(), JOINT_STATES), max_size=6))
def test_no_joint_states_end_who_looks_at_scenes_or_are_believed(
    sent: list[tuple[bool, JointState]],
) -> None:
    node, config = QuietWithServices(), SceneListenerConfig()
    listener = SceneListener(node, config)  # type: ignore[arg-type]
    topics = (config.joint_states_topic, config.hand_joint_states_topic)
    for is_own, message in sent:
        node.callbacks[topics[is_own]](message)
        width_m = listener._opening.width_m
        assert np.isnan(width_m) or 0.0 <= width_m <= 2 * FINGER_MAX_M
    node.callbacks[topics[True]](JointState(name=FINGERS, position=[0.02, 0.02]))
    assert listener._opening.width_m == 0.04


@pytest.mark.parametrize(
    ("names", "positions", "said"),
    [
        (FINGERS, [], "2 joints are named with 0 positions"),
        (FINGERS, [0.02, float("nan")], "not a finite number"),
        (FINGERS, [0.02, float("inf")], "not a finite number"),
        (FINGERS, [0.02] * 50_000, "2 joints are named with 50000 positions"),
        (FINGERS * 50_000, [0.02] * 100_000, "named twice"),
        (FINGERS, [0.02, 7.0], "a finger would be at 7.000 m"),
    ],
)
def test_wrong_joint_states_are_said_in_diagnostics(
    names: list[str], positions: list[float], said: str
) -> None:
    node, config = QuietWithServices(), SceneListenerConfig()
    listener = SceneListener(node, config)  # type: ignore[arg-type]
    node.callbacks[config.joint_states_topic](JointState(name=names, position=positions))
    values = listener.health_values()
    assert values["joint_states_refused"] == 1
    assert said in str(values["last_refusal"])
