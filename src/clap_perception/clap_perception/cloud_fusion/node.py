"""The cloud_fusion node: images and transforms in, one cloud out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from rclpy.clock import JumpHandle, JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.task import Future
from sensor_msgs.msg import PointCloud2

from clap_core.camera import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_core.frames import TransformError
from clap_core.fusion import CloudFuser
from clap_msgs.srv import GetViews
from clap_perception.cloud_fusion.agreement_watch import AgreementWatch
from clap_perception.cloud_fusion.camera_input import CameraInput, RgbdMessages
from clap_perception.cloud_fusion.camera_monitor import NS_PER_S
from clap_perception.cloud_fusion.config import TOPICS, CloudFusionConfig
from clap_perception.cloud_fusion.kept_looks import KeptLooks
from clap_perception.cloud_fusion.start_up import StartUp
from clap_perception.cloud_fusion.synchroniser import StampSynchroniser
from clap_perception.requests import inactive
from clap_ros import clouds
from clap_ros.diagnostics import Rate, Window
from clap_ros.lifecycle import ManagedNode
from clap_ros.names import with_full_names
from clap_ros.parameters import declare
from clap_ros.spin import run_node
from clap_ros.stamps import stamp_ns
from clap_ros.timers import steady_timer
from clap_ros.transforms import TransformBuffer

CLOUD_QOS = QoSProfile(depth=2, reliability=ReliabilityPolicy.RELIABLE)
"""Reliable reaches reliable and best-effort subscribers alike, RViz's default among them."""

CHECK_PERIOD_S = 0.1
"""How often stale cameras are looked for."""


@dataclass(frozen=True)
class PosedFrame:
    """A frame, and its camera's pose that may still be on its way.

    Attributes:
        frame: the images.
        pose: done with base_T_camera, or with what is wrong with it.
    """

    frame: RgbdMessages
    pose: Future


