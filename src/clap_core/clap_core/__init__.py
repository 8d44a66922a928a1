"""The stack's logic without ROS or torch.

Geometry, cameras, clouds, kinematics, trajectories, sub-tasks, baseline backends and the
coarse-to-fine loop.
"""
