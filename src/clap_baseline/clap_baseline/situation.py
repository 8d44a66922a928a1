"""What a skill of the analytic policy sees: the objects, the obstacles and the hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_baseline.hand import HandShape, in_frame
from clap_baseline.policy_config import PolicyConfig
from clap_baseline.segments.segmentation import Segment, SegmentedScene, Segmenter
from clap_core.backends import Observation
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import tool_down, tool_yaw


@dataclass(frozen=True)
class Situation:
    """One observation, taken apart.

    Attributes:
        observation: as given.
        scene: the objects on the table.
        obstacles: [M, 3] points of all objects, base frame.
        config: of the policy.
    """

    observation: Observation
    scene: SegmentedScene
    obstacles: NDArray[np.float64]
    config: PolicyConfig

    @classmethod
    def of(cls, observation: Observation, segmenter: Segmenter, config: PolicyConfig) -> Situation:
        """Take an observation apart.

        Raises:
            ClapError: CLOUD_EMPTY.
        """
        scene = segmenter.segment(observation.scene)
        return cls(observation, scene, cls.points_of(scene.segments), config)

    @staticmethod
    def points_of(segments: Iterable[Segment]) -> NDArray[np.float64]:
        """[M, 3] points of several objects."""
        clouds = [segment.cloud.xyz for segment in segments]
        return np.concatenate(clouds).astype(np.float64) if clouds else np.zeros((0, 3))

    @property
    def hand(self) -> HandShape:
        """Measures of the gripper."""
        return self.config.segmentation.hand

    @property
    def table_z(self) -> float:
        """Height of the table at the keypoint [m]."""
        return self.scene.table.z_at(self.observation.keypoint.point)

    def tcp(self) -> NDArray[np.float64]:
        """[4, 4] base_T_tcp now.

        Raises:
            ClapError: TRANSFORM_UNAVAILABLE when it is not known.
        """
        pose = self.observation.scene.base_T_tcp
        if pose is None:
            raise ClapError(
                ErrorCode.TRANSFORM_UNAVAILABLE,
                "where the hand is, is not known",
                "Check that the robot's /tf is published",
            )
        return pose

    def require_empty_hand(self) -> None:
        """Refuse a sub-task that cannot be done with something in the hand.

        Raises:
            ClapError: INVALID_REQUEST, naming what is held.
        """
        held = self.observation.held
        if held is not None:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"'{self.observation.subtask.text}' needs an empty gripper, which holds the "
                f"{held.name}",
                f"Say first where to put the {held.name}",
            )

    def target(self) -> Segment:
        """The object at the keypoint.

        Raises:
            ClapError: NO_GRASP when nothing is there.
        """
        point = self.observation.keypoint.point
        best, distance = None, self.config.keypoint_reach_m
        for segment in self.scene.segments:
            nearest = float(np.linalg.norm(segment.cloud.xyz - point, axis=1).min())
            if nearest < distance or (best is None and segment_covers(segment, point)):
                best, distance = segment, min(nearest, distance)
        if best is None:
            raise ClapError(
                ErrorCode.NO_GRASP,
                f"nothing is left at the keypoint '{self.observation.keypoint.label}' "
                f"({point[0]:.2f}, {point[1]:.2f}, {point[2]:.2f})",
                "Look for the object again",
                seen=self.scene.labels,
            )
        return best

    def natural_yaw(self, xy: NDArray[np.float64], yaw: float) -> float:
        """`yaw` or `yaw + pi`, which a parallel gripper cannot tell apart, whichever suits the arm.

        The arm is at ease when the TCP's x axis points away from the base. Close to where the
        hand is already, it keeps its turn.
        """
        bearing = float(np.arctan2(xy[1], xy[0]))
        pose = self.observation.scene.base_T_tcp
        if pose is not None and np.hypot(*(pose[:2, 3] - xy)) < 0.05:
            kept = nearest_turn(yaw, tool_yaw(pose))
            if abs(wrap(kept - bearing)) <= self.config.max_yaw_off_rad:
                return kept
        return nearest_turn(yaw, bearing)

    def lowest_tcp_z(
        self,
        xy: NDArray[np.float64],
        yaw: float,
        opening_m: float,
        points: NDArray[np.float64],
    ) -> float:
        """How low the hand may go at a place with the fingers that far open [m].

        Args:
            xy: [2] of the TCP.
            yaw: of the TCP.
            opening_m: distance between the fingers.
            points: [M, 3] what it may not touch.
        """
        config, hand, margin = self.config, self.hand, self.config.clearance_m
        lowest = self.table_z + hand.tip_below_tcp_m + config.table_clearance_m
        if len(points) == 0:
            return lowest
        local = np.abs(in_frame(points, tool_down([xy[0], xy[1], 0.0], yaw)))
        outer = opening_m / 2 + hand.finger_thickness_m
        under_fingers = (
            (local[:, 0] < hand.finger_width_m / 2 + margin / 2)
            & (local[:, 1] > opening_m / 2 - margin / 2)
            & (local[:, 1] < outer + margin / 2)
        )
        under_body = (local[:, 0] < hand.body_depth_m / 2 + margin) & (
            local[:, 1] < hand.body_width_m / 2 + margin
        )
        if under_fingers.any():
            top = float(points[under_fingers, 2].max())
            lowest = max(lowest, top + hand.tip_below_tcp_m + margin / 2)
        if under_body.any():
            top = float(points[under_body, 2].max())
            lowest = max(lowest, top - hand.body_above_tcp_m + margin)
        return lowest


def segment_covers(segment: Segment, point: NDArray[np.float64]) -> bool:
    """Whether a point is within an object's outline, at most 5 cm above or below its points."""
    offset = np.hypot(*(segment.shape.center - point[:2]))
    low, high = segment.cloud.xyz[:, 2].min(), segment.cloud.xyz[:, 2].max()
    return bool(offset < segment.shape.radius_m and low - 0.05 < point[2] < high + 0.05)


def wrap(angle: float) -> float:
    """An angle in [-pi, pi)."""
    return float((angle + np.pi) % (2 * np.pi) - np.pi)


def nearest_turn(yaw: float, to: float) -> float:
    """`yaw` or `yaw + pi`, whichever is nearer to another yaw; in [-pi, pi)."""
    return wrap(to + float((yaw - to + np.pi / 2) % np.pi - np.pi / 2))