class CloudFusionNode(ManagedNode):
    """Fuses the newest images of all cameras that deliver, and says which do not."""

    def __init__(self) -> None:
        self._transforms: TransformBuffer | None = None
        self._publisher: Publisher | None = None
        self._jump: JumpHandle | None = None
        self._inputs: dict[str, CameraInput] = {}
        self._set_faults: dict[str, ClapError] = {}
        self._agreement = AgreementWatch.idle()
        self._cloud_fault: ClapError | None = None
        self._published_ns = 0
        self._heard_ns = 0
        self._waiting: list[PosedFrame] = []
        self._newest: list[RgbdMessages] = []
        self._dropped = 0
        self._points = 0
        self._clouds = Rate()
        self._ages_ms, self._work_ms = Window(), Window()
        super().__init__("cloud_fusion")
        self._settings = declare(self, CloudFusionConfig)
        # A set is worked on after the executor has handed out what else has come in, so that
        # after a stall only the newest of several sets is.
        self._work = self.create_guard_condition(self._advance)
        self._views_service = self.create_service(GetViews, "~/views", self._on_views)
        self._check = steady_timer(self, CHECK_PERIOD_S, self._report)

    def configure(self) -> None:
        """Read the parameters, compile the fusion, start to listen to transforms."""
        self._config = with_full_names(self, self._settings.read(), *TOPICS)
        self._fuser = CloudFuser(self._config.fusion, self._config.base_frame)
        self._fuser.warm_up()
        self._transforms = TransformBuffer(self)
        self._publisher = self.create_publisher(PointCloud2, self._config.cloud_topic, CLOUD_QOS)

    def activate(self) -> None:
        """Subscribe to the cameras."""
        config = self._config
        self._sets: StampSynchroniser[str, RgbdMessages] = StampSynchroniser(
            config.cameras, round(config.sync_tolerance_s * NS_PER_S)
        )
        self._looks = KeptLooks(config.kept_looks, config.base_frame)
        self._agreement = AgreementWatch(
            config.fusion, config.agreement_period_s, config.max_apart_mm
        )
        self._published_ns = self._heard_ns = self._now_ns()
        self._jump = self.get_clock().create_jump_callback(
            JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1)),
            post_callback=self._on_jump_back,
        )
        self._start_up = StartUp(
            config.start_timeout_s, config.camera_timeout_s, self._published_ns
        )
        self._inputs = {
            camera: CameraInput(self, camera, config, self._on_frame) for camera in config.cameras
        }

    def deactivate(self) -> None:
        """Unsubscribe from the cameras and drop what is under way."""
        if self._jump is not None:
            self._jump.unregister()
            self._jump = None
        for camera_input in self._inputs.values():
            camera_input.destroy()
        self._inputs, self._waiting, self._newest = {}, [], []
        self._set_faults, self._cloud_fault = {}, None
        self._agreement.close()

    def cleanup(self) -> None:
        """Stop listening to transforms."""
        if self._transforms is not None:
            self._transforms.destroy()
            self._transforms = None
        if self._publisher is not None:
            self.destroy_publisher(self._publisher)
            self._publisher = None

    def health_values(self) -> Mapping[str, object]:
        """Rates, ages and what is wrong."""
        now_ns = self._now_ns()
        faults = [*self._faults(now_ns).values(), *filter(None, [self._cloud_fault])]
        values: dict[str, object] = {
            "error_msg": " ".join(dict.fromkeys(fault.message for fault in faults)),
            "clouds": self._clouds.total,
            "rate_hz": self._clouds.hz(self._now_ns() / NS_PER_S),
            "age_ms.p50": self._ages_ms.percentile(50),
            "age_ms.p95": self._ages_ms.percentile(95),
            "work_ms.p50": self._work_ms.percentile(50),
            "work_ms.p95": self._work_ms.percentile(95),
            "points": self._points,
            "sets_dropped": self._dropped,
        }
        for camera_input in self._inputs.values():
            values |= camera_input.monitor.figures(now_ns)
        return values | self._agreement.figures()

    def _on_jump_back(self, _jump: TimeJump) -> None:
        """A simulation or a bag begins again: what was seen belongs to another time."""
        self._sets.clear()
        self._looks.clear()
        self._waiting, self._newest = [], []
        for camera_input in self._inputs.values():
            camera_input.forget()

    def _on_frame(self, frame: RgbdMessages) -> None:
        """Look whether the frame completes a set of all cameras that deliver."""
        now_ns = self._now_ns()
        self._start_up.note_frame()
        self._await_all_after_silence(now_ns)
        self._sets.add(frame.camera, frame.stamp_ns, frame)
        live = [name for name, one in self._inputs.items() if one.monitor.is_live(now_ns)]
        found = self._sets.take(live) if len(live) >= self._config.min_cameras else None
        if found is None:
            return
        self._dropped += bool(self._newest)
        self._newest = [found[name].item for name in live]
        self._work.trigger()

    def _await_all_after_silence(self, now_ns: int) -> None:
        """Wait for every camera again where none has delivered for long.

        After a jump of the clock, a pause of a replay or of a USB hub the first camera is back a
        moment before the others: a cloud of it alone would lack most of the scene.
        """
        silence_ns, self._heard_ns = abs(now_ns - self._heard_ns), now_ns
        if silence_ns > self._config.camera_timeout_s * NS_PER_S:
            self._count_silence_from(now_ns)

    def _count_silence_from(self, now_ns: int) -> None:
        self._published_ns = now_ns
        for camera_input in self._inputs.values():
            camera_input.monitor.restart(now_ns)

    def _advance(self) -> None:
        """Fuse the set that waits for poses once it has them, then begin with the newest one."""
        if not self.is_active or self._transforms is None:
            return
        if self._waiting and all(posed.pose.done() for posed in self._waiting):
            ready, self._waiting = self._waiting, []
            self._fuse(ready)
        if self._waiting or not self._newest:
            return
        frames, self._newest = self._newest, []
        self._waiting = [PosedFrame(frame, self._pose(frame, self._transforms)) for frame in frames]
        for posed in self._waiting:
            posed.pose.add_done_callback(lambda _: self._work.trigger())

    def _pose(self, frame: RgbdMessages, transforms: TransformBuffer) -> Future:
        """Where the camera was, waiting only for what a running publisher will still send.

        A frame that nobody publishes, or that stopped, must not hold up the other cameras.
        """
        asked = (self._config.base_frame, frame.optical_frame, frame.stamp_ns)
        patience_s = self._config.transform_timeout_s
        pose = transforms.wait_for(*asked, timeout_s=0.0)
        error = pose.exception()
        if isinstance(error, TransformError) and (error.behind_s or inf) < patience_s:
            return transforms.wait_for(*asked, timeout_s=patience_s)
        return pose

    def _fuse(self, posed_frames: list[PosedFrame]) -> None:
        """Fuse what can be used of a set, and publish it."""
        start = time.perf_counter()
        self._set_faults = {}
        views = []
        for posed in posed_frames:
            try:
                views.append(self._view(posed))
            except ClapError as error:
                self._set_faults[posed.frame.camera] = error
        fusion = self._fuser.fuse_usable(views)
        self._set_faults |= fusion.faults
        usable = len(posed_frames) - len(self._set_faults)
        if usable >= self._config.min_cameras:
            assert self._publisher is not None
            self._looks.add(fusion.cloud.stamp_ns, views)
            self._agreement.offer([view for view in views if view.name not in fusion.faults])
            self._publisher.publish(clouds.to_message(fusion.cloud))
            self._cloud_fault = None if len(fusion.cloud) else self._fuser.cloud_empty(views)
            self._published_ns = self._now_ns()
            self._points = len(fusion.cloud)
            self._clouds.add(self._published_ns / NS_PER_S)
            self._ages_ms.add((self._published_ns - fusion.cloud.stamp_ns) / 1e6)
            self._work_ms.add((time.perf_counter() - start) * 1e3)
        else:
            self._cloud_fault = next(iter(self._set_faults.values()))
        self._report()

    def _on_views(
        self, request: GetViews.Request, response: GetViews.Response
    ) -> GetViews.Response:
        try:
            if not self.is_active:
                raise inactive(self)
            response.views = self._looks.messages(stamp_ns(request.stamp))
        except ClapError as error:
            response.error_code, response.error_msg = int(error.code), error.message
        return response

    def _view(self, posed: PosedFrame) -> CameraView:
        age_s = (self._now_ns() - posed.frame.stamp_ns) / NS_PER_S
        if abs(age_s) > self._config.max_age_s:
            when = f"{age_s:.2f} s old" if age_s > 0 else f"{-age_s:.2f} s in the future"
            raise ClapError(
                ErrorCode.CAMERA_STALE,
                f"the images of camera '{posed.frame.camera}' are {when}",
                "Check that all computers' clocks agree and that use_sim_time is right",
            )
        return posed.frame.view(posed.pose.result())

    def _faults(self, now_ns: int) -> dict[str, ClapError]:
        """By camera, why it is not in the cloud."""
        faults = {}
        for name, camera_input in self._inputs.items():
            fault = camera_input.fault(now_ns) or self._set_faults.get(name)
            if fault is not None:
                faults[name] = fault
        return faults

    def _report(self) -> None:
        """Tell on /diagnostics how the fusion does."""
        if not self.is_active:
            return
        now_ns = self._now_ns()
        if self._start_up.note_time(now_ns):
            self._count_silence_from(now_ns)
        faults = self._faults(now_ns)
        stale = list(filter(None, (one.fault(now_ns) for one in self._inputs.values())))
        off_clock = (one.monitor.off_clock_fault(now_ns) for one in self._inputs.values())
        doubts = list(filter(None, (*off_clock, self._agreement.doubt())))
        is_late = abs(now_ns - self._published_ns) > self._config.camera_timeout_s * NS_PER_S
        if is_late and len(self._inputs) - len(stale) < self._config.min_cameras:
            if self._start_up.is_waiting(now_ns):
                self.health.warn(f"waiting for the first images: {stale[0].message}", stale[0].code)
            else:
                self.health.error(stale[0])
        elif self._cloud_fault is not None:
            self.health.error(self._cloud_fault)
        elif is_late and not self._start_up.is_waiting(now_ns):
            self.health.error(self._unmatched())
        elif faults:
            first = next(iter(faults.values()))
            names = ", ".join(f"'{name}'" for name in faults)
            self.health.warn(f"fusing without {names}: {first.message}", first.code)
        elif doubts:
            self.health.warn(f"fusing what can be used: {doubts[0].message}", doubts[0].code)
        else:
            self.health.ok(f"fusing {', '.join(self._inputs)}")

    def _unmatched(self) -> ClapError:
        return ClapError(
            ErrorCode.CAMERA_STALE,
            f"all cameras deliver, but not within {self._config.sync_tolerance_s} s of each other",
            "Check that their clocks agree, or raise sync_tolerance_s",
        )

    def _now_ns(self) -> int:
        return int(self.get_clock().now().nanoseconds)


def main() -> None:
    """Run the node."""
    run_node(CloudFusionNode)
