"""Simulated RealSense D435 cameras: pictures, depth with a stereo camera's faults, ROS topics."""

from clap_sim.realsense.config import RealSenseConfig
from clap_sim.realsense.node import RealSensePublisher

__all__ = ["RealSenseConfig", "RealSensePublisher"]
