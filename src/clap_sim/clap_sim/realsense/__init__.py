"""Simulated RealSense D435 cameras: pictures, depth with a stereo camera's faults, ROS topics."""
