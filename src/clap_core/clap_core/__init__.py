"""The stack's logic without ROS: geometry, cameras, clouds, kinematics, trajectories, sub-tasks, baseline backends and the coarse-to-fine loop."""
