"""Coordinate frames over time: what tf2 does, without ROS."""

from clap_core.frames.buffer import FrameBuffer, TransformError
from clap_core.frames.history import FrameHistory, Sample

__all__ = ["FrameBuffer", "FrameHistory", "Sample", "TransformError"]
