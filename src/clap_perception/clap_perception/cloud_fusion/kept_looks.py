"""The pictures behind the last clouds, for whoever asks."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from clap_core.camera import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_msgs import msg
from clap_ros import view_messages


class KeptLooks:
    """Keeps the views of the last clouds, and makes messages only of those that are asked for.

    Args:
        count: how many clouds' views are kept.
        base_frame: of the cameras' poses.
    """

    def __init__(self, count: int, base_frame: str) -> None:
        self._base_frame = base_frame
        self._looks: deque[tuple[int, tuple[CameraView, ...]]] = deque(maxlen=count)

    def add(self, stamp_ns: int, views: Sequence[CameraView]) -> None:
        """Keep what a cloud was fused from; drop the oldest."""
        self._looks.append((stamp_ns, tuple(views)))

    def clear(self) -> None:
        """Forget all: the clock begins again, and another cloud may get the same stamp."""
        self._looks.clear()

    def messages(self, stamp_ns: int) -> list[msg.CameraView]:
        """The views of the cloud of a stamp.

        Raises:
            ClapError: CAMERA_STALE when they are not kept any more.
        """
        for kept_ns, look in reversed(self._looks):
            if kept_ns == stamp_ns:
                return [view_messages.to_message(view, self._base_frame) for view in look]
        raise ClapError(
            ErrorCode.CAMERA_STALE,
            f"the pictures of the cloud of {stamp_ns / 1e9:.3f} s are not among the last "
            f"{len(self._looks)} that are kept",
            "Ask sooner after the cloud, or raise kept_looks of cloud_fusion",
        )
