"""The tree of frames, and lookups across it at a time."""

from __future__ import annotations

from math import isfinite

import numpy as np

from clap_core.errors import ClapError, ErrorCode
from clap_core.frames.history import FrameHistory, Sample
from clap_core.geometry import invert
from clap_core.geometry.transforms import Transform

NS_PER_S = 1_000_000_000

DEFAULT_HISTORY_S = 10.0
"""As tf2 keeps by default."""

QUATERNION_TOLERANCE = 1e-2
"""Of the squared length; as tf2, which ignores transforms beyond it."""

MAX_DISTANCE_M = 1e9
"""Beyond Earth-centred coordinates; composed with each other such positions stay numbers."""


class TransformError(ClapError):
    """A lookup failed.

    Args:
        reason: names the frames.
        cure: what to do about it.
        may_come: whether a later transform can make the same lookup succeed.
        behind_s: how far the newest sample is behind the time asked, seconds; None when that is
            not the problem.
    """

    def __init__(
        self, reason: str, cure: str, may_come: bool, behind_s: float | None = None
    ) -> None:
        super().__init__(ErrorCode.TRANSFORM_UNAVAILABLE, reason, cure)
        self.may_come = may_come
        self.behind_s = behind_s


class FrameBuffer:
    """Poses of frames in their parents over the last seconds.

    Args:
        history_s: how long moving frames are remembered, seconds.
    """

    def __init__(self, history_s: float = DEFAULT_HISTORY_S) -> None:
        self._history_ns = round(history_s * NS_PER_S)
        self._edges: dict[str, FrameHistory] = {}

    def set(
        self, parent: str, child: str, sample: Sample, stamp_ns: int, *, is_static: bool = False
    ) -> None:
        """Add the pose of `child` in `parent`.

        A child has one parent: a new one, or a change between static and moving, starts its
        history again.

        Args:
            parent: name of the parent frame.
            child: name of the child frame.
            sample: the pose.
            stamp_ns: when; of no meaning for a static frame.
            is_static: valid at all times.

        Raises:
            ClapError: INVALID_REQUEST when this is no transform between two frames, or one that
                is older than all that is kept.
        """
        parent, child = parent.lstrip("/"), child.lstrip("/")
        _check(parent, child, sample)
        edge = self._edges.get(child)
        if edge is None or edge.parent != parent or edge.is_static != is_static:
            edge = self._edges[child] = FrameHistory(parent, is_static, self._history_ns)
        if not edge.add(stamp_ns, sample):
            late_s = (edge.newest_ns - stamp_ns) / NS_PER_S
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"a transform from '{child}' to '{parent}' is {late_s:.1f} s older than the newest "
                "one, and was left out",
                "Check the clocks of the computers that publish it, and that only one does",
            )

    def clear(self) -> None:
        """Forget moving frames, as after a jump of the clock; static ones stay."""
        self._edges = {child: edge for child, edge in self._edges.items() if edge.is_static}

    def frames(self) -> tuple[str, ...]:
        """Names of all known frames, sorted."""
        return tuple(sorted({*self._edges, *(edge.parent for edge in self._edges.values())}))

    def lookup(self, target: str, source: str, stamp_ns: int | None = None) -> Transform:
        """The pose of `source` in `target` at a time.

        Args:
            target: frame in which the result is expressed.
            source: frame whose pose is wanted.
            stamp_ns: when; None for the newest time that all frames on the way share.

        Returns:
            [4, 4] target_T_source.

        Raises:
            TransformError: a frame is missing, the two are not connected, or the time is
                before or after what is known.
        """
        target, source = target.lstrip("/"), source.lstrip("/")
        target_path, source_path = self._path(target), self._path(source)
        shared = next((frame for frame in source_path if frame in target_path), None)
        if shared is None:
            raise self._not_connected(target, source, target_path[-1], source_path[-1])
        down = source_path[: source_path.index(shared)]
        up = target_path[: target_path.index(shared)]
        if stamp_ns is None:
            moving = [self._edges[c] for c in (*down, *up) if not self._edges[c].is_static]
            stamp_ns = min((edge.newest_ns for edge in moving), default=0)
        return invert(self._climb(up, stamp_ns)) @ self._climb(down, stamp_ns)

    def _path(self, frame: str) -> list[str]:
        """The frame, its parent, and so on to the root."""
        path = [frame]
        while (edge := self._edges.get(path[-1])) is not None:
            if edge.parent in path:
                raise TransformError(
                    f"the frames {', '.join(path)} are parents of each other in a circle",
                    "Stop one of the nodes that publish them: a frame has one parent",
                    may_come=True,
                )
            path.append(edge.parent)
        if len(path) == 1 and not any(edge.parent == frame for edge in self._edges.values()):
            known = ", ".join(self.frames()) or "none"
            raise TransformError(
                f"frame '{frame}' is on neither /tf nor /tf_static",
                "Start the node that publishes it (the robot's, or the camera's calibration) or "
                f"correct the frame's name; known frames: {known}",
                may_come=True,
            )
        return path

    def _climb(self, path: list[str], stamp_ns: int) -> Transform:
        """The pose of the first frame of `path` in the parent of its last."""
        pose = np.eye(4)
        for child in path:
            edge = self._edges[child]
            if not edge.is_static:
                self._check_time(child, edge, stamp_ns)
            pose = edge.at(stamp_ns) @ pose
        return pose

    def _check_time(self, child: str, edge: FrameHistory, stamp_ns: int) -> None:
        between = f"the transform from '{child}' to '{edge.parent}'"
        if stamp_ns > edge.newest_ns:
            late_s = (stamp_ns - edge.newest_ns) / NS_PER_S
            raise TransformError(
                f"{between} is too old: its newest sample is {late_s:.3f} s before the time asked",
                "Check that its publisher still runs and that all computers' clocks agree",
                may_come=True,
                behind_s=late_s,
            )
        if stamp_ns < edge.oldest_ns:
            early_s = (edge.oldest_ns - stamp_ns) / NS_PER_S
            raise TransformError(
                f"{between} is not known so far back: its oldest sample is {early_s:.3f} s after "
                "the time asked",
                "Ask with newer data; if this repeats, check that all computers' clocks agree",
                may_come=False,
            )

    def _not_connected(
        self, target: str, source: str, target_root: str, source_root: str
    ) -> TransformError:
        return TransformError(
            f"frames '{target}' and '{source}' are not connected: one hangs on '{target_root}', "
            f"the other on '{source_root}'",
            f"Publish the pose of '{source_root}' in the tree of '{target}', for a camera its "
            "calibration on /tf_static",
            may_come=True,
        )


def _check(parent: str, child: str, sample: Sample) -> None:
    numbers = (*sample.position, *sample.quaternion)
    norm_squared = sum(component * component for component in sample.quaternion)
    if not parent or not child or parent == child:
        problem = "needs two different frame names"
    elif not all(isfinite(number) for number in numbers):
        problem = "has a number that is not finite"
    elif not abs(norm_squared - 1.0) <= QUATERNION_TOLERANCE:
        problem = f"has a quaternion of length {norm_squared**0.5:.3g}, not one"
    elif max(abs(number) for number in sample.position) > MAX_DISTANCE_M:
        problem = f"is further than {MAX_DISTANCE_M:.0e} m"
    else:
        return
    raise ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the transform from '{child}' to '{parent}' {problem}",
        "Correct the node that publishes it",
    )
